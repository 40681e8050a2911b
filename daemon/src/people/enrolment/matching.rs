//! The leaf of an enrolment, and the proof that its second capture matches its first.

use std::sync::Arc;

use wetsign_attest::{
    binding::{self, Signal},
    id::{Digest, Id},
    object::{HumanDecision, MatchProof},
};
use wetsign_circuits::{Features, Fr, PublicInputs, Registry as Tree, Shape};

use super::{Enrolment, Secrets, capture::Signature};
use crate::{
    requests::conduct::parts::{self, Trouble},
    requests::notice::Notice,
    serve::feed::Happening,
};

/// What the proof is about, beside the captures.
pub(super) struct Statement<'a> {
    pub(super) consent: Id,
    pub(super) challenge: [u8; 32],
    pub(super) ueid: &'a [u8],
    pub(super) leaf: Fr,
}

impl Enrolment<'_> {
    /// What the registry will hold of this person.
    pub(super) fn leaf(&self, candidate: &Secrets) -> Fr {
        candidate.credential.leaf(&candidate.template, &self.kiosk.models.model_id)
    }

    /// Proves that a capture matches the template, against a registry that holds this leaf alone.
    pub(super) async fn prove(
        &self,
        candidate: &Secrets,
        probe: Arc<Features>,
        capture: &Signature,
        statement: Statement<'_>,
    ) -> Result<MatchProof, Trouble> {
        let wrong = |error: wetsign_circuits::RegistryError| Trouble::internal("registry", error);
        let mut alone = Tree::new(Shape::DEFAULT.levels).map_err(wrong)?;
        alone.set(0, statement.leaf).map_err(wrong)?;
        let request_id = binding::request_id(&statement.consent);
        let signal = binding::signal(&Signal {
            log: self.kiosk.ledger.journal().origin(),
            verdict: statement.consent,
            decision: HumanDecision::Approve,
            ueid: statement.ueid,
            challenge: Digest(statement.challenge),
            // No epoch holds the leaf yet.
            epoch: Id::ZERO,
            chains: &[],
        });
        let public = PublicInputs {
            root: alone.root(),
            nullifier: candidate.credential.nullifier(&request_id),
            probe: capture.commitment,
            request_id,
            signal,
            model_id: self.kiosk.models.model_id,
            validator_key: binding::validator_key(&candidate.credential.public()),
            tau_face: self.kiosk.thresholds.tau_face(),
            tau_voice: self.kiosk.thresholds.tau_voice(),
        };
        let path = alone.path(0).map_err(wrong)?;
        let Secrets { credential, template } = candidate.clone();
        let blinding = Arc::clone(&capture.blinding);
        let private = move || credential.private_inputs(&template, &blinding, &probe, path);
        self.feed.push(Happening::Tell(Notice::Proving, None));
        parts::prove(self.kiosk, public, private).await
    }
}
