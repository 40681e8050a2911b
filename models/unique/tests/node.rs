//! Three searchers together: who may ask, what is kept, what is found, and what survives a kill.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use ed25519_dalek::SigningKey;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use wetsign_attest::Signed;
use wetsign_attest::id::{Blob, Digest, Id, PublicKey};
use wetsign_pair::SealPublic;
use wetsign_unique::budget::Budgets;
use wetsign_unique::config::Secrets;
use wetsign_unique::kiosk::{self, AskError, Parts, Searched};
use wetsign_unique::rerun::{self, Part, Wrong};
use wetsign_unique::wire::{Answer, KioskWord, PeerWord, Said, TemplateRemoval, UniquenessQuestion};
use wetsign_unique::{
    Bounds, Decoy, Effect, Message, Node, PARTIES, Party, Record, Restored, Setup, Template,
};
use zeroize::Zeroizing;

const NOW: u64 = 1_790_000_000;
const BOUNDS: Bounds = Bounds { face: 700, both: 1200 };

fn secrets(party: Party) -> Secrets {
    Secrets::of(&[party.index() as u8 + 1; 32])
}

fn keys() -> [PublicKey; 3] {
    PARTIES.map(|party| PublicKey::from(&secrets(party).key))
}

fn seals() -> [SealPublic; 3] {
    PARTIES.map(|party| secrets(party).seal.public())
}

fn kiosk_key(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[100 + number; 32])
}

fn setup(party: Party) -> Setup {
    let Secrets { key, seal, contribution, .. } = secrets(party);
    let kiosks = [(1, "north"), (2, "south")];
    Setup {
        party,
        searchers: keys(),
        key,
        seal,
        contribution,
        kiosks: kiosks.map(|(one, name)| (PublicKey::from(&kiosk_key(one)), name.to_owned())).into(),
        budgets: Budgets::new([("north".to_owned(), 20), ("south".to_owned(), 3)].into()),
        bounds: BOUNDS,
    }
}

/// Three nodes, what each wrote down, and the words between them.
struct World {
    nodes: [Node; 3],
    kept: [Vec<Record>; 3],
    /// From, to, word; each pair's in its order.
    words: VecDeque<(Party, Party, PeerWord)>,
    answers: BTreeMap<(Party, u64), Answer>,
    line: u64,
    random: ChaCha20Rng,
    /// What a searcher says instead.
    lie: fn(Party, &mut PeerWord),
}

impl World {
    fn new() -> Self {
        let mut world = Self {
            nodes: PARTIES.map(|party| {
                Node::new(
                    setup(party),
                    Restored::default(),
                    ChaCha20Rng::from_seed([party.index() as u8; 32]),
                )
            }),
            kept: Default::default(),
            words: VecDeque::new(),
            answers: BTreeMap::new(),
            line: 0,
            random: ChaCha20Rng::from_seed([9; 32]),
            lie: |_, _| (),
        };
        world.meet();
        world
    }

    fn meet(&mut self) {
        for party in PARTIES {
            for other in [party.next(), party.previous()] {
                let effects = self.nodes[party.index()].met(other);
                self.take(party, effects);
            }
        }
        self.deliver();
    }

