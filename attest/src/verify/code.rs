//! Stable codes of the checks.

macro_rules! codes {
    ($(#[doc = $doc:literal] $name:ident = $step:literal $text:literal;)*) => {
        $(#[doc = $doc] pub const $name: &str = $text;)*
        /// What each check of an approval asks, in words.
        const WORDS: &[(&str, &str)] = &[$(($text, $doc)),*];
        /// Every check of an approval with its step, in the order of the steps.
        pub const APPROVAL: &[(u8, &str)] = &[$(($step, $text)),*];
    };
}
codes! {
    /// The bundle is within its limits and canonical.
    BUNDLE = 1 "bundle";
    /// Each object decodes, has its type, and is signed by the key that it names.
    OBJECTS = 1 "objects";
    /// The body names the objects of the bundle, no more and no fewer.
    NAMED = 1 "named";
    /// Each passkey was asked by a relying party that the policy names, on one of its pages.
    RELYING_PARTY = 1 "relying-party";
    /// Nothing comes from the future.
    FUTURE = 1 "future";
    /// The request had not expired, and was made before it was approved.
    TIMES = 1 "times";
    /// The request neither waited nor asks for longer than it may.
    REQUEST_LIFE = 1 "request-life";
    /// The verdict was young enough when the approval was made.
    VERDICT_AGE = 1 "verdict-age";
    /// The approval still allows the use.
    LAPSED = 1 "lapsed";
    /// Descriptor revisions are chained and signed by the owner of the revision before.
    DESCRIPTOR_CHAIN = 2 "descriptor-chain";
    /// Rules revisions are chained and signed by owner or agent.
    RULES_CHAIN = 2 "rules-chain";
    /// No two revisions have the same number.
    EQUIVOCATION = 2 "owner-equivocation";
    /// The revisions named are the highest below the approval in the log, and stand before the verdict too.
    IN_FORCE = 2 "in-force";
    /// The verifier knows of no later descriptor.
    DESCRIPTOR_HEAD = 2 "descriptor-head";
    /// The verifier knows of no later revision.
    RULES_HEAD = 2 "rules-head";
    /// No owner took the approval back, as far as the verifier knows.
    WITHDRAWN = 2 "withdrawn";
    /// The verdict covers this request and its assets.
    VERDICT_SUBJECT = 3 "verdict-subject";
    /// Evaluating again gives the same verdict.
    VERDICT_REPRODUCED = 3 "verdict-reproduced";
    /// The rules permit.
    VERDICT_PERMITS = 3 "verdict-permits";
    /// The classifiers give the scores of the verdict, or a checker of the policy vouches for them.
    SCORES = 3 "scores";
    /// Enough registrars signed each epoch.
    REGISTRARS = 4 "registrars";
    /// Epochs are chained.
    EPOCH_CHAIN = 4 "epoch-chain";
    /// The epoch is not made by development keys, or these are allowed.
    EPOCH_DEVELOPMENT = 4 "epoch-development";
    /// The epoch is made for this log.
    EPOCH_LOG = 4 "epoch-log";
    /// The epoch was in force at the co-signature's place in the log.
    EPOCH_IN_FORCE = 4 "epoch-in-force";
    /// The verifier knows of no newer epoch that was left out.
    EPOCH_HEAD = 4 "epoch-head";
    /// The validator is not revoked.
    REVOKED = 4 "revoked";
    /// The validator has the minimum stake.
    STAKE = 4 "stake";
    /// By the key events that are shown, the validator's key approves for its person.
    KEYS = 4 "keys";
    /// The co-signature is for this request and verdict.
    COSIGNATURE_SUBJECT = 5 "cosignature-subject";
    /// The validator's key lives where the policy allows.
    CUSTODY = 5 "custody";
    /// A provisioner signed the secure element's certificate, and a root the provisioner's.
    CERTIFICATE = 5 "certificate";
    /// The root is one that the policy names, and is no provisioner.
    CERTIFICATE_ROOT = 5 "certificate-root";
    /// The provisioner may vouch for the element's hardware model.
    CERTIFICATE_MODEL = 5 "certificate-model";
    /// Both certificates were valid when the validator signed.
    CERTIFICATE_TIME = 5 "certificate-time";
    /// Neither provisioner nor root is a validator or has a stake.
    CERTIFICATE_INDEPENDENCE = 5 "certificate-independence";
    /// The kiosk is not revoked.
    KIOSK_REVOKED = 5 "kiosk-revoked";
    /// The token is well-formed and signed by the element.
    ATTESTATION = 5 "attestation";
    /// The firmware is one that the policy names, not debugged, and no tamper line is open.
    DEVICE_STATE = 5 "device-state";
    /// The token's nonce binds request, verdict, validator and challenge.
    NONCE = 5 "nonce";
    /// The token names this report.
    REPORT_DIGEST = 5 "report-digest";
    /// The session was within its time.
    SESSION_TIME = 5 "session-time";
    /// Neither source nor element is simulated, or that is allowed.
    SIMULATED = 5 "simulated";
    /// The prompts follow from the challenge.
    PROMPTS = 5 "prompts";
    /// The prompts have the entropy asked for.
    ENTROPY = 5 "entropy";
    /// Consent was spoken where the rules ask for it, and what was recognised is what the prompts allow.
    SPOKEN_CONSENT = 5 "spoken-consent";
    /// Every mandatory gate was judged and passed.
    GATES = 5 "gates";
    /// No gate was judged with a looser bound than the policy's.
    GATE_BOUNDS = 5 "gate-bounds";
    /// The verifying key is one that the policy names.
    VERIFYING_KEY = 5 "verifying-key";
    /// Public inputs are canonical and the ones recomputed.
    PUBLIC_INPUTS = 5 "public-inputs";
    /// The model is one that the rules allow.
    MODEL = 5 "model";
    /// The thresholds are at least the rules'.
    THRESHOLDS = 5 "thresholds";
    /// The proof verifies.
    PROOF = 5 "proof";
    /// Validators are pairwise distinct.
    DISTINCT_VALIDATORS = 6 "distinct-validators";
    /// Nullifiers are pairwise distinct.
    DISTINCT_NULLIFIERS = 6 "distinct-nullifiers";
    /// No two captures share element and counter.
    DISTINCT_CAPTURES = 6 "distinct-captures";
    /// Counters grow, and no nullifier stands in another co-signature, as far as the verifier remembers.
    REPLAY = 6 "replay";
    /// Nobody approves what they ask for, own or are paid for, unless the policy accepts it.
    ROLES = 6 "roles";
    /// Enough validators approved, with the modalities asked for.
    QUORUM = 6 "quorum";
    /// They stood before enough different kiosks, of enough different operators.
    SPREAD = 6 "spread";
    /// They approved within the quorum's age.
    AGE = 6 "age";
    /// A witness's time says so too.
    WITNESS_TIME = 6 "witness-time";
    /// The log's key signed the checkpoint.
    CHECKPOINT = 7 "checkpoint";
    /// Request, descriptors, rules, verdict, co-signatures, epochs and body are under it.
    INCLUSION = 7 "inclusion";
    /// They were logged in an order that makes sense.
    ORDER = 7 "log-order";
    /// Witnesses saw the same log.
    WITNESSES = 7 "witnesses";
}

/// What a check of an approval asks, in one sentence; empty for an unknown code.
pub fn words(code: &str) -> &'static str {
    WORDS.iter().find(|(text, _)| *text == code).map_or("", |(_, words)| words.trim())
}

/// Consent receipt, captures and record belong together and follow each other in time.
pub const CONSENT: &str = "consent";
/// One element took both captures, one after the other, each under a challenge of its own.
pub const CAPTURES: &str = "captures";
/// Nobody like this was enrolled at the kiosk, by a bound no looser than the policy's.
pub const DUPLICATES: &str = "duplicates";
/// Nobody like this is enrolled at any other kiosk, as three searchers of the policy say.
pub const UNIQUE: &str = "unique";
/// The policy says who runs the kiosk.
pub const KIOSK_OPERATOR: &str = "kiosk-operator";
/// A registrar of another operator endorsed the record.
pub const ENDORSEMENT: &str = "endorsement";
/// The registrar's key is not one for development, or these are allowed.
pub const ENDORSEMENT_DEVELOPMENT: &str = "endorsement-development";

/// Every check of an enrolment with its step, in the order of the steps.
pub const ENROLMENT: &[(u8, &str)] = &[
    (1, BUNDLE),
    (1, OBJECTS),
    (1, RELYING_PARTY),
    (1, FUTURE),
    (2, CONSENT),
    (3, CERTIFICATE),
    (3, CERTIFICATE_ROOT),
    (3, CERTIFICATE_MODEL),
    (3, CERTIFICATE_TIME),
    (3, CERTIFICATE_INDEPENDENCE),
    (3, KIOSK_REVOKED),
    (3, ATTESTATION),
    (3, DEVICE_STATE),
    (3, NONCE),
    (3, REPORT_DIGEST),
    (3, SESSION_TIME),
    (3, SIMULATED),
    (3, PROMPTS),
    (3, ENTROPY),
    (3, GATES),
    (3, GATE_BOUNDS),
    (3, CAPTURES),
    (4, VERIFYING_KEY),
    (4, PUBLIC_INPUTS),
    (4, MODEL),
    (4, THRESHOLDS),
    (4, PROOF),
    (5, DUPLICATES),
    (5, UNIQUE),
    (6, KIOSK_OPERATOR),
    (6, ENDORSEMENT),
    (6, ENDORSEMENT_DEVELOPMENT),
    (7, CHECKPOINT),
    (7, INCLUSION),
    (7, ORDER),
    (7, WITNESSES),
];

/// Checks of an approval that need something that a verifier may not have. Every other one has to be made and to pass.
pub(super) const APPROVAL_OPTIONAL: [&str; 10] = [
    FUTURE,
    LAPSED,
    DESCRIPTOR_HEAD,
    RULES_HEAD,
    WITHDRAWN,
    EPOCH_HEAD,
    KEYS,
    REPLAY,
    WITNESS_TIME,
    WITNESSES,
];

/// The same for an enrolment.
pub(super) const ENROLMENT_OPTIONAL: [&str; 4] = [FUTURE, KIOSK_REVOKED, UNIQUE, WITNESSES];

/// The same for an enrolment that a registrar is asked to endorse.
pub(super) const UNENDORSED_OPTIONAL: [&str; 6] =
    [FUTURE, KIOSK_REVOKED, UNIQUE, WITNESSES, ENDORSEMENT, ENDORSEMENT_DEVELOPMENT];
