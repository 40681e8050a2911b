//! The secure element of a story: a program, or firmware on a board that QEMU emulates. Both behind a Unix socket.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, ensure};
use clap::ValueEnum;
use wetsign_attest::{eat::Home, id::Digest};

use crate::{
    board::{Board, EmulatedBoard, Firmware},
    firmware_image::Image,
    process::Running,
};

const READY: Duration = Duration::from_secs(20);
/// Its inputs for the case are the processor's own, and QEMU can move them.
const BOARD: Board = Board::Lm3s6965evb;

/// What the element runs on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// A program on this machine (*simulated*).
    #[default]
    Program,
    /// The firmware on a Cortex-M3 board that QEMU emulates (*emulated*).
    Qemu,
}

impl Kind {
    /// The firmware where it is built, else the program.
    pub fn at_hand() -> Self {
        if Firmware::find(BOARD).is_ok() { Self::Qemu } else { Self::Program }
    }

    /// The `home` that its tokens claim.
    pub fn home(self) -> Home {
        match self {
            Self::Program => Home::Program,
            Self::Qemu => Home::Emulator,
        }
    }

    /// In the words of a story.
    pub fn words(self) -> &'static str {
        match self {
            Self::Program => "the secure element is a program",
            Self::Qemu => "the secure element is real firmware on a board that QEMU emulates",
        }
    }
}

/// An element that runs, and ends when this value is dropped.
#[derive(Debug)]
pub struct SecureElement {
    kind: Kind,
    programs: PathBuf,
    state: PathBuf,
    running: On,
}

#[derive(Debug)]
enum On {
    Program(Running),
    Board(Box<EmulatedBoard>),
    Nothing,
}

impl SecureElement {
    /// Starts it with its state in the folder `state`, which is made. It is the same element each time.
    pub async fn start(kind: Kind, programs: &Path, state: &Path) -> anyhow::Result<Self> {
        let (programs, state) = (programs.to_owned(), state.to_owned());
        let mut element = Self { kind, programs, state, running: On::Nothing };
        element.begin().await?;
        Ok(element)
    }

    async fn begin(&mut self) -> anyhow::Result<()> {
        self.running = match self.kind {
            Kind::Qemu => {
                On::Board(Box::new(EmulatedBoard::start(&Firmware::find(BOARD)?, &self.state).await?))
            }
            Kind::Program => {
                let socket = self.socket();
                // One that was killed leaves its socket behind.
                let _ = fs::remove_file(&socket);
                let mut command = Command::new(self.programs.join("wetsign-element-host"));
                command.arg("run").arg("--state").arg(&self.state).arg("--socket").arg(&socket);
                let log = self.state.with_extension("log");
                let mut running = Running::start("wetsign-element-host", command, &log)?;
                running.until(READY, async || socket.exists()).await?;
                On::Program(running)
            }
        };
        Ok(())
    }

    /// Where the daemon finds it.
    pub fn socket(&self) -> PathBuf {
        match &self.running {
            On::Board(board) => board.socket(),
            _ => self.state.with_extension("sock"),
        }
    }

    /// What its firmware has to measure, known from the file that it was started from; `None` for a program.
    pub fn image(&self) -> anyhow::Result<Option<Digest>> {
        match self.kind {
            Kind::Program => Ok(None),
            Kind::Qemu => Ok(Some(Digest(Image::read(&Firmware::find(BOARD)?.elf)?.digest.0))),
        }
    }

    /// Opens the case, while it runs.
    pub async fn open_case(&self) -> anyhow::Result<()> {
        if let On::Board(board) = &self.running {
            return board.open_case().await;
        }
        let program = self.programs.join("wetsign-element-host");
        let status = Command::new(program).arg("tamper").arg("--state").arg(&self.state).status()?;
        ensure!(status.success(), "the program's case could not be opened: {status}");
        Ok(())
    }

    /// Everything that it keeps, byte by byte.
    pub fn memory(&self) -> anyhow::Result<Vec<u8>> {
        let (mut bytes, mut files) = (Vec::new(), Vec::new());
        for entry in fs::read_dir(&self.state).with_context(|| format!("reading {}", self.state.display()))? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                files.push(entry.path());
            }
        }
        files.sort();
        for file in files {
            bytes.extend(fs::read(&file).with_context(|| format!("reading {}", file.display()))?);
        }
        Ok(bytes)
    }

    /// Copies what it keeps to the folder `to`, as whoever has it in hand can.
    pub fn copy_memory(&self, to: &Path) -> anyhow::Result<()> {
        copy_folder(&self.state, to)
    }

    /// Cuts the power, puts an older copy in the place of what it keeps, and starts it again.
    pub async fn put_back(&mut self, from: &Path) -> anyhow::Result<()> {
        self.running = On::Nothing;
        copy_folder(from, &self.state)?;
        self.begin().await
    }

    /// Takes it away.
    pub fn stop(&mut self) {
        self.running = On::Nothing;
    }

    /// Peak resident memory by program, MiB.
    pub fn peak_memory(&self) -> Vec<(String, u64)> {
        match &self.running {
            On::Program(running) => running.peak_memory(),
            On::Board(board) => board.peak_memory(),
            On::Nothing => Vec::new(),
        }
    }
}

/// Makes `to` a copy of `from`, modes included; what was there before goes. Sockets are no memory and are left out.
pub(crate) fn copy_folder(from: &Path, to: &Path) -> anyhow::Result<()> {
    if to.exists() {
        fs::remove_dir_all(to).with_context(|| format!("removing {}", to.display()))?;
    }
    fs::create_dir_all(to).with_context(|| format!("making {}", to.display()))?;
    fs::set_permissions(to, fs::metadata(from)?.permissions())?;
    for entry in fs::read_dir(from).with_context(|| format!("reading {}", from.display()))? {
        let entry = entry?;
        let place = to.join(entry.file_name());
        let kind = entry.file_type()?;
        if kind.is_dir() {
            copy_folder(&entry.path(), &place)?;
        } else if kind.is_file() {
            fs::copy(entry.path(), &place).with_context(|| format!("copying {}", entry.path().display()))?;
        }
    }
    Ok(())
}
