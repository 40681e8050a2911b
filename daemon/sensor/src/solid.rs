//! Is it a head that turns, or a picture of one? What the frames of the demanded turns show, by the mesh and by the
//! pixels.

use wetsign_infer::depth::Head;
use wetsign_infer::flatness::Texture;
use wetsign_infer::{InferError, Mesh};
use wetsign_liveness::{Measure, Measurements};

use crate::vision::Seen;

/// The head at rest, and how each later frame differs from it.
#[derive(Default)]
pub struct Solid {
    head: Option<Head>,
    texture: Option<Texture>,
    /// Of each frame that shows a demanded movement: what only depth explains.
    parallax: Vec<f64>,
    /// And the share of the texture that needs none.
    flatness: Vec<f64>,
}

impl Solid {
    /// From the meshes of the frames at rest and the last of those frames.
    pub fn at_rest(meshes: &[&Mesh], last: Option<&Seen>) -> Result<Self, InferError> {
        let texture = last.map(|seen| Texture::of(seen.frame(), seen.mesh())).transpose()?.flatten();
        Ok(Self { head: Head::of(meshes), texture, ..Self::default() })
    }

    /// Looks at a frame that shows a demanded movement of the head.
    pub fn look(&mut self, seen: &Seen) -> Result<(), InferError> {
        if let Some(head) = &self.head {
            self.parallax.push(head.fit(seen.mesh())?.parallax());
        }
        if let Some(texture) = &self.texture {
            self.flatness.extend(texture.flatness(seen.frame(), seen.mesh())?);
        }
        Ok(())
    }

    /// What `held` frames, as many as make a movement, agree on; nothing if fewer could be measured.
    pub fn measure(&self, held: usize, into: &mut Measurements) {
        let agreed = |values: &[f64], highest_first: bool| {
            let mut values = values.to_vec();
            values.sort_unstable_by(f64::total_cmp);
            if highest_first {
                values.reverse();
            }
            values.get(held.checked_sub(1)?).copied()
        };
        for (measure, value) in [
            (Measure::Depth, agreed(&self.parallax, true)),
            (Measure::Flatness, agreed(&self.flatness, false)),
        ] {
            if let Some(value) = value {
                into.set(measure, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_frames_have_to_agree() {
        let mut solid = Solid { parallax: vec![0.02, 0.03], flatness: vec![0.1, 0.2], ..Solid::default() };
        let measured = |solid: &Solid| {
            let mut found = Measurements::new();
            solid.measure(3, &mut found);
            (found.get(Measure::Depth), found.get(Measure::Flatness))
        };
        assert_eq!(measured(&solid), (None, None));
        solid.parallax.push(0.001);
        solid.flatness.push(0.9);
        assert_eq!(measured(&solid), (Some(1), Some(900)));
    }
}
