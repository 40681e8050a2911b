//! Linear TF-IDF text classifier: scikit-learn's `TfidfVectorizer` + calibrated `LinearSVC`, read from JSON.

use super::tokens::words;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use thiserror::Error;

const MAX_MODEL_BYTES: usize = 16 * 1024 * 1024;
const TOKEN_PATTERN: &str = r"\b\w\w+\b";

/// Why a model file cannot be used.
#[derive(Debug, Error)]
pub enum TextModelError {
    /// Larger than any model that belongs here.
    #[error("text model has {found} bytes and at most {MAX_MODEL_BYTES} are read: run `cargo xtask models`")]
    TooLarge {
        /// Size found.
        found: usize,
    },
    /// Not the JSON that the converter writes.
    #[error("text model is not the converter's JSON: run `cargo xtask models`")]
    Json(#[from] serde_json::Error),
    /// Another preprocessing than the one implemented here.
    #[error("text model wants {setting} = {found:?} and only {expected:?} is implemented")]
    Preprocessing {
        /// Which setting.
        setting: &'static str,
        /// What the file says.
        found: String,
        /// What is implemented.
        expected: &'static str,
    },
    /// Weights that do not fit each other.
    #[error("text model is inconsistent: {0}")]
    Shape(String),
}

#[derive(Deserialize)]
struct File {
    token_pattern: String,
    lowercase: bool,
    norm: String,
    vocabulary: HashMap<String, usize>,
    idf: Vec<f64>,
    ensemble: Vec<Member>,
}

#[derive(Debug, Clone, Deserialize)]
struct Member {
    coef: Vec<f64>,
    intercept: f64,
    /// Platt scaling: probability = 1 / (1 + exp(a·f + b)).
    a: f64,
    b: f64,
}

/// The mean of an ensemble of calibrated linear classifiers over L2-normalised TF-IDF weights.
#[derive(Debug, Clone)]
pub struct TextClassifier {
    vocabulary: HashMap<String, usize>,
    idf: Vec<f64>,
    ensemble: Vec<Member>,
    digest: [u8; 32],
}

impl TextClassifier {
    /// Reads the model that `models/convert` makes from `alt-profanity-check`.
    ///
    /// # Errors
    /// [`TextModelError`] if the bytes are no such model; weights must be finite and fit the vocabulary.
    pub fn from_json(bytes: &[u8]) -> Result<Self, TextModelError> {
        if bytes.len() > MAX_MODEL_BYTES {
            return Err(TextModelError::TooLarge { found: bytes.len() });
        }
        let file: File = serde_json::from_slice(bytes)?;
        let preprocessing = |setting, found: String, expected| {
            Err(TextModelError::Preprocessing { setting, found, expected })
        };
        if file.token_pattern != TOKEN_PATTERN {
            return preprocessing("token_pattern", file.token_pattern, TOKEN_PATTERN);
        }
        if !file.lowercase {
            return preprocessing("lowercase", "false".into(), "true");
        }
        if file.norm != "l2" {
            return preprocessing("norm", file.norm, "l2");
        }
        check_shape(&file)?;
        let digest = Sha256::digest(bytes).into();
        Ok(Self { vocabulary: file.vocabulary, idf: file.idf, ensemble: file.ensemble, digest })
    }

    /// How objectionable the text is, 0 to 1000. A text without one known word gets the model's base rate.
    ///
    /// Terms are summed in the order of their index, so the same file gives the same score everywhere up to the last
    /// bit of `exp`; rounding to thousandths hides that bit except exactly at a half.
    pub fn score(&self, text: &str) -> i32 {
        let mut weights: BTreeMap<usize, f64> = BTreeMap::new();
        for word in words(text) {
            if let Some(&index) = self.vocabulary.get(&word) {
                *weights.entry(index).or_default() += self.idf[index];
            }
        }
        let norm = weights.values().map(|w| w * w).sum::<f64>().sqrt();
        let norm = if norm > 0.0 { norm } else { 1.0 };
        let probability = |member: &Member| {
            let distance =
                weights.iter().map(|(&i, w)| w / norm * member.coef[i]).sum::<f64>() + member.intercept;
            1.0 / (1.0 + (member.a * distance + member.b).exp())
        };
        let mean = self.ensemble.iter().map(probability).sum::<f64>() / self.ensemble.len() as f64;
        (mean * 1000.0).round() as i32
    }

