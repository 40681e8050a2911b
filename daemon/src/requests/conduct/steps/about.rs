//! What a step works with.

use std::sync::Arc;

use crate::{
    element::SessionBinding,
    kiosk::Kiosk,
    requests::conduct::about::{Held, Spec},
    serve::feed::Feed,
};

/// What a session is about, and with which parts it works.
pub(super) struct About {
    pub(super) kiosk: Arc<Kiosk>,
    pub(super) spec: Spec,
    pub(super) feed: Arc<Feed>,
    pub(super) held: Arc<Held>,
}

impl About {
    /// What the element's session is for.
    pub(super) fn binding(&self) -> SessionBinding {
        SessionBinding {
            request_id: self.spec.request.0,
            verdict_id: self.spec.verdict.0,
            validator_key: self.spec.validator.handle(),
        }
    }
}
