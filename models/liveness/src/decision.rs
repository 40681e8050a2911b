//! Is this a living person who did what was asked? A pure function of measurements and thresholds.
//!
//! Every gate keeps its value and its bound, on a pass too, so that a refusal can be explained. A value that is missing
//! refuses: there is no default and no "not applicable" for a gate that [`mandatory_gates`] names.

use wetsign_models::manifest::Manifest;

use crate::challenge::ChallengePlan;
use crate::consent;
use crate::gates::{Asked, Gate, Measure, Measurements, Outcome, Remedy, Stage, Weight, thousandths};
use crate::phrase;
use crate::prompts::Prompt;
use crate::thresholds::Thresholds;

/// Gates of [`match_gates`], in the order in which they are judged.
pub const MATCHES: [Measure; 3] = [Measure::FaceMatch, Measure::VoiceMatch, Measure::FusedMatch];

/// The gates that these prompts do without: what a report says is *not shown*. Consent is not among them, for it is
/// asked by rules, and not by what a source can show.
/// `lips_in_step`: the source has lips and sound from one recording.
pub fn not_asked(prompts: &[Prompt], lips_in_step: bool) -> Vec<Measure> {
    let asked = |measure: &Measure| measure.row().asked.by(prompts, lips_in_step);
    let shown = |measure: &Measure| measure.decides() && measure.row().asked != Asked::Consents;
    Measure::ALL.into_iter().filter(|measure| shown(measure) && !asked(measure)).collect()
}

/// What a plan asks to be judged before a template is unsealed, explanations included.
fn judged(plan: &ChallengePlan) -> impl Iterator<Item = Measure> {
    Measure::ALL.into_iter().filter(|measure| {
        measure.row().stage != Stage::Match && measure.row().asked.by(&plan.prompts, plan.lips_in_step)
    })
}

/// The gates that must be present and passed before a template is unsealed.
pub fn mandatory_before_match(plan: &ChallengePlan) -> Vec<Measure> {
    judged(plan).filter(|measure| measure.decides()).collect()
}

/// The gates that must be present and passed for a plan: those of [`decide`] and those of [`match_gates`].
///
/// Gates of movements and of lips are mandatory where the plan asks for them ([`not_asked`] names the others); a plan
/// that asks for no movement is carried by its phrase alone, and `entropy` refuses it where that is not enough.
/// `phrase` is always mandatory.
pub fn mandatory_gates(plan: &ChallengePlan) -> Vec<Measure> {
    mandatory_before_match(plan).into_iter().chain(MATCHES).collect()
}

/// Holds a capture against the thresholds: one gate for each that the plan asks for, in the order of the table.
///
/// `transcript` is what the recogniser wrote; `None` or an empty one is a missing phrase.
pub fn decide(
    plan: &ChallengePlan,
    measurements: &Measurements,
    transcript: Option<&str>,
    thresholds: &Thresholds,
) -> Vec<Gate> {
    judged(plan)
        .map(|measure| {
            let bound = thresholds.of(measure);
            match measure {
                Measure::Entropy => Gate::new(measure, i32::try_from(plan.residual_millibits).ok(), bound),
                Measure::Phrase => phrase_gate(plan, transcript, bound),
                Measure::Consent => consent_gate(transcript, bound),
                _ => Gate::new(measure, measurements.get(measure), bound),
            }
        })
        .collect()
}

/// The bound grows with the phrase: one error is all that is ever allowed.
fn phrase_gate(plan: &ChallengePlan, transcript: Option<&str>, bound: Option<i32>) -> Gate {
    let words = plan.phrase();
    let bound = bound.map(|bound| bound.max(phrase::required_score(words.len())));
    let behind = |text| if plan.consents() { consent::heard(text).unwrap_or(text) } else { text };
    let value = transcript
        .filter(|text| !text.trim().is_empty() && !words.is_empty())
        .map(|text| phrase::score(words, behind(text)));
    Gate::new(Measure::Phrase, value, bound)
}

/// All or nothing: whoever says that they do not approve, or says nothing of it, has not consented.
fn consent_gate(transcript: Option<&str>, bound: Option<i32>) -> Gate {
    let heard = transcript.filter(|text| !text.trim().is_empty());
    let value = heard.map(|text| if consent::heard(text).is_some() { 1000 } else { 0 });
    Gate::new(Measure::Consent, value, bound)
}

/// Holds the cosines of template and probe against the thresholds, each alone and both together by the manifest's rule;
/// `None`: there is no probe.
pub fn match_gates(face: Option<f64>, voice: Option<f64>, thresholds: &Thresholds) -> Vec<Gate> {
    let fused = face.zip(voice).map(|(face, voice)| Manifest::embedded().fusion.rule().ratio(face, voice));
    MATCHES
        .into_iter()
        .zip([face, voice, fused])
        .map(|(measure, value)| Gate::new(measure, value.and_then(thousandths_down), thresholds.of(measure)))
        .collect()
}

