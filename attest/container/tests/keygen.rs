//! Keyholders make a key that nobody has: a story for each way in which one of them can spoil it.

mod common;

use common::dice;
use ed25519_dalek::SigningKey;
use proptest::prelude::*;
use wetsign_attest::id::{Blob, ChannelKey, Digest, PublicKey};
use wetsign_attest::{Endorsed, Object as _, Signed};
use wetsign_container::keygen::{
    Answer, Deal, Party, Phase, Plan, Record, Rehearsed, Say, Spoken, Word, rehearse,
};
use wetsign_container::{Committee, Member, SealKey, ShareKey};
use zeroize::Zeroizing;

/// Four keyholders before one log.
struct Round {
    keys: Vec<(SigningKey, SealKey)>,
    record: Record,
    index: u64,
}

static SEEDS: [[u8; 32]; 4] = [[11; 32], [12; 32], [13; 32], [14; 32]];

impl Round {
    /// Two of four, each phase waits for ten entries.
    fn begins() -> Self {
        let mut random = dice(3);
        let mut draw = || {
            let mut bytes = [0; 32];
            random(&mut bytes);
            bytes
        };
        let mut keys: Vec<_> =
            (0..4).map(|_| (SigningKey::from_bytes(&draw()), SealKey::of(Zeroizing::new(draw())))).collect();
        keys.sort_by_key(|(key, _)| PublicKey::from(key));
        let members = keys
            .iter()
            .map(|(key, seal)| Member { keyholder: PublicKey::from(key), seal: ChannelKey(seal.public().0) });
        let plan = Plan {
            number: 1,
            threshold: 2,
            members: members.collect(),
            previous: None,
            patience: 10,
            nonce: Digest([1; 32]),
            proposed_by: PublicKey::from(&keys[0].0),
        };
        let record = Record::new(&Signed::sign(plan, &keys[0].0).unwrap(), 0, None).unwrap();
        Self { keys, record, index: 1 }
    }

    fn party(&self, at: usize) -> Party<'_> {
        let (key, seal) = &self.keys[at];
        Party { me: PublicKey::from(key), seal, seed: &SEEDS[at], old: None }
    }

    fn says(&self, at: usize) -> Option<Say> {
        self.party(at).next(&self.record, &mut dice(at as u64)).unwrap()
    }

    fn hear(&mut self, at: usize, say: Say) -> Result<(), wetsign_container::Refused> {
        let spoken = say.sign(&self.keys[at].0).unwrap();
        self.index += 1;
        self.record.hear(self.index - 1, &spoken)
    }

    /// Everybody says what they have to say, but for those who are spoken for.
    fn all_but(&mut self, others: &[usize]) {
        for at in (0..4).filter(|at| !others.contains(at)) {
            if let Some(say) = self.says(at) {
                self.hear(at, say).unwrap();
            }
        }
    }

    /// All deal; what member 1 sealed to member 2 is garbled on purpose, and its polynomial is sound.
    fn with_a_garbled_share() -> Self {
        let mut round = Self::begins();
        round.deals(1, |deal| deal.shares[2] = Blob(vec![7; 80]));
        round.all_but(&[1]);
        round.all_but(&[]);
        round
    }

    /// A member deals, but for this change.
    fn deals(&mut self, at: usize, change: impl FnOnce(&mut Deal)) {
        let mut deal = self.deal(at);
        change(&mut deal);
        self.hear(at, Say::Deal(deal)).unwrap();
    }

    /// A member's word against these.
    fn word(&self, at: usize, against: Vec<PublicKey>) -> Say {
        let (plan, member) = (self.record.id(), PublicKey::from(&self.keys[at].0));
        Say::Word(Word { plan, member, against })
    }

    fn deal(&self, at: usize) -> Deal {
        match self.says(at) {
            Some(Say::Deal(deal)) => deal,
            other => panic!("a deal was awaited: {other:?}"),
        }
    }

    fn faults(&self) -> Vec<(usize, &'static str)> {
        let place = |key| self.keys.iter().position(|(own, _)| PublicKey::from(own) == key).unwrap();
        self.record.faults().into_iter().map(|fault| (place(fault.dealer), fault.why)).collect()
    }

    /// The committee, and that every member's share fits it.
    fn ends(&self) -> Committee {
        let committee = self.record.committee().expect("it is done").unwrap();
        committee.to_payload().unwrap();
        for at in 0..4 {
            let share: ShareKey = self.party(at).share(&self.record).unwrap().unwrap();
            assert_eq!((share.index() as usize, share.committee()), (at + 1, &committee));
        }
        committee
    }
}

