//! What ties proof, attestation and request together. Kiosk and verifier both compute these; nobody sends them.

use minicbor::Encoder;
use wetsign_circuits::{Fr, field};

use crate::id::{Digest, Id, PublicKey, Scalar, sha256};
use crate::object::{EvmReference, HumanDecision};

/// First item of what [`signal`] hashes.
pub const SIGNAL_TYPE: &str = "wetsign/signal/2";

/// What a match proof is bound to beyond the request.
#[derive(Clone, Copy, Debug)]
pub struct Signal<'a> {
    /// Origin of the log that the co-signature is for: in another log it proves nothing.
    pub log: &'a str,
    /// The verdict that the person saw.
    pub verdict: Id,
    /// What the person decided.
    pub decision: HumanDecision,
    /// Universal identifier of the secure element.
    pub ueid: &'a [u8],
    /// The challenge that the element drew.
    pub challenge: Digest,
    /// The registry epoch.
    pub epoch: Id,
    /// Chains and contracts of the request's assets, in the request's order.
    pub chains: &'a [EvmReference],
}

/// `eat_nonce` of a session: SHA-256(request id ‖ verdict id ‖ the validator key's handle ‖ challenge).
pub fn nonce(request: &Id, verdict: &Id, validator: &PublicKey, challenge: &Digest) -> Digest {
    Digest(sha256(&[&request.0, &verdict.0, &validator.handle(), &challenge.0]))
}

/// First item of what [`spoken`] hashes.
const SPOKEN_TYPE: &str = "wetsign/spoken/1";

/// What was recognised behind the words of consent: SHA-256 of the array [type, challenge, [word…]], the words as
/// `wetsign_liveness::consent::recognised` gives them.
pub fn spoken(challenge: &Digest, words: &[String]) -> Digest {
    let bytes = written(|e| {
        e.array(3)?.str(SPOKEN_TYPE)?.bytes(&challenge.0)?.array(words.len() as u64)?;
        words.iter().try_for_each(|word| e.str(word).map(|_| ()))
    });
    Digest(sha256(&[&bytes]))
}

/// First bytes of what [`tamper_clear`] gives.
const TAMPER_CLEAR: &[u8] = b"wetsign/tamper-clear/1";

/// What a provisioner signs (Ed25519) to let a secure element forget that its case was opened:
/// `"wetsign/tamper-clear/1" ‖ ueid ‖ challenge`.
pub fn tamper_clear(ueid: &[u8; 17], challenge: &[u8; 32]) -> Vec<u8> {
    [TAMPER_CLEAR, ueid, challenge].concat()
}

/// Public input `signal`: field31 of the array
/// [type, log origin, verdict id, decision (1 = approve), ueid, challenge, epoch id, [[chain id, contract]…]].
pub fn signal(signal: &Signal<'_>) -> Fr {
    hash(|e| {
        e.array(8)?.str(SIGNAL_TYPE)?.str(signal.log)?.bytes(&signal.verdict.0)?;
        match signal.decision {
            HumanDecision::Approve => e.u8(1)?,
        };
        e.bytes(signal.ueid)?.bytes(&signal.challenge.0)?.bytes(&signal.epoch.0)?;
        e.array(signal.chains.len() as u64)?;
        for chain in signal.chains {
            e.array(2)?.u64(chain.chain_id)?.bytes(&chain.contract.0)?;
        }
        Ok(())
    })
}

/// Public input `validator_key`: field31 of the key as a CBOR byte string, of either kind.
pub fn validator_key(key: &PublicKey) -> Fr {
    hash(|e| e.bytes(key.as_bytes()).map(|_| ()))
}

/// Public input `model_id`: field31 of the array of the three digests.
pub fn model_id(face: &Digest, voice: &Digest, quantiser: &Digest) -> Fr {
    hash(|e| e.array(3)?.bytes(&face.0)?.bytes(&voice.0)?.bytes(&quantiser.0).map(|_| ()))
}

/// Public input `request_id`: the first 31 bytes of the request's id.
pub fn request_id(request: &Id) -> Fr {
    field::first31(&request.0)
}

/// A field element as it is written in objects.
pub fn scalar(element: &Fr) -> Scalar {
    Scalar(field::to_bytes(element))
}

fn hash(write: impl FnOnce(&mut Encoder<&mut Vec<u8>>) -> Result<(), WriteError>) -> Fr {
    field::field31(&written(write))
}

fn written(write: impl FnOnce(&mut Encoder<&mut Vec<u8>>) -> Result<(), WriteError>) -> Vec<u8> {
    let mut bytes = Vec::new();
    // A vector takes every write, and none of the values above refuses to be encoded.
    let written = write(&mut Encoder::new(&mut bytes));
    debug_assert!(written.is_ok());
    bytes
}

type WriteError = minicbor::encode::Error<std::convert::Infallible>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_validator_key_is_hashed_as_a_cbor_byte_string() {
        let mut bytes = vec![0x58, 0x20];
        bytes.extend([9; 32]);
        assert_eq!(validator_key(&PublicKey::Ed25519([9; 32])), field::field31(&bytes));
    }

    #[test]
    fn a_nonce_is_the_hash_of_the_four_parts_in_order() {
        let parts = nonce(&Id([1; 32]), &Id([2; 32]), &PublicKey::Ed25519([3; 32]), &Digest([4; 32]));
        let joined: Vec<u8> = [1u8, 2, 3, 4].iter().flat_map(|byte| [*byte; 32]).collect();
        assert_eq!(parts, Digest::of(&joined));
    }

    #[test]
    fn every_part_of_a_signal_changes_it() {
        let chain = EvmReference { chain_id: 1, contract: crate::evm::EvmAddress([5; 20]), token: None };
        let base = Signal {
            log: "log.example/hub",
            verdict: Id([1; 32]),
            decision: HumanDecision::Approve,
            ueid: b"0123456",
            challenge: Digest([2; 32]),
            epoch: Id([3; 32]),
            chains: &[],
        };
        let others = [
            Signal { log: "log.example/own", ..base },
            Signal { verdict: Id([9; 32]), ..base },
            Signal { ueid: b"0123457", ..base },
            Signal { challenge: Digest([9; 32]), ..base },
            Signal { epoch: Id([9; 32]), ..base },
            Signal { chains: &[chain], ..base },
        ];
        assert!(others.iter().all(|other| signal(other) != signal(&base)));
    }
}
