//! A woman who enrolled with her phone, and a kiosk that waits for it.

use std::path::Path;

use anyhow::ensure;
use wetsign_api::v1::session_event::Event;

use crate::{
    attacks,
    cast::Cast,
    phone::{self, Phone},
    power_cut::Rehearsal,
    stage::{Options, Stage},
    visit::{self, Visit},
};

/// A kiosk that waits twelve seconds for a phone, and a woman who enrolled with hers.
pub async fn at_a_kiosk(folder: &Path) -> anyhow::Result<(Rehearsal, Phone)> {
    let cast = Cast::new()?;
    let sections = phone::with_door(toml::from_str("[session]\nsign_s = 12\n")?)?;
    let stage = Stage::set_up(folder, &cast, &Options { sections, ..Options::default() }).await?;
    let mut phone = Phone::start(&stage.programs, &stage.folder().join("phone"), "hers")?;
    let [woman, _] = attacks::people();
    let rehearsal = Rehearsal::with_device(stage, cast, vec![woman], Some(&mut phone)).await?;
    ensure!(rehearsal.people()[0].key == phone.key(), "she enrolled with another key than her phone's");
    Ok((rehearsal, phone))
}

/// She comes for a request, as the person with this key, and stands there until it ended; `seen` is told what happens.
pub async fn comes_as(
    rehearsal: &Rehearsal,
    key: &[u8],
    request: &[u8],
    seen: impl Fn(&Event),
) -> anyhow::Result<Visit> {
    let (client, person) = (&rehearsal.stage().client, &rehearsal.people()[0]);
    let source = Some(visit::replayed_subject(&person.subject));
    visit::patiently(async || visit::approve(client, request, key, source.clone(), &seen).await).await
}

/// The same with the key that she enrolled with first.
pub async fn comes(rehearsal: &Rehearsal, request: &[u8], seen: impl Fn(&Event)) -> anyhow::Result<Visit> {
    comes_as(rehearsal, &rehearsal.people()[0].key, request, seen).await
}
