//! The codec from outside: what is sent arrives, and nothing else is accepted.

use proptest::prelude::*;
use wetsign_wire::{
    Answer, DecodeError, EncodeError, FrameError, FrameReader, Identity, Kind, Pattern, RefusalCode, Request,
    Response, eat::Home, encode_clear, limits,
};

/// Feeds bytes to a reader and hands every closed frame to `take`.
fn feed(bytes: &[u8], mut take: impl FnMut(&mut FrameReader)) {
    let mut reader = FrameReader::new();
    for byte in bytes {
        if reader.push(*byte) {
            take(&mut reader);
        }
    }
}

fn bytes(limit: usize) -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![prop::collection::vec(any::<u8>(), 0..=64), prop::collection::vec(any::<u8>(), 0..=limit)]
}

prop_compose! {
    fn digests()(a in any::<[u8; 32]>(), b in any::<[u8; 32]>(), c in any::<[u8; 32]>()) -> [[u8; 32]; 3] {
        [a, b, c]
    }
}

const PATTERNS: [Pattern; 8] = [
    Pattern::Off,
    Pattern::Attention,
    Pattern::Look,
    Pattern::Speak,
    Pattern::Working,
    Pattern::Approved,
    Pattern::Refused,
    Pattern::Fault,
];

fn request_of(kind: u8, [a, b, c]: [[u8; 32]; 3], data: &[u8]) -> Request<'_> {
    match kind {
        0 => Request::Identity,
        1 => Request::Begin { request_id: a, verdict_id: b, validator_key: c },
        2 => Request::Attest { probe_commitment: a, report_digest: b, manifest_digest: c },
        3 => Request::Seal { label: a, plain: &data[..data.len().min(limits::PLAIN)] },
        4 => Request::Unseal { label: a, sealed: data },
        5 => Request::Counter,
        6 => Request::Tamper,
        7 => Request::Random { length: a[0] % (limits::RANDOM as u8 + 1) },
        8 => Request::SelfTest,
        9 => Request::End,
        10 => Request::Provision { chain: &data[..data.len().min(limits::CERTIFICATE)] },
        11 => Request::Firmware,
        12 => Request::TamperChallenge,
        13 => Request::TamperClear { signature: [a, b].concat().try_into().unwrap() },
        _ => Request::Indicator { pattern: PATTERNS[usize::from(a[0] % 8)] },
    }
}

fn answer_of<'b>(kind: u8, [a, b, c]: [[u8; 32]; 3], data: &'b [u8], text: &'b str) -> Answer<'b> {
    let cut = |limit: usize| &data[..data.len().min(limit)];
    let number = u64::from_be_bytes(a[..8].try_into().unwrap());
    match kind {
        0 => Answer::Identity(Identity {
            public_key: a,
            ueid: b[..17].try_into().unwrap(),
            hwmodel: text,
            swname: text,
            swversion: text,
            firmware_digest: c,
            bootcount: number as u32,
            counter: number,
            home: [Home::Chip, Home::Emulator, Home::Program][number as usize % 3],
            certificate: cut(limits::CERTIFICATE),
            channel_key: b,
        }),
        1 => Answer::Begun { challenge: a },
        2 => Answer::Token { token: cut(limits::TOKEN), counter: number },
        3 => Answer::Sealed { sealed: data },
        4 => Answer::Unsealed { plain: cut(limits::PLAIN) },
        5 => Answer::Counter { value: number },
        6 => Answer::Tamper { latched: a[0], active: a[1] },
        7 => Answer::Random { bytes: cut(limits::RANDOM) },
        8 => Answer::SelfTest { failed: a[0] },
        9 => Answer::Done,
        10 => Answer::Firmware { digest: a, length: number },
        11 => Answer::TamperChallenge { challenge: a },
        _ => Answer::Refused { code: RefusalCode::RateLimited, retry_after_ms: number as u32 },
    }
}

proptest! {
    #[test]
    fn every_request_arrives_as_it_was_sent(
        kind in 0..15u8, ids in digests(), data in bytes(limits::SEALED), sequence: u16,
    ) {
        let sent = request_of(kind, ids, &data);
        let mut out = [0; limits::FRAME];
        let frame = encode_clear(sequence, &sent, &mut out).unwrap();
        prop_assert_eq!(frame.iter().position(|byte| *byte == 0), Some(frame.len() - 1));
        let mut arrived = 0;
        feed(frame, |reader| {
            let frame = reader.frame().unwrap();
            assert_eq!((frame.header.kind, frame.header.sequence), (Kind::Clear, sequence));
            assert!(Request::from_bytes(frame.payload) == Ok(sent));
            arrived += 1;
        });
        prop_assert_eq!(arrived, 1);
    }

    #[test]
    fn every_response_arrives_as_it_was_sent(
        kind in 0..13u8, ids in digests(), data in bytes(limits::SEALED), text in "[ -~]{0,32}", tamper: u8,
    ) {
        let sent = Response { tamper, answer: answer_of(kind, ids, &data, &text) };
        let mut out = [0; limits::FRAME];
        let frame = encode_clear(1, &sent, &mut out).unwrap();
        let mut arrived = 0;
        feed(frame, |reader| {
            assert!(Response::from_bytes(reader.frame().unwrap().payload) == Ok(sent));
            arrived += 1;
        });
        prop_assert_eq!(arrived, 1);
    }

    #[test]
    fn one_changed_byte_is_never_taken_for_another_message(
        kind in 0..15u8, ids in digests(), data in bytes(600), place: prop::sample::Index, change in 1..=255u8,
    ) {
        let sent = request_of(kind, ids, &data);
        let mut out = [0; limits::FRAME];
        let length = encode_clear(3, &sent, &mut out).unwrap().len();
        out[place.index(length)] ^= change;
        feed(&out[..length], |reader| assert!(reader.frame().is_err()));
    }

    #[test]
    fn noise_is_refused_without_panic_and_the_next_frame_is_read(noise in bytes(3 * limits::FRAME)) {
        let mut line = noise;
        line.push(0);
        let mut out = [0; limits::FRAME];
        line.extend_from_slice(encode_clear(5, &Request::End, &mut out).unwrap());
        let mut read = Vec::new();
        feed(&line, |reader| {
            if let Ok(frame) = reader.frame() {
                read.push((frame.header.sequence, Request::from_bytes(frame.payload) == Ok(Request::End)));
            }
        });
        prop_assert_eq!(read.last(), Some(&(5, true)));
    }

    #[test]
    fn any_bytes_as_a_message_are_decoded_or_refused_and_never_two_ways(message in bytes(limits::MESSAGE)) {
        let line = frame_around(2, 0, &message);
        feed(&line, |reader| {
            let Ok(frame) = reader.frame() else { return };
            if let Ok(request) = Request::from_bytes(frame.payload) {
                let mut out = [0; limits::FRAME];
                assert_eq!(encode_clear(7, &request, &mut out).unwrap(), line);
            }
        });
    }
}

