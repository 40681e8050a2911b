//! Encodings: every value comes back, and only its one canonical form is read.

use ed25519_dalek::SigningKey;
use proptest::prelude::*;
use wetsign_attest::evm::{EvmAddress, EvmToken};
use wetsign_attest::id::{Atto, Blob, ChannelKey, Digest, Id, PublicKey, Scalar};
use wetsign_attest::object::*;
use wetsign_attest::{Endorsed, Error, Signed, limits};

fn key() -> SigningKey {
    SigningKey::from_bytes(&[3; 32])
}

fn decline() -> Decline {
    Decline {
        request: Id([1; 32]),
        verdict: Id([2; 32]),
        validator: PublicKey::from(&key()),
        reason: "not in my name".into(),
        time: 1_790_000_000,
    }
}

fn text() -> impl Strategy<Value = String> {
    "[a-zäß0-9]([a-zäß0-9 -]{0,38}[a-zäß0-9])?"
}

fn codes(all: &'static [&'static str]) -> impl Strategy<Value = Option<Vec<String>>> {
    let some = proptest::sample::subsequence(all, 0..=all.len());
    proptest::option::of(some.prop_map(|codes| codes.into_iter().map(str::to_owned).collect()))
}

prop_compose! {
    fn attributes()(
        purpose in text(),
        medium in proptest::option::of(text()),
        languages in codes(&["de", "en-GB", "es-419", "zh-Hant"]),
        territories in codes(&["AT", "DE", "US", "worldwide"]),
        audience in proptest::option::of(text()),
        commercial in any::<Option<bool>>(),
        duration_days in any::<Option<u64>>(),
        derived_work in any::<Option<bool>>(),
    ) -> Attributes {
        Attributes { purpose, medium, languages, territories, audience, commercial, duration_days, derived_work }
    }
}

prop_compose! {
    fn uniqueness()(
        digests in any::<[[u8; 32]; 5]>(),
        compared: u64,
        bounds in [1u32..=4000, 1u32..=4000],
        found: bool,
        time in 0..=limits::LAST_SECOND,
    ) -> UniquenessResult {
        let searcher = |n: u8| SearchedTable {
            searcher: PublicKey::from(&SigningKey::from_bytes(&[n; 32])),
            root: Digest(digests[usize::from(n)]),
        };
        UniquenessResult {
            question: Digest(digests[3]),
            consent: Id(digests[4]),
            kiosk: PublicKey::from(&key()),
            searchers: [0, 1, 2].map(searcher).into(),
            compared, face_bound: bounds[0], both_bound: bounds[1], found, time,
        }
    }
}

prop_compose! {
    fn withdrawal()(
        asset in any::<[u8; 32]>(),
        approval in any::<Option<[u8; 32]>>(),
        reason in proptest::option::of(text()),
        time in 0..=limits::LAST_SECOND,
    ) -> Withdrawal {
        let signed_by = PublicKey::from(&key());
        Withdrawal { asset: Id(asset), approval: approval.map(Id), reason, signed_by, time }
    }
}

fn tensors() -> impl Strategy<Value = Vec<Tensor>> {
    let shape = proptest::collection::vec(any::<u64>(), 0..=16);
    let tensor = (text(), text(), shape).prop_map(|(name, element, shape)| Tensor { name, element, shape });
    proptest::collection::vec(tensor, 0..4)
}

prop_compose! {
    fn card()(
        name in "[a-z0-9-][a-z0-9.-]{0,63}",
        previous in any::<Option<[u8; 32]>>(),
        revision in 2..=u64::MAX,
        [role, licence, lineage, usage] in [text(), text(), text(), text()],
        content in any::<[u8; 32]>(),
        size in any::<u64>(),
        [inputs, outputs] in [tensors(), tensors()],
        made_from in proptest::collection::btree_set(any::<[u8; 32]>(), 0..4),
        measured in proptest::collection::vec(text(), 0..4),
        price in any::<u128>(),
        time in 0..=limits::LAST_SECOND,
    ) -> ModelCard {
        ModelCard {
            name, role, licence, lineage, usage, size, inputs, outputs, measured, time,
            revision: previous.map_or(1, |_| revision),
            previous: previous.map(Id),
            content: Digest(content),
            made_from: made_from.into_iter().map(Digest).collect(),
            price: Atto(price),
            publisher: PublicKey::from(&key()),
        }
    }
}

