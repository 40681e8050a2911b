//! The kiosk is harmed at random moments of its work, started again, and looked at.
//!
//! Beside the harm two clients bring requests as quickly as they are taken, and in some runs a person is led through
//! a session. Whatever was acknowledged goes into [`books`]; after the restart it has to be there, byte by byte,
//! nobody may have signed twice, and the log has to continue every head that it ever showed.
//!
//! - [`harm`]: what is done. [`disk`]: a disk whose power can be cut. [`books`]: what has to hold.

pub mod books;
pub mod disk;
pub mod harm;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tokio::sync::Mutex;
use wetsign_api::{Client, v1};
use wetsign_attest::verify::{Options as VerifyOptions, verify};

use crate::attacks::{self, Person};
use crate::cast::Cast;
use crate::power_cut::Rehearsal;
use crate::stage::{Options, Stage};
use crate::visit::{self, Ending};
use books::{Books, Broken, Reader};
use disk::{Disk, Loss};
use harm::Harm;

/// The harm comes within so long after the kiosk is ready.
const WORK: Duration = Duration::from_millis(1500);
/// The same where a person is led through a session.
const SESSION: Duration = Duration::from_secs(4);
/// Clients who bring requests, and how many each brings in a run at the most.
const CLIENTS: usize = 2;
const BROUGHT: usize = 30;
/// In one of so many runs a person is led through a session.
const SESSIONS: u32 = 8;
/// After so many runs the whole of the books is looked at.
const WHOLE: u32 = 50;
/// How long the kiosk may take to end by itself.
const ENDING: Duration = Duration::from_mins(1);

/// What came of all runs.
#[derive(Debug, Default, serde::Serialize)]
pub struct Tally {
    /// Runs.
    pub runs: u32,
    /// Acknowledged things that were gone or changed.
    pub lost: u32,
    /// Answers that exist twice.
    pub double_signed: u32,
    /// Heads that the log did not continue.
    pub forked: u32,
    /// Runs after which the kiosk did not come back, or could not finish.
    pub stuck: u32,
    /// Runs by harm.
    pub by_harm: BTreeMap<&'static str, u32>,
    /// Harms that could not be tried here.
    pub skipped: Vec<&'static str>,
    /// Requests that were acknowledged.
    pub requests: usize,
    /// Co-signatures that were handed out.
    pub cosignatures: usize,
    /// Sectors that were not synced and reached the disk all the same.
    pub torn_sectors: usize,
    /// Each thing that did not hold, in words.
    pub why: Vec<String>,
}

impl Tally {
    /// Whether everything held.
    pub const fn held(&self) -> bool {
        self.runs > 0 && self.lost + self.double_signed + self.forked + self.stuck == 0
    }

    fn broke(&mut self, run: u32, harm: Harm, broken: &Broken) {
        let (count, words) = match broken {
            Broken::Lost(words) => (&mut self.lost, words),
            Broken::DoubleSigned(words) => (&mut self.double_signed, words),
            Broken::Forked(words) => (&mut self.forked, words),
        };
        *count += 1;
        self.why.push(format!("run {run}, {}: {words}", harm.name()));
    }
}

/// A kiosk under torture.
pub struct Torture {
    rehearsal: Rehearsal,
    disk: Option<Disk>,
    faketime: Option<PathBuf>,
    reader: Reader,
    books: Arc<Mutex<Books>>,
    chance: ChaCha8Rng,
    folder: PathBuf,
    /// Requests for which a session was begun that did not end, by person.
    open: Vec<(Vec<u8>, usize)>,
}

