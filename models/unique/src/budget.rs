//! How often may a registrar's kiosks ask?
//!
//! A bit for each question tells, question by question, how far somebody is from an enrolled template. So each
//! registrar has a number of questions a day, at each searcher by its own count.

use std::collections::BTreeMap;

/// Seconds of a day.
const DAY_S: u64 = 86_400;

/// What each registrar has, and has used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Budgets {
    allowed: BTreeMap<String, u32>,
    day: u64,
    used: BTreeMap<String, u32>,
}

/// No question may be asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Spent {
    /// Nobody has heard of the registrar.
    #[error("no registrar {0:?} may ask here")]
    Stranger(String),
    /// It has asked as often as it may.
    #[error(
        "registrar {registrar:?} has asked {allowed} questions today, as many as it may: ask again in {wait_s} s"
    )]
    Today {
        /// Who.
        registrar: String,
        /// Questions a day.
        allowed: u32,
        /// Seconds until tomorrow, UTC.
        wait_s: u64,
    },
}

impl Budgets {
    /// Questions a day (UTC) for each registrar.
    pub fn new(allowed: BTreeMap<String, u32>) -> Self {
        Self { allowed, ..Self::default() }
    }

    /// Takes one question; `now` in UTC seconds. A clock that goes back gives nothing back.
    ///
    /// # Errors
    /// [`Spent`].
    pub fn take(&mut self, registrar: &str, now: u64) -> Result<(), Spent> {
        let Some(&allowed) = self.allowed.get(registrar) else {
            return Err(Spent::Stranger(registrar.to_owned()));
        };
        if now / DAY_S > self.day {
            (self.day, self.used) = (now / DAY_S, BTreeMap::new());
        }
        let used = self.used.entry(registrar.to_owned()).or_default();
        if *used >= allowed {
            let wait_s = ((self.day + 1) * DAY_S).saturating_sub(now);
            return Err(Spent::Today { registrar: registrar.to_owned(), allowed, wait_s });
        }
        *used += 1;
        Ok(())
    }

    /// Takes over what was written down before a restart: a day, and what was used on it.
    pub fn resume(&mut self, day: u64, used: BTreeMap<String, u32>) {
        if day >= self.day {
            (self.day, self.used) = (day, used);
        }
    }

    /// What is to be written down: the day since 1970, and what was used on it.
    pub fn used(&self) -> (u64, &BTreeMap<String, u32>) {
        (self.day, &self.used)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_a_day() -> Budgets {
        Budgets::new([("north".to_owned(), 2)].into())
    }

    #[test]
    fn a_registrar_asks_as_often_as_it_may_and_again_tomorrow() {
        let mut budgets = two_a_day();
        assert!(budgets.take("north", 100).is_ok() && budgets.take("north", 200).is_ok());
        let spent = Spent::Today { registrar: "north".into(), allowed: 2, wait_s: DAY_S - 300 };
        assert_eq!(budgets.take("north", 300), Err(spent));
        assert_eq!(budgets.take("south", 300), Err(Spent::Stranger("south".into())));
        assert!(budgets.take("north", DAY_S).is_ok());
    }

    #[test]
    fn neither_a_restart_nor_a_clock_that_goes_back_gives_anything_back() {
        let mut budgets = two_a_day();
        budgets.take("north", 5 * DAY_S).unwrap();
        budgets.take("north", 4 * DAY_S).unwrap();
        assert!(budgets.take("north", DAY_S).is_err());
        let (day, used) = budgets.used();
        let mut again = two_a_day();
        again.resume(day, used.clone());
        assert!(again.take("north", 5 * DAY_S + 1).is_err());
    }
}
