//! Whom the reader of approvals believes, from when to when, and what they accept although it proves less.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use wetsign_attest::TrustPolicy;
use wetsign_attest::id::Digest;
use wetsign_attest::limits::LAST_SECOND;
use wetsign_attest::verify::{GivenWithdrawal, Options, TextScorer};
use wetsign_program::clock;

use crate::draft::{read_bounded, text};

/// Whom to believe, and what is known.
#[derive(Debug, Args)]
pub struct TrustArgs {
    /// Your trust policy (TOML) [default: $XDG_CONFIG_HOME/wetsign/trust.toml]. Never take it from whoever gave you the
    /// bundle.
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// What you remember of other approvals of this log; kept up to date, made if it is not there. Only with it can a
    /// nullifier used twice, or a secure element whose counter was put back, be found.
    #[arg(long, value_name = "FILE")]
    pub memory: Option<PathBuf>,
    /// An owner's withdrawal that you were given, with its place in the log or alone as it was signed (repeatable).
    /// What somebody signed who may ends the approval: it has *lapsed*. With --memory it is remembered.
    #[arg(long = "withdrawal", value_name = "FILE")]
    pub withdrawals: Vec<PathBuf>,
    /// The time at which it has to hold: UTC seconds, or RFC 3339 as in 2027-03-01T12:00:00Z [default: now]. What was
    /// approved and is over then is said to have *lapsed*.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub at: Option<u64>,
    /// Accept recordings in place of people and software in place of a secure element. Proves nothing about the world.
    #[arg(long)]
    pub allow_simulated: bool,
    /// Accept keys whose secrets are published, under which anyone can forge.
    #[arg(long)]
    pub allow_development_keys: bool,
}

/// Where a person keeps their configuration.
pub struct Homes {
    /// `XDG_CONFIG_HOME`.
    pub config: Option<OsString>,
    /// `HOME`.
    pub home: Option<OsString>,
}

/// The same, read.
pub struct Trusted {
    /// Where the policy is.
    pub path: PathBuf,
    /// The policy.
    pub policy: TrustPolicy,
    /// SHA-256 of its file.
    pub digest: Digest,
    /// Withdrawals that were given.
    pub withdrawals: Vec<GivenWithdrawal>,
    /// What was accepted although it proves less, as flags.
    pub flags: Vec<&'static str>,
}

impl TrustArgs {
    /// Reads policy and withdrawals.
    pub fn read(&self, homes: Homes) -> anyhow::Result<Trusted> {
        let path = match &self.policy {
            Some(path) => path.clone(),
            None => default_policy(homes)?,
        };
        let bytes = read_bounded(&path).context("no trust policy (name yours by --policy)")?;
        let policy = TrustPolicy::from_toml(text(&path, &bytes)?)
            .with_context(|| format!("trust policy {} is refused", path.display()))?;
        let withdrawals = self.withdrawals.iter().map(|path| {
            let given = GivenWithdrawal::decode(&read_bounded(path)?);
            given.with_context(|| format!("{} is no withdrawal", path.display()))
        });
        let withdrawals = withdrawals.collect::<anyhow::Result<Vec<_>>>()?;
        let given = [
            (self.allow_simulated, "--allow-simulated"),
            (self.allow_development_keys, "--allow-development-keys"),
        ];
        let flags = given.into_iter().filter_map(|(given, flag)| given.then_some(flag)).collect();
        Ok(Trusted { path, policy, digest: Digest::of(&bytes), withdrawals, flags })
    }

    /// The time asked about.
    pub fn time(&self) -> anyhow::Result<u64> {
        Ok(self.at.map_or_else(clock::now, Ok)?)
    }

    /// What a check is told, but for memory.
    pub fn options<'a>(&self, trusted: &'a Trusted, now: u64, scorer: &'a dyn TextScorer) -> Options<'a> {
        Options {
            allow_simulated: self.allow_simulated,
            allow_development_keys: self.allow_development_keys,
            now: Some(now),
            scorer: Some(scorer),
            withdrawals: &trusted.withdrawals,
            ..Options::default()
        }
    }
}

impl Trusted {
    /// An answer's first line, with the flags that helped to it.
    pub fn first_line(&self, summary: &str) -> String {
        if self.flags.is_empty() {
            return summary.to_owned();
        }
        format!("{summary} ({} given)", self.flags.join(" and "))
    }
}

/// UTC seconds, or RFC 3339.
fn time(text: &str) -> Result<u64, String> {
    let seconds = if let Ok(seconds) = text.parse() {
        seconds
    } else {
        let time = chrono::DateTime::parse_from_rfc3339(text)
            .map_err(|error| format!("neither UTC seconds nor RFC 3339 (2027-03-01T12:00:00Z): {error}"))?;
        u64::try_from(time.timestamp()).map_err(|_| "lies before 1970")?
    };
    // In milliseconds everything would have lapsed long ago.
    if seconds > LAST_SECOND {
        return Err("lies after the year 5000: give UTC seconds, not milliseconds".into());
    }
    Ok(seconds)
}

fn default_policy(Homes { config, home }: Homes) -> anyhow::Result<PathBuf> {
    let config = config.filter(|path| !path.is_empty()).map(PathBuf::from);
    match config.or_else(|| home.map(|home| PathBuf::from(home).join(".config"))) {
        Some(config) => Ok(config.join("wetsign").join("trust.toml")),
        None => bail!("no trust policy: name yours by --policy"),
    }
}
