//! Requests are settled once, rightly, and in the end, whatever order messages come in, which are lost or doubled, and
//! who is killed.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use wetsign_attest::id::{Blob, Id, PublicKey};
use wetsign_attest::object::{Modality, Quorum};
use wetsign_fleet::{Cosigned, Fact, Fleet, Lease, Order, Outcome, Step, Terms};

const DEADLINE: u64 = 1_000_000;

fn kiosk(number: usize) -> Blob {
    Blob(vec![number as u8; 17])
}

/// Three operators run the kiosks in turn; nobody knows who runs the last one.
fn operator(number: usize, kiosks: usize) -> Option<String> {
    (number + 1 < kiosks).then(|| format!("operator {}", number % 3))
}

fn request(number: u8) -> Id {
    Id([number; 32])
}

/// A person stands before one kiosk; there are as many at each as may be asked for.
fn person(kiosk: usize, person: u8) -> PublicKey {
    let mut key = [0; 32];
    (key[0], key[1]) = (kiosk as u8, person);
    PublicKey::Ed25519(key)
}

fn terms(k: u32, min_kiosks: Option<u32>, min_operators: Option<u32>) -> Terms {
    let modalities = vec![Modality::Face];
    let quorum = Quorum { k, modalities, max_age_s: 600, min_kiosks, min_operators, spoken_consent: false };
    Terms { quorum, lease: 5, deadline: DEADLINE }
}

fn spread() -> impl Strategy<Value = Terms> {
    (1u32..5).prop_flat_map(|k| {
        let least =
            || proptest::option::of(2..=k.max(2)).prop_map(move |least| least.filter(|least| *least <= k));
        (least(), least())
            .prop_map(move |(kiosks, operators)| terms(k, kiosks, operators.map(|least| least.min(3))))
    })
}

enum Post {
    ToKiosk(usize, Id, Lease),
    Cosigned(Id, Cosigned),
    Passed(Id, Lease),
}

/// A hub, its log, its kiosks, and a post that may do anything to letters.
struct World {
    hub: Fleet,
    starts: u64,
    log: Vec<Fact>,
    index: u64,
    kiosks: usize,
    post: Vec<Post>,
    terms: BTreeMap<Id, Terms>,
    given: BTreeMap<(Id, usize), u8>,
}

impl World {
    fn new(kiosks: usize) -> Self {
        let mut world = Self {
            hub: Fleet::new(1),
            starts: 1,
            log: Vec::new(),
            index: 0,
            kiosks,
            post: Vec::new(),
            terms: BTreeMap::new(),
            given: BTreeMap::new(),
        };
        (0..kiosks).for_each(|number| world.join(number));
        world
    }

    /// Logs the facts, checks each, posts the orders.
    fn take(&mut self, step: Step) {
        for fact in step.facts {
            self.check(&fact);
            self.log.push(fact);
            self.index += 1;
        }
        for order in step.orders {
            if let Order::Ask { kiosk, request, lease } = order {
                self.post.push(Post::ToKiosk(usize::from(kiosk.0[0]), request, lease));
            }
        }
    }

