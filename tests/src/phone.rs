//! A validator's own device in a story: the program `wetsign companion`, which acts as a passkey and says so. It is
//! paired with the kiosk as a phone would be: it reads the picture, both show six digits, and from then on it comes in
//! over TLS.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, ensure};
use wetsign_api::{
    Client,
    v1::{self, session_event::Event},
};
use wetsign_attest::policy::RelyingParty;

use crate::process::Running;

/// Whose page would ask a real passkey.
pub const PARTY: &str = "demo.wetsign.example";

/// The relying party of a story, as configuration and policy name it.
pub fn relying_party() -> RelyingParty {
    RelyingParty { id: PARTY.to_owned(), origins: vec![format!("https://{PARTY}")] }
}

/// Adds a door for devices to a kiosk's configuration, at a free port of this machine.
pub fn with_door(mut sections: toml::Table) -> anyhow::Result<toml::Table> {
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
    let devices = toml::Table::from_iter([("address".to_owned(), address.into())]);
    let api = sections.entry("api").or_insert_with(|| toml::Table::new().into());
    api.as_table_mut().context("api is no table")?.insert("devices".to_owned(), devices.into());
    Ok(sections)
}

/// A device with a passkey, switched on or off. On, it waits for what the kiosk asks and says yes to what holds.
#[derive(Debug)]
pub struct Phone {
    key: Vec<u8>,
    wetsign: PathBuf,
    file: PathBuf,
    running: Option<Running>,
    pairing: Option<Running>,
    /// The next digits that the kiosk shows are those of a pairing.
    compares: bool,
}

impl Phone {
    /// Makes a passkey in `folder` and switches the device on.
    pub fn start(programs: &Path, folder: &Path, name: &str) -> anyhow::Result<Self> {
        Self::of(PARTY, programs, folder, name)
    }

    /// The same, with a passkey of another relying party.
    pub fn of(party: &str, programs: &Path, folder: &Path, name: &str) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        let mut phone = Self {
            key: Vec::new(),
            wetsign: programs.join("wetsign"),
            file: folder.join(format!("{name}.passkey")),
            running: None,
            pairing: None,
            compares: false,
        };
        let made = phone.companion(&["new", "--relying-party", party])?;
        phone.key = hex::decode(made.trim()).context("reading the passkey's key")?;
        phone.turn_on()?;
        Ok(phone)
    }

    /// Its public key.
    pub fn key(&self) -> &[u8] {
        &self.key
    }

    /// Its passkey's file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Its public key in hexadecimal.
    pub fn name(&self) -> String {
        hex::encode(&self.key)
    }

    /// Switches it on.
    pub fn turn_on(&mut self) -> anyhow::Result<()> {
        let mut waits = Command::new(&self.wetsign);
        waits.args(["companion", "run", "--yes", "--json"]).arg(&self.file).env_remove("WETSIGN_KIOSK");
        self.running = Some(Running::start("wetsign companion", waits, &self.file.with_extension("log"))?);
        Ok(())
    }

    /// Switches it off, in the middle of whatever it does.
    pub fn turn_off(&mut self) {
        self.running = None;
    }

    /// What its owner does with it while the kiosk tells what happens: reads the picture, compares the digits.
    pub fn sees(&mut self, kiosk: &Client, event: &Event) {
        match event {
            Event::Invitation(invitation) => {
                self.scan(&invitation.text).expect("the phone reads the picture");
                self.compares = true;
            }
            Event::Code(code) if std::mem::take(&mut self.compares) => {
                let (kiosk, log, shown) = (kiosk.clone(), self.pairing_log(), code.digits.clone());
                tokio::spawn(async move {
                    let same = digits(&log).await == Some(shown);
                    // A pairing that ended meanwhile has ended the visit too.
                    let _ = kiosk.pairings().compare(v1::PairingComparison { same }).await;
                });
            }
            _ => {}
        }
    }

    /// Reads a picture.
    pub fn scan(&mut self, invitation: &str) -> anyhow::Result<()> {
        // What an earlier pairing told is over.
        let _ = std::fs::remove_file(self.pairing_log());
        let mut pairs = Command::new(&self.wetsign);
        pairs.args([
            "companion",
            "pair",
            "--yes",
            "--json",
            "--label",
            "her phone",
            "--invitation",
            invitation,
        ]);
        pairs.arg(&self.file);
        self.pairing = Some(Running::start("wetsign companion pair", pairs, &self.pairing_log())?);
        Ok(())
    }

    /// Says no to a request with it.
    pub fn decline(&self, request: &[u8], reason: &str) -> anyhow::Result<String> {
        self.companion(&["decline", "--request", &hex::encode(request), "--reason", reason])
    }

    /// Lets its owner try again after too many failures.
    pub fn unlock(&self) -> anyhow::Result<String> {
        self.companion(&["unlock"])
    }

    /// What it told of its work, a JSON object a line.
    pub fn told(&self) -> anyhow::Result<String> {
        Ok(std::fs::read_to_string(self.file.with_extension("log"))?)
    }

    fn pairing_log(&self) -> PathBuf {
        self.file.with_extension("pairing.log")
    }

    /// Says something of keys with it, to its own kiosk, or to the one at `kiosk` if it is paired with none.
    pub fn keys(&self, arguments: &[&str], kiosk: Option<&Path>) -> anyhow::Result<String> {
        keys(&self.wetsign, &self.file, arguments, kiosk)
    }

    fn companion(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let mut asked = Command::new(&self.wetsign);
        asked.arg("companion").args(arguments).arg(&self.file);
        said(&format!("wetsign companion {}", arguments.join(" ")), &mut asked)
    }
}

