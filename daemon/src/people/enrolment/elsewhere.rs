//! Looks for the person among all who are enrolled at other kiosks, by three searchers whom no template is shown.

use std::{sync::Arc, time::Instant};

use tokio::sync::oneshot;
use wetsign_attest::{
    Signed,
    id::{Blob, PublicKey},
    object::{ConsentReceipt, RefusalStage},
};
use wetsign_unique::{
    Template,
    kiosk::{self, AskError, KnownSearcher},
    wire::TemplateRemoval,
};

use super::{Enrolment, Refused};
use crate::{
    kiosk::{Kiosk, now},
    people::vault::Embedding,
    requests::conduct::parts::Trouble,
    requests::notice::Ending,
};

impl Enrolment<'_> {
    /// What the person is looked for with; none where no searchers are configured. They are asked for their part of the
    /// fleet's rotation here, so that one who cannot be reached shows before the person is captured again.
    pub(super) async fn looked_for(&self, embedding: &Embedding) -> Result<Option<Template>, Refused> {
        let Some(searchers) = &self.kiosk.searchers else { return Ok(None) };
        let key = &self.kiosk.ledger.keys().kiosk;
        let rotation =
            kiosk::rotation(searchers, PublicKey::from(key), now(), |question| Signed::sign(question, key))
                .await
                .map_err(|error| Trouble::internal("searchers", error))?;
        let template = Template::of(&embedding.face, &embedding.voice, &rotation);
        let missing = || Trouble::internal("embedding", "the sensor gave no whole embedding");
        Ok(Some(template.ok_or_else(missing)?))
    }

    /// Asks the three, who keep the template if nobody like it is enrolled; answers with what they signed.
    pub(super) async fn search_elsewhere(
        &mut self,
        template: Template,
        consent: &Signed<ConsentReceipt>,
    ) -> Result<Option<Blob>, Refused> {
        let Some(searchers) = &self.kiosk.searchers else { return Ok(None) };
        let started = Instant::now();
        let key = &self.kiosk.ledger.keys().kiosk;
        let about = (consent.id(), PublicKey::from(key));
        let seals = kiosk::seals(searchers);
        let parts =
            kiosk::parts(&template, &seals, about, true, now(), |question| Signed::sign(question, key))
                .map_err(|error| Trouble::internal("searchers", error))?;
        drop(template);
        // Who leaves now stops the enrolment, and not this: what the searchers come to keep is taken back.
        let (answer, answered) = oneshot::channel();
        let kiosk = Arc::clone(self.kiosk);
        tokio::spawn(async move {
            let Some(searchers) = &kiosk.searchers else { return };
            let searched = kiosk::put(searchers, &parts, about).await;
            let failed = searched.is_err();
            let unheard = answer.send(searched).is_err();
            if let Some(handle) = parts.keep.filter(|_| failed || unheard) {
                take_back(&kiosk, handle).await;
            }
        });
        let searched = answered
            .await
            .map_err(|_| Trouble::internal("searchers", "the search was given up"))?
            .map_err(|error| Trouble::internal("searchers", error))?;
        self.times.push(("enrol.elsewhere", started.elapsed().as_millis() as u64));
        let signed = Blob(searched.result.bytes().to_vec());
        if searched.result.payload().found {
            self.found = signed.0;
            return Err(Refused {
                stage: RefusalStage::Match,
                code: "duplicate".into(),
                // At which kiosk, nobody knows.
                text: "this person is enrolled already, here or at another kiosk, as three searchers found"
                    .into(),
                ending: Ending::NotYou,
            });
        }
        if searched.kept.is_none() {
            let why = "the searchers found nobody, and did not keep the template";
            return Err(Trouble::internal("searchers", why).into());
        }
        self.kept = searched.kept;
        Ok(Some(signed))
    }
}

/// Takes back a template of somebody who was not enrolled after all.
pub(super) async fn take_back(kiosk: &Kiosk, handle: wetsign_attest::id::Digest) {
    let Some(searchers): Option<&[KnownSearcher; 3]> = kiosk.searchers.as_ref() else { return };
    let key = &kiosk.ledger.keys().kiosk;
    let removal = TemplateRemoval { handle, kiosk: PublicKey::from(key), time: now() };
    let removal = match Signed::sign(removal, key) {
        Ok(removal) => removal,
        Err(error) => return tracing::error!(%error, "a removal cannot be signed"),
    };
    match kiosk::remove(searchers, &removal).await {
        Ok(()) => {}
        // It never was kept: nobody was found, or the question ended without a result.
        Err(AskError::Refused { why, .. }) => tracing::info!(%why, "nothing to take back"),
        Err(error) => tracing::error!(
            %error, %handle,
            "the searchers may keep the template of somebody who was not enrolled: that person will be refused"
        ),
    }
}
