//! The library that moves a program's clock: for stories in which days go by, and for clocks that are stepped.

use std::path::{Path, PathBuf};

use crate::debian::Bundle;

/// Where it lies in Debian's package `libfaketime`: the one for programs with threads.
const LIBRARY: &str = "usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

/// The library, in the cache.
pub fn library(cache: &Path) -> anyhow::Result<PathBuf> {
    Ok(Bundle::new("faketime", &[], &["libfaketime"]).bring(cache)?.path(LIBRARY))
}
