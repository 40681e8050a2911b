//! A person's keys: a new phone, a lost one, a stolen one; and what nobody brings about who may not.

#[macro_use]
#[allow(dead_code, unused_macros)] // each test program uses its part
mod support;

use proptest::prelude::*;
use support::expect::{refused, sound};
use support::*;
use wetsign_attest::id::{Id, PublicKey};
use wetsign_attest::limits::{AGENT_PAUSE_S, CLOCK_SKEW_S, KEY_EVENTS, KEY_EVENTS_OWN, RECOVERY_S};
use wetsign_attest::object::*;
use wetsign_attest::passkey::software::SoftwarePasskey;
use wetsign_attest::terms::{self, Keys, PlacedKeyEvent};
use wetsign_attest::verify::{Status, code};
use wetsign_attest::{Error, Signed};

const DAY: u64 = 86_400;
/// Keys that passkeys hold are numbers from here on; the others are Ed25519.
const PASSKEYS: u8 = 100;
const PHONE: u8 = 101;
const NEW_PHONE: u8 = 102;
const THIEFS: u8 = 103;
/// An admin key on a piece of paper at home.
const PAPER: u8 = 41;
/// Two friends with programs, one with a phone.
const AGENTS: [u8; 3] = [51, 52, 104];
const STRANGER: u8 = 55;

fn device(number: u8) -> SoftwarePasskey {
    SoftwarePasskey::new(&[number; 32], PARTY, PAGE).unwrap()
}

fn of(number: u8) -> PublicKey {
    if number < PASSKEYS { public(number) } else { device(number).public() }
}

fn sorted(numbers: &[u8]) -> Vec<PublicKey> {
    let mut keys: Vec<_> = numbers.iter().map(|number| of(*number)).collect();
    keys.sort_unstable();
    keys
}

fn set(admins: &[u8], approving: &[u8], agents: &[u8], needed: u32) -> KeySet {
    KeySet { admins: sorted(admins), approving: sorted(approving), agents: sorted(agents), needed }
}

/// One person's events in a log, and a clock that a test moves.
struct Life {
    person: PublicKey,
    events: Vec<(u64, Signed<KeyEvent>)>,
    place: u64,
    now: u64,
}

impl Life {
    fn of_phone() -> Self {
        Self { person: of(PHONE), events: Vec::new(), place: 10, now: T }
    }

    /// With an admin key on paper, and two of three agents who can help.
    fn prepared() -> Self {
        let mut life = Self::of_phone();
        life.does(PHONE, KeyAct::Set(set(&[PAPER], &[PHONE], &AGENTS, 2))).unwrap();
        life
    }

    fn keys(&self) -> Keys {
        let events = self.placed();
        terms::keys_after(self.person, &events).unwrap()
    }

    fn placed(&self) -> Vec<PlacedKeyEvent<'_>> {
        let one = |(place, signed): &'_ (u64, Signed<KeyEvent>)| (*place, signed.id());
        self.events
            .iter()
            .map(|event| {
                let (place, id) = one(event);
                PlacedKeyEvent { place, id, event: event.1.payload() }
            })
            .collect()
    }

    fn next(&self, signer: u8, act: KeyAct) -> KeyEvent {
        let newest = self.keys().newest();
        let (number, previous) = newest.map_or((1, None), |(number, id)| (number + 1, Some(id)));
        KeyEvent { person: self.person, number, previous, act, signed_by: of(signer), time: self.now }
    }

    /// Signs, and takes it if it may be.
    fn does(&mut self, signer: u8, act: KeyAct) -> Result<Id, String> {
        let event = self.next(signer, act);
        self.takes(signer, event)
    }

    fn takes(&mut self, signer: u8, event: KeyEvent) -> Result<Id, String> {
        let signed =
            if signer < PASSKEYS { sign_by(signer, event) } else { answered(event, &device(signer)) };
        self.keys().after(signed.id(), signed.payload())?;
        self.place += 3;
        self.now += 1;
        let id = signed.id();
        self.events.push((self.place, signed));
        Ok(id)
    }

    /// The registrars' next epoch, made now.
    fn epoch(&self) -> RegistryEpoch {
        RegistryEpoch {
            number: 2,
            root: wetsign_attest::id::Scalar([0; 32]),
            size: 0,
            previous: Some(Id([1; 32])),
            revoked_leaves: vec![],
            revoked_kiosks: vec![],
            stakes: Id([2; 32]),
            from_index: self.place + 1,
            time: self.now,
            development: false,
            log: Some(ORIGIN.into()),
        }
    }

    /// What each of these keys may do in an epoch made now.
    fn approve(&self, keys: &[u8]) -> Vec<bool> {
        self.approve_in(&self.epoch(), keys)
    }

    fn approve_in(&self, epoch: &RegistryEpoch, keys: &[u8]) -> Vec<bool> {
        let state = terms::keys_in(self.person, &self.placed(), epoch).unwrap();
        keys.iter().map(|key| state.may_approve(&of(*key)).holds).collect()
    }
}

