//! The secure element as firmware on a board that QEMU emulates, behind a Unix socket like the software stand-in.
//!
//! Its flash is the file `flash.bin` in its state folder; a board that is started there again is the same element.

use std::{
    fs::{self, File, TryLockError},
    io::ErrorKind,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, SystemTime},
};

use anyhow::{Context, bail, ensure};
use wetsign_models::store::cache_dir;

use crate::{
    board_control::{Control, Lines},
    process::Running,
};

/// Bytes of the element's flash.
const FLASH: usize = 16384;
/// How long QEMU may take until it listens.
const READY: Duration = Duration::from_secs(20);

/// A board that QEMU emulates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Board {
    /// Cortex-M33.
    Mps2An505,
    /// Cortex-M3.
    Lm3s6965evb,
}

impl Board {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Mps2An505, Self::Lm3s6965evb];

    /// The name, which is also QEMU's.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mps2An505 => "mps2-an505",
            Self::Lm3s6965evb => "lm3s6965evb",
        }
    }

    /// The element's clock, in cycles a second.
    pub fn cycles_a_second(self) -> u64 {
        match self {
            Self::Mps2An505 => 20_000_000,
            Self::Lm3s6965evb => 12_500_000,
        }
    }
}

/// What is started.
#[derive(Debug, Clone)]
pub struct Firmware {
    /// The board.
    pub board: Board,
    /// QEMU.
    pub qemu: PathBuf,
    /// The program.
    pub elf: PathBuf,
    /// One emulated nanosecond for each instruction, so that the board's clock counts instructions.
    pub counts_instructions: bool,
}

impl Firmware {
    /// What `cargo xtask firmware` has built and brought; the error says what is missing.
    pub fn find(board: Board) -> anyhow::Result<Self> {
        Self::with(board, "")
    }

    /// The program that says what each frame costs.
    pub fn find_measuring(board: Board) -> anyhow::Result<Self> {
        Self::with(board, "-measuring").map(|found| Self { counts_instructions: true, ..found })
    }

    fn with(board: Board, ending: &str) -> anyhow::Result<Self> {
        let elf = program(board.name(), ending);
        let built = fs::metadata(&elf).and_then(|data| data.modified());
        let built =
            built.with_context(|| format!("{} is not built: run `cargo xtask firmware`", elf.display()))?;
        let changed = newest(&workspace().join("firmware"))?;
        ensure!(built >= changed, "{} is older than its sources: run `cargo xtask firmware`", elf.display());
        Ok(Self { board, qemu: qemu()?, elf, counts_instructions: false })
    }
}

/// Where the program of the board `name` is built to.
pub fn program(name: &str, ending: &str) -> PathBuf {
    workspace().join("target/boards").join(format!("{name}{ending}.elf"))
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("")
}

/// When the youngest source in `folder` was changed.
fn newest(folder: &Path) -> anyhow::Result<SystemTime> {
    let mut newest = SystemTime::UNIX_EPOCH;
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let entry = entry?;
        let name = entry.file_name();
        let is_source =
            [".rs", ".toml", ".x", ".lock"].iter().any(|end| name.to_string_lossy().ends_with(end));
        if entry.file_type()?.is_dir() && name != "target" && name != "tests" && name != "host" {
            newest = newest.max(self::newest(&entry.path())?);
        } else if is_source {
            newest = newest.max(entry.metadata()?.modified()?);
        }
    }
    Ok(newest)
}

/// QEMU for Arm: the installed one, else the one that set-up unpacked.
fn qemu() -> anyhow::Result<PathBuf> {
    const NAME: &str = "qemu-system-arm";
    let path = std::env::var_os("PATH").unwrap_or_default();
    let unpacked = cache_dir()?.join("debian/bin");
    let mut folders = std::env::split_paths(&path).chain([unpacked]);
    folders
        .find_map(|folder| Some(folder.join(NAME)).filter(|program| program.is_file()))
        .with_context(|| format!("there is no {NAME}: run `cargo xtask qemu arm`"))
}

/// A running board. It ends when this value is dropped.
#[derive(Debug)]
pub struct EmulatedBoard {
    board: Board,
    state: PathBuf,
    running: Running,
    /// Where QEMU has lines for this board.
    lines: Option<Lines>,
    _lock: File,
}

