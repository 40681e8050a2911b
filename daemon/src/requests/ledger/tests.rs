//! The books, without camera and element: what is acknowledged is there again, whatever the crash left.

mod enrolments;
mod snapshot;

use std::path::Path;

use ed25519_dalek::SigningKey;
use wetsign_attest::{
    Object, Signed,
    id::{Atto, Blob, Digest, Id, PublicKey, Scalar},
    object::{
        AssetDescriptor, AssetKind, Attributes, CoSignature, Content, Custody, Decline, HumanDecision,
        MatchProof, Modality, Payee, Policy, Quorum, Refusal, RefusalStage, RulesRevision, UsageRequest,
        Withdrawal,
    },
    rules::SCHEMA_VERSION,
};
use wetsign_models::text::ContentScorer;

use super::{Ledger, LedgerParts, Standing, Trust, layout::with_request};
use crate::{
    error::LedgerError,
    keys::Keys,
    store::records::{self, Enrolled, Intent, LeafRecord, Logged},
    store::{Batch, Table},
};

const NOW: u64 = 1_800_000_000;
const ORIGIN: &str = "test.example/log";
const MODEL: Scalar = Scalar([9; 32]);

fn key(n: u8) -> SigningKey {
    SigningKey::from_bytes(&[n; 32])
}

fn open(state: &Path) -> Ledger {
    let parts = LedgerParts {
        keys: Keys::open(state).unwrap(),
        scorer: ContentScorer::new(None),
        registrars: (vec![PublicKey::from(&key(50))], 1),
        verifying_key: vec![1],
        origin: ORIGIN.into(),
        trust: Trust {
            minimum_stake: Atto(1),
            model: MODEL,
            relying_parties: Vec::new(),
            registered_requesters: false,
            escrow_watchers: Vec::new(),
            policy: None,
        },
    };
    Ledger::open(state, parts, NOW).unwrap()
}

fn descriptor() -> Signed<AssetDescriptor> {
    let owner = PublicKey::from(&key(1));
    let descriptor = AssetDescriptor {
        revision: 1,
        asset: None,
        previous: None,
        kind: AssetKind::Genome,
        title: "a voice".into(),
        content: Digest::of(b"content"),
        modalities: vec![Modality::Voice],
        owner,
        signed_by: owner,
        agents: vec![],
        evm: None,
        payees: vec![Payee { account: "owner".into(), basis_points: 10_000 }],
    };
    Signed::sign(descriptor, &key(1)).unwrap()
}

fn rules(asset: Id, number: u64, previous: Option<Id>, signer: &SigningKey) -> Signed<RulesRevision> {
    let policy = |id: &str, text: &str| Policy { id: id.into(), text: text.into() };
    let revision = RulesRevision {
        asset,
        number,
        previous,
        signed_by: PublicKey::from(signer),
        schema_version: SCHEMA_VERSION,
        policies: vec![
            policy(
                "lessons",
                "@id(\"lessons\") @words(\"lessons are allowed\") permit (principal, action, resource) when { context.purpose == \"lesson\" };",
            ),
            policy(
                "no-sale",
                "@id(\"no-sale\") @words(\"nothing commercial\") forbid (principal, action, resource) when { context has commercial && context.commercial };",
            ),
        ],
        thresholds: vec![],
        quorum: Quorum {
            k: 2,
            modalities: vec![Modality::Face, Modality::Voice],
            max_age_s: 600,
            min_kiosks: None,
            min_operators: None,
            spoken_consent: false,
        },
        tau_face: 30_000,
        tau_voice: 40_000,
        model_ids: vec![MODEL],
    };
    Signed::sign(revision, signer).unwrap()
}

fn request(asset: Id, nonce: u8, commercial: bool) -> Signed<UsageRequest> {
    let request = UsageRequest {
        assets: vec![asset],
        requester: PublicKey::from(&key(2)),
        app: "org.example".into(),
        attributes: Attributes {
            purpose: "lesson".into(),
            commercial: Some(commercial),
            ..Attributes::default()
        },
        content: Content::Text("rivers carry rain to the sea".into()),
        fee: Atto(0),
        nonce: Blob(vec![nonce; 16]),
        created: NOW,
        expires: NOW + 3600,
        opens_to: None,
        transfer: None,
        escrow: None,
    };
    Signed::sign(request, &key(2)).unwrap()
}