fn sign_by(number: u8, event: KeyEvent) -> Signed<KeyEvent> {
    Signed::sign(event, &key(number)).unwrap()
}

#[track_caller]
fn no<T: std::fmt::Debug>(outcome: Result<T, String>, words: &str) {
    let why = outcome.unwrap_err();
    assert!(why.contains(words), "{why}");
}

#[test]
fn a_new_phone_takes_the_place_of_the_old_one_from_the_next_epoch_on() {
    let mut life = Life::prepared();
    let before = life.epoch();

    // The admin key names it; the new phone says itself that it is hers; then the old one goes.
    life.does(PAPER, KeyAct::Set(set(&[PAPER], &[PHONE, NEW_PHONE], &AGENTS, 2))).unwrap();
    assert_eq!(life.approve(&[PHONE, NEW_PHONE]), [true, false], "named is not accepted");
    life.does(NEW_PHONE, KeyAct::Accept).unwrap();
    assert_eq!(life.approve(&[PHONE, NEW_PHONE]), [true, true]);
    life.does(PAPER, KeyAct::Set(set(&[PAPER], &[NEW_PHONE], &AGENTS, 2))).unwrap();

    assert_eq!(life.approve(&[PHONE, NEW_PHONE]), [false, true]);
    assert_eq!(
        life.approve_in(&before, &[PHONE, NEW_PHONE]),
        [true, false],
        "the epoch of before stays as it was"
    );
    // She is still called by the key of her first enrolment.
    assert_eq!(life.keys().person(), of(PHONE));
    no(life.does(PHONE, KeyAct::Accept), "no admin key of person");
    no(life.does(PAPER, KeyAct::Set(set(&[PAPER], &[PHONE], &AGENTS, 2))), "was taken away: make a new key");
}

#[test]
fn a_stolen_phone_is_out_at_the_next_epoch_and_says_nothing_more() {
    let mut life = Life::prepared();
    // The thief has the phone's passkey, and that only approves.
    no(life.does(PHONE, KeyAct::Set(set(&[THIEFS], &[THIEFS], &[], 0))), "no admin key");
    no(life.does(THIEFS, KeyAct::Accept), "no admin key of person");

    life.does(PAPER, KeyAct::Set(set(&[PAPER], &[NEW_PHONE], &AGENTS, 2))).unwrap();

    assert_eq!(life.approve(&[PHONE, NEW_PHONE]), [false, false], "nobody, until the new phone accepts");
    assert_eq!(life.keys().former().collect::<Vec<_>>(), [&of(PHONE)]);
    no(life.does(PHONE, KeyAct::Accept), "no admin key of person");
    life.does(NEW_PHONE, KeyAct::Accept).unwrap();
    assert_eq!(life.approve(&[PHONE, NEW_PHONE]), [false, true]);
}

#[test]
fn a_thief_who_asks_for_a_recovery_is_stopped_by_an_admin_key_in_time() {
    let mut life = Life::prepared();
    let theirs = KeyAct::Recover(set(&[THIEFS], &[THIEFS], &[], 0));
    let recovery = life.does(AGENTS[0], theirs).unwrap();
    life.does(AGENTS[1], KeyAct::Support { recovery }).unwrap();
    life.now += RECOVERY_S - 10;

    life.does(PAPER, KeyAct::Revert { recovery }).unwrap();

    life.now += 30 * DAY;
    assert_eq!(life.approve(&[PHONE, THIEFS]), [true, false]);
    no(life.does(PAPER, KeyAct::Revert { recovery }), "no recovery");
    no(life.does(AGENTS[2], KeyAct::Support { recovery }), "no recovery");
}

