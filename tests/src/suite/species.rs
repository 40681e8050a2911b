//! The ways of attacking, and one presentation of each.

use anyhow::ensure;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};
use wetsign_lab::recapture::{Half, Recapture};
use wetsign_liveness::derive;
use wetsign_sensor_ipc::Part;

use super::altered::{Altered, Frames, Heard};
use super::judge::{Kiosk, Presentation};
use super::order::Order;

/// A way of attacking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Species {
    /// Its name.
    pub name: &'static str,
    /// Whether the instrument is made by a simulator rather than recorded.
    pub simulated: bool,
    /// What is held before the kiosk.
    pub about: &'static str,
}

const fn species(name: &'static str, simulated: bool, about: &'static str) -> Species {
    Species { name, simulated, about }
}

/// All of them. Unless said otherwise the attacker has the right phrase in the right voice.
pub static SPECIES: [Species; 17] = [
    species("photo", false, "a photo, held in a hand"),
    species("photo_turned", true, "a photo, printed or on a screen, turned as asked by 34 degrees"),
    species("photo_bent", true, "the same, bent"),
    species("plain_replay", false, "a film from its beginning, whatever is asked"),
    species("screen_replay", true, "the same from a screen"),
    species(
        "told_screen",
        true,
        "a screen whose player is told each prompt: the person's own recording of it",
    ),
    species("told_print", true, "prints of every frame of that recording"),
    species("other_person", false, "another person who does and says what is asked"),
    species("other_voice", false, "the right face doing what is asked, the phrase in another voice"),
    species("neural_voice", false, "the right face doing what is asked, the phrase spoken by a network"),
    species("wrong_phrase", false, "the right face and voice, another phrase"),
    species("face_swapped", false, "another face from some step on"),
    species("interleaved", false, "every second frame another face"),
    species("frozen", false, "the picture stands still after the first step"),
    species("silence", false, "the right face, nothing heard"),
    species("two_faces", false, "another person beside"),
    species("occlusion", false, "the lower part of the face covered"),
];

/// Not an attack: the person, replayed.
pub static GENUINE: Species = species("genuine", false, "the person doing and saying what is asked");

/// The recorded people.
const PEOPLE: [&str; 2] = ["woman", "man"];
const FILMS: [&str; 2] = ["woman/WolfgangLanger_Pexels.mp4", "man/single_face.mp4"];
const PARTS: [Part; 3] = [Part::Enrol, Part::Confirm, Part::Verify];

