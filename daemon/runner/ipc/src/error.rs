//! What a package is refused for.

/// Why bytes are no package.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PackageError {
    /// It begins otherwise.
    #[error("the contents are no package: they do not begin with \"wetsign package 1\"")]
    Magic,
    /// It ends before its network begins.
    #[error("the package is cut off after {0} bytes")]
    Short(usize),
    /// The card cannot be read, or says what it may not.
    #[error("the package's card is refused: {0}")]
    Card(String),
}
