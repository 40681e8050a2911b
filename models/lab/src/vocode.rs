//! Recordings of living speakers taken apart into pitch and spectrum and put together again by a vocoder: the voice
//! that a synthesiser with a perfect model of its speaker would have, and their own recording channel with it.
//!
//! SPTK 3.9: pitch by SWIPE', mel-cepstra of order 24, the MLSA filter; 5 ms between frames.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use wetsign_infer::audio::{self, Sound};

/// SPTK takes samples for 16-bit numbers.
const FULL_SCALE: f32 = 32_768.0;
const SHIFT: [&str; 2] = ["-p", "80"];
/// Points of a frame and of its transform.
const POINTS: [&str; 2] = ["400", "512"];
/// Order, and the all-pass constant that bends 16 kHz to mel.
const CEPSTRUM: [&str; 4] = ["-m", "24", "-a", "0.42"];

/// The programs of SPTK and a folder for what passes between them.
pub struct Vocoder {
    programs: PathBuf,
    work: tempfile::TempDir,
}

impl Vocoder {
    /// With the programs in this folder.
    ///
    /// # Errors
    /// No folder can be made for what passes between them.
    pub fn new(programs: &Path) -> Result<Self> {
        let work = tempfile::tempdir().context("cannot make a folder for the vocoder")?;
        Ok(Self { programs: programs.to_owned(), work })
    }

    /// A copy of a recording, 16 kHz.
    ///
    /// # Errors
    /// A recording that cannot be read; a program that is missing or fails.
    pub fn copy(&self, recording: &Path) -> Result<Sound> {
        let samples = audio::resample_16k(&audio::read_file(recording)?)?;
        let bytes: Vec<u8> = samples.iter().flat_map(|s| (FULL_SCALE * s).to_le_bytes()).collect();
        fs::write(self.file("sound"), bytes).context("cannot write for the vocoder")?;
        let [length, transform] = POINTS;
        let pitch = ["-a", "1", "-s", "16", "-L", "60", "-H", "400"];
        self.step("pitch", &[&pitch[..], &SHIFT[..]].concat(), &["sound"], "pitch")?;
        self.step("excite", &[&["-n"][..], &SHIFT[..]].concat(), &["pitch"], "excitation")?;
        self.step("frame", &[&["-l", length][..], &SHIFT[..]].concat(), &["sound"], "frames")?;
        self.step("window", &["-l", length, "-L", transform], &["frames"], "windows")?;
        let analysis = [&["-l", transform, "-e", "1"][..], &CEPSTRUM[..]].concat();
        self.step("mcep", &analysis, &["windows"], "cepstra")?;
        let filter = [&["-P", "5"][..], &CEPSTRUM[..], &SHIFT[..]].concat();
        self.step("mlsadf", &filter, &["cepstra", "excitation"], "copy")?;
        let copy = fs::read(self.file("copy")).context("cannot read from the vocoder")?;
        let mut samples: Vec<f32> =
            copy.chunks_exact(4).map(|s| f32::from_le_bytes([s[0], s[1], s[2], s[3]])).collect();
        let loudest = samples.iter().fold(FULL_SCALE, |most, s| most.max(s.abs()));
        ensure!(
            !samples.is_empty() && samples.iter().all(|s| s.is_finite()),
            "the vocoder's filter makes no sound of {}",
            recording.display()
        );
        for sample in &mut samples {
            *sample /= loudest;
        }
        Ok(Sound { rate: audio::RATE, samples })
    }

    fn file(&self, name: &str) -> PathBuf {
        self.work.path().join(name)
    }

    fn step(&self, program: &str, arguments: &[&str], from: &[&str], to: &str) -> Result<()> {
        let to = File::create(self.file(to)).context("cannot write for the vocoder")?;
        let mut command = Command::new(self.programs.join(program));
        command.args(arguments).args(from.iter().map(|name| self.file(name))).stdout(to);
        let done = command.status().with_context(|| {
            format!(
                "cannot start {}: run `cargo xtask voice-pad`, which brings it",
                self.programs.join(program).display()
            )
        })?;
        ensure!(done.success(), "{program} of SPTK ended with {done}");
        Ok(())
    }
}