    fn check(&self, fact: &Fact) {
        let Fact::Settled(request, outcome) = fact else { return };
        let before = self.log.iter().any(|fact| matches!(fact, Fact::Settled(other, _) if other == request));
        assert!(!before, "{request} is settled twice");
        let Outcome::Approved(ids) = outcome else { return };
        let quorum = &self.terms[request].quorum;
        let spoilt = |id: &Id| self.log.contains(&Fact::Spoilt(*request, *id));
        let logged: Vec<&Cosigned> = self
            .log
            .iter()
            .filter_map(|fact| match fact {
                Fact::Cosigned(of, given) if of == request && ids.contains(&given.id) => Some(given),
                _ => None,
            })
            .collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]) && !ids.iter().any(spoilt));
        let people: BTreeSet<_> = logged.iter().map(|one| one.validator).collect();
        let kiosks: BTreeSet<_> = logged.iter().map(|one| &one.kiosk).collect();
        let operators: BTreeSet<_> = logged.iter().filter_map(|one| one.operator.as_ref()).collect();
        assert!(people.len() == quorum.k as usize && ids.len() == people.len());
        assert!(kiosks.len() >= quorum.min_kiosks.unwrap_or(0) as usize);
        assert!(operators.len() >= quorum.min_operators.unwrap_or(0) as usize);
    }

    fn open(&mut self, number: u8, terms: Terms) {
        self.terms.insert(request(number), terms.clone());
        let step = self.hub.open(request(number), terms);
        self.take(step);
    }

    fn join(&mut self, number: usize) {
        let step = self.hub.join(kiosk(number), operator(number, self.kiosks), 4);
        self.take(step);
    }

    fn cosign(&mut self, number: usize, request: Id) -> Cosigned {
        let next = self.given.entry((request, number)).or_default();
        *next += 1;
        let mut id = request;
        (id.0[30], id.0[31]) = (number as u8, *next);
        Cosigned {
            id,
            validator: person(number, *next),
            kiosk: kiosk(number),
            operator: operator(number, self.kiosks),
        }
    }

    /// Delivers a letter; `yes`: a person who is asked co-signs.
    fn deliver(&mut self, at: usize, yes: bool) {
        match self.post.swap_remove(at % self.post.len()) {
            Post::ToKiosk(number, request, lease) => {
                let answer = if yes {
                    Post::Cosigned(request, self.cosign(number, request))
                } else {
                    Post::Passed(request, lease)
                };
                self.post.push(answer);
            }
            Post::Cosigned(request, given) => {
                let step = self.hub.cosigned(request, given);
                self.take(step);
            }
            Post::Passed(request, lease) => {
                let step = self.hub.passed(request, lease);
                self.take(step);
            }
        }
    }

    fn double(&mut self, at: usize) {
        if self.post.is_empty() {
            return;
        }
        let at = at % self.post.len();
        let copy = match &self.post[at] {
            Post::ToKiosk(number, request, lease) => Post::ToKiosk(*number, *request, *lease),
            Post::Cosigned(request, given) => Post::Cosigned(*request, given.clone()),
            Post::Passed(request, lease) => Post::Passed(*request, *lease),
        };
        self.post.push(copy);
    }

    fn advance(&mut self, by: u64) {
        self.index += by;
        let step = self.hub.advanced(self.index);
        self.take(step);
    }

    /// The hub is killed: what is not in its log is gone. A step that it did not come to log never was.
    fn kill(&mut self) {
        self.starts += 1;
        let (hub, step) = Fleet::restored(self.starts, self.index, &self.log);
        self.hub = hub;
        self.take(step);
        (0..self.kiosks).for_each(|number| self.join(number));
    }

    fn outcome(&self, number: u8) -> Option<Outcome> {
        self.hub.outcome(&request(number)).cloned()
    }
}

#[derive(Debug, Clone)]
enum Event {
    Deliver(usize, bool),
    Lose(usize),
    Double(usize),
    Advance(u64),
    Kill,
    KillBeforeLogging(usize),
    Leave(usize),
    Join(usize),
    Spoil(usize),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        8 => (any::<usize>(), any::<bool>()).prop_map(|(at, yes)| Event::Deliver(at, yes)),
        3 => any::<usize>().prop_map(Event::Lose),
        3 => any::<usize>().prop_map(Event::Double),
        2 => (1u64..12).prop_map(Event::Advance),
        1 => Just(Event::Kill),
        1 => any::<usize>().prop_map(Event::KillBeforeLogging),
        1 => any::<usize>().prop_map(Event::Leave),
        1 => any::<usize>().prop_map(Event::Join),
        1 => any::<usize>().prop_map(Event::Spoil),
    ]
}

