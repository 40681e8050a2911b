//! Pairing, told as stories: the one that goes well, and everybody who wants to get in between.

use ed25519_dalek::SigningKey;
use proptest::prelude::*;
use wetsign_attest::{
    Object, Signed,
    id::{Blob, PublicKey},
    object::{Custody, Pairing},
    passkey::software::SoftwarePasskey,
};
use wetsign_pair::{Device, Heard, Host, INVITATION_S, Invitation, Own, Refused, SealKey};
use zeroize::Zeroizing;

const NOW: u64 = 1_790_000_000;

fn kiosk() -> PublicKey {
    PublicKey::from(&SigningKey::from_bytes(&[1; 32]))
}

fn passkey(seed: u8) -> SoftwarePasskey {
    SoftwarePasskey::new(&[seed; 32], "hub.example", "https://hub.example").unwrap()
}

fn own(seed: u8) -> Own {
    Own {
        validator: passkey(seed).public(),
        custody: Custody::SoftwarePasskey,
        label: "my phone".into(),
        certified: vec![0x30; 44],
    }
}

fn host_for(only: Option<PublicKey>, salt: u8) -> Host {
    let drawn = Zeroizing::new([salt; 48]);
    Host::invite(kiosk(), "https://kiosk.example:7444", Some([9; 32]), only, &drawn, NOW).unwrap()
}

fn host() -> Host {
    host_for(None, 5)
}

fn scanned(host: &Host) -> Invitation {
    Invitation::read(&host.invitation().text()).unwrap()
}

fn device<'k>(host: &Host, key: &'k SealKey, seed: u8) -> (Device<'k>, Vec<u8>) {
    Device::answer(scanned(host), key, own(seed), Zeroizing::new([seed; 32]), NOW + 1).unwrap()
}

fn answer(heard: Heard) -> Vec<u8> {
    let Heard::Answer(bytes) = heard else { panic!("{heard:?}") };
    bytes
}

fn certificate() -> Blob {
    Blob(b"certificate".to_vec())
}

fn grant(host: &Host) -> Result<Vec<u8>, Refused> {
    let lasting = SealKey::of(Zeroizing::new([3; 32])).public();
    host.grant(&certificate(), &Blob(b"authority".to_vec()), Some(&lasting), None)
}

fn signed(pairing: &Pairing, seed: u8) -> Vec<u8> {
    let answer = passkey(seed).assert(&Signed::challenge(pairing).unwrap()).unwrap();
    Signed::by_passkey(pairing, &answer).unwrap().bytes().to_vec()
}

/// Host and device as they stand when both show digits.
fn compared<'k>(host: &mut Host, key: &'k SealKey) -> (Device<'k>, String, String) {
    let (mut device, hello) = device(host, key, 7);
    let theirs = answer(host.hear(&hello, NOW + 2).unwrap());
    let (ours, on_device) = device.number(&theirs, NOW + 3).unwrap();
    let Heard::Digits(on_kiosk) = host.hear(&ours, NOW + 4).unwrap() else { panic!() };
    (device, on_device, on_kiosk)
}

#[test]
fn two_that_see_the_same_digits_are_paired_and_both_have_the_same_record() {
    let (mut host, key) = (host(), SealKey::fresh());
    let (device, on_device, on_kiosk) = compared(&mut host, &key);
    assert_eq!(on_device, on_kiosk);
    assert!(on_kiosk.len() == 6 && on_kiosk.bytes().all(|digit| digit.is_ascii_digit()));
    assert!(grant(&host).is_err(), "not before the person agreed");

    let pairing = device.pairing().unwrap().clone();
    let word = device.word(&signed(&pairing, 7)).unwrap();
    let Heard::Agreed(record) = host.hear(&word, NOW + 20).unwrap() else { panic!() };
    assert_eq!((record.payload(), record.payload().kiosk), (&pairing, kiosk()));
    assert_eq!(pairing.until - pairing.time, 90 * 86_400);
    assert_eq!(device.granted(&grant(&host).unwrap()).unwrap().bytes, certificate());
}

#[test]
fn every_message_may_come_twice_and_gets_the_same_answer() {
    let (mut host, key) = (host(), SealKey::fresh());
    let (mut device, hello) = device(&host, &key, 7);
    let first = answer(host.hear(&hello, NOW).unwrap());
    assert_eq!(answer(host.hear(&hello, NOW).unwrap()), first);
    let (ours, digits) = device.number(&first, NOW).unwrap();
    for _ in 0..2 {
        assert_eq!(host.hear(&ours, NOW).unwrap(), Heard::Digits(digits.clone()));
    }
    let word = device.word(&signed(device.pairing().unwrap(), 7)).unwrap();
    for _ in 0..2 {
        assert!(matches!(host.hear(&word, NOW).unwrap(), Heard::Agreed(_)));
    }
}

