//! Three parties answer as one would who had all templates, whatever the messages go through.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use wetsign_attest::id::Digest;
use wetsign_unique::rerun::{self, Part, Wrong};
use wetsign_unique::{
    Bounds, DIM, Decoy, FACE, Message, PARTIES, Party, Question, Search, SearchError, Table, Template, plain,
    split_question, split_template,
};
use zeroize::Zeroizing;

const BOUNDS: Bounds = Bounds { face: 700, both: 1200 };

struct World {
    random: ChaCha20Rng,
    tables: [Table; 3],
    kept: Vec<Template>,
}

type Said = BTreeMap<(Party, Party, u16), Arc<Vec<u8>>>;

fn handle(number: u64) -> Digest {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&number.to_le_bytes());
    Digest(bytes)
}

fn seed(party: Party) -> Zeroizing<[u8; 32]> {
    Zeroizing::new([party.index() as u8 + 1; 32])
}

impl World {
    fn new(seed: u64) -> Self {
        let random = ChaCha20Rng::seed_from_u64(seed);
        Self { random, tables: [(); 3].map(|()| Table::new()), kept: Vec::new() }
    }

    fn add(&mut self, template: Template) {
        let shares = split_template(&template, &mut self.random);
        for (table, share) in self.tables.iter_mut().zip(&shares) {
            table.add(handle(self.kept.len() as u64), share).unwrap();
        }
        self.kept.push(template);
    }

    fn questions(&mut self, asked: &Template) -> [Question; 3] {
        let shares = split_question(asked, &mut self.random);
        PARTIES.map(|party| Question::of(party, &shares[party.index()]))
    }

    /// All three, the messages in an order that chance draws, some of them twice; `change` may change one.
    fn ask(
        &mut self,
        asked: &Template,
        bounds: Bounds,
        change: impl Fn(Party, &mut Message),
    ) -> (Result<[bool; 3], SearchError>, [Question; 3], Said) {
        let questions = self.questions(asked);
        let (mut said, mut open) = (Said::new(), Vec::new());
        let mut parties = PARTIES.map(|party| {
            let view = self.tables[party.index()].view();
            let (search, out) = Search::begin(party, view, &questions[party.index()], bounds, seed(party));
            open.extend(out.into_iter().map(|message| (party, message)));
            search
        });
        while !open.is_empty() {
            let (from, mut message) = open.swap_remove(self.random.next_u32() as usize % open.len());
            change(from, &mut message);
            said.insert((from, message.to, message.step), Arc::clone(&message.body));
            let hears = &mut parties[message.to.index()];
            for _ in 0..=self.random.next_u32() % 2 {
                match hears.hear(from, message.step, Arc::clone(&message.body)) {
                    Ok(out) => open.extend(out.into_iter().map(|next| (message.to, next))),
                    Err(error) => return (Err(error), questions, said),
                }
            }
        }
        let found = parties.each_ref().map(|party| party.found().expect("every message was heard"));
        (Ok(found), questions, said)
    }

    fn search(&mut self, asked: &Template, bounds: Bounds) -> bool {
        let [one, two, three] = self.ask(asked, bounds, |_, _| {}).0.unwrap();
        assert!(one == two && two == three, "all three open the same bit");
        one
    }
}

/// Whose similarity to `to` in face and voice is exactly this, or as near as coordinates allow.
fn alike_by(to: &Template, face: i32, voice: i32) -> Template {
    let mut coordinates = [0i8; DIM];
    for (range, goal) in [(0..FACE, face), (FACE..DIM, voice)] {
        let mut left = goal;
        for at in range {
            let own = i32::from(to.coordinates()[at]);
            if own == 0 {
                continue;
            }
            let step = (left / own).clamp(-7, 7);
            coordinates[at] = step as i8;
            left -= step * own;
        }
    }
    Template::from_coordinates(coordinates).unwrap()
}

fn ones() -> Template {
    Template::from_coordinates([1; DIM]).unwrap()
}

fn part<'t>(world: &'t World, party: Party, question: &'t Question, said: &Said) -> Part<'t> {
    let heard = said.iter().filter(|((_, to, _), _)| *to == party);
    let told = said.iter().filter(|((from, _, _), _)| *from == party);
    Part {
        party,
        rows: world.tables[party.index()].view(),
        question,
        bounds: BOUNDS,
        seed: seed(party),
        heard: heard.map(|((from, _, step), body)| (*from, *step, Arc::clone(body))).collect(),
        said: told.map(|((_, to, step), body)| ((*to, *step), rerun::digest(body))).collect(),
    }
}