/// Rounded down, so that a gate never passes what the circuit's exact cosine refuses.
fn thousandths_down(value: f64) -> Option<i32> {
    thousandths((value * 1000.0).floor() / 1000.0)
}

/// Whether there are gates that decide, and all of them passed.
pub fn all_passed(gates: &[Gate]) -> bool {
    gates.iter().any(|gate| gate.measure.decides()) && refusal(&outcomes(gates), &[]).is_none()
}

/// What came of gates, without their values.
pub fn outcomes(gates: &[Gate]) -> Vec<(Measure, Outcome)> {
    gates.iter().map(|gate| (gate.measure, gate.outcome())).collect()
}

/// Why gates refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The gate that refuses.
    pub gate: Measure,
    /// It could not be measured.
    pub missing: bool,
    /// A gate that explains why.
    pub because: Option<Measure>,
}

impl Refusal {
    /// The gate that has words for the person: what explains it, or itself.
    pub fn told(&self) -> Measure {
        self.because.unwrap_or(self.gate)
    }
}

/// What stands in the way: the gates that failed, in the order of the table, and after them those without a value, for
/// what cannot be measured is mostly so because of another that failed; `mandatory` ones that are not there are without
/// a value.
pub fn refusals(gates: &[(Measure, Outcome)], mandatory: &[Measure]) -> Vec<Refusal> {
    let absent = mandatory.iter().filter(|measure| !gates.iter().any(|(gate, _)| gate == *measure));
    let mut open: Vec<(Outcome, Measure)> = gates
        .iter()
        .map(|(gate, outcome)| (*outcome, *gate))
        .chain(absent.map(|measure| (Outcome::Missing, *measure)))
        .filter(|(outcome, gate)| *outcome != Outcome::Passed && gate.decides())
        .collect();
    open.sort_unstable();
    let explains = |gate| {
        gates
            .iter()
            .find(|(other, outcome)| {
                *outcome == Outcome::Failed && other.row().weight == Weight::Explains(gate)
            })
            .map(|(other, _)| *other)
    };
    open.into_iter()
        .map(|(outcome, gate)| Refusal {
            gate,
            missing: outcome == Outcome::Missing,
            because: explains(gate),
        })
        .collect()
}

/// The first of [`refusals`].
pub fn refusal(gates: &[(Measure, Outcome)], mandatory: &[Measure]) -> Option<Refusal> {
    refusals(gates, mandatory).into_iter().next()
}

