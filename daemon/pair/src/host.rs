//! The kiosk's side.
//!
//! Each message may come twice, since an answer may be lost: the same bytes get the same answer. Anything else that is
//! out of turn ends the pairing, and a second device ends it for both.

use subtle::ConstantTimeEq;
use wetsign_attest::{
    Signed,
    id::{Blob, PublicKey},
    object::Pairing,
};
use zeroize::Zeroizing;

use crate::{
    invitation::{self, INVITATION_S, Invitation},
    message::{self, Hello, MESSAGE, Number, Word},
    refused::Refused,
    seal::{SealKey, SealPublic, Unopened},
    transcript::{Transcript, about, commitment, digits},
};

/// How long a person has to compare the digits, beyond the invitation's own time, seconds.
const COMPARE_S: u64 = 120;

/// What a message brought about.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Heard {
    /// The device is there; this goes back to it.
    Answer(Vec<u8>),
    /// Show these digits: the device shows them too.
    Digits(String),
    /// The device's owner says that the digits agree.
    Agreed(Box<Signed<Pairing>>),
}

/// One pairing, as the kiosk sees it.
pub struct Host {
    key: SealKey,
    number: Zeroizing<[u8; 32]>,
    kiosk: PublicKey,
    time: u64,
    invitation: Invitation,
    /// Whose device it must be; none for a person who is not enrolled yet.
    only: Option<PublicKey>,
    state: State,
}

enum State {
    Shown,
    /// The device's first word, its bytes, and the answer.
    Greeted {
        hello: Hello,
        bytes: Vec<u8>,
        answer: Vec<u8>,
    },
    /// Both numbers are known.
    Compared {
        hello: Hello,
        bytes: Vec<u8>,
        pairing: Box<Pairing>,
    },
    Agreed {
        hello: Hello,
        bytes: Vec<u8>,
        signed: Box<Signed<Pairing>>,
    },
    Over(Refused),
}

impl Host {
    /// Invites a device to `address`, now. `kiosk` is the kiosk's key in the log; `certificate` the SHA-256 of the
    /// certificate that answers at the address, where that is the kiosk's own; `only` the key of the person who is
    /// enrolled.
    ///
    /// # Errors
    /// [`Refused::Invitation`] for an address that cannot be read.
    pub fn invite(
        kiosk: PublicKey,
        address: &str,
        certificate: Option<[u8; 32]>,
        only: Option<PublicKey>,
        drawn: &Zeroizing<[u8; 48]>,
        now: u64,
    ) -> Result<Self, Refused> {
        invitation::fits(address)?;
        let key = SealKey::fresh();
        let mut number = Zeroizing::new([0; 32]);
        let mut secret = [0; 16];
        number.copy_from_slice(&drawn[..32]);
        secret.copy_from_slice(&drawn[32..]);
        let invitation = Invitation {
            kiosk: key.public().0,
            secret,
            commitment: commitment(&key.public().0, &number),
            certificate,
            until: now + INVITATION_S,
            address: address.to_owned(),
        };
        Ok(Self { key, number, kiosk, time: now, invitation, only, state: State::Shown })
    }

    /// What the picture says.
    pub fn invitation(&self) -> &Invitation {
        &self.invitation
    }

    /// UTC seconds from which on the pairing, not only its picture, is over.
    pub fn until(&self) -> u64 {
        self.invitation.until + COMPARE_S
    }

    /// The digits to be compared, once they are there.
    pub fn digits(&self) -> Option<String> {
        match &self.state {
            State::Compared { pairing, .. } => Some(digits(&pairing.transcript)),
            State::Agreed { signed, .. } => Some(digits(&signed.payload().transcript)),
            _ => None,
        }
    }