#[test]
fn whoever_has_an_admin_key_needs_no_recovery() {
    let mut life = Life::prepared();
    let recovery = life.does(AGENTS[0], KeyAct::Recover(set(&[THIEFS], &[THIEFS], &[], 0))).unwrap();
    life.does(AGENTS[1], KeyAct::Support { recovery }).unwrap();
    life.does(PAPER, KeyAct::Set(set(&[PAPER], &[PHONE], &[], 0))).unwrap();
    life.now += 30 * DAY;
    assert_eq!(life.approve(&[PHONE, THIEFS]), [true, false]);
    assert!(life.keys().recoveries().is_empty());
}

#[test]
fn after_a_lost_phone_two_of_three_agents_give_her_new_keys_a_week_later() {
    let mut life = Life::prepared();
    let before = life.epoch();
    let hers = KeyAct::Recover(set(&[42], &[NEW_PHONE], &AGENTS, 2));
    let recovery = life.does(AGENTS[0], hers).unwrap();
    life.now += 2 * DAY;
    assert!(life.keys().recoveries()[0].effective.is_none(), "one of three is not two");
    life.does(AGENTS[2], KeyAct::Support { recovery }).unwrap();
    let week = life.keys().recoveries()[0].effective.unwrap();
    assert_eq!(week, life.now - 1 + RECOVERY_S, "the week begins with the second of them");

    life.now = week - 1;
    assert_eq!(life.approve(&[PHONE]), [true], "not a second earlier");
    no(life.does(NEW_PHONE, KeyAct::Accept), "no admin key of person");
    life.now = week;
    no(life.does(PAPER, KeyAct::Revert { recovery }), "no admin key");
    life.does(NEW_PHONE, KeyAct::Accept).unwrap();

    assert_eq!(life.approve(&[PHONE, NEW_PHONE]), [false, true], "the old key is refused at the next epoch");
    assert_eq!(life.approve_in(&before, &[PHONE, NEW_PHONE]), [true, false]);
    // The old admin key says nothing any more, the new one does.
    no(life.does(PAPER, KeyAct::Set(set(&[PAPER], &[NEW_PHONE], &[], 0))), "no admin key");
    life.does(42, KeyAct::Set(set(&[42], &[NEW_PHONE], &[], 0))).unwrap();
}

#[test]
fn a_recovery_holds_by_its_time_alone_though_nobody_says_more() {
    let mut life = Life::prepared();
    let recovery = life.does(AGENTS[0], KeyAct::Recover(set(&[42], &[NEW_PHONE], &[], 0))).unwrap();
    life.does(AGENTS[1], KeyAct::Support { recovery }).unwrap();
    life.now += RECOVERY_S - 2;
    assert_eq!(life.approve(&[PHONE]), [true]);
    life.now += 1;
    assert_eq!(life.approve(&[PHONE]), [false]);
}

#[test]
fn too_few_agents_and_one_who_comes_twice_recover_nothing() {
    let mut life = Life::prepared();
    let wanted = || KeyAct::Recover(set(&[THIEFS], &[THIEFS], &[], 0));
    let recovery = life.does(AGENTS[0], wanted()).unwrap();
    no(life.does(AGENTS[0], KeyAct::Support { recovery }), "one agent counts once");
    life.now += AGENT_PAUSE_S;
    no(life.does(AGENTS[0], KeyAct::Support { recovery }), "one agent counts once");
    // Nor does it help to begin another one: an agent wants one at a time.
    life.does(AGENTS[0], wanted()).unwrap();
    assert_eq!(life.keys().recoveries().len(), 1);
    life.now += 30 * DAY;
    assert_eq!(life.approve(&[PHONE, THIEFS]), [true, false]);
}

