//! A disk that fills up, and room that is made again.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use tonic::Code;
use wetsign_api::v1;

use super::Siege;
use crate::stage::Options;

const SIZE_MB: u64 = 32;

/// A small disk of its own, gone when dropped.
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Mounts a tmpfs; `None` for who may not mount.
    pub fn mount(place: &Path) -> anyhow::Result<Option<Self>> {
        std::fs::create_dir_all(place)?;
        let size = format!("size={SIZE_MB}m,mode=0700");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(place).output();
        Ok(mounted.is_ok_and(|mounted| mounted.status.success()).then(|| Self(place.to_owned())))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // What cannot be unmounted is in use, and says so in the mount table.
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

/// Fills the disk to the last bytes.
fn fill(disk: &Path) -> anyhow::Result<PathBuf> {
    let filler = disk.join("filler");
    let mut file = std::fs::File::create(&filler)?;
    for size in [1 << 20, 1 << 16, 1 << 12] {
        while std::io::Write::write_all(&mut file, &vec![1; size]).is_ok() {}
    }
    Ok(filler)
}

/// On a full disk every call answers at once and says why; once there is room the kiosk goes on. It ends in time while
/// the disk is full, and starts again.
pub async fn full(siege: &mut Siege) -> anyhow::Result<String> {
    let state = siege.stage.folder().join("state");
    let filler = fill(&state)?;
    let mut slowest = Duration::ZERO;
    for _ in 0..5 {
        let request = siege.request()?;
        let begun = Instant::now();
        let refused =
            siege.stage.client.requests().submit(v1::SubmitRequest { request, ..Default::default() }).await;
        slowest = slowest.max(begun.elapsed());
        let refused = refused.err().context("a submit was taken on a full disk")?;
        ensure!(
            refused.code() == Code::ResourceExhausted && refused.message().contains("disk"),
            "a full disk was answered with {refused}"
        );
    }
    ensure!(slowest < Duration::from_secs(1), "a refusal took {slowest:?}");
    let status = siege.stage.client.kiosk().status(v1::StatusRequest {}).await?.into_inner();
    ensure!(status.state.contains("room"), "on a full disk the kiosk says {:?}", status.state);

    std::fs::remove_file(&filler)?;
    let request = siege.request()?;
    siege
        .stage
        .client
        .requests()
        .submit(v1::SubmitRequest { request, ..Default::default() })
        .await
        .context("after room was made")?;

    let filler = fill(&state)?;
    let begun = Instant::now();
    let process = siege.stage.daemon().id().to_string();
    Command::new("kill").args(["-TERM", &process]).status()?;
    siege.stage.daemon().wait(Duration::from_secs(5)).await.context("SIGTERM on a full disk")?;
    let ended = begun.elapsed();
    std::fs::remove_file(&filler)?;
    siege.stage.restart(&Options::default()).await.context("the start after room was made")?;
    Ok(format!("refused within {slowest:.1?}, ended within {ended:.1?}, started again"))
}
