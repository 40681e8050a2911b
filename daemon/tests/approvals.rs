//! What the books call approved, a verifier approves: the hub with whole co-signatures, real proofs among them.

#[macro_use]
#[allow(dead_code, unused_macros)] // each test program uses its part
#[path = "../../attest/tests/support/mod.rs"]
mod support;
#[path = "approvals/keys.rs"]
mod keys;
#[path = "approvals/own.rs"]
mod own;

use std::path::Path;

use futures_util::FutureExt;
use proptest::prelude::*;
use support::{ORIGIN, REGISTRARS, T, cosignature, holder, key, leaves, public, validator};
use wetsign_attest::{
    ApprovalBundle, Endorsed, Signed, TrustPolicy, binding,
    id::{Atto, Blob, Digest, Id, PublicKey, Scalar},
    object::*,
    policy::TrustedLog,
    rules::SCHEMA_VERSION,
    verify::{GivenWithdrawal, Options, code, report_of, verify},
};
use wetsign_models::text::ContentScorer;
use wetsignd::{
    error::LedgerError,
    keys::Keys,
    requests::ledger::{Ledger, LedgerParts, Standing, Trust},
    store::records::LeafRecord,
};

const OWNER: u8 = support::OWNER;
const STAKE: u64 = 1_000;
/// Who looks at a chain for this kiosk.
const WATCHER: u8 = 91;
/// Longest time between the co-signatures of one approval here, seconds.
const MAX_AGE: u64 = 3600;

/// Seconds for which the owner's agent may withdraw.
const MANDATE: u64 = 3600;

/// One kiosk's books, and a clock that a test moves.
struct World {
    folder: tempfile::TempDir,
    ledger: Ledger,
    now: u64,
    captures: u64,
    epochs: Vec<(Endorsed<RegistryEpoch>, StakeSnapshot)>,
    asset: Id,
    rules: Vec<Signed<RulesRevision>>,
    policy: fn(&Keys) -> TrustPolicy,
}

/// The books of a kiosk whose verifiers have this policy.
fn open_for(folder: &Path, now: u64, policy: TrustPolicy) -> Ledger {
    let parts = LedgerParts {
        keys: Keys::open(folder).unwrap(),
        scorer: ContentScorer::new(None),
        registrars: (REGISTRARS.map(public).to_vec(), 2),
        verifying_key: support::verifying_key().to_bytes(),
        origin: ORIGIN.into(),
        trust: Trust {
            registered_requesters: false,
            escrow_watchers: vec![public(WATCHER)],
            minimum_stake: Atto(u128::from(STAKE)),
            model: binding::scalar(&support::model_id()),
            relying_parties: policy.relying_parties.clone(),
            policy: Some(policy),
        },
    };
    Ledger::open(folder, parts, now).unwrap()
}

/// What a verifier of these books trusts.
fn trusted(keys: &Keys) -> TrustPolicy {
    TrustPolicy {
        checkers: vec![PublicKey::from(&keys.checker)],
        minimum_stake: Atto(u128::from(STAKE)),
        accept_development_keys: true,
        log: TrustedLog { origin: ORIGIN.into(), key: PublicKey::from(&keys.log) },
        ..support::policy()
    }
}

fn rules(asset: Id, before: Option<&Signed<RulesRevision>>, purpose: &str) -> Signed<RulesRevision> {
    let text = format!(
        "@id(\"only\") @words(\"{purpose} is allowed\") permit (principal, action, resource) when {{ context.purpose == \"{purpose}\" }};"
    );
    let revision = RulesRevision {
        asset,
        number: before.map_or(1, |before| before.payload().number + 1),
        previous: before.map(Signed::id),
        signed_by: public(OWNER),
        schema_version: SCHEMA_VERSION,
        policies: vec![Policy { id: "only".into(), text }],
        thresholds: vec![],
        quorum: Quorum {
            k: 2,
            modalities: vec![Modality::Face, Modality::Voice],
            max_age_s: MAX_AGE,
            min_kiosks: None,
            min_operators: None,
            spoken_consent: false,
        },
        tau_face: 1 << 15,
        tau_voice: 1 << 15,
        model_ids: vec![binding::scalar(&support::model_id())],
    };
    Signed::sign(revision, &key(OWNER)).unwrap()
}

impl World {
    fn new() -> Self {
        let mut world = Self::with(trusted);
        world.epoch(STAKE);
        world
    }

