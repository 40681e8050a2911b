//! Passkeys: what a person's own device signs is an object's signature, and nothing else passes for it.

#[allow(dead_code, unused_imports, unused_macros)] // each test program uses its part
mod support;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use proptest::prelude::*;
use serde_json::{Value, json};
use support::*;
use wetsign_attest::id::{Digest, Id, PublicKey, sha256};
use wetsign_attest::object::*;
use wetsign_attest::passkey::software::SoftwarePasskey;
use wetsign_attest::passkey::{Assertion, Registration};
use wetsign_attest::policy::RelyingParty;
use wetsign_attest::verify::code;
use wetsign_attest::{Error, Signed, TrustPolicy};

const SECRET: [u8; 32] = [77; 32];

fn device() -> SoftwarePasskey {
    SoftwarePasskey::new(&SECRET, PARTY, PAGE).unwrap()
}

fn decline() -> Decline {
    Decline {
        request: Id([1; 32]),
        verdict: Id([2; 32]),
        validator: device().public(),
        reason: "not in my name".into(),
        time: T,
    }
}

/// An answer of which every part can be bent before it is signed.
struct Answer {
    flags: u8,
    /// What follows the counter.
    tail: Vec<u8>,
    client: Value,
    key: [u8; 32],
}

impl Answer {
    fn to(challenge: &Digest) -> Self {
        let client = json!({
            "type": "webauthn.get", "challenge": URL_SAFE_NO_PAD.encode(challenge.0), "origin": PAGE,
            "crossOrigin": false,
        });
        Self { flags: 0x05, tail: Vec::new(), client, key: SECRET }
    }

    fn signed(&self) -> Assertion {
        let mut data = sha256(&[PARTY.as_bytes()]).to_vec();
        data.push(self.flags);
        data.extend([0, 0, 0, 9]);
        data.extend(&self.tail);
        let client = self.client.to_string().into_bytes();
        let message = [&data[..], &sha256(&[&client])].concat();
        let signature: Signature = SigningKey::from_slice(&self.key).unwrap().sign(&message);
        Assertion {
            authenticator_data: data.into(),
            client_data: client.into(),
            signature: signature.to_bytes().to_vec().into(),
        }
    }
}

/// What becomes of a decline whose answer is bent so.
fn bent(bend: impl FnOnce(&mut Answer)) -> Result<Signed<Decline>, Error> {
    let mut answer = Answer::to(&Signed::challenge(&decline()).unwrap());
    bend(&mut answer);
    Signed::by_passkey(&decline(), &answer.signed())
}

#[track_caller]
fn refused(words: &str, bend: impl FnOnce(&mut Answer)) {
    let error = bent(bend).unwrap_err();
    assert!(matches!(error, Error::Passkey { .. }) && error.to_string().contains(words), "{error}");
}

#[test]
fn a_person_declines_with_a_passkey_and_everybody_can_read_it() {
    let signed = bent(|_| {}).unwrap();
    let presence = signed.presence().unwrap();
    assert_eq!((presence.origin.as_str(), presence.counter), (PAGE, 9));
    assert_eq!(presence.rp_id_hash.0, sha256(&[PARTY.as_bytes()]));
    // The id is the payload's, whoever signs how.
    assert_eq!(signed.id(), decline().id().unwrap());
    assert_eq!(Signed::<Decline>::decode(signed.bytes()).unwrap(), signed);
    let shown = wetsign_attest::json::any(signed.bytes()).unwrap();
    assert_eq!(shown["passkey"]["origin"], PAGE);
}

#[test]
fn a_device_that_did_not_verify_its_person_signs_nothing() {
    refused("user verified (UV) is not set", |answer| answer.flags = 0x01);
    refused("user present (UP) is not set", |answer| answer.flags = 0x04);
    refused("user present (UP) is not set", |answer| answer.flags = 0x00);
}

