//! How a share travels, and when shares give the key.

use std::collections::BTreeMap;

use wetsign_attest::Object as _;
use wetsign_attest::id::{Digest, Id};
use wetsign_pair::{SealKey, SealPublic};

use crate::committee::Committee;
use crate::error::Refused;
use crate::head::Head;
use crate::lock::ContentKey;
use crate::polynomial::interpolated;
use crate::share::{Share, fits};

/// For whom a share is, and under which approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// The runner's ephemeral key, which the usage request names.
    pub opens_to: SealPublic,
    /// Id of the approval's body.
    pub approval: Id,
}

impl Recipient {
    /// Seals a share to it (HPKE, as `wetsign_pair` does it; approval, container and committee are its `info`).
    ///
    /// # Errors
    /// [`Refused::Unopened`] if nothing can be sealed to that key.
    pub fn seal(&self, share: &Share) -> Result<Vec<u8>, Refused> {
        let info = info(self.approval, share.container, share.committee);
        self.opens_to.seal(&info, &share.to_payload()?).map_err(|_| Refused::Unopened)
    }
}

/// Gathers shares of one container's key.
pub struct Gathering {
    head: Head,
    container: Digest,
    committee: Committee,
    id: Id,
    shares: BTreeMap<u32, Share>,
}

impl Gathering {
    /// None so far.
    ///
    /// # Errors
    /// [`Refused::OtherCommittee`] or [`Refused::Label`] if no share of this committee could open this head.
    pub fn new(head: &Head, committee: Committee) -> Result<Self, Refused> {
        fits(head, &committee)?;
        let (container, id) = (head.digest()?, committee.id()?);
        Ok(Self { head: head.clone(), container, committee, id, shares: BTreeMap::new() })
    }

    /// Opens a sealed share and keeps it if it is good.
    ///
    /// # Errors
    /// [`Refused::Unopened`] if it does not open; [`Refused::Share`] names the keyholder of a share that is wrong.
    pub fn add(&mut self, ephemeral: &SealKey, approval: Id, sealed: &[u8]) -> Result<(), Refused> {
        let info = info(approval, self.container, self.id);
        let payload = ephemeral.open(&info, sealed).map_err(|_| Refused::Unopened)?;
        self.add_open(Share::from_payload(&payload)?)
    }

    /// Keeps a share if it is good.
    ///
    /// # Errors
    /// [`Refused::Share`].
    pub fn add_open(&mut self, share: Share) -> Result<(), Refused> {
        share.check_for(&self.head, &self.container, &self.committee, &self.id)?;
        self.shares.insert(share.index, share);
        Ok(())
    }

    /// How many shares are still wanted.
    pub fn missing(&self) -> usize {
        (self.committee.threshold as usize).saturating_sub(self.shares.len())
    }

    /// The content key.
    ///
    /// # Errors
    /// [`Refused::TooFew`]; [`Refused::OtherKey`] if whoever sealed the container encrypted another key than the head
    /// commits to: then nobody opens it.
    pub fn key(&self) -> Result<ContentKey, Refused> {
        let threshold = self.committee.threshold as usize;
        let found = self.shares.len();
        if found < threshold {
            return Err(Refused::TooFew { found, threshold });
        }
        let values: Vec<_> =
            self.shares.values().take(threshold).map(|share| (share.index, share.point.point)).collect();
        let key = self.head.key.unmask(&interpolated(&values, 0));
        self.head.derive(&key)?;
        Ok(key)
    }
}

fn info(approval: Id, container: Digest, committee: Id) -> Vec<u8> {
    [b"wetsign/share/1".as_slice(), approval.as_bytes(), &container.0, committee.as_bytes()].concat()
}
