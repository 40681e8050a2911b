//! Rules as owners and attackers meet them.

use proptest::prelude::*;

use super::example::{self, CLASSIFIER, CREATED};
use super::*;
use crate::id::{Atto, Digest, PublicKey};
use crate::object::{
    Agent, AgentAction, AssetDescriptor, ClassifierScore, Content, Decision, Policy, RulesRevision,
    UsageRequest, Value,
};

const HARMLESS: &str = "Rain falls and rivers carry it to the sea.";

#[derive(Debug)]
struct Case {
    descriptor: AssetDescriptor,
    rules: RulesRevision,
    request: UsageRequest,
    inputs: Inputs,
}

impl Case {
    fn new() -> Self {
        let (descriptor, rules, request) = example::narration(HARMLESS);
        let inputs =
            Inputs { now: CREATED + 60, scores: vec![score("objectionable", 40), score("political", 0)] };
        Self { descriptor, rules, request, inputs }
    }

    /// The example with these policies in place of its own and no bounds.
    fn with(policies: &[(&str, &str)]) -> Self {
        let mut case = Self::new();
        case.rules.thresholds.clear();
        case.rules.policies = policies.iter().map(|(id, text)| policy(id, text)).collect();
        case
    }

    fn evaluate(&self) -> AssetVerdict {
        evaluate(&self.rules, &self.descriptor, &self.request, &self.inputs)
    }

    fn problems(&self) -> String {
        validate(&self.rules).unwrap_err().to_string()
    }
}

fn score(label: &str, score: i32) -> ClassifierScore {
    ClassifierScore { label: label.into(), classifier: CLASSIFIER, score }
}

fn policy(id: &str, text: &str) -> Policy {
    Policy { id: id.into(), text: format!("@words(\"{id}\") {text}") }
}

const ALL: &str = "permit (principal, action, resource);";

#[test]
fn content_that_nobody_can_read_has_no_score_whatever_is_supplied() {
    let digest = Content::Digest { digest: Digest::ZERO, media_type: "audio/wav".into() };
    for content in [digest, Content::Text("Голосуйте за партию".into())] {
        let mut case = Case::new();
        case.request.content = content;
        let verdict = case.evaluate();
        assert_eq!(verdict.decision, Decision::Forbid);
        assert!(verdict.scores.is_empty() && verdict.errors[0].contains("bounds for scores"), "{verdict:?}");
        // Rules that ask for no score are not concerned.
        let mut without = Case::with(&[("all", ALL)]);
        without.request.content = case.request.content;
        assert_eq!(without.evaluate().decision, Decision::Permit);
    }
}

#[test]
fn the_example_is_valid_and_permits_narration() {
    let case = Case::new();
    validate(&case.rules).unwrap();
    let verdict = case.evaluate();
    assert_eq!(verdict.errors, Vec::<String>::new());
    assert_eq!(
        (verdict.decision, verdict.deciding),
        (Decision::Permit, vec!["educational-narration".to_owned()])
    );
}

#[test]
fn both_languages_are_permitted_and_a_third_is_not() {
    for (languages, expected) in [
        (vec!["de"], Decision::Permit),
        (vec!["de", "en"], Decision::Permit),
        (vec!["en", "fr"], Decision::Forbid),
        (vec![], Decision::Forbid),
    ] {
        let mut case = Case::new();
        case.request.attributes.languages = Some(languages.iter().map(ToString::to_string).collect());
        assert_eq!(case.evaluate().decision, expected, "{languages:?}");
    }
}

#[test]
fn an_empty_set_is_absent_and_not_contained_in_everything() {
    let mut case = Case::new();
    case.request.attributes.languages = Some(vec![]);
    assert!(!case.evaluate().inputs.iter().any(|input| input.name == "context.languages"));
}

#[test]
fn political_content_is_refused_in_the_owners_words() {
    let mut case = Case::new();
    case.inputs.scores[1].score = 451;
    let verdict = case.evaluate();
    assert_eq!(verdict.deciding, ["bound.political", "no-political-content"]);
    assert_eq!(explain(&case.rules, &verdict).summary, "Not allowed: political content is not allowed.");
    case.inputs.scores[1].score = 450;
    assert_eq!(case.evaluate().decision, Decision::Permit, "the bound itself is allowed");
}

#[test]
fn a_score_over_its_bound_forbids_even_if_no_policy_reads_it() {
    let mut case = Case::new();
    case.rules.policies = vec![policy("all", ALL)];
    case.inputs.scores[0].score = 301;
    let verdict = case.evaluate();
    assert_eq!(
        (verdict.decision, verdict.deciding),
        (Decision::Forbid, vec!["bound.objectionable".to_owned()])
    );
}

