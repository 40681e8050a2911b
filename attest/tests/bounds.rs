//! Parsers fed from outside say no to what is too deep or too large, whoever calls them on whatever stack.

use wetsign_attest::object::{AssetDescriptor, UsageRequest};
use wetsign_attest::{ApprovalBundle, Object, Signed, TrustPolicy, limits};

/// A thread with hardly a stack: deep input that is built before it is counted would not come back.
fn on_a_small_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::Builder::new().stack_size(256 << 10).spawn(work).unwrap().join().unwrap()
}

/// A payload whose first member nests arrays this deep.
fn nested(deep: usize) -> Vec<u8> {
    let mut payload = vec![0xa2, 0x00, 0x71];
    payload.extend(UsageRequest::TYPE.as_bytes());
    payload.push(0x01);
    payload.extend(vec![0x81; deep]);
    payload.push(0x00);
    payload
}

#[test]
fn cbor_containers_are_counted_before_they_are_built() {
    assert_eq!(UsageRequest::TYPE.len(), 0x11);
    let refusal =
        |deep| on_a_small_stack(move || UsageRequest::from_payload(&nested(deep)).unwrap_err().to_string());
    assert!(!refusal(limits::NESTING - 1).contains("nesting"));
    for deep in [limits::NESTING, 1_000, 60_000] {
        assert!(refusal(deep).contains("nesting has 17, the limit is 16"), "{}", refusal(deep));
    }
    let over = limits::REQUEST + 1;
    assert!(UsageRequest::from_payload(&vec![0; over]).unwrap_err().to_string().contains("the limit is"));
}

#[test]
fn an_envelope_with_depth_in_place_of_its_payload_is_refused() {
    for deep in [10, 200, 16_000] {
        let mut bytes = vec![0xd2, 0x84, 0x43, 0xa1, 0x01, 0x27, 0xa0];
        bytes.extend(vec![0x81; deep]);
        bytes.extend([0x00, 0x40]);
        assert!(on_a_small_stack(move || Signed::<AssetDescriptor>::decode(&bytes).is_err()), "{deep}");
    }
}

#[test]
fn a_bundle_is_bounded_before_it_is_read() {
    let error = ApprovalBundle::unverified(&vec![0xa1; limits::BUNDLE + 1]).unwrap_err().to_string();
    assert!(error.contains("the limit is 1048576"), "{error}");
}

#[test]
fn a_trust_policy_nests_eighty_deep_at_most() {
    for text in [
        format!("gates = {}{}", "[".repeat(100), "]".repeat(100)),
        format!("gates = {}0{}", "{ a = ".repeat(100), " }".repeat(100)),
        format!("{} = 1", vec!["a"; 100].join(".")),
        format!("[{}]", vec!["a"; 100].join(".")),
    ] {
        assert!(on_a_small_stack(move || TrustPolicy::from_toml(&text).is_err()));
    }
}

#[test]
fn json_nests_128_deep_at_most() {
    let json = |deep: usize| format!("{}{}", "[".repeat(deep), "]".repeat(deep));
    assert!(serde_json::from_str::<serde_json::Value>(&json(100)).is_ok());
    let error = on_a_small_stack(move || {
        serde_json::from_str::<serde_json::Value>(&json(200)).unwrap_err().to_string()
    });
    assert!(error.contains("recursion limit"), "{error}");
}
