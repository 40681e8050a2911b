//! Debian packages that building needs.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, bail};

use crate::process;
use crate::progress::Step;

/// What `bindgen` (OpenCV), ALSA and the linker need, always, and the tracer by which a test counts what leaves the
/// machine.
const PACKAGES: [&str; 7] =
    ["build-essential", "clang", "libasound2-dev", "libclang-dev", "libopencv-dev", "pkg-config", "strace"];

/// The Debian packages that this machine lacks. On another system: none, with a word about it.
pub fn missing() -> Vec<&'static str> {
    let mut wanted = PACKAGES.to_vec();
    if process::answer(Command::new("python3").args(["-c", "import ensurepip, venv"])).is_none() {
        wanted.push("python3-venv");
    }
    if !process::on_path("npm") {
        wanted.push("npm");
    }
    if !process::on_path("dpkg-query") {
        eprintln!(
            "This is not a Debian system. Set-up goes on; you need the equivalents of: {}.",
            wanted.join(", ")
        );
        return Vec::new();
    }
    let mut query = Command::new("dpkg-query");
    query.args(["--show", "--showformat", "${Package} ${db:Status-Status} ${Provides}\n"]);
    let installed = process::answer(&mut query).unwrap_or_default();
    wanted.retain(|package| !is_installed(&installed, package));
    wanted
}

fn is_installed(list: &str, package: &str) -> bool {
    list.lines().filter_map(|line| line.split_once(" installed ")).any(|(name, provides)| {
        let provided = provides.split(',').filter_map(|part| part.split_whitespace().next());
        name == package || provided.into_iter().any(|part| part == package)
    })
}

/// Whether installing needs sudo.
pub fn needs_sudo() -> bool {
    process::answer(Command::new("id").arg("--user")).is_none_or(|id| id.trim() != "0")
}

/// Installs `packages` without what they only recommend.
pub fn install(packages: &[&str], can_ask: bool, work: &Path) -> anyhow::Result<()> {
    let sudo = needs_sudo();
    if sudo {
        let mut test = Command::new("sudo");
        test.arg(if can_ask { "--validate" } else { "--non-interactive" });
        if !can_ask {
            test.arg("true");
        }
        process::openly(&mut test).with_context(|| {
            format!(
                "cannot become root; as root run: apt-get install --no-install-recommends {}",
                packages.join(" ")
            )
        })?;
    }
    let apt = |arguments: &[&str]| {
        let mut command = if sudo { Command::new("sudo") } else { Command::new("env") };
        if sudo {
            command.args(["--non-interactive", "env"]);
        }
        command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet"]).args(arguments);
        command
    };
    let mut step = Step::start("reading Debian's lists of packages", None);
    process::quietly(&mut apt(&["update"]), &work.join("apt-update.log"), || step.reached(0))?;
    step.done();
    let longest = if packages.contains(&"libopencv-dev") { " (the longest: libopencv-dev)" } else { "" };
    let mut step = Step::start(format!("installing {} Debian packages{longest}", packages.len()), None);
    let mut arguments = vec!["install", "--yes", "--no-install-recommends"];
    arguments.extend_from_slice(packages);
    process::quietly(&mut apt(&arguments), &work.join("apt-install.log"), || step.reached(0))?;
    step.done();
    let left = missing();
    if !left.is_empty() {
        bail!("apt-get ended well, but these packages are still not installed: {}", left.join(", "));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_counts_as_installed_by_its_name_or_by_what_it_provides() {
        let list = "clang installed c++-compiler, c-compiler\npkgconf installed pkg-config (= 1.8)\nnpm config-files \n";
        assert!(is_installed(list, "clang"));
        assert!(is_installed(list, "pkg-config"));
        assert!(!is_installed(list, "npm"));
        assert!(!is_installed(list, "libopencv-dev"));
    }
}
