//! An element, two hosts, two provisioners, and a model of what must hold, told only of inputs and answers.

use ed25519_dalek::{Signer as _, SigningKey};
use wetsign_element::Element;
use wetsign_wire::{Answer, Pattern, RefusalCode, Request, Response, binding, channel, eat, limits};

use crate::fake::{self, Fake, Shared, host::Host};

/// Whose sessions these are.
pub const VALIDATOR: [u8; 32] = [3; 32];

/// What can happen.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    Begin(u8),
    Attest(u8),
    Seal,
    Unseal,
    End,
    Disconnect,
    Connect(usize),
    RepeatOnTheCable,
    AskInTheClear,
    Provision(u8),
    ClearTamper(u8),
    Indicate,
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

/// What must hold.
#[derive(Default)]
pub struct Model {
    session: Option<Open>,
    pub highest: u64,
    pub latched: u8,
    /// Lines that a granted answer told of.
    told: u8,
    pub sealed: Option<Vec<u8>>,
    challenges: Vec<[u8; 32]>,
    paired: Option<usize>,
    /// Whose channel is open.
    connected: Option<usize>,
    pinned: Option<u8>,
    key: Option<[u8; 32]>,
    /// Keys that tampering destroyed.
    dead: Vec<[u8; 32]>,
    /// The case was ever seen open.
    ever_opened: bool,
}

struct Open {
    binding: u8,
    challenge: [u8; 32],
    number: u64,
    begun: u64,
    attested: bool,
}

pub struct World {
    pub element: Element<Fake>,
    pub shared: Shared,
    pub model: Model,
    hosts: [Host; 2],
    at: usize,
}

fn host_key(who: usize) -> [u8; 32] {
    channel::public_key(&[who as u8 + 1; 32])
}

pub fn provisioner(which: u8) -> SigningKey {
    SigningKey::from_bytes(&[0x70 + which; 32])
}

impl World {
    pub fn new() -> Self {
        let shared = Shared::default();
        let element = fake::boot(&shared).expect("boots");
        let model = Model { key: shared.public_key(), ..Model::default() };
        Self { element, shared, model, hosts: [Host::new(1), Host::new(2)], at: 0 }
    }

    /// A look at the case, as the element does before each answer.
    fn model_polls(&mut self) {
        let fresh = self.shared.case() & !self.model.latched;
        if fresh != 0 {
            self.model.latched |= fresh;
            self.model.ever_opened = true;
            self.model.session = None;
            self.model.connected = None;
            self.model.paired = None;
            self.model.dead.extend(self.model.key.take());
        }
    }

    /// After the element has looked too: destroyed keys do not come back.
    fn look_at_key(&mut self) {
        let key = self.shared.public_key();
        assert!(key.is_none_or(|key| !self.model.dead.contains(&key)), "a destroyed key came back");
        assert!(self.model.key.is_none() || self.model.key == key, "the key changes by tampering alone");
        self.model.key = key;
    }

    /// The session that is open now, by the model's own clock; one found closed stays closed.
    fn model_session(&mut self) -> Option<&mut Open> {
        let now = self.shared.now();
        let open = |session: &mut Open| now >= session.begun && now - session.begun <= limits::SESSION_MS;
        self.model.session.take_if(|session| !open(session));
        self.model.session.as_mut()
    }

