//! A new phone, a lost one and a stolen one, in the books of a kiosk, with real proofs and a verifier at the end.
//!
//! Person 0 is she; person 1 approves with her. Person 2 of the fixtures is her next phone: a passkey with a leaf of
//! its own, as the second enrolment makes it.

use std::slice::from_ref;

use wetsign_attest::limits::RECOVERY_S;
use wetsign_attest::passkey::software::SoftwarePasskey;
use wetsign_attest::policy::RelyingParty;
use wetsign_attest::verify::Status;

use super::*;

const SHE: usize = 0;
const HE: usize = 1;
const NEW_PHONE: usize = 2;
/// An admin key on paper, and friends who can help.
const PAPER: u8 = 41;
const AGENTS: [u8; 3] = [51, 52, 53];
const THIEF: u8 = 55;

/// What a verifier trusts who takes programs' passkeys.
pub(super) fn with_phones(keys: &Keys) -> TrustPolicy {
    let party = RelyingParty { id: support::PARTY.into(), origins: vec![support::PAGE.into()] };
    TrustPolicy { accept_simulated: true, relying_parties: vec![party], ..trusted(keys) }
}

fn set(admin: u8, approving: &[PublicKey], needed: u32) -> KeySet {
    let mut agents = AGENTS.map(public).to_vec();
    agents.sort_unstable();
    let mut approving = approving.to_vec();
    approving.sort_unstable();
    KeySet { admins: vec![public(admin)], approving, agents, needed }
}

/// Hers, with an admin key on paper and two of three friends who can help.
fn prepared() -> World {
    let mut world = World::with(with_phones);
    world.epoch(STAKE);
    let first = world.event(holder(SHE), public(validator(SHE)), KeyAct::Set(set(PAPER, &[holder(SHE)], 2)));
    world.says(first).unwrap();
    world
}

impl World {
    fn event(&self, person: PublicKey, signed_by: PublicKey, act: KeyAct) -> KeyEvent {
        let keys = self.ledger.key_events(&person).unwrap().keys().unwrap();
        let (number, previous) = keys.newest().map_or((1, None), |(number, id)| (number + 1, Some(id)));
        KeyEvent { person, number, previous, act, signed_by, time: self.now }
    }

    fn says(&mut self, event: KeyEvent) -> Result<Id, String> {
        let signed = support::sign(event);
        self.takes(&signed)
    }

    fn takes(&mut self, signed: &Signed<KeyEvent>) -> Result<Id, String> {
        let taken = self.ledger.take_key_event(signed.bytes(), self.now);
        taken.map(|_| signed.id()).map_err(|error| error.to_string())
    }

    /// Of hers.
    fn does(&mut self, signer: u8, act: KeyAct) -> Result<Id, String> {
        self.says(self.event(holder(SHE), public(signer), act))
    }

    fn new_phone_accepts(&mut self) -> Result<Id, String> {
        let event = self.event(holder(SHE), holder(NEW_PHONE), KeyAct::Accept);
        let signed = support::answered(event, &support::passkey(NEW_PHONE));
        self.takes(&signed)
    }

    fn refuses(&self, request: &Id, person: usize, words: &str) {
        let refused = self.may_begin(request, person).unwrap_err().to_string();
        assert!(refused.contains(words), "{refused}");
    }
}

#[track_caller]
pub(super) fn no<T: std::fmt::Debug>(outcome: Result<T, impl ToString>, words: &str) {
    let why = outcome.unwrap_err().to_string();
    assert!(why.contains(words), "{why}");
}

