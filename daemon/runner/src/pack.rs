//! What goes into a container: a network with its card.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use clap::{Args, Subcommand};
use serde::Deserialize;
use wetsign_program::file::{self, For};
use wetsign_runner_ipc::package::{self, CARD, MOST};
use wetsign_runner_ipc::{Card, Element, Engine, Outlet};

use crate::files;

/// `wetsign-runner pack`.
#[derive(Debug, Args)]
pub struct PackArgs {
    /// Of which kind.
    #[command(subcommand)]
    kind: PackKind,
}

#[derive(Debug, Subcommand)]
enum PackKind {
    /// A voice: VITS as Piper exports it, with a lexicon (lines of `word phonemes`).
    Voice {
        #[command(flatten)]
        common: Common,
        /// How words are pronounced.
        #[arg(long, value_name = "FILE")]
        lexicon: PathBuf,
        /// Samples a second.
        #[arg(long, default_value_t = 22_050)]
        rate: u32,
        /// Noise in the sound, its length, noise in the lengths, in thousandths. Without noise the same text gives the
        /// same sound.
        #[arg(long, value_delimiter = ',', default_values_t = [0, 1000, 0])]
        scales: Vec<u32>,
    },
    /// Any network, with the shapes of what it takes and gives (TOML: `[[inputs]]` and `[[outputs]]` with name, element
    /// and shape, 0 where a length is free).
    Network {
        #[command(flatten)]
        common: Common,
        /// The shapes.
        #[arg(long, value_name = "FILE")]
        shapes: PathBuf,
    },
}

#[derive(Debug, Args)]
struct Common {
    /// The network (ONNX, weights inside).
    #[arg(long, value_name = "FILE")]
    network: PathBuf,
    /// Its name for people.
    #[arg(long)]
    title: String,
    /// Where to put the package.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shapes {
    inputs: Vec<Shape>,
    outputs: Vec<Shape>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shape {
    name: String,
    element: String,
    shape: Vec<u32>,
}

/// Makes a package; its length.
///
/// # Errors
/// Files that cannot be read or written, a card out of its bounds.
pub fn pack(args: &PackArgs) -> anyhow::Result<u64> {
    let (common, engine) = match &args.kind {
        PackKind::Voice { common, lexicon, rate, scales } => {
            let scales = scales[..].try_into().context("three scales are needed")?;
            (common, Engine::Voice { rate: *rate, scales, lexicon: text(lexicon)? })
        }
        PackKind::Network { common, shapes } => (common, network(&text(shapes)?)?),
    };
    let network = files::read(&common.network, MOST as usize)?;
    let package = package::write(&Card { title: common.title.clone(), engine }, &network)?;
    let length = package.len() as u64;
    ensure!(length <= MOST, "the package has {length} bytes, and a runner takes {MOST} at most");
    file::write_new(&common.out, &package, For::Owner)?;
    Ok(length)
}

fn network(shapes: &str) -> anyhow::Result<Engine> {
    let Shapes { inputs, outputs } = toml::from_str(shapes).context("the shapes are refused")?;
    let outlets = |shapes: Vec<Shape>| shapes.into_iter().map(outlet).collect::<anyhow::Result<Vec<_>>>();
    Ok(Engine::Network { inputs: outlets(inputs)?, outputs: outlets(outputs)? })
}

fn outlet(Shape { name, element, shape }: Shape) -> anyhow::Result<Outlet> {
    let element = match element.as_str() {
        "f32" => Element::F32,
        "f64" => Element::F64,
        "i32" => Element::I32,
        "i64" => Element::I64,
        "u8" => Element::U8,
        "bool" => Element::Bool,
        other => anyhow::bail!("{name:?} holds {other:?}; known are f32, f64, i32, i64, u8 and bool"),
    };
    Ok(Outlet { name, element, shape })
}

fn text(path: &Path) -> anyhow::Result<String> {
    String::from_utf8(files::read(path, CARD)?).with_context(|| format!("{} is no text", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_read_or_refused_in_words() {
        let shapes = "[[inputs]]\nname = \"x\"\nelement = \"f32\"\nshape = [1, 0]\n[[outputs]]\nname = \"y\"\nelement \
                      = \"i64\"\nshape = []\n";
        let Engine::Network { inputs, outputs } = network(shapes).unwrap() else { panic!("a network") };
        assert_eq!((inputs[0].element, inputs[0].shape.as_slice()), (Element::F32, &[1, 0][..]));
        assert_eq!(outputs[0].element, Element::I64);
        let wrong = network(&shapes.replace("f32", "float")).unwrap_err().to_string();
        assert!(wrong.contains("known are f32"), "{wrong}");
        assert!(network("inputs = []").is_err());
    }
}
