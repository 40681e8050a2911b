//! Putting cards into a library.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, ensure};
use clap::Args;
use ed25519_dalek::SigningKey;
use serde_json::json;
use wetsign_attest::Signed;
use wetsign_attest::bundle::CardBundle;
use wetsign_attest::id::{Blob, Digest, PublicKey};
use wetsign_attest::log::{KeyKind, LogFile, LogRecord, VerifierKey};
use wetsign_attest::object::{ModelCard, Object};
use wetsign_program::clock;

use super::draft;
use super::shelf::{Shelf, copy};
use crate::file::{self, For};
use crate::key;
use crate::output::{Answer, Outcome};

/// Most bytes of a network's file: 1 GiB.
const FILE: u64 = 1 << 30;

/// `wetsign library publish`.
#[derive(Debug, Args)]
pub struct PublishArgs {
    /// Cards in TOML.
    #[arg(required_unless_present = "networks")]
    pub cards: Vec<PathBuf>,
    /// The networks that kiosks run, as `models/manifest.toml` pins them, each with what was measured of it.
    #[arg(long, conflicts_with_all = ["cards", "file"])]
    pub networks: bool,
    /// The library's folder; made if it is not there.
    #[arg(long, value_name = "FOLDER")]
    pub shelf: PathBuf,
    /// The library's name, the first line of its log's checkpoints: `example.org/library`.
    #[arg(long)]
    pub origin: String,
    /// The log's key (made by `wetsign key new`).
    #[arg(long, value_name = "FILE")]
    pub log_key: PathBuf,
    /// The publisher's key.
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    /// The file of the one card, to be given away with it. Without it the card alone is published.
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
}

/// Signs each card that is new, logs it, and puts it in its place. A card that says what the newest one says is passed
/// over.
pub fn run(args: &PublishArgs) -> anyhow::Result<Answer> {
    let (log_key, publisher) = (key::read(&args.log_key)?, key::read(&args.key)?);
    let vkey = VerifierKey::new(&args.origin, KeyKind::Note, PublicKey::from(&log_key))?;
    let shelf = Shelf::new(&args.shelf);
    for folder in ["cards", "content"] {
        let path = shelf.path(folder);
        fs::create_dir_all(&path).with_context(|| format!("cannot make {}", path.display()))?;
    }
    let drafts = drafts(args, &shelf)?;
    let mut log = LogFile::open(shelf.path("log"))?;
    finish(&shelf, &mut log, &args.origin, &log_key)?;
    let newest = shelf.newest(&vkey)?;
    let mut published = Vec::new();
    for mut draft in drafts {
        draft.publisher = PublicKey::from(&publisher);
        let before = newest
            .iter()
            .map(|one| &one.card)
            .find(|card| card.payload().name == draft.name && card.payload().publisher == draft.publisher);
        if let Some(before) = before {
            let said = before.payload();
            draft.revision = said.revision + 1;
            draft.previous = Some(before.id());
            let same = ModelCard {
                revision: said.revision,
                previous: said.previous,
                time: said.time,
                ..draft.clone()
            };
            if same == *said {
                continue;
            }
        }
        draft.time = clock::now()?;
        let name = draft.name.clone();
        let card =
            Signed::sign(draft, &publisher).with_context(|| format!("the card of {name} is refused"))?;
        put(&shelf, &mut log, &card, &args.origin, &log_key)?;
        published.push(json!({ "name": name, "revision": card.payload().revision, "id": card.id() }));
    }
    tiles(&shelf, &log, &args.origin, &log_key)?;
    let lines = published.iter().map(|one| format!("{} revision {}\n", one["name"], one["revision"]));
    let text = format!(
        "{}published: {}, of {} in the log\n{vkey}\n",
        lines.collect::<String>().replace('"', ""),
        published.len(),
        log.size()
    );
    let json = json!({ "ok": true, "published": published, "size": log.size(), "vkey": vkey.to_string() });
    Ok(Answer { outcome: Outcome::Yes, text, json })
}

