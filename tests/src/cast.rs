//! The people of a story who are not before the kiosk: owner, requester, registrar, provisioner.
//!
//! Their keys are drawn anew for each story and live no longer than it; whatever the registrar and the provisioner sign
//! is labelled *development* or *simulated* where the object has a field for it.

use anyhow::{Context, bail, ensure};
use ed25519_dalek::SigningKey;
use serde::Deserialize;
use wetsign_api::v1;
use wetsign_attest::{
    Signed, binding,
    cose::Endorsed,
    id::{Atto, Blob, Digest, Id, PublicKey, Scalar},
    object::{
        AssetDescriptor, AssetKind, Attributes, Content, DeviceCertificate, EnrolmentRecord, Modality,
        Object, Payee, Quorum, RegistryEpoch, RulesRevision, Stake, StakeSnapshot, UsageRequest,
    },
    rules::{
        SCHEMA_VERSION,
        content::{OBJECTIONABLE, POLITICAL, cached_scorer},
        example,
    },
};
use wetsign_circuits::{Registry, Shape, field};
use wetsign_models::{Thresholds, manifest::Manifest};

const DAY: u64 = 24 * 3600;
/// What each validator of a story has at stake: 1,000 units.
pub const STAKE: Atto = Atto(1_000_000_000_000_000_000_000);

/// Everybody whose signature a story needs and who is not enrolled at the kiosk.
pub struct Cast {
    /// Owns the asset.
    pub owner: SigningKey,
    /// Wants to use it.
    pub requester: SigningKey,
    /// Keeps the registry of validators.
    pub registrar: SigningKey,
    /// Vouches for secure elements.
    pub provisioner: SigningKey,
}

/// What a secure element says of itself, as `wetsign-element-host identity` prints it.
#[derive(Debug, Deserialize)]
pub struct ElementIdentity {
    /// Ed25519 public key, hexadecimal.
    pub public_key: String,
    /// Universal identifier, hexadecimal.
    pub ueid: String,
    /// Hardware model.
    pub hwmodel: String,
    /// SHA-256 of the firmware, hexadecimal.
    pub firmware_digest: String,
}

/// An asset under rules, as its owner registers it.
#[derive(Debug, Clone)]
pub struct GovernedAsset {
    /// Identifier of the asset.
    pub id: Id,
    /// The signed descriptor.
    pub descriptor: Signed<AssetDescriptor>,
    /// The signed rules.
    pub rules: Signed<RulesRevision>,
}

/// What a requester wants to have said, and for what.
#[derive(Debug, Clone)]
pub struct Wish<'a> {
    /// Purpose.
    pub purpose: &'a str,
    /// Languages (BCP 47), ascending.
    pub languages: &'a [&'a str],
    /// The words that the asset would speak.
    pub text: &'a str,
}

impl Cast {
    /// Draws everybody's key from the operating system.
    pub fn new() -> anyhow::Result<Self> {
        Ok(Self { owner: key()?, requester: key()?, registrar: key()?, provisioner: key()? })
    }

    /// The provisioner's word for a secure element, valid for thirty days.
    pub fn certify(&self, element: &ElementIdentity) -> anyhow::Result<Vec<u8>> {
        let now = now();
        let certificate = DeviceCertificate {
            device_key: element.public_key.parse()?,
            ueid: Blob(hex::decode(&element.ueid).context("reading the element's identifier")?),
            hwmodel: element.hwmodel.clone(),
            not_before: now - 60,
            not_after: now + 30 * DAY,
            simulated: true,
            provisioner: PublicKey::from(&self.provisioner),
        };
        Ok(Signed::sign(certificate, &self.provisioner)?.bytes().to_vec())
    }

    /// The next epoch of the registry: the leaves of these records, in this order, each with the same stake.
    ///
    /// Refuses a record whose signature, proof or report does not hold: a registrar is no rubber stamp.
    pub fn epoch(
        &self,
        records: &[Vec<u8>],
        previous: Option<&Endorsed<RegistryEpoch>>,
        from_index: u64,
        verifying_key: &wetsign_circuits::VerifyingKey,
    ) -> anyhow::Result<(Endorsed<RegistryEpoch>, v1::EpochInstall)> {
        let mut tree = Registry::new(Shape::DEFAULT.levels)?;
        let (mut leaves, mut stakes) = (Vec::new(), Vec::new());
        for (index, bytes) in (0..).zip(records) {
            let record = Signed::<EnrolmentRecord>::decode(bytes).context("reading an enrolment record")?;
            let record = record.payload();
            check_match(record, verifying_key)?;
            tree.set(index, field::from_bytes(record.leaf.as_bytes())?)?;
            leaves.push(v1::Leaf { index, leaf: record.leaf.as_bytes().to_vec() });
            stakes.push(Stake { validator: record.validator, amount: STAKE });
        }
        stakes.sort_by_key(|stake| stake.validator);
        let number = previous.map_or(1, |epoch| epoch.payload().number + 1);
        let snapshot = StakeSnapshot { epoch: number, stakes };
        let epoch = RegistryEpoch {
            number,
            root: Scalar(field::to_bytes(&tree.root())),
            size: leaves.len() as u64,
            previous: previous.map(Endorsed::id),
            revoked_leaves: Vec::new(),
            revoked_kiosks: Vec::new(),
            stakes: snapshot.id()?,
            from_index,
            time: now(),
            development: true,
        };
        let endorsed = Endorsed::sign(epoch, &[&self.registrar])?;
        let install =
            v1::EpochInstall { epoch: endorsed.bytes().to_vec(), leaves, stakes: snapshot.to_payload()? };
        Ok((endorsed, install))
    }

