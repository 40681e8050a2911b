//! Scores of a request's text, ready for [`evaluate`](super::evaluate()).
//!
//! The scorers are `wetsign_models::text`; this module finds the classifier's file in the cache and turns scores into
//! signed form. Where the file is not there, `objectionable` is *missing*, so rules with a bound for it refuse.

use wetsign_models::store::ModelStore;
use wetsign_models::text::TextClassifier;

pub use wetsign_models::text::{
    ContentScorer, LANGUAGES, Lexicon, OBJECTIONABLE, POLITICAL, Score, Unreadable, readable,
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
///
/// A request has to say which languages its text is in, and to name no other than [`LANGUAGES`]: a text that nobody
/// here understands scores 0, and would pass every bound.
pub fn unreadable(request: &UsageRequest) -> Option<String> {
    let Some(text) = request.text() else { return Some(NO_TEXT.to_owned()) };
    if let Err(unreadable) = readable(text) {
        return Some(unreadable.to_string());
    }
    let known = LANGUAGES.join(" and ");
    match request.attributes.languages.as_deref().unwrap_or_default() {
        [] => Some(format!("the request does not declare its languages: the scorers understand {known}")),
        declared => declared.iter().find(|language| !understood(language)).map(|language| {
            format!("the request declares {language}, and the scorers understand {known} alone")
        }),
    }
}

/// Whether the scorers were made for this language, however a country spells it.
pub fn understood(language: &str) -> bool {
    LANGUAGES.contains(&language.split('-').next().unwrap_or_default())
}

/// Scores the text of a request. A request without text, or with one that no scorer can read, has no scores.
pub fn score(scorer: &ContentScorer, request: &UsageRequest) -> ContentScores {
    if let Some(why) = unreadable(request) {
        return ContentScores { scores: Vec::new(), unscored: Some(why) };
    }
    match scorer.scores(request.text().unwrap_or_default()) {
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
    fn a_language_that_no_scorer_understands_has_no_scores() {
        let (_, _, mut request) = example::narration("La pluie tombe sur les collines.");
        for (languages, understood) in [
            (Some(vec!["de-AT", "en"]), true),
            (Some(vec!["fr"]), false),
            (Some(vec!["en", "fr"]), false),
            (Some(vec!["eng-x-fr"]), false),
            (Some(vec![]), false),
            (None, false),
        ] {
            request.attributes.languages =
                languages.map(|languages| languages.into_iter().map(str::to_owned).collect());
            let scores = score(&ContentScorer::new(None), &request);
            assert_eq!(
                scores.unscored.is_none(),
                understood,
                "{:?}: {:?}",
                request.attributes.languages,
                scores
            );
            assert_eq!(scores.scores.is_empty(), !understood);
        }
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
