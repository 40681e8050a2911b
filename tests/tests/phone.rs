//! A validator whose own device holds the key: no kiosk signs without it, and it says no by itself.

use wetsign_api::v1::{self, RequestState, session_event::Event};
use wetsign_attest::{
    Signed,
    object::{CoSignature, Custody, Decline},
};
use wetsign_tests::{
    attacks,
    cast::Cast,
    phone::Phone,
    power_cut::Rehearsal,
    stage::{Options, Stage},
    visit::{self, Ending, Visit},
};

/// A kiosk that waits two seconds for a phone, and a woman who enrolled with hers.
async fn at_a_kiosk(folder: &std::path::Path) -> anyhow::Result<(Rehearsal, Phone)> {
    let cast = Cast::new()?;
    let sections = toml::from_str("[session]\nsign_s = 2\n")?;
    let stage = Stage::set_up(folder, &cast, &Options { sections, ..Options::default() }).await?;
    let socket = stage.folder().join("kiosk.sock");
    let phone = Phone::start(&stage.programs, &stage.folder().join("phone"), &socket, "hers")?;
    let [woman, _] = attacks::people();
    let rehearsal = Rehearsal::with_device(stage, cast, vec![woman], Some(phone.device())).await?;
    assert_eq!(rehearsal.people()[0].key, phone.device().key);
    Ok((rehearsal, phone))
}

/// She comes for a request and stands there until it ended; `seen` is told what happens.
async fn comes(rehearsal: &Rehearsal, request: &[u8], seen: impl Fn(&Event)) -> anyhow::Result<Visit> {
    let (client, person) = (&rehearsal.stage().client, &rehearsal.people()[0]);
    let source = Some(visit::replayed_subject(&person.subject));
    visit::patiently(async || visit::approve(client, request, &person.key, source.clone(), &seen).await).await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_her_phone_nothing_is_signed_and_with_it_once() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let (rehearsal, mut phone) = at_a_kiosk(folder.path()).await?;
    let client = rehearsal.stage().client.clone();

    // It is off: everything passes, and nothing is signed.
    phone.turn_off();
    let request = rehearsal.submit().await?;
    let visit = comes(&rehearsal, &request, |_| {}).await?;
    assert_eq!(
        visit.refused().map(|refused| refused.code.as_str()),
        Some("timeout.awaiting_signature"),
        "{:?}",
        visit.ending
    );
    let status = client.requests().get(v1::RequestId { id: request.clone() }).await?.into_inner();
    assert_eq!(status.cosignatures, 0);

    // It is on again: the same request is signed, with the code that the kiosk showed.
    phone.turn_on()?;
    let codes = std::sync::Mutex::new(Vec::new());
    let visit = comes(&rehearsal, &request, |event| {
        if let Event::Code(code) = event {
            codes.lock().unwrap().push(code.digits.clone());
        }
    })
    .await?;
    let Ending::CoSigned(given) = &visit.ending else { panic!("{:?}", visit.refused()) };
    let signed = Signed::<CoSignature>::decode(&given.cosignature)?;
    assert_eq!(signed.payload().custody, Custody::SoftwarePasskey);
    assert_eq!(signed.presence().map(|seen| seen.origin.as_str()), Some("https://demo.wetsign.example"));
    let code = codes.into_inner().unwrap().pop().expect("the kiosk showed a code");
    assert!(phone.told()?.contains(&format!("\"code\":\"{code}\"")), "the phone showed another code");

    // A receipt that was lost is given again; what nobody waits for is not taken.
    let again = |id: &[u8], signed: &[u8]| v1::CompanionAnswer { id: id.to_vec(), signed: signed.to_vec() };
    client.companion().answer(again(&given.id, &given.cosignature)).await?;
    let other = client.companion().answer(again(&[9; 32], &given.cosignature)).await.unwrap_err();
    assert_eq!(other.code(), tonic::Code::NotFound);
    let status = client.requests().get(v1::RequestId { id: request }).await?.into_inner();
    assert_eq!(status.cosignatures, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn her_no_is_signed_by_her_phone_and_ends_what_waits() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let (rehearsal, mut phone) = at_a_kiosk(folder.path()).await?;
    let (client, person) = (rehearsal.stage().client.clone(), &rehearsal.people()[0]);
    phone.turn_off();

    // The kiosk has no key to say no with, and says where it is.
    let request = rehearsal.submit().await?;
    let refused = visit::decline(&client, &request, &person.key, "not in my name").await.unwrap_err();
    assert!(format!("{refused:#}").contains("on your own device"), "{refused:#}");
    let status = client.requests().get(v1::RequestId { id: request }).await?.into_inner();
    assert_eq!((status.state(), status.declines), (RequestState::Permitted, 0));

    // She stands before the kiosk and thinks better of it: her phone says no while the kiosk waits for it.
    let request = rehearsal.submit().await?;
    let visit = comes(&rehearsal, &request, |event| {
        if matches!(event, Event::Code(_)) {
            phone.decline(&request, "not in my name").expect("her phone says no");
        }
    })
    .await?;
    assert_eq!(visit.refused().map(|refused| refused.code.as_str()), Some("device.declined"));
    let status = client.requests().get(v1::RequestId { id: request.clone() }).await?.into_inner();
    assert_eq!((status.state(), status.declines, status.cosignatures), (RequestState::Declined, 1, 0));

    // Saying it again changes nothing: the first one counts. A decline by somebody else's key is none.
    phone.decline(&request, "and again")?;
    let status = client.requests().get(v1::RequestId { id: request.clone() }).await?.into_inner();
    assert_eq!(status.declines, 1);
    let forged = Decline {
        request: wetsign_attest::id::Id::try_from(&request[..])?,
        verdict: wetsign_attest::id::Id([1; 32]),
        validator: wetsign_attest::id::PublicKey::try_from(&person.key[..])?,
        reason: "in her name".into(),
        time: 1,
    };
    let thief =
        wetsign_attest::passkey::software::SoftwarePasskey::new(&[3; 32], "x.example", "https://x.example");
    let answer = thief.unwrap().assert(&Signed::challenge(&forged)?).unwrap();
    assert!(Signed::by_passkey(&forged, &answer).is_err());
    Ok(())
}
