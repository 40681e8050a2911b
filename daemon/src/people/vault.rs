//! What is sealed to the secure element for each enrolled person, and how it is laid out.
//!
//! Two parts, sealed apart, since the search for duplicates looks at everybody's template and at nobody's key:
//!
//! | part | after its version byte | bytes |
//! |---|---|---|
//! | [`Credential`] | validator key seed, circuit secret, template blinding (32 bytes each) | 97 |
//! | [`Template`] | rotation seed (32 bytes), quantised template, face first | 481 |
//!
//! Both stay in the pages in which they were unsealed, and are used there: what moves is a pointer. Version 1 sealed
//! both together ([`apart`]).

use ed25519_dalek::SigningKey;
use wetsign_attest::{
    Object, Signed, binding,
    id::{PublicKey, sha256},
};
use wetsign_circuits::{Features, Fr, Path, PrivateInputs, Shape, commitment, field};
use wetsign_models::template::{Rotation, quantise};
use wetsign_wire::binding as wire;
use zeroize::Zeroizing;

use crate::secret::{Secret, SecretError, fill_at_random, wiped};

const VERSION: u8 = 2;
const SEED: usize = 32;
const COORDINATES: usize = Shape::DEFAULT.face + Shape::DEFAULT.voice;
const CREDENTIAL: usize = 1 + 3 * SEED;
const TEMPLATE: usize = 1 + SEED + COORDINATES;

/// Version 3 of a credential: the signing key is on the person's own device.
const DEVICE_VERSION: u8 = 3;
/// Version 1: its byte, validator key seed, circuit secret, template blinding, rotation seed, template.
const TOGETHER_VERSION: u8 = 1;
const TOGETHER: usize = 1 + 4 * SEED + COORDINATES;

/// What is sealed as one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// [`Credential`].
    Credential,
    /// [`Template`].
    Template,
    /// Both, as version 1 had them.
    Together,
}

impl Part {
    /// The label under which it is sealed, by which the element knows whose it is.
    pub fn label(self, validator: &PublicKey) -> [u8; 32] {
        let item = match self {
            Self::Credential => wire::CREDENTIAL,
            Self::Template => wire::TEMPLATE,
            Self::Together => wire::TOGETHER,
        };
        sha256(&wire::label_parts(item, &validator.handle()))
    }
}

/// Why sealed bytes are no use.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// They are not laid out as this version does.
    #[error(
        "the sealed {what} has {found} bytes in a form that this version does not know, {expected} were expected"
    )]
    Form {
        /// Which part.
        what: &'static str,
        /// Bytes found.
        found: usize,
        /// Bytes expected.
        expected: usize,
    },
    /// There is no safe place for them.
    #[error(transparent)]
    Secret(#[from] SecretError),
}

/// Refuses bytes of another version or length.
fn laid_out(bytes: &[u8], what: &'static str, version: u8, expected: usize) -> Result<(), VaultError> {
    if bytes.len() == expected && bytes.first() == Some(&version) {
        Ok(())
    } else {
        Err(VaultError::Form { what, found: bytes.len(), expected })
    }
}

fn part(bytes: &[u8], n: usize) -> &[u8; SEED] {
    bytes[1 + n * SEED..].first_chunk().expect("its length was checked when it was read")
}

/// A uniform field element, as canonical bytes where they stay. Computed on a stack that is wiped.
fn fill_with_element(place: &mut [u8]) -> Result<(), SecretError> {
    wiped(|| {
        let element = field::random().map(Zeroizing::new);
        let element = element.map_err(|error| SecretError::Random { reason: error.to_string() })?;
        place.copy_from_slice(&*Zeroizing::new(field::to_bytes(&element)));
        Ok(())
    })
}

/// What a validator proves with, and signs with where the key lives here.
///
/// Two layouts: version 2 has key seed, circuit secret and template blinding; version 3, for a key on the person's own
/// device, has circuit secret, template blinding and the device's public key.
pub struct Credential {
    bytes: Secret,
    public: PublicKey,
}

impl Credential {
    /// Drawn from the operating system's random source.
    ///
    /// # Errors
    /// [`VaultError::Secret`].
    pub fn fresh() -> Result<Self, VaultError> {
        let bytes = Secret::made(CREDENTIAL, |place| {
            place[0] = VERSION;
            fill_at_random(&mut place[1..=SEED])?;
            place[1 + SEED..].chunks_exact_mut(SEED).try_for_each(fill_with_element)
        });
        Self::read(bytes?)
    }

