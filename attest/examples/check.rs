//! Would the owner's rules permit my next request? Asked offline, before anything is signed or sent.
//!
//! ```text
//! cargo run -p wetsign-attest --example check -- target/demo/approval.cbor "Rain falls, and rivers carry it to the sea."
//! ```
//!
//! An earlier approval of the same asset carries the owner's signed descriptor and rules, so it is all that an app
//! needs. The text takes the place of the approved one. Exit status: 0 permitted, 2 forbidden, 1 error.
//!
//! It is a rehearsal: a later revision of the rules, and each validator, may still say no.

use std::{env, error::Error, fs, process::ExitCode, time::SystemTime};

use wetsign_attest::object::{AssetDescriptor, Content, Decision, RulesRevision, UsageRequest};
use wetsign_attest::rules::{self, Inputs, content};
use wetsign_attest::{ApprovalBundle, Signed};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [file, text] = &arguments[..] else { return Err("check APPROVAL TEXT".into()) };
    let bundle = ApprovalBundle::unverified(&fs::read(file)?)?;

    let mut request = Signed::<UsageRequest>::decode(&bundle.request.0)?.into_payload();
    request.content = Content::Text(text.clone());
    let now = SystemTime::UNIX_EPOCH.elapsed()?.as_secs();
    (request.created, request.expires) = (now, now + 86_400);

    let (scorer, missing) = content::cached_scorer();
    if let Some(why) = missing {
        eprintln!("note: rules that bound the score for objectionable content will forbid: {why}");
    }
    let inputs = Inputs { now, scores: content::score(&scorer, &request).scores };

    let mut permitted = true;
    for asset in &request.assets {
        let (descriptor, revision) = newest(&bundle, *asset)?;
        let verdict = rules::evaluate(&revision, &descriptor, &request, &inputs);
        let why = rules::explain(&revision, &verdict);
        println!("{}: {}", descriptor.title, why.summary);
        for reason in &why.reasons {
            println!("- {}: {}", reason.id.as_deref().unwrap_or("rules"), reason.words);
        }
        permitted &= verdict.decision == Decision::Permit;
    }
    Ok(if permitted { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

/// The newest descriptor and rules of an asset in the bundle. Each signature is checked; that they are the owner's, and
/// in force, is what `verify` checks.
fn newest(
    bundle: &ApprovalBundle,
    asset: wetsign_attest::id::Id,
) -> Result<(AssetDescriptor, RulesRevision), Box<dyn Error>> {
    let mut descriptor: Option<AssetDescriptor> = None;
    for bytes in &bundle.descriptors {
        let signed = Signed::<AssetDescriptor>::decode(&bytes.0)?;
        let of = signed.payload().asset.unwrap_or(signed.id());
        let newer = descriptor.as_ref().is_none_or(|known| known.revision < signed.payload().revision);
        if of == asset && newer {
            descriptor = Some(signed.into_payload());
        }
    }
    let mut rules: Option<RulesRevision> = None;
    for bytes in &bundle.rules {
        let revision = Signed::<RulesRevision>::decode(&bytes.0)?.into_payload();
        if revision.asset == asset && rules.as_ref().is_none_or(|known| known.number < revision.number) {
            rules = Some(revision);
        }
    }
    descriptor
        .zip(rules)
        .ok_or_else(|| format!("the bundle has no descriptor and rules of asset {asset}").into())
}