prop_compose! {
    fn run_receipt()(
        ids in any::<[[u8; 32]; 5]>(),
        digests in any::<[[u8; 32]; 3]>(),
        number in 1u64..,
        opens_to in any::<[u8; 32]>(),
        confinement in proptest::collection::btree_set(text(), 0..5),
        allowed in proptest::collection::btree_set(text(), 0..5),
        time in 0..=limits::LAST_SECOND,
    ) -> RunReceipt {
        RunReceipt {
            runner: PublicKey::from(&key()),
            number,
            previous: (number > 1).then_some(Id(ids[0])),
            approval: Id(ids[1]),
            request: Id(ids[2]),
            verdict: Id(ids[3]),
            asset: Id(ids[4]),
            container: Digest(digests[0]),
            opens_to: ChannelKey(opens_to),
            input: Digest(digests[1]),
            output: Digest(digests[2]),
            media_type: "audio/wav".into(),
            confinement: confinement.into_iter().collect(),
            allowed: allowed.into_iter().collect(),
            time,
        }
    }
}

/// Real keys: only such are taken.
fn keys(least: usize, most: usize) -> impl Strategy<Value = Vec<PublicKey>> {
    proptest::collection::btree_set(100_u8.., least..=most).prop_map(|seeds| {
        let mut keys: Vec<_> =
            seeds.iter().map(|seed| PublicKey::from(&SigningKey::from_bytes(&[*seed; 32]))).collect();
        keys.sort_unstable();
        keys
    })
}

prop_compose! {
    fn key_set()(
        admins in keys(1, limits::OWN_KEYS),
        approving in keys(1, limits::OWN_KEYS),
        agents in keys(0, limits::KEY_AGENTS),
        needed in any::<prop::sample::Index>(),
    ) -> KeySet {
        let mut set = KeySet { admins, approving, agents, needed: 0 };
        set.agents.retain(|key| !set.admins.contains(key) && !set.approving.contains(key));
        set.needed = if set.agents.is_empty() { 0 } else { 1 + needed.index(set.agents.len()) as u32 };
        set
    }
}

prop_compose! {
    fn key_event()(
        number in 1_u64..,
        act in prop_oneof![
            key_set().prop_map(KeyAct::Set),
            Just(KeyAct::Accept),
            key_set().prop_map(KeyAct::Recover),
            any::<[u8; 32]>().prop_map(|id| KeyAct::Support { recovery: Id(id) }),
            any::<[u8; 32]>().prop_map(|id| KeyAct::Revert { recovery: Id(id) }),
        ],
        time in 0..=limits::LAST_SECOND,
    ) -> KeyEvent {
        let (person, previous) = (PublicKey::from(&key()), (number > 1).then_some(Id([5; 32])));
        KeyEvent { person, number, previous, act, signed_by: person, time }
    }
}

prop_compose! {
    fn release()(
        package in text(),
        number in 1u64..,
        version in "[0-9][0-9a-z.+~-]{0,20}",
        digest in any::<[u8; 32]>(),
        size in 1u64..,
        time in 0..=limits::LAST_SECOND,
    ) -> Release {
        let (architecture, maker) = ("amd64".into(), PublicKey::from(&key()));
        Release { package, number, version, architecture, digest: Digest(digest), size, time, maker }
    }
}

fn content() -> impl Strategy<Value = Content> {
    let digest = (any::<[u8; 32]>(), "(audio|video)/[a-z0-9][a-z0-9.+-]{0,19}")
        .prop_map(|(digest, media_type)| Content::Digest { digest: Digest(digest), media_type });
    prop_oneof![".{0,200}".prop_map(Content::Text), digest]
}

prop_compose! {
    fn request()(
        assets in proptest::collection::btree_set(any::<[u8; 32]>(), 1..=16),
        app in text(),
        attributes in attributes(),
        content in content(),
        fee in any::<u128>(),
        nonce in proptest::collection::vec(any::<u8>(), 16..=32),
        created in 0u64..1 << 36,
        lasting in 1u64..1 << 30,
        opens_to in proptest::option::of(prop::array::uniform32(1u8..)),
        transfer in any::<Option<Option<[u8; 20]>>>(),
        escrow in proptest::option::of((any::<u64>(), [1u8.., 1u8..], any::<[u8; 32]>())),
    ) -> UsageRequest {
        UsageRequest {
            assets: assets.into_iter().map(Id).collect(),
            requester: PublicKey::from(&key()),
            app, attributes, content,
            fee: Atto(fee),
            nonce: Blob(nonce),
            created,
            expires: created + lasting,
            opens_to: opens_to.map(ChannelKey),
            transfer: transfer.map(|account| Transfer {
                to: PublicKey::from(&key()),
                account: account.filter(|account| *account != [0; 20]).map(EvmAddress),
            }),
            escrow: escrow.map(|(chain_id, [contract, account], terms)| Escrow {
                chain_id,
                contract: EvmAddress([contract; 20]),
                account: EvmAddress([account; 20]),
                terms: Digest(terms),
            }),
        }
    }
}

