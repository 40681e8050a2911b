//! Owners take approvals back: what ends one, what ends another one, and what changes nothing because nobody signed
//! it who may.

#[macro_use]
#[allow(dead_code, unused_macros)] // each test program uses its part
mod support;

use support::expect::{refused_by, sound_by};
use support::*;
use wetsign_attest::bundle::{ApprovalBundle, WithdrawalBundle};
use wetsign_attest::id::{Blob, Digest, Id};
use wetsign_attest::limits;
use wetsign_attest::object::*;
use wetsign_attest::verify::{
    self, Check, GivenWithdrawal, KnownRevision, Options, Report, Status, VerifierState, code, report_of,
};
use wetsign_attest::{Error, Signed};

/// Places in the log before and behind the synthetic approval's body.
const BEFORE: usize = 0;
const BEHIND: usize = 20;

struct Whole {
    bundle: ApprovalBundle,
    descriptor: Signed<AssetDescriptor>,
    body: Id,
}

fn whole(edits: &Edits) -> Whole {
    let bundle = approval(edits);
    let descriptor = Signed::decode(&bundle.descriptors[0].0).unwrap();
    let body = Signed::<ApprovalBody>::decode(&bundle.body.0).unwrap().id();
    Whole { bundle, descriptor, body }
}

impl Whole {
    /// Of this very approval.
    fn withdrawal(&self, signer: u8) -> Withdrawal {
        Withdrawal {
            asset: self.descriptor.id(),
            approval: Some(self.body),
            reason: Some("the voice is sold".into()),
            signed_by: public(signer),
            time: T + 50,
        }
    }

    fn of_all(&self, signer: u8) -> Withdrawal {
        Withdrawal { approval: None, ..self.withdrawal(signer) }
    }

    /// The answer, told of these withdrawals.
    fn told(&self, given: &[GivenWithdrawal]) -> Report {
        verify(&self.bundle.to_bytes().unwrap(), &policy(), Options { withdrawals: given, ..options() })
    }

    fn showing(&self, withdrawals: Vec<Blob>) -> Result<Vec<u8>, Error> {
        ApprovalBundle { withdrawals: Some(withdrawals), ..self.bundle.clone() }.to_bytes()
    }
}

/// As an owner hands it on.
fn alone(withdrawal: Withdrawal) -> GivenWithdrawal {
    GivenWithdrawal::decode(sign(withdrawal).bytes()).unwrap()
}

/// As the hub hands it out: after the descriptors, and that many other records behind the first.
fn file(withdrawal: Withdrawal, descriptors: &[&Signed<AssetDescriptor>], others: usize) -> WithdrawalBundle {
    let withdrawal = sign(withdrawal);
    let mut sequence: Vec<Logged> = vec![logged(descriptors[0])];
    sequence.extend((0..others).map(|number| Logged {
        kind: Decline::TYPE,
        id: Id([number as u8; 32]),
        bytes: vec![number as u8],
        previous: vec![],
    }));
    sequence.extend(descriptors[1..].iter().map(|one| logged(one)));
    sequence.push(logged(&withdrawal));
    let (mut log, checkpoint) = log(&sequence);
    let kept: Vec<bool> = sequence.iter().map(|one| one.kind != Decline::TYPE).collect();
    let mut kept = kept.into_iter();
    log.retain(|_| kept.next().unwrap());
    WithdrawalBundle {
        withdrawal: blob(&withdrawal),
        descriptors: descriptors.iter().map(|one| blob(one)).collect(),
        log,
        checkpoint,
    }
}

fn given(file: &WithdrawalBundle) -> GivenWithdrawal {
    GivenWithdrawal::decode(&file.to_bytes().unwrap()).unwrap()
}

fn row(report: &Report) -> &Check {
    report.checks.iter().find(|check| check.code == code::WITHDRAWN).unwrap()
}