#[test]
fn a_missing_doubled_foreign_or_wild_score_forbids_and_says_which() {
    let foreign = ClassifierScore { classifier: Digest::ZERO, ..score("political", 0) };
    let objectionable = score("objectionable", 40);
    for (scores, why) in [
        (vec![objectionable.clone()], "score political is missing"),
        (vec![objectionable.clone(), score("political", 0), score("political", 0)], "given twice"),
        (vec![objectionable.clone(), foreign], "by classifier 00000000"),
        (vec![objectionable.clone(), score("political", -1)], "is -1"),
        (vec![objectionable, score("political", 1001)], "is 1001"),
    ] {
        let mut case = Case::new();
        case.inputs.scores = scores;
        let verdict = case.evaluate();
        assert_eq!(verdict.decision, Decision::Forbid);
        assert!(verdict.errors.iter().any(|error| error.contains(why)), "{why}: {:?}", verdict.errors);
    }
}

#[test]
fn an_undeclared_attribute_is_absent_and_not_false() {
    let mut case = Case::new();
    case.request.attributes.commercial = None;
    let verdict = case.evaluate();
    assert_eq!(verdict.deciding, ["commercial-use-is-paid"]);
    assert!(!verdict.inputs.iter().any(|input| input.name == "context.commercial"));
}

#[test]
fn without_a_permission_the_answer_is_no_and_names_what_is_undeclared() {
    let mut case = Case::new();
    case.request.attributes.medium = None;
    let verdict = case.evaluate();
    assert_eq!((verdict.decision, verdict.deciding.len(), verdict.errors.len()), (Decision::Forbid, 0, 0));
    let why = explain(&case.rules, &verdict);
    assert_eq!(why.reasons[0].kind, ReasonKind::NothingPermits);
    assert!(why.summary.contains("does not declare: medium"), "{}", why.summary);
}

#[test]
fn an_error_in_one_policy_forbids_although_another_permits() {
    // Cedar itself would skip the failing permission and allow.
    let overflow = "permit (principal, action, resource) when { context.now * 9000000000000000000 > 0 };";
    let case = Case::with(&[("all", ALL), ("overflow", overflow)]);
    validate(&case.rules).unwrap();
    let verdict = case.evaluate();
    assert_eq!((verdict.decision, &verdict.deciding), (Decision::Forbid, &vec!["overflow".to_owned()]));
    assert!(verdict.errors[0].starts_with("policy overflow: "), "{:?}", verdict.errors);
    assert_eq!(explain(&case.rules, &verdict).reasons[0].kind, ReasonKind::Error);
}

#[test]
fn an_error_in_a_prohibition_forbids() {
    let overflow = "forbid (principal, action, resource) when { context.now * 9000000000000000000 < 0 };";
    let verdict = Case::with(&[("all", ALL), ("overflow", overflow)]).evaluate();
    assert_eq!((verdict.decision, verdict.deciding), (Decision::Forbid, vec!["overflow".to_owned()]));
}

#[test]
fn a_number_too_large_for_rules_forbids() {
    for wild in [
        |case: &mut Case| case.request.fee = Atto(u128::MAX),
        |case: &mut Case| case.request.attributes.duration_days = Some(u64::MAX),
    ] {
        let mut case = Case::new();
        wild(&mut case);
        let verdict = case.evaluate();
        assert_eq!(verdict.decision, Decision::Forbid);
        assert!(verdict.errors[0].contains("above the largest number"), "{:?}", verdict.errors);
    }
}

#[test]
fn a_fee_is_rounded_down_to_a_millionth() {
    let mut case = Case::new();
    case.request.attributes.commercial = Some(true);
    case.request.fee = Atto(2_500_000_000_000_000_000 - 1);
    assert_eq!(case.evaluate().deciding, ["commercial-use-is-paid"]);
    case.request.fee = Atto(2_500_000_000_000_000_000);
    assert_eq!(case.evaluate().decision, Decision::Permit);
}

#[test]
fn another_asset_another_request_and_an_expired_one_forbid() {
    type Change = fn(&mut Case);
    let changes: [(Change, &str); 4] = [
        (|case| case.rules.asset = crate::id::Id([9; 32]), "rules are for asset"),
        (|case| case.request.assets = vec![crate::id::Id([9; 32])], "does not ask for asset"),
        (|case| case.inputs.now = case.request.expires + 1, "expired"),
        (|case| case.request.assets.clear(), "request is malformed"),
    ];
    for (change, why) in changes {
        let mut case = Case::new();
        change(&mut case);
        let verdict = case.evaluate();
        assert_eq!(verdict.decision, Decision::Forbid, "{why}");
        assert!(verdict.errors.iter().any(|error| error.contains(why)), "{why}: {:?}", verdict.errors);
    }
}

