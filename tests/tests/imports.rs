//! The crates import each other one way only, what holds keys is free of C++, and every finding stands in its table.
//!
//! The table is that of the architecture: each crate with the crates of ours that it may import. The dependencies come
//! from `cargo metadata`, as they are resolved for this machine.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Each crate of the workspace and what it may import of ours. `tests` and `xtask` may import everything.
const MAY_IMPORT: [(&str, &[&str]); 30] = [
    ("wetsign-program", &[]),
    ("wetsign-circuits", &[]),
    ("wetsign-ceremony", &["wetsign-circuits"]),
    ("wetsign-models", &[]),
    ("wetsign-liveness", &["wetsign-models"]),
    ("wetsign-onnx", &["wetsign-models"]),
    ("wetsign-speak", &["wetsign-onnx"]),
    ("wetsign-infer", &["wetsign-models", "wetsign-liveness", "wetsign-onnx"]),
    ("wetsign-attest", &["wetsign-circuits", "wetsign-models", "wetsign-liveness"]),
    ("wetsign-wire", &[]),
    ("wetsign-element", &["wetsign-wire"]),
    ("wetsign-element-flash", &["wetsign-wire", "wetsign-element"]),
    ("wetsign-element-host", &["wetsign-program", "wetsign-wire", "wetsign-element"]),
    ("wetsign-secret", &["wetsign-circuits"]),
    ("wetsign-sandbox", &[]),
    ("wetsign-sensor-ipc", &[]),
    (
        "wetsign-sensor",
        &[
            "wetsign-program",
            "wetsign-infer",
            "wetsign-models",
            "wetsign-liveness",
            "wetsign-sandbox",
            "wetsign-sensor-ipc",
        ],
    ),
    ("wetsign-api", &["wetsign-attest", "wetsign-secret"]),
    ("wetsign-pair", &["wetsign-attest"]),
    (
        "wetsign-lab",
        &[
            "wetsign-program",
            "wetsign-infer",
            "wetsign-models",
            "wetsign-liveness",
            "wetsign-speak",
            "wetsign-sensor",
            "wetsign-sensor-ipc",
            "wetsign-pair",
        ],
    ),
    ("wetsign-container", &["wetsign-attest", "wetsign-pair"]),
    ("wetsign-runner-ipc", &[]),
    (
        "wetsign-engine",
        &[
            "wetsign-program",
            "wetsign-models",
            "wetsign-onnx",
            "wetsign-speak",
            "wetsign-sandbox",
            "wetsign-runner-ipc",
        ],
    ),
    (
        "wetsign-runner",
        &[
            "wetsign-program",
            "wetsign-attest",
            "wetsign-container",
            "wetsign-pair",
            "wetsign-secret",
            "wetsign-sandbox",
            "wetsign-runner-ipc",
        ],
    ),
    (
        "wetsign-unique",
        &["wetsign-program", "wetsign-models", "wetsign-attest", "wetsign-api", "wetsign-pair"],
    ),
    ("wetsign-fleet", &["wetsign-attest"]),
    (
        "wetsignd",
        &[
            "wetsign-program",
            "wetsign-secret",
            "wetsign-attest",
            "wetsign-container",
            "wetsign-circuits",
            "wetsign-models",
            "wetsign-liveness",
            "wetsign-wire",
            "wetsign-sensor-ipc",
            "wetsign-api",
            "wetsign-pair",
            "wetsign-unique",
        ],
    ),
    (
        "wetsign",
        &[
            "wetsign-program",
            "wetsign-ceremony",
            "wetsign-circuits",
            "wetsign-models",
            "wetsign-attest",
            "wetsign-container",
            "wetsign-api",
            "wetsign-pair",
        ],
    ),
    ("wetsign-page", &["wetsign-program", "wetsign-attest", "wetsign-api"]),
    ("wetsign-relay", &["wetsign-program"]),
];

