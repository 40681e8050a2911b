//! What whoever runs a kiosk does to it in the first month, with the real programs: long lists, pipes that end,
//! signals.

use std::{
    io::Read,
    path::Path,
    process::{Child, Command, Output, Stdio},
    time::Duration,
};

use anyhow::{Context, ensure};
use serde_json::Value;
use wetsign_tests::{siege::Siege, stage::Stage};

/// Within it every command that follows nothing has ended, whatever the kiosk does.
const SOON: Duration = Duration::from_secs(40);

fn wetsign(stage: &Stage, args: &[&str]) -> Command {
    let mut command = Command::new(stage.programs.join("wetsign"));
    let socket = stage.folder().join("kiosk.sock");
    command.args(args).arg("--kiosk").arg(format!("unix:{}", socket.display())).stdin(Stdio::null());
    command
}

fn ran(stage: &Stage, args: &[&str]) -> anyhow::Result<Output> {
    wetsign(stage, args).output().with_context(|| format!("running wetsign {}", args.join(" ")))
}

fn told(output: &Output) -> anyhow::Result<Value> {
    serde_json::from_slice(&output.stdout)
        .with_context(|| format!("no JSON: {}", String::from_utf8_lossy(&output.stderr)))
}

/// Waits for a program's own end; one that does not end is killed.
async fn ended(mut child: Child) -> anyhow::Result<Option<i32>> {
    for _ in 0..SOON.as_millis() / 50 {
        if let Some(status) = child.try_wait()? {
            return Ok(status.code());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    child.kill()?;
    anyhow::bail!("it still ran after {} s", SOON.as_secs())
}

fn signal(process: u32, name: &str) -> anyhow::Result<()> {
    let sent = Command::new("kill").args([&format!("-{name}"), &process.to_string()]).status()?;
    ensure!(sent.success(), "SIG{name} cannot be sent");
    Ok(())
}

async fn kiosk(folder: &Path, requests: usize) -> anyhow::Result<Siege> {
    Siege::begin(folder, toml::Table::new(), requests).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_list_is_whole_or_says_that_it_is_not() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    // Sixty of 57 KB are more than one message holds.
    let siege = kiosk(folder.path(), 60).await?;

    let all = told(&ran(&siege.stage, &["request", "list", "--json"])?)?;
    assert_eq!(all["requests"].as_array().map(Vec::len), Some(60));
    assert_eq!(all["more"], false);

    let some = ran(&siege.stage, &["request", "list", "--limit", "50"])?;
    let words = String::from_utf8(some.stdout)?;
    assert!(words.contains("there are more: these are the 50 newest (--limit)"), "{words}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_tells_at_once_and_ends_with_its_reader() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let siege = kiosk(folder.path(), 1).await?;
    let id = hex::encode(&siege.known[0]);
    for json in [&["request", "watch", &id][..], &["request", "watch", &id, "--json"]] {
        let mut watch = wetsign(&siege.stage, json).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let mut first = [0; 16];
        watch.stdout.take().context("its output")?.read_exact(&mut first)?;
        // The reader has gone now.
        assert_eq!(ended(watch).await?, Some(0), "{json:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kiosk_that_stands_still_is_told_so_and_a_closed_terminal_ends_it() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let mut siege = kiosk(folder.path(), 1).await?;
    let (id, process) = (hex::encode(&siege.known[0]), siege.stage.daemon().id());
    let out = folder.path().join("approval.cbor");
    let out = out.to_str().context("a path in UTF-8")?;

    signal(process, "STOP")?;
    let calls: [&[&str]; 4] = [
        &["status"],
        &["request", "list"],
        &["request", "get", &id],
        &["approval", "get", &id, "--out", out],
    ];
    let mut asking = Vec::new();
    for args in calls {
        asking.push((args, wetsign(&siege.stage, args).stderr(Stdio::piped()).spawn()?));
    }
    for (args, mut child) in asking {
        let mut words = child.stderr.take().context("its errors")?;
        assert_eq!(ended(child).await?, Some(1), "{args:?}");
        let mut said = String::new();
        words.read_to_string(&mut said)?;
        assert!(said.contains("no kiosk answers at unix:"), "{args:?}: {said}");
    }
    signal(process, "CONT")?;

    std::fs::write(out, "precious")?;
    let taken = ran(&siege.stage, &["approval", "get", &id, "--out", out])?;
    assert_eq!(taken.status.code(), Some(1), "what is there is not overwritten");
    assert_eq!(std::fs::read_to_string(out)?, "precious");

    signal(process, "HUP")?;
    let status = siege.stage.daemon().wait(Duration::from_secs(10)).await?;
    assert_eq!(status.code(), Some(0));
    assert!(!siege.stage.folder().join("kiosk.sock").exists(), "the socket is removed");
    Ok(())
}
