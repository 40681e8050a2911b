//! The session, driven through its story and through every order of events.

use proptest::prelude::*;
use wetsign_liveness::{MATCHES, Measure, Outcome, Refusal};

use super::{Command, Event, Fault, GateResult, KeyAt, Limits, Phase, Reason, Session, State};
use crate::requests::notice::{Ending, Notice};

const PASSED: [GateResult; 2] = [(Measure::PadFas, Outcome::Passed), (Measure::Phrase, Outcome::Passed)];

fn refused(gate: Measure, missing: bool) -> State {
    State::Refused(Reason::Gate(Refusal { gate, missing, because: None }))
}

fn matches() -> Vec<GateResult> {
    MATCHES.map(|measure| (measure, Outcome::Passed)).to_vec()
}

fn good_path() -> Vec<Event> {
    vec![
        Event::Approve { consent: true },
        Event::SourceOpened,
        Event::ElementBegun,
        Event::Prompted { mandatory: vec![Measure::PadFas, Measure::Phrase] },
        Event::CaptureDone,
        Event::Judged { gates: PASSED.to_vec() },
        Event::Compared { gates: matches() },
        Event::AttestationMade,
        Event::ProofMade,
        Event::CoSignatureDurable,
        Event::LogSynced,
    ]
}

/// The same where the validator's phone signs.
fn good_path_with_a_phone() -> Vec<Event> {
    let mut path = good_path();
    path.insert(9, Event::Answered);
    path
}

fn drive(events: impl IntoIterator<Item = Event>) -> (Session, Vec<Command>) {
    drive_with(KeyAt::Kiosk, events)
}

fn drive_with(key: KeyAt, events: impl IntoIterator<Item = Event>) -> (Session, Vec<Command>) {
    let (mut session, mut commands) = Session::new(Limits::default(), key);
    for event in events {
        commands.extend(session.step(event));
    }
    (session, commands)
}

#[test]
fn a_living_validator_who_approves_is_logged() {
    let (session, commands) = drive(good_path());

    assert_eq!(session.state(), &State::Logged);
    let work: Vec<_> = commands.into_iter().filter(|c| !matches!(c, Command::Tell(_))).collect();
    assert_eq!(
        work,
        vec![
            Command::OpenSource,
            Command::BeginElement,
            Command::DerivePrompts,
            Command::Capture,
            Command::CloseSource,
            Command::Judge,
            Command::Compare,
            Command::Attest,
            Command::Prove,
            Command::CoSign,
            Command::EndElement,
            Command::Log,
            Command::Release,
        ]
    );
}

#[test]
fn a_validator_whose_phone_signs_is_logged_and_the_element_is_free_meanwhile() {
    let path = good_path_with_a_phone();
    let (session, commands) = drive_with(KeyAt::Device, path.clone().into_iter().take(9));
    assert_eq!(session.state(), &State::Awaiting);
    assert_eq!(commands[commands.len() - 3], Command::EndElement);
    assert!(commands.contains(&Command::Ask) && !commands.contains(&Command::CoSign));

    let (session, commands) = drive_with(KeyAt::Device, path);
    assert_eq!(session.state(), &State::Logged);
    assert!(commands.contains(&Command::CoSign));
}

#[test]
fn a_phone_that_does_not_answer_lets_it_lapse() {
    let (mut session, _) = drive_with(KeyAt::Device, good_path_with_a_phone().into_iter().take(9));
    assert!(session.step(Event::Clock { now_ms: 59_999 }).is_empty());
    session.step(Event::Clock { now_ms: 60_000 });
    assert_eq!(session.state(), &State::Refused(Reason::TimedOut(Phase::Awaiting)));
    // What comes after is not heard.
    assert!(session.step(Event::Answered).is_empty());
}

