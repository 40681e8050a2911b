//! The commands and the flags that all of them share; each command's own flags are beside what runs it. Help is grouped
//! by who needs it.

use clap::{Parser, Subcommand};

use crate::audit::AuditArgs;
use crate::ceremony::CeremonyArgs;
use crate::circuit::CircuitArgs;
use crate::container::ContainerArgs;
use crate::file::FileArgs;
use crate::key::KeyArgs;
use crate::kiosk::{
    ApprovalArgs, AssetArgs, CompanionArgs, KeyholderArgs, KeysArgs, PairingArgs, RequestArgs, RequesterArgs,
    SessionArgs, TlsFiles,
};
use crate::library::LibraryArgs;
use crate::log::LogArgs;
use crate::provision::ProvisionArgs;
use crate::release::ReleaseArgs;
use crate::rules::RulesArgs;
use crate::verify::VerifyArgs;
use crate::witness::WitnessArgs;

const TEMPLATE: &str = "{about}\n\n{usage-heading} {usage}{after-help}\n\nOptions:\n{options}";

/// clap cannot group subcommands, so the list is written here; a test compares it with the commands.
const GROUPS: &str = "\
Operator: what does my kiosk do?
  status     is it ready, and what about it is not the real thing
  devices    cameras and microphones, and why one cannot be used
  requester  say who requesters are and what they may ask for, list them, remove one

Companion: ask for approvals, decide on them, govern an asset
  request    submit, get, list or watch usage requests
  session    stand before the kiosk: start, watch, decide, cancel
  companion  your own device in a program: look at what is asked, sign, decline
  pairing    let a person's own device in at this kiosk, list devices, end one
  keys       which keys you have, who has a say, who helps when all are lost
  approval   fetch an approval once enough humans gave it
  asset      what was approved of your assets; complain of it, take it back
  rules      check a request against an owner's rules, offline, in your own CI
  container  lock an asset, so that only an approval opens it; say what a container holds

Keyholder: help to open what is locked, for approvals that hold
  keyholder  make a key that nobody has, hand it on, fetch shares for a runner

Librarian: networks with signed model cards
  library    publish cards in a log, search, show, fetch what they describe

Provisioner: vouch for secure elements
  provision  certify a provisioner with a root's key, a device with a provisioner's

Maker: say which package a kiosk may install
  release    sign a package, check and install one, never go back

Witness: see to it that a log shows everybody the same
  witness    make a witness, let it cosign logs that you name

Ceremony: make a proving key that nobody could have forged
  ceremony   start, contribute, close with a beacon, verify, finalise

Auditor: believe nobody, check it yourself
  verify     check an approval or an enrolment
  audit      check many at once, write a report for people
  log        audit a log's files, make and check proofs for one record
  show       any signed object, certificate chain or bundle as JSON
  circuit    what a match proof states, in figures
  key        make a key, or say the digest of the development proving key

Exit codes:
  0  yes: approved, permitted, valid, done
  2  no: refused, forbidden, not (yet) there
  1  error: nothing was decided (wrong flag, unreadable file, no kiosk)

`wetsign <command> --help` tells more.";

/// A signature only a living person can make: ask for one, give one, check one.
#[derive(Debug, Parser)]
#[command(name = "wetsign", version, disable_help_subcommand = true, help_template = TEMPLATE, after_help = GROUPS)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// One JSON object on standard output instead of text for people.
    #[arg(long, global = true)]
    pub json: bool,
    /// Where the kiosk is: unix:/path/to/socket or https://host:port [default: $WETSIGN_KIOSK, else
    /// unix:/run/wetsign/kiosk.sock].
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub kiosk: Option<String>,
    /// Files for an https kiosk.
    #[command(flatten)]
    pub tls: TlsFiles,
}

/// Commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Is the kiosk ready, and what about it is not the real thing? Exit: 0 ready, 2 not ready, 1 error.
    Status,
    /// Cameras and microphones of the kiosk, and why one cannot be used. Exit: 0 all usable, 2 not all, 1 error.
    Devices,
    /// Say who requesters are: people are shown that name.
    Requester(RequesterArgs),
    /// Submit, get, list or watch usage requests.
    Request(RequestArgs),
    /// Stand before the kiosk: start, watch, decide, cancel.
    Session(SessionArgs),
    /// Your own device in a program: look at what a kiosk asks, sign it or decline it.
    Companion(CompanionArgs),
    /// Pair a person's own device with this kiosk, list devices, end a pairing.
    Pairing(PairingArgs),
    /// Which keys a person has, who has a say in it, who recovers them when all are lost.
    Keys(KeysArgs),
    /// Fetch approvals.
    Approval(ApprovalArgs),
    /// See what was approved of your assets, complain of it, take it back.
    Asset(AssetArgs),
    /// Check a request against an owner's rules: offline, with drafts in TOML or JSON, or with signed objects.
    Rules(RulesArgs),
    /// Networks with signed model cards, in a log: publish, search, show, fetch.
    Library(LibraryArgs),
    /// Lock an asset, so that only an approval opens it; say what a container holds.
    Container(ContainerArgs),
    /// Make a key that nobody has, hand it on, fetch shares for a runner.
    Keyholder(KeyholderArgs),
    /// Certify a provisioner with a root's key, or a device with a provisioner's.
    Provision(ProvisionArgs),
    /// Sign a package as a release; check one by its maker's key, and install it.
    Release(ReleaseArgs),
    /// Check an approval or an enrolment by your own trust policy. Exit: 0 proved, 2 refused, 1 error.
    Verify(VerifyArgs),
    /// Check many approvals: folders, a log's range, a stream. Exit: 0 all hold, 2 not all, 1 error.
    Audit(AuditArgs),
    /// Audit a log's files offline; make and check proofs for one record.
    Log(LogArgs),
    /// Cosign heads of logs, each only if it continues the one before (C2SP tlog-witness).
    Witness(WitnessArgs),
    /// Any signed object, certificate chain or bundle as JSON. Signatures are checked, meaning is not: for that,
    /// `verify`.
    Show(FileArgs),
    /// Make a proving key together: one honest contributor is enough. Files are iden3's, so contributors may use
    /// snarkjs.
    Ceremony(CeremonyArgs),
    /// What a match proof states, in figures.
    Circuit(CircuitArgs),
    /// Make a key, show its public half, or say the digest of the development proving key.
    Key(KeyArgs),
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn grouped_help_names_every_command_once() {
        for command in Cli::command().get_subcommands() {
            let line = format!("\n  {:<11}", command.get_name());
            assert_eq!(GROUPS.matches(&line).count(), 1, "{}", command.get_name());
            assert!(command.get_about().is_some());
        }
    }
}
