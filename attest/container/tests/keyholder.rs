//! A keyholder is asked for its share: what it looks at, and when it says no. The approvals are whole ones, proved.

#[macro_use]
#[allow(dead_code, unused_macros, reason = "each story uses some of it")]
#[path = "../../tests/support/mod.rs"]
mod support;
mod common;

use std::collections::BTreeSet;
use std::sync::OnceLock;

use common::{committee, dice, open};
use support::{Edits, OTHER, OWNER, T, approval, key, policy, public, sign};
use wetsign_attest::bundle::ApprovalBundle;
use wetsign_attest::id::{ChannelKey, Id};
use wetsign_attest::object::{
    ApprovalBody, AssetDescriptor, Policy, RulesRevision, RunnerKey, ShareRelease, Transfer, UsageRequest,
    Withdrawal,
};
use wetsign_attest::verify::{GivenWithdrawal, KnownEpoch, KnownRevision};
use wetsign_attest::{Object as _, Signed};
use wetsign_container::keygen::{Rehearsed, rehearse};
use wetsign_container::keyholder::{Asked, Denied, Granted, Memory, Own, decide};
use wetsign_container::{Contents, Facts, Gathering, Head, SealKey, Share, seal};
use zeroize::Zeroizing;

const VOICE: &[u8] = b"a voice";
const RUNNER: u8 = 70;
const NOW: u64 = T + 200;

fn ephemeral() -> SealKey {
    SealKey::of(Zeroizing::new([71; 32]))
}

fn contents() -> Contents {
    Contents::of("application/octet-stream", VOICE).unwrap()
}

/// An approval whose asset is locked, and whose request names the runner's key.
fn approved() -> &'static ApprovalBundle {
    static APPROVED: OnceLock<ApprovalBundle> = OnceLock::new();
    APPROVED.get_or_init(|| {
        approval(&Edits {
            prove: true,
            descriptor: Some(Box::new(|d: &mut AssetDescriptor| d.content.0 = contents().id().unwrap().0)),
            request: Some(Box::new(|r: &mut UsageRequest| {
                r.opens_to = Some(ChannelKey(ephemeral().public().0));
            })),
            ..Edits::default()
        })
    })
}

/// An approval, its container, and three keyholders of whom two open it.
struct Story {
    bundle: ApprovalBundle,
    facts: Facts,
    head: Head,
    container: Vec<u8>,
    keyholders: Rehearsed,
    runner_key: RunnerKey,
    memory: Memory,
    withdrawals: Vec<GivenWithdrawal>,
    now: u64,
}

impl Story {
    fn begins() -> Self {
        let bundle = approved().clone();
        let keyholders = rehearse(2, 3, None, &mut dice(1)).unwrap();
        let descriptor = Signed::<AssetDescriptor>::decode(&bundle.descriptors[0].0).unwrap().id();
        let facts = Facts {
            asset: descriptor,
            descriptor,
            rules: Signed::<RulesRevision>::decode(&bundle.rules[0].0).unwrap().id(),
            contents: contents(),
        };
        let (head, key) =
            Head::lock(facts.clone(), &keyholders.committee.payload().key, &mut dice(2)).unwrap();
        let mut container = Vec::new();
        seal(&head, &key, VOICE, &mut container).unwrap();
        let runner_key = RunnerKey {
            runner: public(RUNNER),
            opens_to: ChannelKey(ephemeral().public().0),
            created: T,
            until: T + 1000,
        };
        Self {
            bundle,
            facts,
            head,
            container,
            keyholders,
            runner_key,
            memory: Memory::default(),
            withdrawals: vec![],
            now: NOW,
        }
    }

    fn asset(&self) -> Id {
        self.facts.asset
    }

    fn body(&self) -> Id {
        Signed::<ApprovalBody>::decode(&self.bundle.body.0).unwrap().id()
    }

    /// What the keyholder at this place answers.
    fn asks(&mut self, at: usize) -> Result<Granted, Denied> {
        let heads = [self.head.clone()];
        self.asks_with(at, &heads)
    }

    fn asks_with(&mut self, at: usize, heads: &[Head]) -> Result<Granted, Denied> {
        let (signing, share) = &self.keyholders.keyholders[at];
        let approval = self.bundle.to_bytes().unwrap();
        let runner_key = Signed::sign(self.runner_key.clone(), &key(RUNNER))
            .or_else(|_| Signed::sign(self.runner_key.clone(), &key(OTHER)));
        let runner_key = runner_key.unwrap();
        let own = Own {
            keyholder: (&signing.verifying_key()).into(),
            share,
            policy: &policy(),
            withdrawals: &self.withdrawals,
            runners: &BTreeSet::from([public(RUNNER)]),
            demonstration: true,
            now: self.now,
        };
        let asked = Asked { approval: &approval, heads, runner_key: runner_key.bytes() };
        decide(asked, own, &mut self.memory, &mut dice(at as u64 + 50))
    }

