//! The registry tree at size, in a file.

use std::time::{Duration, Instant};

use wetsign_circuits::{Fr, Registry, RegistryFile, Shape};

use crate::row::Row;

/// Single changes and paths that are timed.
const SINGLE: u64 = 500;

/// Fills 2^`log` leaves at once, keeps them, then changes and reads single ones. The ratio is to the building.
pub fn rows(log: u32) -> anyhow::Result<Vec<Row>> {
    let count = 1u64 << log;
    let path = std::env::temp_dir().join(format!("wetsign-bench-{}.tree", std::process::id()));
    let mut took = Vec::new();
    let (tree, built) = timed(|| {
        let leaves = (0..count).map(|index| (index, Fr::from(index + 1)));
        Ok(Registry::from_leaves(Shape::DEFAULT.levels, leaves)?)
    })?;
    took.push((format!("registry of 2^{log} leaves, built"), built));
    let (mut file, kept) = timed(|| Ok(RegistryFile::replace(&path, tree)?))?;
    took.push((format!("registry of 2^{log} leaves, written to disk"), kept));

    let appended = each(|step| Ok(file.set_many([(count + step, Fr::from(7u64))])?))?;
    took.push(("registry, one leaf appended, on disk".into(), appended));
    let revoked = each(|step| Ok(file.set_many([(step * 997 % count, Fr::from(0u64))])?))?;
    took.push(("registry, one leaf revoked, on disk".into(), revoked));
    let leaves = (0..1000).map(|step| (count + SINGLE + step, Fr::from(step + 9)));
    let ((), epoch) = timed(|| Ok(file.set_many(leaves)?))?;
    took.push(("registry, an epoch of 1000 new leaves, on disk".into(), epoch));
    let read = each(|step| {
        std::hint::black_box(file.registry().path(step * 991 % count)?);
        Ok(())
    })?;
    took.push(("registry, one path".into(), read));

    let root = file.registry().root();
    drop(file);
    let (file, opened) = timed(|| Ok(RegistryFile::open(&path)?))?;
    anyhow::ensure!(file.registry().root() == root, "the file holds another registry");
    took.push((
        format!("registry of 2^{log} leaves, read from disk with {} changes", file.changes()),
        opened,
    ));
    for suffix in ["", ".changes"] {
        std::fs::remove_file(format!("{}{suffix}", path.display()))?;
    }
    let threads = rayon::current_num_threads();
    Ok(took.into_iter().map(|(name, took)| Row::new(&name, threads, took, built)).collect())
}

fn timed<T>(work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<(T, Duration)> {
    let begun = Instant::now();
    let done = work()?;
    Ok((done, begun.elapsed()))
}

/// The mean of many single steps.
fn each(mut work: impl FnMut(u64) -> anyhow::Result<()>) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    (0..SINGLE).try_for_each(&mut work)?;
    Ok(begun.elapsed() / SINGLE as u32)
}
