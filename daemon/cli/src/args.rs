//! Every command and flag. Help is grouped by who needs it.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

const TEMPLATE: &str = "{about}\n\n{usage-heading} {usage}{after-help}\n\nOptions:\n{options}";

/// clap cannot group subcommands, so the list is written here; a test compares it with the commands.
const GROUPS: &str = "\
Operator: what does my kiosk do?
  status     is it ready, and what about it is not the real thing
  devices    cameras and microphones, and why one cannot be used

Companion: ask for approvals, decide on them, govern an asset
  request    submit, get, list or watch usage requests
  session    stand before the kiosk: start, watch, decide, cancel
  approval   fetch an approval once enough humans gave it
  rules      check a request against an owner's rules, offline, in your own CI

Provisioner: vouch for secure elements
  provision  certify a provisioner with a root's key, a device with a provisioner's

Ceremony: make a proving key that nobody could have forged
  ceremony   start, contribute, close with a beacon, verify, finalise

Auditor: believe nobody, check it yourself
  verify     check an approval or an enrolment
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

/// What an https kiosk is checked with, and what it is shown.
#[derive(Clone, Debug, Default, Args)]
pub struct TlsFiles {
    /// Certificate authority (PEM) of an https kiosk; none is trusted by default.
    #[arg(long, global = true, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// Certificate (PEM) to show to an https kiosk that gives more to those it knows.
    #[arg(long, global = true, value_name = "FILE", requires = "client_key")]
    pub client_certificate: Option<PathBuf>,
    /// Private key (PEM) of that certificate.
    #[arg(long, global = true, value_name = "FILE", requires = "client_certificate")]
    pub client_key: Option<PathBuf>,
}

/// Commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Is the kiosk ready, and what about it is not the real thing? Exit: 0 ready, 2 not ready, 1 error.
    Status,
    /// Cameras and microphones of the kiosk, and why one cannot be used. Exit: 0 all usable, 2 not all, 1 error.
    Devices,
    /// Submit, get, list or watch usage requests.
    Request(RequestArgs),
    /// Stand before the kiosk: start, watch, decide, cancel.
    Session(SessionArgs),
    /// Fetch approvals.
    Approval(ApprovalArgs),
    /// Check a request against an owner's rules: offline, with drafts in TOML or JSON, or with signed objects.
    Rules(RulesArgs),
    /// Certify a provisioner with a root's key, or a device with a provisioner's.
    Provision(ProvisionArgs),
    /// Check an approval or an enrolment by your own trust policy. Exit: 0 proved, 2 refused, 1 error.
    Verify(VerifyArgs),
    /// Any signed object, certificate chain or bundle as JSON. Signatures are checked, meaning is not: for that, `verify`.
    Show(FileArgs),
    /// Make a proving key together: one honest contributor is enough. Files are iden3's, so contributors may use snarkjs.
    Ceremony(CeremonyArgs),
    /// What a match proof states, in figures.
    Circuit(CircuitArgs),
    /// Make a key, show its public half, or say the digest of the development proving key.
    Key(KeyArgs),
}

/// One file.
#[derive(Debug, Args)]
pub struct FileArgs {
    /// The file.
    pub file: PathBuf,
}

/// `wetsign verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// The bundle: an approval (`approval.cbor`) or an enrolment (`enrolment.cbor`).
    pub file: PathBuf,
    /// Your trust policy (TOML) [default: $XDG_CONFIG_HOME/wetsign/trust.toml]. Never take it from whoever gave you the
    /// bundle.
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// What you remember of other approvals of this log; kept up to date, made if it is not there. Only with it can a
    /// nullifier used twice, or a secure element whose counter was put back, be found.
    #[arg(long, value_name = "FILE")]
    pub memory: Option<PathBuf>,
    /// Accept recordings in place of people and software in place of a secure element. Proves nothing about the world.
    #[arg(long)]
    pub allow_simulated: bool,
    /// Accept keys whose secrets are published, under which anyone can forge.
    #[arg(long)]
    pub allow_development_keys: bool,
}

/// `wetsign provision`.
#[derive(Debug, Args)]
pub struct ProvisionArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: ProvisionCommand,
}

