//! `wetsign-media mark`: says in a file that it was made with an approval.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use serde_json::json;
use wetsign_attest::bundle::ApprovalBundle;
use wetsign_attest::id::Digest;

use crate::answer::Answer;
use crate::approval::{Trust, TrustArgs};
use crate::authority;
use crate::check::{self, Asked};
use crate::essence::Medium;
use crate::files;
use crate::format::Format;
use crate::key::Key;
use crate::manifest::{self, Found, Mark, Marker};
use crate::statement::{self, Statement};

/// `wetsign-media mark`.
#[derive(Debug, Args)]
pub struct MarkArgs {
    /// The file as it was made, without a manifest.
    pub file: PathBuf,
    /// The approval that it was made with.
    #[arg(long, value_name = "FILE")]
    pub approval: PathBuf,
    /// What the approval is held against.
    #[command(flatten)]
    pub trust: TrustArgs,
    /// The marker's key (made by `wetsign key new`).
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    /// The marker's certificates (made by `wetsign-media authority certify`).
    #[arg(long, value_name = "FILE")]
    pub certificates: PathBuf,
    /// Where to write the marked file; an existing file is never overwritten.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// What was said or made, as a file: refused unless it is what was approved, to the byte.
    #[arg(long, value_name = "FILE")]
    pub input: Option<PathBuf>,
    /// Also keep a copy of the manifest here, by which a stripped file is known again.
    #[arg(long, value_name = "FILE")]
    pub keep: Option<PathBuf>,
    /// Leave the approval out of the mark, which is smaller then: who checks the file needs it too.
    #[arg(long)]
    pub apart: bool,
    /// Put the manifest beside the file (OUT.c2pa), not into it.
    #[arg(long)]
    pub beside: bool,
}

/// Runs the command. The file gets its name only when the mark in it was checked as its reader would.
///
/// # Errors
/// The approval does not hold, the file is not what it allows, the key is not the certificate's, or nothing can be
/// written.
pub fn run(args: &MarkArgs) -> anyhow::Result<Answer> {
    let trust = Trust::read(&args.trust)?;
    let bytes = files::read(&args.approval)?;
    let approval = match trust.verify(&bytes) {
        Ok(verified) => verified.into_content(),
        Err(refused) => return Ok(no("approval", &refused.to_string())),
    };
    let file = files::open(&args.file)?;
    let format = Format::of(&mut file.try_clone()?)?;
    if let Some(medium) = &approval.request.attributes.medium
        && format.is(medium) == Some(false)
    {
        return Ok(no("medium", &format!("{medium} was approved, the file is {}", format.media_type())));
    }
    if let Some(path) = &args.input {
        let (given, wanted) = (Digest::of(&files::read(path)?), statement::input(&approval.request.content));
        if given != wanted {
            return Ok(no("input", &format!("SHA-256 {given} was made, {wanted} was approved")));
        }
    }
    // What is not formed as its kind says can take no manifest, but may have one beside it.
    let broken = match manifest::find(&file, format, None, None)? {
        Found::Nothing => None,
        Found::Broken(why) => Some(why),
        Found::Manifest(_) => {
            return Ok(no("mark", "the file carries a manifest already: mark it as it was made"));
        }
    };
    let key = Key::read(&args.key)?;
    let chain = files::text(&args.certificates)?;
    ensure!(
        authority::holds(&chain, &key.public()),
        "{} does not begin with the certificate of the key in {}",
        args.certificates.display(),
        args.key.display()
    );
    let bundle = ApprovalBundle::unverified(&bytes)?;
    let medium = Medium::find(file.try_clone()?, format)?.essence().context("cannot read the medium")?;
    let whole = (!args.apart).then_some(&bytes[..]);
    let statement = Statement::new(&approval, &bundle, &trust.policy.log, medium, whole)?;
    let title = args.out.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mark = |beside| {
        let marker = Marker { key: Key::read(&args.key)?, chain: chain.clone() };
        Mark::new(marker, &Statement { beside, ..statement.clone() }, &title, format)
    };

    let mut out = files::begin(&args.out)?;
    let beside_path = files::beside(&args.out);
    let embedded = if args.beside {
        Err("asked for".to_owned())
    } else if let Some(why) = broken {
        Err(why)
    } else if format.embeds() {
        mark(false)?.embed(&file, format, out.as_file()).map_err(|error| format!("{error:#}"))
    } else {
        Err(format!("{} takes no manifest", format.media_type()))
    };
    let (manifest, beside, why_beside) = match embedded {
        Ok(bytes) => (bytes, None, None),
        Err(why) => {
            out = files::begin(&args.out)?;
            let mut source = files::open(&args.file)?;
            std::io::copy(&mut source, out.as_file_mut()).context("cannot copy the file")?;
            let bytes = mark(true)?.beside(&file)?;
            let mut beside = files::begin(&beside_path)?;
            beside.write_all(&bytes).context("cannot write the manifest")?;
            (bytes, Some(beside), Some(why))
        }
    };

    let asked = Asked { approval: Some(bytes), ..Asked::default() };
    let outcome = check::examine(&out.reopen()?, beside.is_some().then_some(&manifest[..]), &trust, &asked)?;
    if !outcome.ok() {
        let cause = outcome.checks.cause().map_or("not all of it could be checked".into(), |check| {
            format!("{}: {}", check.code, check.compared)
        });
        bail!("nobody would accept this mark: {cause}");
    }
    if let Some(path) = &args.keep {
        files::write_new(path, &manifest)?;
    }
    let in_file = beside.is_none();
    if let Some(beside) = beside {
        files::keep(beside, &beside_path)?;
    }
    let size = out.as_file().metadata()?.len();
    if let Err(error) = files::keep(out, &args.out) {
        if !in_file {
            // Ours, made just now.
            let _ = std::fs::remove_file(&beside_path);
        }
        return Err(error);
    }
    let digest = outcome.manifest.map(|manifest| manifest.digest);
    let place = why_beside.map(|why| format!("beside it, in {} ({why})", beside_path.display()));
    let text = format!(
        "{}: marked with approval {}, {} bytes {}\n",
        args.out.display(),
        approval.id,
        manifest.len(),
        place.as_deref().unwrap_or("in it")
    );
    let json = json!({
        "ok": true,
        "file": args.out,
        "bytes": size,
        "approval": approval.id,
        "request": approval.request_id,
        "expires": approval.until,
        "manifest": digest,
        "manifest_bytes": manifest.len(),
        "beside": (!in_file).then_some(beside_path),
        "medium": statement.medium,
    });
    Ok(Answer { yes: true, text, json })
}

fn no(code: &str, why: &str) -> Answer {
    let text = format!("refused: {code}: {why}");
    let json = json!({ "ok": false, "summary": text, "first_failure": code });
    Answer { yes: false, text: format!("{text}\n"), json }
}
