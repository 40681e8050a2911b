//! A validator's own device in a story: the program `wetsign companion`, which acts as a passkey and says so.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

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

/// A device with a passkey, switched on or off. On, it waits for what the kiosk asks and says yes to what holds.
#[derive(Debug)]
pub struct Phone {
    key: Vec<u8>,
    wetsign: PathBuf,
    kiosk: String,
    file: PathBuf,
    running: Option<Running>,
}

impl Phone {
    /// Makes a passkey in `folder` and switches the device on.
    pub fn start(programs: &Path, folder: &Path, kiosk: &Path, name: &str) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        let mut phone = Self {
            key: Vec::new(),
            wetsign: programs.join("wetsign"),
            kiosk: format!("unix:{}", kiosk.display()),
            file: folder.join(format!("{name}.passkey")),
            running: None,
        };
        let made = phone.companion(&["new", "--relying-party", PARTY])?;
        phone.key = hex::decode(made.trim()).context("reading the passkey's key")?;
        phone.turn_on()?;
        Ok(phone)
    }

    /// As an enrolment names it.
    pub fn device(&self) -> v1::DeviceKey {
        v1::DeviceKey { key: self.key.clone(), software: true }
    }

    /// Switches it on.
    pub fn turn_on(&mut self) -> anyhow::Result<()> {
        let mut waits = Command::new(&self.wetsign);
        waits.args(["companion", "run", "--yes", "--json", "--kiosk", &self.kiosk]).arg(&self.file);
        self.running = Some(Running::start("wetsign companion", waits, &self.file.with_extension("log"))?);
        Ok(())
    }

    /// Switches it off, in the middle of whatever it does.
    pub fn turn_off(&mut self) {
        self.running = None;
    }

    /// Says no to a request with it.
    pub fn decline(&self, request: &[u8], reason: &str) -> anyhow::Result<String> {
        self.companion(&["decline", "--request", &hex::encode(request), "--reason", reason])
    }

    /// What it told of its work, a JSON object a line.
    pub fn told(&self) -> anyhow::Result<String> {
        Ok(std::fs::read_to_string(self.file.with_extension("log"))?)
    }

    fn companion(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let done = Command::new(&self.wetsign)
            .args(["--kiosk", &self.kiosk, "companion"])
            .args(arguments)
            .arg(&self.file)
            .output()
            .context("running wetsign companion")?;
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        ensure!(done.status.success(), "wetsign companion {}: {}", arguments.join(" "), said.trim());
        Ok(String::from_utf8(done.stdout)?)
    }
}
