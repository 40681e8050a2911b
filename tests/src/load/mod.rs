//! How much a kiosk takes: many streams and many calls over TLS, beside a server that does nothing.
//!
//! Both servers are processes of their own on the loopback address, with the same certificates and the same clients.
//! The calls go to one and to the other in turn, a block each, so that whatever else the machine does meets both.

pub mod bare;

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde::Serialize;
use tokio::task::JoinSet;
use tokio_stream::StreamExt as _;
use tonic::transport::Channel;
use wetsign_api::v1;
use wetsign_api::v1::kiosk_client::KioskClient;
use wetsign_api::v1::requests_client::RequestsClient;

use crate::process::Running;
use crate::siege::beside::Usage;
use crate::siege::{Scale, Siege};

/// Streams that are open at once.
const STREAMS: usize = 1000;
/// Status calls, and how many of them make a block.
const CALLS: usize = 10_000;
const BLOCK: usize = 500;
/// Requests that are submitted.
const SUBMITS: usize = 2000;
/// Connections, and calls in flight over all of them.
const CONNECTIONS: u8 = 8;
const FLIGHT: usize = 16;
/// How many times as long as the bare server's the kiosk's slowest call but one in a hundred may take.
const DEARER: f64 = 2.0;
/// How much memory may grow by the streams, MiB.
const GROWS: f64 = 100.0;
const READY: Duration = Duration::from_secs(30);

/// Times of one kind of call, milliseconds.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Times {
    /// Calls.
    pub calls: usize,
    /// The middle one.
    pub p50_ms: f64,
    /// The slowest but one in a hundred.
    pub p99_ms: f64,
    /// The slowest but one in a thousand.
    pub p999_ms: f64,
}

/// What was measured.
#[derive(Debug, Clone, Serialize)]
pub struct Load {
    /// Whether every bound held.
    pub ok: bool,
    /// Streams that were open while everything else was measured.
    pub streams: usize,
    /// Status calls of the kiosk.
    pub status: Times,
    /// Status calls of the bare server.
    pub bare: Times,
    /// The kiosk's 99th percentile by the bare server's.
    pub ratio_p99: f64,
    /// Submitted requests: verified, judged, logged and on the disk before each answer.
    pub submits: Times,
    /// The kiosk's memory before, MiB.
    pub rest_mib: f64,
    /// With all streams open and after all calls, MiB.
    pub loaded_mib: f64,
    /// What did not hold.
    pub why: Vec<String>,
}

/// Measures a kiosk of its own. `program` is this program, which serves as the bare server with `bare FOLDER PORT`.
///
/// # Errors
/// When a server does not come up or a call fails.
pub async fn run(scale: Scale, program: &Path) -> anyhow::Result<Load> {
    let folder = tempfile::tempdir()?;
    let sections = toml::toml! {
        [api.limits]
        connections = 256
        connections_each = 64
        watches = 2000
        watches_each = 2000
        writes_a_minute = 1000000
        writes_a_minute_each = 1000000
    };
    let mut siege = Siege::begin(&folder.path().join("kiosk"), sections, 1).await?;
    let process = siege.stage.daemon().id();
    let state = siege.stage.folder().join("state");
    let answer = siege.stage.client.kiosk().status(v1::StatusRequest {}).await?.into_inner();
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    bare::prepare(folder.path(), siege.door.tls(), &answer)?;
    let mut command = Command::new(program);
    command.arg("bare").arg(folder.path()).arg(port.to_string());
    let mut peer = Running::start("load bare", command, &folder.path().join("bare.log"))?;
    let mut bare = Vec::new();
    peer.until(READY, async || match siege.door.channel_to(port, 1).await {
        Ok(channel) => {
            bare.push(channel);
            true
        }
        Err(_) => false,
    })
    .await?;
    let mut kiosk = vec![siege.door.channel(1).await?];
    for host in 2..=CONNECTIONS {
        kiosk.push(siege.door.channel(host).await?);
        bare.push(siege.door.channel_to(port, host).await?);
    }

    status(&kiosk, BLOCK).await?;
    status(&bare, BLOCK).await?;
    let rest_mib = Usage::of(process, &state)?.memory_mib;
    let streams = watch(&kiosk, scale.of(STREAMS), &siege.known[0]).await?;
    let (mut own, mut others) = (Vec::new(), Vec::new());
    for _ in 0..scale.of(CALLS).div_ceil(BLOCK) {
        own.extend(status(&kiosk, BLOCK).await?);
        others.extend(status(&bare, BLOCK).await?);
    }
    let submitted = submits(&kiosk, &siege, scale.of(SUBMITS)).await?;
    let loaded_mib = Usage::of(process, &state)?.memory_mib;

    let (status, bare) = (Times::of(own), Times::of(others));
    let ratio_p99 = status.p99_ms / bare.p99_ms;
    let mut why = Vec::new();
    if ratio_p99 > DEARER {
        why.push(format!(
            "p99 of status calls is {ratio_p99:.2} times the bare server's, {DEARER} is the bound"
        ));
    }
    if loaded_mib > rest_mib + GROWS {
        why.push(format!(
            "memory rose from {rest_mib:.0} to {loaded_mib:.0} MiB, {GROWS} MiB more is the bound"
        ));
    }
    let submits = Times::of(submitted);
    let streams = streams.len();
    Ok(Load { ok: why.is_empty(), streams, status, bare, ratio_p99, submits, rest_mib, loaded_mib, why })
}

