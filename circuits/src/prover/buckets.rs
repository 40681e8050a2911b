//! Sums of buckets, and their weighted sum.
//!
//! Buckets are summed by [`Scratch::sum`], and so is Σ b·S_b: with b = 2^h·high + low it is Σ 2^h·high·R_high + Σ
//! low·C_low, where R and C are plain sums of buckets.

use super::cancel::{Cancel, Cancelled};
use super::form::Form;
use super::point::{Coordinate, Point};
use super::prefetch::prefetch;
use super::runs::{BATCH, Scratch};
use ark_bn254::Fr;
use ark_ec::short_weierstrass::{Projective, SWCurveConfig};
use ark_ec::{AdditiveGroup, CurveGroup};
use ark_ff::Zero;
use zeroize::Zeroizing;

/// How many points before its turn the memory of a point is asked for.
const AHEAD: usize = 24;

pub(super) fn load<P>(table: &[u8], entry: u32) -> Point<P::BaseField>
where
    P: SWCurveConfig,
    P::BaseField: Coordinate,
{
    let point = Point::load(stored::<P>(table, entry));
    if entry & 1 == 1 { point.negated() } else { point }
}

fn stored<P>(table: &[u8], entry: u32) -> &[u8]
where
    P: SWCurveConfig,
    P::BaseField: Coordinate,
{
    let length = Point::<P::BaseField>::BYTES;
    &table[(entry >> 1) as usize * length..][..length]
}

/// One point a bucket.
pub(super) fn sum_buckets<P>(
    form: Form,
    table: &[u8],
    entries: &[u32],
    mut lengths: Vec<u32>,
    cancel: &Cancel,
) -> Result<Zeroizing<Vec<Point<P::BaseField>>>, Cancelled>
where
    P: SWCurveConfig,
    P::BaseField: Coordinate,
{
    let longest = lengths.iter().copied().max().unwrap_or(0) as usize;
    let mut scratch = Scratch::new(form, entries.len().min(BATCH + longest));
    let mut sums = Zeroizing::new(Vec::with_capacity(lengths.len()));
    let (mut bucket, mut entry) = (0, 0);
    while bucket < lengths.len() {
        cancel.check()?;
        let (first, mut count) = (bucket, 0);
        while bucket < lengths.len() && (count < BATCH || bucket == first) {
            count += lengths[bucket] as usize;
            bucket += 1;
        }
        scratch.points.clear();
        for at in entry..entry + count {
            if let Some(later) = entries.get(at + AHEAD) {
                prefetch(stored::<P>(table, *later));
            }
            scratch.points.push(load::<P>(table, entries[at]));
        }
        entry += count;
        scratch.sum(&mut lengths[first..bucket]);
        let mut found = scratch.points.iter();
        sums.extend(lengths[first..bucket].iter().map(|length| {
            if *length == 0 { Point::identity() } else { *found.next().unwrap_or(&Point::identity()) }
        }));
    }
    Ok(sums)
}

/// Σ (b + 1)·sums[b].
pub(super) fn weighted<P>(form: Form, sums: &[Point<P::BaseField>]) -> Projective<P>
where
    P: SWCurveConfig,
    P::BaseField: Coordinate,
{
    let low_bits = (sums.len().max(2).ilog2()).div_ceil(2);
    let columns = 1usize << low_bits;
    let rows = (sums.len() + 1).div_ceil(columns);
    // Bucket number b + 1 lies in row (b + 1) / columns and column (b + 1) % columns.
    let at = |row: usize, column: usize| (row * columns + column).checked_sub(1).and_then(|b| sums.get(b));
    let lines =
        |outer: usize, inner: usize, pick: &(dyn Fn(usize, usize) -> Option<Point<P::BaseField>> + Sync)| {
            let mut scratch = Scratch::new(form, sums.len());
            let mut lengths = Vec::with_capacity(outer);
            for line in 0..outer {
                let before = scratch.points.len();
                scratch.points.extend((0..inner).filter_map(|place| pick(line, place)));
                lengths.push((scratch.points.len() - before) as u32);
            }
            scratch.sum(&mut lengths);
            let mut found = scratch.points.iter();
            let sums: Vec<_> = lengths
                .iter()
                .map(|length| {
                    if *length == 0 { Point::identity() } else { *found.next().unwrap_or(&Point::identity()) }
                })
                .collect();
            running::<P>(form, &sums)
        };
    let present = |point: Option<&Point<P::BaseField>>| point.filter(|point| !point.is_identity()).copied();
    let (mut high, low) = rayon::join(
        || lines(rows, columns, &|row, column| present(at(row, column))),
        || lines(columns, rows, &|column, row| present(at(row, column))),
    );
    for _ in 0..low_bits {
        high.double_in_place();
    }
    high + low
}

/// Σ i·sums[i].
fn running<P>(form: Form, sums: &[Point<P::BaseField>]) -> Projective<P>
where
    P: SWCurveConfig,
    P::BaseField: Coordinate,
{
    let (mut total, mut partial) = (Projective::zero(), Projective::<P>::zero());
    for sum in sums.iter().skip(1).rev() {
        partial += form.leave(*sum).affine::<P>();
        total += partial;
    }
    total
}

/// Sums one batch of points again and again.
pub(super) fn additions_per_second<P>(form: Form) -> f64
where
    P: SWCurveConfig<ScalarField = Fr>,
    P::BaseField: Coordinate,
{
    let mut point = Projective::<P>::from(P::GENERATOR);
    let multiples: Vec<_> = (0..BATCH)
        .map(|_| {
            point.double_in_place();
            point
        })
        .collect();
    let points: Vec<_> =
        Projective::normalize_batch(&multiples).iter().map(|point| form.enter(Point::of(point))).collect();
    let mut scratch = Scratch::new(form, BATCH);
    let (begun, mut rounds) = (std::time::Instant::now(), 0);
    while begun.elapsed().as_millis() < 300 {
        scratch.points.clone_from(&points);
        scratch.sum(&mut [BATCH as u32]);
        rounds += 1;
    }
    f64::from(rounds) * (BATCH - 1) as f64 / begun.elapsed().as_secs_f64()
}
