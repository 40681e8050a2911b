//! Moonshine tiny-en (Jeffries et al. 2024): what was said, by greedy decoding.

use ort::session::SessionInputValue;
use ort::value::{DynValue, Tensor, TensorRef};
use std::borrow::Cow;

use super::tokens::Tokens;
use crate::audio::RATE;
use crate::error::{InferError, Result};
use crate::runtime::Net;

const START: i64 = 1;
const END: i64 = 2;
/// Speech holds no more tokens a second than this; more is the network running in circles.
const TOKENS_PER_SECOND: f32 = 6.5;
/// Least sound that the encoder takes: 0.1 s.
const SHORTEST: usize = RATE as usize / 10;
/// Longest sound that is transcribed: 30 s.
const LONGEST: usize = RATE as usize * 30;
/// Repeats of a pattern of tokens that count as a circle, and the longest pattern looked for.
const REPEATS: usize = 4;
const LONGEST_PATTERN: usize = 6;
const PAST: &str = "past_key_values";
const PRESENT: &str = "present";

/// Encoder, decoder and vocabulary.
pub(crate) struct Transcriber {
    encoder: Net,
    decoder: Net,
    tokens: Tokens,
    encoder_inputs: Vec<String>,
    decoder_inputs: Vec<String>,
    /// Decoder outputs after the logits, each with the input that it feeds in the next step.
    caches: Vec<(String, String)>,
    empty_cache: Vec<(String, Vec<usize>)>,
}

impl Transcriber {
    pub(crate) fn new(encoder: Net, decoder: Net, tokens: Tokens) -> Self {
        let decoder_inputs = decoder.input_names();
        let caches = decoder
            .output_names()
            .into_iter()
            .filter(|name| name.starts_with(PRESENT))
            .map(|name| (name.clone(), name.replace(PRESENT, PAST)))
            .collect();
        let empty = |(index, name): (usize, &String)| {
            let shape = decoder.input_shape(index);
            let axis = |(k, v): (usize, &i64)| usize::try_from(*v).unwrap_or(usize::from(k == 0));
            name.starts_with(PAST).then(|| (name.clone(), shape.iter().enumerate().map(axis).collect()))
        };
        let empty_cache = decoder_inputs.iter().enumerate().filter_map(empty).collect();
        let encoder_inputs = encoder.input_names();
        Self { encoder, decoder, tokens, encoder_inputs, decoder_inputs, caches, empty_cache }
    }

    /// English text of 16 kHz sound, as the network writes it (capitals and punctuation included).
    pub(crate) fn transcribe(&mut self, samples: &[f32]) -> Result<String> {
        if samples.len() < SHORTEST {
            let needed_for = "a transcript";
            return Err(InferError::TooShort { found: samples.len(), needed: SHORTEST, needed_for });
        }
        let samples = &samples[..samples.len().min(LONGEST)];
        let (shape, hidden) = self.encode(samples)?;
        let most = (samples.len() as f32 / RATE as f32 * TOKENS_PER_SECOND) as usize + 2;
        let mut said = vec![START];
        let mut past: Vec<(String, DynValue)> = Vec::new();
        for (name, shape) in &self.empty_cache {
            let data = vec![0.0_f32; shape.iter().product()];
            let empty =
                if data.is_empty() { empty_tensor(shape) } else { Tensor::from_array((shape.clone(), data)) };
            past.push((name.clone(), empty.map_err(|e| self.decoder.failure(&e))?.into_dyn()));
        }
        for step in 0..most {
            let last = said[said.len() - 1];
            let next = self.step(&shape, &hidden, samples.len(), last, step == 0, &mut past)?;
            if next == END {
                break;
            }
            said.push(next);
            if cut_loop(&mut said) {
                break;
            }
        }
        Ok(self.tokens.text(&said[1..]))
    }

