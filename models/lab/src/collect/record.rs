//! Recording a person who agrees.

use std::io::BufRead;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use rand::RngCore as _;
use rand::rngs::OsRng;
use rand::seq::SliceRandom as _;
use wetsign_liveness::{Prompt, Repertoire, phrase};
use wetsign_sensor::source::{self, Source, Step};
use wetsign_sensor_ipc::{self as wire, source::Kind};

use super::folder::keep;
use super::sealed::{ENDING, Shown, Spelled};

/// What has to be typed.
const AGREED: &str = "I agree";
/// Most bytes of the text that is agreed to.
const LONGEST_TEXT: u64 = 8 * 1024;
/// Frames are kept as a kiosk sees them, in little loss.
const SIDE: u32 = 1920;
const QUALITY: u8 = 95;

#[derive(clap::Args)]
pub struct Arguments {
    /// Folder for the sealed phrases.
    #[arg(long)]
    into: PathBuf,
    /// The operator's public key, as `collect key` printed it.
    #[arg(long)]
    to: String,
    /// File with the text that the person agrees to: who asks, what for, how long it is kept, how it is erased.
    #[arg(long)]
    text: PathBuf,
    /// Phrases that the person is asked for.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u8).range(1..=50))]
    phrases: u8,
    /// Letters of a phrase.
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u8).range(1..=12))]
    letters: u8,
    /// Camera (`/dev/video0`); the first usable one without it.
    #[arg(long, default_value = "")]
    camera: String,
    /// Microphone; the system's default without it.
    #[arg(long, default_value = "")]
    microphone: String,
    /// Instead of both, to try it: a film.
    #[arg(long, requires = "sound")]
    film: Option<PathBuf>,
    /// And its sound.
    #[arg(long, requires = "film")]
    sound: Option<PathBuf>,
}

/// Asks, records, seals. Nothing is opened before the person agreed.
pub fn run(arguments: &Arguments) -> Result<bool> {
    let size = std::fs::metadata(&arguments.text).map_or(0, |found| found.len());
    ensure!(
        (1..=LONGEST_TEXT).contains(&size),
        "{} has {size} bytes, a text of 1 to {LONGEST_TEXT} is agreed to",
        arguments.text.display()
    );
    let consent = std::fs::read_to_string(&arguments.text)
        .with_context(|| format!("cannot read {}", arguments.text.display()))?;
    ensure!(arguments.into.is_dir(), "{} is no folder", arguments.into.display());
    // A key that nothing can be sealed to is named before anybody is recorded.
    Spelled::default().seal(&arguments.to, "")?;
    let mut answers = std::io::stdin().lock();
    say!("{}", consent.trim());
    say!("\nType `{AGREED}` and Enter if you do; anything else ends this, and nothing is recorded.");
    if answer(&mut answers)? != AGREED {
        say!("Nothing was recorded.");
        return Ok(false);
    }
    let agreed = wetsign_program::clock::now()?;
    let person = format!("{:08x}", OsRng.next_u32());
    say!("Your code is {person}. Whoever has it can have all of this erased: `wetsign-lab collect erase`.");
    let mut source = opened(arguments)?;
    let devices = source.about().label.clone();
    let mut kept = 0;
    for number in 1..=arguments.phrases {
        let letters = drawn(arguments.letters);
        say!("\n{number} of {}: press Enter, then say:   {}", arguments.phrases, phrase::spoken(&letters));
        answer(&mut answers)?;
        let (frames, sound) = taken(source.as_mut(), &letters)?;
        let mut spelled = Spelled {
            letters,
            frames,
            samples: sound.samples.clone(),
            rate: sound.rate,
            consent: consent.clone(),
            agreed,
            devices: devices.clone(),
        };
        say!("Keep it? Enter keeps it, `no` forgets it.");
        if answer(&mut answers)? != "no" {
            put(&spelled, arguments, &format!("{person}-{number:02}"))?;
            kept += 1;
        }
        spelled.wipe();
    }
    say!("{kept} phrases of {person} are kept, sealed.");
    Ok(true)
}

fn put(spelled: &Spelled, arguments: &Arguments, name: &str) -> Result<()> {
    let path = arguments.into.join(name).with_extension(ENDING);
    keep(&path, &spelled.seal(&arguments.to, name)?)
}

/// One line, without its end. The end of the answers is no answer.
fn answer(answers: &mut impl BufRead) -> Result<String> {
    let mut line = String::new();
    ensure!(answers.read_line(&mut line)? > 0, "nobody answers any more: nothing of this phrase is kept");
    Ok(line.trim().to_owned())
}

/// Different letters, of those that a kiosk asks for.
fn drawn(count: u8) -> Vec<String> {
    let mut letters = Repertoire::live().vocabulary;
    letters.shuffle(&mut OsRng);
    letters.truncate(usize::from(count));
    letters
}

fn opened(arguments: &Arguments) -> Result<Box<dyn Source>> {
    let named = |path: &Path| {
        let path = path.canonicalize().with_context(|| format!("cannot read {}", path.display()))?;
        Ok::<_, anyhow::Error>(path.display().to_string())
    };
    let kind = match (&arguments.film, &arguments.sound) {
        (Some(film), Some(sound)) => Kind::File(wire::File { picture: named(film)?, sound: named(sound)? }),
        _ => Kind::Live(wire::Live {
            camera: arguments.camera.clone(),
            microphone: arguments.microphone.clone(),
        }),
    };
    let source = wire::Source { kind: Some(kind), ..wire::Source::default() };
    Ok(source::open(Some(&source), Path::new(""))?)
}

/// Frames and sound while the letters are said.
fn taken(source: &mut dyn Source, letters: &[String]) -> Result<(Vec<Shown>, wetsign_infer::audio::Sound)> {
    source.begin(&Step::Show(Prompt::Say(letters.to_vec())))?;
    let mut frames = Vec::new();
    let mut began = None;
    while let Some((seconds, frame)) = source.next_frame()? {
        let began = *began.get_or_insert_with(|| source.began().unwrap_or(seconds));
        frames.push(Shown { seconds: seconds - began, jpeg: frame.to_jpeg(SIDE, QUALITY)? });
    }
    let Some(sound) = source.end()? else { bail!("nothing was heard: the source has no sound") };
    ensure!(!frames.is_empty(), "nothing was seen: the source has no picture");
    Ok((frames, sound))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_does_not_answer_has_not_agreed() {
        assert_eq!(answer(&mut &b"I agree\n"[..]).unwrap(), AGREED);
        for other in ["i agree\n", "yes\n", "I agree not\n", "\n"] {
            assert_ne!(answer(&mut other.as_bytes()).unwrap(), AGREED);
        }
        assert!(answer(&mut &b""[..]).is_err());
    }

    #[test]
    fn no_letter_is_asked_for_twice() {
        let letters = drawn(12);
        assert!(
            letters.len() == 12 && letters.iter().all(|l| letters.iter().filter(|o| *o == l).count() == 1)
        );
    }
}
