//! The command `synthesise`: letters and words of the recorded speakers, spoken by programs and networks, and copied by
//! a vocoder.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use wetsign_infer::audio::{RATE, Sound};
use wetsign_lab::eval::folders::{self, SOUNDS};
use wetsign_lab::eval::seed_of;
use wetsign_lab::speak::{KOKORO_VOICES, Kokoro, NeuralVoice};
use wetsign_lab::voice_pad::material;
use wetsign_models::store::ModelStore;

use crate::vocode::Vocoder;

/// eSpeak NG: formants, and Klatt's cascade; voices and languages.
const ESPEAK: [&str; 12] = [
    "en-us",
    "en-us+f3",
    "en-us+m3",
    "en-us+klatt2",
    "en-us+klatt4",
    "en-gb+f5",
    "en-gb+klatt",
    "de",
    "de+f2",
    "fr",
    "es+m5",
    "it+f4",
];
/// Flite's statistical voices (clustergen). `slt` is left out: she is Festival's HTS voice too; `kal`: it is
/// Festival's.
const FLITE: [&str; 2] = ["awb", "rms"];
/// Festival: two voices of joined diphones, one of hidden Markov models.
const FESTIVAL: [(&str, &str); 3] =
    [("diphone", "kal_diphone"), ("diphone", "ked_diphone"), ("hts", "cmu_us_slt_arctic_hts")];
/// Recordings of each living speaker that are copied.
const COPIED: usize = 18;

#[derive(clap::Args)]
pub struct Arguments {
    /// Folder to write `SYNTHESISER/VOICE/WORD.wav` into. What lies there is not made again.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Folder with `espeak-ng`, `flite` and `festival`.
    #[arg(long, value_name = "DIR")]
    tools: PathBuf,
    /// Folder with the programs of SPTK, the vocoder.
    #[arg(long, value_name = "DIR")]
    sptk: PathBuf,
    /// Letters and words a voice.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(6..))]
    words: u32,
    /// What words are drawn by.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Speaks with every synthesiser.
pub fn run(arguments: &Arguments) -> Result<bool> {
    let store = ModelStore::open_default()?;
    copies(&store, arguments)?;
    let speaker = Speaker { words: words(&store)?, arguments };
    for voice in ESPEAK {
        speaker.each("espeak", voice, |word, path| {
            let mut command = speaker.tool("espeak-ng");
            started(command.args(["-v", voice, "-w"]).arg(path).arg(word)).map(drop)
        })?;
    }
    for voice in FLITE {
        speaker.each("flite", voice, |word, path| {
            let mut command = speaker.tool("flite");
            started(command.args(["-voice", voice, "-t", word, "-o"]).arg(path)).map(drop)
        })?;
    }
    for (synthesiser, voice) in FESTIVAL {
        speaker.each(synthesiser, voice, |word, path| {
            let path = path.to_str().context("the path is no text")?;
            ensure!(!path.contains(['"', '\\']), "festival cannot write to {path}");
            let speak = format!("(utt.save.wave (utt.synth (Utterance Text \"{word}\")) \"{path}\" 'riff)");
            let mut command = speaker.tool("festival");
            started(command.args(["-b", &format!("(voice_{voice})"), &speak])).map(drop)
        })?;
    }
    let mut piper = NeuralVoice::load(&store, 1)?;
    speaker.each("piper", "joe", |word, path| write(path, &piper.pronounce(&speaker.phonemes(word)?)?))?;
    let mut kokoro = Kokoro::load(&store)?;
    for (place, voice) in KOKORO_VOICES.into_iter().enumerate() {
        speaker.each("kokoro", voice, |word, path| {
            write(path, &kokoro.pronounce(place, &speaker.phonemes(word)?)?)
        })?;
    }
    Ok(true)
}

/// Living speakers by the vocoder, below their own names.
fn copies(store: &ModelStore, arguments: &Arguments) -> Result<()> {
    let vocoder = Vocoder::new(&arguments.sptk)?;
    for voice in material::own_speakers(store)? {
        let folder = arguments.out.join("vocoder").join(&voice.name);
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let mut recordings = voice.recordings;
        let purpose = format!("copies of {}", voice.name);
        recordings.shuffle(&mut ChaCha8Rng::from_seed(seed_of(arguments.seed, &purpose)));
        for (number, recording) in recordings.iter().take(COPIED).enumerate() {
            let path = folder.join(format!("{number:02}.wav"));
            if !path.exists() {
                let draft = path.with_extension("part");
                write(&draft, &vocoder.copy(recording)?)?;
                std::fs::rename(&draft, &path).with_context(|| format!("cannot write {}", path.display()))?;
            }
        }
        eprintln!("vocoder {}: there", voice.name);
    }
    Ok(())
}

struct Speaker<'a> {
    words: Vec<String>,
    arguments: &'a Arguments,
}