/// A key that is no phone's: on paper at home, or a friend's.
#[derive(Debug)]
pub struct Paper {
    wetsign: PathBuf,
    file: PathBuf,
    key: String,
}

impl Paper {
    /// Makes one in `folder`.
    pub fn new(programs: &Path, folder: &Path, name: &str) -> anyhow::Result<Self> {
        let (wetsign, file) = (programs.join("wetsign"), folder.join(format!("{name}.key")));
        let key = said("wetsign key new", Command::new(&wetsign).args(["key", "new"]).arg(&file))?;
        Ok(Self { wetsign, file, key: key.trim().to_owned() })
    }

    /// Its public half, hexadecimal.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Says something of keys with it, to the kiosk at `kiosk`.
    pub fn keys(&self, arguments: &[&str], kiosk: &Path) -> anyhow::Result<String> {
        keys(&self.wetsign, &self.file, arguments, Some(kiosk))
    }
}

fn keys(wetsign: &Path, key: &Path, arguments: &[&str], kiosk: Option<&Path>) -> anyhow::Result<String> {
    let mut asked = Command::new(wetsign);
    asked.arg("keys").args(arguments).arg("--key").arg(key);
    if let Some(socket) = kiosk {
        asked.arg("--kiosk").arg(format!("unix:{}", socket.display()));
    }
    said(&format!("wetsign keys {}", arguments.join(" ")), &mut asked)
}

/// What a command that ends well says.
fn said(what: &str, command: &mut Command) -> anyhow::Result<String> {
    let done = command.env_remove("WETSIGN_KIOSK").output().with_context(|| format!("running {what}"))?;
    let (out, error) = (String::from_utf8(done.stdout)?, String::from_utf8_lossy(&done.stderr).into_owned());
    ensure!(done.status.success(), "{what}: {}{}", out.trim(), error.trim());
    Ok(out)
}

/// The six digits that the phone shows, as soon as it does.
async fn digits(log: &Path) -> Option<String> {
    for _ in 0..200 {
        let told = std::fs::read_to_string(log).unwrap_or_default();
        if let Some((_, rest)) = told.split_once("\"digits\":\"") {
            return Some(rest.split('"').next()?.to_owned());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    None
}
