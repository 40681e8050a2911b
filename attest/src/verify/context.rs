//! What the checks of one co-signature and of its proof stand on.

use super::chains::AssetInForce;
use super::known::Known;
use super::objects::Decoded;
use super::options::Allowed;
use super::registry::Epochs;
use crate::policy::TrustPolicy;

/// What the checks of one co-signature need.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub decoded: &'a Decoded,
    pub in_force: &'a [AssetInForce<'a>],
    pub epochs: &'a Epochs<'a>,
    pub policy: &'a TrustPolicy,
    pub allowed: Allowed,
    pub known: &'a Known,
}
