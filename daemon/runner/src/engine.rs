//! The engine's process: started with empty hands, given a package and a task, heard once.

use std::io::BufReader;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use wetsign_runner_ipc::frame::{self, FromEngine, ToEngine};
use wetsign_runner_ipc::{FrameError, Input};

/// Seconds that the runner waits beyond the engine's own.
const BEYOND_S: u64 = 30;

/// How much an engine may take.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// The program; the one beside this program if none is named.
    pub program: Option<PathBuf>,
    /// Folder with ONNX Runtime; the usual one if none is named.
    pub cache: Option<PathBuf>,
    /// Threads of the network.
    pub threads: usize,
    /// Megabytes of memory.
    pub memory_mb: u64,
    /// Seconds.
    pub seconds: u64,
}

/// An engine that waits.
pub struct Engine {
    child: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
    layers: Vec<String>,
}

impl Engine {
    /// Starts it, and hears what it gave up.
    ///
    /// # Errors
    /// It cannot be started, or ends before it is ready.
    pub fn start(bounds: &Bounds) -> anyhow::Result<Self> {
        let program = match &bounds.program {
            Some(program) => program.clone(),
            None => std::env::current_exe()?.with_file_name("wetsign-engine"),
        };
        let mut command = Command::new(&program);
        if let Some(cache) = &bounds.cache {
            command.arg("--cache").arg(cache);
        }
        for (flag, value) in [
            ("--threads", bounds.threads as u64),
            ("--memory-mb", bounds.memory_mb),
            ("--seconds", bounds.seconds),
        ] {
            command.args([flag, &value.to_string()]);
        }
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = child.with_context(|| format!("cannot start {}", program.display()))?;
        let (to, from) = (child.stdin.take(), child.stdout.take().context("the engine has no output")?);
        let mut engine = Self { child, to, from: BufReader::new(from), layers: Vec::new() };
        match frame::read_answer(&mut engine.from) {
            Ok(FromEngine::Ready { layers, .. }) => engine.layers = layers,
            Ok(_) => bail!("the engine answers before it is asked"),
            Err(error) => return Err(engine.gone(error)),
        }
        Ok(engine)
    }

    /// Names of the layers that are in force around it.
    pub fn layers(&self) -> &[String] {
        &self.layers
    }

    /// Ends this program, and with it the engine, if it takes longer than it may: an engine that a network took over
    /// keeps no time.
    pub fn give_up_after(seconds: u64) {
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_secs(seconds.saturating_add(BEYOND_S)));
            wetsign_program::note(&format!(
                "wetsign-runner: nothing was made within {seconds} s; nothing counts"
            ));
            std::process::exit(1);
        });
    }

    /// Hands over the next piece of a package.
    ///
    /// # Errors
    /// The engine is gone.
    pub fn piece(&mut self, piece: &[u8]) -> anyhow::Result<()> {
        self.tell(&ToEngine::Piece(piece.to_vec()))
    }

    /// Has it make what was approved: media type and file.
    ///
    /// # Errors
    /// What the engine says, or that it ended without a word.
    pub fn make(mut self, input: Input) -> anyhow::Result<(String, Vec<u8>)> {
        self.tell(&ToEngine::Make(input))?;
        self.to = None;
        match frame::read_answer(&mut self.from) {
            Ok(FromEngine::Made { media_type, file }) => {
                ensure!(
                    !file.is_empty() && file.len() <= frame::OUTPUT,
                    "the engine made {} bytes",
                    file.len()
                );
                Ok((media_type, file))
            }
            Ok(FromEngine::Refused { why }) => bail!("{}", why.chars().take(2000).collect::<String>()),
            Ok(FromEngine::Ready { .. }) => bail!("the engine says something else than it was asked"),
            Err(error) => Err(self.gone(error)),
        }
    }

    fn tell(&mut self, message: &ToEngine) -> anyhow::Result<()> {
        let to = self.to.as_mut().context("the engine was told everything")?;
        frame::write(to, message).map_err(|error| self.gone(error))
    }

    /// Why there is no answer: how it ended, if it did.
    fn gone(&mut self, error: FrameError) -> anyhow::Error {
        self.to = None;
        let ended = match error {
            FrameError::Ended | FrameError::Io(_) => self.child.wait().ok(),
            _ => None,
        };
        let how = ended
            .map_or_else(String::new, |status| format!(" ({status}: out of memory or time, or it crashed)"));
        anyhow::Error::from(error).context(format!("the engine made nothing{how}"))
    }
}
