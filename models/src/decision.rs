//! Is this a living person who did what was asked? A pure function of measurements and thresholds.
//!
//! Every gate keeps its value and its bound, on a pass too, so that a refusal can be explained. A value that is missing
//! refuses: there is no default and no "not applicable" for a gate that [`mandatory_gates`] names.

use crate::challenge::{ChallengePlan, Prompt};
use crate::gates::{Gate, Measure, Measurements, thousandths};
use crate::manifest::Manifest;
use crate::phrase;
use crate::thresholds::{Bound, Thresholds};

/// Gates that every capture must pass, whatever was asked.
const ALWAYS: [Measure; 12] = [
    Measure::Entropy,
    Measure::Brightness,
    Measure::Sharpness,
    Measure::FaceSize,
    Measure::FrontalFrames,
    Measure::OneFace,
    Measure::SameFace,
    Measure::Identity,
    Measure::Motion,
    Measure::Snr,
    Measure::Clipping,
    Measure::Speech,
];

/// Gates that only a plan which asks for them demands, in the order of the report.
const ASKED: [Measure; 8] = [
    Measure::HeadOrder,
    Measure::Depth,
    Measure::Flatness,
    Measure::Mouth,
    Measure::Eyes,
    Measure::Lips,
    Measure::LipsLag,
    Measure::LipsMoved,
];

/// Gates of [`match_gates`], in the order of the report.
pub const MATCHES: [Measure; 3] = [Measure::FaceMatch, Measure::VoiceMatch, Measure::FusedMatch];

fn asks(prompts: &[Prompt], lips_in_step: bool, measure: Measure) -> bool {
    match measure {
        Measure::HeadOrder | Measure::Depth | Measure::Flatness => prompts.iter().any(Prompt::is_head),
        Measure::Mouth => prompts.iter().any(Prompt::is_mouth),
        Measure::Eyes => prompts.iter().any(Prompt::is_eyes),
        _ => lips_in_step && prompts.iter().any(|prompt| matches!(prompt, Prompt::Say(_))),
    }
}

/// Names of the gates that these prompts do without, in the order of the report: what a report says is *not shown*.
/// `lips_in_step`: the source has lips and sound from one recording.
pub fn not_asked(prompts: &[Prompt], lips_in_step: bool) -> Vec<&'static str> {
    ASKED.into_iter().filter(|measure| !asks(prompts, lips_in_step, *measure)).map(Measure::name).collect()
}

/// What a plan demands: the gates of [`decide`], in the order of the report.
fn demanded(plan: &ChallengePlan) -> Vec<Measure> {
    let mut measures = ALWAYS.to_vec();
    measures.extend(ASKED.into_iter().filter(|measure| asks(&plan.prompts, plan.lips_in_step, *measure)));
    measures.extend([Measure::Phrase, Measure::PadFas, Measure::PadFr, Measure::PadFused]);
    measures
}

/// Names of the gates that must be present and passed for a plan: those of [`decide`] and those of [`match_gates`].
///
/// Gates of movements and of lips are mandatory where the plan asks for them ([`not_asked`] names the others); a plan that
/// asks for no movement is carried by its phrase alone, and `entropy` refuses it where that is not enough. `phrase` is always mandatory.
pub fn mandatory_gates(plan: &ChallengePlan) -> Vec<&'static str> {
    demanded(plan).into_iter().chain(MATCHES).map(Measure::name).collect()
}

/// Holds a capture against the thresholds: one gate for each that the plan demands, in the order of the report.
///
/// `transcript` is what the recogniser wrote; `None` or an empty one is a missing phrase.
pub fn decide(
    plan: &ChallengePlan,
    measurements: &Measurements,
    transcript: Option<&str>,
    thresholds: &Thresholds,
) -> Vec<Gate> {
    demanded(plan)
        .into_iter()
        .map(|measure| {
            let bound = thresholds.bound(measure);
            match measure {
                Measure::Entropy => Gate::new(measure, i32::try_from(plan.residual_millibits).ok(), bound),
                Measure::Phrase => phrase_gate(plan, transcript, bound),
                _ => Gate::new(measure, measurements.get(measure), bound),
            }
        })
        .collect()
}

/// The bound grows with the phrase: one error is all that is ever allowed.
fn phrase_gate(plan: &ChallengePlan, transcript: Option<&str>, bound: Option<&Bound>) -> Gate {
    let words = plan.phrase();
    let bound = bound
        .map(|bound| Bound { bound: bound.bound.max(phrase::required_score(words.len())), ..bound.clone() });
    let value = transcript
        .filter(|text| !text.trim().is_empty() && !words.is_empty())
        .map(|text| phrase::score(words, text));
    Gate::new(Measure::Phrase, value, bound.as_ref())
}