#[test]
fn owner_and_designated_agents_can_be_told_apart() {
    let owner_only = "permit (principal, action, resource) when { principal == resource.owner };";
    let agent_only = "permit (principal, action, resource) when { context.designated_agent };";
    let mut case = Case::with(&[("owner", owner_only)]);
    assert_eq!(case.evaluate().decision, Decision::Forbid);
    case.request.requester = case.descriptor.owner;
    assert_eq!(case.evaluate().decision, Decision::Permit);

    let key = PublicKey::Ed25519([0xB1; 32]);
    let agent =
        Agent { key, actions: vec![AgentAction::Request], fee_limit: Some(Atto(5)), expires: CREATED + 100 };
    let decide = |change: fn(&mut Agent), fee, now| {
        let mut case = Case::with(&[("agent", agent_only)]);
        let mut agent = agent.clone();
        change(&mut agent);
        case.descriptor.agents = vec![agent];
        // A descriptor with agents is another first revision, so another asset.
        let asset = crate::Object::id(&case.descriptor).unwrap();
        case.rules.asset = asset;
        case.request.assets = vec![asset];
        case.request.fee = Atto(fee);
        case.inputs.now = now;
        case.evaluate().decision
    };
    assert_eq!(decide(|_| (), 5, CREATED), Decision::Permit);
    assert_eq!(decide(|_| (), 6, CREATED), Decision::Forbid, "over the agent's fee limit");
    assert_eq!(decide(|_| (), 5, CREATED + 101), Decision::Forbid, "expired agent");
    assert_eq!(decide(|a| a.actions = vec![AgentAction::ReviseRules], 5, CREATED), Decision::Forbid);
}

#[test]
fn an_asset_changes_hands_only_by_a_policy_that_says_transfer() {
    let to = PublicKey::from(&ed25519_dalek::SigningKey::from_bytes(&[5; 32]));
    let decide = |policies: &[(&str, &str)]| {
        let mut case = Case::with(policies);
        case.request.transfer = Some(crate::object::Transfer { to, account: None });
        case.evaluate()
    };
    let sale = "permit (principal, action == Action::\"transfer\", resource);";
    let verdict = decide(&[("all", ALL), ("sale", sale)]);
    assert_eq!((verdict.decision, verdict.deciding), (Decision::Permit, vec!["sale".to_owned()]));
    let named =
        |name: &str| verdict.inputs.iter().find(|input| input.name == name).map(|input| input.value.clone());
    assert_eq!(named("action"), Some(Value::Text("transfer".into())));
    assert_eq!(named("context.new_owner"), Some(Value::Text(to.to_string())));

    // Written for uses, by owners who never thought of selling.
    let verdict = decide(&[("all", ALL)]);
    assert_eq!((verdict.decision, verdict.deciding), (Decision::Forbid, vec![]));
    assert!(verdict.errors[0].contains("speak of no transfer"), "{:?}", verdict.errors);
    let uses = "permit (principal, action == Action::\"use\", resource);";
    assert_eq!(decide(&[("uses", uses)]).decision, Decision::Forbid);
    // Whatever forbids without naming an action forbids transfers too.
    let never = "forbid (principal, action, resource) when { context.purpose == \"educational-narration\" };";
    let verdict = decide(&[("never", never), ("sale", sale)]);
    assert_eq!((verdict.decision, verdict.deciding), (Decision::Forbid, vec!["never".to_owned()]));
    // To one buyer, and to no other.
    let buyer = |key: PublicKey| {
        format!(
            "permit (principal, action == Action::\"transfer\", resource) when {{ context has new_owner && \
             context.new_owner == Requester::\"{key}\" }};"
        )
    };
    assert_eq!(decide(&[("buyer", &buyer(to))]).decision, Decision::Permit);
    let other = PublicKey::from(&ed25519_dalek::SigningKey::from_bytes(&[6; 32]));
    assert_eq!(decide(&[("buyer", &buyer(other))]).decision, Decision::Forbid);

    // And a policy about transfers lets nobody use it.
    assert_eq!(Case::with(&[("sale", sale)]).evaluate().decision, Decision::Forbid);
}

#[test]
fn inputs_are_ascending_and_hold_every_value() {
    let verdict = Case::new().evaluate();
    let names: Vec<_> = verdict.inputs.iter().map(|input| input.name.as_str()).collect();
    assert!(names.is_sorted());
    assert_eq!(
        names,
        [
            "context.app",
            "context.audience",
            "context.bounds.objectionable",
            "context.bounds.political",
            "context.commercial",
            "context.content.objectionable",
            "context.content.political",
            "context.created",
            "context.derived_work",
            "context.designated_agent",
            "context.duration_days",
            "context.expires",
            "context.fee_micro",
            "context.languages",
            "context.media_type",
            "context.medium",
            "context.now",
            "context.purpose",
            "context.territories",
            "principal",
            "resource",
            "resource.kind",
            "resource.modalities",
            "resource.owner",
        ]
    );
    assert_eq!(verdict.inputs[0].value, Value::Text("museum-guide".into()));
}

