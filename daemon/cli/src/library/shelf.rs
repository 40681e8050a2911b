//! The folder of a library.
//!
//! ```text
//! log                     the log, held by whoever keeps the library
//! checkpoint, tile/       the same as static files (C2SP tlog-tiles), for `wetsign log audit`
//! cards/ID.cbor           each card with its place in the log
//! content/SHA256          files, where they may be given away
//! ```

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use sha2::{Digest as _, Sha256};
use wetsign_attest::Signed;
use wetsign_attest::bundle::CardBundle;
use wetsign_attest::id::{Digest, Id};
use wetsign_attest::log::{KeyKind, VerifierKey};
use wetsign_attest::object::{ModelCard, Object};

use crate::draft::read_bounded;

/// Cards that are read of one library.
const MOST: usize = 65_536;

/// A card that its log shows.
pub struct Placed {
    /// The card.
    pub card: Signed<ModelCard>,
    /// Its index in the log.
    pub index: u64,
}

/// A library's folder.
pub struct Shelf(PathBuf);

impl Shelf {
    /// This folder.
    pub fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// A file or folder in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Where a card lies.
    pub fn card(&self, id: &Id) -> PathBuf {
        self.0.join("cards").join(format!("{id}.cbor"))
    }

    /// Where the file of a card lies, if the library has it.
    pub fn content(&self, digest: &Digest) -> PathBuf {
        self.0.join("content").join(digest.to_string())
    }

    /// Every card, by its place in the log. One that does not hold is an error: nobody is shown a library that somebody
    /// changed.
    pub fn cards(&self, vkey: &VerifierKey) -> anyhow::Result<Vec<Placed>> {
        ensure!(vkey.kind() == KeyKind::Note, "{vkey} is a witness's key, not a log's");
        let folder = self.path("cards");
        let entries = fs::read_dir(&folder).with_context(|| format!("no library in {}", self.0.display()))?;
        let mut placed = Vec::new();
        for entry in entries {
            let path = entry.with_context(|| format!("cannot read {}", folder.display()))?.path();
            if path.extension().is_none_or(|extension| extension != "cbor") {
                continue;
            }
            ensure!(placed.len() < MOST, "{} has more than {MOST} cards", folder.display());
            let refused = || format!("{} does not hold", path.display());
            let bundle = CardBundle::from_payload(&read_bounded(&path)?).with_context(refused)?;
            let card = bundle.open(vkey.name(), vkey.key()).with_context(refused)?;
            placed.push(Placed { card, index: bundle.entry.index });
        }
        placed.sort_by_key(|one| one.index);
        Ok(placed)
    }

    /// The newest card of each publisher's names: each revision follows the one before.
    pub fn newest(&self, vkey: &VerifierKey) -> anyhow::Result<Vec<Placed>> {
        let mut newest: Vec<Placed> = Vec::new();
        for next in self.cards(vkey)? {
            let payload = next.card.payload();
            let same = |one: &Placed| {
                let other = one.card.payload();
                other.name == payload.name && other.publisher == payload.publisher
            };
            match newest.iter_mut().find(|one| same(one)) {
                Some(before) if payload.follows(before.card.payload(), before.card.id()) => *before = next,
                Some(_) => anyhow::bail!(
                    "card {} of {} follows no card before it: the library is not whole",
                    next.card.id(),
                    payload.name
                ),
                None if payload.revision == 1 => newest.push(next),
                None => anyhow::bail!("{} begins with revision {}", payload.name, payload.revision),
            }
        }
        Ok(newest)
    }
}

/// Copies a file and tells its digest and bytes; refuses more than `most` bytes.
pub fn copy(from: &Path, to: &mut impl Write, most: u64) -> anyhow::Result<(Digest, u64)> {
    let mut file = File::open(from).with_context(|| format!("cannot read {}", from.display()))?;
    let (mut hash, mut size, mut block) = (Sha256::new(), 0_u64, vec![0; 64 * 1024]);
    loop {
        let count = file.read(&mut block).with_context(|| format!("cannot read {}", from.display()))?;
        if count == 0 {
            return Ok((Digest(hash.finalize().into()), size));
        }
        size += count as u64;
        ensure!(size <= most, "{} has more than {most} bytes", from.display());
        hash.update(&block[..count]);
        to.write_all(&block[..count]).context("cannot write the copy")?;
    }
}