/// Signed, read again and shown it is the same; with one byte changed it is nothing.
fn comes_back<T>(object: &T, place: prop::sample::Index, change: u8) -> Result<(), TestCaseError>
where
    T: Object + Clone + PartialEq + std::fmt::Debug + serde::Serialize + serde::de::DeserializeOwned,
{
    let signed = Signed::sign(object.clone(), &key()).unwrap();
    let read = Signed::<T>::decode(signed.bytes()).unwrap();
    prop_assert_eq!((read.payload(), read.id()), (object, object.id().unwrap()));
    let view = serde_json::to_string(object).unwrap();
    prop_assert_eq!(&serde_json::from_str::<T>(&view).unwrap(), object);
    prop_assert_eq!(&wetsign_attest::json::any(signed.bytes()).unwrap()["type"], T::TYPE);
    let mut bytes = signed.bytes().to_vec();
    let index = place.index(bytes.len());
    bytes[index] ^= change;
    prop_assert!(Signed::<T>::decode(&bytes).is_err());
    Ok(())
}

proptest! {
    #[test]
    fn a_request_comes_back_as_it_was_signed(request in request()) {
        let signed = Signed::sign(request.clone(), &key()).unwrap();
        let read = Signed::<UsageRequest>::decode(signed.bytes()).unwrap();
        prop_assert_eq!(read.payload(), &request);
        prop_assert_eq!(read.id(), request.id().unwrap());
        let view = serde_json::to_string(&request).unwrap();
        prop_assert_eq!(serde_json::from_str::<UsageRequest>(&view).unwrap(), request);
    }

    #[test]
    fn any_changed_byte_is_refused(request in request(), place in any::<prop::sample::Index>(), change in 1u8..) {
        let signed = Signed::sign(request, &key()).unwrap();
        let mut bytes = signed.bytes().to_vec();
        let index = place.index(bytes.len());
        bytes[index] ^= change;
        prop_assert!(Signed::<UsageRequest>::decode(&bytes).is_err());
    }

    #[test]
    fn a_model_card_comes_back_as_it_was_signed_and_no_other_bytes_are_read(
        card in card(), place in any::<prop::sample::Index>(), change in 1u8..,
    ) {
        comes_back(&card, place, change)?;
    }

    #[test]
    fn whatever_decodes_is_the_canonical_form(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(request) = UsageRequest::from_payload(&bytes) {
            prop_assert_eq!(request.to_payload().unwrap(), bytes);
        }
    }

    #[test]
    fn a_uniqueness_result_comes_back_as_three_signed_it_and_no_other_bytes_are_read(
        result in uniqueness(), place in any::<prop::sample::Index>(), change in 1u8..,
    ) {
        let keys = [0, 1, 2].map(|n| SigningKey::from_bytes(&[n; 32]));
        let signed = Endorsed::sign(result.clone(), &keys.each_ref()).unwrap();
        let read = Endorsed::<UniquenessResult>::decode(signed.bytes()).unwrap();
        prop_assert_eq!((read.payload(), read.signers().len()), (&result, 3));
        let view = serde_json::to_string(&result).unwrap();
        prop_assert_eq!(serde_json::from_str::<UniquenessResult>(&view).unwrap(), result);
        let shown = wetsign_attest::json::any(signed.bytes()).unwrap();
        prop_assert_eq!(&shown["type"], UniquenessResult::TYPE);
        let mut bytes = signed.bytes().to_vec();
        let index = place.index(bytes.len());
        bytes[index] ^= change;
        prop_assert!(Endorsed::<UniquenessResult>::decode(&bytes).is_err());
    }

    #[test]
    fn a_quorum_without_a_spread_has_the_bytes_that_it_had(k in 1u32..17, max_age_s: u64) {
        #[derive(minicbor::Encode)]
        #[cbor(map)]
        struct Before(#[n(1)] u32, #[n(2)] Vec<Modality>, #[n(3)] u64);
        let modalities = vec![Modality::Face, Modality::Voice];
        let before = minicbor::to_vec(Before(k, modalities.clone(), max_age_s)).unwrap();
        let quorum = Quorum { k, modalities, max_age_s, min_kiosks: None, min_operators: None, spoken_consent: false };
        prop_assert_eq!(minicbor::to_vec(&quorum).unwrap(), before.clone());
        prop_assert_eq!(minicbor::decode::<Quorum>(&before).unwrap(), quorum.clone());
        let spread = Quorum { min_kiosks: Some(2), ..quorum };
        let bytes = minicbor::to_vec(&spread).unwrap();
        prop_assert!(bytes != before && minicbor::decode::<Quorum>(&bytes).unwrap() == spread);
    }

    #[test]
    fn what_is_signed_before_a_locked_asset_opens_comes_back_and_no_other_bytes_are_read(
        ids in any::<[[u8; 32]; 5]>(), opens_to in any::<[u8; 32]>(), time in 0..=limits::LAST_SECOND - limits::RUNNER_KEY_S,
        lasting in 1..=limits::RUNNER_KEY_S, place in any::<prop::sample::Index>(), change in 1u8..,
    ) {
        let [approval, asset, container, committee, share] = ids;
        let own = PublicKey::from(&key());
        let opens_to = ChannelKey(opens_to);
        let runner = RunnerKey { runner: own, opens_to, created: time, until: time + lasting };
        let release = ShareRelease {
            keyholder: own, approval: Id(approval), asset: Id(asset), container: Digest(container),
            committee: Id(committee), runner: own, opens_to, share: Digest(share), time,
        };
        let signed = Signed::sign(runner.clone(), &key()).unwrap();
        let read = Signed::<RunnerKey>::decode(signed.bytes()).unwrap();
        prop_assert_eq!(read.payload(), &runner);
        prop_assert_eq!(&wetsign_attest::json::any(signed.bytes()).unwrap()["type"], RunnerKey::TYPE);
        let signed = Signed::sign(release.clone(), &key()).unwrap();
        let read = Signed::<ShareRelease>::decode(signed.bytes()).unwrap();
        prop_assert_eq!(read.payload(), &release);
        prop_assert_eq!(&wetsign_attest::json::any(signed.bytes()).unwrap()["type"], ShareRelease::TYPE);
        let mut bytes = signed.bytes().to_vec();
        let index = place.index(bytes.len());
        bytes[index] ^= change;
        prop_assert!(Signed::<ShareRelease>::decode(&bytes).is_err());
    }

    #[test]
    fn a_withdrawal_comes_back_as_it_was_signed_and_no_other_bytes_are_read(
        withdrawal in withdrawal(), place in any::<prop::sample::Index>(), change in 1u8..,
    ) {
        comes_back(&withdrawal, place, change)?;
    }

    #[test]
    fn a_key_event_comes_back_as_it_was_signed_and_no_other_bytes_are_read(
        event in key_event(), place in any::<prop::sample::Index>(), change in 1u8..,
    ) {
        comes_back(&event, place, change)?;
    }

    #[test]
    fn complaints_and_wishes_come_back_as_they_were_signed_and_no_other_bytes_are_read(
        words in text(), id in any::<[u8; 32]>(), time in 0..=limits::LAST_SECOND,
        place in any::<prop::sample::Index>(), change in 1u8..,
    ) {
        let by = PublicKey::from(&key());
        let complaint = Complaint { asset: Id(id), approval: Id([2; 32]), words, signed_by: by, time };
        let leaf = Scalar(id);
        let wish = ErasureRequest { validator: by, kiosk: by, leaf, time };
        let (complaint, wish) = (Signed::sign(complaint, &key()).unwrap(), Signed::sign(wish, &key()).unwrap());
        prop_assert_eq!(&Signed::<Complaint>::decode(complaint.bytes()).unwrap(), &complaint);
        prop_assert_eq!(&Signed::<ErasureRequest>::decode(wish.bytes()).unwrap(), &wish);
        for bytes in [complaint.bytes(), wish.bytes()] {
            prop_assert!(wetsign_attest::json::any(bytes).is_ok());
            let mut bytes = bytes.to_vec();
            let index = place.index(bytes.len());
            bytes[index] ^= change;
            prop_assert!(Signed::<Complaint>::decode(&bytes).is_err());
            prop_assert!(Signed::<ErasureRequest>::decode(&bytes).is_err());
        }
    }

    #[test]
    fn a_release_comes_back_as_it_was_signed_and_no_other_bytes_are_read(
        release in release(), place in any::<prop::sample::Index>(), change in 1u8..,
    ) {
        comes_back(&release, place, change)?;
    }

    #[test]
    fn a_runners_receipt_comes_back_as_it_was_signed_and_no_other_bytes_are_read(
        receipt in run_receipt(), place in any::<prop::sample::Index>(), change in 1u8..,
    ) {
        comes_back(&receipt, place, change)?;
    }

    #[test]
    fn garbage_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(Signed::<CoSignature>::decode(&bytes).is_err());
        prop_assert!(Signed::<KeyEvent>::decode(&bytes).is_err());
        prop_assert!(Endorsed::<RegistryEpoch>::decode(&bytes).is_err());
        prop_assert!(wetsign_attest::ApprovalBundle::unverified(&bytes).is_err());
        prop_assert!(wetsign_attest::verify::GivenWithdrawal::decode(&bytes).is_err());
        prop_assert!(wetsign_attest::json::any(&bytes).is_err());
        prop_assert!(wetsign_attest::eat::Claims::decode(&bytes).is_err());
    }

    #[test]
    fn amounts_have_one_form(amount in any::<u128>()) {
        let bytes = minicbor::to_vec(Atto(amount)).unwrap();
        prop_assert_eq!(minicbor::decode::<Atto>(&bytes).unwrap(), Atto(amount));
        prop_assert_eq!(serde_json::to_value(Atto(amount)).unwrap(), amount.to_string());
    }
}

