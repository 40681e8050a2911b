//! QEMU's control socket (QMP), and the lines of a board's ports.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, bail, ensure};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::UnixStream,
    time::timeout,
};

/// How long QEMU may take to answer.
const ANSWERS: Duration = Duration::from_secs(10);

/// QEMU's control socket.
#[derive(Debug)]
pub struct Control(PathBuf);

impl Control {
    /// At this path.
    pub fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// One command of the QEMU Machine Protocol.
    pub async fn command(&self, name: &str, arguments: Value) -> anyhow::Result<Value> {
        timeout(ANSWERS, command(&self.0, name, arguments))
            .await
            .with_context(|| format!("QEMU did not answer `{name}` within {} s", ANSWERS.as_secs()))?
    }
}

async fn command(control: &Path, name: &str, arguments: Value) -> anyhow::Result<Value> {
    let stream =
        UnixStream::connect(control).await.with_context(|| format!("cannot reach {}", control.display()))?;
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    let commands =
        [json!({ "execute": "qmp_capabilities" }), json!({ "execute": name, "arguments": arguments })];
    let mut answer = Value::Null;
    for command in commands {
        write.write_all(format!("{command}\n").as_bytes()).await?;
        answer = loop {
            let line = lines.next_line().await?.context("QEMU closed its control socket")?;
            let message: Value = serde_json::from_str(&line).context("QEMU does not speak JSON")?;
            // The greeting and events come in between.
            match (message.get("return"), message.get("error")) {
                (Some(value), _) => break value.clone(),
                (_, Some(error)) => bail!("QEMU refuses `{name}`: {error}"),
                _ => {}
            }
        };
    }
    Ok(answer)
}

/// The input lines of one port of the LM3S6965, set through QEMU's test socket (`-qtest`).
#[derive(Debug)]
pub struct Lines {
    device: String,
    socket: PathBuf,
}

/// QEMU's name for the kind of the ports.
const PORT: &str = "child<pl061_luminary>";

impl Lines {
    /// The lines of the port with this index, A being 0.
    pub async fn of_port(control: &Control, index: usize, socket: PathBuf) -> anyhow::Result<Self> {
        const PLACE: &str = "/machine/unattached";
        let devices = control.command("qom-list", json!({ "path": PLACE })).await?;
        let name = |device: &Value| {
            let name = device["name"].as_str().filter(|_| device["type"] == PORT)?;
            let number = name.strip_prefix("device[")?.strip_suffix(']')?.parse::<usize>().ok()?;
            Some((number, format!("{PLACE}/{name}")))
        };
        // QEMU makes the ports in their order and counts what it makes.
        let mut ports: Vec<_> = devices.as_array().into_iter().flatten().filter_map(name).collect();
        ports.sort();
        let (_, device) = ports.get(index).context("QEMU's board has fewer ports")?.clone();
        Ok(Self { device, socket })
    }

    /// Sets a line high or low.
    pub async fn set(&self, line: u8, high: bool) -> anyhow::Result<()> {
        let command = format!("set_irq_in {} unnamed-gpio-in {line} {}\n", self.device, u8::from(high));
        timeout(ANSWERS, async {
            let stream = UnixStream::connect(&self.socket).await;
            let mut stream = stream.with_context(|| format!("cannot reach {}", self.socket.display()))?;
            stream.write_all(command.as_bytes()).await?;
            let answer = BufReader::new(stream).lines().next_line().await?;
            ensure!(answer.as_deref() == Some("OK"), "QEMU does not set line {line}: {answer:?}");
            Ok(())
        })
        .await
        .with_context(|| format!("QEMU did not set line {line} within {} s", ANSWERS.as_secs()))?
    }
}
