//! Messages closed to everybody but the other side: HPKE (RFC 9180), one seal for one message.
//!
//! Suite: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM, which browsers' WebCrypto can make too. What a message
//! is about goes into `info`, since not every library has associated data for one seal. Sealed form: encapsulated key
//! (32 bytes) ‖ ciphertext with tag (16 bytes more than the message).
//!
//! A stream of messages under one context is not used: one that is lost or comes twice would end it in some libraries.

use hpke::{
    Deserializable, Kem, OpModeR, OpModeS, Serializable, aead::AesGcm128, kdf::HkdfSha256,
    kem::X25519HkdfSha256,
};
use zeroize::Zeroizing;

type Suite = X25519HkdfSha256;
type Secret = <Suite as Kem>::PrivateKey;
type Public = <Suite as Kem>::PublicKey;

/// Bytes of an encapsulated key.
const ENCAPSULATED: usize = 32;

/// The half of a key that is shown to others: an X25519 public key, 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SealPublic(pub [u8; 32]);

/// An X25519 secret; wiped when dropped, never shown.
pub struct SealKey {
    bytes: Zeroizing<[u8; 32]>,
    public: SealPublic,
}

/// The message was sealed to another key, by another sender, about something else, or was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the message does not open: it is for another, from another, about something else, or was changed on its way"
)]
pub struct Unopened;

impl SealKey {
    /// Drawn from the operating system's random source.
    pub fn fresh() -> Self {
        let (secret, _) = Suite::gen_keypair();
        let mut bytes = Zeroizing::new([0; 32]);
        secret.write_exact(bytes.as_mut());
        Self::of(bytes)
    }

    /// A stored one.
    pub fn of(bytes: Zeroizing<[u8; 32]>) -> Self {
        let secret = secret(&bytes);
        let mut public = [0; 32];
        Suite::sk_to_pk(&secret).write_exact(&mut public);
        Self { bytes, public: SealPublic(public) }
    }

    /// Its public half.
    pub fn public(&self) -> SealPublic {
        self.public
    }

    /// The secret itself, to be stored.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// Opens what was sealed to this key by nobody in particular.
    ///
    /// # Errors
    /// [`Unopened`].
    pub fn open(&self, info: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Unopened> {
        self.open_as(&OpModeR::Base, info, sealed)
    }

    /// Opens what `from` sealed to this key.
    ///
    /// # Errors
    /// [`Unopened`].
    pub fn open_from(
        &self,
        from: &SealPublic,
        info: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Unopened> {
        self.open_as(&OpModeR::Auth(public(from)?), info, sealed)
    }

    fn open_as(
        &self,
        mode: &OpModeR<'_, Suite>,
        info: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Unopened> {
        let (key, text) = sealed.split_at_checked(ENCAPSULATED).ok_or(Unopened)?;
        let key = <Suite as Kem>::EncappedKey::from_bytes(key).map_err(|_| Unopened)?;
        hpke::single_shot_open::<AesGcm128, HkdfSha256, Suite>(
            mode,
            &secret(&self.bytes),
            &key,
            info,
            text,
            b"",
        )
        .map(Zeroizing::new)
        .map_err(|_| Unopened)
    }

    /// Seals to `to`, who will know that this key did.
    ///
    /// # Errors
    /// [`Unopened`] if nothing can be sealed to `to`.
    pub fn seal_to(&self, to: &SealPublic, info: &[u8], plain: &[u8]) -> Result<Vec<u8>, Unopened> {
        seal(&OpModeS::Auth((secret(&self.bytes), public(&self.public)?)), to, info, plain)
    }
}

impl SealPublic {
    /// Seals to this key; nothing says who did.
    ///
    /// # Errors
    /// [`Unopened`] if nothing can be sealed to it.
    pub fn seal(&self, info: &[u8], plain: &[u8]) -> Result<Vec<u8>, Unopened> {
        seal(&OpModeS::Base, self, info, plain)
    }
}

fn seal(mode: &OpModeS<'_, Suite>, to: &SealPublic, info: &[u8], plain: &[u8]) -> Result<Vec<u8>, Unopened> {
    let (key, text) =
        hpke::single_shot_seal::<AesGcm128, HkdfSha256, Suite>(mode, &public(to)?, info, plain, b"")
            .map_err(|_| Unopened)?;
    Ok([key.to_bytes().as_slice(), &text].concat())
}

fn secret(bytes: &[u8; 32]) -> Secret {
    Secret::from_bytes(bytes).expect("any 32 bytes are an X25519 secret")
}

fn public(key: &SealPublic) -> Result<Public, Unopened> {
    Public::from_bytes(&key.0).map_err(|_| Unopened)
}

impl std::fmt::Debug for SealKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SealKey of {:?}", self.public)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_seals_to_another_opens_for_nobody_else() {
        let [kiosk, phone, stranger] = [(); 3].map(|()| SealKey::fresh());
        let sealed = kiosk.seal_to(&phone.public(), b"an offer", b"words").unwrap();
        assert_eq!(&**phone.open_from(&kiosk.public(), b"an offer", &sealed).unwrap(), b"words");
        for (reader, from, info) in [
            (&stranger, &kiosk, &b"an offer"[..]),
            (&phone, &stranger, b"an offer"),
            (&phone, &kiosk, b"another offer"),
        ] {
            assert_eq!(reader.open_from(&from.public(), info, &sealed).unwrap_err(), Unopened);
        }
        assert_eq!(phone.open(b"an offer", &sealed).unwrap_err(), Unopened, "it says who sealed it");
    }

    #[test]
    fn any_changed_byte_and_any_shorter_message_does_not_open() {
        let key = SealKey::fresh();
        let sealed = key.public().seal(b"", b"words").unwrap();
        assert_eq!(&**key.open(b"", &sealed).unwrap(), b"words");
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert!(key.open(b"", &changed).is_err(), "byte {index}");
            assert!(key.open(b"", &sealed[..index]).is_err(), "length {index}");
        }
    }

    #[test]
    fn a_key_of_zeros_is_sealed_to_by_nobody() {
        assert!(SealPublic([0; 32]).seal(b"", b"words").is_err());
    }

    #[test]
    fn a_stored_key_is_the_same_key() {
        let key = SealKey::fresh();
        let again = SealKey::of(Zeroizing::new(*key.as_bytes()));
        assert_eq!(again.public(), key.public());
        assert!(!format!("{again:?}").contains(&format!("{:?}", key.as_bytes())));
    }

    /// Recipient's key pair of RFC 9180, appendix A.1.1.
    #[test]
    fn a_secret_gives_the_published_public_key() {
        let hex = |text: &str| {
            let digit = |at| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
            <[u8; 32]>::try_from((0..text.len()).step_by(2).map(digit).collect::<Vec<u8>>()).unwrap()
        };
        let secret = hex("4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8");
        let public = hex("3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d");
        assert_eq!(SealKey::of(Zeroizing::new(secret)).public(), SealPublic(public));
    }
}