/// Crates that may import everything, because nothing imports them.
const OUTERMOST: [&str; 2] = ["wetsign-tests", "xtask"];

/// What would bring C++ or a camera driver into a process that holds keys.
const FOREIGN: [&str; 6] = ["opencv", "ort", "ort-sys", "nokhwa", "cpal", "v4l"];

/// Package names and, for each, the names of what it depends on when it is built (not what only its tests use).
struct Graph {
    members: BTreeSet<String>,
    /// Those that cargo takes where nobody names a package.
    default_members: BTreeSet<String>,
    dependencies: BTreeMap<String, BTreeSet<String>>,
}

impl Graph {
    fn of_this_workspace() -> Self {
        let output = Command::new(env!("CARGO"))
            .args(["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform"])
            .arg(format!("{}-unknown-linux-gnu", std::env::consts::ARCH))
            // In a member's folder that member alone would be cargo's default.
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
            .output()
            .expect("cargo can be started");
        assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
        let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON");

        let names: BTreeMap<&str, &str> = list(&metadata["packages"])
            .map(|package| (text(&package["id"]), text(&package["name"])))
            .collect();
        let named = |key: &str| list(&metadata[key]).map(|id| names[text(id)].to_owned()).collect();
        let (members, default_members) = (named("workspace_members"), named("workspace_default_members"));
        let mut dependencies: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for node in list(&metadata["resolve"]["nodes"]) {
            let built_with = list(&node["deps"]).filter(|dependency| {
                list(&dependency["dep_kinds"]).any(|kind| kind["kind"].as_str() != Some("dev"))
            });
            dependencies
                .entry(names[text(&node["id"])].to_owned())
                .or_default()
                .extend(built_with.map(|dependency| names[text(&dependency["pkg"])].to_owned()));
        }
        Self { members, default_members, dependencies }
    }

