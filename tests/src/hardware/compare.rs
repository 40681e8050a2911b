//! Pictures and sound that came out of a device, held against what was put in.

/// Above this many decibels nobody sees a difference; a lossless way must keep more.
pub const LEAST_PSNR_DB: f64 = 30.0;

/// Luma of BGR pixels as cameras send it (ITU-R BT.601, 16 to 235).
pub fn luma(bgr: &[u8]) -> Vec<u8> {
    bgr.as_chunks::<3>().0.iter().map(|[b, g, r]| luma_of([*b, *g, *r])).collect()
}

fn luma_of([b, g, r]: [u8; 3]) -> u8 {
    let (b, g, r) = (f64::from(b), f64::from(g), f64::from(r));
    (16.0 + (65.481 * r + 128.553 * g + 24.966 * b) / 255.0).round() as u8
}

/// BGR pixels as packed YUYV 4:2:2 (ITU-R BT.601, limited range); the width must be even.
pub fn yuyv(bgr: &[u8]) -> Vec<u8> {
    let chroma = |a: [u8; 3], b: [u8; 3], weights: [f64; 3]| {
        let mean = |i: usize| f64::midpoint(f64::from(a[i]), f64::from(b[i]));
        let sum: f64 = (0..3).map(|i| weights[i] * mean(i)).sum();
        (128.0 + sum / 255.0).round() as u8
    };
    let pairs = bgr.as_chunks::<6>().0.iter();
    pairs
        .flat_map(|&[b0, g0, r0, b1, g1, r1]| {
            let (a, b) = ([b0, g0, r0], [b1, g1, r1]);
            let u = chroma(a, b, [112.0, -74.203, -37.797]);
            let v = chroma(a, b, [-18.214, -93.786, 112.0]);
            [luma_of(a), u, luma_of(b), v]
        })
        .collect()
}

/// Peak signal-to-noise ratio in decibels; pictures of two sizes have none in common (0).
pub fn psnr(a: &[u8], b: &[u8]) -> f64 {
    psnr_of(a.iter().zip(b), a.len() == b.len())
}

fn psnr_of<'a>(pairs: impl Iterator<Item = (&'a u8, &'a u8)>, comparable: bool) -> f64 {
    let (mut squares, mut count) = (0_u64, 0_u64);
    for (a, b) in pairs {
        squares += u64::from(a.abs_diff(*b)).pow(2);
        count += 1;
    }
    if !comparable || count == 0 {
        return 0.0;
    }
    // An exact copy has no noise at all; half a step in one pixel stands in for it.
    let mean = (squares as f64).max(0.25) / count as f64;
    10.0 * (255.0_f64.powi(2) / mean).log10()
}

/// Which of `sources` a picture is, by every 16th pixel, and its PSNR against that one by all pixels.
pub fn find(picture: &[u8], sources: &[Vec<u8>]) -> Option<(usize, f64)> {
    let coarse = |source: &Vec<u8>| {
        psnr_of(picture.iter().step_by(16).zip(source.iter().step_by(16)), picture.len() == source.len())
    };
    let (best, _) = sources.iter().map(coarse).enumerate().max_by(|(_, a), (_, b)| a.total_cmp(b))?;
    Some((best, psnr(picture, &sources[best])))
}

/// Bands in which a torn picture is looked at.
const BANDS: usize = 12;

/// Whether a picture is made of two: its upper rows of one, its lower rows of another. The loopback driver does so
/// where the next picture is written before the last one was read; a band in which they meet is neither's.
pub fn is_torn(picture: &[u8], sources: &[Vec<u8>]) -> bool {
    let band = (picture.len() / BANDS).max(1);
    let whose = |from: usize| {
        let to = (from + band).min(picture.len());
        let of_source =
            |source: &Vec<u8>| source.get(from..to).map_or(0.0, |rows| psnr(&picture[from..to], rows));
        let best = sources.iter().map(of_source).enumerate().max_by(|(_, a), (_, b)| a.total_cmp(b))?;
        (best.1 >= LEAST_PSNR_DB).then_some(best.0)
    };
    let owners: Vec<Option<usize>> = (0..picture.len()).step_by(band).map(whose).collect();
    let strangers = owners.iter().filter(|owner| owner.is_none()).count();
    strangers <= 1 && owners.first() != owners.last()
}

/// Where a stretch of sound stands in a recording.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Match {
    /// Its first sample in the recording.
    pub at: usize,
    /// Pearson's correlation there, −1 to 1.
    pub correlation: f64,
}

