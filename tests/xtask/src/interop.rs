//! What others' libraries say of our signed objects and of our proofs, and whether they can call a kiosk.

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, ensure};
use serde::Deserialize;

use crate::firmware_prepare;
use crate::incoming::Incoming;
use crate::interop_clients;
use crate::interop_formats;
use crate::interop_media;
use crate::interop_proofs::Proofs;
use crate::interop_row::{Row, scripts};
use crate::lock::CacheLock;
use crate::plan::Scope;
use crate::process;
use crate::programs;
use crate::python::Python;
use crate::setup::{self, SetupOptions};

/// What is checked.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct InteropOptions {
    /// Proofs, a ceremony and the contracts alone: tell no story, read no approval
    #[arg(long)]
    proofs_only: bool,
    /// Clients of other languages alone
    #[arg(long, conflicts_with = "proofs_only")]
    clients_only: bool,
    /// Our log and our formats alone: programs of others read the log, a validator of CDDL the objects
    #[arg(long, conflicts_with_all = ["proofs_only", "clients_only"])]
    formats_only: bool,
    /// Print one JSON object: `ok`, `rows` (each with name, ok, why), `gas`
    #[arg(long)]
    json: bool,
}

/// What `tests/interop/auditor.py` prints.
#[derive(Debug, Deserialize)]
struct Answer {
    ok: bool,
    rows: Vec<Row>,
}

/// Lets the second auditor read a fresh approval, and the authors of other tools' proofs, keys and contracts check
/// ours.
pub fn run(options: InteropOptions) -> anyhow::Result<ExitCode> {
    let cache = setup::run(SetupOptions { scope: Scope::Everything, yes: false })?.cache;
    programs::build()?;
    let folder = programs::workspace().join("target/interop");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut rows = Vec::new();
    let mut fresh = None;
    if !options.proofs_only && !options.formats_only {
        let auditor = Auditor::prepare(&cache, &folder)?;
        if !options.clients_only {
            rows.extend(approval(&auditor, &cache, &folder)?);
            fresh = Some(folder.join("story/approval.cbor"));
            rows.extend(interop_media::check(&cache, &folder.join("story"))?);
        }
        rows.extend(interop_clients::check(&auditor.python, &cache, &folder)?);
    }
    if !options.proofs_only && !options.clients_only {
        rows.extend(interop_formats::log(&cache, &folder)?);
        rows.extend(interop_formats::formats(&cache, &folder, fresh.as_deref())?);
        rows.extend(interop_formats::independent(&cache, &folder)?);
    }
    let mut gas = serde_json::Value::Null;
    if !options.clients_only && !options.formats_only {
        let (more, found) = Proofs::prepare(&cache, &folder)?.check(&cache)?;
        rows.extend(more);
        gas = found;
    }
    let ok = rows.iter().all(|row| row.ok);
    for Row { name, ok, why } in &rows {
        eprintln!("  {} {name}: {why}", if *ok { '✔' } else { '✘' });
    }
    if options.json {
        wetsign_program::say!("{:#}", serde_json::json!({ "ok": ok, "rows": rows, "gas": gas }))?;
    }
    ensure!(ok, "an independent library reads our objects in another way");
    Ok(ExitCode::SUCCESS)
}

/// Tells the story once more into `folder`, and has its approval read by the second auditor.
fn approval(auditor: &Auditor, cache: &Path, folder: &Path) -> anyhow::Result<Vec<Row>> {
    let story = folder.join("story");
    let mut demo = programs::program("demo")?;
    let element = match firmware_prepare::prepare_for_story() {
        Ok(()) => "qemu",
        Err(reason) => {
            eprintln!("Note: the tokens will be those of the program that stands in for a chip. {reason:#}");
            "program"
        }
    };
    demo.args(["--secure-element", element]).arg("--out").arg(&story).env("WETSIGN_CACHE", cache);
    eprintln!("Telling the story for a fresh approval …");
    process::quietly(&mut demo, &folder.join("demo.log"), || ())
        .context("the story did not come out as told")?;

    let (approval, policy) = (story.join("approval.cbor"), story.join("trust-policy.toml"));
    let mut rows = auditor.read(&approval, &policy)?.rows;
    rows.push(changed(auditor, &approval, &policy)?);
    Ok(rows)
}

/// A check that cannot fail would say nothing: an approval with one byte changed has to be refused.
fn changed(auditor: &Auditor, approval: &Path, policy: &Path) -> anyhow::Result<Row> {
    let mut bytes = fs::read(approval).with_context(|| format!("cannot read {}", approval.display()))?;
    let place = bytes.len() / 2;
    bytes[place] ^= 1;
    let copy = approval.with_file_name("changed.cbor");
    fs::write(&copy, bytes).with_context(|| format!("cannot write {}", copy.display()))?;
    let answer = auditor.read(&copy, policy);
    let refused = answer.as_ref().map_or(true, |answer| !answer.ok);
    let why = match answer {
        Ok(answer) => {
            answer.rows.into_iter().filter(|row| !row.ok).map(|row| row.why).collect::<Vec<_>>().join("; ")
        }
        Err(error) => format!("{error:#}"),
    };
    Ok(Row { name: format!("an approval with byte {place} changed is refused"), ok: refused, why })
}

/// The second auditor in its virtual environment.
struct Auditor {
    python: Python,
}

impl Auditor {
    fn prepare(cache: &Path, work: &Path) -> anyhow::Result<Self> {
        let _lock = CacheLock::take(cache)?;
        let python = Python::prepare(cache, "venv-interop", work)?;
        let libraries = "the second auditor's libraries (pycose, cbor2, cryptography) and grpcio";
        python.install(&scripts().join("requirements.txt"), libraries, &Incoming::of(cache)?)?;
        Ok(Self { python })
    }

    fn read(&self, approval: &Path, policy: &Path) -> anyhow::Result<Answer> {
        let mut command: Command = self.python.command();
        let output = command
            .arg(scripts().join("auditor.py"))
            .args([approval, policy])
            .output()
            .context("cannot start the second auditor")?;
        serde_json::from_slice(&output.stdout).with_context(|| {
            format!("the second auditor failed: {}", String::from_utf8_lossy(&output.stderr).trim())
        })
    }
}
