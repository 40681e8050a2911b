//! From what the sensor measured to what is judged, attested and reported. Pure.

use std::collections::BTreeSet;

use wetsign_attest::{
    Object, binding,
    id::{Digest, Id, Scalar},
    object::{self, LightAdvice},
};
use wetsign_circuits::Features;
use wetsign_liveness::{
    CATALOGUE_VERSION, ChallengePlan, Gate, Measure, Measurements, Repertoire, Sense, Thresholds,
    consent::recognised, decide, derive, light::Reflection, match_gates, not_asked,
};
use wetsign_models::template::cosine_i8;
use wetsign_sensor_ipc::{Captured, SourceOpened};

use crate::people::vault::Embedding;

/// A capture, taken over from the sensor; the embeddings are wiped when dropped.
pub struct Evidence {
    /// What was measured.
    pub measurements: Measurements,
    /// What was understood of the phrase; none if nothing was heard.
    pub transcript: Option<zeroize::Zeroizing<String>>,
    /// Face and voice.
    pub embedding: Embedding,
    /// What the page's light says; none if it did not shine.
    pub light: Option<LightAdvice>,
}

impl Evidence {
    /// Takes a capture over and wipes the message. `lit`: the page shone.
    pub fn take(mut captured: Captured, lit: bool) -> Self {
        let names = captured.measurements.iter().map(|(name, value)| (name.as_str(), *value));
        let measurements = Measurements::from_names(names);
        let heard = zeroize::Zeroizing::new(captured.transcript.clone());
        let evidence = Self {
            measurements,
            transcript: (!heard.trim().is_empty()).then_some(heard),
            embedding: Embedding {
                face: captured.face_embedding.clone().into(),
                voice: captured.voice_embedding.clone().into(),
            },
            light: lit.then(|| advice(captured.reflection.as_ref())),
        };
        captured.wipe();
        evidence
    }

    /// What was recognised behind the words of consent, as a digest; none where none was asked for, or heard.
    pub fn spoken(
        &self,
        plan: &ChallengePlan,
        repertoire: &Repertoire,
        challenge: [u8; 32],
    ) -> Option<Digest> {
        let transcript = self.transcript.as_ref().filter(|_| plan.consents())?;
        let words = recognised(plan.phrase(), &repertoire.distinct_vocabulary(), transcript)?;
        Some(binding::spoken(&Digest(challenge), &words))
    }

    /// Quality and liveness gates for this plan.
    pub fn judge(&self, plan: &ChallengePlan, thresholds: &Thresholds) -> Vec<Gate> {
        let transcript = self.transcript.as_ref().map(|text| text.as_str());
        decide(plan, &self.measurements, transcript, thresholds)
    }
}

/// For the operator too: what it says decides nothing.
fn advice(reflection: Option<&wetsign_sensor_ipc::Reflection>) -> LightAdvice {
    let advice = LightAdvice::of(reflection.map(|found| Reflection {
        follows: found.follows,
        lag: found.lag_s,
        nearer: found.nearer,
        proportional: found.proportional,
    }));
    tracing::info!(?advice, "the screen's light");
    advice
}

/// The kiosk's thresholds, with match bounds that are at least those of `tau` (face and voice, t·2^16), rounded up to
/// the thousandth: what passes the gates passes the circuit.
pub fn raised(thresholds: &Thresholds, tau: (u32, u32)) -> Thresholds {
    let mut raised = thresholds.clone();
    for (measure, own, asked) in [
        (Measure::FaceMatch, thresholds.tau_face(), tau.0),
        (Measure::VoiceMatch, thresholds.tau_voice(), tau.1),
    ] {
        // The kiosk's own tau is its bound rounded up: turned back it would be a thousandth more.
        if asked > own
            && let Some(bound) = raised.gates.get_mut(&measure)
        {
            let thousandths = (u64::from(asked) * 1000).div_ceil(1 << 16);
            bound.bound = bound.bound.max(i32::try_from(thousandths).unwrap_or(i32::MAX));
        }
    }
    raised
}

/// Match gates of a probe against a template; no probe, no values.
pub fn compare(template: &Features, probe: Option<&Features>, thresholds: &Thresholds) -> Vec<Gate> {
    let cosine = |pick: fn(&Features) -> &[i8]| probe.map(|probe| cosine_i8(pick(template), pick(probe)));
    match_gates(cosine(|f| &f.face), cosine(|f| &f.voice), thresholds)
}

