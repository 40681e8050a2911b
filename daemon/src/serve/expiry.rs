//! Certificates end: the log says so thirty days before, at the start and once a day.

use std::{fmt, time::Duration};

use wetsign_attest::object::CertificateChain;

use crate::kiosk::now;

const DAY: u64 = 24 * 3600;
/// So long before its end a certificate is warned of.
const SOON: u64 = 30 * DAY;

/// A certificate's time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validity {
    /// Whose it is: a file, or a part of the secure element's chain.
    pub certificate: String,
    /// First second, UTC.
    pub begins: u64,
    /// Last second, UTC.
    pub ends: u64,
}

/// How a certificate stands at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Good for a while.
    Good {
        /// Whole days until its end.
        days: u64,
    },
    /// Refused until it begins.
    NotBegun {
        /// Whole days until then.
        days: u64,
    },
    /// Refused from now on.
    Ended {
        /// Whole days since.
        days: u64,
    },
    /// Good, for less than thirty days.
    EndsSoon {
        /// Whole days until its end.
        days: u64,
    },
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Good { days } => write!(f, "good for {days} days"),
            Self::NotBegun { days } => write!(f, "begins in {days} days, and is refused until then"),
            Self::Ended { days } => write!(f, "ended {days} days ago, and is refused"),
            Self::EndsSoon { days } => write!(f, "ends in {days} days"),
        }
    }
}

impl Validity {
    /// Both certificates of a secure element.
    pub fn of_chain(chain: &CertificateChain) -> [Self; 2] {
        let (device, provisioner) = (chain.device(), chain.provisioner());
        let of = |whose: &str, begins, ends| Self {
            certificate: format!("{whose} of the secure element"),
            begins,
            ends,
        };
        [
            of("device certificate", device.not_before, device.not_after),
            of("provisioner's certificate", provisioner.not_before, provisioner.not_after),
        ]
    }

    /// How it stands at `now`, UTC seconds.
    pub const fn standing(&self, now: u64) -> Standing {
        if now < self.begins {
            Standing::NotBegun { days: (self.begins - now) / DAY }
        } else if now > self.ends {
            Standing::Ended { days: (now - self.ends) / DAY }
        } else if self.ends - now < SOON {
            Standing::EndsSoon { days: (self.ends - now) / DAY }
        } else {
            Standing::Good { days: (self.ends - now) / DAY }
        }
    }

    fn warn(&self, now: u64) {
        let certificate = &self.certificate;
        match self.standing(now) {
            Standing::NotBegun { days } => {
                tracing::warn!(%certificate, days, "a certificate has not begun yet: it is refused until then");
            }
            Standing::Ended { days } => {
                tracing::warn!(%certificate, days, "a certificate has ended, and is refused: put a new one in its place");
            }
            Standing::EndsSoon { days } => {
                tracing::warn!(%certificate, days, "a certificate ends soon: put a new one in its place and start again");
            }
            Standing::Good { .. } => {}
        }
    }
}

/// Looks at these certificates now and once a day, as long as the daemon runs.
pub fn look_after(certificates: Vec<Validity>) {
    tokio::spawn(async move {
        loop {
            for certificate in &certificates {
                certificate.warn(now());
            }
            tokio::time::sleep(Duration::from_secs(DAY)).await;
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_warned_of_thirty_days_before_its_end() {
        let time = Validity { certificate: "kiosk.pem".into(), begins: 100 * DAY, ends: 200 * DAY };
        assert_eq!(time.standing(99 * DAY), Standing::NotBegun { days: 1 });
        assert_eq!(time.standing(100 * DAY), Standing::Good { days: 100 });
        assert_eq!(time.standing(170 * DAY), Standing::Good { days: 30 });
        assert_eq!(time.standing(171 * DAY), Standing::EndsSoon { days: 29 });
        assert_eq!(time.standing(202 * DAY), Standing::Ended { days: 2 });
    }
}
