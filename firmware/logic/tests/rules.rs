//! The rules, through every order of calls, times and failures, over the real frames and the real channel.

mod fake;
mod world;

use proptest::prelude::*;
use wetsign_element::{Element, Work};
use wetsign_wire::{Answer, FrameReader, RefusalCode, Request, channel::Channel, limits};
use world::{Step, VALIDATOR, World, done};

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => any::<u8>().prop_map(Step::Begin),
        8 => any::<u8>().prop_map(Step::Attest),
        3 => Just(Step::Seal),
        4 => Just(Step::Unseal),
        1 => Just(Step::End),
        1 => Just(Step::Disconnect),
        3 => (0..2_usize).prop_map(Step::Connect),
        1 => Just(Step::RepeatOnTheCable),
        1 => Just(Step::AskInTheClear),
        3 => (0..2_u8).prop_map(Step::Provision),
        3 => (0..2_u8).prop_map(Step::ClearTamper),
        1 => Just(Step::Indicate),
        3 => prop_oneof![0..2_000_u64, 59_000..61_000_u64, Just(60_000), Just(60_001)].prop_map(Step::Wait),
        1 => Just(Step::ClockBack),
        1 => (1..=255_u8).prop_map(Step::OpenCase),
        1 => Just(Step::OpenCaseWhileSigning),
        2 => Just(Step::CloseCase),
        1 => Just(Step::Reboot),
        1 => any::<bool>().prop_map(Step::CounterFails),
        1 => any::<bool>().prop_map(Step::StorageFails),
        1 => any::<bool>().prop_map(Step::EntropyFails),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_rules_hold_in_every_order_of_calls_and_times(steps in prop::collection::vec(step(), 1..60)) {
        let mut world = World::new();
        for step in steps {
            world.take(step);
        }
    }
}

#[test]
fn a_case_closed_again_before_the_element_looked_goes_unnoticed_and_costs_no_key() {
    let mut world = World::new();
    for step in [Step::OpenCase(1), Step::RepeatOnTheCable, Step::CloseCase, Step::AskInTheClear] {
        world.take(step);
    }
    assert_eq!(world.model.latched, 0);
}

#[test]
fn a_session_that_should_end_is_over_even_if_nothing_can_be_stored() {
    let mut world = World::new();
    world.take(Step::Seal);
    world.take(Step::Begin(1));
    world.take(Step::StorageFails(true));
    world.take(Step::Provision(0));
    world.take(Step::End);
    world.take(Step::StorageFails(false));
    assert_eq!(
        world.ask(
            &Request::Attest { probe_commitment: [4; 32], report_digest: [5; 32], manifest_digest: [6; 32] },
            done
        ),
        Some(Err(RefusalCode::NoSession))
    );
}

#[test]
fn a_session_lasts_sixty_seconds_and_not_a_millisecond_more() {
    for (wait, granted) in [(60_000, true), (60_001, false)] {
        let mut world = World::new();
        world.take(Step::Begin(1));
        world.take(Step::Wait(wait));
        let attest =
            Request::Attest { probe_commitment: [4; 32], report_digest: [5; 32], manifest_digest: [6; 32] };
        let signed = world.ask(&attest, |answer| matches!(answer, Answer::Token { counter: 1, .. }));
        assert_eq!(signed, Some(granted), "after {wait} ms");
    }
}