    /// Before the first epoch, for verifiers with this policy.
    fn with(policy: fn(&Keys) -> TrustPolicy) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ledger = open_for(folder.path(), T, policy(&Keys::open(folder.path()).unwrap()));
        let descriptor = AssetDescriptor {
            revision: 1,
            asset: None,
            previous: None,
            kind: AssetKind::Genome,
            title: "a voice".into(),
            content: Digest::of(b"content"),
            modalities: vec![Modality::Voice],
            owner: public(OWNER),
            signed_by: public(OWNER),
            agents: vec![Agent {
                key: public(support::AGENT),
                actions: vec![AgentAction::Withdraw],
                fee_limit: None,
                expires: T + MANDATE,
            }],
            evm: None,
            payees: vec![],
        };
        let descriptor = Signed::sign(descriptor, &key(OWNER)).unwrap();
        let asset = descriptor.id();
        let first = rules(asset, None, "lesson");
        ledger.register_asset(descriptor.bytes(), first.bytes(), T).unwrap();
        let (epochs, rules) = (Vec::new(), vec![first]);
        Self { folder, ledger, now: T, captures: 0, epochs, asset, rules, policy }
    }

    /// The daemon ends and starts again.
    fn restart(self) -> Self {
        let Self { folder, ledger, now, .. } = self;
        drop(ledger);
        let policy = (self.policy)(&Keys::open(folder.path()).unwrap());
        Self { ledger: open_for(folder.path(), now, policy), folder, ..self }
    }

    /// Registrars publish the next epoch.
    fn epoch(&mut self, stake: u64) {
        self.epoch_of(stake, &[0, 1], &[]).unwrap();
    }

    /// The same, of these people, after the enrolments of others were revoked.
    fn epoch_of(&mut self, stake: u64, people: &[usize], revoked: &[usize]) -> Result<u64, LedgerError> {
        let number = self.epochs.len() as u64 + 1;
        let amount = Atto(u128::from(stake));
        let mut stakes: Vec<_> =
            people.iter().map(|person| Stake { validator: holder(*person), amount }).collect();
        let mut revoked: Vec<_> = revoked
            .iter()
            .map(|person| RevokedLeaf { leaf: leaves()[*person], validator: holder(*person) })
            .collect();
        revoked.sort_by_key(|one| one.leaf);
        stakes.sort_by_key(|stake| stake.validator);
        let stakes = StakeSnapshot { epoch: number, stakes, parameters: None };
        let epoch = RegistryEpoch {
            number,
            root: Self::root(),
            size: leaves().len() as u64,
            previous: self.epochs.last().map(|(epoch, _)| epoch.id()),
            revoked_leaves: revoked,
            revoked_kiosks: vec![],
            stakes: stakes.id().unwrap(),
            from_index: self.ledger.journal().size(),
            time: self.now,
            development: false,
            log: Some(ORIGIN.into()),
        };
        let registrars = REGISTRARS.map(key);
        let epoch = Endorsed::sign(epoch, &registrars.each_ref()).unwrap();
        let leaves = (0..).zip(leaves()).map(|(index, leaf)| LeafRecord { index, leaf }).collect();
        let number = self.ledger.install_epoch(epoch.bytes(), &stakes.to_payload().unwrap(), leaves)?;
        self.epochs.push((epoch, stakes));
        Ok(number)
    }

    fn root() -> Scalar {
        let mut tree = wetsign_circuits::Registry::new(14).unwrap();
        for (index, leaf) in (0..).zip(leaves()) {
            tree.set(index, wetsign_circuits::field::from_bytes(&leaf.0).unwrap()).unwrap();
        }
        binding::scalar(&tree.root())
    }

    fn request(&self, nonce: u8) -> UsageRequest {
        UsageRequest {
            assets: vec![self.asset],
            requester: public(support::REQUESTER),
            app: "org.example".into(),
            attributes: Attributes { purpose: "lesson".into(), ..Attributes::default() },
            content: Content::Text("rivers carry rain to the sea".into()),
            fee: Atto(0),
            nonce: Blob(vec![nonce; 16]),
            created: self.now,
            expires: self.now + 3 * 86_400,
            opens_to: None,
            transfer: None,
            escrow: None,
        }
    }

    fn submit(&self, nonce: u8) -> Id {
        let request = Signed::sign(self.request(nonce), &key(support::REQUESTER)).unwrap();
        self.ledger.submit(request.bytes(), self.now).unwrap()
    }

    fn revise(&mut self, purpose: &str) {
        let next = rules(self.asset, self.rules.last(), purpose);
        self.ledger.revise_rules(next.bytes(), self.now).unwrap();
        self.rules.push(next);
    }

    /// What a person's session asks before a camera opens.
    fn may_begin(&self, request: &Id, person: usize) -> Result<Id, LedgerError> {
        let who = holder(person);
        self.ledger.fit_to_sign(&who, &leaves()[person], self.now)?;
        self.ledger.open_for(request, &who, self.now)
    }

    /// The co-signature of a person, as the session makes it now on this verdict.
    fn signed(&mut self, request: &Id, verdict: &Id, person: usize) -> Signed<CoSignature> {
        let object = |id: &Id| self.ledger.object_bytes("object", id).unwrap();
        let request = Signed::<UsageRequest>::decode(&object(request)).unwrap();
        let verdict = Signed::<Verdict>::decode(&object(verdict)).unwrap();
        self.captures += 1;
        let (now, counter) = (self.now, self.captures);
        let edits = support::Edits {
            prove: true,
            report: Some(Box::new(move |_, report| {
                report.time = now;
                report.challenge = Digest([counter as u8; 32]);
                *report = support::asked_from(
                    &wetsign_liveness::repertoire::Repertoire::live(),
                    report.challenge,
                    now,
                );
            })),
            claims: Some(Box::new(move |_, claims| claims.counter = counter)),
            cosignature: Some(Box::new(move |_, given| given.time = now)),
            ..support::Edits::default()
        };
        cosignature(&edits, person, &request, &verdict, &self.epochs.last().unwrap().0, None)
    }

    /// A whole session; whether it ended in a co-signature.
    fn cosign(&mut self, request: &Id, person: usize) -> Result<(), LedgerError> {
        let verdict = self.may_begin(request, person)?;
        let signed = self.signed(request, &verdict, person);
        let kept = self.ledger.keep_cosignature(signed, self.now)?;
        self.ledger.log_cosignature(&kept.id(), request, self.now)
    }

    fn standing(&self, request: &Id) -> Standing {
        self.ledger.request(request, self.now).unwrap().standing
    }

    /// Two people approve a request; its bundle, and the approval's id.
    fn approve(&mut self, nonce: u8) -> (Id, Vec<u8>, Id) {
        let request = self.submit(nonce);
        self.cosign(&request, 0).unwrap();
        self.cosign(&request, 1).unwrap();
        assert!(self.approved(&request));
        let bundle = self.ledger.bundle(&request).unwrap();
        let body = ApprovalBundle::unverified(&bundle).unwrap().body;
        let body = Signed::<ApprovalBody>::decode(&body.0).unwrap().id();
        (request, bundle, body)
    }

    fn withdrawal(&self, approval: Option<Id>, signer: u8) -> Signed<Withdrawal> {
        let reason = Some("the voice is sold".into());
        let (asset, time) = (self.asset, self.now);
        support::sign(Withdrawal { asset, approval, reason, signed_by: public(signer), time })
    }

    /// What a verifier says of a bundle, told of this withdrawal.
    #[track_caller]
    fn lapsed(&self, bundle: &[u8], withdrawals: &[GivenWithdrawal]) {
        let options = Options { now: Some(self.now), withdrawals, ..Options::default() };
        let outcome = verify(bundle, &trusted(self.ledger.keys()), options);
        let report = report_of(&outcome);
        assert!(report.lapsed, "{:#?}", report.failures().collect::<Vec<_>>());
        assert_eq!(report.first_failure(), Some(code::WITHDRAWN));
    }

    /// What is approved verifies; says whether it is approved.
    #[track_caller]
    fn approved(&self, request: &Id) -> bool {
        if self.standing(request) != Standing::Approved {
            return false;
        }
        let bundle = self.ledger.bundle(request).unwrap();
        let options = Options { now: Some(self.now), ..Options::default() };
        let outcome = verify(&bundle, &(self.policy)(self.ledger.keys()), options);
        let failures: Vec<_> = report_of(&outcome).failures().collect();
        assert!(outcome.is_ok(), "the books say approved, a verifier says: {failures:#?}");
        true
    }
}

