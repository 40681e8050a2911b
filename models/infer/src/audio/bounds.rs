//! What a recording of speech can be; anything else is damage.

use std::ops::RangeInclusive;

/// Longest recording that is read: ten minutes of 48 kHz.
pub const MAX_SAMPLES: usize = 48_000 * 600;
/// Samples a second that a recording of speech may have; what else a header states is damage.
pub const RATES: RangeInclusive<u32> = 4_000..=384_000;
/// Channels that are read.
pub const CHANNELS: RangeInclusive<usize> = 1..=32;
/// Beyond a hundred times full scale a float is no sound.
const LOUDEST: f32 = 100.0;

/// A sample that can have come from a microphone.
pub fn plausible(sample: f32) -> Result<f32, String> {
    if sample.is_nan() {
        return Err("is not a number".into());
    }
    if sample.abs() > LOUDEST {
        return Err(format!("is {sample}, where full scale is 1"));
    }
    Ok(sample)
}
