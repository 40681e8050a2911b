//! Rules that are valid and do not do what they say.

use super::*;
use crate::rules::{example, policies_from_cedar};

fn rules(cedar: &str) -> RulesRevision {
    let (_, mut rules, _) = example::narration("x");
    rules.policies = policies_from_cedar(cedar).unwrap();
    rules.schema_version = crate::rules::needed_version(&rules.policies);
    rules
}

/// Kind and policy of each finding.
fn found(cedar: &str) -> Vec<(&'static str, String)> {
    let lint = lint(&rules(cedar)).unwrap();
    lint.findings.into_iter().map(|finding| (finding.kind, finding.policy.unwrap_or_default())).collect()
}

fn policy(id: &str, effect: &str, condition: &str) -> String {
    format!("@id(\"{id}\") @words(\"{id}\") {effect} (principal, action, resource) {condition};\n")
}

fn open() -> String {
    policy("open", "permit", "when { context.purpose == \"lesson\" }")
}

#[test]
fn the_worked_example_has_no_mistake() {
    let found = lint(&rules(example::VOICE_CEDAR)).unwrap();
    assert!(found.holds(), "{found:#?}");
    assert!(found.findings.is_empty(), "{found:#?}");
    assert!(found.tried > 1000);
}

#[test]
fn a_condition_that_excludes_itself_never_applies() {
    let never = policy("never", "permit", "when { context.fee_micro > 10 && context.fee_micro < 5 }");
    assert_eq!(found(&(open() + &never)), [("never_applies", "never".into())]);
    let two = "when { context.purpose == \"a\" && context.app == \"b\" && context.purpose == \"c\" }";
    assert_eq!(found(&(open() + &policy("two", "permit", two))), [("never_applies", "two".into())]);
}

#[test]
fn a_permission_that_a_prohibition_takes_back_is_named_with_it() {
    let forbid = policy("no-lessons", "forbid", "when { context.purpose like \"less*\" }");
    let found = lint(&rules(&(open() + &forbid))).unwrap();
    let kinds: Vec<_> = found.findings.iter().map(|finding| finding.kind).collect();
    assert_eq!(kinds, ["nothing_permitted", "contradicted"]);
    assert!(found.findings[1].what.contains("no-lessons forbids"), "{found:#?}");
    assert!(!found.holds());
}

#[test]
fn silence_passes_a_prohibition_that_only_looks_at_what_is_declared() {
    let lax = policy("unsold", "forbid", "when { context has commercial && context.commercial }");
    assert_eq!(found(&(open() + &lax)), [("silence", "unsold".into())]);
    let strict = policy("unsold", "forbid", "unless { context has commercial && !context.commercial }");
    assert_eq!(found(&(open() + &strict)), []);
}

#[test]
fn worldwide_and_a_country_s_spelling_pass_a_prohibition_by_name() {
    let country = "when { context has territories && context.territories.contains(\"FR\") }";
    let kinds = found(&(open() + &policy("not-there", "forbid", country)));
    assert!(kinds.contains(&("wider_word", "not-there".into())), "{kinds:?}");
    let language = "unless { context has languages && !context.languages.contains(\"de\") }";
    let kinds = found(&(open() + &policy("no-german", "forbid", language)));
    assert_eq!(kinds, [("wider_word", "no-german".into())]);
}

#[test]
fn what_says_nothing_new_may_be_left_out() {
    let again = policy("again", "permit", "when { context.purpose == \"lesson\" && context.fee_micro > 0 }");
    assert_eq!(found(&(open() + &again)), [("repeats", "again".into())]);
    let forbid = |id, fee| policy(id, "forbid", &format!("when {{ context.fee_micro < {fee} }}"));
    assert_eq!(found(&(open() + &forbid("less", 5) + &forbid("more", 9))), [("repeats", "less".into())]);
}

#[test]
fn an_overflow_is_found_before_it_refuses_somebody() {
    let product = "when { context.fee_micro * 1000000000 > 5 }";
    let found = lint(&rules(&(open() + &policy("times", "forbid", product)))).unwrap();
    let finding = found.findings.iter().find(|finding| finding.kind == "can_fail").expect("{found:#?}");
    assert!(finding.what.contains("times"), "{finding:?}");
}

#[test]
fn hours_are_looked_at_all_around_the_clock() {
    let night = policy("night", "forbid", "when { context.hour >= 22 || context.hour < 6 }");
    assert_eq!(found(&(open() + &night)), []);
    let never = policy("never", "forbid", "when { context.hour >= 22 && context.hour < 6 }");
    assert_eq!(found(&(open() + &never)), [("never_applies", "never".into())]);
}

#[test]
fn a_permission_to_change_hands_is_tried_on_transfers_and_covers_no_use() {
    let sold = "@id(\"sold\") @words(\"sold\") permit (principal, action == Action::\"transfer\", resource)\n\
                when { context.fee_micro >= 7 };\n";
    assert_eq!(found(&(open() + sold)), []);
    let never = sold.replace(">= 7", ">= 7 && context.fee_micro < 3");
    assert_eq!(found(&(open() + &never)), [("never_applies", "sold".into())]);
}

#[test]
fn many_attributes_are_searched_and_the_answer_says_that_it_is_not_whole() {
    let names = |attribute: &str, from: u32| {
        (from..from + 30).map(|n| format!("context.{attribute} == \"n{n}\"")).collect::<Vec<_>>().join(" || ")
    };
    let wide = format!(
        "when {{ ({}) && ({}) && context has medium && ({}) }}",
        names("purpose", 0),
        names("app", 40),
        names("medium", 80)
    );
    let lint = lint(&rules(&(policy("wide", "permit", &wide) + &open()))).unwrap();
    assert!(!lint.complete);
    assert!(lint.findings.is_empty(), "{lint:#?}");
}

#[test]
fn a_comparison_shows_a_request_for_each_change() {
    let old = rules(&open());
    let mut new = rules(&(open() + &policy("paid", "forbid", "when { context.fee_micro < 7 }")));
    new.quorum.k = 3;
    let comparison = compare(&old, &new).unwrap();
    assert_eq!((comparison.added, comparison.removed), (vec!["paid".to_owned()], vec![]));
    assert_eq!(comparison.terms, ["humans who have to approve: 2 before, 3 then"]);
    assert_eq!(comparison.newly_forbidden.len(), 1);
    assert_eq!(comparison.newly_forbidden[0].after, ["paid"]);
    assert!(comparison.newly_permitted.is_empty() && comparison.complete);
    assert!(compare(&old, &old).unwrap().alike());
}
