//! The registrar of a story: looks at enrolments as another operator than the kiosk's, endorses them, and makes
//! registry epochs of those that are endorsed. A registrar is no rubber stamp: each time it believes the file and
//! nobody's word.

use anyhow::{Context, ensure};
use wetsign_api::v1;
use wetsign_attest::{
    Signed, TrustPolicy,
    cose::Endorsed,
    id::{Id, PublicKey, Scalar},
    object::{EnrolmentEndorsement, EnrolmentRecord, Object, RegistryEpoch, Stake, StakeSnapshot},
    verify::{Enrolment, Options, Outcome, fit_to_endorse, verify_enrolment},
};
use wetsign_circuits::{Registry, Shape, field};

use crate::{
    cast::{Cast, STAKE, now},
    stage::Stage,
};

/// People whom the registrar let into the registry.
pub struct Admitted {
    /// Their endorsed enrolments, each as one file.
    pub enrolments: Vec<Vec<u8>>,
    /// The epoch that holds them.
    pub epoch: Endorsed<RegistryEpoch>,
}

impl Cast {
    /// Has the kiosk's records endorsed and takes them, in this order, into the first epoch, which the kiosk installs.
    ///
    /// # Errors
    /// A record or its file that does not hold, by the code of the check that failed.
    pub async fn admit(&self, stage: &Stage, records: &[Vec<u8>]) -> anyhow::Result<Admitted> {
        let policy = stage.trust_policy(self).await?;
        let mut enrolments = Vec::new();
        for record in records {
            let id = Signed::<EnrolmentRecord>::decode(record).context("reading an enrolment record")?.id();
            let asked = v1::EnrolmentId { id: id.as_bytes().to_vec() };
            let file = stage.client.enrolments().get(asked).await?.into_inner().bundle;
            let endorsement = self.endorse(id, &file, &policy)?.bytes().to_vec();
            let endorsed = v1::EndorseEnrolment { endorsement };
            enrolments.push(stage.client.enrolments().endorse(endorsed).await?.into_inner().bundle);
        }
        let size = stage.client.kiosk().status(v1::StatusRequest {}).await?.into_inner().log_size;
        let (epoch, install) = self.epoch(&enrolments, &policy, size)?;
        stage.client.enrolments().install_epoch(install).await?;
        Ok(Admitted { enrolments, epoch })
    }

    /// The registrar's word for one enrolment, once nothing was found against it.
    fn endorse(
        &self,
        record: Id,
        file: &[u8],
        policy: &TrustPolicy,
    ) -> anyhow::Result<Signed<EnrolmentEndorsement>> {
        holds(fit_to_endorse(file, policy, leave()), record)?;
        let endorsement = EnrolmentEndorsement {
            record,
            registrar: PublicKey::from(&self.registrar),
            time: now(),
            development: true,
        };
        Ok(Signed::sign(endorsement, &self.registrar)?)
    }

    /// An epoch of the leaves of these enrolments, each with the same stake.
    fn epoch(
        &self,
        enrolments: &[Vec<u8>],
        policy: &TrustPolicy,
        from_index: u64,
    ) -> anyhow::Result<(Endorsed<RegistryEpoch>, v1::EpochInstall)> {
        let mut tree = Registry::new(Shape::DEFAULT.levels)?;
        let (mut leaves, mut stakes) = (Vec::new(), Vec::new());
        for (index, file) in (0..).zip(enrolments) {
            let record = verify_enrolment(file, policy, leave())?.into_content().record;
            tree.set(index, field::from_bytes(record.leaf.as_bytes())?)?;
            leaves.push(v1::Leaf { index, leaf: record.leaf.as_bytes().to_vec() });
            stakes.push(Stake { validator: record.validator, amount: STAKE });
        }
        stakes.sort_by_key(|stake| stake.validator);
        let snapshot = StakeSnapshot { epoch: 1, stakes };
        let epoch = RegistryEpoch {
            number: 1,
            root: Scalar(field::to_bytes(&tree.root())),
            size: leaves.len() as u64,
            previous: None,
            revoked_leaves: Vec::new(),
            revoked_kiosks: Vec::new(),
            stakes: snapshot.id()?,
            from_index,
            time: now(),
            development: true,
            log: Some(policy.log.origin.clone()),
        };
        let endorsed = Endorsed::sign(epoch, &[&self.registrar])?;
        let install =
            v1::EpochInstall { epoch: endorsed.bytes().to_vec(), leaves, stakes: snapshot.to_payload()? };
        Ok((endorsed, install))
    }
}

/// A story's people are recordings, its keys are for development, and both are said where they are signed for.
fn leave() -> Options<'static> {
    Options { allow_simulated: true, allow_development_keys: true, now: Some(now()), ..Options::default() }
}

fn holds(outcome: Outcome<Enrolment>, record: Id) -> anyhow::Result<()> {
    let found = outcome.with_context(|| format!("enrolment {} is refused", record.short()))?.content().id;
    ensure!(found == record, "the file holds another record than {}", record.short());
    Ok(())
}
