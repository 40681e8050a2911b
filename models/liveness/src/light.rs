//! Which colours does the kiosk's screen shine on the person, and when?
//!
//! Skin before a screen takes on its light, a moment later and more than the wall behind. A film that was made before
//! does not know the colours; another screen held there shines by itself. The colours come from the element's
//! challenge, by a stream of their own. What they show is *advice* in the report: no gate holds it and no entropy
//! counts it, since no kiosk's screen and camera have been measured yet.
//!
//! All colours are equally bright, and one stands for half a second: nothing flashes in the sense of WCAG 2.2, success
//! criterion 2.3.1 (at most three flashes of luminance or of saturated red in a second).

use serde::Serialize;

use wetsign_models::manifest::{Light, Thousandths};

use crate::draws::Draws;

/// How long a colour stands, seconds.
pub const STEP_S: f64 = 0.5;
/// How many stand one after the other.
pub const STEPS: usize = 10;

/// A colour of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Colour {
    /// A light red.
    Rose,
    /// Green.
    Green,
    /// A light blue.
    Azure,
    /// Orange.
    Amber,
}

impl Colour {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Rose, Self::Green, Self::Azure, Self::Amber];

    /// Red, green, blue: light, not display values; 0..1 of what the screen can give. The luminance (ITU-R BT.709) of
    /// each is 0.30.
    pub const fn light(self) -> [f64; 3] {
        match self {
            Self::Rose => [1.0, 0.10, 0.25],
            Self::Green => [0.05, 0.40, 0.05],
            Self::Azure => [0.05, 0.30, 1.0],
            Self::Amber => [0.70, 0.21, 0.0],
        }
    }

    /// The same as an sRGB display wants it (IEC 61966-2-1).
    pub fn srgb(self) -> [u8; 3] {
        self.light().map(|light| {
            let shown =
                if light <= 0.003_130_8 { 12.92 * light } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
            (shown * 255.0).round() as u8
        })
    }
}

/// How a face answered the screen's light.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Reflection {
    /// Correlation of the face's hue with the screen's at [`lag`](Self::lag), −1..1.
    pub follows: f64,
    /// Where that is highest, seconds; positive: the face is late.
    pub lag: f64,
    /// How much less than the face its surroundings follow: 1 not at all, 0 as much. `None` where the face leaves no
    /// room.
    pub nearer: Option<f64>,
    /// Whether bright parts answer more than dark ones: 1 in proportion, as reflecting things do; 0 alike, as glass
    /// does.
    pub proportional: f64,
}

/// What speaks against a living face before the screen, in the order in which it is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// The face does not follow the colours.
    NotFollowed,
    /// It follows too early or too late.
    OutOfStep,
    /// What stands around it follows nearly as much: a sheet, not a head in a room.
    NoNearer,
    /// Dark parts answer as bright ones do: glass or gloss.
    LikeGlass,
}

impl Reflection {
    /// What speaks against it by these bounds; `None`: it is what skin does.
    pub fn doubt(&self, bounds: &Light) -> Option<Doubt> {
        let is_least = |value: f64, bound: Thousandths| value >= f64::from(bound.get());
        if !is_least(self.follows, bounds.follows) {
            Some(Doubt::NotFollowed)
        } else if !(0.0..=f64::from(bounds.lag.get())).contains(&self.lag) {
            Some(Doubt::OutOfStep)
        } else if !self.nearer.is_some_and(|nearer| is_least(nearer, bounds.nearer)) {
            Some(Doubt::NoNearer)
        } else if !is_least(self.proportional, bounds.proportional) {
            Some(Doubt::LikeGlass)
        } else {
            None
        }
    }
}

/// The [`STEPS`] colours of a challenge; none follows itself.
pub fn derive(challenge: &[u8; 32]) -> Vec<Colour> {
    let mut draws = Draws::new(b"wetsign/light", challenge);
    let mut colours: Vec<Colour> = Vec::with_capacity(STEPS);
    for _ in 0..STEPS {
        let others: Vec<Colour> =
            Colour::ALL.into_iter().filter(|colour| colours.last() != Some(colour)).collect();
        colours.push(others[draws.below(others.len())]);
    }
    colours
}

#[cfg(test)]
mod tests {
    use super::*;
    use wetsign_models::manifest::Manifest;

    #[test]
    fn every_change_is_seen_and_none_is_a_flash() {
        let luminance = |[red, green, blue]: [f64; 3]| 0.2126 * red + 0.7152 * green + 0.0722 * blue;
        for colour in Colour::ALL {
            let light = colour.light();
            assert!((luminance(light) - 0.30).abs() < 0.005, "{colour:?}: {}", luminance(light));
            // From 0.8 on red is saturated.
            assert!(light[0] / light.iter().sum::<f64>() < 0.8, "{colour:?}");
        }
        for challenge in 0..64 {
            let colours = derive(&[challenge; 32]);
            assert_eq!(colours.len(), STEPS);
            assert!(colours.windows(2).all(|pair| pair[0] != pair[1]), "{colours:?}");
        }
    }

    #[test]
    fn the_colours_follow_from_the_challenge_alone() {
        assert_eq!(derive(&[7; 32]), derive(&[7; 32]));
        let distinct: std::collections::HashSet<_> = (0..=255).map(|byte| derive(&[byte; 32])).collect();
        assert!(distinct.len() > 250, "{}", distinct.len());
    }

    #[test]
    fn each_doubt_is_enough_and_not_a_number_is_one() {
        let skin = Reflection { follows: 0.9, lag: 0.1, nearer: Some(0.9), proportional: 1.0 };
        let bounds = Manifest::embedded().light;
        assert_eq!(skin.doubt(&bounds), None);
        for (changed, doubt) in [
            (Reflection { follows: 0.4, ..skin }, Doubt::NotFollowed),
            (Reflection { follows: f64::NAN, ..skin }, Doubt::NotFollowed),
            (Reflection { lag: 0.3, ..skin }, Doubt::OutOfStep),
            (Reflection { lag: -0.1, ..skin }, Doubt::OutOfStep),
            (Reflection { nearer: Some(0.1), ..skin }, Doubt::NoNearer),
            (Reflection { nearer: None, ..skin }, Doubt::NoNearer),
            (Reflection { proportional: 0.2, ..skin }, Doubt::LikeGlass),
            (Reflection { proportional: f64::NAN, ..skin }, Doubt::LikeGlass),
        ] {
            assert_eq!(changed.doubt(&bounds), Some(doubt), "{changed:?}");
        }
    }

    #[test]
    fn displays_get_display_values() {
        assert_eq!(Colour::Rose.srgb(), [255, 89, 137]);
        assert_eq!(Colour::Amber.srgb()[2], 0);
    }
}
