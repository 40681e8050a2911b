//! Sealing: ChaCha20-Poly1305 (RFC 8439) under a key that only this element can derive.
//!
//! Sealed form: `1 ‖ nonce (12) ‖ ciphertext ‖ tag (16)`. Associated data: `"wetsign/seal/1" ‖ ueid ‖ label`, so an
//! item opens only on this element and only as what it was sealed as.
//!
//! Nonces are 96 random bits from the element's own source. By the birthday bound the chance that any two of *n*
//! are equal is below n² / 2⁹⁷: 2⁻³³ after 2³² seals (4.3 thousand million). At the rate limit of ten a second
//! that many take more than 13 years; a kiosk seals a few times an enrolment.

use chacha20poly1305::{
    ChaCha20Poly1305, KeyInit,
    aead::{AeadInOut, inout::InOutBuf},
};
use wetsign_wire::limits;

use crate::keys::{Purpose, Root};

const FORMAT: u8 = 1;
const NONCE: usize = 12;
const TAG: usize = 16;
const DOMAIN: &[u8] = b"wetsign/seal/1";
const AAD: usize = DOMAIN.len() + limits::UEID + limits::DIGEST;

/// Not sealed by this element under this label, or changed since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotSealedHere;

fn cipher(root: &Root) -> ChaCha20Poly1305 {
    let key = root.derive(Purpose::Seal);
    ChaCha20Poly1305::new((&*key).into())
}

fn associated(ueid: &[u8; limits::UEID], label: &[u8; 32]) -> [u8; AAD] {
    let mut aad = [0; AAD];
    let (domain, rest) = aad.split_at_mut(DOMAIN.len());
    domain.copy_from_slice(DOMAIN);
    rest[..limits::UEID].copy_from_slice(ueid);
    rest[limits::UEID..].copy_from_slice(label);
    aad
}

/// Seals `plain` (at most [`limits::PLAIN`] bytes) into `out` and returns the part used.
pub fn seal<'o>(
    root: &Root,
    ueid: &[u8; limits::UEID],
    label: &[u8; 32],
    nonce: &[u8; NONCE],
    plain: &[u8],
    out: &'o mut [u8; limits::SEALED],
) -> Option<&'o [u8]> {
    let length = plain.len().checked_add(limits::SEAL_OVERHEAD)?;
    let item = out.get_mut(..length)?;
    item[0] = FORMAT;
    item[1..=NONCE].copy_from_slice(nonce);
    let (text, tag_place) = item[1 + NONCE..].split_at_mut(plain.len());
    text.copy_from_slice(plain);
    let tag = cipher(root)
        .encrypt_inout_detached(nonce.into(), &associated(ueid, label), InOutBuf::from(text))
        .ok()?;
    tag_place.copy_from_slice(&tag);
    Some(item)
}

/// Opens a sealed item into `out` and returns the plaintext. On failure `out` holds no plaintext.
pub fn unseal<'o>(
    root: &Root,
    ueid: &[u8; limits::UEID],
    label: &[u8; 32],
    sealed: &[u8],
    out: &'o mut [u8; limits::SEALED],
) -> Result<&'o [u8], NotSealedHere> {
    let (format, rest) = sealed.split_first().ok_or(NotSealedHere)?;
    let (nonce, rest) = rest.split_first_chunk::<NONCE>().ok_or(NotSealedHere)?;
    let (text, tag) = rest.split_last_chunk::<TAG>().ok_or(NotSealedHere)?;
    if *format != FORMAT {
        return Err(NotSealedHere);
    }
    let place = out.get_mut(..text.len()).ok_or(NotSealedHere)?;
    place.copy_from_slice(text);
    cipher(root)
        .decrypt_inout_detached(
            nonce.into(),
            &associated(ueid, label),
            InOutBuf::from(&mut *place),
            tag.into(),
        )
        .map_err(|_| NotSealedHere)?;
    Ok(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: Root = Root([3; 32]);

    fn sealed(plain: &[u8]) -> ([u8; limits::SEALED], usize) {
        let mut out = [0; limits::SEALED];
        let length = seal(&ROOT, &[1; 17], &[2; 32], &[9; 12], plain, &mut out).unwrap().len();
        (out, length)
    }

    #[test]
    fn opens_to_what_was_sealed_at_every_length() {
        for length in [0, 1, 63, 64, 500, limits::PLAIN] {
            let plain = &[0xa5; limits::PLAIN][..length];
            let (item, used) = sealed(plain);
            assert_eq!(used, length + limits::SEAL_OVERHEAD);
            let mut out = [0; limits::SEALED];
            assert_eq!(unseal(&ROOT, &[1; 17], &[2; 32], &item[..used], &mut out), Ok(plain));
        }
    }

    #[test]
    fn another_element_label_or_root_does_not_open_it() {
        let (item, used) = sealed(b"template");
        let mut out = [0; limits::SEALED];
        let refused = Err(NotSealedHere);
        assert_eq!(unseal(&Root([4; 32]), &[1; 17], &[2; 32], &item[..used], &mut out), refused);
        assert_eq!(unseal(&ROOT, &[0; 17], &[2; 32], &item[..used], &mut out), refused);
        assert_eq!(unseal(&ROOT, &[1; 17], &[0; 32], &item[..used], &mut out), refused);
    }

    #[test]
    fn any_changed_byte_and_any_other_length_is_refused() {
        let (item, used) = sealed(b"template");
        let mut out = [0; limits::SEALED];
        for index in 0..used {
            let mut changed = item;
            changed[index] ^= 1;
            assert!(unseal(&ROOT, &[1; 17], &[2; 32], &changed[..used], &mut out).is_err(), "byte {index}");
            assert!(unseal(&ROOT, &[1; 17], &[2; 32], &item[..index], &mut out).is_err(), "length {index}");
        }
    }
}