#[test]
fn ten_thousand_pairs_are_judged_as_a_plain_search_judges_them() {
    let mut world = World::new(1);
    let (mut found, mut pairs) = (0, 0);
    // A hundred people, a hundred looks at each table of one: strangers, the same person, and everything between.
    for person in 0..100 {
        let decoy = Decoy::fresh(&mut world.random);
        world.tables = [(); 3].map(|()| Table::new());
        world.kept.clear();
        world.add(decoy.enrolled().clone());
        for look in 0..100 {
            let asked = decoy.again(look * 10, &mut world.random);
            let expected = plain::search(&world.kept, &asked, BOUNDS);
            assert_eq!(world.search(&asked, BOUNDS), expected, "person {person}, look {look}");
            (found, pairs) = (found + u32::from(expected), pairs + 1);
        }
    }
    assert!(pairs == 10_000 && (2_000..8_000).contains(&found), "{found} of {pairs} were found");
}

#[test]
fn one_step_below_each_bound_nobody_is_found_and_from_it_on_everybody() {
    let kept = ones();
    // 700 thousandths are 908 steps of 1,296, rounded up; 1,200 are 1,556.
    for (face, voice, expected) in [
        (907, 0, false),
        (908, 0, true),
        (908, -1556, true),
        (907, 648, false),
        (907, 649, true),
        (0, 1555, false),
        (0, 1556, true),
        (-1344, 1792, false),
        (1344, -1792, true),
        (-1, 0, false),
        (0, 0, false),
    ] {
        let asked = alike_by(&kept, face, voice);
        let alike = kept.alike(&asked);
        assert_eq!((alike.face, alike.voice), (face, voice), "the template is made as it should be");
        let mut world = World::new(2);
        world.add(kept.clone());
        assert_eq!(world.search(&asked, BOUNDS), expected, "face {face}, voice {voice}");
    }
}

#[test]
fn no_sum_wraps_at_the_greatest_similarity_and_the_greatest_bound() {
    let most = Template::from_coordinates([7; DIM]).unwrap();
    let least = Template::from_coordinates([-7; DIM]).unwrap();
    for bounds in [Bounds { face: 1, both: 1 }, Bounds { face: Bounds::MOST, both: Bounds::MOST }] {
        for (asked, expected) in [(&most, true), (&least, false)] {
            let mut world = World::new(3);
            world.add(most.clone());
            assert_eq!(world.search(asked, bounds), expected, "{bounds:?}");
        }
    }
}

#[test]
fn an_empty_table_has_nobody_and_every_place_in_a_table_is_looked_at() {
    let mut world = World::new(4);
    let decoy = Decoy::fresh(&mut world.random);
    assert!(!world.search(decoy.enrolled(), BOUNDS));
    for rows in [1usize, 63, 64, 65, 129, 200] {
        for place in [0, rows / 2, rows - 1] {
            let mut world = World::new(rows as u64);
            for row in 0..rows {
                let other = Decoy::fresh(&mut world.random);
                world.add(if row == place { decoy.enrolled().clone() } else { other.enrolled().clone() });
            }
            assert!(world.search(decoy.enrolled(), BOUNDS), "place {place} of {rows}");
            for table in &mut world.tables {
                table.remove(&handle(place as u64)).unwrap();
            }
            assert!(!world.search(decoy.enrolled(), BOUNDS), "place {place} of {rows}, removed");
        }
    }
}

#[test]
fn renewed_shares_answer_the_same_and_do_not_fit_the_old_ones() {
    let enrolled = || {
        let mut world = World::new(5);
        for _ in 0..70 {
            let decoy = Decoy::fresh(&mut world.random);
            world.add(decoy.enrolled().clone());
        }
        world
    };
    let (mut world, old) = (enrolled(), enrolled());
    let asked = world.kept[69].clone();
    let numbers = world.tables[0].view().shares.len();
    for _ in PARTIES {
        let slopes: Vec<u16> = (0..numbers).map(|_| world.random.next_u32() as u16).collect();
        for party in PARTIES {
            world.tables[party.index()].renew(&Table::slopes_for(party, &slopes)).unwrap();
        }
    }
    assert!(world.search(&asked, BOUNDS));
    assert!(world.tables[0].renew(&[0; 3]).is_err());
    // Party 0's table of yesterday beside two of today: their products are noise, which a stranger meets too.
    let strict = Bounds { face: Bounds::MOST, both: Bounds::MOST };
    assert!(!world.search(&asked, strict));
    let [yesterday, ..] = old.tables;
    assert!(yesterday.root() != world.tables[0].root());
    world.tables[0] = yesterday;
    assert!(world.search(&asked, strict));
}

