//! `wetsign asset`: what an owner sees of approvals that were given, and does with them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, Subcommand};
use serde_json::json;
use tonic::{Code, Status};
use wetsign_api::v1;
use wetsign_attest::Signed;
use wetsign_attest::id::Id;
use wetsign_attest::object::{Complaint, UsageRequest, Withdrawal};
use wetsign_program::clock;

use super::address::{Address, refused};
use super::out::{absent, put};
use super::signer::Signer;
use super::words::{MINUTE, id_bytes, moment, not_found};
use crate::draft::read_bounded;
use crate::output::{Answer, Outcome, plain};

/// `wetsign asset`.
#[derive(Debug, Args)]
pub struct AssetArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: AssetCommand,
}

/// Commands of `wetsign asset`.
#[derive(Debug, Subcommand)]
pub enum AssetCommand {
    /// Take an approval of an asset back, or all that there are so far. Exit: 0 withdrawn, 2 no such asset or
    /// approval, 1 error.
    ///
    /// It cannot be undone: what is to be allowed again is approved again. The kiosk hands the approval out no more;
    /// verifiers who have it already learn of the withdrawal from the file that is written: give it to them
    /// (`wetsign verify APPROVAL --withdrawal FILE`).
    Withdraw(WithdrawArgs),
    /// What was approved of your assets, the newest first: who may do what, until when, whether it was taken back.
    Uses {
        /// The file of your key: of `wetsign key new`, or of `wetsign companion new`.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// At most this many requests.
        #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=100))]
        limit: u32,
        /// Only those before this request.
        #[arg(long, value_name = "ID")]
        after: Option<String>,
    },
    /// Complain of how an approval is used. It ends nothing, and everybody who asks for the request reads it. Exit: 0
    /// it is in the log, 2 no such approval, 1 error.
    Complain {
        /// The asset's id, hexadecimal.
        asset: String,
        /// The approval's id, as `wetsign asset uses` says it.
        #[arg(long, value_name = "ID")]
        approval: String,
        /// What is wrong, in your words.
        #[arg(long, value_name = "TEXT")]
        words: String,
        /// The file of your key.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
}

/// `wetsign asset withdraw`.
#[derive(Debug, Args)]
pub struct WithdrawArgs {
    /// The asset's id, hexadecimal.
    #[arg(required_unless_present = "signed")]
    asset: Option<String>,
    /// The approval's id (of its body, as `wetsign show approval.cbor` says it), hexadecimal [default: every approval
    /// of the asset so far].
    #[arg(long, value_name = "ID")]
    approval: Option<String>,
    /// Why, in your words: everybody who asks for the approval reads it.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// The file of your key, the owner's or that of an agent who may withdraw: of `wetsign key new` or `wetsign
    /// companion new`.
    #[arg(long, value_name = "FILE", required_unless_present = "signed")]
    key: Option<PathBuf>,
    /// Send what was signed elsewhere, by --sign-only.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["asset", "approval", "reason", "key", "sign_only"])]
    signed: Option<PathBuf>,
    /// Sign, and ask no kiosk: for a key that never comes near one, or a kiosk that does not take it. Verifiers believe
    /// it, but its place in the log is not shown.
    #[arg(long)]
    sign_only: bool,
    /// Where to write the withdrawal.
    #[arg(long, value_name = "FILE", default_value = "withdrawal.cbor")]
    out: PathBuf,
    /// Replace the file if it is there already.
    #[arg(long)]
    force: bool,
}

/// Runs a command of `wetsign asset`.
pub async fn run(command: &AssetCommand, kiosk: &Address) -> anyhow::Result<Answer> {
    match command {
        AssetCommand::Withdraw(args) => withdraw(args, kiosk).await,
        AssetCommand::Uses { key, limit, after } => {
            let after = after.as_deref().map(id_bytes).transpose()?.unwrap_or_default();
            uses(&Signer::read(key)?, *limit, after, kiosk).await
        }
        AssetCommand::Complain { asset, approval, words, key } => {
            let signer = Signer::read(key)?;
            let (asset, approval) = (id(asset)?, id(approval)?);
            let (words, signed_by, time) = (words.clone(), signer.public(), clock::now()?);
            let signed = signer.sign(Complaint { asset, approval, words, signed_by, time })?;
            let message = v1::ComplaintMessage { complaint: signed.bytes().to_vec() };
            match kiosk.connect().await?.assets().complain(message).await {
                Ok(_) => {
                    let json = json!({ "ok": true, "complaint": signed.id() });
                    Ok(Answer { outcome: Outcome::Yes, text: format!("in the log: {}\n", signed.id()), json })
                }
                Err(status) => not_found(status),
            }
        }
    }
}

async fn uses(signer: &Signer, limit: u32, after: Vec<u8>, kiosk: &Address) -> anyhow::Result<Answer> {
    let ask = v1::ListUses { key: signer.public().as_bytes().to_vec(), limit, after };
    let uses = kiosk.connect().await?.assets().uses(ask).await.map_err(refused)?.into_inner().uses;
    let (mut text, mut rows) = (String::new(), Vec::new());
    for one in &uses {
        let request = Signed::<UsageRequest>::decode(&one.request)
            .context("the kiosk sent a request that cannot be read")?;
        let asked = request.payload();
        let state = match one.withdrawn {
            0 => format!("until {}", moment(one.until, MINUTE)),
            at => format!("taken back {}", moment(at, MINUTE)),
        };
        let who = if one.known.is_empty() {
            format!("{} (by their own word)", plain(&asked.app))
        } else {
            plain(&one.known)
        };
        let complaints =
            if one.complaints == 0 { String::new() } else { format!("; {} complaints", one.complaints) };
        let _ = writeln!(
            text,
            "{}: {who}, for {}, {state}{complaints}\n  approval {}  asset {}  request {}",
            plain(&one.title),
            plain(&asked.attributes.purpose),
            hex::encode(&one.approval_id),
            hex::encode(&one.asset_id),
            request.id()
        );
        rows.push(json!({
            "approval": hex::encode(&one.approval_id), "asset": hex::encode(&one.asset_id), "title": one.title,
            "known": one.known, "request_id": request.id(), "request": asked, "time": one.time, "until": one.until,
            "withdrawn": one.withdrawn, "complaints": one.complaints,
        }));
    }
    if uses.is_empty() {
        text.push_str("nothing of yours was approved here\n");
    }
    Ok(Answer { outcome: Outcome::Yes, text, json: json!({ "ok": true, "uses": rows }) })
}

fn id(text: &str) -> anyhow::Result<Id> {
    Ok(Id::try_from(id_bytes(text)?.as_slice())?)
}

async fn withdraw(args: &WithdrawArgs, kiosk: &Address) -> anyhow::Result<Answer> {
    absent(&args.out, args.force)?;
    let signed = signed(args)?;
    if args.sign_only {
        put(&args.out, signed.bytes(), args.force)?;
        let text = format!("{}: signed; no kiosk knows of it\n", args.out.display());
        return Ok(done(text, &signed, &args.out));
    }
    let asked = v1::WithdrawRequest { withdrawal: signed.bytes().to_vec() };
    match kiosk.connect().await?.assets().withdraw(asked).await {
        Ok(answer) => {
            put(&args.out, &answer.into_inner().file, args.force)?;
            let text = format!(
                "{}: withdrawn, and in the log\ngive it to verifiers: wetsign verify APPROVAL --withdrawal {}\n",
                args.out.display(),
                args.out.display()
            );
            Ok(done(text, &signed, &args.out))
        }
        Err(status) => not_found(status),
    }
}

fn done(text: String, signed: &Signed<Withdrawal>, out: &Path) -> Answer {
    let json = json!({ "ok": true, "file": out, "id": signed.id(), "withdrawal": signed.payload() });
    Answer { outcome: Outcome::Yes, text, json }
}

fn signed(args: &WithdrawArgs) -> anyhow::Result<Signed<Withdrawal>> {
    if let Some(path) = &args.signed {
        let signed = Signed::decode(&read_bounded(path)?);
        return signed.with_context(|| format!("{} is no signed withdrawal", path.display()));
    }
    let asset = id(args.asset.as_deref().context("which asset?")?)?;
    let approval = args.approval.as_deref().map(id).transpose()?;
    let signer = Signer::read(args.key.as_deref().context("which --key?")?)?;
    let time = clock::now()?;
    let signed_by = signer.public();
    let withdrawal = Withdrawal { asset, approval, reason: args.reason.clone(), signed_by, time };
    signer.sign(withdrawal)
}

/// The answer to who asks for an approval that its owner took back; none if the kiosk says something else.
pub fn taken_back(status: &Status) -> Option<Answer> {
    if status.code() != Code::FailedPrecondition {
        return None;
    }
    let signed = Signed::<Withdrawal>::decode(status.details()).ok()?;
    let words = plain(status.message());
    let json = json!({
        "ok": false,
        "why": words,
        "withdrawal": signed.payload(),
        "signed_withdrawal": hex::encode(signed.bytes()),
    });
    Some(Answer { outcome: Outcome::No, text: format!("taken back: {words}\n"), json })
}

#[cfg(test)]
mod tests {
    use wetsign_attest::id::PublicKey;

    use super::*;

    #[test]
    fn a_kiosk_that_says_withdrawn_shows_the_withdrawal_and_is_not_believed_without() {
        let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
        let withdrawal = Withdrawal {
            asset: Id([1; 32]),
            approval: None,
            reason: Some("sold".into()),
            signed_by: PublicKey::from(&key),
            time: 1_790_000_000,
        };
        let signed = Signed::sign(withdrawal, &key).unwrap();
        let status = |details: &[u8]| {
            Status::with_details(
                Code::FailedPrecondition,
                "the approval is withdrawn",
                details.to_vec().into(),
            )
        };
        let answer = taken_back(&status(signed.bytes())).unwrap();
        assert_eq!((answer.outcome, &answer.json["withdrawal"]["reason"]), (Outcome::No, &json!("sold")));
        assert!(taken_back(&status(&[])).is_none());
        assert!(taken_back(&Status::not_found("no")).is_none());
    }
}