#[test]
fn an_agent_who_thinks_again_stops_the_week() {
    let mut life = Life::prepared();
    let recovery = life.does(AGENTS[0], KeyAct::Recover(set(&[THIEFS], &[THIEFS], &[], 0))).unwrap();
    life.does(AGENTS[1], KeyAct::Support { recovery }).unwrap();
    no(life.does(AGENTS[1], KeyAct::Recover(set(&[42], &[NEW_PHONE], &[], 0))), "may again after a day");
    life.now += AGENT_PAUSE_S;
    let other = life.does(AGENTS[1], KeyAct::Recover(set(&[42], &[NEW_PHONE], &[], 0))).unwrap();
    assert!(life.keys().recoveries().iter().all(|waiting| waiting.effective.is_none()));
    life.does(AGENTS[2], KeyAct::Support { recovery: other }).unwrap();
    life.now += RECOVERY_S;
    life.does(NEW_PHONE, KeyAct::Accept).unwrap();
    assert_eq!(life.approve(&[PHONE, THIEFS, NEW_PHONE]), [false, false, true]);
}

#[test]
fn nobody_says_anything_of_keys_that_are_not_theirs_to_say() {
    let mut life = Life::prepared();
    let recovery = life.does(AGENTS[0], KeyAct::Recover(set(&[42], &[NEW_PHONE], &[], 0))).unwrap();
    for signer in [STRANGER, PHONE, AGENTS[1]] {
        no(life.does(signer, KeyAct::Set(set(&[signer], &[signer], &[], 0))), "no admin key");
        no(life.does(signer, KeyAct::Revert { recovery }), "no admin key");
    }
    for signer in [STRANGER, PAPER, AGENTS[1], NEW_PHONE] {
        no(life.does(signer, KeyAct::Accept), "no admin key of person");
    }
    for signer in [STRANGER, PHONE, PAPER] {
        no(life.does(signer, KeyAct::Recover(set(&[signer], &[signer], &[], 0))), "no agent");
        no(life.does(signer, KeyAct::Support { recovery }), "no agent");
    }
    no(life.does(AGENTS[1], KeyAct::Support { recovery: Id([9; 32]) }), "no recovery");
    no(life.does(PHONE, KeyAct::Accept), "already");
}

#[test]
fn an_event_again_for_another_person_or_out_of_its_turn_changes_nothing() {
    let life = Life::prepared();
    let first = life.events[0].1.clone();
    no(life.keys().after(first.id(), first.payload()), "event 2 comes next");
    let changed = |change: &dyn Fn(&mut KeyEvent)| {
        let mut event = life.next(PAPER, KeyAct::Set(set(&[PAPER], &[PHONE], &[], 0)));
        change(&mut event);
        let signed = sign_by(PAPER, event);
        life.keys().after(signed.id(), signed.payload())
    };
    assert!(changed(&|_| ()).is_ok());
    no(changed(&|event| event.person = of(STRANGER)), "it is of person");
    no(changed(&|event| event.previous = Some(Id([3; 32]))), "comes next");
    no(changed(&|event| event.number = 3), "comes next");
    no(changed(&|event| event.time = T - 1), "before the event before it");
    // Another person's chain takes none of hers, whoever signed it.
    no(Keys::enrolled(of(STRANGER)).after(first.id(), first.payload()), "it is of person");
}

#[test]
fn a_clock_that_lies_does_not_shorten_the_week() {
    let mut life = Life::prepared();
    let epoch = RegistryEpoch { from_index: life.place + 1, time: life.now, ..life.epoch() };
    // Agents, with the log's help, date what they say back by a week.
    let early = life.now - RECOVERY_S;
    life.events[0].1 =
        answered(KeyEvent { time: early - 1, ..life.events[0].1.payload().clone() }, &device(PHONE));
    life.now = early;
    let recovery = life.does(AGENTS[0], KeyAct::Recover(set(&[THIEFS], &[THIEFS], &[], 0))).unwrap();
    life.does(AGENTS[1], KeyAct::Support { recovery }).unwrap();
    no(terms::keys_in(life.person, &life.placed(), &epoch), "behind registry epoch 2");
    // Nor does one from the future freeze her keys: it counts for nothing.
    let mut life = Life::prepared();
    life.now += CLOCK_SKEW_S + 2;
    life.does(PAPER, KeyAct::Set(set(&[PAPER], &[NEW_PHONE], &[], 0))).unwrap();
    let epoch = RegistryEpoch { time: T, ..life.epoch() };
    no(terms::keys_in(life.person, &life.placed(), &epoch), "before registry epoch 2");
    life.events[1].0 = 1;
    no(terms::keys_in(life.person, &life.placed(), &life.epoch()), "another order");
}

