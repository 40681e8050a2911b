//! What an approval is held against: the flags that `mark` and `check` share, and the check of `wetsign-attest`.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use wetsign_attest::TrustPolicy;
use wetsign_attest::limits::LAST_SECOND;
use wetsign_attest::rules::content::{ContentScorer, cached_scorer};
use wetsign_attest::verify::{Approval, GivenWithdrawal, Options, Outcome, verify};

use crate::files;

/// What you trust.
#[derive(Debug, Args)]
pub struct TrustArgs {
    /// Your trust policy (TOML), with the authorities of markers in [media]. Never take it from whoever gave you the
    /// file.
    #[arg(long, value_name = "FILE")]
    pub policy: PathBuf,
    /// An owner's withdrawal that you were given, with its place in the log or alone (repeatable).
    #[arg(long = "withdrawal", value_name = "FILE")]
    pub withdrawals: Vec<PathBuf>,
    /// The time at which the approval has to hold, UTC seconds [default: now]. Certificates are always held against
    /// this machine's clock.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(..=LAST_SECOND))]
    pub at: Option<u64>,
    /// Accept recordings in place of people and software in place of a secure element. Proves nothing about the world.
    #[arg(long)]
    pub allow_simulated: bool,
    /// Accept keys whose secrets are published, under which anyone can forge.
    #[arg(long)]
    pub allow_development_keys: bool,
}

/// The same, read.
pub struct Trust {
    /// The policy.
    pub policy: TrustPolicy,
    /// UTC seconds.
    pub now: u64,
    withdrawals: Vec<GivenWithdrawal>,
    scorer: ContentScorer,
    allow_simulated: bool,
    allow_development_keys: bool,
}

impl Trust {
    /// Reads what the flags name.
    ///
    /// # Errors
    /// A file cannot be read or is not what it should be, or the clock stands before 1970.
    pub fn read(args: &TrustArgs) -> anyhow::Result<Self> {
        let policy = TrustPolicy::from_toml(&files::text(&args.policy)?)
            .with_context(|| format!("trust policy {} is refused", args.policy.display()))?;
        let withdrawals = args.withdrawals.iter().map(|path| {
            let given = GivenWithdrawal::decode(&files::read(path)?);
            given.with_context(|| format!("{} is no withdrawal", path.display()))
        });
        Ok(Self {
            policy,
            now: args.at.map_or_else(now, Ok)?,
            withdrawals: withdrawals.collect::<anyhow::Result<_>>()?,
            scorer: cached_scorer().0,
            allow_simulated: args.allow_simulated,
            allow_development_keys: args.allow_development_keys,
        })
    }

    /// Checks an approval's file.
    ///
    /// # Errors
    /// It does not hold.
    pub fn verify(&self, bundle: &[u8]) -> Outcome<Approval> {
        let options = Options {
            allow_simulated: self.allow_simulated,
            allow_development_keys: self.allow_development_keys,
            now: Some(self.now),
            scorer: Some(&self.scorer),
            withdrawals: &self.withdrawals,
            ..Options::default()
        };
        verify(bundle, &self.policy, options)
    }

    /// Certificates of those who certify markers, PEM.
    pub fn authorities(&self) -> Option<&str> {
        self.policy.media.as_ref().map(|media| media.authorities.as_str())
    }
}
