//! Each question is heard once: who is in between may keep one and send it again.

use std::collections::BTreeSet;

use crate::{line::Ask, refused::Refused};

/// How far the clocks of the two may be apart, seconds.
const SKEW_S: u64 = 120;
/// Most numbers that are remembered: at thirty questions a second, all of the time in which one could come again.
const MOST: usize = 8192;

/// Which questions were heard, for as long as they could be sent again.
#[derive(Debug, Default)]
pub struct Once {
    heard: BTreeSet<(u64, [u8; 16])>,
}

impl Once {
    /// Whether this question is of now and was not heard before; it is remembered.
    ///
    /// # Errors
    /// [`Refused::Clock`], [`Refused::Again`], [`Refused::Busy`].
    pub fn admit(&mut self, ask: &Ask, now: u64) -> Result<(), Refused> {
        if ask.time.abs_diff(now) > SKEW_S {
            return Err(Refused::Clock { theirs: now, ours: ask.time });
        }
        // What is older is refused by its time.
        self.heard = self.heard.split_off(&(now.saturating_sub(SKEW_S), [0; 16]));
        if self.heard.contains(&(ask.time, ask.number)) {
            return Err(Refused::Again);
        }
        if self.heard.len() >= MOST {
            return Err(Refused::Busy);
        }
        self.heard.insert((ask.time, ask.number));
        Ok(())
    }
}
