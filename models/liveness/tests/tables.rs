//! The tables of gates and prompts in `models/README.md` are those of the program, and what decides is what is
//! attested.

use std::fmt::Write;

use toml::{Table, Value};
use wetsign_liveness::decision::mandatory_gates;
use wetsign_liveness::gates::{Asked, Sight, Weight};
use wetsign_liveness::prompts::Prompt;
use wetsign_liveness::repertoire::Repertoire;
use wetsign_liveness::{Measure, Remedy, Stage, Thresholds};
use wetsign_models::manifest::{EMBEDDED, Evidence, Manifest};

const README: &str = include_str!("../../README.md");

/// Share of living people on whom nothing was chosen whom a gate alone may refuse, and decide, whatever it catches.
const MOST_LIVING_REFUSED: f64 = 0.05;
/// A gate that refuses more has to catch attacks this many times as often as it refuses living people.
const AT_LEAST_TIMES: f64 = 2.0;

fn thousandths(value: i32) -> String {
    format!("{}", f64::from(value) / 1000.0)
}

/// Every prompt of the live catalogue; one phrase stands for all.
fn prompts() -> Vec<Prompt> {
    let live = Repertoire::live();
    let heads = live.head.into_iter().map(Prompt::from);
    let mouths = live.mouth.into_iter().map(Prompt::from);
    let eyes = live.eyes.into_iter().map(Prompt::from);
    heads.chain(mouths).chain(eyes).chain([Prompt::Say(Vec::new())]).collect()
}

fn gates() -> String {
    let thresholds = Thresholds::from_manifest();
    let mut text = "| gate | stage | asked | bound | value |\n|---|---|---|---|---|\n".to_owned();
    for measure in Measure::ALL {
        let row = measure.row();
        let bound = thousandths(thresholds.of(measure).unwrap());
        let asked = row.asked.as_str();
        let seen = match row.sight {
            Sight::Public => "public",
            Sight::Secret => "secret",
        };
        let stage = match row.weight {
            Weight::Decides if measure.decides() => row.stage.as_str().to_owned(),
            Weight::Decides => format!("advice ({})", row.stage.as_str()),
            Weight::Explains(other) => format!("explains `{other}`"),
        };
        let sign = row.sense.sign();
        writeln!(text, "| `{}` | {stage} | {asked} | {sign} {bound} {} | {seen} |", row.name, row.unit)
            .unwrap();
    }
    text += "\n| gate | what went wrong | what to try |\n|---|---|---|\n";
    for row in Measure::ALL.map(Measure::row) {
        let remedy = row.remedy.map_or("", Remedy::words);
        writeln!(text, "| `{}` | {} | {remedy} |", row.name, row.wrong).unwrap();
    }
    text += "\n| gate | role | living people refused | attacks taken |\n|---|---|---|---|\n";
    for (measure, shown) in evidence(&thresholds) {
        let role = if measure.decides() { "decides" } else { "advice" };
        let taken = shown.attacks_taken.map_or("none tried".to_owned(), |count| count.to_string());
        writeln!(text, "| `{measure}` | {role} | {} | {taken} |", shown.living_refused).unwrap();
    }
    text
}

/// What was measured of gates on people and attacks on whom nothing was chosen.
fn evidence(thresholds: &Thresholds) -> Vec<(Measure, Evidence)> {
    let shown = |measure| Some((measure, thresholds.bound(measure)?.shown.clone()?));
    Measure::ALL.into_iter().filter_map(shown).collect()
}

fn prompt_table() -> String {
    let mut text =
        "| prompt | words | needs | counts as entropy | gates |\n|---|---|---|---|---|\n".to_owned();
    for prompt in prompts() {
        let row = prompt.row();
        let asks = |measure: &Measure| {
            let asked = measure.row().asked;
            asked != Asked::Always && asked.by(std::slice::from_ref(&prompt), true)
        };
        let gates: Vec<String> =
            Measure::ALL.into_iter().filter(asks).map(|measure| format!("`{measure}`")).collect();
        let needs = row.ability.map_or_else(String::new, |ability| format!("{ability:?}"));
        let counts = if row.part.counts() { "yes" } else { "no" };
        writeln!(text, "| `{}` | {} | {needs} | {counts} | {} |", row.code, row.words, gates.join(", "))
            .unwrap();
    }
    text
}

fn held(name: &str, table: &str) {
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let found = README.split_once(&begin).and_then(|(_, rest)| rest.split_once(&end)).map(|(table, _)| table);
    assert!(found == Some(table), "models/README.md: between {begin}and {end} has to stand:\n{table}");
    assert!(table.lines().all(|line| line.chars().count() <= 120), "{table}");
}

#[test]
fn the_readme_has_the_table_of_gates() {
    held("gates", &gates());
}

#[test]
fn the_readme_has_the_table_of_prompts() {
    held("prompts", &prompt_table());
}

fn knows(found: &Evidence) -> bool {
    let refused = found.living_refused.share();
    let caught = found.attacks_taken.map_or(0.0, |taken| 1.0 - taken.share());
    refused <= MOST_LIVING_REFUSED || caught >= AT_LEAST_TIMES * refused
}

