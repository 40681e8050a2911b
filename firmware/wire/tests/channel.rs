//! The channel against an independent implementation, and against whoever sits on the cable.

use wetsign_wire::{
    FrameReader, Request,
    channel::{Admission, Channel, NotOpened, Opening, public_key},
    encode_sealed, limits,
};

const HOST: [u8; 32] = [0x11; 32];
const ELEMENT: [u8; 32] = [0x22; 32];
const HOST_EPHEMERAL: [u8; 32] = [0x33; 32];
const ELEMENT_EPHEMERAL: [u8; 32] = [0x44; 32];
const UEID: [u8; 17] = [1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
const HEADER: [u8; 4] = [2, 2, 0, 7];

fn opened() -> ([u8; limits::OPENING], [u8; limits::ADMISSION], Channel, Channel) {
    let (opening, first) = Opening::new(&HOST, &HOST_EPHEMERAL, &public_key(&ELEMENT), &UEID).unwrap();
    let admission = Admission::read(&ELEMENT, &ELEMENT_EPHEMERAL, &UEID, &first).unwrap();
    assert_eq!(admission.host_key(), public_key(&HOST));
    let (second, element) = admission.grant().unwrap();
    (first, second, opening.finish(&second).unwrap(), element)
}

fn sealed(channel: &mut Channel, header: [u8; 4], text: &[u8]) -> Vec<u8> {
    let mut buffer = text.to_vec();
    buffer.resize(text.len() + limits::TAG, 0);
    channel.seal(&header, &mut buffer, text.len()).unwrap();
    buffer
}

fn open(channel: &mut Channel, header: [u8; 4], sealed: &[u8]) -> Result<Vec<u8>, NotOpened> {
    channel.open(&header, &mut sealed.to_vec()).map(|text| text.to_vec())
}

/// Bytes made by the Python package `noiseprotocol` 0.3.1 with the same keys and prologue.
#[test]
fn another_implementation_of_noise_makes_the_same_bytes() {
    let (first, second, mut host, mut element) = opened();
    assert_eq!(
        hex::encode(first),
        "7b0d47d93427f8311160781c7c733fd89f88970aef490d8aa0ee19a4cb8a1b14180209d22e6c95bf3b198efd0e3af2c121a6a346\
         4ded18bd60a996a63e55b86924b68c47a952a6a5e23d9beb7a51acf57e4bee55b1a8be74b396923887d0376a"
    );
    assert_eq!(
        hex::encode(second),
        "ff2ee45601ec1b67310c7790404585ae697331eee1c1f8cf2419731c1fff3e6b9bc1b957554c79b4bac4f84f3794834a"
    );
    let message = sealed(&mut host, HEADER, b"from the host");
    assert_eq!(hex::encode(&message), "d08334a247d2d75ebcff79127dc16d67121485bb43d9babb8c2a61da0a");
    assert_eq!(open(&mut element, HEADER, &message).unwrap(), b"from the host");
    let answer = sealed(&mut element, HEADER, b"from the element");
    assert_eq!(hex::encode(&answer), "b92d0fa178b362cd14102ae825bb368271a268659988eccdf46a49c7e0893ec4");
    let next = sealed(&mut host, [2, 2, 0, 8], b"again");
    assert_eq!(hex::encode(next), "6fb944c8d65d800e201a63eea14791df23f8164a2f");
}

#[test]
fn no_changed_handshake_message_is_accepted() {
    let (first, second, ..) = opened();
    for index in 0..first.len() {
        let mut changed = first;
        changed[index] ^= 1;
        assert!(Admission::read(&ELEMENT, &ELEMENT_EPHEMERAL, &UEID, &changed).is_err(), "byte {index}");
        assert!(Admission::read(&ELEMENT, &ELEMENT_EPHEMERAL, &UEID, &first[..index]).is_err());
    }
    for index in 0..second.len() {
        let (opening, _) = Opening::new(&HOST, &HOST_EPHEMERAL, &public_key(&ELEMENT), &UEID).unwrap();
        let mut changed = second;
        changed[index] ^= 1;
        assert!(opening.finish(&changed).is_err(), "byte {index}");
    }
}

#[test]
fn a_handshake_holds_for_one_element_alone() {
    let (first, second, ..) = opened();
    let other_name = [1; 17];
    assert!(Admission::read(&[5; 32], &ELEMENT_EPHEMERAL, &UEID, &first).is_err(), "another key");
    assert!(Admission::read(&ELEMENT, &ELEMENT_EPHEMERAL, &other_name, &first).is_err(), "another UEID");
    let (opening, _) = Opening::new(&HOST, &[9; 32], &public_key(&ELEMENT), &UEID).unwrap();
    assert!(opening.finish(&second).is_err(), "the answer to another handshake");
    assert!(Opening::new(&HOST, &HOST_EPHEMERAL, &[0; 32], &UEID).is_err(), "a key of small order");
}

#[test]
fn a_message_opens_once_in_its_place_under_its_header_and_in_its_direction() {
    let (_, _, mut host, mut element) = opened();
    let first = sealed(&mut host, HEADER, b"first");
    let second = sealed(&mut host, HEADER, b"second");

    assert!(open(&mut element, HEADER, &second).is_err(), "out of order");
    assert!(open(&mut element, [2, 2, 0, 8], &first).is_err(), "another sequence number");
    assert!(open(&mut host, HEADER, &first).is_err(), "sent back");
    assert_eq!(open(&mut element, HEADER, &first).unwrap(), b"first");
    assert!(open(&mut element, HEADER, &first).is_err(), "repeated");
    for index in 0..second.len() {
        let mut changed = second.clone();
        changed[index] ^= 1;
        assert!(open(&mut element, HEADER, &changed).is_err(), "byte {index}");
        assert!(open(&mut element, HEADER, &second[..index]).is_err(), "length {index}");
    }
    assert_eq!(open(&mut element, HEADER, &second).unwrap(), b"second");
}

#[test]
fn a_repeated_first_message_opens_a_channel_that_its_sender_cannot_use() {
    let (first, _, mut host, _) = opened();
    let (_, mut element) = Admission::read(&ELEMENT, &[0x55; 32], &UEID, &first).unwrap().grant().unwrap();
    let old = sealed(&mut host, HEADER, b"old");
    assert!(open(&mut element, HEADER, &old).is_err());
}

#[test]
fn the_largest_message_fits_a_frame_and_its_plaintext_is_not_on_the_line() {
    let (_, _, mut host, mut element) = opened();
    let plain = [0xa5; limits::SEALED];
    let request = Request::Unseal { label: [0xa5; 32], sealed: &plain };
    let (mut scratch, mut out) = ([0; limits::FRAME], [0; limits::FRAME]);
    let frame = encode_sealed(&mut host, u16::MAX, &request, &mut scratch, &mut out).unwrap();
    assert!(!frame.windows(8).any(|window| window == [0xa5; 8]));

    let mut reader = FrameReader::new();
    assert!(frame.iter().filter(|byte| reader.push(**byte)).count() == 1);
    let opened = reader.frame().unwrap().decrypt(&mut element).unwrap();
    assert!(Request::from_bytes(opened) == Ok(request));
}
