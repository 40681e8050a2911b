//! An endless stream of unbiased choices, drawn from the element's challenge (HKDF-SHA256, RFC 5869, and rejection).

use hkdf::Hkdf;
use sha2::Sha256;

/// Version of the catalogue of prompts and of the derivation. It enters the derivation, so that a challenge means
/// nothing under another version.
pub const CATALOGUE_VERSION: u32 = 3;

/// The stream for one purpose.
pub(crate) struct Draws {
    key: Hkdf<Sha256>,
    block: [u8; 32],
    used: usize,
    next_block: u32,
}

impl Draws {
    /// `purpose` separates streams from one challenge.
    pub fn new(purpose: &[u8], challenge: &[u8; 32]) -> Self {
        let key = Hkdf::<Sha256>::new(Some(purpose), challenge);
        Self { key, block: [0; 32], used: 32, next_block: 0 }
    }

    /// Four bytes of the stream; block n is HKDF-Expand with info = catalogue version ‖ n.
    fn word(&mut self) -> u32 {
        if self.used == self.block.len() {
            let mut info = [0; 8];
            info[..4].copy_from_slice(&CATALOGUE_VERSION.to_be_bytes());
            info[4..].copy_from_slice(&self.next_block.to_be_bytes());
            self.key.expand(&info, &mut self.block).expect("one block is within HKDF's bound");
            self.next_block += 1;
            self.used = 0;
        }
        let mut word = [0; 4];
        word.copy_from_slice(&self.block[self.used..self.used + 4]);
        self.used += 4;
        u32::from_be_bytes(word)
    }

    /// Uniform in `0..count`: values in the last, incomplete run of `count` are thrown away.
    pub fn below(&mut self, count: usize) -> usize {
        let count = (count as u64).clamp(1, 1 << 32);
        let accepted = (1u64 << 32) / count * count;
        loop {
            let word = u64::from(self.word());
            if word < accepted {
                return (word % count) as usize;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_unbiased() {
        let mut counts = [0u32; 26];
        for seed in 0..200u8 {
            let mut draws = Draws::new(b"test", &[seed; 32]);
            for _ in 0..130 {
                counts[draws.below(26)] += 1;
            }
        }
        // 26,000 draws over 26 cells: χ² with 25 degrees of freedom is below 52.6 with probability 0.999.
        let chi2: f64 = counts.iter().map(|&n| (f64::from(n) - 1000.0).powi(2) / 1000.0).sum();
        assert!(chi2 < 52.6, "χ² {chi2}, counts {counts:?}");
    }
}
