//! What a package says of itself.

use minicbor::{Decode, Encode};

use crate::error::PackageError;

/// Most inputs, and most outputs, of a network.
const OUTLETS: usize = 32;
/// Most dimensions of a tensor.
const DIMENSIONS: usize = 8;
/// Bytes of an outlet's name.
const NAME: usize = 256;
/// Samples a second of a voice.
const RATES: std::ops::RangeInclusive<u32> = 8_000..=48_000;
/// Largest scale of a voice: ten times.
const SCALE: u32 = 10_000;

/// What a package is.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Card {
    /// Name for people.
    #[n(1)]
    pub title: String,
    /// What runs it.
    #[n(2)]
    pub engine: Engine,
}

/// What runs a package.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Engine {
    /// A voice: VITS as Piper exports it, over eSpeak's American English phonemes. It takes a text, and gives sound.
    #[n(1)]
    Voice {
        /// Samples a second of what it gives.
        #[n(0)]
        rate: u32,
        /// Noise in the sound, its length, noise in the lengths, in thousandths.
        #[n(1)]
        scales: [u32; 3],
        /// How each word is pronounced: lines of `word phonemes`.
        #[n(2)]
        lexicon: String,
    },
    /// Any network. It takes the tensors of a safetensors file, and gives such a file.
    #[n(2)]
    Network {
        /// What it takes, each by its name in the network.
        #[n(0)]
        inputs: Vec<Outlet>,
        /// What it gives.
        #[n(1)]
        outputs: Vec<Outlet>,
    },
}

/// An input or an output of a network.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Outlet {
    /// Its name in the network.
    #[n(1)]
    pub name: String,
    /// What it holds.
    #[n(2)]
    pub element: Element,
    /// Its shape; 0 where a length is free.
    #[n(3)]
    pub shape: Vec<u32>,
}

/// What a tensor holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Element {
    /// Floating point, 32 bits.
    #[n(1)]
    F32,
    /// Floating point, 64 bits.
    #[n(2)]
    F64,
    /// Whole numbers, 32 bits.
    #[n(3)]
    I32,
    /// Whole numbers, 64 bits.
    #[n(4)]
    I64,
    /// Bytes.
    #[n(5)]
    U8,
    /// Yes or no, a byte each.
    #[n(6)]
    Bool,
}

impl Outlet {
    /// Whether a tensor is of this kind; the reason if not.
    ///
    /// # Errors
    /// What differs.
    pub fn fits(&self, element: Element, shape: &[usize]) -> Result<(), String> {
        let lengths = |(declared, found): (&u32, &usize)| *declared == 0 || *declared as usize == *found;
        let same = self.shape.len() == shape.len() && self.shape.iter().zip(shape).all(lengths);
        if self.element == element && same {
            return Ok(());
        }
        Err(format!(
            "{:?} is {element:?} {shape:?}; the asset declares {:?} {:?}, where 0 is any length",
            self.name, self.element, self.shape
        ))
    }
}

impl Card {
    /// Refuses what is out of its bounds.
    pub(crate) fn check(&self) -> Result<(), PackageError> {
        let refused = |why: &str| Err(PackageError::Card(why.to_owned()));
        if self.title.is_empty() || self.title.len() > NAME {
            return refused("its title is empty, or longer than 256 bytes");
        }
        match &self.engine {
            Engine::Voice { rate, scales, .. } => {
                if !RATES.contains(rate) {
                    return refused("its voice has a rate outside 8000 to 48000 Hz");
                }
                if scales.iter().any(|scale| *scale > SCALE) || scales[1] == 0 {
                    return refused("its voice has a scale over 10, or no length");
                }
            }
            Engine::Network { inputs, outputs } => {
                for outlets in [inputs, outputs] {
                    if outlets.is_empty() || outlets.len() > OUTLETS {
                        return refused("its network has no inputs or outputs, or more than 32");
                    }
                    if outlets.iter().any(|one| one.shape.len() > DIMENSIONS || one.name.len() > NAME) {
                        return refused(
                            "it has an outlet of more than 8 dimensions, or with too long a name",
                        );
                    }
                    let mut names: Vec<_> = outlets.iter().map(|one| &one.name).collect();
                    names.sort();
                    if names.windows(2).any(|pair| pair[0] == pair[1]) {
                        return refused("it names an outlet twice");
                    }
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tensor_fits_its_declared_shape_or_the_difference_is_named() {
        let outlet = Outlet { name: "x".into(), element: Element::F32, shape: vec![1, 0, 3] };
        assert_eq!(outlet.fits(Element::F32, &[1, 7, 3]), Ok(()));
        for (element, shape) in [
            (Element::F64, &[1, 7, 3][..]),
            (Element::F32, &[2, 7, 3]),
            (Element::F32, &[1, 7]),
            (Element::F32, &[1, 7, 3, 1]),
        ] {
            let why = outlet.fits(element, shape).unwrap_err();
            assert!(why.contains("the asset declares F32 [1, 0, 3]"), "{why}");
        }
    }
}