#[test]
fn each_flag_means_what_the_standard_says() {
    // Backed up, and allowed to be: a passkey that is copied between a person's devices.
    assert!(bent(|answer| answer.flags = 0x1d).unwrap().presence().unwrap().backed_up);
    refused("backed up (BS)", |answer| answer.flags = 0x15);
    refused("a passkey was made (AT)", |answer| answer.flags = 0x45);
    // Extensions that nobody asked for are a map, or nothing.
    assert!(bent(|answer| (answer.flags, answer.tail) = (0x85, vec![0xa0])).is_ok());
    refused("no one CBOR map follows", |answer| answer.flags = 0x85);
    refused("no one CBOR map follows", |answer| (answer.flags, answer.tail) = (0x85, vec![0x80]));
    refused("no one CBOR map follows", |answer| (answer.flags, answer.tail) = (0x85, vec![0xa0, 0]));
    refused("3 bytes too many", |answer| answer.tail = vec![1, 2, 3]);
}

#[test]
fn what_the_browser_says_has_to_fit() {
    refused("type is \"webauthn.create\"", |answer| answer.client["type"] = json!("webauthn.create"));
    refused("it answers the challenge", |answer| {
        answer.client["challenge"] = json!(URL_SAFE_NO_PAD.encode([0; 32]));
    });
    // The same challenge in another spelling is another one.
    refused("it answers the challenge", |answer| {
        let padded = format!("{}=", answer.client["challenge"].as_str().unwrap());
        answer.client["challenge"] = json!(padded);
    });
    refused("frame of another site", |answer| answer.client["crossOrigin"] = json!(true));
    refused("frame of another site", |answer| answer.client["topOrigin"] = json!("https://other.example"));
    refused("cannot be read", |answer| answer.client["crossOrigin"] = json!("false"));
    refused("cannot be read", |answer| answer.client = json!(["webauthn.get"]));
    for member in ["type", "challenge", "origin"] {
        refused(member, |answer| drop(answer.client.as_object_mut().unwrap().remove(member)));
    }
    refused("its origin", |answer| answer.client["origin"] = json!("https://hub\u{202e}.example"));
    refused("the limit is 1024", |answer| answer.client["more"] = json!("x".repeat(1024)));
    // The standard says that members will be added; an older browser says nothing of frames.
    assert!(bent(|answer| answer.client["new"] = json!({ "a": [1, 2] })).is_ok());
    assert!(bent(|answer| drop(answer.client.as_object_mut().unwrap().remove("crossOrigin"))).is_ok());
}

#[test]
fn another_key_another_object_or_another_kind_of_key_is_refused() {
    refused("does not verify under the key", |answer| answer.key = [78; 32]);
    // An answer over one object is none over another.
    let other = Decline { reason: "something else".into(), ..decline() };
    let answer = Answer::to(&Signed::challenge(&decline()).unwrap()).signed();
    let error = Signed::by_passkey(&other, &answer).unwrap_err();
    assert!(error.to_string().contains("it answers the challenge"), "{error}");
    // A passkey's answer where Ed25519 is enrolled, and the other way round.
    let enrolled = Decline { validator: public(OWNER), ..decline() };
    let answer = Answer::to(&Signed::challenge(&enrolled).unwrap()).signed();
    assert!(matches!(Signed::by_passkey(&enrolled, &answer), Err(Error::Key { kind: "P-256", .. })));
    let payload = decline().to_payload().unwrap();
    let sealed = wetsign_attest::cose::seal(Decline::TYPE, payload, Decline::TYPE.as_bytes(), &key(OWNER));
    assert!(matches!(Signed::<Decline>::decode(&sealed.unwrap()), Err(Error::Key { kind: "Ed25519", .. })));
}

#[test]
fn what_machines_sign_no_passkey_signs() {
    let refusal = Refusal {
        request: Id([1; 32]),
        stage: RefusalStage::Rules,
        code: "rules".into(),
        verdict: Some(Id([2; 32])),
        signed_by: device().public(),
        time: T,
    };
    let answer = Answer::to(&Signed::challenge(&refusal).unwrap()).signed();
    assert!(matches!(Signed::by_passkey(&refusal, &answer), Err(Error::Key { kind: "Ed25519", .. })));
}

