//! A whole revision to start from: an owner's voice, for educational narration in English and German, with nothing
//! political and nothing objectionable.
//!
//! The policies are in `example/voice.cedar`; the keys and times here are fixed and belong to nobody.

use super::{RulesError, policies_from_cedar};
use crate::id::{Atto, Blob, Digest, Id, PublicKey, Scalar};
use crate::object::{
    AssetDescriptor, AssetKind, Attributes, ClassifierThreshold, Content, Modality, Object, Policy, Quorum,
    RulesRevision, UsageRequest,
};

/// The example's policies, in Cedar.
pub const VOICE_CEDAR: &str = include_str!("example/voice.cedar");

/// The classifier that the example's bounds name: a placeholder, not the digest of any model.
pub const CLASSIFIER: Digest = Digest([0xC1; 32]);

/// When the example's request was made, UTC seconds.
pub const CREATED: u64 = 1_790_000_000;

/// The example's policies, each with the id that a revision signs.
///
/// # Errors
/// None as long as this crate's tests pass.
pub fn voice_policies() -> Result<Vec<Policy>, RulesError> {
    policies_from_cedar(VOICE_CEDAR)
}

/// The example's bounds for these classifiers, in thousandths: objectionable 300, political 450.
pub fn voice_thresholds(objectionable: Digest, political: Digest) -> Vec<ClassifierThreshold> {
    let threshold =
        |label: &str, classifier, bound| ClassifierThreshold { label: label.into(), classifier, bound };
    vec![threshold("objectionable", objectionable, 300), threshold("political", political, 450)]
}

/// An unsigned voice asset, the first revision of its rules, and a request that they permit for a harmless `text`.
pub fn narration(text: &str) -> (AssetDescriptor, RulesRevision, UsageRequest) {
    let owner = PublicKey::Ed25519([0xA1; 32]);
    let descriptor = AssetDescriptor {
        revision: 1,
        asset: None,
        previous: None,
        kind: AssetKind::Genome,
        title: "A voice".into(),
        content: Digest([0xD1; 32]),
        modalities: vec![Modality::Voice],
        owner,
        signed_by: owner,
        agents: Vec::new(),
        evm: None,
        payees: Vec::new(),
    };
    let asset = descriptor.id().unwrap_or(Id::ZERO);
    let rules = RulesRevision {
        asset,
        number: 1,
        previous: None,
        signed_by: owner,
        schema_version: 1,
        policies: voice_policies().unwrap_or_default(),
        thresholds: voice_thresholds(CLASSIFIER, CLASSIFIER),
        quorum: Quorum {
            k: 2,
            modalities: vec![Modality::Face, Modality::Voice],
            max_age_s: 3600,
            min_kiosks: None,
            min_operators: None,
            spoken_consent: false,
        },
        tau_face: 1 << 15,
        tau_voice: 1 << 15,
        model_ids: vec![Scalar::ZERO],
    };
    let request = UsageRequest {
        assets: vec![asset],
        requester: PublicKey::Ed25519([0xB1; 32]),
        app: "museum-guide".into(),
        attributes: Attributes {
            purpose: "educational-narration".into(),
            medium: Some("audio".into()),
            languages: Some(vec!["en".into()]),
            territories: Some(vec!["DE".into()]),
            audience: Some("school".into()),
            commercial: Some(false),
            duration_days: Some(90),
            derived_work: Some(false),
        },
        content: Content::Text(text.into()),
        fee: Atto(0),
        nonce: Blob(vec![7; 16]),
        created: CREATED,
        expires: CREATED + 86_400,
        opens_to: None,
        transfer: None,
        escrow: None,
    };
    (descriptor, rules, request)
}
