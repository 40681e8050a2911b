//! The vector: one container, its committee, its shares, from numbers that everybody can draw again.

use serde_json::{Value, json};
use wetsign_attest::Object as _;
use wetsign_attest::id::{Id, sha256};
use wetsign_container::keygen::rehearse;
use wetsign_container::{Contents, Facts, Head, seal};

/// "Random" bytes: SHA-256 of a counter in eight bytes, 32 at a time.
fn dice() -> impl FnMut(&mut [u8]) {
    let mut count = 0_u64;
    move |bytes| {
        for part in bytes.chunks_mut(32) {
            count += 1;
            part.copy_from_slice(&sha256(&[&count.to_be_bytes()])[..part.len()]);
        }
    }
}

/// Everything of it, in hexadecimal.
pub fn vector() -> Value {
    let mut random = dice();
    let plain = b"A signature only a living person can make.";
    let made = rehearse(2, 3, None, &mut random).expect("three keyholders agree");
    let contents = Contents::of("text/plain", plain.as_slice()).expect("it can be read");
    let facts = Facts { asset: Id([1; 32]), descriptor: Id([2; 32]), rules: Id([3; 32]), contents };
    let (head, key) =
        Head::lock(facts.clone(), &made.committee.payload().key, &mut random).expect("it is sound");
    let mut container = Vec::new();
    seal(&head, &key, plain.as_slice(), &mut container).expect("it fits");
    let shares = made.keyholders[..2].iter().map(|(_, share)| {
        hex::encode(share.share(&head, &mut random).expect("it is theirs").to_payload().expect("it is sound"))
    });
    let shares: Vec<_> = shares.collect();
    let secrets = made.keyholders.iter().map(|(_, share)| hex::encode(share.to_bytes()));
    json!({
        "about": "One container for two of three keyholders. All values are hexadecimal. `random` bytes are SHA-256 of \
                  a counter from 1 in eight bytes, big-endian. attest/container/README.md says what each value is.",
        "committee": hex::encode(made.committee.bytes()),
        "share_secrets": secrets.collect::<Vec<_>>(),
        "contents": hex::encode(plain),
        "contents_card": hex::encode(facts.contents.to_payload().expect("it is sound")),
        "content": facts.contents.id().expect("it is sound").to_string(),
        "facts": hex::encode(facts.to_payload().expect("it is sound")),
        "content_key": hex::encode(key.as_bytes()),
        "commitment": head.commitment.to_string(),
        "container_digest": head.digest().expect("it is sound").to_string(),
        "container": hex::encode(container),
        "shares": shares,
    })
}
