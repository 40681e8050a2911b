//! What the two say to each other: CBOR maps, each in one form.

use minicbor::{Decode, Encode};
use wetsign_attest::{
    id::{Blob, PublicKey},
    limits::DEVICE_LABEL,
    object::Custody,
    shown,
};

use crate::{refused::Refused, seal::SealPublic};

/// Longest sealed message, bytes.
pub const MESSAGE: usize = 16 * 1024;
/// Longest SubjectPublicKeyInfo, bytes: Ed25519 has 44, P-256 has 91.
const SPKI: usize = 128;

/// The device's first word.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Hello {
    /// From the picture.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub secret: [u8; 16],
    /// The device's X25519 key.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub device: [u8; 32],
    /// The person's key, which the device holds.
    #[n(3)]
    pub validator: PublicKey,
    /// Where that key lives.
    #[n(4)]
    pub custody: Custody,
    /// What the device is called.
    #[n(5)]
    pub label: String,
    /// SubjectPublicKeyInfo (DER) of the key for the client certificate.
    #[n(6)]
    pub certified: Blob,
    /// Hash of the device's number.
    #[cbor(n(7), with = "minicbor::bytes")]
    pub commitment: [u8; 32],
}

impl Hello {
    /// The device's X25519 key.
    pub fn device(&self) -> SealPublic {
        SealPublic(self.device)
    }

    fn check(&self) -> Result<(), Refused> {
        let no = |why: &str| Err(Refused::Message { why: why.to_owned() });
        if shown::unfit_as_name(&self.label, DEVICE_LABEL).is_some() {
            return no("the device's name is empty, too long, or has signs that nobody sees");
        }
        if !self.custody.is_on_device() || !self.custody.fits(&self.validator) {
            return no("the custody is not what a device's key can have");
        }
        if self.certified.0.is_empty() || self.certified.0.len() > SPKI {
            return no("the key to be certified cannot be read");
        }
        Ok(())
    }
}

/// One side shows its number.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Number {
    /// Drawn at random.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub number: [u8; 32],
    /// The kiosk's key in the log; the device's word has none.
    #[n(2)]
    pub kiosk: Option<PublicKey>,
    /// UTC seconds by the kiosk's clock; the device's word has none.
    #[n(3)]
    pub time: Option<u64>,
}

/// The last word of each side.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Word {
    /// From the device: a signed [`wetsign_attest::object::Pairing`]. From the kiosk: a client certificate (DER).
    #[n(1)]
    pub bytes: Blob,
    /// From the kiosk: the certificate (DER) of the authority to which both chain.
    #[n(2)]
    pub authority: Option<Blob>,
    /// From the kiosk: the X25519 key to which the device seals what it says later, through a relay.
    #[n(3)]
    pub lasting: Option<Blob>,
    /// From the kiosk: the key of its checker, whose word about rules the device takes.
    #[n(4)]
    pub checker: Option<PublicKey>,
}

/// The one form of a message.
pub(crate) fn write<T: Encode<()>>(message: &T) -> Vec<u8> {
    minicbor::to_vec(message).expect("a vector takes all that is written")
}

/// Reads the one form of a message.
pub(crate) fn read<T: Encode<()> + for<'b> Decode<'b, ()>>(bytes: &[u8]) -> Result<T, Refused> {
    let message: T = minicbor::decode(bytes).map_err(|error| Refused::Message { why: error.to_string() })?;
    if write(&message) != bytes {
        return Err(Refused::Message { why: "it is not in the one form".into() });
    }
    Ok(message)
}

/// Reads a device's first word.
pub(crate) fn read_hello(bytes: &[u8]) -> Result<Hello, Refused> {
    let hello: Hello = read(bytes)?;
    hello.check()?;
    Ok(hello)
}

impl std::fmt::Debug for Hello {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Hello of {:?}", self.label)
    }
}

impl std::fmt::Debug for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Number")
    }
}

impl std::fmt::Debug for Word {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Word of {} bytes", self.bytes.0.len())
    }
}