#[test]
fn sessions_are_rate_limited_and_the_refusal_says_how_long_to_wait() {
    let mut world = World::new();
    let begin = Request::Begin { request_id: [1; 32], verdict_id: [2; 32], validator_key: [3; 32] };
    let refused = |world: &mut World| {
        let wait = world.ask(&begin, |answer| match answer {
            Answer::Refused { code: RefusalCode::RateLimited, retry_after_ms } => Some(retry_after_ms),
            _ => None,
        });
        wait.expect("an answer")
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

/// Begins a session for a validator; gives the refusal, if it is one.
fn begin(world: &mut World, validator_key: [u8; 32]) -> Option<RefusalCode> {
    let begin = Request::Begin { request_id: [1; 32], verdict_id: [2; 32], validator_key };
    let refused = world.ask(&begin, |answer| match answer {
        Answer::Begun { .. } => None,
        Answer::Refused { code, .. } => Some(code),
        other => panic!("{other:?}"),
    });
    refused.expect("an answer")
}

#[test]
fn a_session_that_signed_nothing_has_used_up_a_number() {
    let mut world = World::new();
    for step in [
        Step::Begin(1),
        Step::End,
        Step::Begin(2),
        Step::Disconnect,
        Step::Connect(0),
        Step::Begin(3),
        Step::Reboot,
    ] {
        world.take(step);
    }
    assert_eq!(world.shared.durable_counter(), 3);
    world.take(Step::Begin(4));
    world.take(Step::Attest(5));
    assert_eq!((world.model.highest, world.shared.durable_counter()), (4, 4));
}

#[test]
fn a_session_opens_no_item_of_another_validator_whatever_its_label() {
    let mut world = World::new();
    world.take(Step::Seal);
    let sealed = world.model.sealed.clone().unwrap();
    let refused = |world: &mut World, label: [u8; 32]| {
        let request = Request::Unseal { label, sealed: &sealed };
        world.ask(&request, |answer| match answer {
            Answer::Refused { code, .. } => Some(code),
            _ => None,
        })
    };
    assert_eq!(begin(&mut world, [4; 32]), None);
    for label in [fake::label(&VALIDATOR), [0; 32], VALIDATOR, [4; 32]] {
        assert_eq!(refused(&mut world, label), Some(Some(RefusalCode::OtherValidator)));
    }
    assert_eq!(refused(&mut world, fake::label(&[4; 32])), Some(Some(RefusalCode::NotSealedHere)));
    assert_eq!(begin(&mut world, VALIDATOR), None);
    assert_eq!(refused(&mut world, fake::label(&VALIDATOR)), Some(None), "it opens in its own session");
}

#[test]
fn a_number_that_cannot_be_made_durable_gives_no_challenge_and_opens_nothing() {
    let mut world = World::new();
    world.take(Step::Seal);
    world.shared.counter_fails(true);
    assert_eq!(begin(&mut world, VALIDATOR), Some(RefusalCode::CounterFailed));
    // The model holds that nothing opens without a session.
    world.take(Step::Unseal);
    world.take(Step::Attest(5));
    assert_eq!(world.shared.durable_counter(), 0);
}

#[test]
fn pulling_the_plug_gives_no_more_sessions_than_waiting() {
    let rate = wetsign_element::Profile::SESSIONS;
    let mut world = World::new();
    let mut begun = 0;
    for _ in 0..2 * rate.burst {
        begun += u32::from(begin(&mut world, VALIDATOR).is_none());
        world.take(Step::Reboot);
    }
    assert_eq!(begun, rate.burst);
    assert_eq!(world.shared.durable_counter(), u64::from(rate.burst), "a refused one uses up no number");
    world.shared.wait(u64::from(rate.refill_ms) - 1);
    assert_eq!(begin(&mut world, VALIDATOR), Some(RefusalCode::RateLimited));
    world.shared.wait(1);
    assert_eq!(begin(&mut world, VALIDATOR), None);
}

#[test]
fn tampering_that_cannot_be_made_durable_grants_nothing_until_it_is() {
    let mut world = World::new();
    let old_key = world.shared.public_key();
    assert!(world.connect(0).is_none());
    world.shared.storage_fails(true);
    world.shared.open_case(2);
    assert_eq!(world.ask(&Request::Counter, |_| ()), None, "the channel went with the keys");
    assert_eq!(world.connect(0), Some(RefusalCode::StorageFailed));
    assert_ne!(world.shared.public_key(), old_key, "the key went at once");
    world.shared.storage_fails(false);
    assert_eq!(world.connect(0), None);
}

#[test]
fn a_stuck_random_source_begins_no_session() {
    let mut world = World::new();
    assert!(world.connect(0).is_none());
    world.shared.entropy_stuck();
    let request = Request::Begin { request_id: [1; 32], verdict_id: [2; 32], validator_key: [3; 32] };
    let mut codes = Vec::new();
    for _ in 0..2 {
        codes.push(world.ask(&request, |answer| match answer {
            Answer::Refused { code, .. } => Some(code),
            _ => None,
        }));
    }
    assert_eq!(codes[1], Some(Some(RefusalCode::EntropyFailed)), "the same draw twice");
}

#[test]
fn a_pairing_that_could_not_be_stored_did_not_happen() {
    let mut world = World::new();
    world.shared.storage_fails(true);
    assert_eq!(world.connect(0), Some(RefusalCode::StorageFailed));
    world.shared.storage_fails(false);
    assert_eq!(world.connect(1), None, "another host may still be the first");
    assert_eq!(world.connect(0), Some(RefusalCode::UnknownHost));
    world.take(Step::Reboot);
    assert_eq!(world.connect(0), Some(RefusalCode::UnknownHost), "it survives a restart");
}

#[test]
fn tampering_is_cleared_by_the_pinned_provisioner_and_brings_back_no_key() {
    let mut world = World::new();
    let old_key = world.shared.public_key();
    world.take(Step::Provision(0));
    world.take(Step::Seal);
    world.shared.open_case(4);
    world.take(Step::Attest(1));
    world.clear_tamper(0);
    assert_eq!(world.model.latched, 4, "not while the case is open");
    world.shared.open_case(0);
    world.clear_tamper(1);
    assert_eq!(world.model.latched, 4, "not by another provisioner");
    world.clear_tamper(0);
    assert_eq!((world.model.latched, world.shared.stored().tamper), (0, 0));
    assert_ne!(world.shared.public_key(), old_key);
    world.take(Step::Begin(1));
    world.take(Step::Unseal);
    world.take(Step::Provision(1));
    assert!(!world.shared.certificate().is_empty(), "everything is provisioned anew, by anybody");
}

#[test]
fn a_certificate_for_other_keys_or_with_another_signature_is_not_taken() {
    let mut world = World::new();
    let keys = world.ask(&Request::Identity, |answer| match answer {
        Answer::Identity(id) => (id.public_key, id.channel_key, id.ueid),
        other => panic!("{other:?}"),
    });
    let (device, channel, ueid) = keys.unwrap();
    let key = world::provisioner(0);
    let good = fake::chain(&device, &channel, &ueid, &key);
    let mut wrong = vec![
        fake::chain(&[1; 32], &channel, &ueid, &key),
        fake::chain(&device, &[1; 32], &ueid, &key),
        fake::chain(&device, &channel, &[1; 17], &key),
        good[..good.len() - 1].to_vec(),
        [&good[..], &[0]].concat(),
        Vec::new(),
    ];
    // The last 12 bytes are the provisioner's half, which is not the element's business.
    wrong.extend((0..good.len() - 12).map(|index| {
        let mut changed = good.clone();
        changed[index] ^= 1;
        changed
    }));
    for (index, chain) in wrong.iter().enumerate() {
        let answer = world.ask(&Request::Provision { chain }, done);
        assert_eq!(answer, Some(Err(RefusalCode::NotForThisElement)), "case {index}");
    }
    assert_eq!(world.shared.stored().provisioner, None);
    assert_eq!(world.ask(&Request::Provision { chain: &good }, done), Some(Ok(())));
}

#[test]
fn the_firmware_is_measured_when_asked() {
    let mut world = World::new();
    let whole = fake::IMAGE.concat();
    let answer = world.ask(&Request::Firmware, |answer| match answer {
        Answer::Firmware { digest, length } => (digest.to_vec(), length),
        other => panic!("{other:?}"),
    });
    let digest = <sha2::Sha256 as sha2::Digest>::digest(&whole).to_vec();
    assert_eq!(answer, Some((digest.clone(), whole.len() as u64)));
    let said = world.ask(&Request::Identity, |answer| match answer {
        Answer::Identity(id) => id.firmware_digest.to_vec(),
        other => panic!("{other:?}"),
    });
    assert_eq!(said, Some(digest));
}

/// A board has 16 KB for all of it, stack included. The fake's parts are pointers and a software key, as a board's are.
#[test]
fn buffers_and_state_leave_more_than_half_of_sixteen_kilobytes_for_the_stack() {
    let buffers = [size_of::<FrameReader>(), size_of::<Work>(), limits::FRAME];
    assert_eq!(buffers, [1_328, 1_053, 1_312], "reader, work and output: README.md says so too");
    let state = size_of::<Element<fake::Fake>>();
    assert!(state <= 832, "{state} bytes of state, of which {} are the channel", size_of::<Channel>());
}
