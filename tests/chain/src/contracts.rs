//! The contracts as solc compiled them, and the arguments of a true proof.

use std::fs;
use std::path::Path;

use alloy::primitives::{Bytes, U256};
use alloy::sol;
use anyhow::Context as _;
use serde::Deserialize;

sol! {
    interface MatchVerifier {
        function verify(uint256[8] proof, uint256[9] input) external view returns (bool);
    }

    contract ProofRegistry {
        constructor(address governor, uint256 face, uint256 voice);
        function setGovernor(address governor) external;
        function setEpoch(uint64 number, uint256 root) external;
        function endGrace() external;
        function setThresholds(uint256 face, uint256 voice) external;
        function setKey(address verifier, bool accept) external;
        function setModel(uint256 model, bool accept) external;
        function submit(address verifier, uint256[8] proof, uint256[9] input) external;
        function signals(uint256 nullifier) external view returns (uint256);
    }

    error NotGovernor();
    error ZeroGovernor();
    error EpochNotNext(uint64 found, uint64 expected);
    error ThresholdOutOfRange(uint256 threshold);
    error KeyNotAccepted(address verifier);
    error RootNotInForce(uint256 root);
    error NullifierUsed(uint256 nullifier);
    error ModelNotAccepted(uint256 model);
    error ThresholdTooLow(uint256 face, uint256 voice);
    error SignalZero();
    error ProofRefused();
}

/// Creation code.
#[derive(Deserialize)]
pub struct Contracts {
    #[serde(rename = "MatchVerifier")]
    pub verifier: Bytes,
    #[serde(rename = "ProofRegistry")]
    pub registry: Bytes,
}

impl Contracts {
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        read(folder, "contracts.json")
    }
}

/// The arguments of `verify`.
#[derive(Clone, Deserialize)]
pub struct Call {
    /// A (x, y), B (x1, x0, y1, y0), C (x, y).
    pub proof: [U256; 8],
    /// The nine public inputs.
    pub input: [U256; 9],
}

impl Call {
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        read(folder, "call.json")
    }
}

fn read<T: for<'a> Deserialize<'a>>(folder: &Path, name: &str) -> anyhow::Result<T> {
    let path = folder.join(name);
    let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_slice(&bytes).with_context(|| format!("{} is not as expected", path.display()))
}