/// A sound frame (sequence 7) around any message.
fn frame_around(version: u8, kind: u8, message: &[u8]) -> Vec<u8> {
    let mut body = vec![version, kind, 0, 7];
    body.extend_from_slice(message);
    let crc = crc::Crc::<u32>::new(&crc::CRC_32_ISCSI).checksum(&body);
    body.extend_from_slice(&crc.to_be_bytes());
    let mut out = vec![0; cobs::max_encoding_length(body.len()) + 1];
    let length = cobs::encode(&body, &mut out);
    out.truncate(length + 1);
    out
}

fn decoded(message: &[u8]) -> Result<String, DecodeError> {
    let mut result = None;
    feed(&frame_around(2, 0, message), |reader| {
        let frame = reader.frame().unwrap();
        result = Some(Request::from_bytes(frame.payload).map(|request| format!("{request:?}")));
    });
    result.expect("one frame")
}

#[test]
fn only_the_one_encoding_of_a_message_is_accepted() {
    let refused = |error| Err::<String, _>(error);
    assert_eq!(decoded(&[0x82, 0x05, 0x80]), Ok("Counter".to_owned()));
    assert_eq!(decoded(&[0x82, 0x18, 0x05, 0x80]), refused(DecodeError::NotCanonical), "longer integer");
    assert_eq!(decoded(&[0x82, 0x05, 0x80, 0x00]), refused(DecodeError::NotCanonical), "trailing byte");
    assert_eq!(decoded(&[0x82, 0x05, 0x81, 0x01]), refused(DecodeError::NotCanonical), "unknown field");
    assert_eq!(decoded(&[0x82, 0x05]), refused(DecodeError::Malformed), "cut off");
    assert_eq!(decoded(&[0x82, 0x18, 0x63, 0x80]), refused(DecodeError::Malformed), "unknown message");
    assert_eq!(decoded(&[]), refused(DecodeError::Malformed), "nothing");
    let over = DecodeError::OverLimit { field: "random", found: 65, limit: 64 };
    assert_eq!(decoded(&[0x82, 0x07, 0x81, 0x18, 65]), refused(over));
    assert_eq!(decoded(&[0x82, 0x0e, 0x81, 0x08]), refused(DecodeError::Malformed), "unknown pattern");
}

#[test]
fn another_version_and_an_unknown_kind_are_told_apart_from_noise() {
    let mut seen = Vec::new();
    for (version, kind) in [(1, 0), (3, 0), (2, 3)] {
        feed(&frame_around(version, kind, &[0x82, 0x05, 0x80]), |reader| seen.push(reader.frame().err()));
    }
    let version = |found| Some(FrameError::Version { found, sequence: 7 });
    assert_eq!(seen, [version(1), version(3), Some(FrameError::Kind { found: 3, sequence: 7 })]);
}

#[test]
fn a_message_over_its_limit_is_not_sent() {
    let mut out = [0; limits::FRAME];
    let request = Request::Seal { label: [0; 32], plain: &[0; limits::PLAIN + 1] };
    let over = EncodeError::OverLimit { field: "plain", found: limits::PLAIN + 1, limit: limits::PLAIN };
    assert_eq!(encode_clear(1, &request, &mut out), Err(over));
    assert_eq!(encode_clear(1, &Request::Counter, &mut [0; 4]), Err(EncodeError::NoRoom));
    assert_eq!(encode_clear(1, &Request::Counter, &mut []), Err(EncodeError::NoRoom));
}

#[test]
fn the_largest_messages_fit_their_frames() {
    let mut out = [0; limits::FRAME];
    let certificate = [0xff; limits::CERTIFICATE];
    let unseal = Request::Unseal { label: [0xff; 32], sealed: &[0xff; limits::SEALED] };
    assert!(encode_clear(u16::MAX, &unseal, &mut out).is_ok());
    let sealed = Response { tamper: 255, answer: Answer::Sealed { sealed: &[0xff; limits::SEALED] } };
    assert!(encode_clear(u16::MAX, &sealed, &mut out).is_ok());
    assert!(encode_clear(u16::MAX, &Request::Provision { chain: &certificate }, &mut out).is_ok());
}

#[test]
fn requests_and_answers_do_not_show_what_they_carry() {
    let request = Request::Seal { label: [0; 32], plain: b"secret" };
    let response = Response { tamper: 0, answer: Answer::Unsealed { plain: b"secret" } };
    assert_eq!(format!("{request:?}"), "Seal");
    assert_eq!(format!("{response:?}"), "Response { tamper: 0x00, answer: Unsealed }");
}
