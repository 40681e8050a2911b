//! Match proofs under a small key that anybody can make: for checks alone.

use alloy::primitives::U256;
use wetsign_circuits::{Cancel, Fr, Prover, ProverOptions, ProvingKey, Shape, field, solidity};

use crate::artifacts::Call;
use crate::claim::Claim;

/// As small as a match circuit gets. What a chain pays for a proof does not depend on it.
const SMALL: Shape = Shape { face: 4, voice: 4, levels: 1 };
/// From which the key is made, each time the same.
const SEED: &str = "wetsign/tests/chain";

/// Who proves what.
pub struct Proofs {
    prover: Prover,
}

/// One person before one request.
pub struct Person {
    claim: Claim,
}

impl Proofs {
    /// Makes the key.
    pub fn new() -> anyhow::Result<Self> {
        let options = ProverOptions { background: false, ..ProverOptions::default() };
        Ok(Self { prover: Prover::new(ProvingKey::from_seed(SMALL, SEED)?, options, None)? })
    }

    /// `MatchVerifier.sol` for the key.
    pub fn verifier(&self) -> String {
        solidity::verifier(self.prover.key().verifying_key())
    }

    /// A proof of the person, bound to a signal.
    pub fn prove(&self, person: &Person, signal: u64) -> anyhow::Result<Call> {
        let public =
            wetsign_circuits::PublicInputs { signal: Fr::from(signal), ..person.claim.public.clone() };
        let proof = self.prover.prove(&public, &person.claim.private, &Cancel::default())?;
        let words = solidity::words(&proof, &public).map(U256::from_be_bytes);
        let (proof, input) = words.split_at(8);
        Ok(Call { proof: proof.try_into()?, input: input.try_into()? })
    }
}

impl Person {
    /// Enrolled under a key, asked about a request.
    pub fn enrolled(public_key: &[u8], request: &[u8; 32]) -> anyhow::Result<Self> {
        let key = wetsign_attest::id::PublicKey::try_from(public_key)?;
        let validator_key = wetsign_attest::binding::validator_key(&key);
        let claim = Claim::of(SMALL, validator_key, field::first31(request))?;
        Ok(Self { claim })
    }
}
