//! Networks in ONNX Runtime's own format, run from their files.
//!
//! Such a file (`.ort`) holds the graph as it runs. Read in the ordinary way it lies in memory twice for a moment, and
//! once for good, as memory that only this process has. Mapped, its weights are pages of the file: what is not used is
//! never there, what is used the system may take back and read again.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use memmap2::Mmap;
use ort::environment::Environment;
use ort::ep::CPU;
use ort::session::{InMemorySession, Session, SessionInputs, SessionOutputs};

use crate::builder;

/// Files that were mapped: each once a process, for as long as it lives, however often its network is opened.
static MAPPED: Mutex<BTreeMap<PathBuf, &'static Mmap>> = Mutex::new(BTreeMap::new());

/// A network that can run.
pub enum Opened {
    /// It has its weights in memory.
    Read(Session),
    /// Its weights are pages of its file.
    Mapped(InMemorySession<'static>),
}

impl Opened {
    /// Opens a network's file; it runs on `threads` threads of its own ([`builder`]).
    ///
    /// # Errors
    /// What ONNX Runtime says; a file that cannot be read.
    pub fn file(environment: &Environment, path: &Path, threads: usize, optimise: bool) -> ort::Result<Self> {
        let mut builder = builder(environment, threads, optimise)?;
        if path.extension().is_some_and(|kind| kind == "ort") {
            let bytes = mapped(path)
                .map_err(|error| ort::Error::new(format!("{} cannot be read: {error}", path.display())))?;
            // Such networks are large and run seldom: what a run takes is given back when it ends.
            let cpu = CPU::default().with_arena_allocator(false).build();
            let mut builder = builder.with_execution_providers([cpu])?;
            return Ok(Self::Mapped(builder.commit_from_memory_directly(bytes)?));
        }
        Ok(Self::Read(builder.commit_from_file(path)?))
    }

    /// Runs it.
    ///
    /// # Errors
    /// What ONNX Runtime says.
    pub fn run<'s, 'i, 'v: 'i, const N: usize>(
        &'s mut self,
        inputs: impl Into<SessionInputs<'i, 'v, N>>,
    ) -> ort::Result<SessionOutputs<'s>> {
        match self {
            Self::Read(session) => session.run(inputs),
            Self::Mapped(session) => session.run(inputs),
        }
    }
}

impl Deref for Opened {
    type Target = Session;

    fn deref(&self) -> &Session {
        match self {
            Self::Read(session) => session,
            Self::Mapped(session) => session,
        }
    }
}

fn mapped(path: &Path) -> io::Result<&'static [u8]> {
    let mut mapped = MAPPED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(map) = mapped.get(path).copied() {
        return Ok(map);
    }
    let map: &'static Mmap = Box::leak(Box::new(map(&File::open(path)?)?));
    mapped.insert(path.to_owned(), map);
    Ok(map)
}

/// Set-up never writes into a network's file, it puts another one under its name, so the mapped content stays as its
/// digest was checked. Whoever may write into the cache could cut a file short and so stop the process; it holds no
/// key.
#[allow(unsafe_code)]
fn map(file: &File) -> io::Result<Mmap> {
    // SAFETY: the mapping is read-only and private to readers of plain bytes; see above for what keeps it unchanged.
    unsafe { Mmap::map(file) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_mapped_once_and_one_that_is_not_there_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("network.ort");
        assert!(mapped(&path).is_err());
        std::fs::write(&path, b"weights").unwrap();
        let first = mapped(&path).unwrap();
        assert_eq!(first, b"weights");
        assert!(std::ptr::eq(first, mapped(&path).unwrap()));
    }
}
