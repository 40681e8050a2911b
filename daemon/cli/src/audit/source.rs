//! Where the bundles come from: files, folders, and streams of one behind the other (CBOR sequences, RFC 8742).

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use wetsign_attest::bundle::first_item;
use wetsign_attest::limits;

use crate::draft::has_extension;

/// Bytes that are asked of a stream at once.
const STEP: usize = 1 << 16;
/// What a bundle may have, and one byte by which a longer one shows.
const MOST: usize = limits::BUNDLE + 1;

/// A file to check.
pub struct Given {
    /// Its name; of a stream's, with its number there.
    pub name: String,
    /// What is in it: of what is too long to be a bundle, as much as shows that.
    pub bytes: Vec<u8>,
}

/// All that was named, one after the other; nothing is read before it is asked for.
pub struct Source {
    open: VecDeque<Part>,
}

enum Part {
    File(PathBuf),
    Stream(Stream),
}

struct Stream {
    name: String,
    reader: Box<dyn Read + Send>,
    held: Vec<u8>,
    ended: bool,
    count: u64,
}

impl Source {
    /// Of these files and folders; `-` is standard input. Of a folder those files are taken that end in `.cbor` or
    /// `.cborseq`, by name.
    pub fn new(paths: &[PathBuf]) -> anyhow::Result<Self> {
        let mut open = VecDeque::new();
        for path in paths {
            if path.as_os_str() == "-" {
                open.push_back(Part::Stream(Stream::new("-".into(), Box::new(std::io::stdin()))));
            } else if path.is_dir() {
                open.extend(folder(path)?.into_iter().map(Part::File));
            } else {
                open.push_back(Part::File(path.clone()));
            }
        }
        Ok(Self { open })
    }

    /// How many files there are to read; `None` where a stream is among them.
    pub fn files(&self) -> Option<usize> {
        let plain = |part: &Part| matches!(part, Part::File(path) if !has_extension(path, "cborseq"));
        self.open.iter().all(plain).then_some(self.open.len())
    }

    fn next(&mut self) -> anyhow::Result<Option<Given>> {
        loop {
            match self.open.pop_front() {
                None => return Ok(None),
                Some(Part::File(path)) if has_extension(&path, "cborseq") => {
                    let name = path.display().to_string();
                    let file = File::open(&path).with_context(|| format!("cannot read {name}"))?;
                    self.open.push_front(Part::Stream(Stream::new(name, Box::new(file))));
                }
                Some(Part::File(path)) => return file(&path).map(Some),
                Some(Part::Stream(mut stream)) => {
                    if let Some(given) = stream.next()? {
                        self.open.push_front(Part::Stream(stream));
                        return Ok(Some(given));
                    }
                }
            }
        }
    }
}

impl Iterator for Source {
    type Item = anyhow::Result<Given>;

    fn next(&mut self) -> Option<Self::Item> {
        Self::next(self).transpose()
    }
}

fn folder(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let cannot = || format!("cannot list {}", path.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(path).with_context(cannot)? {
        let entry = entry.with_context(cannot)?;
        let path = entry.path();
        let named = has_extension(&path, "cbor") || has_extension(&path, "cborseq");
        if named && entry.file_type().with_context(cannot)?.is_file() {
            files.push(path);
        }
    }
    ensure!(!files.is_empty(), "there is no plain file *.cbor or *.cborseq in {}", path.display());
    files.sort();
    Ok(files)
}

fn file(path: &Path) -> anyhow::Result<Given> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MOST as u64).read_to_end(&mut bytes))
        .with_context(|| format!("cannot read {}", path.display()))?;
    Ok(Given { name: path.display().to_string(), bytes })
}

impl Stream {
    fn new(name: String, reader: Box<dyn Read + Send>) -> Self {
        Self { name, reader, held: Vec::new(), ended: false, count: 0 }
    }

    /// The next bundle. Bytes that are no bundle are handed out as they are, and are the last: nobody can say where the
    /// next one begins.
    fn next(&mut self) -> anyhow::Result<Option<Given>> {
        loop {
            if self.ended && self.held.is_empty() {
                return Ok(None);
            }
            let length = match first_item(&self.held) {
                Ok(Some(length)) if length <= limits::BUNDLE => length,
                Ok(None) if !self.ended && self.held.len() < MOST => {
                    self.fill()?;
                    continue;
                }
                Ok(_) | Err(_) => {
                    self.ended = true;
                    let bytes = std::mem::take(&mut self.held);
                    return Ok(Some(self.named(bytes)));
                }
            };
            let rest = self.held.split_off(length);
            let bytes = std::mem::replace(&mut self.held, rest);
            return Ok(Some(self.named(bytes)));
        }
    }

    fn named(&mut self, mut bytes: Vec<u8>) -> Given {
        self.count += 1;
        bytes.truncate(MOST);
        Given { name: format!("{}#{}", self.name, self.count), bytes }
    }

    fn fill(&mut self) -> anyhow::Result<()> {
        let read = Read::by_ref(&mut self.reader).take(STEP as u64).read_to_end(&mut self.held);
        self.ended = read.with_context(|| format!("cannot read {}", self.name))? == 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: Vec<u8>) -> Vec<(String, Vec<u8>)> {
        let mut stream = Stream::new("s".into(), Box::new(std::io::Cursor::new(bytes)));
        std::iter::from_fn(|| stream.next().unwrap()).map(|given| (given.name, given.bytes)).collect()
    }

    /// A byte string of this length, as CBOR.
    fn item(length: u32) -> Vec<u8> {
        [&[0x5a][..], &length.to_be_bytes(), &vec![7; length as usize]].concat()
    }

    #[test]
    fn a_stream_is_cut_where_bundles_end_however_it_is_read() {
        let items = [item(10), item(200_000), item(3)];
        let found = read(items.concat());
        assert_eq!(found.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["s#1", "s#2", "s#3"]);
        assert!(found.iter().zip(&items).all(|((_, found), item)| found == item));
        assert!(read(Vec::new()).is_empty());
    }

    #[test]
    fn what_is_no_bundle_is_handed_out_and_ends_the_stream() {
        let cut = [item(10), item(50)[..20].to_vec()].concat();
        assert_eq!(read(cut.clone()), [("s#1".into(), item(10)), ("s#2".into(), cut[15..].to_vec())]);
        let broken = [item(10), vec![0xff], item(10)].concat();
        assert_eq!(read(broken).len(), 2);
        let long = read([item(2 << 20), item(1)].concat());
        assert_eq!((long.len(), long[0].1.len()), (1, MOST));
    }
}