/// What the person can try: the remedy of the first refusal that has one.
pub fn remedy(gates: &[Gate]) -> Option<Remedy> {
    refusals(&outcomes(gates), &[]).iter().find_map(|refusal| refusal.told().row().remedy)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::challenge::derive;
    use crate::gates::Sense;
    use crate::repertoire::Repertoire;

    fn passing(thresholds: &Thresholds) -> Measurements {
        Measure::ALL.into_iter().map(|measure| (measure, thresholds.of(measure).unwrap())).collect()
    }

    fn refusing(gates: &[Gate]) -> &'static str {
        refusal(&outcomes(gates), &[]).unwrap().gate.name()
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
        let deciding: Vec<Measure> =
            gates.iter().map(|gate| gate.measure).filter(|measure| measure.decides()).collect();
        assert_eq!(deciding, mandatory_gates(&plan));
    }

    #[test]
    fn every_missing_measurement_refuses_by_its_own_gate() {
        let (plan, thresholds) = (plan(), Thresholds::from_manifest());
        let transcript = phrase::spoken(plan.phrase());
        for measure in Measure::ALL {
            let mut measurements = passing(&thresholds);
            measurements.remove(measure);
            let gates = decide(&plan, &measurements, Some(&transcript), &thresholds);
            let elsewhere = measure.row().stage == Stage::Match
                || [Measure::Entropy, Measure::Phrase, Measure::Consent].contains(&measure);
            if elsewhere || !measure.decides() {
                assert!(all_passed(&gates), "{measure}: not measured by the sensor, or an explanation");
            } else {
                assert_eq!(refusing(&gates), measure.name());
            }
        }
        let unknown = |face, voice| {
            let gates = match_gates(face, voice, &thresholds);
            refusals(&outcomes(&gates), &[]).into_iter().map(|refusal| refusal.gate).collect::<Vec<_>>()
        };
        assert_eq!(unknown(None, Some(0.9)), [Measure::FaceMatch, Measure::FusedMatch]);
        assert_eq!(unknown(Some(0.9), None), [Measure::VoiceMatch, Measure::FusedMatch]);
        assert_eq!(unknown(Some(f64::NAN), Some(1.0)), [Measure::FaceMatch, Measure::FusedMatch]);
    }

    #[test]
    fn what_failed_is_named_before_what_could_not_be_measured_because_of_it() {
        let (plan, thresholds) = (plan(), Thresholds::from_manifest());
        let transcript = phrase::spoken(plan.phrase());
        let mut two_faces = passing(&thresholds);
        for unseen in [Measure::Brightness, Measure::Sharpness, Measure::FaceSize, Measure::Motion] {
            two_faces.remove(unseen);
        }
        for none in [Measure::OneFace, Measure::FrontalFrames, Measure::HeadOrder] {
            two_faces.set(none, 0.0);
        }
        let gates = decide(&plan, &two_faces, Some(&transcript), &thresholds);
        let first = refusal(&outcomes(&gates), &[]).unwrap();
        assert_eq!((first.gate, first.missing), (Measure::OneFace, false));
        assert_eq!(remedy(&gates), Some(Remedy::OneFaceOnly));

        let mut nobody = two_faces;
        nobody.remove(Measure::OneFace);
        let gates = decide(&plan, &nobody, Some(&transcript), &thresholds);
        assert_eq!(remedy(&gates), Some(Remedy::LookHere), "no second person is there to leave");
    }

    #[test]
    fn a_mandatory_gate_that_was_not_judged_refuses() {
        let judged = [(Measure::Snr, Outcome::Passed)];
        let first = refusal(&judged, &[Measure::Snr, Measure::Phrase]).unwrap();
        assert_eq!((first.gate, first.missing), (Measure::Phrase, true));
        assert_eq!(refusal(&judged, &[Measure::Snr]), None);
    }

    #[test]
    fn what_just_passes_twice_is_not_evidence_enough_together() {
        let thresholds = Thresholds::from_manifest();
        let failed = |face, voice| {
            let gates = match_gates(Some(face), Some(voice), &thresholds);
            gates.iter().filter(|gate| !gate.passed).map(Gate::name).collect::<Vec<_>>()
        };
        assert_eq!(failed(0.55, 0.58), ["fused_match"]);
        assert_eq!(failed(0.55, 0.95), [""; 0], "a clear voice makes up for a face at its bound");
        assert_eq!(failed(0.54, 1.0), ["face_match"], "and not for one below");
        assert_eq!(failed(1.0, 0.57), ["voice_match"]);
    }

    #[test]
    fn silence_and_the_wrong_phrase_refuse() {
        let (plan, thresholds) = (plan(), Thresholds::from_manifest());
        for transcript in [None, Some(""), Some("  "), Some("today, after two years of negotiations")] {
            let gates = decide(&plan, &passing(&thresholds), transcript, &thresholds);
            assert_eq!(refusing(&gates), "phrase", "{transcript:?}");
        }
    }

    #[test]
    fn nobody_consents_who_does_not_say_so() {
        let asked = derive(&[9; 32], &Repertoire { consent: true, ..Repertoire::live() });
        let thresholds = Thresholds::from_manifest();
        let phrase = phrase::spoken(asked.phrase());
        let judged = |plan: &ChallengePlan, transcript: &str| {
            decide(plan, &passing(&thresholds), Some(transcript), &thresholds)
        };
        assert!(all_passed(&judged(&asked, &format!("I approve, {phrase}."))));
        assert!(mandatory_gates(&asked).contains(&Measure::Consent));
        for other in [phrase.clone(), format!("I do not approve, {phrase}"), format!("I refuse {phrase}")] {
            assert_eq!(refusing(&judged(&asked, &other)), "consent", "{other}");
        }
        assert_eq!(refusing(&judged(&asked, "I approve. K")), "phrase");
        let gates = judged(&plan(), &phrase);
        assert!(all_passed(&gates) && gates.iter().all(|gate| gate.measure != Measure::Consent));
        assert!(
            !not_asked(&plan().prompts, true).contains(&Measure::Consent),
            "no source is excused from it"
        );
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
        assert_eq!(refusing(&gates), "entropy");
        assert!(gates.iter().any(|gate| gate.name() == "phrase" && !gate.passed));
        assert!(!mandatory_gates(&plan).contains(&Measure::HeadOrder));
        let asked = Measure::ALL
            .into_iter()
            .filter(|m| m.decides() && ![Asked::Always, Asked::Consents].contains(&m.row().asked));
        assert_eq!(not_asked(&plan.prompts, plan.lips_in_step), asked.collect::<Vec<_>>());
    }

    #[test]
    fn a_gate_without_a_bound_refuses() {
        let (plan, mut thresholds) = (plan(), Thresholds::from_manifest());
        let transcript = phrase::spoken(plan.phrase());
        let measurements = passing(&thresholds);
        thresholds.gates.remove(&Measure::Motion);
        let gates = decide(&plan, &measurements, Some(&transcript), &thresholds);
        assert_eq!(refusing(&gates), "motion");
    }

    #[test]
    fn advice_refuses_nobody_whatever_it_says_and_is_judged_all_the_same() {
        let (plan, thresholds) = (plan(), Thresholds::from_manifest());
        let advice: Vec<Measure> =
            Measure::ALL.into_iter().filter(|m| m.reported() && !m.decides()).collect();
        let mut measurements = passing(&thresholds);
        for measure in &advice {
            let bound = thresholds.of(*measure).unwrap();
            let beyond = if measure.row().sense == Sense::AtLeast { bound - 1 } else { bound + 1 };
            measurements.set(*measure, f64::from(beyond) / 1000.0);
        }
        let transcript = phrase::spoken(plan.phrase());
        let gates = decide(&plan, &measurements, Some(&transcript), &thresholds);
        assert!(all_passed(&gates), "{gates:?}");
        for measure in advice {
            assert!(gates.iter().any(|gate| gate.measure == measure && !gate.passed), "{measure} is judged");
            assert!(!mandatory_gates(&plan).contains(&measure), "{measure}");
        }
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
            let bound = |measure| f64::from(thresholds.of(measure).unwrap()) / 1000.0;
            let passed = all_passed(&match_gates(Some(face), Some(voice), &thresholds));
            prop_assert!(!passed || face >= bound(Measure::FaceMatch) && voice >= bound(Measure::VoiceMatch));
            for (face, voice) in [(Some(f64::NAN), Some(voice)), (None, Some(voice)), (Some(face), None)] {
                let gates = match_gates(face, voice, &thresholds);
                prop_assert!(gates.iter().any(|gate| gate.name() == "fused_match" && !gate.passed));
            }
        }

        /// Whatever the passive networks say, a capture that passes with them passes at their very best too: they can
        /// refuse and never make up for anything else.
        #[test]
        fn what_may_only_refuse_never_raises_an_acceptance(
            values in prop::collection::vec(-2000i32..2000, Measure::ALL.len()),
            pad_fas in prop::option::of(-2000i32..2000),
            pad_fr in prop::option::of(-2000i32..2000),
            pad_pair in prop::option::of(-20_000i32..20_000),
            pad_fused in prop::option::of(-20_000i32..20_000),
        ) {
            let (plan, thresholds) = (plan(), Thresholds::from_manifest());
            let transcript = phrase::spoken(plan.phrase());
            let passive = [Measure::PadFas, Measure::PadFr, Measure::PadPair, Measure::PadFused];
            let verdict = |said: [Option<i32>; 4]| {
                let mut measurements: Measurements = Measure::ALL
                    .into_iter()
                    .zip(&values)
                    .map(|(measure, shift)| (measure, thresholds.of(measure).unwrap() + shift / 100))
                    .collect();
                for (measure, value) in passive.into_iter().zip(said) {
                    match value {
                        Some(value) => measurements.set(measure, f64::from(value) / 1000.0),
                        None => drop(measurements.remove(measure)),
                    }
                }
                decide(&plan, &measurements, Some(&transcript), &thresholds)
            };
            let best = verdict([1000, 1000, 20_000, 20_000].map(Some));
            let said = [pad_fas, pad_fr, pad_pair, pad_fused];
            let found = verdict(said);
            prop_assert!(!all_passed(&found) || all_passed(&best));
            for (gate, at_best) in found.iter().zip(&best).filter(|(gate, _)| !gate.name().starts_with("pad_")) {
                prop_assert_eq!(gate, at_best);
            }
            if said.iter().any(Option::is_none) {
                prop_assert!(!all_passed(&found));
            }
        }

        #[test]
        fn one_step_beyond_any_bound_refuses(index in 0..Measure::ALL.len(), step in 1i32..1000) {
            let (plan, thresholds) = (plan(), Thresholds::from_manifest());
            let measure = Measure::ALL[index];
            prop_assume!(mandatory_before_match(&plan).contains(&measure) && measure != Measure::Entropy && measure != Measure::Phrase);
            let bound = thresholds.of(measure).unwrap();
            let beyond = if measure.row().sense == Sense::AtLeast { bound - step } else { bound + step };
            let mut measurements = passing(&thresholds);
            measurements.set(measure, f64::from(beyond) / 1000.0);
            let gates = decide(&plan, &measurements, Some(&phrase::spoken(plan.phrase())), &thresholds);
            prop_assert_eq!(gates.iter().filter(|gate| !gate.passed).count(), 1);
            prop_assert_eq!(refusing(&gates), measure.name());
        }
    }
}