    /// Takes a message of the device.
    ///
    /// # Errors
    /// [`Refused`]. What was sent by somebody who did not see the picture changes nothing; anything else that is
    /// refused ends the pairing.
    pub fn hear(&mut self, sealed: &[u8], now: u64) -> Result<Heard, Refused> {
        if let State::Over(why) = &self.state {
            return Err(why.clone());
        }
        if sealed.len() > MESSAGE {
            return Err(Refused::Message {
                why: format!("it has {} bytes, {MESSAGE} at most", sealed.len()),
            });
        }
        let until = if matches!(self.state, State::Shown) { self.invitation.until } else { self.until() };
        // What both agreed on stays: a device whose last answer was lost asks for it again.
        if now >= until && !matches!(self.state, State::Agreed { .. }) {
            return self.over(Refused::Late { until, now });
        }
        match std::mem::replace(&mut self.state, State::Over(Refused::Turn { expected: "nothing" })) {
            State::Shown => self.greeted(sealed, State::Shown),
            State::Greeted { hello, bytes, answer } if bytes == sealed => {
                let heard = Heard::Answer(answer.clone());
                self.state = State::Greeted { hello, bytes, answer };
                Ok(heard)
            }
            State::Greeted { hello, bytes, answer } => self.compared(sealed, hello, bytes, answer),
            State::Compared { hello, bytes, pairing } if bytes == sealed => {
                let heard = Heard::Digits(digits(&pairing.transcript));
                self.state = State::Compared { hello, bytes, pairing };
                Ok(heard)
            }
            State::Compared { hello, bytes, pairing } => self.agreed(sealed, hello, bytes, pairing),
            State::Agreed { hello, bytes, signed } => {
                let same = bytes == sealed;
                let heard = Heard::Agreed(signed.clone());
                self.state = State::Agreed { hello, bytes, signed };
                if same { Ok(heard) } else { self.stranger(sealed, Unopened.into()) }
            }
            State::Over(why) => {
                self.state = State::Over(why.clone());
                Err(why)
            }
        }
    }

    /// The kiosk's last word: seals the client certificate, that of its authority, the key for what is said through a
    /// relay, and its checker's, to the device. Only after [`Heard::Agreed`].
    ///
    /// # Errors
    /// [`Refused::Turn`].
    pub fn grant(
        &self,
        certificate: &Blob,
        authority: &Blob,
        lasting: Option<&SealPublic>,
        checker: Option<PublicKey>,
    ) -> Result<Vec<u8>, Refused> {
        let State::Agreed { hello, .. } = &self.state else {
            return Err(Refused::Turn { expected: "that both sides agree" });
        };
        let word = message::write(&Word {
            bytes: certificate.clone(),
            authority: Some(authority.clone()),
            lasting: lasting.map(|key| key.0.to_vec().into()),
            checker,
        });
        Ok(self.key.seal_to(&hello.device(), &about("grant", &self.invitation.name()), &word)?)
    }

    /// SubjectPublicKeyInfo (DER) of the key that is to be certified, once the device named it.
    pub fn certified(&self) -> Option<&[u8]> {
        match &self.state {
            State::Greeted { hello, .. } | State::Compared { hello, .. } | State::Agreed { hello, .. } => {
                Some(&hello.certified.0)
            }
            _ => None,
        }
    }

    /// Somebody at the kiosk said that the digits differ, or stopped it.
    pub fn stop(&mut self) {
        self.state = State::Over(Refused::Stopped { by: "at the kiosk" });
    }

    fn over<T>(&mut self, why: Refused) -> Result<T, Refused> {
        self.state = State::Over(why.clone());
        Err(why)
    }

    fn read_hello(&self, sealed: &[u8]) -> Result<Hello, Refused> {
        let plain = self.key.open(&about("hello", &self.invitation.name()), sealed)?;
        let hello = message::read_hello(&plain)?;
        if bool::from(hello.secret.ct_eq(&self.invitation.secret)) { Ok(hello) } else { Err(Refused::Secret) }
    }