#[test]
fn deep_nesting_and_indefinite_lengths_are_refused_before_anything_is_built() {
    // {0: "wetsign/decline/1", 9: [[[…1…]]]}: unknown keys would be skipped first and refused after.
    let nested = |depth: usize| {
        let mut bytes = vec![0xa2, 0x00, 0x71];
        bytes.extend(b"wetsign/decline/1");
        bytes.push(0x09);
        bytes.extend(vec![0x81; depth]);
        bytes.push(0x01);
        Decline::from_payload(&bytes).unwrap_err()
    };
    let refused = |found| Error::Limit { what: "nesting", found, bound: limits::NESTING };
    assert_eq!(nested(limits::NESTING), refused(limits::NESTING + 1));
    assert_eq!(nested(3000), refused(limits::NESTING + 1));
    assert!(!matches!(nested(limits::NESTING - 1), Error::Limit { .. }));
    assert!(matches!(Decline::from_payload(&[0xbf, 0x00, 0xff]), Err(Error::NotCanonical { .. })));
    // Siblings are not nesting.
    let mut wide = vec![0x98, 200];
    wide.extend([0x81, 0x01].repeat(200));
    assert!(!matches!(Decline::from_payload(&wide), Err(Error::Limit { .. })));
}

#[test]
fn a_decline_has_these_very_bytes() {
    let payload = decline().to_payload().unwrap();
    let mut expected = vec![0xa6, 0x00, 0x71];
    expected.extend(b"wetsign/decline/1");
    expected.extend([0x01, 0x58, 0x20]);
    expected.extend([1; 32]);
    expected.extend([0x02, 0x58, 0x20]);
    expected.extend([2; 32]);
    expected.extend([0x03, 0x58, 0x20]);
    expected.extend(PublicKey::from(&key()).as_bytes());
    expected.extend([0x04, 0x6e]);
    expected.extend(b"not in my name");
    expected.extend([0x05, 0x1a, 0x6a, 0xb1, 0x3b, 0x80]);
    assert_eq!(payload, expected);
    assert_eq!(Signed::sign(decline(), &key()).unwrap().id(), Id::of(&expected));
}

