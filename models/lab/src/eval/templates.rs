//! Protected templates (ISO/IEC 24745): what protection costs in accuracy, whether two renewals of one person can be
//! linked, and what is got back from a template with its key and without.

use serde::Serialize;
use wetsign_models::template::{Rotation, cosine_i8, quantise};

use super::rates::{Recognition, Sorted};
use super::trials::{Capture, Trials};
use crate::stats::Summary;

/// One modality.
#[derive(Clone, Debug, Serialize)]
pub struct TemplateReport {
    /// `face` or `voice`.
    pub name: String,
    /// Accuracy of plain embeddings and of each step of protection.
    pub accuracy: Vec<AccuracyRow>,
    /// Two templates under two keys.
    pub linkage: Linkage,
    /// Cosine of the embedding with what the key's holder computes from a template: near 1, so the key is what
    /// protects.
    pub inverted_with_key: Summary,
    /// The same without the key, with a guessed one: near 0.
    pub inverted_without_key: Summary,
}

/// Accuracy of one form of template.
#[derive(Clone, Debug, Serialize)]
pub struct AccuracyRow {
    /// `plain`, `rotated`, `rotated, int8`, `rotated, N of them, int8`.
    pub form: String,
    /// Bits that a template takes.
    pub bits: usize,
    /// Equal error rate, 0..1.
    pub equal_error: f64,
    /// False match rate at the manifest's bound.
    pub fmr: f64,
    /// False non-match rate there.
    pub fnmr: f64,
}

/// Renewals of one person against renewals of others, under different keys.
#[derive(Clone, Debug, Serialize)]
pub struct Linkage {
    /// Comparisons of one person's.
    pub mated: Summary,
    /// Comparisons of two people's.
    pub nonmated: Summary,
    /// The area under the curve of a linker that compares templates: 0.5 is chance.
    pub area: f64,
    /// 95 % of such areas lie within this of 0.5 if nothing can be linked (Mann and Whitney, normal approximation).
    pub chance: f64,
    /// The same area where both were made under one key: what a key used twice would give away.
    pub area_under_one_key: f64,
}

/// Measures all three on the captures of a modality; `bound` is the manifest's.
pub fn report(name: &str, trials: &Trials, bound: f64, seed: u64) -> Option<TemplateReport> {
    let dim = trials.of().first()?.vector.len();
    let key = |what: &str| super::seed_of(seed, &format!("{name} {what}"));
    let rotation = Rotation::from_seed(&key("key"), dim);
    let rotated: Vec<Vec<f32>> = trials.of().iter().map(|c| rotation.apply(&c.vector)).collect();
    let row = |form: String, bits: usize, trials: &Trials| {
        let found = Recognition::of(name, trials, bound);
        let (at, equal) = (&found.at[0], found.equal_error.map_or(f64::NAN, |(rate, _)| rate));
        AccuracyRow { form, bits, equal_error: equal, fmr: at.fmr.rate, fnmr: at.fnmr.rate }
    };
    let of_i8 = |kept: usize| {
        let small: Vec<Vec<i8>> = rotated.iter().map(|vector| quantise(&vector[..kept])).collect();
        trials.rescored(|a, b| cosine_i8(&small[a], &small[b]))
    };
    let turned = trials.rescored(|a, b| f64::from(wetsign_infer::quality::cosine(&rotated[a], &rotated[b])));
    let mut accuracy = vec![
        row("plain".to_owned(), 32 * dim, trials),
        row("rotated".to_owned(), 32 * dim, &turned),
        row("rotated, int8".to_owned(), 8 * dim, &of_i8(dim)),
    ];
    for kept in [dim / 2, dim / 4, dim / 8] {
        accuracy.push(row(format!("rotated, {kept} of {dim}, int8"), 8 * kept, &of_i8(kept)));
    }
    let guess = Rotation::from_seed(&key("guess"), dim);
    Some(TemplateReport {
        name: name.to_owned(),
        accuracy,
        linkage: linkage(trials.of(), &|subject, time| key(&format!("{subject} {time}"))),
        inverted_with_key: inverted(trials.of(), &rotated, &rotation),
        inverted_without_key: inverted(trials.of(), &rotated, &guess),
    })
}

