//! The published vector is what this code makes, byte for byte.

mod common;
#[path = "../examples/vectors/made.rs"]
mod made;

use common::open;
use wetsign_attest::{Endorsed, Object as _};
use wetsign_container::{Committee, ContentKey, Gathering, Head, Share};

fn published() -> serde_json::Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors/container.json");
    serde_json::from_slice(&std::fs::read(path).expect("the vector is there")).expect("it is JSON")
}

fn bytes(value: &serde_json::Value) -> Vec<u8> {
    hex::decode(value.as_str().expect("a text")).expect("hexadecimal")
}

#[test]
fn the_vector_is_made_anew_byte_for_byte() {
    assert_eq!(
        made::vector(),
        published(),
        "cargo run -p wetsign-container --example vectors > attest/vectors/container.json"
    );
}

#[test]
fn the_vector_opens_with_the_shares_in_it() {
    let vector = published();
    let committee = Endorsed::<Committee>::decode(&bytes(&vector["committee"])).unwrap();
    let container = bytes(&vector["container"]);
    let head = Head::read(&mut container.as_slice()).unwrap();
    let mut gathering = Gathering::new(&head, committee.payload().clone()).unwrap();
    for share in vector["shares"].as_array().unwrap() {
        gathering.add_open(Share::from_payload(&bytes(share)).unwrap()).unwrap();
    }
    let key = gathering.key().unwrap();
    assert_eq!(key.as_bytes().as_slice(), bytes(&vector["content_key"]));
    let given = ContentKey::take(&mut bytes(&vector["content_key"]).try_into().unwrap());
    assert_eq!(open(&container, &given).unwrap(), bytes(&vector["contents"]));
    assert_eq!(head.digest().unwrap().0.as_slice(), bytes(&vector["container_digest"]));
}
