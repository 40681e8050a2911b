//! What a phone looks at before it signs: a kiosk whose host lies gets a refusal.

#[allow(dead_code, unused_imports, unused_macros)] // each test program uses its part
mod support;

use std::collections::BTreeMap;

use support::*;
use wetsign_attest::id::{Blob, Digest, Id, PublicKey};
use wetsign_attest::object::*;
use wetsign_attest::offer::{Asked, Offer, OfferError, Own, code};
use wetsign_attest::{Error, Signed};

const PERSON: usize = WITH_PASSKEY;
const NOW: u64 = T + 40;

/// What an honest kiosk hands over.
fn offer() -> Offer {
    of(&Edits { people: Some(vec![PERSON]), ..Edits::default() })
}

fn of(edits: &Edits) -> Offer {
    let bundle = approval(edits);
    let cosignature = Signed::<CoSignature>::decode(&bundle.cosignatures[0].0).unwrap();
    Offer {
        payload: cosignature.payload().to_payload().unwrap().into(),
        request: bundle.request,
        verdict: bundle.verdict,
        descriptors: bundle.descriptors,
        rules: bundle.rules,
        until: NOW + 60,
        registration: None,
    }
}

fn asks(offer: &Offer) -> Result<Asked, OfferError> {
    asks_knowing(offer, &BTreeMap::new(), NOW)
}

fn asks_knowing(offer: &Offer, counters: &BTreeMap<Blob, u64>, now: u64) -> Result<Asked, OfferError> {
    offer.asks(&Own {
        key: holder(PERSON),
        custody: Custody::SoftwarePasskey,
        counters,
        now,
        kiosk: Some(PublicKey::from(&kiosk())),
    })
}

/// The kiosk with which the device is paired.
fn kiosk() -> ed25519_dalek::SigningKey {
    ed25519_dalek::SigningKey::from_bytes(&[77; 32])
}

/// The offer with the kiosk's word about who asks, changed.
fn registered(change: impl Fn(&mut Registration), key: &ed25519_dalek::SigningKey) -> Offer {
    let offer = offer();
    let request = Signed::<UsageRequest>::decode(&offer.request.0).unwrap().into_payload();
    let mut registration = Registration {
        requester: request.requester,
        name: "The school at the corner".into(),
        contact: "school.example".into(),
        purposes: vec![request.attributes.purpose],
        kiosk: PublicKey::from(key),
        time: NOW - 100,
        until: NOW + 100,
    };
    change(&mut registration);
    let signed = Signed::sign(registration, key).unwrap();
    Offer { registration: Some(signed.bytes().into()), ..offer }
}

#[test]
fn the_person_is_shown_the_registered_name_and_told_when_there_is_none() {
    let words = |offer: &Offer| asks(offer).unwrap().words().join("\n");
    let known = words(&registered(|_| {}, &kiosk()));
    assert!(known.contains("The school at the corner asks") && known.contains("school.example"), "{known}");
    let unknown = words(&offer());
    assert!(unknown.contains("Somebody who says") && unknown.contains("does not know them"), "{unknown}");
}

#[test]
fn a_registration_by_another_or_for_another_or_over_is_a_lie() {
    let stranger = ed25519_dalek::SigningKey::from_bytes(&[78; 32]);
    differs(&registered(|_| {}, &stranger), "who registered the requester");
    let subject = "the registration of who asks";
    differs(&registered(|one| one.purposes = vec!["advertising".into()], &kiosk()), subject);
    differs(&registered(|one| one.requester = PublicKey::Ed25519([1; 32]), &kiosk()), subject);
    differs(&registered(|one| one.until = NOW, &kiosk()), subject);
    let forged = Offer { registration: Some(vec![0xd2, 0x84].into()), ..offer() };
    assert!(matches!(asks(&forged), Err(OfferError::Part { part: "registration", .. })));
}

/// The co-signature that the offer asks for, changed by its host.
fn changed(change: impl Fn(&mut CoSignature)) -> Offer {
    let mut offer = offer();
    let mut payload = CoSignature::from_payload(&offer.payload.0).unwrap();
    change(&mut payload);
    offer.payload = payload.to_payload().unwrap().into();
    offer
}