#[test]
fn two_people_close_together_make_an_approval_that_verifies() {
    let mut world = World::new();
    let request = world.submit(1);
    world.cosign(&request, 0).unwrap();
    assert!(!world.approved(&request));
    world.now += 60;
    world.cosign(&request, 1).unwrap();
    assert!(world.approved(&request));
    // It is made once: the same bytes each time, with the head that the log had then.
    let bundle = world.ledger.bundle(&request).unwrap();
    world.submit(2);
    assert_eq!(world.ledger.bundle(&request).unwrap(), bundle);
    assert_eq!(world.restart().ledger.bundle(&request).unwrap(), bundle);
}

#[test]
fn a_fee_in_escrow_is_believed_by_the_note_of_a_watcher_that_the_kiosk_names() {
    let mut world = World::new();
    let account = |byte| wetsign_attest::evm::EvmAddress([byte; 20]);
    let place = Escrow { chain_id: 1, contract: account(1), account: account(2), terms: Digest([3; 32]) };
    let request = UsageRequest { escrow: Some(place), fee: Atto(5), ..world.request(1) };
    let request = Signed::sign(request, &key(support::REQUESTER)).unwrap();
    let noted = |by: u8, id: Id| {
        let expires = request.payload().expires;
        let (watcher, time) = (public(by), world.now);
        let (fee, block, hash) = (Atto(5), 9, Digest([4; 32]));
        let note = EscrowNote { request: id, escrow: place, fee, expires, block, hash, watcher, time };
        Signed::sign(note, &key(by)).unwrap().bytes().to_vec()
    };
    let refused = |note: Option<Vec<u8>>, why: &str| {
        let error = world.ledger.submit_escrowed(request.bytes(), note.as_ref(), world.now).unwrap_err();
        assert!(error.to_string().contains(why), "{error}");
        assert!(world.ledger.request(&request.id(), world.now).is_err(), "nothing was taken in");
    };
    refused(None, "no note of a watcher");
    refused(Some(noted(support::OTHER, request.id())), "none of the 1 watchers");
    refused(Some(noted(WATCHER, Id([9; 32]))), "of request");
    let mut forged = noted(WATCHER, request.id());
    *forged.last_mut().unwrap() ^= 1;
    refused(Some(forged), "");

    let note = noted(WATCHER, request.id());
    let id = world.ledger.submit_escrowed(request.bytes(), Some(&note), world.now).unwrap();
    // The same again changes nothing, with the note or without.
    assert_eq!(world.ledger.submit(request.bytes(), world.now).unwrap(), id);
    world.cosign(&id, 0).unwrap();
    world.cosign(&id, 1).unwrap();
    assert!(world.approved(&id));
}

