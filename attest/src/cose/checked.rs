//! Envelopes whose signatures were checked before: the same bytes of the same type are signed once and for all.

use crate::error::Error;
use crate::id::{Digest, sha256};
use crate::passkey::Presence;
use crate::shelf::Shelf;

/// Envelopes that are kept, each as a digest.
const MOST: usize = 1 << 16;

/// Envelopes whose signatures verify, by the digest of type and bytes.
#[derive(Debug)]
pub struct Checked(Shelf<Digest, Option<Presence>>);

impl Default for Checked {
    fn default() -> Self {
        Self(Shelf::new(MOST))
    }
}

impl Checked {
    /// What the check of this envelope says, made once. One that does not verify is checked each time.
    pub(super) fn once(
        &self,
        what: &str,
        bytes: &[u8],
        check: impl FnOnce() -> Result<Option<Presence>, Error>,
    ) -> Result<Option<Presence>, Error> {
        self.0.get(Digest(sha256(&[what.as_bytes(), &[0], bytes])), check)
    }
}
