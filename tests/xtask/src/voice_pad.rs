//! Synthesisers beside the system, what they say, and a classifier trained on it.

use std::fs;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;

use crate::debian::Bundle;
use crate::plan::Scope;
use crate::process;
use crate::programs;
use crate::setup::{self, SetupOptions};

/// Programs and voices, and the libraries that they need and that a machine without sound may lack. Sound servers are
/// not used.
const PACKAGES: [&str; 20] = [
    "espeak-ng",
    "espeak-ng-data",
    "libespeak-ng1",
    "libpcaudio0",
    "libsonic0",
    "libpulse0",
    "libasyncns0",
    "libsndfile1",
    "libflac12",
    "libsamplerate0",
    "libfftw3-single3",
    "flite",
    "libflite1",
    "festival",
    "libestools2.5",
    "festlex-cmu",
    "festlex-poslex",
    "festvox-kallpc16k",
    "festvox-kdlpc16k",
    "festvox-us-slt-hts",
];

/// Brings everything, speaks, trains.
pub fn run((yes, arguments): (bool, Vec<String>)) -> anyhow::Result<ExitCode> {
    let cache = setup::run(SetupOptions { scope: Scope::Synthesisers, yes })?.cache;
    let tools = bring(&cache)?;
    let vocoder = Bundle::new("sptk", &[], &["sptk"]).bring(&cache)?.path("usr/libexec/sptk/bin");
    programs::build()?;
    let mut speak = programs::program("wetsign-lab")?;
    speak.arg("synthesise").arg("--tools").arg(tools).arg("--sptk").arg(vocoder);
    speak.arg("--out").arg(cache.join("voice-pad/spoof"));
    process::openly(speak.env("WETSIGN_CACHE", &cache))?;

    let out = programs::workspace().join("target/voice-pad");
    fs::create_dir_all(&out).with_context(|| format!("cannot make {}", out.display()))?;
    let mut train = programs::program("wetsign-lab")?;
    train.args(["train", "--task", "voice-pad", "--out"]).arg(out.join("voice-pad.model"));
    if !arguments.iter().any(|argument| argument == "--key" || argument.starts_with("--key=")) {
        train.arg("--key").arg(key(&out)?);
    }
    process::openly(train.args(arguments).env("WETSIGN_CACHE", &cache))?;
    eprintln!("Written to {}.", out.display());
    Ok(ExitCode::SUCCESS)
}

/// The folder with the programs' start scripts.
fn bring(cache: &Path) -> anyhow::Result<PathBuf> {
    let tree = Bundle::new("synthesisers", &[], &PACKAGES).bring(cache)?;
    let library = "usr/lib/x86_64-linux-gnu";
    let pulse = format!("LD_LIBRARY_PATH=\"$LD_LIBRARY_PATH:$tree/{library}/pulseaudio\"");
    let data = format!("ESPEAK_DATA_PATH=\"$tree/{library}\"");
    let espeak = tree.launcher("espeak-ng", &[&pulse, &data], "")?;
    tree.launcher("flite", &[], "")?;
    let festival = "--datadir \"$tree/usr/share/festival\" --libdir \"$tree/usr/lib/festival\"";
    tree.launcher("festival", &[&pulse], festival)?;
    Ok(espeak.parent().context("a start script lies in a folder")?.to_owned())
}

/// A signing key of this machine's own, made once.
fn key(folder: &Path) -> anyhow::Result<PathBuf> {
    use std::io::{Read as _, Write as _};

    let path = folder.join("signing.key");
    if !path.exists() {
        let mut seed = [0; 32];
        fs::File::open("/dev/urandom")
            .and_then(|mut random| random.read_exact(&mut seed))
            .context("no random numbers")?;
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .with_context(|| format!("cannot make {}", path.display()))?;
        let digits = seed.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
        writeln!(file, "{digits}").with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(path)
}