#[test]
fn both_values_of_s_are_taken_and_the_lower_one_is_handed_out() {
    let challenge = Signed::challenge(&decline()).unwrap();
    let answer = Answer::to(&challenge).signed();
    let low = Signature::from_slice(&answer.signature.0).unwrap().normalize_s();
    let high = Signature::from_scalars(low.r(), -low.s()).unwrap();
    for signature in [low, high] {
        let answer = Assertion { signature: signature.to_bytes().to_vec().into(), ..answer.clone() };
        assert!(Signed::by_passkey(&decline(), &answer).is_ok());
        let (data, client) = (answer.authenticator_data.0.clone(), answer.client_data.0.clone());
        let read = Assertion::from_browser(data, client, signature.to_der().as_bytes()).unwrap();
        assert_eq!(read.signature.0, low.to_bytes().to_vec());
    }
}

#[test]
fn r_and_s_out_of_range_are_no_signature() {
    let answer = Answer::to(&Signed::challenge(&decline()).unwrap()).signed();
    let order = hex::decode("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551").unwrap();
    for half in [0, 32] {
        for value in [vec![0; 32], order.clone(), vec![0xff; 32]] {
            let mut signature = answer.signature.0.clone();
            signature[half..half + 32].copy_from_slice(&value);
            let bent = Assertion { signature: signature.into(), ..answer.clone() };
            let error = Signed::by_passkey(&decline(), &bent).unwrap_err();
            assert!(error.to_string().contains("no pair of r and s in range"), "{error}");
        }
    }
    for length in [0, 63, 65] {
        let bent = Assertion { signature: vec![1; length].into(), ..answer.clone() };
        assert!(Signed::by_passkey(&decline(), &bent).is_err());
    }
    assert!(Assertion::from_browser(vec![0; 37], b"{}".to_vec(), &[0x30, 0]).is_err());
}

#[test]
fn a_signature_field_has_one_encoding() {
    let bytes = Answer::to(&Digest([3; 32])).signed().to_bytes();
    assert_eq!(Assertion::from_bytes(&bytes).unwrap().to_bytes(), bytes);
    let mut trailing = bytes.clone();
    trailing.push(0);
    let mut longer = bytes.clone();
    longer[0] = 0x98;
    longer.insert(1, 3);
    let mut indefinite = bytes.clone();
    indefinite[0] = 0x9f;
    indefinite.push(0xff);
    for other in [trailing, longer, indefinite, vec![0x83], vec![], vec![0x58; 4096]] {
        assert!(Assertion::from_bytes(&other).is_err());
    }
}

#[test]
fn a_new_passkey_tells_its_key_and_where_it_was_made() {
    let challenge = Digest([5; 32]);
    let made = device().create(&challenge);
    let read = |data: &[u8]| Registration::read(data, &made.client_data, &challenge);
    let registration = read(&made.authenticator_data).unwrap();
    assert_eq!(registration.key, device().public());
    assert_eq!(registration.credential.0, device().credential());
    assert_eq!(registration.presence.origin, PAGE);
    // A use is no creation, and a creation no use.
    let used = device().get(&challenge);
    assert!(Registration::read(&used.authenticator_data, &used.client_data, &challenge).is_err());
    assert!(read(&used.authenticator_data).unwrap_err().contains("no passkey was made"));
    assert!(Registration::read(&made.authenticator_data, &made.client_data, &Digest([6; 32])).is_err());
    // Cut anywhere, or with more behind it, it is refused.
    for end in 0..made.authenticator_data.len() {
        assert!(read(&made.authenticator_data[..end]).is_err(), "{end}");
    }
    assert!(read(&[&made.authenticator_data[..], &[0]].concat()).is_err());
    // Another curve, another algorithm, a point that is none.
    let key = made.authenticator_data.len() - 77;
    for (at, value) in [(2, 3), (4, 0x27), (6, 2), (11, made.authenticator_data[key + 10] ^ 1)] {
        let mut other = made.authenticator_data.clone();
        other[key + at] = value;
        assert!(read(&other).is_err(), "{at}");
    }
}

