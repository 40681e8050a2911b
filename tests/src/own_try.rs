//! `cargo xtask try`: the main path with the camera, the microphone and the person that are really there.

use std::{
    io::{BufRead, IsTerminal},
    path::Path,
};

use anyhow::{Context, bail, ensure};
use wetsign_api::v1::{self, session_event::Event};

use crate::{
    auditor,
    cast::Cast,
    evidence::Evidence,
    narrate::Narrator,
    own_devices::{self, Wishes},
    stage::{Options, Stage},
    story::{CONSENT, LESSON},
    visit::{self, Ending},
};

/// Enrols the person before the camera, lets them approve a harmless request, and verifies the approval. What is
/// refused can be tried again; at the end the template and the kiosk's keys are erased.
///
/// # Errors
/// When there is no usable camera or microphone, nobody at the terminal, no consent, or the person gives up.
pub async fn run(out: &Path, wishes: &Wishes, narrator: &mut Narrator) -> anyhow::Result<()> {
    ensure!(std::io::stdin().is_terminal(), "trying it asks for your consent: run it on a terminal");
    erase(out)?;
    std::fs::create_dir_all(out)?;
    let outcome = try_it(out, wishes, narrator).await;
    erase(&out.join("kiosk"))?;
    narrator.line("What this kiosk kept, keys and template, is erased; recordings were never kept.");
    outcome
}

async fn try_it(out: &Path, wishes: &Wishes, narrator: &mut Narrator) -> anyhow::Result<()> {
    let mut evidence = Evidence::new(out)?;
    let cast = Cast::new()?;
    let options = Options { live_only: !wishes.allow_virtual, ..Options::default() };
    narrator.line("Starting a kiosk with your own camera and microphone. Its secure element is a program.");
    let stage = Stage::set_up(&out.join("kiosk"), &cast, &options).await?;
    let devices = stage.client.kiosk().devices(v1::DevicesRequest {}).await?.into_inner().devices;
    let source = Some(own_devices::choose(&devices, wishes, narrator, asked)?);

    narrator.part("1", "Enrolment");
    narrator.line("Sit as you would before a kiosk: light on your face, an arm's length away, nobody else in the picture.");
    agree(narrator, CONSENT)?;
    let enrolled = loop {
        let enrolment = v1::StartEnrolment {
            language: String::new(),
            pair: false,
            device: None,
            label: "you".into(),
            consent: CONSENT.into(),
            source: source.clone(),
        };
        let visit = visit::enrol(&stage.client, enrolment, |event| show(narrator, event)).await?;
        match visit.ending {
            Ending::Enrolled(enrolled) => break enrolled,
            _ => again(narrator, &visit)?,
        }
    };
    cast.admit(&stage, std::slice::from_ref(&enrolled.record)).await?;

    narrator.part("2", "A request");
    let asset = cast.asset(1)?;
    let (descriptor, rules) = (asset.descriptor.bytes().to_vec(), asset.rules.bytes().to_vec());
    stage.client.assets().register(v1::RegisterAsset { descriptor, rules }).await?;
    let request = cast.request(asset.id, &LESSON)?;
    let submitted = v1::SubmitRequest { request: request.bytes().to_vec(), ..Default::default() };
    let status = stage.client.requests().submit(submitted).await?.into_inner();
    agree(narrator, &format!("May the narrator's voice say: {:?} ({})", LESSON.text, LESSON.purpose))?;
    loop {
        let (key, source) = (&enrolled.validator_key, source.clone());
        let visit =
            visit::approve(&stage.client, &status.id, key, source, |event| show(narrator, event)).await?;
        match visit.ending {
            Ending::CoSigned(_) => break,
            _ => again(narrator, &visit)?,
        }
    }

    narrator.part("3", "The approval, checked by a program that trusts none of it");
    let approval = stage.client.approvals().get(v1::RequestId { id: status.id }).await?.into_inner();
    let bundle = evidence.write("approval.cbor", &approval.bundle)?;
    let policy =
        evidence.write("trust-policy.toml", stage.trust_policy(&cast).await?.to_toml()?.as_bytes())?;
    let answer = auditor::verify(&stage.programs, &bundle, &policy, None)?;
    narrator.outcome(answer.ok, &format!("{}: {}", answer.verdict(), answer.summary()));
    ensure!(answer.ok, "your approval does not verify");
    Ok(())
}

/// Removes what an earlier run left, or this one does not need any more.
fn erase(folder: &Path) -> anyhow::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("removing {}", folder.display()))
        }
        _ => Ok(()),
    }
}

/// Says why it was refused, and asks whether to try once more.
fn again(narrator: &mut Narrator, visit: &visit::Visit) -> anyhow::Result<()> {
    let why = refused(visit);
    narrator.outcome(false, &why.to_string());
    if is_yes(&asked("Try once more, yes or no?")?) { Ok(()) } else { Err(why) }
}

fn show(narrator: &mut Narrator, event: &Event) {
    match event {
        Event::Prompt(prompt) => {
            narrator.line(&format!("{} of {}: {}", prompt.index + 1, prompt.total, prompt.text));
        }
        Event::Notice(notice) if notice.progress_thousandths.is_none() => narrator.detail(&notice.text),
        Event::Gates(results) => {
            for gate in &results.gates {
                narrator.outcome(gate.passed, &gate.name);
            }
        }
        _ => {}
    }
}

fn agree(narrator: &mut Narrator, text: &str) -> anyhow::Result<()> {
    narrator.line(text);
    if is_yes(&asked("yes or no?")?) { Ok(()) } else { bail!("you did not agree: nothing was recorded") }
}

fn is_yes(answer: &str) -> bool {
    answer.trim().eq_ignore_ascii_case("yes")
}

/// The answer at the terminal. Its end is no answer, and no yes.
fn asked(question: &str) -> anyhow::Result<String> {
    wetsign_program::print(&format!("    {question} "))?;
    let mut answer = String::new();
    let length = std::io::stdin().lock().read_line(&mut answer).context("reading your answer")?;
    ensure!(length > 0, "there was no answer");
    Ok(answer)
}

fn refused(visit: &visit::Visit) -> anyhow::Error {
    let why = visit.refused().map_or("the kiosk ended the visit", |refused| refused.text.as_str());
    let failed = visit.failed_gates();
    if failed.is_empty() {
        anyhow::anyhow!("{why}")
    } else {
        anyhow::anyhow!("{why} Gates not passed: {}.", failed.join(", "))
    }
}
