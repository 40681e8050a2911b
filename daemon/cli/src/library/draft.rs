//! Cards before anybody signs.

use std::path::Path;

use anyhow::{Context, ensure};
use serde::Deserialize;
use wetsign_attest::id::{Atto, Digest, PublicKey};
use wetsign_attest::object::{ModelCard, Tensor};
use wetsign_models::manifest::{self, Manifest};

use crate::draft::{read_bounded, text};

/// A card as its publisher writes it. What is computed or chained is not in it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CardDraft {
    name: String,
    role: String,
    /// Digest and bytes, where the file is not at hand.
    content: Option<Digest>,
    size: Option<u64>,
    #[serde(default)]
    inputs: Vec<Tensor>,
    #[serde(default)]
    outputs: Vec<Tensor>,
    licence: String,
    lineage: String,
    #[serde(default)]
    made_from: Vec<Digest>,
    #[serde(default)]
    usage: String,
    #[serde(default)]
    measured: Vec<String>,
    #[serde(default)]
    price: Atto,
}

/// Reads a card in TOML. `file` is digest and size of its file, where that is at hand.
pub fn read(path: &Path, file: Option<(Digest, u64)>) -> anyhow::Result<ModelCard> {
    let bytes = read_bounded(path)?;
    let refused = || format!("{} is no card", path.display());
    let draft: CardDraft = toml::from_str(text(path, &bytes)?).with_context(refused)?;
    let (content, size) = match (file, draft.content.zip(draft.size)) {
        (Some(file), Some(said)) => {
            ensure!(
                file == said,
                "{} says SHA-256 {} and {} bytes, the file has {} and {}",
                path.display(),
                said.0,
                said.1,
                file.0,
                file.1
            );
            file
        }
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => anyhow::bail!("{} has no content and size: give its file by --file", path.display()),
    };
    let mut made_from = draft.made_from;
    made_from.sort_unstable();
    made_from.dedup();
    Ok(ModelCard {
        name: draft.name,
        role: draft.role,
        content,
        size,
        inputs: draft.inputs,
        outputs: draft.outputs,
        licence: draft.licence,
        lineage: draft.lineage,
        made_from,
        usage: draft.usage,
        measured: draft.measured,
        price: draft.price,
        ..unsigned()
    })
}

/// The networks that a kiosk runs, as `models/manifest.toml` pins them. They cost nothing.
pub fn networks() -> Vec<ModelCard> {
    let tensors = |list: &[manifest::Tensor]| -> Vec<Tensor> {
        let one = |tensor: &manifest::Tensor| Tensor {
            name: tensor.name.clone(),
            element: tensor.element.clone(),
            shape: tensor.shape.iter().map(|dimension| *dimension as u64).collect(),
        };
        list.iter().map(one).collect()
    };
    let card = |entry: &manifest::Entry| {
        let mut made_from: Vec<_> = entry.sources.iter().map(|source| Digest(source.sha256.0)).collect();
        made_from.sort_unstable();
        made_from.dedup();
        ModelCard {
            name: entry.name.clone(),
            role: entry.role.clone(),
            content: Digest(entry.stored.sha256.0),
            size: entry.stored.size,
            inputs: tensors(&entry.inputs),
            outputs: tensors(&entry.outputs),
            licence: entry.licence.clone(),
            lineage: entry.lineage.clone(),
            made_from,
            usage: entry.preprocessing.clone(),
            measured: Some(entry.figure.clone()).filter(|figure| !figure.is_empty()).into_iter().collect(),
            ..unsigned()
        }
    };
    Manifest::embedded().models.iter().map(card).collect()
}

/// What publishing fills in.
fn unsigned() -> ModelCard {
    ModelCard {
        name: String::new(),
        revision: 1,
        previous: None,
        role: String::new(),
        content: Digest::ZERO,
        size: 0,
        inputs: Vec::new(),
        outputs: Vec::new(),
        licence: String::new(),
        lineage: String::new(),
        made_from: Vec::new(),
        usage: String::new(),
        measured: Vec::new(),
        price: Atto(0),
        publisher: PublicKey::Ed25519([0; 32]),
        time: 0,
    }
}
