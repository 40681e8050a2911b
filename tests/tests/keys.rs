//! A new phone, a stolen one, a lost one: her keys follow her, from the next epoch on.

use std::path::PathBuf;
use std::time::Duration;

use wetsign_api::v1;
use wetsign_attest::verify::{Options, verify};
use wetsign_tests::{
    moved_clock::Clock,
    phone::{Paper, Phone},
    power_cut::Rehearsal,
    story::CONSENT,
    visit::{self, Ending},
    with_phone::{at_a_kiosk, comes, comes_as},
};

const DAY: Duration = Duration::from_hours(24);

/// She at her kiosk, as she is known there.
struct Life {
    rehearsal: Rehearsal,
    she: String,
    socket: PathBuf,
    folder: PathBuf,
}

impl Life {
    async fn begin(folder: &std::path::Path) -> anyhow::Result<(Self, Phone)> {
        let (rehearsal, phone) = at_a_kiosk(folder).await?;
        let (she, socket) = (phone.name(), rehearsal.stage().folder().join("kiosk.sock"));
        Ok((Self { rehearsal, she, socket, folder: folder.to_owned() }, phone))
    }

    fn another_phone(&self, name: &str) -> anyhow::Result<Phone> {
        Phone::start(&self.rehearsal.stage().programs, &self.folder.join(name), name)
    }

    fn paper(&self, name: &str) -> anyhow::Result<Paper> {
        Paper::new(&self.rehearsal.stage().programs, &self.folder, name)
    }

    /// She enrols with this phone, and the registrar's next epoch heeds what was said of her keys.
    async fn enrols_with(&mut self, phone: &mut Phone) -> anyhow::Result<()> {
        let (client, person) = (&self.rehearsal.stage().client, &self.rehearsal.people()[0]);
        let visit = visit::patiently(async || {
            let enrolment = v1::StartEnrolment {
                language: "en-GB".into(),
                device: None,
                pair: true,
                label: person.name.into(),
                consent: CONSENT.into(),
                source: Some(visit::replayed_subject(&person.subject)),
            };
            visit::enrol(client, enrolment, |event| phone.sees(client, event)).await
        })
        .await?;
        let Ending::Enrolled(enrolled) = &visit.ending else {
            anyhow::bail!("{:?}, {:?}", visit.refused(), visit.failed_gates())
        };
        assert_eq!(enrolled.validator_key, phone.key());
        self.rehearsal.admit(std::slice::from_ref(&enrolled.record)).await
    }

    /// Why the kiosk does not even begin with this phone's key; it says the same to whoever has the phone.
    async fn refuses(&self, phone: &Phone, request: &[u8]) -> String {
        let begun = comes_as(&self.rehearsal, phone.key(), request, |_| {}).await;
        format!("{:#}", begun.expect_err("it begins a session"))
    }

