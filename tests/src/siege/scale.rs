//! How much is tried.

/// How much is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// All of it, two to four minutes.
    Whole,
    /// A tenth, to see that everything still works.
    Smoke,
}

impl Scale {
    /// So many of a count.
    pub fn of(self, count: usize) -> usize {
        match self {
            Self::Whole => count,
            Self::Smoke => count / 10,
        }
    }
}
