//! The catalogues: each language says the same things, and no more of Fluent than the page reads.

use std::collections::{BTreeMap, BTreeSet};

use fluent_bundle::{FluentBundle, FluentResource};

const FILES: [(&str, &str); 3] = [
    ("en", include_str!("../words/en.ftl")),
    ("ro", include_str!("../words/ro.ftl")),
    ("ar", include_str!("../words/ar.ftl")),
];

/// Each message with the names that it takes, as far as the page reads it.
fn messages(file: &str) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut found: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut open = "";
    for line in file.lines().filter(|line| !line.starts_with('#') && !line.is_empty() && *line != "}") {
        let text = match line.split_once(" = ") {
            Some((id, text)) if !line.starts_with(' ') => {
                assert!(found.insert(id, BTreeSet::new()).is_none(), "{id} comes twice");
                open = id;
                text
            }
            _ => line.trim_start().trim_start_matches('*'),
        };
        let names = text.split("{ $").skip(1).map(|rest| rest.split([' ', '}']).next().unwrap());
        found.get_mut(open).unwrap().extend(names);
    }
    found
}

#[test]
fn every_language_has_every_message_with_the_same_names() {
    let english = messages(FILES[0].1);
    assert!(english.len() > 80, "{}", english.len());
    for (tag, file) in FILES {
        let own = messages(file);
        for (id, names) in &english {
            assert!(own.contains_key(id), "{tag} has no {id}");
            assert_eq!(&own[id], names, "{tag}: {id}");
        }
        assert_eq!(own.len(), english.len(), "{tag} says more than English");
    }
}

#[test]
fn they_are_fluent_and_use_the_part_of_it_that_the_page_reads() {
    for (tag, file) in FILES {
        let resource =
            FluentResource::try_new(file.to_owned()).unwrap_or_else(|(_, why)| panic!("{tag}: {why:?}"));
        let mut bundle = FluentBundle::new(vec![tag.parse::<unic_langid::LanguageIdentifier>().unwrap()]);
        bundle.add_resource(resource).unwrap();
        for id in messages(file).keys() {
            assert!(bundle.has_message(id), "{tag}: {id}");
        }
        for line in file.lines() {
            let form = line.trim_start().trim_start_matches('*');
            let known = line.is_empty()
                || line.starts_with('#')
                || line == "}"
                || line.starts_with(' ') && form.starts_with('[') && form.contains("] ")
                || line.split_once(" = ").is_some_and(|(id, text)| {
                    id.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-') && !text.is_empty()
                });
            assert!(known, "{tag}: the page does not read {line:?}");
            assert!(!line.contains("{ -") && !line.contains('"'), "{tag}: {line}");
        }
    }
}