/// Everything that a liveness report is made of.
pub struct ReportParts<'a> {
    /// The open source.
    pub source: &'a SourceOpened,
    /// What it can show.
    pub repertoire: &'a Repertoire,
    /// The element's challenge.
    pub challenge: [u8; 32],
    /// Prompts derived from both.
    pub plan: &'a ChallengePlan,
    /// All gates judged, match gates included where there was something to match, advice too.
    pub gates: &'a [Gate],
    /// What the page's light says, if it shone.
    pub light: Option<LightAdvice>,
    /// [`Evidence::spoken`].
    pub spoken: Option<Digest>,
    /// What is in force around the sensor program; none if it is away.
    pub confinement: Option<Vec<String>>,
    /// Networks and quantiser.
    pub model_id: Scalar,
    /// Model manifest.
    pub manifest: [u8; 32],
    /// From the first prompt to the end of the capture.
    pub duration_ms: u64,
    /// UTC seconds at the end of the capture.
    pub time: u64,
}

/// The report's payload and its digest.
///
/// # Errors
/// [`wetsign_attest::Error`] if something in it is over a limit.
pub fn report(parts: &ReportParts<'_>) -> Result<(Vec<u8>, Id), wetsign_attest::Error> {
    let asked = derive(&parts.challenge, &Repertoire::live());
    let mut gates: Vec<object::Gate> =
        parts.gates.iter().filter(|gate| gate.measure.reported()).map(gate).collect();
    gates.sort_by(|a, b| a.name.cmp(&b.name));
    let not_shown = not_asked(&parts.plan.prompts, parts.plan.lips_in_step);
    let mut not_shown: Vec<String> = not_shown.iter().map(ToString::to_string).collect();
    not_shown.sort();
    let report = object::LivenessReport {
        source: Some(source(parts.source)),
        repertoire: object::Repertoire::from(parts.repertoire),
        challenge: Digest(parts.challenge),
        catalogue_version: CATALOGUE_VERSION,
        prompts: parts.plan.prompts.iter().map(object::Prompt::from).collect(),
        entropy_millibits: parts.plan.entropy_millibits,
        asked_millibits: asked.entropy_millibits,
        gates,
        not_shown,
        model_id: parts.model_id,
        manifest: Digest(parts.manifest),
        duration_ms: parts.duration_ms,
        time: parts.time,
        light_advice: parts.light,
        confinement: parts
            .confinement
            .clone()
            .map(|layers| layers.into_iter().collect::<BTreeSet<_>>())
            .map(Vec::from_iter),
        spoken: parts.spoken,
    };
    let payload = report.to_payload()?;
    let id = Id::of(&payload);
    Ok((payload, id))
}

fn gate(gate: &Gate) -> object::Gate {
    object::Gate {
        name: gate.name().to_owned(),
        bound: gate.bound,
        sense: match gate.sense() {
            Sense::AtLeast => object::Sense::AtLeast,
            Sense::AtMost => object::Sense::AtMost,
        },
        passed: gate.passed,
        value: gate.public_value(),
    }
}