#[test]
fn validation_refuses_what_cedar_would_skip_later() {
    for (text, why) in [
        ("permit (principal, action, resource) when { context.medium == \"audio\" };", "medium"),
        ("permit (principal, action, resource) when { context.colour == \"red\" };", "colour"),
        ("permit (principal, action, resource) when { context.content.violent > 3 };", "violent"),
        ("permit (principal, action, resource) when { context.purpose > 3 };", "Long"),
        ("permit (principal, action == Action::\"steal\", resource);", "steal"),
        ("permit (principal == Robot::\"r\", action, resource);", "Robot"),
        ("forbid (principal, action, resource) when { context.now < 0 && false };", "impossible"),
        ("forbid (principal, action, resource) when { context.purpose == \"p\u{430}id\" };", "script"),
        ("permit (principal == ?principal, action, resource);", "template"),
        ("permit (principal, action, resource", "unexpected end"),
        ("permit (principal, action, resource); forbid (principal, action, resource);", "unexpected token"),
        ("", "unexpected end"),
    ] {
        let mut case = Case::new();
        case.rules.policies = vec![policy("p", text)];
        let problems = case.problems();
        assert!(problems.starts_with("rules refused: policy p: "), "{problems}");
        assert!(problems.contains(why), "{text}\n  wants {why}, got {problems}");
        let verdict = case.evaluate();
        assert_eq!(verdict.decision, Decision::Forbid);
        assert!(!verdict.errors.is_empty());
    }
}

#[test]
fn a_policy_has_to_say_itself_in_words_and_agree_with_its_id() {
    let refuse = |text: &str| {
        let mut case = Case::new();
        case.rules.policies = vec![Policy { id: "p".into(), text: text.into() }];
        case.problems()
    };
    assert!(refuse(ALL).contains("@words"));
    assert!(refuse(&format!("@words(\" \") {ALL}")).contains("@words"));
    assert!(refuse(&format!("@words(\"{}\") {ALL}", "x".repeat(241))).contains("240"));
    assert!(refuse(&format!("@id(\"q\") @words(\"x\") {ALL}")).contains("@id says \"q\""));
}

#[test]
fn revisions_over_a_limit_are_refused() {
    let numbered = |n: usize| -> Vec<Policy> { (0..n).map(|n| policy(&format!("p{n:02}"), ALL)).collect() };
    let mut case = Case::new();
    case.rules.policies = numbered(64);
    validate(&case.rules).unwrap();
    assert_eq!(case.evaluate().decision, Decision::Permit);

    type Change = fn(&mut RulesRevision);
    let changes: [(Change, &str); 10] = [
        (|r| r.policies = (0..65).map(|n| policy(&format!("p{n:02}"), ALL)).collect(), "65 policies"),
        (|r| r.policies.clear(), "0 policies"),
        (|r| r.policies.reverse(), "ascending by id"),
        (|r| r.policies[0].id = "Bad Id".into(), "[a-z0-9-]"),
        (|r| r.policies[0].text += &" ".repeat(MAX_POLICY_BYTES), "at most 4096"),
        (|r| r.schema_version = 3, "schema version is 3"),
        (|r| r.thresholds[0].bound = 1001, "not 0 to 1000"),
        (|r| r.thresholds[0].label = "a b".into(), "label \"a b\""),
        (|r| r.thresholds[0].label = "x\": Long }; entity Evil; type T = {\"y".into(), "label"),
        (|r| r.thresholds.reverse(), "ascending by label"),
    ];
    for (change, why) in changes {
        let mut case = Case::new();
        change(&mut case.rules);
        assert!(case.problems().contains(why), "{why}: {}", case.problems());
        assert_eq!(case.evaluate().decision, Decision::Forbid, "{why}");
    }
}

