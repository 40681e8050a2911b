//! The contracts in revm. Without the compiled contracts (`WETSIGN_CONTRACTS`) nothing can be asked, and that is said.

mod abi;
mod approval;
mod assets;
mod bridge;
mod court;
mod gas;
mod governance;
mod ids;
mod settle;
mod stakes;
mod token;
#[macro_use]
#[allow(dead_code, unused_macros, reason = "these stories use some of it")]
#[path = "../../../../attest/tests/support/mod.rs"]
mod support;

use alloy::primitives::{U256, aliases::U96};
use wetsign_chain_tests::artifacts::Contracts;
use wetsign_chain_tests::compiled;
use wetsign_chain_tests::evm::hearts;
use wetsign_chain_tests::local::Local;
use wetsign_chain_tests::world::World;

fn contracts() -> Contracts {
    Contracts::read(&compiled().unwrap()).unwrap()
}

/// Three operators with a kiosk each, and two validators.
fn staked() -> World {
    World::staked(Box::new(Local::new()), &contracts()).unwrap()
}

fn u96(whole: u64) -> U96 {
    U96::from(hearts(whole))
}

fn atto(amount: u64) -> U256 {
    U256::from(amount)
}
