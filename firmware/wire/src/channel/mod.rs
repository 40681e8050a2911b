//! The channel between host and element: `Noise_IK_25519_ChaChaPoly_SHA256` (Noise Protocol Framework, revision 34).
//!
//! Prologue: `"wetsign/channel/1" ‖ ueid`. The host opens; it knows the element's static key from its certificate or
//! its `Identity`, and tells its own, encrypted, in the first message. The two handshake messages carry no payload.
//! After them every message is sealed under the next 64-bit nonce of its direction, with the frame's header as
//! associated data: a frame that is lost, repeated, reordered or relabelled does not open, and what does not open
//! ends the channel.
//!
//! The handshake is that of the crate `noise-protocol`; the primitives under it are the workspace's own.
//!
//! ```
//! use wetsign_wire::channel::{Admission, Opening, public_key};
//!
//! let (host, element, ueid) = ([1; 32], [2; 32], [1; 17]);
//! let (opening, first) = Opening::new(&host, &[3; 32], &public_key(&element), &ueid).unwrap();
//! let admission = Admission::read(&element, &[4; 32], &ueid, &first).unwrap();
//! assert_eq!(admission.host_key(), public_key(&host));
//! let (second, _element_end) = admission.grant().unwrap();
//! let _host_end = opening.finish(&second).unwrap();
//! ```

mod primitives;

use noise_protocol::{CipherState, HandshakeState, U8Array, patterns::noise_ik};
use primitives::{ChaChaPoly, Secret, Sha256, X25519};
use x25519_dalek::{PublicKey, StaticSecret};

use crate::limits::{ADMISSION, HEADER, OPENING, TAG, UEID};

/// What the prologue begins with; changes with every change of the channel.
pub const DOMAIN: &[u8; 17] = b"wetsign/channel/1";

type Handshake = HandshakeState<X25519, ChaChaPoly, Sha256>;

/// Handshake or message was not made by the other end of this channel, for this element, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotOpened;

impl core::fmt::Display for NotOpened {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("bytes that do not open under the channel's keys: another peer, or changed on the line")
    }
}

impl core::error::Error for NotOpened {}

/// X25519 public key (RFC 7748 § 6.1) of a secret key.
pub fn public_key(secret: &[u8; 32]) -> [u8; 32] {
    PublicKey::from(&StaticSecret::from(*secret)).to_bytes()
}

fn handshake(
    opens: bool,
    secret: &[u8; 32],
    ephemeral: &[u8; 32],
    peer: Option<[u8; 32]>,
    ueid: &[u8; UEID],
) -> Handshake {
    let mut prologue = [0; DOMAIN.len() + UEID];
    let (domain, name) = prologue.split_at_mut(DOMAIN.len());
    domain.copy_from_slice(DOMAIN);
    name.copy_from_slice(ueid);
    let [secret, ephemeral] = [secret, ephemeral].map(|key| Some(Secret::from_slice(key)));
    Handshake::new(noise_ik(), opens, prologue, secret, ephemeral, peer, None)
}

/// The host's half of a handshake.
pub struct Opening(Handshake);

impl Opening {
    /// Begins: `ephemeral` is 32 fresh random bytes, `element` the element's static public key. Fails for a public
    /// key of small order.
    pub fn new(
        secret: &[u8; 32],
        ephemeral: &[u8; 32],
        element: &[u8; 32],
        ueid: &[u8; UEID],
    ) -> Result<(Self, [u8; OPENING]), NotOpened> {
        let mut handshake = handshake(true, secret, ephemeral, Some(*element), ueid);
        let mut message = [0; OPENING];
        handshake.write_message(&[], &mut message).map_err(|_| NotOpened)?;
        Ok((Self(handshake), message))
    }

    /// Takes the element's answer.
    pub fn finish(mut self, answer: &[u8]) -> Result<Channel, NotOpened> {
        let answer: &[u8; ADMISSION] = answer.try_into().map_err(|_| NotOpened)?;
        self.0.read_message(answer, &mut []).map_err(|_| NotOpened)?;
        let (sending, receiving) = self.0.get_ciphers();
        Ok(Channel { sending, receiving })
    }
}

/// The element's half of a handshake, which has read the host's message and not yet answered it.
pub struct Admission {
    handshake: Handshake,
    host: [u8; 32],
}

impl Admission {
    /// Reads the host's first message: `ephemeral` is 32 fresh random bytes.
    pub fn read(
        secret: &[u8; 32],
        ephemeral: &[u8; 32],
        ueid: &[u8; UEID],
        message: &[u8],
    ) -> Result<Self, NotOpened> {
        let message: &[u8; OPENING] = message.try_into().map_err(|_| NotOpened)?;
        let mut handshake = handshake(false, secret, ephemeral, None, ueid);
        handshake.read_message(message, &mut []).map_err(|_| NotOpened)?;
        let host = handshake.get_rs().ok_or(NotOpened)?;
        Ok(Self { handshake, host })
    }

    /// Static public key of the host that sent it, or of whoever repeats its message: the channel works for the
    /// holder of the secret key alone.
    pub fn host_key(&self) -> [u8; 32] {
        self.host
    }

    /// Answers it.
    pub fn grant(mut self) -> Result<([u8; ADMISSION], Channel), NotOpened> {
        let mut answer = [0; ADMISSION];
        self.handshake.write_message(&[], &mut answer).map_err(|_| NotOpened)?;
        let (receiving, sending) = self.handshake.get_ciphers();
        Ok((answer, Channel { sending, receiving }))
    }
}

/// One end of an open channel. Keys are wiped when it is dropped.
pub struct Channel {
    sending: CipherState<ChaChaPoly>,
    receiving: CipherState<ChaChaPoly>,
}

impl Channel {
    /// Encrypts the first `length` bytes of `buffer` in place and returns how many there are then: [`TAG`] more.
    pub fn seal(
        &mut self,
        header: &[u8; HEADER],
        buffer: &mut [u8],
        length: usize,
    ) -> Result<usize, NotOpened> {
        let room = length.checked_add(TAG).is_some_and(|needed| needed <= buffer.len());
        if !room || self.sending.get_next_n() == u64::MAX {
            return Err(NotOpened);
        }
        Ok(self.sending.encrypt_ad_in_place(header, buffer, length))
    }

    /// Decrypts in place; returns the plaintext. After a failure the channel is to be dropped.
    pub fn open<'b>(
        &mut self,
        header: &[u8; HEADER],
        sealed: &'b mut [u8],
    ) -> Result<&'b mut [u8], NotOpened> {
        if self.receiving.get_next_n() == u64::MAX {
            return Err(NotOpened);
        }
        let length = sealed.len();
        let opened = self.receiving.decrypt_ad_in_place(header, sealed, length).map_err(|()| NotOpened)?;
        sealed.get_mut(..opened).ok_or(NotOpened)
    }
}
