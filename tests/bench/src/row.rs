//! One figure.

use std::time::{Duration, Instant};

use serde::Serialize;

/// One figure of the report.
#[derive(Debug, Serialize)]
pub struct Row {
    pub name: String,
    pub threads: usize,
    pub ms: f64,
    /// How many times as long as ours on as many threads.
    pub ratio_to_ours: f64,
}

impl Row {
    pub fn new(name: &str, threads: usize, took: Duration, ours: Duration) -> Self {
        let ms = took.as_secs_f64() * 1e3;
        Self { name: name.into(), threads, ms, ratio_to_ours: took.as_secs_f64() / ours.as_secs_f64() }
    }
}

/// The least of `runs` runs, after one that does not count.
pub fn least<T>(runs: usize, mut work: impl FnMut() -> anyhow::Result<T>) -> anyhow::Result<Duration> {
    work()?;
    let mut least = Duration::MAX;
    for _ in 0..runs.max(1) {
        let begun = Instant::now();
        std::hint::black_box(work()?);
        least = least.min(begun.elapsed());
    }
    Ok(least)
}