    /// For a key that lives on the person's own device; secret and blinding are drawn.
    ///
    /// # Errors
    /// [`VaultError::Secret`].
    pub fn for_device(key: &PublicKey) -> Result<Self, VaultError> {
        let key = key.as_bytes();
        let bytes = Secret::made(1 + 2 * SEED + key.len(), |place| {
            place[0] = DEVICE_VERSION;
            place[1 + 2 * SEED..].copy_from_slice(key);
            place[1..=2 * SEED].chunks_exact_mut(SEED).try_for_each(fill_with_element)
        });
        Self::read(bytes?)
    }

    /// Takes unsealed bytes.
    ///
    /// # Errors
    /// [`VaultError`] for another version or length, or values that are no field elements.
    pub fn read(bytes: Secret) -> Result<Self, VaultError> {
        let form = VaultError::Form { what: "credential", found: bytes.len(), expected: CREDENTIAL };
        let device = bytes.first() == Some(&DEVICE_VERSION) && bytes.len() > 1 + 2 * SEED;
        if !device {
            laid_out(&bytes, "credential", VERSION, CREDENTIAL)?;
        }
        let first = usize::from(!device);
        let public = wiped(|| {
            let elements = [first, first + 1].map(|n| field::from_bytes(part(&bytes, n)).map(Zeroizing::new));
            if elements.iter().any(Result::is_err) {
                return None;
            }
            if device {
                return PublicKey::try_from(&bytes[1 + 2 * SEED..]).ok();
            }
            Some(PublicKey::from(&SigningKey::from_bytes(part(&bytes, 0))))
        });
        Ok(Self { bytes, public: public.ok_or(form)? })
    }

    /// Whether the person's own device signs, and not this kiosk.
    pub fn is_on_device(&self) -> bool {
        self.bytes[0] == DEVICE_VERSION
    }

    /// Bytes to be sealed.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The validator's public key.
    pub fn public(&self) -> PublicKey {
        self.public
    }

    /// Signs as the validator.
    ///
    /// # Errors
    /// [`wetsign_attest::Error`] if the object is over a limit, or is not this validator's to sign, or the key is on
    /// the validator's own device.
    pub fn sign<T: Object>(&self, payload: T) -> Result<Signed<T>, wetsign_attest::Error> {
        if self.is_on_device() {
            let (kind, key) = ("kiosk-held", self.public.to_string());
            return Err(wetsign_attest::Error::Key { what: T::TYPE, kind, key });
        }
        wiped(|| Signed::sign(payload, &SigningKey::from_bytes(part(&self.bytes, 0))))
    }

    /// What shows a second answer to the same request.
    pub fn nullifier(&self, request_id: &Fr) -> Fr {
        wiped(|| commitment::nullifier(&self.secret(), request_id))
    }

    /// What the registry holds of this person.
    pub fn leaf(&self, template: &Template, model_id: &Fr) -> Fr {
        wiped(|| {
            let template = commitment::template(model_id, &template.features(), &self.template_blinding());
            commitment::leaf(&self.secret(), &template, &binding::validator_key(&self.public))
        })
    }

    /// Everything that a proof is made of. It is moved: only to be called inside [`wiped`].
    pub fn private_inputs(
        &self,
        template: &Template,
        blinding: &Blinding,
        probe: &Features,
        path: Path,
    ) -> PrivateInputs {
        PrivateInputs {
            secret: *self.secret(),
            template_blinding: *self.template_blinding(),
            probe_blinding: *blinding.element(),
            template: template.features(),
            probe: probe.clone(),
            path,
        }
    }

    fn secret(&self) -> Zeroizing<Fr> {
        element(part(&self.bytes, usize::from(!self.is_on_device())))
    }

    fn template_blinding(&self) -> Zeroizing<Fr> {
        element(part(&self.bytes, 1 + usize::from(!self.is_on_device())))
    }
}

fn element(bytes: &[u8; SEED]) -> Zeroizing<Fr> {
    Zeroizing::new(field::from_bytes(bytes).expect("it was checked when it was read"))
}

/// Blinding of a probe commitment: drawn for one capture, gone with it.
pub struct Blinding(Secret);

impl Blinding {
    /// Drawn from the operating system's random source.
    ///
    /// # Errors
    /// [`SecretError`].
    pub fn fresh() -> Result<Self, SecretError> {
        Secret::made(SEED, fill_with_element).map(Self)
    }

    /// Commitment to a probe.
    pub fn commit(&self, model_id: &Fr, probe: &Features) -> Fr {
        wiped(|| commitment::probe(model_id, probe, &self.element()))
    }

    fn element(&self) -> Zeroizing<Fr> {
        element(self.0.first_chunk().expect("it was made of as many bytes"))
    }
}

/// A person's enrolled face and voice, and how captures are turned to compare with it.
pub struct Template {
    bytes: Secret,
}

