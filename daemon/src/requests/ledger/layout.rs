//! The version of what lies in the state folder, and what leads from an older one to this one.
//!
//! It is written when the books are first opened and checked at each start. Books of a newer program are not touched.

use wetsign_attest::{Signed, id::Id, object::UsageRequest};

use crate::{
    error::LedgerError,
    store::records::{self, RequestRecord, Stage},
    store::{Batch, Store, Table},
};

/// Layout that this program writes.
///
/// | version | what is new |
/// |---|---|
/// | 1 | as of before layouts had a number |
/// | 2 | requests name their assets, and those that wait are found by asset |
/// | 3 | template and credential are sealed apart; what was sealed together comes apart when it is next unsealed |
pub const LAYOUT: u32 = 3;

const KEY: &[u8] = b"layout";

/// Brings the books to this program's layout, each step whole or not at all.
///
/// # Errors
/// [`LedgerError::Layout`] for books of a newer program; [`LedgerError::Store`], [`LedgerError::Stored`].
pub fn migrate(store: &Store) -> Result<(), LedgerError> {
    let found = version(store)?;
    if found > LAYOUT {
        return Err(LedgerError::Layout { found });
    }
    if found < 2 {
        let mut batch = assets_of_requests(store)?;
        batch.put(Table::Meta, KEY, &2_u32.to_be_bytes());
        store.commit(&batch)?;
    }
    if found < 3 {
        let mut batch = Batch::new();
        batch.put(Table::Meta, KEY, &3_u32.to_be_bytes());
        store.commit(&batch)?;
    }
    Ok(())
}

fn version(store: &Store) -> Result<u32, LedgerError> {
    match store.get(Table::Meta, KEY)? {
        None => Ok(1),
        Some(bytes) => {
            <[u8; 4]>::try_from(bytes).map(u32::from_be_bytes).map_err(|_| LedgerError::stored("layout", KEY))
        }
    }
}

/// 1 to 2.
fn assets_of_requests(store: &Store) -> Result<Batch, LedgerError> {
    let mut batch = Batch::new();
    for (key, bytes) in store.scan(Table::Request, b"")? {
        let id = Id::try_from(key.as_slice())?;
        let mut record: RequestRecord =
            records::decode(&bytes).ok_or_else(|| LedgerError::stored("request", id))?;
        if matches!(record.stage, Stage::Received | Stage::Permitted) {
            let object = store.get(Table::Object, &id.0)?.ok_or_else(|| LedgerError::no("request", &id))?;
            match Signed::<UsageRequest>::decode(&object) {
                Ok(request) => record.assets = request.into_payload().assets,
                // Older programs took any spelling of languages, territories and media types. Nobody could approve it.
                Err(why) => {
                    tracing::warn!(request = %id.short(), %why, "closed: this program takes no such request");
                    record.stage = Stage::Declined;
                    record.reasons = vec![format!("closed at an update: {why}; submit it anew")];
                }
            }
            batch.append(with_request(&id, &record));
        }
    }
    Ok(batch)
}

/// A batch that writes a request's record, and whether it waits under its assets.
pub(super) fn with_request(id: &Id, record: &RequestRecord) -> Batch {
    let mut batch = Batch::new();
    batch.put(Table::Request, &id.0, &records::encode(record));
    for asset in &record.assets {
        let key = records::by_asset(asset, id);
        if record.stage == Stage::Permitted {
            batch.put(Table::Waiting, &key, &[]);
        } else {
            batch.remove(Table::Waiting, &key);
        }
    }
    batch
}

#[cfg(test)]
mod tests {
    use minicbor::Encode;
    use wetsign_attest::id::{Atto, Blob, PublicKey};
    use wetsign_attest::object::{Attributes, Content};

    use super::*;

    /// A request's record as layout 1 had it.
    #[derive(Encode)]
    #[cbor(map)]
    struct Layout1 {
        #[n(1)]
        stage: Stage,
        #[n(2)]
        received: u64,
        #[n(3)]
        expires: u64,
        #[n(4)]
        verdict: Option<Id>,
        #[n(5)]
        refusal: Option<Id>,
        #[n(6)]
        quorum: u32,
        #[n(7)]
        max_age_s: u64,
        #[n(8)]
        approval: Option<Id>,
        #[n(9)]
        reasons: Vec<String>,
    }

    fn old_books(state: &std::path::Path) -> (Store, Id, Id) {
        let store = Store::open(state).unwrap();
        let key = ed25519_dalek::SigningKey::from_bytes(&[2; 32]);
        let asset = Id([7; 32]);
        let request = UsageRequest {
            assets: vec![asset],
            requester: PublicKey::from(&key),
            app: "org.example".into(),
            attributes: Attributes { purpose: "lesson".into(), ..Attributes::default() },
            content: Content::Text("rain".into()),
            fee: Atto(0),
            nonce: Blob(vec![1; 16]),
            created: 10,
            expires: 20,
            opens_to: None,
            transfer: None,
            escrow: None,
        };
        let request = Signed::sign(request, &key).unwrap();
        let record = Layout1 {
            stage: Stage::Permitted,
            received: 10,
            expires: 20,
            verdict: Some(Id([3; 32])),
            refusal: None,
            quorum: 2,
            max_age_s: 600,
            approval: None,
            reasons: vec!["lessons are allowed".into()],
        };
        let mut batch = Batch::new();
        batch.put(Table::Object, &request.id().0, request.bytes());
        batch.put(Table::Request, &request.id().0, &minicbor::to_vec(record).unwrap());
        store.commit(&batch).unwrap();
        (store, request.id(), asset)
    }

    #[test]
    fn what_waits_in_old_books_is_found_by_its_asset() {
        let state = tempfile::tempdir().unwrap();
        let (store, request, asset) = old_books(state.path());

        migrate(&store).unwrap();

        assert!(store.get(Table::Waiting, &records::by_asset(&asset, &request)).unwrap().is_some());
        let record: RequestRecord =
            records::decode(&store.get(Table::Request, &request.0).unwrap().unwrap()).unwrap();
        assert_eq!((record.assets, record.quorum, record.max_age_s), (vec![asset], 2, 600));
        assert_eq!(version(&store).unwrap(), LAYOUT);
        migrate(&store).unwrap();
    }

    #[test]
    fn books_of_a_newer_program_are_left_alone() {
        let state = tempfile::tempdir().unwrap();
        let store = Store::open(state.path()).unwrap();
        let mut batch = Batch::new();
        batch.put(Table::Meta, KEY, &(LAYOUT + 1).to_be_bytes());
        store.commit(&batch).unwrap();
        let refused = migrate(&store).unwrap_err().to_string();
        assert!(refused.contains("layout 4") && refused.contains("newer"), "{refused}");
    }
}
