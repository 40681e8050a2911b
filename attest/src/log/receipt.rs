//! COSE receipts (RFC 9942) of the same tree, for tools of that world: RFC9162_SHA256, one inclusion proof.
//!
//! ```text
//! 18([ << {1: -8, 395: 1} >>, {396: {-1: [ << [size, index, [hash, …]] >> ]}}, null, signature ])
//! ```
//!
//! What is signed is the protected header and the root, which is left out and computed again from record and proof. So
//! one signature a head is enough: whoever has the tree completes it into a receipt for any record. The size is not
//! signed: it says how the proof is read.

use std::convert::Infallible;

use ed25519_dalek::{Signer as _, SigningKey};
use minicbor::data::Tag;
use minicbor::{Decoder, Encoder};

use super::tree::{leaf_hash, root_of};
use super::vkey::{KeyKind, VerifierKey};
use crate::id::Digest;
use crate::limits;

/// `{1: -8, 395: 1}`: EdDSA, RFC9162_SHA256.
const PROTECTED: [u8; 7] = [0xa2, 0x01, 0x27, 0x19, 0x01, 0x8b, 0x01];
/// Tag 18, an array of four, the protected header, an empty unprotected one, no payload, a string of 64 bytes.
const HEAD: [u8; 14] = [0xd2, 0x84, 0x47, 0xa2, 0x01, 0x27, 0x19, 0x01, 0x8b, 0x01, 0xa0, 0xf6, 0x58, 0x40];
/// Label of the proofs, and of inclusion proofs among them.
const PROOFS: i64 = 396;
const INCLUSION: i64 = -1;
/// Bytes of the longest receipt.
pub const RECEIPT: usize = 4 * 1024;

/// A receipt for one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Records of the tree.
    pub size: u64,
    /// Index of the record.
    pub index: u64,
    /// From the leaf's sibling up.
    pub hashes: Vec<Digest>,
    /// The log's signature of the root.
    pub signature: [u8; 64],
}

