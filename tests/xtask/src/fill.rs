//! Filling the cache: from what lies there, from what was brought by hand, or from the registries.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, bail};
use serde::Serialize;
use wetsign_models::manifest::{Digest, Package};
use wetsign_models::store::{digest_file, digest_tree};

use crate::convert;
use crate::fetch;
use crate::incoming::{Different, Incoming};
use crate::plan::{self, Item, Member};
use crate::progress::{Step, megabytes};
use crate::python::Python;
use crate::stamp::Stamp;

/// Where a file or folder of the cache came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It was there, and its digest was checked before.
    Present,
    /// It was there; its digest was checked now.
    Checked,
    /// It was brought by hand.
    Brought,
    /// It was fetched.
    Fetched,
    /// It was fetched and converted.
    Converted,
}

/// One file or folder of the cache.
#[derive(Debug, Serialize)]
pub struct Row {
    /// The manifest's name.
    pub name: String,
    /// The path below the cache.
    pub path: String,
    /// Where it came from.
    pub state: State,
    /// Its bytes.
    pub bytes: u64,
    /// What it cost, in milliseconds. The fetching of a package is counted at its first file.
    pub ms: u64,
}

impl Row {
    /// The row of `item`.
    pub fn of(item: &Item<'_>, state: State, ms: u64) -> Self {
        Self { name: item.name.to_owned(), path: item.path.to_owned(), state, bytes: item.size, ms }
    }
}

/// Brings every one of `items` into `cache`. The caller holds the cache's lock.
pub fn fill(cache: &Path, items: Vec<Item<'_>>) -> anyhow::Result<Vec<Row>> {
    let incoming = Incoming::of(cache)?;
    let mut stamp = Stamp::read(cache);
    let mut rows = Vec::new();
    let mut missing = Vec::new();
    for item in items {
        match find(cache, &item, &mut stamp, &incoming)? {
            Some(row) => rows.push(row),
            None => missing.push(item),
        }
    }
    if missing.is_empty() {
        return Ok(rows);
    }
    let work = cache.join("work");
    empty(&work)?;
    let mut filler = Filler { cache, work: &work, incoming: &incoming, stamp };
    rows.extend(filler.fill(&missing)?);
    fs::remove_dir_all(&work).with_context(|| format!("cannot remove {}", work.display()))?;
    Ok(rows)
}

/// Looks for `item` in the cache and among the files brought by hand.
fn find(
    cache: &Path,
    item: &Item<'_>,
    stamp: &mut Stamp,
    incoming: &Incoming,
) -> anyhow::Result<Option<Row>> {
    if stamp.knows(item.path, item.sha256) {
        return Ok(Some(Row::of(item, State::Present, 0)));
    }
    let begun = Instant::now();
    let target = cache.join(item.path);
    if target.exists() {
        let found = digest(&target, item.tree)?;
        if found == item.sha256 {
            stamp.note(item.path, item.sha256)?;
            return Ok(Some(Row::of(item, State::Checked, begun.elapsed().as_millis() as u64)));
        }
        if !item.tree {
            let what = target.display().to_string();
            let different = Different { what, found: found.to_string(), expected: item.sha256 };
            eprintln!("{different}\nIt is fetched again.");
        }
    }
    let Some(brought) = (if item.tree { None } else { incoming.find(item.size, item.sha256)? }) else {
        return Ok(None);
    };
    let draft = cache.join("incoming.copy");
    fs::copy(&brought, &draft).with_context(|| format!("cannot copy {}", brought.display()))?;
    put_in_place(&draft, &target)?;
    stamp.note(item.path, item.sha256)?;
    eprintln!("  {} taken from {}", item.path, brought.display());
    Ok(Some(Row::of(item, State::Brought, begun.elapsed().as_millis() as u64)))
}

struct Filler<'a> {
    cache: &'a Path,
    work: &'a Path,
    incoming: &'a Incoming,
    stamp: Stamp,
}

