//! Who may mark: an authority of the operator's own, which trust policies name, certifies the keys of markers.
//!
//! The certificates are X.509 as C2PA asks for (C2PA 2.2 § 14.5): Ed25519, an end entity with the purpose of signing
//! claims. There is no authority between, and no list of revoked certificates: their time is short.

use anyhow::{Context as _, bail, ensure};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyUsagePurpose, SerialNumber,
};
use time::OffsetDateTime;
use wetsign_attest::id::{PublicKey, sha256};
use wetsign_attest::shown::unfit_as_name;

use crate::key::Key;

/// id-c2pa-kp-claimSigning.
pub const PURPOSE: [u64; 9] = [1, 3, 6, 1, 4, 1, 62_558, 2, 1];
/// Bytes of a name.
const NAME: usize = 64;
const DAY_S: u64 = 86_400;

/// An authority's own certificate, PEM.
///
/// # Errors
/// A certificate cannot have this name or these times.
pub fn own(key: &Key, name: &str, now: u64, days: u64) -> anyhow::Result<String> {
    let mut params = params(name, &key.public(), now, days)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    Ok(pem(params.self_signed(key)?.der()))
}

/// Certifies a marker's key: the chain that it signs with, its certificate first, PEM.
///
/// # Errors
/// The authority's certificate is not of `key`, or as [`own`].
pub fn certify(
    key: &Key,
    authority: &str,
    marker: &PublicKey,
    name: &str,
    now: u64,
    days: u64,
) -> anyhow::Result<String> {
    let PublicKey::Ed25519(public) = marker else {
        bail!("{marker} is a passkey's: programs mark with Ed25519")
    };
    ensure!(*marker != key.public(), "an authority that marks by itself could not be told from a stolen key");
    let unreadable = "the authority's certificate cannot be read";
    let issuer =
        Issuer::from_ca_cert_der(&first(authority).context(unreadable)?.into(), key).context(unreadable)?;
    ensure!(holds(authority, &key.public()), "the authority's certificate is not of this key");
    let mut params = params(name, marker, now, days)?;
    params.use_authority_key_identifier_extension = true;
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::Other(PURPOSE.to_vec())];
    let marker = params.signed_by(&Marker(*public), &issuer)?;
    Ok(format!("{}{authority}", pem(marker.der())))
}

/// Whether the first certificate of a chain is of this key: its 32 bytes stand in it behind the head that only an
/// Ed25519 key has (RFC 8410 § 4).
pub fn holds(chain: &str, key: &PublicKey) -> bool {
    const HEAD: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
    let wanted = [&HEAD, key.as_bytes()].concat();
    first(chain).is_some_and(|der| der.windows(wanted.len()).any(|window| window == wanted))
}

/// DER of the first certificate of a PEM text.
fn first(chain: &str) -> Option<Vec<u8>> {
    use base64::Engine as _;
    let (_, rest) = chain.split_once("-----BEGIN CERTIFICATE-----")?;
    let (body, _) = rest.split_once("-----END CERTIFICATE-----")?;
    let body: String = body.split_whitespace().collect();
    base64::engine::general_purpose::STANDARD.decode(body).ok()
}

/// A key that others certify.
struct Marker([u8; 32]);

impl rcgen::PublicKeyData for Marker {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_ED25519
    }
}

fn params(name: &str, key: &PublicKey, now: u64, days: u64) -> anyhow::Result<CertificateParams> {
    if let Some(why) = unfit_as_name(name, NAME) {
        bail!("the name {name:?} {why}");
    }
    let mut params = CertificateParams::new(Vec::new())?;
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished.push(DnType::OrganizationName, name);
    params.distinguished_name = distinguished;
    // One key and one beginning give one number, positive and of 16 bytes.
    let mut serial = sha256(&[key.as_bytes(), &now.to_be_bytes()])[..16].to_vec();
    serial[0] = serial[0] & 0x7f | 0x40;
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    let time = |seconds: u64| {
        let signed = i64::try_from(seconds).ok();
        let time = signed.and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
        time.with_context(|| format!("{seconds} is no time in UTC seconds that a certificate can have"))
    };
    // A clock that is a little behind has to take the certificate too.
    params.not_before = time(now.saturating_sub(300))?;
    params.not_after = time(now.saturating_add(days.saturating_mul(DAY_S)))?;
    Ok(params)
}

/// The text form of RFC 7468.
fn pem(der: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines = text.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line) + "\n");
    format!("-----BEGIN CERTIFICATE-----\n{}-----END CERTIFICATE-----\n", lines.collect::<String>())
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;

    use super::*;

    const NOW: u64 = 1_790_000_000;

    fn key(number: u8) -> Key {
        Key::from(SigningKey::from_bytes(&[number; 32]))
    }

    #[test]
    fn an_authority_certifies_by_its_own_key_alone() {
        let authority = own(&key(1), "Example Media", NOW, 3650).unwrap();
        let marker = key(2).public();
        let chain = certify(&key(1), &authority, &marker, "runner 1", NOW, 365).unwrap();
        assert_eq!(chain.matches("BEGIN CERTIFICATE").count(), 2);
        assert!(holds(&chain, &marker) && !holds(&chain, &key(1).public()));
        for refused in [
            certify(&key(3), &authority, &marker, "runner 1", NOW, 365),
            certify(&key(1), &chain, &marker, "runner 1", NOW, 365),
            certify(&key(1), &authority, &key(1).public(), "runner 1", NOW, 365),
            certify(&key(1), &authority, &marker, "runner\n1", NOW, 365),
            certify(&key(1), "", &marker, "runner 1", NOW, 365),
        ] {
            assert!(refused.is_err());
        }
    }
}
