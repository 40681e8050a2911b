//! Reads what is asked from the very bytes that were signed, and never from words that somebody put beside them.

use wetsign_api::v1::RequestStatus;
use wetsign_attest::bundle::ApprovalBundle;
use wetsign_attest::object::{ApprovalBody, Content, UsageRequest};
use wetsign_attest::{Error, Signed};

use crate::{Asked, plain};

/// What a kiosk handed out cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// The signed object is none, or its signature does not hold.
    #[error("the kiosk handed out a signed object that does not hold; nothing is shown of it")]
    Object(#[from] Error),
    /// The object is another one than the kiosk says.
    #[error("the kiosk names request {named} and hands out request {found}; nothing is shown of it")]
    Other {
        /// The id beside it.
        named: String,
        /// The id of what was signed.
        found: String,
    },
}

/// What is asked in `status`.
///
/// # Errors
/// [`Unreadable`] where the signed request does not hold, or is not the one that is named.
pub fn asked(status: &RequestStatus) -> Result<Asked, Unreadable> {
    let signed = Signed::<UsageRequest>::decode(&status.request)?;
    let found = hex::encode(signed.id().0);
    if status.id != signed.id().0 {
        return Err(Unreadable::Other { named: hex::encode(&status.id), found });
    }
    let request = signed.into_payload();
    let attributes = request.attributes;
    let text = match request.content {
        Content::Text(text) => Some(text),
        Content::Digest { .. } => None,
    };
    Ok(Asked {
        app: request.app,
        owner: request.transfer.map(|transfer| transfer.to.to_string()),
        assets: request.assets.len() as u32,
        purpose: attributes.purpose,
        text,
        medium: attributes.medium,
        languages: attributes.languages.unwrap_or_default(),
        territories: attributes.territories.unwrap_or_default(),
        audience: attributes.audience,
        commercial: attributes.commercial,
        derived: attributes.derived_work,
        days: attributes.duration_days,
        fee: plain::heart(request.fee.0),
        until: plain::day(request.expires),
        reasons: status.reasons.clone(),
        yes: status.cosignatures,
        quorum: status.quorum,
    }
    .fit())
}

/// The id of the approval in a bundle, hexadecimal: the digest of what the hub signed.
///
/// # Errors
/// [`Unreadable::Object`] where it holds no signed approval.
pub fn approval_id(bundle: &[u8]) -> Result<String, Unreadable> {
    let bundle = ApprovalBundle::unverified(bundle)?;
    let signed = Signed::<ApprovalBody>::decode(&bundle.body.0)?;
    Ok(hex::encode(signed.id().0))
}
