//! What a mark says: the assertion `org.wetsign.approval`.
//!
//! Ids and digests are hexadecimal text, and the approval is base64 text: C2PA readers turn lists of numbers into other
//! things. Nothing in it is believed for its own sake. What it says of the approval is held against the approval.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use wetsign_attest::bundle::ApprovalBundle;
use wetsign_attest::id::{Blob, Digest, Id};
use wetsign_attest::log::{Checkpoint, LogRecord, TlogProof};
use wetsign_attest::object::Content;
use wetsign_attest::policy::TrustedLog;
use wetsign_attest::verify::Approval;
use wetsign_attest::{Object, limits};

use crate::essence::{Essence, PARTS};

/// Label of the assertion.
pub const LABEL: &str = "org.wetsign.approval";
/// Version of its form.
pub const VERSION: u32 = 1;

/// What a mark says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// Version of this form: 1.
    pub version: u32,
    /// With which approval the file was made.
    pub named: Named,
    /// That approval's record in the log: a tlog-proof (C2SP), with the record in its `extra` line.
    pub proof: String,
    /// It was made to lie beside the file, not in it.
    pub beside: bool,
    /// The medium that was marked.
    pub medium: Essence,
    /// The approval itself with all that it names (`wetsign/bundle/1`), base64; absent where it travels apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bundle: Option<String>,
}

/// An approval as a mark names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// Id of its body.
    pub approval: Id,
    /// Id of the request.
    pub request: Id,
    /// Assets that may be used, as the request orders them.
    pub assets: Vec<Id>,
    /// SHA-256 of what was to be said or made: of the request's text in UTF-8, or the digest that it names.
    pub input: Digest,
    /// Origin of the log.
    pub log: String,
    /// Index of the approval's body in it.
    pub index: u64,
    /// UTC seconds after which the use is over.
    pub expires: u64,
}

/// Why bytes say nothing that could be checked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StatementError {
    /// It has not this form.
    #[error("{LABEL} has not its form: {0}")]
    Form(String),
    /// The approval has no record of its body.
    #[error("the approval has no record of its own in the log")]
    NotLogged,
}

impl Named {
    /// As the verified approval, with its bundle, under this log.
    ///
    /// # Errors
    /// [`StatementError::NotLogged`].
    pub fn of(
        approval: &Approval,
        bundle: &ApprovalBundle,
        log: &TrustedLog,
    ) -> Result<Self, StatementError> {
        let (index, _, _) = place(approval.id, bundle).ok_or(StatementError::NotLogged)?;
        Ok(Self {
            approval: approval.id,
            request: approval.request_id,
            assets: approval.request.assets.clone(),
            input: input(&approval.request.content),
            log: log.origin.clone(),
            index,
            expires: approval.until,
        })
    }

    /// The first field in which it differs from another, with both values.
    pub fn differs(&self, other: &Self) -> Option<String> {
        let list = |assets: &[Id]| assets.iter().map(Id::to_string).collect::<Vec<_>>().join(" ");
        let fields = [
            ("approval", self.approval.to_string(), other.approval.to_string()),
            ("request", self.request.to_string(), other.request.to_string()),
            ("assets", list(&self.assets), list(&other.assets)),
            ("input", self.input.to_string(), other.input.to_string()),
            ("log", self.log.clone(), other.log.clone()),
            ("index", self.index.to_string(), other.index.to_string()),
            ("expires", self.expires.to_string(), other.expires.to_string()),
        ];
        let found = fields.into_iter().find(|(_, one, other)| one != other);
        found.map(|(field, one, other)| format!("{field} is {one} in the mark and {other} in the approval"))
    }
}

