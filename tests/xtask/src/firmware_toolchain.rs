//! The compiler for the boards: rustup's, if it has their targets, else Debian's, unpacked.
//!
//! Debian's security archive carries a rustc, its cargo and the source of its standard library in one version
//! (`rustc-web`). No library for bare metal comes with it, so `core` is built from that source.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

use crate::debian::{Bundle, Tree};
use crate::debian_index::Index;
use crate::process;
use crate::programs;

/// The packages that must have one version.
const RUST: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-llvm", "rust-web-src"];

/// Where the libraries of the compiler and of its linker lie.
const LIBRARIES: [&str; 2] = ["usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu"];

/// A compiler that can build for the boards.
#[derive(Debug)]
pub enum Toolchain {
    /// The one that cargo finds.
    Installed,
    /// Debian's, unpacked.
    Unpacked(Tree),
}

impl Toolchain {
    /// The toolchain for `targets`; fetched and unpacked if it is not there.
    pub fn bring(targets: &[&str], cache: &Path) -> anyhow::Result<Self> {
        if targets.iter().all(|target| has_target(target)) {
            return Ok(Self::Installed);
        }
        bring_debian(cache).map(Self::Unpacked).context(
            "no compiler for the boards: rustup has not their targets (with a network: `rustup target add thumbv7m-none-eabi \
             thumbv8m.main-none-eabi thumbv8m.main-none-eabihf`), and Debian's cannot be had",
        )
    }

    /// Who made it and which version it is.
    pub fn name(&self) -> String {
        let version = match self {
            Self::Installed => process::answer(Command::new("rustc").arg("--version")),
            Self::Unpacked(tree) => process::answer(
                Command::new(tree.path("usr/bin/rustc"))
                    .env("LD_LIBRARY_PATH", libraries(tree))
                    .arg("--version"),
            ),
        };
        version.map_or_else(|| "rustc of unknown version".to_owned(), |text| text.trim().to_owned())
    }

    /// A cargo that builds for the boards.
    pub fn cargo(&self) -> Command {
        let Self::Unpacked(tree) = self else { return programs::cargo() };
        let mut command = Command::new(tree.path("usr/bin/cargo"));
        command.arg("--locked");
        programs::clean(&mut command);
        let programs = env::var_os("PATH").unwrap_or_default();
        let path = env::join_paths([tree.path("usr/bin")].into_iter().chain(env::split_paths(&programs)));
        command.env("PATH", path.unwrap_or(programs)).env("LD_LIBRARY_PATH", libraries(tree));
        command.env("RUSTC", tree.path("usr/bin/rustc")).env_remove("RUSTUP_TOOLCHAIN");
        // Building core is not stable yet; nothing in the boards' own code needs this.
        command.env("RUSTC_BOOTSTRAP", "1").env("CARGO_UNSTABLE_BUILD_STD", "core");
        command
    }
}

fn has_target(target: &str) -> bool {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| OsString::from("rustc"));
    process::answer(Command::new(rustc).args(["--print", "target-libdir", "--target", target]))
        .and_then(|folder| fs::read_dir(PathBuf::from(folder.trim())).ok())
        .is_some_and(|mut entries| entries.next().is_some())
}

fn libraries(tree: &Tree) -> OsString {
    LIBRARIES.map(|below| tree.path(below).display().to_string()).join(":").into()
}

fn bring_debian(cache: &Path) -> anyhow::Result<Tree> {
    const SOURCE: (&str, &[&str]) =
        ("rust-web-src", &["./usr/lib/rustlib/src/*", "./usr/src/rustc-*/library/*"]);
    let mut bundle = Bundle::new("rust", &["rustc-web", "cargo-web"], &["rust-web-llvm", "rust-web-src"]);
    bundle.parts = &[SOURCE];
    if let Some(tree) = bundle.present(cache) {
        return Ok(tree);
    }
    let offers = Index::of_the_machine()?.offers(&RUST.map(str::to_owned));
    let versions: Vec<_> = RUST.map(|name| offers.get(name).map(|offer| offer.version.as_str())).into();
    ensure!(
        versions.iter().all(|version| version.is_some() && *version == versions[0]),
        "{} must be offered in one version, but apt's index has {versions:?}; it needs Debian's security archive, and `apt-get update`",
        RUST.join(", ")
    );
    // The linker of the LLVM that this rustc is built with.
    let llvm =
        offers["rust-web-llvm"].needs("llvm-").context("rust-web-llvm does not say which LLVM it is for")?;
    bundle.whole.push(format!("lld-{llvm}"));
    bundle.bring(cache)
}
