//! What a runner and a keyholder sign before a locked asset is opened.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::{Object, moment, period};
use crate::error::Error;
use crate::id::{ChannelKey, Digest, Id, PublicKey};
use crate::limits;

/// A runner says that an ephemeral key is its own: whoever names it in a request has the asset opened there, and nobody
/// else can. Signed by the runner, whom keyholders know.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct RunnerKey {
    /// Who runs, and signs.
    #[n(1)]
    pub runner: PublicKey,
    /// Its ephemeral key (X25519), for one request.
    #[n(2)]
    pub opens_to: ChannelKey,
    /// UTC seconds.
    #[n(3)]
    pub created: u64,
    /// UTC seconds after which nothing is sealed to it, [`limits::RUNNER_KEY_S`] later at most.
    #[n(4)]
    pub until: u64,
}

/// A keyholder says that it gives its share of a container's key to a runner. Signed by the keyholder, and logged
/// *before* the share leaves.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct ShareRelease {
    /// Who gives it, and signs.
    #[n(1)]
    pub keyholder: PublicKey,
    /// Id of the approval's body.
    #[n(2)]
    pub approval: Id,
    /// The asset: id of its descriptor's first revision.
    #[n(3)]
    pub asset: Id,
    /// The container.
    #[n(4)]
    pub container: Digest,
    /// The committee in which it is a share.
    #[n(5)]
    pub committee: Id,
    /// The runner.
    #[n(6)]
    pub runner: PublicKey,
    /// The runner's key, which the request names.
    #[n(7)]
    pub opens_to: ChannelKey,
    /// SHA-256 of the share, before it was sealed: if it is a wrong one, this shows whose it is.
    #[n(8)]
    pub share: Digest,
    /// UTC seconds.
    #[n(9)]
    pub time: u64,
}

impl Object for RunnerKey {
    const TYPE: &'static str = "wetsign/runner-key/1";
    const LIMIT: usize = limits::RUNNER_KEY;

    fn signer(&self) -> Option<PublicKey> {
        Some(self.runner)
    }

    fn check(&self) -> Result<(), Error> {
        moment(Self::TYPE, "created", self.created)?;
        period(Self::TYPE, self.created, self.until)?;
        if self.until - self.created > limits::RUNNER_KEY_S {
            let why = format!("is over {} s after it was created", limits::RUNNER_KEY_S);
            return Err(Error::value(Self::TYPE, "until", why));
        }
        Ok(())
    }
}

impl Object for ShareRelease {
    const TYPE: &'static str = "wetsign/share-release/1";
    const LIMIT: usize = limits::SHARE_RELEASE;

    fn signer(&self) -> Option<PublicKey> {
        Some(self.keyholder)
    }

    fn check(&self) -> Result<(), Error> {
        moment(Self::TYPE, "time", self.time)
    }
}