#[test]
fn agents_leave_room_for_the_person() {
    let mut life = Life::prepared();
    while life.events.len() < KEY_EVENTS - KEY_EVENTS_OWN {
        life.now += AGENT_PAUSE_S;
        life.does(AGENTS[0], KeyAct::Recover(set(&[THIEFS], &[THIEFS], &[], 0))).unwrap();
    }
    life.now += AGENT_PAUSE_S;
    no(life.does(AGENTS[0], KeyAct::Recover(set(&[THIEFS], &[THIEFS], &[], 0))), "the person's own");
    while life.events.len() < KEY_EVENTS {
        life.does(PAPER, KeyAct::Set(set(&[PAPER], &[PHONE], &[], 0))).unwrap();
    }
    no(life.does(PAPER, KeyAct::Set(set(&[PAPER], &[PHONE], &[], 0))), "the most");
}

#[test]
fn a_set_of_keys_that_leaves_nobody_a_say_or_counts_one_twice_is_none() {
    let bad = |keys: KeySet, words: &str| {
        let event = Life::of_phone().next(PHONE, KeyAct::Set(keys));
        let Err(Error::Value { reason, field, .. }) = event.check() else { panic!("{event:?} is taken") };
        assert!(format!("{field} {reason}").contains(words), "{field} {reason}");
    };
    bad(set(&[], &[PHONE], &[], 0), "one at least");
    bad(set(&[PAPER], &[], &[], 0), "one at least");
    bad(set(&[PAPER], &[PHONE], &AGENTS, 0), "needed");
    bad(set(&[PAPER], &[PHONE], &AGENTS, 4), "needed");
    bad(set(&[PAPER], &[PHONE], &[], 1), "needed");
    bad(set(&[PAPER, PAPER], &[PHONE], &[], 0), "ascending");
    bad(set(&[PAPER], &[PHONE], &[51, PHONE], 1), "an agent too");
    bad(set(&[PAPER], &[PHONE], &[51, PAPER], 1), "an agent too");
    // On no curve: 2, and x = 1.
    let nobody =
        PublicKey::P256(std::array::from_fn(|at| [2, 0, 1][usize::from(at > 0) + usize::from(at == 32)]));
    bad(KeySet { approving: vec![nobody], ..set(&[PAPER], &[PHONE], &[], 0) }, "nobody can sign");
    let most: Vec<u8> = (60..69).collect();
    let event = Life::of_phone().next(PHONE, KeyAct::Set(set(&most, &[PHONE], &[], 0)));
    assert!(matches!(event.check(), Err(Error::Limit { .. })));
    // The largest one fits, signed by a passkey.
    let agents: Vec<u8> = (104..120).collect();
    let event = Life::of_phone()
        .next(PHONE, KeyAct::Set(set(&(120..128).collect::<Vec<_>>(), &[PHONE], &agents, 16)));
    answered(event, &device(PHONE));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn whatever_is_said_an_admin_decides_within_the_week_and_no_key_comes_back(
        steps in prop::collection::vec((0_usize..7, 0_usize..5, prop_oneof![Just(1), Just(DAY), Just(3 * DAY)]), 1..40),
    ) {
        let mut life = Life::prepared();
        let signers = [PHONE, NEW_PHONE, PAPER, AGENTS[0], AGENTS[1], AGENTS[2], STRANGER];
        let mut gone = std::collections::BTreeSet::new();
        for (who, what, wait) in steps {
            life.now += wait;
            let recovery = life.keys().recoveries().first().map_or(Id([0; 32]), |waiting| waiting.id);
            let act = match what {
                0 => KeyAct::Set(set(&[PAPER], &[PHONE, NEW_PHONE], &AGENTS, 2)),
                1 => KeyAct::Accept,
                2 => KeyAct::Recover(set(&[PAPER], &[NEW_PHONE], &AGENTS, 2)),
                3 => KeyAct::Support { recovery },
                _ => KeyAct::Revert { recovery },
            };
            let before = life.keys().at(life.now);
            let signer = signers[who];
            if life.does(signer, act.clone()).is_ok() {
                let may = match act {
                    KeyAct::Set(_) | KeyAct::Revert { .. } => before.set().admins.contains(&of(signer)),
                    KeyAct::Accept => before.set().approving.contains(&of(signer)),
                    _ => before.set().agents.contains(&of(signer)),
                };
                prop_assert!(may);
            }
            let now = life.keys().at(life.now);
            for key in &gone {
                prop_assert!(!now.may_approve(key).holds);
            }
            gone.extend(now.former().copied());
            let approving: Vec<_> = now.approving().copied().collect();
            prop_assert!(approving.iter().all(|key| now.set().approving.contains(key)));
            prop_assert!(now.recoveries().iter().all(|waiting| waiting.agents.is_subset(&AGENTS.map(of).into())));
        }
    }
}

