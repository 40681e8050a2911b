//! A committee, an asset, and its container, for the stories.
#![allow(dead_code, reason = "each story uses some of it")]

use wetsign_attest::Object as _;
use wetsign_attest::id::Id;
use wetsign_container::keygen::{Rehearsed, rehearse};
use wetsign_container::{ContentKey, Contents, Facts, Gathering, Head, Reader, Refused, Share, seal};

/// Random bytes that are the same each time: SHA-256 in counter mode.
pub fn dice(seed: u64) -> impl FnMut(&mut [u8]) {
    let mut count = 0_u64;
    move |bytes| {
        for part in bytes.chunks_mut(32) {
            count += 1;
            let drawn = wetsign_attest::id::sha256(&[&seed.to_be_bytes(), &count.to_be_bytes()]);
            part.copy_from_slice(&drawn[..part.len()]);
        }
    }
}

/// Three of five keyholders.
pub fn committee(seed: u64) -> Rehearsed {
    rehearse(3, 5, None, &mut dice(seed)).expect("five keyholders agree")
}

/// Bytes that differ from chunk to chunk.
pub fn contents(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at % 251) as u8 ^ (at / 65_536) as u8).collect()
}

pub fn asset(name: &str) -> Id {
    Id::of(name.as_bytes())
}

/// A container of an asset: its head, its key, its bytes.
pub struct Locked {
    pub head: Head,
    pub key: ContentKey,
    pub bytes: Vec<u8>,
}

pub fn locked(name: &str, plain: &[u8], committee: &Rehearsed, seed: u64) -> Locked {
    let contents = Contents::of("application/octet-stream", plain).unwrap();
    let facts = Facts { asset: asset(name), descriptor: asset(name), rules: Id([3; 32]), contents };
    let (head, key) = Head::lock(facts, &committee.committee.payload().key, &mut dice(seed)).unwrap();
    let mut bytes = Vec::new();
    seal(&head, &key, plain, &mut bytes).unwrap();
    Locked { head, key, bytes }
}

/// Opens a container with its key.
pub fn open(mut container: &[u8], key: &ContentKey) -> Result<Vec<u8>, Refused> {
    let head = Head::read(&mut container)?;
    let mut reader = Reader::new(container, &head, key)?;
    let mut plain = Vec::new();
    while let Some(chunk) = reader.next_chunk()? {
        plain.extend_from_slice(chunk);
    }
    Ok(plain)
}

/// Shares of the keyholders at these places (from 0).
pub fn shares(committee: &Rehearsed, places: &[usize], head: &Head) -> Result<Vec<Share>, Refused> {
    places.iter().map(|at| committee.keyholders[*at].1.share(head, &mut dice(*at as u64 + 900))).collect()
}

/// The key that these shares give.
pub fn gathered(committee: &Rehearsed, head: &Head, shares: Vec<Share>) -> Result<ContentKey, Refused> {
    let mut gathering = Gathering::new(head, committee.committee.payload().clone())?;
    for share in shares {
        gathering.add_open(share)?;
    }
    gathering.key()
}

/// Where the chunks begin.
pub fn head_length(container: &[u8]) -> usize {
    let head = Head::read(&mut &*container).unwrap();
    12 + head.to_payload().unwrap().len()
}
