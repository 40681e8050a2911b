//! What is a person asked to show? Prompts derived from the secure element's challenge.
//!
//! The element draws 32 random bytes when a session begins. HKDF-SHA256 (RFC 5869) stretches them, and every choice is
//! drawn from that stream by rejection sampling, so that all choices are equally likely. The derivation is pure: the
//! verifier of a co-signature runs it again from the challenge and the repertoire in the liveness report, and compares.
//!
//! A capture asks, in this order: head movements (a random selection in random order), one mouth movement, one of the
//! eyelids, one spoken phrase. What a source cannot show is not asked, which lowers the entropy; the `entropy` gate
//! holds the bound.

use serde::{Deserialize, Serialize};

use crate::consent;
pub use crate::draws::CATALOGUE_VERSION;
use crate::draws::Draws;
use crate::phrase;
use crate::prompts::Prompt;
use crate::repertoire::{HEAD_MOVES, Repertoire};

/// The prompts of one capture and how hard they are to foresee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChallengePlan {
    /// What is asked, in this order.
    pub prompts: Vec<Prompt>,
    /// Entropy of the choice, in thousandths of a bit: log2 of the number of equally likely plans.
    pub entropy_millibits: u32,
    /// What remains of it where the phrase may be read with an error ([`phrase::allowed_errors`]) and one recording can
    /// answer any prompt for the mouth or the eyelids: −log2 of the chance that a recording made beforehand is
    /// accepted. Movements of the head and the phrase alone count. This is what the `entropy` gate looks at.
    pub residual_millibits: u32,
    /// Whether lips and sound can be compared: a phrase is asked of a source that has both from one recording.
    pub lips_in_step: bool,
}

impl ChallengePlan {
    /// The words that the challenge asks to be spoken, without consent; empty if none are asked.
    pub fn phrase(&self) -> &[String] {
        let words = self.said();
        consent::after(words).unwrap_or(words)
    }

    /// Whether consent is to be said before the phrase.
    pub fn consents(&self) -> bool {
        consent::after(self.said()).is_some()
    }

    /// All words to be spoken.
    fn said(&self) -> &[String] {
        self.prompts
            .iter()
            .find_map(|prompt| if let Prompt::Say(words) = prompt { Some(words.as_slice()) } else { None })
            .unwrap_or(&[])
    }
}

/// Derives the prompts of a capture.
///
/// Only distinct entries of the repertoire count: a vocabulary that names a word twice, or two words that sound alike,
/// offers one choice there. The repertoire's order does not matter.
pub fn derive(challenge: &[u8; 32], repertoire: &Repertoire) -> ChallengePlan {
    let mut draws = Draws::new(b"wetsign/challenge", challenge);
    let mut prompts = Vec::new();

    let mut heads = repertoire.distinct_heads();
    for _ in 0..HEAD_MOVES.min(heads.len()) {
        prompts.push(heads.remove(draws.below(heads.len())).into());
    }

    let mouths = repertoire.distinct_mouths();
    if !mouths.is_empty() {
        prompts.push(mouths[draws.below(mouths.len())].into());
    }

    let eyes = repertoire.distinct_eyes();
    if !eyes.is_empty() {
        prompts.push(eyes[draws.below(eyes.len())].into());
    }

    let vocabulary = repertoire.distinct_vocabulary();
    let length = repertoire.phrase_len.min(phrase::MAX_WORDS) as usize;
    let speaks = vocabulary.len() >= 2 && length > 0;
    if speaks {
        let phrase = draw_phrase(&mut draws, &vocabulary, length);
        prompts.push(Prompt::Say(if repertoire.consent { consent::before(phrase) } else { phrase }));
    }
    let [bits, residual] = repertoire.strength();
    ChallengePlan {
        prompts,
        entropy_millibits: millibits(bits),
        residual_millibits: millibits(residual),
        lips_in_step: repertoire.lips_in_step && speaks,
    }
}

/// Words of a phrase: no word twice in a row, since two equal neighbours are easily heard as one.
fn draw_phrase(draws: &mut Draws, vocabulary: &[String], length: usize) -> Vec<String> {
    let mut last = draws.below(vocabulary.len());
    let mut words = vec![vocabulary[last].clone()];
    while words.len() < length {
        let other = draws.below(vocabulary.len() - 1);
        last = if other < last { other } else { other + 1 };
        words.push(vocabulary[last].clone());
    }
    words
}

