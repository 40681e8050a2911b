//! The registry tree at size.

use std::time::Instant;

use wetsign_circuits::{Fr, Registry, Shape};

use crate::row::Row;

/// Fills 2^`log` leaves at once, then changes and reads single ones.
pub fn rows(log: u32) -> anyhow::Result<Vec<Row>> {
    let count = 1u64 << log;
    let begun = Instant::now();
    let mut registry =
        Registry::from_leaves(Shape::DEFAULT.levels, (0..count).map(|index| (index, Fr::from(index + 1))))?;
    let built = begun.elapsed();
    let begun = Instant::now();
    let changes = 1000;
    for index in 0..changes {
        registry.set(index * 997 % count, Fr::from(0u64))?;
    }
    let changed = begun.elapsed() / changes as u32;
    let begun = Instant::now();
    for index in 0..changes {
        std::hint::black_box(registry.path(index * 991 % count)?);
    }
    let path = begun.elapsed() / changes as u32;
    let row = |name: String, took| Row::new(&name, rayon::current_num_threads(), took, built);
    Ok(vec![
        row(format!("registry of 2^{log} leaves, built"), built),
        row("registry, one leaf revoked or replaced".into(), changed),
        row("registry, one path".into(), path),
    ])
}
