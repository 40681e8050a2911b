//! Looks for the person among those who are enrolled here.

use std::time::Instant;

use wetsign_attest::{
    id::PublicKey,
    object::{DuplicateSearch, RefusalStage},
};
use wetsign_liveness::Measure;
use wetsign_models::template::cosine_i8;

use super::{Enrolment, Refused};
use crate::{
    conduct::parts::{self, Trouble},
    notice::Ending,
    store::Table,
    vault::Embedding,
};

impl Enrolment<'_> {
    /// Looks for the face among the enrolments of this kiosk, inside the open element session.
    pub(super) async fn search(&mut self, embedding: &Embedding) -> Result<DuplicateSearch, Refused> {
        let started = Instant::now();
        let bound = self.kiosk.thresholds.of(Measure::FaceMatch).unwrap_or(1000);
        let rows = self.kiosk.books(|ledger| Ok(ledger.store().scan(Table::Enrolment, b"")?)).await;
        let rows = rows.map_err(Trouble::store)?;
        for (key, _) in &rows {
            let validator = PublicKey::try_from(key.as_slice()).map_err(Trouble::store)?;
            let other = parts::unseal(self.kiosk, self.held, &validator).await?;
            // The probe is turned by the other enrolment's own rotation: two rotations cannot be compared.
            let turned = other
                .probe(embedding)
                .ok_or_else(|| Trouble::internal("embedding", "the sensor gave no whole embedding"))?;
            let similarity = (cosine_i8(&other.template.face, &turned.face) * 1000.0).round() as i32;
            if similarity >= bound {
                return Err(Refused {
                    stage: RefusalStage::Match,
                    code: "duplicate".into(),
                    // Under which key stays here: feed and log would tell who the person is.
                    text: "this face is enrolled here already".into(),
                    ending: Ending::NotYou,
                });
            }
        }
        self.times.push(("enrol.search", started.elapsed().as_millis() as u64));
        Ok(DuplicateSearch { compared: rows.len() as u64, bound, found: false })
    }
}
