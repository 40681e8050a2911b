//! What the picture at the kiosk says.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use minicbor::{Decode, Encode};
use zeroize::Zeroize;

use crate::{refused::Refused, seal::SealPublic};

/// Seconds for which an invitation holds.
pub const INVITATION_S: u64 = 60;
/// Longest address, bytes.
const ADDRESS: usize = 256;
/// Longest text of an invitation, bytes: one QR code that a phone reads from half a metre.
const TEXT: usize = 1024;
/// What the text begins with, behind the address.
const MARK: &str = "#wetsign-pair-1.";

/// An invitation, as a QR code or a line of text. It is a bearer secret for a minute, and lets nobody in by itself.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Invitation {
    /// The kiosk's key of this pairing alone.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub(crate) kiosk: [u8; 32],
    /// Shows the kiosk that a device saw the picture.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub(crate) secret: [u8; 16],
    /// Hash of the kiosk's number.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub(crate) commitment: [u8; 32],
    /// SHA-256 of the certificate that answers at the address, where that is the kiosk's own.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub(crate) certificate: Option<[u8; 32]>,
    /// UTC seconds from which on it is over.
    #[n(5)]
    pub(crate) until: u64,
    /// Where to meet; it stands before the mark in the text.
    #[cbor(skip)]
    pub(crate) address: String,
}

impl Invitation {
    /// The kiosk's key of this pairing.
    pub fn kiosk(&self) -> SealPublic {
        SealPublic(self.kiosk)
    }

    /// Where to meet.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// SHA-256 of the certificate that must answer there; none for an address with an ordinary certificate.
    pub fn certificate(&self) -> Option<&[u8; 32]> {
        self.certificate.as_ref()
    }

    /// UTC seconds from which on it is over.
    pub fn until(&self) -> u64 {
        self.until
    }

    /// What both sides call this pairing: the hash of the kiosk's number.
    pub fn name(&self) -> [u8; 32] {
        self.commitment
    }

    /// Whether an invitation can lead to this address: printable ASCII without spaces and `#`, 1 to 256 bytes.
    pub fn takes(address: &str) -> bool {
        (1..=ADDRESS).contains(&address.len())
            && address.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#')
    }

    /// As text: the address, and behind a `#`, which browsers keep to themselves, the rest.
    pub fn text(&self) -> String {
        let rest = minicbor::to_vec(self).expect("a vector takes all that is written");
        format!("{}{MARK}{}", self.address, URL_SAFE_NO_PAD.encode(rest))
    }

    /// Reads the text.
    ///
    /// # Errors
    /// [`Refused::Invitation`].
    pub fn read(text: &str) -> Result<Self, Refused> {
        let no = |why| Refused::Invitation { why };
        let text = text.trim();
        if text.len() > TEXT {
            return Err(no("it is too long"));
        }
        let (address, rest) = text.split_once(MARK).ok_or(no("it has no mark of one"))?;
        fits(address)?;
        let bytes = URL_SAFE_NO_PAD.decode(rest).map_err(|_| no("its end is no base64url"))?;
        let mut read: Self = minicbor::decode(&bytes).map_err(|_| no("its end cannot be read"))?;
        if minicbor::to_vec(&read).is_ok_and(|again| again != bytes) {
            return Err(no("its end is not in the one form"));
        }
        address.clone_into(&mut read.address);
        Ok(read)
    }
}

/// Refuses an address that no invitation takes.
pub(crate) fn fits(address: &str) -> Result<(), Refused> {
    if Invitation::takes(address) {
        Ok(())
    } else {
        Err(Refused::Invitation { why: "its address cannot be read" })
    }
}

impl Drop for Invitation {
    fn drop(&mut self) {
        self.secret.zeroize();
    }
}

impl std::fmt::Debug for Invitation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Invitation to {} until {}", self.address, self.until)
    }
}