#[test]
fn whoever_says_something_wrong_is_named_with_the_step() {
    let mut world = World::new(6);
    for _ in 0..100 {
        let decoy = Decoy::fresh(&mut world.random);
        world.add(decoy.enrolled().clone());
    }
    let asked = Decoy::fresh(&mut world.random).enrolled().clone();
    for (liar, step) in PARTIES.into_iter().flat_map(|party| [2, 9, 16, 17, 18, 24].map(|step| (party, step)))
    {
        let lie = |from: Party, message: &mut Message| {
            if (from, message.step) == (liar, step) {
                let mut body = message.body.to_vec();
                body[0] ^= 1;
                message.body = Arc::new(body);
            }
        };
        let (_, questions, said) = world.ask(&asked, BOUNDS, lie);
        for party in PARTIES {
            let outcome = rerun::rerun(part(&world, party, &questions[party.index()], &said));
            if party == liar {
                assert!(
                    matches!(outcome, Err(Wrong::Said { party: named, step: at, .. }) if (named, at) == (liar, step)),
                    "{outcome:?}"
                );
            } else {
                assert!(
                    !matches!(outcome, Err(Wrong::Said { .. } | Wrong::Spoke { .. })),
                    "{party}: {outcome:?}"
                );
            }
        }
    }
}

#[test]
fn honest_parties_come_out_clean_and_another_table_does_not() {
    let mut world = World::new(7);
    for _ in 0..70 {
        let decoy = Decoy::fresh(&mut world.random);
        world.add(decoy.enrolled().clone());
    }
    let asked = world.kept[69].clone();
    let (found, questions, said) = world.ask(&asked, BOUNDS, |_, _| {});
    assert_eq!(found, Ok([true; 3]));
    for party in PARTIES {
        let part = part(&world, party, &questions[party.index()], &said);
        assert_eq!(rerun::rerun(part), Ok(Some(true)));
    }
    // It searched with one row less than its root says.
    let mut part = part(&world, PARTIES[2], &questions[2], &said);
    let kept = [u64::MAX, 0];
    part.rows.kept = &kept;
    assert!(matches!(rerun::rerun(part), Err(Wrong::Said { .. })));
}

#[test]
fn a_bit_that_two_open_differently_is_not_believed() {
    let mut world = World::new(8);
    let decoy = Decoy::fresh(&mut world.random);
    world.add(decoy.enrolled().clone());
    let flip = |from: Party, message: &mut Message| {
        if from == PARTIES[1] && message.body.len() == 1 {
            message.body = Arc::new(vec![message.body[0] ^ 1]);
        }
    };
    let (found, ..) = world.ask(decoy.enrolled(), BOUNDS, flip);
    assert_eq!(found, Err(SearchError::Disagree));
}

#[test]
fn what_has_another_size_step_or_second_content_is_refused() {
    let mut world = World::new(9);
    let decoy = Decoy::fresh(&mut world.random);
    world.add(decoy.enrolled().clone());
    let questions = world.questions(decoy.enrolled());
    let begin =
        || Search::begin(PARTIES[0], world.tables[0].view(), &questions[0], BOUNDS, seed(PARTIES[0])).0;
    let said = |length| Arc::new(vec![0; length]);
    let refused = |from: usize, step, length| begin().hear(PARTIES[from], step, said(length)).unwrap_err();
    assert!(matches!(refused(1, 0, 31), SearchError::Length { expected: 32, found: 31, .. }));
    assert!(matches!(refused(2, 0, 32), SearchError::Step { .. }));
    assert!(matches!(refused(1, 9, 16), SearchError::Step { step: 9, at: 0, .. }));
    assert!(matches!(refused(0, 0, 32), SearchError::Step { .. }));
    let mut search = begin();
    search.hear(PARTIES[2], 1, said(4)).unwrap();
    let other = search.hear(PARTIES[2], 1, Arc::new(vec![1; 4])).unwrap_err();
    assert!(matches!(other, SearchError::Twice { step: 1, .. }));
}

#[test]
fn a_name_is_taken_once_and_removed_once() {
    let mut world = World::new(10);
    let decoy = Decoy::fresh(&mut world.random);
    let [share, ..] = split_template(decoy.enrolled(), &mut world.random);
    let table = &mut world.tables[0];
    let empty = table.root();
    table.add(handle(1), &share).unwrap();
    assert!(table.add(handle(1), &share).is_err() && table.len() == 1 && table.root() != empty);
    table.remove(&handle(1)).unwrap();
    assert!(table.remove(&handle(1)).is_err() && table.is_empty() && table.rows() == 1);
    assert!(table.view().shares.iter().all(|x| *x == 0), "its share is overwritten");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn any_table_any_question_any_bounds(
        seed: u64,
        rows in 0usize..150,
        changed in 0u32..1000,
        face in 1u16..=1200,
        both in 1u16..=2400,
        among: bool,
    ) {
        let mut world = World::new(seed);
        for _ in 0..rows {
            let decoy = Decoy::fresh(&mut world.random);
            world.add(decoy.enrolled().clone());
        }
        let decoy = Decoy::fresh(&mut world.random);
        if among {
            world.add(decoy.enrolled().clone());
        }
        let asked = decoy.again(changed, &mut world.random);
        let bounds = Bounds { face, both };
        prop_assert_eq!(world.search(&asked, bounds), plain::search(&world.kept, &asked, bounds));
    }
}
