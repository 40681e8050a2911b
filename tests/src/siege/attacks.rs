//! What strangers do at the door. Each is bounded, and ends when it is dropped.

use std::time::{Duration, Instant};

use anyhow::ensure;
use prost::Message;
use tokio::{io::AsyncReadExt, task::JoinSet};
use wetsign_api::v1;

use super::{
    Scale, Siege,
    door::{Coming, Stranger, status_of},
};

/// Addresses from which strangers come.
const HOSTS: u8 = 8;
/// What the daemon says to who asks for too much.
const RESOURCE_EXHAUSTED: i32 = 8;
/// Calls that strangers try over one connection.
const STREAMS: usize = 64;
/// How long unread answers are left unread.
const UNREAD: Duration = Duration::from_secs(4);

fn host(count: usize) -> u8 {
    10 + (count % usize::from(HOSTS)) as u8
}

/// 1,200 connections that say nothing: they are few or ended soon.
pub async fn silent(siege: &Siege, scale: Scale) -> anyhow::Result<String> {
    let count = scale.of(1200);
    let mut held = Vec::new();
    for number in 0..count {
        held.push(siege.door.silent(host(number)).await?);
    }
    let begun = Instant::now();
    let mut ends = JoinSet::new();
    for mut connection in held {
        ends.spawn(async move {
            let read = tokio::time::timeout(Duration::from_secs(20), connection.read(&mut [0; 64])).await;
            // An end, or a reset: both are ends.
            read.is_ok().then(|| begun.elapsed())
        });
    }
    let ends = ends.join_all().await;
    let slowest = ends.iter().flatten().max().copied().unwrap_or_default();
    let open = ends.iter().filter(|end| end.is_none()).count();
    ensure!(open == 0, "{open} of {count} silent connections are still open after 20 s");
    Ok(format!("{count} connections, the last ended after {:.1} s", slowest.as_secs_f64()))
}

/// Answers that nobody reads.
async fn unread(
    siege: &Siege,
    count: usize,
    path: &str,
    message: impl Fn(usize) -> Vec<u8>,
) -> anyhow::Result<String> {
    let (mut strangers, mut coming): (Vec<Stranger>, Vec<Coming>) = (Vec::new(), Vec::new());
    let mut asked = 0;
    let begun = Instant::now();
    while asked < count && begun.elapsed() < Duration::from_secs(15) {
        let Ok(mut stranger) = siege.door.stranger(host(strangers.len())).await else { break };
        for number in 0..STREAMS.min(count - asked) {
            let Ok(answer) = stranger.ask(path, &message(asked + number)).await else { break };
            coming.push(answer);
        }
        asked = coming.len();
        strangers.push(stranger);
    }
    tokio::time::sleep(UNREAD).await;
    let cut = strangers.iter().filter(|stranger| stranger.is_cut()).count();
    Ok(format!("{asked} calls of {path} over {} connections, {cut} of them cut", strangers.len()))
}

/// 9,500 requests of 57 KB that are asked for and not read.
pub async fn unread_gets(siege: &Siege, scale: Scale) -> anyhow::Result<String> {
    let path = "/wetsign.v1.Requests/Get";
    unread(siege, scale.of(9500), path, |number| {
        let id = siege.known[number % siege.known.len()].clone();
        v1::RequestId { id }.encode_to_vec()
    })
    .await
}

/// 1,200 lists of 2 MB that are asked for and not read.
pub async fn unread_lists(siege: &Siege, scale: Scale) -> anyhow::Result<String> {
    let path = "/wetsign.v1.Requests/List";
    let ask = v1::ListRequests { limit: 1000, ..v1::ListRequests::default() }.encode_to_vec();
    unread(siege, scale.of(1200), path, |_| ask.clone()).await
}

