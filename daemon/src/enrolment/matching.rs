//! The leaf of an enrolment, and the proof that its second capture matches its first.

use wetsign_attest::{
    binding::{self, Signal},
    id::{Digest, Id, PublicKey},
    object::{HumanDecision, MatchProof},
};
use wetsign_circuits::{Features, Fr, PrivateInputs, PublicInputs, Registry as Tree, Shape, commitment};

use super::{Enrolment, capture::Signature};
use crate::{
    conduct::parts::{self, Trouble},
    feed::Happening,
    notice::Notice,
    vault::Secrets,
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
    pub(super) fn leaf(&self, secrets: &Secrets) -> Fr {
        let template =
            commitment::template(&self.kiosk.models.model_id, &secrets.template, &secrets.blinding);
        let validator = binding::validator_key(&PublicKey::from(&secrets.key));
        commitment::leaf(&secrets.secret, &template, &validator)
    }

    /// Proves that a capture matches the template, against a registry that holds this leaf alone.
    pub(super) async fn prove(
        &self,
        secrets: &Secrets,
        probe: Features,
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
            nullifier: commitment::nullifier(&secrets.secret, &request_id),
            probe: capture.commitment,
            request_id,
            signal,
            model_id: self.kiosk.models.model_id,
            validator_key: binding::validator_key(&PublicKey::from(&secrets.key)),
            tau_face: self.kiosk.thresholds.tau_face(),
            tau_voice: self.kiosk.thresholds.tau_voice(),
        };
        let private = PrivateInputs {
            secret: secrets.secret,
            template_blinding: secrets.blinding,
            probe_blinding: *capture.blinding,
            template: secrets.template.clone(),
            probe,
            path: alone.path(0).map_err(wrong)?,
        };
        self.feed.push(Happening::Tell(Notice::Proving, None));
        parts::prove(self.kiosk, public, private).await
    }
}
