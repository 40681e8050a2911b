//! German text before an English classifier: one article stands in the way.

use super::tokens::words;

const GERMAN: &[&str] = &[
    "als", "auch", "auf", "aus", "bei", "das", "dass", "dem", "den", "der", "des", "ein", "eine", "einem",
    "einen", "einer", "eines", "er", "es", "für", "ich", "im", "ist", "mit", "nach", "nicht", "noch", "oder",
    "sich", "sie", "sind", "und", "vom", "von", "vor", "wenn", "werden", "wie", "wir", "wird", "zu", "zum",
    "zur",
];
const ENGLISH: &[&str] = &[
    "and", "are", "as", "at", "be", "but", "by", "for", "from", "had", "has", "have", "he", "if", "is", "it",
    "may", "my", "not", "of", "on", "or", "she", "should", "that", "the", "they", "this", "to", "we", "will",
    "with", "you", "your",
];

/// The text without the word "die" if it reads German: more German function words and words with umlauts than English
/// function words. Whoever hides an English "die" behind German words needs more of these than of their own.
pub(super) fn without_article(text: &str) -> String {
    let words = words(text);
    let german =
        words.iter().filter(|word| GERMAN.contains(&word.as_str()) || word.contains(['ä', 'ö', 'ü', 'ß']));
    let english = words.iter().filter(|word| ENGLISH.contains(&word.as_str()));
    if german.count() <= english.count() {
        return text.to_owned();
    }
    words.into_iter().filter(|word| word != "die").collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_german_text_loses_its_article() {
        assert_eq!(
            without_article("Die Römer bauten Straßen und Brücken."),
            "römer bauten straßen und brücken"
        );
    }

    #[test]
    fn an_english_threat_keeps_its_verb() {
        for threat in ["You should die", "die", "I hope that you die, Müller", "Die, die, my darling"] {
            assert_eq!(without_article(threat), threat);
        }
    }
}
