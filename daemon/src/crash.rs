//! Named points at which a test may have the daemon die, or stand still.
//!
//! `WETSIGN_CRASH_AT=<point>` aborts the process (no unwinding, no flushing: as `kill -9` would) when it reaches that
//! point. `WETSIGN_STOP_AT=<point>` stops it there once, as `kill -STOP` would, until somebody lets it go on. Compiled
//! only with `debug_assertions`; a build without them has no trace of it. These are the only environment variables that
//! are read outside `main`, because they are no configuration.

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

/// Dies or stands still here, if a test asked for it.
#[inline]
pub fn point(name: &'static str) {
    debug_assert!(POINTS.contains(&name), "{name} is not in the list of crash points");
    #[cfg(debug_assertions)]
    if std::env::var_os("WETSIGN_CRASH_AT").is_some_and(|wanted| wanted == name) {
        eprintln!("wetsignd: crash point {name} reached, aborting as asked");
        std::process::abort();
    }
    #[cfg(debug_assertions)]
    if std::env::var_os("WETSIGN_STOP_AT").is_some_and(|wanted| wanted == name) {
        use std::sync::atomic::{AtomicBool, Ordering};
        static STOOD: AtomicBool = AtomicBool::new(false);
        if !STOOD.swap(true, Ordering::Relaxed) {
            let own = rustix::process::getpid();
            if let Err(error) = rustix::process::kill_process(own, rustix::process::Signal::STOP) {
                eprintln!("wetsignd: cannot stop at {name}: {error}");
            }
        }
    }
}