/// Why bytes are no receipt of this form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the bytes are no receipt (RFC 9942, RFC9162_SHA256, EdDSA): {0}")]
pub struct ReceiptError(&'static str);

impl From<minicbor::decode::Error> for ReceiptError {
    fn from(_: minicbor::decode::Error) -> Self {
        Self("they are not of its form")
    }
}

/// `["Signature1", protected, h'', root]` (RFC 9052 § 4.4).
fn to_be_signed(root: &Digest) -> Vec<u8> {
    let mut bytes = vec![0x84, 0x6a];
    bytes.extend(b"Signature1");
    bytes.push(0x40 | PROTECTED.len() as u8);
    bytes.extend(PROTECTED);
    bytes.extend([0x40, 0x58, 0x20]);
    bytes.extend(root.0);
    bytes
}

/// Signs a root: the COSE_Sign1 of a head, which holds no proof yet.
pub fn sign_root(root: &Digest, key: &SigningKey) -> Vec<u8> {
    [&HEAD[..], &key.sign(&to_be_signed(root)).to_bytes()].concat()
}

impl Receipt {
    /// Completes a signed head into a receipt for one of its records.
    ///
    /// # Errors
    /// [`ReceiptError`] for bytes that are no signed head.
    pub fn complete(head: &[u8], size: u64, index: u64, hashes: Vec<Digest>) -> Result<Self, ReceiptError> {
        let signature = head.strip_prefix(&HEAD[..]).and_then(|signature| signature.try_into().ok());
        let signature = signature.ok_or(ReceiptError("they are no signed head"))?;
        Ok(Self { size, index, hashes, signature })
    }

    /// The receipt's bytes, in their one form.
    pub fn to_bytes(&self) -> Vec<u8> {
        // Writing into memory cannot fail.
        self.write().unwrap_or_default()
    }

    fn write(&self) -> Result<Vec<u8>, minicbor::encode::Error<Infallible>> {
        let mut proof = Encoder::new(Vec::new());
        proof.array(3)?.u64(self.size)?.u64(self.index)?.array(self.hashes.len() as u64)?;
        for hash in &self.hashes {
            proof.bytes(&hash.0)?;
        }
        let mut whole = Encoder::new(Vec::new());
        whole.tag(Tag::new(18))?.array(4)?.bytes(&PROTECTED)?;
        whole.map(1)?.i64(PROOFS)?.map(1)?.i64(INCLUSION)?.array(1)?.bytes(proof.writer())?;
        whole.null()?.bytes(&self.signature)?;
        Ok(whole.into_writer())
    }

    /// Reads a receipt; believes it nothing.
    ///
    /// # Errors
    /// [`ReceiptError`], also for another algorithm, other proofs, several of them, and other forms of the same.
    pub fn decode(bytes: &[u8]) -> Result<Self, ReceiptError> {
        if bytes.len() > RECEIPT {
            return Err(ReceiptError("they are too many"));
        }
        let other = ReceiptError("they are not of its form");
        let mut d = Decoder::new(bytes);
        if d.tag()?.as_u64() != 18 || d.array()? != Some(4) || d.bytes()? != PROTECTED {
            return Err(other);
        }
        if d.map()? != Some(1) || d.i64()? != PROOFS || d.map()? != Some(1) || d.i64()? != INCLUSION {
            return Err(other);
        }
        if d.array()? != Some(1) {
            return Err(ReceiptError("one inclusion proof was expected"));
        }
        let mut proof = Decoder::new(d.bytes()?);
        d.null()?;
        let signature = d.bytes()?.try_into().map_err(|_| other)?;
        if proof.array()? != Some(3) {
            return Err(other);
        }
        let (size, index) = (proof.u64()?, proof.u64()?);
        let count = proof.array()?.filter(|count| *count <= limits::PROOF_HASHES as u64);
        let mut hashes = Vec::new();
        for _ in 0..count.ok_or(ReceiptError("it has too many hashes"))? {
            hashes.push(Digest(proof.bytes()?.try_into().map_err(|_| other)?));
        }
        let receipt = Self { size, index, hashes, signature };
        if receipt.to_bytes() == bytes { Ok(receipt) } else { Err(other) }
    }

    /// Whether the log with this key says that this record stands at the index.
    pub fn proves(&self, record: &[u8], log: &VerifierKey) -> bool {
        let root = root_of(&leaf_hash(record), self.index, self.size, &self.hashes);
        log.kind() == KeyKind::Note
            && root.is_some_and(|root| log.verifies(&to_be_signed(&root), &self.signature))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tree::MerkleTree;
    use super::*;
    use crate::id::PublicKey;

    fn log(seed: u8) -> (SigningKey, VerifierKey) {
        let key = SigningKey::from_bytes(&[seed; 32]);
        let name = VerifierKey::new("log.example/hub", KeyKind::Note, PublicKey::from(&key));
        (key, name.unwrap())
    }

    fn receipt(size: u64, index: u64) -> Receipt {
        let mut tree = MerkleTree::new();
        for number in 0..size {
            tree.push(leaf_hash(&number.to_be_bytes()));
        }
        let head = sign_root(&tree.root(), &log(5).0);
        Receipt::complete(&head, size, index, tree.inclusion(index, size).unwrap()).unwrap()
    }

    #[test]
    fn a_receipt_proves_its_record_under_its_log_alone() {
        let receipt = receipt(11, 6);
        assert!(receipt.proves(&6_u64.to_be_bytes(), &log(5).1));
        assert!(!receipt.proves(&7_u64.to_be_bytes(), &log(5).1));
        assert!(!receipt.proves(&6_u64.to_be_bytes(), &log(6).1));
        assert!(!Receipt { index: 7, ..receipt.clone() }.proves(&6_u64.to_be_bytes(), &log(5).1));
        assert!(!Receipt { size: 0, ..receipt }.proves(&6_u64.to_be_bytes(), &log(5).1));
    }

    #[test]
    fn its_bytes_are_those_of_the_rfc() {
        let bytes = receipt(2, 1).to_bytes();
        // Tag 18, array of four, {1: -8, 395: 1}, {396: {-1: [<<[2, 1, [hash]]>>]}}, null, 64 bytes.
        let start =
            [0xd2, 0x84, 0x47, 0xa2, 0x01, 0x27, 0x19, 0x01, 0x8b, 0x01, 0xa1, 0x19, 0x01, 0x8c, 0xa1, 0x20];
        assert_eq!(bytes[..16], start);
        assert_eq!(bytes[16..24], [0x81, 0x58, 38, 0x83, 2, 1, 0x81, 0x58]);
        assert_eq!(bytes[57..60], [0xf6, 0x58, 0x40]);
        assert_eq!(bytes.len(), 124);
    }

    #[test]
    fn what_is_no_receipt_is_refused() {
        let bytes = receipt(3, 1).to_bytes();
        for cut in 0..bytes.len() {
            assert!(Receipt::decode(&bytes[..cut]).is_err());
        }
        assert!(Receipt::decode(&[&bytes[..], &[0]].concat()).is_err());
        assert!(Receipt::decode(&vec![0xd2; RECEIPT + 1]).is_err());
        assert!(Receipt::complete(&bytes, 3, 1, vec![]).is_err());
    }

    proptest! {
        #[test]
        fn no_changed_byte_proves_anything_but_the_same(
            size in 1u64..40, pick in any::<u64>(), at in any::<usize>(), bit in 0..8,
        ) {
            let receipt = receipt(size, pick % size);
            let record = (pick % size).to_be_bytes();
            let mut bytes = receipt.to_bytes();
            prop_assert_eq!(Receipt::decode(&bytes), Ok(receipt.clone()));
            let at = at % bytes.len();
            bytes[at] ^= 1_u8 << bit;
            if let Ok(changed) = Receipt::decode(&bytes) && changed.proves(&record, &log(5).1) {
                // Another size that reads the same proof in the same way.
                prop_assert_eq!(Receipt { size, ..changed }, receipt);
            }
        }
    }
}
