//! The table of messages in `README.md` says the truth.

use wetsign_wire::{
    Answer, Identity, Pattern, RefusalCode, Request, Response, channel, eat::Home, encode_clear, limits,
};

/// Bytes of a message: its frame without header, checksum and stuffing.
fn size<M: Encoded>(message: &M) -> usize {
    message.frame().len() - limits::HEADER - limits::CHECKSUM
}

trait Encoded {
    fn frame(&self) -> Vec<u8>;
}

fn body(frame: &[u8]) -> Vec<u8> {
    let mut body = frame[..frame.len() - 1].to_vec();
    let length = cobs::decode_in_place(&mut body).unwrap();
    body.truncate(length);
    body
}

impl Encoded for Request<'_> {
    fn frame(&self) -> Vec<u8> {
        body(encode_clear(1, self, &mut [0; limits::FRAME]).unwrap())
    }
}

impl Encoded for Answer<'_> {
    fn frame(&self) -> Vec<u8> {
        body(encode_clear(1, &Response { tamper: 255, answer: *self }, &mut [0; limits::FRAME]).unwrap())
    }
}

/// Number in the table, bytes.
type Sizes = Vec<(usize, usize)>;

/// The largest of each request and of each answer, by the number in the table.
fn largest() -> (Sizes, Sizes) {
    let (key, data, name) = ([0xff; 32], [0xff; limits::SEALED], "n".repeat(limits::NAME));
    let requests = [
        Request::Identity,
        Request::Begin { request_id: key, verdict_id: key, validator_key: key },
        Request::Attest { probe_commitment: key, report_digest: key, manifest_digest: key },
        Request::Seal { label: key, plain: &data[..limits::PLAIN] },
        Request::Unseal { label: key, sealed: &data },
        Request::Counter,
        Request::Tamper,
        Request::Random { length: limits::RANDOM as u8 },
        Request::SelfTest,
        Request::End,
        Request::Provision { chain: &data[..limits::CERTIFICATE] },
        Request::Firmware,
        Request::TamperChallenge,
        Request::TamperClear { signature: [0xff; 64] },
        Request::Indicator { pattern: Pattern::Fault },
    ];
    let identity = Identity {
        public_key: key,
        ueid: [0xff; limits::UEID],
        hwmodel: &name,
        swname: &name,
        swversion: &name,
        firmware_digest: key,
        bootcount: u32::MAX,
        counter: u64::MAX,
        home: Home::Program,
        certificate: &data[..limits::CERTIFICATE],
        channel_key: key,
    };
    let answers = [
        Answer::Identity(identity),
        Answer::Begun { challenge: key },
        Answer::Token { token: &data[..limits::TOKEN], counter: u64::MAX },
        Answer::Sealed { sealed: &data },
        Answer::Unsealed { plain: &data[..limits::PLAIN] },
        Answer::Counter { value: u64::MAX },
        Answer::Tamper { latched: 255, active: 255 },
        Answer::Random { bytes: &data[..limits::RANDOM] },
        Answer::SelfTest { failed: 255 },
        Answer::Done,
        Answer::Refused { code: RefusalCode::NotMeasured, retry_after_ms: u32::MAX },
        Answer::Firmware { digest: key, length: u64::MAX },
        Answer::TamperChallenge { challenge: key },
    ];
    let all = requests.iter().map(size).enumerate().collect();
    (all, answers.iter().map(size).enumerate().collect())
}

/// The first number of a cell, `1,024` read as 1024.
fn number(cell: &str) -> Option<usize> {
    let digits: String = cell.chars().filter(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[test]
fn the_table_of_messages_says_their_sizes() {
    let readme = include_str!("../README.md");
    let (mut requests, mut answers) = (Vec::new(), std::collections::BTreeMap::new());
    for row in readme.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        if cells.len() < 7 {
            continue;
        }
        let index = |cell: &str| cell.split(' ').next().and_then(number);
        if let (Some(request), Some(bytes)) = (index(cells[1]), number(cells[3])) {
            requests.push((request, bytes));
        }
        if let (Some(answer), Some(bytes)) = (index(cells[4]), number(cells[5])) {
            answers.insert(answer, bytes);
        }
    }
    let (true_requests, true_answers) = largest();
    assert_eq!(requests, true_requests, "requests in README.md, then as they are");
    assert_eq!(
        answers.into_iter().collect::<Vec<_>>(),
        true_answers,
        "answers in README.md, then as they are"
    );
}

#[test]
fn what_the_text_says_of_frames_and_handshakes_holds() {
    let readme = include_str!("../README.md");
    for (what, bytes) in [
        ("on the line, at most", limits::FRAME),
        ("first handshake message", limits::OPENING),
        ("second", limits::ADMISSION),
    ] {
        let at = readme.find(what).unwrap_or_else(|| panic!("README.md does not say {what:?}"));
        let said = readme[at + what.len()..].split("bytes").next().and_then(number);
        assert_eq!(said, Some(bytes), "{what}");
    }
    let (_, first) =
        channel::Opening::new(&[1; 32], &[2; 32], &channel::public_key(&[3; 32]), &[4; 17]).unwrap();
    assert_eq!(first.len(), limits::OPENING);
}
