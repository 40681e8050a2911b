//! The session rules, through every order of calls and times, against a model of five lines a rule.

mod fake;

use fake::{Fake, Shared};
use proptest::prelude::*;
use wetsign_element::Element;
use wetsign_wire::{Answer, RefusalCode, Request, eat, limits};

const LABEL: [u8; 32] = [9; 32];

#[derive(Debug, Clone, Copy)]
enum Step {
    Begin(u8),
    Attest(u8),
    Seal,
    Unseal,
    End,
    Disconnect,
    Wait(u64),
    ClockBack,
    OpenCase(u8),
    OpenCaseWhileSigning,
    CloseCase,
    Reboot,
    CounterFails(bool),
    StorageFails(bool),
    EntropyFails(bool),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => any::<u8>().prop_map(Step::Begin),
        8 => any::<u8>().prop_map(Step::Attest),
        3 => Just(Step::Seal),
        4 => Just(Step::Unseal),
        1 => Just(Step::End),
        1 => Just(Step::Disconnect),
        3 => prop_oneof![0..2_000u64, 59_000..61_000u64, Just(60_000), Just(60_001)].prop_map(Step::Wait),
        1 => Just(Step::ClockBack),
        1 => (1..=255u8).prop_map(Step::OpenCase),
        1 => Just(Step::OpenCaseWhileSigning),
        1 => Just(Step::CloseCase),
        1 => Just(Step::Reboot),
        1 => any::<bool>().prop_map(Step::CounterFails),
        1 => any::<bool>().prop_map(Step::StorageFails),
        1 => any::<bool>().prop_map(Step::EntropyFails),
    ]
}

/// What must hold, kept beside the element and told only of its inputs and answers.
#[derive(Default)]
struct Model {
    session: Option<Open>,
    highest: u64,
    latched: u8,
    /// Lines that a granted answer told of.
    told: u8,
    sealed: Option<Vec<u8>>,
    challenges: Vec<[u8; 32]>,
}

struct Open {
    binding: u8,
    challenge: [u8; 32],
    begun: u64,
    attested: bool,
}

struct World {
    element: Element<Fake>,
    shared: Shared,
    model: Model,
}

impl World {
    fn new() -> Self {
        let shared = Shared::default();
        Self { element: fake::boot(&shared).expect("boots"), shared, model: Model::default() }
    }

    /// A look at the case, as the element does before each answer.
    fn model_polls(&mut self) {
        let fresh = self.shared.case() & !self.model.latched;
        if fresh != 0 {
            self.model.latched |= fresh;
            self.model.session = None;
        }
    }

