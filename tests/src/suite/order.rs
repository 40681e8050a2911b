//! What is to be presented.

use std::path::PathBuf;

/// What is to be presented.
#[derive(Clone, Debug)]
pub struct Order {
    /// The cache of networks and recordings.
    pub cache: PathBuf,
    /// Only these species; none: all.
    pub names: Vec<String>,
    /// Presentations of each, and of genuine people.
    pub count: u32,
    /// What challenges and draws come from.
    pub seed: u64,
    /// Simulated media stand before a camera in focus and held still, which shows their patterns at full strength.
    pub in_focus: bool,
    /// Kiosks at work at the same time.
    pub workers: usize,
    /// Folder in which outcomes are kept, so that a stopped run goes on.
    pub record: PathBuf,
}
