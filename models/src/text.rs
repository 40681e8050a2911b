//! What does a text say that an owner's rules care about? Scores for `content.objectionable` and `content.political`.
//!
//! Two scorers, both small enough to read, both free of native code:
//!
//! - [`TextClassifier`]: linear TF-IDF model (the manifest's `text-objection`), trained on English comments.
//! - [`Lexicon`]: a published list of weighted words. No model for political content is known to ship in any
//!   registry, so [`Lexicon::political`] is honest about being a word list; it reads English and German.
//!
//! [`ContentScorer`] joins them: one call gives every score that the rules may ask for, in thousandths, each with the
//! digest of what computed it. A text that nothing here can read (another script, hidden characters, too long) gets
//! **no** score at all, and a missing score refuses.
//!
//! ```
//! use wetsign_models::text::Lexicon;
//! let lexicon = Lexicon::political();
//! assert_eq!(lexicon.score("Rain falls, rivers carry it to the sea."), 0);
//! assert!(lexicon.score("Vote for our party in the coming election!") >= 500);
//! ```
//!
//! ## What it does not prove
//! Neither scorer understands a sentence. Irony, paraphrase, misspelling and names of people pass; a history lesson
//! about parliaments is refused. English objection is scored by a model from 2019 with published errors; German
//! objection only by a word list, and in a German text the English word "die" is not seen. They can refuse, and they
//! can be wrong in both directions.

mod german;
mod lexicon;
mod tfidf;
mod tokens;

pub use lexicon::{Lexicon, LexiconError};
pub use tfidf::{TextClassifier, TextModelError};
pub use tokens::{MAX_TEXT_BYTES, Unreadable, invisible, readable};

use sha2::{Digest, Sha256};

/// Name of the score for objectionable content (insult, threat, obscenity), as rules and verdicts spell it.
pub const OBJECTIONABLE: &str = "objectionable";
/// Name of the score for political content, as rules and verdicts spell it.
pub const POLITICAL: &str = "political";

/// Languages that the scorers were made for, as BCP 47 primary subtags. What they say of a text in another one means
/// nothing: the classifier knows English, the lists English and German.
pub const LANGUAGES: [&str; 2] = ["de", "en"];

/// How classifier and list are joined, in the digest: to be changed with the procedure, so that no two procedures
/// share a digest.
const PROCEDURE: &[u8] = b"wetsign/objectionable/1";

/// One score of one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Score {
    /// [`OBJECTIONABLE`] or [`POLITICAL`].
    pub name: &'static str,
    /// What computed it, for people: `tf-idf + lexicon`, `lexicon`.
    pub method: &'static str,
    /// 0 (none) to 1000 (certain).
    pub thousandths: i32,
    /// SHA-256 that pins the scorer: model file and word lists.
    pub digest: [u8; 32],
}

/// Every score that rules may ask of a text.
///
/// Without the classifier's file only [`POLITICAL`] is given: [`OBJECTIONABLE`] is then *missing*, never zero.
#[derive(Debug, Clone)]
pub struct ContentScorer {
    classifier: Option<TextClassifier>,
    objection: Lexicon,
    political: Lexicon,
}

impl ContentScorer {
    /// A scorer with the objection classifier, if its file is at hand, and the embedded word lists.
    pub fn new(classifier: Option<TextClassifier>) -> Self {
        Self { classifier, objection: Lexicon::objection(), political: Lexicon::political() }
    }

    /// Scores one text, in a fixed order of names.
    ///
    /// `objectionable` is the larger of the English classifier and the German word list, so that a list can only
    /// refuse more. In a text that reads German the article "die" is kept from the English classifier, which takes it
    /// for a death wish (measured: .64 for a sentence on Roman bridges, .04 without the article).
    ///
    /// # Errors
    /// [`Unreadable`] when no scorer can read the text: then no score exists at all.
    pub fn scores(&self, text: &str) -> Result<Vec<Score>, Unreadable> {
        readable(text)?;
        let mut scores = Vec::with_capacity(2);
        if let Some(classifier) = &self.classifier {
            scores.push(Score {
                name: OBJECTIONABLE,
                method: "tf-idf + lexicon",
                thousandths: classifier.score(&german::without_article(text)).max(self.objection.score(text)),
                digest: Self::joined(classifier.digest(), self.objection.digest()),
            });
        }
        scores.push(Score {
            name: POLITICAL,
            method: "lexicon",
            thousandths: self.political.score(text),
            digest: self.political.digest(),
        });
        Ok(scores)
    }

    /// The digest that a verdict carries for each score this scorer can give.
    pub fn digests(&self) -> Vec<(&'static str, [u8; 32])> {
        let objection = self
            .classifier
            .as_ref()
            .map(|c| (OBJECTIONABLE, Self::joined(c.digest(), self.objection.digest())));
        objection.into_iter().chain([(POLITICAL, self.political.digest())]).collect()
    }

    fn joined(classifier: [u8; 32], lexicon: [u8; 32]) -> [u8; 32] {
        Sha256::new().chain_update(PROCEDURE).chain_update(classifier).chain_update(lexicon).finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_the_model_file_objection_is_missing_and_not_zero() {
        let names: Vec<_> =
            ContentScorer::new(None).scores("a calm text").unwrap().into_iter().map(|s| s.name).collect();
        assert_eq!(names, [POLITICAL]);
    }

    #[test]
    fn german_objection_is_seen_by_the_word_list() {
        let tiny = TextClassifier::from_json(tfidf::tests::TINY.as_bytes()).unwrap();
        let scores = ContentScorer::new(Some(tiny)).scores("Du bist ein Arschloch").unwrap();
        assert_eq!(scores[0].name, OBJECTIONABLE);
        assert!(scores[0].thousandths >= 600, "{scores:?}");
    }

    #[test]
    fn a_text_in_another_script_has_no_score() {
        let refused = ContentScorer::new(None).scores("Голосуйте за партию").unwrap_err();
        assert!(matches!(refused, Unreadable::Script { .. }), "{refused}");
    }

    #[test]
    fn digests_name_exactly_the_scores_that_can_be_given() {
        let scorer = ContentScorer::new(None);
        let given: Vec<_> = scorer.scores("x y").unwrap().iter().map(|s| (s.name, s.digest)).collect();
        assert_eq!(given, scorer.digests());
    }
}
