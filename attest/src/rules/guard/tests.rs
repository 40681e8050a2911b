//! What is counted is never less than what Cedar builds, and comments and strings count for nothing.

use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn size(source: &str) -> Size {
    let pieces = pieces(source).unwrap();
    assert_eq!(pieces.len(), 1, "{source}");
    pieces[0].size
}

fn policy(body: &str) -> String {
    format!("permit (principal, action, resource) when {{ {body} }};")
}

#[test]
fn a_quote_in_a_comment_opens_no_string() {
    let body = format!("// a 3\" tape\n{}true{}", "(".repeat(40), ")".repeat(40));
    assert_eq!(size(&policy(&body)).nesting, 41);
    let refusal = pieces(&policy(&body)).unwrap()[0].refusal().unwrap();
    assert!(refusal.starts_with("nests 41 deep, at most 32"), "{refusal}");
}

#[test]
fn brackets_in_comments_and_strings_do_not_count() {
    let plain = size(&policy("context.app == \"x\" && true"));
    for body in [
        "context.app == \"((((\" && true",
        "context.app == \"\\\"((((\" && true",
        "context.app == // ((((\n\"x\" && true",
        "context.app == // ((((\r\"x\" && true",
        "context.app == \"x\" && // \" (\n // ( && ||\n true",
        "context.app == \"// (\n (\" && true",
    ] {
        assert_eq!(size(&policy(body)), plain, "{body}");
    }
    assert_eq!(pieces("// permit ((((").unwrap(), []);
}

#[test]
fn a_string_without_an_end_is_found_where_it_begins() {
    for source in ["permit \"abc", "permit \"abc\\\"", "permit \"abc\\", "permit \"abc\\\n\""] {
        assert_eq!(pieces(source), Err(Unclosed(7)), "{source}");
    }
}

#[test]
fn each_policy_of_a_file_is_counted_for_itself_and_keeps_its_name() {
    let deep = format!("@id(\"b\") {}", policy(&format!("{}true{}", "(".repeat(40), ")".repeat(40))));
    let source = format!("// first\n@id(\"a\")\n{}\n{deep}", policy("true"));
    let pieces = pieces(&source).unwrap();
    assert_eq!(pieces.iter().map(|piece| piece.id.as_deref()).collect::<Vec<_>>(), [Some("a"), Some("b")]);
    assert_eq!(pieces.iter().map(|piece| piece.size.nesting).collect::<Vec<_>>(), [1, 41]);
    assert_eq!(&source[pieces[1].bytes.clone()], deep);
}

#[test]
fn brackets_that_match_nothing_close_nothing() {
    assert_eq!(size("( ] ( ] ( }").nesting, 3);
    assert_eq!(size(") ) ( )").nesting, 1);
}

#[test]
fn chains_count_by_their_longest_path() {
    let and = |n: usize| size(&policy(&format!("true{}", " && context.a == 1".repeat(n)))).depth;
    assert_eq!(and(100) - and(99), 1, "operands stand beside one another");
    let add = |n: usize| size(&policy(&format!("1{} > 0", " + 1".repeat(n)))).depth;
    assert_eq!(add(100) - add(99), 1);
    let member = |n: usize| size(&policy(&format!("context{}", ".a".repeat(n)))).depth;
    assert_eq!(member(100) - member(99), 1);
}

#[test]
fn every_long_chain_is_refused() {
    for body in [
        format!("true{}", "&&true".repeat(600)),
        format!("true{}", "||true".repeat(600)),
        format!("1{} > 0", "+1".repeat(600)),
        format!("1{} > 0", "*1".repeat(600)),
        format!("context{}", ".a".repeat(600)),
        format!("context has a{}", ".a".repeat(600)),
        format!("context{}", "[\"a\"]".repeat(600)),
        format!("context{}", ".a()".repeat(600)),
        format!("{}true", "!".repeat(600)),
        format!("{}1 < 0", "- ".repeat(600)),
        format!("1{}", " in 1".repeat(600)),
        format!("{}true", "if true then true else ".repeat(33)),
        format!("{}true{}", "if ".repeat(33), " then true else true".repeat(33)),
        format!("{}1{} == 1", "[".repeat(33), "]".repeat(33)),
        format!("{}1{} == 1", "{a: ".repeat(33), "}".repeat(33)),
    ] {
        assert!(pieces(&policy(&body)).unwrap()[0].refusal().is_some(), "{body}");
    }
    let conditions = format!("permit (principal, action, resource) {};", "when { true } ".repeat(600));
    assert!(pieces(&conditions).unwrap()[0].refusal().is_some());
}

#[test]
fn an_is_counts_its_left_side_twice() {
    let nested = |n: usize| {
        let body = format!("{}principal{}", "(".repeat(n), " is Requester in resource.owner)".repeat(n));
        pieces(&policy(&body)).unwrap().remove(0)
    };
    assert_eq!(nested(3).refusal(), None);
    let refusal = nested(16).refusal().unwrap();
    assert!(refusal.contains("put no `is` into the left side of another"), "{refusal}");
    let beside = "principal is Requester in resource.owner && ".repeat(60);
    assert_eq!(pieces(&policy(&format!("{beside} true"))).unwrap()[0].refusal(), None);
}

/// Tokens of an expression that may stand wherever one may.
type Tokens = Vec<String>;

fn words(text: &str) -> Tokens {
    text.split(' ').map(str::to_owned).collect()
}

fn bracketed(inner: Tokens) -> Tokens {
    [vec!["(".to_owned()], inner, vec![")".to_owned()]].concat()
}

fn joined(parts: Vec<Tokens>, by: &str) -> Tokens {
    parts.join(&by.to_owned())
}

