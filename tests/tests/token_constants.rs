//! The auditor's crate imports nothing of the element's, so both write down what a token looks like. They must agree.

use wetsign_attest::eat as read;
use wetsign_wire::eat as written;

#[test]
fn element_and_auditor_agree_on_the_token() {
    assert_eq!(written::ALG, read::ALG);
    assert_eq!(written::PROFILE, read::PROFILE);
    assert_eq!(written::CLAIMS, read::claim::ALL);
    assert_eq!(i64::from(written::VERSION_SCHEME_SEMVER), i64::from(read::VERSION_SCHEME_SEMVER));
    assert_eq!(i64::from(written::CONTENT_FORMAT_COSWID), i64::from(read::CONTENT_FORMAT_COSWID));
    assert_eq!(written::debug::ENABLED, read::DEBUG_ENABLED);
    for (one, other) in [
        (written::Home::Chip, read::Home::Chip),
        (written::Home::Emulator, read::Home::Emulator),
        (written::Home::Program, read::Home::Program),
    ] {
        assert_eq!((one as u8, one.as_str()), (other as u8, other.as_str()));
    }
}

#[test]
fn an_element_keeps_the_longest_certificate_chain() {
    assert_eq!(wetsign_attest::limits::CERTIFICATE_CHAIN, wetsign_wire::limits::CERTIFICATE);
}
