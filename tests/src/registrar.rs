//! The registrar of a story: looks at enrolments as another operator than the kiosk's, endorses them, and makes
//! registry epochs of those that are endorsed. A registrar is no rubber stamp: each time it believes the file and
//! nobody's word.

use anyhow::{Context, ensure};
use wetsign_api::v1;
use wetsign_attest::{
    Signed, TrustPolicy,
    cose::Endorsed,
    id::{Id, PublicKey, Scalar},
    object::{
        EnrolmentEndorsement, EnrolmentRecord, KeyEvent, Object, RegistryEpoch, RevokedLeaf, Stake,
        StakeSnapshot,
    },
    terms::{PlacedKeyEvent, keys_in},
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
        self.admit_after(stage, None, records).await
    }

    /// The same into the epoch that follows, which heeds what was said of people's keys since.
    ///
    /// # Errors
    /// A record or its file that does not hold, by the code of the check that failed.
    pub async fn admit_after(
        &self,
        stage: &Stage,
        before: Option<&Admitted>,
        records: &[Vec<u8>],
    ) -> anyhow::Result<Admitted> {
        let policy = stage.trust_policy(self).await?;
        let mut enrolments = before.map(|before| before.enrolments.clone()).unwrap_or_default();
        for record in records {
            let id = Signed::<EnrolmentRecord>::decode(record).context("reading an enrolment record")?.id();
            let asked = v1::EnrolmentId { id: id.as_bytes().to_vec() };
            let file = stage.client.enrolments().get(asked).await?.into_inner().bundle;
            let endorsement = self.endorse(id, &file, &policy)?.bytes().to_vec();
            let endorsed = v1::EndorseEnrolment { endorsement };
            enrolments.push(stage.client.enrolments().endorse(endorsed).await?.into_inner().bundle);
        }
        let mut people = Vec::new();
        for file in &enrolments {
            let record = verify_enrolment(file, &policy, leave())?.into_content().record;
            people.push(Enrolled { events: said_of(stage, &record.validator).await?, record });
        }
        let size = stage.client.kiosk().status(v1::StatusRequest {}).await?.into_inner().log_size;
        let before = before.map(|before| &before.epoch);
        let (epoch, install) = self.epoch(&people, &policy.log.origin, size, before)?;
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

    /// An epoch of the leaves of these enrolments, each with the same stake. A key that was taken away from its
    /// person has none, and its leaf is revoked.
    fn epoch(
        &self,
        people: &[Enrolled],
        origin: &str,
        from_index: u64,
        before: Option<&Endorsed<RegistryEpoch>>,
    ) -> anyhow::Result<(Endorsed<RegistryEpoch>, v1::EpochInstall)> {
        let mut tree = Registry::new(Shape::DEFAULT.levels)?;
        let mut leaves = Vec::new();
        for (index, Enrolled { record, .. }) in (0..).zip(people) {
            tree.set(index, field::from_bytes(record.leaf.as_bytes())?)?;
            leaves.push(v1::Leaf { index, leaf: record.leaf.as_bytes().to_vec() });
        }
        let number = before.map_or(1, |before| before.payload().number + 1);
        let mut epoch = RegistryEpoch {
            number,
            root: Scalar(field::to_bytes(&tree.root())),
            size: leaves.len() as u64,
            previous: before.map(Endorsed::id),
            revoked_leaves: Vec::new(),
            revoked_kiosks: Vec::new(),
            stakes: Id([0; 32]),
            from_index,
            time: now(),
            development: true,
            log: Some(origin.to_owned()),
        };
        let mut stakes = Vec::new();
        for Enrolled { record, events } in people {
            let (leaf, validator) = (record.leaf, record.validator);
            if approves(events, &validator, &epoch)? {
                stakes.push(Stake { validator, amount: STAKE });
            } else {
                epoch.revoked_leaves.push(RevokedLeaf { leaf, validator });
            }
        }
        epoch.revoked_leaves.sort_by_key(|revoked| revoked.leaf);
        stakes.sort_by_key(|stake| stake.validator);
        let snapshot = StakeSnapshot { epoch: number, stakes, parameters: None };
        epoch.stakes = snapshot.id()?;
        let endorsed = Endorsed::sign(epoch, &[&self.registrar])?;
        let install =
            v1::EpochInstall { epoch: endorsed.bytes().to_vec(), leaves, stakes: snapshot.to_payload()? };
        Ok((endorsed, install))
    }
}

/// Somebody whose enrolment holds, and what was said of their keys.
struct Enrolled {
    record: EnrolmentRecord,
    events: Said,
}

/// The person, and their key events as the log's owner tells them.
type Said = (PublicKey, Vec<Signed<KeyEvent>>);

async fn said_of(stage: &Stage, key: &PublicKey) -> anyhow::Result<Said> {
    let asked = v1::KeyOfPerson { key: key.as_bytes().to_vec() };
    let told = stage.client.keys().get(asked).await?.into_inner();
    let events = told.events.iter().map(|bytes| Signed::decode(bytes)).collect::<Result<_, _>>()?;
    Ok((PublicKey::try_from(told.person.as_slice())?, events))
}

/// By the rules that everybody has. All that is told stands in the log before the epoch begins, in its order.
fn approves((person, events): &Said, key: &PublicKey, epoch: &RegistryEpoch) -> anyhow::Result<bool> {
    let first = epoch.from_index.checked_sub(events.len() as u64).context("more was said than is logged")?;
    let placed: Vec<_> = (first..)
        .zip(events)
        .map(|(place, signed)| PlacedKeyEvent { place, id: signed.id(), event: signed.payload() })
        .collect();
    let keys = keys_in(*person, &placed, epoch).map_err(anyhow::Error::msg)?;
    Ok(keys.may_approve(key).holds)
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
