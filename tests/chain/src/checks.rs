//! What the contracts have to accept and to refuse.

use std::collections::BTreeMap;

use alloy::primitives::{Address, Bytes, U256, address, uint};
use alloy::sol_types::{SolCall, SolConstructor, SolError};
use anyhow::{bail, ensure};

use wetsign_chain::contracts::ProofRegistry::{
    EpochNotNext, KeyNotAccepted, ModelNotAccepted, NotGovernor, NotRegistrar, NullifierUsed, ProofRefused,
    RootNotInForce, SignalZero, ThresholdOutOfRange, ThresholdTooLow, ZeroGovernor,
};
use wetsign_chain::contracts::{MatchVerifier, ProofRegistry};

use crate::artifacts::{Call, Contracts};
use crate::evm::{Answer, Evm};

/// Most gas for one verification, as a transaction.
const VERIFY_GAS: u64 = 272_000;
/// Order of BN254's scalar field.
const SCALAR_ORDER: U256 =
    uint!(21888242871839275222246405745257275088548364400416034343698204186575808495617_U256);
/// Order of BN254's base field.
const BASE_ORDER: U256 =
    uint!(21888242871839275222246405745257275088696311157297823662689037894645226208583_U256);
/// Somebody who governs nothing.
const STRANGER: Address = address!("0x2000000000000000000000000000000000000002");

/// Names and outcomes, and the gas of each step.
pub struct Found {
    /// Each with what was found, or what is wrong.
    pub rows: Vec<(&'static str, anyhow::Result<String>)>,
    /// By step.
    pub gas: BTreeMap<&'static str, u64>,
}

/// Deploys both contracts and asks them everything.
pub fn run(evm: &mut dyn Evm, contracts: &Contracts, call: &Call) -> Found {
    let mut gas = BTreeMap::new();
    let mut rows = Vec::new();
    match Chain::deploy(evm, contracts, call, &mut gas) {
        Err(error) => rows.push(("the contracts are deployed", Err(error))),
        Ok(mut chain) => {
            rows.push(("a true proof holds, in at most 272,000 gas", chain.holds_within_bounds()));
            rows.push(("each altered input and each alias n + r is refused", chain.refuses_inputs()));
            rows.push(("altered and malformed points are refused", chain.refuses_points()));
            rows.push((
                "a proof counts only under key, epoch, model and thresholds, and once",
                chain.keeps_order(),
            ));
            rows.push(("nobody but the governor changes what counts", chain.obeys_its_governor()));
        }
    }
    Found { rows, gas }
}

struct Chain<'a> {
    evm: &'a mut dyn Evm,
    call: &'a Call,
    verifier: Address,
    registry: Address,
    gas: &'a mut BTreeMap<&'static str, u64>,
}

impl<'a> Chain<'a> {
    fn deploy(
        evm: &'a mut dyn Evm,
        contracts: &Contracts,
        call: &'a Call,
        gas: &'a mut BTreeMap<&'static str, u64>,
    ) -> anyhow::Result<Self> {
        let (verifier, took) = evm.deploy(contracts.get("MatchVerifier")?.clone())?;
        gas.insert("deploy MatchVerifier", took);
        let arguments = ProofRegistry::constructorCall {
            governor: evm.sender(),
            face: call.input[7],
            voice: call.input[8],
        };
        let code = [&contracts.get("ProofRegistry")?[..], &arguments.abi_encode()].concat();
        let (registry, took) = evm.deploy(code.into())?;
        gas.insert("deploy ProofRegistry", took);
        Ok(Self { evm, call, verifier, registry, gas })
    }

    fn holds_within_bounds(&mut self) -> anyhow::Result<String> {
        ensure!(self.holds(self.call)?, "refused");
        let took = self.sent(self.verifier, verify(self.call))?;
        self.gas.insert("verify", took);
        ensure!(took <= VERIFY_GAS, "{took} gas");
        Ok(format!("{took} gas"))
    }

    fn refuses_inputs(&mut self) -> anyhow::Result<String> {
        let mut refused = 0;
        for at in 0..self.call.input.len() {
            for by in [U256::from(1), SCALAR_ORDER] {
                let mut other = self.call.clone();
                other.input[at] += by;
                ensure!(!self.holds(&other)?, "input {at} + {by} is accepted");
                refused += 1;
            }
        }
        Ok(format!("{refused} refused"))
    }

    fn refuses_points(&mut self) -> anyhow::Result<String> {
        let mut refused = 0;
        for at in 0..self.call.proof.len() {
            let own = self.call.proof[at];
            // The last is another spelling of the same coordinate.
            let values = [U256::ZERO, U256::from(1), own + U256::from(1), U256::MAX, own + BASE_ORDER];
            for value in values {
                let mut other = self.call.clone();
                other.proof[at] = value;
                ensure!(!self.holds(&other)?, "coordinate {at} = {value} is accepted");
                refused += 1;
            }
        }
        let identity = Call { proof: [U256::ZERO; 8], ..self.call.clone() };
        ensure!(!self.holds(&identity)?, "the identity is accepted");
        Ok(format!("{} refused", refused + 1))
    }

