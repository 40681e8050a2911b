//! How an answer leaves the program: text or JSON, colours on a terminal only, three exit codes.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use rustix::event::{PollFd, PollFlags, Timespec};
use serde_json::{Value, json};
use wetsign_attest::shown::escaped;
pub use wetsign_attest::shown::shown as plain;
use wetsign_program::Lost;

/// What follows ESC in our own paint.
const PAINTS: [&str; 5] = ["[0m", "[1m", "[2m", "[31m", "[32m"];
/// How often it is looked whether somebody still reads.
const LOOK: Duration = Duration::from_millis(500);

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Approved, permitted, valid, done: exit code 0.
    Yes,
    /// Refused, forbidden, not there: exit code 2.
    No,
}

impl Outcome {
    /// Yes if it holds.
    pub fn of(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}

/// A command's whole answer, in both forms.
#[derive(Debug)]
pub struct Answer {
    /// What was decided.
    pub outcome: Outcome,
    /// For people, with a line feed at the end.
    pub text: String,
    /// For programs: an object.
    pub json: Value,
}

/// What standard output is.
#[derive(Debug)]
pub struct Terminal {
    /// Colours are wanted and seen.
    pub colour: bool,
    /// JSON was asked for.
    pub json: bool,
}

impl Terminal {
    /// Looks at standard output and at `NO_COLOR` (no-color.org).
    pub fn detect(json: bool) -> Self {
        Self { colour: !json && wetsign_program::colours(&std::io::stdout()), json }
    }

    /// Good news.
    pub fn good(&self, text: &str) -> String {
        self.paint("32", text)
    }

    /// Bad news.
    pub fn bad(&self, text: &str) -> String {
        self.paint("31", text)
    }

    /// Neither: what was not checked, what is only simulated.
    pub fn faint(&self, text: &str) -> String {
        self.paint("2", text)
    }

    /// A heading.
    pub fn bold(&self, text: &str) -> String {
        self.paint("1", text)
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// What may be shown of an answer: its lines, our own paint where colours are seen, and for each other character
    /// that nobody sees a visible sign. A file's name and a stranger's words come to a terminal in no other way.
    fn drawn(&self, text: &str) -> String {
        if !self.colour {
            return plain_lines(text);
        }
        let mut parts = text.split('\u{1b}');
        let mut drawn = plain_lines(parts.next().unwrap_or_default());
        for part in parts {
            let paint = PAINTS.iter().find(|paint| part.starts_with(**paint)).copied();
            drawn.push_str(if paint.is_some() { "\u{1b}" } else { "\u{FFFD}" });
            drawn.push_str(&plain_lines(part));
        }
        drawn
    }

    /// A line as it happens, for commands that follow something: text, or one JSON object a line.
    pub fn event(&self, text: &str, json: &Value) -> anyhow::Result<()> {
        let line = if self.json { escaped(&json.to_string()) } else { self.drawn(text) };
        print(&format!("{line}\n"))
    }

    /// The same of what the page shines, which draws more than words and holds no foreign ones.
    pub fn shine(&self, text: &str, json: &Value) -> anyhow::Result<()> {
        let line = if self.json { json.to_string() } else { text.to_owned() };
        print(&format!("{line}\n"))
    }
}

/// Prints answer or error and gives the exit code.
pub fn finish(result: anyhow::Result<Answer>, terminal: &Terminal) -> ExitCode {
    let result = result.and_then(|answer| {
        let text = if terminal.json { json_lines(&answer.json) } else { terminal.drawn(&answer.text) };
        print(&text).map(|()| answer.outcome)
    });
    match result {
        Ok(outcome) => ExitCode::from(if outcome == Outcome::Yes { 0 } else { 2 }),
        Err(error) if wetsign_program::reader_gone(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let mut words = error.to_string();
            for cause in error.chain().skip(1) {
                let _ = write!(words, ": {cause}");
            }
            if terminal.json {
                // Where that cannot be written either, the error stream has it.
                let _ = print(&json_lines(&json!({ "ok": false, "error": words })));
            }
            let _ = writeln!(std::io::stderr(), "error: {}", plain_lines(&words));
            ExitCode::from(1)
        }
    }
}

/// Writes to standard output.
pub fn print(text: &str) -> anyhow::Result<()> {
    Ok(wetsign_program::print(text)?)
}

/// Asks on the terminal. Anything but a clear yes is a no.
pub async fn ask(question: &'static str) -> anyhow::Result<bool> {
    let line = tokio::task::spawn_blocking(move || {
        // Who cannot be asked says no by the answer.
        let _ = write!(std::io::stderr(), "{question}");
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).map(|_| line)
    });
    let line = line.await.context("the terminal could not be asked")??;
    Ok(matches!(line.trim(), "y" | "Y" | "yes"))
}

/// Waits until nobody can read standard output any more. A terminal or a file has always a reader.
pub async fn reader_gone() -> Lost {
    loop {
        let stdout = std::io::stdout();
        let mut polled = [PollFd::new(&stdout, PollFlags::empty())];
        let gone = rustix::event::poll(&mut polled, Some(&Timespec::default())).is_ok()
            && polled[0].revents().intersects(PollFlags::ERR | PollFlags::HUP);
        if gone {
            return Lost::ReaderGone;
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Foreign text of several lines: each line [`plain`].
pub fn plain_lines(text: &str) -> String {
    text.split('\n').map(plain).collect::<Vec<_>>().join("\n")
}

/// JSON as a terminal may show it: the same values, with each invisible character escaped.
pub fn json_lines(value: &Value) -> String {
    escaped(&format!("{value:#}\n"))
}

#[cfg(test)]
mod tests {
    use wetsign_attest::shown::invisible;

    use super::*;

    #[test]
    fn colours_only_where_they_are_seen() {
        let seen = Terminal { colour: true, json: false };
        let file = Terminal { colour: false, json: false };
        assert_eq!(seen.bad("no"), "\u{1b}[31mno\u{1b}[0m");
        assert_eq!(file.bad("no"), "no");
    }

    #[test]
    fn a_terminal_draws_our_paint_and_no_other() {
        let seen = Terminal { colour: true, json: false };
        let file = Terminal { colour: false, json: false };
        for paint in [Terminal::good, Terminal::bad, Terminal::faint, Terminal::bold] {
            let text = format!("{}\nnext\n", paint(&seen, "approved"));
            assert_eq!(seen.drawn(&text), text, "all of it is ours");
        }
        let name = "a\u{1b}[2J\u{1b}]0;t\u{7}b\u{202E}.cbor\n";
        let shown = "a\u{FFFD}[2J\u{FFFD}]0;t\u{FFFD}b\u{FFFD}.cbor\n";
        assert_eq!((seen.drawn(name), file.drawn(name)), (shown.to_owned(), shown.to_owned()));
        assert_eq!(file.drawn(&seen.bad("no")), "\u{FFFD}[31mno\u{FFFD}[0m");
    }

    #[test]
    fn foreign_text_keeps_its_lines_and_its_json_its_values() {
        assert_eq!(plain_lines("a\u{1b}b\nc\u{202E}"), "a\u{FFFD}b\nc\u{FFFD}");
        let value = json!({ "a\u{9b}": ["b\u{202E}\u{E0041}\nc", "Größe 🙂"] });
        let text = json_lines(&value);
        assert!(text.chars().all(|c| c == '\n' || !invisible(c)), "{text:?}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }
}
