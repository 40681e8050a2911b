//! `cargo xtask`: brings what a fresh machine lacks, then hands over to the programs that do the work.
//!
//! Nothing here decides or measures. `setup` fills the cache from `models/manifest.toml`; `demo` and `try` build the
//! product's programs and start the story; `test` and `deny` run the checks. Everything that is said to people goes to
//! the error stream, so that the output of `--json` is one object and nothing else.

/// What people are told, whose loss stops nothing: the one of `std` would panic.
macro_rules! eprintln {
    ($($what:tt)*) => { wetsign_program::note(&format!($($what)*)) };
}

mod bench;
mod bench_attest;
mod bench_container;
mod bench_models;
mod chain;
mod convert;
mod debian;
mod debian_index;
mod debian_qemu;
mod deny;
mod e2e;
mod faketime;
mod fetch;
mod fill;
mod firmware;
mod firmware_build;
mod firmware_prepare;
mod firmware_toolchain;
mod fuzz;
mod hardware;
mod hardware_disk;
mod incoming;
mod interop;
mod interop_chain;
mod interop_clients;
mod interop_formats;
mod interop_java;
mod interop_media;
mod interop_proofs;
mod interop_row;
mod lock;
mod media;
mod node;
mod optional;
mod package;
mod package_text;
mod package_try;
mod plan;
mod process;
mod programs;
mod progress;
mod python;
mod run;
mod sanitize;
mod setup;
mod stamp;
mod system;
mod test_report;
mod torture;
mod voice_pad;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::plan::Scope;
use crate::setup::SetupOptions;

/// Sets Wetsign up and runs its demo, its tests and its checks.
#[derive(Parser)]
#[command(
    name = "cargo xtask",
    version,
    after_help = "\
Start here:
  cargo xtask demo      two people approve a request, three attacks are refused, the approval is verified
  cargo xtask try       the same with your own camera and microphone
  cargo xtask test      every test

Longer: cargo xtask torture kills the daemon at twelve points and looks for what is lost (two minutes); with --runs 1000
  at random moments, with power cuts, torn writes, full disks and clock steps (an hour and a half).

Each of these sets up first: Debian packages that miss, ONNX Runtime, networks and test recordings. Set-up keeps what it fetched
in a cache outside the checkout and takes under a second when everything is there.

