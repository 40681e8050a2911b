//! What the networks answered before, on disk, so that an interrupted evaluation goes on where it stopped.
//!
//! One line of JSON an answer, appended as it is made; a line that was cut is ignored and made again. The key is the
//! digest of everything that the answer depends on: the networks' own digests, the file's content, the place in it. The
//! file holds embeddings of the people evaluated: it is readable by its owner alone, and `--cache` says where it lies.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// Answers by what was asked.
pub struct Cache {
    known: HashMap<String, Value>,
    file: File,
}

#[derive(Serialize, Deserialize)]
struct Line {
    asked: String,
    answer: Value,
}

/// What an answer depends on.
pub fn key<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
        use std::fmt::Write as _;
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl Cache {
    /// Opens or makes `answers.jsonl` in `folder`.
    pub fn open(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let path = folder.join("answers.jsonl");
        let open = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(&path);
        let mut file = open.with_context(|| format!("cannot open {}", path.display()))?;
        let mut known = HashMap::new();
        let mut whole = true;
        for line in BufReader::new(&file).split(b'\n') {
            let line = line.with_context(|| format!("cannot read {}", path.display()))?;
            match serde_json::from_slice::<Line>(&line) {
                Ok(line) => drop(known.insert(line.asked, line.answer)),
                Err(_) => whole = false,
            }
        }
        if !whole {
            // A cut line must not swallow the next one.
            file.write_all(b"\n").with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(Self { known, file })
    }

    /// The known answer.
    pub fn known<T: DeserializeOwned>(&self, asked: &str) -> Option<T> {
        T::deserialize(self.known.get(asked)?).ok()
    }

    /// Keeps an answer, and gives it as it will be read next time, so that both runs say the same.
    pub fn keep<T: Serialize + DeserializeOwned>(&mut self, asked: &str, answer: &T) -> Result<T> {
        let line = Line { asked: asked.to_owned(), answer: serde_json::to_value(answer)? };
        let mut bytes = serde_json::to_vec(&line)?;
        bytes.push(b'\n');
        self.file.write_all(&bytes).context("cannot write the cache of answers")?;
        let given = T::deserialize(&line.answer)?;
        self.known.insert(line.asked, line.answer);
        Ok(given)
    }

    /// The known answer, else what `make` says, which is then kept.
    pub fn answer<T: Serialize + DeserializeOwned>(
        &mut self,
        asked: &str,
        make: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        match self.known(asked) {
            Some(answer) => Ok(answer),
            None => self.keep(asked, &make()?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_made_once_and_survives_a_cut_line() {
        let folder = tempfile::tempdir().unwrap();
        let first: Vec<f32> =
            Cache::open(folder.path()).unwrap().answer("a", || Ok(vec![0.1, 1.0 / 3.0])).unwrap();
        assert_eq!(first, [0.1, 1.0 / 3.0]);
        let path = folder.path().join("answers.jsonl");
        let mut text = fs::read(&path).unwrap();
        text.extend(b"{\"asked\":\"b\",\"ans");
        fs::write(&path, text).unwrap();
        let mut cache = Cache::open(folder.path()).unwrap();
        assert_eq!(cache.answer::<u32>("b", || Ok(7)).unwrap(), 7);
        let again = |_: &str| -> Result<Vec<f32>> { anyhow::bail!("asked twice") };
        let mut cache = Cache::open(folder.path()).unwrap();
        assert_eq!(cache.answer("a", || again("a")).unwrap(), first);
        assert_eq!(cache.answer::<u32>("b", || anyhow::bail!("asked twice")).unwrap(), 7);
    }

    #[test]
    fn keys_depend_on_every_part_and_on_where_it_ends() {
        let all = [key([&b"ab"[..], b"c"]), key([&b"a"[..], b"bc"]), key([&b"abc"[..]])];
        assert!(all[0] != all[1] && all[1] != all[2] && all[0] != all[2]);
    }
}
