//! May this keyholder give its shares for this approval? A pure decision: nothing is believed that the keyholder does
//! not check itself, by its own policy and its own memory.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use wetsign_attest::id::{ChannelKey, Digest, Id, PublicKey};
use wetsign_attest::limits::CLOCK_SKEW_S;
use wetsign_attest::object::{AssetDescriptor, RulesRevision, RunnerKey, ShareRelease, UsageRequest};
use wetsign_attest::verify::{self, Approval, GivenWithdrawal, Options, VerifierState, verify_remembering};
use wetsign_attest::{ApprovalBundle, Object, Signed, TrustPolicy};
use wetsign_pair::SealPublic;

use crate::error::Refused;
use crate::group::Random;
use crate::head::Head;
use crate::release::Recipient;
use crate::share::ShareKey;

/// What a runner asks of a keyholder.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// The approval's file.
    pub approval: &'a [u8],
    /// The container of each of the request's assets, in the order of the request: all are opened, or none.
    pub heads: &'a [Head],
    /// Signed [`RunnerKey`] of the key that the request names; in a transfer the new owner is the runner.
    pub runner_key: &'a [u8],
}

/// What a keyholder goes by.
#[derive(Clone, Copy)]
pub struct Own<'a> {
    /// Its signing key's public half.
    pub keyholder: PublicKey,
    /// Its share in the newest committee that it knows.
    pub share: &'a ShareKey,
    /// What it trusts.
    pub policy: &'a TrustPolicy,
    /// Withdrawals that it was told of, beside those that it remembers.
    pub withdrawals: &'a [GivenWithdrawal],
    /// Runners that it seals shares to.
    pub runners: &'a BTreeSet<PublicKey>,
    /// Take recordings and development keys, where the policy does not: for demonstrations.
    pub demonstration: bool,
    /// UTC seconds.
    pub now: u64,
}

/// What a keyholder remembers: kept before a share leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    /// What it knows of the log: revisions, epochs, withdrawals, captures.
    pub seen: VerifierState,
    /// For each approval that it gave shares for, to which key and of which containers.
    pub released: BTreeMap<Id, Released>,
    /// Assets that changed hands, by the approval for which it gave shares to the new owner.
    #[serde(default)]
    pub moved: BTreeMap<Id, Moved>,
}

/// An asset that changed hands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moved {
    /// By which approval.
    pub approval: Id,
    /// To whom.
    pub to: PublicKey,
}

/// What was given for one approval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Released {
    /// The runner's key.
    pub opens_to: ChannelKey,
    /// The containers, in the order of the request.
    pub containers: Vec<Digest>,
    /// UTC seconds of the first time.
    pub time: u64,
}

/// Yes: what to sign and log, and what to send once that is done.
#[derive(Debug)]
pub struct Granted {
    /// One for each asset, to be signed and logged *before* the shares leave.
    pub releases: Vec<ShareRelease>,
    /// The shares, sealed to the runner, in the same order.
    pub sealed: Vec<Vec<u8>>,
    /// Whether it was given before, to the same runner: then it stands in the log already.
    pub again: bool,
}

/// Why a keyholder gives no share.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Denied {
    /// The approval does not hold.
    #[error(transparent)]
    Approval(#[from] verify::Refused),
    /// The request names no runner.
    #[error("the request names no key that it opens to (opens_to), so nothing is opened for it")]
    NoRunner,
    /// The runner's key is not the request's.
    #[error(
        "the approved request opens to the key {approved}, this runner has {shown}: an approval is for one runner"
    )]
    OtherRunner {
        /// Named in the request.
        approved: ChannelKey,
        /// Named by the runner.
        shown: ChannelKey,
    },
    /// The runner is unknown.
    #[error(
        "this keyholder seals no shares to the runner {runner} (keyholder.runners names those that it does)"
    )]
    UnknownRunner {
        /// Its key.
        runner: PublicKey,
    },
    /// An asset that changes hands is opened to its new owner alone.
    #[error("the approval gives the asset to {to}, and {runner} is somebody else")]
    OtherOwner {
        /// The new owner.
        to: PublicKey,
        /// Who asks.
        runner: PublicKey,
    },
    /// The runner's key is over, or not yet valid.
    #[error("the runner's key is for {created} to {until}, and it is {now}")]
    RunnerKeyTime {
        /// From.
        created: u64,
        /// To.
        until: u64,
        /// Now.
        now: u64,
    },
    /// Not one container for each asset.
    #[error(
        "the request is over {assets:?}; containers are shown of {containers:?}: it takes one of each, in order"
    )]
    Containers {
        /// Of the request.
        assets: Vec<Id>,
        /// Of the heads.
        containers: Vec<Id>,
    },
    /// The container is not what the owner signed for.
    #[error("the container of asset {asset} has the {what} {found}, which {why}")]
    NotTheOwners {
        /// The asset.
        asset: Id,
        /// What of it.
        what: &'static str,
        /// What the head says.
        found: String,
        /// What is wrong with that.
        why: &'static str,
    },
    /// The same approval for other containers.
    #[error("this approval was used at {time} for other containers: an approval opens one of each asset")]
    Used {
        /// UTC seconds.
        time: u64,
    },
    /// The container cannot be helped with.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Bytes that are no such object.
    #[error(transparent)]
    Object(#[from] wetsign_attest::Error),
}

