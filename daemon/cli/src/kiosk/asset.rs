//! `wetsign asset`: what an owner does with an approval that was given.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, Subcommand};
use serde_json::json;
use tonic::{Code, Status};
use wetsign_api::v1;
use wetsign_attest::Signed;
use wetsign_attest::id::{Id, PublicKey};
use wetsign_attest::object::Withdrawal;

use super::address::Address;
use super::out::{absent, put};
use super::words::{id_bytes, not_found};
use crate::clock;
use crate::draft::read_bounded;
use crate::key;
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
    /// Your key: the owner's, or that of an agent who may withdraw.
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
    let AssetCommand::Withdraw(args) = command;
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
    let id = |text: &str| Ok::<_, anyhow::Error>(Id::try_from(id_bytes(text)?.as_slice())?);
    let asset = id(args.asset.as_deref().context("which asset?")?)?;
    let approval = args.approval.as_deref().map(id).transpose()?;
    let key = key::read(args.key.as_deref().context("which --key?")?)?;
    let time = clock::now()?;
    let signed_by = PublicKey::from(&key);
    let withdrawal = Withdrawal { asset, approval, reason: args.reason.clone(), signed_by, time };
    Ok(Signed::sign(withdrawal, &key)?)
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
