//! Shares in, pieces of the contents out.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use wetsign_attest::Endorsed;
use wetsign_attest::Object as _;
use wetsign_attest::id::Digest;
use wetsign_container::{Committee, Gathering, Head, Reader};
use wetsign_pair::SealKey;
use wetsign_runner_ipc::package;

use crate::approved::Approved;
use crate::files;

/// Bytes of the longest sealed share.
const SHARE: usize = 64 << 10;
/// Most files that are looked at for shares.
const SHARES: usize = 64;

/// A container's head, its file behind it.
pub struct Container {
    head: Head,
    file: BufReader<File>,
}

impl Container {
    /// Reads the head of a container of the approved asset. Nothing is opened yet.
    ///
    /// # Errors
    /// A file that is no container; one of another asset, or with other contents than the owner's descriptor names; one
    /// that holds no package.
    pub fn read(path: &Path, approved: &Approved) -> anyhow::Result<Self> {
        let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
        let mut file = BufReader::new(file);
        let head = Head::read(&mut file).with_context(|| format!("{} is refused", path.display()))?;
        let facts = &head.facts;
        ensure!(
            facts.asset == approved.asset,
            "the container is of asset {}, approved was {}",
            facts.asset,
            approved.asset
        );
        let contents = Digest(*facts.contents.id()?.as_bytes());
        ensure!(
            contents == approved.content,
            "the container holds the contents {contents}, the owner's descriptor in force names {}",
            approved.content
        );
        ensure!(
            facts.contents.media_type == package::MEDIA_TYPE && facts.contents.length <= package::MOST,
            "the container holds {} bytes of {}, and a runner takes {} of {} at most",
            facts.contents.length,
            facts.contents.media_type,
            package::MEDIA_TYPE,
            package::MOST
        );
        Ok(Self { head, file })
    }

    /// Digest that names the container.
    ///
    /// # Errors
    /// The head cannot be encoded.
    pub fn digest(&self) -> anyhow::Result<Digest> {
        Ok(self.head.digest()?)
    }

    /// Opens it with the shares in a folder, and hands its contents on, piece by piece. They are whole, and the
    /// owner's, once this says so: nothing is to be done with them before.
    ///
    /// # Errors
    /// Too few good shares (those that are not good are named), a container that was changed, what `take` says.
    pub fn open(
        self,
        committee: Committee,
        shares: &Path,
        key: &SealKey,
        approved: &Approved,
        mut take: impl FnMut(&[u8]) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let mut gathering = Gathering::new(&self.head, committee)?;
        let mut refused = Vec::new();
        for path in listed(shares)? {
            if gathering.missing() == 0 {
                break;
            }
            if let Err(error) = gathering.add(key, approved.approval.id, &files::read(&path, SHARE)?) {
                refused.push(format!("{}: {error}", path.display()));
            }
        }
        let content_key = gathering.key().with_context(|| match refused.len() {
            0 => format!("{} opens nothing", shares.display()),
            _ => format!("{} opens nothing ({})", shares.display(), refused.join("; ")),
        })?;
        let mut reader = Reader::new(self.file, &self.head, &content_key)?;
        while let Some(piece) = reader.next_chunk()? {
            take(piece)?;
        }
        Ok(())
    }
}

/// A committee, signed by all of its members. It is not to be trusted: shares of another one give another key, which
/// the container's head refuses.
///
/// # Errors
/// A file that is no container.
pub fn committee(path: &Path) -> anyhow::Result<Committee> {
    let endorsed = Endorsed::<Committee>::decode(&files::short(path)?);
    Ok(endorsed
        .with_context(|| format!("{} is no committee of keyholders", path.display()))?
        .payload()
        .clone())
}

/// The plain files of a folder, by name.
fn listed(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut paths = Vec::new();
    for entry in entries.take(SHARES) {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            paths.push(entry.path());
        }
    }
    paths.sort();
    Ok(paths)
}
