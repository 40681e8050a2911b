//! What is acknowledged is there again; what is damaged is refused.

use std::os::unix::fs::PermissionsExt;

use proptest::prelude::*;
use tempfile::tempdir;

use super::{Backup, Batch, Store, StoreError, Table, backup, record};

fn restore(source: &std::path::Path, state: &std::path::Path) -> Result<u64, StoreError> {
    Backup::read(source)?.restore(state)
}

fn put(store: &Store, table: Table, key: &[u8], value: &[u8]) {
    let mut batch = Batch::new();
    batch.put(table, key, value);
    store.commit(&batch).unwrap();
}

#[test]
fn a_committed_batch_is_there_after_reopening() {
    let state = tempdir().unwrap();
    let store = Store::open(state.path()).unwrap();
    let mut batch = Batch::new();
    batch.put(Table::Object, b"a", b"one").put(Table::Intent, b"a", b"two");
    store.commit(&batch).unwrap();
    drop(store);

    let store = Store::open(state.path()).unwrap();

    assert_eq!(store.get(Table::Object, b"a").unwrap().as_deref(), Some(&b"one"[..]));
    assert_eq!(store.get(Table::Intent, b"a").unwrap().as_deref(), Some(&b"two"[..]));
    assert_eq!(store.get(Table::Request, b"a").unwrap(), None);
}

#[test]
fn a_record_with_one_changed_byte_is_refused_and_listed() {
    let state = tempdir().unwrap();
    let store = Store::open(state.path()).unwrap();
    put(&store, Table::Object, b"k", b"value");
    let mut raw = store.raw().get(b"\x01k").unwrap().unwrap().to_vec();
    *raw.last_mut().unwrap() ^= 1;
    store.raw().insert(b"\x01k", raw).unwrap();

    assert!(matches!(store.get(Table::Object, b"k"), Err(StoreError::Damaged { table: "object", .. })));
    let checks = store.check().unwrap();
    assert_eq!(checks[1].damaged, vec![hex::encode(b"k")]);
}

#[test]
fn a_record_moved_to_another_key_is_refused() {
    let state = tempdir().unwrap();
    let store = Store::open(state.path()).unwrap();
    put(&store, Table::CoSignature, b"alice", b"signature");
    let raw = store.raw().get(b"\x03alice").unwrap().unwrap();
    store.raw().insert(b"\x03bob", raw).unwrap();

    assert!(matches!(store.get(Table::CoSignature, b"bob"), Err(StoreError::Damaged { .. })));
}

#[test]
fn a_store_whose_write_could_not_be_synced_serves_nothing_more() {
    let state = tempdir().unwrap();
    let store = Store::open(state.path()).unwrap();
    put(&store, Table::Object, b"k", b"durable");
    // A device that cannot be synced.
    let failing = Store { file: std::fs::File::open("/dev/null").unwrap().into(), ..store.clone() };
    let mut batch = Batch::new();
    batch.put(Table::Object, b"k", b"not durable");

    assert!(matches!(failing.commit(&batch), Err(StoreError::File { .. })));

    let poisoned = |error: StoreError| matches!(error, StoreError::Poisoned { .. });
    for handle in [&store, &failing] {
        assert!(poisoned(handle.get(Table::Object, b"k").unwrap_err()));
        assert!(poisoned(handle.scan(Table::Object, b"").unwrap_err()));
        assert!(poisoned(handle.commit(&batch).unwrap_err()));
        assert!(poisoned(handle.check().unwrap_err()));
    }
}

#[test]
fn a_store_in_use_is_refused_with_a_word_about_it() {
    let state = tempdir().unwrap();
    let _open = Store::open(state.path()).unwrap();

    assert!(matches!(Store::open(state.path()), Err(StoreError::InUse { .. })));
}

#[test]
fn a_backup_restores_every_record_into_a_new_folder() {
    let (state, other) = (tempdir().unwrap(), tempdir().unwrap());
    let store = Store::open(state.path()).unwrap();
    for n in 0..100u32 {
        put(&store, Table::Object, &n.to_be_bytes(), format!("value {n}").as_bytes());
    }
    let file = state.path().join("kiosk.backup");

    assert_eq!(backup(&store, &file).unwrap(), 100);
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(restore(&file, other.path()).unwrap(), 100);

    let again = Store::open(other.path()).unwrap();
    assert_eq!(again.scan(Table::Object, b"").unwrap(), store.scan(Table::Object, b"").unwrap());
    drop(again);
    assert!(
        matches!(restore(&file, other.path()), Err(StoreError::File { .. })),
        "must not overwrite a store"
    );
}