/// The longest forms that the guard lets through, asked from a thread that has hardly a stack of its own: the answer is
/// about types or a verdict, never about the stack.
#[test]
fn the_largest_policies_are_judged_whatever_stack_the_caller_has() {
    let wrap = |body: String| format!("permit (principal, action, resource) when {{ {body} }};");
    let bodies = [
        format!("{}true{}", "(".repeat(31), ")".repeat(31)),
        format!("{}1{} == 1", "[".repeat(31), "]".repeat(31)),
        format!("{}1{} == 1", "{a:".repeat(31), "}".repeat(31)),
        format!("context{} == 1", ".a".repeat(490)),
        format!("context has a{}", ".a".repeat(490)),
        format!("context{} == 1", "[\"a\"]".repeat(240)),
        format!("1{} > 0", "+1".repeat(490)),
        format!("1{} > 0", "*1".repeat(490)),
        format!("true{}", "&&true".repeat(490)),
        format!("context.now>0{}", "||context.now>0".repeat(240)),
        format!("{}true", "if context.now > 0 then true else ".repeat(31)),
        format!("{}true{}", "if ".repeat(31), " then true else false".repeat(31)),
        format!("!!!!{}", "(!!!!".repeat(30) + "true" + &")".repeat(30)),
        format!("context{}", ".contains(1)".repeat(240)),
        format!("{}true{}", "(".repeat(30), " && context.now > 0)".repeat(30)),
        format!("{}principal{}", "(".repeat(6), " is Requester in resource.owner)".repeat(6)),
    ];
    for body in bodies {
        let text = wrap(body);
        let shown: String = text.chars().take(70).collect();
        let run = move || {
            let case = Case::with(&[("large", &text)]);
            (case.evaluate(), validate(&case.rules), describe(&case.rules))
        };
        let (verdict, valid, words) =
            std::thread::Builder::new().stack_size(256 << 10).spawn(run).unwrap().join().unwrap();
        let said = format!("{:?} {words:?}", verdict.errors).to_lowercase();
        assert!(verdict.decision == Decision::Permit || !verdict.errors.is_empty(), "{shown}");
        assert_eq!(valid.is_ok(), verdict.errors.is_empty(), "{shown}");
        assert!(
            !["recursion", "stack", "nests", "chains"].iter().any(|word| said.contains(word)),
            "{shown}: {said}"
        );
    }
}

#[test]
fn what_nests_too_deep_is_refused_in_a_revision_and_in_a_file() {
    let deep = format!("// a 3\" tape\n{}true{}", "(".repeat(40), ")".repeat(40));
    let text = format!("permit (principal, action, resource) when {{ {deep} }};");
    let case = Case::with(&[("deep", &text)]);
    assert!(case.problems().contains("policy deep: line 1, column 1: nests 41 deep"), "{}", case.problems());
    assert_eq!(case.evaluate().decision, Decision::Forbid);
    assert_eq!(describe(&case.rules)[0].effect, "unreadable");

    let file = format!("// rules\n@id(\"deep\")\n{text}");
    let error = policies_from_cedar(&file).unwrap_err().to_string();
    assert_eq!(
        error,
        "rules refused: policy deep: line 2, column 1: nests 41 deep, at most 32 is read: split it"
    );
}

/// RFC 8032 § 7.1, test 1; the generator of P-256 (SEC 2 § 2.4.2), compressed.
const KEY: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
const PASSKEY: &str = "036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296";

#[test]
fn literals_that_no_request_can_have_are_refused() {
    let id = KEY.to_owned();
    let upper = id.to_uppercase();
    let passkey = PASSKEY.to_uppercase();
    for (condition, why) in [
        (format!("principal == Requester::\"{upper}\""), format!("write \\\"{id}\\\"")),
        (format!("resource.owner == Requester::\"{passkey}\""), format!("write \\\"{PASSKEY}\\\"")),
        (format!("resource == Asset::\"{PASSKEY}\""), "an id has 64".into()),
        (format!("principal == Requester::\"02{}\"", &id[2..]), "look for a wrong digit".into()),
        (format!("resource == Asset::\"0x{id}\""), format!("write \\\"{id}\\\"")),
        ("resource.owner == Requester::\"ab12\"".into(), "64 lower-case hexadecimal digits".into()),
        (format!("[Requester::\"{upper}\"].contains(principal)"), "matches nobody".into()),
        (format!("principal in [Requester::\"{upper}\"]"), "matches nobody".into()),
        ("context has territories && context.territories.contains(\"us\")".into(), "write \"US\"".into()),
        ("context has territories && context.territories.containsAny([\"DE\", \"USA\"])".into(), "no territory".into()),
        ("context has territories && [\"us\"].containsAll(context.territories)".into(), "write \"US\"".into()),
        ("context has territories && context.territories == [\"us\"]".into(), "write \"US\"".into()),
        ("context has languages && context[\"languages\"].contains(\"EN\")".into(), "write \"en\"".into()),
        (
            "context has languages && context.languages.contains(if context.now > 0 then \"en\" else \"deu\")".into(),
            "write \"de\"".into(),
        ),
        ("context.app == \"\"".into(), "never there".into()),
        ("context.purpose != \"a\\u{200b}b\"".into(), "U+200B".into()),
        ("context.purpose like \"a\\n*\"".into(), "U+000A".into()),
        ("context.media_type == \"Audio/WAV\"".into(), "lower case".into()),
        ("context.media_type like \"text\"".into(), "no media type".into()),
        ("context.media_type like \"Audio/*\"".into(), "lower case".into()),
        ("context.media_type like \"*; charset=*\"".into(), "lower case".into()),
        ("context.media_type like \"audio/*/*\"".into(), "two slashes".into()),
        ("context.app like \"*Gro\\u{308}*\"".into(), "NFC".into()),
        ("context.app like \"museum\\u{a0}*\"".into(), "U+00A0".into()),
        ("context.purpose like \"* \"".into(), "space at its end".into()),
        ("context.purpose == \"Gro\\u{308}ße\"".into(), "NFC".into()),
        (format!("context.app like \"{}*\"", "a".repeat(257)), "at most 256".into()),
        ("resource.kind == \"voice\"".into(), "model, genome".into()),
        ("resource.modalities.contains(\"Voice\")".into(), "face, voice".into()),
        ("context.content.political > 45000".into(), "thousandths".into()),
        ("context.now < 1790000000000".into(), "UTC seconds".into()),
        ("context has duration_days && context.duration_days == -1".into(), "days".into()),
        ("context has duration_days && context.duration_days > 2592000".into(), "ten years at most".into()),
    ] {
        let mut case = Case::new();
        let text = format!("forbid (principal, action, resource) when {{ {condition} }};");
        case.rules.policies.push(policy("z", &text));
        let problems = case.problems();
        assert!(problems.contains(&why.replace("\\\"", "\"")), "{condition}\n  wants {why}, got {problems}");
        assert_eq!(case.evaluate().decision, Decision::Forbid);
    }
    for head in [
        format!("principal == Requester::\"{upper}\", action, resource"),
        format!("principal, action, resource == Asset::\"{upper}\""),
        format!("principal is Requester in Requester::\"{upper}\", action, resource"),
    ] {
        let case = Case::with(&[("p", &format!("forbid ({head});"))]);
        assert!(case.problems().contains("matches nobody"), "{head}: {}", case.problems());
    }
}