#[test]
fn where_verifiers_ask_for_witnesses_the_bundle_that_is_kept_is_one_that_they_take() {
    use wetsign_attest::log::{KeyKind, VerifierKey, WitnessPolicy, cosign::cosign, note::Note};
    const WITNESS: u8 = 90;
    let world = World::new();
    let witness = VerifierKey::new("w.example", KeyKind::Cosignature, public(WITNESS)).unwrap();
    let witnesses = WitnessPolicy::parse(&format!("witness w {witness}\nquorum w\n")).unwrap();
    let policy = TrustPolicy { witnesses: Some(witnesses), ..trusted(world.ledger.keys()) };
    let World { folder, ledger, now, .. } = world;
    drop(ledger);
    let ledger = open_for(folder.path(), now, policy.clone());
    let mut world = World { folder, ledger, ..world };
    let request = world.submit(1);
    world.cosign(&request, 0).unwrap();
    world.cosign(&request, 1).unwrap();
    assert_eq!(world.standing(&request), Standing::Approved, "a witness that is away stops no approval");

    let first_failure = |bundle: &[u8]| {
        let options = Options { now: Some(now), ..Options::default() };
        report_of(&verify(bundle, &policy, options)).first_failure()
    };
    assert_eq!(first_failure(&world.ledger.bundle(&request).unwrap()), Some(code::WITNESSES));
    let journal = world.ledger.journal();
    let head = journal.lacking(0).unwrap().unwrap().checkpoint;
    let line = cosign(Note::parse(&head).unwrap().text, "w.example", &key(WITNESS), now).unwrap();
    journal.witnessed(head + &line).unwrap();
    let bundle = world.ledger.bundle(&request).unwrap();
    assert_eq!(first_failure(&bundle), None);
    // From then on it is the same, whatever comes after.
    world.submit(2);
    assert_eq!(world.ledger.bundle(&request).unwrap(), bundle);
}

