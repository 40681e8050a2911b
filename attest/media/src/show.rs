//! `wetsign-media show`: what a file says of itself. Nothing of it is to be believed: for that, `check`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::answer::Answer;
use crate::check;
use crate::essence::Medium;
use crate::files;
use crate::format::Format;
use crate::manifest::{self, Found, Manifest};
use crate::statement::Statement;

/// `wetsign-media show`.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The file.
    pub file: PathBuf,
    /// A manifest that does not lie in the file [default: FILE.c2pa, if it is there].
    #[arg(long, value_name = "FILE")]
    pub manifest: Option<PathBuf>,
}

/// Runs the command: yes if there is a manifest that can be read.
///
/// # Errors
/// The file cannot be read.
pub fn run(args: &ShowArgs) -> anyhow::Result<Answer> {
    let file = files::open(&args.file)?;
    let format = Format::of(&mut file.try_clone()?)?;
    let beside = check::beside(&args.file, args.manifest.as_deref())?;
    let medium = Medium::find(file.try_clone()?, format)?.essence()?;
    let found = manifest::find(&file, format, beside.as_deref(), None)?;
    let kind = format.media_type();
    let mut text = format!("{kind}: {}, {} bytes, SHA-256 {}\n", medium.coding, medium.bytes, medium.sha256);
    let mut json = json!({ "ok": false, "media_type": kind, "medium": medium });
    let yes = match found {
        Found::Nothing => {
            text.push_str("no manifest in it, and none beside it\n");
            false
        }
        Found::Broken(why) => {
            text += &format!("a manifest that cannot be read: {why}\n");
            json["error"] = json!(why);
            false
        }
        Found::Manifest(found) => {
            let (words, value) = of_manifest(&found);
            text += &words;
            json["manifest"] = value;
            true
        }
    };
    json["ok"] = json!(yes);
    Ok(Answer { yes, text, json })
}

fn of_manifest(found: &Manifest) -> (String, serde_json::Value) {
    let place = if found.embedded { "in it" } else { "beside it" };
    let signer = found.signer.as_deref().unwrap_or("somebody without a name");
    let mut text = format!("a manifest of {} bytes {place}, SHA-256 {}\n", found.bytes, found.digest);
    text +=
        &format!("signed by {signer}, as the certificate says; by whom that is certified is not looked at\n");
    if found.failures.is_empty() {
        text.push_str("file and manifest are as they were signed\n");
    } else {
        text += &format!("does not hold: {}\n", found.failures.join(", "));
    }
    let statements: Vec<_> = found.statements.iter().map(|(value, _)| Statement::read(value)).collect();
    for statement in &statements {
        match statement {
            Ok(Statement { named, bundle, .. }) => {
                let travels = if bundle.is_some() { "in the mark" } else { "apart" };
                text += &format!(
                    "approval {}, which travels {travels}\n  request {}\n",
                    named.approval, named.request
                );
                for asset in &named.assets {
                    text += &format!("  asset   {asset}\n");
                }
                text += &format!("  input   SHA-256 {}\n", named.input);
                text += &format!("  log     {} at {}\n", named.log, named.index);
                text += &format!("  until   {} (UTC seconds)\n", named.expires);
            }
            Err(error) => text += &format!("{error}\n"),
        }
    }
    let read: Vec<_> = statements.into_iter().flatten().collect();
    let value = json!({
        "embedded": found.embedded,
        "bytes": found.bytes,
        "sha256": found.digest,
        "state": format!("{:?}", found.state),
        "failures": found.failures,
        "signer": found.signer,
        "trained_algorithm": found.made,
        "statements": read,
    });
    (text, value)
}
