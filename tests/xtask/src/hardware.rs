//! What `cargo xtask hardware` needs before it can start: QEMU, Debian's kernel, the loopback camera's module, a first
//! disk.
//!
//! Nothing is installed. Packages are unpacked into the cache, the module is built there against the kernel's headers
//! with the machine's own compiler, and the guest gets this machine's `/usr` to read, so that it runs the programs as
//! they are.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, bail, ensure};
use wetsign_models::manifest::Digest;

use crate::debian::{Bundle, Tree};
use crate::debian_qemu::{self, Machine};
use crate::firmware_prepare;
use crate::hardware_disk;
use crate::lock::CacheLock;
use crate::plan::Scope;
use crate::process;
use crate::programs;
use crate::progress::Step;
use crate::run;
use crate::setup::{self, SetupOptions};

/// Exit status where it cannot be tried on this machine.
const SKIPPED: u8 = 3;
/// What the guest loads.
const MODULES: [&str; 12] = [
    "virtio_pci",
    "9pnet_virtio",
    "9p",
    "videodev",
    "vivid",
    "snd-aloop",
    "snd-hda-intel",
    "snd-hda-codec-generic",
    "dummy_hcd",
    "g_serial",
    "usb_f_acm",
    "cdc_acm",
];
/// Programs of the guest that a build machine need not have, with their own libraries.
const TOOLS: [&str; 6] = ["busybox-static", "kmod", "v4l-utils", "libv4l-0", "libv4lconvert0", "alsa-utils"];
const LOOPBACK: &str = "v4l2loopback-source";

/// Sets up, builds, and becomes the program that boots the guest and judges what came out of it.
pub fn run((yes, arguments): (bool, Vec<String>)) -> anyhow::Result<ExitCode> {
    let cache = setup::run(SetupOptions { scope: Scope::Everything, yes })?.cache;
    let (qemu, kernel) = match bring(&cache) {
        Ok(machine) => machine,
        Err(error) => return skip(&error, &arguments),
    };
    let machine =
        [("--qemu", &qemu), ("--kernel", &kernel)].map(|(name, path)| format!("{name}={}", path.display()));
    let machine: Vec<&str> = machine.iter().map(String::as_str).collect();
    // The element behind the gadget is the firmware on its board, where that can be built.
    firmware_prepare::prepare_if_possible()?;
    run::become_program("hardware", (yes, arguments), &machine)
}

/// Nobody must take a skip for a pass: `ok` is false, and the exit status is one of its own.
fn skip(error: &anyhow::Error, arguments: &[String]) -> anyhow::Result<ExitCode> {
    let why = format!("{error:#}");
    eprintln!("Skipped, nothing was tried: {why}");
    if arguments.iter().any(|argument| argument == "--json") {
        wetsign_program::say!("{:#}", serde_json::json!({ "ok": false, "skipped": why, "rows": [] }))?;
    }
    Ok(ExitCode::from(SKIPPED))
}

/// The emulator, and a folder with `vmlinuz`, `initramfs.gz`, `modules` and `tools`.
fn bring(cache: &Path) -> anyhow::Result<(PathBuf, PathBuf)> {
    ensure!(
        std::env::consts::ARCH == "x86_64",
        "the guest shares the programs of this machine, and is an x86_64 one; this machine is {}",
        std::env::consts::ARCH
    );
    let qemu = debian_qemu::bring(Machine::X86, cache)?;
    let folder = cache.join("hardware");
    let init = programs::workspace().join("tests/guest/init");
    let init = fs::read(&init).with_context(|| format!("cannot read {}", init.display()))?;
    let made_of =
        format!("{} {}\n", env!("CARGO_PKG_VERSION"), Digest::of(&[init.as_slice(), RECIPE].concat()));
    let is_made = || fs::read_to_string(folder.join("made-of")).is_ok_and(|text| text == made_of);
    if !is_made() {
        let tree = packages()?.bring(cache)?;
        let _lock = CacheLock::take(cache)?;
        if !is_made() {
            make(&tree, &folder, &init)?;
            fs::write(folder.join("made-of"), &made_of).context("cannot note what the guest is made of")?;
        }
    }
    Ok((qemu, folder))
}

/// This file and its neighbour: another recipe makes the guest anew.
const RECIPE: &[u8] = concat!(include_str!("hardware.rs"), include_str!("hardware_disk.rs")).as_bytes();

/// Debian's present kernel with its headers, the loopback camera's source, and the tools.
fn packages() -> anyhow::Result<Bundle> {
    let image = depends("linux-image-amd64", &["linux-image-"])?;
    let headers = depends("linux-headers-amd64", &["linux-headers-"])?;
    let more = headers.first().map(|name| depends(name, &["linux-headers-", "linux-kbuild-"])).transpose()?;
    let alone = image.into_iter().chain(headers).chain(more.into_iter().flatten());
    let tools = TOOLS.iter().chain([&LOOPBACK]).map(|name| (*name).to_owned());
    Ok(Bundle { name: "guest", whole: Vec::new(), alone: alone.chain(tools).collect(), parts: &[] })
}

