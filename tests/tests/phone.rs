//! A validator whose own device holds the key: no kiosk signs without it, and it says no by itself.

use wetsign_api::v1::{self, RequestState, session_event::Event};
use wetsign_attest::{
    Signed,
    object::{CoSignature, Custody, Decline},
};
use wetsign_tests::{
    attacks,
    cast::Cast,
    phone::{self, Phone},
    power_cut::Rehearsal,
    relay::Relay,
    stage::{Options, Stage},
    visit::{self, Ending},
    with_phone::{at_a_kiosk, comes},
};

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

#[tokio::test(flavor = "multi_thread")]
async fn her_phone_is_let_in_after_a_look_at_her_and_out_again_at_once() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let (rehearsal, mut phone) = at_a_kiosk(folder.path()).await?;
    let (client, person) = (rehearsal.stage().client.clone(), &rehearsal.people()[0]);
    let source = || visit::replayed_subject(&person.subject);
    let list = async || -> anyhow::Result<Vec<v1::PairingEntry>> {
        Ok(client.pairings().list(v1::ListPairings::default()).await?.into_inner().pairings)
    };
    let [first] = &list().await?[..] else { panic!("one device was paired as she enrolled") };
    assert_eq!((first.ended, &first.validator_key), (0, &person.key));

    // Its pairing is ended: what the kiosk asks does not reach it any more, and nothing is signed.
    client
        .pairings()
        .revoke(v1::RevokePairing { pairing: first.pairing.clone(), reason: "lost".into() })
        .await?;
    let request = rehearsal.submit().await?;
    let visit = comes(&rehearsal, &request, |_| {}).await?;
    assert_eq!(visit.refused().map(|why| why.code.as_str()), Some("timeout.awaiting_signature"));

    // Somebody else stands before the camera: her phone is not asked at all.
    let [_, man] = attacks::people();
    let other = visit::pair(&client, &person.key, visit::replayed_subject(&man.subject), |event| {
        assert!(!matches!(event, Event::Invitation(_)), "no picture for somebody else");
    })
    .await?;
    assert!(other.refused().is_some(), "{:?}", other.ending);

    // Herself, but with the phone of another: the key is not hers.
    let mut stolen = Phone::start(&rehearsal.stage().programs, &folder.path().join("other"), "stolen")?;
    let visit = visit::patiently(async || {
        visit::pair(&client, &person.key, source(), |event| stolen.sees(&client, event)).await
    })
    .await?;
    let why = visit.refused().expect("another key is refused");
    assert!(why.text.contains("not that of the person"), "{why:?}");

    // She says that the digits differ: nobody is paired.
    let visit = visit::patiently(async || {
        visit::pair(&client, &person.key, source(), |event| match event {
            Event::Invitation(invitation) => phone.scan(&invitation.text).unwrap(),
            Event::Code(_) => {
                let client = client.clone();
                tokio::spawn(async move {
                    client.pairings().compare(v1::PairingComparison { same: false }).await
                });
            }
            _ => {}
        })
        .await
    })
    .await?;
    assert!(visit.refused().is_some_and(|why| why.text.contains("stopped")), "{:?}", visit.ending);
    assert_eq!(list().await?.len(), 1);

    // With her own, it is let in again, and signs.
    let visit = visit::patiently(async || {
        visit::pair(&client, &person.key, source(), |event| phone.sees(&client, event)).await
    })
    .await?;
    let Ending::Paired(paired) = &visit.ending else { panic!("{:?}", visit.refused()) };
    let record = Signed::<wetsign_attest::object::Pairing>::decode(&paired.record)?;
    assert_eq!(record.payload().validator.as_bytes(), &person.key[..]);
    let visit = comes(&rehearsal, &request, |_| {}).await?;
    assert!(visit.is_cosigned(), "{:?}", visit.refused());
    let ended: Vec<bool> = list().await?.iter().map(|device| device.ended > 0).collect();
    assert_eq!(ended, [false, true], "newest first");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_paired_gets_health_and_nothing_else() -> anyhow::Result<()> {
    use wetsign_api::{Client, Pinned, PinnedError};
    let folder = tempfile::tempdir()?;
    let cast = Cast::new()?;
    let sections = phone::with_door(toml::Table::new())?;
    let address = format!("https://{}", sections["api"]["devices"]["address"].as_str().unwrap());
    let stage = Stage::set_up(folder.path(), &cast, &Options { sections, ..Options::default() }).await?;
    let certificate = std::fs::read(stage.folder().join("state/keys/devices.crt"))?;
    let authority = wetsign_attest::id::sha256(&[&certificate]);

    let device = Client::connect_device(&address, &Pinned { authority, identity: None }).await?;
    let health = device.health().check(wetsign_api::health::HealthCheckRequest::default()).await;
    assert!(health.is_ok(), "{health:?}");
    let refused = |status: tonic::Status| {
        assert_eq!(status.code(), tonic::Code::PermissionDenied, "{status:?}");
        assert!(status.message().contains("pair it at the kiosk"), "{status:?}");
    };
    refused(device.kiosk().status(v1::StatusRequest {}).await.unwrap_err());
    refused(device.requests().get(v1::RequestId { id: vec![1; 32] }).await.unwrap_err());
    refused(device.companion().watch(v1::CompanionKey { key: vec![1; 32] }).await.unwrap_err());
    refused(device.pairings().list(v1::ListPairings::default()).await.unwrap_err());
    // Nothing is being paired, so nothing is there to be talked to.
    let nobody = v1::PairingMessage { pairing: vec![1; 32], sealed: vec![1; 64] };
    assert_eq!(device.pairings().exchange(nobody).await.unwrap_err().code(), tonic::Code::NotFound);
    let conducts = device.pairings().compare(v1::PairingComparison { same: true }).await.unwrap_err();
    assert_eq!(conducts.code(), tonic::Code::PermissionDenied);

    // Another kiosk's certificate is not the one of the picture.
    let other = Client::connect_device(&address, &Pinned { authority: [1; 32], identity: None }).await;
    assert!(matches!(other, Err(PinnedError::Connect { .. })));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_that_another_page_asks_is_neither_paired_nor_enrolled() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let cast = Cast::new()?;
    let sections = phone::with_door(toml::Table::new())?;
    let stage = Stage::set_up(folder.path(), &cast, &Options { sections, ..Options::default() }).await?;
    let mut phone = Phone::of("stranger.example", &stage.programs, &folder.path().join("phone"), "theirs")?;
    let [woman, _] = attacks::people();
    let enrolment = v1::StartEnrolment {
        language: String::new(),
        device: None,
        pair: true,
        label: woman.name.into(),
        consent: wetsign_tests::story::CONSENT.into(),
        source: Some(visit::replayed_subject(&woman.subject)),
    };
    let visit = visit::enrol(&stage.client, enrolment, |event| phone.sees(&stage.client, event)).await?;
    let why = visit.refused().expect("nobody's page asked");
    assert!(why.text.contains("https://stranger.example") && why.text.contains("relying_parties"), "{why:?}");
    assert!(visit.prompts.is_empty(), "the camera stays closed");
    let list = stage.client.pairings().list(v1::ListPairings::default()).await?.into_inner().pairings;
    assert!(list.is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_recognised_six_times_waits_and_her_phone_lets_her_try_again() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let (mut rehearsal, phone) = at_a_kiosk(folder.path()).await?;
    let [_, man] = attacks::people();
    let request = rehearsal.submit().await?;
    let client = rehearsal.stage().client.clone();
    let key = rehearsal.people()[0].key.clone();
    let comes = async |client: &wetsign_api::Client| {
        let source = Some(visit::replayed_subject(&man.subject));
        visit::approve(client, &request, &key, source, visit::unseen).await
    };
    for attempt in 0..5 {
        let visit = comes(&client).await?;
        assert!(visit.refused().is_some(), "attempt {attempt}: {:?}", visit.ending);
    }
    let waits = format!("{:#}", comes(&client).await.expect_err("the sixth one waits"));
    assert!(waits.contains("too many attempts failed") && waits.contains("try again in"), "{waits}");

    // A restart shortens nothing.
    rehearsal.stage_mut().restart(&Options::default()).await?;
    let client = rehearsal.stage().client.clone();
    let waits = format!("{:#}", comes(&client).await.expect_err("it still waits"));
    assert!(waits.contains("try again in"), "{waits}");

    // The kiosk's own socket cannot end the wait, her device can.
    let own = v1::CompanionKey { key: key.clone() };
    let refused = client.companion().unlock(own).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::PermissionDenied);
    phone.unlock()?;
    assert!(comes(&client).await?.refused().is_some());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn her_phone_shows_the_registered_name_and_strangers_are_turned_away() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let (mut rehearsal, phone) = at_a_kiosk(folder.path()).await?;
    let request = rehearsal.submit().await?;
    assert!(comes(&rehearsal, &request, |_| {}).await?.is_cosigned());
    assert!(phone.told()?.contains("does not know them"), "{}", phone.told()?);

    // From now on the kiosk wants to know who asks.
    let file = rehearsal.stage().folder().join("wetsignd.toml");
    let mut config: toml::Table = std::fs::read_to_string(&file)?.parse()?;
    config["hub"].as_table_mut().unwrap().insert("registered_requesters".into(), true.into());
    std::fs::write(&file, config.to_string())?;
    rehearsal.stage_mut().restart(&Options::default()).await?;
    let refused = format!("{:#}", rehearsal.submit().await.expect_err("nobody is registered"));
    assert!(refused.contains("not registered here for"), "{refused}");

    let client = rehearsal.stage().client.clone();
    let register = |purpose: &str| v1::RegisterRequester {
        requester_key: rehearsal.requester().as_bytes().to_vec(),
        name: "The school at the corner".into(),
        contact: "school.example".into(),
        purposes: vec![purpose.into()],
        days: 1,
    };
    client.requesters().register(register("advertising")).await?;
    let refused = format!("{:#}", rehearsal.submit().await.expect_err("registered for something else"));
    assert!(refused.contains("not registered here for"), "{refused}");
    client.requesters().register(register("educational-narration")).await?;
    let request = rehearsal.submit().await?;
    assert!(comes(&rehearsal, &request, |_| {}).await?.is_cosigned());
    assert!(phone.told()?.contains("The school at the corner asks"), "{}", phone.told()?);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn her_phone_meets_a_kiosk_that_opens_no_port_at_a_relay_and_is_out_again_at_once() -> anyhow::Result<()>
{
    let folder = tempfile::tempdir()?;
    let cast = Cast::new()?;
    let mut relay = Relay::placed()?;
    let sections = relay.named(toml::from_str("[session]\nsign_s = 12\n")?)?;
    let stage = Stage::set_up(folder.path(), &cast, &Options { sections, ..Options::default() }).await?;
    relay.start(&stage).await?;
    let mut phone = Phone::start(&stage.programs, &stage.folder().join("phone"), "hers")?;
    let [woman, _] = attacks::people();
    let rehearsal = Rehearsal::with_device(stage, cast, vec![woman], Some(&mut phone)).await?;
    let client = rehearsal.stage().client.clone();

    // Paired, enrolled and signed, all through the relay.
    let request = rehearsal.submit().await?;
    let visit = comes(&rehearsal, &request, |_| {}).await?;
    assert!(visit.is_cosigned(), "{:?}", visit.refused());

    // It says no, and asks for another try, the same way.
    let request = rehearsal.submit().await?;
    phone.decline(&request, "not in my name")?;
    let status = client.requests().get(v1::RequestId { id: request }).await?.into_inner();
    assert_eq!((status.state(), status.declines), (RequestState::Declined, 1));
    phone.unlock()?;

    // The relay is away: nothing is signed. It is back, having kept nothing: the same request is signed.
    relay.stop();
    let request = rehearsal.submit().await?;
    let visit = comes(&rehearsal, &request, |_| {}).await?;
    assert_eq!(visit.refused().map(|why| why.code.as_str()), Some("timeout.awaiting_signature"));
    relay.start(rehearsal.stage()).await?;
    let visit = comes(&rehearsal, &request, |_| {}).await?;
    assert!(visit.is_cosigned(), "{:?}", visit.refused());

    // Its pairing is ended: it is told so at its next question, and signs nothing.
    let listed = client.pairings().list(v1::ListPairings::default()).await?.into_inner().pairings;
    let end = v1::RevokePairing { pairing: listed[0].pairing.clone(), reason: "lost".into() };
    client.pairings().revoke(end).await?;
    let refused = format!("{:#}", phone.unlock().unwrap_err());
    assert!(refused.contains("not paired with this kiosk"), "{refused}");
    let request = rehearsal.submit().await?;
    let visit = comes(&rehearsal, &request, |_| {}).await?;
    assert_eq!(visit.refused().map(|why| why.code.as_str()), Some("timeout.awaiting_signature"));
    Ok(())
}