impl Template {
    /// With a rotation of its own, drawn from the operating system's random source, and still blank.
    ///
    /// # Errors
    /// [`VaultError::Secret`].
    pub fn fresh() -> Result<Self, VaultError> {
        let bytes = Secret::made(TEMPLATE, |place| {
            place[0] = VERSION;
            fill_at_random(&mut place[1..=SEED])
        });
        Ok(Self { bytes: bytes? })
    }

    /// Takes unsealed bytes.
    ///
    /// # Errors
    /// [`VaultError`] for another version or length.
    pub fn read(bytes: Secret) -> Result<Self, VaultError> {
        laid_out(&bytes, "template", VERSION, TEMPLATE)?;
        Ok(Self { bytes })
    }

    /// Bytes to be sealed.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Enrols what was captured; false for embeddings of another size (a missing one is empty).
    pub fn enrol(&mut self, embedding: &Embedding) -> bool {
        let Some(features) = self.probe(embedding) else { return false };
        let coordinates = features.face.iter().chain(&features.voice);
        for (place, coordinate) in self.bytes.bytes_mut()[1 + SEED..].iter_mut().zip(coordinates) {
            *place = *coordinate as u8;
        }
        true
    }

    /// An embedding as this person's template sees it: turned by the person's rotation, quantised. None for
    /// embeddings of another size.
    pub fn probe(&self, embedding: &Embedding) -> Option<Features> {
        wiped(|| embedding.features(part(&self.bytes, 0)))
    }

    /// A copy for computing with; wiped when dropped.
    pub fn features(&self) -> Features {
        let (face, voice) = self.bytes[1 + SEED..].split_at(Shape::DEFAULT.face);
        let coordinates = |bytes: &[u8]| bytes.iter().map(|c| *c as i8).collect();
        Features { face: coordinates(face), voice: coordinates(voice) }
    }
}

/// Takes the two parts out of what version 1 sealed together.
///
/// # Errors
/// [`VaultError`].
pub fn apart(together: &[u8]) -> Result<(Credential, Template), VaultError> {
    laid_out(together, "enrolment", TOGETHER_VERSION, TOGETHER)?;
    let (credential, template) = together[1..].split_at(3 * SEED);
    let versioned = |part: &[u8]| {
        Secret::made::<SecretError>(1 + part.len(), |place| {
            place[0] = VERSION;
            place[1..].copy_from_slice(part);
            Ok(())
        })
    };
    Ok((Credential::read(versioned(credential)?)?, Template::read(versioned(template)?)?))
}

/// Face and voice embedding as the networks gave them, unrotated. Wiped when dropped.
pub struct Embedding {
    /// 192 values; empty if there was no usable face.
    pub face: Zeroizing<Vec<f32>>,
    /// 256 values; empty if nothing was spoken.
    pub voice: Zeroizing<Vec<f32>>,
}

impl Embedding {
    /// Halfway between two of one person; empty where they are of different sizes.
    pub fn mean(&self, other: &Self) -> Self {
        let half = |a: &[f32], b: &[f32]| -> Zeroizing<Vec<f32>> {
            let pairs = a.iter().zip(b).filter(|_| a.len() == b.len());
            Zeroizing::new(pairs.map(|(a, b)| f32::midpoint(*a, *b)).collect())
        };
        Self { face: half(&self.face, &other.face), voice: half(&self.voice, &other.voice) }
    }

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

    /// As version 1 laid it out.
    fn together() -> Vec<u8> {
        let mut bytes = vec![1];
        for part in [1, 2, 3, 4] {
            bytes.extend([part; 32]);
        }
        bytes.extend([251; 192]);
        bytes.extend([6; 256]);
        bytes
    }

    fn embedding() -> Embedding {
        Embedding {
            face: Zeroizing::new((0..192).map(|n| (n as f32).sin()).collect()),
            voice: Zeroizing::new((0..256).map(|n| (n as f32).cos()).collect()),
        }
    }

    #[test]
    fn what_was_sealed_together_comes_apart_and_loses_nothing() {
        let (credential, template) = apart(&together()).unwrap();
        assert_eq!(credential.public(), PublicKey::from(&SigningKey::from_bytes(&[1; 32])));
        assert_eq!((part(&credential.bytes, 1), part(&credential.bytes, 2)), (&[2; 32], &[3; 32]));
        let features = template.features();
        assert_eq!((features.face.clone(), features.voice.clone()), (vec![-5; 192], vec![6; 256]));
        let probe = template.probe(&embedding()).unwrap();
        assert_eq!(probe.face, embedding().features(&[4; 32]).unwrap().face);
    }

