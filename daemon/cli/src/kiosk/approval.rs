//! `wetsign approval`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::json;
use wetsign_api::v1;

use super::address::{Address, refused};
use super::asset;
use super::out::{absent, put};
use super::words::{id_bytes, not_found};
use crate::output::{Answer, Outcome};

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
    /// Write the bundle of an approved request to a file. Exit: 0 written, 2 not approved (yet) or taken back, 1 error.
    Get {
        /// Request id, hexadecimal.
        id: String,
        /// Where to write it.
        #[arg(long, value_name = "FILE", default_value = "approval.cbor")]
        out: PathBuf,
        /// Replace the file if it is there already.
        #[arg(long)]
        force: bool,
        /// Write an approval that its owner took back too: for who wants to see what held. The file shows the
        /// withdrawal, and `verify` says *lapsed*; exit 2 all the same.
        #[arg(long)]
        withdrawn: bool,
    },
}

/// Runs a command of `wetsign approval`.
pub async fn run(command: &ApprovalCommand, kiosk: &Address) -> anyhow::Result<Answer> {
    let ApprovalCommand::Get { id, out, force, withdrawn } = command;
    get(id, out, *force, *withdrawn, kiosk).await
}

async fn get(id: &str, out: &Path, force: bool, withdrawn: bool, kiosk: &Address) -> anyhow::Result<Answer> {
    let id = id_bytes(id)?;
    absent(out, force)?;
    let client = kiosk.connect().await?;
    match client.approvals().get(v1::RequestId { id: id.clone() }).await {
        Ok(approval) => {
            let bundle = approval.into_inner().bundle;
            put(out, &bundle, force)?;
            let text = format!(
                "{}: {} bytes\ncheck it yourself: wetsign verify {} --policy YOUR-TRUST-POLICY\n",
                out.display(),
                bundle.len(),
                out.display()
            );
            let json = json!({ "ok": true, "file": out, "bytes": bundle.len() });
            Ok(Answer { outcome: Outcome::Yes, text, json })
        }
        Err(status) => {
            let Some(mut answer) = asset::taken_back(&status) else { return not_found(status) };
            if withdrawn {
                let bundle = client.approvals().get_withdrawn(v1::RequestId { id }).await;
                put(out, &bundle.map_err(refused)?.into_inner().bundle, force)?;
                answer.json["file"] = json!(out);
            }
            Ok(answer)
        }
    }
}
