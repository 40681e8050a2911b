//! `Kiosk`: status and devices.

use std::{collections::HashMap, sync::Arc};

use tonic::{Request, Response, Status};
use wetsign_api::v1::{self, kiosk_server::Kiosk};
use wetsign_attest::object::CertificateChain;

use super::{Services, convert};
use crate::{element::ElementError, element::desk::Known, kiosk::now, peak};

#[tonic::async_trait]
impl Kiosk for Services {
    async fn status(&self, _: Request<v1::StatusRequest>) -> Result<Response<v1::KioskStatus>, Status> {
        let kiosk = &self.kiosk;
        let (element, missing) = self.missing().await;
        let epoch = kiosk.ledger.registry().current();
        Ok(Response::new(v1::KioskStatus {
            version: env!("CARGO_PKG_VERSION").into(),
            state: if missing.is_empty() { "ready".into() } else { missing.join("; ") },
            caveats: kiosk.caveats(element.as_ref().ok()),
            epoch: epoch.as_ref().map_or(0, |epoch| epoch.epoch.number),
            enrolments: kiosk.ledger.enrolments(),
            log_size: kiosk.ledger.journal().size(),
            memory: self.memory(),
            identity: self.identity(element.ok()),
            pairs_devices: kiosk.authority.is_some(),
            agreed: epoch.and_then(|epoch| epoch.stakes.parameters.as_ref().map(convert::agreed)),
        }))
    }

    async fn devices(&self, _: Request<v1::DevicesRequest>) -> Result<Response<v1::DeviceList>, Status> {
        let found = self.kiosk.sensor.devices().await.map_err(convert::sensor_status)?;
        let cameras = found.cameras.into_iter().map(|camera| v1::Device {
            kind: "camera".into(),
            device: v1::DeviceKind::Camera.into(),
            id: camera.name,
            name: camera.label,
            formats: camera.formats,
            unusable: camera.unusable,
        });
        let microphones = found.microphones.into_iter().map(|microphone| v1::Device {
            kind: "microphone".into(),
            device: v1::DeviceKind::Microphone.into(),
            id: microphone.name,
            name: microphone.label,
            formats: microphone.formats,
            unusable: microphone.unusable,
        });
        Ok(Response::new(v1::DeviceList { devices: cameras.chain(microphones).collect() }))
    }
}

impl Services {
    /// What the kiosk lacks to be ready, in words; and its secure element, as it answers onlookers.
    pub(super) async fn missing(&self) -> (Result<Known, Arc<ElementError>>, Vec<String>) {
        let kiosk = &self.kiosk;
        let mut missing = kiosk.unready(now()).await;
        // People go on deciding on what is kept free for them; strangers bring nothing.
        missing.extend(kiosk.room.enough().err().map(|error| error.to_string()));
        (kiosk.element_seen().await, missing)
    }

    fn memory(&self) -> Vec<v1::ProcessMemory> {
        [("wetsignd", Some(std::process::id())), ("wetsign-sensor", self.kiosk.sensor.pid())]
            .into_iter()
            .filter_map(|(process, pid)| {
                Some(v1::ProcessMemory { process: process.into(), peak_kib: peak::peak_kib(pid?)? })
            })
            .collect()
    }

    fn identity(&self, element: Option<Known>) -> HashMap<String, Vec<u8>> {
        let kiosk = &self.kiosk;
        let mut identity: HashMap<String, Vec<u8>> = HashMap::new();
        for (name, key) in kiosk.ledger.keys().public() {
            identity.insert(name.into(), key.as_bytes().to_vec());
        }
        identity.insert("log-origin".into(), kiosk.config.log.origin.clone().into_bytes());
        identity.insert("verifying-key-digest".into(), kiosk.verifying_key_digest().0.to_vec());
        identity.insert("model-id".into(), kiosk.models.scalar.0.to_vec());
        identity.insert("model-manifest".into(), kiosk.models.manifest.to_vec());
        if let Some(epoch) = kiosk.ledger.registry().current() {
            identity.insert("epoch".into(), epoch.id.0.to_vec());
        }
        if let Some(Known { identity: known, certificate }) = element {
            identity.insert("element".into(), known.public_key.to_vec());
            identity.insert("ueid".into(), known.ueid.to_vec());
            identity.insert("firmware".into(), known.firmware_digest.to_vec());
            if let Ok(chain) = CertificateChain::decode(&certificate.0) {
                identity.insert("provisioner".into(), chain.provisioner().provisioner.as_bytes().to_vec());
                identity.insert("root".into(), chain.provisioner().root.as_bytes().to_vec());
                // The kiosk's secp256k1 key, which the provisioner bound to the element's.
                if let Some(account) = chain.device().settlement {
                    identity.insert("settlement".into(), account.0.to_vec());
                }
            }
        }
        identity
    }
}
