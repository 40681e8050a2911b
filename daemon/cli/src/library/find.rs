//! Looking for cards, and fetching what they describe.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context, ensure};
use clap::Args;
use serde_json::json;
use wetsign_attest::log::VerifierKey;
use wetsign_attest::object::{ModelCard, Tensor};
use wetsign_models::manifest::Manifest;
use wetsign_models::store::cache_dir;

use super::shelf::{Placed, Shelf, copy};
use crate::file::{self, For};
use crate::output::{Answer, Outcome};

/// Which library, and whose word its log is.
#[derive(Debug, Args)]
pub struct LibraryOf {
    /// The library's folder.
    #[arg(long, value_name = "FOLDER")]
    pub shelf: PathBuf,
    /// The key of its log, as `library publish` prints it. Never take it from whoever gave you the folder.
    #[arg(long, value_name = "NAME+ID+KEY")]
    pub vkey: VerifierKey,
}

/// `wetsign library search`.
#[derive(Debug, Args)]
pub struct SearchArgs {
    /// Words that have to occur in name, role, licence or lineage, in any case; none: every card.
    pub words: Vec<String>,
    #[command(flatten)]
    pub library: LibraryOf,
}

/// `wetsign library show`.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// Name of the network.
    pub name: String,
    #[command(flatten)]
    pub library: LibraryOf,
}

/// `wetsign library fetch`.
#[derive(Debug, Args)]
pub struct FetchArgs {
    /// Name of the network.
    pub name: String,
    #[command(flatten)]
    pub library: LibraryOf,
    /// Where to write the file; an existing file is never overwritten.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

/// The newest cards in which all words occur.
pub fn search(args: &SearchArgs) -> anyhow::Result<Answer> {
    let words: Vec<_> = args.words.iter().map(|word| word.to_lowercase()).collect();
    let fits = |placed: &Placed| {
        let ModelCard { name, role, licence, lineage, .. } = placed.card.payload();
        let all = format!("{name}\n{role}\n{licence}\n{lineage}").to_lowercase();
        words.iter().all(|word| all.contains(word.as_str()))
    };
    let mut found = Shelf::new(&args.library.shelf).newest(&args.library.vkey)?;
    found.retain(fits);
    found.sort_by(|a, b| a.card.payload().name.cmp(&b.card.payload().name));
    let text = found.iter().fold(String::new(), |mut text, placed| {
        let ModelCard { name, role, licence, price, .. } = placed.card.payload();
        // A string takes whatever is written.
        let _ = writeln!(text, "{name:<24}  {role}; {licence}; {price} atto a use");
        text
    });
    let cards: Vec<_> = found.iter().map(view).collect();
    let none = if found.is_empty() { "no card has all these words\n" } else { "" };
    Ok(Answer {
        outcome: Outcome::of(!found.is_empty()),
        text: format!("{text}{none}"),
        json: json!({ "ok": !found.is_empty(), "cards": cards }),
    })
}

/// A card whole.
pub fn show(args: &ShowArgs) -> anyhow::Result<Answer> {
    let Some(placed) = named(&args.library, &args.name)? else { return Ok(none(&args.name)) };
    let card = placed.card.payload();
    let mut text = format!("{} revision {}: {}\n", card.name, card.revision, card.role);
    let mut line = |what: &str, value: String| {
        let _ = writeln!(text, "  {what:<10}  {value}");
    };
    line("file", format!("SHA-256 {}, {} bytes", card.content, card.size));
    line("licence", card.licence.clone());
    line("lineage", card.lineage.clone());
    for digest in &card.made_from {
        line("made from", format!("SHA-256 {digest}"));
    }
    for (what, tensors) in [("input", &card.inputs), ("output", &card.outputs)] {
        for Tensor { name, element, shape } in tensors {
            let any = |dimension: &u64| if *dimension == 0 { "any".into() } else { dimension.to_string() };
            line(
                what,
                format!("{name} {element} [{}]", shape.iter().map(any).collect::<Vec<_>>().join(", ")),
            );
        }
    }
    line("usage", card.usage.clone());
    for figure in &card.measured {
        line("measured", figure.clone());
    }
    line("price", format!("{} atto a use", card.price));
    line("publisher", card.publisher.to_string());
    line("log", format!("{} at {}", args.library.vkey.name(), placed.index));
    let json = json!({ "ok": true, "card": view(&placed) });
    Ok(Answer { outcome: Outcome::Yes, text, json })
}

/// The file of a card.
pub fn fetch(args: &FetchArgs) -> anyhow::Result<Answer> {
    let Some(placed) = named(&args.library, &args.name)? else { return Ok(none(&args.name)) };
    let card = placed.card.payload();
    let here = Shelf::new(&args.library.shelf).content(&card.content);
    let cached = Manifest::embedded().models.iter().find(|entry| entry.stored.sha256.0 == card.content.0);
    let from = match cached {
        _ if here.exists() => here,
        Some(entry) => cache_dir()?.join(&entry.stored.path),
        None => {
            anyhow::bail!("the library has the card of {} alone, and this machine no such file", card.name)
        }
    };
    ensure!(
        from.exists(),
        "the library has the card of {} alone; {} is not here either (`cargo xtask models` brings kiosks' networks)",
        card.name,
        from.display()
    );
    file::free(&args.out)?;
    let mut bytes = Vec::new();
    let found = copy(&from, &mut bytes, card.size).context("the file is not what its card says")?;
    if found != (card.content, card.size) {
        let words = format!(
            "{} has SHA-256 {} and {} bytes, its card says {} and {}\n",
            from.display(),
            found.0,
            found.1,
            card.content,
            card.size
        );
        let json = json!({ "ok": false, "error": words.trim() });
        return Ok(Answer { outcome: Outcome::No, text: words, json });
    }
    file::write_new(&args.out, &bytes, For::All)?;
    let text = format!("{}: {}, SHA-256 {}\n", args.out.display(), card.name, card.content);
    let json = json!({ "ok": true, "file": args.out, "sha256": card.content, "bytes": card.size });
    Ok(Answer { outcome: Outcome::Yes, text, json })
}

/// The newest card with this name; two publishers' are an error, which names both.
fn named(library: &LibraryOf, name: &str) -> anyhow::Result<Option<Placed>> {
    let mut found = Shelf::new(&library.shelf).newest(&library.vkey)?;
    found.retain(|placed| placed.card.payload().name == name);
    let publishers: Vec<_> = found.iter().map(|one| one.card.payload().publisher.to_string()).collect();
    ensure!(found.len() < 2, "{name} is published by {}", publishers.join(" and by "));
    Ok(found.pop())
}

fn none(name: &str) -> Answer {
    let text = format!("no card of {name}");
    Answer { outcome: Outcome::No, text: format!("{text}\n"), json: json!({ "ok": false, "error": text }) }
}

fn view(placed: &Placed) -> serde_json::Value {
    json!({ "id": placed.card.id(), "index": placed.index, "card": placed.card.payload() })
}