/// Commands of `wetsign provision`.
#[derive(Debug, Subcommand)]
pub enum ProvisionCommand {
    /// Let a provisioner vouch for devices of some models; writes its certificate. For whoever holds a root's key, whom trust
    /// policies name in `roots`. Keep that key away from any network; it is needed once a provisioner.
    #[command(after_help = "\
Example:
  wetsign key new root.key                       # once; its public half goes into trust policies
  wetsign provision appoint --root-key root.key --provisioner $(wetsign key public provisioner.key) \\
      --name 'Elements Ltd, line 2' --hwmodel wetsign-software-element --out provisioner.cert")]
    Appoint {
        /// The root's key (made by `wetsign key new`).
        #[arg(long, value_name = "FILE")]
        root_key: PathBuf,
        /// Public key of the provisioner, hexadecimal.
        #[arg(long, value_name = "KEY")]
        provisioner: String,
        /// What the provisioner is called, at most 64 bytes.
        #[arg(long)]
        name: String,
        /// A hardware model it may vouch for (repeatable, at most 8).
        #[arg(long = "hwmodel", value_name = "MODEL", required = true)]
        hwmodels: Vec<String>,
        #[command(flatten)]
        common: CertifyArgs,
    },
    /// Say that a device is what it says it is; writes the chain that the element keeps. For provisioners. Read the identity
    /// over the element's own line, before it leaves your hands: what a stranger sends you proves nothing.
    #[command(after_help = "\
Example:
  wetsignd element identity --config wetsign.toml > element.json
  wetsign provision device --key provisioner.key --certificate provisioner.cert --identity element.json --out element.cert
  wetsignd element provision --config wetsign.toml element.cert")]
    Device {
        /// The provisioner's key.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// The provisioner's certificate, as `provision appoint` wrote it.
        #[arg(long, value_name = "FILE")]
        certificate: PathBuf,
        /// What the element says of itself: JSON.
        #[arg(long, value_name = "FILE")]
        identity: PathBuf,
        #[command(flatten)]
        common: CertifyArgs,
    },
    /// Let an element forget that its case was opened, once you have looked into it; prints the signature. For the
    /// provisioner that the element knows.
    #[command(after_help = "\
Example:
  wetsignd element clear --config wetsign.toml       # prints ueid and challenge, and waits for the signature
  wetsign provision clear --key provisioner.key --ueid 01… --challenge 5c…")]
    Clear {
        /// The provisioner's key.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// The element's identifier, hexadecimal.
        #[arg(long, value_name = "HEX")]
        ueid: String,
        /// What the element drew, hexadecimal.
        #[arg(long, value_name = "HEX")]
        challenge: String,
    },
}

/// What every certificate needs.
#[derive(Debug, Args)]
pub struct CertifyArgs {
    /// Days for which it holds, from now.
    #[arg(long, value_name = "DAYS", default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub days: u32,
    /// Where to write it; an existing file is never overwritten.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

/// `wetsign ceremony`.
#[derive(Debug, Args)]
pub struct CeremonyArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: CeremonyCommand,
}

/// From which powers of tau, for which circuit.
#[derive(Debug, Args)]
pub struct CeremonyStart {
    /// Powers of tau of phase 1 (`.ptau`), with at least one contribution. `new` without it makes its own, for development.
    #[arg(long, value_name = "FILE")]
    pub ptau: Option<PathBuf>,
    /// Another size than the frozen one, for trials: FACE,VOICE,LEVELS.
    #[arg(long, value_name = "SIZES", value_delimiter = ',')]
    pub shape: Vec<usize>,
}