#[test]
fn literals_that_a_request_can_have_are_not() {
    for condition in [
        format!("principal == Requester::\"{KEY}\" || resource.owner == Requester::\"{PASSKEY}\""),
        format!("resource == Asset::\"{}\"", "ab".repeat(32)),
        "context has territories && context.territories.containsAny([\"US\", \"worldwide\"])".into(),
        "context has languages && context.languages.contains(\"en-GB\")".into(),
        "context.app like \"museum*\" && context.media_type like \"*/wav\"".into(),
        "context.app like \"* guide\" && context.app like \"museum *\" && context.purpose like \"*\"".into(),
        "context has duration_days && context.duration_days > 0 && context.duration_days <= 3660".into(),
        "context.purpose == \"Größe 名\"".into(),
        "context.now - 86400000000 > 0 && context.content.political <= 1000".into(),
        "resource.kind == \"genome\" && resource.modalities.contains(\"voice\")".into(),
    ] {
        let mut case = Case::new();
        case.rules
            .policies
            .push(policy("z", &format!("forbid (principal, action, resource) when {{ {condition} }};")));
        let problems = validate(&case.rules).map_err(|refused| refused.to_string());
        // Cedar warns of mixed scripts in one literal, which is another matter.
        assert!(problems.is_ok() || condition.contains('名'), "{condition}: {problems:?}");
    }
}

#[test]
fn a_request_in_another_spelling_is_malformed_and_forbidden() {
    type Change = fn(&mut UsageRequest);
    let changes: [(Change, &str); 11] = [
        (|r| r.attributes.territories = Some(vec!["us".into()]), "write \"US\""),
        (|r| r.attributes.territories = Some(vec!["USA".into()]), "no territory"),
        (|r| r.attributes.territories = Some(vec![" US".into()]), "write \"US\""),
        (|r| r.attributes.languages = Some(vec!["EN".into()]), "write \"en\""),
        (|r| r.attributes.languages = Some(vec!["eng".into()]), "write \"en\""),
        (|r| r.app = "museum\u{2028}guide".into(), "U+2028"),
        (|r| r.attributes.purpose = "narration\u{e0041}".into(), "U+E0041"),
        (|r| r.attributes.medium = Some("audio ".into()), "space"),
        (|r| r.app = "Gro\u{308}ße".into(), "NFC"),
        (|r| r.attributes.audience = Some("the\u{a0}school".into()), "U+00A0"),
        (|r| r.created = 1_790_000_000_000, "milliseconds"),
    ];
    for (change, why) in changes {
        let mut case = Case::with(&[("all", ALL)]);
        change(&mut case.request);
        let verdict = case.evaluate();
        assert_eq!(verdict.decision, Decision::Forbid, "{why}");
        assert!(
            verdict.errors.iter().any(|e| e.contains("malformed") && e.contains(why)),
            "{why}: {:?}",
            verdict.errors
        );
    }
}

