//! Rate limit: a token bucket on the element's own clock.

/// How often something may happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// So many at once.
    pub burst: u32,
    /// Then one in each of these periods, in milliseconds (at least 1).
    pub refill_ms: u32,
}

/// The bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    rate: Rate,
    left: u32,
    refilled_ms: u64,
}

impl Bucket {
    /// A full bucket.
    pub fn new(rate: Rate, now_ms: u64) -> Self {
        Self { rate, left: rate.burst, refilled_ms: now_ms }
    }

    /// A bucket that has `left`, or as many as it may have.
    pub fn with(rate: Rate, left: u32, now_ms: u64) -> Self {
        Self { left: left.min(rate.burst), ..Self::new(rate, now_ms) }
    }

    /// How many it had when it was last asked.
    pub fn left(&self) -> u32 {
        self.left
    }

    /// Takes one, or says after how many milliseconds there will be one.
    pub fn take(&mut self, now_ms: u64) -> Result<(), u32> {
        let interval = u64::from(self.rate.refill_ms.max(1));
        // A clock that went back gives nothing, and counts anew from where it stands.
        let passed = now_ms.checked_sub(self.refilled_ms).unwrap_or_else(|| {
            self.refilled_ms = now_ms;
            0
        });
        let gained = passed / interval;
        self.refilled_ms += gained * interval;
        self.left = u32::try_from(gained)
            .ok()
            .and_then(|gained| self.left.checked_add(gained))
            .map_or(self.rate.burst, |left| left.min(self.rate.burst));
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err((interval - (now_ms - self.refilled_ms)) as u32),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { burst: 2, refill_ms: 100 };

    #[test]
    fn a_burst_then_one_each_interval() {
        let mut bucket = Bucket::new(RATE, 1_000);
        assert_eq!([bucket.take(1_000), bucket.take(1_000), bucket.take(1_030)], [Ok(()), Ok(()), Err(70)]);
        assert_eq!([bucket.take(1_099), bucket.take(1_100), bucket.take(1_100)], [Err(1), Ok(()), Err(100)]);
    }

    #[test]
    fn a_long_rest_fills_it_to_the_burst_and_no_further() {
        let mut bucket = Bucket::new(RATE, 0);
        let taken = (0..10).filter(|_| bucket.take(u64::MAX / 2).is_ok()).count();
        assert_eq!(taken, 2);
    }

    #[test]
    fn a_clock_that_goes_back_gives_nothing() {
        let mut bucket = Bucket::new(RATE, 1_000);
        assert_eq!([bucket.take(1_000), bucket.take(1_000)], [Ok(()), Ok(())]);
        assert_eq!([bucket.take(10), bucket.take(109), bucket.take(110)], [Err(100), Err(1), Ok(())]);
    }
}