/// Events of the first validator, in the log in front of everything.
fn shown(edits: &mut Edits, events: Vec<Signed<KeyEvent>>, from_index: u64) {
    let logged_too: Vec<_> = events.clone();
    edits.log = Some(Box::new(move |sequence| {
        for (index, event) in logged_too.iter().enumerate() {
            sequence.insert(index, logged(event));
        }
    }));
    let blobs: Vec<_> = events.iter().map(blob).collect();
    edits.bundle = Some(Box::new(move |bundle| bundle.key_events = Some(blobs.clone())));
    edits.epoch = Some(Box::new(move |epoch| epoch.from_index = from_index));
}

fn event(number: u64, previous: Option<Id>, signer: u8, act: KeyAct) -> Signed<KeyEvent> {
    let person = public(validator(0));
    sign_by(
        signer,
        KeyEvent { person, number, previous, act, signed_by: public(signer), time: T - 100 + number },
    )
}

/// The first validator's key stays, or goes.
fn says(stays: bool) -> Vec<Signed<KeyEvent>> {
    let own = validator(0);
    let first = event(1, None, own, KeyAct::Set(set(&[PAPER], &[own], &[], 0)));
    let approving: &[u8] = if stays { &[own, 43] } else { &[43] };
    let second = event(2, Some(first.id()), PAPER, KeyAct::Set(set(&[PAPER], approving, &[], 0)));
    vec![first, second]
}

/// Behind both events in the log of the synthetic approval, whose records stand at every second index.
const BEHIND_BOTH: u64 = 4;

#[test]
fn an_approval_that_shows_key_events_is_held_against_them() {
    let with = |events, from_index| {
        let mut edits = Edits::default();
        shown(&mut edits, events, from_index);
        edits
    };
    sound(&with(says(true), BEHIND_BOTH));
    refused(&with(says(false), BEHIND_BOTH), &[code::KEYS]);
    // In force from the next epoch on: this one begins before the second event.
    sound(&with(says(false), 3));
    // What is signed by nobody who may is no chain.
    let forged = |signer| {
        let first = event(1, None, signer, KeyAct::Set(set(&[PAPER], &[validator(0)], &[], 0)));
        vec![first]
    };
    refused(&with(forged(STRANGER), BEHIND_BOTH), &[code::KEYS]);
    sound(&with(forged(validator(0)), BEHIND_BOTH));
    let report = check(&with(says(true), BEHIND_BOTH));
    let rows: Vec<_> = report.checks.iter().filter(|check| check.code == code::KEYS).collect();
    assert_eq!(rows.iter().map(|row| row.status).collect::<Vec<_>>(), [Status::Passed, Status::NotChecked]);
    assert!(rows[0].compared.contains("after key event 2"), "{rows:?}");
}

