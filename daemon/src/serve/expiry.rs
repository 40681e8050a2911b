//! Certificates end: the log says so thirty days before, at the start and once a day.

use std::time::Duration;

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

/// What is said of a certificate's time; none: it is good for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Warning {
    NotBegun { days: u64 },
    Ended { days: u64 },
    EndsSoon { days: u64 },
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

    fn warning(&self, now: u64) -> Option<Warning> {
        if now < self.begins {
            Some(Warning::NotBegun { days: (self.begins - now) / DAY })
        } else if now > self.ends {
            Some(Warning::Ended { days: (now - self.ends) / DAY })
        } else if self.ends - now < SOON {
            Some(Warning::EndsSoon { days: (self.ends - now) / DAY })
        } else {
            None
        }
    }

    fn warn(&self, now: u64) {
        let certificate = &self.certificate;
        match self.warning(now) {
            Some(Warning::NotBegun { days }) => {
                tracing::warn!(%certificate, days, "a certificate has not begun yet: it is refused until then");
            }
            Some(Warning::Ended { days }) => {
                tracing::warn!(%certificate, days, "a certificate has ended, and is refused: put a new one in its place");
            }
            Some(Warning::EndsSoon { days }) => {
                tracing::warn!(%certificate, days, "a certificate ends soon: put a new one in its place and start again");
            }
            None => {}
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
        assert_eq!(time.warning(99 * DAY), Some(Warning::NotBegun { days: 1 }));
        assert_eq!(time.warning(100 * DAY), None);
        assert_eq!(time.warning(170 * DAY), None);
        assert_eq!(time.warning(171 * DAY), Some(Warning::EndsSoon { days: 29 }));
        assert_eq!(time.warning(202 * DAY), Some(Warning::Ended { days: 2 }));
    }
}