/// Holds the cosines of template and probe against the thresholds, each alone and both together by the manifest's rule;
/// `None`: there is no probe.
pub fn match_gates(face: Option<f64>, voice: Option<f64>, thresholds: &Thresholds) -> Vec<Gate> {
    let fused = face.zip(voice).map(|(face, voice)| Manifest::embedded().fusion.rule().ratio(face, voice));
    MATCHES
        .into_iter()
        .zip([face, voice, fused])
        .map(|(measure, value)| {
            Gate::new(measure, value.and_then(thousandths_down), thresholds.bound(measure))
        })
        .collect()
}

/// Rounded down, so that a gate never passes what the circuit's exact cosine refuses.
fn thousandths_down(value: f64) -> Option<i32> {
    thousandths((value * 1000.0).floor() / 1000.0)
}

/// Whether there are gates and all of them passed.
pub fn all_passed(gates: &[Gate]) -> bool {
    !gates.is_empty() && gates.iter().all(|gate| gate.passed)
}

/// The first gate that did not pass.
pub fn first_failure(gates: &[Gate]) -> Option<&Gate> {
    gates.iter().find(|gate| !gate.passed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::challenge::derive;
    use crate::gates::Sense;
    use crate::repertoire::Repertoire;

    fn passing(thresholds: &Thresholds) -> Measurements {
        Measure::ALL.into_iter().map(|measure| (measure, thresholds.bound(measure).unwrap().bound)).collect()
    }

    fn plan() -> ChallengePlan {
        derive(&[9; 32], &Repertoire::live())
    }

    #[test]
    fn a_capture_at_every_bound_passes() {
        let (plan, thresholds) = (plan(), Thresholds::from_manifest());
        let transcript = phrase::spoken(plan.phrase());
        let mut gates = decide(&plan, &passing(&thresholds), Some(&transcript), &thresholds);
        assert!(all_passed(&gates), "{gates:?}");
        gates.extend(match_gates(Some(0.75), Some(0.85), &thresholds));
        assert!(all_passed(&gates), "{gates:?}");
        let names: Vec<&str> = gates.iter().map(|gate| gate.name.as_str()).collect();
        assert_eq!(names, mandatory_gates(&plan));
    }

    #[test]
    fn every_missing_measurement_refuses_by_its_own_gate() {
        let (plan, thresholds) = (plan(), Thresholds::from_manifest());
        let transcript = phrase::spoken(plan.phrase());
        for measure in Measure::ALL {
            let mut measurements = passing(&thresholds);
            measurements.remove(measure);
            let gates = decide(&plan, &measurements, Some(&transcript), &thresholds);
            match measure {
                Measure::Entropy
                | Measure::Phrase
                | Measure::FaceMatch
                | Measure::VoiceMatch
                | Measure::FusedMatch => {
                    assert!(all_passed(&gates), "{measure} is not measured by the sensor");
                }
                _ => assert_eq!(first_failure(&gates).unwrap().name, measure.name()),
            }
        }
        assert_eq!(first_failure(&match_gates(None, Some(0.9), &thresholds)).unwrap().name, "face_match");
        assert_eq!(first_failure(&match_gates(Some(0.9), None, &thresholds)).unwrap().name, "voice_match");
        assert_eq!(
            first_failure(&match_gates(Some(f64::NAN), Some(1.0), &thresholds)).unwrap().name,
            "face_match"
        );
    }

    #[test]
    fn what_just_passes_twice_is_not_evidence_enough_together() {
        let thresholds = Thresholds::from_manifest();
        let failed = |face, voice| {
            let gates = match_gates(Some(face), Some(voice), &thresholds);
            gates.into_iter().filter(|gate| !gate.passed).map(|gate| gate.name).collect::<Vec<_>>()
        };
        assert_eq!(failed(0.55, 0.75), ["fused_match"]);
        assert_eq!(failed(0.55, 0.95), [""; 0], "a clear voice makes up for a face at its bound");
        assert_eq!(failed(0.54, 1.0), ["face_match"], "and not for one below");
        assert_eq!(failed(1.0, 0.74), ["voice_match"]);
    }

    #[test]
    fn silence_and_the_wrong_phrase_refuse() {
        let (plan, thresholds) = (plan(), Thresholds::from_manifest());
        for transcript in [None, Some(""), Some("  "), Some("today, after two years of negotiations")] {
            let gates = decide(&plan, &passing(&thresholds), transcript, &thresholds);
            assert_eq!(first_failure(&gates).unwrap().name, "phrase", "{transcript:?}");
        }
    }

    #[test]
    fn a_plan_without_prompts_is_refused_for_its_entropy() {
        let silent = Repertoire {
            head: vec![],
            mouth: vec![],
            eyes: vec![],
            vocabulary: vec![],
            ..Repertoire::live()
        };
        let (plan, thresholds) = (derive(&[9; 32], &silent), Thresholds::from_manifest());
        let gates = decide(&plan, &passing(&thresholds), Some("anything"), &thresholds);
        assert_eq!(first_failure(&gates).unwrap().name, "entropy");
        assert!(gates.iter().any(|gate| gate.name == "phrase" && !gate.passed));
        assert!(!mandatory_gates(&plan).contains(&"head_order"));
        assert_eq!(not_asked(&plan.prompts, plan.lips_in_step), ASKED.map(Measure::name));
    }

    #[test]
    fn a_gate_without_a_bound_refuses() {
        let (plan, mut thresholds) = (plan(), Thresholds::from_manifest());
        let transcript = phrase::spoken(plan.phrase());
        let measurements = passing(&thresholds);
        thresholds.gates.remove(&Measure::Motion);
        let gates = decide(&plan, &measurements, Some(&transcript), &thresholds);
        assert_eq!(first_failure(&gates).unwrap().name, "motion");
    }

    #[test]
    fn no_gates_are_not_a_pass() {
        assert!(!all_passed(&[]));
    }

    proptest! {
        /// Evidence of both together is asked after each has passed its own bound: it makes up for neither.
        #[test]
        fn the_fused_rule_never_raises_an_acceptance(face in -1.5..1.5f64, voice in -1.5..1.5f64) {
            let thresholds = Thresholds::from_manifest();
            let bound = |measure| f64::from(thresholds.bound(measure).unwrap().bound) / 1000.0;
            let passed = all_passed(&match_gates(Some(face), Some(voice), &thresholds));
            prop_assert!(!passed || face >= bound(Measure::FaceMatch) && voice >= bound(Measure::VoiceMatch));
            for (face, voice) in [(Some(f64::NAN), Some(voice)), (None, Some(voice)), (Some(face), None)] {
                let gates = match_gates(face, voice, &thresholds);
                prop_assert!(gates.iter().any(|gate| gate.name == "fused_match" && !gate.passed));
            }
        }

        /// Whatever the passive networks say, a capture that passes with them passes at their very best too: they can refuse and
        /// never make up for anything else.
        #[test]
        fn what_may_only_refuse_never_raises_an_acceptance(
            values in prop::collection::vec(-2000i32..2000, 27),
            pad_fas in prop::option::of(-2000i32..2000),
            pad_fr in prop::option::of(-2000i32..2000),
            pad_fused in prop::option::of(-20_000i32..20_000),
        ) {
            let (plan, thresholds) = (plan(), Thresholds::from_manifest());
            let transcript = phrase::spoken(plan.phrase());
            let verdict = |fas: Option<i32>, fr: Option<i32>, fused: Option<i32>| {
                let mut measurements: Measurements = Measure::ALL
                    .into_iter()
                    .zip(&values)
                    .map(|(measure, shift)| (measure, thresholds.bound(measure).unwrap().bound + shift / 100))
                    .collect();
                for (measure, value) in [(Measure::PadFas, fas), (Measure::PadFr, fr), (Measure::PadFused, fused)] {
                    match value {
                        Some(value) => measurements.set(measure, f64::from(value) / 1000.0),
                        None => drop(measurements.remove(measure)),
                    }
                }
                decide(&plan, &measurements, Some(&transcript), &thresholds)
            };
            let best = verdict(Some(1000), Some(1000), Some(20_000));
            let found = verdict(pad_fas, pad_fr, pad_fused);
            prop_assert!(!all_passed(&found) || all_passed(&best));
            for (gate, at_best) in found.iter().zip(&best).filter(|(gate, _)| !gate.name.starts_with("pad_")) {
                prop_assert_eq!(gate, at_best);
            }
            if pad_fas.is_none() || pad_fr.is_none() || pad_fused.is_none() {
                prop_assert!(!all_passed(&found));
            }
        }

        #[test]
        fn one_step_beyond_any_bound_refuses(index in 0usize..27, step in 1i32..1000) {
            let (plan, thresholds) = (plan(), Thresholds::from_manifest());
            let measure = Measure::ALL[index];
            prop_assume!(demanded(&plan).contains(&measure) && measure != Measure::Entropy && measure != Measure::Phrase);
            let bound = thresholds.bound(measure).unwrap();
            let beyond = if bound.sense == Sense::AtLeast { bound.bound - step } else { bound.bound + step };
            let mut measurements = passing(&thresholds);
            measurements.set(measure, f64::from(beyond) / 1000.0);
            let gates = decide(&plan, &measurements, Some(&phrase::spoken(plan.phrase())), &thresholds);
            prop_assert_eq!(gates.iter().filter(|gate| !gate.passed).count(), 1);
            prop_assert_eq!(first_failure(&gates).unwrap().name.as_str(), measure.name());
        }
    }
}