#[test]
fn other_encodings_of_the_same_value_are_refused() {
    let payload = decline().to_payload().unwrap();
    let refused = |bytes: Vec<u8>| Decline::from_payload(&bytes).unwrap_err();
    // An unknown key.
    let mut unknown = payload.clone();
    unknown[0] += 1;
    unknown.extend([0x18, 0x63, 0x01]);
    assert_eq!(refused(unknown), Error::NotCanonical { what: Decline::TYPE });
    // A repeated key.
    let mut repeated = payload.clone();
    repeated[0] += 1;
    repeated.extend([0x05, 0x01]);
    assert_eq!(refused(repeated), Error::NotCanonical { what: Decline::TYPE });
    // A trailing byte.
    let mut trailing = payload.clone();
    trailing.push(0);
    assert_eq!(refused(trailing), Error::NotCanonical { what: Decline::TYPE });
    // A longer form of the time.
    let mut longer = payload.clone();
    let time = longer.split_off(longer.len() - 5);
    longer.extend([0x1b, 0, 0, 0, 0]);
    longer.extend(&time[1..]);
    assert_eq!(refused(longer), Error::NotCanonical { what: Decline::TYPE });
    // Indefinite length.
    let mut indefinite = payload.clone();
    indefinite[0] = 0xbf;
    indefinite.push(0xff);
    assert!(matches!(refused(indefinite), Error::NotCanonical { .. }));
    // Keys in another order: the last one first.
    let mut order = payload[..20].to_vec();
    order.extend(&payload[payload.len() - 6..]);
    order.extend(&payload[20..payload.len() - 6]);
    assert_eq!(refused(order), Error::NotCanonical { what: Decline::TYPE });
    // Another type.
    let mut other = payload;
    other[19] = b'2';
    assert!(matches!(refused(other), Error::WrongType { .. }));
}

