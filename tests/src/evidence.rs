//! What a story leaves behind for people to look at: files, and a contact sheet of what the kiosk saw.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, ensure};
use serde::Serialize;

use crate::visit::{Ending, Visit};

/// Collects files in one folder.
#[derive(Debug)]
pub struct Evidence {
    folder: PathBuf,
    files: BTreeMap<String, String>,
    tiles: Vec<Tile>,
}

#[derive(Debug, Serialize)]
struct Sheet<'a> {
    title: &'a str,
    tiles: &'a [Tile],
}

#[derive(Debug, Serialize)]
struct Tile {
    jpeg: PathBuf,
    caption: String,
    lines: Vec<Line>,
    begins_row: bool,
}

#[derive(Debug, Serialize)]
struct Line {
    text: String,
    ok: bool,
}

impl Evidence {
    /// Begins in an existing folder.
    pub fn new(folder: &Path) -> anyhow::Result<Self> {
        let folder = folder.canonicalize().with_context(|| format!("opening {}", folder.display()))?;
        std::fs::create_dir_all(folder.join("frames"))?;
        Ok(Self { folder, files: BTreeMap::new(), tiles: Vec::new() })
    }

    /// Writes a file and remembers it.
    pub fn write(&mut self, name: &str, bytes: &[u8]) -> anyhow::Result<PathBuf> {
        let path = self.path(name);
        std::fs::write(&path, bytes).with_context(|| format!("writing {}", path.display()))?;
        self.files.insert(name.to_owned(), path.display().to_string());
        Ok(path)
    }

    /// Remembers a file that somebody else wrote.
    pub fn keep(&mut self, name: &str, path: &Path) {
        self.files.insert(name.to_owned(), path.display().to_string());
    }

    /// Where a file of this name lies.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Keeps the pictures of a visit for the contact sheet.
    pub fn add_visit(&mut self, title: &str, visit: &Visit) -> anyhow::Result<()> {
        // The gates are spread below the visit's pictures, in the order in which they were judged.
        let mut lines = verdicts(visit);
        let each = lines.len().div_ceil(visit.pictures.len().max(1));
        for (index, (prompt, jpeg)) in visit.pictures.iter().enumerate() {
            let path = self.path("frames").join(format!("{:03}.jpg", self.tiles.len()));
            std::fs::write(&path, jpeg).with_context(|| format!("writing {}", path.display()))?;
            let rest = lines.split_off(each.min(lines.len()));
            self.tiles.push(Tile {
                jpeg: path,
                caption: if index == 0 { title.to_owned() } else { prompt.clone() },
                lines: std::mem::replace(&mut lines, rest),
                begins_row: index == 0,
            });
        }
        Ok(())
    }

    /// Draws the contact sheet with `wetsign-lab contact-sheet`.
    pub fn contact_sheet(&mut self, programs: &Path, title: &str) -> anyhow::Result<()> {
        let sheet = serde_json::to_vec_pretty(&Sheet { title, tiles: &self.tiles })?;
        let spec = self.path("frames").join("contact-sheet.json");
        std::fs::write(&spec, sheet)?;
        let picture = self.path("contact-sheet.png");
        let output = Command::new(programs.join("wetsign-lab"))
            .arg("contact-sheet")
            .arg("--spec")
            .arg(&spec)
            .arg("--out")
            .arg(&picture)
            .output()
            .context("running wetsign-lab contact-sheet")?;
        ensure!(
            output.status.success(),
            "the contact sheet could not be drawn: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
        self.files.insert("contact-sheet.png".into(), picture.display().to_string());
        Ok(())
    }

    /// The files so far, by name.
    pub fn files(&self) -> &BTreeMap<String, String> {
        &self.files
    }
}

fn verdicts(visit: &Visit) -> Vec<Line> {
    let mut lines: Vec<Line> = visit
        .gates
        .iter()
        .map(|gate| {
            let sign = if gate.at_least { "≥" } else { "≤" };
            let value = gate.value.map_or_else(|| "·".to_owned(), thousandths);
            let text = format!("{} {value} {sign} {}", gate.name, thousandths(gate.bound));
            Line { text, ok: gate.passed }
        })
        .collect();
    let (text, ok) = match &visit.ending {
        Ending::CoSigned(_) => ("co-signed".to_owned(), true),
        Ending::Enrolled(_) => ("enrolled".to_owned(), true),
        Ending::Paired(_) => ("paired".to_owned(), true),
        Ending::Declined(_) => ("declined".to_owned(), true),
        Ending::Refused(refused) => (format!("refused: {}", refused.code), false),
    };
    lines.push(Line { text, ok });
    lines
}

fn thousandths(value: i32) -> String {
    format!("{:.3}", f64::from(value) / 1000.0)
}
