//! `wetsign container`: an asset under lock and key. Offline: nothing here asks a kiosk or a keyholder.

use std::fmt::Write as _;
use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use wetsign_attest::object::{AssetDescriptor, RulesRevision};
use wetsign_attest::{Endorsed, Object, Signed};
use wetsign_container::{Committee, Contents, Facts, Head, seal, sealed_length};

use crate::draft::read_bounded;
use crate::file::{self, FileArgs, For};
use crate::output::{Answer, Outcome};

/// `wetsign container`.
#[derive(Debug, Args)]
pub struct ContainerArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: ContainerCommand,
}

/// Commands of `wetsign container`.
#[derive(Debug, Subcommand)]
pub enum ContainerCommand {
    /// The digest of a file as the content of an asset: what belongs into the `content` of its descriptor.
    Contents(ContentsArgs),
    /// Lock a file for a committee of keyholders. Nobody keeps its key: keep the file itself in a safe place.
    Seal(SealArgs),
    /// What a container says of itself. Exit: 0 its key part is its own, 2 it is not, 1 error.
    Show(FileArgs),
    /// Who the keyholders of a committee are, and how many of them it takes. Exit: 0 each of them signed, 2 not all.
    Committee(FileArgs),
}

/// A file and its type.
#[derive(Debug, Args)]
pub struct ContentsArgs {
    /// The asset's file.
    pub file: PathBuf,
    /// Media type, in lower case.
    #[arg(long, default_value = "application/octet-stream")]
    pub media_type: String,
}

/// What is locked, and for whom.
#[derive(Debug, Args)]
pub struct SealArgs {
    /// What is locked.
    #[command(flatten)]
    pub contents: ContentsArgs,
    /// Signed descriptor of the asset, its newest revision.
    #[arg(long)]
    pub descriptor: PathBuf,
    /// Signed rules of the asset, their newest revision.
    #[arg(long)]
    pub rules: PathBuf,
    /// The committee, signed by each of its keyholders.
    #[arg(long)]
    pub committee: PathBuf,
    /// Where the container goes; never overwritten.
    #[arg(long)]
    pub out: PathBuf,
}

/// Runs a command of `wetsign container`.
pub fn run(command: &ContainerCommand) -> anyhow::Result<Answer> {
    match command {
        ContainerCommand::Contents(args) => {
            let contents = card(args)?;
            let id = contents.id()?;
            let json = json!({ "ok": true, "content": id, "contents": contents });
            Ok(Answer { outcome: Outcome::Yes, text: format!("{id}\n"), json })
        }
        ContainerCommand::Seal(args) => lock(args),
        ContainerCommand::Show(args) => show(&args.file),
        ContainerCommand::Committee(args) => committee(&args.file),
    }
}

fn card(args: &ContentsArgs) -> anyhow::Result<Contents> {
    let path = args.file.display();
    let file = File::open(&args.file).with_context(|| format!("cannot read {path}"))?;
    Contents::of(&args.media_type, file).with_context(|| format!("{path} cannot be an asset's content"))
}

