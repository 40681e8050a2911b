//! From a recording to pieces of it in which somebody speaks, with nothing left of the recording's own silence.
//!
//! Pauses tell a data set from another as well as voices do (Müller and others, "Speech is silver, silence is golden",
//! 2021). So what lies between sounds is cut off at both ends of a piece, and is exactly nothing within.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use wetsign_infer::audio::{self, RATE};

use super::channel;

/// Samples in a frame: 10 ms.
pub const FRAME: usize = RATE as usize / 100;
/// Frames this far below the recording's loudest are a pause, decibels.
const PAUSE_DB: f64 = 30.0;
/// A pause of more frames divides two pieces; a shorter one is a stop consonant's.
const DIVIDES: usize = 10;
/// Frames of speech in a piece: with fewer it is a click, and after the most the next one begins.
const SPOKEN: [usize; 2] = [5, 60];
/// Samples in which a sound begins and ends: 2 ms.
const EDGE: usize = RATE as usize / 500;

/// Something spoken, from its first frame of speech to its last.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    /// 16 kHz; exactly zero wherever nobody speaks.
    pub samples: Vec<f64>,
    /// Frames of speech in it.
    pub spoken: usize,
}

/// Of a file, in the common band; none if it was taken with less than 16 kHz.
///
/// # Errors
/// A file that cannot be read, or that holds samples that are no numbers.
pub fn read(path: &Path) -> Result<Vec<Piece>> {
    let sound = audio::read_file(path).with_context(|| format!("{}", path.display()))?;
    if sound.rate < RATE {
        return Ok(Vec::new());
    }
    let samples = audio::resample_16k(&sound)?;
    ensure!(samples.iter().all(|s| s.is_finite()), "{} holds samples that are no numbers", path.display());
    let samples: Vec<f64> = samples.iter().map(|s| f64::from(*s)).collect();
    Ok(of(&channel::in_band(&samples)))
}

fn of(samples: &[f64]) -> Vec<Piece> {
    let powers: Vec<f64> = samples.chunks_exact(FRAME).map(|f| f.iter().map(|s| s * s).sum()).collect();
    let enough = powers.iter().copied().fold(0.0, f64::max) * 10.0_f64.powf(-PAUSE_DB / 10.0);
    let speaks: Vec<bool> = powers.iter().map(|power| *power > enough).collect();
    let mut pieces = Vec::new();
    let mut at = 0;
    while let Some(start) = (at..speaks.len()).find(|frame| speaks[*frame]) {
        let end = end_of(&speaks, start, SPOKEN[1]);
        let spoken = speaks[start..end].iter().filter(|speaks| **speaks).count();
        if spoken >= SPOKEN[0] {
            let samples = without_pauses(&samples[start * FRAME..end * FRAME], &speaks[start..end]);
            pieces.push(Piece { samples, spoken });
        }
        at = end;
    }
    pieces
}

/// Behind the last frame of speech before the next long pause, or behind the longest piece that is allowed.
fn end_of(speaks: &[bool], start: usize, most: usize) -> usize {
    let (mut end, mut spoken) = (start, 0);
    for (frame, _) in speaks.iter().enumerate().skip(start).filter(|(_, speaks)| **speaks) {
        if frame > end + DIVIDES || spoken == most {
            break;
        }
        (end, spoken) = (frame + 1, spoken + 1);
    }
    end
}

/// Each run of speech with soft edges; zero between them.
fn without_pauses(samples: &[f64], speaks: &[bool]) -> Vec<f64> {
    let mut out = vec![0.0; samples.len()];
    let mut at = 0;
    for run in speaks.chunk_by(|a, b| a == b) {
        let range = at * FRAME..(at + run.len()) * FRAME;
        at += run.len();
        if run[0] {
            let length = range.len();
            for (place, index) in range.enumerate() {
                let from_edge = place.min(length - 1 - place) as f64;
                out[index] = samples[index] * (from_edge / EDGE as f64).min(1.0);
            }
        }
    }
    out
}

impl Piece {
    /// Its beginning, with at most this many frames of speech.
    pub fn beginning(mut self, most: usize) -> Self {
        let speaks: Vec<bool> =
            self.samples.chunks_exact(FRAME).map(|frame| frame.iter().any(|s| *s != 0.0)).collect();
        if self.spoken > most {
            let last = speaks.iter().enumerate().filter(|(_, speaks)| **speaks).nth(most);
            self.samples.truncate(last.map_or(0, |(frame, _)| frame * FRAME));
            self.spoken = most;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound(stretches: &[(usize, f64)]) -> Vec<f64> {
        let samples = |(frames, level): &(usize, f64)| {
            (0..frames * FRAME).map(move |i| (i, *level)).collect::<Vec<_>>()
        };
        stretches.iter().flat_map(samples).map(|(i, level)| if i % 2 == 0 { level } else { -level }).collect()
    }

    #[test]
    fn silence_is_cut_off_at_the_ends_and_is_nothing_within() {
        let pieces = of(&sound(&[(30, 1e-4), (8, 0.3), (6, 1e-3), (9, 0.2), (40, 1e-4)]));
        assert_eq!(pieces.len(), 1);
        assert_eq!((pieces[0].samples.len(), pieces[0].spoken), (23 * FRAME, 17));
        assert!(pieces[0].samples[8 * FRAME..14 * FRAME].iter().all(|s| *s == 0.0));
        assert!(pieces[0].samples[4 * FRAME].abs() > 0.29);
    }

    #[test]
    fn a_long_pause_and_much_speech_divide_and_a_click_is_no_piece() {
        let spoken = |stretches: &[(usize, f64)]| -> Vec<usize> {
            of(&sound(stretches)).iter().map(|piece| piece.spoken).collect()
        };
        assert_eq!(spoken(&[(8, 0.3), (11, 0.0), (9, 0.3)]), [8, 9]);
        assert_eq!(spoken(&[(8, 0.3), (10, 0.0), (9, 0.3)]), [17]);
        assert_eq!(spoken(&[(130, 0.3)]), [60, 60, 10]);
        assert_eq!(spoken(&[(4, 0.3), (20, 0.0), (5, 0.3)]), [5]);
        assert!(of(&vec![0.0; 16_000]).is_empty() && of(&[]).is_empty());
    }

    #[test]
    fn a_beginning_has_the_speech_that_is_asked_for_and_no_more() {
        let piece = of(&sound(&[(8, 0.3), (6, 0.0), (9, 0.2)])).remove(0);
        let beginning = piece.clone().beginning(10);
        assert_eq!((beginning.spoken, beginning.samples.len()), (10, 16 * FRAME));
        assert_eq!(piece.clone().beginning(17), piece);
        assert_eq!(piece.beginning(8).samples.len(), 14 * FRAME);
    }
}
