//! Tests that need the inside of the crate.

mod batch;
mod circuit;
mod codecs;
mod keys;
mod negative;
mod plain;
mod proofs;
mod prover;
mod registry;
mod solidity;
mod soundness;
mod vectors;

use crate::inputs::PUBLIC_COUNT;
use crate::similarity::Similarity;
use crate::{
    Features, Fr, PrivateInputs, ProvingKey, PublicInputs, Registry, Shape, commitment, development_key,
    field,
};
use rand::Rng;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use std::sync::OnceLock;

/// Large enough for every part of the circuit to be there, small enough for a key in a blink.
const SMALL: Shape = Shape { face: 33, voice: 8, levels: 2 };

/// A validator with a leaf in a registry and a capture that matches.
struct Case {
    shape: Shape,
    public: PublicInputs,
    private: PrivateInputs,
}

impl Case {
    fn small(seed: u64) -> Self {
        Self::new(SMALL, seed)
    }

    fn new(shape: Shape, seed: u64) -> Self {
        let mut random = ChaCha20Rng::seed_from_u64(seed);
        let mut element =
            |name: &str| field::field31(format!("{name} {seed} {}", random.r#gen::<u64>()).as_bytes());
        let [secret, template_blinding, probe_blinding, model_id, validator_key, request_id, signal] =
            ["secret", "bt", "bp", "model", "key", "request", "signal"].map(&mut element);
        let template = Features { face: vector(shape.face, seed), voice: vector(shape.voice, seed + 1) };
        let probe = Features { face: noisy(&template.face, seed), voice: noisy(&template.voice, seed + 1) };

        let mut registry = Registry::new(shape.levels).unwrap();
        let committed = commitment::template(&model_id, &template, &template_blinding);
        let index = random.gen_range(0..registry.capacity());
        registry.set(index, commitment::leaf(&secret, &committed, &validator_key)).unwrap();
        for (neighbour, leaf) in [(index ^ 1, 41u64), (index ^ 6, 42)] {
            if neighbour < registry.capacity() {
                registry.set(neighbour, Fr::from(leaf)).unwrap();
            }
        }

        let public = PublicInputs {
            root: registry.root(),
            nullifier: commitment::nullifier(&secret, &request_id),
            probe: commitment::probe(&model_id, &probe, &probe_blinding),
            request_id,
            signal,
            model_id,
            validator_key,
            tau_face: 32768,
            tau_voice: 32768,
        };
        let path = registry.path(index).unwrap();
        let private = PrivateInputs { secret, template_blinding, probe_blinding, template, probe, path };
        Self { shape, public, private }
    }

    fn fields(&self) -> [Fr; PUBLIC_COUNT] {
        self.public.to_fields()
    }

    /// Commits to the probe as it stands now, as a prover who holds that probe would.
    fn commit_again(&mut self) {
        let private = &self.private;
        self.public.probe = commitment::probe(&self.public.model_id, &private.probe, &private.probe_blinding);
    }

    /// Enrols the template as it stands now, alone in its registry.
    fn enrol_again(&mut self) {
        let private = &mut self.private;
        let committed =
            commitment::template(&self.public.model_id, &private.template, &private.template_blinding);
        let mut registry = Registry::new(self.shape.levels).unwrap();
        let leaf = commitment::leaf(&private.secret, &committed, &self.public.validator_key);
        registry.set(private.path.index, leaf).unwrap();
        private.path = registry.path(private.path.index).unwrap();
        self.public.root = registry.root();
    }
}

/// A vector of lively coordinates.
fn vector(size: usize, seed: u64) -> Vec<i8> {
    let mut random = ChaCha20Rng::seed_from_u64(seed ^ 0xface);
    (0..size).map(|_| random.gen_range(-90..=90)).collect()
}

/// The same person once more: cosine about 0.97.
fn noisy(vector: &[i8], seed: u64) -> Vec<i8> {
    let mut random = ChaCha20Rng::seed_from_u64(seed ^ 0x0153);
    let mut draw = || vector.iter().map(|c| c + random.gen_range(-20..=20)).collect::<Vec<i8>>();
    // A short vector that happens to be faint may need a few.
    std::iter::repeat_with(&mut draw).find(|probe| Similarity::of(vector, probe).cosine() > 0.9).unwrap()
}

/// A key at the small size, made once for all tests.
fn small_key() -> &'static ProvingKey {
    static KEY: OnceLock<ProvingKey> = OnceLock::new();
    KEY.get_or_init(|| ProvingKey::from_seed(SMALL, "tests").unwrap())
}

/// The development key, made once for all tests.
fn full_key() -> &'static ProvingKey {
    static KEY: OnceLock<ProvingKey> = OnceLock::new();
    KEY.get_or_init(|| {
        let cache = tempfile::tempdir().unwrap();
        development_key(cache.path()).unwrap()
    })
}