impl EmulatedBoard {
    /// Starts a board with its flash in the folder `state` (made, mode 0700, if it is not there) and waits until it
    /// listens.
    pub async fn start(firmware: &Firmware, state: &Path) -> anyhow::Result<Self> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(state)
            .with_context(|| format!("cannot make the state folder {}", state.display()))?;
        // QEMU runs in this folder, and its paths are taken from there: a socket's path has room for 108 bytes.
        let state = state.canonicalize().with_context(|| format!("cannot find {}", state.display()))?;
        let lock = lock(&state)?;
        make_flash(&state.join("flash.bin"))?;
        for socket in [SOCKET, CONTROL, LINES] {
            if let Err(error) = fs::remove_file(state.join(socket))
                && error.kind() != ErrorKind::NotFound
            {
                return Err(error).with_context(|| format!("cannot remove {}", state.join(socket).display()));
            }
        }
        let mut command = Command::new(&firmware.qemu);
        command.current_dir(&state).args(["-M", firmware.board.name(), "-nodefaults", "-display", "none"]);
        command.args(["-nic", "none", "-semihosting-config", "enable=on,target=native"]);
        command.arg("-chardev").arg(format!("socket,id=line,path={SOCKET},server=on,wait=off"));
        command.args(["-serial", "chardev:line", "-qmp", &format!("unix:{CONTROL},server=on,wait=off")]);
        if firmware.counts_instructions {
            command.args(["-icount", "shift=0"]);
        }
        command.arg("-kernel").arg(&firmware.elf);
        let has_lines = firmware.board == Board::Lm3s6965evb;
        if has_lines {
            // It waits until its lines are as they are in a closed case.
            let lines = format!("unix:{LINES},server=on,wait=off");
            command.args(["-S", "-qtest", &lines, "-qtest-log", "none", "-accel", "tcg"]);
        }
        let log = state.join("board.log");
        let mut running = Running::start("qemu-system-arm", command, &log)?;
        let (socket, control) = (state.join(SOCKET), state.join(CONTROL));
        let listening =
            async || socket.exists() && control.exists() && state.join(LINES).exists() == has_lines;
        running.until(READY, listening).await?;
        let lines = if has_lines { Some(closed_case(&state).await?) } else { None };
        Ok(Self { board: firmware.board, state, running, lines, _lock: lock })
    }

    /// Which board it is.
    pub fn board(&self) -> Board {
        self.board
    }

    /// The socket that the daemon connects to.
    pub fn socket(&self) -> PathBuf {
        self.state.join(SOCKET)
    }

    /// QEMU's control socket.
    pub fn control(&self) -> Control {
        Control::new(self.state.join(CONTROL))
    }

    /// The file with the element's flash.
    pub fn flash(&self) -> PathBuf {
        self.state.join("flash.bin")
    }

    /// What the board and QEMU have said.
    pub fn console(&self) -> anyhow::Result<String> {
        let log = self.state.join("board.log");
        fs::read_to_string(&log).with_context(|| format!("cannot read {}", log.display()))
    }

    /// Opens the case: a line of the board falls, or, where QEMU has no lines, the file that stands for one appears.
    pub async fn open_case(&self) -> anyhow::Result<()> {
        match &self.lines {
            Some(lines) => lines.set(CASE_LINE, false).await,
            None => fs::write(self.state.join("case-open"), []).context("cannot open the case"),
        }
    }

    /// Closes the case.
    pub async fn close_case(&self) -> anyhow::Result<()> {
        match &self.lines {
            Some(lines) => lines.set(CASE_LINE, true).await,
            None => fs::remove_file(self.state.join("case-open")).context("cannot close the case"),
        }
    }

    /// Peak resident memory by program, MiB.
    pub fn peak_memory(&self) -> Vec<(String, u64)> {
        self.running.peak_memory()
    }

    /// Cuts the power.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        self.running.kill()
    }
}

const SOCKET: &str = "element.sock";
const CONTROL: &str = "control.sock";
const LINES: &str = "lines.sock";

/// The evaluation board's port E holds the case's lines, low when the case is open.
const CASE_PORT: usize = 4;
const CASE_LINES: [u8; 4] = [0, 1, 2, 3];
/// The switch among them.
const CASE_LINE: u8 = 0;

/// Raises the lines of the case, and lets the board run.
async fn closed_case(state: &Path) -> anyhow::Result<Lines> {
    let control = Control::new(state.join(CONTROL));
    let lines = Lines::of_port(&control, CASE_PORT, state.join(LINES)).await?;
    for line in CASE_LINES {
        lines.set(line, true).await?;
    }
    control.command("cont", serde_json::json!({})).await?;
    Ok(lines)
}

fn lock(state: &Path) -> anyhow::Result<File> {
    let path = state.join("lock");
    let lock = File::options().create(true).truncate(false).write(true).mode(0o600).open(&path);
    let lock = lock.with_context(|| format!("cannot open {}", path.display()))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => bail!("another board runs in {}", state.display()),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot lock {}", path.display()))
        }
    }
}

/// Blank flash, unless there is some.
fn make_flash(path: &Path) -> anyhow::Result<()> {
    match File::options().create_new(true).write(true).mode(0o600).open(path) {
        Ok(mut file) => std::io::Write::write_all(&mut file, &[0xff; FLASH]),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
    .with_context(|| format!("cannot make {}", path.display()))
}