impl Statement {
    /// What a mark says of this approval and medium. `whole`: the approval travels in it.
    ///
    /// # Errors
    /// [`StatementError::NotLogged`].
    pub fn new(
        approval: &Approval,
        bundle: &ApprovalBundle,
        log: &TrustedLog,
        medium: Essence,
        whole: Option<&[u8]>,
    ) -> Result<Self, StatementError> {
        let (index, record, hashes) = place(approval.id, bundle).ok_or(StatementError::NotLogged)?;
        let proof = TlogProof {
            extra: Some(Blob(record.to_vec())),
            index,
            hashes: hashes.to_vec(),
            checkpoint: bundle.checkpoint.clone(),
        };
        Ok(Self {
            version: VERSION,
            named: Named::of(approval, bundle, log)?,
            proof: proof.to_string(),
            beside: false,
            medium,
            bundle: whole.map(|bytes| STANDARD.encode(bytes)),
        })
    }

    /// Reads an assertion's value; believes it nothing.
    ///
    /// # Errors
    /// [`StatementError::Form`].
    pub fn read(value: &serde_json::Value) -> Result<Self, StatementError> {
        let form = |why: String| StatementError::Form(why);
        let statement: Self =
            serde_json::from_value(value.clone()).map_err(|error| form(error.to_string()))?;
        let Essence { coding, bytes, parts, .. } = &statement.medium;
        if statement.version != VERSION {
            return Err(form(format!("version {}, this program reads {VERSION}", statement.version)));
        }
        if !(1..=limits::ASSETS).contains(&statement.named.assets.len()) {
            return Err(form(format!(
                "{} assets, 1 to {} are allowed",
                statement.named.assets.len(),
                limits::ASSETS
            )));
        }
        if parts.len() as u64 > PARTS || *bytes > crate::files::MEDIUM || coding.len() > limits::NAME * 16 {
            return Err(form("the medium is over its bounds".into()));
        }
        if statement.bundle.as_ref().is_some_and(|text| text.len() > limits::BUNDLE.div_ceil(3) * 4) {
            return Err(form(format!("the approval is over {} bytes", limits::BUNDLE)));
        }
        Ok(statement)
    }

    /// The approval's bytes, if they travel in it.
    ///
    /// # Errors
    /// [`StatementError::Form`].
    pub fn bundle(&self) -> Result<Option<Vec<u8>>, StatementError> {
        let decode =
            |text: &String| STANDARD.decode(text).map_err(|error| StatementError::Form(error.to_string()));
        self.bundle.as_ref().map(decode).transpose()
    }

    /// Whether its proof shows the approval's record at its index, in the log that the verifier trusts; else why not.
    pub fn proof_fails(&self, log: &TrustedLog) -> Option<String> {
        let proof = match TlogProof::parse(&self.proof) {
            Ok(proof) => proof,
            Err(error) => return Some(error.to_string()),
        };
        let head = match Checkpoint::open(&proof.checkpoint, &log.origin, &log.key) {
            Ok(head) => head,
            Err(error) => return Some(error.to_string()),
        };
        let record = proof.extra.clone().unwrap_or_default().0;
        let named = LogRecord::from_payload(&record).is_ok_and(|record| record.object == self.named.approval);
        if proof.index != self.named.index || !named {
            Some("the proof is of another record".into())
        } else if !proof.proves(&record, &head) {
            Some("the proof does not lead to the checkpoint's root".into())
        } else {
            None
        }
    }
}

/// SHA-256 of what was to be said or made.
pub fn input(content: &Content) -> Digest {
    match content {
        Content::Text(text) => Digest::of(text.as_bytes()),
        Content::Digest { digest, .. } => *digest,
    }
}

/// Index, record and inclusion proof of an object of the bundle.
fn place(id: Id, bundle: &ApprovalBundle) -> Option<(u64, &[u8], &[Digest])> {
    let is = |record: &[u8]| LogRecord::from_payload(record).is_ok_and(|record| record.object == id);
    let entry = bundle.log.iter().find(|entry| is(&entry.record.0))?;
    Some((entry.index, &entry.record.0, &entry.proof))
}