#[test]
fn nobody_signs_for_a_phone() {
    let mut path = good_path_with_a_phone();
    path.remove(9);
    let (session, commands) = drive_with(KeyAt::Device, path);
    assert!(matches!(session.state(), State::Refused(Reason::OutOfTurn("co_signature_durable"))));
    assert!(!commands.contains(&Command::CoSign));
    // And no phone answers where the kiosk holds the key.
    let path = good_path().into_iter().take(8).chain([Event::Answered]);
    assert!(matches!(drive(path).0.state(), State::Refused(Reason::OutOfTurn("answered"))));
}

#[test]
fn without_consent_the_camera_stays_shut() {
    let (_, first) = Session::new(Limits::default(), KeyAt::Kiosk);
    assert!(
        first.contains(&Command::Tell(Notice::AskConsent)),
        "nobody is taken at a word that was not asked for"
    );

    let (session, commands) = drive([Event::Approve { consent: false }]);

    assert_eq!(session.state(), &State::Refused(Reason::NoConsent));
    assert!(!commands.contains(&Command::OpenSource));
    assert!(commands.contains(&Command::Tell(Notice::Refused(Ending::NoConsent))));
}

#[test]
fn a_decline_needs_no_camera() {
    let (session, commands) = drive([Event::Decline, Event::DeclineDurable, Event::DeclineLogged]);

    assert_eq!(session.state(), &State::Declined);
    assert!(!commands.contains(&Command::OpenSource));
    assert!(commands.contains(&Command::SignDecline));
}

#[test]
fn a_mandatory_gate_that_is_not_reported_refuses() {
    let mut events = good_path();
    events[5] = Event::Judged { gates: PASSED[..1].to_vec() };

    let (session, _) = drive(events);

    assert_eq!(session.state(), &refused(Measure::Phrase, true));
}

#[test]
fn a_gate_without_a_value_refuses() {
    let mut events = good_path();
    events[5] = Event::Judged { gates: vec![PASSED[0], (Measure::Phrase, Outcome::Missing)] };

    let (session, _) = drive(events);

    assert_eq!(session.state(), &refused(Measure::Phrase, true));
}

#[test]
fn another_voice_is_refused_as_not_you() {
    let mut events = good_path();
    let mut gates = matches();
    gates[1].1 = Outcome::Failed;
    events[6] = Event::Compared { gates };

    let (session, commands) = drive(events);

    assert_eq!(session.state(), &refused(Measure::VoiceMatch, false));
    let told = Notice::Refused(Ending::Gate(Measure::VoiceMatch));
    assert_eq!(told.code(), "refused_not_you");
    assert!(commands.contains(&Command::Tell(told)));
    assert!(!commands.contains(&Command::Attest));
}

#[test]
fn a_stalled_challenge_times_out_and_says_where() {
    let mut events: Vec<_> = good_path().into_iter().take(4).collect();
    events.push(Event::Clock { now_ms: 59_999 });
    let (mut session, _) = drive(events);
    assert_eq!(session.state(), &State::Challenging);

    session.step(Event::Clock { now_ms: 60_000 });

    assert_eq!(session.state(), &State::Refused(Reason::TimedOut(Phase::Challenging)));
}

#[test]
fn once_durable_neither_cancel_nor_clock_takes_it_back() {
    let mut events: Vec<_> = good_path().into_iter().take(10).collect();
    events.extend([Event::Cancel, Event::Clock { now_ms: u64::MAX }, Event::Failed(Fault::Log)]);
    let (mut session, _) = drive(events);
    assert_eq!(session.state(), &State::CoSigned);

    let commands = session.step(Event::LogSynced);

    assert_eq!(session.state(), &State::Logged);
    assert!(commands.contains(&Command::Release));
}

#[test]
fn a_signature_that_is_being_written_is_not_called_back() {
    let mut events: Vec<_> = good_path().into_iter().take(9).collect();
    events.extend([Event::Cancel, Event::Clock { now_ms: u64::MAX }, Event::Decline, Event::CaptureDone]);
    let (mut session, commands) = drive(events);
    assert_eq!((session.state(), session.deadline_ms()), (&State::Proved, None));
    assert!(!commands.iter().any(|command| matches!(command, Command::SignRefusal(_))));

    session.step(Event::Failed(Fault::Store));

    assert_eq!(session.state(), &State::Refused(Reason::Fault(Fault::Store)));
}