fn registered(ledger: &Ledger) -> Id {
    let descriptor = descriptor();
    let rules = rules(descriptor.id(), 1, None, &key(1));
    ledger.register_asset(descriptor.bytes(), rules.bytes(), NOW).unwrap().0
}

fn enrol(ledger: &Ledger, validator: &SigningKey) {
    let empty = || Blob(vec![]);
    let enrolled = Enrolled {
        label: "someone".into(),
        leaf: Scalar([0; 32]),
        record: empty(),
        consent: empty(),
        together: empty(),
        time: NOW,
        template: empty(),
        credential: empty(),
        device: None,
    };
    let mut batch = Batch::new();
    batch.put(Table::Enrolment, PublicKey::from(validator).as_bytes(), &records::encode(&enrolled));
    ledger.store().commit(&batch).unwrap();
}

fn decline(ledger: &Ledger, request: Id, validator: &SigningKey) -> Result<Signed<Decline>, LedgerError> {
    let kept = keep_decline(ledger, request, validator)?;
    ledger.log_decline(&kept.id(), &request)?;
    Ok(kept)
}

fn keep_decline(
    ledger: &Ledger,
    request: Id,
    validator: &SigningKey,
) -> Result<Signed<Decline>, LedgerError> {
    let verdict = ledger.open_for(&request, &PublicKey::from(validator), NOW)?;
    let reason = "not in my name".into();
    let decline = Decline { request, verdict, validator: PublicKey::from(validator), reason, time: NOW };
    ledger.keep_decline(Signed::sign(decline, validator).unwrap(), NOW)
}

/// A co-signature as the books take it; nobody checks its proof here.
fn cosign(ledger: &Ledger, request: Id, validator: &SigningKey, epoch: Id) -> Signed<CoSignature> {
    let verdict = ledger.open_for(&request, &PublicKey::from(validator), NOW).unwrap();
    let cosignature = CoSignature {
        request,
        verdict,
        decision: HumanDecision::Approve,
        proof: MatchProof {
            proof: Blob(vec![0; 128]),
            inputs: vec![Scalar([0; 32]); 9],
            verifying_key: Digest([1; 32]),
        },
        attestation: Blob(vec![1]),
        chain: Blob(vec![2]),
        report: Blob(vec![3]),
        epoch,
        validator: PublicKey::from(validator),
        custody: Custody::Kiosk,
        time: NOW,
    };
    ledger.keep_cosignature(Signed::sign(cosignature, validator).unwrap(), NOW).unwrap()
}

/// As if the object had been stored, and the log had failed then.
fn unlog(ledger: &Ledger, id: &Id) {
    let logged = ledger.store().get(Table::Logged, &id.0).unwrap().unwrap();
    let Logged { salt, record, .. } = records::decode(&logged).unwrap();
    let intent = records::encode(&Intent { salt, record, number: 0 });
    let mut batch = Batch::new();
    batch.put(Table::Intent, &id.0, &intent).remove(Table::Logged, &id.0);
    ledger.store().commit(&batch).unwrap();
}

#[test]
fn what_comes_again_is_answered_only_once_it_is_logged() {
    let state = tempfile::tempdir().unwrap();
    let ledger = open(state.path());
    enrol(&ledger, &key(3));
    let (descriptor, asset) = (descriptor(), registered(&ledger));
    let first = rules(asset, 1, None, &key(1));
    let request = request(asset, 1, true);
    let id = ledger.submit(request.bytes(), NOW).unwrap();
    let view = ledger.request(&id, NOW).unwrap();
    let verdict = Signed::<wetsign_attest::object::Verdict>::decode(&view.verdict).unwrap().id();
    let refusal = Signed::<Refusal>::decode(&view.refusal).unwrap().id();
    let all = [asset, first.id(), id, verdict, refusal];
    for object in &all {
        unlog(&ledger, object);
    }

    ledger.register_asset(descriptor.bytes(), first.bytes(), NOW).unwrap();
    ledger.submit(request.bytes(), NOW).unwrap();

    for object in &all {
        assert!(ledger.journal().index_of(object).unwrap().is_some());
    }
    let second = rules(asset, 2, Some(first.id()), &key(1));
    ledger.revise_rules(second.bytes(), NOW).unwrap();
    unlog(&ledger, &second.id());
    ledger.revise_rules(second.bytes(), NOW).unwrap();
    assert!(ledger.journal().index_of(&second.id()).unwrap().is_some());
}