#[test]
fn a_gate_decides_only_what_it_has_been_shown_to_know() {
    let thresholds = Thresholds::from_manifest();
    let shown = evidence(&thresholds);
    for (measure, found) in &shown {
        assert!(found.living_refused.of > 0 && !found.measured_on.is_empty(), "{measure}");
        assert!(
            !measure.decides() || knows(found),
            "{measure} refuses {} living people and takes {:?} attacks: it is advice until it is mended",
            found.living_refused,
            found.attacks_taken
        );
    }
    // Whoever judges whether somebody is alive says on whom that was tried.
    for measure in Measure::ALL.into_iter().filter(|measure| measure.row().stage == Stage::Liveness) {
        let known = shown.iter().any(|(other, _)| other == &measure);
        let by_design = [Measure::Entropy].contains(&measure);
        assert!(known || by_design, "{measure} has no [gate.{measure}.shown]");
    }
}

#[test]
fn what_a_living_person_is_asked_is_held_by_gates_that_decide() {
    let plan = wetsign_liveness::derive(&[7; 32], &Repertoire::live());
    let mandatory = mandatory_gates(&plan);
    let advice = Measure::ALL.into_iter().filter(|measure| measure.reported() && !measure.decides());
    for measure in advice {
        assert!(!mandatory.contains(&measure), "{measure} is advice");
    }
    for prompt in &plan.prompts {
        let holds = |measure: &Measure| {
            let row = measure.row();
            if matches!(prompt, Prompt::Say(_)) {
                *measure == Measure::Phrase
            } else {
                row.stage == Stage::Challenge && row.asked == Asked::Moves(prompt.part())
            }
        };
        assert!(mandatory.iter().any(holds), "{prompt:?} is held by no gate that decides");
    }
}

#[test]
fn no_gate_that_judges_a_person_gives_advice_or_shows_how_near_a_match_was() {
    for row in Measure::ALL.map(Measure::row) {
        let judges = matches!(row.stage, Stage::Liveness | Stage::Match);
        assert!(!judges || row.remedy.is_none(), "{}", row.name);
        assert!(row.stage != Stage::Match || row.sight == Sight::Secret, "{}", row.name);
        assert!(row.name.starts_with("pad_") <= (row.sight == Sight::Secret), "{}", row.name);
        assert!(row.wrong.ends_with('.'), "{}", row.name);
    }
}

#[test]
fn names_and_codes_are_each_there_once() {
    let mut names: Vec<&str> = Measure::ALL.map(Measure::name).to_vec();
    names.extend(prompts().iter().map(Prompt::code));
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    // The prompt `mouth_open` and the gate `mouth` are two words; none is one.
    assert_eq!(names.len(), count);
    for measure in Measure::ALL {
        assert_eq!(Measure::from_name(measure.name()), Some(measure));
    }
}

/// Every whole number below a table, by its path.
fn numbers(table: &Table, path: &[String]) -> Vec<Vec<String>> {
    let below = |(key, value): (&String, &Value)| {
        let path = [path, std::slice::from_ref(key)].concat();
        match value {
            Value::Integer(_) => vec![path],
            Value::Table(inner) => numbers(inner, &path),
            _ => Vec::new(),
        }
    };
    table.iter().flat_map(below).collect()
}

fn changed(path: &[String]) -> String {
    let mut whole: Table = toml::from_str(EMBEDDED).unwrap();
    let (last, folders) = path.split_last().unwrap();
    let table = folders.iter().fold(&mut whole, |table, key| table[key].as_table_mut().unwrap());
    let number = table[last].as_integer().unwrap();
    table[last] = Value::Integer(number + 1);
    toml::to_string(&whole).unwrap()
}

#[test]
fn whoever_changes_one_number_that_decides_changes_the_digest_that_is_attested() {
    let whole: Table = toml::from_str(EMBEDDED).unwrap();
    let own = Manifest::embedded();
    let mut count = 0;
    for section in ["capture", "light", "gate"] {
        let table = whole[section].as_table().unwrap();
        for path in numbers(table, &[section.to_owned()]) {
            count += 1;
            let other = match Manifest::parse(&changed(&path)) {
                Ok(other) => other,
                // The bound of a fitted rule is held twice, and some numbers bound each other.
                Err(error) => {
                    let bounded = [
                        "pad_fused",
                        "fewer frames than it needs",
                        "face_size lets faces pass",
                        "for people",
                    ];
                    assert!(bounded.iter().any(|why| error.to_string().contains(why)), "{path:?}: {error}");
                    continue;
                }
            };
            assert_ne!(other.digest(), own.digest(), "{path:?}");
            let read = |manifest: &Manifest| (manifest.capture, manifest.light, manifest.gates.clone());
            assert!(read(&other) != read(own), "{path:?} is written down and read by nothing");
        }
    }
    assert!(count >= Measure::ALL.len() + 24, "{count} numbers");
}

#[test]
fn a_capture_section_that_means_nothing_is_refused() {
    for (good, bad, why) in [
        ("held = 3", "held = 0", "no movement for one"),
        ("closer = 1250", "closer = 1000", "no nearer than rest"),
        ("open_again = 750", "open_again = 650", "open again before they are shut"),
        ("frames = 32", "frames = 11", "fewer frames than it needs"),
        ("plain = 3", "plain = 4", "fewer frames than it needs"),
        ("wide = 1100", "wide = 1000", "not about the face box"),
        ("width = 160000", "width = 160001", "face_size lets faces pass"),
        ("in_a_row = 3", "in_a_row = 0", "least is below in_a_row"),
        ("least = 15", "least = 5", "takes things for people"),
        (
            "width = 240000\nbright = 200\nheld = 3",
            "width = 240000\nbright = 200\nheld = 0",
            "without a frame",
        ),
        ("held = 3", "helt = 3", "unknown field"),
    ] {
        let text = EMBEDDED.replacen(good, bad, 1);
        let message = Manifest::parse(&text).unwrap_err().to_string();
        assert!(message.contains(why), "{bad}: {message}");
    }
}
