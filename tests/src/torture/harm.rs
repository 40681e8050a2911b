//! What is done to the kiosk.

use rand::Rng as _;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

/// What is done to the kiosk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Harm {
    /// `kill -9`: what was written and not synced survives.
    Kill,
    /// The power goes: nothing that was not synced survives.
    PowerCut,
    /// The power goes while the disk writes: any part of what was not synced survives.
    TornWrite,
    /// The disk fills up, then the process is killed.
    DiskFull,
    /// The disk can only be read when the kiosk starts.
    ReadOnly,
    /// The clock goes an hour forward, then the process is killed.
    ClockForward,
    /// The clock goes an hour back, then the process is killed.
    ClockBack,
    /// The sensor's process is killed in the middle of a session; the kiosk goes on.
    SensorKilled,
}

impl Harm {
    /// All of them, with how often each comes in 20 runs.
    pub const ALL: [(Self, u32); 8] = [
        (Self::Kill, 5),
        (Self::PowerCut, 4),
        (Self::TornWrite, 4),
        (Self::DiskFull, 2),
        (Self::ReadOnly, 1),
        (Self::ClockForward, 1),
        (Self::ClockBack, 1),
        (Self::SensorKilled, 2),
    ];

    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kill => "kill",
            Self::PowerCut => "power-cut",
            Self::TornWrite => "torn-write",
            Self::DiskFull => "disk-full",
            Self::ReadOnly => "read-only",
            Self::ClockForward => "clock-forward",
            Self::ClockBack => "clock-back",
            Self::SensorKilled => "sensor-killed",
        }
    }

    /// Whether it needs a disk of its own.
    pub const fn needs_disk(self) -> bool {
        matches!(self, Self::PowerCut | Self::TornWrite | Self::DiskFull | Self::ReadOnly)
    }

    /// Seconds by which the clock steps.
    pub const fn step(self) -> Option<i32> {
        match self {
            Self::ClockForward => Some(3600),
            Self::ClockBack => Some(-3600),
            _ => None,
        }
    }

    /// One of `these`, as often as [`Harm::ALL`] says.
    pub fn draw(these: &[Self], chance: &mut ChaCha8Rng) -> Option<Self> {
        let weighed: Vec<_> = Self::ALL.into_iter().filter(|(harm, _)| these.contains(harm)).collect();
        let total = weighed.iter().map(|(_, weight)| weight).sum::<u32>();
        let mut place = if total == 0 { return None } else { chance.gen_range(0..total) };
        weighed.into_iter().find_map(|(harm, weight)| {
            let hit = place < weight;
            place = place.saturating_sub(weight);
            hit.then_some(harm)
        })
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;

    #[test]
    fn each_harm_comes_and_none_that_cannot() {
        let mut chance = ChaCha8Rng::seed_from_u64(1);
        let all: Vec<_> = Harm::ALL.into_iter().map(|(harm, _)| harm).collect();
        let drawn: std::collections::BTreeSet<_> =
            (0..500).filter_map(|_| Harm::draw(&all, &mut chance)).collect();
        assert_eq!(drawn.len(), all.len());
        assert_eq!(Harm::draw(&[Harm::Kill], &mut chance), Some(Harm::Kill));
        assert_eq!(Harm::draw(&[], &mut chance), None);
    }
}