impl Torture {
    /// Sets a kiosk up in `folder` and enrols two people. `faketime` is the library that steps clocks.
    ///
    /// # Errors
    /// When the kiosk cannot be set up.
    pub async fn begin(folder: &Path, seed: u64, faketime: Option<PathBuf>) -> anyhow::Result<Self> {
        let stage_folder = folder.join("stage");
        let disk = Disk::mount(&folder.join("disk"), &stage_folder.join("state"))?;
        let cast = Cast::new()?;
        let sections = toml::toml! {
            [api.limits]
            writes_a_minute = 1000000
            writes_a_minute_each = 1000000
            [disk]
            most_mb = 1500
        };
        let options = Options { sections, ..Options::default() };
        let stage = Box::pin(Stage::set_up(&stage_folder, &cast, &options)).await?;
        let log = stage.trust_policy(&cast).await?.log;
        let reader = Reader::new(&stage_folder.join("state"), &log.origin, log.key);
        let rehearsal = Rehearsal::new(stage, cast, attacks::people().to_vec()).await?;
        Ok(Self {
            rehearsal,
            disk,
            faketime,
            reader,
            books: Arc::default(),
            chance: ChaCha8Rng::seed_from_u64(seed),
            folder: folder.to_owned(),
            open: Vec::new(),
        })
    }

    /// The harms that can be done here.
    pub fn harms(&self) -> Vec<Harm> {
        let possible = |harm: &Harm| {
            (self.disk.is_some() || !harm.needs_disk()) && (self.faketime.is_some() || harm.step().is_none())
        };
        Harm::ALL.into_iter().map(|(harm, _)| harm).filter(possible).collect()
    }

    /// Harms the kiosk so often; `said` is told what came of each run.
    ///
    /// # Errors
    /// When a harm could not be done. What the kiosk does wrong is counted, not raised.
    pub async fn run(
        &mut self,
        runs: u32,
        only: &[Harm],
        mut said: impl FnMut(u32, Harm, &Tally) -> anyhow::Result<()>,
    ) -> anyhow::Result<Tally> {
        let possible = self.harms();
        let wanted: Vec<_> = if only.is_empty() { possible.clone() } else { only.to_vec() };
        let (these, missing): (Vec<_>, Vec<_>) = wanted.into_iter().partition(|harm| possible.contains(harm));
        let every = only.is_empty().then_some(Harm::ALL.map(|(harm, _)| harm)).into_iter().flatten();
        let skipped = every.filter(|harm| !possible.contains(harm)).chain(missing).map(Harm::name).collect();
        let mut tally = Tally { skipped, ..Tally::default() };
        for run in 1..=runs {
            let harm =
                Harm::draw(&these, &mut self.chance).context("none of these harms can be done here")?;
            tally.runs = run;
            *tally.by_harm.entry(harm.name()).or_default() += 1;
            match Box::pin(self.once(harm, run % WHOLE == 0 || run == runs, &mut tally.torn_sectors)).await {
                Ok(broken) => broken.iter().for_each(|broken| tally.broke(run, harm, broken)),
                Err(error) => {
                    tally.stuck += 1;
                    tally.why.push(format!("run {run}, {}: {error:#}", harm.name()));
                    // What cannot go on has nothing more to say.
                    self.rehearsal.stage_mut().restart(&Options::default()).await?;
                }
            }
            let books = self.books.lock().await;
            (tally.requests, tally.cosignatures) = (books.requests(), books.released());
            drop(books);
            said(run, harm, &tally)?;
        }
        Ok(tally)
    }

