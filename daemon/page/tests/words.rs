//! The catalogue is whole in every language, and knows every code that a kiosk tells.

use std::collections::{BTreeMap, BTreeSet};

use wetsign_liveness::{Measure, Prompt, Stage};
use wetsign_page::{Advice, Ending, Language, Words};

/// Each message with the names of what is put into it.
fn messages(language: Language) -> BTreeMap<String, BTreeSet<String>> {
    let path = format!("{}/words/{}.ftl", env!("CARGO_MANIFEST_DIR"), language.tag());
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut last = String::new();
    for line in std::fs::read_to_string(path).unwrap().lines() {
        if let Some((id, _)) =
            line.split_once(" = ").filter(|_| line.starts_with(|c: char| c.is_ascii_lowercase()))
        {
            assert!(all.insert(id.to_owned(), BTreeSet::new()).is_none(), "{id} stands twice");
            id.clone_into(&mut last);
        }
        for name in line.split("{ $").skip(1).filter_map(|rest| rest.split([' ', '}']).next()) {
            all.get_mut(&last).unwrap().insert(name.to_owned());
        }
    }
    all
}

#[test]
fn every_language_has_every_message_with_what_is_put_into_it() {
    let english = messages(Language::English);
    assert!(english.len() > 100);
    for language in Language::ALL {
        let other = messages(language);
        let ids = |all: &BTreeMap<String, _>| all.keys().cloned().collect::<BTreeSet<_>>();
        assert_eq!(ids(&english), ids(&other), "{language:?}");
        for (id, names) in &english {
            assert_eq!(names, &other[id], "{id} in {language:?}");
            assert!(Words::of(language).has(id), "{id} does not parse in {language:?}");
        }
    }
}

#[test]
fn no_language_stands_in_for_another() {
    let same: Vec<String> = messages(Language::English)
        .into_keys()
        .filter(|id| !matches!(id.as_str(), "page-title" | "asked-fee-value" | "seconds-short"))
        .filter(|id| {
            let said = |language| Words::of(language).say(id);
            said(Language::English) == said(Language::Romanian)
                || said(Language::English) == said(Language::Arabic)
        })
        .collect();
    assert!(same.is_empty(), "{same:?}");
}

#[test]
fn counts_have_the_plural_that_the_language_asks_for() {
    let days = |language, count| Words::of(language).count("asked-days-value", count);
    assert_eq!(days(Language::English, 1), "one day");
    assert_eq!(days(Language::English, 90), "90 days");
    assert_eq!(
        [1, 2, 19, 20, 101, 102, 119, 120].map(|count| days(Language::Romanian, count)),
        ["o zi", "2 zile", "19 zile", "20 de zile", "101 zile", "102 zile", "119 zile", "120 de zile"]
    );
    assert_eq!(
        [1, 2, 3, 11, 99, 100, 103].map(|count| days(Language::Arabic, count)),
        ["يوم واحد", "يومان", "3 أيام", "11 يومًا", "99 يومًا", "100 يوم", "103 أيام"]
    );
}

#[test]
fn foreign_names_are_isolated() {
    assert_eq!(
        Words::of(Language::Arabic).with("enrol-who", &[("name", "Ana")]),
        "اسمك هنا: \u{2068}Ana\u{2069}."
    );
}

#[test]
fn every_prompt_advice_and_ending_of_a_kiosk_has_words() {
    let words = Words::of(Language::English);
    let prompts = [
        Prompt::HeadLeft,
        Prompt::HeadRight,
        Prompt::HeadUp,
        Prompt::HeadDown,
        Prompt::HeadCloser,
        Prompt::MouthOpen,
        Prompt::Smile,
        Prompt::BlinkTwice,
        Prompt::BlinkThrice,
        Prompt::Say(vec![]),
    ];
    for prompt in prompts {
        assert!(words.has(&format!("prompt-{}", prompt.code())), "{prompt:?}");
    }
    for measure in Measure::ALL {
        let row = measure.row();
        if let Some(remedy) = row.remedy {
            let advice =
                Advice::of(remedy.code()).unwrap_or_else(|| panic!("{remedy:?} is no advice of the page"));
            assert!(words.has(&format!("advice-{}", advice.code())));
        }
        let code = if row.stage == Stage::Match { "not_you" } else { row.stage.as_str() };
        assert_eq!(Ending::told(&format!("refused_{code}")).map(Ending::code), Some(code));
    }
    for ending in Ending::ALL {
        assert!(
            words.has(&format!("refused-{}", ending.code())) && words.has(&format!("try-{}", ending.code()))
        );
    }
}