#[test]
fn with_a_new_phone_she_approves_and_with_the_old_one_no_more() {
    let mut world = prepared();
    world.does(PAPER, KeyAct::Set(set(PAPER, &[holder(SHE), holder(NEW_PHONE)], 2))).unwrap();
    world.new_phone_accepts().unwrap();
    // The registrars let the new enrolment in, which stands beside the old one.
    world.epoch_of(STAKE, &[SHE, HE, NEW_PHONE], &[]).unwrap();
    let both = world.submit(1);
    world.cosign(&both, SHE).unwrap();
    world.refuses(&both, NEW_PHONE, "this person co-signed it already");
    world.does(PAPER, KeyAct::Set(set(PAPER, &[holder(NEW_PHONE)], 2))).unwrap();
    let mut world = world.restart();

    no(world.epoch_of(STAKE, &[SHE, HE, NEW_PHONE], &[]), "does not revoke it");
    world.epoch_of(STAKE, &[HE, NEW_PHONE], &[SHE]).unwrap();

    let request = world.submit(2);
    world.refuses(&request, SHE, "was taken away");
    world.cosign(&request, NEW_PHONE).unwrap();
    world.cosign(&request, HE).unwrap();
    assert!(world.approved(&request));
    let bundle = world.ledger.bundle(&request).unwrap();
    let outcome = verify(
        &bundle,
        &with_phones(world.ledger.keys()),
        Options { now: Some(world.now), ..Options::default() },
    );
    let rows: Vec<_> = report_of(&outcome).checks.iter().filter(|row| row.code == code::KEYS).collect();
    assert!(rows.iter().any(|row| row.status == Status::Passed), "{rows:?}");
    // What she co-signed with the old one is hers to give again, with the new one.
    world.cosign(&both, NEW_PHONE).unwrap();
    world.cosign(&both, HE).unwrap();
    assert!(world.approved(&both));
}

#[test]
fn what_a_stolen_phone_co_signed_is_part_of_no_approval_after_the_next_epoch() {
    let mut world = prepared();
    let request = world.submit(1);
    world.cosign(&request, SHE).unwrap();
    // The thief can do nothing but approve.
    no(world.does(validator(SHE), KeyAct::Set(set(THIEF, &[public(THIEF)], 2))), "no admin key");

    world.does(PAPER, KeyAct::Set(set(PAPER, &[holder(NEW_PHONE)], 2))).unwrap();
    world.epoch_of(STAKE, &[HE], &[SHE]).unwrap();
    world.cosign(&request, HE).unwrap();

    assert_eq!(world.standing(&request), Standing::Permitted);
    world.refuses(&request, SHE, "was taken away");
    no(world.does(validator(SHE), KeyAct::Accept), "no admin key of person");
    world.new_phone_accepts().unwrap();
    world.epoch_of(STAKE, &[HE, NEW_PHONE], &[SHE]).unwrap();
    world.cosign(&request, NEW_PHONE).unwrap();
    assert!(world.approved(&request));
}

#[test]
fn after_a_lost_phone_her_friends_give_her_new_keys_in_a_week() {
    let mut world = prepared();
    let hers = set(42, &[holder(NEW_PHONE)], 2);
    let recovery = world.does(AGENTS[0], KeyAct::Recover(hers)).unwrap();
    no(world.does(AGENTS[0], KeyAct::Support { recovery }), "one agent counts once");
    world.now += 2 * 86_400;
    world.epoch(STAKE);
    let request = world.submit(1);
    world.may_begin(&request, SHE).unwrap();
    world.does(AGENTS[2], KeyAct::Support { recovery }).unwrap();
    let mut world = world.restart();

    world.now += RECOVERY_S - 60;
    world.epoch(STAKE);
    let request = world.submit(2);
    world.may_begin(&request, SHE).unwrap();
    no(world.new_phone_accepts(), "no admin key of person");
    world.now += 60;
    world.may_begin(&request, SHE).unwrap();
    no(world.does(PAPER, KeyAct::Revert { recovery }), "no admin key");
    no(world.epoch_of(STAKE, &[SHE, HE], &[]), "does not revoke it");
    world.new_phone_accepts().unwrap();
    world.epoch_of(STAKE, &[HE, NEW_PHONE], &[SHE]).unwrap();

    world.refuses(&request, SHE, "was taken away");
    world.cosign(&request, NEW_PHONE).unwrap();
    world.cosign(&request, HE).unwrap();
    assert!(world.approved(&request));
}

