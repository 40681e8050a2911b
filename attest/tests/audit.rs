//! Many approvals at once get the answers that each gets alone; one forged among them is found, whatever is forged.

#[macro_use]
#[allow(dead_code)] // each test program uses its part
mod support;

use std::sync::OnceLock;

use support::series::{Series, series};
use support::*;
use wetsign_attest::Signed;
use wetsign_attest::bundle::ApprovalBundle;
use wetsign_attest::id::{Blob, Scalar};
use wetsign_attest::object::CoSignature;
use wetsign_attest::verify::{
    self, Answer, Auditor, Known, Options, Refused, Report, VerifierState, code, report_of,
};

const COUNT: u32 = 12;

fn made() -> &'static Series {
    static MADE: OnceLock<Series> = OnceLock::new();
    MADE.get_or_init(|| series(COUNT))
}

fn files() -> Vec<Vec<u8>> {
    made().bundles.iter().map(|bundle| bundle.to_bytes().unwrap()).collect()
}

fn audited(files: &[Vec<u8>], memory: &mut VerifierState) -> Vec<Answer> {
    let policy = policy();
    let auditor = Auditor::new(&policy, options());
    let looked = files.iter().map(|file| (file.as_slice(), auditor.look(file, memory))).collect();
    auditor.settle(looked, memory).unwrap()
}

fn one_by_one(files: &[Vec<u8>], memory: &mut VerifierState) -> Vec<Report> {
    let policy = policy();
    let each =
        |file: &Vec<u8>| report_of(&verify::verify_remembering(file, &policy, options(), memory)).clone();
    files.iter().map(each).collect()
}

/// Answer by answer the same: accepted or not, which checks failed, and in which words where one did.
#[track_caller]
fn same(files: &[Vec<u8>]) -> Vec<Option<&'static str>> {
    let (mut ours, mut alone) = (VerifierState::default(), VerifierState::default());
    let answers = audited(files, &mut ours);
    let reports = one_by_one(files, &mut alone);
    for (answer, report) in answers.iter().zip(&reports) {
        let found = report_of(&answer.outcome);
        assert_eq!((found.ok, found.lapsed, &found.summary), (report.ok, report.lapsed, &report.summary));
        assert!(found.failures().eq(report.failures()), "{:#?}", found.failures().collect::<Vec<_>>());
        assert_eq!(found.checks.len(), report.checks.len());
    }
    assert_eq!(ours, alone, "what is remembered");
    reports.iter().map(Report::first_failure).collect()
}

/// The bundle with its first co-signature changed, signed again by the same person. Nothing else of it is mended.
fn with_cosignature(bundle: &ApprovalBundle, change: impl Fn(&mut CoSignature)) -> Vec<u8> {
    let mut bundle = bundle.clone();
    let mut cosignature = Signed::<CoSignature>::decode(&bundle.cosignatures[0].0).unwrap().into_payload();
    change(&mut cosignature);
    bundle.cosignatures[0] = Blob(sign(cosignature).bytes().to_vec());
    bundle.to_bytes().unwrap()
}

#[test]
fn a_log_of_approvals_is_accepted_whole() {
    assert_eq!(same(&files()), vec![None; COUNT as usize]);
}

#[test]
fn the_forged_one_is_found_and_told_why() {
    let proof = |bundle: &mut ApprovalBundle| {
        // Another approval's proof: points that are in order, for another statement.
        let other = Signed::<CoSignature>::decode(&made().bundles[0].cosignatures[0].0).unwrap();
        let edits = edit!(cosignature: move |_, own: &mut CoSignature| {
            own.proof.proof = other.payload().proof.proof.clone();
        });
        *bundle = approval(&edits);
    };
    let mut forged = made().bundles[3].clone();
    proof(&mut forged);
    for place in [0, 5, COUNT as usize - 1] {
        let mut files = files();
        files[place] = forged.to_bytes().unwrap();
        let found = same(&files);
        assert_eq!(found[place], Some(code::PROOF));
        assert_eq!(found.iter().filter(|cause| cause.is_some()).count(), 1);
    }
}

#[test]
fn whatever_else_is_wrong_is_said_in_the_same_words() {
    let bundles = &made().bundles;
    let mut files = files();
    files[1].truncate(900);
    files[2] = Vec::new();
    files[4] = with_cosignature(&bundles[4], |own| own.time += 1);
    files[6] = with_cosignature(&bundles[6], |own| own.proof.inputs[1] = Scalar([3; 32]));
    files[8] = bundles[8].request.0.clone();
    let mut exchanged = bundles[9].clone();
    exchanged.verdict = bundles[10].verdict.clone();
    files[9] = exchanged.to_bytes().unwrap();
    let found = same(&files);
    let refused: Vec<_> = (0..COUNT as usize).filter(|place| found[*place].is_some()).collect();
    assert_eq!(refused, [1, 2, 4, 6, 8, 9]);
}

#[test]
fn what_stands_against_another_file_of_the_batch_is_found() {
    // The element counted twice: one file is of a log in which the same counter stands elsewhere.
    let twin = approval(&Edits {
        forge: true,
        ..edit!(claims: |_, claims: &mut wetsign_attest::eat::Claims| claims.counter = 130)
    });
    let mut files = files();
    files.push(twin.to_bytes().unwrap());
    let found = same(&files);
    assert_eq!(found.last().unwrap(), &Some(code::REPLAY));
    assert!(found[..COUNT as usize].iter().all(Option::is_none));
    // The same file twice is one approval.
    let mut twice = self::files();
    twice.push(twice[3].clone());
    assert!(same(&twice).iter().all(Option::is_none));
}

#[test]
fn what_is_known_changes_no_answer() {
    let (known, policy) = (Known::default(), policy());
    let mut files = files();
    files[2][700] ^= 1;
    files[5][3000] ^= 1;
    for file in files.iter().chain(&files) {
        let plain = verify::verify(file, &policy, options());
        let quick = verify::verify(file, &policy, Options { known: Some(&known), ..options() });
        assert_eq!(report_of(&plain), report_of(&quick));
        assert_eq!(
            plain.map_err(|refused: Refused| refused.to_string()),
            quick.map_err(|refused: Refused| refused.to_string())
        );
    }
}