    fn keeps_order(&mut self) -> anyhow::Result<String> {
        let call = self.call.clone();
        let [root, nullifier, _, _, _, model, _, face, voice] = call.input;
        let one = U256::from(1);
        self.refused::<KeyNotAccepted>(self.submit(&call))?;
        let verifier = self.verifier;
        self.change("accept a key", ProofRegistry::setKeyCall { verifier, accept: true })?;
        self.refused::<RootNotInForce>(self.submit(&call))?;
        self.refused::<EpochNotNext>(encode(&ProofRegistry::setEpochCall { number: 2, root }))?;
        self.change("set an epoch", ProofRegistry::setEpochCall { number: 1, root })?;
        self.refused::<ModelNotAccepted>(self.submit(&call))?;
        self.change("accept a model", ProofRegistry::setModelCall { model, accept: true })?;
        for (face, voice) in [(face + one, voice), (face, voice + one)] {
            self.change("set thresholds", ProofRegistry::setThresholdsCall { face, voice })?;
            self.refused::<ThresholdTooLow>(self.submit(&call))?;
        }
        self.change("set thresholds", ProofRegistry::setThresholdsCall { face, voice })?;
        for (at, by) in [(4, one), (1, SCALAR_ORDER)] {
            let mut other = call.clone();
            other.input[at] += by;
            self.refused::<ProofRefused>(self.submit(&other))?;
        }
        let mut silent = call.clone();
        silent.input[4] = U256::ZERO;
        self.refused::<SignalZero>(self.submit(&silent))?;

        let took = self.sent(self.registry, self.submit(&call))?;
        self.gas.insert("submit", took);
        let kept = self.evm.call_from(
            self.evm.sender(),
            self.registry,
            encode(&ProofRegistry::signalsCall { nullifier }),
        )?;
        let Answer::Returned(kept) = kept else { bail!("the registry does not tell the signal") };
        ensure!(U256::from_be_slice(&kept) == call.input[4], "another signal is kept");

        self.refused::<NullifierUsed>(self.submit(&call))?;
        self.change("set an epoch", ProofRegistry::setEpochCall { number: 2, root: one })?;
        // In grace: still known as used.
        self.refused::<NullifierUsed>(self.submit(&call))?;
        self.change("end the grace", ProofRegistry::endGraceCall {})?;
        self.refused::<RootNotInForce>(self.submit(&call))?;
        Ok(format!("{took} gas to submit"))
    }

    fn obeys_its_governor(&mut self) -> anyhow::Result<String> {
        let (one, verifier) = (U256::from(1), self.verifier);
        let attempts = [
            encode(&ProofRegistry::setGovernorCall { governor: STRANGER }),
            encode(&ProofRegistry::setRegistrarCall { registrar: STRANGER }),
            encode(&ProofRegistry::setThresholdsCall { face: one, voice: one }),
            encode(&ProofRegistry::setKeyCall { verifier, accept: true }),
            encode(&ProofRegistry::setModelCall { model: one, accept: true }),
        ];
        let count = attempts.len();
        for data in attempts {
            let answer = self.evm.call_from(STRANGER, self.registry, data)?;
            reverted_with::<NotGovernor>(answer)?;
        }
        let attempts = [
            encode(&ProofRegistry::setEpochCall { number: 3, root: one }),
            encode(&ProofRegistry::endGraceCall {}),
        ];
        for data in attempts {
            reverted_with::<NotRegistrar>(self.evm.call_from(STRANGER, self.registry, data)?)?;
        }
        self.refused::<ZeroGovernor>(encode(&ProofRegistry::setGovernorCall { governor: Address::ZERO }))?;
        let much = U256::from(65_537);
        for (face, voice) in [(much, one), (one, much)] {
            self.refused::<ThresholdOutOfRange>(encode(&ProofRegistry::setThresholdsCall { face, voice }))?;
        }
        Ok(format!("{count} calls by a stranger refused"))
    }

    fn holds(&mut self, call: &Call) -> anyhow::Result<bool> {
        match self.evm.call_from(self.evm.sender(), self.verifier, verify(call))? {
            Answer::Returned(word) => Ok(MatchVerifier::verifyCall::abi_decode_returns(&word)?),
            Answer::Reverted(data) => bail!("the verifier reverts with {data}"),
        }
    }

    fn submit(&self, call: &Call) -> Bytes {
        let Call { proof, input } = call.clone();
        encode(&ProofRegistry::submitCall { verifier: self.verifier, proof, input })
    }

    fn change(&mut self, what: &'static str, call: impl SolCall) -> anyhow::Result<()> {
        let took = self.sent(self.registry, encode(&call))?;
        self.gas.insert(what, took);
        Ok(())
    }

    fn sent(&mut self, to: Address, data: Bytes) -> anyhow::Result<u64> {
        match self.evm.transact(self.evm.sender(), Some(to), data)? {
            Ok(done) => Ok(done.gas),
            Err(data) => bail!("the transaction reverted with {data}"),
        }
    }

    fn refused<E: SolError>(&mut self, data: Bytes) -> anyhow::Result<()> {
        reverted_with::<E>(self.evm.call_from(self.evm.sender(), self.registry, data)?)
    }
}

fn reverted_with<E: SolError>(answer: Answer) -> anyhow::Result<()> {
    match answer {
        Answer::Reverted(data) if data.starts_with(&E::SELECTOR) => Ok(()),
        other => bail!("expected {}, found {other:?}", E::SIGNATURE),
    }
}

fn verify(call: &Call) -> Bytes {
    encode(&MatchVerifier::verifyCall { proof: call.proof, input: call.input })
}

fn encode(call: &impl SolCall) -> Bytes {
    call.abi_encode().into()
}