    /// The session that is open now, by the model's own clock; one found closed stays closed.
    fn model_session(&mut self) -> Option<&mut Open> {
        let now = self.shared.now();
        let open = |session: &mut Open| now >= session.begun && now - session.begun <= limits::SESSION_MS;
        self.model.session.take_if(|session| !open(session));
        self.model.session.as_mut()
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Begin(binding) => self.begin(binding),
            Step::Attest(salt) => self.attest(salt),
            Step::Seal => self.seal(),
            Step::Unseal => self.unseal(),
            Step::End => {
                self.model_polls();
                self.ask(&Request::End, |_| ());
                self.model.session = None;
            }
            Step::Disconnect => {
                self.element.disconnect();
                self.model.session = None;
            }
            Step::Wait(ms) => self.shared.wait(ms),
            Step::ClockBack => self.shared.clock_back(500),
            Step::OpenCase(lines) => self.shared.open_case(lines),
            Step::OpenCaseWhileSigning => self.shared.open_case_at_next_signature(0x80),
            Step::CloseCase => self.shared.open_case(0),
            Step::Reboot => self.reboot(),
            Step::CounterFails(fails) => self.shared.counter_fails(fails),
            Step::StorageFails(fails) => self.shared.storage_fails(fails),
            Step::EntropyFails(fails) => self.shared.entropy_fails(fails),
        }
    }

    /// Every answer says whether the case was ever opened.
    fn ask<T>(&mut self, request: &Request<'_>, read: impl FnOnce(Answer<'_>) -> T) -> T {
        let mut work = [0; limits::SEALED];
        let response = self.element.handle(request, &mut work);
        let expected = self.model.latched | self.shared.case();
        assert_eq!(response.tamper, expected, "every answer says which lines were ever active");
        if !matches!(response.answer, Answer::Refused { .. }) {
            self.model.told = response.tamper;
        }
        read(response.answer)
    }

    fn begin(&mut self, binding: u8) {
        self.model_polls();
        let request =
            Request::Begin { request_id: [binding; 32], verdict_id: [2; 32], validator_key: [3; 32] };
        let begun = self.ask(&request, |answer| match answer {
            Answer::Begun { challenge } => Some(challenge),
            Answer::Refused { .. } => None,
            other => panic!("{other:?}"),
        });
        // A refused begin ends the older session too.
        self.model.session = begun.map(|challenge| {
            assert!(!self.model.challenges.contains(&challenge), "a challenge is never drawn twice");
            self.model.challenges.push(challenge);
            Open { binding, challenge, begun: self.shared.now(), attested: false }
        });
    }

    fn attest(&mut self, salt: u8) {
        self.model_polls();
        let now = self.shared.now();
        let key_before = self.shared.public_key();
        let request = Request::Attest {
            probe_commitment: [salt; 32],
            report_digest: [5; 32],
            manifest_digest: [6; 32],
        };
        let latched_before = self.model.latched;
        let mut work = [0; limits::SEALED];
        let response = self.element.handle(&request, &mut work);
        let tamper = response.tamper;
        let outcome = match response.answer {
            Answer::Token { token, counter } => Ok((token.to_vec(), counter)),
            Answer::Refused { code, .. } => Err(code),
            other => panic!("{other:?}"),
        };
        self.model_polls();
        assert_eq!(tamper, self.model.latched);

        match outcome {
            Ok((token, counter)) => {
                assert_eq!(tamper, latched_before, "a case opened while signing takes the token with it");
                self.model.told = tamper;
                let session = self.model_session().expect("a token only inside an open session");
                assert!(!session.attested, "one token a session");
                session.attested = true;
                let (binding, drawn, begun) = (session.binding, session.challenge, session.begun);
                assert!(counter > self.model.highest, "the counter grows");
                assert_eq!(self.shared.durable_counter(), counter, "durable before the signature leaves");
                self.model.highest = counter;
                let claims = fake::verify(&token, &key_before.expect("a key signed"));
                let nonce = fake::nonce(&[binding; 32], &[2; 32], &[3; 32], &drawn);
                assert_eq!(claims.bytes(eat::NONCE), nonce);
                assert_eq!(claims.bytes(eat::PROBE_COMMITMENT), [salt; 32]);
                assert_eq!(claims.uint(eat::COUNTER), counter);
                assert_eq!(claims.uint(eat::TAMPER), u64::from(self.model.latched));
                assert_eq!(claims.uint(eat::SINCE_BEGIN_MS), now - begun);
            }
            Err(RefusalCode::NoSession) => assert!(self.model_session().is_none()),
            Err(RefusalCode::AlreadyAttested) => {
                assert!(self.model_session().is_some_and(|session| session.attested));
            }
            Err(RefusalCode::CounterFailed) => {
                assert!(self.shared.counter_broken());
                if let Some(session) = self.model_session() {
                    assert!(!session.attested);
                    session.attested = true;
                }
            }
            Err(RefusalCode::Tampered) => assert_ne!(self.model.latched, latched_before),
            Err(RefusalCode::StorageFailed | RefusalCode::NoKey) => {
                assert!(self.shared.storage_broken() || self.shared.entropy_broke_since_boot());
                if let Some(session) = self.model_session() {
                    session.attested = true;
                }
            }
            Err(other) => panic!("{other:?}"),
        }
    }

    fn seal(&mut self) {
        self.model_polls();
        let sealed = self.ask(&Request::Seal { label: LABEL, plain: b"template" }, |answer| match answer {
            Answer::Sealed { sealed } => Some(sealed.to_vec()),
            Answer::Refused { .. } => None,
            other => panic!("{other:?}"),
        });
        if let Some(sealed) = sealed {
            assert_eq!(self.model.latched, 0, "nothing is sealed after tampering");
            self.model.sealed = Some(sealed);
        }
    }

    fn unseal(&mut self) {
        let Some(sealed) = self.model.sealed.clone() else { return };
        self.model_polls();
        let opened = self.ask(&Request::Unseal { label: LABEL, sealed: &sealed }, |answer| match answer {
            Answer::Unsealed { plain } => {
                assert_eq!(plain, b"template");
                Ok(())
            }
            Answer::Refused { code, .. } => Err(code),
            other => panic!("{other:?}"),
        });
        let may = self.model.latched == 0 && self.model_session().is_some();
        match opened {
            Ok(()) => assert!(may, "only in a session of a whole element"),
            Err(RefusalCode::StorageFailed) => assert!(self.shared.storage_broken()),
            Err(_) => assert!(!may, "an open session of a whole element opens what it sealed"),
        }
    }

    fn reboot(&mut self) {
        let key = self.shared.public_key();
        self.shared.heal();
        // A line seen while nothing could be stored is lost with the power, but nothing was granted meanwhile.
        let stored = self.shared.stored_tamper();
        assert_eq!(stored & self.model.told, self.model.told, "what an answer told is durable");
        let forgotten = stored != self.model.latched;
        self.model.latched = stored;
        self.element = fake::boot(&self.shared).expect("boots again");
        self.model_polls();
        self.model.session = None;
        let value = self.ask(&Request::Counter, |answer| match answer {
            Answer::Counter { value } => value,
            other => panic!("{other:?}"),
        });
        assert!(value >= self.model.highest, "the counter never goes back");
        if self.model.latched == 0 && !forgotten {
            assert_eq!(self.shared.public_key(), key, "the key survives a restart");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_rules_hold_in_every_order_of_calls_and_times(steps in prop::collection::vec(step(), 1..60)) {
        let mut world = World::new();
        for step in steps {
            world.take(step);
        }
    }
}

#[test]
fn a_session_lasts_sixty_seconds_and_not_a_millisecond_more() {
    for (wait, granted) in [(60_000, true), (60_001, false)] {
        let mut world = World::new();
        world.take(Step::Begin(1));
        world.take(Step::Wait(wait));
        world.take(Step::Attest(4));
        assert_eq!(world.model.highest == 1, granted, "after {wait} ms");
    }
}

#[test]
fn sessions_are_rate_limited_and_the_refusal_says_how_long_to_wait() {
    let mut world = World::new();
    let begin = Request::Begin { request_id: [1; 32], verdict_id: [2; 32], validator_key: [3; 32] };
    let refused = |world: &mut World| {
        world.ask(&begin, |answer| match answer {
            Answer::Refused { code: RefusalCode::RateLimited, retry_after_ms } => Some(retry_after_ms),
            _ => None,
        })
    };
    let burst = wetsign_element::Profile::SESSIONS.burst;
    for _ in 0..burst {
        assert_eq!(refused(&mut world), None);
    }
    let wait = refused(&mut world).expect("the burst is used up");
    world.shared.wait(u64::from(wait) - 1);
    assert_eq!(refused(&mut world), Some(1));
    world.shared.wait(1);
    assert_eq!(refused(&mut world), None);
}

#[test]
fn tampering_that_cannot_be_made_durable_grants_nothing_until_it_is() {
    let mut world = World::new();
    let old_key = world.shared.public_key();
    world.shared.storage_fails(true);
    world.shared.open_case(2);
    let code = |answer: Answer<'_>| match answer {
        Answer::Refused { code, .. } => Some(code),
        _ => None,
    };
    assert_eq!(world.ask(&Request::Counter, code), Some(RefusalCode::StorageFailed));
    assert_ne!(world.shared.public_key(), old_key, "the key went at once");
    world.shared.storage_fails(false);
    assert_eq!(world.ask(&Request::Counter, code), None);
}

#[test]
fn a_stuck_random_source_begins_no_session() {
    let mut world = World::new();
    world.shared.entropy_stuck();
    let request = Request::Begin { request_id: [1; 32], verdict_id: [2; 32], validator_key: [3; 32] };
    let mut codes = Vec::new();
    for _ in 0..2 {
        codes.push(world.ask(&request, |answer| match answer {
            Answer::Refused { code, .. } => Some(code),
            _ => None,
        }));
    }
    assert_eq!(codes[1], Some(RefusalCode::EntropyFailed), "the same draw twice");
}
