//! Search templates: what of a face and a voice is compared with everybody else's.
//!
//! Both embeddings are turned by one rotation that all kiosks of a fleet share, scaled to one length, and rounded to 4
//! bits. A searcher never sees such a template, nor the rotation: each of the three contributes 32 bytes to it and
//! seals them to kiosks alone.

use wetsign_attest::id::sha256;
use wetsign_models::template::Rotation;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Coordinates of a face.
pub const FACE: usize = 192;
/// Coordinates of a voice.
pub const VOICE: usize = 256;
/// Coordinates of a template.
pub const DIM: usize = FACE + VOICE;
/// Largest coordinate; the smallest is its negative.
pub const LARGEST: i8 = 7;
/// Length to which each half is scaled before it is rounded: its coordinates are 2.6 and 2.3 steps then, and one in a
/// hundred is cut to [`LARGEST`].
const LENGTH: f32 = 36.0;
/// What two equal halves of this length give: a similarity of one.
pub const ONE: i32 = 1296;

/// A 4-bit template: face, then voice, −7 to 7. Wiped when dropped.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Template([i8; DIM]);

/// The rotation of a fleet. Wiped when dropped.
pub struct FleetRotation {
    face: Rotation,
    voice: Rotation,
}

impl FleetRotation {
    /// From what each searcher contributed: who lacks one of them knows nothing of it.
    pub fn of(contributions: &[Zeroizing<[u8; 32]>; 3]) -> Self {
        let [a, b, c] = contributions;
        let seed = Zeroizing::new(sha256(&[b"wetsign/fleet-rotation/1", &**a, &**b, &**c]));
        Self { face: Rotation::from_seed(&seed, FACE), voice: Rotation::from_seed(&seed, VOICE) }
    }
}

impl Template {
    /// Of embeddings as the networks gave them; none if one of them has another size, is zero, or no number.
    pub fn of(face: &[f32], voice: &[f32], rotation: &FleetRotation) -> Option<Self> {
        if (face.len(), voice.len()) != (FACE, VOICE) {
            return None;
        }
        let mut template = Self([0; DIM]);
        let (left, right) = template.0.split_at_mut(FACE);
        round(&Zeroizing::new(rotation.face.apply(face)), left)?;
        round(&Zeroizing::new(rotation.voice.apply(voice)), right)?;
        Some(template)
    }

    /// Of coordinates; none if one is over [`LARGEST`].
    pub fn from_coordinates(coordinates: [i8; DIM]) -> Option<Self> {
        coordinates.iter().all(|x| x.unsigned_abs() <= LARGEST as u8).then_some(Self(coordinates))
    }

    /// Its coordinates.
    pub fn coordinates(&self) -> &[i8; DIM] {
        &self.0
    }

    /// How alike the faces are, and the voices, in 1/[`ONE`].
    pub fn alike(&self, other: &Self) -> Alike {
        let products = self.0.iter().zip(&other.0).map(|(a, b)| i32::from(*a) * i32::from(*b));
        let face = products.clone().take(FACE).sum();
        Alike { face, voice: products.skip(FACE).sum() }
    }
}

impl std::fmt::Debug for Template {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Template")
    }
}

fn round(turned: &[f32], into: &mut [i8]) -> Option<()> {
    let length = turned.iter().map(|x| x * x).sum::<f32>().sqrt();
    if !length.is_finite() || length <= f32::MIN_POSITIVE {
        return None;
    }
    let most = f32::from(LARGEST);
    for (whole, x) in into.iter_mut().zip(turned) {
        *whole = (x / length * LENGTH).round().clamp(-most, most) as i8;
    }
    Some(())
}

/// How alike two templates are, in 1/[`ONE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alike {
    /// Face: −9,408 to 9,408.
    pub face: i32,
    /// Voice: −12,544 to 12,544.
    pub voice: i32,
}

/// From where on two templates are one person's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Least similarity of the faces, if the voices say nothing, thousandths.
    pub face: u16,
    /// Least sum of both similarities, thousandths.
    pub both: u16,
}

impl Bounds {
    /// Greatest bound: twice what equal templates can reach, and small enough that no sum wraps.
    pub const MOST: u16 = 4000;

    /// Whether both can be asked for.
    pub fn usable(&self) -> bool {
        [self.face, self.both].iter().all(|bound| (1..=Self::MOST).contains(bound))
    }

    /// In 1/[`ONE`], rounded up: face, both.
    pub(crate) fn steps(self) -> [u16; 2] {
        [self.face, self.both].map(|bound| (u32::from(bound) * ONE as u32).div_ceil(1000) as u16)
    }

