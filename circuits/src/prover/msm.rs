//! Multi-scalar multiplication over bases that are known beforehand.
//!
//! A scalar s below r is written as ±Σ dⱼ·2^(cj) with signed digits |dⱼ| ≤ 2^(c-1). The table holds the multiples 2^(cj)·B of each
//! base B, so every digit is one point for the bucket |dⱼ|, and all windows share one set of buckets. With less memory only
//! every k-th multiple is held; then there are k passes, c doublings apart. Bits of the circuit need the base alone.
//!
//! Buckets are summed by [`Scratch::sum`], and so is Σ b·S_b: with b = 2^h·high + low it is Σ 2^h·high·R_high + Σ low·C_low, where
//! R and C are plain sums of buckets.
//!
//! Not constant-time: how long it takes depends on the witness.

use super::cancel::{Cancel, Cancelled};
use super::point::{Coordinate, Point};
use super::runs::Scratch;
use ark_bn254::Fr;
use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use ark_ec::{AdditiveGroup, AffineRepr, CurveGroup};
use ark_ff::{BigInt, BigInteger, One, PrimeField, Zero};
use rayon::prelude::*;
use std::marker::PhantomData;
use zeroize::{Zeroize, Zeroizing};

/// Bits that the windows must hold: a scalar or its negative is below 2^253, and signed digits need one more.
const SCALAR_BITS: usize = 254;
/// Windows that are tried, in bits.
const WINDOWS: std::ops::RangeInclusive<usize> = 4..=16;
/// Points that one worker sums at a time: with their scratch they stay in the second-level cache.
const BATCH: usize = 4096;

/// How digits are cut and multiples are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// Bits of a digit.
    pub window: usize,
    /// Passes over the buckets.
    pub passes: usize,
}

impl Plan {
    /// The plan with the fewest curve additions for `points` bases and at most `passes` passes.
    pub fn best(points: usize, passes: usize) -> Self {
        let plans = WINDOWS.map(|window| Self { window, passes: passes.min(digits(window)) });
        plans.min_by_key(|plan| plan.additions(points)).unwrap_or(Self { window: 4, passes: 1 })
    }

    pub fn digits(self) -> usize {
        digits(self.window)
    }

    /// Multiples held of each base.
    pub fn levels(self) -> usize {
        self.digits().div_ceil(self.passes)
    }

    /// Buckets of one pass.
    pub fn buckets(self) -> usize {
        1 << (self.window - 1)
    }

    /// Curve additions for scalars without a zero digit: one a digit, two a bucket and pass.
    pub fn additions(self, points: usize) -> usize {
        points * self.digits() + 2 * self.passes * self.buckets()
    }
}

fn digits(window: usize) -> usize {
    SCALAR_BITS.div_ceil(window)
}

/// The bases of one multi-scalar multiplication.
pub(super) struct Section<P: SWCurveConfig> {
    pub plan: Plan,
    /// Positions of the scalars whose bases are held with all levels.
    full: Vec<u32>,
    /// Positions of the scalars that are bits.
    bits: Vec<u32>,
    curve: PhantomData<P>,
}