#[test]
fn a_photographed_picture_that_comes_second_ends_it_for_both() {
    let (mut host, mine, theirs) = (host(), SealKey::fresh(), SealKey::fresh());
    let (_, hello) = device(&host, &mine, 7);
    let (_, stolen) = device(&host, &theirs, 8);
    host.hear(&hello, NOW).unwrap();
    assert_eq!(host.hear(&stolen, NOW).unwrap_err(), Refused::SecondDevice);
    assert_eq!(host.hear(&hello, NOW).unwrap_err(), Refused::SecondDevice, "nobody knows whose is whose");
}

#[test]
fn a_second_device_is_found_at_every_later_step() {
    let (mut host, mine, theirs) = (host(), SealKey::fresh(), SealKey::fresh());
    let (device_of_mine, ..) = compared(&mut host, &mine);
    let (_, stolen) = device(&host, &theirs, 8);
    assert_eq!(host.hear(&stolen, NOW).unwrap_err(), Refused::SecondDevice);

    let mut host = host_for(None, 6);
    let (agreed, ..) = compared(&mut host, &mine);
    let word = agreed.word(&signed(agreed.pairing().unwrap(), 7)).unwrap();
    host.hear(&word, NOW).unwrap();
    let (_, stolen) = device(&host, &theirs, 8);
    assert_eq!(host.hear(&stolen, NOW).unwrap_err(), Refused::SecondDevice);
    assert!(grant(&host).is_err());
    drop(device_of_mine);
}

#[test]
fn a_picture_is_good_for_a_minute() {
    let (mut host, key) = (host(), SealKey::fresh());
    let late = NOW + INVITATION_S;
    let answered = Device::answer(scanned(&host), &key, own(7), Zeroizing::new([7; 32]), late);
    assert!(matches!(answered.err(), Some(Refused::Late { .. })));
    let (_, hello) = device(&host, &key, 7);
    assert!(matches!(host.hear(&hello, late), Err(Refused::Late { .. })));
    assert!(matches!(host.hear(&hello, NOW), Err(Refused::Late { .. })), "and stays over");
}

#[test]
fn nobody_who_did_not_see_the_picture_gets_in_or_ends_it() {
    let (mut host, key) = (host(), SealKey::fresh());
    let (_, hello) = device(&host, &key, 7);
    // A picture of another pairing of the same kiosk, and no picture at all.
    let (_, other) = device(&host_for(None, 6), &SealKey::fresh(), 8);
    for noise in [other, Vec::new(), vec![0; 200], vec![7; 16 * 1024 + 1]] {
        assert!(host.hear(&noise, NOW).is_err());
    }
    assert!(matches!(host.hear(&hello, NOW), Ok(Heard::Answer(_))));
}

#[test]
fn somebody_in_between_is_seen_by_the_digits() {
    // The device scans a picture that the one in between shows; he answers the kiosk's own with another key.
    let (mut host, mut relay) = (host(), host_for(None, 6));
    let (mine, his) = (SealKey::fresh(), SealKey::fresh());
    let (mut victim, hello) = device(&relay, &mine, 7);
    let (mut forged, forged_hello) = device(&host, &his, 8);
    let from_kiosk = answer(host.hear(&forged_hello, NOW).unwrap());
    let from_relay = answer(relay.hear(&hello, NOW).unwrap());
    assert!(victim.number(&from_kiosk, NOW).is_err(), "what the kiosk said is not for the victim");
    let (_, on_device) = victim.number(&from_relay, NOW).unwrap();
    let (to_kiosk, _) = forged.number(&from_kiosk, NOW).unwrap();
    let Heard::Digits(on_kiosk) = host.hear(&to_kiosk, NOW).unwrap() else { panic!() };
    assert_ne!(on_device, on_kiosk);
}

#[test]
fn the_phone_of_an_enrolled_person_has_the_enrolled_key() {
    let (mut host, key) = (host_for(Some(passkey(9).public()), 5), SealKey::fresh());
    let (_, hello) = device(&host, &key, 7);
    assert_eq!(host.hear(&hello, NOW).unwrap_err(), Refused::OtherKey);
}

#[test]
fn a_record_that_says_something_else_is_refused_and_named() {
    type Change = fn(&mut Pairing);
    let changes: [(&str, Change); 3] = [
        ("label", |pairing| pairing.label = "another".into()),
        ("until", |pairing| pairing.until -= 1),
        ("transcript", |pairing| pairing.transcript.0[0] ^= 1),
    ];
    for (field, change) in changes {
        let (mut host, key) = (host(), SealKey::fresh());
        let (device, ..) = compared(&mut host, &key);
        let mut pairing = device.pairing().unwrap().clone();
        change(&mut pairing);
        let word = device.word(&signed(&pairing, 7)).unwrap();
        assert_eq!(host.hear(&word, NOW).unwrap_err(), Refused::Pairing { field });
    }
}