#[track_caller]
fn ended(report: &Report) {
    assert_eq!(failed(report), [code::WITHDRAWN], "{:#?}", report.failures().collect::<Vec<_>>());
    assert!(!report.ok && report.lapsed && report.summary.starts_with("lapsed"), "{}", report.summary);
    let words = &row(report).compared;
    assert!(words.starts_with("withdrawn by ") && words.contains(&(T + 50).to_string()), "{words}");
}

/// It stands, and what was said of the withdrawal holds these words.
#[track_caller]
fn stands(report: &Report, words: &str) {
    assert!(report.ok && !report.lapsed, "{:#?}", report.failures().collect::<Vec<_>>());
    let row = row(report);
    assert!(row.status == Status::Passed && row.compared.contains(words), "{row:?}");
}

/// The next descriptor, by which an asset is handed over.
fn sold(first: &Signed<AssetDescriptor>) -> Signed<AssetDescriptor> {
    sign(AssetDescriptor {
        revision: 2,
        asset: Some(first.id()),
        previous: Some(first.id()),
        owner: public(OTHER),
        signed_by: public(OWNER),
        ..first.payload().clone()
    })
}

#[test]
fn an_owner_takes_an_approval_back_and_says_why() {
    let whole = whole(&Edits::default());
    let withdrawal = || whole.withdrawal(OWNER);
    let logged = file(withdrawal(), &[&whole.descriptor], BEHIND);
    let shown = whole.showing(vec![Blob(logged.to_bytes().unwrap())]).unwrap();
    let by = [
        whole.told(&[alone(withdrawal())]),
        whole.told(&[given(&logged)]),
        verify(&shown, &policy(), options()),
        // Twice is once; a second one is named as well.
        whole.told(&[alone(withdrawal()), alone(whole.of_all(OWNER))]),
    ];
    for report in &by {
        ended(report);
        let words = &row(report).compared;
        assert!(words.contains(&public(OWNER).to_string()) && words.contains("the voice is sold"), "{words}");
    }
    assert_eq!(by[3].failures().count(), 2);
    let view = wetsign_attest::json::any(&shown).unwrap();
    assert_eq!(view["withdrawals"][0]["withdrawal"]["object"]["reason"], "the voice is sold");
    assert!(wetsign_attest::json::any(&logged.to_bytes().unwrap()).is_ok());
}

#[test]
fn a_withdrawal_of_all_ends_what_stands_before_it() {
    let whole = whole(&Edits::default());
    let logged = |others| given(&file(whole.of_all(OWNER), &[&whole.descriptor], others));
    ended(&whole.told(&[logged(BEHIND)]));
    stands(&whole.told(&[logged(BEFORE)]), "older than this approval");
    // Where no place is shown, times are all there is.
    ended(&whole.told(&[alone(whole.of_all(OWNER))]));
    let early = Withdrawal { time: T - 1000, ..whole.of_all(OWNER) };
    stands(&whole.told(&[alone(early)]), "older than this approval");
}

#[test]
fn what_was_signed_by_nobody_who_may_changes_nothing_and_is_named() {
    let whole = whole(&Edits::default());
    let both = |withdrawal: &Withdrawal, words: &str| {
        stands(&whole.told(&[alone(withdrawal.clone())]), words);
        let logged = file(withdrawal.clone(), &[&whole.descriptor], BEHIND);
        stands(&whole.told(&[given(&logged)]), words);
        let shown = whole.showing(vec![Blob(logged.to_bytes().unwrap())]).unwrap();
        stands(&verify(&shown, &policy(), options()), words);
    };
    for stranger in [OTHER, REQUESTER, HUB, validator(0)] {
        both(&whole.withdrawal(stranger), "changes nothing: it is signed by");
    }
    // This agent may revise rules.
    both(&whole.withdrawal(AGENT), "neither owner nor agent for withdrawals");
    both(&Withdrawal { approval: Some(Id([1; 32])), ..whole.withdrawal(OWNER) }, "ends another one");
    let other_asset = Withdrawal { asset: Id([1; 32]), ..whole.withdrawal(OWNER) };
    stands(&whole.told(&[alone(other_asset)]), "which is not asked for");
}

