//! The boards' programs and QEMU, ready to be started, or the reason why they cannot be had here.

use wetsign_models::store::cache_dir;

use crate::debian_qemu::{self, Machine};
use crate::firmware_build::{BOARDS, Board, Variant, build};
use crate::firmware_toolchain::Toolchain;

/// Builds the boards that QEMU has; where that cannot be, says why, and what needs them skips them.
pub fn prepare_if_possible() -> anyhow::Result<()> {
    if let Err(reason) = prepare(&emulated(), false)? {
        eprintln!(
            "Note: the boards are not built: their tests will be skipped, and a program stands in for them elsewhere. {reason}"
        );
    }
    Ok(())
}

/// Builds the boards that a story starts.
pub fn prepare_for_story() -> anyhow::Result<()> {
    prepare(&emulated(), false)?
        .map_err(|reason| anyhow::anyhow!("the secure element's board cannot be had here: {reason}"))
}

fn emulated() -> Vec<&'static Board> {
    BOARDS.iter().filter(|board| board.emulated).collect()
}

/// Brings compiler and QEMU and builds. The inner error is a reason to skip: they cannot be had here.
pub fn prepare(boards: &[&Board], measuring: bool) -> anyhow::Result<Result<(), String>> {
    let cache = cache_dir()?;
    let targets: Vec<_> = boards.iter().map(|board| board.target).collect();
    let toolchain = match Toolchain::bring(&targets, &cache) {
        Ok(toolchain) => toolchain,
        Err(error) => return Ok(Err(format!("{error:#}"))),
    };
    eprintln!("The boards are built with {}.", toolchain.name());
    for board in boards {
        // The program that is shipped comes last, so that it is the one that lies in cargo's own folder.
        if measuring && board.emulated {
            build(&toolchain, board, Variant::Measuring)?;
        }
        build(&toolchain, board, Variant::Release)?;
    }
    if boards.iter().any(|board| board.emulated)
        && let Err(error) = debian_qemu::bring(Machine::Arm, &cache)
    {
        // The boards' sizes can be told all the same; the program says that it found no QEMU.
        eprintln!("Note: the boards are not started. {error:#}");
    }
    Ok(Ok(()))
}