    /// Everything that `name` depends on, however far away. Two versions of one package count as one, which only adds.
    fn reach(&self, name: &str) -> BTreeSet<&str> {
        let mut reached = BTreeSet::new();
        let mut open = vec![name];
        while let Some(next) = open.pop() {
            for dependency in self.dependencies.get(next).into_iter().flatten() {
                if reached.insert(dependency.as_str()) {
                    open.push(dependency);
                }
            }
        }
        reached
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().expect("a list").iter()
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

#[test]
fn crates_import_only_what_the_architecture_allows() {
    let graph = Graph::of_this_workspace();
    for (name, allowed) in MAY_IMPORT {
        let imported: BTreeSet<_> = graph.dependencies[name].intersection(&graph.members).cloned().collect();
        let forbidden: Vec<_> = imported.iter().filter(|other| !allowed.contains(&other.as_str())).collect();
        assert!(forbidden.is_empty(), "{name} imports {forbidden:?}; it may import {allowed:?}");
    }
}

#[test]
fn every_crate_of_the_workspace_stands_in_the_table() {
    let listed: BTreeSet<_> =
        MAY_IMPORT.iter().map(|(name, _)| *name).chain(OUTERMOST).map(str::to_owned).collect();
    assert_eq!(Graph::of_this_workspace().members, listed);
}

#[test]
fn nothing_imports_the_outermost_crates() {
    let graph = Graph::of_this_workspace();
    for (name, dependencies) in &graph.dependencies {
        let imported: Vec<_> = OUTERMOST.iter().filter(|outer| dependencies.contains(**outer)).collect();
        assert!(imported.is_empty(), "{name} imports {imported:?}");
    }
}

#[test]
fn the_programs_that_hold_or_check_keys_are_free_of_cpp_and_drivers() {
    let graph = Graph::of_this_workspace();
    for name in ["wetsignd", "wetsign", "wetsign-page", "wetsign-runner", "wetsign-element-host"] {
        let reached = graph.reach(name);
        let found: Vec<_> = FOREIGN.iter().filter(|foreign| reached.contains(**foreign)).collect();
        assert!(found.is_empty(), "{name} depends on {found:?}");
    }
}

/// What a proof is made with, and nothing that checks one needs.
const PROVER: [&str; 4] = ["rayon", "memmap2", "rustix", "wetsign-ceremony"];

/// Packages that a build of one crate alone brings along. `cargo metadata` would give every feature that the workspace
/// asks for.
fn built_alone(name: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--offline", "--edges", "normal", "--prefix", "none", "--package", name])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo can be started");
    assert!(output.status.success(), "cargo tree: {}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).expect("names are text");
    lines.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

#[test]
fn who_only_checks_brings_no_prover() {
    let checked = built_alone("wetsign-attest");
    let found: Vec<_> = PROVER.iter().filter(|name| checked.contains(**name)).collect();
    assert!(found.is_empty(), "wetsign-attest is built with {found:?}");
    assert!(checked.contains("wetsign-circuits") && built_alone("wetsignd").contains("rayon"));
}

#[test]
fn the_laboratory_is_in_no_program_but_its_own() {
    let graph = Graph::of_this_workspace();
    let others = graph.members.iter().filter(|name| !OUTERMOST.contains(&name.as_str()));
    let found: Vec<_> = others.filter(|name| graph.reach(name).contains("wetsign-lab")).collect();
    assert!(found.is_empty(), "{found:?} are built with wetsign-lab");
}

#[test]
fn the_search_would_find_the_cpp_where_it_is() {
    let graph = Graph::of_this_workspace();
    assert!(graph.reach("wetsign-sensor").contains("opencv"));
    assert!(graph.reach("wetsign-sensor").contains("ort"));
    assert!(graph.reach("wetsign-engine").contains("ort"));
}

#[test]
fn every_finding_is_a_script_that_stands_in_the_table_and_cleans_up() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../findings");
    let table = fs::read_to_string(folder.join("README.md")).unwrap();
    let mut scripts: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    scripts.retain(|path| path.extension().is_some_and(|extension| extension == "sh"));
    assert!(!scripts.is_empty());
    let common = fs::read_to_string(folder.join("common.bash")).unwrap();
    assert!(common.contains("\n    rm -rf \"$work\"\n") && common.contains("\ntrap ended EXIT\n"));
    for path in scripts {
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(table.contains(&format!("| `{name}` |")), "{name} is not in findings/README.md");
        let script = fs::read_to_string(&path).unwrap();
        for line in ["#!/usr/bin/env bash\n", "\nset -euo pipefail\n"] {
            assert!(script.contains(line), "{name} lacks {line:?}");
        }
        let own = "\nwork=$(mktemp -d)\ntrap 'rm -rf \"$work\"' EXIT\n";
        let shared = "\n. \"$(dirname \"${BASH_SOURCE[0]}\")/common.bash\"\n";
        assert!(script.contains(own) || script.contains(shared), "{name} does not remove its folder");
        assert_ne!(path.metadata().unwrap().permissions().mode() & 0o111, 0, "{name} cannot be run");
    }
}

#[test]
fn plain_cargo_test_takes_every_crate_that_needs_no_set_up() {
    let graph = Graph::of_this_workspace();
    let needs_none = |name: &&String| graph.reach(name).is_disjoint(&BTreeSet::from(FOREIGN));
    let expected: BTreeSet<_> = graph.members.iter().filter(needs_none).cloned().collect();
    assert_eq!(graph.default_members, expected, "default-members in Cargo.toml");
}

#[test]
fn every_crate_of_the_table_stands_in_the_architecture() {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../ARCHITECTURE.md")).unwrap();
    let missing: Vec<_> = MAY_IMPORT
        .iter()
        .map(|(name, _)| *name)
        .chain(OUTERMOST)
        .filter(|name| !page.contains(&format!("`{name}`")))
        .collect();
    assert!(missing.is_empty(), "ARCHITECTURE.md, Imports, lacks {missing:?}");
}