/// Enrolment and renewal of each capture, each under a key of its own, and all of them compared.
fn linkage(captures: &[Capture], key: &dyn Fn(usize, u8) -> [u8; 32]) -> Linkage {
    let dim = captures[0].vector.len();
    let made = |time: u8| -> Vec<Vec<i8>> {
        let own = |(index, capture): (usize, &Capture)| {
            quantise(&Rotation::from_seed(&key(index, time), dim).apply(&capture.vector))
        };
        captures.iter().enumerate().map(own).collect()
    };
    let (first, second) = (made(0), made(1));
    let one = Rotation::from_seed(&key(0, 0), dim);
    let same_key: Vec<Vec<i8>> = captures.iter().map(|c| quantise(&one.apply(&c.vector))).collect();
    let (mut mated, mut nonmated, mut one_key) = (Vec::new(), Vec::new(), [Vec::new(), Vec::new()]);
    for (i, a) in captures.iter().enumerate() {
        for (j, b) in captures.iter().enumerate() {
            let Some(is_mated) = a.mated(b) else { continue };
            let score = cosine_i8(&first[i], &second[j]);
            if is_mated {
                mated.push(score);
            } else {
                nonmated.push(score);
            }
            if i < j {
                one_key[usize::from(is_mated)].push(cosine_i8(&same_key[i], &same_key[j]));
            }
        }
    }
    let (m, n) = (mated.len() as f64, nonmated.len() as f64);
    Linkage {
        area: area(&mated, &nonmated),
        chance: 1.96 * ((m + n + 1.0) / (12.0 * m * n)).sqrt(),
        mated: Summary::of(&mated),
        nonmated: Summary::of(&nonmated),
        area_under_one_key: area(&one_key[1], &one_key[0]),
    }
}

/// Probability that a mated score lies above a non-mated one.
fn area(mated: &[f64], nonmated: &[f64]) -> f64 {
    let sorted = Sorted::new(&[], nonmated);
    mated
        .iter()
        .map(|score| 1.0 - f64::midpoint(sorted.rates(*score).0, sorted.rates(score.next_up()).0))
        .sum::<f64>()
        / mated.len().max(1) as f64
}

/// How much of each embedding comes back from its int8 template when it is turned back with `guess`.
fn inverted(captures: &[Capture], rotated: &[Vec<f32>], guess: &Rotation) -> Summary {
    let dim = guess.dim();
    let unit = |k: usize| -> Vec<f32> { (0..dim).map(|i| f32::from(u8::from(i == k))).collect() };
    // Turning back is the transpose: its rows are what the rotation makes of the unit vectors.
    let rows: Vec<Vec<f32>> = (0..dim).map(|k| guess.apply(&unit(k))).collect();
    let back = |template: &[i8]| -> Vec<f32> {
        rows.iter().map(|row| row.iter().zip(template).map(|(r, t)| r * f32::from(*t)).sum()).collect()
    };
    let found: Vec<f64> = captures
        .iter()
        .zip(rotated)
        .map(|(capture, turned)| {
            f64::from(wetsign_infer::quality::cosine(&capture.vector, &back(&quantise(turned))))
        })
        .collect();
    Summary::of(&found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::synthetic;

    #[test]
    fn protection_keeps_accuracy_and_renewals_cannot_be_linked() {
        let trials = Trials::all(synthetic::people(24, 4, 64, 0.4, 3), 1);
        let report = report("face", &trials, 0.5, 1).unwrap();
        let [plain, rotated, int8, ..] = &report.accuracy[..] else { panic!("three rows") };
        assert!((plain.equal_error - rotated.equal_error).abs() < 1e-3);
        assert!((plain.equal_error - int8.equal_error).abs() < 0.01);
        let linkage = &report.linkage;
        assert!(linkage.area_under_one_key > 0.95, "{linkage:?}");
        // Mated comparisons share captures, so they scatter somewhat more than independent ones.
        assert!((linkage.area - 0.5).abs() < 2.0 * linkage.chance, "{linkage:?}");
        assert!(report.inverted_with_key.min > 0.98 && report.inverted_without_key.max < 0.7, "{report:?}");
    }

    #[test]
    fn the_area_of_equal_scores_is_one_half() {
        assert_eq!(area(&[1.0, 1.0], &[1.0, 1.0]), 0.5);
        assert_eq!((area(&[2.0], &[1.0]), area(&[0.0], &[1.0])), (1.0, 0.0));
    }
}