impl<P> Section<P>
where
    P: SWCurveConfig<ScalarField = Fr>,
    P::BaseField: Coordinate,
{
    /// Sorts the bases; identities are left out.
    pub fn new(bases: &[Affine<P>], is_bit: impl Fn(usize) -> bool, passes: usize) -> Self {
        let all = (0..bases.len() as u32).filter(|position| !bases[*position as usize].is_zero());
        let (bits, full): (Vec<_>, Vec<_>) = all.partition(|position| is_bit(*position as usize));
        Self { plan: Plan::best(full.len(), passes), full, bits, curve: PhantomData }
    }

    /// Length of the table's bytes.
    pub fn size(&self) -> usize {
        (self.full.len() * self.plan.levels() + self.bits.len()) * Point::<P::BaseField>::BYTES
    }

    /// Curve additions of one multiplication when no digit is zero and half of the bits are set.
    pub fn additions(&self) -> usize {
        self.plan.additions(self.full.len()) + self.bits.len() / 2
    }

    /// The table: level after level of the full bases, then the bits' bases.
    pub fn build(&self, bases: &[Affine<P>]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.size());
        let mut level: Vec<Projective<P>> =
            self.full.iter().map(|position| bases[*position as usize].into_group()).collect();
        for number in 0..self.plan.levels() {
            if number > 0 {
                let doublings = self.plan.window * self.plan.passes;
                level.par_iter_mut().for_each(|point| {
                    for _ in 0..doublings {
                        point.double_in_place();
                    }
                });
            }
            for point in Projective::normalize_batch(&level) {
                Point::of(&point).store(&mut bytes);
            }
        }
        for position in &self.bits {
            Point::of(&bases[*position as usize]).store(&mut bytes);
        }
        bytes
    }

    /// Σ scalar·base. `table` is what [`Section::build`] wrote.
    pub fn multiply(
        &self,
        table: &[u8],
        scalars: &[Fr],
        cancel: &Cancel,
    ) -> Result<Projective<P>, Cancelled> {
        let digits = self.recode(scalars);
        let (ones, mut sum) = self.bits(table, scalars);
        let mut high = Projective::zero();
        for pass in (0..self.plan.passes).rev() {
            for _ in 0..self.plan.window {
                high.double_in_place();
            }
            let ones: &[u32] = if pass == 0 { &ones } else { &[] };
            high += weighted(&self.pass(table, &digits, pass, ones, cancel)?);
        }
        sum += high;
        Ok(sum)
    }

    /// Signed digits, base after base, lowest first.
    fn recode(&self, scalars: &[Fr]) -> Zeroizing<Vec<i32>> {
        let (count, window) = (self.plan.digits(), self.plan.window);
        let mut digits = Zeroizing::new(vec![0i32; self.full.len() * count]);
        digits.par_chunks_mut(count).zip(&self.full).for_each(|(digits, position)| {
            recode(&scalars[*position as usize], window, digits);
        });
        digits
    }

    /// Table entries of the bits that are 1, and the sum over those that are no bits: an honest witness has none.
    fn bits(&self, table: &[u8], scalars: &[Fr]) -> (Zeroizing<Vec<u32>>, Projective<P>) {
        let first = self.full.len() * self.plan.levels();
        let mut ones = Zeroizing::new(Vec::with_capacity(self.bits.len()));
        let mut others = Projective::zero();
        for (number, position) in self.bits.iter().enumerate() {
            let (scalar, entry) = (scalars[*position as usize], first + number);
            if scalar.is_one() {
                ones.push((entry as u32) << 1);
            } else if !scalar.is_zero() {
                others += load::<P>(table, (entry as u32) << 1).affine::<P>() * scalar;
            }
        }
        (ones, others)
    }

    /// The bucket sums of one pass.
    fn pass(
        &self,
        table: &[u8],
        digits: &[i32],
        pass: usize,
        ones: &[u32],
        cancel: &Cancel,
    ) -> Result<Zeroizing<Vec<Point<P::BaseField>>>, Cancelled> {
        let workers = 2 * rayon::current_num_threads();
        let width = self.plan.buckets().div_ceil(workers);
        let ranges: Vec<_> = (0..self.plan.buckets()).step_by(width).collect();
        let parts: Result<Vec<_>, _> = ranges
            .into_par_iter()
            .map(|first| {
                let width = width.min(self.plan.buckets() - first);
                let ones = if first == 0 { ones } else { &[] };
                let (entries, lengths) = self.sort(digits, pass, (first, width), ones);
                sum_buckets::<P>(table, &entries, lengths, cancel)
            })
            .collect();
        let mut sums = Zeroizing::new(Vec::with_capacity(self.plan.buckets()));
        for part in parts? {
            sums.extend_from_slice(&part);
        }
        Ok(sums)
    }

    /// Table entries (shifted, with the sign in bit 0) by bucket, for the buckets from `first` on, and how many each has.
    fn sort(
        &self,
        digits: &[i32],
        pass: usize,
        (first, width): (usize, usize),
        ones: &[u32],
    ) -> (Zeroizing<Vec<u32>>, Vec<u32>) {
        let count = self.plan.digits();
        let mut lengths = vec![0u32; width];
        lengths[0] += ones.len() as u32;
        for base in digits.chunks_exact(count) {
            for digit in base.iter().skip(pass).step_by(self.plan.passes) {
                if let Some(length) = lengths.get_mut(bucket(*digit).wrapping_sub(first)) {
                    *length += 1;
                }
            }
        }
        let mut next = Zeroizing::new(Vec::with_capacity(width));
        let mut total = 0;
        for length in &lengths {
            next.push(total);
            total += length;
        }
        let mut entries = Zeroizing::new(vec![0u32; total as usize]);
        let mut place = |bucket: usize, entry: u32| {
            if let Some(at) = next.get_mut(bucket) {
                entries[*at as usize] = entry;
                *at += 1;
            }
        };
        for entry in ones {
            place(0, *entry);
        }
        for (base, digits) in digits.chunks_exact(count).enumerate() {
            for (level, digit) in digits.iter().skip(pass).step_by(self.plan.passes).enumerate() {
                let entry = ((level * self.full.len() + base) as u32) << 1;
                place(bucket(*digit).wrapping_sub(first), entry | u32::from(*digit < 0));
            }
        }
        (entries, lengths)
    }
}

