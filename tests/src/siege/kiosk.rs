//! A kiosk under siege: what stands there before anybody comes.

use std::path::Path;

use wetsign_api::v1;

use super::door::Door;
use crate::{
    cast::{Cast, GovernedAsset, Wish},
    stage::{Options, Stage},
    story::LESSON,
};

/// How much more memory than at rest an attack may cost.
pub const MEMORY: f64 = 1.3;

/// A kiosk under siege.
pub struct Siege {
    /// The kiosk.
    pub stage: Stage,
    /// Its door for strangers.
    pub door: Door,
    /// Who signs what strangers bring.
    pub cast: Cast,
    /// What their requests are for.
    pub asset: GovernedAsset,
    /// Requests that are there already, about 57 KB each.
    pub known: Vec<Vec<u8>>,
    /// The honest client's channel over TLS, which it opened before the siege.
    pub honest_channel: Option<tonic::transport::Channel>,
}

impl Siege {
    /// A kiosk in `folder` with `sections` in its configuration and `known` large requests in its store.
    pub async fn begin(folder: &Path, sections: toml::Table, known: usize) -> anyhow::Result<Self> {
        let cast = Cast::new()?;
        let (door, tls) = Door::new()?;
        let options = Options { tls: Some(tls), sections, ..Options::default() };
        let stage = Box::pin(Stage::set_up(folder, &cast, &options)).await?;
        let asset = cast.asset(1)?;
        let (descriptor, rules) = (asset.descriptor.bytes().to_vec(), asset.rules.bytes().to_vec());
        stage.client.assets().register(v1::RegisterAsset { descriptor, rules }).await?;
        let mut siege = Self { stage, door, cast, asset, known: Vec::new(), honest_channel: None };
        for _ in 0..known {
            let request = siege.large_request()?;
            let status = siege
                .stage
                .client
                .requests()
                .submit(v1::SubmitRequest { request, ..Default::default() })
                .await?;
            siege.known.push(status.into_inner().id);
        }
        Ok(siege)
    }

    /// A new request of a few hundred bytes.
    pub fn request(&self) -> anyhow::Result<Vec<u8>> {
        Ok(self.cast.request(self.asset.id, &LESSON)?.bytes().to_vec())
    }

    /// A new request of about 57 KB.
    pub fn large_request(&self) -> anyhow::Result<Vec<u8>> {
        let text = "Photosynthesis. ".repeat(57_000 / 16);
        let wish = Wish { text: &text, ..LESSON };
        Ok(self.cast.request(self.asset.id, &wish)?.bytes().to_vec())
    }
}
