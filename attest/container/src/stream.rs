//! A whole container, written and read in constant memory: one chunk at a time.

use std::io::{ErrorKind, Read, Write};

use zeroize::Zeroizing;

use crate::chunk::{CHUNK, Chunks, TAG};
use crate::contents::Contents;
use crate::error::Refused;
use crate::head::Head;
use crate::lock::ContentKey;

/// Writes the container: its head, then everything that `contents` gives, sealed.
///
/// # Errors
/// [`Refused::OtherKey`] if the key is not the head's, [`Refused::OtherLength`] or [`Refused::OtherContents`] if what
/// is read is not what the head names, [`Refused::Io`]. What was written until then opens for nobody to the end.
pub fn seal(
    head: &Head,
    key: &ContentKey,
    mut contents: impl Read,
    mut out: impl Write,
) -> Result<(), Refused> {
    let chunks = Chunks::new(&head.derive(key)?);
    let mut write = |bytes: &[u8]| {
        out.write_all(bytes).map_err(|source| Refused::Io { what: "container", done: "written", source })
    };
    write(&head.to_bytes()?)?;
    let card = &head.facts.contents;
    let mut hasher = blake3::Hasher::new();
    let mut buffer = Zeroizing::new(vec![0; CHUNK + TAG]);
    for index in 0..card.chunks() {
        let length = chunk_length(card, index);
        let chunk = &mut buffer[..length];
        let read = fill(&mut contents, chunk, "contents")?;
        if read < length {
            return Err(Refused::OtherLength {
                found: index * CHUNK as u64 + read as u64,
                expected: card.length,
            });
        }
        hasher.update(chunk);
        let tag = chunks.seal(index, index + 1 == card.chunks(), chunk);
        buffer[length..length + TAG].copy_from_slice(&tag);
        write(&buffer[..length + TAG])?;
    }
    if fill(&mut contents, &mut buffer[..1], "contents")? > 0 {
        return Err(Refused::OtherLength { found: card.length + 1, expected: card.length });
    }
    same(card, &hasher)?;
    out.flush().map_err(|source| Refused::Io { what: "container", done: "written", source })
}

/// Bytes of the whole container with this head.
///
/// # Errors
/// [`Refused::Object`] if the facts are refused.
pub fn sealed_length(head: &Head) -> Result<u64, Refused> {
    let contents = &head.facts.contents;
    Ok(head.to_bytes()?.len() as u64 + contents.length + contents.chunks() * TAG as u64)
}

/// Opens a container behind its head, chunk by chunk.
///
/// Each chunk that it gives out is authentic and in its place. That nothing was cut off, added or exchanged by somebody
/// who has the key is known at the end: the last chunk is given out only then. After an error it gives nothing more.
pub struct Reader<R> {
    source: R,
    contents: Contents,
    chunks: Chunks,
    hasher: blake3::Hasher,
    buffer: Zeroizing<Vec<u8>>,
    /// Of the chunk in the buffer: what was not yet read of it.
    open: std::ops::Range<usize>,
    next: u64,
    failed: bool,
}

impl<R: Read> Reader<R> {
    /// A reader of what follows the head in `source`.
    ///
    /// # Errors
    /// [`Refused::OtherKey`] unless the key is the one that the head commits to.
    pub fn new(source: R, head: &Head, key: &ContentKey) -> Result<Self, Refused> {
        Ok(Self {
            source,
            contents: head.facts.contents.clone(),
            chunks: Chunks::new(&head.derive(key)?),
            hasher: blake3::Hasher::new(),
            buffer: Zeroizing::new(vec![0; CHUNK + TAG]),
            open: 0..0,
            next: 0,
            failed: false,
        })
    }

    /// The next chunk: at most [`CHUNK`] bytes; `None` at the end, when all of it was checked.
    ///
    /// # Errors
    /// [`Refused::Chunk`], [`Refused::Truncated`], [`Refused::Trailing`], [`Refused::OtherContents`], [`Refused::Io`].
    pub fn next_chunk(&mut self) -> Result<Option<&[u8]>, Refused> {
        if self.next == self.contents.chunks() && !self.failed {
            return Ok(None);
        }
        let index = self.next;
        if std::mem::replace(&mut self.failed, true) {
            return Err(Refused::Chunk { index, chunks: self.contents.chunks() });
        }
        let length = self.step(index)?;
        self.failed = false;
        self.next += 1;
        Ok(Some(&self.buffer[..length]))
    }

    fn step(&mut self, index: u64) -> Result<usize, Refused> {
        let chunks = self.contents.chunks();
        let last = index + 1 == chunks;
        let expected = chunk_length(&self.contents, index) + TAG;
        let sealed = &mut self.buffer[..expected];
        let found = fill(&mut self.source, sealed, "container")?;
        if found < expected {
            return Err(Refused::Truncated { index, chunks, found: found as u64, expected: expected as u64 });
        }
        let length = self.chunks.open(index, last, sealed).ok_or(Refused::Chunk { index, chunks })?;
        self.hasher.update(&sealed[..length]);
        if last {
            if fill(&mut self.source, &mut [0], "container")? > 0 {
                return Err(Refused::Trailing { chunks });
            }
            same(&self.contents, &self.hasher)?;
        }
        Ok(length)
    }
}

impl<R: Read> Read for Reader<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        if self.open.is_empty() {
            let length = self.next_chunk()?.map_or(0, <[u8]>::len);
            self.open = 0..length;
        }
        let count = self.open.len().min(into.len());
        into[..count].copy_from_slice(&self.buffer[self.open.start..self.open.start + count]);
        self.open.start += count;
        Ok(count)
    }
}

fn chunk_length(contents: &Contents, index: u64) -> usize {
    (contents.length - index * CHUNK as u64).min(CHUNK as u64) as usize
}

fn same(contents: &Contents, hasher: &blake3::Hasher) -> Result<(), Refused> {
    let (found, expected) = ((*hasher.finalize().as_bytes()).into(), contents.blake3);
    if found == expected { Ok(()) } else { Err(Refused::OtherContents { found, expected }) }
}

/// Reads until the slice is full or the source ends, and says how many bytes there were.
fn fill(source: &mut impl Read, into: &mut [u8], what: &'static str) -> Result<usize, Refused> {
    let mut filled = 0;
    while filled < into.len() {
        match source.read(&mut into[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(source) => return Err(Refused::Io { what, done: "read", source }),
        }
    }
    Ok(filled)
}