#[test]
fn one_person_with_two_keys_has_one_voice() {
    // The second validator's key says that it is the first one's.
    let (own, other) = (validator(0), validator(1));
    let mut keys = [public(own), public(other)];
    keys.sort_unstable();
    let both = KeySet { admins: vec![public(own)], approving: keys.to_vec(), agents: vec![], needed: 0 };
    let first = event(1, None, own, KeyAct::Set(both));
    let second = event(2, Some(first.id()), other, KeyAct::Accept);
    let mut edits = Edits::default();
    shown(&mut edits, vec![first, second], BEHIND_BOTH);
    refused(&edits, &[code::KEYS]);
    let report = check(&edits);
    assert!(
        report
            .failures()
            .all(|check| check.compared.contains("co-signed already") || check.code != code::KEYS)
    );
}

#[test]
fn key_events_of_somebody_else_or_outside_the_log_do_not_travel_with_an_approval() {
    let mut edits = Edits::default();
    let person = public(STRANGER);
    let act = KeyAct::Set(set(&[PAPER], &[STRANGER], &[], 0));
    let strange = KeyEvent { person, number: 1, previous: None, act, signed_by: person, time: T };
    shown(&mut edits, vec![sign_by(STRANGER, strange)], BEHIND_BOTH);
    refused(&edits, &[code::KEYS]);
    let mut edits = Edits::default();
    shown(&mut edits, says(true), BEHIND_BOTH);
    edits.log = None;
    refused(&edits, &[code::INCLUSION]);
}

#[test]
fn an_epoch_revokes_what_was_taken_away() {
    let (kept, gone, leaf) = (public(1), public(2), wetsign_attest::id::Scalar([3; 32]));
    let stakes = |validator| StakeSnapshot {
        epoch: 2,
        stakes: vec![Stake { validator, amount: wetsign_attest::id::Atto(1) }],
        parameters: None,
    };
    let epoch = |revoked: Option<PublicKey>| RegistryEpoch {
        revoked_leaves: revoked.into_iter().map(|validator| RevokedLeaf { leaf, validator }).collect(),
        ..Life::of_phone().epoch()
    };
    let heeds = |revoked, staked, leaf| terms::heeds(&epoch(revoked), &stakes(staked), [(gone, leaf)]).holds;
    assert!(heeds(Some(gone), kept, Some(leaf)) && heeds(Some(gone), gone, None));
    assert!(!heeds(None, kept, Some(leaf)), "it is in the registry");
    assert!(!heeds(Some(gone), kept, Some(wetsign_attest::id::Scalar([4; 32]))), "another leaf is revoked");
    assert!(!heeds(None, gone, None), "it has a stake");
    assert!(heeds(None, kept, None), "it was never let in");
    assert!(!heeds(Some(kept), gone, None));
}

/// A life in which every act comes once, with keys of both kinds: as `vectors/key-events.json` has it.
fn told() -> Life {
    let mut life = Life::prepared();
    life.does(PAPER, KeyAct::Set(set(&[PAPER], &[PHONE, NEW_PHONE], &AGENTS, 2))).unwrap();
    life.does(NEW_PHONE, KeyAct::Accept).unwrap();
    let recovery = life.does(AGENTS[0], KeyAct::Recover(set(&[THIEFS], &[THIEFS], &[], 0))).unwrap();
    life.does(AGENTS[2], KeyAct::Support { recovery }).unwrap();
    life.does(PAPER, KeyAct::Revert { recovery }).unwrap();
    life.does(PAPER, KeyAct::Set(set(&[PAPER], &[NEW_PHONE], &AGENTS, 2))).unwrap();
    life
}

#[test]
fn the_published_vector_is_what_this_crate_makes() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/key-events.json");
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let vector: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    let life = told();
    let events: Vec<_> = life
        .events
        .iter()
        .map(|(_, signed)| {
            serde_json::json!({
                "act": signed.payload().act.words(),
                "envelope": hex::encode(signed.bytes()),
                "id": signed.id(),
            })
        })
        .collect();
    let made = serde_json::json!({
        "about": vector["about"],
        "person": life.person,
        "events": events,
        "approving": life.keys().approving().collect::<Vec<_>>(),
        "former": life.keys().former().collect::<Vec<_>>(),
        "admins": life.keys().set().admins,
    });
    assert_eq!(vector, made, "{made:#}");
}
