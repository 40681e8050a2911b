//! Why a text is not spoken.

/// Why a text, or phonemes, are not spoken. Nothing is left out, and nothing is said in another's place.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SpeakError {
    /// Words that stand in no lexicon.
    #[error(
        "the voice has no pronunciation for {}: write them otherwise (numbers as words), or add them to its lexicon",
        words.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>().join(", ")
    )]
    Words {
        /// The first of them, as written.
        words: Vec<String>,
    },
    /// Signs that are neither letters nor marks of punctuation.
    #[error("the voice cannot speak {0:?}: write it as a word")]
    Sign(char),
    /// Nothing to say.
    #[error("the text has no word in it")]
    Empty,
    /// Too much at once.
    #[error("the text has {found} bytes, and at most {bound} are spoken")]
    Long {
        /// Bytes found.
        found: usize,
        /// Bytes that are spoken at most.
        bound: usize,
    },
    /// A phoneme that the network has no number for.
    #[error("the voice has no number for the phoneme {0:?}")]
    Phoneme(char),
    /// A word that is no single letter, where letters are spelled.
    #[error("{0:?} is not a letter of a to z")]
    Letter(String),
    /// A lexicon that cannot be read.
    #[error("line {line} of the lexicon: {why}")]
    Lexicon {
        /// Which line, from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// What ONNX Runtime says of the network.
    #[error("the voice's network: {0}")]
    Network(String),
}

impl From<ort::Error> for SpeakError {
    fn from(error: ort::Error) -> Self {
        Self::Network(error.to_string())
    }
}