#[test]
fn a_signature_holds_for_its_type_and_key_only() {
    let signed = Signed::sign(decline(), &key()).unwrap();
    assert!(matches!(
        Signed::<Refusal>::decode(signed.bytes()),
        Err(Error::WrongType { expected: "wetsign/refusal/1", .. })
    ));
    let other = SigningKey::from_bytes(&[4; 32]);
    assert!(matches!(Signed::sign(decline(), &other), Err(Error::Signature { .. })));
    // The right payload, signed by another key.
    let forged = wetsign_attest::cose::seal(
        Decline::TYPE,
        decline().to_payload().unwrap(),
        Decline::TYPE.as_bytes(),
        &other,
    );
    assert!(matches!(Signed::<Decline>::decode(&forged.unwrap()), Err(Error::Signature { .. })));
    // The right key, over another domain.
    let forged = wetsign_attest::cose::seal(
        Decline::TYPE,
        decline().to_payload().unwrap(),
        b"wetsign/refusal/1",
        &key(),
    );
    assert!(matches!(Signed::<Decline>::decode(&forged.unwrap()), Err(Error::Signature { .. })));
}

#[test]
fn an_envelope_with_anything_in_its_unprotected_header_is_refused() {
    let bytes = Signed::sign(decline(), &key()).unwrap().bytes().to_vec();
    let mut filled = bytes[..6].to_vec();
    filled.extend([0xa1, 0x04, 0x41, 0x01]);
    filled.extend(&bytes[7..]);
    assert!(matches!(Signed::<Decline>::decode(&filled), Err(Error::Envelope { .. })));
    let untagged = &bytes[1..];
    assert!(matches!(Signed::<Decline>::decode(untagged), Err(Error::Envelope { .. })));
}

#[test]
fn a_key_of_small_order_signs_nothing() {
    // The neutral element: S = 0, R = neutral verifies for every message where verification is not strict.
    let mut decline = decline();
    let mut neutral = [0; 32];
    neutral[0] = 1;
    decline.validator = PublicKey::Ed25519(neutral);
    let payload = decline.to_payload().unwrap();
    let mut bytes =
        wetsign_attest::cose::seal(Decline::TYPE, payload, Decline::TYPE.as_bytes(), &key()).unwrap();
    let start = bytes.len() - 64;
    bytes[start..].fill(0);
    bytes[start] = 1;
    assert!(matches!(Signed::<Decline>::decode(&bytes), Err(Error::Signature { .. })));
}

#[test]
fn what_is_over_a_limit_is_refused_before_it_is_read() {
    let long = vec![0xd2; limits::DECLINE + 1];
    assert!(matches!(Signed::<Decline>::decode(&long), Err(Error::Limit { .. })));
    let mut decline = decline();
    decline.reason = "x".repeat(limits::NAME + 1);
    assert!(matches!(Signed::sign(decline, &key()), Err(Error::Value { field: "reason", .. })));
}

#[test]
fn the_longest_withdrawal_fits_its_limit_and_a_reason_is_a_name() {
    let withdrawal = |reason: &str| Withdrawal {
        asset: Id([1; 32]),
        approval: Some(Id([2; 32])),
        reason: Some(reason.into()),
        signed_by: PublicKey::from(&key()),
        time: limits::LAST_SECOND,
    };
    assert!(Signed::sign(withdrawal(&"x".repeat(limits::NAME)), &key()).is_ok());
    for unfit in ["", " sold", "so\u{202e}ld", "sold\n", &"x".repeat(limits::NAME + 1)] {
        let refused = Signed::sign(withdrawal(unfit), &key());
        assert!(matches!(refused, Err(Error::Value { field: "reason", .. })), "{unfit:?}");
    }
    let late = Withdrawal { time: limits::LAST_SECOND + 1, ..withdrawal("sold") };
    assert!(matches!(late.to_payload(), Err(Error::Value { field: "time", .. })));
}