/// Cards to be published, and the file of the one that has one.
fn drafts(args: &PublishArgs, shelf: &Shelf) -> anyhow::Result<Vec<ModelCard>> {
    if args.networks {
        return Ok(draft::networks());
    }
    let file = match &args.file {
        None => None,
        Some(path) => {
            ensure!(args.cards.len() == 1, "--file is of one card, and {} are given", args.cards.len());
            let mut bytes = Vec::new();
            let found = copy(path, &mut bytes, FILE)?;
            let place = shelf.content(&found.0);
            if !place.exists() {
                file::write_new(&place, &bytes, For::All)?;
            }
            Some(found)
        }
    };
    let drafts: Vec<_> =
        args.cards.iter().map(|path| draft::read(path, file)).collect::<anyhow::Result<_>>()?;
    let names: BTreeSet<_> = drafts.iter().map(|draft| &draft.name).collect();
    ensure!(
        names.len() == drafts.len(),
        "two of these cards have one name: publish them one after the other"
    );
    Ok(drafts)
}

/// A card that was written but not logged when the power failed: its file waits beside its place.
fn put(
    shelf: &Shelf,
    log: &mut LogFile,
    card: &Signed<ModelCard>,
    origin: &str,
    key: &SigningKey,
) -> anyhow::Result<()> {
    // A card is public: its salt hides nothing, and follows from its bytes, so that the log alone brings it back.
    let waiting = shelf.card(&card.id()).with_extension("waiting");
    if !waiting.exists() {
        file::write_new(&waiting, card.bytes(), For::All)?;
    }
    let salt = Digest::of(card.bytes());
    let previous: Vec<_> = card.payload().previous.into_iter().collect();
    if log.find(&card.id()).is_none() {
        log.append(&LogRecord::of(ModelCard::TYPE, card.id(), &previous, &salt, card.bytes()))?;
    }
    place(shelf, log, card, origin, key)
}

/// Gives a logged card its place.
fn place(
    shelf: &Shelf,
    log: &LogFile,
    card: &Signed<ModelCard>,
    origin: &str,
    key: &SigningKey,
) -> anyhow::Result<()> {
    let index = log.find(&card.id()).context("the card is not in the log")?;
    let entry =
        log.entry(index, Digest::of(card.bytes()), log.size()).context("the log has no such record")?;
    let bundle =
        CardBundle { card: Blob(card.bytes().to_vec()), entry, checkpoint: log.checkpoint(origin, key)? };
    let path = shelf.card(&card.id());
    file::replace(&path, &bundle.to_payload()?, For::All)?;
    // Its work is done; where it stays, the next call finds it done.
    let _ = fs::remove_file(path.with_extension("waiting"));
    Ok(())
}

/// Ends what a power cut left half: cards that wait are logged and placed.
fn finish(shelf: &Shelf, log: &mut LogFile, origin: &str, key: &SigningKey) -> anyhow::Result<()> {
    for entry in fs::read_dir(shelf.path("cards"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "waiting") {
            let card = Signed::<ModelCard>::decode(&crate::draft::read_bounded(&path)?)
                .with_context(|| format!("{} is no card", path.display()))?;
            put(shelf, log, &card, origin, key)?;
        }
    }
    Ok(())
}

/// The log as static files; the checkpoint last, when all that it covers is there.
fn tiles(shelf: &Shelf, log: &LogFile, origin: &str, key: &SigningKey) -> anyhow::Result<()> {
    for (tile, bytes) in log.tiles(0).context("the log has no tiles")? {
        let path = shelf.path(&tile.to_string());
        if path.exists() {
            continue;
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        file::replace(&path, &bytes, For::All)?;
    }
    file::replace(&shelf.path("checkpoint"), log.checkpoint(origin, key)?.as_bytes(), For::All)
}
