//! When was each decoded picture recorded?

/// A difference that rounding explains: Matroska's times are whole milliseconds.
const NEAR: f64 = 0.0015;

/// Gives each picture its time, in the order in which the decoder gives them.
#[derive(Debug)]
pub enum Clock {
    /// From the container's list, and how far along it is.
    Listed {
        /// Seconds, ascending.
        times: Vec<f64>,
        /// The next one.
        next: usize,
    },
    /// So many a second, as the file states, and how many there were.
    Constant {
        /// Pictures a second.
        rate: f64,
        /// The number of the next one.
        next: u64,
    },
}

impl Clock {
    /// From a container's list.
    pub fn listed(times: Vec<f64>) -> Self {
        Self::Listed { times, next: 0 }
    }

    /// From a stated rate.
    pub fn constant(rate: f64) -> Self {
        Self::Constant { rate, next: 0 }
    }

    /// The time of the next picture. `decoder`: what the decoder says of it, seconds after the first; 0 where it knows
    /// nothing, as OpenCV's for the last pictures of a film.
    ///
    /// # Errors
    /// In words: the two contradict each other, or there are more pictures than times.
    pub fn tick(&mut self, decoder: f64) -> Result<f64, String> {
        let known = decoder.is_finite() && decoder > 0.0;
        match self {
            Self::Listed { times, next } => {
                let first = times.first().copied().unwrap_or_default();
                if known && *next > 0 {
                    // A picture that the decoder leaves out keeps its place in the list.
                    let after = times[*next..].partition_point(|time| time - first < decoder - NEAR);
                    *next += after;
                    if times.get(*next).is_none_or(|time| time - first > decoder + NEAR) {
                        return Err(format!(
                            "its decoder shows a picture at {decoder:.3} s for which its container lists none"
                        ));
                    }
                }
                let count = times.len();
                let time = *times.get(*next).ok_or_else(|| {
                    format!("its decoder gives more pictures than the {count} that its container lists")
                })?;
                *next += 1;
                Ok(time)
            }
            Self::Constant { rate, next } => {
                let time = *next as f64 / *rate;
                if known && *next > 0 && (decoder - time).abs() > 0.5 / *rate + NEAR {
                    return Err(format!(
                        "its pictures do not come {rate} times a second, as it states: number {next} is at {decoder:.3} s"
                    ));
                }
                *next += 1;
                Ok(time)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uneven_pictures_keep_their_times_where_the_decoder_knows_none() {
        let mut clock = Clock::listed(vec![0.5, 0.533, 1.5, 2.5]);
        for (decoder, time) in [(0.0, 0.5), (0.0333, 0.533), (1.0, 1.5), (0.0, 2.5)] {
            assert_eq!(clock.tick(decoder), Ok(time));
        }
        assert!(clock.tick(0.0).unwrap_err().contains("more pictures than the 4"));
    }

    #[test]
    fn a_picture_that_the_decoder_leaves_out_moves_no_other() {
        let mut clock = Clock::listed(vec![0.0, 0.1, 0.2, 0.7]);
        assert_eq!([0.0, 0.2, 0.7].map(|at| clock.tick(at).unwrap()), [0.0, 0.2, 0.7]);
    }

    #[test]
    fn a_contradiction_is_refused() {
        let mut clock = Clock::listed(vec![0.0, 0.1, 0.2]);
        clock.tick(0.0).unwrap();
        assert!(clock.tick(0.15).unwrap_err().contains("lists none"));
        let mut even = Clock::constant(25.0);
        assert_eq!([even.tick(0.0), even.tick(0.04), even.tick(0.0)], [Ok(0.0), Ok(0.04), Ok(0.08)]);
        assert!(even.tick(0.3).unwrap_err().contains("do not come 25 times"));
    }
}
