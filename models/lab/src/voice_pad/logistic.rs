//! Logistic regression with a Gaussian prior, by Nesterov's accelerated gradient: no draws, so the same rows give the same bytes.

/// Steps; with the prior below the objective's condition number is under a thousand.
const STEPS: usize = 1_200;
/// Precision of the prior on each weight of a standardised feature.
const PRIOR: f64 = 0.02;
/// A feature whose deviation is a smaller share of its mean never changes but by rounding.
const CHANGES: f64 = 1e-6;

/// Evidence as a sum of weighted features.
#[derive(Clone, Debug, PartialEq)]
pub struct Logistic {
    /// Nats for each unit of each feature.
    pub weights: Vec<f64>,
    /// Nats where all features are zero.
    pub offset: f64,
}

/// One row of a fit.
#[derive(Clone, Debug)]
pub struct Row<'a> {
    /// Its features.
    pub features: &'a [f64],
    /// What it is.
    pub bona_fide: bool,
    /// What it counts; all of a fit are scaled so that both kinds count the same.
    pub weight: f64,
}

impl Logistic {
    /// The log-odds of a bona fide presentation, nats.
    pub fn evidence(&self, features: &[f64]) -> f64 {
        self.offset + self.weights.iter().zip(features).map(|(w, f)| w * f).sum::<f64>()
    }

    /// `None` unless there are rows of both kinds, of one length, all of them numbers.
    pub fn fit(rows: &[Row<'_>]) -> Option<Self> {
        let width = rows.first()?.features.len();
        let sums = [true, false].map(|kind| -> f64 {
            rows.iter().filter(|row| row.bona_fide == kind).map(|row| row.weight).sum()
        });
        let numbers =
            rows.iter().all(|row| row.features.len() == width && row.features.iter().all(|f| f.is_finite()));
        if !numbers || sums.iter().any(|sum| *sum <= 0.0) {
            return None;
        }
        let shares: Vec<f64> =
            rows.iter().map(|row| 0.5 * row.weight / sums[usize::from(!row.bona_fide)]).collect();
        let over = |value: &dyn Fn(&[f64]) -> f64| -> f64 {
            rows.iter().zip(&shares).map(|(row, share)| share * value(row.features)).sum()
        };
        let means: Vec<f64> = (0..width).map(|k| over(&|f| f[k])).collect();
        // A feature that never changes says nothing.
        let scale = |k: usize| {
            let deviation = over(&|f| (f[k] - means[k]).powi(2)).sqrt();
            if deviation > CHANGES * means[k].abs().max(1e-3) { 1.0 / deviation } else { 0.0 }
        };
        let scales: Vec<f64> = (0..width).map(scale).collect();
        let standard: Vec<Vec<f64>> = rows
            .iter()
            .map(|row| (0..width).map(|k| (row.features[k] - means[k]) * scales[k]).chain([1.0]).collect())
            .collect();
        let found = minimise(&standard, rows, &shares, width);
        let weights: Vec<f64> = (0..width).map(|k| found[k] * scales[k]).collect();
        let offset = found[width] - weights.iter().zip(&means).map(|(w, m)| w * m).sum::<f64>();
        (offset.is_finite() && weights.iter().all(|w| w.is_finite())).then_some(Self { weights, offset })
    }
}

/// The weights and, last, the offset that minimise the mean loss of standardised rows.
fn minimise(standard: &[Vec<f64>], rows: &[Row<'_>], shares: &[f64], width: usize) -> Vec<f64> {
    // The curvature is at most a quarter of the mean squared length of a row.
    let curvature = 0.25 * (width as f64 + 1.0) + PRIOR;
    let ratio = (PRIOR / curvature).sqrt();
    let momentum = (1.0 - ratio) / (1.0 + ratio);
    let (mut now, mut ahead) = (vec![0.0; width + 1], vec![0.0; width + 1]);
    for _ in 0..STEPS {
        let mut gradient: Vec<f64> = ahead.iter().map(|w| PRIOR * w).collect();
        gradient[width] = 0.0;
        for ((features, row), share) in standard.iter().zip(rows).zip(shares) {
            let evidence: f64 = features.iter().zip(&ahead).map(|(f, w)| f * w).sum();
            let error = share * (1.0 / (1.0 + (-evidence).exp()) - f64::from(u8::from(row.bona_fide)));
            gradient.iter_mut().zip(features).for_each(|(g, f)| *g += error * f);
        }
        let next: Vec<f64> = ahead.iter().zip(&gradient).map(|(w, g)| w - g / curvature).collect();
        ahead = next.iter().zip(&now).map(|(n, w)| n + momentum * (n - w)).collect();
        now = next;
    }
    now
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(data: &[([f64; 2], bool)]) -> Vec<Row<'_>> {
        data.iter()
            .map(|(features, bona_fide)| Row { features, bona_fide: *bona_fide, weight: 1.0 })
            .collect()
    }

    #[test]
    fn the_weights_are_where_the_slope_of_the_loss_is_zero() {
        let data: Vec<([f64; 2], bool)> = (0..40)
            .map(|i| {
                let noise = f64::from((i * 37) % 11) / 11.0;
                ([f64::from(i % 2) + noise, 100.0 * f64::from((i * 53) % 17)], i % 2 == 0)
            })
            .collect();
        let found = Logistic::fit(&rows(&data)).unwrap();
        assert!(found.weights[0] < 0.0, "{found:?}");
        // The offset has no prior, so errors of both kinds balance.
        let balance: f64 = data
            .iter()
            .map(|(f, bona_fide)| 1.0 / (1.0 + (-found.evidence(f)).exp()) - f64::from(u8::from(*bona_fide)))
            .sum();
        assert!(balance.abs() < 1e-6, "{balance}");
    }

    #[test]
    fn what_never_changes_gets_no_weight_and_one_kind_gives_no_fit() {
        let data = [([1.0, 6e3], true), ([2.0, 6e3], false), ([1.5, 6e3 + 1e-9], true), ([2.5, 6e3], false)];
        assert_eq!(Logistic::fit(&rows(&data)).unwrap().weights[1], 0.0);
        assert!(Logistic::fit(&rows(&data[..1])).is_none());
        assert!(Logistic::fit(&rows(&[([f64::NAN, 0.0], true), ([1.0, 0.0], false)])).is_none());
        assert!(Logistic::fit(&[]).is_none());
    }
}
