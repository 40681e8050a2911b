//! `cargo xtask package`: the kiosk as a Debian package.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, ensure};
use wetsign_models::store::{self, ModelStore};

use crate::interop_row::Row;
use crate::package_text as text;
use crate::package_try;
use crate::{process, programs};

/// What is packed, and how.
#[derive(Clone, Debug, clap::Args)]
pub struct PackageArguments {
    /// Pack programs as the tests build them, without building them for release: for trying
    #[arg(long)]
    dev: bool,
    /// The package's revision: what comes later is higher
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    revision: u32,
    /// Where the package is written
    #[arg(long, value_name = "DIR", default_value = "target/package")]
    out: PathBuf,
    /// Then install, upgrade and remove it in a Debian made for that (as root; fetches some hundred megabytes)
    #[arg(long)]
    install: bool,
    /// Print one JSON object: `ok`, `package`, `bytes`, `rows` (each with name, ok, why)
    #[arg(long)]
    json: bool,
}

/// Programs of a kiosk. The program that stands in for a secure element is none of them: it is a simulated part.
const PROGRAMS: [&str; 4] = ["wetsign", "wetsignd", "wetsign-page", "wetsign-sensor"];
/// Those that people call themselves: they have pages and completions.
const CALLED: [&str; 3] = ["wetsign", "wetsignd", "wetsign-page"];

/// Makes the package, and tries it where that is asked for.
pub fn run(arguments: &PackageArguments) -> anyhow::Result<ExitCode> {
    ensure!(process::on_path("dpkg-deb"), "dpkg-deb is needed: packages are made on a Debian system");
    let from = build(arguments.dev)?;
    let out = absolute(&arguments.out)?;
    fs::create_dir_all(&out).with_context(|| format!("cannot make {}", out.display()))?;
    let package = pack(&from, &out, arguments.revision)?;
    let bytes = fs::metadata(&package)?.len();
    eprintln!("{} ({} MB)", package.display(), bytes / 1_000_000);
    let mut rows = vec![Row { name: "packed".into(), ok: true, why: package.display().to_string() }];
    rows.extend(exposure(&out)?);
    if arguments.install {
        let next = pack(&from, &out, arguments.revision + 1)?;
        rows.extend(package_try::run(&package, &next, &out)?);
    }
    let ok = rows.iter().all(|row| row.ok);
    for Row { name, ok, why } in &rows {
        eprintln!("  {} {name}: {why}", if *ok { '✔' } else { '✘' });
    }
    if arguments.json {
        wetsign_program::say!(
            "{:#}",
            serde_json::json!({ "ok": ok, "package": package, "bytes": bytes, "rows": rows })
        )?;
    }
    ensure!(ok, "the package is not as it should be");
    Ok(ExitCode::SUCCESS)
}

fn absolute(path: &Path) -> anyhow::Result<PathBuf> {
    Ok(programs::workspace().canonicalize()?.join(path))
}

/// Builds the programs, and says where they lie.
fn build(dev: bool) -> anyhow::Result<PathBuf> {
    if dev {
        programs::build()?;
    } else {
        eprintln!("Building for release: half an hour on two cores the first time.");
        let mut command = programs::cargo();
        command.args(["build", "--workspace", "--bins", "--release"]);
        process::openly(&mut command)?;
    }
    let own = programs::program("wetsignd")?;
    let built = Path::new(own.get_program()).parent().context("the programs lie in no folder")?;
    Ok(if dev { built.to_owned() } else { built.with_file_name("release") })
}

/// Puts everything in its place, and packs it.
fn pack(from: &Path, out: &Path, revision: u32) -> anyhow::Result<PathBuf> {
    let tree = out.join("tree");
    if tree.exists() {
        fs::remove_dir_all(&tree).with_context(|| format!("cannot remove {}", tree.display()))?;
    }
    for name in PROGRAMS {
        copy(&from.join(name), &tree.join("usr/bin").join(name), 0o755)?;
        let mut strip = Command::new("strip");
        process::openly(strip.arg("--strip-unneeded").arg(tree.join("usr/bin").join(name)))?;
    }
    networks(&tree)?;
    for (file, place) in text::PLACES {
        copy(&programs::workspace().join("daemon/systemd").join(file), &tree.join(place), 0o644)?;
    }
    let config = process::answer(Command::new(from.join("wetsignd")).arg("config"))
        .context("`wetsignd config` gives no configuration")?;
    let config = text::configuration(&config).context("`wetsignd config` has no setting sensor.socket")?;
    write(&tree.join("etc/wetsign/wetsign.toml"), &config, 0o644)?;
    write(&tree.join("usr/share/doc/wetsign/copyright"), text::COPYRIGHT, 0o644)?;
    copy(&programs::workspace().join("CHANGELOG.md"), &tree.join("usr/share/doc/wetsign/changelog"), 0o644)?;
    gzip(&tree.join("usr/share/doc/wetsign/changelog"))?;
    pages(from, out, &tree)?;

    let version = format!("{}-{revision}", env!("CARGO_PKG_VERSION"));
    let architecture = process::answer(Command::new("dpkg").arg("--print-architecture"))
        .context("dpkg does not say for which architecture packages are")?;
    let architecture = architecture.trim();
    let control = text::control(&version, architecture, &dependencies(&tree, out)?, size(&tree)? / 1024);
    write(&tree.join("DEBIAN/control"), &control, 0o644)?;
    write(&tree.join("DEBIAN/conffiles"), "/etc/wetsign/wetsign.toml\n", 0o644)?;
    for (name, script) in text::scripts(&version) {
        write(&tree.join("DEBIAN").join(name), &script, 0o755)?;
    }
    let package = out.join(format!("wetsign_{version}_{architecture}.deb"));
    let mut command = Command::new("dpkg-deb");
    command.args(["--root-owner-group", "-Zgzip", "--build"]).arg(&tree).arg(&package);
    process::quietly(&mut command, &out.join("dpkg-deb.log"), || ())?;
    fs::remove_dir_all(&tree)?;
    Ok(package)
}