/// 2,000 watchers: submits must not become dearer by them.
pub async fn watchers(siege: &Siege, scale: Scale) -> anyhow::Result<String> {
    let before = submits(siege).await?;
    let path = "/wetsign.v1.Requests/Watch";
    let (mut strangers, mut watching): (Vec<Stranger>, Vec<Coming>) = (Vec::new(), Vec::new());
    let count = scale.of(2000);
    for number in 0..count {
        if number % STREAMS == 0 {
            let Ok(stranger) = siege.door.stranger(host(strangers.len())).await else { break };
            strangers.push(stranger);
        }
        let Some(stranger) = strangers.last_mut() else { break };
        let id = siege.known[number % siege.known.len()].clone();
        let Ok(coming) = stranger.ask(path, &v1::RequestId { id }.encode_to_vec()).await else { continue };
        watching.push(coming);
    }
    let during = submits(siege).await?;
    let dearer = during.as_secs_f64() / before.as_secs_f64();
    ensure!(dearer < 3.0, "a submit takes {dearer:.1} times as long beside {} watchers", watching.len());
    Ok(format!(
        "{} watchers over {} connections, a submit takes {dearer:.1} times as long",
        watching.len(),
        strangers.len()
    ))
}

/// The middle of a few honest submits.
async fn submits(siege: &Siege) -> anyhow::Result<Duration> {
    let mut took = Vec::new();
    for _ in 0..9 {
        let request = siege.request()?;
        let begun = Instant::now();
        siege.stage.client.requests().submit(v1::SubmitRequest { request, ..Default::default() }).await?;
        took.push(begun.elapsed());
    }
    took.sort_unstable();
    Ok(took[took.len() / 2])
}

/// 768 submits at once.
pub async fn submits_in_flight(siege: &Siege, scale: Scale) -> anyhow::Result<String> {
    let mut requests = Vec::new();
    for _ in 0..scale.of(768) {
        requests.push(siege.request()?);
    }
    let mut strangers = Vec::new();
    let mut answers = JoinSet::new();
    for part in requests.chunks(STREAMS) {
        let mut stranger = siege.door.stranger(host(strangers.len())).await?;
        for request in part {
            let submit = v1::SubmitRequest { request: request.clone(), ..Default::default() };
            let coming = stranger.ask("/wetsign.v1.Requests/Submit", &submit.encode_to_vec()).await?;
            answers.spawn(status_of(coming));
        }
        strangers.push(stranger);
    }
    let answers = tokio::time::timeout(Duration::from_secs(40), answers.join_all()).await?;
    let codes: Vec<i32> = answers.into_iter().flatten().collect();
    let count = |wanted| codes.iter().filter(|code| **code == wanted).count();
    let (taken, refused) = (count(0), count(RESOURCE_EXHAUSTED));
    ensure!(taken > 0 && taken + refused == codes.len(), "answers with other codes: {codes:?}");
    Ok(format!("{} submits at once, {taken} taken, {refused} refused", requests.len()))
}

/// Submits of 57 KB without end, for some seconds.
pub async fn flood(siege: &Siege, scale: Scale) -> anyhow::Result<String> {
    let time = Duration::from_secs(scale.of(20).max(6) as u64);
    let begun = Instant::now();
    let (mut taken, mut refused) = (0, 0);
    let mut strangers = Vec::new();
    for number in 0..usize::from(HOSTS) {
        strangers.push(siege.door.stranger(host(number)).await?);
    }
    while begun.elapsed() < time {
        let mut answers = JoinSet::new();
        for stranger in &mut strangers {
            let submit = v1::SubmitRequest { request: siege.large_request()?, ..Default::default() };
            answers.spawn(status_of(
                stranger.ask("/wetsign.v1.Requests/Submit", &submit.encode_to_vec()).await?,
            ));
        }
        for code in answers.join_all().await {
            match code? {
                0 => taken += 1,
                RESOURCE_EXHAUSTED => refused += 1,
                other => anyhow::bail!("a submit was answered with code {other}"),
            }
        }
    }
    ensure!(refused > 0, "all {taken} submits were taken: there is no bound");
    Ok(format!("{taken} submits of 57 KB taken in {} s, {refused} refused", time.as_secs()))
}
