//! The folder of the sealed phrases: `CODE-NUMBER.sealed`, and a list of what was erased.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

use super::sealed::ENDING;

/// What was erased, and when.
const ERASED: &str = "erased.txt";

/// Writes a file that was not there, for its owner alone, and has it reach the disk.
pub fn keep(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut options = fs::OpenOptions::new();
    let written = options.write(true).create_new(true).mode(0o600).open(path).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.with_context(|| format!("cannot write {}", path.display()))
}

/// The name that a file is sealed under.
pub fn name_of(path: &Path) -> Result<String> {
    let name = path.file_stem().and_then(|name| name.to_str());
    Ok(name.with_context(|| format!("{} has no name", path.display()))?.to_owned())
}

/// The sealed phrases of each person, by code.
pub fn collected(folder: &Path) -> Result<BTreeMap<String, Vec<PathBuf>>> {
    let mut found: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == ENDING)
            && let Some((person, _)) = name_of(&path)?.split_once('-')
        {
            found.entry(person.to_owned()).or_default().push(path);
        }
    }
    for files in found.values_mut() {
        files.sort();
    }
    Ok(found)
}

/// Removes the phrases of one person, or of everybody, and says so in the folder; how many there were. What was sealed
/// stays sealed wherever a disk keeps remains of it.
pub fn erase(folder: &Path, person: Option<&str>, at: u64) -> Result<usize> {
    let mut count = 0;
    let found = collected(folder)?;
    let known = person.is_none_or(|person| found.contains_key(person));
    ensure!(known, "nothing of {} is in {}", person.unwrap_or("anybody"), folder.display());
    for (code, files) in found.into_iter().filter(|(code, _)| person.is_none_or(|person| person == code)) {
        for file in &files {
            fs::remove_file(file).with_context(|| format!("cannot erase {}", file.display()))?;
        }
        count += files.len();
        let said = folder.join(ERASED);
        let note = format!("{at} {code} {} phrases erased\n", files.len());
        let written = fs::OpenOptions::new().append(true).create(true).mode(0o600).open(&said);
        let written =
            written.and_then(|mut file| file.write_all(note.as_bytes()).and_then(|()| file.sync_all()));
        written.with_context(|| format!("cannot write {}", said.display()))?;
    }
    fs::File::open(folder)
        .and_then(|folder| folder.sync_all())
        .context("the folder cannot be synchronised")?;
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_asks_for_it_is_erased_and_nobody_else() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["0a0a0a0a-1", "0a0a0a0a-2", "0b0b0b0b-1"] {
            keep(&folder.path().join(name).with_extension(ENDING), b"sealed").unwrap();
        }
        fs::write(folder.path().join("notes.txt"), "mine").unwrap();
        let codes = || collected(folder.path()).unwrap().into_keys().collect::<Vec<_>>();
        assert_eq!(erase(folder.path(), Some("0a0a0a0a"), 7).unwrap(), 2);
        assert_eq!(codes(), ["0b0b0b0b"]);
        assert!(erase(folder.path(), Some("0a0a0a0a"), 8).is_err(), "there is nothing any more");
        assert_eq!(erase(folder.path(), None, 9).unwrap(), 1);
        assert!(codes().is_empty() && folder.path().join("notes.txt").exists());
        let said = fs::read_to_string(folder.path().join(ERASED)).unwrap();
        assert_eq!(said, "7 0a0a0a0a 2 phrases erased\n9 0b0b0b0b 1 phrases erased\n");
    }

    #[test]
    fn nothing_that_is_there_is_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        keep(&path, b"one").unwrap();
        assert!(keep(&path, b"other").is_err());
        assert_eq!(fs::read(&path).unwrap(), b"one");
    }
}
