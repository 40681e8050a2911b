//! How long does it take three searchers to look through a million people, beside a plain search of one who has all
//! templates? Three processes, TLS over loopback, as `wetsign-searcher` has it; the people are made up.
//!
//! `cargo xtask bench unique` runs it.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener as Port;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, ensure};
use clap::Parser;
use ed25519_dalek::SigningKey;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::json;
use tokio::net::TcpListener;
use wetsign_attest::Signed;
use wetsign_attest::id::{Digest, Id, PublicKey};
use wetsign_unique::budget::Budgets;
use wetsign_unique::config::Secrets;
use wetsign_unique::kiosk::{self, KnownSearcher};
use wetsign_unique::line::{self, Place};
use wetsign_unique::serve::{Door, now, serve};
use wetsign_unique::{
    Bounds, DIM, FACE, Journal, Kept, Node, PARTIES, Party, Restored, Setup, Table, Template, random,
    split_template,
};

const BOUNDS: Bounds = Bounds { face: 600, both: 1000 };
const NAME: &str = "localhost";

/// Times a search among made-up people.
#[derive(Debug, Clone, Parser)]
struct Arguments {
    /// People
    #[arg(long, default_value_t = 1_000_000)]
    people: usize,
    /// Runs of each row; the median counts, and the least is shown too
    #[arg(long, default_value_t = 9)]
    runs: usize,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// (a searcher's process)
    #[arg(long, hide = true)]
    party: Option<u8>,
    #[arg(long, hide = true)]
    folder: Option<PathBuf>,
    #[arg(long, hide = true, value_delimiter = ',')]
    ports: Vec<u16>,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Runtime::new()?;
    match arguments.party {
        Some(party) => runtime.block_on(search(&arguments, Party::new(party).context("no such party")?)),
        None => runtime.block_on(measure(&arguments)),
    }
}

fn kiosk_key() -> SigningKey {
    SigningKey::from_bytes(&[50; 32])
}

fn secrets(party: Party) -> Secrets {
    Secrets::of(&[party.index() as u8 + 1; 32])
}

fn keys() -> [PublicKey; 3] {
    PARTIES.map(|party| PublicKey::from(&secrets(party).key))
}

fn places(folder: &Path, ports: &[u16]) -> anyhow::Result<[Place; 3]> {
    let authority = vec![CertificateDer::from(std::fs::read(folder.join("certificate.der"))?)];
    Ok(PARTIES.map(|party| Place {
        address: format!("127.0.0.1:{}", ports[party.index()]),
        name: NAME.into(),
        authority: authority.clone(),
    }))
}

/// Coordinates as those of people lie: a byte's place in a normal distribution of 2.4 steps.
fn coordinates() -> [i8; 256] {
    let mut table = [0; 256];
    for (at, entry) in table.iter_mut().enumerate() {
        let share = (at as f64 + 0.5) / 256.0;
        let reach = |x: f64| 1.0 / (1.0 + (-1.702 * x / 2.4).exp());
        *entry = (-7..=7).min_by_key(|x| ((reach(f64::from(*x)) - share).abs() * 1e9) as i64).unwrap_or(0);
    }
    table
}

/// The same people in every process.
fn people(count: usize) -> impl Iterator<Item = Template> {
    let (mut random, table) = (ChaCha8Rng::seed_from_u64(1), coordinates());
    (0..count).map(move |_| {
        let mut bytes = [0; DIM];
        random.fill_bytes(&mut bytes);
        Template::from_coordinates(bytes.map(|byte| table[usize::from(byte)])).expect("4 bits")
    })
}

