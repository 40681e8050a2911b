//! Where a kiosk is: a Unix socket path, or an `https` address.

use std::{fmt, path::PathBuf, str::FromStr};

/// Address of a kiosk's gRPC services.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// A Unix socket on this machine; file permissions say who may connect.
    Unix(PathBuf),
    /// TLS over TCP, `https://host:port`.
    Https(String),
}

/// An address that is neither form.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{given:?} is no kiosk address: write unix:/path/to/socket or https://host:port")]
pub struct EndpointError {
    given: String,
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(given: &str) -> Result<Self, Self::Err> {
        match given.strip_prefix("unix:") {
            Some(path) if !path.is_empty() => Ok(Self::Unix(path.into())),
            None if given.len() > "https://".len() && given.starts_with("https://") => {
                Ok(Self::Https(given.to_owned()))
            }
            _ => Err(EndpointError { given: given.to_owned() }),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Https(address) => f.write_str(address),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_survive_a_round_trip() {
        for text in ["unix:/run/wetsign/kiosk.sock", "https://kiosk.example:7443"] {
            assert_eq!(text.parse::<Endpoint>().map(|endpoint| endpoint.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn plain_http_and_nothing_are_refused() {
        for text in ["http://kiosk.example:7443", "unix:", "https://", ""] {
            assert!(text.parse::<Endpoint>().is_err(), "{text:?}");
        }
    }
}