#[test]
fn words_that_show_otherwise_than_they_read_are_refused() {
    for hidden in [
        "\u{202e}",
        "\u{2028}",
        "\u{61c}",
        "\u{ad}",
        "\u{3164}",
        "\u{ffa0}",
        "\u{e0041}",
        "\u{180e}",
        "\u{fffa}",
    ] {
        for text in [
            format!("@words(\"no {hidden}films\") {ALL}"),
            format!("@words(\"no {}films\") {ALL}", hidden.escape_unicode()),
            format!("@words(\"no films\") // {hidden}\n {ALL}"),
        ] {
            let mut case = Case::new();
            case.rules.policies = vec![Policy { id: "p".into(), text: text.clone() }];
            let problems = case.problems();
            assert!(problems.contains("invisible character U+"), "{text:?}: {problems}");
        }
    }
}

#[test]
fn a_problem_says_where_it_is() {
    let problem = |file: &str| policies_from_cedar(file).unwrap_err().to_string();
    let file = format!(
        "@id(\"a\") {ALL}\n\n@id(\"b\")\npermit (principal, action, resource)\nwhen {{ context.app = \"x\" }};"
    );
    assert!(problem(&file).contains("policy b: line 5, column 8: "), "{}", problem(&file));
    let file = format!("@id(\"a\") {ALL}\n@id(\"b\") permit (principal, action resource);");
    assert!(
        problem(&file).contains("policy b: line 2, column 36: unexpected token `resource`"),
        "{}",
        problem(&file)
    );
    assert!(
        problem("@id(\"a\") permit (principal, action, resource)\nwhen { \"abc };")
            .contains("line 2, column 8: a string begins here")
    );

    let mut case = Case::new();
    let text = "permit (principal, action, resource)\nwhen { context.colour == \"red\" };";
    case.rules.policies = vec![policy("p", text)];
    assert!(case.problems().contains("policy p: line 2, column 8: "), "{}", case.problems());
}

#[test]
fn a_literal_says_where_it_is() {
    for (condition, place) in [
        ("principal == Requester::\"AB\"", "line 2, column 32: "),
        ("context.app != \"x\" && context.app == \"\"", "line 2, column 45: "),
        ("context.purpose != \"a\\u{200b}b\"", "line 2, column 27: "),
        ("context.media_type like \"Audio/*\"", "line 2, column 32: "),
        ("context.content.political > 45000", "line 2, column 36: "),
        ("context has duration_days && context.duration_days == -1", "line 2, column 63: "),
    ] {
        let mut case = Case::new();
        let text = format!("permit (principal, action, resource)\nwhen {{ {condition} }};");
        case.rules.policies = vec![policy("p", &text)];
        let problems = case.problems();
        assert!(problems.contains(&format!("policy p: {place}")), "{condition}: {problems}");
    }
}

#[test]
fn a_policys_place_leads_to_the_line_of_its_file() {
    let file = format!("// rules\n\n  @id(\"b\") {ALL}\n@id(\"a\")\n{ALL}");
    let placed = placed_from_cedar(&file).unwrap();
    let ids: Vec<_> = placed.iter().map(|(policy, place)| (policy.id.as_str(), *place)).collect();
    let at = |line, column| Place { line, column };
    assert_eq!(ids, [("a", at(4, 1)), ("b", at(3, 3))]);
    for (policy, place) in &placed {
        let line = file.lines().nth(place.line - 1).unwrap();
        assert!(line[place.column - 1..].starts_with(policy.text.lines().next().unwrap()), "{}", policy.text);
    }
    assert_eq!((at(3, 3).of_inner(at(1, 5)), at(3, 3).of_inner(at(2, 5))), (at(3, 7), at(4, 5)));

    for (file, place) in [
        (format!("@id(\"a\") {ALL}\n{ALL}"), "line 2, column 1: a policy has no @id"),
        (format!("@id(\"a\") {ALL}\n@id(\"a\") {ALL}"), "policy a: line 2, column 1: two policies"),
        (
            format!("@id(\"a\") {ALL}\n@id(\"b\") permit (principal == ?principal, action, resource);"),
            "policy b: line 2, column 1: it is a template",
        ),
    ] {
        let error = policies_from_cedar(&file).unwrap_err().to_string();
        assert!(error.contains(place), "{place}: {error}");
    }
}

#[test]
fn a_cedar_file_splits_into_signed_policies() {
    let policies = example::voice_policies().unwrap();
    let ids: Vec<_> = policies.iter().map(|policy| policy.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "commercial-use-is-paid",
            "educational-narration",
            "no-derived-work",
            "no-objectionable-content",
            "no-political-content",
        ]
    );
    assert!(policies[1].text.starts_with("@id(\"educational-narration\")"), "{}", policies[1].text);
    for (source, why) in [
        (ALL.to_owned(), "no @id"),
        (format!("@id(\"a\") {ALL} @id(\"a\") {ALL}"), "two policies"),
        ("@id(\"a\") permit (principal == ?principal, action, resource);".into(), "template"),
        ("nonsense".into(), "unexpected"),
    ] {
        let error = policies_from_cedar(&source).unwrap_err().to_string();
        assert!(error.contains(why), "{why}: {error}");
    }
}

