//! Moonshine tiny-en (Jeffries et al. 2024), step by step: a sound is encoded once, then each token given asks for the
//! likelihood of the next. Several beginnings can go on side by side, one a *row*. What was heard is the same for each
//! of them, and the graph takes it once. Given row by row, eight rows on 7 s took 40 MB more, and 158 ms of CPU instead
//! of 86.

use std::borrow::Cow;

use ort::session::SessionInputValue;
use ort::value::{DynValue, Tensor, TensorRef};

use crate::audio::RATE;
use crate::error::{InferError, Result};
use crate::runtime::Net;

/// The token that begins a text.
pub(super) const START: i64 = 1;
/// The token that ends it.
pub(super) const END: i64 = 2;
/// Least sound that the encoder takes: 0.1 s.
const SHORTEST: usize = RATE as usize / 10;
/// Longest sound that is heard: 30 s.
const LONGEST: usize = RATE as usize * 30;
const ENCODER: &str = "moonshine-encoder";
const DECODER: &str = "moonshine-decoder";
const PAST: &str = "past_key_values";
const PRESENT: &str = "present";
/// In the names of what attends to the sound: there once for all rows.
const OF_THE_SOUND: &str = ".encoder.";

/// Both networks.
pub(super) struct Decoder {
    encoder: Net,
    decoder: Net,
    encoder_inputs: Vec<String>,
    decoder_inputs: Vec<String>,
    /// Decoder outputs after the logits, each with the input that it feeds in the next step.
    caches: Vec<(String, String)>,
    empty_cache: Vec<(String, Vec<usize>)>,
}

/// A sound and the texts that were begun on it.
pub(super) struct Begun {
    /// Samples that were heard.
    pub samples: usize,
    shape: Vec<usize>,
    hidden: Vec<f32>,
    mask: Vec<i64>,
    past: Vec<(String, DynValue)>,
    first: bool,
}

impl Begun {
    /// What the encoder made of the sound: states, one after the other, and how many numbers a state has.
    pub(super) fn into_states(self) -> (Vec<f32>, usize) {
        (self.hidden, self.shape.last().copied().unwrap_or(0))
    }
}

impl Decoder {
    pub(super) fn new(encoder: Net, decoder: Net) -> Self {
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
        Self { encoder, decoder, encoder_inputs, decoder_inputs, caches, empty_cache }
    }

    /// Hears 16 kHz sound, the first 30 s of it.
    pub(super) fn hear(&mut self, samples: &[f32]) -> Result<Begun> {
        if samples.len() < SHORTEST {
            let needed_for = "a transcript";
            return Err(InferError::TooShort { found: samples.len(), needed: SHORTEST, needed_for });
        }
        let samples = &samples[..samples.len().min(LONGEST)];
        let mask = vec![1_i64; samples.len()];
        let mut inputs: Vec<(Cow<'_, str>, SessionInputValue<'_>)> = Vec::new();
        let sound = TensorRef::from_array_view(([1, samples.len()], samples)).map_err(failed(ENCODER))?;
        inputs.push((Cow::Borrowed(self.encoder_inputs[0].as_str()), sound.into()));
        if let Some(name) = self.encoder_inputs.get(1) {
            let mask = TensorRef::from_array_view(([1, mask.len()], &*mask)).map_err(failed(ENCODER))?;
            inputs.push((Cow::Borrowed(name.as_str()), mask.into()));
        }
        let outputs = self.encoder.run::<0>(inputs)?;
        let (shape, data) = outputs[0].try_extract_tensor::<f32>().map_err(failed(ENCODER))?;
        let shape = shape.iter().map(|v| usize::try_from(*v).unwrap_or(0)).collect();
        let hidden = data.to_vec();
        drop(outputs);
        let mut past: Vec<(String, DynValue)> = Vec::new();
        for (name, shape) in &self.empty_cache {
            let data = vec![0.0_f32; shape.iter().product()];
            let empty =
                if data.is_empty() { empty_tensor(shape) } else { Tensor::from_array((shape.clone(), data)) };
            past.push((name.clone(), empty.map_err(failed(DECODER))?.into_dyn()));
        }
        Ok(Begun { samples: samples.len(), shape, hidden, mask, past, first: true })
    }

