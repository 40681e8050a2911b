//! A relay in a story: the program `wetsign-relay` on this machine, at which phones and a kiosk meet.

use std::{net::TcpListener, process::Command, time::Duration};

use anyhow::{Context, ensure};
use tokio::net::TcpStream;
use wetsign_attest::policy::RelyingParty;

use crate::{process::Running, stage::Stage};

const READY: Duration = Duration::from_secs(20);

/// A relay; gone when this is dropped.
#[derive(Debug)]
pub struct Relay {
    port: u16,
    running: Option<Running>,
}

impl Relay {
    /// A free place for one, before it runs.
    pub fn placed() -> anyhow::Result<Self> {
        Ok(Self { port: TcpListener::bind("127.0.0.1:0")?.local_addr()?.port(), running: None })
    }

    /// Its address, and the origin of its page.
    pub fn origin(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Whose passkeys its page asks for.
    pub fn relying_party(&self) -> RelyingParty {
        RelyingParty { id: "localhost".to_owned(), origins: vec![self.origin()] }
    }

    /// Names it in a kiosk's configuration.
    pub fn named(&self, mut sections: toml::Table) -> anyhow::Result<toml::Table> {
        let relay = toml::Table::from_iter([("address".to_owned(), self.origin().into())]);
        let api = sections.entry("api").or_insert_with(|| toml::Table::new().into());
        api.as_table_mut().context("api is no table")?.insert("relay".to_owned(), relay.into());
        Ok(sections)
    }

    /// Starts it for this kiosk, which says what its line is called.
    pub async fn start(&mut self, stage: &Stage) -> anyhow::Result<()> {
        let named = Command::new(stage.programs.join("wetsignd"))
            .args(["line", "--config"])
            .arg(stage.folder().join("wetsignd.toml"))
            .output()
            .context("running wetsignd line")?;
        ensure!(named.status.success(), "wetsignd line: {}", String::from_utf8_lossy(&named.stderr).trim());
        let name = String::from_utf8(named.stdout)?;
        let mut relay = Command::new(stage.programs.join("wetsign-relay"));
        relay.args(["--listen", &format!("127.0.0.1:{}", self.port), "--line", name.trim()]);
        let mut running = Running::start("wetsign-relay", relay, &stage.folder().join("relay.log"))?;
        running.until(READY, async || TcpStream::connect(("127.0.0.1", self.port)).await.is_ok()).await?;
        self.running = Some(running);
        Ok(())
    }

    /// Takes it away, with all that waits in it.
    pub fn stop(&mut self) {
        self.running = None;
    }
}
