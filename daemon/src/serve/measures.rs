//! Metrics as a file, made anew every fifteen seconds: a kiosk opens no port for them. Prometheus' node exporter reads
//! such files (its *textfile* collector).

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use crate::{
    kiosk::{Kiosk, now},
    metrics::Moment,
    peak,
    store::room,
};

const EVERY: Duration = Duration::from_secs(15);

/// The file of the metrics; gone when this is dropped, so that nobody reads what was.
pub(super) struct Measures(PathBuf);

impl Drop for Measures {
    fn drop(&mut self) {
        // Whoever reads it sees its age.
        let _ = fs::remove_file(&self.0);
    }
}

impl Measures {
    /// Writes the file, and again and again.
    ///
    /// # Errors
    /// The file cannot be written now; later that is a warning in the log.
    pub(super) async fn keep(kiosk: &Arc<Kiosk>, path: PathBuf) -> io::Result<Self> {
        put(&path, &text(kiosk).await)?;
        let (kiosk, file) = (Arc::downgrade(kiosk), path.clone());
        tokio::spawn(async move {
            let mut well = true;
            loop {
                tokio::time::sleep(EVERY).await;
                let Some(kiosk) = kiosk.upgrade() else { return };
                let written = put(&file, &text(&kiosk).await);
                if let Err(error) = &written
                    && well
                {
                    tracing::warn!(%error, file = %file.display(), "metrics cannot be written");
                }
                well = written.is_ok();
            }
        });
        Ok(Self(path))
    }
}

async fn text(kiosk: &Kiosk) -> String {
    let epoch = kiosk.ledger.registry().current();
    let processes = [("wetsignd", Some(std::process::id())), ("wetsign-sensor", kiosk.sensor.pid())];
    let peak = |(name, pid): (&'static str, Option<u32>)| Some((name, peak::peak_kib(pid?)? * 1024));
    kiosk.metrics.text(&Moment {
        ready: kiosk.unready(now()).await.is_empty(),
        sensor: kiosk.sensor.pid().is_some(),
        log: kiosk.ledger.journal().size(),
        enrolled: kiosk.ledger.enrolments(),
        epoch: epoch.map(|epoch| (epoch.epoch.number, now().saturating_sub(epoch.epoch.time))),
        free: room::disk(&kiosk.config.state).ok().map(|disk| disk.free),
        memory: processes.into_iter().filter_map(peak).collect(),
    })
}

/// Whole or not at all: readers never see half a file.
fn put(path: &Path, text: &str) -> io::Result<()> {
    let beside = path.with_extension(format!("{}.partial", std::process::id()));
    fs::write(&beside, text)?;
    fs::rename(&beside, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wetsign.prom");
        put(&path, "one").unwrap();
        put(&path, "two").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(put(&folder.path().join("none/wetsign.prom"), "x").is_err());
    }
}
