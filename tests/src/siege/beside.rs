//! An honest client beside an attack, and what the kiosk's process takes meanwhile.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use tonic::transport::Channel;
use wetsign_api::{Client, Endpoint, v1, v1::kiosk_client::KioskClient};

use super::{MEMORY, Siege};

/// The honest client's address.
const HONEST: u8 = 200;
const PAUSE: Duration = Duration::from_millis(15);
/// An honest call fails that takes longer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Fewest calls through each door.
const LEAST: usize = 20;
/// After this many calls it comes anew.
const ANEW: usize = 10;
/// Descriptors more than at rest that count as none.
const FEW: usize = 6;

/// What a process takes.
#[derive(Debug, Clone, Copy)]
pub struct Usage {
    /// Resident memory (proc(5), `VmRSS`), MiB.
    pub memory_mib: f64,
    /// Open files.
    pub files: usize,
    /// The state folder, MB on the disk.
    pub state_mb: f64,
}

impl Usage {
    /// Of the process with this id, whose state lies in `state`.
    pub fn of(process: u32, state: &Path) -> anyhow::Result<Self> {
        let files = std::fs::read_dir(format!("/proc/{process}/fd")).context("the daemon's files")?.count();
        Ok(Self { memory_mib: memory_mib(process)?, files, state_mb: folder_mb(state)? })
    }
}

fn memory_mib(process: u32) -> anyhow::Result<f64> {
    let status =
        std::fs::read_to_string(format!("/proc/{process}/status")).context("the daemon has ended")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    let kib: f64 = line.trim().trim_end_matches(" kB").trim().parse()?;
    Ok(kib / 1024.0)
}

fn folder_mb(folder: &Path) -> anyhow::Result<f64> {
    use std::os::unix::fs::MetadataExt;
    let mut sum = 0;
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            match entry.metadata() {
                Ok(about) if about.is_dir() => folders.push(entry.path()),
                Ok(about) => sum += about.blocks() * 512,
                Err(_) => {}
            }
        }
    }
    Ok(sum as f64 / 1e6)
}

/// What was noticed beside an attack.
pub struct Noticed {
    /// What each honest call took, coming anew included.
    pub took: Vec<Duration>,
    /// Words of those that failed.
    pub failed: Vec<String>,
    /// The daemon's memory at its highest, MiB.
    pub peak_mib: f64,
}

/// The honest client at work.
pub struct Beside {
    stop: Arc<AtomicBool>,
    tasks: Vec<tokio::task::JoinHandle<(Vec<Duration>, Vec<String>)>>,
    peak: tokio::task::JoinHandle<f64>,
}

/// How the honest client comes in.
enum Way {
    Local(Endpoint),
    Remote(Channel),
}

impl Beside {
    /// Begins to ask over both doors.
    pub fn begin(siege: &Siege, process: u32) -> anyhow::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let local = Way::Local(Endpoint::Unix(siege.stage.folder().join("kiosk.sock")));
        let remote = Way::Remote(siege.honest()?);
        let tasks = [local, remote].map(|way| tokio::spawn(go_on_asking(way, Arc::clone(&stop))));
        let watched = Arc::clone(&stop);
        let peak = tokio::spawn(async move {
            let mut peak: f64 = 0.0;
            while !watched.load(Ordering::Relaxed) {
                peak = peak.max(memory_mib(process).unwrap_or(f64::INFINITY));
                tokio::time::sleep(Duration::from_millis(25)).await;
            }
            peak
        });
        Ok(Self { stop, tasks: tasks.into(), peak })
    }

    /// Ends, and says what was noticed.
    pub async fn end(self) -> Noticed {
        self.stop.store(true, Ordering::Relaxed);
        let mut noticed = Noticed { took: Vec::new(), failed: Vec::new(), peak_mib: f64::INFINITY };
        for task in self.tasks {
            match task.await {
                Ok((took, failed)) => {
                    noticed.took.extend(took);
                    noticed.failed.extend(failed);
                }
                Err(error) => noticed.failed.push(error.to_string()),
            }
        }
        noticed.peak_mib = self.peak.await.unwrap_or(f64::INFINITY);
        noticed
    }
}

async fn go_on_asking(way: Way, stop: Arc<AtomicBool>) -> (Vec<Duration>, Vec<String>) {
    let (mut took, mut failed) = (Vec::new(), Vec::new());
    let mut client = None;
    for count in 0.. {
        // A short attack is looked back at for as long as a percentile needs.
        if stop.load(Ordering::Relaxed) && count >= LEAST {
            break;
        }
        let begun = Instant::now();
        let asked = tokio::time::timeout(PATIENCE, async {
            match &way {
                Way::Local(endpoint) => {
                    let client = match client.take() {
                        Some(client) if count % ANEW != 0 => client,
                        _ => Client::connect(endpoint).await?,
                    };
                    client.kiosk().status(v1::StatusRequest {}).await?;
                    // What a person before the kiosk needs of the books.
                    client.enrolments().list(v1::ListEnrolments::default()).await?;
                    anyhow::Ok(Some(client))
                }
                Way::Remote(channel) => {
                    KioskClient::new(channel.clone()).status(v1::StatusRequest {}).await?;
                    Ok(None)
                }
            }
        })
        .await;
        match asked {
            Ok(Ok(open)) => {
                client = open;
                took.push(begun.elapsed());
            }
            Ok(Err(error)) => failed.push(format!("{error:#}")),
            Err(_) => failed.push(format!("no answer within {} s", PATIENCE.as_secs())),
        }
        tokio::time::sleep(PAUSE).await;
    }
    (took, failed)
}

impl Siege {
    fn honest(&self) -> anyhow::Result<Channel> {
        self.honest_channel.clone().context("no honest channel")
    }
}

/// Honest work at rest: every kind of question once and again.
pub async fn ask(siege: &mut Siege, times: usize) -> anyhow::Result<()> {
    if siege.honest_channel.is_none() {
        siege.honest_channel = Some(siege.door.channel(HONEST).await?);
    }
    for _ in 0..times {
        siege.stage.client.kiosk().status(v1::StatusRequest {}).await?;
        KioskClient::new(siege.honest()?).status(v1::StatusRequest {}).await?;
        siege.stage.client.enrolments().list(v1::ListEnrolments::default()).await?;
        siege.stage.client.requests().list(v1::ListRequests::default()).await?;
        if let Some(id) = siege.known.first() {
            siege.stage.client.requests().get(v1::RequestId { id: id.clone() }).await?;
        }
    }
    Ok(())
}

/// How long it takes until memory and files are back at rest and the kiosk answers; more than `limit` if it does not.
pub async fn back_to_rest(
    siege: &Siege,
    process: u32,
    rest: &Usage,
    limit: Duration,
) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    let state = siege.stage.folder().join("state");
    loop {
        let now = Usage::of(process, &state)?;
        let back = now.memory_mib <= rest.memory_mib * MEMORY && now.files <= rest.files + FEW;
        if back || begun.elapsed() > limit {
            let took = begun.elapsed();
            siege.stage.client.kiosk().status(v1::StatusRequest {}).await?;
            ensure!(now.files < 10_000, "{} files are open", now.files);
            return Ok(took);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
