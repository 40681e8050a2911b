//! Between the wire's messages and the types of `wetsign-models`.

use wetsign_liveness::light::{Colour, Reflection};
use wetsign_liveness::{EyeMove, HeadMove, MouthMove, Prompt, Repertoire as Declared};
use wetsign_sensor_ipc::{self as wire, LightColour, Move, prompt::Kind};

/// A prompt from the wire; `None` if it names no movement, or a phrase without words.
pub fn prompt_from_wire(prompt: &wire::Prompt) -> Option<Prompt> {
    match prompt.kind.as_ref()? {
        Kind::Say(phrase) if phrase.words.is_empty() => None,
        Kind::Say(phrase) => Some(Prompt::Say(phrase.words.clone())),
        Kind::Move(number) => match Move::try_from(*number).ok()? {
            Move::Unspecified => None,
            Move::HeadLeft => Some(Prompt::HeadLeft),
            Move::HeadRight => Some(Prompt::HeadRight),
            Move::HeadUp => Some(Prompt::HeadUp),
            Move::HeadDown => Some(Prompt::HeadDown),
            Move::HeadCloser => Some(Prompt::HeadCloser),
            Move::MouthOpen => Some(Prompt::MouthOpen),
            Move::Smile => Some(Prompt::Smile),
            Move::BlinkTwice => Some(Prompt::BlinkTwice),
            Move::BlinkThrice => Some(Prompt::BlinkThrice),
        },
    }
}

/// A colour of the page from the wire; `None` if it names none.
pub fn colour_from_wire(number: i32) -> Option<Colour> {
    match LightColour::try_from(number).ok()? {
        LightColour::Unspecified => None,
        LightColour::Rose => Some(Colour::Rose),
        LightColour::Green => Some(Colour::Green),
        LightColour::Azure => Some(Colour::Azure),
        LightColour::Amber => Some(Colour::Amber),
    }
}

/// How a face answered the light, for the wire.
pub const fn reflection_to_wire(found: &Reflection) -> wire::Reflection {
    wire::Reflection {
        follows: found.follows,
        lag_s: found.lag,
        nearer: found.nearer,
        proportional: found.proportional,
    }
}

/// What a source declares, for the wire.
pub fn repertoire_to_wire(declared: &Declared) -> wire::Repertoire {
    let head = declared.head.iter().map(|head| match head {
        HeadMove::Left => Move::HeadLeft,
        HeadMove::Right => Move::HeadRight,
        HeadMove::Up => Move::HeadUp,
        HeadMove::Down => Move::HeadDown,
        HeadMove::Closer => Move::HeadCloser,
    });
    let mouth = declared.mouth.iter().map(|mouth| match mouth {
        MouthMove::Open => Move::MouthOpen,
        MouthMove::Smile => Move::Smile,
    });
    let eyes = declared.eyes.iter().map(|eyes| match eyes {
        EyeMove::BlinkTwice => Move::BlinkTwice,
        EyeMove::BlinkThrice => Move::BlinkThrice,
    });
    wire::Repertoire {
        head: head.map(i32::from).collect(),
        mouth: mouth.map(i32::from).collect(),
        eyes: eyes.map(i32::from).collect(),
        vocabulary: declared.vocabulary.clone(),
        phrase_len: u32::from(declared.phrase_len),
        lips_in_step: declared.lips_in_step,
        declared_by: declared.declared_by.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_without_meaning_are_refused() {
        let prompt = |kind| wire::Prompt { kind: Some(kind) };
        assert_eq!(prompt_from_wire(&prompt(Kind::Move(Move::Smile.into()))), Some(Prompt::Smile));
        assert_eq!(prompt_from_wire(&prompt(Kind::Move(99))), None);
        assert_eq!(prompt_from_wire(&prompt(Kind::Move(0))), None);
        assert_eq!(prompt_from_wire(&prompt(Kind::Say(wire::Phrase::default()))), None);
        assert_eq!(prompt_from_wire(&wire::Prompt::default()), None);
    }

    #[test]
    fn the_live_catalogue_travels_whole() {
        let wire = repertoire_to_wire(&Declared::live());
        assert_eq!(
            (wire.head.len(), wire.mouth.len(), wire.vocabulary.len(), wire.phrase_len),
            (5, 2, 12, 8)
        );
    }
}