/// Commands of `wetsign ceremony`.
#[derive(Debug, Subcommand)]
pub enum CeremonyCommand {
    /// Start phase 2: a key that nobody has contributed to yet. Takes some minutes at the frozen size.
    New {
        #[command(flatten)]
        start: CeremonyStart,
        /// Where to write the `.zkey`; an existing file is never overwritten.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Multiply a secret into the key that nobody learns, and forget it. `snarkjs zkey contribute` does the same.
    Contribute {
        /// The key so far (`.zkey`).
        file: PathBuf,
        /// Your name in the transcript, at most 64 bytes.
        #[arg(long)]
        name: String,
        /// Randomness of your own, hashed together with the operating system's.
        #[arg(long, default_value = "")]
        entropy: String,
        /// Where to write the next key.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// The last contribution: a public value that nobody could know beforehand.
    Beacon {
        /// The key so far (`.zkey`).
        file: PathBuf,
        /// The value, hexadecimal.
        #[arg(long, value_name = "HEX")]
        value: String,
        /// SHA-256 is applied 2^EXPONENT times to it.
        #[arg(long, default_value_t = 20)]
        exponent: u8,
        /// Where to write the next key.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Check every contribution and every point, from the powers of tau on. Exit: 0 holds, 2 refused, 1 error.
    Verify {
        /// The key (`.zkey`).
        file: PathBuf,
        #[command(flatten)]
        start: CeremonyStart,
    },
    /// Check, then write the proving key, snarkjs' verification key, and the transcript with your signature.
    Finalise(FinaliseArgs),
}

/// `wetsign ceremony finalise`.
#[derive(Debug, Args)]
pub struct FinaliseArgs {
    /// The key with all contributions (`.zkey`).
    pub file: PathBuf,
    #[command(flatten)]
    pub start: CeremonyStart,
    /// The coordinator's key (made by `wetsign key new`).
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    /// Folder for `match.pk`, `verification_key.json`, `transcript.json` and `transcript.sig`.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}

/// `wetsign circuit`.
#[derive(Debug, Args)]
pub struct CircuitArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: CircuitCommand,
}

/// Commands of `wetsign circuit`.
#[derive(Debug, Subcommand)]
pub enum CircuitCommand {
    /// Constraints, public inputs and registry size of the frozen circuit.
    Info,
    /// Write the frozen circuit's constraints as a `.r1cs` file, for Circom's tools.
    R1cs {
        /// Where to write it.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

/// `wetsign key`.
#[derive(Debug, Args)]
pub struct KeyArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: KeyCommand,
}

/// Commands of `wetsign key`.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Make an Ed25519 key for signing requests; prints its public half. An existing file is never overwritten.
    New(FileArgs),
    /// The public half of a key made by `key new`.
    Public(FileArgs),
    /// Digest of the development verifying key, for the `verifying_keys` of a trust policy in tests.
    DevelopmentDigest,
}

/// `wetsign rules`.
#[derive(Debug, Args)]
pub struct RulesArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: RulesCommand,
}

/// Commands of `wetsign rules`.
#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// Would the owner's rules permit this request? Needs no kiosk and no network. Exit: 0 permitted, 2 forbidden, 1
    /// error.
    Check(CheckArgs),
    /// Could the owner sign these rules? Exit: 0 valid, 2 not valid, 1 error.
    Validate(ValidateArgs),
    /// The rules in the owner's words.
    Explain(FileArgs),
    /// The Cedar schema that policies are validated against, for an editor.
    Schema {
        /// A score that the rules set a bound for (repeatable).
        #[arg(long = "score", value_name = "LABEL", default_values = ["objectionable", "political"])]
        scores: Vec<String>,
    },
}

/// `wetsign rules check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Asset with its rules: draft (TOML, JSON) or signed descriptor (repeatable: every asset has to permit).
    #[arg(long = "asset", value_name = "FILE", required = true)]
    pub assets: Vec<PathBuf>,
    /// Request: draft (TOML, JSON) or signed.
    #[arg(long, value_name = "FILE")]
    pub request: PathBuf,
    /// Rules in place of the asset draft's: Cedar, draft (TOML, JSON) or signed revision. One asset only.
    #[arg(long, value_name = "FILE")]
    pub rules: Option<PathBuf>,
    /// The checker's time, UTC seconds [default: now].
    #[arg(long, value_name = "SECONDS")]
    pub now: Option<u64>,
}

/// `wetsign rules validate`.
#[derive(Debug, Args)]
pub struct ValidateArgs {
    /// Rules: Cedar, draft of rules or of an asset (TOML, JSON), or a signed revision.
    pub file: PathBuf,
    /// For a Cedar file: a score that its policies may read (repeatable).
    #[arg(long = "score", value_name = "LABEL", default_values = ["objectionable", "political"])]
    pub scores: Vec<String>,
}