    async fn once(&mut self, harm: Harm, whole: bool, torn: &mut usize) -> anyhow::Result<Vec<Broken>> {
        if harm == Harm::SensorKilled {
            return self.sensor_dies().await;
        }
        let session = self.chance.gen_range(0..SESSIONS) == 0 && harm.step().is_none();
        let longest = if session { SESSION } else { WORK };
        let moment = self.chance.gen_range(Duration::ZERO..longest);
        let clock = self.folder.join("clock");
        if harm == Harm::ReadOnly {
            self.refuses_to_start_on_a_read_only_disk().await?;
        }
        if harm.step().is_some() {
            std::fs::write(&clock, "+0")?;
            let environment = self.clock(&clock)?;
            self.rehearsal.stage_mut().restart(&Options { environment, ..Options::default() }).await?;
        }

        let mut work = self.work()?;
        let session = if session { Some(self.begin_session(&mut work).await?) } else { None };
        let begun = Instant::now();
        self.watch_heads(begun + moment / 2).await?;
        let filler = match (&self.disk, harm) {
            (Some(disk), Harm::DiskFull) => Some(disk.fill()?),
            _ => None,
        };
        if let Some(step) = harm.step() {
            std::fs::write(&clock, format!("{step:+}"))?;
        }
        self.watch_heads(begun + moment).await?;
        self.end_of(harm, torn)?;
        work.shutdown().await;
        if let Some(filler) = filler {
            std::fs::remove_file(filler)?;
        }
        self.rehearsal.stage_mut().restart(&Options::default()).await.context("it did not come back")?;

        let mut broken = Vec::new();
        if let Some((request, person)) = session {
            self.open.push((request, person));
        }
        for (request, person) in std::mem::take(&mut self.open) {
            broken.extend(self.finish(&request, person).await?);
        }
        let mut books = self.books.lock().await;
        broken.extend(books.look(self.rehearsal.stage(), whole).await?);
        broken.extend(books.compare(&self.reader).await?);
        Ok(broken)
    }

    /// Two clients who bring requests as quickly as they are taken, until the kiosk is gone.
    fn work(&self) -> anyhow::Result<tokio::task::JoinSet<()>> {
        let mut clients = tokio::task::JoinSet::new();
        for _ in 0..CLIENTS {
            let batch = self.rehearsal.requests(BROUGHT)?;
            let (client, books) = (self.rehearsal.stage().client.clone(), Arc::clone(&self.books));
            clients.spawn(async move {
                for request in batch {
                    let bytes = request.bytes().to_vec();
                    let submit = v1::SubmitRequest { request: bytes.clone(), ..Default::default() };
                    // A refusal acknowledges nothing.
                    if let Ok(taken) = client.requests().submit(submit).await {
                        books.lock().await.requested(taken.into_inner().id, bytes);
                    }
                }
            });
        }
        Ok(clients)
    }

    /// Leads one of the people through a session, as far as the kiosk lives.
    async fn begin_session(
        &mut self,
        work: &mut tokio::task::JoinSet<()>,
    ) -> anyhow::Result<(Vec<u8>, usize)> {
        let request = self.rehearsal.submit().await?;
        let person = self.chance.gen_range(0..self.rehearsal.people().len());
        let who = self.rehearsal.people()[person].clone();
        let (client, books, id) =
            (self.rehearsal.stage().client.clone(), Arc::clone(&self.books), request.clone());
        work.spawn(async move {
            if let Ok(Ending::CoSigned(signed)) = approve(&client, &id, &who).await {
                books.lock().await.cosigned(&id, &who.key, signed.cosignature);
            }
        });
        Ok((request, person))
    }

