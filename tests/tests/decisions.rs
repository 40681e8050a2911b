//! What a person may decide: no, without showing a face; and never a yes without consent to the camera. A consent says
//! in which language it was given.

use wetsign_api::v1::{self, RequestState};
use wetsign_attest::{
    Signed,
    object::{ConsentReceipt, Decline, EnrolmentRecord},
};
use wetsign_tests::{
    attacks,
    cast::Cast,
    power_cut::Rehearsal,
    stage::{Options, Stage},
    visit::{self, Ending},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_no_needs_no_face_and_a_yes_needs_consent() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let cast = Cast::new()?;
    let stage = Stage::set_up(folder.path(), &cast, &Options::default()).await?;
    let [woman, _] = attacks::people();
    let rehearsal = Rehearsal::new(stage, cast, vec![woman]).await?;
    let (client, person) = (&rehearsal.stage().client, &rehearsal.people()[0]);

    let enrolled =
        client.enrolments().list(v1::ListEnrolments::default()).await?.into_inner().enrolments.remove(0);
    let record = Signed::<EnrolmentRecord>::decode(&enrolled.record)?;
    let consent = Signed::<ConsentReceipt>::decode(&record.payload().consent.0)?;
    assert_eq!(consent.payload().language, "en-GB");
    let shouted = v1::StartEnrolment { label: "ana".into(), language: "EN_gb".into(), ..Default::default() };
    let refused = client.enrolments().start(shouted).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::InvalidArgument);
    assert!(refused.message().contains("language") && refused.message().contains("\"en-GB\""), "{refused}");

    let request = rehearsal.submit().await?;
    let source = visit::replayed_subject(&person.subject);
    let visit = visit::approve_without_consent(client, &request, &person.key, source).await?;
    assert_eq!(visit.refused().map(|refused| refused.code.as_str()), Some("no_consent"));
    assert!(visit.prompts.is_empty() && visit.pictures.is_empty(), "the camera was opened");

    let visit = visit::decline(client, &request, &person.key, "not in my name").await?;
    let Ending::Declined(declined) = &visit.ending else { panic!("{:?}", visit.ending) };
    let decline = Signed::<Decline>::decode(&declined.decline)?;
    assert_eq!(decline.payload().reason, "not in my name");
    assert_eq!(decline.payload().validator.as_bytes(), person.key);
    let status = client.requests().get(v1::RequestId { id: request.clone() }).await?.into_inner();
    assert_eq!((status.state(), status.declines), (RequestState::Declined, 1));
    let approval = client.approvals().get(v1::RequestId { id: request }).await;
    assert_eq!(approval.unwrap_err().code(), tonic::Code::NotFound);
    Ok(())
}
