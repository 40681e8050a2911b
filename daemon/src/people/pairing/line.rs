//! The kiosk's line at a relay: how it is called, what opens it, and which questions came over it.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use wetsign_api::relay::{Relay, RelayError};
use wetsign_attest::id::sha256;
use wetsign_pair::{
    Refused, SealKey, SealPublic,
    line::{ASKED, Ask, Reply, open_ask, reply},
    once::Once,
};
use zeroize::Zeroizing;

use crate::config::RelayAt;

/// Questions of one device that are answered at once.
const EACH: u32 = 4;
/// Longest words of a relay that are repeated, bytes.
const WORDS: usize = 512;

/// Why nothing comes over the line.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LineError {
    /// The relay does not answer, or not as one.
    #[error(transparent)]
    Relay(#[from] RelayError),
    /// It says no.
    #[error("the relay says {status}: {words}")]
    Status {
        /// HTTP status.
        status: u16,
        /// What it says.
        words: String,
    },
    /// What it handed over is no message.
    #[error("the relay handed over bytes that are no message")]
    Message,
}

/// A line at a relay.
pub struct Line {
    relay: Relay,
    secret: Zeroizing<String>,
    name: String,
    seal: SealKey,
    once: Mutex<Once>,
    busy: Mutex<BTreeMap<[u8; 32], u32>>,
}

impl Line {
    /// The line that follows from a secret of this kiosk's.
    ///
    /// # Errors
    /// [`RelayError`] for an address or authorities that cannot be read.
    pub fn open(at: &RelayAt, seed: &[u8; 32]) -> Result<Self, RelayError> {
        let relay = Relay::new(&at.address, &at.authorities)?;
        let part = |what: &[u8]| Zeroizing::new(sha256(&[b"wetsign/line/", what, &seed[..]]));
        let opens = part(b"secret/1/");
        Ok(Self {
            relay,
            name: hex::encode(sha256(&[b"wetsign/line/name/1", &opens[..]])),
            secret: Zeroizing::new(hex::encode(&opens[..])),
            seal: SealKey::of(part(b"seal/1/")),
            once: Mutex::default(),
            busy: Mutex::default(),
        })
    }

    /// What the relay has to know it by, 64 hexadecimal digits.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where the relay is.
    pub fn relay(&self) -> &str {
        self.relay.address()
    }

    /// Where devices meet the kiosk.
    pub fn meeting(&self) -> String {
        format!("{}/k/{}", self.relay.address(), self.name)
    }

    /// The key to which paired devices seal.
    pub fn lasting(&self) -> SealPublic {
        self.seal.public()
    }

    /// Waits for the next message; none came for a while.
    ///
    /// # Errors
    /// [`LineError`].
    pub async fn next(&self) -> Result<Option<(u64, Vec<u8>)>, LineError> {
        match self.post("/line/next", Vec::new(), ASKED + 1024).await? {
            (204, _) => Ok(None),
            (200, bytes) => {
                let (number, message) = bytes.split_first_chunk::<8>().ok_or(LineError::Message)?;
                Ok(Some((u64::from_be_bytes(*number), message.to_vec())))
            }
            (status, bytes) => Err(said(status, &bytes)),
        }
    }

    /// Answers the message with that number.
    ///
    /// # Errors
    /// [`LineError`].
    pub async fn answer(&self, number: u64, answer: Vec<u8>) -> Result<(), LineError> {
        match self.post(&format!("/line/answer/{number}"), answer, 1024).await? {
            (204, _) => Ok(()),
            (status, bytes) => Err(said(status, &bytes)),
        }
    }

    async fn post(&self, path: &str, body: Vec<u8>, most: usize) -> Result<(u16, Vec<u8>), RelayError> {
        self.relay.post(path, Some(&self.secret), body, most).await
    }

    /// Opens a device's question, once.
    ///
    /// # Errors
    /// [`Refused`]; with the question's number where that is known, so that the refusal can be sealed too.
    pub fn hear(
        &self,
        device: &SealPublic,
        sealed: &[u8],
        now: u64,
    ) -> Result<Ask, (Refused, Option<[u8; 16]>)> {
        let ask = open_ask(&self.seal, device, sealed).map_err(|why| (why, None))?;
        let mut once = self.once.lock().unwrap_or_else(PoisonError::into_inner);
        once.admit(&ask, now).map_err(|why| (why, Some(ask.number)))?;
        Ok(ask)
    }

    /// Seals an answer.
    ///
    /// # Errors
    /// [`Refused`] for a device to whose key nothing can be sealed.
    pub fn tell(&self, device: &SealPublic, number: &[u8; 16], told: &Reply) -> Result<Vec<u8>, Refused> {
        reply(&self.seal, device, number, told)
    }

    /// A place for one more question of this device; none if it has too many open.
    pub fn place(&self, device: &SealPublic) -> Option<Place<'_>> {
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        let open = busy.entry(device.0).or_default();
        if *open >= EACH {
            return None;
        }
        *open += 1;
        Some(Place { line: self, device: device.0 })
    }
}

/// A question that is being answered.
pub struct Place<'a> {
    line: &'a Line,
    device: [u8; 32],
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut busy = self.line.busy.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = busy.get_mut(&self.device) {
            *open -= 1;
            if *open == 0 {
                busy.remove(&self.device);
            }
        }
    }
}

fn said(status: u16, bytes: &[u8]) -> LineError {
    let words = String::from_utf8_lossy(&bytes[..bytes.len().min(WORDS)]);
    LineError::Status { status, words: wetsign_attest::shown::shown(words.trim()) }
}

#[cfg(test)]
mod tests {
    use wetsign_pair::line::{Errand, Packet, ask};

    use super::*;

    fn line() -> Line {
        Line::open(&RelayAt { address: "http://localhost:9".into(), ..RelayAt::default() }, &[7; 32]).unwrap()
    }

    #[test]
    fn a_line_follows_from_its_secret_and_shows_nothing_of_it() {
        let (one, again) = (line(), line());
        assert_eq!((one.name(), one.lasting()), (again.name(), again.lasting()));
        assert!(one.meeting().starts_with("http://localhost:9/k/") && one.name().len() == 64);
        assert_ne!(one.name(), one.secret.as_str());
    }

    #[test]
    fn what_came_before_is_not_heard_again_and_a_device_has_few_questions_open() {
        let (line, phone) = (line(), SealKey::fresh());
        let packet = ask(&phone, &line.lasting(), &Ask::new([1; 16], 1000, Errand::Devices)).unwrap();
        let Packet::Device { device, sealed } = Packet::read(&packet).unwrap() else { panic!() };
        assert!(line.hear(&device, sealed, 1010).is_ok());
        assert!(matches!(line.hear(&device, sealed, 1011), Err((Refused::Again, Some(_)))));
        let open: Vec<_> = (0..EACH).map(|_| line.place(&device).unwrap()).collect();
        assert!(line.place(&device).is_none());
        drop(open);
        assert!(line.place(&device).is_some());
    }
}
