//! `wetsign library`: networks with signed model cards, in a folder that anybody can copy and check.
//!
//! - `library/shelf.rs`: the folder: cards with their places in its log, files by their digests.
//! - `library/draft.rs`: cards before anybody signs: from TOML, and of the networks of `models/manifest.toml`.
//! - `library/publish.rs`, `library/find.rs`: putting cards in, and looking for them.

mod draft;
mod find;
mod publish;
mod shelf;

use clap::{Args, Subcommand};

use crate::output::Answer;
use find::{FetchArgs, SearchArgs, ShowArgs};
use publish::PublishArgs;

/// `wetsign library`.
#[derive(Debug, Args)]
pub struct LibraryArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: LibraryCommand,
}

/// Commands of `wetsign library`.
#[derive(Debug, Subcommand)]
pub enum LibraryCommand {
    /// Sign a card and put it into a library, in its log. For whoever keeps the library; prints the key by which
    /// readers check it.
    #[command(after_help = "\
Example:
  wetsign key new log.key
  wetsign key new publisher.key
  wetsign library publish --shelf library --origin example.org/library --log-key log.key --key publisher.key --networks
  wetsign library publish --shelf library --origin example.org/library --log-key log.key --key publisher.key card.toml \\
      --file voice.onnx")]
    Publish(PublishArgs),
    /// The newest cards in which all words occur. Exit: 0 some, 2 none, 1 error.
    #[command(after_help = "\
Example:
  wetsign library search --shelf library --vkey example.org/library+… face MIT")]
    Search(SearchArgs),
    /// A card whole, with its place in the log.
    Show(ShowArgs),
    /// The file of a card, held against its digest: from the library, or from this machine's cache of networks.
    Fetch(FetchArgs),
}

/// Runs a command of `wetsign library`.
pub fn run(args: &LibraryArgs) -> anyhow::Result<Answer> {
    match &args.command {
        LibraryCommand::Publish(args) => publish::run(args),
        LibraryCommand::Search(args) => find::search(args),
        LibraryCommand::Show(args) => find::show(args),
        LibraryCommand::Fetch(args) => find::fetch(args),
    }
}
