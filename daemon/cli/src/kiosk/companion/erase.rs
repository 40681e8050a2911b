//! Has what a kiosk keeps of a person erased.

use std::path::Path;

use anyhow::ensure;
use serde_json::json;
use wetsign_attest::Signed;
use wetsign_attest::id::{PublicKey, Scalar};
use wetsign_attest::object::{ErasureReceipt, ErasureRequest};
use wetsign_program::clock;

use super::answer::{connect, signed};
use super::device::Device;
use super::way::Kept;
use crate::kiosk::address::Address;
use crate::kiosk::out::{absent, put};
use crate::output::{Answer, Outcome};

/// Asks what is kept, signs the wish, checks the receipt and writes it.
pub(super) async fn run(device: &Device, out: &Path, kiosk: &Address) -> anyhow::Result<Answer> {
    absent(out, false)?;
    let way = connect(device, kiosk).await?;
    let own = device.passkey().public();
    let Some(Kept { leaf, kiosk }) = way.template(&own).await? else {
        let json = json!({ "ok": false, "why": "nothing is kept" });
        return Ok(Answer { outcome: Outcome::No, text: "the kiosk keeps nothing of you\n".into(), json });
    };
    let (leaf, kiosk) = (Scalar::try_from(leaf.as_slice())?, PublicKey::try_from(kiosk.as_slice())?);
    let wish = signed(device, ErasureRequest { validator: own, kiosk, leaf, time: clock::now()? })?;
    let receipt = Signed::<ErasureReceipt>::decode(&way.erase(wish.bytes()).await?)?;
    let said = receipt.payload();
    ensure!(
        said.kiosk == kiosk && said.leaf == Some(leaf) && said.asked_by == own,
        "the kiosk's receipt is for something else: ask again, and tell whoever runs it"
    );
    put(out, receipt.bytes(), false)?;
    let text = format!("erased; the receipt is in {}\n", out.display());
    Ok(Answer { outcome: Outcome::Yes, text, json: json!({ "ok": true, "receipt": said, "file": out }) })
}
