//! Whoever asks too much waits, and holds up nobody else.

use super::*;

#[test]
fn one_requester_has_their_part_of_an_hour_also_after_a_restart() {
    let world = World::new();
    for number in 0..REQUESTS {
        world.submit(number as u8);
    }
    let mut again = world.restart();
    let size = again.ledger.journal().size();
    let ask = |world: &World, number: u8, requester: u8| {
        let request = world.asks(number, requester);
        world.ledger.submit(request.bytes(), world.now)
    };

    let Err(LedgerError::Later { words, seconds: Some(seconds) }) = ask(&again, 255, support::REQUESTER)
    else {
        panic!("it is taken");
    };

    assert!(words.contains("100 requests within an hour") && words.contains("try again in 36 s"), "{words}");
    assert_eq!(again.ledger.journal().size(), size, "nothing is kept of it");
    // What was taken before may be brought again, as often as its requester likes; and others are not held up.
    ask(&again, 0, support::REQUESTER).unwrap();
    ask(&again, 255, support::OTHER).unwrap();
    again.now += seconds;
    ask(&again, 255, support::REQUESTER).unwrap();
}