#[test]
fn a_withdrawal_that_was_kept_but_not_logged_is_logged_when_it_comes_again_and_at_the_next_start() {
    let state = tempfile::tempdir().unwrap();
    let ledger = open(state.path());
    let asset = registered(&ledger);
    let signed_by = PublicKey::from(&key(1));
    let withdrawal = Withdrawal { asset, approval: None, reason: None, signed_by, time: NOW };
    let withdrawal = Signed::sign(withdrawal, &key(1)).unwrap();
    let file = ledger.withdraw(withdrawal.bytes(), NOW).unwrap();
    unlog(&ledger, &withdrawal.id());

    assert_eq!(ledger.withdraw(withdrawal.bytes(), NOW).unwrap(), file);

    unlog(&ledger, &withdrawal.id());
    drop(ledger);
    let ledger = open(state.path());
    assert!(ledger.journal().index_of(&withdrawal.id()).unwrap().is_some());
}

#[test]
fn what_a_stranger_asks_of_the_kiosks_state_reads_no_table() {
    let state = tempfile::tempdir().unwrap();
    let ledger = open(state.path());
    let asset = registered(&ledger);
    enrol(&ledger, &key(3));
    drop(ledger);
    let ledger = open(state.path());
    // From now on every look into the store is refused.
    ledger.store().fault().happened("a disk that fails".into());
    assert!(ledger.asset(&asset).is_err());

    assert_eq!((ledger.enrolments(), ledger.journal().size()), (1, 2));
    assert!(ledger.registry().current().is_none());
    assert!(ledger.clock_behind(NOW).is_none());
    let words = ledger.epoch_in_force(NOW).map(drop).unwrap_err().to_string();
    assert!(words.contains("no registry epoch"), "{words}");
}

#[test]
fn a_decline_that_was_kept_but_not_logged_is_logged_and_counted_at_the_next_start() {
    let state = tempfile::tempdir().unwrap();
    let ledger = open(state.path());
    enrol(&ledger, &key(3));
    enrol(&ledger, &key(4));
    let id = ledger.submit(request(registered(&ledger), 1, false).bytes(), NOW).unwrap();
    let kept = keep_decline(&ledger, id, &key(3)).unwrap();
    assert_eq!(ledger.journal().index_of(&kept.id()).unwrap(), None);
    drop(ledger);

    let ledger = open(state.path());

    assert!(ledger.journal().index_of(&kept.id()).unwrap().is_some());
    assert_eq!(ledger.request(&id, NOW).unwrap().standing, Standing::Declined);
}

#[test]
fn a_request_that_nobody_declined_stays_open_over_a_restart_even_with_too_few_enrolled() {
    let state = tempfile::tempdir().unwrap();
    let ledger = open(state.path());
    let id = ledger.submit(request(registered(&ledger), 1, false).bytes(), NOW).unwrap();
    drop(ledger);
    assert_eq!(open(state.path()).request(&id, NOW).unwrap().standing, Standing::Permitted);
}

#[test]
fn an_allowed_request_waits_for_validators_and_is_logged_with_its_verdict() {
    let state = tempfile::tempdir().unwrap();
    let ledger = open(state.path());
    let request = request(registered(&ledger), 1, false);

    let id = ledger.submit(request.bytes(), NOW).unwrap();

    let view = ledger.request(&id, NOW).unwrap();
    assert_eq!((view.standing, view.quorum, view.cosignatures), (Standing::Permitted, 2, 0));
    assert!(view.refusal.is_empty() && !view.verdict.is_empty());
    // Descriptor, rules, request, verdict.
    assert_eq!(ledger.journal().size(), 4);
}