#[test]
fn people_too_far_apart_make_no_approval_until_the_first_comes_again() {
    let mut world = World::new();
    let request = world.submit(1);
    world.cosign(&request, 0).unwrap();
    world.now += MAX_AGE + 1800;
    let mut world = world.restart();
    world.epoch(STAKE);

    world.cosign(&request, 1).unwrap();
    assert_eq!(world.standing(&request), Standing::Permitted, "an age that no verifier takes");

    // He is asked again, on a new verdict: nobody signs one question twice.
    world.now += 60;
    world.cosign(&request, 0).unwrap();
    assert!(!world.approved(&request));
    world.cosign(&request, 1).unwrap();
    assert!(world.approved(&request));
}

#[test]
fn nobody_is_led_before_the_camera_under_an_epoch_that_is_over() {
    let mut world = World::new();
    let request = world.submit(1);
    world.now += 3 * 3600;
    let refused = world.may_begin(&request, 0).unwrap_err().to_string();
    assert!(refused.contains("epoch 1") && refused.contains("new registry epoch"), "{refused}");
    world.epoch(STAKE);
    world.may_begin(&request, 0).unwrap();
}

#[test]
fn nobody_is_asked_who_has_less_at_stake_than_verifiers_want() {
    let mut world = World::new();
    let request = world.submit(1);
    world.epoch(STAKE - 1);
    let refused = world.may_begin(&request, 0).unwrap_err().to_string();
    assert!(refused.contains("stake 999") && refused.contains("minimum 1000"), "{refused}");
}

#[test]
fn co_signatures_under_epochs_that_no_bundle_holds_make_no_approval() {
    let mut world = World::new();
    let request = world.submit(1);
    world.cosign(&request, 0).unwrap();
    for _ in 0..3 {
        world.now += 60;
        world.epoch(STAKE);
    }
    world.cosign(&request, 1).unwrap();
    assert_eq!(world.standing(&request), Standing::Permitted);
    world.cosign(&request, 0).unwrap();
    world.cosign(&request, 1).unwrap();
    assert!(world.approved(&request));
}

#[test]
fn an_owners_no_stops_what_waits_and_what_is_being_signed() {
    let mut world = World::new();
    let request = world.submit(1);
    world.cosign(&request, 0).unwrap();
    let verdict = world.may_begin(&request, 1).unwrap();
    let signed = world.signed(&request, &verdict, 1);
    let mut watcher = world.ledger.watch(&request);

    world.revise("nothing");

    assert_eq!(world.standing(&request), Standing::Forbidden);
    assert!(watcher.changed().now_or_never().is_some(), "who watches is told");
    assert!(matches!(world.ledger.keep_cosignature(signed, world.now), Err(LedgerError::State(_))));
    assert!(!world.ledger.request(&request, world.now).unwrap().refusal.is_empty());
    assert_eq!(world.restart().standing(&request), Standing::Forbidden);
}

#[test]
fn a_revision_that_still_permits_asks_everybody_anew() {
    let mut world = World::new();
    let request = world.submit(1);
    world.cosign(&request, 0).unwrap();
    let verdict = world.may_begin(&request, 1).unwrap();
    let signed = world.signed(&request, &verdict, 1);
    world.now += 1;

    world.revise("lesson");

    let refused = world.ledger.keep_cosignature(signed, world.now).unwrap_err().to_string();
    assert!(refused.contains("judged again"), "{refused}");
    assert_eq!(world.ledger.request(&request, world.now).unwrap().cosignatures, 0);
    world.cosign(&request, 0).unwrap();
    world.cosign(&request, 1).unwrap();
    assert!(world.approved(&request));
}

#[test]
fn an_old_verdict_is_given_again_before_anybody_is_asked() {
    let mut world = World::new();
    let request = world.submit(1);
    let first = world.may_begin(&request, 0).unwrap();
    world.now += 5 * 3600;
    world.epoch(STAKE);
    assert_eq!(world.may_begin(&request, 0).unwrap(), first, "young enough");
    world.now += 20 * 3600;
    world.epoch(STAKE);
    assert_ne!(world.may_begin(&request, 0).unwrap(), first);
    world.cosign(&request, 0).unwrap();
    world.cosign(&request, 1).unwrap();
    assert!(world.approved(&request));
}

