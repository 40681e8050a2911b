//! Named points at which a test may have the daemon die.
//!
//! `WETSIGN_CRASH_AT=<point>` aborts the process (no unwinding, no flushing: as `kill -9` would) when it reaches that
//! point. Compiled only with `debug_assertions`; a build without them has no trace of it. It is the one environment
//! variable that is read outside `main`, because it is no configuration.

/// The points, in the order in which a request passes them.
pub const POINTS: [&str; 12] = [
    "submit.before_store",
    "submit.stored",
    "submit.logged",
    "verdict.stored",
    "session.begun",
    "session.captured",
    "session.attested",
    "session.proved",
    "cosignature.stored",
    "cosignature.logged",
    "approval.stored",
    "approval.logged",
];

/// Dies here, if a test asked for it.
#[inline]
pub fn point(name: &'static str) {
    debug_assert!(POINTS.contains(&name), "{name} is not in the list of crash points");
    #[cfg(debug_assertions)]
    if std::env::var_os("WETSIGN_CRASH_AT").is_some_and(|wanted| wanted == name) {
        eprintln!("wetsignd: crash point {name} reached, aborting as asked");
        std::process::abort();
    }
}
