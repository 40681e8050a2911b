//! clientDataJSON (WebAuthn Level 3 § 5.8.1): what the browser says of the page that asked.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use crate::id::Digest;
use crate::limits;
use crate::shown::unfit_as_name;

/// Members that are looked at. Others may be there: the standard says that more will be.
#[derive(Deserialize)]
struct Members {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(rename = "crossOrigin")]
    cross_origin: Option<bool>,
    #[serde(rename = "topOrigin")]
    top_origin: Option<serde_json::Value>,
}

/// What was done.
#[derive(Clone, Copy)]
pub(super) enum Ceremony {
    /// A passkey was made.
    Create,
    /// It was used.
    Get,
}

impl Ceremony {
    fn name(self) -> &'static str {
        match self {
            Self::Create => "webauthn.create",
            Self::Get => "webauthn.get",
        }
    }
}

/// The origin of the page, if all else is as it has to be. The error says which rule is broken.
pub(super) fn origin(json: &[u8], ceremony: Ceremony, challenge: &Digest) -> Result<String, String> {
    let bound = limits::CLIENT_DATA;
    if json.len() > bound {
        return Err(format!("clientDataJSON has {} bytes, the limit is {bound}", json.len()));
    }
    let members: Members =
        serde_json::from_slice(json).map_err(|e| format!("clientDataJSON cannot be read: {e}"))?;
    let Members { kind, challenge: signed, origin, cross_origin, top_origin } = members;
    if kind != ceremony.name() {
        return Err(format!("type is {kind:?}, {:?} was expected", ceremony.name()));
    }
    let expected = URL_SAFE_NO_PAD.encode(challenge.0);
    if signed != expected {
        return Err(format!("it answers the challenge {signed:?}, this object's is {expected:?}"));
    }
    if cross_origin == Some(true) || top_origin.is_some() {
        return Err("it was made in a frame of another site (crossOrigin, topOrigin)".into());
    }
    if let Some(why) = unfit_as_name(&origin, limits::NAME) {
        return Err(format!("its origin {why}"));
    }
    Ok(origin)
}
