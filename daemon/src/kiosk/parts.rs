//! What the daemon is made of, read from the configuration and the files that it names.

use std::path::Path;

use wetsign_attest::{
    TrustPolicy, binding,
    id::{Blob, Digest, PublicKey, Scalar},
};
use wetsign_circuits::{Fr, Prover, ProverOptions, ProvingKey, TableHome, development_key};
use wetsign_models::{
    manifest::Manifest,
    store::ModelStore,
    text::{ContentScorer, TextClassifier},
};

use wetsign_pair::SealPublic;
use wetsign_unique::{kiosk::KnownSearcher, line::Place};

use super::StartError;
use crate::{
    bounded,
    config::{Config, SearcherAt},
};

/// What is known of the networks in use.
#[derive(Debug, Clone)]
pub struct ModelFacts {
    /// Public input of the proof.
    pub model_id: Fr,
    /// The same as it is written in objects.
    pub scalar: Scalar,
    /// SHA-256 of the model manifest.
    pub manifest: [u8; 32],
}

/// The prover's tables lie beside its key.
pub(super) fn prover(config: &Config, cache: &Path) -> Result<Prover, StartError> {
    let (key, folder) = if config.proof.key == "development" {
        (development_key(cache)?, cache.join("keys"))
    } else {
        let path = Path::new(&config.proof.key);
        (ProvingKey::read(path)?, path.parent().unwrap_or(Path::new(".")).to_owned())
    };
    let options = ProverOptions {
        memory: config.proof.tables_mb * 1_000_000,
        threads: config.proof.threads,
        ..ProverOptions::default()
    };
    let prover = Prover::new(key, options, Some(&folder))?;
    if let TableHome::Memory { reason: Some(reason) } = prover.home() {
        tracing::warn!(reason, "the prover's tables are not kept on disk and are made anew at every start");
    }
    Ok(prover)
}

pub(super) fn model_facts() -> Result<ModelFacts, StartError> {
    let manifest = Manifest::embedded();
    let parts = manifest.model_id_parts()?;
    let model_id =
        binding::model_id(&Digest(parts.face_model), &Digest(parts.voice_model), &Digest(parts.quantiser));
    Ok(ModelFacts { model_id, scalar: binding::scalar(&model_id), manifest: manifest.digest() })
}

/// Without the classifier's file there are fewer scores, and rules that ask for a missing one forbid.
pub(super) fn scorer(cache: &Path) -> Result<ContentScorer, StartError> {
    let path = match ModelStore::open(cache)?.path("text-objection") {
        Ok(path) => path,
        Err(error) => {
            tracing::warn!(%error, "no text classifier: rules that ask for its score will forbid");
            return Ok(ContentScorer::new(None));
        }
    };
    let bytes = std::fs::read(path).map_err(|error| StartError::Classifier(error.into()))?;
    let classifier =
        TextClassifier::from_json(&bytes).map_err(|error| StartError::Classifier(error.into()))?;
    Ok(ContentScorer::new(Some(classifier)))
}

/// The policy of the verifiers for whom approvals are made, where the operator names one.
pub(super) fn verifiers_policy(config: &Config, log: &PublicKey) -> Result<Option<TrustPolicy>, StartError> {
    let path = &config.hub.trust_policy;
    if path.as_os_str().is_empty() {
        return Ok(None);
    }
    let refuse = |source| StartError::Policy { path: path.to_owned(), source };
    let text = bounded::read_text(path, bounded::SETTINGS).map_err(|error| refuse(error.into()))?;
    let policy = TrustPolicy::from_toml(&text).map_err(|error| refuse(error.into()))?;
    let origin = &config.log.origin;
    if (&policy.log.origin, &policy.log.key) != (origin, log) {
        let (path, origin, trusted) = (path.clone(), origin.clone(), Box::new(policy.log));
        return Err(StartError::OtherLog { path, trusted, origin, key: *log });
    }
    Ok(Some(policy))
}

/// The three searchers, if they are configured.
pub(super) fn searchers(config: &Config) -> Result<Option<[KnownSearcher; 3]>, StartError> {
    let mut known = Vec::new();
    for SearcherAt { address, name, authority, key, seal } in &config.searchers {
        let authority = wetsign_unique::config::authorities(authority)?;
        let place = Place { address: address.clone(), name: name.clone(), authority };
        known.push(KnownSearcher { place, key: *key, seal: SealPublic(seal.0) });
    }
    Ok(known.try_into().ok())
}

/// The bytes themselves, or the hex text of them.
pub(super) fn read_certificate(path: &Path) -> Result<Blob, StartError> {
    let bytes = bounded::read(path, bounded::SETTINGS)
        .map_err(|source| StartError::Certificate { path: path.to_owned(), source })?;
    let text = std::str::from_utf8(&bytes).ok().map(str::trim);
    Ok(Blob(text.and_then(|text| hex::decode(text).ok()).unwrap_or(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trust_policy_for_another_log_is_refused_at_the_start() {
        let folder = tempfile::tempdir().unwrap();
        let key = |seed| PublicKey::from(&ed25519_dalek::SigningKey::from_bytes(&[seed; 32]));
        let mut config = Config::default();
        config.hub.trust_policy = folder.path().join("trust.toml");
        let (own, origin) = (key(1), config.log.origin.clone());
        for (origin, trusted, holds) in [
            (origin.as_str(), own, true),
            (origin.as_str(), key(2), false),
            ("other.example/log", own, false),
        ] {
            let text = format!(
                "version = 2\nregistrars = [\"{own}\"]\nregistrars_needed = 1\nminimum_stake = \"1\"\n\
                 [log]\norigin = \"{origin}\"\nkey = \"{trusted}\"\n"
            );
            std::fs::write(&config.hub.trust_policy, text).unwrap();
            match verifiers_policy(&config, &own) {
                Ok(policy) => assert!(holds && policy.is_some(), "{origin} {trusted}"),
                Err(refused) => {
                    let words = refused.to_string();
                    assert!(
                        !holds && words.contains("trust.toml") && words.contains(&own.to_string()),
                        "{words}"
                    );
                }
            }
        }
    }
}
