//! A hardhat node, and the program that asks the contracts in revm and there (`tests/chain/`).

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;

use anyhow::{Context as _, bail};

use crate::process;
use crate::programs;

/// What hardhat says when it answers.
const READY: &str = "Started HTTP";

/// A node that ends with this value.
pub struct Hardhat {
    child: Child,
    pub url: String,
}

impl Hardhat {
    /// Starts the node of the packages in `node` on a free port of this machine, with this chain id.
    pub fn start(node: &Path, chain: u64) -> anyhow::Result<Self> {
        let config = format!("hardhat-{chain}.config.js");
        let networks = format!("{{ hardhat: {{ chainId: {chain}, hardfork: \"osaka\" }} }}");
        let module = format!("module.exports = {{ solidity: \"0.8.37\", networks: {networks} }};\n");
        std::fs::write(node.join(&config), module)?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port().to_string();
        let child = Command::new("node")
            .arg(node.join("node_modules/hardhat/internal/cli/cli.js"))
            .args(["--config", &config, "node", "--hostname", "127.0.0.1", "--port", &port])
            .current_dir(node)
            .env("HARDHAT_DISABLE_TELEMETRY_PROMPT", "true")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start node for hardhat")?;
        let mut hardhat = Self { child, url: format!("http://127.0.0.1:{port}") };
        let output = hardhat.child.stdout.take().context("hardhat has no output")?;
        let mut lines = BufReader::new(output).lines();
        let mut said = String::new();
        for line in &mut lines {
            let line = line?;
            if line.contains(READY) {
                // A pipe that nobody empties would stop it.
                thread::spawn(move || lines.for_each(drop));
                return Ok(hardhat);
            }
            said.push_str(&line);
            said.push('\n');
        }
        bail!("hardhat ended before it answered: {}", said.trim())
    }
}

impl Drop for Hardhat {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A subcommand of cargo for the workspace of `attest/chain`, in `target/chain`.
pub fn cargo(what: &str) -> Command {
    let mut cargo = programs::cargo();
    cargo.args([what, "--locked", "--manifest-path", "attest/chain/Cargo.toml", "--target-dir"]);
    cargo.arg(programs::workspace().join("target/chain"));
    cargo
}

/// The program that asks the contracts, built if it is not yet.
pub fn program() -> anyhow::Result<Command> {
    process::openly(cargo("build").args(["--package", "wetsign-chain-tests"]))?;
    Ok(Command::new(programs::workspace().join("target/chain/debug/wetsign-chain-tests")))
}
