//! What an H.264 stream says of its colours: the usability information in its first sequence parameter set
//! (ITU-T H.264 §§ 7.3.2.1.1, E.1.1).

use super::colour::Colour;

/// Profiles whose parameter sets say how colours are sampled.
const HIGH: [u32; 13] = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135];

/// From an `avcC` record; `None`: it says nothing, or cannot be read.
pub fn colour(record: &[u8]) -> Option<Colour> {
    record.get(5).filter(|sets| **sets & 0x1f > 0)?;
    let length = usize::from(u16::from_be_bytes([*record.get(6)?, *record.get(7)?]));
    let set = record.get(8..8 + length)?;
    usability(&mut Bits { bytes: unescaped(set.get(1..)?), at: 0 })
}

/// Without the threes that keep two zeros from looking like a mark.
fn unescaped(set: &[u8]) -> Vec<u8> {
    let (mut out, mut zeros) = (Vec::with_capacity(set.len()), 0);
    for byte in set {
        if zeros >= 2 && *byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if *byte == 0 { zeros + 1 } else { 0 };
        out.push(*byte);
    }
    out
}

fn usability(set: &mut Bits) -> Option<Colour> {
    let profile = set.number(8)?;
    set.number(16)?;
    set.exp()?;
    if HIGH.contains(&profile) {
        let sampling = set.exp()?;
        if sampling == 3 {
            set.number(1)?;
        }
        set.exp()?;
        set.exp()?;
        set.number(1)?;
        if set.flag()? {
            for list in 0..if sampling == 3 { 12 } else { 8 } {
                if set.flag()? {
                    pass_scaling(set, if list < 6 { 16 } else { 64 })?;
                }
            }
        }
    }
    set.exp()?;
    match set.exp()? {
        0 => drop(set.exp()?),
        1 => {
            set.number(1)?;
            set.exp()?;
            set.exp()?;
            for _ in 0..set.exp()?.min(255) {
                set.exp()?;
            }
        }
        _ => {}
    }
    set.exp()?;
    set.number(1)?;
    set.exp()?;
    set.exp()?;
    if !set.flag()? {
        set.number(1)?;
    }
    set.number(1)?;
    if set.flag()? {
        for _ in 0..4 {
            set.exp()?;
        }
    }
    if !set.flag()? {
        return None;
    }
    if set.flag()? && set.number(8)? == 255 {
        set.number(32)?;
    }
    if set.flag()? {
        set.number(1)?;
    }
    if !set.flag()? {
        return None;
    }
    set.number(3)?;
    let mut colour = Colour { full: set.flag()?, ..Colour::default() };
    if set.flag()? {
        set.number(8)?;
        (colour.transfer, colour.matrix) = (set.number(8)?, set.number(8)?);
    }
    Some(colour)
}

fn pass_scaling(set: &mut Bits, size: u32) -> Option<()> {
    let (mut last, mut next) = (8, 8);
    for _ in 0..size {
        if next != 0 {
            next = (last + set.signed()?).rem_euclid(256);
        }
        last = if next == 0 { last } else { next };
    }
    Some(())
}

struct Bits {
    bytes: Vec<u8>,
    at: usize,
}

impl Bits {
    fn number(&mut self, bits: u32) -> Option<u32> {
        let mut value = 0;
        for _ in 0..bits {
            let byte = self.bytes.get(self.at / 8)?;
            value = value << 1 | u32::from(byte >> (7 - self.at % 8) & 1);
            self.at += 1;
        }
        Some(value)
    }

    fn flag(&mut self) -> Option<bool> {
        Some(self.number(1)? == 1)
    }

    /// An Exp-Golomb number (§ 9.1).
    fn exp(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while !self.flag()? {
            zeros += 1;
            if zeros > 31 {
                return None;
            }
        }
        Some((1 << zeros) - 1 + self.number(zeros)?)
    }

    fn signed(&mut self) -> Option<i32> {
        let code = i64::from(self.exp()?);
        i32::try_from(if code % 2 == 0 { -code / 2 } else { (code + 1) / 2 }).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Written(Vec<bool>);

    impl Written {
        fn number(&mut self, value: u32, bits: u32) -> &mut Self {
            self.0.extend((0..bits).rev().map(|bit| value >> bit & 1 == 1));
            self
        }

        fn exp(&mut self, value: u32) -> &mut Self {
            let bits = (value + 1).ilog2();
            self.number(0, bits).number(value + 1, bits + 1)
        }

        /// As an `avcC` record, zeros kept apart by threes.
        fn record(&self) -> Vec<u8> {
            let mut set = vec![0x67];
            let mut zeros = 0;
            for byte in self
                .0
                .chunks(8)
                .map(|bits| bits.iter().enumerate().fold(0, |b, (i, bit)| b | u8::from(*bit) << (7 - i)))
            {
                if zeros == 2 && byte <= 3 {
                    set.push(3);
                    zeros = 0;
                }
                zeros = if byte == 0 { zeros + 1 } else { 0 };
                set.push(byte);
            }
            let mut record = vec![1, 100, 0, 31, 0xff, 0xe1];
            record.extend((set.len() as u16).to_be_bytes());
            record.extend(set);
            record
        }
    }

    /// A parameter set of the high profile, 640 by 480, up to the usability information.
    fn set() -> Written {
        let mut set = Written(Vec::new());
        set.number(100, 8).number(0, 8).number(31, 8).exp(0).exp(1).exp(0).exp(0).number(0, 2);
        set.exp(0).exp(0).exp(2).exp(4).number(0, 1).exp(39).exp(29).number(1, 1).number(1, 1).number(0, 1);
        set
    }

    #[test]
    fn a_stream_that_says_bt709_in_full_range_is_heard() {
        let mut said = set();
        said.number(1, 1).number(1, 1).number(255, 8).number(1, 16).number(1, 16).number(0, 1);
        said.number(1, 1).number(5, 3).number(1, 1).number(1, 1).number(1, 8).number(1, 8).number(1, 8);
        assert_eq!(colour(&said.record()), Some(Colour { transfer: 1, matrix: 1, full: true }));
    }

    #[test]
    fn a_stream_that_says_nothing_or_breaks_off_says_nothing() {
        let mut silent = set();
        silent.number(0, 1);
        assert_eq!(colour(&silent.record()), None);
        let whole = set().record();
        for length in 0..whole.len() {
            assert_eq!(colour(&whole[..length]), None);
        }
        assert_eq!(colour(&[1, 100, 0, 31, 0xff, 0xe1, 0, 9, 0x67, 0, 0, 0, 0, 0, 0, 0, 0]), None);
    }
}
