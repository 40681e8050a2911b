//! What is one's own: an owner sees what was approved, complains and takes it back; a person is forgotten.

use wetsignd::store::{
    Batch, Table,
    records::{self, Enrolled},
};

use super::keys::{no, with_phones};
use super::*;

fn complaint(world: &World, approval: Id, signer: u8) -> Complaint {
    let (asset, words) = (world.asset, "this is no lesson".to_owned());
    Complaint { asset, approval, words, signed_by: public(signer), time: world.now }
}

#[test]
fn an_owner_sees_what_was_approved_and_nobody_else_does() {
    let mut world = World::new();
    let (first, ..) = world.approve(1);
    world.now += 10;
    let (second, _, body) = world.approve(2);
    world.submit(3);
    let uses = |world: &World, key: PublicKey| world.ledger.uses(&key, None, 10, world.now).unwrap();

    let mine = uses(&world, public(OWNER));
    assert_eq!(mine.iter().map(|one| one.request).collect::<Vec<_>>(), [second, first], "the newest first");
    assert_eq!((mine[0].approval, mine[0].withdrawn, mine[0].complaints), (body, None, 0));
    assert!(mine[0].title == "a voice" && mine[0].until > world.now);
    for stranger in [support::OTHER, support::REQUESTER, validator(0)] {
        assert!(uses(&world, public(stranger)).is_empty());
    }
    // In pages, and by an agent as long as the mandate lasts.
    let page = world.ledger.uses(&public(OWNER), Some(&second), 10, world.now).unwrap();
    assert_eq!(page.iter().map(|one| one.request).collect::<Vec<_>>(), [first]);
    assert_eq!(world.ledger.uses(&public(OWNER), None, 1, world.now).unwrap().len(), 1);
    assert_eq!(uses(&world, public(support::AGENT)).len(), 2);
    world.now = T + MANDATE + 1;
    assert!(uses(&world, public(support::AGENT)).is_empty());
}

#[test]
fn an_owner_complains_takes_it_back_and_whoever_asks_is_told() {
    let mut world = World::new();
    let (request, _, body) = world.approve(1);
    let said = support::sign(complaint(&world, body, OWNER));
    let mut watcher = world.ledger.watch(&request);

    world.ledger.complain(said.bytes(), world.now).unwrap();

    assert!(watcher.changed().now_or_never().is_some(), "who watches is told");
    let size = world.ledger.journal().size();
    world.ledger.complain(said.bytes(), world.now + 100_000).unwrap();
    assert_eq!(world.ledger.journal().size(), size, "the same again changes nothing");
    let world = world.restart();
    assert_eq!(world.ledger.request(&request, world.now).unwrap().complaints, [said.bytes()]);
    assert!(world.approved(&request), "a complaint ends nothing");
    world.ledger.withdraw(world.withdrawal(Some(body), OWNER).bytes(), world.now).unwrap();
    let uses = world.ledger.uses(&public(OWNER), None, 10, world.now).unwrap();
    assert_eq!((uses[0].withdrawn, uses[0].complaints), (Some(world.now), 1));
}

#[test]
fn nobody_complains_who_is_not_the_owner_or_of_what_was_not_approved() {
    let mut world = World::new();
    let (request, _, body) = world.approve(1);
    let complains = |complaint: Complaint| world.ledger.complain(support::sign(complaint).bytes(), world.now);
    for stranger in [support::OTHER, support::REQUESTER, validator(0)] {
        no(complains(complaint(&world, body, stranger)), "neither owner nor agent");
    }
    no(complains(complaint(&world, request, OWNER)), "no approval of that asset");
    no(complains(Complaint { time: world.now + 1000, ..complaint(&world, body, OWNER) }), "the present time");
    no(complains(Complaint { asset: Id([1; 32]), ..complaint(&world, body, OWNER) }), "no asset");
    for number in 0..16 {
        complains(Complaint { words: format!("{number}"), ..complaint(&world, body, OWNER) }).unwrap();
    }
    no(complains(complaint(&world, body, OWNER)), "the most there may be");
}

/// Somebody with a phone is enrolled, as the kiosk's disk has it.
fn enrolled() -> World {
    let mut world = World::with(with_phones);
    world.epoch(STAKE);
    let row = Enrolled {
        label: "she".into(),
        leaf: leaves()[2],
        record: Blob(vec![1]),
        consent: Blob(vec![2]),
        together: Blob::default(),
        time: T,
        template: Blob(b"a sealed template".to_vec()),
        credential: Blob(b"sealed secrets".to_vec()),
        device: Some(Custody::Passkey),
    };
    let mut batch = Batch::new();
    batch.put(Table::Enrolment, holder(2).as_bytes(), &records::encode(&row));
    world.ledger.store().commit(&batch).unwrap();
    world.restart()
}

fn wish(world: &World) -> ErasureRequest {
    let kiosk = PublicKey::from(&world.ledger.keys().kiosk);
    ErasureRequest { validator: holder(2), kiosk, leaf: leaves()[2], time: world.now }
}

#[test]
fn a_person_is_forgotten_once_and_has_a_receipt() {
    let mut world = enrolled();
    assert_eq!(world.ledger.enrolments(), 1);
    let signed = support::answered(wish(&world), &support::passkey(2));

    let receipt = world.ledger.erase(signed.bytes(), world.now).unwrap();

    let said = receipt.payload();
    assert_eq!((said.leaf, said.asked_by, said.backups), (Some(leaves()[2]), holder(2), false));
    assert!(world.ledger.enrolled(&holder(2)).unwrap().is_none() && world.ledger.enrolments() == 0);
    assert!(world.ledger.journal().index_of(&receipt.id()).unwrap().is_some(), "it is logged");
    // The same again, also later and after a restart, is answered by the same receipt.
    world.now += 100_000;
    let world = world.restart();
    assert_eq!(world.ledger.erase(signed.bytes(), world.now).unwrap().bytes(), receipt.bytes());
    assert_eq!(world.ledger.enrolments(), 0);
}

#[test]
fn nobody_is_forgotten_by_a_wish_of_another_time_kiosk_page_or_enrolment() {
    let world = enrolled();
    let erases = |change: &dyn Fn(&mut ErasureRequest)| {
        let mut wish = wish(&world);
        change(&mut wish);
        world.ledger.erase(support::answered(wish, &support::passkey(2)).bytes(), world.now)
    };
    no(erases(&|wish| wish.kiosk = public(1)), "it is for kiosk");
    no(erases(&|wish| wish.time += 1000), "the present time");
    no(erases(&|wish| wish.leaf = leaves()[3]), "no enrolment with leaf");
    let elsewhere = wetsign_attest::passkey::software::SoftwarePasskey::new(
        &[validator(2); 32],
        "other.example",
        "https://other.example",
    );
    let signed = support::answered(wish(&world), &elsewhere.unwrap());
    no(world.ledger.erase(signed.bytes(), world.now), "no page of hub.relying_parties");
    // Another person's word is about another person.
    let other = ErasureRequest { validator: holder(3), ..wish(&world) };
    let signed = support::answered(other, &support::passkey(3));
    no(world.ledger.erase(signed.bytes(), world.now), "no enrolment with leaf");
    assert!(world.ledger.enrolled(&holder(2)).unwrap().is_some());
}