fn lock(args: &SealArgs) -> anyhow::Result<Answer> {
    file::free(&args.out)?;
    let descriptor = signed::<AssetDescriptor>(&args.descriptor)?;
    let rules = signed::<RulesRevision>(&args.rules)?;
    let asset = descriptor.payload().asset.unwrap_or(descriptor.id());
    ensure!(
        rules.payload().asset == asset,
        "{} are the rules of asset {}, and {} describes asset {asset}",
        args.rules.display(),
        rules.payload().asset,
        args.descriptor.display()
    );
    let committee = endorsed(&args.committee)?;
    ensure!(
        unsigned(&committee).is_empty(),
        "{}: these keyholders did not sign the committee: {:?}",
        args.committee.display(),
        unsigned(&committee)
    );
    let contents = card(&args.contents)?;
    let found = contents.id()?;
    ensure!(
        found.0 == descriptor.payload().content.0,
        "the file's content digest is {found}, and the descriptor names {}: sign a descriptor whose `content` is what \
         `wetsign container contents` says of this file",
        descriptor.payload().content
    );
    let facts = Facts { asset, descriptor: descriptor.id(), rules: rules.id(), contents };
    let mut random =
        |bytes: &mut [u8]| getrandom::fill(bytes).expect("the operating system gives random bytes");
    let (head, key) = Head::lock(facts, &committee.payload().key, &mut random)?;
    let plain = File::open(&args.contents.file)
        .with_context(|| format!("cannot read {}", args.contents.file.display()))?;
    file::write_new_with(&args.out, For::All, |out| Ok(seal(&head, &key, plain, out)?))?;
    let digest = head.digest()?;
    let Committee { threshold, members, number, .. } = committee.payload();
    let text = format!(
        "container {digest}\n{} of {} keyholders open it (committee {number}), each only for an approval that holds\n",
        threshold,
        members.len()
    );
    let mut json = view(&head)?;
    json["ok"] = json!(true);
    json["bytes"] = json!(sealed_length(&head)?);
    Ok(Answer { outcome: Outcome::Yes, text, json })
}

fn show(path: &Path) -> anyhow::Result<Answer> {
    let mut file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let head = Head::read(&mut file).with_context(|| format!("{} is refused", path.display()))?;
    let own = head.check_label();
    let bytes = file.metadata().with_context(|| format!("cannot look at {}", path.display()))?.len();
    let whole = bytes == sealed_length(&head)?;
    let contents = &head.facts.contents;
    let mut text = format!(
        "container {}\nasset     {}\nholds     {} bytes of {}\n",
        head.digest()?,
        head.facts.asset,
        contents.length,
        contents.media_type
    );
    if let Err(refused) = &own {
        let _ = writeln!(text, "refused: {refused}");
    }
    if !whole {
        let spoken = sealed_length(&head)?;
        let _ = writeln!(text, "refused: the file has {bytes} bytes, and the head speaks of {spoken}");
    }
    let mut json = view(&head)?;
    json["ok"] = json!(own.is_ok() && whole);
    Ok(Answer { outcome: Outcome::of(own.is_ok() && whole), text, json })
}

fn view(head: &Head) -> anyhow::Result<Value> {
    Ok(json!({
        "container": head.digest()?,
        "asset": head.facts.asset,
        "descriptor": head.facts.descriptor,
        "rules": head.facts.rules,
        "contents": head.facts.contents,
        "content": head.facts.contents.id()?,
        "commitment": head.commitment,
        "committee_key": head.key.committee.shown(),
    }))
}

fn committee(path: &Path) -> anyhow::Result<Answer> {
    let committee = endorsed(path)?;
    let Committee { number, threshold, key, members, .. } = committee.payload();
    let unsigned = unsigned(&committee);
    let mut text =
        format!("committee {number}: {threshold} of {} keyholders, key {}\n", members.len(), key.shown());
    for member in members {
        let signed = if unsigned.contains(&member.keyholder.to_string()) { "did not sign" } else { "signed" };
        let _ = writeln!(text, "  {}  {signed}", member.keyholder);
    }
    let json = json!({
        "ok": unsigned.is_empty(),
        "committee": committee.id(),
        "number": number,
        "threshold": threshold,
        "key": key.shown(),
        "members": members,
        "unsigned": unsigned,
    });
    Ok(Answer { outcome: Outcome::of(unsigned.is_empty()), text, json })
}

/// Members whose signature is not there.
fn unsigned(committee: &Endorsed<Committee>) -> Vec<String> {
    let members = committee.payload().members.iter().map(|member| member.keyholder);
    members.filter(|member| !committee.signers().contains(member)).map(|member| member.to_string()).collect()
}

fn endorsed(path: &Path) -> anyhow::Result<Endorsed<Committee>> {
    let bytes = read_bounded(path)?;
    Endorsed::decode(&bytes).with_context(|| format!("{} is no signed committee", path.display()))
}

fn signed<T: Object>(path: &Path) -> anyhow::Result<Signed<T>> {
    Signed::decode(&read_bounded(path)?).with_context(|| format!("{} is refused", path.display()))
}