/// Looks for `wanted` in `heard`, first by every `coarse`th sample, then by all. None where `heard` is shorter.
pub fn locate(wanted: &[f32], heard: &[f32], coarse: usize) -> Option<Match> {
    let coarse = coarse.max(1);
    let thin = |samples: &[f32]| -> Vec<f32> {
        samples.chunks_exact(coarse).map(|chunk| chunk.iter().sum::<f32>() / coarse as f32).collect()
    };
    let rough = best(&thin(wanted), &thin(heard), 0..usize::MAX)?;
    let around = rough.at * coarse;
    best(wanted, heard, around.saturating_sub(2 * coarse)..around + 2 * coarse + 1)
}

fn best(wanted: &[f32], heard: &[f32], within: std::ops::Range<usize>) -> Option<Match> {
    let last = heard.len().checked_sub(wanted.len()).filter(|_| !wanted.is_empty())?;
    let places = within.start..within.end.min(last + 1);
    places
        .map(|at| Match { at, correlation: correlation(wanted, &heard[at..at + wanted.len()]) })
        .max_by(|a, b| a.correlation.total_cmp(&b.correlation))
}

/// Pearson's correlation of two stretches of one length; 0 where either is flat.
pub fn correlation(a: &[f32], b: &[f32]) -> f64 {
    let mean = |samples: &[f32]| samples.iter().map(|s| f64::from(*s)).sum::<f64>() / samples.len() as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (f64::from(*a) - mean_a, f64::from(*b) - mean_b);
        ab += a * b;
        aa += a * a;
        bb += b * b;
    }
    if aa * bb > 0.0 { ab / (aa * bb).sqrt() } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(count: usize, seed: u32) -> Vec<f32> {
        let mut state = seed;
        (0..count)
            .map(|_| {
                state = state.wrapping_mul(1664525).wrapping_add(1013904223);
                (state >> 8) as f32 / (1 << 24) as f32 - 0.5
            })
            .collect()
    }

    #[test]
    fn a_copy_is_better_than_a_noisy_one_and_that_better_than_another_picture() {
        let picture: Vec<u8> = (0..4096_u32).map(|i| (i * i % 251) as u8).collect();
        let noisy: Vec<u8> = picture.iter().map(|p| p ^ 2).collect();
        let other: Vec<u8> = picture.iter().rev().copied().collect();
        assert!(psnr(&picture, &picture) > 80.0);
        assert!((40.0..45.0).contains(&psnr(&picture, &noisy)));
        assert!(psnr(&picture, &other) < LEAST_PSNR_DB);
        assert_eq!(psnr(&picture, &picture[1..]), 0.0);
        let (which, decibels) = find(&noisy, &[other, picture]).unwrap();
        assert_eq!(which, 1);
        assert!(decibels > LEAST_PSNR_DB);
    }

    #[test]
    fn a_picture_of_two_is_torn_and_a_strange_one_is_not() {
        let one: Vec<u8> = (0..4800_u32).map(|i| (i * i % 251) as u8).collect();
        let two: Vec<u8> = (0..4800_u32).map(|i| (i * 31 % 241) as u8).collect();
        let sources = [one.clone(), two.clone()];
        assert!(is_torn(&[&one[..2600], &two[2600..]].concat(), &sources));
        assert!(!is_torn(&one, &sources));
        assert!(!is_torn(&vec![128; 4800], &sources));
    }

    #[test]
    fn yuyv_carries_the_luma_and_grey_has_no_colour() {
        let bgr = [10, 200, 30, 250, 1, 90];
        let packed = yuyv(&bgr);
        assert_eq!([packed[0], packed[2]], luma(&bgr)[..]);
        assert_eq!(yuyv(&[77; 6])[1], 128);
        assert_eq!(luma(&[0, 0, 0, 255, 255, 255]), [16, 235]);
    }

    #[test]
    fn a_stretch_is_found_where_it_stands() {
        let mut heard = noise(20_000, 1);
        let wanted = noise(4_000, 2);
        heard[7_777..11_777].copy_from_slice(&wanted);
        let found = locate(&wanted, &heard, 4).unwrap();
        assert_eq!(found.at, 7_777);
        assert!(found.correlation > 0.999);
        assert!(locate(&wanted, &noise(20_000, 3), 4).unwrap().correlation < 0.3);
        assert_eq!(locate(&heard, &wanted, 4), None);
        assert_eq!(correlation(&[0.0; 8], &wanted[..8]), 0.0);
    }
}