    #[track_caller]
    fn denied(&mut self, words: &str) {
        let before = self.memory.released.clone();
        let denied = self.asks(0).unwrap_err().to_string();
        assert!(denied.contains(words), "{denied}");
        assert_eq!(self.memory.released, before, "what is refused is not counted as given");
    }

    fn gathered(&self, granted: &[Granted]) -> Result<Vec<u8>, wetsign_container::Refused> {
        let mut gathering = Gathering::new(&self.head, self.keyholders.committee.payload().clone())?;
        for one in granted {
            gathering.add(&ephemeral(), self.body(), &one.sealed[0])?;
        }
        open(&self.container, &gathering.key()?)
    }
}

#[test]
fn an_approval_opens_the_container_for_the_runner_that_it_names() {
    let mut story = Story::begins();
    let granted = [story.asks(0).unwrap(), story.asks(2).unwrap()];
    assert_eq!(story.gathered(&granted).unwrap(), VOICE);

    // What is logged says who gave what, of which container, to whom.
    let ShareRelease { approval, asset, container, runner, committee, .. } = granted[0].releases[0].clone();
    assert_eq!((approval, asset, runner), (story.body(), story.asset(), public(RUNNER)));
    assert_eq!((container, committee), (story.head.digest().unwrap(), story.keyholders.committee.id()));
    let signed = Signed::sign(granted[0].releases[0].clone(), &story.keyholders.keyholders[0].0).unwrap();
    assert_eq!(Signed::<ShareRelease>::decode(signed.bytes()).unwrap().payload(), &granted[0].releases[0]);
}

/// The same asset, sold: by rules that speak of a transfer, to somebody whom no keyholder knows as a runner.
fn sold() -> Story {
    let mut story = Story::begins();
    story.bundle = approval(&Edits {
        prove: true,
        descriptor: Some(Box::new(|d: &mut AssetDescriptor| d.content.0 = contents().id().unwrap().0)),
        rules: Some(Box::new(|r: &mut RulesRevision| {
            let text =
                "@words(\"it may be sold\") permit (principal, action == Action::\"transfer\", resource);";
            r.policies = vec![Policy { id: "sale".into(), text: text.into() }];
        })),
        request: Some(Box::new(|r: &mut UsageRequest| {
            r.opens_to = Some(ChannelKey(ephemeral().public().0));
            r.transfer = Some(Transfer { to: public(OTHER), account: None });
        })),
        ..Edits::default()
    });
    story.facts.rules = Signed::<RulesRevision>::decode(&story.bundle.rules[0].0).unwrap().id();
    let key = &story.keyholders.committee.payload().key;
    story.head = Head::lock(story.facts.clone(), key, &mut dice(4)).unwrap().0;
    story.runner_key.runner = public(OTHER);
    story
}

#[test]
fn an_asset_that_changed_hands_opens_to_its_new_owner_and_then_no_more_as_the_old_one_locked_it() {
    let mut story = sold();
    story.runner_key.runner = public(RUNNER);
    story.denied("is somebody else");
    story.runner_key.runner = public(OTHER);
    let granted = story.asks(0).unwrap();
    assert_eq!((granted.releases[0].runner, granted.again), (public(OTHER), false));
    assert!(story.asks(0).unwrap().again, "the new owner may ask again");

    // A use that was approved of the same asset, under the old owner's descriptor.
    let mut used = Story::begins();
    used.memory.moved = story.memory.moved.clone();
    used.denied("its new owner locks it anew");
}

#[test]
fn one_keyholder_alone_opens_nothing() {
    let mut story = Story::begins();
    let granted = [story.asks(0).unwrap()];
    let refused = story.gathered(&granted).unwrap_err().to_string();
    assert_eq!(refused, "1 shares are there, 2 are needed");
}

#[test]
fn what_a_keyholder_logged_shows_whose_a_wrong_share_is() {
    let mut story = Story::begins();
    let granted = story.asks(1).unwrap();
    let (body, container, committee) =
        (story.body(), story.head.digest().unwrap(), story.keyholders.committee.id());
    let info = [b"wetsign/share/1".as_slice(), body.as_bytes(), &container.0, committee.as_bytes()];
    let share = ephemeral().open(&info.concat(), &granted.sealed[0]).unwrap();
    assert_eq!(granted.releases[0].share, wetsign_attest::id::Digest::of(&share));
    assert_eq!(Share::from_payload(&share).unwrap().index, 2);
}

#[test]
fn after_the_owner_took_it_back_nothing_opens_any_more() {
    let mut story = Story::begins();
    let withdrawal = Withdrawal {
        asset: story.asset(),
        approval: None,
        reason: Some("the voice is sold".into()),
        signed_by: public(OWNER),
        time: T + 100,
    };
    story.withdrawals = vec![GivenWithdrawal::decode(sign(withdrawal).bytes()).unwrap()];
    story.denied("withdrawn");
    // The keyholder remembers, whoever asks, and whatever it is shown.
    story.withdrawals.clear();
    story.denied("withdrawn");
}

