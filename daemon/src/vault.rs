//! What is sealed to the secure element for each enrolled person, and how it is laid out.
//!
//! Version byte, then validator key seed, circuit secret, template blinding, rotation seed (32 bytes each), then the
//! quantised template, face first. Everything here is wiped when dropped and has no `Debug`.

use ed25519_dalek::SigningKey;
use wetsign_attest::id::{PublicKey, sha256};
use wetsign_circuits::{Features, Fr, Shape, field};
use wetsign_models::template::{Rotation, quantise};
use zeroize::{Zeroize, Zeroizing};

const VERSION: u8 = 1;
const PART: usize = 32;
const LENGTH: usize = 1 + 4 * PART + Shape::DEFAULT.face + Shape::DEFAULT.voice;

/// A validator's secrets, while a session is open.
pub struct Secrets {
    /// The validator's signing key.
    pub key: SigningKey,
    /// Secret behind identity and nullifiers.
    pub secret: Fr,
    /// Blinding of the template commitment.
    pub blinding: Fr,
    /// Seed of the template's rotation.
    pub rotation: Zeroizing<[u8; 32]>,
    /// The template.
    pub template: Features,
}

impl Drop for Secrets {
    fn drop(&mut self) {
        // The key, the rotation and the template wipe themselves.
        self.secret.zeroize();
        self.blinding.zeroize();
    }
}

/// Sealed bytes that are not laid out as this version does.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the sealed enrolment has {found} bytes in a form that this version does not know, {LENGTH} were expected"
)]
pub struct VaultError {
    /// Bytes found.
    pub found: usize,
}

/// The label under which a validator's secrets are sealed.
pub fn label(validator: &PublicKey) -> [u8; 32] {
    sha256(&[b"wetsign/enrolment-seal/1", &validator.0])
}

impl Secrets {
    /// Bytes to be sealed.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(LENGTH));
        bytes.push(VERSION);
        bytes.extend_from_slice(self.key.as_bytes());
        for element in [&self.secret, &self.blinding] {
            bytes.extend_from_slice(&*Zeroizing::new(field::to_bytes(element)));
        }
        bytes.extend_from_slice(&*self.rotation);
        bytes.extend(self.template.face.iter().chain(&self.template.voice).map(|c| *c as u8));
        bytes
    }

    /// Reads unsealed bytes.
    ///
    /// # Errors
    /// [`VaultError`] for another version or length, or values that are no field elements.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, VaultError> {
        let refuse = || VaultError { found: bytes.len() };
        if bytes.len() != LENGTH || bytes[0] != VERSION {
            return Err(refuse());
        }
        let part = |n: usize| {
            let mut part = Zeroizing::new([0; PART]);
            part.copy_from_slice(&bytes[(1 + n * PART)..=((n + 1) * PART)]);
            part
        };
        let features = &bytes[1 + 4 * PART..];
        let (face, voice) = features.split_at(Shape::DEFAULT.face);
        let coordinates = |bytes: &[u8]| bytes.iter().map(|c| *c as i8).collect();
        Ok(Self {
            key: SigningKey::from_bytes(&part(0)),
            secret: field::from_bytes(&part(1)).map_err(|_| refuse())?,
            blinding: field::from_bytes(&part(2)).map_err(|_| refuse())?,
            rotation: part(3),
            template: Features { face: coordinates(face), voice: coordinates(voice) },
        })
    }

    /// An embedding as this person's template sees it: turned by the person's rotation, quantised. None for
    /// embeddings of another size (a missing one is empty).
    pub fn probe(&self, embedding: &Embedding) -> Option<Features> {
        embedding.features(&self.rotation)
    }
}

/// Face and voice embedding as the networks gave them, unrotated. Wiped when dropped.
pub struct Embedding {
    /// 192 values; empty if there was no usable face.
    pub face: Zeroizing<Vec<f32>>,
    /// 256 values; empty if nothing was spoken.
    pub voice: Zeroizing<Vec<f32>>,
}

impl Embedding {
    /// Turned by the rotation of this seed and quantised; none for embeddings of another size.
    pub fn features(&self, seed: &[u8; 32]) -> Option<Features> {
        if self.face.len() != Shape::DEFAULT.face || self.voice.len() != Shape::DEFAULT.voice {
            return None;
        }
        let turn = |vector: &[f32]| {
            let turned = Zeroizing::new(Rotation::from_seed(seed, vector.len()).apply(vector));
            quantise(&turned)
        };
        Some(Features { face: turn(&self.face), voice: turn(&self.voice) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets() -> Secrets {
        Secrets {
            key: SigningKey::from_bytes(&[1; 32]),
            secret: Fr::from(2u64),
            blinding: Fr::from(3u64),
            rotation: Zeroizing::new([4; 32]),
            template: Features { face: vec![-5; 192], voice: vec![6; 256] },
        }
    }

    #[test]
    fn secrets_survive_sealing_layout() {
        let bytes = secrets().to_bytes();
        let again = Secrets::from_bytes(&bytes).unwrap();
        assert_eq!(*again.to_bytes(), *bytes);
        assert_eq!(again.template.face, vec![-5; 192]);
    }

    #[test]
    fn another_version_or_length_is_refused() {
        let mut bytes = secrets().to_bytes();
        assert!(Secrets::from_bytes(&bytes[1..]).is_err());
        bytes[0] = 2;
        assert!(Secrets::from_bytes(&bytes).is_err());
    }

    #[test]
    fn the_same_embedding_under_the_same_rotation_matches_itself() {
        let secrets = secrets();
        let embedding = Embedding {
            face: Zeroizing::new((0..192).map(|n| (n as f32).sin()).collect()),
            voice: Zeroizing::new((0..256).map(|n| (n as f32).cos()).collect()),
        };
        let probe = secrets.probe(&embedding).unwrap();
        let other = embedding.features(&[9; 32]).unwrap();
        assert_eq!(probe.face, embedding.features(&[4; 32]).unwrap().face);
        assert_ne!(probe.face, other.face);
    }

    #[test]
    fn a_missing_embedding_gives_no_probe() {
        let embedding = Embedding { face: Zeroizing::new(Vec::new()), voice: Zeroizing::new(vec![1.0; 256]) };
        assert!(secrets().probe(&embedding).is_none());
    }
}