fn source(opened: &SourceOpened) -> object::Source {
    if opened.simulated {
        return object::Source::Simulated { label: opened.label.clone() };
    }
    object::Source::Live {
        camera: opened.camera.trim().to_owned(),
        microphone: opened.microphone.trim().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use wetsign_liveness::Outcome;

    use super::*;

    fn captured() -> Captured {
        Captured {
            face_embedding: vec![0.5; 192],
            voice_embedding: vec![0.25; 256],
            transcript: "a b c".into(),
            measurements: [("brightness".to_owned(), 400), ("not_a_measure".to_owned(), 1)].into(),
            ..Captured::default()
        }
    }

    #[test]
    fn a_capture_without_a_voice_has_a_missing_voice_gate() {
        let mut captured = captured();
        captured.voice_embedding.clear();
        let evidence = Evidence::take(captured, false);
        let template = Features { face: vec![1; 192], voice: vec![1; 256] };
        let probe = evidence.embedding.features(&[1; 32]);
        let gates = compare(&template, probe.as_ref(), &Thresholds::from_manifest());
        assert!(gates.iter().all(|gate| gate.outcome() == Outcome::Missing), "{gates:?}");
    }

    #[test]
    fn rules_that_ask_for_more_than_the_kiosk_raise_the_match_gates() {
        let own = Thresholds::from_manifest();
        let bound = |thresholds: &Thresholds, measure| thresholds.of(measure).unwrap();
        let (face, voice) = (own.tau_face(), own.tau_voice());
        assert_eq!(raised(&own, (face, voice)), own);
        assert_eq!(raised(&own, (0, 0)), own);

        let stricter = raised(&own, (62_259, voice));

        assert_eq!(bound(&stricter, Measure::FaceMatch), 950, "62259 / 65536 = 0.94999…");
        assert_eq!(bound(&stricter, Measure::VoiceMatch), bound(&own, Measure::VoiceMatch));
        // A cosine of 0.8 each: enough for the kiosk, not for the rules.
        let template = Features { face: [4, 3].repeat(96), voice: [4, 3].repeat(128) };
        let probe = Features { face: [5, 0].repeat(96), voice: [4, 3].repeat(128) };
        let passed = |thresholds| compare(&template, Some(&probe), thresholds)[0].passed;
        assert!(passed(&own) && !passed(&stricter));
    }

    #[test]
    fn an_empty_transcript_is_a_missing_phrase() {
        let plan = derive(&[1; 32], &Repertoire::live());
        let evidence = Evidence::take(Captured { transcript: "  ".into(), ..captured() }, false);
        let gates = evidence.judge(&plan, &Thresholds::from_manifest());
        let phrase = gates.iter().find(|gate| gate.measure == Measure::Phrase).unwrap();
        assert!(phrase.value.is_none() && !phrase.passed);
    }

    #[test]
    fn a_report_carries_no_value_of_a_secret_gate_and_says_simulated() {
        let (repertoire, challenge) = (Repertoire::live(), [7; 32]);
        let plan = derive(&challenge, &repertoire);
        let evidence = Evidence::take(captured(), false);
        let thresholds = Thresholds::from_manifest();
        let mut gates = evidence.judge(&plan, &thresholds);
        let template = Features { face: vec![1; 192], voice: vec![1; 256] };
        gates.extend(compare(&template, Some(&template), &thresholds));
        let opened =
            SourceOpened { label: "replayed subject woman".into(), simulated: true, ..Default::default() };
        let (payload, id) = report(&ReportParts {
            source: &opened,
            repertoire: &repertoire,
            challenge,
            plan: &plan,
            gates: &gates,
            light: evidence.light,
            spoken: evidence.spoken(&plan, &repertoire, challenge),
            confinement: Some(vec!["network".into(), "files".into()]),
            model_id: Scalar([0; 32]),
            manifest: [1; 32],
            duration_ms: 10,
            time: 20,
        })
        .unwrap();

        let report = object::LivenessReport::from_payload(&payload).unwrap();
        assert_eq!(id, Id::of(&payload));
        assert!(report.simulated());
        assert!(report.not_shown.is_empty(), "the live catalogue asks for everything");
        assert!(report.gates.iter().all(|gate| Measure::from_name(&gate.name).unwrap().reported()));
        assert_eq!(report.gate("face_match").unwrap().value, None);
        assert_eq!(report.gate("brightness").unwrap().value, Some(400));
        assert!(!report.gate("phrase").unwrap().passed);
        assert_eq!(report.light_advice, None);
        assert_eq!(report.confinement.unwrap(), ["files", "network"]);
    }

    #[test]
    fn what_is_said_behind_consent_is_kept_as_a_digest() {
        let (challenge, approving) = ([7; 32], Repertoire { consent: true, ..Repertoire::live() });
        let plan = derive(&challenge, &approving);
        let heard = |transcript: String| {
            let evidence = Evidence::take(Captured { transcript, ..captured() }, false);
            let gates = evidence.judge(&plan, &Thresholds::from_manifest());
            let consent = gates.iter().find(|gate| gate.measure == Measure::Consent).unwrap().passed;
            (consent, evidence.spoken(&plan, &approving, challenge))
        };
        let phrase = wetsign_liveness::phrase::spoken(plan.phrase());
        let expected = binding::spoken(&Digest(challenge), plan.phrase());
        assert_eq!(heard(format!("I approve. {phrase}")), (true, Some(expected)));
        assert_eq!(heard(phrase.clone()), (false, None));
        let silent = derive(&challenge, &Repertoire::live());
        let evidence =
            Evidence::take(Captured { transcript: format!("I approve {phrase}"), ..captured() }, false);
        assert_eq!(evidence.spoken(&silent, &Repertoire::live(), challenge), None, "nobody asked");
    }

    #[test]
    fn a_devices_name_is_signed_whole_whatever_stands_in_it() {
        let opened = SourceOpened {
            label: "camera A + B (720p) + microphone C".into(),
            camera: "A + B (720p)".into(),
            microphone: "C".into(),
            ..SourceOpened::default()
        };
        let named = object::Source::Live { camera: "A + B (720p)".into(), microphone: "C".into() };
        assert_eq!(source(&opened), named);
    }

    #[test]
    fn the_page_that_shone_gives_advice_and_no_gate() {
        let reflection = wetsign_sensor_ipc::Reflection {
            follows: 0.97,
            lag_s: 0.1,
            nearer: Some(0.8),
            proportional: 0.9,
        };
        let lit = Captured { reflection: Some(reflection), ..captured() };
        let doubt = |captured, lit| Evidence::take(captured, lit).light.map(|advice| advice.doubt);
        assert_eq!(doubt(lit.clone(), true), Some(None));
        assert_eq!(doubt(lit.clone(), false), None, "nothing shone");
        assert_eq!(doubt(captured(), true), Some(Some(object::LightDoubt::NotMeasured)));
        let plan = derive(&[1; 32], &Repertoire::live());
        let gates = |captured, lit| Evidence::take(captured, lit).judge(&plan, &Thresholds::from_manifest());
        assert_eq!(gates(lit, true), gates(captured(), false));
    }
}
