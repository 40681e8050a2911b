//! The main story from beginning to end, as the demo tells it and the story test holds it.

use std::{path::Path, time::Instant};

use anyhow::Context;

use crate::{
    attacks,
    cast::Cast,
    evidence::Evidence,
    footprint::{Footprint, Taken},
    narrate::Narrator,
    narration::Narration,
    phone,
    report::Report,
    secure_element::Kind,
    stage::{Options, Stage},
    story::Story,
};

/// Tells it into the folder `out`; what an earlier telling left there is removed.
pub async fn tell(
    out: &Path,
    secure_element: Kind,
    narrator: &mut Narrator,
    report: &mut Report,
) -> anyhow::Result<()> {
    if out.exists() {
        std::fs::remove_dir_all(out)
            .with_context(|| format!("removing what an earlier run left in {}", out.display()))?;
    }
    std::fs::create_dir_all(out)?;
    let mut evidence = Evidence::new(out)?;
    let start = Instant::now();

    narrator.line("Wetsign: a signature only a living person can make.");
    narrator.line(&format!(
        "The people below are recordings, played to the real pipeline; {}; the keys are for development. Everything \
         signed says so, and a verifier refuses it unless told otherwise.",
        secure_element.words()
    ));
    let cast = Cast::new()?;
    let options =
        Options { secure_element, sections: phone::with_door(toml::Table::new())?, ..Options::default() };
    let mut stage = Stage::set_up(&out.join("kiosk"), &cast, &options).await?;
    report.times_ms.push(("start the kiosk".into(), start.elapsed().as_millis() as u64));
    let footprint = Footprint::watch(stage.daemon().id());

    let mut people = attacks::people();
    let attacks = attacks::all(&stage.programs, &stage.cache, &evidence.path("attacks"))?;

    let voice = Narration::new(&stage.programs, &stage.cache, &out.join("runner-state"))?;

    let mut story = Story {
        stage: &mut stage,
        cast: &cast,
        narrator: &mut *narrator,
        report: &mut *report,
        evidence: &mut evidence,
        // What firmware does about a memory put back is shown with keys that the kiosk keeps: a phone would refuse
        // first.
        with_phones: secure_element != Kind::Qemu,
        phones: Vec::new(),
        voice: &voice,
    };
    story.enrol(&mut people).await?;
    let asset = story.govern().await?;
    // What firmware does about it is shown where firmware runs.
    let in_hand = secure_element == Kind::Qemu;
    let copies = if in_hand { Some(story.copy_memories(&options).await?) } else { None };
    let (bundle, _) = story.approve(&asset, &people).await?;
    story.forbid(&asset).await?;
    story.attack(&asset, &people[0], attacks).await?;
    story.forge(&bundle)?;
    story.speak(&asset, &bundle).await?;
    let peak_memory = story.stage.peak_memory();
    story.report.sessions_memory_mb = footprint.end();
    if let Some(copies) = copies {
        story.put_back((&asset, &people), &copies, &options).await?;
        story.open_case(&asset, &people[0]).await?;
    }

    evidence.contact_sheet(&stage.programs, "What the kiosk saw")?;
    report.peak_memory_mb = peak_memory;
    report.times_ms.push(("whole story".into(), start.elapsed().as_millis() as u64));
    conclude(narrator, report, &evidence);
    evidence.write("transcript.txt", narrator.transcript().as_bytes())?;
    report.files = evidence.files().clone();
    Ok(())
}

fn conclude(narrator: &mut Narrator, report: &Report, evidence: &Evidence) {
    narrator.part("·", "Times (ms), sizes (bytes) and peak memory (MiB)");
    let times = report.times_ms.iter().map(|(step, ms)| (step.clone(), ms.to_string()));
    let memory = report.peak_memory_mb.iter().map(|(name, mib)| (format!("memory {name}"), mib.to_string()));
    let sessions = report.sessions_memory_mb.iter().map(|(name, Taken { rss, pss, anon })| {
        (format!("memory {name}: resident / proportional / in no file"), format!("{rss} / {pss} / {anon}"))
    });
    let sizes = report.sizes.iter().map(|(name, bytes)| (format!("size {name}"), bytes.to_string()));
    narrator.table(&times.chain(sizes).chain(memory).chain(sessions).collect::<Vec<_>>());
    narrator.part("·", "Check it yourself");
    narrator.line(&format!(
        "target/debug/wetsign verify {} --policy {} --allow-simulated --allow-development-keys",
        evidence.path("approval.cbor").display(),
        evidence.path("trust-policy.toml").display(),
    ));
    narrator.line(&format!("What the kiosk saw: {}", evidence.path("contact-sheet.png").display()));
    let told = report.parts.iter().filter(|part| part.as_told()).count();
    narrator.outcome(report.ok, &format!("{told} of {} parts came out as told", report.parts.len()));
}