    /// SHA-256 of the model file.
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }
}

fn check_shape(file: &File) -> Result<(), TextModelError> {
    let terms = file.idf.len();
    let wrong = |what: String| Err(TextModelError::Shape(what));
    if terms == 0 || file.vocabulary.len() != terms {
        return wrong(format!("{} words in the vocabulary, {terms} idf weights", file.vocabulary.len()));
    }
    let mut seen = vec![false; terms];
    for (word, &index) in &file.vocabulary {
        match seen.get_mut(index) {
            None => return wrong(format!("word {word:?} has index {index}, the last is {}", terms - 1)),
            Some(true) => return wrong(format!("index {index} stands for two words, one is {word:?}")),
            Some(free) => *free = true,
        }
    }
    if file.ensemble.is_empty() {
        return wrong("no classifier in the ensemble".into());
    }
    for (n, member) in file.ensemble.iter().enumerate() {
        if member.coef.len() != terms {
            return wrong(format!("classifier {n} has {} weights for {terms} terms", member.coef.len()));
        }
        // With a ≥ 0 a higher distance would mean a lower probability: a converter's sign error.
        if !(member.a.is_finite() && member.a < 0.0 && member.b.is_finite() && member.intercept.is_finite()) {
            return wrong(format!(
                "classifier {n}: a = {}, b = {}, intercept = {}",
                member.a, member.b, member.intercept
            ));
        }
    }
    let finite = |values: &[f64]| values.iter().all(|v| v.is_finite());
    if !finite(&file.idf) || !file.ensemble.iter().all(|m| finite(&m.coef)) {
        return wrong("a weight is not finite".into());
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Two words, one classifier: "kill" weighs in, "nice" weighs out.
    pub(in super::super) const TINY: &str = r#"{"token_pattern":"\\b\\w\\w+\\b","lowercase":true,"norm":"l2",
        "vocabulary":{"kill":0,"nice":1},"idf":[2.0,1.0],
        "ensemble":[{"coef":[3.0,-2.0],"intercept":-0.5,"a":-1.0,"b":0.0}]}"#;

    fn tiny() -> TextClassifier {
        TextClassifier::from_json(TINY.as_bytes()).unwrap()
    }

    fn sigmoid(x: f64) -> i32 {
        (1000.0 / (1.0 + (-x).exp())).round() as i32
    }

    #[test]
    fn score_follows_the_formula() {
        assert_eq!(tiny().score("KILL!"), sigmoid(2.5));
        assert_eq!(tiny().score("nice"), sigmoid(-2.5));
        let norm = 5.0_f64.sqrt();
        assert_eq!(tiny().score("a nice kill"), sigmoid(2.0 / norm * 3.0 - 1.0 / norm * 2.0 - 0.5));
        assert_eq!(tiny().score("unknown words only"), sigmoid(-0.5));
    }

    #[test]
    fn broken_models_are_refused_with_a_reason() {
        let cases = [
            ("\"l2\"", "\"l1\"", "norm"),
            ("true", "false", "lowercase"),
            ("\"nice\":1", "\"nice\":0", "two words"),
            ("\"nice\":1", "\"nice\":7", "index 7"),
            ("[2.0,1.0]", "[2.0]", "idf"),
            ("[3.0,-2.0]", "[3.0]", "1 weights for 2 terms"),
            ("\"a\":-1.0", "\"a\":1.0", "a = 1"),
        ];
        for (from, to, reason) in cases {
            let error = TextClassifier::from_json(TINY.replace(from, to).as_bytes()).unwrap_err().to_string();
            assert!(error.contains(reason), "{from} -> {to}: {error}");
        }
        assert!(matches!(TextClassifier::from_json(b"{"), Err(TextModelError::Json(_))));
    }

    #[test]
    fn digest_pins_the_file() {
        let other = TextClassifier::from_json(TINY.replace("3.0", "3.5").as_bytes()).unwrap();
        assert_ne!(tiny().digest(), other.digest());
    }

    proptest! {
        #[test]
        fn every_text_scores_within_range(text in "\\PC{0,200}") {
            prop_assert!((0..=1000).contains(&tiny().score(&text)));
        }
    }
}
