//! `cargo xtask try`: the main path with the camera, the microphone and the person that are really there.

use std::{
    io::{BufRead, IsTerminal, Write},
    path::Path,
};

use anyhow::{Context, bail, ensure};
use wetsign_api::{
    Client,
    v1::{self, session_event::Event},
};

use crate::{
    auditor,
    cast::Cast,
    evidence::Evidence,
    narrate::Narrator,
    stage::{Options, Stage},
    story::{CONSENT, LESSON},
    visit::{self, Ending},
};

/// Enrols the person before the camera, lets them approve a harmless request, and verifies the approval.
///
/// # Errors
/// When there is no usable camera or microphone, nobody at the terminal, no consent, or a gate refuses.
pub async fn run(out: &Path, narrator: &mut Narrator) -> anyhow::Result<()> {
    ensure!(std::io::stdin().is_terminal(), "trying it asks for your consent: run it on a terminal");
    std::fs::create_dir_all(out)?;
    let mut evidence = Evidence::new(out)?;
    let cast = Cast::new()?;
    let options = Options { live_only: true, ..Options::default() };
    narrator.line("Starting a kiosk with your own camera and microphone. Its secure element is a program.");
    let stage = Stage::set_up(&out.join("kiosk"), &cast, &options).await?;
    require_devices(&stage.client, narrator).await?;

    narrator.part("1", "Enrolment");
    agree(narrator, CONSENT)?;
    let enrolment = v1::StartEnrolment { label: "you".into(), consent: CONSENT.into(), source: None };
    let visit = visit::enrol(&stage.client, enrolment, |event| show(narrator, event)).await?;
    let Ending::Enrolled(enrolled) = &visit.ending else { return Err(refused(&visit)) };
    cast.admit(&stage, std::slice::from_ref(&enrolled.record)).await?;

    narrator.part("2", "A request");
    let asset = cast.asset(1)?;
    let (descriptor, rules) = (asset.descriptor.bytes().to_vec(), asset.rules.bytes().to_vec());
    stage.client.assets().register(v1::RegisterAsset { descriptor, rules }).await?;
    let request = cast.request(asset.id, &LESSON)?;
    let submitted = v1::SubmitRequest { request: request.bytes().to_vec() };
    let status = stage.client.requests().submit(submitted).await?.into_inner();
    agree(narrator, &format!("May the narrator's voice say: {:?} ({})", LESSON.text, LESSON.purpose))?;
    let visit = visit::approve(&stage.client, &status.id, &enrolled.validator_key, None, |event| {
        show(narrator, event);
    })
    .await?;
    let Ending::CoSigned(_) = &visit.ending else { return Err(refused(&visit)) };

    narrator.part("3", "The approval, checked by a program that trusts none of it");
    let approval = stage.client.approvals().get(v1::RequestId { id: status.id }).await?.into_inner();
    let bundle = evidence.write("approval.cbor", &approval.bundle)?;
    let policy =
        evidence.write("trust-policy.toml", stage.trust_policy(&cast).await?.to_toml()?.as_bytes())?;
    let answer = auditor::verify(&stage.programs, &bundle, &policy)?;
    narrator.outcome(answer.ok, &format!("{}: {}", answer.verdict(), answer.summary()));
    ensure!(answer.ok, "your approval does not verify");
    Ok(())
}

async fn require_devices(kiosk: &Client, narrator: &mut Narrator) -> anyhow::Result<()> {
    let devices = kiosk.kiosk().devices(v1::DevicesRequest {}).await?.into_inner().devices;
    for device in &devices {
        let state = if device.unusable.is_empty() { "usable" } else { device.unusable.as_str() };
        narrator.detail(&format!("{} {} ({}): {state}", device.kind, device.id, device.name));
    }
    for kind in ["camera", "microphone"] {
        ensure!(
            devices.iter().any(|device| device.kind == kind && device.unusable.is_empty()),
            "no usable {kind} here: plug one in (`wetsignd devices` lists what is there and why it is not usable), or see \
             the recorded story with `cargo xtask demo`"
        );
    }
    Ok(())
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
    print!("    yes or no? ");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).context("reading your answer")?;
    if answer.trim().eq_ignore_ascii_case("yes") {
        Ok(())
    } else {
        bail!("you did not agree: nothing was recorded")
    }
}

fn refused(visit: &visit::Visit) -> anyhow::Error {
    let why = visit.refused().map_or("the kiosk ended the visit", |refused| refused.text.as_str());
    anyhow::anyhow!("{why} Gates not passed: {}.", visit.failed_gates().join(", "))
}
