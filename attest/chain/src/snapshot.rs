//! From what nodes say to the snapshot that registrars put into an epoch. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use alloy::primitives::{B256, U256};
use anyhow::{Context as _, bail, ensure};
use ed25519_dalek::SigningKey;
use wetsign_attest::binding;
use wetsign_attest::id::{Atto, Digest, PublicKey, Scalar};
use wetsign_attest::object::{Parameters, Stake, StakeSnapshot};
use wetsign_attest::{Endorsed, limits};

use crate::chain::LEAST_NODES;
use crate::contracts::Values;

/// `Stakes.Role.Validator`.
const VALIDATOR: u8 = 3;
/// `Stakes.State.Active`.
const ACTIVE: u8 = 1;
/// One stake, as a node tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Atto.
    pub amount: u128,
    /// `Stakes.Role`.
    pub role: u8,
    /// `Stakes.State`.
    pub state: u8,
}

/// All that one node says of one block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// Its chain.
    pub chain_id: u64,
    /// The block's number.
    pub block: u64,
    /// The block's hash.
    pub hash: B256,
    /// Public keys of validators, from events, by the key of their stake.
    pub keys: BTreeMap<B256, Vec<u8>>,
    /// Their stakes.
    pub stakes: BTreeMap<B256, Told>,
    /// Atto of active validators, as the contract sums them.
    pub validating: U256,
    /// The protocol's parameters in force.
    pub parameters: Values,
    /// Digests of the verifying keys that the registry accepts, from events.
    pub verifying_keys: BTreeSet<B256>,
    /// Values of `model_id` that it accepts, from events.
    pub models: BTreeSet<B256>,
}

/// What all nodes say alike.
///
/// # Errors
/// Too few nodes, or which of them differ, in what.
pub fn agreed(observed: Vec<(String, Observed)>) -> anyhow::Result<Observed> {
    ensure!(observed.len() >= LEAST_NODES, "{} answered, {LEAST_NODES} are needed", observed.len());
    let mut all = observed.into_iter();
    let (first, one) = all.next().context("no node answered")?;
    for (name, other) in all {
        let differs = |what: &str, a: &dyn std::fmt::Debug, b: &dyn std::fmt::Debug| {
            bail!(
                "{first} and {name} differ in {what} of block {}: {a:?} and {b:?}. No snapshot is made: ask others",
                one.block
            )
        };
        if (one.chain_id, one.block, one.hash) != (other.chain_id, other.block, other.hash) {
            return differs(
                "chain, number or hash",
                &(one.chain_id, one.block, one.hash),
                &(other.chain_id, other.block, other.hash),
            );
        }
        if one.keys != other.keys {
            return differs("the validators", &one.keys.len(), &other.keys.len());
        }
        for (key, told) in &one.stakes {
            if other.stakes.get(key) != Some(told) {
                return differs(&format!("the stake {key}"), told, &other.stakes.get(key));
            }
        }
        if one != other {
            return differs(
                "sum, parameters, keys or models",
                &(one.validating, &one.parameters, &one.verifying_keys, &one.models),
                &(other.validating, &other.parameters, &other.verifying_keys, &other.models),
            );
        }
    }
    Ok(one)
}

/// The snapshot of an epoch: active validators with their stakes, ascending by key.
///
/// # Errors
/// Keys that do not belong to their stakes, a sum that is not the contract's (events are missing), or more than a
/// snapshot can hold.
pub fn snapshot(observed: &Observed, epoch: u64) -> anyhow::Result<StakeSnapshot> {
    let (mut stakes, mut sum) = (Vec::new(), U256::ZERO);
    for (key, bytes) in &observed.keys {
        let validator = PublicKey::try_from(bytes.as_slice())
            .with_context(|| format!("the stake {key} names no public key"))?;
        let own = binding::scalar(&binding::validator_key(&validator));
        ensure!(own.0 == key.0, "the public key {validator} belongs to the stake {own}, not to {key}");
        let told = observed.stakes.get(key).with_context(|| format!("nobody told of the stake {key}"))?;
        if told.role == VALIDATOR && told.state == ACTIVE {
            sum += U256::from(told.amount);
            stakes.push(Stake { validator, amount: Atto(told.amount) });
        }
    }
    ensure!(
        sum == observed.validating,
        "the stakes found sum to {sum} atto, the contract has {}: events are missing. Is from_block too late?",
        observed.validating
    );
    let most = limits::STAKE_ENTRIES;
    ensure!(stakes.len() <= most, "{} validators, a snapshot holds {most}", stakes.len());
    stakes.sort_by_key(|stake| stake.validator);
    Ok(StakeSnapshot { epoch, stakes, parameters: Some(parameters(observed)) })
}