#[test]
fn a_durable_decline_whose_log_fails_is_not_told_to_be_unsigned() {
    let (mut session, _) = drive([Event::Decline, Event::DeclineDurable]);

    let commands = session.step(Event::Failed(Fault::Log));

    assert_eq!((session.state(), commands), (&State::DeclineKept, vec![Command::Tell(Notice::LogPending)]));
}

#[test]
fn who_reads_for_five_minutes_has_the_whole_session_left() {
    let (mut session, _) = Session::new(Limits::default(), KeyAt::Kiosk);
    for (second, event) in (300..).zip(good_path().into_iter().take(4)) {
        session.step_at(second * 1000, event);
    }
    assert_eq!((session.state(), session.deadline_ms()), (&State::Challenging, Some(302_000 + 60_000)));

    session.step_at(355_000, Event::CaptureDone);
    assert_eq!(session.state(), &State::Captured);

    session.step_at(362_000, Event::Judged { gates: PASSED[..1].to_vec() });
    assert_eq!(
        session.state(),
        &State::Refused(Reason::TimedOut(Phase::Captured)),
        "the event came too late"
    );
}

fn any_gate() -> impl Strategy<Value = GateResult> {
    use Measure::{FaceMatch, FusedMatch, PadFas, Phrase, Snr, VoiceMatch};
    let gates = prop::sample::select(vec![PadFas, Phrase, FaceMatch, VoiceMatch, FusedMatch, Snr]);
    let outcomes = prop_oneof![
        8 => Just(Outcome::Passed),
        1 => Just(Outcome::Failed),
        1 => Just(Outcome::Missing),
    ];
    (gates, outcomes)
}

fn any_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        any::<bool>().prop_map(|consent| Event::Approve { consent }),
        Just(Event::Decline),
        Just(Event::Cancel),
        (0u64..700_000).prop_map(|now_ms| Event::Clock { now_ms }),
        Just(Event::SourceOpened),
        Just(Event::ElementBegun),
        prop::collection::vec(prop::sample::select(vec![Measure::PadFas, Measure::Phrase]), 0..3)
            .prop_map(|mandatory| Event::Prompted { mandatory }),
        Just(Event::CaptureDone),
        prop::collection::vec(any_gate(), 0..5).prop_map(|gates| Event::Judged { gates }),
        prop::collection::vec(any_gate(), 0..4).prop_map(|gates| Event::Compared { gates }),
        Just(Event::AttestationMade),
        Just(Event::ProofMade),
        Just(Event::Answered),
        Just(Event::CoSignatureDurable),
        Just(Event::LogSynced),
        Just(Event::DeclineDurable),
        Just(Event::DeclineLogged),
        Just(Event::Failed(Fault::Sensor("stalled".into()))),
        Just(Event::Failed(Fault::Proof)),
    ]
}

/// Mostly the good path, with events replaced, dropped, doubled or strewn in: reaches the late states often.
fn disturbed_path(good: fn() -> Vec<Event>) -> impl Strategy<Value = Vec<Event>> {
    prop::collection::vec((0usize..13, any_event(), 0u8..4), 0..4).prop_map(move |changes| {
        let mut path = good();
        for (at, event, kind) in changes {
            let at = at.min(path.len().saturating_sub(1));
            match kind {
                0 if !path.is_empty() => path[at] = event,
                1 if !path.is_empty() => drop(path.remove(at)),
                2 if !path.is_empty() => path.insert(at, path[at].clone()),
                _ => path.insert(at, event),
            }
        }
        path
    })
}