    fn greeted(&mut self, sealed: &[u8], before: State) -> Result<Heard, Refused> {
        let hello = match self.read_hello(sealed) {
            Ok(hello) => hello,
            Err(why) => {
                // Anybody can send something: it is no device that saw the picture, so it stays shown.
                self.state = before;
                return Err(why);
            }
        };
        if self.only.is_some_and(|key| key != hello.validator) {
            return self.over(Refused::OtherKey);
        }
        let number = Number { number: *self.number, kiosk: Some(self.kiosk), time: Some(self.time) };
        let sealed_number = self.key.seal_to(
            &hello.device(),
            &about("kiosk's number", &self.invitation.name()),
            &message::write(&number),
        );
        let answer = match sealed_number {
            Ok(answer) => answer,
            Err(why) => return self.over(why.into()),
        };
        self.state = State::Greeted { hello, bytes: sealed.to_vec(), answer: answer.clone() };
        Ok(Heard::Answer(answer))
    }

    fn compared(
        &mut self,
        sealed: &[u8],
        hello: Hello,
        bytes: Vec<u8>,
        answer: Vec<u8>,
    ) -> Result<Heard, Refused> {
        let info = about("device's number", &self.invitation.name());
        let plain = match self.key.open_from(&hello.device(), &info, sealed) {
            Ok(plain) => plain,
            Err(why) => {
                self.state = State::Greeted { hello, bytes, answer };
                return self.stranger(sealed, why.into());
            }
        };
        let number: Number = match message::read(&plain) {
            Ok(number) => number,
            Err(why) => return self.over(why),
        };
        if commitment(&hello.device, &number.number) != hello.commitment {
            return self.over(Refused::Commitment);
        }
        let transcript = Transcript {
            host: &self.key.public().0,
            hello: &hello,
            host_number: &self.number,
            device_number: &number.number,
            kiosk: self.kiosk,
            time: self.time,
        };
        let pairing = Box::new(transcript.pairing());
        let heard = Heard::Digits(digits(&pairing.transcript));
        self.state = State::Compared { hello, bytes: sealed.to_vec(), pairing };
        Ok(heard)
    }

    fn agreed(
        &mut self,
        sealed: &[u8],
        hello: Hello,
        bytes: Vec<u8>,
        pairing: Box<Pairing>,
    ) -> Result<Heard, Refused> {
        let info = about("word", &self.invitation.name());
        let plain = match self.key.open_from(&hello.device(), &info, sealed) {
            Ok(plain) => plain,
            Err(why) => {
                self.state = State::Compared { hello, bytes, pairing };
                return self.stranger(sealed, why.into());
            }
        };
        let signed = message::read::<Word>(&plain).and_then(|word| {
            Signed::<Pairing>::decode(&word.bytes.0)
                .map_err(|error| Refused::Message { why: error.to_string() })
        });
        let signed = match signed {
            Ok(signed) if *signed.payload() == *pairing => Box::new(signed),
            Ok(signed) => {
                let field = differs(signed.payload(), &pairing);
                return self.over(Refused::Pairing { field });
            }
            Err(why) => return self.over(why),
        };
        let heard = Heard::Agreed(signed.clone());
        self.state = State::Agreed { hello, bytes: sealed.to_vec(), signed };
        Ok(heard)
    }

    /// Something that is not from the device that came first. If it is the word of another who saw the picture, nobody
    /// knows which of the two is the person's: both are out.
    fn stranger(&mut self, sealed: &[u8], why: Refused) -> Result<Heard, Refused> {
        match self.read_hello(sealed) {
            Ok(_) => self.over(Refused::SecondDevice),
            Err(_) => Err(why),
        }
    }
}

/// The first field in which two pairings differ.
fn differs(found: &Pairing, agreed: &Pairing) -> &'static str {
    [
        ("kiosk", found.kiosk == agreed.kiosk),
        ("validator", found.validator == agreed.validator),
        ("custody", found.custody == agreed.custody),
        ("label", found.label == agreed.label),
        ("device", found.device == agreed.device),
        ("certified", found.certified == agreed.certified),
        ("transcript", found.transcript == agreed.transcript),
        ("time", found.time == agreed.time),
    ]
    .iter()
    .find(|(_, same)| !same)
    .map_or("until", |(name, _)| name)
}