    fn take(&mut self, party: Party, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Keep(record) => self.kept[party.index()].push(record),
                Effect::Tell(to, mut word) => {
                    (self.lie)(party, &mut word);
                    self.words.push_back((party, to, word));
                }
                Effect::Answer(line, answer) => drop(self.answers.insert((party, line), answer)),
            }
        }
    }

    fn deliver(&mut self) {
        while let Some((from, to, word)) = self.words.pop_front() {
            let effects = self.nodes[to.index()].told(from, word, NOW);
            self.take(to, effects);
        }
    }

    fn parts(template: &Template, kiosk: u8, keep: bool) -> Parts {
        let key = kiosk_key(kiosk);
        let about = (Id([kiosk; 32]), PublicKey::from(&key));
        kiosk::parts(template, &seals(), about, keep, NOW, |question| Signed::sign(question, &key)).unwrap()
    }

    fn tell(&mut self, party: Party, word: &KioskWord) -> u64 {
        self.line += 1;
        let effects = self.nodes[party.index()].asked(self.line, word.clone(), NOW);
        self.take(party, effects);
        self.line
    }

    fn ask(&mut self, template: &Template, kiosk: u8, keep: bool) -> Result<Searched, AskError> {
        let parts = Self::parts(template, kiosk, keep);
        let lines = PARTIES.map(|party| self.tell(party, &parts.words[party.index()]));
        self.deliver();
        let answers = PARTIES.map(|party| {
            let answer = self.answers.remove(&(party, lines[party.index()]));
            answer.unwrap_or_else(|| panic!("{party} did not answer"))
        });
        kiosk::together(&parts, answers, &keys(), (Id([kiosk; 32]), PublicKey::from(&kiosk_key(kiosk))))
    }

    fn person(&mut self) -> Decoy {
        Decoy::fresh(&mut self.random)
    }

    /// Kills a node and starts it from its records.
    fn restart(&mut self, party: Party) {
        let mut restored = Restored::default();
        for (number, record) in self.kept[party.index()].iter().enumerate() {
            restored.take(number as u64, record.clone()).unwrap();
        }
        self.nodes[party.index()] = Node::new(setup(party), restored, ChaCha20Rng::from_seed([77; 32]));
        for other in [party.next(), party.previous()] {
            let effects = self.nodes[other.index()].lost(party);
            self.take(other, effects);
        }
        self.meet();
    }

    fn roots(&self) -> [Digest; 3] {
        self.nodes.each_ref().map(|node| node.table().root())
    }
}

#[test]
fn a_person_is_kept_once_and_found_at_another_operators_kiosk() {
    let mut world = World::new();
    let (one, other) = (world.person(), world.person());
    let first = world.ask(one.enrolled(), 1, true).unwrap();
    let result = first.result.payload();
    assert!(!result.found && first.kept.is_some() && result.compared == 0);
    assert_eq!(first.result.signers().len(), 3);
    let again = one.again(200, &mut world.random);
    let second = world.ask(&again, 2, true).unwrap();
    assert!(second.result.payload().found && second.kept.is_none());
    assert_eq!(second.result.payload().compared, 1);
    let stranger = world.ask(other.enrolled(), 2, true).unwrap();
    assert!(!stranger.result.payload().found);
    let roots: Vec<_> = stranger.result.payload().searchers.iter().map(|one| one.root).collect();
    assert!(roots != world.roots(), "the roots are those of before it was kept");
    assert!(world.nodes.iter().all(|node| node.table().len() == 2));
    // Asked only, nobody is kept.
    let asked = world.person();
    assert!(world.ask(asked.enrolled(), 1, false).unwrap().kept.is_none());
    assert!(world.nodes.iter().all(|node| node.table().len() == 2));
}

#[test]
fn two_kiosks_that_ask_about_one_person_at_once_do_not_both_keep_it() {
    let mut world = World::new();
    let one = world.person();
    let questions = [1, 2].map(|kiosk| (kiosk, World::parts(one.enrolled(), kiosk, true)));
    let lines = questions
        .each_ref()
        .map(|(_, parts)| PARTIES.map(|party| world.tell(party, &parts.words[party.index()])));
    world.deliver();
    let kept = lines
        .iter()
        .flat_map(|lines| PARTIES.map(|party| world.answers[&(party, lines[party.index()])].clone()));
    let kept = kept.filter(|answer| matches!(answer, Answer::Result { kept: true, .. })).count();
    assert_eq!((kept, world.nodes[1].table().len()), (3, 1));
}

