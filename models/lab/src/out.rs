//! Standard output. A reader that has seen enough (`| head`) ends a command quietly.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write as _};

use anyhow::{Context as _, Result};

/// Writes a line, or leaves the function with the error.
macro_rules! say {
    ($($what:tt)*) => { $crate::out::line(format_args!($($what)*))? };
}

/// Writes a line.
pub fn line(what: Arguments<'_>) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{what}").and_then(|()| out.flush()).context("cannot write to standard output")
}

/// Whether nobody reads standard output any more: nothing has to be done then, and nothing went wrong.
pub fn reader_gone(error: &anyhow::Error) -> bool {
    let io = error.chain().find_map(|cause| cause.downcast_ref::<std::io::Error>());
    io.is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}