/// `wetsign request`.
#[derive(Debug, Args)]
pub struct RequestArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: RequestCommand,
}

/// Commands of `wetsign request`.
#[derive(Debug, Subcommand)]
pub enum RequestCommand {
    /// Submit a request; answers once it is durable, with the rules' verdict. Exit: 0 permitted, 2 forbidden, 1 error.
    Submit {
        /// Signed request, or a draft (TOML, JSON) that names its assets, with --key.
        file: PathBuf,
        /// Key that signs a draft (made by `wetsign key new`).
        #[arg(long, value_name = "FILE")]
        key: Option<PathBuf>,
    },
    /// One request. Exit: 0 permitted or approved, 2 forbidden, declined, expired or unknown, 1 error.
    Get {
        /// Its id, hexadecimal.
        id: String,
    },
    /// Requests, newest first.
    List {
        /// Only in this state (repeatable).
        #[arg(long = "state", value_enum)]
        states: Vec<State>,
        /// At most this many.
        #[arg(long, default_value_t = 100)]
        limit: u32,
    },
    /// Follow a request to its end. Exit: 0 approved, 2 forbidden, declined or expired, 1 error.
    Watch {
        /// Its id, hexadecimal.
        id: String,
    },
}

/// States of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum State {
    /// Rules allow it; it waits for humans.
    Permitted,
    /// Rules forbid it.
    Forbidden,
    /// The quorum co-signed.
    Approved,
    /// Humans declined.
    Declined,
    /// Too late.
    Expired,
}

/// `wetsign session`.
#[derive(Debug, Args)]
pub struct SessionArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: SessionCommand,
}

/// Commands of `wetsign session`.
#[derive(Debug, Subcommand)]
pub enum SessionCommand {
    /// Open a session of one validator for one request; prints its id.
    Start {
        /// Request id, hexadecimal.
        #[arg(long, value_name = "ID")]
        request: String,
        /// Public key of the enrolled validator, hexadecimal.
        #[arg(long, value_name = "KEY")]
        validator: String,
        /// A replayed subject's directory in place of camera and microphone: whatever it makes says *simulated*.
        #[arg(long, value_name = "DIR", conflicts_with_all = ["picture", "sound", "camera", "microphone"])]
        subject: Option<PathBuf>,
        /// A plain video or picture in place of the camera (an attack: it has to be refused).
        #[arg(long, value_name = "FILE", conflicts_with_all = ["camera", "microphone"])]
        picture: Option<PathBuf>,
        /// Sound beside --picture.
        #[arg(long, value_name = "FILE", requires = "picture")]
        sound: Option<PathBuf>,
        /// Camera, as `wetsign devices` names it [default: the first usable].
        #[arg(long, value_name = "DEVICE")]
        camera: Option<String>,
        /// Microphone, as `wetsign devices` names it [default: the first usable].
        #[arg(long, value_name = "DEVICE")]
        microphone: Option<String>,
    },
    /// Follow a session to its end. Exit: 0 co-signed or declined as wished, 2 refused, 1 error.
    Watch {
        /// Session id.
        id: String,
    },
    /// Say yes or no. Yes opens the camera; no needs no face.
    Decide {
        /// Session id.
        id: String,
        /// The choice.
        #[arg(value_enum)]
        choice: Choice,
        /// Kept with a decline.
        #[arg(long, default_value = "")]
        reason: String,
        /// You agree that camera and microphone are opened; approving needs it.
        #[arg(long)]
        consent: bool,
    },
    /// End a session without an answer.
    Cancel {
        /// Session id.
        id: String,
    },
}

/// A human's choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Choice {
    /// Yes.
    Approve,
    /// No.
    Decline,
}

/// `wetsign approval`.
#[derive(Debug, Args)]
pub struct ApprovalArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: ApprovalCommand,
}

/// Commands of `wetsign approval`.
#[derive(Debug, Subcommand)]
pub enum ApprovalCommand {
    /// Write the bundle of an approved request to a file. Exit: 0 written, 2 not approved (yet), 1 error.
    Get {
        /// Request id, hexadecimal.
        id: String,
        /// Where to write it.
        #[arg(long, value_name = "FILE", default_value = "approval.cbor")]
        out: PathBuf,
    },
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