    /// The owner's voice under the example rules: educational narration in two languages, nothing political, nothing
    /// objectionable, `quorum` distinct enrolments, embeddings of the manifest's models only.
    pub fn asset(&self, quorum: u32) -> anyhow::Result<GovernedAsset> {
        let owner = PublicKey::from(&self.owner);
        let thresholds = Thresholds::from_manifest();
        let descriptor = AssetDescriptor {
            revision: 1,
            asset: None,
            previous: None,
            kind: AssetKind::Genome,
            title: "The voice of a narrator".into(),
            content: Digest::of(b"the narrator's digital genome lies elsewhere"),
            modalities: vec![Modality::Voice],
            owner,
            signed_by: owner,
            agents: Vec::new(),
            evm: None,
            payees: vec![Payee { account: "owner".into(), basis_points: 10_000 }],
        };
        let descriptor = Signed::sign(descriptor, &self.owner)?;
        let rules = RulesRevision {
            asset: descriptor.id(),
            number: 1,
            previous: None,
            signed_by: owner,
            schema_version: SCHEMA_VERSION,
            policies: example::voice_policies()?,
            thresholds: example::voice_thresholds(digest_of(OBJECTIONABLE)?, digest_of(POLITICAL)?),
            quorum: Quorum { k: quorum, modalities: vec![Modality::Face, Modality::Voice], max_age_s: 3600 },
            tau_face: thresholds.tau_face(),
            tau_voice: thresholds.tau_voice(),
            model_ids: vec![model_id()?],
        };
        let rules = Signed::sign(rules, &self.owner)?;
        Ok(GovernedAsset { id: descriptor.id(), descriptor, rules })
    }

    /// A signed request to let the asset speak, good for an hour.
    pub fn request(&self, asset: Id, wish: &Wish<'_>) -> anyhow::Result<Signed<UsageRequest>> {
        let created = now();
        let request = UsageRequest {
            assets: vec![asset],
            requester: PublicKey::from(&self.requester),
            app: "org.example.lessons".into(),
            attributes: Attributes {
                purpose: wish.purpose.into(),
                medium: Some("audio".into()),
                languages: Some(wish.languages.iter().map(ToString::to_string).collect()),
                territories: Some(vec!["worldwide".into()]),
                audience: Some("school".into()),
                commercial: Some(false),
                duration_days: Some(365),
                derived_work: Some(false),
            },
            content: Content::Text(wish.text.into()),
            fee: Atto(2_000_000_000_000_000_000),
            nonce: Blob(random::<16>()?.to_vec()),
            created,
            expires: created + 3600,
        };
        Ok(Signed::sign(request, &self.requester)?)
    }
}

/// UTC seconds.
pub fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn check_match(record: &EnrolmentRecord, key: &wetsign_circuits::VerifyingKey) -> anyhow::Result<()> {
    ensure!(
        record.proof.verifying_key.as_bytes() == &key.digest(),
        "the enrolment's proof was made under another key"
    );
    let inputs: Vec<u8> = record.proof.inputs.iter().flat_map(|input| *input.as_bytes()).collect();
    let inputs = wetsign_circuits::PublicInputs::from_bytes(&inputs)?;
    let proof = wetsign_circuits::Proof::from_bytes(&record.proof.proof.0)?;
    if let Err(error) = wetsign_circuits::verify(key, &inputs, &proof) {
        bail!("the enrolment's second capture is not proved to match its first: {error}");
    }
    Ok(())
}

fn model_id() -> anyhow::Result<Scalar> {
    let parts = Manifest::embedded().model_id_parts()?;
    let (face, voice, quantiser) =
        (Digest(parts.face_model), Digest(parts.voice_model), Digest(parts.quantiser));
    Ok(binding::scalar(&binding::model_id(&face, &voice, &quantiser)))
}

fn digest_of(label: &str) -> anyhow::Result<Digest> {
    let (scorer, missing) = cached_scorer();
    let found = scorer.digests().into_iter().find(|(name, _)| *name == label);
    found.map(|(_, digest)| Digest(digest)).with_context(|| {
        format!("nothing here scores {label:?}: {}", missing.unwrap_or_else(|| "no such list".to_owned()))
    })
}

fn key() -> anyhow::Result<SigningKey> {
    Ok(SigningKey::from_bytes(&random()?))
}

fn random<const N: usize>() -> anyhow::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).context("drawing random bytes from the operating system")?;
    Ok(bytes)
}