#[test]
fn no_name_turns_the_direction_of_what_follows() {
    // The nine that Unicode has for it (UAX #9, § 2), and the two marks of old.
    let turning =
        ['\u{61c}', '\u{200e}', '\u{200f}', '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}']
            .into_iter()
            .chain('\u{2066}'..='\u{2069}');
    for turn in turning {
        let name = format!("a{turn}b");
        let refused = |error: Result<(), Error>| {
            assert!(matches!(error, Err(Error::Value { .. })), "U+{:04X}: {error:?}", u32::from(turn));
        };
        let mut decline = decline();
        decline.reason.clone_from(&name);
        refused(decline.check());
        let refusal = Refusal {
            request: Id([1; 32]),
            stage: RefusalStage::Liveness,
            code: name.clone(),
            verdict: None,
            signed_by: PublicKey::from(&key()),
            time: 1,
        };
        refused(refusal.check());
        let (mut descriptor, mut rules, mut request) = wetsign_attest::rules::example::narration("");
        assert!(descriptor.check().is_ok() && rules.check().is_ok() && request.check().is_ok());
        descriptor.title.clone_from(&name);
        refused(descriptor.check());
        rules.policies[0].id.clone_from(&name);
        refused(rules.check());
        request.app.clone_from(&name);
        refused(request.check());
        request.app = "a".into();
        request.attributes.purpose = name;
        refused(request.check());
    }
}

#[test]
fn amounts_with_leading_zeros_are_refused() {
    assert_eq!(minicbor::to_vec(Atto(0)).unwrap(), [0x40]);
    assert_eq!(minicbor::to_vec(Atto(256)).unwrap(), [0x42, 1, 0]);
    assert!(minicbor::decode::<Atto>(&[0x42, 0, 1]).is_err());
    assert!(minicbor::decode::<Atto>(&[0x41, 0]).is_err());
    assert!(minicbor::decode::<Atto>(&[0x51; 18]).is_err());
}

#[test]
fn lists_have_an_order_and_shares_a_sum() {
    let payee = |account: &str, basis_points| Payee { account: account.into(), basis_points };
    let mut descriptor = AssetDescriptor {
        revision: 1,
        asset: None,
        previous: None,
        kind: AssetKind::Genome,
        title: "A voice".into(),
        content: Digest([1; 32]),
        modalities: vec![Modality::Face, Modality::Voice],
        owner: PublicKey::from(&key()),
        signed_by: PublicKey::from(&key()),
        agents: vec![],
        evm: Some(EvmReference {
            chain_id: 1,
            contract: EvmAddress([1; 20]),
            token: Some(EvmToken([7; 32])),
        }),
        payees: vec![payee("a", 4_000), payee("b", 6_000)],
    };
    let view = serde_json::to_string(&descriptor).unwrap();
    assert_eq!(serde_json::from_str::<AssetDescriptor>(&view).unwrap(), descriptor, "{view}");
    assert!(Signed::sign(descriptor.clone(), &key()).is_ok());
    descriptor.payees[0].basis_points = 4_001;
    assert!(matches!(descriptor.check(), Err(Error::Value { field: "payees", .. })));
    descriptor.payees[0].basis_points = 4_000;
    descriptor.modalities.reverse();
    assert!(matches!(descriptor.check(), Err(Error::Value { field: "modalities", .. })));
    descriptor.modalities.clear();
    descriptor.revision = 2;
    assert!(matches!(descriptor.check(), Err(Error::Value { field: "revision", .. })));
}

#[test]
fn a_runners_key_lives_for_a_month_at_most_and_a_request_opens_to_no_key_of_zeros() {
    let of = |until| RunnerKey {
        runner: PublicKey::from(&key()),
        opens_to: ChannelKey([1; 32]),
        created: 10,
        until,
    };
    of(10 + limits::RUNNER_KEY_S).to_payload().unwrap();
    for until in [10, 9, 11 + limits::RUNNER_KEY_S] {
        assert!(of(until).to_payload().unwrap_err().to_string().contains("until"));
    }
    let mut request = wetsign_attest::rules::example::narration("a text").2;
    let without = request.to_payload().unwrap();
    request.opens_to = Some(ChannelKey([1; 32]));
    assert_eq!(
        request.to_payload().unwrap().len(),
        without.len() + 35,
        "one key more, and the rest as it was"
    );
    request.opens_to = Some(ChannelKey::ZERO);
    assert!(request.to_payload().unwrap_err().to_string().contains("opens_to"));
}