#[test]
fn strangers_wrong_parts_old_questions_and_spent_budgets_are_refused_in_words() {
    let mut world = World::new();
    let one = world.person();
    let refused = |world: &mut World, kiosk, word: &KioskWord| {
        let line = world.tell(PARTIES[1], word);
        let Some(Answer::Refused(why)) = world.answers.remove(&(PARTIES[1], line)) else {
            panic!("kiosk {kiosk}")
        };
        why
    };
    let stranger = World::parts(one.enrolled(), 3, true);
    assert!(refused(&mut world, 3, &stranger.words[1]).contains("may not ask here"));
    let swapped = World::parts(one.enrolled(), 1, true);
    assert!(refused(&mut world, 1, &swapped.words[0]).contains("does not open"));
    let key = kiosk_key(1);
    let sign = |question| Signed::sign(question, &key);
    let about = (Id([1; 32]), PublicKey::from(&key));
    let old = kiosk::parts(one.enrolled(), &seals(), about, true, NOW - 301, sign).unwrap();
    assert!(refused(&mut world, 1, &old.words[1]).contains("s apart are allowed"));
    // Sealed to the right searcher, and not what the question speaks of.
    let forged = |mut question: UniquenessQuestion| {
        question.parts[1] = Digest([7; 32]);
        Signed::sign(question, &key)
    };
    let forged = kiosk::parts(one.enrolled(), &seals(), about, true, NOW, forged).unwrap();
    assert!(refused(&mut world, 1, &forged.words[1]).contains("not the one that the question speaks of"));
    assert!(
        refused(&mut world, 1, &KioskWord::Rotation(Blob(vec![1, 2, 3])))
            .contains("wetsign/rotation-question/1")
    );
    for _ in 0..3 {
        let person = world.person();
        world.ask(person.enrolled(), 2, false).unwrap();
    }
    let why = world.ask(one.enrolled(), 2, false).err().unwrap().to_string();
    assert!(why.contains("asked 3 questions today"), "{why}");
}

#[test]
fn a_question_whose_parts_do_not_all_come_is_let_go() {
    let mut world = World::new();
    let one = world.person();
    let parts = World::parts(one.enrolled(), 1, true);
    let lines = [PARTIES[0], PARTIES[2]].map(|party| (party, world.tell(party, &parts.words[party.index()])));
    world.deliver();
    assert!(world.answers.is_empty());
    for (party, _) in lines {
        let effects = world.nodes[party.index()].tick(NOW + 31);
        world.take(party, effects);
    }
    world.deliver();
    for line in lines {
        assert!(
            matches!(&world.answers[&line], Answer::Refused(why) if why.contains("ask again")),
            "{line:?}"
        );
    }
    assert!(!world.ask(one.enrolled(), 1, true).unwrap().result.payload().found);
}

#[test]
fn whoever_is_killed_has_the_same_table_again_and_loses_no_change_and_no_count() {
    let mut world = World::new();
    let people: Vec<_> = (0..4).map(|_| world.person()).collect();
    for (party, person) in PARTIES.into_iter().zip(&people) {
        world.ask(person.enrolled(), 1, true).unwrap();
        let roots = world.roots();
        world.restart(party);
        assert_eq!(world.roots(), roots);
    }
    // One who is killed before it hears of the change makes it when it meets searcher 0 again.
    let parts = World::parts(people[3].enrolled(), 1, true);
    let _ = PARTIES.map(|party| world.tell(party, &parts.words[party.index()]));
    while let Some((from, to, word)) = world.words.pop_front() {
        if to == PARTIES[2] && matches!(word, PeerWord::Apply(..)) {
            continue;
        }
        let effects = world.nodes[to.index()].told(from, word, NOW);
        world.take(to, effects);
    }
    assert_eq!(world.nodes.each_ref().map(|node| node.table().len()), [4, 4, 3]);
    world.restart(PARTIES[2]);
    assert_eq!(world.nodes.each_ref().map(|node| node.table().len()), [4, 4, 4]);
    for person in &people {
        let again = person.again(150, &mut world.random);
        assert!(world.ask(&again, 1, true).unwrap().result.payload().found);
    }
    let person = world.person();
    for asked in 0..3 {
        world.restart(PARTIES[0]);
        assert!(world.ask(person.enrolled(), 2, false).is_ok(), "question {asked}");
    }
    world.restart(PARTIES[0]);
    assert!(world.ask(person.enrolled(), 2, false).is_err(), "a restart gives no questions back");
}

#[test]
fn a_searcher_that_goes_away_ends_the_search_and_it_can_be_asked_again() {
    let mut world = World::new();
    let one = world.person();
    let parts = World::parts(one.enrolled(), 1, true);
    let lines = PARTIES.map(|party| (party, world.tell(party, &parts.words[party.index()])));
    for _ in 0..12 {
        if let Some((from, to, word)) = world.words.pop_front() {
            let effects = world.nodes[to.index()].told(from, word, NOW);
            world.take(to, effects);
        }
    }
    world.words.clear();
    world.restart(PARTIES[1]);
    for party in [PARTIES[0], PARTIES[2]] {
        let answer = &world.answers[&lines[party.index()]];
        assert!(matches!(answer, Answer::Refused(why) if why.contains("went away")), "{answer:?}");
    }
    assert!(world.ask(one.enrolled(), 1, true).unwrap().kept.is_some());
}