#[test]
fn a_forbidden_request_has_a_signed_logged_refusal_that_names_the_rule() {
    let state = tempfile::tempdir().unwrap();
    let ledger = open(state.path());
    let request = request(registered(&ledger), 1, true);

    let id = ledger.submit(request.bytes(), NOW).unwrap();

    let view = ledger.request(&id, NOW).unwrap();
    assert_eq!(view.standing, Standing::Forbidden);
    assert!(view.reasons.join(" ").contains("nothing commercial"), "{:?}", view.reasons);
    let refusal = Signed::<Refusal>::decode(&view.refusal).unwrap();
    assert_eq!((refusal.payload().stage, refusal.payload().code.as_str()), (RefusalStage::Rules, "no-sale"));
    assert!(ledger.journal().index_of(&refusal.id()).unwrap().is_some());
    let validator = PublicKey::from(&key(3));
    assert!(matches!(ledger.open_for(&id, &validator, NOW), Err(LedgerError::State(_))), "nobody is asked");
}

#[test]
fn the_same_request_again_changes_nothing() {
    let state = tempfile::tempdir().unwrap();
    let ledger = open(state.path());
    let request = request(registered(&ledger), 1, false);
    let id = ledger.submit(request.bytes(), NOW).unwrap();
    let before = (ledger.request(&id, NOW).unwrap(), ledger.journal().size());

    assert_eq!(ledger.submit(request.bytes(), NOW + 5).unwrap(), id);

    assert_eq!((ledger.request(&id, NOW).unwrap(), ledger.journal().size()), before);
}

#[test]
fn a_request_that_a_crash_left_without_a_verdict_gets_one_at_the_next_start() {
    let state = tempfile::tempdir().unwrap();
    let ledger = open(state.path());
    let signed = request(registered(&ledger), 1, false);
    let assets = signed.payload().assets.clone();
    let record = records::RequestRecord::received(NOW, NOW + 3600, assets);
    let batch = with_request(&signed.id(), &record);
    ledger.journal().intend(UsageRequest::TYPE, signed.id(), &[], signed.bytes(), batch).unwrap();
    drop(ledger);

    let ledger = open(state.path());

    assert_eq!(ledger.request(&signed.id(), NOW).unwrap().standing, Standing::Permitted);
    assert!(ledger.journal().index_of(&signed.id()).unwrap().is_some());
}

#[test]
fn everything_acknowledged_is_there_after_a_restart() {
    let state = tempfile::tempdir().unwrap();
    let ledger = open(state.path());
    let asset = registered(&ledger);
    let ids: Vec<Id> =
        (0..5).map(|n| ledger.submit(request(asset, n, n % 2 == 0).bytes(), NOW).unwrap()).collect();
    let before: Vec<_> = ids.iter().map(|id| ledger.request(id, NOW).unwrap()).collect();
    let size = ledger.journal().size();
    drop(ledger);

    let ledger = open(state.path());

    assert_eq!(ids.iter().map(|id| ledger.request(id, NOW).unwrap()).collect::<Vec<_>>(), before);
    assert_eq!(ledger.journal().size(), size, "a restart logs nothing twice");
}

#[test]
fn a_request_for_an_unknown_asset_or_past_its_time_is_not_taken() {
    let state = tempfile::tempdir().unwrap();
    let ledger = open(state.path());
    let unknown = request(Id([9; 32]), 1, false);
    assert!(matches!(ledger.submit(unknown.bytes(), NOW), Err(LedgerError::NotFound { what: "asset", .. })));
    let asset = registered(&ledger);
    let late = request(asset, 1, false);
    assert!(matches!(ledger.submit(late.bytes(), NOW + 3601), Err(LedgerError::State(_))));
    let early = ledger.submit(late.bytes(), NOW - 301);
    assert!(matches!(early, Err(LedgerError::Invalid(why)) if why.contains("comes from the future")));
    let mut forged = request(asset, 2, false).bytes().to_vec();
    *forged.last_mut().unwrap() ^= 1;
    assert!(matches!(ledger.submit(&forged, NOW), Err(LedgerError::Object(_))));
}

