//! Paths that could lead nowhere are refused at the start.

use std::path::Path;

use wetsign_attest::shown::invisible;

use super::{Config, ConfigError};
use crate::element::ElementAddress;

/// Longest path of a Unix socket, bytes (unix(7): 108 with its end).
const SOCKET_PATH: usize = 107;

impl Config {
    /// Paths that lead anywhere.
    pub(super) fn check_paths(&self) -> Result<(), ConfigError> {
        let refuse = |name, path: &Path, rule: &str| {
            Err(ConfigError::Value { name, found: format!("{}", path.display()), rule: rule.to_owned() })
        };
        for (name, path) in self.paths() {
            let text = path.to_string_lossy();
            if text.starts_with('~') {
                return refuse(name, path, "the shell's ~ means nothing here: give the whole path");
            }
            if text.chars().any(invisible) {
                let name_only = Path::new("(not shown)");
                return refuse(name, name_only, "a path here has no control or hidden characters");
            }
        }
        for (name, path) in [("state", self.state.as_path()), ("proof.key", Path::new(&self.proof.key))] {
            if path.as_os_str().is_empty() {
                return refuse(name, path, "it must not be empty");
            }
        }
        let element = match &self.element.address {
            ElementAddress::Unix(path) => Some(path.as_path()),
            ElementAddress::Serial(_) | ElementAddress::Usb(_) => None,
        };
        let sockets = [("api.socket", Some(self.api.socket.as_path())), ("element.address", element)];
        for (name, socket) in sockets.into_iter().filter_map(|(name, path)| Some((name, path?))) {
            let length = socket.as_os_str().len();
            if !(1..=SOCKET_PATH).contains(&length) {
                let rule = format!("a socket's path has 1 to {SOCKET_PATH} bytes, this one {length}");
                return refuse(name, socket, &rule);
            }
        }
        if element == Some(self.api.socket.as_path()) {
            return refuse(
                "element.address",
                &self.api.socket,
                "api.socket is the same: clients come in there",
            );
        }
        Ok(())
    }

    /// Whether the sensor program lies where it is named. A name alone is looked up when it is started.
    ///
    /// # Errors
    /// [`ConfigError::Value`].
    pub fn check_sensor(&self) -> Result<(), ConfigError> {
        let program = self.sensor_program();
        if program.components().count() == 1 || program.is_file() {
            return Ok(());
        }
        let rule = "no program lies there".to_owned();
        Err(ConfigError::Value { name: "sensor.program", found: program.display().to_string(), rule })
    }

    /// Every path that is configured.
    fn paths(&self) -> impl Iterator<Item = (&'static str, &Path)> {
        let element = match &self.element.address {
            ElementAddress::Unix(path) | ElementAddress::Serial(path) => path.as_path(),
            ElementAddress::Usb(_) => Path::new(""),
        };
        [
            ("state", self.state.as_path()),
            ("cache", &self.cache),
            ("api.socket", &self.api.socket),
            ("api.tls.certificate", &self.api.tls.certificate),
            ("api.tls.key", &self.api.tls.key),
            ("api.tls.client_ca", &self.api.tls.client_ca),
            ("element.address", element),
            ("element.certificate", &self.element.certificate),
            ("sensor.program", &self.sensor.program),
            ("proof.key", Path::new(&self.proof.key)),
            ("hub.trust_policy", &self.hub.trust_policy),
            ("metrics.file", &self.metrics.file),
        ]
        .into_iter()
    }
}