#[test]
fn a_record_that_another_key_signed_is_refused() {
    let (mut host, key) = (host(), SealKey::fresh());
    let (device, ..) = compared(&mut host, &key);
    let pairing = device.pairing().unwrap();
    let answer = passkey(8).assert(&Signed::challenge(pairing).unwrap()).unwrap();
    assert!(Signed::by_passkey(pairing, &answer).is_err());
    let theirs = Pairing { validator: passkey(8).public(), ..pairing.clone() };
    let word = device.word(&signed(&theirs, 8)).unwrap();
    assert_eq!(host.hear(&word, NOW).unwrap_err(), Refused::Pairing { field: "validator" });
}

#[test]
fn what_the_person_stops_stays_stopped() {
    let (mut host, key) = (host(), SealKey::fresh());
    let (device, ..) = compared(&mut host, &key);
    host.stop();
    let word = device.word(&signed(device.pairing().unwrap(), 7)).unwrap();
    assert!(matches!(host.hear(&word, NOW), Err(Refused::Stopped { .. })));
}

#[test]
fn a_wrong_clock_is_named() {
    let (mut host, key) = (host(), SealKey::fresh());
    let (mut device, hello) = device(&host, &key, 7);
    let theirs = answer(host.hear(&hello, NOW).unwrap());
    assert!(matches!(device.number(&theirs, NOW + 600), Err(Refused::Clock { .. })));
}

#[test]
fn what_is_no_invitation_is_refused_in_words() {
    let text = host().invitation().text();
    assert!(Invitation::read(&format!("  {text}\n")).is_ok());
    let long = format!("{text}{}", "A".repeat(1024));
    for wrong in
        ["", "https://kiosk.example", &text[..text.len() - 1], &text[5..][..20], &long, &format!("{text}A")]
    {
        assert!(matches!(Invitation::read(wrong), Err(Refused::Invitation { .. })), "{wrong}");
    }
    let drawn = Zeroizing::new([5; 48]);
    for address in ["", "has space", "has#mark", &"a".repeat(257)] {
        assert!(Host::invite(kiosk(), address, None, None, &drawn, NOW).is_err(), "{address}");
    }
}

/// What may happen at the kiosk, in any order.
#[derive(Debug, Clone, Copy)]
enum Step {
    Hello(bool),
    Number,
    Word,
    Noise(u8),
    Stop,
    Wait(u16),
    Grant,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Hello(true)),
        1 => Just(Step::Hello(false)),
        4 => Just(Step::Number),
        4 => Just(Step::Word),
        1 => any::<u8>().prop_map(Step::Noise),
        1 => Just(Step::Stop),
        1 => (0_u16..90).prop_map(Step::Wait),
        3 => Just(Step::Grant),
    ]
}

proptest! {
    #[test]
    fn in_every_order_a_certificate_follows_a_signed_word_of_the_one_device(steps in prop::collection::vec(step(), 0..24)) {
        let (mut host, mine, other) = (host(), SealKey::fresh(), SealKey::fresh());
        let (mut device, hello) = device(&host, &mine, 7);
        let (_, stolen) = self::device(&host, &other, 8);
        let (mut number, mut now) = (None::<Vec<u8>>, NOW);
        let (mut agreed, mut spoiled) = (false, false);
        for step in steps {
            let heard = match step {
                Step::Hello(true) => host.hear(&hello, now),
                Step::Hello(false) => host.hear(&stolen, now),
                Step::Number => match &number {
                    Some(bytes) => host.hear(bytes, now),
                    None => continue,
                },
                Step::Word => match device.pairing() {
                    Some(pairing) => host.hear(&device.word(&signed(pairing, 7)).unwrap(), now),
                    None => continue,
                },
                Step::Noise(byte) => host.hear(&[byte; 80], now),
                Step::Stop => {
                    host.stop();
                    spoiled = true;
                    continue;
                }
                Step::Wait(seconds) => {
                    now += u64::from(seconds);
                    continue;
                }
                Step::Grant => {
                    let granted = grant(&host);
                    prop_assert_eq!(granted.is_ok(), agreed && !spoiled);
                    if let Ok(sealed) = granted {
                        prop_assert_eq!(device.granted(&sealed).unwrap().bytes, certificate());
                    }
                    continue;
                }
            };
            match heard {
                Ok(Heard::Answer(bytes)) if number.is_none() => {
                    // What the second device would get does not open for the first.
                    if let Ok((ours, _)) = device.number(&bytes, NOW) {
                        number = Some(ours);
                    }
                }
                Ok(Heard::Agreed(record)) => {
                    prop_assert!(!spoiled);
                    prop_assert_eq!(record.payload(), device.pairing().unwrap());
                    prop_assert!(record.payload().check().is_ok());
                    agreed = true;
                }
                Err(Refused::SecondDevice | Refused::Late { .. } | Refused::Stopped { .. }) => spoiled = true,
                _ => {}
            }
        }
    }
}