    async fn watch_heads(&self, until: Instant) -> anyhow::Result<()> {
        while Instant::now() < until {
            if let Some(head) = self.reader.head()? {
                self.books.lock().await.shown(head);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    fn end_of(&mut self, harm: Harm, torn: &mut usize) -> anyhow::Result<()> {
        let loss = match harm {
            Harm::PowerCut => Some(Loss::All),
            Harm::TornWrite => Some(Loss::Torn),
            _ => None,
        };
        let (Some(disk), Some(loss)) = (&mut self.disk, loss) else {
            return self.rehearsal.stage_mut().daemon().kill();
        };
        let daemon = self.rehearsal.stage_mut().daemon();
        daemon.stand_still()?;
        let copy = disk.snapshot()?;
        daemon.kill()?;
        *torn += disk.go_on_from(&copy, loss, &mut self.chance)?;
        Ok(())
    }

    /// One session fails and says why, or was past its capture; the next one works.
    async fn sensor_dies(&mut self) -> anyhow::Result<Vec<Broken>> {
        let request = self.rehearsal.submit().await?;
        let person = self.chance.gen_range(0..self.rehearsal.people().len());
        let moment = self.chance.gen_range(Duration::ZERO..SESSION);
        let who = self.rehearsal.people()[person].clone();
        let (client, id) = (self.rehearsal.stage().client.clone(), request.clone());
        let visit = tokio::spawn(async move {
            let subject = Some(visit::replayed_subject(&who.subject));
            let seen = visit::approve(&client, &id, &who.key, subject, visit::unseen).await;
            (who.key, seen)
        });
        tokio::time::sleep(moment).await;
        self.rehearsal.stage_mut().daemon().kill_children("wetsign-sensor");
        let (key, seen) = tokio::time::timeout(ENDING, visit).await.context("the session never ended")??;
        match seen?.ending {
            Ending::CoSigned(signed) => {
                self.books.lock().await.cosigned(&request, &key, signed.cosignature);
            }
            Ending::Refused(refused) => ensure!(!refused.text.is_empty(), "it was refused without a word"),
            other => bail!("the session ended as {other:?}"),
        }
        Ok(self.finish(&request, person).await?.into_iter().collect())
    }

    async fn refuses_to_start_on_a_read_only_disk(&mut self) -> anyhow::Result<()> {
        let Some(disk) = &self.disk else { bail!("there is no disk of its own") };
        let stage = self.rehearsal.stage_mut();
        stage.daemon().kill()?;
        disk.read_only(true)?;
        let started = tokio::time::timeout(ENDING, stage.restart(&Options::default())).await;
        stage.daemon().kill()?;
        disk.read_only(false)?;
        ensure!(matches!(started, Ok(Err(_))), "it started on a disk that can only be read");
        stage.restart(&Options::default()).await
    }

    fn clock(&self, file: &Path) -> anyhow::Result<BTreeMap<String, String>> {
        let library = self.faketime.as_ref().context("there is no library that steps clocks")?;
        let text = |path: &Path| path.display().to_string();
        Ok(BTreeMap::from([
            ("LD_PRELOAD".into(), text(library)),
            ("FAKETIME_TIMESTAMP_FILE".into(), text(file)),
            ("FAKETIME_NO_CACHE".into(), "1".into()),
            ("FAKETIME_DONT_FAKE_MONOTONIC".into(), "1".into()),
        ]))
    }

    /// The person comes again for a session that was cut off: the same answer, and only one.
    async fn finish(&self, request: &[u8], person: usize) -> anyhow::Result<Option<Broken>> {
        let stage = self.rehearsal.stage();
        if stage.client.requests().get(v1::RequestId { id: request.to_vec() }).await.is_err() {
            return Ok(Some(Broken::Lost(format!("request {} is gone", hex::encode(request)))));
        }
        let mut broken = None;
        for (number, who) in self.rehearsal.people().iter().enumerate() {
            let ending = approve(&stage.client, request, who).await?;
            let Ending::CoSigned(signed) = ending else {
                bail!("{} could not co-sign after the restart: {ending:?}", who.name)
            };
            let again = self.books.lock().await.cosigned(request, &who.key, signed.cosignature);
            broken = broken.or(again.filter(|_| number == person));
        }
        let approval =
            stage.client.approvals().get(v1::RequestId { id: request.to_vec() }).await?.into_inner();
        let policy = self.rehearsal.trust_policy().await?;
        let lenient =
            VerifyOptions { allow_simulated: true, allow_development_keys: true, ..VerifyOptions::default() };
        verify(&approval.bundle, &policy, lenient).map(drop).context("the approval does not verify")?;
        Ok(broken)
    }
}

/// As [`visit::patiently`], in a form that a task of its own can take along.
async fn approve(kiosk: &Client, request: &[u8], who: &Person) -> anyhow::Result<Ending> {
    let mut tries = 1;
    loop {
        let subject = Some(visit::replayed_subject(&who.subject));
        let seen = visit::approve(kiosk, request, &who.key, subject, visit::unseen).await?;
        if tries == visit::TRIES || !seen.unlucky() {
            return Ok(seen.ending);
        }
        tries += 1;
    }
}