impl Speaker<'_> {
    /// Has one voice speak its words, each into a file that appears when it is whole.
    fn each(
        &self,
        synthesiser: &str,
        voice: &str,
        mut speak: impl FnMut(&str, &Path) -> Result<()>,
    ) -> Result<()> {
        let folder = self.arguments.out.join(synthesiser).join(voice);
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let mut words = self.words.clone();
        words.shuffle(&mut ChaCha8Rng::from_seed(seed_of(
            self.arguments.seed,
            &format!("{synthesiser} {voice}"),
        )));
        words.truncate(self.arguments.words as usize);
        let mut made = 0;
        for word in &words {
            let path = folder.join(format!("{word}.wav"));
            if !path.exists() {
                let draft = folder.join(format!("{word}.part"));
                speak(word, &draft)
                    .with_context(|| format!("{synthesiser}, voice {voice}, says no {word:?}"))?;
                std::fs::rename(&draft, &path).with_context(|| format!("cannot write {}", path.display()))?;
                made += 1;
            }
        }
        eprintln!("{synthesiser} {voice}: {made} made, {} there", words.len() - made);
        Ok(())
    }

    fn tool(&self, name: &str) -> Command {
        Command::new(self.arguments.tools.join(name))
    }

    /// As eSpeak has them for American English.
    fn phonemes(&self, word: &str) -> Result<String> {
        let said = started(self.tool("espeak-ng").args(["-q", "--ipa", "-v", "en-us", word]))?;
        Ok(String::from_utf8(said).context("eSpeak wrote no text")?.trim().to_owned())
    }
}

/// What the recorded speakers of the Latin alphabet say, as far as files are named by it.
fn words(store: &ModelStore) -> Result<Vec<String>> {
    let name = |path: &Path| path.file_stem().and_then(|stem| stem.to_str()).map(str::to_lowercase);
    let speakable = |word: &String| word.len() <= 10 && word.bytes().all(|byte| byte.is_ascii_lowercase());
    let items = folders::items(&store.data("klettres")?, &SOUNDS)?;
    // Malayalam is spelled by its transcription, which no synthesiser here would read alike.
    let spoken = items.iter().filter(|item| item.subject != "ml").filter_map(|item| name(&item.path));
    let words: BTreeSet<String> = spoken.filter(speakable).collect();
    ensure!(!words.is_empty(), "klettres holds no recording that is named by a word");
    Ok(words.into_iter().collect())
}

fn started(command: &mut Command) -> Result<Vec<u8>> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .with_context(|| format!("cannot start {program}: run `cargo xtask voice-pad`, which brings it"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{program} failed: {}", said.trim());
    Ok(output.stdout)
}

fn write(path: &Path, sound: &Sound) -> Result<()> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: RATE,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec)?;
    for sample in &sound.samples {
        writer.write_sample((sample.clamp(-1.0, 1.0) * f32::from(i16::MAX)) as i16)?;
    }
    Ok(writer.finalize()?)
}
