//! Standard output. A reader that has seen enough (`| head`) ends a command quietly.

use std::fmt::Arguments;

use wetsign_models::text::invisible;
use wetsign_program::Lost;

/// Progress on standard error, whose loss stops nothing: the one of `std` would panic.
macro_rules! eprintln {
    ($($what:tt)*) => { wetsign_program::note(&format!($($what)*)) };
}

/// Writes a line, or leaves the function with the error.
macro_rules! say {
    ($($what:tt)*) => { $crate::out::line(format_args!($($what)*))? };
}

/// Writes a line, with a visible sign for each character of a file's name that a terminal would obey.
pub fn line(what: Arguments<'_>) -> Result<(), Lost> {
    let hidden = |c| invisible(c) && !matches!(c, '\n' | '\t');
    let shown: String = what.to_string().chars().map(|c| if hidden(c) { '\u{FFFD}' } else { c }).collect();
    wetsign_program::say!("{shown}")
}