fn happen(world: &mut World, event: Event) {
    match event {
        Event::Deliver(at, yes) if !world.post.is_empty() => world.deliver(at, yes),
        Event::Lose(at) if !world.post.is_empty() => drop(world.post.swap_remove(at % world.post.len())),
        Event::Double(at) => world.double(at),
        Event::Advance(by) => world.advance(by),
        Event::Kill => world.kill(),
        Event::KillBeforeLogging(at) if !world.post.is_empty() => {
            if let Post::Cosigned(request, given) = world.post.swap_remove(at % world.post.len()) {
                drop(world.hub.cosigned(request, given));
            }
            world.kill();
        }
        Event::Leave(at) => {
            let step = world.hub.leave(&kiosk(at % world.kiosks));
            world.take(step);
        }
        Event::Join(at) => world.join(at % world.kiosks),
        Event::Spoil(at) => {
            let given = world.log.iter().filter_map(|fact| match fact {
                Fact::Cosigned(request, given) => Some((*request, given.id)),
                _ => None,
            });
            let given: Vec<_> = given.collect();
            if !given.is_empty() {
                let (request, id) = given[at % given.len()];
                let step = world.hub.spoilt(request, id);
                world.take(step);
            }
        }
        Event::Deliver(..) | Event::Lose(_) | Event::KillBeforeLogging(_) => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// `lost` 0, `doubled` 0, `stuck` 0.
    #[test]
    fn every_request_is_settled_once_and_approved_as_soon_as_people_are_asked(
        kiosks in 5usize..9,
        asked in prop::collection::vec(spread(), 1..4),
        events in prop::collection::vec(event(), 0..120),
    ) {
        let mut world = World::new(kiosks);
        for (number, terms) in asked.iter().enumerate() {
            world.open(number as u8, terms.clone());
        }
        for event in events {
            happen(&mut world, event);
        }
        // From here on everybody is there, everybody says yes, and nothing is lost.
        (0..kiosks).for_each(|number| world.join(number));
        for round in 0..2_000 {
            if world.hub.open_requests() == 0 {
                break;
            }
            if world.post.is_empty() {
                world.advance(6);
            } else {
                world.deliver(round, true);
            }
        }
        for number in 0..asked.len() as u8 {
            let outcome = world.outcome(number);
            prop_assert!(matches!(outcome, Some(Outcome::Approved(_))), "{number}: {outcome:?}");
        }
        prop_assert_eq!(world.hub.asked(), 0, "nobody is left asked");
        // Killed once more, it says the same.
        let outcomes: Vec<_> = (0..asked.len() as u8).map(|number| world.outcome(number)).collect();
        world.kill();
        prop_assert_eq!((0..asked.len() as u8).map(|number| world.outcome(number)).collect::<Vec<_>>(), outcomes);
    }

    #[test]
    fn where_nobody_answers_it_expires_at_its_deadline_and_not_before(
        events in prop::collection::vec(event(), 0..60), k in 1u32..4,
    ) {
        let mut world = World::new(5);
        world.open(0, terms(k, None, None));
        for event in events {
            if !matches!(event, Event::Deliver(_, true) | Event::KillBeforeLogging(_)) {
                happen(&mut world, event);
            }
        }
        world.post.clear();
        prop_assert_eq!(world.outcome(0), None);
        let short = DEADLINE - 1 - world.index;
        world.advance(short);
        prop_assert_eq!(world.outcome(0), None);
        world.advance(1);
        prop_assert_eq!(world.outcome(0), Some(Outcome::Expired));
        // What comes too late changes nothing.
        let late = world.cosign(0, request(0));
        let step = world.hub.cosigned(request(0), late);
        prop_assert_eq!(step, Step::default());
    }
}

#[test]
fn three_people_at_one_kiosk_are_not_three_kiosks() {
    let mut world = World::new(1);
    world.open(0, terms(3, Some(2), None));
    for _ in 0..5 {
        let given = world.cosign(0, request(0));
        let step = world.hub.cosigned(request(0), given);
        world.take(step);
    }
    assert_eq!(world.outcome(0), None);
    world.kiosks = 3;
    world.join(2);
    let given = world.cosign(2, request(0));
    let step = world.hub.cosigned(request(0), given);
    world.take(step);
    assert!(matches!(world.outcome(0), Some(Outcome::Approved(ids)) if ids.len() == 3));
}

#[test]
fn a_kiosk_that_keeps_silent_loses_its_question_to_another() {
    let mut fleet = Fleet::new(1);
    let _ = fleet.join(kiosk(0), None, 1);
    let _ = fleet.join(kiosk(1), None, 1);
    let first = fleet.open(request(0), terms(1, None, None)).orders;
    let [Order::Ask { kiosk: silent, lease, .. }] = &first[..] else { panic!("{first:?}") };
    assert_eq!(fleet.advanced(4), Step::default());
    let then = fleet.advanced(5).orders;
    assert_eq!(then[0], Order::Withdraw { kiosk: silent.clone(), request: request(0), lease: *lease });
    let Order::Ask { kiosk: other, lease: newer, .. } = &then[1] else { panic!("{then:?}") };
    assert!(other != silent && newer > lease);
    // The old lease says nothing any more; a person who signed under it all the same counts.
    assert_eq!(fleet.passed(request(0), *lease), Step::default());
    let given = Cosigned { id: Id([9; 32]), validator: person(0, 1), kiosk: silent.clone(), operator: None };
    let step = fleet.cosigned(request(0), given);
    assert!(matches!(&step.facts[1], Fact::Settled(_, Outcome::Approved(_))));
    assert!(matches!(&step.orders[..], [Order::Withdraw { lease, .. }] if lease == newer));
}

#[test]
fn who_said_no_is_not_asked_again_at_once() {
    let mut fleet = Fleet::new(1);
    let _ = fleet.join(kiosk(0), None, 1);
    let orders = fleet.open(request(0), terms(1, None, None)).orders;
    let [Order::Ask { lease, .. }] = orders[..] else { panic!("{orders:?}") };
    assert_eq!(fleet.passed(request(0), lease).orders, []);
    assert_eq!(fleet.advanced(4).orders, []);
    assert!(matches!(fleet.advanced(5).orders[..], [Order::Ask { .. }]));
}

#[test]
fn leases_of_a_hub_that_was_killed_are_older_than_all_that_follow() {
    let mut world = World::new(2);
    world.open(0, terms(1, None, None));
    let Post::ToKiosk(_, _, before) = world.post[0] else { panic!("it was asked") };
    world.kill();
    let newer = world.post.iter().filter_map(|post| match post {
        Post::ToKiosk(_, _, lease) => Some(*lease),
        _ => None,
    });
    assert!(newer.max().unwrap() > before);
}