#[track_caller]
fn differs(offer: &Offer, subject: &str) {
    match asks(offer) {
        Err(OfferError::Differs { what, .. }) => assert_eq!(what, subject),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_phone_shows_who_asks_for_what_and_signs_just_that() {
    let asked = asks(&offer()).unwrap();
    let words = asked.words().join("\n");
    for shown in ["asks to use", "Purpose: ", "It says: ", "Fee: ", " days.", "secure element"] {
        assert!(words.contains(shown), "{words}");
    }
    let answer = passkey(PERSON).assert(&asked.challenge().unwrap()).unwrap();
    let signed = Signed::<CoSignature>::decode(&asked.signed(&answer).unwrap()).unwrap();
    assert_eq!(signed.id(), asked.id().unwrap());
    assert_eq!(signed.id(), Id::of(&offer().payload.0));
}

#[test]
fn kiosk_and_phone_show_the_same_six_digits_for_one_payload() {
    let id = Id::of(&offer().payload.0);
    assert_eq!(code(&id), code(&asks(&offer()).unwrap().id().unwrap()));
    assert_eq!((code(&id).len(), code(&Id([1; 32])).as_str()), (6, "941936"));
    assert_ne!(code(&id), code(&Id::of(&changed(|c| c.time += 1).payload.0)));
}

#[test]
fn an_offer_travels_unchanged_and_within_its_bound() {
    let bytes = offer().to_payload().unwrap();
    assert_eq!(Offer::from_payload(&bytes).unwrap(), offer());
    let mut large = offer();
    large.request = vec![0; wetsign_attest::limits::REQUEST + 1].into();
    assert!(matches!(large.to_payload(), Err(Error::Limit { .. })));
}

#[test]
fn a_host_that_shows_one_request_and_wants_another_signed_is_refused() {
    differs(&changed(|c| c.request = Id([9; 32])), "the request");
    differs(&changed(|c| c.verdict = Id([9; 32])), "the verdict");
    let other = of(&Edits {
        people: Some(vec![PERSON]),
        request: Some(Box::new(|request: &mut UsageRequest| request.app = "another app".into())),
        ..Edits::default()
    });
    differs(&Offer { request: other.request.clone(), ..offer() }, "the request");
    differs(&Offer { request: other.request, verdict: other.verdict, ..offer() }, "the request");
}

#[test]
fn a_host_that_asks_another_person_or_another_key_is_refused() {
    differs(&changed(|c| c.validator = holder(PERSON + 1)), "who signs");
    differs(&changed(|c| c.custody = Custody::Passkey), "the custody");
    let kiosks = changed(|c| (c.validator, c.custody) = (holder(0), Custody::Kiosk));
    differs(&kiosks, "who signs");
}

#[test]
fn a_verdict_that_the_rules_do_not_give_is_refused() {
    let forged = of(&Edits {
        people: Some(vec![PERSON]),
        verdict: Some(Box::new(|verdict: &mut Verdict| verdict.assets[0].deciding = vec!["mine".into()])),
        ..Edits::default()
    });
    differs(&forged, "the verdict on an asset");
    let forbidden = of(&Edits {
        people: Some(vec![PERSON]),
        request: Some(Box::new(|request: &mut UsageRequest| {
            request.attributes.purpose = "political-advertising".into();
        })),
        ..Edits::default()
    });
    differs(&forbidden, "the verdict on an asset");
    let mut short = offer();
    short.rules.clear();
    differs(&short, "the number of rules");
    let mut short = offer();
    short.descriptors.clear();
    differs(&short, "the number of descriptors");
}

#[test]
fn rules_or_descriptors_of_something_else_are_refused() {
    let other = of(&Edits {
        people: Some(vec![PERSON]),
        descriptor: Some(Box::new(|asset: &mut AssetDescriptor| asset.title = "Something harmless".into())),
        ..Edits::default()
    });
    differs(&Offer { descriptors: other.descriptors, ..offer() }, "a descriptor");
    differs(&Offer { rules: other.rules, ..offer() }, "a rules revision");
}

#[test]
fn a_capture_of_another_session_is_refused() {
    let with_old = |edit: fn(&mut LivenessReport)| {
        of(&Edits {
            people: Some(vec![PERSON]),
            report: Some(Box::new(move |_, report: &mut LivenessReport| edit(report))),
            ..Edits::default()
        })
    };
    // A report that the element did not sign for.
    let other = with_old(|report| report.duration_ms += 1);
    let report = CoSignature::from_payload(&other.payload.0).unwrap().report;
    differs(&changed(|c| c.report = report.clone()), "the capture's report");
    // A capture that was made for another request.
    let bound = of(&Edits {
        people: Some(vec![PERSON]),
        claims: Some(Box::new(|_, claims| claims.nonce = Digest([7; 32]))),
        ..Edits::default()
    });
    differs(&bound, "what the capture was made for");
    // One that is older than a session can be.
    let old = with_old(|report| report.time -= 1000);
    assert!(matches!(asks(&old), Err(OfferError::Moment { what: "the capture", .. })));
}

#[test]
fn a_capture_that_was_signed_for_is_not_signed_for_again() {
    let Asked::CoSignature(question) = asks(&offer()).unwrap() else { panic!("a co-signature") };
    let seen = |counter| BTreeMap::from([(question.claims.ueid.clone(), counter)]);
    let counter = question.claims.counter;
    assert!(asks_knowing(&offer(), &seen(counter - 1), NOW).is_ok());
    for known in [counter, counter + 1] {
        let refused = asks_knowing(&offer(), &seen(known), NOW);
        assert_eq!(refused, Err(OfferError::Again { found: counter, seen: known }));
    }
}

#[test]
fn a_phone_answers_in_its_own_time_only() {
    for now in [T - 1000, T + 1000] {
        let refused = asks_knowing(&offer(), &BTreeMap::new(), now);
        assert!(matches!(refused, Err(OfferError::Moment { .. })), "{refused:?}");
    }
}

#[test]
fn consent_is_shown_word_for_word_and_bound_to_its_person() {
    let receipt = |person| ConsentReceipt {
        validator: holder(person),
        kiosk: public(OTHER),
        text: "I agree to be enrolled.".into(),
        language: "en".into(),
        time: NOW,
    };
    let mine = Offer::alone(receipt(PERSON).to_payload().unwrap(), NOW + 60);
    let asked = asks(&mine).unwrap();
    assert!(asked.words().join(" ").contains("I agree to be enrolled."));
    let answer = passkey(PERSON).assert(&asked.challenge().unwrap()).unwrap();
    assert!(Signed::<ConsentReceipt>::decode(&asked.signed(&answer).unwrap()).is_ok());
    differs(&Offer::alone(receipt(PERSON + 1).to_payload().unwrap(), NOW + 60), "the person who consents");
}

#[test]
fn a_phone_signs_nothing_else() {
    let decline = Decline {
        request: Id([1; 32]),
        verdict: Id([2; 32]),
        validator: holder(PERSON),
        reason: "no".into(),
        time: NOW,
    };
    let asked = asks(&Offer::alone(decline.to_payload().unwrap(), NOW + 60));
    assert_eq!(asked, Err(OfferError::Kind("wetsign/decline/1".into())));
    assert!(matches!(asks(&Offer::alone(vec![0xa0], NOW)), Err(OfferError::Part { part: "payload", .. })));
}
