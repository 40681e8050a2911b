//! How does each program of ours begin, speak and end?
//!
//! Output that cannot be written is an error; a reader that has seen enough is not. Each program reads its command
//! line with [`arguments`], writes with [`print()`], [`line()`] or [`say!`], and ends with [`ended`]:
//!
//! ```no_run
//! use std::process::ExitCode;
//! use clap::Parser;
//!
//! /// Greets.
//! #[derive(Parser)]
//! struct Greeting {
//!     name: String,
//! }
//!
//! fn main() -> ExitCode {
//!     let greeting: Greeting = match wetsign_program::arguments(2) {
//!         Ok(greeting) => greeting,
//!         Err(code) => return code,
//!     };
//!     let said = wetsign_program::say!("Hello, {}.", greeting.name);
//!     wetsign_program::ended("greet", said.map(|()| ExitCode::SUCCESS).map_err(Into::into))
//! }
//! ```

pub mod clock;
mod closed;
pub mod file;
mod pages;

use std::env;
use std::fmt::Arguments;
use std::io::{self, ErrorKind, IsTerminal, Write as _};
use std::process::ExitCode;

use clap::Parser;

/// Why something did not reach standard output.
#[derive(Debug, thiserror::Error)]
pub enum Lost {
    /// Its reader has seen enough (`| head`): nothing more has to be done, and nothing went wrong.
    #[error("nobody reads standard output any more")]
    ReaderGone,
    /// There is none (`>&-`).
    #[error("cannot write: standard output is closed")]
    Closed,
    /// It cannot be written: a full disk.
    #[error("cannot write")]
    Failed(#[source] io::Error),
}

impl From<io::Error> for Lost {
    fn from(error: io::Error) -> Self {
        if error.kind() == ErrorKind::BrokenPipe { Self::ReaderGone } else { Self::Failed(error) }
    }
}

/// Reads the command line.
///
/// # Errors
/// What the program has to end with: 0 after `--help` and `--version`, or 1 if they could not be written; `wrong` after
/// wrong flags. What there is to say was said. So it is after `--write-pages FOLDER`, by which whoever packs the
/// program has it write its man pages and completions.
pub fn arguments<P: Parser>(wrong: u8) -> Result<P, ExitCode> {
    if let Some(folder) = pages::asked() {
        return Err(match pages::write::<P>(&folder) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                note(&format!("error: {} cannot be written: {error}", folder.display()));
                ExitCode::FAILURE
            }
        });
    }
    P::try_parse().map_err(|words| {
        // clap passes over what it cannot write.
        let written = words.print();
        if words.use_stderr() {
            return ExitCode::from(wrong);
        }
        let written = output().and_then(|()| Ok(written?)).and_then(|()| Ok(io::stdout().flush()?));
        match written {
            Ok(()) | Err(Lost::ReaderGone) => ExitCode::SUCCESS,
            Err(lost) => {
                note(&format!("error: {:#}", anyhow::Error::from(lost)));
                ExitCode::FAILURE
            }
        }
    })
}

/// Whether there is a standard output: for programs that work long before they print, and for those that start
/// themselves again, since the second one would find `/dev/null` where the first one found nothing.
///
/// # Errors
/// [`Lost::Closed`].
pub fn output() -> Result<(), Lost> {
    if closed::closed() { Err(Lost::Closed) } else { Ok(()) }
}

/// Writes to standard output, whole.
///
/// # Errors
/// [`Lost`].
pub fn print(text: &str) -> Result<(), Lost> {
    output()?;
    let mut out = io::stdout().lock();
    Ok(out.write_all(text.as_bytes()).and_then(|()| out.flush())?)
}

/// Writes a line to standard output.
///
/// # Errors
/// [`Lost`].
pub fn line(what: Arguments<'_>) -> Result<(), Lost> {
    print(&format!("{what}\n"))
}

/// Writes a line to standard output, as `println!` would: `say!("{count} records")?`.
#[macro_export]
macro_rules! say {
    ($($what:tt)*) => { $crate::line(format_args!($($what)*)) };
}

/// Writes a line to standard error, with a visible sign for each control character but line feeds and tabs. Where that
/// cannot be written either, the exit status has to do.
pub fn note(line: &str) {
    let plain = |c: char| if c.is_control() && !matches!(c, '\n' | '\t') { '\u{FFFD}' } else { c };
    let line: String = line.chars().map(plain).chain(['\n']).collect();
    let _ = io::stderr().write_all(line.as_bytes());
}

/// The same line of a terminal again, on standard error: for progress. A [`note`] ends it.
pub fn again(line: &str) {
    let plain = |c: char| if c.is_control() { '\u{FFFD}' } else { c };
    let line: String = ['\r'].into_iter().chain(line.chars().map(plain)).chain("\u{1b}[K".chars()).collect();
    let _ = io::stderr().write_all(line.as_bytes());
}

/// Standard error as a log's writer: what cannot be written is lost, and stops nothing. The log of `tracing` would
/// complain of it on the same standard error, and panic.
#[derive(Debug, Clone, Copy)]
pub struct Log;

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = io::stderr().write_all(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether colours are wanted and seen on this stream: it is a terminal that knows them, and NO_COLOR (no-color.org)
/// is not set, or is empty.
pub fn colours(stream: &impl IsTerminal) -> bool {
    let wanted = env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    wanted && env::var_os("TERM").is_none_or(|kind| kind != "dumb") && stream.is_terminal()
}

/// Whether an error says that nobody reads standard output any more.
pub fn reader_gone(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| matches!(cause.downcast_ref::<Lost>(), Some(Lost::ReaderGone)))
}

/// What the program ends with: its own code; 0 if its reader has gone; 1 after an error, which is noted behind `name`.
pub fn ended(name: &str, outcome: anyhow::Result<ExitCode>) -> ExitCode {
    outcome.unwrap_or_else(|error| {
        if reader_gone(&error) {
            return ExitCode::SUCCESS;
        }
        note(&format!("{name}: {error:#}"));
        ExitCode::FAILURE
    })
}
