//! Which checks have to refuse an edited approval, and that none does.

use super::*;

/// The approval with these edits is refused, and by these checks alone.
///
/// `proof` and `quorum` may come along: an edit before the proof changes what was proved, and a co-signature that falls
/// takes the quorum with it. The unedited approval shows that they pass by themselves.
#[track_caller]
pub fn refused(edits: &Edits, codes: &[&str]) {
    refused_by(edits, &policy(), options(), codes);
}

#[track_caller]
pub fn refused_by(edits: &Edits, policy: &TrustPolicy, options: Options<'_>, codes: &[&str]) {
    let report = verify(&approval(edits).to_bytes().unwrap(), policy, options);
    let found: Vec<_> = failed(&report)
        .into_iter()
        .filter(|code| codes.contains(code) || !["proof", "quorum"].contains(code))
        .collect();
    assert_eq!(found, codes, "{:#?}", report.failures().collect::<Vec<_>>());
    assert!(!report.ok);
}

/// The approval with these edits is as good as the unedited one, but for the proof, which was made for that one.
#[track_caller]
pub fn sound(edits: &Edits) {
    sound_by(edits, &policy(), options());
}

#[track_caller]
pub fn sound_by(edits: &Edits, policy: &TrustPolicy, options: Options<'_>) {
    let report = verify(&approval(edits).to_bytes().unwrap(), policy, options);
    let found: Vec<_> =
        failed(&report).into_iter().filter(|code| !["proof", "quorum"].contains(code)).collect();
    assert!(found.is_empty(), "{:#?}", report.failures().collect::<Vec<_>>());
}

/// The certificates of the first co-signature's element.
pub fn first_chain() -> Vec<u8> {
    let bundle = approval(&Edits::default());
    Signed::<CoSignature>::decode(&bundle.cosignatures[0].0).unwrap().payload().chain.0.clone()
}
