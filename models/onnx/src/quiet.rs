//! A program that loads ONNX Runtime keeps it from calling its maker.
//!
//! From 1.29.0 on the library looks up a host of its maker and writes a device's id and a database below the user's
//! cache folder, whatever its interface is told; only a variable that is there when it is loaded keeps it from that.
//! The manifest pins a version without any of this. The variable is demanded all the same, so that it holds when the
//! pin moves.
//!
//! A process cannot set a variable of its own soundly: other threads may read the environment at that moment, C++ among
//! them. So a program sets it by starting itself again, and the library is loaded by nobody who did not.

use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::{env, io};

use wetsign_models::store::QUIET_RUNTIME;

use crate::error::OnnxError;

/// Starts this program again, with the same arguments, streams and process id, unless the variable is set. To be called
/// first in `main`.
///
/// # Errors
/// The program cannot be started again.
pub fn start_quiet() -> io::Result<()> {
    if demand().is_ok() {
        return Ok(());
    }
    let (name, value) = QUIET_RUNTIME;
    let mut arguments = env::args_os();
    let mut again = Command::new(env::current_exe()?);
    if let Some(called) = arguments.next() {
        again.arg0(called);
    }
    Err(again.args(arguments).env(name, value).exec())
}

/// Refuses unless the variable is set.
pub(crate) fn demand() -> Result<(), OnnxError> {
    judge(env::var_os(QUIET_RUNTIME.0))
}

fn judge(found: Option<OsString>) -> Result<(), OnnxError> {
    if found.as_ref().is_some_and(|found| found == QUIET_RUNTIME.1) {
        return Ok(());
    }
    Err(OnnxError::NotQuiet { found: found.map(|found| found.to_string_lossy().into_owned()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_the_value_that_the_library_heeds_lets_it_be_loaded() {
        assert!(judge(Some("1".into())).is_ok());
        for found in [None, Some("0"), Some(""), Some("true")] {
            let error = judge(found.map(OsString::from)).unwrap_err().to_string();
            assert!(error.contains("ORT_DISABLE_TELEMETRY=1"), "{error}");
        }
    }
}
