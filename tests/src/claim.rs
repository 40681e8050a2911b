//! A true statement of any shape, for checks of the proof alone.

use wetsign_circuits::{Features, Fr, PrivateInputs, PublicInputs, Registry, Shape, commitment, field};

/// Public and private inputs that satisfy the statement.
pub struct Claim {
    /// What everyone sees.
    pub public: PublicInputs,
    /// What only the prover knows.
    pub private: PrivateInputs,
}

impl Claim {
    /// Fixed vectors, fresh secrets.
    ///
    /// # Errors
    /// No randomness, or an impossible shape.
    pub fn new(shape: Shape) -> anyhow::Result<Self> {
        Self::of(shape, field::field31(b"key"), field::field31(b"request"))
    }

    /// The same, under a validator's key and for a request.
    ///
    /// # Errors
    /// As [`Claim::new`].
    pub fn of(shape: Shape, validator_key: Fr, request_id: Fr) -> anyhow::Result<Self> {
        let vector =
            |size, step: usize| (0..size).map(|at| (((at * step + 11) % 181) as i16 - 90) as i8).collect();
        let near = |vector: &[i8]| vector.iter().enumerate().map(|(at, c)| c + (at % 17) as i8 - 8).collect();
        let template = Features { face: vector(shape.face, 37), voice: vector(shape.voice, 53) };
        let probe = Features { face: near(&template.face), voice: near(&template.voice) };
        let element = |name: &str| field::field31(name.as_bytes());
        let (secret, model_id) = (field::random()?, element("model"));
        let (template_blinding, probe_blinding) = (field::random()?, field::random()?);
        let committed = commitment::template(&model_id, &template, &template_blinding);
        let mut registry = Registry::new(shape.levels)?;
        registry.set(2, commitment::leaf(&secret, &committed, &validator_key))?;
        let public = PublicInputs {
            root: registry.root(),
            nullifier: commitment::nullifier(&secret, &request_id),
            probe: commitment::probe(&model_id, &probe, &probe_blinding),
            request_id,
            signal: element("signal"),
            model_id,
            validator_key,
            tau_face: 40_000,
            tau_voice: 40_000,
        };
        let path = registry.path(2)?;
        let private = PrivateInputs { secret, template_blinding, probe_blinding, template, probe, path };
        Ok(Self { public, private })
    }
}