    /// Gives each row its next token; the logits of what follows, row by row, and how many a row has.
    pub(super) fn go_on(&mut self, begun: &mut Begun, tokens: &[i64]) -> Result<(Vec<f32>, usize)> {
        let rows = tokens.len();
        let [_, steps, width] = begun.shape[..] else {
            let why = "the encoder's output is no sequence of vectors".to_owned();
            return Err(InferError::Network { name: ENCODER, why });
        };
        let use_cache = [!begun.first];
        let mut inputs: Vec<(Cow<'_, str>, SessionInputValue<'_>)> = Vec::new();
        for name in self.decoder_inputs.iter().filter(|name| !name.starts_with(PAST)) {
            let value: SessionInputValue<'_> = match name.as_str() {
                "input_ids" => {
                    TensorRef::from_array_view(([rows, 1], tokens)).map_err(failed(DECODER))?.into()
                }
                "encoder_hidden_states" => {
                    let shape = [1, steps, width];
                    TensorRef::from_array_view((shape, &*begun.hidden)).map_err(failed(DECODER))?.into()
                }
                "use_cache_branch" => {
                    TensorRef::from_array_view(([1], &use_cache[..])).map_err(failed(DECODER))?.into()
                }
                "encoder_attention_mask" => {
                    let shape = [1, begun.samples];
                    TensorRef::from_array_view((shape, &*begun.mask)).map_err(failed(DECODER))?.into()
                }
                other => {
                    let why = format!("it asks for an input {other:?} that is not known");
                    return Err(InferError::Network { name: DECODER, why });
                }
            };
            inputs.push((Cow::Borrowed(name.as_str()), value));
        }
        for (name, value) in &begun.past {
            inputs.push((Cow::Borrowed(name.as_str()), SessionInputValue::from(value)));
        }
        let mut outputs = self.decoder.run::<0>(inputs)?;
        let (_, logits) = outputs[0].try_extract_tensor::<f32>().map_err(failed(DECODER))?;
        let (count, logits) = (logits.len() / rows.max(1), logits.to_vec());
        for (output, input) in &self.caches {
            // What attends to the sound is made once; later steps answer with empty tensors for it.
            if !begun.first && output.contains(OF_THE_SOUND) {
                continue;
            }
            let slot = begun.past.iter_mut().find(|(name, _)| name == input);
            if let (Some((_, slot)), Some(value)) = (slot, outputs.remove(output)) {
                *slot = value;
            }
        }
        begun.first = false;
        Ok((logits, count))
    }
}

impl Begun {
    /// Goes on with these rows alone; one may be named more than once.
    pub(super) fn keep(&mut self, rows: &[usize]) -> Result<()> {
        for (_, value) in self.past.iter_mut().filter(|(name, _)| !name.contains(OF_THE_SOUND)) {
            let (shape, data) = value.try_extract_tensor::<f32>().map_err(failed(DECODER))?;
            let mut shape: Vec<usize> = shape.iter().map(|v| usize::try_from(*v).unwrap_or(0)).collect();
            let before = shape.first().copied().unwrap_or(0);
            let length = data.len() / before.max(1);
            let mut kept = Vec::with_capacity(length * rows.len());
            for row in rows {
                kept.extend_from_slice(data.get(row * length..(row + 1) * length).unwrap_or(&[]));
            }
            shape[0] = rows.len();
            *value = Tensor::from_array((shape, kept)).map_err(failed(DECODER))?.into_dyn();
        }
        Ok(())
    }
}

fn failed(name: &'static str) -> impl Fn(ort::Error) -> InferError {
    move |error| InferError::Network { name, why: error.to_string() }
}

/// A tensor with no values: it cannot be made from a slice, whose address would be dangling.
fn empty_tensor(shape: &[usize]) -> ort::Result<Tensor<f32>> {
    Tensor::new(&ort::memory::Allocator::default(), shape.to_vec())
}
