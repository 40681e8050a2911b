//! Every bound on what is signed, in one place. Anything over its bound is refused before it is looked at.

/// Bytes of a signed usage request.
pub const REQUEST: usize = 64 * 1024;
/// Bytes of a signed asset descriptor.
pub const DESCRIPTOR: usize = 16 * 1024;
/// Bytes of a signed note of an escrow.
pub const ESCROW: usize = 512;
/// Bytes of a signed rules revision.
pub const RULES: usize = 64 * 1024;
/// Bytes of a signed verdict (16 assets with their inputs).
pub const VERDICT: usize = 128 * 1024;
/// Bytes of a signed registry epoch, with the signatures of its registrars.
pub const EPOCH: usize = 64 * 1024;
/// Bytes of a stake snapshot.
pub const STAKES: usize = 256 * 1024;
/// Bytes of a signed enrolment record.
pub const ENROLMENT: usize = 64 * 1024;
/// Bytes of a signed endorsement of an enrolment.
pub const ENDORSEMENT: usize = 512;
/// Bytes of a uniqueness result, with the signatures of three searchers.
pub const UNIQUENESS: usize = 4 * 1024;
/// Bytes of an enrolment bundle.
pub const ENROLMENT_BUNDLE: usize = 128 * 1024;
/// Bytes of a signed consent receipt.
pub const CONSENT: usize = 16 * 1024;
/// Bytes of a signed device certificate.
pub const DEVICE_CERTIFICATE: usize = 384;
/// Bytes of a signed provisioner certificate.
pub const PROVISIONER_CERTIFICATE: usize = 632;
/// Bytes of a certificate chain. A secure element keeps no more (`wetsign_wire::limits::CERTIFICATE`).
pub const CERTIFICATE_CHAIN: usize = 1024;
/// Bytes of a capture attestation (EAT).
pub const EAT: usize = 2 * 1024;
/// Bytes of a liveness report.
pub const REPORT: usize = 16 * 1024;
/// Bytes of a signed co-signature with its proof, attestation, certificate and report.
pub const COSIGNATURE: usize = 32 * 1024;
/// Bytes of a signed decline.
pub const DECLINE: usize = 4 * 1024;
/// Bytes of a signed refusal.
pub const REFUSAL: usize = 4 * 1024;
/// Bytes of a signed approval body.
pub const APPROVAL: usize = 8 * 1024;
/// Bytes of a signed erasure receipt.
pub const ERASURE: usize = 8 * 1024;
/// Bytes of a signed wish to be erased, with the passkey's assertion.
pub const ERASURE_REQUEST: usize = 4 * 1024;
/// Bytes of a signed complaint, with the passkey's assertion.
pub const COMPLAINT: usize = 4 * 1024;
/// Bytes of what a complaint says.
pub const COMPLAINT_WORDS: usize = 1024;
/// Bytes of a signed receipt of a runner.
pub const RUN: usize = 8 * 1024;
/// Names in each list of such a receipt.
pub const RUN_NAMES: usize = 16;
/// Bytes of a signed withdrawal.
pub const WITHDRAWAL: usize = 1024;
/// Pairing of a device, with the passkey's assertion.
pub const PAIRING: usize = 4 * 1024;
/// Bytes of a signed key event, with the passkey's assertion.
pub const KEY_EVENT: usize = 4 * 1024;
/// Registration of a requester.
pub const REGISTRATION: usize = 16 * 1024;
/// A maker's word about one package.
pub const RELEASE: usize = 4 * 1024;
/// Most purposes that a requester may ask for.
pub const PURPOSES: usize = 32;
/// End of a pairing.
pub const UNPAIRING: usize = 4 * 1024;
/// Bytes of a runner's word on its ephemeral key.
pub const RUNNER_KEY: usize = 512;
/// Bytes of a keyholder's word that it gives a share.
pub const SHARE_RELEASE: usize = 1024;
/// Longest life of a runner's ephemeral key, seconds: as long as a request's.
pub const RUNNER_KEY_S: u64 = REQUEST_LIFE_S;
/// Bytes of a withdrawal bundle.
pub const WITHDRAWAL_BUNDLE: usize = 128 * 1024;
/// Bytes of what a person's own device is asked to sign, with everything that it speaks of.
pub const OFFER: usize = 1024 * 1024;
/// Bytes of a passkey's assertion in a signature field.
pub const ASSERTION: usize = 2 * 1024;
/// Bytes of a passkey's authenticatorData: a new credential's id alone may have 1,023.
pub const AUTHENTICATOR_DATA: usize = 1536;
/// Bytes of a browser's clientDataJSON.
pub const CLIENT_DATA: usize = 1024;
/// Bytes of a log record.
pub const LOG_RECORD: usize = 1024;
/// Bytes of a checkpoint note.
pub const CHECKPOINT: usize = 8 * 1024;
/// Bytes of any signed note that is taken apart: other logs' may carry signatures of several kilobytes.
pub const NOTE: usize = 64 * 1024;
/// Bytes of a witness policy (C2SP tlog-policy).
pub const WITNESS_POLICY: usize = 64 * 1024;
/// Witnesses that a policy may name; as many groups and logs.
pub const WITNESSES: usize = 32;
/// Bytes of a Groth16 verifying key.
pub const VERIFYING_KEY: usize = 4 * 1024;
/// Bytes of a signed model card.
pub const CARD: usize = 32 * 1024;
/// Bytes of a text in a model card.
pub const CARD_TEXT: usize = 1024;
/// Bytes of a model card with its place in a library's log.
pub const CARD_BUNDLE: usize = 64 * 1024;
/// Bytes of the certificates of those who certify markers of files, in a trust policy.
pub const AUTHORITIES: usize = 64 * 1024;
/// Bytes of an approval bundle.
pub const BUNDLE: usize = 1024 * 1024;

