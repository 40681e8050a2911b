//! The real objection classifier from the cache, against the figures of its Python original.

use wetsign_models::store::ModelStore;
use wetsign_models::text::{ContentScorer, OBJECTIONABLE, TextClassifier};

fn classifier() -> TextClassifier {
    let path = ModelStore::open_default().unwrap().path("text-objection").unwrap();
    TextClassifier::from_json(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn scores_agree_with_the_python_original() {
    let classifier = classifier();
    for (text, expected) in [
        ("I will kill you", 950),
        ("hello, have a nice day", 40),
        ("go to hell you bastard", 1000),
        ("I love this kiosk", 40),
    ] {
        let score = classifier.score(text);
        assert!((score - expected).abs() <= 40, "{text}: {score}, expected about {expected}");
    }
}

#[test]
fn a_lesson_scores_under_the_example_bound_and_a_threat_over_it() {
    let scorer = ContentScorer::new(Some(classifier()));
    let score = |text: &str| {
        scorer
            .scores(text)
            .unwrap()
            .into_iter()
            .find(|score| score.name == OBJECTIONABLE)
            .unwrap()
            .thousandths
    };
    for lesson in [
        "Rain falls on the hills, runs into the rivers, and the rivers carry the water back to the sea.",
        "Regen fällt auf die Hügel, und die Flüsse tragen das Wasser zum Meer zurück.",
        "Light needs eight minutes from the sun to the earth.",
    ] {
        assert!(score(lesson) <= 300, "{lesson}: {}", score(lesson));
    }
    for threat in ["I will kill you", "You are a stupid idiot", "Ich bringe dich um, du Arschloch"] {
        assert!(score(threat) > 300, "{threat}: {}", score(threat));
    }
}

#[test]
fn the_german_article_is_no_death_wish_and_the_english_verb_is() {
    let scorer = ContentScorer::new(Some(classifier()));
    let score = |text: &str| scorer.scores(text).unwrap()[0].thousandths;
    for lesson in [
        "Die Römer bauten Straßen und Brücken, die noch heute stehen.",
        "Vor dreihundert Jahren war hier ein See, an dem die Kinder im Winter Schlittschuh liefen.",
        "Fast alle Bienen sammeln im Sommer Nektar; die Königin legt die Eier.",
    ] {
        assert!(score(lesson) <= 300, "{lesson}: {}", score(lesson));
    }
    assert!(score("I hope that you die") > 300, "{}", score("I hope that you die"));
}
