//! A withdrawal as it comes to a verifier.

use crate::bundle::{LogEntry, WithdrawalBundle};
use crate::cose::Signed;
use crate::error::Error;
use crate::id::Blob;
use crate::object::{AssetDescriptor, Object, Withdrawal};

/// A withdrawal that a verifier is given: alone, as it was signed, or with its place in the log. Whether its signer may
/// withdraw is for the check of an approval to say.
#[derive(Clone, Debug)]
pub struct GivenWithdrawal {
    pub(super) signed: Signed<Withdrawal>,
    pub(super) logged: Option<Logged>,
}

/// What shows where it stands.
#[derive(Clone, Debug)]
pub(super) struct Logged {
    pub descriptors: Vec<Signed<AssetDescriptor>>,
    pub log: Vec<LogEntry>,
    pub checkpoint: String,
}

impl GivenWithdrawal {
    /// Reads a signed [`Withdrawal`], or a [`WithdrawalBundle`].
    ///
    /// # Errors
    /// The bytes are neither, or a signature in them does not verify.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.first() == Some(&0xd2) {
            return Ok(Self { signed: Signed::decode(bytes)?, logged: None });
        }
        Self::in_log(bytes)
    }

    /// Reads a [`WithdrawalBundle`], and nothing else: what a bundle may carry.
    pub(super) fn in_log(bytes: &[u8]) -> Result<Self, Error> {
        let WithdrawalBundle { withdrawal, descriptors, log, checkpoint } =
            WithdrawalBundle::from_payload(bytes)?;
        let descriptors = descriptors.iter().map(|one: &Blob| Signed::decode(&one.0));
        let descriptors = descriptors.collect::<Result<_, _>>()?;
        let logged = Some(Logged { descriptors, log, checkpoint });
        Ok(Self { signed: Signed::decode(&withdrawal.0)?, logged })
    }

    /// The withdrawal, its signature checked.
    pub fn signed(&self) -> &Signed<Withdrawal> {
        &self.signed
    }
}
