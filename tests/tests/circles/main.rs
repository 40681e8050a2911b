//! Files of one crate import each other one way: whoever reads a file need not know those that stand upon it.
//!
//! A file imports another when it speaks of something that is defined there, by whichever way the name comes. To
//! declare a module and to pass its names on with `pub use` is no import. Code in `#[cfg(test)]` may look anywhere.

mod names;
mod reading;
mod tokens;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::names::{Crate, Imports};

/// Workspaces of this repository.
const MANIFESTS: [&str; 5] = [
    "Cargo.toml",
    "attest/chain/Cargo.toml",
    "attest/media/Cargo.toml",
    "firmware/boards/Cargo.toml",
    "tests/bench/Cargo.toml",
];

/// For each file on a circle, the shortest way from it back to itself: one circle is told once.
fn circles(imports: &Imports) -> Vec<Vec<PathBuf>> {
    let mut told = BTreeSet::new();
    let mut found = Vec::new();
    for file in imports.keys() {
        let Some(circle) = shortest_circle(imports, file) else { continue };
        if circle.iter().all(|on| !told.contains(on)) {
            told.extend(circle.iter().cloned());
            found.push(circle);
        }
    }
    found
}

fn shortest_circle(imports: &Imports, begin: &Path) -> Option<Vec<PathBuf>> {
    let mut came_from: BTreeMap<&Path, &Path> = BTreeMap::new();
    let mut open = VecDeque::from([begin]);
    while let Some(file) = open.pop_front() {
        for next in imports.get(file).into_iter().flat_map(BTreeMap::keys) {
            if next == begin {
                let mut circle = vec![file.to_owned()];
                while circle.last().unwrap() != begin {
                    circle.push(came_from[circle.last().unwrap().as_path()].to_owned());
                }
                circle.reverse();
                return Some(circle);
            }
            if !came_from.contains_key(next.as_path()) {
                came_from.insert(next, file);
                open.push_back(next);
            }
        }
    }
    None
}

/// A circle in words: which file takes which name from which other one.
fn in_words(circle: &[PathBuf], imports: &Imports, root: &Path) -> String {
    let short = |path: &Path| path.strip_prefix(root).unwrap_or(path).display().to_string();
    let next = circle.iter().cycle().skip(1);
    let steps: Vec<_> = circle
        .iter()
        .zip(next)
        .map(|(file, other)| format!("{} takes {} from {}", short(file), imports[file][other], short(other)))
        .collect();
    steps.join(",\n    ")
}

/// Package and root file of every target, except what only a build runs.
fn targets(manifest: &Path) -> Vec<(String, PathBuf)> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline", "--manifest-path"])
        .arg(manifest)
        .output()
        .expect("cargo can be started");
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON");
    let packages = metadata["packages"].as_array().expect("a list");
    let all = packages.iter().flat_map(|package| {
        let name = package["name"].as_str().expect("a name");
        let targets = package["targets"].as_array().expect("a list").iter();
        targets
            .map(move |target| (name.to_owned(), PathBuf::from(target["src_path"].as_str().expect("a path"))))
    });
    all.filter(|(_, root)| !root.ends_with("build.rs")).collect()
}

/// The circles of every package, in words.
fn told() -> BTreeMap<String, BTreeSet<String>> {
    let root = fs::canonicalize(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).unwrap();
    let mut told: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for (package, file) in MANIFESTS.iter().flat_map(|manifest| targets(&root.join(manifest))) {
        let imports = Crate::load(&file, &|path| fs::read_to_string(path).ok()).imports();
        let words = circles(&imports).into_iter().map(|circle| in_words(&circle, &imports, &root));
        told.entry(package).or_default().extend(words);
    }
    told
}

#[test]
fn files_of_a_crate_import_each_other_one_way() {
    for (package, circles) in told() {
        let all: Vec<_> = circles.iter().map(String::as_str).collect();
        assert!(all.is_empty(), "{package} has {} circles:\n{}", all.len(), all.join("\n"));
    }
}

/// What is found in made-up files.
fn circles_of(files: &[(&str, &str)]) -> Vec<String> {
    let read = |path: &Path| {
        let found = files.iter().find(|(name, _)| Path::new("/made").join(name) == path);
        found.map(|(_, text)| (*text).to_owned())
    };
    let imports = Crate::load(Path::new("/made/lib.rs"), &read).imports();
    circles(&imports).iter().map(|circle| in_words(circle, &imports, Path::new("/made"))).collect()
}

#[test]
fn a_circle_of_two_files_is_told_with_what_each_takes() {
    let found = circles_of(&[
        ("lib.rs", "mod bread; mod oven;"),
        ("bread.rs", "use crate::oven::bake; pub struct Dough; pub fn loaf() { bake(Dough) }"),
        ("oven.rs", "pub fn bake(dough: super::bread::Dough) {}"),
    ]);
    let expected =
        "bread.rs takes crate::oven::bake from oven.rs,\n    oven.rs takes super::bread::Dough from bread.rs";
    assert_eq!(found, [expected]);
}

#[test]
fn a_parent_that_uses_what_uses_it_is_on_a_circle_also_by_another_name() {
    let found = circles_of(&[
        ("lib.rs", "mod shelf; pub use shelf::stack; pub struct Book; fn tidy() { stack(Book) }"),
        ("shelf/mod.rs", "mod row; pub use row::*;"),
        ("shelf/row.rs", "use crate::Book as Volume; pub fn stack(_: Volume) {}"),
    ]);
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn what_is_passed_on_said_in_comments_and_texts_or_only_tested_ties_nothing() {
    let found = circles_of(&[
        ("lib.rs", "mod cup; pub use cup::Cup; pub struct Table;"),
        (
            "cup.rs",
            "use crate::Table; /* crate::tea::Tea /* still */ crate::tea::Tea */ // crate::tea::Tea\n\
             pub struct Cup(Table); const S: &str = r#\"\" crate::tea::Tea\"#; const Q: char = '\\''; \
             #[cfg(test)] mod tests { use crate::tea::Tea; } fn f<'a>(x: &'a u8) {} mod tea;",
        ),
        ("cup/tea.rs", "use super::Cup; pub struct Tea(Cup);"),
    ]);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn names_are_followed_to_the_file_that_defines_them() {
    let found = circles_of(&[
        ("lib.rs", "mod nest; mod bird { pub use crate::nest::egg::Egg; }"),
        ("nest/mod.rs", "pub mod egg; use crate::bird::Egg; pub struct Nest(Egg);"),
        ("nest/egg.rs", "pub struct Egg; impl Egg { fn home(&self) -> &super::Nest { todo() } }"),
    ]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("nest/mod.rs takes crate::bird::Egg from nest/egg.rs"), "{found:?}");
}
