//! A stack that is large enough for Cedar, whoever calls.

use std::cell::Cell;
use std::{io, panic, thread};

use super::problem::{Problem, RulesError, refused};

/// Stack for everything that Cedar does with a revision, bytes. Cedar's own checks of the stack answer with an error
/// where it runs short: on the caller's stack, the same rules could then be valid here and broken there.
pub const CEDAR_STACK: usize = 16 << 20;

thread_local! {
    /// Whether this thread is one of ours.
    static DEEP: Cell<bool> = const { Cell::new(false) };
}

/// Runs the work on a thread with [`CEDAR_STACK`]; work within that work stays on it. Whoever evaluates many requests
/// saves a thread for each by asking from within. A panic goes on in the caller.
///
/// # Errors
/// The system's, if it gives no thread.
pub fn with_stack<T: Send>(work: impl FnOnce() -> T + Send) -> io::Result<T> {
    if DEEP.get() {
        return Ok(work());
    }
    let work = || {
        DEEP.set(true);
        work()
    };
    thread::scope(|scope| {
        let thread =
            thread::Builder::new().name("rules".into()).stack_size(CEDAR_STACK).spawn_scoped(scope, work)?;
        Ok(thread.join().unwrap_or_else(|panic| panic::resume_unwind(panic)))
    })
}

/// The same for work that may refuse; that there is no thread refuses too.
pub(super) fn on_stack<T: Send>(
    work: impl FnOnce() -> Result<T, RulesError> + Send,
) -> Result<T, RulesError> {
    with_stack(work).unwrap_or_else(|error| Err(refused(vec![Problem::no_thread(&error)])))
}
