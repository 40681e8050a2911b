//! Running the product's own programs beside a story: started, watched, measured, and ended with it.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, bail};

/// The folder with the programs that were built together with this one.
pub fn programs() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe().context("asking for the path of this program")?;
    // Test binaries live one folder deeper, in `deps`.
    own.ancestors().skip(1).find(|folder| folder.join("wetsignd").is_file()).map(Path::to_owned).with_context(
        || {
            format!(
                "no wetsignd beside {}: run `cargo xtask test` or `cargo build --workspace`",
                own.display()
            )
        },
    )
}

/// A program that ends when this value is dropped.
#[derive(Debug)]
pub struct Running {
    name: &'static str,
    child: Child,
    log: PathBuf,
}

impl Running {
    /// Starts `command` with its output in `log`.
    pub fn start(name: &'static str, mut command: Command, log: &Path) -> anyhow::Result<Self> {
        let output = File::options()
            .create(true)
            .append(true)
            .open(log)
            .with_context(|| format!("opening {}", log.display()))?;
        let child = command
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()
            .with_context(|| format!("starting {name} ({})", command.get_program().display()))?;
        Ok(Self { name, child, log: log.to_owned() })
    }

    /// Waits until `ready` answers true, or says what the program last wrote.
    pub async fn until(
        &mut self,
        limit: Duration,
        mut ready: impl AsyncFnMut() -> bool,
    ) -> anyhow::Result<()> {
        let deadline = Instant::now() + limit;
        while !ready().await {
            if let Some(status) = self.child.try_wait()? {
                bail!("{} ended with {status} before it was ready:\n{}", self.name, self.last_words());
            }
            if Instant::now() > deadline {
                bail!("{} was not ready within {} s:\n{}", self.name, limit.as_secs(), self.last_words());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Waits for the program's own end.
    pub async fn wait(&mut self, limit: Duration) -> anyhow::Result<std::process::ExitStatus> {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            if Instant::now() > deadline {
                bail!("{} still runs after {} s:\n{}", self.name, limit.as_secs(), self.last_words());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Ends it the way a power cut would: no clean-up, no last flush. One that has ended already stays ended.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        self.child.kill().with_context(|| format!("killing {}", self.name))?;
        self.child.wait()?;
        Ok(())
    }

    /// Lets it stand still where it is, until it is killed.
    pub fn stand_still(&self) -> anyhow::Result<()> {
        let id = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw);
        let id = id.with_context(|| format!("{} has no process id", self.name))?;
        rustix::process::kill_process(id, rustix::process::Signal::STOP)
            .with_context(|| format!("stopping {}", self.name))
    }

    /// Kills each of its children that has this name (proc(5), `comm`); answers how many.
    pub fn kill_children(&self, name: &str) -> usize {
        let named = |id: &u32| name_of(*id).is_some_and(|found| found == name);
        let ids = children(self.child.id()).into_iter().filter(named);
        let pids = ids.filter_map(|id| rustix::process::Pid::from_raw(i32::try_from(id).ok()?));
        // One that has just ended is dead too.
        pids.filter(|pid| rustix::process::kill_process(*pid, rustix::process::Signal::KILL).is_ok()).count()
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Peak resident memory of this program and of its children, by program name, in MiB.
    pub fn peak_memory(&self) -> Vec<(String, u64)> {
        std::iter::once(self.child.id()).chain(children(self.child.id())).filter_map(peak_of).collect()
    }

    fn last_words(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Already ended is as good as ended now.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Peak resident memory of process `id` from `/proc` (proc(5), `VmHWM`), in MiB, with its name.
pub fn peak_of(id: u32) -> Option<(String, u64)> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let kib = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = kib.split_whitespace().next()?.parse().ok()?;
    Some((name_of(id)?, kib.div_ceil(1024)))
}

/// The name of process `id` (proc(5), `comm`).
pub fn name_of(id: u32) -> Option<String> {
    Some(std::fs::read_to_string(format!("/proc/{id}/comm")).ok()?.trim_end().to_owned())
}

/// The processes that process `parent` started and that still are.
pub fn children(parent: u32) -> Vec<u32> {
    let tasks = std::fs::read_dir(format!("/proc/{parent}/task")).into_iter().flatten().flatten();
    tasks
        .filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok())
        .flat_map(|list| list.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<u32>>())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_very_process_has_a_peak() {
        let (name, mib) = peak_of(std::process::id()).expect("/proc is there on Linux");
        assert!(!name.is_empty());
        assert!(mib > 0);
    }

    #[tokio::test]
    async fn a_program_that_ends_early_is_reported_with_its_last_words() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut command = Command::new("sh");
        command.args(["-c", "echo no camera >&2; exit 3"]);
        let mut running = Running::start("sh", command, &folder.path().join("log")).expect("sh starts");
        let error = running.until(Duration::from_secs(10), async || false).await.expect_err("it ended");
        assert!(error.to_string().contains("no camera"), "{error}");
    }
}
