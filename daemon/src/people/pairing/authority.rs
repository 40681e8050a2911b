//! The kiosk's own authority for devices: it certifies them for as long as their pairing lasts, and itself to them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use p256::elliptic_curve::sec1::ToSec1Point;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, SerialNumber, SubjectPublicKeyInfo,
};
use rustls::pki_types::PrivatePkcs8KeyDer;
use time::OffsetDateTime;
use wetsign_attest::id::sha256;
use zeroize::Zeroizing;

use crate::keys::{self, KeysError};

/// What devices call the kiosk when they ask for its certificate, wherever it is.
pub const NAME: &str = "wetsign-kiosk";
/// How long the authority's own certificate lasts, and the one that the kiosk shows, seconds: twenty years, and one.
const YEAR: i64 = 366 * 86_400;

/// Why there is no authority.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthorityError {
    /// Its key cannot be had.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// Its certificate cannot be kept.
    #[error("the certificate for devices, {}, cannot be read or kept", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// A certificate cannot be made.
    #[error("no certificate can be made for the device: {0}")]
    Make(#[from] rcgen::Error),
    /// A certificate cannot have such a time.
    #[error("{0} is no time in UTC seconds that a certificate can have")]
    Time(u64),
}

/// No device can come in here.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("no device can be paired here: give this kiosk an api.devices.address or an api.relay.address")]
pub struct NoDevices;

/// Certifies devices, and the kiosk to them.
pub struct Authority {
    key: KeyPair,
    certificate: Vec<u8>,
}

impl Authority {
    /// Reads the authority of this state folder, or makes it: `keys/devices` and `keys/devices.crt`.
    ///
    /// # Errors
    /// [`AuthorityError`].
    pub fn open(state: &Path, now: u64) -> Result<Self, AuthorityError> {
        let key = KeyPair::try_from(&PrivatePkcs8KeyDer::from(&**pkcs8(&keys::devices(state)?)))?;
        let path = state.join("keys").join("devices.crt");
        let failed = |source| AuthorityError::File { path: path.clone(), source };
        let certificate = match crate::bounded::read(&path, crate::bounded::SETTINGS) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let bytes = own(&key, now)?;
                let partial = path.with_extension("partial");
                fs::write(&partial, &bytes).map_err(failed)?;
                fs::File::open(&partial).and_then(|file| file.sync_all()).map_err(failed)?;
                fs::rename(&partial, &path).map_err(failed)?;
                bytes
            }
            Err(error) => return Err(failed(error)),
        };
        Ok(Self { key, certificate })
    }

    /// Its certificate (DER), to which all others chain.
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// What a picture says of it: SHA-256 of its certificate.
    pub fn fingerprint(&self) -> [u8; 32] {
        sha256(&[&self.certificate])
    }

    /// What the kiosk shows to devices: PEM texts of its chain, and of a key that lives as long as this run.
    ///
    /// # Errors
    /// [`AuthorityError`].
    pub fn shown(&self, now: u64) -> Result<(String, Zeroizing<String>), AuthorityError> {
        let mut params = CertificateParams::new(vec![NAME.to_owned(), "localhost".to_owned()])?;
        params.distinguished_name = name(NAME);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        lasts(&mut params, now.saturating_sub(86_400), now.saturating_add(YEAR as u64))?;
        let key = KeyPair::generate()?;
        let leaf = params.signed_by(&key, &self.issuer()?)?;
        let chain = format!("{}{}", pem("CERTIFICATE", leaf.der()), self.pem());
        let secret = Zeroizing::new(key.serialize_der());
        Ok((chain, Zeroizing::new(pem("PRIVATE KEY", &secret))))
    }

    /// PEM text of its certificate.
    pub fn pem(&self) -> String {
        pem("CERTIFICATE", &self.certificate)
    }

    /// Certifies a device's key (SubjectPublicKeyInfo, DER) until then; the certificate's DER.
    ///
    /// # Errors
    /// [`AuthorityError::Make`] for a key that cannot be read or that TLS does not know.
    pub fn certify(
        &self,
        key: &[u8],
        pairing: &[u8; 32],
        until: u64,
        now: u64,
    ) -> Result<Vec<u8>, AuthorityError> {
        let key = SubjectPublicKeyInfo::from_der(key)?;
        let mut params = CertificateParams::new(Vec::new())?;
        params.distinguished_name = name("wetsign device");
        params.serial_number = Some(SerialNumber::from_slice(&pairing[..16]));
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        lasts(&mut params, now.saturating_sub(3_600), until)?;
        Ok(params.signed_by(&key, &self.issuer()?)?.der().to_vec())
    }

    fn issuer(&self) -> Result<Issuer<'_, &KeyPair>, AuthorityError> {
        Ok(Issuer::from_ca_cert_der(&self.certificate.as_slice().into(), &self.key)?)
    }
}