    #[test]
    fn a_template_of_two_captures_lies_between_them_and_needs_both() {
        let (one, mut other) = (embedding(), embedding());
        other.voice.rotate_left(1);
        let mean = one.mean(&other);
        assert_eq!(mean.face, one.face);
        assert!((mean.voice[7] - f32::midpoint(one.voice[7], one.voice[8])).abs() < 1e-6);
        let lacking = Embedding { face: Zeroizing::default(), voice: one.voice.clone() };
        let mut template = Template::fresh().unwrap();
        assert!(template.enrol(&mean) && !template.enrol(&one.mean(&lacking)));
    }

    #[test]
    fn a_credential_for_a_phone_holds_no_key_and_signs_nothing() {
        let passkey =
            wetsign_attest::passkey::software::SoftwarePasskey::new(&[7; 32], "a.example", "").unwrap();
        let credential = Credential::for_device(&passkey.public()).unwrap();
        assert!(credential.is_on_device() && credential.public() == passkey.public());
        let again = Credential::read(Secret::of(credential.as_bytes()).unwrap()).unwrap();
        let request = field::field31(b"a request");
        assert_eq!(again.public(), credential.public());
        assert_eq!(again.nullifier(&request), credential.nullifier(&request));
        let (_, template) = apart(&together()).unwrap();
        assert_eq!(again.leaf(&template, &request), credential.leaf(&template, &request));
        let decline = wetsign_attest::object::Decline {
            request: wetsign_attest::id::Id([1; 32]),
            verdict: wetsign_attest::id::Id([2; 32]),
            validator: passkey.public(),
            reason: "no".into(),
            time: 1,
        };
        assert!(matches!(credential.sign(decline), Err(wetsign_attest::Error::Key { .. })));
        // Cut short, or with a key that is none, it is refused.
        let bytes = credential.as_bytes();
        assert!(Credential::read(Secret::of(&bytes[..65]).unwrap()).is_err());
        let mut other = bytes.to_vec();
        other[65] = 9;
        assert!(Credential::read(Secret::of(&other).unwrap()).is_err());
    }

    #[test]
    fn both_parts_survive_sealing() {
        let (credential, template) = apart(&together()).unwrap();
        let again = Credential::read(Secret::of(credential.as_bytes()).unwrap()).unwrap();
        assert_eq!((again.public(), again.as_bytes()), (credential.public(), credential.as_bytes()));
        let again = Template::read(Secret::of(template.as_bytes()).unwrap()).unwrap();
        assert_eq!(again.as_bytes(), template.as_bytes());
    }

    #[test]
    fn another_version_length_or_part_is_refused() {
        let (credential, template) = apart(&together()).unwrap();
        let read = |bytes: &[u8]| Credential::read(Secret::of(bytes).unwrap());
        assert!(read(&credential.as_bytes()[1..]).is_err() && read(template.as_bytes()).is_err());
        let mut changed = credential.as_bytes().to_vec();
        changed[0] = 1;
        assert!(read(&changed).is_err());
        changed[0] = VERSION;
        changed[33..65].fill(0xff);
        assert!(read(&changed).err().unwrap().to_string().contains("97 bytes"), "no field element");
        assert!(Template::read(Secret::of(credential.as_bytes()).unwrap()).is_err());
        assert!(apart(&together()[1..]).is_err() && apart(credential.as_bytes()).is_err());
    }

    #[test]
    fn an_enrolled_template_matches_itself_and_no_other_rotation_does() {
        let (mut one, two) = (Template::fresh().unwrap(), Template::fresh().unwrap());
        assert!(one.enrol(&embedding()));
        assert_eq!(one.features().face, one.probe(&embedding()).unwrap().face);
        assert_eq!(one.features().voice, one.probe(&embedding()).unwrap().voice);
        assert_ne!(one.features().face, two.probe(&embedding()).unwrap().face);
    }

    #[test]
    fn a_missing_embedding_gives_no_probe_and_enrols_nobody() {
        let missing = Embedding { face: Zeroizing::new(Vec::new()), voice: Zeroizing::new(vec![1.0; 256]) };
        let mut template = Template::fresh().unwrap();
        assert!(template.probe(&missing).is_none() && !template.enrol(&missing));
    }

    #[test]
    fn a_credential_signs_and_commits_as_its_parts_say() {
        let (credential, template) = apart(&together()).unwrap();
        let element = |n: u8| field::from_bytes(&[n; 32]).unwrap();
        let model = field::field31(b"models");
        assert_eq!(credential.nullifier(&model), commitment::nullifier(&element(2), &model));
        let committed = commitment::template(&model, &template.features(), &element(3));
        let key = binding::validator_key(&credential.public());
        assert_eq!(credential.leaf(&template, &model), commitment::leaf(&element(2), &committed, &key));
        let fresh = Credential::fresh().unwrap();
        assert_ne!(fresh.public(), Credential::fresh().unwrap().public());
    }
}
