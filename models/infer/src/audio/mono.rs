//! Several channels as one.

/// The mean of the channels, unless they cancel: a balanced microphone on a stereo input gives its sound and the same
/// turned over, whose mean is silence. Then the loudest channel is taken.
///
/// `interleaved` holds one sample a channel, again and again.
pub fn to_mono(interleaved: &[f32], channels: usize) -> Vec<f32> {
    let channels = channels.max(1);
    let frames = interleaved.chunks_exact(channels);
    let mean: Vec<f32> = frames.clone().map(|frame| frame.iter().sum::<f32>() / channels as f32).collect();
    if channels == 1 {
        return mean;
    }
    let loud = |samples: &mut dyn Iterator<Item = f32>| samples.map(|s| f64::from(s).powi(2)).sum::<f64>();
    let powers: Vec<f64> =
        (0..channels).map(|channel| loud(&mut frames.clone().map(|frame| frame[channel]))).collect();
    let loudest = (0..channels).rev().max_by(|a, b| powers[*a].total_cmp(&powers[*b])).unwrap_or_default();
    // One live channel beside silent ones leaves 1/channels² of its power. Half of that amplitude is less than chance.
    let least = powers[loudest] / (4.0 * (channels * channels) as f64);
    if loud(&mut mean.iter().copied()) < least {
        return frames.map(|frame| frame[loudest]).collect();
    }
    mean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_that_cancel_leave_the_loudest_of_them() {
        assert_eq!(to_mono(&[0.5, -0.5, -0.25, 0.25], 2), [0.5, -0.25]);
        assert_eq!(to_mono(&[0.4, -0.5, -0.2, 0.25], 2), [-0.5, 0.25]);
        assert_eq!(to_mono(&[0.5, -0.5, 0.0, 0.0, -0.5, 0.5, 0.0, 0.0], 4), [0.5, -0.5]);
    }

    #[test]
    fn others_are_averaged_also_beside_a_silent_one() {
        assert_eq!(to_mono(&[0.5, 0.0, -0.5, -0.5], 2), [0.25, -0.5]);
        assert_eq!(to_mono(&[0.5, 0.0, -0.5, 0.0], 2), [0.25, -0.25]);
        assert_eq!(to_mono(&[0.5, 0.0, 0.0, -0.5, 0.0, 0.0], 3), [0.5 / 3.0, -0.5 / 3.0]);
        assert_eq!(to_mono(&[0.0; 4], 2), [0.0; 2]);
        assert_eq!(to_mono(&[0.1, 0.2], 1), [0.1, 0.2]);
        assert_eq!(to_mono(&[], 2), [0.0; 0]);
    }
}
