//! What became of a medium since it was marked?

use std::fmt;
use std::io::{self, Read, Seek};

use super::medium::{Essence, Medium, part_size};

/// What differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing: what changed lies around the medium.
    Around,
    /// It is coded in another way.
    Recoded {
        /// As marked.
        then: String,
        /// As found.
        now: String,
    },
    /// Something was cut off.
    Cut {
        /// Bytes that are left.
        now: u64,
        /// Bytes that were marked.
        then: u64,
        /// Parts that are still there, from 1.
        kept: Vec<usize>,
    },
    /// Some of it is other than it was.
    Altered {
        /// Parts that differ, from 1; none where something was only added.
        parts: Vec<usize>,
        /// Into how many parts it was divided.
        of: usize,
    },
    /// Nothing of it is what was marked.
    Other,
}

impl Change {
    /// Compares a medium with what a mark says of it.
    ///
    /// # Errors
    /// Reading fails.
    pub fn of<F: Read + Seek>(then: &Essence, medium: &mut Medium<F>) -> io::Result<Self> {
        let now = medium.bytes();
        if now == then.bytes && medium.digest(0, now)? == then.sha256 {
            return Ok(Self::Around);
        }
        if medium.coding() != then.coding {
            return Ok(Self::Recoded { then: then.coding.clone(), now: medium.coding().to_owned() });
        }
        let kept = kept(then, medium, now)?;
        let of = then.parts.len();
        Ok(if kept.is_empty() {
            Self::Other
        } else if now < then.bytes {
            Self::Cut { now, then: then.bytes, kept }
        } else {
            Self::Altered { parts: (1..=of).filter(|part| !kept.contains(part)).collect(), of }
        })
    }
}

/// Parts that are where they were, counted from the beginning or from the end.
fn kept<F: Read + Seek>(then: &Essence, medium: &mut Medium<F>, now: u64) -> io::Result<Vec<usize>> {
    let size = part_size(then.bytes);
    let mut kept = Vec::new();
    for (number, part) in then.parts.iter().enumerate() {
        let begin = size.saturating_mul(number as u64);
        let length = size.min(then.bytes.saturating_sub(begin));
        let from_end = begin.saturating_add(now).checked_sub(then.bytes);
        for begin in [Some(begin), from_end].into_iter().flatten() {
            if length > 0 && begin.saturating_add(length) <= now && medium.part(begin, length)? == *part {
                kept.push(number + 1);
                break;
            }
        }
    }
    Ok(kept)
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Around => f.write_str("the medium is whole, what lies around it was changed"),
            Self::Recoded { then, now } => write!(f, "coded anew: marked was {then}, this is {now}"),
            Self::Cut { now, then, kept } => {
                write!(
                    f,
                    "cut: {now} of {then} bytes of the medium are left, parts {} of 16 whole",
                    list(kept)
                )
            }
            Self::Altered { parts, .. } if parts.is_empty() => {
                f.write_str("something was added to the medium")
            }
            Self::Altered { parts, of } => write!(f, "altered: parts {} of {of} differ", list(parts)),
            Self::Other => f.write_str(
                "swapped, or coded anew in the same way: nothing of the medium is what was marked",
            ),
        }
    }
}

/// `1 to 5, 9`.
fn list(numbers: &[usize]) -> String {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for &number in numbers {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => runs.push((number, number)),
        }
    }
    let words = runs.iter().map(|(first, last)| match last - first {
        0 => first.to_string(),
        _ => format!("{first} to {last}"),
    });
    words.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::format::Format;

    fn medium(bytes: &[u8]) -> Medium<Cursor<Vec<u8>>> {
        Medium::find(Cursor::new(bytes.to_vec()), Format::Other).unwrap()
    }

    fn change(then: &[u8], now: &[u8]) -> Change {
        Change::of(&medium(then).essence().unwrap(), &mut medium(now)).unwrap()
    }

    fn noise(length: usize) -> Vec<u8> {
        let mut state = 1_u32;
        (0..length)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            })
            .collect()
    }

    #[test]
    fn it_is_told_what_became_of_a_medium() {
        let then = noise(16_000);
        assert_eq!(change(&then, &then), Change::Around);
        let front = Change::Cut { now: 15_000, then: 16_000, kept: (2..=16).collect() };
        assert_eq!(change(&then, &then[1_000..]), front);
        assert_eq!(
            change(&then, &then[..15_500]),
            Change::Cut { now: 15_500, then: 16_000, kept: (1..=15).collect() }
        );
        let middle = [&then[..5_000], &then[9_000..]].concat();
        assert_eq!(
            change(&then, &middle).to_string(),
            "cut: 12000 of 16000 bytes of the medium are left, parts 1 to 5, 10 to 16 of 16 whole"
        );
        let mut changed = then.clone();
        changed[4_200] ^= 1;
        assert_eq!(change(&then, &changed), Change::Altered { parts: vec![5], of: 16 });
        assert_eq!(
            change(&then, &[then.clone(), vec![0; 9]].concat()),
            Change::Altered { parts: vec![], of: 16 }
        );
        let other: Vec<u8> = then.iter().map(|byte| byte ^ 0xff).collect();
        assert_eq!(change(&then, &other), Change::Other);
        assert_eq!(change(&then, b""), Change::Other);
    }
}