#[test]
fn the_hub_signs_nothing_that_its_own_check_refuses() {
    let mut world = World::new();
    let request = world.submit(1);
    world.cosign(&request, 0).unwrap();
    let verdict = world.may_begin(&request, 1).unwrap();
    // A capture whose element was opened: the books take it, a verifier does not.
    let mut edits = support::Edits { prove: true, ..support::Edits::default() };
    let now = world.now;
    edits.claims = Some(Box::new(|_, claims| claims.tamper = 1));
    edits.report = Some(Box::new(move |_, report| report.time = now));
    edits.cosignature = Some(Box::new(move |_, given| given.time = now));
    let object = |id: &Id| world.ledger.object_bytes("object", id).unwrap();
    let (asked, judged) =
        (Signed::decode(&object(&request)).unwrap(), Signed::decode(&object(&verdict)).unwrap());
    let tampered = cosignature(&edits, 1, &asked, &judged, &world.epochs[0].0, None);
    let size = world.ledger.journal().size();

    let kept = world.ledger.keep_cosignature(tampered, world.now).unwrap();
    world.ledger.log_cosignature(&kept.id(), &request, world.now).unwrap();

    assert_eq!(world.standing(&request), Standing::Permitted);
    assert_eq!(world.ledger.journal().size(), size + 1, "the co-signature, and no approval");
    let reasons = world.ledger.request(&request, world.now).unwrap().reasons.join("\n");
    assert!(reasons.contains(code::DEVICE_STATE), "{reasons}");
}

#[test]
fn an_owner_takes_an_approval_back_and_whoever_asks_is_told() {
    let mut world = World::new();
    let (request, bundle, body) = world.approve(1);
    let (other, ..) = world.approve(2);
    let withdrawal = world.withdrawal(Some(body), OWNER);

    let file = world.ledger.withdraw(withdrawal.bytes(), world.now).unwrap();

    let told = |world: &World| {
        assert_eq!(world.standing(&request), Standing::Withdrawn);
        let refused = world.ledger.bundle(&request).unwrap_err();
        let words = refused.to_string();
        assert!(words.contains(&public(OWNER).to_string()) && words.contains("the voice is sold"), "{words}");
        assert!(
            matches!(refused, LedgerError::Withdrawn { withdrawal: bytes, .. } if bytes == withdrawal.bytes())
        );
        let view = world.ledger.request(&request, world.now).unwrap();
        assert_eq!(view.withdrawal, withdrawal.bytes());
        assert!(view.reasons.iter().any(|reason| reason.starts_with("withdrawn by")), "{:?}", view.reasons);
        // Who has the bundle already, and who asks for what held.
        let given = GivenWithdrawal::decode(&file.to_bytes().unwrap()).unwrap();
        world.lapsed(&bundle, &[given]);
        world.lapsed(&world.ledger.withdrawn_bundle(&request).unwrap(), &[]);
        assert!(world.approved(&other), "another approval stands");
    };
    told(&world);
    // Again, nothing changes; another one of the same approval is refused.
    let size = world.ledger.journal().size();
    assert_eq!(world.ledger.withdraw(withdrawal.bytes(), world.now + 90_000).unwrap(), file);
    world.now += 1;
    let second = world.withdrawal(Some(body), OWNER);
    let refused = world.ledger.withdraw(second.bytes(), world.now).unwrap_err().to_string();
    assert!(refused.contains("is withdrawn by"), "{refused}");
    assert_eq!(world.ledger.journal().size(), size);
    told(&world.restart());
}