#[test]
fn an_agent_withdraws_within_the_mandate_and_not_after() {
    let mandate = |actions: &'static [AgentAction], expires| Edits {
        prove: true,
        ..edit!(descriptor: move |d: &mut AssetDescriptor| {
            d.agents[0].actions = actions.to_vec();
            d.agents[0].expires = expires;
        })
    };
    let whole_one = whole(&mandate(&[AgentAction::Withdraw], T + 50));
    ended(&whole_one.told(&[alone(whole_one.withdrawal(AGENT))]));
    let late = Withdrawal { time: T + 51, ..whole_one.withdrawal(AGENT) };
    stands(&whole_one.told(&[alone(late)]), "whose mandate ended");
}

#[test]
fn after_an_asset_was_handed_over_its_new_owner_withdraws_and_the_old_one_no_more() {
    let whole = whole(&Edits::default());
    let sold = sold(&whole.descriptor);
    let chain = [&whole.descriptor, &sold];
    let told = |withdrawal, chain: &[&_]| whole.told(&[given(&file(withdrawal, chain, BEHIND))]);
    ended(&told(whole.withdrawal(OTHER), &chain));
    stands(&told(whole.withdrawal(OWNER), &chain), "neither owner nor agent");
    // Before it was handed over.
    ended(&told(whole.withdrawal(OWNER), &chain[..1]));
    // A verifier who remembers that it was is not told otherwise.
    let mut memory = VerifierState::default();
    let known = KnownRevision { number: 2, id: sold.id(), log_index: 30 };
    memory.descriptors.insert(whole.descriptor.id(), known);
    let remembering = |given: &[GivenWithdrawal]| {
        let options = Options { withdrawals: given, state: Some(&memory), ..options() };
        verify(&whole.bundle.to_bytes().unwrap(), &policy(), options)
    };
    stands(&remembering(&[alone(whole.withdrawal(OWNER))]), "who may withdraw is not known");
    let late = file(whole.withdrawal(OWNER), &chain[..1], 40);
    stands(&remembering(&[given(&late)]), "who may withdraw is not known");
    ended(&remembering(&[given(&file(whole.withdrawal(OTHER), &chain, 40))]));
    ended(&remembering(&[given(&file(whole.withdrawal(OWNER), &chain[..1], 5))]));
}

#[test]
fn the_approvals_own_file_shows_who_owns_the_asset() {
    let mut edits = edit!(later_descriptor: sold);
    edits.rules_key = Some(OTHER);
    let whole = whole(&edits);
    let by = |signer| [alone(whole.withdrawal(signer))];
    let (new, former) = (by(OTHER), by(OWNER));
    let with = |given| Options { withdrawals: given, ..options() };
    refused_by(&edits, &policy(), with(&new), &[code::WITHDRAWN]);
    sound_by(&edits, &policy(), with(&former));
}

#[test]
fn a_file_that_proves_no_place_changes_nothing() {
    let whole = whole(&Edits::default());
    let proper = file(whole.withdrawal(OWNER), &[&whole.descriptor], BEHIND);
    let changed = |change: &dyn Fn(&mut WithdrawalBundle)| {
        let mut file = proper.clone();
        change(&mut file);
        stands(&whole.told(&[given(&file)]), "changes nothing: it is not shown to be in the log");
    };
    changed(&|file| file.log[0].proof[0] = Digest([1; 32]));
    changed(&|file| file.log[1].salt = Digest([1; 32]));
    changed(&|file| drop(file.log.pop()));
    changed(&|file| drop(file.descriptors.pop()));
    changed(&|file| file.checkpoint = file.checkpoint.replace(ORIGIN, "log.example/own"));
    // A descriptor that follows no other.
    let unlinked =
        sign(AssetDescriptor { previous: Some(Id([1; 32])), ..sold(&whole.descriptor).into_payload() });
    let forged = file(whole.withdrawal(OTHER), &[&whole.descriptor, &unlinked], BEHIND);
    stands(&whole.told(&[given(&forged)]), "does not follow the one before");
    let mut byte = proper.to_bytes().unwrap();
    let last = proper.withdrawal.0.len();
    byte[last] ^= 1;
    assert!(GivenWithdrawal::decode(&byte).is_err());
}

