//! The kiosk's page before a real kiosk: people answer and enrol by pressing what the page shows, and by nothing else.

use std::{path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context, bail};
use wetsign_api::{Client, v1};
use wetsign_attest::{
    Signed,
    object::{ConsentReceipt, EnrolmentRecord},
};
use wetsign_page::{
    Language, Limits, Screen,
    drive::{self, Kiosk, Through},
    server::{Desk, Press},
};
use wetsign_tests::{
    attacks,
    cast::Cast,
    power_cut::Rehearsal,
    stage::{Options, Stage},
};

/// Longest time until a screen comes, on a slow machine.
const PATIENCE: Duration = Duration::from_mins(3);
/// Spoken letters are misheard now and then, and nobody is to blame.
const TRIES: usize = 4;

/// The page, and the person before it.
struct Page(Arc<Desk>);

impl Page {
    fn before(client: Client, subject: PathBuf, language: Language) -> Self {
        let (desk, presses) = Desk::new(Limits::default(), language);
        let desk = Arc::new(desk);
        let driven = Arc::clone(&desk);
        let kiosk = Kiosk { client, through: Through::Subject(subject) };
        tokio::spawn(async move { drive::conduct(&driven, &kiosk, presses).await });
        Self(desk)
    }

    /// Waits for a screen.
    async fn sees(&self, what: &str, is: impl Fn(&Screen) -> bool) -> anyhow::Result<Screen> {
        let mut watch = self.0.watch();
        let found = async {
            loop {
                watch.borrow_and_update();
                let screen = self.0.view().screen;
                if is(&screen) {
                    return Ok(screen);
                }
                watch.changed().await?;
            }
        };
        let late = || format!("{what} did not come, but {:?}", self.0.view().screen);
        tokio::time::timeout(PATIENCE, found).await.with_context(late)?
    }

    /// Presses, once that screen is there.
    async fn presses(&self, what: &str, is: impl Fn(&Screen) -> bool, press: Press) -> anyhow::Result<()> {
        self.sees(what, is).await?;
        self.0.press(press);
        Ok(())
    }

    /// Begins from the start until it ends otherwise than refused.
    async fn patiently(&self, steps: impl AsyncFn() -> anyhow::Result<Screen>) -> anyhow::Result<Screen> {
        for _ in 0..TRIES {
            let end = steps().await?;
            if !matches!(end, Screen::Refused { .. }) {
                return Ok(end);
            }
            self.0.press(Press::End);
        }
        bail!("refused {TRIES} times: {:?}", self.0.view().screen)
    }
}

fn waits(screen: &Screen) -> bool {
    matches!(screen, Screen::Idle(1..))
}

fn idle(screen: &Screen) -> bool {
    matches!(screen, Screen::Idle(_))
}

fn ended(screen: &Screen) -> bool {
    matches!(
        screen,
        Screen::Done(_) | Screen::Declined | Screen::Enrolled | Screen::Refused { .. } | Screen::Lost
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn people_answer_and_enrol_by_what_the_page_shows() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let cast = Cast::new()?;
    let stage = Stage::set_up(folder.path(), &cast, &Options::default()).await?;
    let [woman, man] = attacks::people();
    let rehearsal = Rehearsal::new(stage, cast, vec![woman]).await?;
    let (client, subject) = (&rehearsal.stage().client, rehearsal.people()[0].subject.clone());
    let page = Page::before(client.clone(), subject, Language::English);

    // No needs no face and no reason.
    let request = rehearsal.submit().await?;
    page.presses("a request", waits, Press::Begin).await?;
    page.presses("the request's words", |screen| matches!(screen, Screen::Asked(_)), Press::No).await?;
    let end = page.sees("an end", ended).await?;
    assert_eq!(end, Screen::Declined);
    page.0.press(Press::End);
    let status = client.requests().get(v1::RequestId { id: request }).await?.into_inner();
    assert_eq!((status.declines, status.cosignatures), (1, 0));

    // Yes: who asks for what is on the screen, then consent, then the camera, then the signature.
    let request = rehearsal.submit().await?;
    let end = page
        .patiently(async || {
            page.presses("a request", waits, Press::Begin).await?;
            page.presses("the request's words", |screen| matches!(screen, Screen::Asked(_)), Press::Yes)
                .await?;
            page.presses(
                "the question for consent",
                |screen| matches!(screen, Screen::Consent { .. }),
                Press::Agree,
            )
            .await?;
            page.sees("a prompt", |screen| matches!(screen, Screen::Look(_)) || ended(screen)).await?;
            page.sees("an end", ended).await
        })
        .await?;
    assert!(matches!(&end, Screen::Done(done) if done.cosignature.len() == 64), "{end:?}");
    let status = client.requests().get(v1::RequestId { id: request }).await?.into_inner();
    assert_eq!(status.cosignatures, 1);
    // The quorum is one: the page shows by itself that it is reached.
    page.sees("the approval", |screen| matches!(screen, Screen::Done(done) if done.approval.is_some()))
        .await?;
    page.0.press(Press::End);

    // Another person enrols, in Romanian: what is signed is what was read.
    let page = Page::before(client.clone(), man.subject, Language::Romanian);
    let end = page
        .patiently(async || {
            page.presses("an idle screen", idle, Press::Enrol).await?;
            page.presses(
                "a question for the name",
                |screen| matches!(screen, Screen::Name),
                Press::Name("Ion".into()),
            )
            .await?;
            let consent = |screen: &Screen| matches!(screen, Screen::EnrolConsent { .. });
            page.presses("the question for consent", consent, Press::Agree).await?;
            page.sees("an end", ended).await
        })
        .await?;
    assert_eq!(end, Screen::Enrolled);
    let enrolments = client.enrolments().list(v1::ListEnrolments::default()).await?.into_inner().enrolments;
    let ion = enrolments.into_iter().find(|person| person.label == "Ion").context("nobody is called Ion")?;
    let record = Signed::<EnrolmentRecord>::decode(&ion.record)?;
    let consent = Signed::<ConsentReceipt>::decode(&record.payload().consent.0)?;
    assert_eq!(consent.payload().language, "ro");
    assert!(consent.payload().text.contains("Ion"), "{}", consent.payload().text);
    Ok(())
}
