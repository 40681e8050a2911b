//! What is left of a validator's secrets in the daemon's memory once she has gone: nothing.

use std::io::ErrorKind;
use std::time::Duration;

use anyhow::Context as _;
use wetsign_tests::{
    attacks,
    cast::Cast,
    in_memory::{Opened, Snapshot, Trace},
    power_cut::Rehearsal,
    stage::{Options, Stage},
    story::CONSENT,
    visit::{self, Ending, Visit},
};

/// The daemon's memory now.
fn snapshot(rehearsal: &mut Rehearsal) -> Snapshot {
    let process = rehearsal.stage_mut().daemon().id();
    Snapshot::of(process).expect("read before, and still there")
}

fn is_clean(snapshot: &Snapshot, secrets: &[Trace], after: &str) {
    let copies = snapshot.copies(secrets);
    println!("after {after}: {} copies in {} MiB", copies.len(), snapshot.size() >> 20);
    assert!(copies.is_empty(), "after {after}:\n{}", copies.join("\n"));
}

/// The memory of a process once it stands still; then it goes on.
async fn seen_standing(process: u32) -> anyhow::Result<Snapshot> {
    let stands = || {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
        anyhow::Ok(stat.rsplit_once(") ").is_some_and(|(_, fields)| fields.starts_with('T')))
    };
    while !stands()? {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let seen = Snapshot::of(process);
    let id = i32::try_from(process).ok().and_then(rustix::process::Pid::from_raw).context("no process id")?;
    rustix::process::kill_process(id, rustix::process::Signal::CONT)?;
    Ok(seen?)
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_validators_secrets_is_left_in_the_daemons_memory() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let cast = Cast::new()?;
    let mut stage = Stage::set_up(folder.path(), &cast, &Options::default()).await?;
    let process = stage.daemon().id();
    if let Err(refused) = Snapshot::of(process) {
        // Whoever runs this is not root: then the daemon keeps its memory from other programs of the same user.
        assert_eq!(refused.kind(), ErrorKind::PermissionDenied, "{refused}");
        eprintln!(
            "not looked for: only root reads the memory of a daemon that closed itself to its own user"
        );
        return Ok(());
    }
    let [woman, man] = attacks::people();
    let mut rehearsal = Rehearsal::new(stage, cast, vec![woman]).await?;
    let (state, element) =
        (rehearsal.stage().folder().join("state"), rehearsal.stage().folder().join("element"));
    let enrolled = snapshot(&mut rehearsal);
    // A key that the daemon has to hold is found: what looks for the others would find them.
    let own = Trace::of("the kiosk's own key", &std::fs::read(state.join("keys/kiosk"))?);
    assert!(!enrolled.copies(&[own]).is_empty(), "the scan sees nothing");

    rehearsal.stage_mut().daemon().kill()?;
    let key = rehearsal.people()[0].key.clone();
    let opened = Opened::of(&key, &state, &element)?;
    let secrets = opened.traces()?;
    is_clean(&enrolled, &secrets, "an enrolment");
    // From here on an older program's: what it sealed together comes apart, and leaves no more behind.
    opened.put_together()?;
    drop(enrolled);
    // It stands still where the key is in use, until it was looked at.
    let environment = [("WETSIGN_STOP_AT".to_owned(), "session.attested".to_owned())].into();
    rehearsal.stage_mut().restart(&Options { environment, ..Options::default() }).await?;

    let source = Some(visit::replayed_subject(&rehearsal.people()[0].subject));
    let request = rehearsal.submit().await?;
    let process = rehearsal.stage_mut().daemon().id();
    let client = rehearsal.stage().client.clone();
    let during = tokio::spawn(seen_standing(process));
    let visit = visit::patiently(async || {
        visit::approve(&client, &request, &key, source.clone(), visit::unseen).await
    })
    .await?;
    assert!(visit.is_cosigned(), "{:?}", visit.refused());
    let during = during.await??;
    is_clean(&snapshot(&mut rehearsal), &secrets, "a session");
    let copies = during.copies(&secrets);
    assert!(copies.iter().any(|copy| copy.starts_with("signing seed")), "while it proves the key is there");

    let request = rehearsal.submit().await?;
    let visit = visit::decline(&client, &request, &key, "not in my name").await?;
    assert!(matches!(visit.ending, Ending::Declined(_)), "{:?}", visit.refused());
    is_clean(&snapshot(&mut rehearsal), &secrets, "a decline");

    let request = rehearsal.submit().await?;
    let impostor = Some(visit::replayed_subject(&man.subject));
    let visit = until(&["face_match"], async || {
        visit::approve(&client, &request, &key, impostor.clone(), visit::unseen).await
    })
    .await?;
    assert!(
        visit.refused().is_some_and(|refused| refused.code.contains("face_match")),
        "{:?}",
        visit.refused()
    );
    is_clean(&snapshot(&mut rehearsal), &secrets, "a refusal");

    let visit = until(&["duplicate"], async || {
        let again = wetsign_api::v1::StartEnrolment {
            language: String::new(),
            pair: false,
            device: None,
            label: "once more".into(),
            consent: CONSENT.into(),
            source: source.clone(),
        };
        visit::enrol(&client, again, visit::unseen).await
    })
    .await?;
    assert!(visit.refused().is_some_and(|refused| refused.code == "duplicate"), "{:?}", visit.refused());
    is_clean(&snapshot(&mut rehearsal), &secrets, "a refused enrolment");

    rehearsal.stage_mut().daemon().kill()?;
    assert!(Opened::of(&key, &state, &element)?.is_apart(), "still sealed together");
    Ok(())
}

/// Comes again until it is refused for this reason: what was misheard is not the point.
async fn until(
    codes: &[&str],
    mut visit: impl AsyncFnMut() -> anyhow::Result<Visit>,
) -> anyhow::Result<Visit> {
    for _ in 1..visit::TRIES {
        let seen = visit().await?;
        if seen.refused().is_some_and(|refused| codes.iter().any(|code| refused.code.contains(code))) {
            return Ok(seen);
        }
    }
    visit().await
}
