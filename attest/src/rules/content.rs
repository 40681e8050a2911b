//! Scores of a request's text, ready for [`evaluate`](super::evaluate()).
//!
//! The scorers are `wetsign_models::text`; this module finds the classifier's file in the cache and turns scores into
//! signed form. Where the file is not there, `objectionable` is *missing*, so rules with a bound for it refuse.

use wetsign_models::store::ModelStore;
use wetsign_models::text::TextClassifier;

pub use wetsign_models::text::{
    ContentScorer, Lexicon, OBJECTIONABLE, POLITICAL, Score, Unreadable, readable,
};

use crate::id::Digest;
use crate::object::{ClassifierScore, UsageRequest};

/// Name of the classifier's file in the model manifest.
pub const CLASSIFIER_MODEL: &str = "text-objection";

/// What could be scored, and what not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContentScores {
    /// Scores, ascending by label.
    pub scores: Vec<ClassifierScore>,
    /// Why there is no score at all, in words: no text, or one that nobody here can read.
    pub unscored: Option<String>,
}

const NO_TEXT: &str = "the request carries a digest and no text, which no classifier can read";

/// Why no classifier can score this request at all, in words; `None` if its text can be read.
pub fn unreadable(request: &UsageRequest) -> Option<String> {
    match request.text() {
        None => Some(NO_TEXT.to_owned()),
        Some(text) => readable(text).err().map(|unreadable| unreadable.to_string()),
    }
}

/// Scores the text of a request. A request without text, or with one that no scorer can read, has no scores.
pub fn score(scorer: &ContentScorer, request: &UsageRequest) -> ContentScores {
    let Some(text) = request.text() else {
        return ContentScores { scores: Vec::new(), unscored: Some(NO_TEXT.to_owned()) };
    };
    match scorer.scores(text) {
        Err(unreadable) => ContentScores { scores: Vec::new(), unscored: Some(unreadable.to_string()) },
        Ok(scores) => {
            let signed = |score: Score| ClassifierScore {
                label: score.name.to_owned(),
                classifier: Digest(score.digest),
                score: score.thousandths,
            };
            let mut scores: Vec<_> = scores.into_iter().map(signed).collect();
            scores.sort_by(|a, b| a.label.cmp(&b.label));
            ContentScores { scores, unscored: None }
        }
    }
}

/// A scorer with the classifier from the model cache, checked against its pinned digest; or one without it, and the
/// reason in words.
pub fn cached_scorer() -> (ContentScorer, Option<String>) {
    match load() {
        Ok(classifier) => (ContentScorer::new(Some(classifier)), None),
        Err(why) => (ContentScorer::new(None), Some(why)),
    }
}

fn load() -> Result<TextClassifier, String> {
    let store = ModelStore::open_default().map_err(|error| error.to_string())?;
    let path = store.path(CLASSIFIER_MODEL).map_err(|error| error.to_string())?;
    let bytes = std::fs::read(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    TextClassifier::from_json(&bytes).map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::super::example;
    use super::*;
    use crate::object::Content;

    #[test]
    fn content_by_digest_has_no_scores() {
        let (_, _, mut request) = example::narration("x");
        request.content = Content::Digest { digest: Digest::ZERO, media_type: "audio/wav".into() };
        let scores = score(&ContentScorer::new(None), &request);
        assert!(scores.scores.is_empty());
        assert!(scores.unscored.unwrap().contains("digest"));
    }

    #[test]
    fn scores_carry_the_digest_of_their_list() {
        let (_, _, request) = example::narration("Vote for the opposition party");
        let scores = score(&ContentScorer::new(None), &request).scores;
        assert_eq!(scores.len(), 1);
        assert_eq!(scores[0].classifier, Digest(Lexicon::political().digest()));
        assert!(scores[0].score >= 500);
    }
}
