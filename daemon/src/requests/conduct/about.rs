//! What a session is about, what its human says, and what it holds open.

use std::sync::Arc;

use tokio::sync::Mutex;
use wetsign_attest::{
    id::{Id, PublicKey},
    object::Custody,
};
use wetsign_liveness::Needs;
use wetsign_sensor_ipc::Source;

use crate::{element::desk::Turn, sensor::Claim};

/// What a session is about.
#[derive(Debug, Clone)]
pub struct Spec {
    /// The request.
    pub request: Id,
    /// The verdict that the validator reads.
    pub verdict: Id,
    /// The validator.
    pub validator: PublicKey,
    /// Where frames and sound come from.
    pub source: Source,
    /// What the validator cannot do.
    pub needs: Needs,
    /// Whether the page may shine on the validator.
    pub light: bool,
    /// Where the key is that signs, if it is on a device of the validator's.
    pub device: Option<Custody>,
}

/// What the human says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// Approves.
    Approve {
        /// Agrees to be recorded.
        consent: bool,
    },
    /// Declines, with a reason.
    Decline(String),
    /// Stops.
    Cancel,
}

/// Things held open, beyond the task that works with them.
#[derive(Default)]
pub(crate) struct Held {
    pub(crate) claim: Mutex<Option<Arc<Claim>>>,
    pub(crate) turn: Mutex<Option<Arc<Turn>>>,
    pub(crate) trouble: std::sync::Mutex<Option<String>>,
}

impl Held {
    pub(crate) fn note(&self, text: String) {
        *self.trouble.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(text);
    }

    pub(super) fn trouble(&self) -> Option<String> {
        self.trouble.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take()
    }

    pub(crate) async fn close_source(&self) {
        if let Some(claim) = self.claim.lock().await.take() {
            claim.close().await;
        }
    }

    pub(crate) async fn end_element(&self) {
        if let Some(turn) = self.turn.lock().await.take() {
            turn.end().await;
        }
    }
}
