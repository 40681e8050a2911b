//! Any message survives any cutting of the stream; anything over the limit or malformed is refused.

use std::collections::BTreeMap;

use proptest::prelude::*;
use wetsign_sensor_ipc::{
    Captured, Decoder, FrameError, FromSensor, MAX_MESSAGE, Preview, Progress, encode, from_sensor::Kind,
    read_message, write_message,
};

fn message() -> impl Strategy<Value = FromSensor> {
    let captured = (
        any::<u64>(),
        prop::collection::vec(-1.0f32..1.0, 0..256),
        prop::collection::btree_map("[a-z_]{1,12}", any::<i32>(), 0..16),
        ".{0,40}",
    )
        .prop_map(|(id, face_embedding, measurements, transcript)| {
            Kind::Captured(Captured { id, face_embedding, measurements, transcript, ..Captured::default() })
        });
    let preview = (any::<u64>(), prop::collection::vec(any::<u8>(), 0..5000))
        .prop_map(|(id, jpeg)| Kind::Preview(Preview { id, jpeg, ..Preview::default() }));
    let progress =
        (any::<u64>(), any::<u32>(), 0..11i32, 0..1001u32).prop_map(|(id, prompt_index, hint, fraction)| {
            Kind::Progress(Progress { id, prompt_index, hint, fraction })
        });
    prop_oneof![captured, preview, progress].prop_map(FromSensor::from)
}

proptest! {
    #[test]
    fn messages_survive_any_cutting(
        messages in prop::collection::vec(message(), 1..6),
        cuts in prop::collection::vec(1usize..700, 1..40),
    ) {
        let stream: Vec<u8> = messages.iter().flat_map(|m| encode(m).unwrap()).collect();
        let mut decoder = Decoder::<FromSensor>::new();
        let mut got = Vec::new();
        let mut rest = stream.as_slice();
        let mut cuts = cuts.into_iter().cycle();
        while !rest.is_empty() {
            let (now, later) = rest.split_at(cuts.next().unwrap().min(rest.len()));
            decoder.feed(now);
            while let Some(message) = decoder.next_message().unwrap() {
                got.push(message);
            }
            rest = later;
        }
        prop_assert_eq!(&got, &messages);
        prop_assert_eq!(decoder.pending(), 0);

        let mut blocking = stream.as_slice();
        for message in &messages {
            let read = read_message::<FromSensor>(&mut blocking).unwrap();
            prop_assert_eq!(read.as_ref(), Some(message));
        }
        prop_assert!(read_message::<FromSensor>(&mut blocking).unwrap().is_none());
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut decoder = Decoder::<FromSensor>::new();
        decoder.feed(&bytes);
        for _ in 0..bytes.len() {
            if !matches!(decoder.next_message(), Ok(Some(_))) {
                break;
            }
        }
        prop_assert!(decoder.pending() <= bytes.len());
    }
}

#[test]
fn a_prefix_over_the_limit_is_refused_before_its_body_arrives() {
    let mut decoder = Decoder::<FromSensor>::new();
    decoder.feed(&(MAX_MESSAGE as u32 + 1).to_be_bytes());
    assert!(
        matches!(decoder.next_message(), Err(FrameError::TooLong { length }) if length == MAX_MESSAGE + 1)
    );
}

#[test]
fn a_message_over_the_limit_is_not_sent() {
    let preview = Preview { jpeg: vec![0; MAX_MESSAGE], ..Preview::default() };
    let mut sink = Vec::new();
    let error = write_message(&mut sink, &FromSensor::from(Kind::Preview(preview))).unwrap_err();
    assert!(matches!(error, FrameError::TooLong { .. }));
    assert!(sink.is_empty());
}

#[test]
fn a_stream_that_ends_inside_a_message_is_an_error() {
    let bytes = encode(&FromSensor::from(Kind::Progress(Progress { id: 7, ..Progress::default() }))).unwrap();
    let error = read_message::<FromSensor>(&mut &bytes[..bytes.len() - 1]).unwrap_err();
    assert!(matches!(error, FrameError::Truncated { missing: 1 }));
}

#[test]
fn embeddings_stay_out_of_debug_output_and_can_be_wiped() {
    let mut captured = Captured {
        face_embedding: vec![0.125; 192],
        transcript: "k q x".into(),
        measurements: BTreeMap::from([("snr".into(), 1)]),
        ..Captured::default()
    };
    let shown = format!("{captured:?}");
    assert!(!shown.contains("0.125") && !shown.contains("k q x"), "{shown}");
    captured.wipe();
    assert!(captured.face_embedding.is_empty() && captured.transcript.is_empty());
}
