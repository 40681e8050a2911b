//! Does a receipt fit an approval, and what was made the receipt?

use std::path::PathBuf;

use anyhow::{bail, ensure};
use clap::Args;
use sha2::{Digest as _, Sha256};
use wetsign_attest::Signed;
use wetsign_attest::id::{Digest, PublicKey};
use wetsign_attest::object::RunReceipt;
use wetsign_attest::verify::{Options, ran_as_approved, verify};
use wetsign_program::clock;
use wetsign_runner_ipc::frame::OUTPUT;

use crate::files;

/// `wetsign-runner check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The receipt.
    #[arg(long, value_name = "FILE")]
    receipt: PathBuf,
    /// The approval that it names.
    #[arg(long, value_name = "FILE")]
    approval: PathBuf,
    /// Your trust policy (TOML).
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    /// What was made, to be held against the receipt.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The runner that you trust, as `wetsign-runner key identity` prints it.
    #[arg(long, value_name = "KEY")]
    runner: Option<PublicKey>,
    /// Accept recordings in place of people and software in place of a secure element.
    #[arg(long)]
    allow_simulated: bool,
    /// Accept keys whose secrets are published.
    #[arg(long)]
    allow_development_keys: bool,
}

/// Checks it; what it says.
///
/// # Errors
/// What does not fit.
pub fn check(args: &CheckArgs) -> anyhow::Result<Signed<RunReceipt>> {
    let receipt = Signed::<RunReceipt>::decode(&files::short(&args.receipt)?)?;
    let options = Options {
        allow_simulated: args.allow_simulated,
        allow_development_keys: args.allow_development_keys,
        now: Some(clock::now()?),
        ..Options::default()
    };
    let approval = match verify(&files::short(&args.approval)?, &files::policy(&args.policy)?, options) {
        Ok(verified) => verified.into_content(),
        Err(refused) => bail!("the approval does not hold: {refused}"),
    };
    if let Err(why) = ran_as_approved(receipt.payload(), &approval).require() {
        bail!("the receipt is not one of this approval: {why}");
    }
    if let Some(runner) = args.runner {
        let found = receipt.payload().runner;
        ensure!(found == runner, "the receipt is signed by the runner {found}, you trust {runner}");
    }
    if let Some(out) = &args.out {
        let found = Digest(Sha256::digest(files::read(out, OUTPUT)?).into());
        let told = receipt.payload().output;
        ensure!(found == told, "{} has SHA-256 {found}, the receipt says {told}", out.display());
    }
    Ok(receipt)
}