#[test]
fn all_agree_in_two_rounds_and_nobody_is_at_fault() {
    let mut round = Round::begins();
    round.all_but(&[]);
    assert_eq!(round.record.phase(), Phase::Words);
    round.all_but(&[]);
    round.ends();
    assert!(round.faults().is_empty());
    assert!(round.says(0).is_none(), "nothing more is to be said");
}

#[test]
fn who_deals_nothing_is_left_out_when_the_log_has_grown() {
    let mut round = Round::begins();
    round.all_but(&[3]);
    assert_eq!(round.record.phase(), Phase::Deals);
    round.index = 11;
    round.record.grown(11);
    round.all_but(&[]);
    round.ends();
    assert_eq!(round.faults(), [(3, "it dealt nothing in time")]);
}

#[test]
fn every_reader_of_the_log_draws_the_same_conclusion_whenever_it_looks() {
    // One looks at each size of the log, another only at entries.
    let (mut watching, mut late) = (Round::begins(), Round::begins());
    for round in [&mut watching, &mut late] {
        round.all_but(&[3]);
        round.index = 15;
    }
    (1..=15).for_each(|size| watching.record.grown(size));
    for round in [&mut watching, &mut late] {
        for at in 0..4 {
            round.hear(at, round.word(at, vec![])).unwrap();
        }
    }
    assert_eq!(watching.ends(), late.ends());
}

#[test]
fn a_share_that_does_not_fit_is_answered_in_the_open_and_the_member_has_it_all_the_same() {
    let mut round = Round::with_a_garbled_share();
    assert_eq!(round.record.phase(), Phase::Answers);
    round.all_but(&[]);
    round.ends();
    assert!(round.faults().is_empty(), "it answered");
}

#[test]
fn a_dealer_who_does_not_answer_is_left_out() {
    let mut round = Round::with_a_garbled_share();
    round.record.grown(round.index + 10);
    round.ends();
    assert_eq!(round.faults(), [(1, "it did not answer who accused it")]);
}

#[test]
fn a_dealer_who_shows_a_wrong_share_is_left_out() {
    let mut round = Round::with_a_garbled_share();
    let Some(Say::Answer(Answer { plan, dealer, mut shares })) = round.says(1) else {
        panic!("it is accused")
    };
    shares[0].member = 4;
    round.hear(1, Say::Answer(Answer { plan, dealer, shares })).unwrap();
    round.ends();
    assert_eq!(round.faults(), [(1, "what it showed as a share does not fit its commitments")]);
}

#[test]
fn a_false_accusation_harms_nobody() {
    let mut round = Round::begins();
    round.all_but(&[]);
    let slandered = PublicKey::from(&round.keys[0].0);
    round.hear(2, round.word(2, vec![slandered])).unwrap();
    round.all_but(&[2]);
    round.all_but(&[]);
    round.ends();
    assert!(round.faults().is_empty());
}

#[test]
fn commitments_of_a_secret_that_the_dealer_does_not_know_are_refused() {
    // A last dealer could else cancel what the others dealt, and choose the key.
    let mut round = Round::begins();
    round.all_but(&[3]);
    round.deals(3, |deal| deal.commitments[0] = Round::begins().deal(0).commitments[0]);
    round.all_but(&[]);
    round.ends();
    assert_eq!(round.faults(), [(3, "it does not show that it knows what it divides")]);
}

