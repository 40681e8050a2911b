//! Multi-scalar multiplication over bases that are known beforehand.
//!
//! A scalar is cut into signed digits dⱼ of c bits. The table holds the multiples 2^(cj)·B of each base B, so every
//! digit is one point for the bucket |dⱼ|, and all windows share one set of buckets. With less memory only every k-th
//! multiple is held; then there are k passes, c doublings apart. Bits of the circuit need the base alone.
//!
//! Not constant-time: how long it takes depends on the witness.

use super::buckets::{load, sum_buckets, weighted};
use super::cancel::{Cancel, Cancelled};
use super::form::Form;
use super::plan::{Plan, recode};
use super::point::{Coordinate, Point};
use ark_bn254::Fr;
use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use ark_ec::{AdditiveGroup, AffineRepr, CurveGroup};
use ark_ff::{One, Zero};
use rayon::prelude::*;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::marker::PhantomData;
use zeroize::Zeroizing;

/// Parts of a pass for each thread: small enough that no thread waits long for another's last.
const PARTS: usize = 4;

/// The bases of one multi-scalar multiplication.
pub(super) struct Section<P: SWCurveConfig> {
    pub plan: Plan,
    /// Positions of the scalars whose bases are held with all levels.
    full: Vec<u32>,
    /// Positions of further scalars, each with the number of the full base that is theirs as well.
    shared: Vec<(u32, u32)>,
    /// Positions of the scalars that are bits.
    bits: Vec<u32>,
    form: Form,
    curve: PhantomData<P>,
}

impl<P> Section<P>
where
    P: SWCurveConfig<ScalarField = Fr>,
    P::BaseField: Coordinate,
{
    /// Sorts the bases. Identities are left out. Equal ones, of wires that occur only in the same sums, count as one,
    /// and their scalars are added.
    pub fn new(bases: &[Affine<P>], is_bit: impl Fn(usize) -> bool, passes: usize, form: Form) -> Self {
        let all = (0..bases.len() as u32).filter(|position| !bases[*position as usize].is_zero());
        let (bits, others): (Vec<_>, Vec<_>) = all.partition(|position| is_bit(*position as usize));
        let (mut full, mut shared, mut numbers) = (Vec::new(), Vec::new(), HashMap::new());
        for position in others {
            match numbers.entry(bases[position as usize]) {
                Entry::Occupied(number) => shared.push((position, *number.get())),
                Entry::Vacant(number) => {
                    number.insert(full.len() as u32);
                    full.push(position);
                }
            }
        }
        Self { plan: Plan::best(full.len(), passes), full, shared, bits, form, curve: PhantomData }
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
                self.form.enter(Point::of(&point)).store(&mut bytes);
            }
        }
        for position in &self.bits {
            self.form.enter(Point::of(&bases[*position as usize])).store(&mut bytes);
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
            high += weighted(self.form, &self.pass(table, &digits, pass, ones, cancel)?);
        }
        sum += high;
        Ok(sum)
    }

    /// Signed digits, base after base, lowest first.
    fn recode(&self, scalars: &[Fr]) -> Zeroizing<Vec<i32>> {
        let (count, window) = (self.plan.digits(), self.plan.window);
        let own = self.full.iter().map(|position| scalars[*position as usize]);
        let mut scalars_of_bases = Zeroizing::new(own.collect::<Vec<_>>());
        for (position, base) in &self.shared {
            scalars_of_bases[*base as usize] += scalars[*position as usize];
        }
        let mut digits = Zeroizing::new(vec![0i32; self.full.len() * count]);
        digits.par_chunks_mut(count).zip(&*scalars_of_bases).for_each(|(digits, scalar)| {
            recode(scalar, window, digits);
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
                let base = self.form.leave(load::<P>(table, (entry as u32) << 1));
                others += base.affine::<P>() * scalar;
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
        cancel.check()?;
        let (entries, lengths) = self.sort(digits, pass, ones);
        let width = lengths.len().div_ceil(PARTS * rayon::current_num_threads());
        let mut rest = &entries[..];
        let parts: Vec<_> = lengths
            .chunks(width)
            .map(|lengths| {
                let count = lengths.iter().map(|length| *length as usize).sum();
                let (part, behind) = rest.split_at(count);
                rest = behind;
                (part, lengths)
            })
            .collect();
        let parts: Result<Vec<_>, _> = parts
            .into_par_iter()
            .map(|(entries, lengths)| sum_buckets::<P>(self.form, table, entries, lengths.to_vec(), cancel))
            .collect();
        let mut sums = Zeroizing::new(Vec::with_capacity(lengths.len()));
        for part in parts? {
            sums.extend_from_slice(&part);
        }
        Ok(sums)
    }

    /// Table entries (shifted, with the sign in bit 0) by bucket, and how many each has.
    fn sort(&self, digits: &[i32], pass: usize, ones: &[u32]) -> (Zeroizing<Vec<u32>>, Vec<u32>) {
        let passes = self.plan.passes;
        // Number 0 is for zero digits, which need no bucket: counting them is cheaper than asking.
        let mut counts = Zeroizing::new(vec![0u32; self.plan.buckets() + 1]);
        for base in digits.chunks_exact(self.plan.digits()) {
            for digit in base.iter().skip(pass).step_by(passes) {
                counts[digit.unsigned_abs() as usize] += 1;
            }
        }
        let zeros = counts[0];
        counts[1] += ones.len() as u32;
        let lengths = counts[1..].to_vec();
        let mut total = 0;
        let mut next = Zeroizing::new(Vec::with_capacity(counts.len()));
        for count in counts.iter() {
            next.push(total);
            total += count;
        }
        let mut entries = Zeroizing::new(vec![0u32; total as usize]);
        let mut place = |number: usize, entry: u32| {
            entries[next[number] as usize] = entry;
            next[number] += 1;
        };
        for entry in ones {
            place(1, *entry);
        }
        for (base, digits) in digits.chunks_exact(self.plan.digits()).enumerate() {
            for (level, digit) in digits.iter().skip(pass).step_by(passes).enumerate() {
                let entry = ((level * self.full.len() + base) as u32) << 1;
                place(digit.unsigned_abs() as usize, entry | u32::from(*digit < 0));
            }
        }
        entries.drain(..zeros as usize);
        (entries, lengths)
    }
}