#[test]
fn nobody_but_the_owner_and_an_agent_within_the_mandate_takes_an_approval_back() {
    let mut world = World::new();
    let (request, bundle, body) = world.approve(1);
    let size = world.ledger.journal().size();
    for stranger in [support::OTHER, support::REQUESTER, validator(0), validator(1)] {
        for approval in [None, Some(body)] {
            let refused = world.ledger.withdraw(world.withdrawal(approval, stranger).bytes(), world.now);
            let words = refused.unwrap_err().to_string();
            assert!(words.contains("neither owner nor agent for withdrawals"), "{words}");
        }
    }
    let signed = |change: &dyn Fn(&mut Withdrawal)| {
        let mut withdrawal = world.withdrawal(Some(body), OWNER).into_payload();
        change(&mut withdrawal);
        world.ledger.withdraw(support::sign(withdrawal).bytes(), world.now).unwrap_err()
    };
    let foreign = signed(&|withdrawal| withdrawal.asset = Id([1; 32]));
    assert!(matches!(foreign, LedgerError::NotFound { what: "asset", .. }));
    for id in [Id([1; 32]), request] {
        let missing = signed(&|withdrawal| withdrawal.approval = Some(id));
        assert!(matches!(missing, LedgerError::NotFound { what: "approval of that asset", .. }), "{missing}");
    }
    for time in [world.now - 1000, world.now + 1000] {
        let dated = signed(&|withdrawal| withdrawal.time = time).to_string();
        assert!(dated.contains("sign it with the present time"), "{dated}");
    }
    let missing = world.ledger.withdrawn_bundle(&request).unwrap_err();
    assert!(matches!(missing, LedgerError::NotFound { .. }));
    assert_eq!(world.ledger.journal().size(), size);
    assert!(world.approved(&request));

    world.now = T + MANDATE + 1;
    let late = world.ledger.withdraw(world.withdrawal(Some(body), support::AGENT).bytes(), world.now);
    assert!(late.unwrap_err().to_string().contains("mandate ended"));
    world.now = T + MANDATE;
    let file =
        world.ledger.withdraw(world.withdrawal(Some(body), support::AGENT).bytes(), world.now).unwrap();
    world.lapsed(&bundle, &[GivenWithdrawal::decode(&file.to_bytes().unwrap()).unwrap()]);
}

#[test]
fn a_withdrawal_of_all_ends_what_was_approved_and_nothing_that_waits() {
    let mut world = World::new();
    let (first, _, body) = world.approve(1);
    let (second, bundle, _) = world.approve(2);
    let waiting = world.submit(3);
    world.cosign(&waiting, 0).unwrap();

    let file = world.ledger.withdraw(world.withdrawal(None, OWNER).bytes(), world.now).unwrap();

    for request in [first, second] {
        assert_eq!(world.standing(&request), Standing::Withdrawn);
    }
    world.lapsed(&bundle, &[GivenWithdrawal::decode(&file.to_bytes().unwrap()).unwrap()]);
    let refused = world.ledger.withdraw(world.withdrawal(Some(body), OWNER).bytes(), world.now).unwrap_err();
    assert!(refused.to_string().contains("with all of the asset up to then"), "{refused}");
    // What waits is the rules' to stop. Approved afterwards, it stands, in the same second.
    world.cosign(&waiting, 1).unwrap();
    let world = world.restart();
    assert!(world.approved(&waiting));
    assert_eq!(world.standing(&first), Standing::Withdrawn);
    let mut listed = Vec::new();
    let withdrawn = |standing| standing == Standing::Withdrawn;
    let give = |view: wetsignd::requests::ledger::RequestView| {
        listed.push(view.id);
        true
    };
    world.ledger.requests(withdrawn, None, 10, world.now, give).unwrap();
    listed.sort_unstable();
    let mut both = [first, second];
    both.sort_unstable();
    assert_eq!(listed, both);
}

/// What may happen at a kiosk, in any order.
#[derive(Debug, Clone)]
enum Step {
    Wait(u64),
    Epoch,
    Stake(u64),
    CoSign(usize),
    Revise(bool),
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => prop_oneof![Just(30), Just(1800), Just(3500), Just(3700), Just(9000)].prop_map(Step::Wait),
        3 => Just(Step::Epoch),
        1 => prop_oneof![Just(STAKE), Just(STAKE - 1)].prop_map(Step::Stake),
        8 => (0..2_usize).prop_map(Step::CoSign),
        1 => prop_oneof![4 => Just(true), 1 => Just(false)].prop_map(Step::Revise),
        1 => Just(Step::Restart),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]
    #[test]
    fn whatever_the_books_call_approved_a_verifier_approves(steps in prop::collection::vec(step(), 4..18)) {
        let mut world = World::new();
        let request = world.submit(1);
        for step in steps {
            match step {
                Step::Wait(seconds) => world.now += seconds,
                Step::Epoch => world.epoch(STAKE),
                Step::Stake(stake) => world.epoch(stake),
                // A refusal before the camera is as good as a co-signature; only what is acknowledged counts.
                Step::CoSign(person) => drop(world.cosign(&request, person)),
                Step::Revise(permits) => world.revise(if permits { "lesson" } else { "nothing" }),
                Step::Restart => world = world.restart(),
            }
            if world.approved(&request) {
                break;
            }
        }
    }
}
