//! What a person at the terminal reads while a story runs, and the same words kept as a transcript.

use std::{fmt::Write as _, io::Write as _};

use wetsign_program::Lost;

const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";
const GREEN: &str = "\x1b[32m";
const RED: &str = "\x1b[31m";
const RESET: &str = "\x1b[0m";
const WIDTH: usize = 100;

/// Where the words go. Colours are used on a terminal only; the transcript never has any.
#[derive(Debug)]
pub enum Audience {
    /// A person reading standard output.
    Reader,
    /// Standard output belongs to a JSON object: the words go to standard error.
    Machine,
}

/// Tells a story line by line and remembers what it said.
#[derive(Debug)]
pub struct Narrator {
    audience: Audience,
    colours: bool,
    transcript: String,
    lost: Option<Lost>,
}

impl Narrator {
    /// A narrator for this audience.
    pub fn new(audience: Audience) -> Self {
        let colours = match audience {
            Audience::Reader => wetsign_program::colours(&std::io::stdout()),
            Audience::Machine => wetsign_program::colours(&std::io::stderr()),
        };
        Self { audience, colours, transcript: String::new(), lost: None }
    }

    /// The title of a part of the story.
    pub fn part(&mut self, letter: &str, title: &str) {
        self.say("", "", "");
        self.say(BOLD, "", &format!("({letter}) {title}"));
    }

    /// One plain sentence.
    pub fn line(&mut self, text: &str) {
        self.say("", "    ", text);
    }

    /// A detail that can be skipped.
    pub fn detail(&mut self, text: &str) {
        self.say(DIM, "      ", text);
    }

    /// Something came out as told (`true`) or did not.
    pub fn outcome(&mut self, as_told: bool, text: &str) {
        let (colour, mark) = if as_told { (GREEN, "✔") } else { (RED, "✘") };
        self.say(colour, "  ", &format!("{mark} {text}"));
    }

    /// Rows of a table, the first column left-aligned and the second right-aligned.
    pub fn table(&mut self, rows: &[(String, String)]) {
        let left = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        let right = rows.iter().map(|(_, value)| value.chars().count()).max().unwrap_or(0);
        for (name, value) in rows {
            self.say("", "    ", &format!("{name:<left$}  {value:>right$}"));
        }
    }

    /// Whether a reader could have read all of it.
    ///
    /// # Errors
    /// What was lost first. A reader who has gone lost nothing.
    pub fn heard(&mut self) -> Result<(), Lost> {
        self.lost.take().map_or(Ok(()), Err)
    }

    /// Everything said so far, without colours.
    pub fn transcript(&self) -> &str {
        &self.transcript
    }

    fn say(&mut self, colour: &str, indent: &str, text: &str) {
        for line in wrapped(text, WIDTH.saturating_sub(indent.len())) {
            let _ = writeln!(self.transcript, "{indent}{line}");
            let shown = if self.colours && !colour.is_empty() {
                format!("{indent}{colour}{line}{RESET}")
            } else {
                format!("{indent}{line}")
            };
            // A closed pipe ends the reading, not the story: its files are still written.
            match self.audience {
                Audience::Reader => {
                    if let Err(lost @ (Lost::Closed | Lost::Failed(_))) = wetsign_program::say!("{shown}") {
                        self.lost.get_or_insert(lost);
                    }
                }
                Audience::Machine => drop(writeln!(std::io::stderr(), "{shown}")),
            }
        }
    }
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    if text.chars().count() <= width || text.starts_with(' ') {
        return vec![text.to_owned()];
    }
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let fits = lines.last().is_some_and(|line| line.chars().count() + 1 + word.chars().count() <= width);
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if fits => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(format!("  {word}")),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_sentences_are_wrapped_without_losing_a_word() {
        let text = "word ".repeat(60).trim().to_owned();
        let lines = wrapped(&text, 40);
        assert!(lines.iter().all(|line| line.chars().count() <= 42));
        assert_eq!(lines.join(" ").split_whitespace().count(), 60);
    }

    #[test]
    fn the_transcript_has_no_colours() {
        let mut narrator = Narrator { colours: true, ..Narrator::new(Audience::Machine) };
        narrator.outcome(true, "approved");
        assert_eq!(narrator.transcript(), "  ✔ approved\n");
    }
}
