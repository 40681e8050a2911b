//! How an answer leaves the program: text or JSON, colours on a terminal only, three exit codes.

use std::fmt::Write as _;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use serde_json::{Value, json};

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
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self { colour: wanted && !json && std::io::stdout().is_terminal(), json }
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

    /// A line as it happens, for commands that follow something: text, or one JSON object a line.
    pub fn event(&self, text: &str, json: &Value) {
        let line = if self.json { json.to_string() } else { text.to_owned() };
        print(&format!("{line}\n"));
    }
}

/// Prints answer or error and gives the exit code.
pub fn finish(result: anyhow::Result<Answer>, terminal: &Terminal) -> ExitCode {
    match result {
        Ok(answer) => {
            if terminal.json {
                print(&format!("{:#}\n", answer.json));
            } else {
                print(&answer.text);
            }
            ExitCode::from(if answer.outcome == Outcome::Yes { 0 } else { 2 })
        }
        Err(error) => {
            let mut words = error.to_string();
            for cause in error.chain().skip(1) {
                let _ = write!(words, ": {cause}");
            }
            if terminal.json {
                print(&format!("{:#}\n", json!({ "ok": false, "error": words })));
            }
            let _ = writeln!(std::io::stderr(), "error: {words}");
            ExitCode::from(1)
        }
    }
}

/// A reader that has seen enough (`| head`) is no error.
pub fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Removes what could move a terminal's cursor or hide words in text that somebody else wrote.
pub fn plain(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control() || matches!(u32::from(c), 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x206F | 0xFEFF)
    };
    text.chars().map(|c| if hidden(c) { '\u{FFFD}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_only_where_they_are_seen() {
        let seen = Terminal { colour: true, json: false };
        let file = Terminal { colour: false, json: false };
        assert_eq!(seen.bad("no"), "\u{1b}[31mno\u{1b}[0m");
        assert_eq!(file.bad("no"), "no");
    }

    #[test]
    fn foreign_text_cannot_move_the_cursor() {
        assert_eq!(plain("a\u{1b}[2Jb\u{202E}c\n"), "a\u{FFFD}[2Jb\u{FFFD}c\u{FFFD}");
    }
}