#[test]
fn rules_are_revised_only_by_the_owner_and_only_in_order() {
    let state = tempfile::tempdir().unwrap();
    let ledger = open(state.path());
    let asset = registered(&ledger);
    let first = rules(asset, 1, None, &key(1)).id();
    let second = rules(asset, 2, Some(first), &key(1));

    let stranger = rules(asset, 2, Some(first), &key(9));
    assert!(matches!(ledger.revise_rules(stranger.bytes(), NOW), Err(LedgerError::Invalid(_))));
    let skipped = rules(asset, 3, Some(second.id()), &key(1));
    assert!(matches!(ledger.revise_rules(skipped.bytes(), NOW), Err(LedgerError::State(_))));
    assert_eq!(ledger.revise_rules(second.bytes(), NOW).unwrap(), (asset, second.id()));
    assert_eq!(ledger.revise_rules(second.bytes(), NOW).unwrap(), (asset, second.id()), "again is no harm");
}

#[test]
fn a_request_is_declined_once_the_quorum_cannot_be_reached_here() {
    let state = tempfile::tempdir().unwrap();
    let ledger = open(state.path());
    for n in [3, 4, 5] {
        enrol(&ledger, &key(n));
    }
    let id = ledger.submit(request(registered(&ledger), 1, false).bytes(), NOW).unwrap();

    let first = decline(&ledger, id, &key(3)).unwrap();
    assert_eq!(ledger.request(&id, NOW).unwrap().standing, Standing::Permitted, "two of three are left");
    assert!(decline(&ledger, id, &key(3)).is_err(), "one validator declines once");
    decline(&ledger, id, &key(4)).unwrap();

    let view = ledger.request(&id, NOW).unwrap();
    assert_eq!((view.standing, view.declines), (Standing::Declined, 2));
    assert!(ledger.journal().index_of(&first.id()).unwrap().is_some());
}

#[test]
fn an_approval_is_not_found_before_the_quorum() {
    let state = tempfile::tempdir().unwrap();
    let ledger = open(state.path());
    let id = ledger.submit(request(registered(&ledger), 1, false).bytes(), NOW).unwrap();
    assert!(matches!(ledger.bundle(&id), Err(LedgerError::NotFound { .. })));
}

mod epochs {
    use wetsign_attest::{
        Endorsed, binding,
        object::{RegistryEpoch, Stake, StakeSnapshot},
    };
    use wetsign_circuits::{Fr, Registry, Shape};

    use super::*;

    fn epoch(number: u64, previous: Option<Id>, signer: &SigningKey) -> (Vec<u8>, Vec<u8>, Vec<LeafRecord>) {
        let leaf = Fr::from(6 + number);
        let mut tree = Registry::new(Shape::DEFAULT.levels).unwrap();
        tree.set(3, leaf).unwrap();
        let stakes = vec![Stake { validator: PublicKey::from(&key(3)), amount: Atto(5) }];
        let snapshot = StakeSnapshot { epoch: number, stakes, parameters: None };
        let epoch = RegistryEpoch {
            number,
            root: binding::scalar(&tree.root()),
            size: 1,
            previous,
            revoked_leaves: vec![],
            revoked_kiosks: vec![],
            stakes: snapshot.id().unwrap(),
            from_index: 0,
            time: NOW,
            development: true,
            log: Some(ORIGIN.into()),
        };
        let endorsed = Endorsed::sign(epoch, &[signer]).unwrap();
        let leaves = vec![LeafRecord { index: 3, leaf: binding::scalar(&leaf) }];
        (endorsed.bytes().to_vec(), snapshot.to_payload().unwrap(), leaves)
    }

