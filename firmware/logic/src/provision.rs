//! Identity and certificate: who the element is, what it runs, and who vouches for it.
//!
//! Of its own certificate the element checks what it can know ([`wetsign_wire::certificate`]): its keys, its
//! identifier, and the signature of the provisioner whom the certificate names. That provisioner is pinned and alone
//! may clear tampering. Whether anybody trusts him is not the element's question.

use ed25519_dalek::{Signature, VerifyingKey};
use minicbor::{Decoder, Encoder, decode::Error, encode::write::Cursor};
use wetsign_wire::{Answer, Identity, RefusalCode, certificate, eat, limits};

use crate::{
    element::{Element, Work},
    firmware,
    hardware::{Hardware, Signer, Storage},
    keys,
    refusal::Refusal,
};

impl<H: Hardware> Element<H> {
    pub(crate) fn identity<'o>(&mut self, work: &'o mut Work) -> Result<Answer<'o>, Refusal> {
        let public_key = self.parts.signer.public_key().map_err(|_| RefusalCode::NoKey)?;
        let root = self.record.root.as_ref().ok_or(RefusalCode::NoKey)?;
        let channel_key = keys::channel_public(root);
        let place = work.first_chunk_mut().ok_or(RefusalCode::Internal)?;
        let length = self.parts.storage.certificate(place).map_err(|_| RefusalCode::StorageFailed)?;
        Ok(Answer::Identity(Identity {
            public_key,
            ueid: self.record.ueid,
            hwmodel: self.profile.hwmodel,
            swname: self.profile.swname,
            swversion: self.profile.swversion,
            firmware_digest: self.firmware.digest,
            bootcount: self.record.bootcount,
            counter: self.counter,
            home: self.profile.home,
            certificate: place.get(..length).ok_or(RefusalCode::StorageFailed)?,
            channel_key,
        }))
    }

    /// Measures again. Tokens carry what was measured at the start; that the two are equal is for the host to compare.
    pub(crate) fn measure(&mut self) -> Result<Answer<'static>, Refusal> {
        let now = firmware::measure(&mut self.parts.firmware).map_err(|_| RefusalCode::NotMeasured)?;
        Ok(Answer::Firmware { digest: now.digest, length: now.length })
    }

    /// Stores the chain and pins its provisioner, who stays pinned until a clearing of his own.
    pub(crate) fn provision(&mut self, chain: &[u8]) -> Result<Answer<'static>, Refusal> {
        self.untampered()?;
        let device_key = self.parts.signer.public_key().map_err(|_| RefusalCode::NoKey)?;
        let root = self.record.root.as_ref().ok_or(RefusalCode::NoKey)?;
        let owner = Owner { device_key, channel_key: keys::channel_public(root), ueid: self.record.ueid };
        let provisioner = owner.provisioner_of(chain).ok_or(RefusalCode::NotForThisElement)?;
        match self.record.provisioner {
            Some(pinned) if pinned == provisioner => {}
            Some(_) => return Err(Refusal::of(RefusalCode::UnknownProvisioner)),
            // Pinned first: without a certificate one provisions again, without a pin nobody could ever clear.
            None => self.change(|record| record.provisioner = Some(provisioner))?,
        }
        self.parts.storage.store_certificate(chain).map_err(|_| RefusalCode::StorageFailed)?;
        Ok(Answer::Done)
    }
}

/// What a certificate has to name to be this element's.
struct Owner {
    device_key: [u8; 32],
    channel_key: [u8; 32],
    ueid: [u8; limits::UEID],
}

/// Room for what the provisioner signed: the payload with `Signature1`, header and type around it.
const SIGNED: usize = limits::DEVICE_CERTIFICATE + 64;

impl Owner {
    /// The provisioner's key, if the chain's device certificate is for this element and his signature holds.
    fn provisioner_of(&self, chain: &[u8]) -> Option<[u8; 32]> {
        if chain.len() > limits::CERTIFICATE {
            return None;
        }
        let device = device_of(chain).ok().filter(|device| device.len() <= limits::DEVICE_CERTIFICATE)?;
        let (payload, signature) = envelope(device).ok()?;
        let provisioner = self.read(payload).ok()?;
        let mut signed = [0; SIGNED];
        let mut encoder = Encoder::new(Cursor::new(&mut signed[..]));
        encoder
            .array(4)
            .and_then(|cbor| cbor.str("Signature1")?.bytes(&eat::PROTECTED))
            .and_then(|cbor| cbor.bytes(certificate::DEVICE.as_bytes())?.bytes(payload)?.ok())
            .ok()?;
        let length = encoder.writer().position();
        VerifyingKey::from_bytes(&provisioner)
            .and_then(|key| key.verify_strict(&signed[..length], &Signature::from_bytes(signature)))
            .is_ok()
            .then_some(provisioner)
    }

    fn read(&self, payload: &[u8]) -> Result<[u8; 32], Error> {
        let mut cbor = Decoder::new(payload);
        expect(cbor.map()? == Some(certificate::ENTRIES))?;
        expect(cbor.u8()? == certificate::TYPE && cbor.str()? == certificate::DEVICE)?;
        expect(cbor.u8()? == certificate::DEVICE_KEY && cbor.bytes()? == self.device_key)?;
        expect(cbor.u8()? == certificate::CHANNEL_KEY && cbor.bytes()? == self.channel_key)?;
        expect(cbor.u8()? == certificate::UEID && cbor.bytes()? == self.ueid)?;
        for key in [certificate::HWMODEL, certificate::HOME, certificate::NOT_BEFORE, certificate::NOT_AFTER]
        {
            expect(cbor.u8()? == key)?;
            cbor.skip()?;
        }
        expect(cbor.u8()? == certificate::PROVISIONER)?;
        let provisioner = cbor.bytes()?.try_into().map_err(|_| refused())?;
        expect(cbor.position() == payload.len())?;
        Ok(provisioner)
    }
}

/// The first of the chain's two byte strings.
fn device_of(chain: &[u8]) -> Result<&[u8], Error> {
    let mut cbor = Decoder::new(chain);
    expect(cbor.array()? == Some(2))?;
    let device = cbor.bytes()?;
    cbor.bytes()?;
    expect(cbor.position() == chain.len())?;
    Ok(device)
}

/// Payload and signature of a COSE_Sign1 with our protected header and an empty unprotected one.
fn envelope(bytes: &[u8]) -> Result<(&[u8], &[u8; 64]), Error> {
    let mut cbor = Decoder::new(bytes);
    expect(cbor.tag()?.as_u64() == eat::COSE_SIGN1_TAG && cbor.array()? == Some(4))?;
    expect(cbor.bytes()? == eat::PROTECTED && cbor.map()? == Some(0))?;
    let payload = cbor.bytes()?;
    let signature = cbor.bytes()?.try_into().map_err(|_| refused())?;
    expect(cbor.position() == bytes.len())?;
    Ok((payload, signature))
}

fn refused() -> Error {
    Error::message("not a certificate of this element")
}

fn expect(holds: bool) -> Result<(), Error> {
    if holds { Ok(()) } else { Err(refused()) }
}