/// Thousandths of a bit, rounded down; the small addend keeps exact powers of two exact.
fn millibits(bits: f64) -> u32 {
    (bits * 1000.0 + 1e-6).floor().max(0.0) as u32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::prompts::Part;

    #[test]
    fn the_live_catalogue_asks_head_mouth_and_phrase_with_enough_entropy() {
        let plan = derive(&[7; 32], &Repertoire::live());
        let of = |part| plan.prompts.iter().filter(|prompt| prompt.part() == part).count();
        assert_eq!([Part::Head, Part::Mouth, Part::Eyes, Part::Voice].map(of), [HEAD_MOVES, 1, 1, 1]);
        assert_eq!(plan.phrase().len(), 8);
        assert!(plan.lips_in_step);
        // 5·4·3 orders, 2 mouths, 2 blinks, 12·11⁷ phrases
        let bits = 60f64.log2() + 2.0 + 12f64.log2() + 7.0 * 11f64.log2();
        assert_eq!(plan.entropy_millibits, (bits * 1000.0) as u32);
        assert!(plan.residual_millibits >= 20_000, "{}", plan.residual_millibits);
    }

    #[test]
    fn a_known_challenge_gives_the_known_plan() {
        let words: Vec<String> =
            derive(&[0; 32], &Repertoire::live()).prompts.iter().map(Prompt::words).collect();
        let pinned = [
            "come closer with your face",
            "turn your head to your right",
            "turn your head to your left",
            "smile",
            "shut your eyes for a moment, three times",
            "say: H S R M K W O M",
        ];
        assert_eq!(words, pinned, "the derivation changed: raise CATALOGUE_VERSION");
    }

    #[test]
    fn consent_stands_before_the_same_phrase_and_adds_nothing() {
        let plain = derive(&[0; 32], &Repertoire::live());
        let approving = derive(&[0; 32], &Repertoire { consent: true, ..Repertoire::live() });
        assert_eq!(approving.prompts.last().unwrap().words(), "say: I approve H S R M K W O M");
        assert_eq!((approving.phrase(), approving.consents()), (plain.phrase(), true));
        assert_eq!(approving.residual_millibits, plain.residual_millibits);
        // A vocabulary of the very words makes no phrase that begins as consent does.
        let words = vec!["i".into(), "approve".into(), "k".into()];
        let own = Repertoire { vocabulary: words, ..Repertoire::live() };
        assert!((0..50).all(|n| !derive(&[n; 32], &own).consents()));
    }

    #[test]
    fn mouth_and_eyelids_add_nothing_to_what_guards_against_a_recording() {
        let silent = Repertoire { mouth: vec![], eyes: vec![], ..Repertoire::live() };
        let (with, without) = (derive(&[5; 32], &Repertoire::live()), derive(&[5; 32], &silent));
        assert_eq!(with.entropy_millibits, without.entropy_millibits + 2000);
        assert_eq!(with.residual_millibits, without.residual_millibits);
    }

    #[test]
    fn fourteen_letters_carry_a_head_that_never_turns_from_eight_words_on() {
        let letters = "bcdeflnopstwxy".chars().map(String::from).collect();
        let still = Repertoire { head: vec![], vocabulary: letters, ..Repertoire::live() };
        let of =
            |phrase_len| derive(&[5; 32], &Repertoire { phrase_len, ..still.clone() }).residual_millibits;
        assert_eq!((of(7), of(8)), (19_486, 22_996));
    }

    #[test]
    fn repeated_and_like_sounding_words_do_not_raise_the_entropy() {
        let honest =
            Repertoire { vocabulary: vec!["b".into(), "k".into(), "x".into()], ..Repertoire::live() };
        let padded = Repertoire {
            vocabulary: ["x", "b", "be", "B", "k", "bee", "x"].map(String::from).to_vec(),
            ..Repertoire::live()
        };
        let (honest, padded) = (derive(&[1; 32], &honest), derive(&[1; 32], &padded));
        assert_eq!(honest, padded);
    }

    #[test]
    fn an_empty_repertoire_gives_no_prompts_and_no_entropy() {
        let empty = Repertoire {
            head: vec![],
            mouth: vec![],
            eyes: vec![],
            vocabulary: vec!["a".into()],
            phrase_len: 6,
            lips_in_step: false,
            consent: true,
            declared_by: "nobody".into(),
        };
        let plan = derive(&[3; 32], &empty);
        let nothing = ChallengePlan {
            prompts: vec![],
            entropy_millibits: 0,
            residual_millibits: 0,
            lips_in_step: false,
        };
        assert_eq!(plan, nothing);
    }

    proptest! {
        #[test]
        fn derivation_is_deterministic_and_ignores_the_order_of_the_repertoire(
            challenge: [u8; 32],
            words in prop::collection::vec("[a-z]{1,4}", 0..30),
            phrase_len in 0u8..20,
        ) {
            let there = Repertoire { vocabulary: words.clone(), phrase_len, ..Repertoire::live() };
            let mut back = there.clone();
            back.vocabulary.reverse();
            back.head.reverse();
            let plan = derive(&challenge, &there);
            prop_assert_eq!(&plan, &derive(&challenge, &back));
            prop_assert!(plan.phrase().len() <= usize::from(phrase::MAX_WORDS));
            prop_assert!(plan.phrase().windows(2).all(|pair| pair[0] != pair[1]));
            prop_assert!(plan.residual_millibits <= plan.entropy_millibits);
        }
    }
}