#[test]
fn her_paper_key_stops_a_thief_who_talked_to_her_friends() {
    let mut world = prepared();
    let theirs = set(THIEF, &[public(THIEF)], 2);
    let recovery = world.does(AGENTS[0], KeyAct::Recover(theirs)).unwrap();
    world.does(AGENTS[1], KeyAct::Support { recovery }).unwrap();
    world.now += RECOVERY_S - 1;
    world.does(PAPER, KeyAct::Revert { recovery }).unwrap();
    world.now += 3 * 86_400;
    let mut world = world.restart();
    world.epoch(STAKE);
    let request = world.submit(1);
    world.cosign(&request, SHE).unwrap();
    world.cosign(&request, HE).unwrap();
    assert!(world.approved(&request));
    no(world.does(THIEF, KeyAct::Accept), "no admin key of person");
}

#[test]
fn events_are_taken_once_in_their_turn_at_their_time_and_for_people_who_are_here() {
    let mut world = prepared();
    let size = world.ledger.journal().size();
    let act = || KeyAct::Set(set(PAPER, &[holder(SHE)], 1));
    let mut bent = |change: &dyn Fn(&mut KeyEvent), words: &str| {
        let mut event = world.event(holder(SHE), public(PAPER), act());
        change(&mut event);
        no(world.says(event), words);
    };
    bent(&|event| event.person = holder(HE), "comes next");
    bent(&|event| event.number = 7, "comes next");
    bent(&|event| event.previous = Some(Id([1; 32])), "comes next");
    bent(&|event| event.time += 1000, "sign it with the present time");
    bent(&|event| event.time -= 1000, "sign it with the present time");
    // Somebody who is not enrolled here begins nothing.
    let nobody = KeyEvent { number: 1, previous: None, ..world.event(public(THIEF), public(THIEF), act()) };
    no(world.says(nobody), "no person enrolled as");
    // His event is not hers, whoever signs it.
    let his = KeyEvent { number: 1, previous: None, ..world.event(holder(HE), public(PAPER), act()) };
    no(world.says(his), "no admin key");
    assert_eq!(world.ledger.journal().size(), size);
    // The same again changes nothing, also much later.
    let signed = support::sign(world.event(holder(SHE), public(PAPER), act()));
    world.takes(&signed).unwrap();
    world.now += 100_000;
    world.takes(&signed).unwrap();
    assert_eq!(world.ledger.journal().size(), size + 1);
}

#[test]
fn a_key_is_one_persons_and_a_passkey_is_asked_on_our_pages() {
    let mut world = prepared();
    // He is a person of his own, and no key of hers, whatever she names.
    world.does(PAPER, KeyAct::Set(set(PAPER, &[holder(SHE), holder(HE), holder(NEW_PHONE)], 2))).unwrap();
    no(world.does(validator(HE), KeyAct::Accept), "is enrolled as a person of its own");
    let event = world.event(holder(SHE), holder(NEW_PHONE), KeyAct::Accept);
    let elsewhere =
        SoftwarePasskey::new(&[validator(NEW_PHONE); 32], "other.example", "https://other.example").unwrap();
    no(world.takes(&support::answered(event, &elsewhere)), "no page of hub.relying_parties");
    world.new_phone_accepts().unwrap();
    // From now on the phone begins no life of its own.
    let own = KeyEvent {
        person: holder(NEW_PHONE),
        number: 1,
        previous: None,
        act: KeyAct::Set(set(PAPER, from_ref(&holder(NEW_PHONE)), 2)),
        signed_by: holder(NEW_PHONE),
        time: world.now,
    };
    no(world.takes(&support::answered(own, &support::passkey(NEW_PHONE))), "and says so itself");
    // Whoever asks by either key gets her events.
    let of = |key| world.ledger.key_events(&key).unwrap().person;
    assert_eq!(
        (of(holder(SHE)), of(holder(NEW_PHONE)), of(holder(HE))),
        (holder(SHE), holder(SHE), holder(HE))
    );
    let all = world.ledger.all_keys(&holder(NEW_PHONE), world.now).unwrap();
    assert!(all.contains(&holder(SHE)) && all.len() == 2, "her enrolment is no duplicate of hers: {all:?}");
}
