//! A long deterministic run of lines that are nearly right: valid frames, changed where it hurts.
//!
//! `WETSIGN_LINES=1000000 cargo test -p wetsign-wire --test lines` for a longer one.

mod hostile;

use hostile::{Conversation, Seen, body_of, framed};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{RngCore, SeedableRng},
};

/// Lines of the ordinary run: a few seconds.
const LINES: usize = 5_000;

/// Heads of CBOR items, and bytes that mean something in frames.
const TELLING: [u8; 16] =
    [0x00, 0x01, 0x02, 0x17, 0x18, 0x19, 0x1b, 0x20, 0x40, 0x58, 0x5f, 0x80, 0x82, 0x9f, 0xf6, 0xff];

struct Dice(ChaCha8Rng);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0.next_u32() as usize % bound.max(1)
    }

    /// One to four small changes.
    fn change(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.below(3) {
            let at = self.below(bytes.len());
            match self.below(8) {
                _ if bytes.is_empty() => bytes.push(0),
                0 => bytes[at] ^= 1 << self.below(8),
                1 | 2 => bytes[at] = TELLING[self.below(TELLING.len())],
                3 => bytes.insert(at, TELLING[self.below(TELLING.len())]),
                4 => drop(bytes.remove(at)),
                5 => bytes.truncate(at),
                6 => bytes.extend_from_within(at..),
                _ => bytes[at] = bytes[at].wrapping_add(1),
            }
        }
    }
}

#[test]
fn nothing_is_believed_that_was_not_said_and_nothing_panics() {
    let lines = std::env::var("WETSIGN_LINES").ok().and_then(|text| text.parse().ok()).unwrap_or(LINES);
    let conversation = Conversation::new();
    let mut dice = Dice(ChaCha8Rng::seed_from_u64(0x77_65_74));
    let mut total = Seen::default();
    for _ in 0..lines {
        let mut line = Vec::new();
        for _ in 0..=dice.below(3) {
            let frame = &conversation.lines[dice.below(conversation.lines.len())];
            match dice.below(8) {
                // As it was sent.
                0 | 1 => line.extend(frame),
                // Changed on the line.
                2 => {
                    let mut changed = frame.clone();
                    dice.change(&mut changed);
                    line.extend(changed);
                }
                // Changed by somebody who can sum: header and payload, or the payload alone.
                choice => {
                    let mut body = body_of(frame);
                    let payload = if choice < 5 { 0 } else { wetsign_wire::limits::HEADER };
                    let mut changed = body.split_off(payload);
                    dice.change(&mut changed);
                    body.extend(changed);
                    line.extend(framed(&body));
                }
            }
        }
        let seen = conversation.hold(&line);
        total.frames += seen.frames;
        total.sound += seen.sound;
        total.messages += seen.messages;
        total.admitted += seen.admitted;
        total.opened += seen.opened;
    }
    // The run is worth nothing if it never gets past the sum.
    assert!(total.sound * 2 > total.frames && total.messages > lines / 20, "{total:?}");
    assert!(total.admitted > 0 && total.opened > 0, "{total:?}");
}

#[test]
fn a_whole_conversation_as_it_was_sent_is_understood() {
    let conversation = Conversation::new();
    let seen = conversation.hold(&conversation.lines.concat());
    assert_eq!(seen, Seen { frames: 17, sound: 17, messages: 9, admitted: 1, opened: 7 });
}
