//! Looks for the person among those who are enrolled here.

use std::time::{Duration, Instant};

use wetsign_attest::{
    Signed,
    id::{PublicKey, sha256},
    limits::ENROLMENT_S,
    object::{ConsentReceipt, DuplicateSearch, RefusalStage},
};
use wetsign_liveness::Measure;
use wetsign_models::template::cosine_i8;

use super::{Enrolment, Refused};
use crate::{
    element::SessionBinding,
    kiosk::now,
    people::vault::Embedding,
    requests::conduct::parts::{self, Trouble, present},
    requests::notice::Ending,
    requests::session::Phase,
    store::Table,
    store::records::{self, Enrolled},
};

/// What an element's session is about in which an older enrolment's seal comes apart: no request.
const SEALING_APART: &[u8] = b"wetsign/sealing-apart/1";

impl Enrolment<'_> {
    /// Seals apart what older programs sealed together, each in an element session of its own validator, so that the
    /// search opens templates alone.
    pub(super) async fn part_older(&mut self) -> Result<(), Refused> {
        let rows = self.kiosk.books(|ledger| Ok(ledger.store().scan(Table::Enrolment, b"")?)).await;
        for (key, bytes) in rows.map_err(Trouble::store)? {
            let validator = PublicKey::try_from(key.as_slice()).map_err(Trouble::store)?;
            let enrolled: Enrolled = records::decode(&bytes)
                .ok_or_else(|| Trouble::store("an enrolment cannot be read: run `wetsignd store check`"))?;
            if !enrolled.is_together() {
                continue;
            }
            let about = sha256(&[SEALING_APART]);
            let session =
                SessionBinding { request_id: about, verdict_id: about, validator_key: validator.handle() };
            parts::begin(self.kiosk, self.held, session).await?;
            let turn = present(self.held.turn.lock().await.clone())?;
            parts::seal_apart(self.kiosk, &turn, &validator, enrolled).await?;
            self.held.end_element().await;
        }
        Ok(())
    }

    /// Looks for the face among the enrolments of this kiosk. No key is unsealed for it. Enrolments of the same person,
    /// by what their keys say, are no duplicates: of these, one has to have this face.
    ///
    /// The element opens a template only in a session of its own validator, so each comparison uses up one of its
    /// numbers: what was looked at can be counted in later tokens. The element's budget has room for some thirty at
    /// once, then for one every two seconds.
    pub(super) async fn search(
        &mut self,
        embedding: &Embedding,
        consent: &Signed<ConsentReceipt>,
    ) -> Result<DuplicateSearch, Refused> {
        let started = Instant::now();
        let key = consent.payload().validator;
        let own = self.kiosk.books(move |ledger| ledger.all_keys(&key, now())).await;
        let own = own.map_err(Trouble::store)?;
        // How near the person comes to those of their own enrolments that are here; none where none is.
        let mut nearest_own = None;
        let bound = self.kiosk.thresholds.of(Measure::FaceMatch).unwrap_or(1000);
        let rows = self.kiosk.books(|ledger| Ok(ledger.store().scan(Table::Enrolment, b"")?)).await;
        let rows = rows.map_err(Trouble::store)?;
        for (key, _) in &rows {
            let validator = PublicKey::try_from(key.as_slice()).map_err(Trouble::store)?;
            if now().abs_diff(consent.payload().time) > ENROLMENT_S {
                return Err(Refused::too_late(Phase::Enrol, Duration::from_secs(ENROLMENT_S)));
            }
            let about = consent.id().0;
            let validator_key = validator.handle();
            let session = SessionBinding { request_id: about, verdict_id: about, validator_key };
            parts::begin(self.kiosk, self.held, session).await?;
            let other = parts::template(self.kiosk, self.held, &validator).await?;
            self.held.end_element().await;
            // The probe is turned by the other enrolment's own rotation: two rotations cannot be compared.
            let turned = other
                .probe(embedding)
                .ok_or_else(|| Trouble::internal("embedding", "the sensor gave no whole embedding"))?;
            let similarity = (cosine_i8(&other.features().face, &turned.face) * 1000.0).round() as i32;
            if own.contains(&validator) {
                nearest_own = nearest_own.max(Some(similarity));
            } else if similarity >= bound {
                return Err(Refused {
                    stage: RefusalStage::Match,
                    code: "duplicate".into(),
                    // Under which key stays here: feed and log would tell who the person is.
                    text: "this face is enrolled here already".into(),
                    ending: Ending::NotYou,
                });
            }
        }
        if nearest_own.is_some_and(|nearest| nearest < bound) {
            return Err(Refused {
                stage: RefusalStage::Match,
                code: "other_person".into(),
                text: "this key is somebody's who is enrolled here, and this is another face".into(),
                ending: Ending::NotYou,
            });
        }
        self.times.push(("enrol.search", started.elapsed().as_millis() as u64));
        let others = rows.iter().filter(|(key, _)| !own.iter().any(|one| one.as_bytes() == key)).count();
        Ok(DuplicateSearch { compared: others as u64, bound, found: false })
    }
}