The cache lies in $WETSIGN_CACHE, or $XDG_CACHE_HOME/wetsign, or ~/.cache/wetsign; clones may share it.
Exit status: 0 all went well; 1 something failed, and the last lines say what and what to do; the demo's own status otherwise."
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Bring everything: Debian packages, ONNX Runtime, networks, test recordings
    ///
    /// Says first what is missing and how much there is to fetch. On a terminal it asks before it uses sudo. Every file
    /// is held against the SHA-256 digest in models/manifest.toml, and a digest that differs stops the set-up with both
    /// digests.
    Setup(SetupArguments),
    /// Bring ONNX Runtime and the networks alone, without Debian packages and recordings
    ///
    /// `--optional DIR` also takes networks that no registry carries, and nothing needs, from a folder: `cargo xtask
    /// eval` then has rows for them.
    Models(ModelsArguments),
    /// Set up, build, and tell the story on recorded people; arguments are handed to the demo
    ///
    /// `--yes` (before any other) answers set-up's question. With `--json` the output is one object and nothing else.
    /// With `--secure-element qemu` the secure element is real firmware on an emulated board, whose case is opened at
    /// the end.
    Demo(Handed),
    /// Set up, build, and tell the story with your own camera and microphone
    Try(Handed),
    /// Set up, build the programs, and run every test; arguments are handed to `cargo test`
    ///
    /// With `--json` the output is one object, `ok` and `rows` (each with name, ok, passed, failed, ignored); the
    /// tests' own words go to the error stream.
    Test(Handed),
    /// Set up, build, and let the power fail at every named point of the main path; arguments are handed on (`--json`)
    ///
    /// With `--runs N` the kiosk is harmed at random moments instead: `--help` of the program says how.
    Torture(Handed),
    /// Set up, build, and measure a kiosk under a thousand streams and ten thousand calls beside a bare tonic server;
    /// arguments are handed on (`--json`, `--smoke`)
    ///
    /// `soak N`: N captures with stored embeddings, and memory and file handles stay flat.
    Load(Handed),
    /// Set up, build, and let strangers take all they can get from a kiosk; arguments are handed on (`--json`, `--only
    /// NAME`)
    ///
    /// Loopback only, bounded, about three minutes. Exit status 2: an honest client noticed, or something was not given
    /// back.
    Siege(Handed),
    /// Set up, build, and present attacks of every species and genuine people; arguments are handed on (`--json`,
    /// `--count N`)
    ///
    /// Seventeen species, `--count` presentations of each and as many genuine ones. May be stopped, and goes on. Exit
    /// status 2: an attack was accepted.
    Attacks(Handed),
    /// Set up, build, and measure recognition, attack detection and templates on the cached data or your own; arguments
    /// are handed on
    ///
    /// Prints a table (`--json`: one object) and writes it with curves, histograms and bars to target/eval. Your own
    /// data: `--faces DIR`, `--voices DIR`, `--attacks DIR`, one folder a person or species.
    Eval(Handed),
    /// Bring synthesisers, have them speak, and train and measure the classifier against synthesised and replayed
    /// voices
    ///
    /// Fetches 100 MB more: espeak-ng, flite, festival (Debian packages, unpacked beside the system) and a second
    /// neural voice. Writes the signed model, the classifier (ONNX), its figures and its card to target/voice-pad.
    /// Arguments are handed to `wetsign-lab train --task voice-pad` (`--seed N`, `--key FILE`; without a key one is
    /// made).
    VoicePad(Handed),
    /// Set up, build, and let the sensor take what virtual cameras and sound cards of a real kernel give; arguments are
    /// handed on
    ///
    /// Boots Debian's kernel in QEMU. `--json` prints one object, `--keep FOLDER` keeps what was fed and what came out.
    /// Exit status 2: a row did not hold; 3: skipped, because QEMU or the packages cannot be had.
    Hardware(Handed),
    /// Bring a browser, and look at every screen of the kiosk's page, or of a phone's, in every language
    ///
    /// Debian's Chromium (installed if it is missing), playwright-core, axe-core and the pinned fonts from npm.
    /// `--phone` tells a story with all programs, and so sets up as the demo does. Screenshots go to target/e2e.
    ///
    /// Exit status: 0 all holds, 1 something does not, and the rows say what.
    E2e(e2e::E2eArguments),
    /// Have a fresh approval read by independent libraries (pycose, cbor2, cryptography), proofs, keys and a ceremony
    /// by snarkjs and circomlibjs, and the contracts run by revm and by a hardhat node
    Interop(interop::InteropOptions),
    /// Compile the contracts, test them in revm, and tell their story on two nodes: stakes, approvals, a bridge, the
    /// court (npm, and a workspace of its own)
    Chain(chain::ChainOptions),
    /// Build and test marks in files (C2PA), a workspace of its own: `attest/media/`
    ///
    /// In target/media. The first time takes about eleven minutes of one core; nothing else here builds it.
    Media(media::MediaOptions),
    /// Time the match proof beside other provers, or the networks beside Python's binding (on a quiet machine; builds
    /// first)
    Bench(bench::BenchOptions),
    /// Check licences, sources and banned crates with cargo-deny (built once, kept in the cache)
    Deny {
        /// Print one JSON object: `ok`, `rows` (each with name, ok)
        #[arg(long)]
        json: bool,
    },
    /// Build the secure element's boards, start those that QEMU emulates, and hold them against their budgets
    ///
    /// The compiler is rustup's, if it has the boards' targets, else Debian's, unpacked into the cache. Where neither
    /// can be had the boards are skipped, with the reason. Exit status: 0 all holds or was skipped, 2 something does
    /// not hold, 1 an error.
    Firmware(firmware::FirmwareArguments),
    /// Let libFuzzer look for bytes on the secure element's line that do harm
    ///
    /// Exit status: 0 everything held, 1 something did not, and the last line says where the bytes lie.
    Fuzz(fuzz::FuzzArguments),
    /// Rebuild the tests of the unsafe code with AddressSanitizer and run them
    ///
    /// It is the prover's, and one line of every program. Exit status: 0 all of it held, 1 something did not, 3 the
    /// rest held, but this processor has no AVX-512 IFMA, so that the vector lanes were not tried.
    /// Set WETSIGN_REQUIRE_AVX2=1 or WETSIGN_REQUIRE_LANES=1 to fail where the processor has not AVX2 and FMA, or
    /// AVX-512 IFMA.
    Sanitize(sanitize::SanitizeArguments),
    /// Bring QEMU and print the path of the program that emulates this machine
    ///
    /// The installed one is taken if there is one, else Debian's packages are unpacked into the cache.
    Qemu {
        /// Which machine
        machine: debian_qemu::Machine,
    },
    /// Make the kiosk's Debian package: programs, networks, units, man pages, completions
    ///
    /// `--install` also installs, upgrades and removes it in a Debian of its own. Exit status 1: something is not as it
    /// should be, and the rows say what.
    Package(package::PackageArguments),
    /// Remove the cache: everything that set-up fetched, and the development proving keys
    CleanCache {
        /// Remove without asking
        #[arg(long)]
        yes: bool,
    },
}