/// The bucket of a digit; far beyond all buckets for 0.
fn bucket(digit: i32) -> usize {
    (digit.unsigned_abs() as usize).wrapping_sub(1)
}

/// Signed digits of `scalar`, or of its negative with all signs turned.
fn recode(scalar: &Fr, window: usize, digits: &mut [i32]) {
    let mut number = scalar.into_bigint();
    let negative = number > Fr::MODULUS_MINUS_ONE_DIV_TWO;
    if negative {
        let mut rest = Fr::MODULUS;
        rest.sub_with_borrow(&number);
        number.zeroize();
        number = rest;
    }
    let (half, mut carry) = (1i32 << (window - 1), 0);
    for (position, digit) in digits.iter_mut().enumerate() {
        let mut value = bits_at(&number, position * window, window) + carry;
        carry = i32::from(value > half);
        value -= carry << window;
        *digit = if negative { -value } else { value };
    }
    number.zeroize();
}

/// `count` bits of `number` from bit `start` on.
fn bits_at(number: &BigInt<4>, start: usize, count: usize) -> i32 {
    let (limb, shift) = (start / 64, start % 64);
    let Some(low) = number.0.get(limb) else { return 0 };
    let mut bits = low >> shift;
    if shift + count > 64 {
        bits |= number.0.get(limb + 1).copied().unwrap_or(0) << (64 - shift);
    }
    (bits & ((1 << count) - 1)) as i32
}

fn load<P>(table: &[u8], entry: u32) -> Point<P::BaseField>
where
    P: SWCurveConfig,
    P::BaseField: Coordinate,
{
    let point = Point::load(&table[(entry >> 1) as usize * Point::<P::BaseField>::BYTES..]);
    if entry & 1 == 1 { point.negated() } else { point }
}

/// One point a bucket.
fn sum_buckets<P>(
    table: &[u8],
    entries: &[u32],
    mut lengths: Vec<u32>,
    cancel: &Cancel,
) -> Result<Zeroizing<Vec<Point<P::BaseField>>>, Cancelled>
where
    P: SWCurveConfig,
    P::BaseField: Coordinate,
{
    let mut scratch = Scratch::new();
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
        scratch.points.extend(entries[entry..entry + count].iter().map(|entry| load::<P>(table, *entry)));
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
fn weighted<P>(sums: &[Point<P::BaseField>]) -> Projective<P>
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
            let mut scratch = Scratch::new();
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
            running::<P>(&sums)
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
fn running<P>(sums: &[Point<P::BaseField>]) -> Projective<P>
where
    P: SWCurveConfig,
    P::BaseField: Coordinate,
{
    let (mut total, mut partial) = (Projective::zero(), Projective::<P>::zero());
    for sum in sums.iter().skip(1).rev() {
        partial += sum.affine::<P>();
        total += partial;
    }
    total
}

/// Sums one batch of points again and again.
pub(super) fn additions_per_second<P>() -> f64
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
    let points: Vec<_> = Projective::normalize_batch(&multiples).iter().map(Point::of).collect();
    let mut scratch = Scratch::new();
    let (begun, mut rounds) = (std::time::Instant::now(), 0);
    while begun.elapsed().as_millis() < 300 {
        scratch.points.clone_from(&points);
        scratch.sum(&mut [BATCH as u32]);
        rounds += 1;
    }
    f64::from(rounds) * (BATCH - 1) as f64 / begun.elapsed().as_secs_f64()
}
