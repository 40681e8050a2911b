//! A state folder of commit be829a7, which knew no number of a layout, opens in this program.
//!
//! `be829a7.txt` holds its records and its log in hexadecimal, one a line: what sled makes of them is its own affair.

use super::*;
use crate::store::Store;

const SNAPSHOT: &str = include_str!("be829a7.txt");

/// Writes the folder; answers the ids of its requests, in the order of the text.
fn folder_of_then(state: &Path) -> Vec<Id> {
    let store = Store::open(state).unwrap();
    let (mut batch, mut requests) = (Batch::new(), Vec::new());
    for line in SNAPSHOT.lines().filter(|line| !line.starts_with('#')) {
        let [table, key, value] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("no record: {line}")
        };
        let value = hex::decode(value).unwrap();
        if table == "file" {
            std::fs::write(state.join(key), value).unwrap();
            continue;
        }
        let key = hex::decode(key).unwrap();
        let table = Table::ALL.into_iter().find(|known| known.name() == table).unwrap();
        if table == Table::Request {
            requests.push(Id::try_from(key.as_slice()).unwrap());
        }
        batch.put(table, &key, &value);
    }
    store.commit(&batch).unwrap();
    assert_eq!(store.get(Table::Meta, b"layout").unwrap(), None, "no layout had a number then");
    requests
}

#[test]
fn a_folder_of_be829a7_is_brought_to_this_layout_and_serves_on() {
    let state = tempfile::tempdir().unwrap();
    let [waits, misspelt] = folder_of_then(state.path())[..] else { panic!("two requests") };

    let ledger = open(state.path());

    let layout = ledger.store().get(Table::Meta, b"layout").unwrap().unwrap();
    assert_eq!(layout, crate::requests::ledger::LAYOUT.to_be_bytes());
    assert_eq!((ledger.journal().size(), ledger.enrolments()), (5, 2));
    let view = ledger.request(&waits, NOW).unwrap();
    assert_eq!((view.standing, view.quorum), (Standing::Permitted, 2));
    let asset = Signed::<UsageRequest>::decode(&view.request).unwrap().payload().assets[0];
    let waiting = ledger.store().scan(Table::Waiting, &asset.0).unwrap();
    assert_eq!(waiting, [(records::by_asset(&asset, &waits).to_vec(), Vec::new())], "found by its asset");
    for validator in [3, 4] {
        let key = PublicKey::from(&key(validator));
        let kept = ledger.store().get(Table::Enrolment, key.as_bytes()).unwrap().unwrap();
        assert!(records::decode::<Enrolled>(&kept).unwrap().is_together(), "comes apart when it is unsealed");
    }
    // `english` was a language then.
    let view = ledger.request(&misspelt, NOW).unwrap();
    assert_eq!(view.standing, Standing::Declined);
    assert!(view.reasons[0].contains("submit it anew"), "{:?}", view.reasons);
    drop(ledger);
    assert_eq!(open(state.path()).journal().size(), 5, "a second start changes nothing");
}
