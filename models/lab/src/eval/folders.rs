//! A user's own data: one folder a person, or the pair lists of LFW and VoxCeleb.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

/// What is read as a photo.
pub const PHOTOS: [&str; 3] = ["jpg", "jpeg", "png"];
/// What is read as a film.
pub const FILMS: [&str; 3] = ["mp4", "avi", "mkv"];
/// What is read as a sound.
pub const SOUNDS: [&str; 4] = ["wav", "ogg", "flac", "m4a"];

/// One file of one person.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Item {
    /// The name of the person's folder.
    pub subject: String,
    /// The path below the data's folder, as pair lists name it.
    pub name: String,
    /// The file.
    pub path: PathBuf,
}

/// Whether the file's name ends in one of `extensions`.
pub fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    let extension = path.extension().and_then(|e| e.to_str()).map(str::to_lowercase);
    extension.is_some_and(|extension| extensions.contains(&extension.as_str()))
}

/// Every file with one of `extensions` below `folder`, whose first folder names the person, in order of the paths.
///
/// # Errors
/// A folder that cannot be read, or that holds no such file.
pub fn items(folder: &Path, extensions: &[&str]) -> Result<Vec<Item>> {
    let mut found = Vec::new();
    let mut open = vec![PathBuf::new()];
    while let Some(below) = open.pop() {
        let here = folder.join(&below);
        for entry in fs::read_dir(&here).with_context(|| format!("cannot read {}", here.display()))? {
            let name = below.join(entry?.file_name());
            let path = folder.join(&name);
            if path.is_dir() {
                open.push(name);
            } else if has_extension(&path, extensions)
                && let (Some(subject), Some(text)) =
                    (name.iter().next().and_then(|s| s.to_str()), name.to_str())
                && name.iter().count() > 1
            {
                found.push(Item { subject: subject.to_owned(), name: text.to_owned(), path });
            }
        }
    }
    if found.is_empty() {
        bail!("{} holds no file such as PERSON/NAME.{}", folder.display(), extensions[0]);
    }
    found.sort();
    Ok(found)
}

/// `groups.csv` of a folder, lines of `person,group`; empty if there is none.
pub fn groups(folder: &Path) -> Result<BTreeMap<String, String>> {
    let path = folder.join("groups.csv");
    if !path.exists() {
        return Ok(BTreeMap::new());
    }
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    lines
        .map(|line| match line.split_once(',') {
            Some((subject, group)) => Ok((subject.trim().to_owned(), group.trim().to_owned())),
            None => bail!("{}: `{line}` is not `person,group`", path.display()),
        })
        .collect()
}

/// Which files a list compares, and whether it calls both one person's.
///
/// Two forms are read: LFW's `pairs.txt` (`NAME i j` and `NAME i OTHER j`, a head line before them; files are
/// `NAME/NAME_0001.jpg`) and VoxCeleb's trials (`1 ID/…/a.wav ID/…/b.wav`, 0 for two people).
pub fn pairs(path: &Path) -> Result<Vec<(String, String, bool)>> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let lfw = |name: &str, index: &str| {
            index.parse::<u32>().ok().map(|index| format!("{name}/{name}_{index:04}.jpg"))
        };
        let pair = match words[..] {
            [] => continue,
            [said @ ("0" | "1"), a, b] if a.contains('/') => Some((a.to_owned(), b.to_owned(), said == "1")),
            [name, i, j] => lfw(name, i).zip(lfw(name, j)).map(|(a, b)| (a, b, true)),
            [name, i, other, j] => lfw(name, i).zip(lfw(other, j)).map(|(a, b)| (a, b, false)),
            // LFW's head: folds and pairs of each.
            _ if number == 0 => continue,
            _ => None,
        };
        found.push(pair.with_context(|| format!("{}:{}: `{line}` is no pair", path.display(), number + 1))?);
    }
    if found.is_empty() {
        bail!("{} lists no pair", path.display());
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(text: &str) -> Result<Vec<(String, String, bool)>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pairs.txt");
        fs::write(&path, text).unwrap();
        pairs(&path)
    }

    #[test]
    fn both_published_forms_of_lists_are_read() {
        let found = listed("10\t300\nAbel_Pacheco\t1\t4\nAbdel\t1\tAbel_Pacheco\t12\n").unwrap();
        assert_eq!(found[0].1, "Abel_Pacheco/Abel_Pacheco_0004.jpg");
        assert_eq!(
            found[1],
            ("Abdel/Abdel_0001.jpg".into(), "Abel_Pacheco/Abel_Pacheco_0012.jpg".into(), false)
        );
        let found = listed("1 id1/x/1.wav id1/y/2.wav\n0 id1/x/1.wav id2/y/2.wav\n").unwrap();
        assert_eq!((found[0].2, found[1].2), (true, false));
    }

    #[test]
    fn a_line_that_is_no_pair_is_refused_with_its_number() {
        let error = listed("1 id1/a.wav id1/b.wav\nnonsense here\n").unwrap_err().to_string();
        assert!(error.contains(":2:") && error.contains("nonsense"), "{error}");
        assert!(listed("").is_err());
    }

    #[test]
    fn the_first_folder_names_the_person_however_deep_the_file_lies() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("ann/day 1")).unwrap();
        fs::write(folder.path().join("ann/day 1/a.WAV"), b"").unwrap();
        fs::write(folder.path().join("ann/note.txt"), b"").unwrap();
        fs::write(folder.path().join("stray.wav"), b"").unwrap();
        let found = items(folder.path(), &SOUNDS).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].subject.as_str(), found[0].name.as_str()), ("ann", "ann/day 1/a.WAV"));
        assert!(items(folder.path(), &PHOTOS).is_err());
    }
}