    pub fn take(&mut self, step: Step) {
        match step {
            Step::Begin(binding) => self.begin(binding),
            Step::Attest(salt) => self.attest(salt),
            Step::Seal => self.seal(),
            Step::Unseal => self.unseal(),
            Step::End => {
                self.ask(&Request::End, |_| ());
                self.model.session = None;
            }
            Step::Disconnect => {
                self.element.disconnect();
                self.model.session = None;
                self.model.connected = None;
            }
            Step::Connect(who) => {
                self.connect(who);
            }
            Step::RepeatOnTheCable => self.repeat(),
            Step::AskInTheClear => self.ask_in_the_clear(),
            Step::Provision(which) => self.provision(which),
            Step::ClearTamper(which) => self.clear_tamper(which),
            Step::Indicate => self.indicate(),
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

    /// One host is let in: the first, until tampering.
    pub fn connect(&mut self, who: usize) -> Option<RefusalCode> {
        self.model_polls();
        let answer = self.hosts[who].connect(&mut self.element);
        self.look_at_key();
        match answer {
            Ok(peer) => {
                assert!(
                    self.model.paired.is_none_or(|paired| paired == who),
                    "only the paired host is let in"
                );
                assert_eq!(Some(peer.public_key), self.model.key);
                self.model.paired = Some(who);
                self.model.connected = Some(who);
                self.model.session = None;
                self.at = who;
                assert_eq!(self.shared.stored().host, Some(host_key(who)), "durable before it is granted");
                None
            }
            Err(code) => {
                match code {
                    RefusalCode::UnknownHost => {
                        assert!(self.model.paired.is_some_and(|paired| paired != who));
                    }
                    RefusalCode::StorageFailed => assert!(self.shared.storage_broken()),
                    RefusalCode::EntropyFailed | RefusalCode::NoKey => {
                        assert!(self.shared.entropy_broke_since_boot());
                    }
                    other => panic!("{other:?}"),
                }
                Some(code)
            }
        }
    }

    /// Inside the channel, opened if there is none; `None` if the channel is gone or cannot be opened. Every answer
    /// says whether the case was ever opened.
    pub fn ask<T>(&mut self, request: &Request<'_>, read: impl FnOnce(Answer<'_>) -> T) -> Option<T> {
        if !self.hosts[self.at].is_connected() {
            let who = self.model.paired.unwrap_or(self.at);
            self.connect(who);
        }
        if !self.hosts[self.at].is_connected() {
            return None;
        }
        self.model_polls();
        let answered = self.hosts[self.at].ask(&mut self.element, request, |Response { tamper, answer }| {
            let refused = match answer {
                Answer::Refused { code, .. } => Some(code),
                _ => None,
            };
            (tamper, refused, read(answer))
        });
        self.model_polls();
        self.look_at_key();
        match answered {
            Ok((tamper, refused, value)) => {
                assert_eq!(self.model.connected, Some(self.at), "answered inside the open channel");
                if refused == Some(RefusalCode::StorageFailed) {
                    self.model.session = None;
                }
                let cleared = refused.is_none() && matches!(request, Request::TamperClear { .. });
                let latched = if cleared { 0 } else { self.model.latched };
                assert_eq!(tamper, latched, "every answer says which lines were ever active");
                if refused.is_none() {
                    self.model.told = tamper;
                }
                Some(value)
            }
            Err((code, tamper)) => {
                assert_ne!(self.model.connected, Some(self.at), "{code:?} ended a sound channel");
                assert_eq!(tamper, self.model.latched);
                self.model.connected = None;
                self.model.session = None;
                None
            }
        }
    }

    fn repeat(&mut self) {
        // A host that never spoke has nothing to repeat, and then the element looks at nothing.
        let Some(code) = self.hosts[self.at].repeat_last(&mut self.element) else { return };
        self.model_polls();
        assert!(matches!(code, RefusalCode::NoChannel | RefusalCode::Tampered), "{code:?}");
        self.look_at_key();
        self.model.connected = None;
        self.model.session = None;
    }

    fn ask_in_the_clear(&mut self) {
        self.model_polls();
        let begin = Request::Begin { request_id: [1; 32], verdict_id: [2; 32], validator_key: [3; 32] };
        for request in [begin, Request::Counter, Request::SelfTest, Request::End] {
            let answer = self.hosts[0].in_the_clear(&mut self.element, &request, |response| {
                matches!(response.answer, Answer::Refused { code: RefusalCode::NoChannel, .. })
            });
            assert!(answer, "{request:?} in the clear");
        }
        self.look_at_key();
    }

    fn begin(&mut self, binding: u8) {
        let request =
            Request::Begin { request_id: [binding; 32], verdict_id: [2; 32], validator_key: VALIDATOR };
        let begun = self.ask(&request, |answer| match answer {
            Answer::Begun { challenge } => Ok(challenge),
            Answer::Refused { code, .. } => Err(code),
            other => panic!("{other:?}"),
        });
        if let Some(Err(RefusalCode::CounterFailed)) = begun {
            assert!(self.shared.counter_broken());
        }
        // A refused begin ends the older session too.
        self.model.session = begun.and_then(Result::ok).map(|challenge| {
            assert!(!self.model.challenges.contains(&challenge), "a challenge is never drawn twice");
            self.model.challenges.push(challenge);
            let number = self.shared.durable_counter();
            assert!(number > self.model.highest, "the counter grows, durably, before the challenge leaves");
            self.model.highest = number;
            Open { binding, challenge, number, begun: self.shared.now(), attested: false }
        });
    }

    fn attest(&mut self, salt: u8) {
        let now = self.shared.now();
        let request = Request::Attest {
            probe_commitment: [salt; 32],
            report_digest: [5; 32],
            manifest_digest: [6; 32],
        };
        let outcome = self.ask(&request, |answer| match answer {
            Answer::Token { token, counter } => Ok((token.to_vec(), counter)),
            Answer::Refused { code, .. } => Err(code),
            other => panic!("{other:?}"),
        });
        match outcome {
            None => assert!(self.model.session.is_none()),
            Some(Ok((token, counter))) => {
                let session = self.model_session().expect("a token only inside an open session");
                assert!(!session.attested, "one token a session");
                session.attested = true;
                let (binding, drawn, begun) = (session.binding, session.challenge, session.begun);
                assert_eq!(counter, session.number, "the number that the session used up");
                let claims = fake::verify(&token, &self.model.key.expect("a key signed"));
                let nonce = fake::nonce(&[binding; 32], &[2; 32], &VALIDATOR, &drawn);
                assert_eq!(claims.bytes(eat::NONCE), nonce);
                assert_eq!(claims.bytes(eat::PROBE_COMMITMENT), [salt; 32]);
                assert_eq!(claims.uint(eat::COUNTER), counter);
                assert_eq!(claims.uint(eat::TAMPER), u64::from(self.model.latched));
                assert_eq!(claims.uint(eat::SINCE_BEGIN_MS), now - begun);
            }
            Some(Err(RefusalCode::NoSession)) => assert!(self.model_session().is_none()),
            Some(Err(RefusalCode::AlreadyAttested)) => {
                assert!(self.model_session().is_some_and(|session| session.attested));
            }
            Some(Err(code)) => {
                assert_eq!(code, RefusalCode::StorageFailed);
                assert!(self.shared.storage_broken());
            }
        }
    }

    fn seal(&mut self) {
        let sealed =
            self.ask(&Request::Seal { label: fake::label(&VALIDATOR), plain: b"template" }, |answer| {
                match answer {
                    Answer::Sealed { sealed } => Some(sealed.to_vec()),
                    Answer::Refused { .. } => None,
                    other => panic!("{other:?}"),
                }
            });
        if let Some(Some(sealed)) = sealed {
            assert_eq!(self.model.latched, 0, "nothing is sealed after tampering");
            self.model.sealed = Some(sealed);
        }
    }

    fn unseal(&mut self) {
        let Some(sealed) = self.model.sealed.clone() else { return };
        let request = Request::Unseal { label: fake::label(&VALIDATOR), sealed: &sealed };
        let opened = self.ask(&request, |answer| match answer {
            Answer::Unsealed { plain } => {
                assert_eq!(plain, b"template");
                Ok(())
            }
            Answer::Refused { code, .. } => Err(code),
            other => panic!("{other:?}"),
        });
        let Some(opened) = opened else { return };
        let may = self.model.latched == 0 && self.model_session().is_some();
        match opened {
            Ok(()) => assert!(may, "only in a session of a whole element"),
            Err(RefusalCode::StorageFailed) => assert!(self.shared.storage_broken()),
            // Cleared after tampering, it is whole again, and what the old keys sealed is lost.
            Err(RefusalCode::NotSealedHere) => assert!(self.model.ever_opened),
            Err(_) => assert!(!may, "an open session of a whole element opens what it sealed"),
        }
    }

    fn provision(&mut self, which: u8) {
        let keys = self.ask(&Request::Identity, |answer| match answer {
            Answer::Identity(id) => Some((id.public_key, id.channel_key, id.ueid)),
            _ => None,
        });
        let Some(Some((device, channel, ueid))) = keys else { return };
        let chain = fake::chain(&device, &channel, &ueid, &provisioner(which));
        let Some(answer) = self.ask(&Request::Provision { chain: &chain }, done) else { return };
        let pinned = self.model.pinned;
        match answer {
            Ok(()) => {
                assert_eq!(self.model.latched, 0);
                assert!(pinned.is_none_or(|pinned| pinned == which), "one provisioner");
                self.model.pinned = Some(which);
                assert_eq!(self.shared.certificate(), chain);
                assert_eq!(
                    self.shared.stored().provisioner,
                    Some(provisioner(which).verifying_key().to_bytes())
                );
            }
            Err(RefusalCode::UnknownProvisioner) => assert!(pinned.is_some_and(|pinned| pinned != which)),
            Err(RefusalCode::Tampered) => assert_ne!(self.model.latched, 0),
            Err(RefusalCode::StorageFailed) => assert!(self.shared.storage_broken()),
            Err(other) => panic!("{other:?}"),
        }
    }

    pub fn clear_tamper(&mut self, which: u8) {
        let drawn = self.ask(&Request::TamperChallenge, |answer| match answer {
            Answer::TamperChallenge { challenge } => Ok(challenge),
            Answer::Refused { code, .. } => Err(code),
            other => panic!("{other:?}"),
        });
        let challenge = match drawn {
            None => return,
            Some(Ok(challenge)) => challenge,
            Some(Err(code)) => return self.why_not_cleared(code, which),
        };
        let ueid = self.shared.stored().ueid;
        let message = binding::tamper_clear(&ueid, &challenge);
        let signature = provisioner(which).sign(&message).to_bytes();
        let request = Request::TamperClear { signature };
        match self.ask(&request, done) {
            None => {}
            Some(Ok(())) => {
                assert_eq!(self.model.pinned, Some(which), "only the pinned provisioner clears");
                assert!(self.model.latched != 0 && self.shared.case() == 0);
                assert!(self.shared.certificate().is_empty(), "no certificate comes back");
                assert_eq!(self.shared.shown(), Pattern::Off);
                self.model.latched = 0;
                self.model.told = 0;
                self.model.pinned = None;
                self.model.session = None;
                assert_eq!(self.ask(&request, done).map(|again| again.is_ok()), Some(false), "once");
            }
            Some(Err(code)) => self.why_not_cleared(code, which),
        }
    }

    fn why_not_cleared(&self, code: RefusalCode, which: u8) {
        match code {
            RefusalCode::NotTampered => assert_eq!(self.model.latched, 0),
            RefusalCode::CaseOpen => assert_ne!(self.shared.case(), 0),
            RefusalCode::NotProvisioned => assert_eq!(self.model.pinned, None),
            RefusalCode::NotAuthorised => assert_ne!(self.model.pinned, Some(which)),
            RefusalCode::EntropyFailed => assert!(self.shared.entropy_broke_since_boot()),
            RefusalCode::StorageFailed => assert!(self.shared.storage_broken()),
            other => panic!("{other:?}"),
        }
    }

    fn indicate(&mut self) {
        let shown = self.ask(&Request::Indicator { pattern: Pattern::Look }, done);
        if self.model.latched != 0 {
            assert_eq!(self.shared.shown(), Pattern::Fault, "a tampered element shows nothing else");
            assert!(!matches!(shown, Some(Ok(()))));
        } else if matches!(shown, Some(Ok(()))) {
            assert_eq!(self.shared.shown(), Pattern::Look);
        }
    }

    fn reboot(&mut self) {
        self.shared.heal();
        // A line seen while nothing could be stored is lost with the power, but nothing was granted meanwhile.
        let stored = self.shared.stored();
        assert_eq!(stored.tamper & self.model.told, self.model.told, "what an answer told is durable");
        if stored.tamper != self.model.latched {
            self.model.dead.clear();
            self.model.key = None;
        }
        self.model.latched = stored.tamper;
        self.model.paired = (0..2).find(|who| stored.host == Some(host_key(*who)));
        self.model.pinned =
            (0..2).find(|which| stored.provisioner == Some(provisioner(*which).verifying_key().to_bytes()));
        self.model.session = None;
        self.model.connected = None;
        self.model_polls();
        self.element = fake::boot(&self.shared).expect("boots again");
        self.look_at_key();
        self.hosts.iter_mut().for_each(Host::forget_channel);
        let value = self.ask(&Request::Counter, |answer| match answer {
            Answer::Counter { value } => value,
            other => panic!("{other:?}"),
        });
        assert!(value.expect("a sound element answers") >= self.model.highest, "the counter never goes back");
    }
}

pub fn done(answer: Answer<'_>) -> Result<(), RefusalCode> {
    match answer {
        Answer::Done => Ok(()),
        Answer::Refused { code, .. } => Err(code),
        other => panic!("{other:?}"),
    }
}