    /// Whether two templates are one person's: the face alone is alike, or face and voice together are.
    pub fn met(self, alike: Alike) -> bool {
        let [face, both] = self.steps().map(i32::from);
        alike.face >= face || alike.face + alike.voice >= both
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::{RngCore, SeedableRng};

    use super::*;

    /// As random as a stranger.
    pub(crate) fn stranger(random: &mut impl RngCore) -> Template {
        let mut embedding =
            |dim| (0..dim).map(|_| random.next_u32() as f32 - 2f32.powi(31)).collect::<Vec<_>>();
        let (face, voice) = (embedding(FACE), embedding(VOICE));
        Template::of(&face, &voice, &rotation()).unwrap()
    }

    fn rotation() -> FleetRotation {
        FleetRotation::of(&[[1; 32], [2; 32], [3; 32]].map(Zeroizing::new))
    }

    #[test]
    fn equal_templates_are_alike_by_almost_one_and_strangers_hardly() {
        let mut random = ChaCha20Rng::from_seed([1; 32]);
        let (one, other) = (stranger(&mut random), stranger(&mut random));
        let same = one.alike(&one);
        assert!((1200..1400).contains(&same.face) && (1200..1400).contains(&same.voice), "{same:?}");
        let strange = one.alike(&other);
        assert!(strange.face.abs() < 500 && strange.voice.abs() < 500, "{strange:?}");
    }

    #[test]
    fn four_bits_change_a_similarity_little() {
        let mut random = ChaCha20Rng::from_seed([2; 32]);
        let mut embedding =
            |dim: usize| (0..dim).map(|_| random.next_u32() as f32 - 2f32.powi(31)).collect::<Vec<_>>();
        let cosine = |a: &[f32], b: &[f32]| {
            let dot = |x: &[f32], y: &[f32]| {
                x.iter().zip(y).map(|(p, q)| f64::from(*p) * f64::from(*q)).sum::<f64>()
            };
            (dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()) as f32
        };
        let (mut total, mut worst) = (0.0, 0.0f32);
        for step in 0..200 {
            let mix = step as f32 / 200.0;
            let (one, other) = (embedding(FACE), embedding(FACE));
            let two: Vec<f32> = one.iter().zip(&other).map(|(p, q)| mix * p + (1.0 - mix) * q).collect();
            let voice = embedding(VOICE);
            let [a, b] = [&one, &two].map(|face| Template::of(face, &voice, &rotation()).unwrap());
            let off = (a.alike(&b).face as f32 / ONE as f32 - cosine(&one, &two)).abs();
            (total, worst) = (total + off, worst.max(off));
        }
        assert!(total / 200.0 < 0.02 && worst < 0.12, "{} in the mean, {worst} at most", total / 200.0);
    }

    #[test]
    fn missing_empty_and_broken_embeddings_give_no_template() {
        let (face, voice) = (vec![1.0; FACE], vec![1.0; VOICE]);
        assert!(Template::of(&face, &voice, &rotation()).is_some());
        assert!(Template::of(&face[1..], &voice, &rotation()).is_none());
        assert!(Template::of(&face, &[0.0; VOICE], &rotation()).is_none());
        assert!(Template::of(&[f32::NAN; FACE], &voice, &rotation()).is_none());
        assert!(Template::from_coordinates([8; DIM]).is_none());
        assert!(Template::from_coordinates([i8::MIN; DIM]).is_none());
    }

    #[test]
    fn another_contribution_is_another_rotation() {
        let (face, voice) = ([1.0; FACE], [1.0; VOICE]);
        let other = FleetRotation::of(&[[1; 32], [2; 32], [4; 32]].map(Zeroizing::new));
        let one = Template::of(&face, &voice, &rotation()).unwrap();
        assert!(one.alike(&Template::of(&face, &voice, &other).unwrap()).face < 700);
    }

    #[test]
    fn a_bound_of_nothing_or_too_much_cannot_be_asked_for() {
        assert!(Bounds { face: 1, both: Bounds::MOST }.usable());
        assert!(!Bounds { face: 0, both: 1 }.usable() && !Bounds { face: 1, both: 4001 }.usable());
    }

    proptest! {
        #[test]
        fn a_bound_is_met_from_itself_on(face in -9408i32..=9408, voice in -12544i32..=12544, bound in 1u16..=4000) {
            let [steps, _] = Bounds { face: bound, both: bound }.steps();
            prop_assert!(i32::from(steps) * 1000 >= i32::from(bound) * ONE);
            prop_assert!((i32::from(steps) - 1) * 1000 < i32::from(bound) * ONE);
            let met = Bounds { face: bound, both: bound }.met(Alike { face, voice });
            prop_assert_eq!(met, face >= i32::from(steps) || face + voice >= i32::from(steps));
        }
    }
}
