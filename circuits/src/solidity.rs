//! A verifier for the Ethereum virtual machine.

use crate::inputs::{PUBLIC_COUNT, PUBLIC_NAMES};
use crate::{Fr, Proof, PublicInputs, VerifyingKey, field};
use ark_bn254::{Fq, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ff::{BigInteger, PrimeField};
use std::fmt::Write;

/// `MatchVerifier.sol` for a key: one function, `verify(uint256[8] proof, uint256[9] input)`, that answers whether the
/// proof holds. Inputs at or above the order of the scalar field and points outside their groups are refused. It keeps
/// nothing: epochs, nullifiers and thresholds are the business of `ProofRegistry.sol`.
pub fn verifier(key: &VerifyingKey) -> String {
    let points = &key.prepared().vk;
    let mut constants = String::new();
    let mut constant = |name: &str, value: &dyn std::fmt::Display| {
        let _ = writeln!(constants, "    uint256 private constant {name} = {value};");
    };
    constant("R", &Fr::MODULUS);
    constant("Q", &Fq::MODULUS);
    for (name, value) in ["ALPHA_X", "ALPHA_Y"].iter().zip(g1(&points.alpha_g1)) {
        constant(name, &value);
    }
    for (name, point) in [("BETA", points.beta_g2), ("GAMMA", points.gamma_g2), ("DELTA", points.delta_g2)] {
        for (part, value) in ["X1", "X0", "Y1", "Y0"].iter().zip(g2(&point)) {
            constant(&format!("{name}_{part}"), &value);
        }
    }
    for (number, point) in points.gamma_abc_g1.iter().enumerate() {
        let [x, y] = g1(point);
        constant(&format!("IC{number}_X"), &x);
        constant(&format!("IC{number}_Y"), &y);
    }
    let mut sum = String::new();
    for number in 1..=PUBLIC_COUNT {
        let _ = writeln!(
            sum,
            "            ok := and(ok, add_input(m, IC{number}_X, IC{number}_Y, calldataload(add(input, {}))))",
            32 * (number - 1)
        );
    }
    let digest = key.digest().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    let development = if key.is_development() {
        "/// @dev DEVELOPMENT KEY: its secrets are published, anyone can forge under it.\n"
    } else {
        ""
    };
    TEMPLATE
        .replace("{development}", development)
        .replace("{inputs}", &PUBLIC_NAMES.join(", "))
        .replace("{constants}", &constants)
        .replace("{digest}", &digest)
        .replace("{sum}", &sum)
}

/// The arguments of `verify` as the EVM takes them: eight words of the proof, nine of the inputs, each 32 bytes
/// big-endian.
pub fn words(proof: &Proof, public: &PublicInputs) -> [[u8; 32]; 8 + PUBLIC_COUNT] {
    let points = &proof.inner;
    let proof = g1(&points.a).into_iter().chain(g2(&points.b)).chain(g1(&points.c)).map(word);
    let mut words = [[0; 32]; 8 + PUBLIC_COUNT];
    let inputs = public.to_fields();
    let all = proof.chain(inputs.iter().map(field::to_bytes));
    for (slot, word) in words.iter_mut().zip(all) {
        *slot = word;
    }
    words
}

fn word(coordinate: Fq) -> [u8; 32] {
    let mut word = [0; 32];
    word.copy_from_slice(&coordinate.into_bigint().to_bytes_be());
    word
}

fn g1(point: &G1Affine) -> [Fq; 2] {
    point.xy().map_or([Fq::from(0u64); 2], |(x, y)| [x, y])
}

/// The EVM takes the second part of an element of Fq2 first.
fn g2(point: &G2Affine) -> [Fq; 4] {
    point.xy().map_or([Fq::from(0u64); 4], |(x, y)| [x.c1, x.c0, y.c1, y.c0])
}

const TEMPLATE: &str = r#"// SPDX-License-Identifier: Apache-2.0 OR MIT
// Generated from a verifying key; see wetsign-circuits.
pragma solidity ^0.8.24;

/// @title Does a match proof hold?
{development}/// @notice Groth16 on BN254. Inputs, in order: {inputs}.
contract MatchVerifier {
    /// @notice SHA-256 of the verifying key, as trust policies list it.
    bytes32 public constant KEY = 0x{digest};

{constants}
    /// @param proof A (x, y), B (x1, x0, y1, y0), C (x, y).
    /// @param input The nine public inputs.
    /// @return ok Whether the proof holds; false for inputs that are not canonical and for points outside their groups.
    function verify(uint256[8] calldata proof, uint256[9] calldata input) external view returns (bool ok) {
        assembly ("memory-safe") {
            // The sum at m, one term behind it.
            function add_input(m, x, y, factor) -> done {
                let term := add(m, 0x40)
                mstore(term, x)
                mstore(add(m, 0x60), y)
                mstore(add(m, 0x80), factor)
                done := lt(factor, R)
                done := and(done, staticcall(gas(), 7, term, 0x60, term, 0x40))
                done := and(done, staticcall(gas(), 6, m, 0x80, m, 0x40))
            }
            let m := mload(0x40)
            mstore(m, IC0_X)
            mstore(add(m, 0x20), IC0_Y)
            ok := 1
{sum}
            // e(-A, B) e(alpha, beta) e(X, gamma) e(C, delta) = 1; the precompile checks curve and group.
            let p := add(m, 0x40)
            let y := calldataload(add(proof, 0x20))
            ok := and(ok, lt(y, Q))
            mstore(p, calldataload(proof))
            mstore(add(p, 0x20), mod(sub(Q, y), Q))
            calldatacopy(add(p, 0x40), add(proof, 0x40), 0x80)
            mstore(add(p, 0xc0), ALPHA_X)
            mstore(add(p, 0xe0), ALPHA_Y)
            mstore(add(p, 0x100), BETA_X1)
            mstore(add(p, 0x120), BETA_X0)
            mstore(add(p, 0x140), BETA_Y1)
            mstore(add(p, 0x160), BETA_Y0)
            mstore(add(p, 0x180), mload(m))
            mstore(add(p, 0x1a0), mload(add(m, 0x20)))
            mstore(add(p, 0x1c0), GAMMA_X1)
            mstore(add(p, 0x1e0), GAMMA_X0)
            mstore(add(p, 0x200), GAMMA_Y1)
            mstore(add(p, 0x220), GAMMA_Y0)
            calldatacopy(add(p, 0x240), add(proof, 0xc0), 0x40)
            mstore(add(p, 0x280), DELTA_X1)
            mstore(add(p, 0x2a0), DELTA_X0)
            mstore(add(p, 0x2c0), DELTA_Y1)
            mstore(add(p, 0x2e0), DELTA_Y0)
            ok := and(ok, staticcall(gas(), 8, p, 0x300, m, 0x20))
            ok := and(ok, eq(mload(m), 1))
        }
    }
}
"#;