    /// She approves with this phone, and a verifier takes it.
    async fn approves_with(&self, phone: &Phone, request: &[u8]) -> anyhow::Result<()> {
        let visit = comes_as(&self.rehearsal, phone.key(), request, |_| {}).await?;
        assert!(visit.is_cosigned(), "{:?}", visit.refused());
        let client = &self.rehearsal.stage().client;
        let approval = client.approvals().get(v1::RequestId { id: request.to_vec() }).await?.into_inner();
        let policy = self.rehearsal.trust_policy().await?;
        let lenient = Options { allow_simulated: true, allow_development_keys: true, ..Options::default() };
        verify(&approval.bundle, &policy, lenient).map(drop)?;
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_phone_takes_the_place_of_the_old_one_and_a_stolen_one_is_out_at_the_next_epoch()
-> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let (mut life, old) = Life::begin(folder.path()).await?;
    let (she, socket) = (life.she.clone(), life.socket.clone());
    let paper = life.paper("paper")?;
    old.keys(&["set", "--person", &she, "--admin", paper.key()], None)?;

    // A new phone: named by her admin key, it accepts, and she enrols with it.
    let mut new = life.another_phone("new")?;
    let early = new.keys(&["accept", "--person", &she], Some(&socket)).unwrap_err().to_string();
    assert!(early.contains("no admin key of person"), "{early}");
    paper.keys(&["set", "--person", &she, "--approving", &she, "--approving", &new.name()], &socket)?;
    new.keys(&["accept", "--person", &she], Some(&socket))?;
    life.enrols_with(&mut new).await?;
    paper.keys(&["set", "--person", &she, "--approving", &new.name()], &socket)?;
    // Until the next epoch both approve, and they are one voice.
    let request = life.rehearsal.submit().await?;
    assert!(comes(&life.rehearsal, &request, |_| {}).await?.is_cosigned());
    life.rehearsal.admit(&[]).await?;
    let request = life.rehearsal.submit().await?;
    let refused = life.refuses(&old, &request).await;
    assert!(refused.contains("was taken away"), "{refused}");
    life.approves_with(&new, &request).await?;

    // It is stolen, unlocked. It says nothing of her keys, and is not even asked once she said so at the kiosk.
    let thief = life.paper("thief")?;
    let refused = new.keys(&["set", "--person", &she, "--admin", thief.key()], None).unwrap_err().to_string();
    assert!(refused.contains("no admin key"), "{refused}");
    let client = life.rehearsal.stage().client.clone();
    let listed = client.pairings().list(v1::ListPairings::default()).await?.into_inner().pairings;
    for one in listed.into_iter().filter(|one| one.validator_key == new.key()) {
        let ended = v1::RevokePairing { pairing: one.pairing, reason: "stolen".into() };
        client.pairings().revoke(ended).await?;
    }
    let refused = new.unlock().unwrap_err().to_string();
    assert!(refused.contains("pair it at the kiosk"), "{refused}");
    let next = life.another_phone("next")?;
    paper.keys(&["set", "--person", &she, "--approving", &next.name()], &socket)?;
    life.rehearsal.admit(&[]).await?;
    let request = life.rehearsal.submit().await?;
    let refused = life.refuses(&new, &request).await;
    assert!(refused.contains("was taken away"), "{refused}");
    let again = paper.keys(&["set", "--person", &she, "--approving", &new.name()], &socket);
    let again = again.unwrap_err().to_string();
    assert!(again.contains("make a new key"), "{again}");
    next.keys(&["accept", "--person", &she], Some(&socket)).map(drop)
}

#[test]
fn after_a_lost_phone_two_of_three_friends_give_her_new_keys_seven_days_later() -> anyhow::Result<()> {
    let story = "after_a_lost_phone_two_of_three_friends_give_her_new_keys_seven_days_later";
    let Some(clock) = Clock::of(story)? else { return Ok(()) };
    tokio::runtime::Runtime::new()?.block_on(is_lost(clock))
}

async fn is_lost(mut clock: Clock) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let (mut life, mut lost) = Life::begin(folder.path()).await?;
    let (she, socket) = (life.she.clone(), life.socket.clone());
    let friends = ["ann", "ben", "cid"].map(|name| life.paper(name));
    let [ann, ben, cid] = friends;
    let (ann, ben, cid) = (ann?, ben?, cid?);
    let mut set = vec!["set", "--person", &she, "--needed", "2"];
    set.extend([&ann, &ben, &cid].iter().flat_map(|friend| ["--agent", friend.key()]));
    lost.keys(&set, None)?;

    // Somebody talks to two of them; she sees it, and ends it within the week.
    let thief = life.paper("thief")?;
    let theirs = ["recover", "--person", &she, "--admin", thief.key(), "--approving", thief.key()];
    let recovery = recovery_in(&ann.keys(&theirs, &socket)?);
    let alone = ann.keys(&["support", "--person", &she, "--recovery", &recovery], &socket);
    let alone = alone.unwrap_err().to_string();
    assert!(alone.contains("one agent counts once"), "{alone}");
    let told = ben.keys(&["support", "--person", &she, "--recovery", &recovery], &socket)?;
    assert!(told.contains("unless an admin key reverts it"), "{told}");
    clock.pass(6 * DAY)?;
    lost.keys(&["revert", "--person", &she, "--recovery", &recovery], None)?;
    clock.pass(2 * DAY)?;
    life.rehearsal.admit(&[]).await?;
    let refused = thief.keys(&["accept", "--person", &she], &socket).unwrap_err().to_string();
    assert!(refused.contains("no admin key of person"), "{refused}");
    let request = life.rehearsal.submit().await?;
    life.approves_with(&lost, &request).await?;

    // It is lost. Two friends help; nothing holds before seven days, whatever epoch begins.
    lost.turn_off();
    let mut new = life.another_phone("new")?;
    let hers = ["recover", "--person", &she, "--admin", &new.name(), "--approving", &new.name()];
    let recovery = recovery_in(&cid.keys(&hers, &socket)?);
    clock.pass(DAY)?;
    ben.keys(&["support", "--person", &she, "--recovery", &recovery], &socket)?;
    clock.pass(6 * DAY + Duration::from_mins(23 * 60 + 50))?;
    life.rehearsal.admit(&[]).await?;
    let early = new.keys(&["accept", "--person", &she], Some(&socket)).unwrap_err().to_string();
    assert!(early.contains("no admin key of person"), "{early}");
    clock.pass(Duration::from_mins(11))?;
    new.keys(&["accept", "--person", &she], Some(&socket))?;
    life.enrols_with(&mut new).await?;
    let request = life.rehearsal.submit().await?;
    let refused = life.refuses(&lost, &request).await;
    assert!(refused.contains("was taken away"), "{refused}");
    life.approves_with(&new, &request).await
}

/// The id of the recovery that waits, as the command says it.
fn recovery_in(told: &str) -> String {
    let ids = told.lines().filter_map(|line| line.strip_prefix("recovery")?.split_whitespace().next());
    ids.into_iter().find(|word| word.len() == 64).expect("a recovery waits, by its id").to_owned()
}
