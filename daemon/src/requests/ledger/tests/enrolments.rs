//! Enrolments in the books: who may endorse them, and that an endorsement is there again.

use wetsign_attest::{
    EnrolmentBundle,
    object::{AttestedCapture, ConsentReceipt, DuplicateSearch, EnrolmentEndorsement, EnrolmentRecord},
};

use super::*;

fn kept(ledger: &Ledger) -> Signed<EnrolmentRecord> {
    let kiosk = &ledger.keys().kiosk;
    let consent = ConsentReceipt {
        validator: PublicKey::from(&key(3)),
        kiosk: PublicKey::from(kiosk),
        text: "I agree".into(),
        language: "en".into(),
        time: NOW,
    };
    let empty = AttestedCapture { attestation: Blob(vec![]), chain: Blob(vec![]), report: Blob(vec![]) };
    let record = EnrolmentRecord {
        leaf: Scalar([7; 32]),
        validator: PublicKey::from(&key(3)),
        first: empty.clone(),
        second: empty,
        proof: MatchProof {
            proof: Blob(vec![0; 128]),
            inputs: vec![Scalar([0; 32]); 9],
            verifying_key: Digest([1; 32]),
        },
        duplicates: DuplicateSearch { compared: 0, bound: 500, found: false },
        consent: Signed::sign(consent, &key(3)).unwrap().bytes().into(),
        kiosk: PublicKey::from(kiosk),
        time: NOW,
        first_proof: None,
        uniqueness: None,
    };
    let record = Signed::sign(record, kiosk).unwrap();
    ledger.keep_enrolment(&record, Batch::new()).unwrap();
    record
}

fn endorsement(record: Id, registrar: &SigningKey, time: u64) -> Signed<EnrolmentEndorsement> {
    let registrar_key = PublicKey::from(registrar);
    let payload = EnrolmentEndorsement { record, registrar: registrar_key, time, development: true };
    Signed::sign(payload, registrar).unwrap()
}

#[test]
fn an_endorsement_is_kept_logged_and_handed_out_with_its_record_also_after_a_restart() {
    let state = tempfile::tempdir().unwrap();
    let ledger = open(state.path());
    let record = kept(&ledger);
    let bare = ledger.enrolment_bundle(&record.id()).unwrap();
    assert_eq!((bare.endorsements.len(), bare.log.len()), (0, 1));
    let first = endorsement(record.id(), &key(50), NOW);

    assert_eq!(ledger.keep_endorsement(first.bytes()).unwrap(), record.id());

    let endorsed = ledger.enrolment_bundle(&record.id()).unwrap();
    assert_eq!(endorsed.record.0, record.bytes());
    assert_eq!(endorsed.endorsements, [Blob(first.bytes().to_vec())]);
    assert_eq!(endorsed.log.iter().map(|entry| entry.index).collect::<Vec<_>>(), [0, 1]);
    drop(ledger);
    let again = open(state.path()).enrolment_bundle(&record.id()).unwrap();
    assert_eq!(EnrolmentBundle::unverified(&again.to_bytes().unwrap()).unwrap(), endorsed);
}

#[test]
fn the_first_endorsement_of_a_registrar_counts() {
    let state = tempfile::tempdir().unwrap();
    let ledger = open(state.path());
    let record = kept(&ledger).id();
    let first = endorsement(record, &key(50), NOW);
    ledger.keep_endorsement(first.bytes()).unwrap();
    ledger.keep_endorsement(first.bytes()).unwrap();
    ledger.keep_endorsement(endorsement(record, &key(50), NOW + 1).bytes()).unwrap();
    assert_eq!(ledger.enrolment_bundle(&record).unwrap().endorsements, [Blob(first.bytes().to_vec())]);
    assert_eq!(ledger.journal().size(), 2);
}

#[test]
fn strangers_the_kiosk_itself_and_unknown_records_are_refused() {
    let state = tempfile::tempdir().unwrap();
    let ledger = open(state.path());
    let record = kept(&ledger).id();
    let own = ledger.keys().kiosk.clone();
    for registrar in [&key(51), &own] {
        let refused = ledger.keep_endorsement(endorsement(record, registrar, NOW).bytes());
        assert!(matches!(refused, Err(LedgerError::Invalid(_))), "{refused:?}");
    }
    let elsewhere = ledger.keep_endorsement(endorsement(Id([9; 32]), &key(50), NOW).bytes());
    assert!(matches!(elsewhere, Err(LedgerError::NotFound { .. })), "{elsewhere:?}");
    let mut forged = endorsement(record, &key(50), NOW).bytes().to_vec();
    let last = forged.len() - 1;
    forged[last] ^= 1;
    assert!(ledger.keep_endorsement(&forged).is_err());
    assert!(ledger.enrolment_bundle(&record).unwrap().endorsements.is_empty());
    assert!(ledger.enrolment_bundle(&Id([9; 32])).is_err());
}