/// The authority's own certificate.
fn own(key: &KeyPair, now: u64) -> Result<Vec<u8>, AuthorityError> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name = name("wetsign kiosk's devices");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    lasts(&mut params, now.saturating_sub(86_400), now.saturating_add(20 * YEAR as u64))?;
    Ok(params.self_signed(key)?.der().to_vec())
}

fn name(common: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common);
    name
}

fn lasts(params: &mut CertificateParams, from: u64, until: u64) -> Result<(), AuthorityError> {
    let time = |seconds: u64| {
        let signed = i64::try_from(seconds).map_err(|_| AuthorityError::Time(seconds))?;
        OffsetDateTime::from_unix_timestamp(signed).map_err(|_| AuthorityError::Time(seconds))
    };
    (params.not_before, params.not_after) = (time(from)?, time(until)?);
    Ok(())
}

/// The text form of RFC 7468.
fn pem(label: &str, der: &[u8]) -> String {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let text = Zeroizing::new(STANDARD.encode(der));
    let lines = text.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line) + "\n");
    format!("-----BEGIN {label}-----\n{}-----END {label}-----\n", lines.collect::<String>())
}

/// A P-256 secret as PKCS #8 (RFC 5208, RFC 5915), which TLS libraries of every language read.
fn pkcs8(secret: &p256::SecretKey) -> Zeroizing<Vec<u8>> {
    const HEAD: [u8; 36] = [
        0x30, 0x81, 0x87, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
        0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x04, 0x6d, 0x30, 0x6b, 0x02, 0x01, 0x01,
        0x04, 0x20,
    ];
    const MIDDLE: [u8; 5] = [0xa1, 0x44, 0x03, 0x42, 0x00];
    let point = secret.public_key().to_sec1_point(false);
    let mut bytes = Zeroizing::new(Vec::with_capacity(138));
    bytes.extend_from_slice(&HEAD);
    bytes.extend_from_slice(&Zeroizing::new(secret.to_bytes()));
    bytes.extend_from_slice(&MIDDLE);
    bytes.extend_from_slice(point.as_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use rcgen::PublicKeyData;
    use rustls::pki_types::{CertificateDer, UnixTime};
    use rustls::server::WebPkiClientVerifier;

    use super::*;

    const NOW: u64 = 1_790_000_000;

    #[test]
    fn the_authority_is_the_same_after_a_restart_and_its_devices_chain_to_it() {
        let state = tempfile::tempdir().unwrap();
        let first = Authority::open(state.path(), NOW).unwrap();
        let again = Authority::open(state.path(), NOW + 99).unwrap();
        assert_eq!(first.fingerprint(), again.fingerprint());

        let device = KeyPair::generate().unwrap();
        let spki = device.subject_public_key_info();
        let certificate = again.certify(&spki, &[7; 32], NOW + 1000, NOW).unwrap();
        let mut roots = rustls::RootCertStore::empty();
        roots.add(first.certificate().to_vec().into()).unwrap();
        let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider).build().unwrap();
        let at = |seconds| UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
        let leaf = CertificateDer::from(certificate);
        assert!(verifier.verify_client_cert(&leaf, &[], at(NOW + 10)).is_ok());
        assert!(verifier.verify_client_cert(&leaf, &[], at(NOW + 1001)).is_err(), "its pairing is over");
    }

    #[test]
    fn what_is_no_key_is_not_certified() {
        let state = tempfile::tempdir().unwrap();
        let authority = Authority::open(state.path(), NOW).unwrap();
        for wrong in [&b""[..], &[0x30; 44], &[0; 91]] {
            assert!(authority.certify(wrong, &[7; 32], NOW + 1000, NOW).is_err());
        }
    }
}