#[test]
fn a_template_is_taken_back_by_the_kiosk_that_kept_it_alone() {
    let mut world = World::new();
    let one = world.person();
    let handle = world.ask(one.enrolled(), 1, true).unwrap().kept.unwrap();
    let removal = |kiosk: u8| {
        let key = kiosk_key(kiosk);
        let removal = TemplateRemoval { handle, kiosk: PublicKey::from(&key), time: NOW };
        KioskWord::Remove(Blob(Signed::sign(removal, &key).unwrap().bytes().to_vec()))
    };
    let mut told = |party, kiosk| {
        let line = world.tell(party, &removal(kiosk));
        world.deliver();
        world.answers.remove(&(party, line)).unwrap()
    };
    assert!(matches!(told(PARTIES[0], 2), Answer::Refused(why) if why.contains("for another kiosk")));
    assert!(matches!(told(PARTIES[1], 1), Answer::Refused(why) if why.contains("searcher 0")));
    assert_eq!(told(PARTIES[0], 1), Answer::Removed);
    assert!(matches!(told(PARTIES[0], 1), Answer::Refused(why) if why.contains("there is no template")));
    assert!(world.nodes.iter().all(|node| node.table().is_empty()));
    world.restart(PARTIES[1]);
    assert!(!world.ask(one.enrolled(), 2, true).unwrap().result.payload().found);
}

#[test]
fn a_searcher_that_lies_is_named_by_what_all_three_can_show() {
    let mut world = World::new();
    let one = world.person();
    world.ask(one.enrolled(), 1, true).unwrap();
    // It flips what it says of the hits. Its signature holds.
    world.lie = |from, word| {
        if let PeerWord::Said(said) = word
            && (from, said.step) == (PARTIES[1], 18)
        {
            said.body.0[0] ^= 1;
            let lie = Message { to: PARTIES[0], step: said.step, body: Arc::new(said.body.0.clone()) };
            *said = Said::sign(&secrets(from).key, said.question, from, lie);
        }
    };
    let parts = World::parts(one.enrolled(), 2, false);
    let _ = PARTIES.map(|party| world.tell(party, &parts.words[party.index()]));
    world.deliver();
    let mut wrong = Vec::new();
    for party in PARTIES {
        let shown = world.nodes[party.index()].shown(&parts.id).unwrap();
        let said = PARTIES.into_iter().filter(|other| *other != party).flat_map(|other| {
            let heard = &world.nodes[other.index()].shown(&parts.id).unwrap().heard;
            let of_party = heard.iter().filter(move |(from, _)| *from == party);
            of_party.map(move |(_, said)| ((other, said.step), rerun::digest(&said.body.0)))
        });
        let part = Part {
            party,
            rows: world.nodes[party.index()].table().view(),
            question: &shown.question,
            bounds: BOUNDS,
            seed: Zeroizing::new(*shown.seed),
            heard: shown
                .heard
                .iter()
                .map(|(from, said)| (*from, said.step, Arc::new(said.body.0.clone())))
                .collect(),
            said: said.collect(),
        };
        if let Err(error @ (Wrong::Said { .. } | Wrong::Spoke { .. })) = rerun::rerun(part) {
            wrong.push(error);
        }
    }
    assert!(matches!(wrong[..], [Wrong::Said { party, step: 18, .. }] if party == PARTIES[1]), "{wrong:?}");
}

#[test]
fn what_nobody_signed_ends_the_search() {
    let mut world = World::new();
    world.lie = |from, word| {
        if let PeerWord::Said(said) = word
            && (from, said.step) == (PARTIES[2], 5)
        {
            said.body.0[0] ^= 1;
        }
    };
    let one = world.person();
    let why = world.ask(one.enrolled(), 1, true).err().unwrap().to_string();
    assert!(why.contains("did not sign"), "{why}");
}
