//! Is what is signed here worth anything now, and what of it is not the real thing?

use wetsign_attest::{object::CertificateChain, terms};

use super::Kiosk;
use crate::{element::Home, element::desk::Known, sensor};

impl Kiosk {
    /// Why nothing that is signed here now would be believed, or nothing can be captured; empty if the kiosk is ready.
    pub async fn unready(&self, now: u64) -> Vec<String> {
        let element = self.element_seen().await;
        let mut why = Vec::new();
        let store = self.ledger.store();
        why.extend(store.fault().cause().map(|cause| format!("store: {cause}")));
        why.extend(store.has_room(0).err().map(|error| error.to_string()));
        why.extend(self.sensor.why_away().map(|why| format!("sensor: {why}")));
        match &element {
            Err(error) => why.push(error.to_string()),
            Ok(known) => why.extend(self.unbelievable(known, now)),
        }
        why.extend(self.ledger.clock_behind(now));
        // A new kiosk has no epoch yet: its first people have to be enrolled before there is one.
        if self.ledger.registry().current().is_some()
            && let Err(error) = self.ledger.epoch_in_force(now)
        {
            why.push(error.to_string());
        }
        why
    }

    /// Why nobody would believe what this element signs now.
    fn unbelievable(&self, known: &Known, now: u64) -> Option<String> {
        if let Some(why) = known.uncertified() {
            return Some(why);
        }
        let chain = CertificateChain::decode(&known.certificate.0).ok()?;
        if let Err(why) = terms::certified_at(&chain, now).require() {
            return Some(format!("the secure element's certificates do not cover this time: {why}"));
        }
        let epoch = self.ledger.registry().current()?;
        epoch.epoch.revoked_kiosks.iter().any(|ueid| ueid.0 == known.identity.ueid).then(|| {
            format!("this kiosk's secure element is revoked in registry epoch {}", epoch.epoch.number)
        })
    }

    /// Plain words for everything that is not the real thing.
    pub fn caveats(&self, element: Option<&Known>) -> Vec<String> {
        let mut caveats = Vec::new();
        if self.prover.key().is_development() {
            caveats.push(
                "development proving key: made from a published seed, anyone can forge under it".into(),
            );
        }
        match element.map(|known| known.identity.home) {
            Some(Home::Program) => {
                caveats.push("simulated secure element: a program, not a chip".into());
            }
            Some(Home::Emulator) => {
                caveats.push("emulated secure element: a chip's image, not a chip".into());
            }
            Some(Home::Chip) | None => {}
        }
        if let Some(in_force) = self.sensor.in_force() {
            let missing = sensor::missing(&in_force);
            if !missing.is_empty() {
                let missing = missing.join(", ");
                caveats.push(format!("sensor program not confined by {missing}: `wetsignd doctor` says why"));
            }
        }
        if self.config.sensor.allow_simulated {
            caveats.push("simulated sources allowed: recordings may stand for people".into());
        }
        if self.ledger.registry().current().is_some_and(|epoch| epoch.epoch.development) {
            caveats.push("development registry: its epoch was made by keys for development".into());
        }
        if self.ledger.registry().current().is_none() {
            caveats.push("no registry epoch yet: people can be enrolled, nothing can be co-signed".into());
        }
        caveats.push("kiosk custody: validators' keys are sealed on this kiosk, whose owner can use them while a session is open".into());
        caveats
    }
}