#[test]
fn a_bundle_shows_withdrawals_with_their_places_or_none() {
    let whole = whole(&Edits::default());
    let unlogged = sign(whole.withdrawal(OWNER)).bytes().to_vec();
    let report = verify(&whole.showing(vec![Blob(unlogged)]).unwrap(), &policy(), options());
    assert_eq!(failed(&report), [code::OBJECTS]);
    assert!(matches!(whole.showing(vec![]), Err(Error::Value { field: "withdrawals", .. })));
    let many = vec![Blob(vec![]); limits::WITHDRAWALS + 1];
    assert!(matches!(whole.showing(many), Err(Error::Limit { what: "withdrawals", .. })));
    // Key 0 and eleven more, as before anything could be withdrawn.
    assert_eq!(whole.bundle.to_bytes().unwrap()[0], 0xac);
}

#[test]
fn a_withdrawal_holds_from_its_time_on() {
    let whole = whole(&Edits::default());
    let (given, bytes) = ([alone(whole.withdrawal(OWNER))], whole.bundle.to_bytes().unwrap());
    let at = |now| verify(&bytes, &policy(), Options { withdrawals: &given, now, ..options() });
    let year = 365 * 86_400;
    let late = [alone(Withdrawal { time: T + year, ..whole.withdrawal(OWNER) })];
    stands(&whole.told(&late), "after the time asked about");
    ended(&at(Some(T + 50)));
    let untimed = at(None);
    assert_eq!(failed(&untimed), [code::WITHDRAWN], "without a clock it holds");
}

#[test]
fn what_never_held_is_not_called_lapsed_and_teaches_nothing() {
    let broken = whole(&Edits { people: Some(vec![0]), ..Edits::default() });
    let given = [alone(broken.withdrawal(OWNER))];
    let mut memory = VerifierState::default();
    let options = Options { withdrawals: &given, ..options() };
    let outcome =
        verify::verify_remembering(&broken.bundle.to_bytes().unwrap(), &policy(), options, &mut memory);
    let report = report_of(&outcome);
    assert!(!report.lapsed && report.summary.starts_with("not proved"), "{}", report.summary);
    assert_eq!(memory, VerifierState::default());
}

#[test]
fn a_memory_keeps_withdrawals_and_those_of_strangers_it_does_not() {
    let whole = whole(&Edits::default());
    let bytes = whole.bundle.to_bytes().unwrap();
    let mut memory = VerifierState::default();
    let told = |given: &[GivenWithdrawal], memory: &mut VerifierState| {
        let options = Options { withdrawals: given, ..options() };
        report_of(&verify::verify_remembering(&bytes, &policy(), options, memory)).clone()
    };
    stands(&told(&[], &mut memory), "no withdrawal is remembered");
    stands(&told(&[alone(whole.withdrawal(OTHER))], &mut memory), "changes nothing");
    assert!(memory.withdrawals.is_empty());
    let text = serde_json::to_string(&memory).unwrap();
    assert!(!text.contains("withdrawals"), "a memory without any is read by older programs: {text}");

    ended(&told(&[alone(whole.withdrawal(OWNER))], &mut memory));
    ended(&told(&[], &mut memory));
    let logged = file(whole.withdrawal(OWNER), &[&whole.descriptor], BEHIND);
    ended(&told(&[given(&logged)], &mut memory));
    ended(&told(&[alone(whole.withdrawal(OWNER))], &mut memory));
    let known: Vec<_> = memory.withdrawals.values().flat_map(|of| of.values()).collect();
    assert!(known.len() == 1 && known[0].log_index.is_some(), "its place is not forgotten: {known:?}");
    let text = serde_json::to_string(&memory).unwrap();
    assert_eq!(serde_json::from_str::<VerifierState>(&text).unwrap(), memory);
}
