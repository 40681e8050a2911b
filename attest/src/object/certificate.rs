//! Who stands behind a secure element: device → provisioner → root, two signed objects in one file.
//!
//! A root vouches for provisioners, a provisioner for devices. The root's own key is in no certificate: a verifier
//! names it in its policy.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::{Object, ascending, name_within, within};
use crate::cose::{Checked, Signed};
use crate::eat::Home;
use crate::error::Error;
use crate::evm::EvmAddress;
use crate::id::{Blob, ChannelKey, PublicKey};
use crate::limits;

/// Says that these keys live in a secure element of a model. Signed by a provisioner, never by the staker.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct DeviceCertificate {
    /// Key under which the element signs its attestations.
    #[n(1)]
    pub device_key: PublicKey,
    /// Static key of the element's channel, so that a host can tell this element from another before it says anything.
    #[n(2)]
    pub channel_key: ChannelKey,
    /// Universal identifier of the device, 7 to 33 bytes (RFC 9711 § 4.2.1).
    #[n(3)]
    pub ueid: Blob,
    /// Hardware model, 1 to 32 bytes.
    #[n(4)]
    pub hwmodel: String,
    /// What the element runs on.
    #[n(5)]
    pub home: Home,
    /// UTC seconds before which it does not hold.
    #[n(6)]
    pub not_before: u64,
    /// UTC seconds after which it does not hold.
    #[n(7)]
    pub not_after: u64,
    /// Who signs.
    #[n(8)]
    pub provisioner: PublicKey,
    /// Account of the secp256k1 key with which the same kiosk vouches on a chain; absent where it does not. That binds
    /// the two keys to each other: whoever certifies the element has seen both.
    #[n(9)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settlement: Option<EvmAddress>,
}

/// Says that a provisioner may vouch for elements of some models. Signed by a root, who vouches for no device itself.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct ProvisionerCertificate {
    /// Key under which the provisioner signs device certificates.
    #[n(1)]
    pub provisioner: PublicKey,
    /// What the provisioner is called, 1 to 64 bytes.
    #[n(2)]
    pub name: String,
    /// Hardware models it may vouch for, 1 to 8, strictly ascending.
    #[n(3)]
    pub hwmodels: Vec<String>,
    /// UTC seconds before which it does not hold.
    #[n(4)]
    pub not_before: u64,
    /// UTC seconds after which it does not hold.
    #[n(5)]
    pub not_after: u64,
    /// Who signs.
    #[n(6)]
    pub root: PublicKey,
}

impl Object for DeviceCertificate {
    const TYPE: &'static str = "wetsign/device/1";
    const LIMIT: usize = limits::DEVICE_CERTIFICATE;

    fn signer(&self) -> Option<PublicKey> {
        Some(self.provisioner)
    }

    fn check(&self) -> Result<(), Error> {
        if !limits::UEID.contains(&self.ueid.0.len()) {
            return Err(Error::value(Self::TYPE, "ueid", "must have 7 to 33 bytes"));
        }
        if self.provisioner == self.device_key {
            return Err(Error::value(Self::TYPE, "provisioner", "must not be the device's own key"));
        }
        if self.settlement == Some(EvmAddress([0; 20])) {
            return Err(Error::value(
                Self::TYPE,
                "settlement",
                "must not be the zero account, whose key nobody has",
            ));
        }
        window(Self::TYPE, self.not_before, self.not_after)?;
        name_within(Self::TYPE, "hwmodel", &self.hwmodel, limits::HWMODEL)
    }
}

impl Object for ProvisionerCertificate {
    const TYPE: &'static str = "wetsign/provisioner/1";
    const LIMIT: usize = limits::PROVISIONER_CERTIFICATE;

    fn signer(&self) -> Option<PublicKey> {
        Some(self.root)
    }

    fn check(&self) -> Result<(), Error> {
        if self.provisioner == self.root {
            return Err(Error::value(Self::TYPE, "provisioner", "must not be the root's own key"));
        }
        if self.hwmodels.is_empty() {
            return Err(Error::value(Self::TYPE, "hwmodels", "must name at least one model"));
        }
        ascending(Self::TYPE, "hwmodels", &self.hwmodels, limits::HWMODELS, |model| model.as_str())?;
        for model in &self.hwmodels {
            name_within(Self::TYPE, "hwmodels", model, limits::HWMODEL)?;
        }
        window(Self::TYPE, self.not_before, self.not_after)?;
        name_within(Self::TYPE, "name", &self.name, limits::PROVISIONER_NAME)
    }
}

fn window(what: &'static str, not_before: u64, not_after: u64) -> Result<(), Error> {
    if not_after <= not_before {
        return Err(Error::value(what, "not_after", format!("is {not_after}, not later than {not_before}")));
    }
    Ok(())
}

/// What the bytes of a chain are called in errors.
const CHAIN: &str = "certificate chain";

/// A device certificate with the certificate of the provisioner who signed it.
///
/// In bytes: an array of two byte strings, device first, each a COSE_Sign1; at most [`limits::CERTIFICATE_CHAIN`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateChain {
    bytes: Vec<u8>,
    device: Signed<DeviceCertificate>,
    provisioner: Signed<ProvisionerCertificate>,
}

impl CertificateChain {
    /// Puts two certificates together.
    ///
    /// # Errors
    /// Another provisioner signed the device certificate, or together they are over the limit.
    pub fn new(
        device: &Signed<DeviceCertificate>,
        provisioner: &Signed<ProvisionerCertificate>,
    ) -> Result<Self, Error> {
        let links = [Blob::from(device.bytes()), Blob::from(provisioner.bytes())];
        let bytes =
            minicbor::to_vec(&links).map_err(|e| Error::Decode { what: CHAIN, reason: e.to_string() })?;
        Self::decode(&bytes)
    }

    /// Reads a chain: limit, canonical form, both signatures, and that the one signed the other. Whether anybody trusts
    /// its root is another question.
    ///
    /// # Errors
    /// Which of these does not hold.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        Self::decode_once(bytes, None)
    }

    /// The same, with signatures that were checked before not checked again.
    ///
    /// # Errors
    /// As [`CertificateChain::decode`].
    pub fn decode_once(bytes: &[u8], checked: Option<&Checked>) -> Result<Self, Error> {
        within(CHAIN, bytes.len(), limits::CERTIFICATE_CHAIN)?;
        let failed = |reason: String| Error::Decode { what: CHAIN, reason };
        let links: [Blob; 2] = minicbor::decode(bytes).map_err(|e| failed(e.to_string()))?;
        if minicbor::to_vec(&links).map_err(|e| failed(e.to_string()))? != bytes {
            return Err(Error::NotCanonical { what: CHAIN });
        }
        let device = Signed::<DeviceCertificate>::decode_once(&links[0].0, checked)?;
        let provisioner = Signed::<ProvisionerCertificate>::decode_once(&links[1].0, checked)?;
        let (signer, certified) = (device.payload().provisioner, provisioner.payload().provisioner);
        if signer != certified {
            let reason = format!("{signer} signed the device certificate, the provisioner is {certified}");
            return Err(Error::value(CHAIN, "device", reason));
        }
        Ok(Self { bytes: bytes.to_vec(), device, provisioner })
    }

    /// The bytes as they are stored and sent.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The device certificate.
    pub fn device(&self) -> &DeviceCertificate {
        self.device.payload()
    }

    /// The provisioner's certificate.
    pub fn provisioner(&self) -> &ProvisionerCertificate {
        self.provisioner.payload()
    }
}
