//! A validator's own device in a story: the program `wetsign companion`, which acts as a passkey and says so.

use std::{path::Path, process::Command};

use anyhow::{Context, ensure};
use wetsign_api::v1;
use wetsign_attest::policy::RelyingParty;

use crate::process::Running;

/// Whose page would ask a real passkey.
pub const PARTY: &str = "demo.wetsign.example";

/// The relying party of a story, as configuration and policy name it.
pub fn relying_party() -> RelyingParty {
    RelyingParty { id: PARTY.to_owned(), origins: vec![format!("https://{PARTY}")] }
}

/// A device that waits for what the kiosk asks, and says yes to what holds.
#[derive(Debug)]
pub struct Phone {
    key: Vec<u8>,
    _running: Running,
}

impl Phone {
    /// Makes a passkey in `folder` and starts the program that waits with it.
    pub fn start(programs: &Path, folder: &Path, kiosk: &Path, name: &str) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        let file = folder.join(format!("{name}.passkey"));
        let wetsign = programs.join("wetsign");
        let made = Command::new(&wetsign)
            .args(["companion", "new", "--relying-party", PARTY])
            .arg(&file)
            .output()
            .context("running wetsign companion new")?;
        ensure!(
            made.status.success(),
            "wetsign companion new: {}",
            String::from_utf8_lossy(&made.stderr).trim()
        );
        let key = hex::decode(String::from_utf8(made.stdout)?.trim()).context("reading the passkey's key")?;
        let mut waits = Command::new(&wetsign);
        waits.args(["companion", "run", "--yes", "--kiosk", &format!("unix:{}", kiosk.display())]).arg(&file);
        let running = Running::start("wetsign companion", waits, &folder.join(format!("{name}.log")))?;
        Ok(Self { key, _running: running })
    }

    /// As an enrolment names it.
    pub fn device(&self) -> v1::DeviceKey {
        v1::DeviceKey { key: self.key.clone(), software: true }
    }
}
