//! A check that cannot fail would say nothing: contracts that agree to everything have to be found out.

use alloy::primitives::{Bytes, bytes};
use anyhow::{bail, ensure};

use crate::artifacts::{Call, Contracts};
use crate::checks;
use crate::local::Local;

/// Creation code of a contract that answers every call with 1.
const AGREES: Bytes = bytes!("6760015f5260205ff35f5260086018f3");

/// Hands such contracts to every check.
pub fn run(call: &Call) -> anyhow::Result<String> {
    let contracts = Contracts::all_alike(&["MatchVerifier", "ProofRegistry"], &AGREES);
    let rows = checks::run(&mut Local::new(), &contracts, call).rows;
    let [(_, holds), refusals @ ..] = &rows[..] else { bail!("there are no checks") };
    ensure!(holds.is_ok() && refusals.len() == 4, "the checks did not come to their end");
    for (name, outcome) in refusals {
        ensure!(outcome.is_err(), "not noticed by: {name}");
    }
    Ok(format!("noticed by {} checks", refusals.len()))
}