#[test]
fn rules_are_described_in_the_owners_words() {
    let words = describe(&Case::new().rules);
    assert_eq!(words.len(), 5);
    assert_eq!((words[1].effect, words[4].words.as_str()), ("permit", "political content is not allowed"));
}

fn attribute() -> impl Strategy<Value = Option<String>> {
    prop::option::of(prop::sample::select(vec!["audio", "video", "school", "x"]).prop_map(str::to_owned))
}

fn languages() -> impl Strategy<Value = Option<Vec<String>>> {
    prop::option::of(prop::sample::subsequence(vec!["de", "en", "fr"], 0..=3))
        .prop_map(|set| set.map(|set| set.into_iter().map(str::to_owned).collect()))
}

prop_compose! {
    fn any_case()(
        medium in attribute(), languages in languages(), commercial in any::<Option<bool>>(),
        derived_work in any::<Option<bool>>(), days in prop::option::of(0..800_u64), fee in any::<u128>(),
        narration in any::<bool>(), objectionable in prop::option::of(-10..1010_i32),
        political in prop::option::of(-10..1010_i32), now in CREATED - 10..CREATED + 100_000,
    ) -> Case {
        let mut case = Case::new();
        let attributes = &mut case.request.attributes;
        attributes.purpose = if narration { "educational-narration" } else { "advertising" }.into();
        (attributes.medium, attributes.languages) = (medium, languages);
        (attributes.commercial, attributes.derived_work) = (commercial, derived_work);
        attributes.duration_days = days;
        case.request.fee = Atto(fee >> 40);
        case.inputs.now = now;
        case.inputs.scores = [("objectionable", objectionable), ("political", political)]
            .into_iter().filter_map(|(label, value)| value.map(|value| score(label, value))).collect();
        case
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    /// The example's rules written a second time, by hand.
    #[test]
    fn the_example_decides_as_its_words_say(case in any_case()) {
        let a = &case.request.attributes;
        let within = |label: &str, bound| {
            case.inputs.scores.iter().any(|score| score.label == label && (0..=bound).contains(&score.score))
        };
        let expected = a.purpose == "educational-narration"
            && a.medium.as_deref() == Some("audio")
            && a.languages.as_ref().is_some_and(|l| !l.is_empty() && l.iter().all(|l| l == "en" || l == "de"))
            && a.duration_days.is_some_and(|days| days <= 365)
            && a.derived_work == Some(false)
            && a.commercial.is_some_and(|paid| !paid || case.request.fee.0 >= 2_500_000_000_000_000_000)
            && case.request.fee.0 / 1_000_000_000_000 <= i64::MAX as u128
            && within("objectionable", 300)
            && within("political", 450)
            && case.inputs.now <= case.request.expires;
        prop_assert_eq!(case.evaluate().decision == Decision::Permit, expected);
    }

    #[test]
    fn the_same_arguments_give_the_same_signable_verdict(case in any_case()) {
        let verdict = case.evaluate();
        prop_assert_eq!(&verdict, &case.evaluate());
        let permitted = verdict.decision == Decision::Permit;
        prop_assert!(!permitted || (verdict.errors.is_empty() && !verdict.deciding.is_empty()));
        prop_assert!(!explain(&case.rules, &verdict).summary.is_empty());
        let signed = crate::object::Verdict {
            request: crate::Object::id(&case.request).unwrap(),
            checker: PublicKey::Ed25519([1; 32]),
            time: case.inputs.now,
            assets: vec![verdict],
        };
        prop_assert!(crate::Object::to_payload(&signed).is_ok());
    }

    /// Leaving something out, or adding a failing policy, never turns a no into a yes.
    #[test]
    fn a_failing_policy_never_permits(mut case in any_case(), permit in any::<bool>()) {
        let effect = if permit { "permit" } else { "forbid" };
        let text = format!("{effect} (principal, action, resource) when {{ context.now * {} > 0 }};", i64::MAX);
        case.rules.policies.push(policy("overflow", &text));
        case.rules.policies.sort_by(|a, b| a.id.cmp(&b.id));
        let verdict = case.evaluate();
        prop_assert_eq!(verdict.decision, Decision::Forbid);
        prop_assert!(!verdict.errors.is_empty());
    }

    #[test]
    fn no_policy_text_panics(text in "\\PC{0,80}") {
        let mut case = Case::new();
        case.rules.policies = vec![Policy { id: "p".into(), text }];
        prop_assert_eq!(case.evaluate().decision, Decision::Forbid);
    }
}