impl Times {
    fn of(mut took: Vec<Duration>) -> Self {
        took.sort_unstable();
        let at = |share: f64| {
            let place = ((took.len() as f64 * share).ceil() as usize).saturating_sub(1);
            took.get(place).map_or(f64::INFINITY, |took| took.as_secs_f64() * 1000.0)
        };
        Self { calls: took.len(), p50_ms: at(0.5), p99_ms: at(0.99), p999_ms: at(0.999) }
    }
}

/// Opens so many streams; each has given its first message.
async fn watch(
    channels: &[Channel],
    count: usize,
    request: &[u8],
) -> anyhow::Result<Vec<tonic::Streaming<v1::RequestStatus>>> {
    let mut open = Vec::with_capacity(count);
    for number in 0..count {
        let mut client = RequestsClient::new(channels[number % channels.len()].clone());
        let id = v1::RequestId { id: request.to_vec() };
        let mut stream = client.watch(id).await.with_context(|| format!("stream {number}"))?.into_inner();
        let first = stream.next().await.with_context(|| format!("stream {number} ended at once"))?;
        first.with_context(|| format!("stream {number}"))?;
        open.push(stream);
    }
    Ok(open)
}

async fn status(channels: &[Channel], count: usize) -> anyhow::Result<Vec<Duration>> {
    in_flight(channels, vec![(); count], |channel, ()| async move {
        KioskClient::new(channel).status(v1::StatusRequest {}).await.map(drop)
    })
    .await
}

async fn submits(channels: &[Channel], siege: &Siege, count: usize) -> anyhow::Result<Vec<Duration>> {
    let requests = (0..count).map(|_| siege.request()).collect::<anyhow::Result<Vec<_>>>()?;
    in_flight(channels, requests, |channel, request| async move {
        RequestsClient::new(channel)
            .submit(v1::SubmitRequest { request, ..Default::default() })
            .await
            .map(drop)
    })
    .await
}

/// Calls one after the other on each of so many lines; answers what each took.
async fn in_flight<T, F>(
    channels: &[Channel],
    mut inputs: Vec<T>,
    call: fn(Channel, T) -> F,
) -> anyhow::Result<Vec<Duration>>
where
    T: Send + 'static,
    F: Future<Output = Result<(), tonic::Status>> + Send + 'static,
{
    let mut lines = JoinSet::new();
    let each = inputs.len().div_ceil(FLIGHT);
    for line in 0..FLIGHT {
        let own = inputs.split_off(inputs.len() - each.min(inputs.len()));
        let channel = channels[line % channels.len()].clone();
        lines.spawn(async move {
            let mut took = Vec::with_capacity(own.len());
            for input in own {
                let begun = Instant::now();
                call(channel.clone(), input).await?;
                took.push(begun.elapsed());
            }
            Ok::<_, tonic::Status>(took)
        });
    }
    let mut all = Vec::new();
    while let Some(line) = lines.join_next().await {
        all.extend(line??);
    }
    ensure!(!all.is_empty(), "nothing was called");
    Ok(all)
}
