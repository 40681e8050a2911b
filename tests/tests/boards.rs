//! The firmware on the boards that QEMU emulates: over the real wire, through power cuts and an opened case.
//!
//! `cargo xtask test` and `cargo xtask firmware` build the boards. Where they cannot be built, these tests say so and
//! pass.

use std::time::Duration;

use tokio::time::timeout;
use wetsign_tests::{
    board::{Board, EmulatedBoard, Firmware},
    board_check,
    firmware_image::Image,
};

/// A board's whole life takes a few seconds; a machine may be busy.
const LIMIT: Duration = Duration::from_secs(100);

async fn lives(board: Board) {
    let firmware = match Firmware::find(board) {
        Ok(firmware) => firmware,
        Err(reason) => return eprintln!("skipped: {reason:#}"),
    };
    let image = Image::read(&firmware.elf).expect("a program for a board");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let life = board_check::whole_life(&firmware, &image, folder.path());
    timeout(LIMIT, life).await.expect("within the limit").expect("every promise is kept");
}

#[tokio::test]
async fn a_cortex_m33_attests_survives_a_power_cut_and_forgets_its_keys_when_opened() {
    lives(Board::Mps2An505).await;
}

#[tokio::test]
async fn a_cortex_m3_attests_survives_a_power_cut_and_notices_a_line_that_falls() {
    lives(Board::Lm3s6965evb).await;
}

/// A state folder is one element's: a second board in it would count with the first one's counter.
#[tokio::test]
async fn two_boards_do_not_share_a_state() {
    let Ok(firmware) = Firmware::find(Board::Mps2An505) else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let board = EmulatedBoard::start(&firmware, folder.path()).await.expect("the first starts");
    let refused = EmulatedBoard::start(&firmware, folder.path()).await.expect_err("the second does not");
    assert!(refused.to_string().contains("another board runs"), "{refused:#}");
    drop(board);
    EmulatedBoard::start(&firmware, folder.path()).await.expect("after the first has ended");
}

/// Damaged flash stops the board before it says anything.
#[tokio::test]
async fn a_board_does_not_start_with_a_counter_that_was_erased() {
    let Ok(firmware) = Firmware::find(Board::Mps2An505) else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let board = EmulatedBoard::start(&firmware, folder.path()).await.expect("it starts");
    let mut client = board_check::connect(&board).await.expect("it answers");
    board_check::attest(&mut client).await.expect("it attests");
    let flash = board.flash();
    drop(board);
    let mut bytes = std::fs::read(&flash).expect("its flash");
    bytes[..0x2000].fill(0xff);
    std::fs::write(&flash, bytes).expect("its flash");

    let board = EmulatedBoard::start(&firmware, folder.path()).await.expect("QEMU starts");
    let refused = board_check::connect(&board).await.map(drop).expect_err("nobody answers");

    assert!(format!("{refused:#}").contains("counter cannot be read"), "{refused:#}");
}