#[test]
fn a_backup_with_one_changed_byte_is_refused() {
    let (state, other) = (tempdir().unwrap(), tempdir().unwrap());
    let store = Store::open(state.path()).unwrap();
    put(&store, Table::Object, b"k", b"value");
    let file = state.path().join("kiosk.backup");
    backup(&store, &file).unwrap();
    let whole = std::fs::read(&file).unwrap();

    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        std::fs::write(&file, bytes).unwrap();
        assert!(restore(&file, other.path()).is_err(), "byte {at}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_record_opens_to_what_was_sealed_and_any_change_is_refused(
        key in prop::collection::vec(any::<u8>(), 0..40),
        value in prop::collection::vec(any::<u8>(), 0..200),
        at in any::<prop::sample::Index>(),
        flip in 1u8..,
    ) {
        let mut raw = record::seal(Table::Request, &key, &value);
        prop_assert_eq!(record::open(Table::Request, &key, &raw).unwrap(), value);
        let at = at.index(raw.len());
        raw[at] ^= flip;
        prop_assert!(record::open(Table::Request, &key, &raw).is_err());
    }
}

#[test]
fn a_backup_takes_nobodys_place() {
    let (state, folder) = (tempdir().unwrap(), tempdir().unwrap());
    let store = Store::open(state.path()).unwrap();
    put(&store, Table::Object, b"k", b"v");
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("kiosk.partial"), "precious").unwrap();
    std::fs::write(at("kiosk.bak"), "old").unwrap();
    std::os::unix::fs::symlink(at("nowhere"), at("link")).unwrap();
    drop(std::os::unix::net::UnixListener::bind(at("socket")).unwrap());

    for taken in ["kiosk.bak", "kiosk.partial", "link", "socket"] {
        let refused = backup(&store, &at(taken)).unwrap_err().to_string();
        assert!(refused.contains(taken) && refused.contains("replaces nothing"), "{refused}");
    }
    assert_eq!(backup(&store, &at("new.bak")).unwrap(), 1);

    assert_eq!(std::fs::read_to_string(at("kiosk.partial")).unwrap(), "precious");
    assert_eq!(std::fs::read_to_string(at("kiosk.bak")).unwrap(), "old");
    assert!(!at("nowhere").exists());
}

#[test]
fn what_has_no_end_is_no_backup() {
    let state = tempdir().unwrap();
    let refused = restore(std::path::Path::new("/dev/zero"), state.path()).unwrap_err().to_string();
    assert!(refused.contains("/dev/zero") && refused.contains("no plain file"), "{refused}");
}

#[test]
fn a_write_without_room_is_refused_before_it_begins_and_nothing_is_poisoned() {
    let state = tempdir().unwrap();
    let store = Store::open(state.path()).unwrap();
    let refused = store.has_room(u64::MAX / 2).unwrap_err();
    assert!(
        matches!(refused, StoreError::Full { .. }) && refused.to_string().contains("no space left on device")
    );
    put(&store, Table::Object, b"k", b"v");
}

#[test]
fn who_looks_after_a_store_makes_none() {
    let state = tempdir().unwrap();
    std::fs::write(state.path().join("letter"), "").unwrap();
    for wrong in [state.path().to_owned(), state.path().join("nowhere"), state.path().join("letter")] {
        let refused = Store::open_existing(&wrong).err().unwrap();
        assert!(matches!(refused, StoreError::None { .. }), "{refused}");
    }
    // A folder of that name that holds no database.
    std::fs::create_dir(state.path().join("store")).unwrap();
    assert!(matches!(Store::open_existing(state.path()), Err(StoreError::None { .. })));
    assert_eq!(std::fs::read_dir(state.path()).unwrap().count(), 2);
    assert_eq!(std::fs::read_dir(state.path().join("store")).unwrap().count(), 0);

    std::fs::remove_dir(state.path().join("store")).unwrap();
    drop(Store::open(state.path()).unwrap());
    assert!(Store::open_existing(state.path()).is_ok());
}