    fn encode(&mut self, samples: &[f32]) -> Result<(Vec<usize>, Vec<f32>)> {
        let failure = |e: ort::Error| InferError::Network { name: "moonshine-encoder", why: e.to_string() };
        let mask = vec![1_i64; samples.len()];
        let mut inputs: Vec<(Cow<'_, str>, SessionInputValue<'_>)> = Vec::new();
        let sound = TensorRef::from_array_view(([1, samples.len()], samples)).map_err(failure)?;
        inputs.push((Cow::Borrowed(self.encoder_inputs[0].as_str()), sound.into()));
        if let Some(name) = self.encoder_inputs.get(1) {
            let mask = TensorRef::from_array_view(([1, mask.len()], &*mask)).map_err(failure)?;
            inputs.push((Cow::Borrowed(name.as_str()), mask.into()));
        }
        let outputs = self.encoder.run::<0>(inputs)?;
        let (shape, data) = outputs[0].try_extract_tensor::<f32>().map_err(failure)?;
        Ok((shape.iter().map(|v| usize::try_from(*v).unwrap_or(0)).collect(), data.to_vec()))
    }

    /// One step of the decoder: the likeliest token after `last`; the caches are moved on.
    fn step(
        &mut self,
        shape: &[usize],
        hidden: &[f32],
        samples: usize,
        last: i64,
        first: bool,
        past: &mut [(String, DynValue)],
    ) -> Result<i64> {
        let failure = |e: ort::Error| InferError::Network { name: "moonshine-decoder", why: e.to_string() };
        let (token, use_cache, mask) = ([last], [!first], vec![1_i64; samples]);
        let mut inputs: Vec<(Cow<'_, str>, SessionInputValue<'_>)> = Vec::new();
        for name in self.decoder_inputs.iter().filter(|name| !name.starts_with(PAST)) {
            let value: SessionInputValue<'_> = match name.as_str() {
                "input_ids" => TensorRef::from_array_view(([1, 1], &token[..])).map_err(failure)?.into(),
                "encoder_hidden_states" => {
                    TensorRef::from_array_view((shape, hidden)).map_err(failure)?.into()
                }
                "use_cache_branch" => {
                    TensorRef::from_array_view(([1], &use_cache[..])).map_err(failure)?.into()
                }
                "encoder_attention_mask" => {
                    TensorRef::from_array_view(([1, samples], &*mask)).map_err(failure)?.into()
                }
                other => {
                    let why = format!("it asks for an input {other:?} that is not known");
                    return Err(InferError::Network { name: "moonshine-decoder", why });
                }
            };
            inputs.push((Cow::Borrowed(name.as_str()), value));
        }
        for (name, value) in past.iter() {
            inputs.push((Cow::Borrowed(name.as_str()), SessionInputValue::from(value)));
        }
        let mut outputs = self.decoder.run::<0>(inputs)?;
        let (_, logits) = outputs[0].try_extract_tensor::<f32>().map_err(failure)?;
        let best = logits.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(END, |(i, _)| i as i64);
        for (output, input) in &self.caches {
            // What attends to the sound is made once; later steps answer with empty tensors for it.
            if !(first || output.contains(".decoder.")) {
                continue;
            }
            let slot = past.iter_mut().find(|(name, _)| name == input);
            if let (Some((_, slot)), Some(value)) = (slot, outputs.remove(output)) {
                *slot = value;
            }
        }
        Ok(best)
    }
}

/// Greedy decoding can run in a circle ("c, e, e, e, e, …"). Once the last tokens are four repeats of one pattern, the
/// first of them is kept and the rest dropped.
fn cut_loop(said: &mut Vec<i64>) -> bool {
    for period in 1..=LONGEST_PATTERN {
        let Some(start) = said.len().checked_sub(period * REPEATS) else { return false };
        let tail = &said[start..];
        if tail.iter().zip(&tail[period..]).all(|(a, b)| a == b) {
            said.truncate(start + period);
            return true;
        }
    }
    false
}

/// A tensor with no values: it cannot be made from a slice, whose address would be dangling.
fn empty_tensor(shape: &[usize]) -> ort::Result<Tensor<f32>> {
    Tensor::new(&ort::memory::Allocator::default(), shape.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circle_is_cut_to_its_first_round() {
        let mut said = vec![1, 50, 7, 60];
        for token in [7, 61, 7, 61, 7, 61, 7] {
            said.push(token);
            assert!(!cut_loop(&mut said));
        }
        said.push(61);
        assert!(cut_loop(&mut said));
        assert_eq!(said, [1, 50, 7, 60, 7, 61]);
    }

    #[test]
    fn three_repeats_are_speech() {
        let mut said = vec![1, 9, 9, 9];
        assert!(!cut_loop(&mut said));
        assert_eq!(said.len(), 4);
    }
}
