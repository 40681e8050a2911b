//! Which kind of file it is, and why it cannot be read.

/// A file format of iden3's tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Powers of tau: phase 1 of a ceremony.
    Ptau,
    /// Constraints.
    R1cs,
    /// A witness.
    Wtns,
    /// A proving key with its transcript: phase 2 of a ceremony.
    Zkey,
}

impl Format {
    pub(crate) const ALL: [Self; 4] = [Self::Ptau, Self::R1cs, Self::Wtns, Self::Zkey];

    /// What a file begins with.
    pub(crate) fn magic(self) -> &'static [u8; 4] {
        match self {
            Self::Ptau => b"ptau",
            Self::R1cs => b"r1cs",
            Self::Wtns => b"wtns",
            Self::Zkey => b"zkey",
        }
    }
}

impl std::fmt::Display for Format {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, ".{}", String::from_utf8_lossy(self.magic()))
    }
}

/// Bytes that are not what their format says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a {format} file over BN254: {what}: {reason}")]
pub struct FormatError {
    /// The format that was expected.
    pub format: Format,
    /// Which part of it.
    pub what: &'static str,
    /// What is wrong with it.
    pub reason: String,
}