#[test]
fn a_deal_of_another_shape_is_refused() {
    let mut round = Round::begins();
    round.deals(1, |deal| drop(deal.commitments.pop()));
    round.deals(2, |deal| drop(deal.shares.pop()));
    round.all_but(&[1, 2]);
    round.all_but(&[]);
    round.ends();
    let found = round.faults();
    assert_eq!(found[0], (1, "it commits to a polynomial of another degree"));
    assert_eq!(found[1], (2, "it deals shares to another number of members"));
}

#[test]
fn too_few_dealers_make_no_committee_and_all_of_them_are_named() {
    let mut round = Round::begins();
    round.all_but(&[1, 2, 3]);
    round.record.grown(50);
    let failed = round.record.committee().expect("it is over").unwrap_err();
    assert_eq!((failed.found, failed.needed, failed.faults.len()), (1, 2, 3));
    assert!(failed.to_string().contains("dealt nothing in time"), "{failed}");
    assert!(round.party(0).share(&round.record).is_err());
}

#[test]
fn who_is_not_asked_is_not_heard() {
    let mut round = Round::begins();
    assert!(round.hear(0, round.word(0, vec![])).unwrap_err().to_string().contains("phase"));
    let stranger = SigningKey::from_bytes(&[99; 32]);
    let mut deal = round.deal(0);
    deal.dealer = PublicKey::from(&stranger);
    let spoken = Spoken::Deal(Signed::sign(deal, &stranger).unwrap());
    assert!(round.record.hear(5, &spoken).is_err());
    let mut deal = round.deal(0);
    deal.plan.0[0] ^= 1;
    assert!(round.hear(0, Say::Deal(deal)).is_err());
    // The first deal counts.
    let deal = round.deal(0);
    round.hear(0, Say::Deal(deal.clone())).unwrap();
    assert!(round.hear(0, Say::Deal(deal)).unwrap_err().to_string().contains("first deal counts"));
}

/// The members of a committee, with one key that their shares are sealed to.
fn sealed_to(committee: &Committee, seal: &SealKey) -> Vec<Member> {
    let member = |member: &Member| Member { seal: ChannelKey(seal.public().0), ..member.clone() };
    committee.members.iter().map(member).collect()
}

#[test]
fn a_plan_that_has_a_keyholders_shares_sealed_to_somebody_else_gets_no_word_of_it() {
    let round = Round::begins();
    let (key, _) = &round.keys[0];
    let other = SealKey::fresh();
    let party = Party { me: PublicKey::from(key), seal: &other, seed: &SEEDS[0], old: None };
    let refused = party.next(&round.record, &mut dice(1)).unwrap_err().to_string();
    assert!(refused.contains("a key that is not its own"), "{refused}");
}

#[test]
fn a_keyholder_who_starts_again_deals_the_same() {
    let round = Round::begins();
    assert_eq!(round.deal(0).commitments, round.deal(0).commitments);
}

/// A committee's first member proposes that it hands its key on to the same members.
fn handing_on(old: &Rehearsed, seal: &SealKey) -> Signed<Plan> {
    let members = sealed_to(old.committee.payload(), seal);
    let plan = Plan {
        number: 2,
        threshold: 2,
        proposed_by: members[0].keyholder,
        members,
        previous: Some(old.committee.id()),
        patience: 10,
        nonce: Digest([2; 32]),
    };
    Signed::sign(plan, &old.keyholders[0].0).unwrap()
}

