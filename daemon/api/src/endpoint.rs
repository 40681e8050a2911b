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

/// Longest path of a Unix socket, bytes (unix(7): 108 with its end).
const SOCKET_PATH: usize = 107;

/// An address that nobody can be at.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum EndpointError {
    /// It is neither form.
    #[error("{given:?} is no kiosk address: write unix:/path/to/socket or https://host:port")]
    Form {
        /// As it was given.
        given: String,
    },
    /// No socket has such a path.
    #[error("a socket's path has at most {SOCKET_PATH} bytes, this one {length}")]
    Long {
        /// Bytes of the path.
        length: usize,
    },
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(given: &str) -> Result<Self, Self::Err> {
        match given.strip_prefix("unix:") {
            Some(path) if path.len() > SOCKET_PATH => Err(EndpointError::Long { length: path.len() }),
            Some(path) if !path.is_empty() => Ok(Self::Unix(path.into())),
            None if given.len() > "https://".len() && given.starts_with("https://") => {
                Ok(Self::Https(given.to_owned()))
            }
            _ => Err(EndpointError::Form { given: given.to_owned() }),
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

    #[test]
    fn a_path_that_no_socket_can_have_is_refused_by_its_length() {
        let path = |length: usize| format!("unix:/{}", "a".repeat(length - 1));
        assert!(path(107).parse::<Endpoint>().is_ok());
        assert_eq!(path(108).parse::<Endpoint>(), Err(EndpointError::Long { length: 108 }));
    }
}
