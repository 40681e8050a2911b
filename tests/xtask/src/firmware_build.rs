//! Building the boards' programs.

use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;

use crate::firmware_toolchain::Toolchain;
use crate::process;
use crate::programs;
use crate::progress::Step;

/// One board.
#[derive(Debug, PartialEq, Eq)]
pub struct Board {
    /// Its name, which is also its folder's.
    pub name: &'static str,
    /// The compiler's name for its processor.
    pub target: &'static str,
    /// Whether QEMU has it; then a program that says what it costs is built too.
    pub emulated: bool,
}

/// Every board.
pub const BOARDS: [Board; 3] = [
    Board { name: "mps2-an505", target: "thumbv8m.main-none-eabi", emulated: true },
    Board { name: "lm3s6965evb", target: "thumbv7m-none-eabi", emulated: true },
    Board { name: "rp2350", target: "thumbv8m.main-none-eabihf", emulated: false },
];

/// Which of a board's two programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// The one that is shipped.
    Release,
    /// The one that says what each frame costs.
    Measuring,
}

/// Where the built programs are put: `<name>.elf`, and `<name>-measuring.elf`.
pub fn folder() -> PathBuf {
    programs::workspace().join("target/boards")
}

/// Builds `board`.
pub fn build(toolchain: &Toolchain, board: &Board, variant: Variant) -> anyhow::Result<()> {
    let target = folder();
    fs::create_dir_all(&target).with_context(|| format!("cannot make {}", target.display()))?;
    let package = format!("wetsign-{}", board.name);
    let mut command = toolchain.cargo();
    command.args(["build", "--release", "--target", board.target, "--package", &package]);
    command.arg("--target-dir").arg(&target).current_dir(programs::workspace().join("firmware/boards"));
    // Flags for the machine at hand would reach the boards too.
    command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    let ending = match variant {
        Variant::Release => "",
        Variant::Measuring => {
            command.args(["--features", "measure"]);
            "-measuring"
        }
    };
    let mut step = Step::start(format!("building {}{ending}", board.name), None);
    let log = target.join(format!("{}{ending}.log", board.name));
    process::quietly(&mut command, &log, || step.reached(0)).with_context(|| {
        format!("{} cannot be built; all of cargo's words: {}", board.name, log.display())
    })?;
    let built = target.join(board.target).join("release").join(package);
    let path = target.join(format!("{}{ending}.elf", board.name));
    fs::copy(&built, &path).with_context(|| format!("cannot copy {}", built.display()))?;
    step.done();
    Ok(())
}
