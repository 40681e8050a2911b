//! Why a configuration was refused.

use std::path::PathBuf;

/// Why a configuration was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("configuration {} cannot be read: `wetsignd config` prints one to start from", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// It is no TOML, or has unknown names or values of another type.
    #[error("configuration {} is refused", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: toml::de::Error,
    },
    /// It has a value that is refused.
    #[error("configuration {} is refused", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Which value, and why.
        source: Box<ConfigError>,
    },
    /// A value is outside its bounds.
    #[error("{name} = {found}, but {rule}")]
    Value {
        /// Dotted name.
        name: &'static str,
        /// The value found.
        found: String,
        /// What it has to be.
        rule: String,
    },
}
