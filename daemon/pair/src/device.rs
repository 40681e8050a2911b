//! The device's side.

use wetsign_attest::{
    id::{Blob, PublicKey},
    object::{Custody, Pairing},
};
use zeroize::Zeroizing;

use crate::{
    invitation::Invitation,
    message::{self, Hello, Number, Word},
    refused::Refused,
    seal::SealKey,
    transcript::{Transcript, about, commitment, digits},
};

/// How far the clocks of the two may be apart, seconds.
const SKEW_S: u64 = 120;

/// Who the device is.
#[derive(Debug, Clone)]
pub struct Own {
    /// The person's key, which the device holds.
    pub validator: PublicKey,
    /// Where that key lives.
    pub custody: Custody,
    /// What the device is called.
    pub label: String,
    /// SubjectPublicKeyInfo (DER) of the key for the client certificate.
    pub certified: Vec<u8>,
}

/// One pairing, as the device sees it.
pub struct Device<'k> {
    key: &'k SealKey,
    number: Zeroizing<[u8; 32]>,
    hello: Hello,
    invitation: Invitation,
    /// Known once the kiosk showed its number.
    pairing: Option<Pairing>,
}

impl<'k> Device<'k> {
    /// Answers an invitation. `key` stays the device's for this kiosk; `drawn` is its random number.
    ///
    /// # Errors
    /// [`Refused::Late`].
    pub fn answer(
        invitation: Invitation,
        key: &'k SealKey,
        own: Own,
        drawn: Zeroizing<[u8; 32]>,
        now: u64,
    ) -> Result<(Self, Vec<u8>), Refused> {
        if now >= invitation.until {
            return Err(Refused::Late { until: invitation.until, now });
        }
        let hello = Hello {
            secret: invitation.secret,
            device: key.public().0,
            validator: own.validator,
            custody: own.custody,
            label: own.label,
            certified: Blob(own.certified),
            commitment: commitment(&key.public().0, &drawn),
        };
        let plain = Zeroizing::new(message::write(&hello));
        let sealed = invitation.kiosk().seal(&about("hello", &invitation.name()), &plain)?;
        Ok((Self { key, number: drawn, hello, invitation, pairing: None }, sealed))
    }

    /// Takes the kiosk's number; gives the device's own, to be sent, and the digits to be shown.
    ///
    /// # Errors
    /// [`Refused`]: nothing is to be sent then.
    pub fn number(&mut self, sealed: &[u8], now: u64) -> Result<(Vec<u8>, String), Refused> {
        let name = self.invitation.name();
        let kiosk = self.invitation.kiosk();
        let plain = self.key.open_from(&kiosk, &about("kiosk's number", &name), sealed)?;
        let theirs: Number = message::read(&plain)?;
        if commitment(&kiosk.0, &theirs.number) != self.invitation.commitment {
            return Err(Refused::Commitment);
        }
        let (Some(log_key), Some(time)) = (theirs.kiosk, theirs.time) else {
            return Err(Refused::Message { why: "it does not say which kiosk, or when".into() });
        };
        if time.abs_diff(now) > SKEW_S {
            return Err(Refused::Clock { theirs: time, ours: now });
        }
        let transcript = Transcript {
            host: &kiosk.0,
            hello: &self.hello,
            host_number: &theirs.number,
            device_number: &self.number,
            kiosk: log_key,
            time,
        };
        let pairing = transcript.pairing();
        let shown = digits(&pairing.transcript);
        self.pairing = Some(pairing);
        let ours = message::write(&Number { number: *self.number, kiosk: None, time: None });
        let sealed = self.key.seal_to(&kiosk, &about("device's number", &name), &ours)?;
        Ok((sealed, shown))
    }

    /// What the person's key has to sign, if the person says that the digits agree.
    pub fn pairing(&self) -> Option<&Pairing> {
        self.pairing.as_ref()
    }

    /// The device's last word: the signed pairing.
    ///
    /// # Errors
    /// [`Refused::Unopened`] if nothing can be sealed to the kiosk's key.
    pub fn word(&self, signed: &[u8]) -> Result<Vec<u8>, Refused> {
        let word = message::write(&Word {
            bytes: Blob(signed.to_vec()),
            authority: None,
            lasting: None,
            checker: None,
        });
        Ok(self.key.seal_to(&self.invitation.kiosk(), &about("word", &self.invitation.name()), &word)?)
    }

    /// Opens the kiosk's last word: the client certificate and that of its authority (DER).
    ///
    /// # Errors
    /// [`Refused`].
    pub fn granted(&self, sealed: &[u8]) -> Result<Word, Refused> {
        let info = about("grant", &self.invitation.name());
        let plain = self.key.open_from(&self.invitation.kiosk(), &info, sealed)?;
        message::read(&plain)
    }

    /// The invitation.
    pub fn invitation(&self) -> &Invitation {
        &self.invitation
    }
}