fn expression() -> impl Strategy<Value = Tokens> {
    let leaf = prop::sample::select(vec![
        "1",
        "true",
        "principal",
        "context . app",
        "\"//(\"",
        "\"\\\"[\\\\\"",
        "Requester :: \"(\"",
        "! true",
        "- 1",
        "context . a . b",
        "[ ]",
    ])
    .prop_map(words);
    leaf.prop_recursive(6, 48, 6, |inner| {
        let list = prop::collection::vec(inner.clone().prop_map(bracketed), 1..6);
        let chain = (list.clone(), prop::sample::select(vec!["&&", "||", "+", "-", "*"]));
        let pair = (inner.clone().prop_map(bracketed), inner.clone());
        prop_oneof![
            inner.clone().prop_map(bracketed),
            chain.prop_map(|(parts, by)| joined(parts, by)),
            list.clone().prop_map(|parts| [words("["), joined(parts, ","), words("]")].concat()),
            list.prop_map(
                |parts| [words("( principal ) . contains ("), joined(parts, ","), words(")")].concat()
            ),
            (pair.clone(), prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">=", "in"]))
                .prop_map(|((a, b), by)| [a, words(by), bracketed(b)].concat()),
            pair.clone().prop_map(|(a, b)| [a, words("is Requester in"), bracketed(b)].concat()),
            pair.clone().prop_map(|(a, b)| bracketed(
                [words("if"), a, words("then"), b.clone(), words("else"), b].concat()
            )),
            pair.prop_map(|(a, b)| [words("{ a :"), a, words(", \"b\" :"), b, words("}")].concat()),
            inner.clone().prop_map(|a| [bracketed(a), words("has a . b . c")].concat()),
            inner.clone().prop_map(|a| [bracketed(a), words("like \"a*\"")].concat()),
            inner.clone().prop_map(|a| [bracketed(a), words("[ \"k\" ] . a")].concat()),
            inner.prop_map(|a| [words("! !"), bracketed(a)].concat()),
        ]
    })
}

/// What may stand between two tokens, none of which counts.
fn gap() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![" ", "\n", "\t", " // ( \" [ {\n", "//\r", "\u{a0}", " // is && || if\n"])
}

fn source(tokens: &Tokens, gaps: &[&str]) -> String {
    let gaps = gaps.iter().cycle();
    let body: String = tokens.iter().zip(gaps).flat_map(|(token, gap)| [&**token, gap]).collect();
    policy(&body)
}

fn brackets(tokens: &Tokens) -> usize {
    let mut open = 0_usize;
    let step = |token: &String| {
        match token.as_str() {
            "(" | "[" | "{" => open += 1,
            ")" | "]" | "}" => open -= 1,
            _ => {}
        }
        open
    };
    tokens.iter().map(step).max().unwrap_or(0)
}

/// Depth of Cedar's tree and nodes on a walk through it, from its own JSON form of a policy's condition.
fn tree(value: &Value) -> (usize, usize) {
    let Some((operator, operands)) = value.as_object().filter(|o| o.len() == 1).and_then(|o| o.iter().next())
    else {
        return (0, 0);
    };
    let parts: Vec<&Value> = match operands {
        Value::Object(named) => named.values().collect(),
        Value::Array(list) => list.iter().collect(),
        _ => vec![],
    };
    let twice = (operator == "is" && operands.get("in").is_some()).then(|| &operands["left"]);
    let sizes: Vec<_> = parts.into_iter().chain(twice).map(tree).collect();
    let depth = sizes.iter().map(|(depth, _)| *depth).max().unwrap_or(0);
    (depth + 1, sizes.iter().map(|(_, visits)| visits).sum::<usize>() + 1)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn nothing_that_cedar_reads_is_counted_too_low(
        tokens in expression(), gaps in prop::collection::vec(gap(), 7),
    ) {
        let source = source(&tokens, &gaps);
        let counted = size(&source);
        prop_assert!(counted.nesting > brackets(&tokens), "{source}");
        let parsed = cedar_policy::Policy::parse(None, &source);
        // A call with another number of arguments is none of Cedar's.
        let Ok(parsed) = parsed else { return Err(TestCaseError::reject("Cedar reads no such call")) };
        let json = parsed.to_json().unwrap();
        let (depth, visits) = tree(&json["conditions"][0]["body"]);
        // The leaf is no operator.
        prop_assert!(counted.depth + 1 >= depth, "{counted:?} {depth} {source}");
        prop_assert!(counted.visits >= visits, "{counted:?} {visits} {source}");
    }

    #[test]
    fn comments_and_whitespace_change_nothing(
        tokens in expression(), gaps in prop::collection::vec(gap(), 7),
    ) {
        prop_assert_eq!(size(&source(&tokens, &gaps)), size(&source(&tokens, &[" "])));
    }

    #[test]
    fn no_text_panics_and_pieces_follow_one_another(text in "[\\PC\\n\\r\"/\\\\(){}\\[\\];,.&|@]{0,200}") {
        let Ok(pieces) = pieces(&text) else { return Ok(()) };
        let mut end = 0;
        for piece in pieces {
            prop_assert!(piece.bytes.start >= end && piece.bytes.end > piece.bytes.start);
            prop_assert!(text.get(piece.bytes.clone()).is_some());
            end = piece.bytes.end;
        }
    }

    #[test]
    fn another_bracket_never_counts_less(tokens in expression(), at in any::<prop::sample::Index>()) {
        let mut more = tokens.clone();
        more.insert(at.index(tokens.len()), "(".into());
        let (before, after) = (size(&source(&tokens, &[" "])), size(&source(&more, &[" "])));
        prop_assert!(after.nesting >= before.nesting);
    }
}
