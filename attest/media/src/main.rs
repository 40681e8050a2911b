//! `wetsign-media`: marks files as made with an approval, checks marks, shows what is in a file.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use serde_json::json;
use wetsign_attest::id::PublicKey;
use wetsign_media::answer::{self, Answer};
use wetsign_media::key::Key;
use wetsign_media::{approval, authority, check, files, mark, show};

/// Files that say with which approval they were made (C2PA).
#[derive(Debug, Parser)]
#[command(
    name = "wetsign-media",
    version,
    disable_help_subcommand = true,
    after_help = "\
Exit codes:
  0  yes: marked, accepted, there
  2  no: refused, not there; the first line says which check and why
  1  error: nothing was decided (wrong flag, unreadable file)

Nothing leaves this machine: no manifest is fetched, no server is asked."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// One JSON object on standard output instead of text for people.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Say in a file that it was made with an approval.
    #[command(after_help = "\
Example:
  wetsign-media mark speech.wav --approval approval.cbor --policy trust.toml --key runner.key \\
      --certificates runner.pem --input text.txt --out marked.wav")]
    Mark(mark::MarkArgs),
    /// Was this file made with an approval that holds, by somebody whom you trust to say so?
    /// Exit: 0 yes, 2 no, 1 error.
    #[command(after_help = "\
Example:
  wetsign-media check marked.wav --policy trust.toml --input text.txt")]
    Check(check::CheckArgs),
    /// What a file says of itself; nothing of it is to be believed. Exit: 0 a manifest is there, 2 none, 1 error.
    Show(show::ShowArgs),
    /// Make an authority that certifies markers, and certify one.
    Authority(AuthorityArgs),
}

#[derive(Debug, Args)]
struct AuthorityArgs {
    #[command(subcommand)]
    command: AuthorityCommand,
}

#[derive(Debug, Subcommand)]
enum AuthorityCommand {
    /// Make an authority's certificate, which trust policies name in [media].
    #[command(after_help = "\
Example:
  wetsign key new authority.key          # keep it away from any network
  wetsign-media authority new --key authority.key --name 'Example Media' --out authority.pem
In trust.toml:
  [media]
  authorities = \"\"\"
  -----BEGIN CERTIFICATE-----
  …
  -----END CERTIFICATE-----
  \"\"\"")]
    New {
        /// The authority's key (made by `wetsign key new`).
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        #[command(flatten)]
        common: Common,
    },
    /// Certify a marker's key; writes the chain that it marks with.
    #[command(after_help = "\
Example:
  wetsign-media authority certify --key authority.key --certificate authority.pem \\
      --marker $(wetsign key public runner.key) --name 'runner 1' --days 90 --out runner.pem")]
    Certify {
        /// The authority's key.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// The authority's certificate.
        #[arg(long, value_name = "FILE")]
        certificate: PathBuf,
        /// Public key of the marker, hexadecimal.
        #[arg(long, value_name = "KEY")]
        marker: PublicKey,
        #[command(flatten)]
        common: Common,
    },
}

#[derive(Debug, Args)]
struct Common {
    /// What it is called, at most 64 bytes.
    #[arg(long)]
    name: String,
    /// Days for which it holds, from now. A mark is refused once its certificate is over.
    #[arg(long, value_name = "DAYS", default_value_t = 730, value_parser = clap::value_parser!(u64).range(1..=7300))]
    days: u64,
    /// Where to write it; an existing file is never overwritten.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

fn main() -> ExitCode {
    // clap would exit with 2 on a wrong flag, which here means "refused".
    let cli: Cli = match wetsign_program::arguments(1) {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    // What the C2PA library gives up on is said in our words, once.
    std::panic::set_hook(Box::new(|_| ()));
    let outcome = match &cli.command {
        Command::Mark(args) => mark::run(args),
        Command::Check(args) => check::run(args),
        Command::Show(args) => show::run(args),
        Command::Authority(args) => certificates(&args.command),
    };
    answer::finish(outcome, cli.json)
}

fn certificates(command: &AuthorityCommand) -> anyhow::Result<Answer> {
    let now = wetsign_program::clock::now()?;
    let (pem, common) = match command {
        AuthorityCommand::New { key, common } => {
            (authority::own(&Key::read(key)?, &common.name, now, common.days)?, common)
        }
        AuthorityCommand::Certify { key, certificate, marker, common } => {
            let authority = files::text(certificate)?;
            let chain =
                authority::certify(&Key::read(key)?, &authority, marker, &common.name, now, common.days)?;
            (chain, common)
        }
    };
    files::write_new(&common.out, pem.as_bytes())?;
    let text =
        format!("{}: certificate of {}, for {} days\n", common.out.display(), common.name, common.days);
    Ok(Answer { yes: true, text, json: json!({ "ok": true, "file": common.out, "days": common.days }) })
}