#[test]
fn an_approval_replayed_by_another_runner_is_refused() {
    let mut story = Story::begins();
    story.asks(0).unwrap();
    story.runner_key.opens_to = ChannelKey(SealKey::fresh().public().0);
    story.denied("an approval is for one runner");
}

#[test]
fn an_approval_that_was_used_opens_no_other_container_and_the_same_runner_may_ask_again() {
    let mut story = Story::begins();
    assert!(!story.asks(0).unwrap().again);
    assert!(story.asks(0).unwrap().again);
    let (other, _) =
        Head::lock(story.facts.clone(), &story.keyholders.committee.payload().key, &mut dice(9)).unwrap();
    story.head = other;
    story.denied("was used at");
}

#[test]
fn a_runner_that_the_keyholder_does_not_know_gets_nothing() {
    let mut story = Story::begins();
    story.runner_key.runner = public(OTHER);
    story.denied("is none that this keyholder seals shares to");
}

#[test]
fn a_runners_key_has_its_time() {
    let mut story = Story::begins();
    story.runner_key.until = NOW - 1;
    story.denied("the runner's key is for");
    let mut story = Story::begins();
    (story.runner_key.created, story.runner_key.until) = (NOW + 900, NOW + 1800);
    story.denied("the runner's key is for");
}

#[test]
fn a_request_that_names_no_runner_opens_nothing() {
    let mut story = Story::begins();
    story.bundle = approval(&Edits {
        prove: true,
        descriptor: Some(Box::new(|d: &mut AssetDescriptor| d.content.0 = contents().id().unwrap().0)),
        ..Edits::default()
    });
    story.denied("names no key that it opens to");
}

#[test]
fn a_changed_approval_gets_nothing() {
    let mut story = Story::begins();
    let last = story.bundle.request.0.len() - 1;
    story.bundle.request.0[last] ^= 1;
    story.denied("not proved");
}

#[test]
fn an_approval_that_is_over_gets_nothing() {
    let mut story = Story::begins();
    story.now = T + 12 * 366 * 86_400;
    story.denied("lapsed");
}

#[test]
fn newer_rules_or_a_newer_epoch_that_the_keyholder_knows_of_stop_it() {
    let mut story = Story::begins();
    let newer = KnownRevision { number: 2, id: Id([9; 32]), log_index: 1 };
    story.memory.seen.rules.insert(story.asset(), newer);
    story.denied("rules-head");

    let mut story = Story::begins();
    story.memory.seen.epoch = Some(KnownEpoch {
        number: 9,
        id: Id([9; 32]),
        from_index: 1,
        revoked_validators: BTreeSet::new(),
        revoked_kiosks: BTreeSet::new(),
    });
    story.denied("epoch-head");
}

#[test]
fn a_container_that_the_owner_did_not_sign_for_gets_nothing() {
    let locks = |facts: Facts| {
        let mut story = Story::begins();
        let key = &story.keyholders.committee.payload().key;
        story.head = Head::lock(facts, key, &mut dice(3)).unwrap().0;
        story
    };
    let facts = Story::begins().facts;
    // Somebody's own voice, under the asset's name.
    let other = Contents::of("application/octet-stream", &b"another voice"[..]).unwrap();
    locks(Facts { contents: other, ..facts.clone() })
        .denied("not the content of the asset's newest descriptor");
    let same = Contents { media_type: "audio/wav".into(), ..contents() };
    locks(Facts { contents: same, ..facts.clone() })
        .denied("not the content of the asset's newest descriptor");
    locks(Facts { descriptor: Id([9; 32]), ..facts.clone() }).denied("is none of the asset's");
    locks(Facts { rules: Id([9; 32]), ..facts }).denied("are none of the asset's");
}

#[test]
fn all_assets_of_a_request_are_opened_or_none() {
    let mut story = Story::begins();
    let (head, mut other) = (story.head.clone(), story.facts.clone());
    other.asset = Id([9; 32]);
    let (other, _) = Head::lock(other, &story.keyholders.committee.payload().key, &mut dice(3)).unwrap();
    for heads in [vec![], vec![head.clone(), head.clone()], vec![head, other.clone()], vec![other]] {
        let denied = story.asks_with(0, &heads).unwrap_err();
        assert!(matches!(denied, Denied::Containers { .. }), "{denied}");
    }
    assert!(story.memory.released.is_empty());
}

#[test]
fn a_keyholder_of_another_committee_gives_nothing() {
    let mut story = Story::begins();
    story.keyholders = committee(7);
    story.denied("is locked for the keyholders of");
}
