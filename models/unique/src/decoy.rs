//! Made-up people. Whoever watches the searchers has them enrolled, and knows that a search must find them.
//!
//! A searcher that always says *not found* is quicker than an honest one, and its results look the same. So whoever
//! watches the searchers has templates of its own enrolled, like anybody's, and asks for them now and then: the answer
//! has to be *found*, and for one that was never enrolled *not found*. Nobody can tell such a question from another.

use rand_chacha::rand_core::{CryptoRng, RngCore};

use crate::template::{DIM, FACE, LARGEST, Template};

/// A made-up person. Whoever knows the template asks for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decoy(Template);

impl Decoy {
    /// One whose coordinates lie as those of people do: rounded from a normal distribution.
    pub fn fresh(random: &mut (impl RngCore + CryptoRng)) -> Self {
        let spread = |at: usize| 36.0 / if at < FACE { 192f32 } else { 256f32 }.sqrt();
        let most = f32::from(LARGEST);
        let coordinates = std::array::from_fn(|at| {
            // The sum of twelve uniform numbers, less six, is normal enough for 15 steps.
            let sum: f32 = (0..12).map(|_| random.next_u32() as f32 / u32::MAX as f32).sum();
            ((sum - 6.0) * spread(at)).round().clamp(-most, most) as i8
        });
        Self(Template::from_coordinates(coordinates).expect("it was cut to 4 bits"))
    }

    /// The template that is enrolled.
    pub fn enrolled(&self) -> &Template {
        &self.0
    }

    /// The same person on another day: each coordinate is redrawn with this chance, thousandths.
    pub fn again(&self, changed: u32, random: &mut (impl RngCore + CryptoRng)) -> Template {
        let other = Self::fresh(random);
        let mut coordinates = [0; DIM];
        for ((into, own), other) in
            coordinates.iter_mut().zip(self.0.coordinates()).zip(other.0.coordinates())
        {
            *into = if random.next_u32() % 1000 < changed { *other } else { *own };
        }
        Template::from_coordinates(coordinates).expect("both have 4 bits")
    }
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::*;
    use crate::template::ONE;

    #[test]
    fn a_decoy_is_like_itself_on_another_day_and_like_nobody_else() {
        let mut random = ChaCha20Rng::from_seed([5; 32]);
        let (one, other) = (Decoy::fresh(&mut random), Decoy::fresh(&mut random));
        let again = one.enrolled().alike(&one.again(300, &mut random));
        assert!(again.face > ONE / 2 && again.voice > ONE / 2, "{again:?}");
        let strange = one.enrolled().alike(other.enrolled());
        assert!(strange.face.abs() < ONE / 3 && strange.voice.abs() < ONE / 3, "{strange:?}");
    }
}
