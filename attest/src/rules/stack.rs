//! A stack that is large enough for Cedar, whoever calls.

use std::{io, panic, thread};

/// Stack for everything that Cedar does with a revision, bytes. Cedar's own checks of the stack answer with an error
/// where it runs short: on the caller's stack, the same rules could then be valid here and broken there.
pub const CEDAR_STACK: usize = 16 << 20;

/// Runs the work on a thread with [`CEDAR_STACK`]. A panic goes on in the caller.
pub(super) fn with_stack<T: Send>(work: impl FnOnce() -> T + Send) -> io::Result<T> {
    thread::scope(|scope| {
        let thread =
            thread::Builder::new().name("rules".into()).stack_size(CEDAR_STACK).spawn_scoped(scope, work)?;
        Ok(thread.join().unwrap_or_else(|panic| panic::resume_unwind(panic)))
    })
}
