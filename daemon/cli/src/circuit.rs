//! `wetsign circuit`: the frozen circuit in figures, and as a file for Circom's tools.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;
use wetsign_ceremony::iden3;
use wetsign_circuits::{DEVELOPMENT_KEY_DIGEST, circuit_info};

use crate::file::{self, For};
use crate::output::{Answer, Outcome};

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
        /// Replace the file if it is there already.
        #[arg(long)]
        force: bool,
    },
}

/// Runs a command of `wetsign circuit`.
pub fn run(args: &CircuitArgs) -> anyhow::Result<Answer> {
    match &args.command {
        CircuitCommand::Info => Ok(info()),
        CircuitCommand::R1cs { out, force } => {
            if !force {
                file::free(out)?;
            }
            let bytes = iden3::r1cs(&circuit_info().shape)?;
            if *force {
                file::replace(out, &bytes, For::All)?;
            } else {
                file::write_new(out, &bytes, For::All)?;
            }
            let text = format!("{}: {} bytes\n", out.display(), bytes.len());
            let json = json!({ "ok": true, "bytes": bytes.len() });
            Ok(Answer { outcome: Outcome::Yes, text, json })
        }
    }
}

fn info() -> Answer {
    let info = circuit_info();
    let mut text = format!(
        "Groth16 on BN254: does this live person match the person registered for this key?\n\n\
         face features     {}\nvoice features    {}\nregistry leaves   {}\nconstraints       {}\n\
         private wires     {}\ndomain            {} of {}\n\npublic inputs, in order\n",
        info.shape.face,
        info.shape.voice,
        info.registry_leaves,
        info.constraints,
        info.private_wires,
        info.domain_used,
        info.domain,
    );
    for (n, name) in info.public_inputs.iter().enumerate() {
        let _ = writeln!(text, "  {n}  {name}");
    }
    text.push_str("\nconstraints by part\n");
    for part in &info.parts {
        let _ = writeln!(text, "  {:>6}  {}", part.constraints, part.name);
    }
    let digest = hex::encode(DEVELOPMENT_KEY_DIGEST);
    let _ = writeln!(text, "\ndevelopment verifying key (anyone can forge under it)\n  {digest}");
    let json = json!({ "ok": true, "circuit": info, "development_verifying_key": digest });
    Answer { outcome: Outcome::Yes, text, json }
}
