//! # wetsign-engine: what does a network make of an approved input?
//!
//! [`make`] takes a package apart and runs it: a voice speaks a text ([`voice`]), any other network works on tensors
//! ([`network`]). It knows no key, no approval and no file; the program around it gives up network, files and system
//! calls before the first byte of a package arrives.

pub mod network;
pub mod voice;

use anyhow::{Context, bail};
use ort::environment::Environment;
use wetsign_runner_ipc::{Engine, FromEngine, Input, package};

/// Makes what is asked.
///
/// # Errors
/// Bytes that are no package, an input of another kind or shape than the package declares, what ONNX Runtime says.
pub fn make(
    environment: &Environment,
    package: &[u8],
    input: &Input,
    threads: usize,
) -> anyhow::Result<FromEngine> {
    let (card, onnx) = package::read(package)?;
    let title = card.title;
    match (card.engine, input) {
        (Engine::Voice { rate, scales, lexicon }, Input::Text(text)) => {
            let file = voice::speak(environment, onnx, rate, scales, &lexicon, text, threads)?;
            Ok(FromEngine::Made { media_type: "audio/wav".into(), file })
        }
        (Engine::Network { inputs, outputs }, Input::File(file)) => {
            let file = network::run(environment, onnx, &inputs, &outputs, file, threads)
                .with_context(|| format!("the network {title:?}"))?;
            Ok(FromEngine::Made { media_type: network::MEDIA_TYPE.into(), file })
        }
        (Engine::Voice { .. }, Input::File(_)) => {
            bail!("{title:?} is a voice: what was approved has to be a text, and is a file")
        }
        (Engine::Network { .. }, Input::Text(_)) => bail!(
            "{title:?} takes tensors: what was approved has to be a file of {}, and is a text",
            network::MEDIA_TYPE
        ),
    }
}
