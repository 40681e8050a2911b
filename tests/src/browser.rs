//! A phone's browser in a story: headless Chromium with its own authenticator, driven by `tests/e2e/phone.mjs`.

use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context, bail};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use wetsign_attest::{Object, Signed};

/// Where what it needs lies.
#[derive(Debug, Clone, clap::Args)]
pub struct Places {
    /// Folder of `tests/e2e`.
    #[arg(long)]
    pub scripts: PathBuf,
    /// Folder with `node_modules`.
    #[arg(long)]
    pub modules: PathBuf,
    /// Chromium.
    #[arg(long)]
    pub chromium: PathBuf,
    /// The repository.
    #[arg(long)]
    pub repository: PathBuf,
    /// Where pictures go.
    #[arg(long)]
    pub out: PathBuf,
}

/// What a screen shows.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Shown {
    /// Which one.
    pub screen: String,
    /// Six digits, if there are any.
    pub code: String,
    /// All of its text.
    pub text: String,
}

/// Something that was looked at.
#[derive(Debug, Clone, Deserialize, serde::Serialize)]
pub struct Row {
    /// What.
    pub name: String,
    /// Whether it is as it should be.
    pub ok: bool,
    /// How many were looked at, or why it is not.
    pub why: String,
}

/// A browser that runs; gone when this is dropped.
#[derive(Debug)]
pub struct Browser {
    child: Child,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Browser {
    /// Starts it.
    pub fn start(places: &Places) -> anyhow::Result<Self> {
        let mut child = Command::new("node")
            .arg(places.scripts.join("phone.mjs"))
            .arg("--modules")
            .arg(&places.modules)
            .arg("--chromium")
            .arg(&places.chromium)
            .arg("--assets")
            .arg(places.repository.join("daemon/relay/assets"))
            .arg("--repository")
            .arg(&places.repository)
            .arg("--out")
            .arg(&places.out)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("starting node")?;
        let orders = child.stdin.take().context("node has no input")?;
        let answers = child.stdout.take().context("node has no output")?;
        Ok(Self { child, orders, answers: BufReader::new(answers).lines() })
    }

    /// Gives an order, and has its answer.
    pub async fn order(&mut self, order: Value) -> anyhow::Result<Value> {
        self.orders.write_all(format!("{order}\n").as_bytes()).await.context("the browser is gone")?;
        let line = self.answers.next_line().await?.context("the browser ended")?;
        let answer: Value = serde_json::from_str(&line).with_context(|| format!("it answers {line}"))?;
        if answer["ok"] != true {
            bail!("the browser could not {}", answer["why"].as_str().unwrap_or("do it"));
        }
        Ok(answer)
    }

    /// Opens an address.
    pub async fn open(&mut self, url: &str) -> anyhow::Result<()> {
        self.order(json!({ "do": "open", "url": url })).await.map(drop)
    }

    /// Waits for a screen.
    pub async fn screen(&mut self, name: &str) -> anyhow::Result<Shown> {
        Ok(serde_json::from_value(self.order(json!({ "do": "screen", "name": name })).await?)?)
    }

    /// Presses a button, by keyboard.
    pub async fn press(&mut self, what: &str) -> anyhow::Result<()> {
        self.order(json!({ "do": "press", "what": what })).await.map(drop)
    }

    /// Presses the last of several such buttons.
    pub async fn press_last(&mut self, what: &str) -> anyhow::Result<()> {
        self.order(json!({ "do": "press", "what": what, "last": true })).await.map(drop)
    }

    /// Writes into a field.
    pub async fn fill(&mut self, name: &str, value: &str) -> anyhow::Result<()> {
        self.order(json!({ "do": "fill", "name": name, "value": value })).await.map(drop)
    }

    /// Sends what was written.
    pub async fn submit(&mut self) -> anyhow::Result<()> {
        self.order(json!({ "do": "submit" })).await.map(drop)
    }

    /// Presses the button that saves something; the file.
    pub async fn saves(&mut self) -> anyhow::Result<Vec<u8>> {
        let answer = self.order(json!({ "do": "saves" })).await?;
        bytes(&answer["file"])
    }

    /// Signs this with the phone's passkey, as another page of the same relay would have it signed.
    pub async fn signs<T: Object>(&mut self, object: &T) -> anyhow::Result<Signed<T>> {
        let payload = hex::encode(object.to_payload()?);
        let answer = self.order(json!({ "do": "signs", "kind": T::TYPE, "payload": payload })).await?;
        Ok(Signed::decode(&bytes(&answer["signed"])?)?)
    }

    /// Takes pictures of the screen in each language, and looks at all that has to hold for it.
    pub async fn look(&mut self, name: &str) -> anyhow::Result<()> {
        self.order(json!({ "do": "look", "name": name })).await.map(drop)
    }

    /// Whether its device knows its person.
    pub async fn verified(&mut self, on: bool) -> anyhow::Result<()> {
        self.order(json!({ "do": "verified", "on": on })).await.map(drop)
    }

    /// Notes that something held, or why it did not.
    pub async fn row(&mut self, name: &str, why: Option<String>) -> anyhow::Result<()> {
        self.order(json!({ "do": "row", "name": name, "why": why })).await.map(drop)
    }

    /// Ends it; everything that was looked at.
    pub async fn end(mut self) -> anyhow::Result<Vec<Row>> {
        let answer = self.order(json!({ "do": "end" })).await?;
        self.child.wait().await?;
        Ok(serde_json::from_value(answer["rows"].clone())?)
    }
}

fn bytes(told: &Value) -> anyhow::Result<Vec<u8>> {
    hex::decode(told.as_str().context("the browser gave no bytes")?).context("reading the browser's bytes")
}
