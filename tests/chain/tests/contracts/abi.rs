//! What Rust calls is what solc compiled.

use std::collections::BTreeMap;

use alloy::json_abi::{Event, JsonAbi, Param};
use wetsign_chain::contracts::{
    AiNft, Attested, Badge, Bridge, Court, Emission, Gateway, Governance, HeadsAway, HeadsHome, Heart,
    MatchVerifier, Parameters, ProofRegistry, Settle, Stakes, Validation,
};
use wetsign_chain_tests::compiled;

fn types(params: &[Param]) -> Vec<String> {
    params.iter().map(|param| param.selector_type().into_owned()).collect()
}

fn told(event: &Event) -> (String, Vec<bool>) {
    (event.signature(), event.inputs.iter().map(|input| input.indexed).collect())
}

/// What stands in `ours` and not in the compiler's.
fn foreign(name: &str, ours: &JsonAbi, theirs: &JsonAbi) -> Vec<String> {
    let mut found = Vec::new();
    let mut look = |what: String, known: bool| {
        if !known {
            found.push(format!("{name}: {what}"));
        }
    };
    for function in ours.functions() {
        let same = |other: &alloy::json_abi::Function| {
            other.signature_with_outputs() == function.signature_with_outputs()
                && other.state_mutability == function.state_mutability
        };
        let what = format!("{} {:?}", function.signature_with_outputs(), function.state_mutability);
        look(what, theirs.functions().any(same));
    }
    for error in ours.errors() {
        look(error.signature(), theirs.errors().any(|other| other.signature() == error.signature()));
    }
    for event in ours.events() {
        look(event.signature(), theirs.events().any(|other| told(other) == told(event)));
    }
    if let Some(made) = &ours.constructor {
        let theirs = theirs.constructor.as_ref().map(|made| types(&made.inputs)).unwrap_or_default();
        look(format!("constructor {:?}", types(&made.inputs)), types(&made.inputs) == theirs);
    }
    found
}

#[test]
fn every_function_error_and_event_here_is_the_compilers() {
    let text = std::fs::read_to_string(compiled().unwrap().join("abi.json")).unwrap();
    let compiled: BTreeMap<String, JsonAbi> = serde_json::from_str(&text).unwrap();
    let ours = [
        ("AiNft", AiNft::abi::contract()),
        ("Settle", Attested::abi::contract()),
        ("Badge", Badge::abi::contract()),
        ("BridgeHome", Bridge::abi::contract()),
        ("BridgeAway", Bridge::abi::contract()),
        ("Court", Court::abi::contract()),
        ("Emission", Emission::abi::contract()),
        ("Gateway", Gateway::abi::contract()),
        ("Governance", Governance::abi::contract()),
        ("HeadsAway", HeadsAway::abi::contract()),
        ("HeadsHome", HeadsHome::abi::contract()),
        ("Heart", Heart::abi::contract()),
        ("MatchVerifier", MatchVerifier::abi::contract()),
        ("Parameters", Parameters::abi::contract()),
        ("ProofRegistry", ProofRegistry::abi::contract()),
        ("Settle", Settle::abi::contract()),
        ("Stakes", Stakes::abi::contract()),
        ("Validation", Validation::abi::contract()),
    ];
    let found: Vec<_> = ours.iter().flat_map(|(name, abi)| foreign(name, abi, &compiled[*name])).collect();
    assert!(found.is_empty(), "not in the contracts:\n{}", found.join("\n"));
    // And a line that is wrong would be seen.
    let wrong = foreign("Heart", &Settle::abi::contract(), &compiled["Heart"]);
    assert!(wrong.len() > 20, "{wrong:?}");
}
