use super::*;

use tonic::codegen::http::uri::Authority;

/// Texts as clients send them, and as they are passed on.
const PLAIN: [(&str, &str); 6] = [
    ("/run/wetsign/kiosk.sock", "-run-wetsign-kiosk.sock"),
    ("%2Frun%2Fkiosk.sock", "-2Frun-2Fkiosk.sock"),
    ("unix:///run/a b/kiosk@here", "unix----run-a-b-kiosk-here"),
    ("unix:/run/größe:1", "unix--run-gr----e-1"),
    ("kiosk.invalid", "kiosk.invalid"),
    ("", ""),
];
/// The same in Huffman's code, as Python's `hpack` writes it.
const PATHS: [(&str, &str); 3] = [
    // "/run/wetsign/kiosk.sock": "3run3wetsign3kiosk.sock"
    ("62cb6a63c152834d531d4c74755d07275f", "66cb6a67c152834d533d4c74755d07275f"),
    // "%2Frun%2Fwetsign%2Fkiosk.sock": ".2Frun.2Fwetsign.2Fkiosk.sock"
    ("54586cb6a54587c152834d52a2c3d4c74755d07275", "5c586cb6a5c587c152834d52e2c3d4c74755d07275"),
    // "unix:/run/wetsign/kiosk.sock": "unixB3run3wetsign3kiosk.sock"
    ("b6a379b8c596d4c782a5069aa63a98e8eaba0e4ebf", "b6a379bacd96d4cf82a5069aa67a98e8eaba0e4ebf"),
];

fn frame(kind: u8, flags: u8, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags, 0, 0, 0, 1], payload].concat()
}

/// A field of a name that both sides know, kept in the table.
fn field(index: u8, value: &[u8], huffman: bool) -> Vec<u8> {
    let coded = if huffman { 0x80 } else { 0 };
    let length = u8::try_from(value.len()).unwrap();
    let length = if length < 0x7f { vec![length | coded] } else { vec![0x7f | coded, length - 0x7f] };
    [&[0x40 | index][..], &length, value].concat()
}

fn begun() -> Frames {
    let mut frames = Frames::new();
    frames.pass(&mut b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned());
    frames
}

/// Passes it in two pieces, cut at each place.
#[track_caller]
fn becomes(sent: &[u8], expected: &[u8]) {
    for cut in 0..=sent.len() {
        let mut passed = sent.to_owned();
        let mut frames = begun();
        let (first, second) = passed.split_at_mut(cut);
        frames.pass(first);
        frames.pass(second);
        assert_eq!(passed, expected, "cut at {cut}");
        assert_eq!(frames.at, 0, "a frame ends where it says");
    }
}

#[test]
fn a_sockets_path_becomes_an_authority_and_nothing_else_changes() {
    for (sent, passed) in PLAIN {
        let headers = |authority: &str| {
            let path = field(4, b"/wetsign.v1.Kiosk/Status", false);
            let block = [&[0x83][..], &path, &field(1, authority.as_bytes(), false), &path].concat();
            let data = frame(0, 1, b"\x41\x01/");
            [frame(4, 0, &[0, 4, 0, 0, 255, 255]), frame(HEADERS, 4, &block), data].concat()
        };
        becomes(&headers(sent), &headers(passed));
        assert!(passed.is_empty() || passed.parse::<Authority>().is_ok(), "{passed}");
    }
}

#[test]
fn huffmans_code_is_changed_in_place() {
    let complete: u32 = (0..).zip(CODES).map(|(length, count)| count << (30 - length)).sum();
    assert_eq!(complete, 1 << 30, "every row of bits is somebody's code (Kraft)");
    for (sent, passed) in PATHS {
        let headers = |authority| frame(HEADERS, 4, &field(1, &hex::decode(authority).unwrap(), true));
        becomes(&headers(sent), &headers(passed));
    }
}

#[test]
fn a_name_that_is_written_out_is_known_too() {
    let named = |name: &[u8], coded: u8, value: &[u8]| {
        let name = [&[0x40, u8::try_from(name.len()).unwrap() | coded][..], name].concat();
        frame(HEADERS, 4, &[&name[..], &[u8::try_from(value.len()).unwrap()], value].concat())
    };
    becomes(&named(WRITTEN, 0, b"/k"), &named(WRITTEN, 0, b"-k"));
    becomes(&named(CODED, 0x80, b"%2Fk"), &named(CODED, 0x80, b"-2Fk"));
    for other in [b":authorit".as_slice(), b":authoritz", b":authority1", b":path", b"", CODED] {
        let kept = named(other, 0, b"/k");
        becomes(&kept, &kept);
    }
}

#[test]
fn padding_priority_and_pieces_are_passed_over() {
    let headers = |authority: &[u8]| {
        let long = field(58, &[b'/'; 200], false);
        let block = [&[0x3f, 0xe1, 0x1f][..], &long, &field(1, authority, false)].concat();
        let (first, rest) = block.split_at(block.len() - 5);
        let padded = [&[2, 0x41, 1, b'/', 0, 0][..], first, b"//"].concat();
        [frame(HEADERS, PADDED | PRIORITY, &padded), frame(CONTINUATION, 4, rest)].concat()
    };
    becomes(&headers(b"/run/kiosk.sock"), &headers(b"-run-kiosk.sock"));
}

#[test]
fn what_is_malformed_passes_and_harms_nobody() {
    let endless = [&[0x41, 0x7f][..], &[0xff; 40]].concat();
    becomes(&frame(HEADERS, 4, &endless), &frame(HEADERS, 4, &endless));
    let short = frame(HEADERS, 4, &[0x41, 0x7f, 0xff, 0xff, 0x7f, b'a']);
    becomes(&short, &short);
    let padded = frame(HEADERS, PADDED, &[255, 0x41, 1, b'/']);
    becomes(&padded, &padded);
    let empty = frame(HEADERS, PADDED, &[]);
    becomes(&empty, &empty);
}