/// One searcher's process.
async fn search(arguments: &Arguments, party: Party) -> anyhow::Result<()> {
    let folder = arguments.folder.clone().context("no folder")?;
    let mut table = Table::with_capacity(arguments.people);
    let mut slopes = rand_chacha::ChaCha20Rng::seed_from_u64(2);
    for (number, template) in people(arguments.people).enumerate() {
        let mut handle = [0; 32];
        handle[..8].copy_from_slice(&(number as u64).to_le_bytes());
        table.add(Digest(handle), &split_template(&template, &mut slopes)[party.index()])?;
    }
    let (journal, _) =
        Journal::open(&folder.join(format!("journal-{}", party.index())), &secrets(party).journal)?;
    let Secrets { key, seal, contribution, .. } = secrets(party);
    let setup = Setup {
        party,
        searchers: keys(),
        key: key.clone(),
        seal,
        contribution,
        kiosks: [(PublicKey::from(&kiosk_key()), "bench".to_owned())].into(),
        budgets: Budgets::new([("bench".to_owned(), u32::MAX)].into()),
        bounds: BOUNDS,
    };
    let restored = Restored { kept: Kept::whole(table, arguments.people as u64), ..Restored::default() };
    let node = Node::new(setup, restored, random().map_err(anyhow::Error::msg)?);
    let chain = vec![CertificateDer::from(std::fs::read(folder.join("certificate.der"))?)];
    let tls = PrivateKeyDer::try_from(std::fs::read(folder.join("key.der"))?).map_err(anyhow::Error::msg)?;
    let door = Door {
        party,
        searchers: keys(),
        key,
        places: places(&folder, &arguments.ports)?,
        tls: line::acceptor(chain, tls)?,
    };
    let listener = TcpListener::bind(("127.0.0.1", arguments.ports[party.index()])).await?;
    wetsign_program::say!("ready")?;
    Ok(serve(door, listener, node, Some(journal)).await?)
}

/// Searchers that end with whoever started them.
struct Searchers(Vec<Child>);

impl Drop for Searchers {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn start(arguments: &Arguments, folder: &Path, ports: &[u16]) -> anyhow::Result<Searchers> {
    let mut searchers = Searchers(Vec::new());
    let ports = ports.iter().map(u16::to_string).collect::<Vec<_>>().join(",");
    for party in PARTIES {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["--party", &party.index().to_string(), "--ports", &ports]);
        command.args(["--people", &arguments.people.to_string(), "--folder"]).arg(folder);
        searchers.0.push(command.stdout(Stdio::piped()).spawn()?);
    }
    for child in &mut searchers.0 {
        let out = child.stdout.take().context("no output")?;
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line)?;
        ensure!(line.trim() == "ready", "a searcher did not start");
    }
    Ok(searchers)
}

