//! A person enrols and approves with her phone's browser, which meets the kiosk at a relay: `cargo xtask e2e --phone`.

mod enrol;
mod own;
mod phone;
mod signs;

use std::{process::ExitCode, sync::Arc};

use anyhow::Context;
use clap::Parser;
use serde_json::json;
use tokio::sync::Mutex;
use wetsign_api::v1::{self, session_event::Event};
use wetsign_tests::{
    attacks::Person,
    browser::{Browser, Places, Row},
    cast::{Cast, GovernedAsset},
    registrar::Admitted,
    relay::Relay,
    stage::{Options, Stage},
    story::LESSON,
    visit::{self, Visit},
};

use enrol::Woman;
use phone::Phone;

/// Tells the story of a phone's page, looks at every screen of it, and takes pictures.
///
/// Exit status: 0 when every row held, 2 when one did not, 1 when it could not be told.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    #[command(flatten)]
    places: Places,
}

#[tokio::main]
async fn main() -> ExitCode {
    match wetsign_program::arguments::<Arguments>(1) {
        Ok(arguments) => wetsign_program::ended("phone_page", run(&arguments.places).await),
        Err(code) => code,
    }
}

async fn run(places: &Places) -> anyhow::Result<ExitCode> {
    let rows = Box::pin(told(places)).await?;
    let ok = rows.iter().all(|row| row.ok);
    wetsign_program::say!("{:#}", json!({ "ok": ok, "rows": rows }))?;
    Ok(ExitCode::from(if ok { 0 } else { 2 }))
}

async fn told(places: &Places) -> anyhow::Result<Vec<Row>> {
    let folder = tempfile::tempdir()?;
    let mut relay = Relay::placed()?;
    let (stage, cast) = Box::pin(at_a_kiosk(folder.path(), &relay)).await?;
    relay.start(&stage).await?;
    let phone = Arc::new(Mutex::new(Browser::start(places)?));
    before(&phone, &relay).await?;

    let woman = Box::pin(enrol::first(&phone, &stage, &relay)).await?;
    let admitted = cast.admit(&stage, std::slice::from_ref(&woman.record)).await?;
    let asset = cast.asset(1)?;
    let (descriptor, rules) = (asset.descriptor.bytes().to_vec(), asset.rules.bytes().to_vec());
    stage.client.assets().register(v1::RegisterAsset { descriptor, rules }).await?;
    let story = Story { phone, stage, cast, asset, woman, admitted };
    Box::pin(story.signs(&relay)).await?;
    Box::pin(story.is_not_known_to_her_phone()).await?;
    Box::pin(story.says_no()).await?;
    Box::pin(story.waits_too_long()).await?;
    Box::pin(story.loses_the_relay(&mut relay)).await?;
    Box::pin(story.complains_and_takes_it_back()).await?;
    Box::pin(story.ends_a_recovery()).await?;
    Box::pin(story.renews_what_is_kept(&relay)).await?;
    Box::pin(story.is_erased()).await?;
    Box::pin(story.looks_back_and_ends_it()).await?;
    let Story { phone, .. } = story;
    let browser = Arc::into_inner(phone).context("the browser is still in use")?.into_inner();
    browser.end().await
}

async fn at_a_kiosk(folder: &std::path::Path, relay: &Relay) -> anyhow::Result<(Stage, Cast)> {
    let cast = Cast::new()?;
    let sections = relay.named(toml::from_str("[session]\nsign_s = 45\n")?)?;
    let options = Options { sections, relying_party: Some(relay.relying_party()), ..Options::default() };
    Ok((Stage::set_up(folder, &cast, &options).await?, cast))
}

/// Before she stands at a kiosk: the page asks for a picture, and takes no other text for one.
async fn before(phone: &Phone, relay: &Relay) -> anyhow::Result<()> {
    let mut phone = phone.lock().await;
    phone.open(&format!("{}/", relay.origin())).await?;
    phone.screen("pair").await?;
    phone.look("pair").await?;
    for (text, screen) in
        [("hello", "trouble"), ("https://elsewhere.example/k/1#wetsign-pair-1.AA", "trouble")]
    {
        phone.fill("invitation", text).await?;
        phone.submit().await?;
        phone.screen(screen).await?;
        if text == "hello" {
            phone.look("no-picture").await?;
        }
        phone.press("home").await?;
        phone.screen("pair").await?;
    }
    Ok(())
}

struct Story {
    phone: Phone,
    stage: Stage,
    cast: Cast,
    asset: GovernedAsset,
    woman: Woman,
    admitted: Admitted,
}

impl Story {
    async fn submit(&self) -> anyhow::Result<Vec<u8>> {
        self.submit_for(&self.asset).await
    }

    async fn submit_for(&self, asset: &GovernedAsset) -> anyhow::Result<Vec<u8>> {
        let request = self.cast.request(asset.id, &LESSON)?;
        let submitted = v1::SubmitRequest { request: request.bytes().to_vec(), ..Default::default() };
        Ok(self.stage.client.requests().submit(submitted).await?.into_inner().id)
    }

    /// She stands before the kiosk; once it shows a code, her phone does what `does` says.
    async fn comes<D>(&self, request: &[u8], does: impl Fn(Phone, String) -> D) -> anyhow::Result<Visit>
    where
        D: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let Person { key, subject, .. } = &self.woman.person;
        let source = Some(visit::replayed_subject(subject));
        let mut tasks = Vec::new();
        let visit = visit::patiently(async || {
            let seen = |event: &Event| {
                if let Event::Code(code) = event {
                    tasks.push(tokio::spawn(does(Arc::clone(&self.phone), code.digits.clone())));
                }
            };
            visit::approve(&self.stage.client, request, key, source.clone(), seen).await
        })
        .await?;
        for task in tasks {
            task.await??;
        }
        Ok(visit)
    }

    async fn row(&self, name: &str, holds: bool, found: impl std::fmt::Debug) -> anyhow::Result<()> {
        let why = (!holds).then(|| format!("{found:?}"));
        self.phone.lock().await.row(name, why).await
    }
}
