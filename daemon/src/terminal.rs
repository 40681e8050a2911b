//! What the daemon writes, and how: its log and its answers, in which foreign text draws nothing but itself.

use std::io::{self, Write};

use clap::ValueEnum;
use tracing_subscriber::{
    EnvFilter,
    fmt::{MakeWriter, format::FmtSpan},
};
use wetsign_attest::shown::{escaped, invisible, shown};
use wetsign_program::Log;

/// How log lines look.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people; in colours on a terminal, unless NO_COLOR is set (no-color.org).
    Text,
    /// One JSON object a line; also one for the end of each session and of each step in it, with its time.
    Json,
}

/// Begins to log to standard error.
pub fn begin_to_log(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,sled=warn"));
    let colours = format == LogFormat::Text && wetsign_program::colours(&io::stderr());
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(Lines { format, colours })
        .log_internal_errors(false)
        .with_target(false);
    match format {
        LogFormat::Text => log.with_ansi(colours).init(),
        // Who reads with a program also learns how long sessions and their steps took, and were busy in it.
        LogFormat::Json => log.json().flatten_event(true).with_span_events(FmtSpan::CLOSE).init(),
    }
}

/// Standard error, line by line.
#[derive(Clone, Copy)]
struct Lines {
    format: LogFormat,
    colours: bool,
}

impl Lines {
    fn fit(self, line: &str) -> String {
        match self.format {
            LogFormat::Json => escaped(line),
            // Colours are the log's own: tracing replaces escapes in what it quotes. What happens once is one line.
            LogFormat::Text => {
                let hidden = |c| invisible(c) && !(self.colours && c == '\u{1b}');
                let line = line.strip_suffix('\n').unwrap_or(line);
                line.chars().map(|c| if hidden(c) { '\u{FFFD}' } else { c }).chain(['\n']).collect()
            }
        }
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let line = self.fit(&String::from_utf8_lossy(bytes));
        Log.write_all(line.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Lines {
    type Writer = Self;

    fn make_writer(&'w self) -> Self {
        *self
    }
}

/// Writes to standard output.
pub fn say(text: &str) -> anyhow::Result<()> {
    Ok(wetsign_program::print(&lines(text))?)
}

/// Writes a JSON object to standard output, on a line.
pub fn say_json(value: &serde_json::Value) -> anyhow::Result<()> {
    say(&format!("{}\n", escaped(&value.to_string())))
}

/// Writes a line to standard error. Where that cannot be written either, the exit code has to do.
pub fn note(line: &str) {
    wetsign_program::note(&lines(line));
}

fn lines(text: &str) -> String {
    text.split('\n').map(shown).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logs_line_holds_no_escapes_but_its_own_colours() {
        let line = "\u{1b}[32m INFO\u{1b}[0m a\u{9b}b\u{202E}c\n INFO d\n";
        let text = |colours| Lines { format: LogFormat::Text, colours }.fit(line);
        assert_eq!(text(true), "\u{1b}[32m INFO\u{1b}[0m a\u{FFFD}b\u{FFFD}c\u{FFFD} INFO d\n");
        assert!(!text(false).contains('\u{1b}'), "{}", text(false));
        let json = Lines { format: LogFormat::Json, colours: false }.fit("{\"a\":\"b\u{202E}\"}\n");
        assert_eq!(json, "{\"a\":\"b\\u202e\"}\n");
    }

    #[test]
    fn a_devices_name_stays_on_its_line() {
        assert_eq!(lines("camera \u{1b}[2J\nnext\n"), "camera \u{FFFD}[2J\nnext\n");
    }
}
