//! An enrolment with everything that is needed to check it, in one file.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::{LogEntry, check_log};
use crate::error::Error;
use crate::id::{Blob, PublicKey};
use crate::limits;
use crate::object::{Object, within};

/// An enrolment record and the endorsements that registrars gave it, with the verifying key of its proof, the log's
/// records, their inclusion proofs and the checkpoint. Nobody signs a bundle. Before anybody has endorsed it, it is
/// what a registrar is given to look at.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct EnrolmentBundle {
    /// Signed [`crate::object::EnrolmentRecord`].
    #[n(1)]
    pub record: Blob,
    /// Signed [`crate::object::EnrolmentEndorsement`]s.
    #[n(2)]
    pub endorsements: Vec<Blob>,
    /// Groth16 verifying key, compressed (`wetsign_circuits::VerifyingKey::to_bytes`).
    #[n(3)]
    pub verifying_key: Blob,
    /// One entry for each logged object, strictly ascending by index.
    #[n(4)]
    pub log: Vec<LogEntry>,
    /// The checkpoint: a signed note.
    #[n(5)]
    pub checkpoint: String,
}

impl EnrolmentBundle {
    /// The file's bytes.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        self.to_payload()
    }

    /// Reads a file and believes it nothing: size and canonical form are checked, no signature and no meaning. For
    /// tools that show or change files; whoever acts on one asks [`crate::verify::verify_enrolment`].
    pub fn unverified(bytes: &[u8]) -> Result<Self, Error> {
        Self::from_payload(bytes)
    }
}

impl Object for EnrolmentBundle {
    const TYPE: &'static str = "wetsign/enrolment-bundle/1";
    const LIMIT: usize = limits::ENROLMENT_BUNDLE;

    fn signer(&self) -> Option<PublicKey> {
        None
    }

    fn check(&self) -> Result<(), Error> {
        within("endorsements", self.endorsements.len(), limits::REGISTRARS)?;
        within("verifying key", self.verifying_key.0.len(), limits::VERIFYING_KEY)?;
        check_log(Self::TYPE, &self.log, &self.checkpoint)
    }
}
