//! A log of real objects: requests, approvals, descriptors, as a kiosk signs and logs them.

use alloy::primitives::B256;
use ed25519_dalek::SigningKey;
use wetsign_attest::id::{Atto, Blob, Digest, Id, PublicKey};
use wetsign_attest::log::{Checkpoint, LogRecord, MerkleTree, tree::leaf_hash};
use wetsign_attest::object::{
    ApprovalBody, AssetDescriptor, AssetKind, Attributes, Content, Escrow, Modality, UsageRequest,
};
use wetsign_attest::{Object, Signed};

use wetsign_chain::contracts::Entry;
use wetsign_chain::statement::{id_word, word};

/// What each request offers, atto.
pub const FEE: u128 = 3_000_000_000_000_000_000;
/// Until when each can be approved.
pub const EXPIRES: u64 = 1_767_312_000;
/// A log's name.
pub const ORIGIN: &str = "log.example/hub";

/// A log in memory.
pub struct Book {
    tree: MerkleTree,
    records: Vec<Vec<u8>>,
    key: SigningKey,
}

/// A request and its approval.
#[derive(Clone, Copy, Debug)]
pub struct Approved {
    /// The request.
    pub request: B256,
    /// The approval.
    pub approval: B256,
    /// Index of the approval's record.
    pub index: u64,
}

impl Book {
    /// With so many other records before anything.
    pub fn with(records: u64) -> anyhow::Result<Self> {
        let mut book =
            Self { tree: MerkleTree::new(), records: Vec::new(), key: SigningKey::from_bytes(&[7; 32]) };
        book.fill(records)?;
        Ok(book)
    }

    /// Adds so many records of other objects.
    pub fn fill(&mut self, records: u64) -> anyhow::Result<()> {
        for _ in 0..records {
            let object = Id::of(&self.tree.size().to_be_bytes());
            self.append(LogRecord::of("wetsign/decline/1", object, &[], &Digest([3; 32]), b"bytes"))?;
        }
        Ok(())
    }

    /// A request of this number, with a text; its fee waits where it says, if it says so.
    pub fn ask(&self, number: u64, text: &str, escrow: Option<Escrow>) -> anyhow::Result<Signed<UsageRequest>> {
        let request = UsageRequest {
            assets: vec![Id([1; 32])],
            requester: PublicKey::from(&self.key),
            app: "reader".into(),
            attributes: Attributes { purpose: "educational-narration".into(), ..Attributes::default() },
            content: Content::Text(text.into()),
            fee: Atto(FEE),
            nonce: Blob(Digest::of(&number.to_be_bytes()).0[..16].to_vec()),
            created: 1_767_225_600,
            expires: EXPIRES,
            opens_to: None,
            transfer: None,
            escrow,
        };
        Ok(Signed::sign(request, &self.key)?)
    }

    /// Such a request, approved under `cosignatures` co-signatures.
    pub fn approve(&mut self, number: u64, text: &str, cosignatures: u8) -> anyhow::Result<Approved> {
        let request = self.ask(number, text, None)?;
        self.approved(&request, cosignatures)
    }

    /// A request's approval.
    pub fn approved(
        &mut self,
        request: &Signed<UsageRequest>,
        cosignatures: u8,
    ) -> anyhow::Result<Approved> {
        let verdict = Id::of(&[&request.id().0[..], b"verdict"].concat());
        let mut ids: Vec<_> =
            (0..cosignatures).map(|at| Id::of(&[&request.id().0[..], &[at]].concat())).collect();
        ids.sort_unstable();
        let body = ApprovalBody {
            request: request.id(),
            descriptors: vec![Id([1; 32])],
            rules: vec![Id([2; 32])],
            verdict,
            cosignatures: ids.clone(),
            epoch: Id([4; 32]),
            hub: PublicKey::from(&self.key),
            time: 1_767_225_700,
        };
        let body = Signed::sign(body, &self.key)?;
        ids.extend([request.id(), verdict]);
        let record = LogRecord::of(ApprovalBody::TYPE, body.id(), &ids, &Digest([9; 32]), body.bytes());
        let index = self.append(record)?;
        Ok(Approved { request: id_word(&request.id()), approval: id_word(&body.id()), index })
    }

    /// A descriptor's first revision: the asset's id, and the record's index.
    pub fn describe(&mut self, title: &str) -> anyhow::Result<(B256, u64)> {
        let owner = PublicKey::from(&self.key);
        let descriptor = AssetDescriptor {
            revision: 1,
            asset: None,
            previous: None,
            kind: AssetKind::Genome,
            title: title.into(),
            content: Digest([8; 32]),
            modalities: vec![Modality::Voice],
            owner,
            signed_by: owner,
            agents: vec![],
            evm: None,
            payees: vec![],
        };
        let descriptor = Signed::sign(descriptor, &self.key)?;
        let record =
            LogRecord::of(AssetDescriptor::TYPE, descriptor.id(), &[], &Digest([9; 32]), descriptor.bytes());
        Ok((id_word(&descriptor.id()), self.append(record)?))
    }

    /// The head, as it is now.
    pub fn head(&self) -> Checkpoint {
        Checkpoint { origin: ORIGIN.into(), size: self.tree.size(), root: self.tree.root() }
    }

    /// A record with its proof under the head.
    pub fn entry(&self, index: u64) -> Entry {
        let proof = self.tree.inclusion(index, self.tree.size()).unwrap_or_default();
        Entry {
            record: self.records[index as usize].clone().into(),
            index,
            inclusion: proof.iter().map(word).collect(),
        }
    }

    fn append(&mut self, record: LogRecord) -> anyhow::Result<u64> {
        let bytes = record.to_payload()?;
        let index = self.tree.push(leaf_hash(&bytes));
        self.records.push(bytes);
        Ok(index)
    }
}