/// Presentation number `index` of a species: the same for the same seed and camera. All species answer the same
/// challenge, so that they differ in the attack alone.
pub fn presentation(
    kiosk: &mut Kiosk,
    species: &Species,
    order: &Order,
    index: u32,
) -> anyhow::Result<Presentation> {
    let mut draw = Sha256::new();
    draw.update("wetsign/attacks/1");
    draw.update(order.seed.to_be_bytes());
    draw.update(index.to_be_bytes());
    let challenge: [u8; 32] = draw.finalize().into();
    let mut rng = ChaCha8Rng::from_seed(challenge);
    let who = index as usize % PEOPLE.len();
    let (name, other) = (PEOPLE[who], PEOPLE[1 - who]);
    // A recording of the day of the attack: no frame of it was seen at enrolment.
    let drawn = *PARTS[1..].choose(&mut rng).unwrap_or(&Part::Verify);
    let part = if species.name == GENUINE.name { Part::Verify } else { drawn };
    let own = kiosk.replayed(name, part)?;
    let draw = u64::from(index / 2);
    let print = index.is_multiple_of(4) || index % 4 == 1;
    let medium = |print: bool| {
        let drawn = if print { Recapture::print } else { Recapture::screen }(draw, Half::Test);
        if order.in_focus { drawn.in_focus() } else { drawn }
    };
    let kind = if print { "print" } else { "screen" };
    let sheet = |medium, bend, turned| Frames::Sheet { medium, bend, turned };
    let bend = [0.15, 0.3, -0.2][index as usize % 3];
    let after = rng.gen_range(1..3);
    let (inner, frames, heard, made) = match species.name {
        "photo" => (own, sheet(Recapture::none(0), 0.0, false), Heard::Kept, format!("{part:?}")),
        "photo_turned" => {
            (own, sheet(medium(print), 0.0, true), Heard::Kept, format!("{kind} {draw} {part:?}"))
        }
        "photo_bent" => (
            own,
            sheet(medium(print), bend, true),
            Heard::Kept,
            format!("{kind} {draw} bend {bend} {part:?}"),
        ),
        "plain_replay" => (kiosk.film(FILMS[who])?, Frames::Kept, Heard::From(own), "film".into()),
        "screen_replay" => {
            let film = kiosk.film(FILMS[who])?;
            (film, Frames::Recaptured(medium(false)), Heard::From(own), format!("screen {draw}"))
        }
        "told_screen" => {
            (own, Frames::Recaptured(medium(false)), Heard::Kept, format!("screen {draw} {part:?}"))
        }
        "told_print" => {
            (own, Frames::Recaptured(medium(true)), Heard::Kept, format!("print {draw} {part:?}"))
        }
        "other_person" => {
            (kiosk.replayed(other, part)?, Frames::Kept, Heard::Kept, format!("{other} {part:?}"))
        }
        "other_voice" => {
            // The one voice whose letters are a part of the other's: the woman's face with the man's voice.
            let borrowed = kiosk.replayed("borrowed-voice", part)?;
            return Ok(Presentation {
                subject: "woman".into(),
                instrument: format!("en_GB {part:?}"),
                source: Box::new(Altered::new(borrowed, Frames::Kept, Heard::Kept)),
                challenge,
            });
        }
        "neural_voice" => {
            let words = derive(&challenge, &own.about().repertoire).phrase().to_vec();
            let sound = kiosk.synthesised(&words)?;
            (own, Frames::Kept, Heard::Made(sound), format!("en_US joe {part:?}"))
        }
        "wrong_phrase" => {
            let mut elsewhere = challenge;
            elsewhere[0] ^= 1;
            let words = derive(&elsewhere, &own.about().repertoire).phrase().to_vec();
            (own, Frames::Kept, Heard::Instead(words), format!("{part:?}"))
        }
        "face_swapped" => {
            let guest = kiosk.replayed(other, part)?;
            (own, Frames::Swapped(guest, after), Heard::Kept, format!("{other} after {after} {part:?}"))
        }
        "interleaved" => {
            let guest = kiosk.replayed(other, part)?;
            (own, Frames::Interleaved(guest), Heard::Kept, format!("{other} {part:?}"))
        }
        "frozen" => (own, Frames::Frozen, Heard::Kept, format!("{part:?}")),
        "silence" if index.is_multiple_of(4) => {
            (own, Frames::Kept, Heard::Silence, format!("silence {part:?}"))
        }
        "silence" => (own, Frames::Kept, Heard::Noise(0.05), format!("noise {part:?}")),
        "two_faces" => {
            (own, Frames::Beside(kiosk.replayed(other, part)?), Heard::Kept, format!("{other} {part:?}"))
        }
        "occlusion" => {
            let from = [0.55, 0.62][index as usize % 2];
            (own, Frames::Covered(from, 1.0), Heard::Kept, format!("from {from} {part:?}"))
        }
        "genuine" => (own, Frames::Kept, Heard::Kept, format!("{part:?}")),
        unknown => {
            ensure!(false, "no species is called {unknown}");
            unreachable!()
        }
    };
    Ok(Presentation {
        subject: name.into(),
        instrument: format!("{name} {made}"),
        source: Box::new(Altered::new(inner, frames, heard)),
        challenge,
    })
}

impl Order {
    /// The species of it, genuine people last.
    pub(super) fn species(&self) -> Vec<&'static Species> {
        let wanted =
            |species: &&Species| self.names.is_empty() || self.names.iter().any(|n| n == species.name);
        SPECIES.iter().filter(wanted).chain([&GENUINE]).collect()
    }
}