#[derive(clap::Args)]
struct SetupArguments {
    /// Go on without asking, also where sudo is needed
    #[arg(long)]
    yes: bool,
    /// Print one JSON object: `ok`, `cache`, `rows` (each with name, state, bytes, ms)
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
struct ModelsArguments {
    /// Folder with optional networks, as their authors publish them
    #[arg(long, value_name = "DIR")]
    optional: Option<std::path::PathBuf>,
    #[command(flatten)]
    setup: SetupArguments,
}

#[derive(clap::Args)]
struct Handed {
    /// Handed on as they are (`--yes` is kept back)
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

impl Handed {
    /// Takes `--yes` out of the arguments.
    fn split(self) -> (bool, Vec<String>) {
        let count = self.arguments.len();
        let rest: Vec<_> = self.arguments.into_iter().filter(|argument| argument != "--yes").collect();
        (rest.len() < count, rest)
    }
}

fn main() -> ExitCode {
    let arguments: Arguments = match wetsign_program::arguments(1) {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    wetsign_program::ended("error", run_command(arguments.command))
}

fn run_command(command: Command) -> anyhow::Result<ExitCode> {
    // Programs that this becomes would find /dev/null where there is nothing.
    wetsign_program::output()?;
    match command {
        Command::Setup(arguments) => set_up(Scope::Everything, &arguments),
        Command::Models(ModelsArguments { optional, setup }) => {
            let taken = optional.map_or(Ok(()), |folder| optional::take(&folder));
            taken.and_then(|()| set_up(Scope::Models, &setup))
        }
        Command::Demo(handed) => run::become_program("demo", handed.split(), &[]),
        Command::Try(handed) => run::become_program("demo", handed.split(), &["try"]),
        Command::Torture(handed) => torture::run(handed.split()),
        Command::Load(handed) => run::become_program("load", handed.split(), &[]),
        Command::Siege(handed) => run::become_program("siege", handed.split(), &[]),
        Command::Attacks(handed) => run::become_program("attacks", handed.split(), &[]),
        Command::Eval(handed) => run::become_program("wetsign-lab", handed.split(), &["eval"]),
        Command::VoicePad(handed) => voice_pad::run(handed.split()),
        Command::Hardware(handed) => hardware::run(handed.split()),
        Command::E2e(arguments) => e2e::run(arguments),
        Command::Test(handed) => run::test(handed.split()),
        Command::Interop(options) => interop::run(options),
        Command::Chain(options) => chain::run(options),
        Command::Media(options) => media::run(options),
        Command::Bench(options) => bench::run(&options),
        Command::Deny { json } => deny::check(json),
        Command::Firmware(arguments) => firmware::check(&arguments),
        Command::Fuzz(arguments) => fuzz::run(&arguments),
        Command::Sanitize(arguments) => sanitize::run(&arguments),
        Command::Package(arguments) => package::run(&arguments),
        Command::Qemu { machine } => bring_qemu(machine),
        Command::CleanCache { yes } => setup::clean_cache(yes),
    }
}

fn set_up(scope: Scope, arguments: &SetupArguments) -> anyhow::Result<ExitCode> {
    let outcome = setup::run(SetupOptions { scope, yes: arguments.yes });
    if arguments.json {
        let view = match &outcome {
            Ok(report) => serde_json::json!({ "ok": true, "cache": report.cache, "rows": report.rows }),
            Err(error) => serde_json::json!({ "ok": false, "error": format!("{error:#}"), "rows": [] }),
        };
        wetsign_program::say!("{view:#}")?;
    }
    outcome.map(|_| ExitCode::SUCCESS)
}

fn bring_qemu(machine: debian_qemu::Machine) -> anyhow::Result<ExitCode> {
    wetsign_program::say!(
        "{}",
        debian_qemu::bring(machine, &wetsign_models::store::cache_dir()?)?.display()
    )?;
    Ok(ExitCode::SUCCESS)
}