#[test]
fn nothing_is_transferred_to_or_waits_with_the_account_that_nobody_has() {
    let request = wetsign_attest::rules::example::narration("a text").2;
    let nobody = EvmAddress([0; 20]);
    let refused = |change: &dyn Fn(&mut UsageRequest), field: &str| {
        let mut other = request.clone();
        change(&mut other);
        assert!(other.to_payload().unwrap_err().to_string().contains(field), "{other:?}");
    };
    let to = PublicKey::from(&key());
    refused(&|r| r.transfer = Some(Transfer { to, account: Some(nobody) }), "transfer");
    let somebody = EvmAddress([1; 20]);
    for (contract, account) in [(nobody, somebody), (somebody, nobody)] {
        let escrow = Escrow { chain_id: 1, contract, account, terms: Digest([1; 32]) };
        refused(&|r| r.escrow = Some(escrow), "escrow");
    }
}

#[test]
fn agreed_parameters_that_nobody_could_keep_to_are_refused() {
    let agreed = Parameters {
        chain_id: 1,
        block: 2,
        hash: Digest([3; 32]),
        from_epoch: 0,
        kiosks: 2,
        operators: 2,
        least_face: 1 << 16,
        least_voice: 0,
        least_operator: Atto(1),
        least_kiosk: Atto(2),
        least_validator: Atto(3),
        keys: vec![Digest([1; 32]), Digest([2; 32])],
        models: vec![Scalar([1; 32])],
    };
    let snapshot = |parameters| StakeSnapshot { epoch: 1, stakes: vec![], parameters };
    assert!(
        snapshot(None).to_payload().unwrap().len()
            < snapshot(Some(agreed.clone())).to_payload().unwrap().len()
    );
    type Change = fn(&mut Parameters);
    let changes: [Change; 6] = [
        |p| p.kiosks = 0,
        |p| p.kiosks = 17,
        |p| p.operators = 3,
        |p| p.operators = 0,
        |p| p.least_face = (1 << 16) + 1,
        |p| p.keys.reverse(),
    ];
    for change in changes {
        let mut other = agreed.clone();
        change(&mut other);
        assert!(snapshot(Some(other)).to_payload().is_err());
    }
}

#[test]
fn a_runners_receipt_without_its_place_in_the_runners_book_is_none() {
    let wrong = |number, previous| {
        let receipt = RunReceipt {
            runner: PublicKey::from(&key()),
            number,
            previous,
            approval: Id([1; 32]),
            request: Id([2; 32]),
            verdict: Id([3; 32]),
            asset: Id([4; 32]),
            container: Digest([5; 32]),
            opens_to: ChannelKey([6; 32]),
            input: Digest([7; 32]),
            output: Digest([8; 32]),
            media_type: "audio/wav".into(),
            confinement: vec![],
            allowed: vec![],
            time: 1_790_000_000,
        };
        Signed::sign(receipt, &key()).is_err()
    };
    assert!(wrong(0, None) && wrong(1, Some(Id([9; 32]))) && wrong(2, None));
    assert!(!wrong(1, None) && !wrong(2, Some(Id([9; 32]))));
}

#[test]
fn the_published_receipt_is_what_this_crate_makes() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/run.json")).unwrap();
    let vector: serde_json::Value = serde_json::from_str(&text).unwrap();
    let key = SigningKey::from_bytes(&[0x52; 32]);
    let receipt = RunReceipt {
        runner: PublicKey::from(&key),
        number: 2,
        previous: Some(Id([3; 32])),
        approval: Id([4; 32]),
        request: Id([5; 32]),
        verdict: Id([6; 32]),
        asset: Id([7; 32]),
        container: Digest([8; 32]),
        opens_to: ChannelKey([9; 32]),
        input: Digest([10; 32]),
        output: Digest([11; 32]),
        media_type: "audio/wav".into(),
        confinement: ["files", "network", "no-swap", "system-calls"].map(Into::into).to_vec(),
        allowed: vec!["development keys".into()],
        time: 1_790_000_000,
    };
    let signed = Signed::sign(receipt.clone(), &key).unwrap();
    let made = serde_json::json!({
        "about": vector["about"],
        "seed": hex::encode([0x52; 32]),
        "public_key": receipt.runner,
        "payload": hex::encode(receipt.to_payload().unwrap()),
        "envelope": hex::encode(signed.bytes()),
        "id": signed.id(),
    });
    assert_eq!(vector, made, "{made:#}");
}