async fn measure(arguments: &Arguments) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let made = rcgen::generate_simple_self_signed([NAME.to_owned()])?;
    std::fs::write(folder.path().join("certificate.der"), made.cert.der())?;
    std::fs::write(folder.path().join("key.der"), made.signing_key.serialize_der())?;
    let free = (0..3).map(|_| Port::bind("127.0.0.1:0")).collect::<Result<Vec<_>, _>>()?;
    let ports = free.iter().map(|port| Ok(port.local_addr()?.port())).collect::<anyhow::Result<Vec<_>>>()?;
    drop(free);

    eprintln!("{} people are made up; then three searchers split them …", arguments.people);
    let all: Vec<i8> = people(arguments.people).flat_map(|one| *one.coordinates()).collect();
    let first = people(1).next().context("nobody")?;
    let stranger = people(arguments.people + 1).last().context("nobody")?;
    let searchers = start(arguments, folder.path(), &ports)?;
    let places = places(folder.path(), &ports)?;
    let known = PARTIES.map(|party| KnownSearcher {
        place: places[party.index()].clone(),
        key: keys()[party.index()],
        seal: secrets(party).seal.public(),
    });
    let key = kiosk_key();
    let about = (Id([1; 32]), PublicKey::from(&key));
    let mut rows = Vec::new();
    let mut slowest: f64 = 0.0;
    let mut right = true;
    for (what, template, expected) in [("somebody enrolled", &first, true), ("a stranger", &stranger, false)]
    {
        let mut times = Vec::new();
        for run in 0..=arguments.runs {
            let started = Instant::now();
            let asked =
                kiosk::ask(&known, template, about, false, now(), |question| Signed::sign(question, &key));
            let searched = match asked.await {
                // The three may not have met yet.
                Err(error) if run == 0 => {
                    eprintln!("  once more: {error}");
                    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
                    continue;
                }
                other => other?,
            };
            let result = searched.result.payload();
            right &= result.found == expected && result.compared == arguments.people as u64;
            if run > 0 {
                times.push(started.elapsed().as_secs_f64() * 1000.0);
            }
        }
        let row = row(&format!("three searchers, {what}"), &mut times);
        slowest = slowest.max(row["ms"].as_f64().unwrap_or(f64::INFINITY));
        rows.push(row);
    }
    drop(searchers);

    let mut quickest = f64::INFINITY;
    type Kernel = fn(&[i8], &Template) -> bool;
    let kernels: [(&str, Kernel); 2] = [("int8 by int8", plain), ("int8 by int16", plain16)];
    for (what, kernel) in kernels {
        let mut times = Vec::new();
        for _ in 0..arguments.runs {
            let started = Instant::now();
            let found = on_two_threads(&all, |rows| kernel(rows, &first));
            times.push(started.elapsed().as_secs_f64() * 1000.0);
            right &= found && !on_two_threads(&all, |rows| kernel(rows, &stranger));
        }
        let row = row(&format!("plain search on two threads, {what}"), &mut times);
        quickest = quickest.min(row["ms"].as_f64().unwrap_or(0.0));
        rows.push(row);
    }
    let ratio = slowest / quickest;
    let ok = right && slowest <= 1000.0 && ratio <= 4.0;
    for row in &rows {
        eprintln!(
            "  {:>9.1} ms (least {:>9.1})  {}",
            row["ms"].as_f64().unwrap_or(0.0),
            row["least_ms"].as_f64().unwrap_or(0.0),
            row["name"].as_str().unwrap_or_default()
        );
    }
    eprintln!("  {ratio:.2} times the quickest plain search; every answer right: {right}");
    if arguments.json {
        let people = arguments.people;
        wetsign_program::say!(
            "{:#}",
            json!({ "ok": ok, "people": people, "right": right, "ratio": ratio, "rows": rows })
        )?;
    }
    ensure!(ok, "at most 1000 ms, and at most 4 times a plain search, are allowed");
    Ok(())
}

fn row(name: &str, times: &mut [f64]) -> serde_json::Value {
    times.sort_by(f64::total_cmp);
    let median = times.get(times.len() / 2).copied().unwrap_or(f64::NAN);
    json!({ "name": name, "ms": median, "least_ms": times.first(), "most_ms": times.last() })
}

/// Whether any row of int8 is that person's: plain scalar products, as the compiler makes them quick.
fn plain(rows: &[i8], asked: &Template) -> bool {
    let asked = asked.coordinates();
    let dot = |a: &[i8], b: &[i8]| a.iter().zip(b).map(|(x, y)| i32::from(*x) * i32::from(*y)).sum::<i32>();
    any(rows, |row| [dot(&row[..FACE], &asked[..FACE]), dot(&row[FACE..], &asked[FACE..])])
}

/// The same with a question that was widened before.
fn plain16(rows: &[i8], asked: &Template) -> bool {
    let asked: [i16; DIM] = asked.coordinates().map(i16::from);
    let dot = |a: &[i8], b: &[i16]| a.iter().zip(b).map(|(x, y)| i32::from(*x) * i32::from(*y)).sum::<i32>();
    any(rows, |row| [dot(&row[..FACE], &asked[..FACE]), dot(&row[FACE..], &asked[FACE..])])
}

fn any(rows: &[i8], alike: impl Fn(&[i8]) -> [i32; 2]) -> bool {
    let met = rows.chunks_exact(DIM).map(|row| {
        let [face, voice] = alike(row);
        BOUNDS.met(wetsign_unique::Alike { face, voice })
    });
    // Every row is looked at, as the searchers do.
    met.fold(false, |found, met| found | met)
}

fn on_two_threads(rows: &[i8], search: impl Fn(&[i8]) -> bool + Sync) -> bool {
    let search = &search;
    let half = (rows.len() / DIM).div_ceil(2) * DIM;
    std::thread::scope(|scope| {
        let halves: Vec<_> =
            rows.chunks(half.max(DIM)).map(|half| scope.spawn(move || search(half))).collect();
        halves
            .into_iter()
            .fold(false, |found, half| found | half.join().expect("a thread of the plain search"))
    })
}