/// What a package depends on, of names that begin so.
fn depends(package: &str, starts: &[&str]) -> anyhow::Result<Vec<String>> {
    let answer =
        process::answer(Command::new("apt-cache").args(["depends", package])).with_context(|| {
            format!("apt-cache knows no package {package} (no Debian, or run apt-get update)")
        })?;
    let names = depended(&answer, starts);
    ensure!(!names.is_empty(), "{package} names no {}", starts.join(" or "));
    Ok(names)
}

fn depended(answer: &str, starts: &[&str]) -> Vec<String> {
    let names = answer.lines().filter_map(|line| line.trim().strip_prefix("Depends: "));
    names.filter(|name| starts.iter().any(|start| name.starts_with(start))).map(str::to_owned).collect()
}

fn make(tree: &Tree, folder: &Path, init: &[u8]) -> anyhow::Result<()> {
    let version = only_entry(&tree.path("lib/modules"))?;
    let draft = folder.with_extension("new");
    hardware_disk::empty(&draft)?;
    let mut step = Step::start(format!("building the loopback camera for Linux {version}"), None);
    let module = build_loopback(tree, &version, &draft, &mut step)?;
    step.done();
    let step = Step::start("putting the guest together", None);
    let kmod = hardware_disk::Kmod { program: tree.path("bin/kmod"), version: version.clone() };
    let modules = draft.join("modules");
    kmod.collect(&tree.path(""), &MODULES, &module, &modules)?;
    let busybox = tree.path("bin/busybox");
    let first = kmod.order(&modules, &["virtio_pci", "9pnet_virtio", "9p"])?;
    hardware_disk::initramfs(&busybox, init, &first, &draft)?;
    hardware_disk::copy(&tree.path("boot").join(format!("vmlinuz-{version}")), &draft.join("vmlinuz"))?;
    for program in ["bin/kmod", "usr/bin/v4l2-ctl", "usr/bin/aplay", "usr/bin/amixer"] {
        hardware_disk::copy(&tree.path(program), &draft.join("tools").join(program))?;
    }
    for library in ["libv4l2.so.0", "libv4lconvert.so.0"] {
        let library = Path::new("usr/lib/x86_64-linux-gnu").join(library);
        hardware_disk::copy(&tree.path("").join(&library), &draft.join("tools").join(&library))?;
    }
    let _ = fs::remove_dir_all(folder);
    fs::rename(&draft, folder).with_context(|| format!("cannot move {}", draft.display()))?;
    step.done();
    Ok(())
}

/// Builds `v4l2loopback.ko` as Debian's package would, out of tree.
fn build_loopback(tree: &Tree, version: &str, work: &Path, step: &mut Step) -> anyhow::Result<PathBuf> {
    for program in ["make", "gcc", "tar"] {
        ensure!(
            process::on_path(program),
            "{program} is not on this machine, and builds the loopback camera's module"
        );
    }
    let sources = tree.path("usr/src");
    let headers = sources.join(format!("linux-headers-{version}"));
    // The headers' Makefile names the place where the package would be installed.
    let makefile = headers.join("Makefile");
    let text =
        fs::read_to_string(&makefile).with_context(|| format!("cannot read {}", makefile.display()))?;
    let here = format!("include {}/", sources.canonicalize()?.display());
    fs::write(&makefile, text.replace("include /usr/src/", &here))?;

    let source = work.join("loopback");
    fs::create_dir_all(&source)?;
    let mut unpack = Command::new("tar");
    unpack
        .arg("--extract")
        .arg("--file")
        .arg(sources.join("v4l2loopback.tar.bz2"))
        .arg("--directory")
        .arg(&source);
    process::quietly(&mut unpack, &work.join("tar.log"), || step.reached(0))?;
    let source = source.join("modules/v4l2loopback");
    let mut make = Command::new("make");
    make.arg("--silent").arg("-C").arg(&headers).arg(format!("M={}", source.display())).arg("modules");
    process::quietly(&mut make, &work.join("make.log"), || step.reached(0))?;
    let module = source.join("v4l2loopback.ko");
    ensure!(module.is_file(), "make ended well, but there is no {}", module.display());
    Ok(module)
}

fn only_entry(folder: &Path) -> anyhow::Result<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .with_context(|| format!("cannot read {}", folder.display()))?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    match (names.pop(), names.is_empty()) {
        (Some(name), true) => Ok(name),
        _ => bail!("{} holds not exactly one kernel", folder.display()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_and_its_headers_are_found_by_what_depends_on_them() {
        let answer = "linux-headers-6.1.0-56-amd64\n  Depends: linux-headers-6.1.0-56-common\n  Depends: linux-kbuild-6.1\n  \
                      Depends: linux-compiler-gcc-12-x86\n  Suggests: linux-headers-other\n";
        assert_eq!(
            depended(answer, &["linux-headers-", "linux-kbuild-"]),
            ["linux-headers-6.1.0-56-common", "linux-kbuild-6.1"]
        );
    }

    /// What the guest runs is checked where there is no guest: both shells read their scripts without running them.
    #[test]
    fn the_scripts_of_the_guest_parse() {
        let guest = programs::workspace().join("tests/guest");
        for (shell, script) in [("sh", "init"), ("bash", "run"), ("sh", "feeder")] {
            let status = Command::new(shell).arg("-n").arg(guest.join(script)).status();
            assert!(status.is_ok_and(|status| status.success()), "{script}");
        }
    }
}
