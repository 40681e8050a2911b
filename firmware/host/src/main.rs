//! `wetsign-element-host`: the secure element's logic as an ordinary process, for development and tests.
//!
//! It runs [`wetsign_element`], the very code of the boards, behind a Unix socket instead of a serial line. What
//! stands behind the logic is software: the root secret is a file, the case is a file that appears, the clock and
//! the random source are the operating system's. So every token says *simulated*, debugging enabled, boot not
//! authorised; whoever is root here can copy the key. A verifier refuses such tokens unless its policy allows them.

mod board;
mod cli;
mod serve;
mod socket;
mod state;

use std::process::ExitCode;

fn main() -> ExitCode {
    match wetsign_program::arguments(2) {
        Ok(cli) => wetsign_program::ended("wetsign-element-host", cli::run(cli).map(|()| ExitCode::SUCCESS)),
        Err(code) => code,
    }
}