/// What may have to be true of every run, whatever happened in it.
fn check_run(key: KeyAt, events: Vec<Event>) -> Result<(), TestCaseError> {
    let (mut session, _) = Session::new(Limits::default(), key);
    let mut seen: Vec<Command> = Vec::new();
    let mut consent = false;
    let mut all_gates: Vec<GateResult> = Vec::new();
    let mut mandatory: Vec<Measure> = Vec::new();
    let mut happened: Vec<&'static str> = Vec::new();

    for event in events {
        let before = session.state().clone();
        let commands = session.step(event.clone());

        if before.is_final() {
            prop_assert!(commands.is_empty(), "{before:?} answered {event:?} with {commands:?}");
            prop_assert_eq!(&before, session.state());
            continue;
        }
        match &event {
            Event::Approve { consent: true } if before == State::Waiting => consent = true,
            Event::Prompted { mandatory: names } if before == State::Begun => mandatory.clone_from(names),
            Event::Judged { gates } if before == State::Captured => all_gates.extend(gates.clone()),
            Event::Compared { gates } if before == State::Live => all_gates.extend(gates.clone()),
            _ => {}
        }
        if &before != session.state() {
            happened.push(session.state().phase().name());
        }
        if commands.contains(&Command::OpenSource) {
            prop_assert!(consent, "camera before consent");
        }
        if let State::Refused(reason) = session.state() {
            prop_assert!(commands.contains(&Command::CloseSource));
            prop_assert!(commands.contains(&Command::EndElement));
            prop_assert!(commands.contains(&Command::SignRefusal(reason.clone())));
            prop_assert!(!before.is_kept(), "durable bytes taken back");
            let no_return = matches!(before, State::Proved | State::Declining);
            prop_assert!(!no_return || matches!(event, Event::Failed(_)), "{event:?} called {before:?} back");
        }
        seen.extend(commands);
    }

    if seen.contains(&Command::CoSign) {
        let mut path =
            vec!["decided", "begun", "challenging", "captured", "live", "matched", "attested", "proved"];
        if key == KeyAt::Device {
            path.insert(7, "awaiting_signature");
        }
        prop_assert_eq!(&happened[..path.len()], &path[..], "co-signed without every step");
        prop_assert!(all_gates.iter().all(|(_, outcome)| *outcome == Outcome::Passed));
        for measure in mandatory.iter().copied().chain(MATCHES) {
            prop_assert!(all_gates.iter().any(|(gate, _)| *gate == measure), "co-signed without {measure}");
        }
        prop_assert!(!mandatory.is_empty());
    }
    for once in [
        Command::OpenSource,
        Command::Ask,
        Command::CoSign,
        Command::Log,
        Command::Release,
        Command::SignDecline,
    ] {
        prop_assert!(seen.iter().filter(|c| **c == once).count() <= 1, "{once:?} twice");
    }
    let ends = [Command::Release, Command::SignDecline];
    prop_assert!(ends.iter().filter(|c| seen.contains(c)).count() <= 1, "approved and declined");
    if seen.contains(&Command::Release) {
        prop_assert_eq!(session.state(), &State::Logged);
    }
    if seen.contains(&Command::ReleaseDecline) {
        prop_assert_eq!(session.state(), &State::Declined);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_order_of_events_signs_without_every_step(events in prop::collection::vec(any_event(), 0..40)) {
        check_run(KeyAt::Kiosk, events.clone())?;
        check_run(KeyAt::Device, events)?;
    }

    #[test]
    fn no_disturbance_of_the_good_path_signs_without_every_step(events in disturbed_path(good_path)) {
        check_run(KeyAt::Kiosk, events)?;
    }

    #[test]
    fn no_disturbance_makes_a_phone_sign_twice_or_too_early(events in disturbed_path(good_path_with_a_phone)) {
        check_run(KeyAt::Device, events)?;
    }

    #[test]
    fn any_state_can_be_refused_by_the_clock_or_is_forward_only(cut in 0usize..11) {
        let (mut session, _) = drive(good_path().into_iter().take(cut));
        session.step(Event::Clock { now_ms: u64::MAX });
        if cut < 9 {
            prop_assert!(matches!(session.state(), State::Refused(Reason::TimedOut(_))));
        } else {
            prop_assert!(matches!(session.state(), State::Proved | State::CoSigned));
        }
    }
}