/// Networks and their runtime, each with the digest of the manifest.
fn networks(tree: &Path) -> anyhow::Result<()> {
    let store = ModelStore::open(store::cache_dir()?)?;
    let names = store.manifest().models.iter().map(|entry| entry.name.clone()).collect::<Vec<_>>();
    let paths = names.iter().map(|name| store.path(name)).chain([store.runtime_library()]);
    for path in paths {
        let path = path?;
        let below = path.strip_prefix(store.cache()).context("a network lies outside the cache")?;
        copy(&path, &tree.join("usr/lib/wetsign").join(below), 0o644)?;
    }
    Ok(())
}

/// Man pages and completions, which the programs write themselves.
fn pages(from: &Path, out: &Path, tree: &Path) -> anyhow::Result<()> {
    let written = out.join("pages");
    for program in CALLED {
        process::openly(Command::new(from.join(program)).arg("--write-pages").arg(&written))?;
        for (file, place) in text::completions(program) {
            copy(&written.join(file), &tree.join(place), 0o644)?;
        }
    }
    for entry in fs::read_dir(&written)? {
        let path = entry?.path();
        if path.extension().is_some_and(|kind| kind == "1") {
            let place = tree.join("usr/share/man/man1").join(path.file_name().unwrap_or_default());
            copy(&path, &place, 0o644)?;
            gzip(&place)?;
        }
    }
    Ok(fs::remove_dir_all(&written)?)
}

/// The libraries that the programs are linked with, as packages.
fn dependencies(tree: &Path, out: &Path) -> anyhow::Result<String> {
    // The program reads a source package's control file, of which this is the least.
    let source = out.join("debian");
    write(&source.join("control"), "Source: wetsign\n\nPackage: wetsign\nArchitecture: any\n", 0o644)?;
    let mut command = Command::new("dpkg-shlibdeps");
    command.current_dir(out).arg("-O");
    command.args(PROGRAMS.map(|name| tree.join("usr/bin").join(name)));
    let found = process::answer(&mut command)
        .context("dpkg-shlibdeps (package dpkg-dev) does not say what is needed")?;
    fs::remove_dir_all(&source)?;
    let line = found.lines().find_map(|line| line.strip_prefix("shlibs:Depends="));
    Ok(line.context("dpkg-shlibdeps names no libraries")?.to_owned())
}

/// What systemd itself says of each unit that runs a program.
fn exposure(out: &Path) -> anyhow::Result<Vec<Row>> {
    if !process::on_path("systemd-analyze") {
        return Ok(Vec::new());
    }
    let folder = programs::workspace().canonicalize()?.join("daemon/systemd");
    let units = text::PLACES.iter().map(|(file, _)| *file).filter(|file| file.ends_with(".service"));
    units.map(|unit| exposure_of(&folder, unit, out)).collect()
}

fn exposure_of(folder: &Path, unit: &str, out: &Path) -> anyhow::Result<Row> {
    let mut command = Command::new("systemd-analyze");
    command.args(["security", "--offline=true", "--no-pager", "--threshold=20"]).arg(folder.join(unit));
    let log = out.join("systemd-analyze.log");
    let ok = process::quietly(&mut command, &log, || ()).is_ok();
    let said = fs::read_to_string(&log)?;
    let why = said.lines().rev().find(|line| line.contains("exposure")).unwrap_or("no word of it").trim();
    let why = why.trim_start_matches('→').trim().to_owned();
    Ok(Row { name: format!("{unit}: exposure below 2.0"), ok, why })
}

fn copy(from: &Path, to: &Path, mode: u32) -> anyhow::Result<()> {
    let bytes = fs::read(from).with_context(|| format!("cannot read {}", from.display()))?;
    put(to, &bytes, mode)
}

fn write(to: &Path, text: &str, mode: u32) -> anyhow::Result<()> {
    put(to, text.as_bytes(), mode)
}

fn put(to: &Path, bytes: &[u8], mode: u32) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let failed = || format!("cannot write {}", to.display());
    fs::create_dir_all(to.parent().unwrap_or(Path::new("/"))).with_context(failed)?;
    fs::write(to, bytes).with_context(failed)?;
    fs::set_permissions(to, fs::Permissions::from_mode(mode)).with_context(failed)
}

fn gzip(path: &Path) -> anyhow::Result<()> {
    process::openly(Command::new("gzip").args(["--best", "--no-name", "--force"]).arg(path))
}

fn size(folder: &Path) -> anyhow::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        bytes += if entry.file_type()?.is_dir() { size(&entry.path())? } else { entry.metadata()?.len() };
    }
    Ok(bytes)
}
