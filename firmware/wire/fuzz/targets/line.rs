//! Any bytes as a line, as bodies with sums that fit, and as changes to a real conversation.

#![no_main]
#![allow(missing_docs)]

#[path = "../../tests/hostile/mod.rs"]
mod hostile;

use std::sync::LazyLock;

use hostile::{Conversation, body_of, framed};
use libfuzzer_sys::fuzz_target;

thread_local! {
    static CONVERSATION: LazyLock<Conversation> = const { LazyLock::new(Conversation::new) };
}

fuzz_target!(|data: &[u8]| {
    let Some((choice, bytes)) = data.split_first() else { return };
    CONVERSATION.with(|conversation| {
        let line = match choice % 3 {
            0 => bytes.to_vec(),
            1 => bytes.split(|byte| *byte == 0xc1).flat_map(framed).collect(),
            // Pairs of place and change, on one frame of the conversation, after all before it.
            _ => {
                let at = usize::from(choice / 3) % conversation.lines.len();
                let mut body = body_of(&conversation.lines[at]);
                for change in bytes.chunks_exact(2) {
                    let place = usize::from(change[0]) % body.len();
                    body[place] ^= change[1];
                }
                [conversation.lines[..at].concat(), framed(&body)].concat()
            }
        };
        conversation.hold(&line);
    });
});
