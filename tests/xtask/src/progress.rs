//! What a person sees while a step runs: a bar on a terminal, plain lines elsewhere. All of it goes to the error
//! stream.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// How often a plain line says that a long step still runs.
const PLAIN_INTERVAL: Duration = Duration::from_secs(10);

/// One running step.
pub struct Step {
    title: String,
    total: Option<u64>,
    bar: Option<ProgressBar>,
    started: Instant,
    spoken: Instant,
}

impl Step {
    /// A step of `total` bytes, or of unknown length.
    pub fn start(title: impl Into<String>, total: Option<u64>) -> Self {
        let title = title.into();
        let bar = io::stderr().is_terminal().then(|| bar(&title, total));
        if bar.is_none() {
            let size = total.map_or(String::new(), |bytes| format!(" ({})", megabytes(bytes)));
            eprintln!("  {title}{size} …");
        }
        let now = Instant::now();
        Self { title, total, bar, started: now, spoken: now }
    }

    /// Says how many bytes are there by now. Cheap enough to be called often.
    pub fn reached(&mut self, bytes: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(bytes.min(self.total.unwrap_or(bytes)));
        } else if self.spoken.elapsed() >= PLAIN_INTERVAL {
            self.spoken = Instant::now();
            let part = self.total.map_or(String::new(), |total| {
                format!("{} of {}, ", megabytes(bytes.min(total)), megabytes(total))
            });
            eprintln!("    … {part}{} s", self.started.elapsed().as_secs());
        }
    }

    /// Ends the step and gives its length in milliseconds.
    pub fn done(self) -> u64 {
        let elapsed = self.started.elapsed();
        let line = format!("{:<58} {:>6.1} s", self.title, elapsed.as_secs_f32());
        match &self.bar {
            Some(bar) => {
                bar.finish_and_clear();
                eprintln!("  ✓ {line}");
            }
            None => eprintln!("  done: {line}"),
        }
        elapsed.as_millis() as u64
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn bar(title: &str, total: Option<u64>) -> ProgressBar {
    let (bar, template) = match total {
        Some(total) => (
            ProgressBar::new(total),
            "  {spinner} {msg:<46} {bar:24} {decimal_bytes:>10} of {decimal_total_bytes:<10} {eta:>4}",
        ),
        None => (ProgressBar::new_spinner(), "  {spinner} {msg:<46} {elapsed}"),
    };
    // A template is fixed text; should it ever be wrong, the plain default bar still shows the step.
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = bar.with_style(style).with_message(title.to_owned());
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

/// Bytes as megabytes with one decimal.
pub fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

/// The bytes of all files below `folder`; what vanishes meanwhile counts as nothing.
pub fn folder_size(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries
        .filter_map(Result::ok)
        .map(|entry| match entry.metadata() {
            Ok(data) if data.is_dir() => folder_size(&entry.path()),
            Ok(data) if data.is_file() => data.len(),
            _ => 0,
        })
        .sum()
}

/// Whether somebody can be asked: both the question and the answer need a terminal.
pub fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks a question that is answered with yes or no; an empty answer is yes.
pub fn ask(question: &str) -> io::Result<bool> {
    eprint!("{question} [Y/n] ");
    io::stderr().flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "" | "y" | "yes"))
}