#[test]
fn a_committee_that_hands_on_may_lack_some_but_not_too_many() {
    let old = rehearse(3, 4, None, &mut dice(1)).unwrap();
    let seal = SealKey::fresh();
    let signed = handing_on(&old, &seal);
    let committee = || old.committee.payload().clone();
    for (dealing, fits) in [(3, true), (2, false)] {
        let mut record = Record::new(&signed, 0, Some(committee())).unwrap();
        for (key, share) in &old.keyholders[..dealing] {
            let party = Party { me: PublicKey::from(key), seal: &seal, seed: &[5; 32], old: Some(share) };
            let say = party.next(&record, &mut dice(1)).unwrap().unwrap();
            record.hear(1, &say.sign(key).unwrap()).unwrap();
        }
        record.grown(40);
        let result = record.committee().unwrap();
        assert_eq!(result.is_ok(), fits);
        if let Ok(new) = result {
            assert_eq!(new.key, committee().key);
        }
    }
    // Another committee than the plan's, or none.
    assert!(Record::new(&signed, 0, None).is_err());
    let other = rehearse(3, 4, None, &mut dice(2)).unwrap();
    assert!(Record::new(&signed, 0, Some(other.committee.payload().clone())).is_err());
}

#[test]
fn an_old_member_cannot_divide_another_number_than_its_share() {
    let (old, other) =
        (rehearse(2, 3, None, &mut dice(1)).unwrap(), rehearse(2, 3, None, &mut dice(2)).unwrap());
    let seal = SealKey::fresh();
    let (key, share) = &old.keyholders[0];
    let signed = handing_on(&old, &seal);
    let mut record = Record::new(&signed, 0, Some(old.committee.payload().clone())).unwrap();
    let party = |share| Party { me: PublicKey::from(key), seal: &seal, seed: &[5; 32], old: share };
    assert!(
        party(Some(&other.keyholders[0].1)).next(&record, &mut dice(1)).is_err(),
        "a share of another committee"
    );
    assert!(party(None).next(&record, &mut dice(1)).is_err(), "no share");
    let Some(Say::Deal(mut deal)) = party(Some(share)).next(&record, &mut dice(1)).unwrap() else {
        panic!("a deal")
    };
    deal.commitments.swap(0, 1);
    record.hear(1, &Say::Deal(deal).sign(key).unwrap()).unwrap();
    assert_eq!(record.faults()[0].why, "it divides another number than its share in the committee before");
}

#[test]
fn a_committee_whose_keys_do_not_fit_together_is_none() {
    let made = rehearse(2, 3, None, &mut dice(1)).unwrap();
    let committee = made.committee.payload();
    let spoilt = |change: fn(&mut Committee)| {
        let mut spoilt = committee.clone();
        change(&mut spoilt);
        spoilt.to_payload().unwrap_err().to_string()
    };
    assert!(spoilt(|c| c.share_keys.swap(0, 1)).contains("share_keys"));
    assert!(spoilt(|c| c.share_keys.swap(1, 2)).contains("share_keys"));
    assert!(spoilt(|c| c.key = c.share_keys[0]).contains("public key"));
    assert!(spoilt(|c| c.threshold = 1).contains("share_keys"));
    assert!(spoilt(|c| c.threshold = 4).contains("threshold"));
    assert!(spoilt(|c| c.members.swap(0, 1)).contains("ascending"));
    assert!(spoilt(|c| c.number = 0).contains("number"));
    assert_eq!(Endorsed::<Committee>::decode(made.committee.bytes()).unwrap().signers().len(), 3);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn keys_are_made_and_handed_on_for_any_size(k in 1..4_u32, more in 0..3_u32, then in 1..4_u32) {
        let first = rehearse(k, k + more, None, &mut dice(u64::from(k))).unwrap();
        let second = rehearse(then, then + more, Some(&first), &mut dice(9)).unwrap();
        prop_assert_eq!(first.committee.payload().key, second.committee.payload().key);
    }

    #[test]
    fn what_is_said_reads_back(at in 0..4_usize) {
        let mut round = Round::begins();
        let deal = round.deal(at);
        prop_assert_eq!(Deal::from_payload(&deal.to_payload().unwrap()).unwrap(), deal);
        round.all_but(&[]);
        let Some(Say::Word(word)) = round.says(at) else { panic!("a word") };
        prop_assert_eq!(Word::from_payload(&word.to_payload().unwrap()).unwrap(), word);
        let plan = round.record.plan().clone();
        prop_assert_eq!(Plan::from_payload(&plan.to_payload().unwrap()).unwrap(), plan);
    }
}
