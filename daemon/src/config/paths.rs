//! Paths that could lead nowhere are refused at the start.

use std::{ffi::OsStr, os::unix::fs::PermissionsExt, path::Path};

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
        let sockets = [
            ("api.socket", Some(self.api.socket.as_path())),
            ("element.address", element),
            ("sensor.socket", self.sensor.at()),
        ];
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

    /// Whether the sensor program can be started: what is named lies there, or in a folder of `search` (`$PATH`) if it
    /// is a name alone. Where somebody else starts it, that is theirs to know.
    ///
    /// # Errors
    /// [`ConfigError::Value`].
    pub fn check_sensor(&self, search: Option<&OsStr>) -> Result<(), ConfigError> {
        if self.sensor.at().is_some() {
            return Ok(());
        }
        let program = self.sensor_program();
        let name_alone = program.components().count() == 1;
        let folders = || search.into_iter().flat_map(std::env::split_paths);
        let rule = if name_alone && !folders().any(|folder| starts(&folder.join(&program))) {
            "no program of that name lies in a folder of $PATH: give the whole path"
        } else if !name_alone && !program.is_file() {
            "no program lies there"
        } else if !name_alone && !starts(&program) {
            "it is no program: its mode lets nobody start it (chmod +x)"
        } else {
            return Ok(());
        };
        let found = program.display().to_string();
        Err(ConfigError::Value { name: "sensor.program", found, rule: rule.to_owned() })
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
            ("sensor.socket", &self.sensor.socket),
            ("proof.key", Path::new(&self.proof.key)),
            ("log.folder", &self.log.folder),
            ("hub.trust_policy", &self.hub.trust_policy),
            ("metrics.file", &self.metrics.file),
        ]
        .into_iter()
    }
}

/// Whether a file lies there that somebody may start.
fn starts(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sensor_program_that_cannot_be_started_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("sensor");
        std::fs::write(&file, "").unwrap();
        let search = folder.path().as_os_str();
        let refused = |program: &Path| {
            let mut config = Config::default();
            config.sensor.program = program.to_owned();
            config.check_sensor(Some(search)).err().map(|why| why.to_string())
        };
        let says = |program: &Path, why: &str| {
            let refused = refused(program).unwrap();
            assert!(refused.contains(why) && refused.contains("sensor.program"), "{refused}");
        };
        says(&file, "chmod +x");
        says(folder.path(), "no program lies there");
        says(&folder.path().join("none"), "no program lies there");
        says("sensor".as_ref(), "$PATH");
        says("./sensor".as_ref(), "no program lies there");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!((refused(&file), refused("sensor".as_ref())), (None, None));
        says("sensr".as_ref(), "$PATH");
    }
}
