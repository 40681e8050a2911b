//! What a paired device and its kiosk say through somebody in between, and what that somebody can try.

use wetsign_attest::id::Blob;
use wetsign_pair::{
    Back, Refused, SealKey,
    line::{self, Ask, Entry, Errand, Offered, Packet, Reply},
    once::Once,
};

const NOW: u64 = 1_790_000_000;

fn question(number: u8) -> Ask {
    Ask { about: vec![Blob(vec![3; 32])], ..Ask::new([number; 16], NOW, Errand::Wait) }
}

fn sealed(packet: &[u8]) -> &[u8] {
    match Packet::read(packet).unwrap() {
        Packet::Device { sealed, .. } => sealed,
        Packet::Pairing { .. } => panic!("a pairing's"),
    }
}

#[test]
fn a_question_and_its_answer_open_for_the_other_side_alone() {
    let [phone, kiosk, relay] = [(); 3].map(|()| SealKey::fresh());
    let packet = line::ask(&phone, &kiosk.public(), &question(1)).unwrap();
    let inside = sealed(&packet);
    assert_eq!(line::open_ask(&kiosk, &phone.public(), inside).unwrap(), question(1));
    assert!(line::open_ask(&relay, &phone.public(), inside).is_err(), "who is in between reads nothing");
    assert!(
        line::open_ask(&kiosk, &relay.public(), inside).is_err(),
        "and does not pass it off as another's"
    );

    let told = Reply {
        offer: Some(Offered { id: Blob(vec![1; 32]), offer: Blob(vec![2]) }),
        devices: vec![Entry {
            pairing: Blob(vec![4; 32]),
            label: "a phone".into(),
            time: 1,
            until: 2,
            ended: 0,
        }],
        ..Reply::default()
    };
    let answer = line::reply(&kiosk, &phone.public(), &[1; 16], &told).unwrap();
    assert_eq!(line::open_reply(&phone, &kiosk.public(), &[1; 16], &answer).unwrap(), told);
    let other = line::open_reply(&phone, &kiosk.public(), &[2; 16], &answer);
    assert!(other.is_err(), "the answer to another question is none to this one");
}

#[test]
fn a_question_is_heard_once_and_not_long_after() {
    let mut once = Once::default();
    once.admit(&question(1), NOW).unwrap();
    assert_eq!(once.admit(&question(1), NOW + 120), Err(Refused::Again));
    assert!(matches!(once.admit(&question(1), NOW + 121), Err(Refused::Clock { .. })));
    assert!(matches!(once.admit(&question(2), NOW - 121), Err(Refused::Clock { .. })));
    once.admit(&question(2), NOW - 120).unwrap();
}

#[test]
fn more_questions_than_can_be_remembered_are_refused_until_some_are_old() {
    let mut once = Once::default();
    let number = |count: u32| {
        let mut number = [0; 16];
        number[..4].copy_from_slice(&count.to_be_bytes());
        Ask::new(number, NOW, Errand::Devices)
    };
    for count in 0..8192 {
        once.admit(&number(count), NOW).unwrap();
    }
    assert_eq!(once.admit(&number(9000), NOW), Err(Refused::Busy));
    let later = Ask { time: NOW + 121, ..number(9000) };
    once.admit(&later, NOW + 121).unwrap();
}

#[test]
fn packets_and_answers_have_one_form_and_bounds() {
    let device = SealKey::fresh().public();
    for packet in [Packet::Pairing { name: [1; 32], sealed: b"x" }, Packet::Device { device, sealed: b"" }] {
        assert_eq!(Packet::read(&packet.write()).unwrap(), packet);
    }
    let long = vec![0; line::ASKED];
    for wrong in [
        &b""[..],
        &[1; 32],
        &[3; 40],
        &Packet::Device { device, sealed: &long }.write(),
        &Packet::Pairing { name: [1; 32], sealed: &long }.write(),
    ] {
        assert!(Packet::read(wrong).is_err());
    }
    for back in [Back::Heard, Back::Sealed(vec![7; 3]), Back::Refused("später".into())] {
        assert_eq!(Back::read(&back.write()).unwrap(), back);
    }
    assert!(Back::read(&[]).is_err() && Back::read(&[0, 0]).is_err() && Back::read(&[9]).is_err());
    let words = Back::Refused("ö".repeat(5000)).write();
    assert!(words.len() <= 1025 && Back::read(&words).is_ok(), "cut where a letter ends");
}

#[test]
fn a_question_about_too_much_is_refused() {
    let [phone, kiosk] = [(); 2].map(|()| SealKey::fresh());
    for wrong in [
        Ask { about: vec![Blob(vec![1; 32]); 65], ..question(1) },
        Ask { about: vec![Blob(vec![1; 31])], ..question(1) },
        Ask { words: Some("w".repeat(1025)), ..question(1) },
    ] {
        let packet = line::ask(&phone, &kiosk.public(), &wrong).unwrap();
        let refused = line::open_ask(&kiosk, &phone.public(), sealed(&packet));
        assert!(matches!(refused, Err(Refused::Message { .. })));
    }
}