#[test]
fn without_verification_no_passkey_is_enrolled() {
    let challenge = Digest([5; 32]);
    let made = device().create(&challenge);
    for (flags, words) in [(0x41, "user verified (UV)"), (0x44, "user present (UP)")] {
        let mut data = made.authenticator_data.clone();
        data[32] = flags;
        let error = Registration::read(&data, &made.client_data, &challenge).unwrap_err();
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn a_passkey_that_was_made_in_another_sites_frame_or_by_another_rite_is_none() {
    let challenge = Digest([5; 32]);
    let made = device().create(&challenge);
    let refused = |member: &str, value: Value, words: &str| {
        let mut client: Value = serde_json::from_slice(&made.client_data).unwrap();
        client[member] = value;
        let client = serde_json::to_vec(&client).unwrap();
        let error = Registration::read(&made.authenticator_data, &client, &challenge).unwrap_err();
        assert!(error.contains(words), "{error}");
    };
    refused("crossOrigin", json!(true), "frame of another site");
    refused("topOrigin", json!("https://other.example"), "frame of another site");
    refused("type", json!("webauthn.get"), "type is \"webauthn.get\"");
    refused("origin", json!(7), "cannot be read");
    let mut data = made.authenticator_data.clone();
    data[32] |= 0x10;
    let error = Registration::read(&data, &made.client_data, &challenge).unwrap_err();
    assert!(error.contains("backed up (BS)"), "{error}");
}

fn party() -> RelyingParty {
    RelyingParty { id: PARTY.into(), origins: vec![PAGE.into()] }
}

/// Takes no kiosk's keys, and the passkeys of this module as the simulated parts that they are.
fn strict() -> TrustPolicy {
    TrustPolicy {
        accept_kiosk_custody: false,
        accept_simulated: true,
        relying_parties: vec![party()],
        ..policy()
    }
}

fn by_passkeys() -> Edits {
    Edits { people: Some(vec![2, 3]), ..Edits::default() }
}

#[test]
fn an_approval_by_two_passkeys_needs_no_kiosk_custody_and_its_first_line_says_so() {
    let report = verify(&approval(&by_passkeys()).to_bytes().unwrap(), &strict(), options());
    assert!(report.ok, "{:#?}", report.failures().collect::<Vec<_>>());
    assert_eq!(
        report.summary,
        "approved by software passkey, with simulated parts, development keys accepted"
    );
}

#[test]
fn a_passkey_in_a_program_is_a_simulated_part() {
    let real = TrustPolicy { accept_simulated: false, ..strict() };
    refused_with(&by_passkeys(), &real, &[code::CUSTODY]);
    // One that says that it is a device's is believed: nothing but its enrolment can show otherwise.
    let said = Edits {
        cosignature: Some(Box::new(|_, c: &mut CoSignature| c.custody = Custody::Passkey)),
        ..by_passkeys()
    };
    let report = verify(&approval(&said).to_bytes().unwrap(), &real, options());
    assert_eq!(report.summary, "approved by passkey, with development keys accepted");
}

#[test]
fn a_page_of_a_stranger_is_refused() {
    for parties in [
        vec![],
        vec![RelyingParty { id: "other.example".into(), origins: vec!["https://other.example".into()] }],
        // The right domain, another page of it.
        vec![RelyingParty { id: PARTY.into(), origins: vec!["https://www.hub.example".into()] }],
        // The right page for another relying party.
        vec![RelyingParty { id: "example".into(), origins: vec![PAGE.into()] }],
    ] {
        refused_with(
            &by_passkeys(),
            &TrustPolicy { relying_parties: parties, ..strict() },
            &[code::RELYING_PARTY],
        );
    }
}

#[test]
fn a_cosignature_claims_no_custody_that_its_key_does_not_show() {
    let bundle = approval(&by_passkeys());
    let with_passkey = Signed::<CoSignature>::decode(&bundle.cosignatures[0].0).unwrap().into_payload();
    let with_ed25519 = Signed::<CoSignature>::decode(&approval(&Edits::default()).cosignatures[0].0).unwrap();
    for (payload, custody) in [
        (with_passkey.clone(), Custody::Kiosk),
        (with_passkey, Custody::Phone),
        (with_ed25519.payload().clone(), Custody::Passkey),
        (with_ed25519.into_payload(), Custody::SoftwarePasskey),
    ] {
        let error = CoSignature { custody, ..payload }.to_payload().unwrap_err();
        assert!(matches!(error, Error::Value { field: "custody", .. }), "{error}");
    }
}

#[track_caller]
fn refused_with(edits: &Edits, policy: &TrustPolicy, codes: &[&str]) {
    let report = verify(&approval(edits).to_bytes().unwrap(), policy, options());
    let found: Vec<_> = failed(&report).into_iter().filter(|code| *code != "quorum").collect();
    assert_eq!(found, codes);
    assert!(!report.ok);
}

#[test]
fn a_policy_names_relying_parties_that_can_be() {
    let with = |id: &str, origin: &str| {
        let parties = vec![RelyingParty { id: id.into(), origins: vec![origin.into()] }];
        TrustPolicy { relying_parties: parties, ..policy() }.check()
    };
    for (id, origin) in [
        ("hub.example", "https://hub.example"),
        ("hub.example", "https://www.hub.example:8443"),
        ("localhost", "http://localhost:8080"),
        ("hub.example", "android:apk-key-hash:7d1043473d55bfa90e8530d35801d4e381bc69f0"),
    ] {
        with(id, origin).unwrap_or_else(|error| panic!("{id} {origin}: {error}"));
    }
    for (id, origin) in [
        ("", "https://hub.example"),
        ("Hub.example", "https://Hub.example"),
        ("hub.example", "http://hub.example"),
        ("hub.example", "https://hub.example/"),
        ("hub.example", "https://hub.example:08443"),
        ("hub.example", "https://nothub.example"),
        ("hub.example", "https://hub.example.evil"),
        ("hub.example", "hub.example"),
    ] {
        assert!(with(id, origin).is_err(), "{id} {origin}");
    }
    let none = TrustPolicy {
        relying_parties: vec![RelyingParty { id: PARTY.into(), origins: Vec::new() }],
        ..policy()
    };
    assert!(none.check().is_err());
    let machine = TrustPolicy { roots: vec![device().public()], ..policy() };
    assert!(machine.check().unwrap_err().to_string().contains("machines sign with Ed25519"));
}

#[test]
fn the_published_vector_is_what_this_crate_makes() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/passkey.json")).unwrap();
    let vector: Value = serde_json::from_str(&text).unwrap();
    let challenge = Signed::challenge(&decline()).unwrap();
    let assertion = device().assert(&challenge).unwrap();
    let signed = Signed::by_passkey(&decline(), &assertion).unwrap();
    let made = json!({
        "about": vector["about"],
        "secret": hex::encode(SECRET),
        "public_key": device().public(),
        "handle": hex::encode(device().public().handle()),
        "validator_key": hex::encode(wetsign_attest::binding::scalar(
            &wetsign_attest::binding::validator_key(&device().public())).0),
        "payload": hex::encode(decline().to_payload().unwrap()),
        "challenge": hex::encode(challenge.0),
        "authenticator_data": assertion.authenticator_data,
        "client_data": String::from_utf8(assertion.client_data.0.clone()).unwrap(),
        "signature": assertion.signature,
        "envelope": hex::encode(signed.bytes()),
        "id": signed.id(),
    });
    assert_eq!(vector, made, "{made:#}");
}

proptest! {
    #[test]
    fn any_bytes_in_a_signature_field_are_refused_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(read) = Assertion::from_bytes(&bytes) {
            let key = device().public().p256().unwrap();
            prop_assert!(read.check(&Digest([0; 32]), &key).is_err());
        }
        let registration = Registration::read(&bytes, b"{}", &Digest([0; 32]));
        prop_assert!(registration.is_err());
    }

    #[test]
    fn a_key_reads_back_from_bytes_and_text(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
        if let Ok(key) = PublicKey::try_from(bytes.as_slice()) {
            prop_assert_eq!(key.as_bytes(), bytes.as_slice());
            prop_assert_eq!(key.to_string().parse::<PublicKey>().unwrap(), key);
        }
    }

    #[test]
    fn one_changed_byte_anywhere_in_an_envelope_is_refused(at in any::<prop::sample::Index>(), change in 1u8..) {
        let mut bytes = bent(|_| {}).unwrap().bytes().to_vec();
        let at = at.index(bytes.len());
        bytes[at] ^= change;
        prop_assert!(Signed::<Decline>::decode(&bytes).is_err());
    }
}