/// Decides. Whoever calls keeps `memory`, then logs the releases, then sends the shares.
///
/// # Errors
/// [`Denied`] says what is missing. A refusal changes nothing in `memory`, but for withdrawals that came with it.
pub fn decide(
    asked: Asked<'_>,
    own: Own<'_>,
    memory: &mut Memory,
    random: Random<'_>,
) -> Result<Granted, Denied> {
    let approval = approved(asked.approval, &own, &mut memory.seen)?;
    let request = &approval.request;
    let runner = runner(asked.runner_key, request, &own)?;
    let containers: Vec<Id> = asked.heads.iter().map(|head| head.facts.asset).collect();
    if containers != request.assets {
        return Err(Denied::Containers { assets: request.assets.clone(), containers });
    }
    let bundle = ApprovalBundle::unverified(asked.approval)?;
    for (head, newest) in asked.heads.iter().zip(&approval.body.descriptors) {
        let moved = memory.moved.get(&head.facts.asset).filter(|moved| moved.approval != approval.id);
        owners(head, newest, &bundle, moved)?;
    }
    let containers = asked.heads.iter().map(Head::digest).collect::<Result<Vec<_>, _>>()?;
    let given = Released { opens_to: runner.opens_to, containers, time: own.now };
    let before = memory.released.get(&approval.id);
    if let Some(before) = before.filter(|before| before.containers != given.containers) {
        return Err(Denied::Used { time: before.time });
    }
    let again = before.is_some();
    let recipient = Recipient { opens_to: SealPublic(runner.opens_to.0), approval: approval.id };
    let mut granted = Granted { releases: Vec::new(), sealed: Vec::new(), again };
    for (head, container) in asked.heads.iter().zip(&given.containers) {
        let share = own.share.share(head, random)?;
        granted.releases.push(ShareRelease {
            keyholder: own.keyholder,
            approval: approval.id,
            asset: head.facts.asset,
            container: *container,
            committee: share.committee,
            runner: runner.runner,
            opens_to: runner.opens_to,
            share: Digest::of(&share.to_payload()?),
            time: own.now,
        });
        granted.sealed.push(recipient.seal(&share)?);
    }
    if let Some(transfer) = &request.transfer {
        let moved = Moved { approval: approval.id, to: transfer.to };
        memory.moved.extend(request.assets.iter().map(|asset| (*asset, moved.clone())));
    }
    memory.released.entry(approval.id).or_insert(given);
    Ok(granted)
}

/// The whole approval, by the keyholder's own policy and memory.
fn approved(file: &[u8], own: &Own<'_>, seen: &mut VerifierState) -> Result<Approval, Denied> {
    let options = Options {
        allow_simulated: own.demonstration,
        allow_development_keys: own.demonstration,
        now: Some(own.now),
        withdrawals: own.withdrawals,
        ..Options::default()
    };
    Ok(verify_remembering(file, own.policy, options, seen)?.into_content())
}

/// The runner whose key the request names.
fn runner(signed: &[u8], request: &UsageRequest, own: &Own<'_>) -> Result<RunnerKey, Denied> {
    let approved = request.opens_to.ok_or(Denied::NoRunner)?;
    let key = Signed::<RunnerKey>::decode(signed)?.into_payload();
    let RunnerKey { runner, opens_to: shown, created, until } = key;
    if shown != approved {
        return Err(Denied::OtherRunner { approved, shown });
    }
    match &request.transfer {
        Some(transfer) if transfer.to != runner => {
            return Err(Denied::OtherOwner { to: transfer.to, runner });
        }
        None if !own.runners.contains(&runner) => return Err(Denied::UnknownRunner { runner }),
        _ => {}
    }
    if own.now + CLOCK_SKEW_S < created || own.now > until {
        return Err(Denied::RunnerKeyTime { created, until, now: own.now });
    }
    Ok(key)
}

/// Whether the container is of the asset's newest contents, as the owner signed them, and was made under the asset's
/// own descriptors and rules; after the asset changed hands, under one that names the new owner. The bundle is
/// verified: each chain in it is whole.
fn owners(head: &Head, newest: &Id, bundle: &ApprovalBundle, moved: Option<&Moved>) -> Result<(), Denied> {
    let facts = &head.facts;
    let no = |what, found: String, why| Err(Denied::NotTheOwners { asset: facts.asset, what, found, why });
    let mut known = false;
    for bytes in &bundle.descriptors {
        let descriptor = Signed::<AssetDescriptor>::decode(&bytes.0)?;
        let asset = descriptor.payload().asset.unwrap_or(descriptor.id());
        let under = asset == facts.asset && descriptor.id() == facts.descriptor;
        known |= under;
        if under && moved.is_some_and(|moved| moved.to != descriptor.payload().owner) {
            let why = "is of an owner who gave the asset away: its new owner locks it anew";
            return no("descriptor", facts.descriptor.to_string(), why);
        }
        if descriptor.id() == *newest && descriptor.payload().content.0 != facts.contents.id()?.0 {
            let why = "is not the content of the asset's newest descriptor";
            return no("contents", facts.contents.id()?.to_string(), why);
        }
    }
    if !known {
        return no("descriptor", facts.descriptor.to_string(), "does not belong to the asset");
    }
    for bytes in &bundle.rules {
        let rules = Signed::<RulesRevision>::decode(&bytes.0)?;
        if rules.id() == facts.rules && rules.payload().asset == facts.asset {
            return Ok(());
        }
    }
    no("rules", facts.rules.to_string(), "do not belong to the asset")
}