/// What was agreed on, as an epoch carries it.
fn parameters(observed: &Observed) -> Parameters {
    let v = &observed.parameters;
    Parameters {
        chain_id: observed.chain_id,
        block: observed.block,
        hash: Digest(observed.hash.0),
        from_epoch: v.fromEpoch,
        kiosks: v.kiosks.into(),
        operators: v.operators.into(),
        least_face: v.leastFace.to(),
        least_voice: v.leastVoice.to(),
        least_operator: Atto(v.leastOperator.to()),
        least_kiosk: Atto(v.leastKiosk.to()),
        least_validator: Atto(v.leastValidator.to()),
        keys: observed.verifying_keys.iter().map(|key| Digest(key.0)).collect(),
        models: observed.models.iter().map(|model| Scalar(model.0)).collect(),
    }
}

/// The snapshot under registrars' keys.
///
/// # Errors
/// No key, or one twice.
pub fn sign(snapshot: StakeSnapshot, keys: &[SigningKey]) -> anyhow::Result<Endorsed<StakeSnapshot>> {
    ensure!(!keys.is_empty(), "a registrar's key is needed to sign the snapshot");
    Ok(Endorsed::sign(snapshot, &keys.iter().collect::<Vec<_>>())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observed() -> Observed {
        let mut it = Observed {
            chain_id: 1,
            block: 9,
            hash: B256::repeat_byte(1),
            keys: BTreeMap::new(),
            stakes: BTreeMap::new(),
            validating: U256::from(30),
            parameters: Values {
                fromEpoch: 0,
                kiosks: 2,
                operators: 2,
                leastFace: Default::default(),
                leastVoice: Default::default(),
                leastOperator: Default::default(),
                leastKiosk: Default::default(),
                leastValidator: Default::default(),
            },
            verifying_keys: BTreeSet::from([B256::repeat_byte(2)]),
            models: BTreeSet::from([B256::repeat_byte(1)]),
        };
        for (number, state) in [(3u8, ACTIVE), (1, ACTIVE), (2, 3)] {
            let key = PublicKey::from(&SigningKey::from_bytes(&[number; 32]));
            let stake = B256::from(binding::scalar(&binding::validator_key(&key)).0);
            it.keys.insert(stake, key.as_bytes().to_vec());
            it.stakes.insert(stake, Told { amount: 15, role: VALIDATOR, state });
        }
        it
    }

    fn by_two(other: Observed) -> anyhow::Result<Observed> {
        agreed(vec![("one".into(), observed()), ("other".into(), other)])
    }

    #[test]
    fn active_validators_stand_in_the_snapshot_in_order_under_the_registrars_signatures() {
        let snapshot = snapshot(&by_two(observed()).unwrap(), 7).unwrap();
        assert_eq!((snapshot.epoch, snapshot.stakes.len()), (7, 2));
        let agreed = snapshot.parameters.clone().unwrap();
        assert_eq!((agreed.chain_id, agreed.block, agreed.kiosks), (1, 9, 2));
        assert_eq!((agreed.keys, agreed.models), (vec![Digest([2; 32])], vec![Scalar([1; 32])]));
        let keys = [SigningKey::from_bytes(&[50; 32]), SigningKey::from_bytes(&[51; 32])];
        let signed = sign(snapshot.clone(), &keys).unwrap();
        assert_eq!(Endorsed::<StakeSnapshot>::decode(signed.bytes()).unwrap().payload(), &snapshot);
        assert!(sign(snapshot, &[]).is_err());
    }

    #[test]
    fn nodes_that_differ_in_anything_are_refused_and_one_alone_is_not_heard() {
        assert!(agreed(vec![("one".into(), observed())]).is_err());
        type Change = fn(&mut Observed);
        let changes: [Change; 8] = [
            |o| o.chain_id = 2,
            |o| o.hash = B256::ZERO,
            |o| o.block = 8,
            |o| {
                o.keys.pop_first();
            },
            |o| o.stakes.values_mut().next().unwrap().amount += 1,
            |o| o.parameters.kiosks = 1,
            |o| o.verifying_keys.clear(),
            |o| o.models.clear(),
        ];
        for change in changes {
            let mut other = observed();
            change(&mut other);
            let refused = by_two(other).unwrap_err().to_string();
            assert!(refused.contains("one and other differ"), "{refused}");
        }
    }

    #[test]
    fn a_missing_event_and_a_foreign_key_are_noticed() {
        let mut missing = observed();
        let active = missing.stakes.iter().find(|(_, told)| told.state == ACTIVE).unwrap().0;
        missing.keys.remove(&active.clone());
        assert!(snapshot(&missing, 1).unwrap_err().to_string().contains("events are missing"));
        let mut foreign = observed();
        *foreign.keys.values_mut().next().unwrap() = vec![9; 32];
        assert!(snapshot(&foreign, 1).unwrap_err().to_string().contains("belongs to the stake"));
    }
}