    #[test]
    fn an_epoch_comes_into_force_and_stays_after_a_restart() {
        let state = tempfile::tempdir().unwrap();
        let ledger = open(state.path());
        let (endorsed, stakes, leaves) = epoch(1, None, &key(50));
        assert_eq!(ledger.install_epoch(&endorsed, &stakes, leaves.clone()).unwrap(), 1);
        assert_eq!(ledger.install_epoch(&endorsed, &stakes, leaves.clone()).unwrap(), 1, "again is no harm");
        drop(ledger);

        let ledger = open(state.path());

        let current = ledger.registry().current().unwrap();
        assert_eq!(current.epoch.number, 1);
        assert!(current.path(&leaves[0].leaf).is_some());
        assert_eq!(ledger.registry().number_of(&current.id), Some(1));
    }

    #[test]
    fn a_co_signature_is_logged_before_it_is_released_again() {
        let state = tempfile::tempdir().unwrap();
        let ledger = open(state.path());
        let (endorsed, stakes, leaves) = epoch(1, None, &key(50));
        ledger.install_epoch(&endorsed, &stakes, leaves).unwrap();
        let epoch = ledger.registry().current().unwrap().id;
        let id = ledger.submit(request(registered(&ledger), 1, false).bytes(), NOW).unwrap();
        let kept = cosign(&ledger, id, &key(3), epoch);
        assert_eq!(ledger.journal().index_of(&kept.id()).unwrap(), None);

        let released = ledger.released(&id, &PublicKey::from(&key(3)), NOW).unwrap().unwrap();

        assert_eq!(released.bytes(), kept.bytes());
        assert!(ledger.journal().index_of(&kept.id()).unwrap().is_some());
        assert!(ledger.released(&id, &PublicKey::from(&key(4)), NOW).unwrap().is_none());
    }

    #[test]
    fn a_restart_reads_the_tree_and_builds_it_anew_only_if_it_is_damaged() {
        use std::os::unix::fs::MetadataExt as _;

        let state = tempfile::tempdir().unwrap();
        let file = state.path().join("registry.tree");
        // Whoever builds the tree writes another file in place of this one.
        let written = || std::fs::metadata(&file).unwrap().ino();
        let root = |ledger: &Ledger| ledger.registry().current().unwrap().root();
        let ledger = open(state.path());
        let (endorsed, stakes, leaves) = epoch(1, None, &key(50));
        ledger.install_epoch(&endorsed, &stakes, leaves).unwrap();
        let first = written();
        let previous = ledger.registry().current().unwrap().id;
        let (endorsed, stakes, leaves) = epoch(2, Some(previous), &key(50));
        ledger.install_epoch(&endorsed, &stakes, leaves).unwrap();
        let expected = root(&ledger);
        drop(ledger);

        let ledger = open(state.path());
        assert_eq!(root(&ledger), expected);
        assert_eq!(written(), first, "nothing was built anew");
        drop(ledger);

        let mut bytes = std::fs::read(&file).unwrap();
        bytes[20] ^= 1;
        std::fs::write(&file, &bytes).unwrap();
        assert_eq!(root(&open(state.path())), expected);
        assert_ne!(written(), first);
        assert_eq!(root(&open(state.path())), expected);
    }

    #[test]
    fn an_epoch_by_a_stranger_with_other_leaves_or_out_of_order_is_refused() {
        let state = tempfile::tempdir().unwrap();
        let ledger = open(state.path());
        let refused = |result: Result<u64, LedgerError>| matches!(result, Err(LedgerError::Invalid(_)));
        let (endorsed, stakes, leaves) = epoch(1, None, &key(51));
        assert!(refused(ledger.install_epoch(&endorsed, &stakes, leaves.clone())), "stranger");
        let (endorsed, stakes, _) = epoch(1, None, &key(50));
        assert!(refused(ledger.install_epoch(&endorsed, &stakes, vec![])), "other leaves");
        assert!(ledger.install_epoch(&endorsed, b"other stakes", leaves.clone()).is_err(), "other stakes");
        let (third, stakes, leaves) = epoch(3, Some(Id([1; 32])), &key(50));
        assert!(refused(ledger.install_epoch(&third, &stakes, leaves)), "out of order");
        assert!(ledger.registry().current().is_none());
    }
}
