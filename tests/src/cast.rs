//! The people of a story who are not before the kiosk: owner, requester, registrar, root and provisioner.
//!
//! Their keys are drawn anew for each story and live no longer than it; whatever the registrar and the provisioner sign
//! is labelled *development* or *simulated* where the object has a field for it.

use anyhow::Context;
use ed25519_dalek::SigningKey;
use serde::Deserialize;
use wetsign_attest::{
    Signed, binding,
    eat::Home,
    id::{Atto, Blob, ChannelKey, Digest, Id, PublicKey, Scalar},
    object::{
        Agent, AssetDescriptor, AssetKind, Attributes, CertificateChain, Content, DeviceCertificate,
        Modality, Payee, ProvisionerCertificate, Quorum, RulesRevision, UsageRequest,
    },
    rules::{
        SCHEMA_VERSION,
        content::{OBJECTIONABLE, POLITICAL, cached_scorer},
        example,
    },
};
use wetsign_liveness::Thresholds;
use wetsign_models::manifest::Manifest;

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
    /// Vouches for the provisioner.
    pub root: SigningKey,
    /// Vouches for secure elements.
    pub provisioner: SigningKey,
}

/// What a secure element says of itself, as `wetsignd element identity` prints it.
#[derive(Debug, Deserialize)]
pub struct ElementIdentity {
    /// Ed25519 public key.
    pub public_key: PublicKey,
    /// X25519 public key of its channel.
    pub channel_key: ChannelKey,
    /// Universal identifier.
    pub ueid: Blob,
    /// Hardware model.
    pub hwmodel: String,
    /// What it runs on.
    pub home: Home,
    /// SHA-256 of the firmware.
    pub firmware_digest: Digest,
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
        Ok(Self { owner: key()?, requester: key()?, registrar: key()?, root: key()?, provisioner: key()? })
    }

    /// The provisioner's word for a secure element and the root's for the provisioner, valid for thirty days.
    pub fn certify(&self, element: &ElementIdentity) -> anyhow::Result<CertificateChain> {
        let (not_before, not_after) = (now() - 60, now() + 30 * DAY);
        let device = DeviceCertificate {
            device_key: element.public_key,
            channel_key: element.channel_key,
            ueid: element.ueid.clone(),
            hwmodel: element.hwmodel.clone(),
            home: element.home,
            not_before,
            not_after,
            provisioner: PublicKey::from(&self.provisioner),
            settlement: None,
        };
        let provisioner = ProvisionerCertificate {
            provisioner: PublicKey::from(&self.provisioner),
            name: "the story's provisioner".into(),
            hwmodels: vec![element.hwmodel.clone()],
            not_before,
            not_after,
            root: PublicKey::from(&self.root),
        };
        let device = Signed::sign(device, &self.provisioner)?;
        Ok(CertificateChain::new(&device, &Signed::sign(provisioner, &self.root)?)?)
    }

    /// The owner's voice, of which there is nothing but a digest, under the example rules: educational narration in two
    /// languages, nothing political, nothing objectionable, `quorum` distinct enrolments, embeddings of the manifest's
    /// models only.
    pub fn asset(&self, quorum: u32) -> anyhow::Result<GovernedAsset> {
        self.asset_with(quorum, Vec::new())
    }

    /// The same, with people who may do some of the owner's part.
    pub fn asset_with(&self, quorum: u32, agents: Vec<Agent>) -> anyhow::Result<GovernedAsset> {
        self.governed(quorum, agents, Digest::of(b"the narrator's digital genome lies elsewhere"))
    }

    /// The same voice with this content.
    pub fn asset_of(&self, quorum: u32, content: Digest) -> anyhow::Result<GovernedAsset> {
        self.governed(quorum, Vec::new(), content)
    }

    fn governed(&self, quorum: u32, agents: Vec<Agent>, content: Digest) -> anyhow::Result<GovernedAsset> {
        let owner = PublicKey::from(&self.owner);
        let thresholds = Thresholds::from_manifest();
        let descriptor = AssetDescriptor {
            revision: 1,
            asset: None,
            previous: None,
            kind: AssetKind::Genome,
            title: "The voice of a narrator".into(),
            content,
            modalities: vec![Modality::Voice],
            owner,
            signed_by: owner,
            agents,
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
            quorum: Quorum {
                k: quorum,
                modalities: vec![Modality::Face, Modality::Voice],
                max_age_s: 3600,
                min_kiosks: None,
                min_operators: None,
                spoken_consent: false,
            },
            tau_face: thresholds.tau_face(),
            tau_voice: thresholds.tau_voice(),
            model_ids: vec![model_id()?],
        };
        let rules = Signed::sign(rules, &self.owner)?;
        Ok(GovernedAsset { id: descriptor.id(), descriptor, rules })
    }

    /// A signed request to let the asset speak, good for an hour; no runner is named.
    pub fn request(&self, asset: Id, wish: &Wish<'_>) -> anyhow::Result<Signed<UsageRequest>> {
        self.request_to(asset, wish, None)
    }

    /// The same, opened to a runner's key.
    pub fn request_to(
        &self,
        asset: Id,
        wish: &Wish<'_>,
        opens_to: Option<ChannelKey>,
    ) -> anyhow::Result<Signed<UsageRequest>> {
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
            opens_to,
            transfer: None,
            escrow: None,
        };
        Ok(Signed::sign(request, &self.requester)?)
    }
}

/// UTC seconds.
///
/// # Panics
/// On a machine whose clock is before 1970.
pub fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.expect("this machine's clock is before 1970: set it").as_secs()
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