/// Assets in one request.
pub const ASSETS: usize = 16;
/// Policies in one rules revision.
pub const POLICIES: usize = 64;
/// Largest quorum.
pub const QUORUM: usize = 16;
/// Co-signatures in one approval.
pub const COSIGNATURES: usize = 16;
/// CBOR containers in one another, the payload's map counted.
pub const NESTING: usize = 16;
/// Revisions of one descriptor or of one asset's rules in a bundle.
pub const CHAIN: usize = 64;
/// Registrars that sign an epoch.
pub const REGISTRARS: usize = 16;
/// Epochs in a bundle (the one in force and the one before).
pub const EPOCHS: usize = 2;
/// Withdrawals in a bundle.
pub const WITHDRAWALS: usize = 16;
/// Log entries in a bundle.
pub const LOG_ENTRIES: usize = 256;
/// Hashes in an inclusion or consistency proof: the depth of a tree of 2^63 leaves, and one.
pub const PROOF_HASHES: usize = 64;
/// Stakes in a snapshot.
pub const STAKE_ENTRIES: usize = 4096;
/// Elements of any other list in a signed object.
pub const LIST: usize = 256;
/// Bytes of a short text: a name, a code, a label, a language tag.
pub const NAME: usize = 256;
/// Admin keys of one person, and as many that approve.
pub const OWN_KEYS: usize = 8;
/// Agents who can recover one person's keys.
pub const KEY_AGENTS: usize = 16;
/// Events in the life of one person's keys.
pub const KEY_EVENTS: usize = 32;
/// How many of them are left to the person, whatever agents say.
pub const KEY_EVENTS_OWN: usize = 8;
/// Between the agent who completes a recovery and its effect, seconds: 7 days.
pub const RECOVERY_S: u64 = 7 * 86_400;
/// Between two words of one agent, seconds: a day.
pub const AGENT_PAUSE_S: u64 = 86_400;
/// What its owner calls a device, bytes.
pub const DEVICE_LABEL: usize = 64;
/// Longest life of a pairing, seconds: 90 days.
pub const PAIRING_S: u64 = 90 * 86_400;
/// Bytes of a hardware model's name.
pub const HWMODEL: usize = 32;
/// Hardware models that one provisioner may vouch for.
pub const HWMODELS: usize = 8;
/// Bytes of a provisioner's name.
pub const PROVISIONER_NAME: usize = 64;
/// Bytes of a device's universal identifier (RFC 9711 § 4.2.1).
pub const UEID: std::ops::RangeInclusive<usize> = 7..=33;

/// Latest time of a request, UTC seconds (in the year 5138): a later one was counted in milliseconds.
pub const LAST_SECOND: u64 = 100_000_000_000;
/// Clock skew tolerated between any two parties, seconds.
pub const CLOCK_SKEW_S: u64 = 300;
/// Time between a session's begin and its attestation, milliseconds.
pub const SESSION_MS: u64 = 60_000;
/// Time between a consent and the enrolment record that it led to, seconds.
pub const ENROLMENT_S: u64 = 600;
/// Length of a registry epoch, seconds.
pub const EPOCH_S: u64 = 3600;
/// Epochs after the newest for which an older one still holds.
pub const EPOCH_GRACE: u64 = 1;

/// Longest life of a request, from its creation to its expiry, seconds: 30 days.
pub const REQUEST_LIFE_S: u64 = 30 * 86_400;
/// Oldest verdict that an approval may rest on, seconds: one day. An older one is given again.
pub const VERDICT_AGE_S: u64 = 86_400;
/// Longest time within which a quorum may be asked to approve, seconds: as long as the epochs of one bundle are in
/// force.
pub const QUORUM_AGE_S: u64 = EPOCH_S * (EPOCHS as u64 + EPOCH_GRACE);
/// Longest use that a request may ask for, days: ten years.
pub const DURATION_DAYS: u64 = 3660;
/// Days for which an approval allows a use whose request declares no duration.
pub const UNDECLARED_DURATION_DAYS: u64 = 30;