impl Filler<'_> {
    fn fill(&mut self, missing: &[Item<'_>]) -> anyhow::Result<Vec<Row>> {
        let python = Python::prepare(self.cache, convert::ENVIRONMENT, self.work)?;
        if missing.iter().any(|item| item.conversion.is_some()) {
            python
                .install_converters(self.incoming)
                .map_err(|error| by_hand(error, self.incoming, missing))?;
        }
        let mut rows = Vec::new();
        let packages = plan::packages(missing);
        for (position, package) in packages.iter().enumerate() {
            let begun = Instant::now();
            let folder = self.work.join("package");
            empty(&folder)?;
            let archive = match self.incoming.archive(package)? {
                Some(archive) => archive,
                None => fetch::fetch(package, &python, &folder).map_err(|error| {
                    let left = &packages[position..];
                    let is_left =
                        |item: &&Item<'_>| left.iter().any(|package| package.name == item.package.name);
                    let left: Vec<_> = missing.iter().filter(is_left).cloned().collect();
                    by_hand(error, self.incoming, &left)
                })?,
            };
            let items: Vec<_> = missing.iter().filter(|item| item.package.name == package.name).collect();
            rows.extend(self.unpack(package, &archive, &items, &python, begun)?);
        }
        Ok(rows)
    }

    /// Takes all `items` out of one archive, converts what needs it, and puts each in its place.
    fn unpack(
        &mut self,
        package: &Package,
        archive: &Path,
        items: &[&Item<'_>],
        python: &Python,
        mut begun: Instant,
    ) -> anyhow::Result<Vec<Row>> {
        let folder = self.work.join("members");
        empty(&folder)?;
        let members: Vec<&Member> = items.iter().flat_map(|item| &item.members).collect();
        python.extract(package, archive, &members, &folder)?;
        let mut rows = Vec::new();
        for item in items {
            let sources: Vec<PathBuf> = item.members.iter().map(|member| folder.join(&member.path)).collect();
            for (member, source) in item.members.iter().zip(&sources) {
                expect(&format!("{} in {}", member.path, package.archive), source, item.tree, member.sha256)?;
            }
            let (state, made) = match item.conversion {
                None => (State::Fetched, sources[0].clone()),
                Some(conversion) => {
                    let made = self.work.join("converted");
                    let step = Step::start(format!("converting {}", item.name), None);
                    python.convert(conversion, &sources, &made)?;
                    step.done();
                    (State::Converted, made)
                }
            };
            expect(&format!("the converted {}", item.name), &made, item.tree, item.sha256)?;
            put_in_place(&made, &self.cache.join(item.path))?;
            self.stamp.note(item.path, item.sha256)?;
            rows.push(Row::of(item, state, begun.elapsed().as_millis() as u64));
            begun = Instant::now();
        }
        Ok(rows)
    }
}

/// Stops with both digests where `path` is not what it should be.
fn expect(what: &str, path: &Path, tree: bool, expected: Digest) -> anyhow::Result<()> {
    let found = digest(path, tree)?;
    if found != expected {
        bail!(Different { what: what.to_owned(), found: found.to_string(), expected });
    }
    Ok(())
}

fn digest(path: &Path, tree: bool) -> anyhow::Result<Digest> {
    let digest = if tree { digest_tree(path).map(|tree| tree.sha256) } else { digest_file(path) };
    digest.with_context(|| format!("cannot read {}", path.display()))
}

/// Moves a finished file or folder to its place in one step, so that nobody ever sees half of it.
fn put_in_place(made: &Path, target: &Path) -> anyhow::Result<()> {
    let parent = target.parent().context("a path below the cache has a parent")?;
    let moved = fs::create_dir_all(parent).and_then(|()| {
        if target.is_dir() {
            fs::remove_dir_all(target)?;
        }
        fs::rename(made, target)
    });
    moved.with_context(|| format!("cannot move {} to {}", made.display(), target.display()))
}

fn empty(folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))
}

/// What went wrong, and how a person brings what is still missing.
///
/// A digest that differs is not helped by bringing the same file by hand, so it is handed on as it is.
fn by_hand(error: anyhow::Error, incoming: &Incoming, missing: &[Item<'_>]) -> anyhow::Error {
    if error.is::<Different>() {
        return error;
    }
    let mut lines = vec![format!(
        "{error:#}\n\nIf this machine has no network: run these commands on one that has, put the files into\n  {}\n\
         and run this again. Each file is checked by its SHA-256 and used. Still missing:\n",
        incoming.folder().display()
    )];
    let is_brought = |package: &Package| matches!(incoming.archive(package), Ok(Some(_)));
    for package in plan::packages(missing).into_iter().filter(|package| !is_brought(package)) {
        let mut names: Vec<_> =
            missing.iter().filter(|item| item.package.name == package.name).map(|item| item.name).collect();
        names.dedup();
        lines.push(format!(
            "\n  {} ({}; holds {})\n    sha256 {}\n    {}\n",
            package.archive,
            megabytes(package.size),
            names.join(", "),
            package.sha256,
            plan::command_by_hand(package),
        ));
    }
    if missing.iter().any(|item| item.conversion.is_some()) {
        lines.push("\n  the converters' libraries (for the same Python as here)\n    pip download --require-hashes --only-binary :all: -r models/convert/requirements.txt\n".to_owned());
    }
    anyhow::Error::msg(lines.concat())
}
