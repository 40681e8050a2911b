//! What computing with secrets leaves on the stack, and how it goes.
//!
//! A value that is wiped when dropped may have been moved before, or spilled out of a register: those copies stay below
//! the stack pointer until something else is written there. Nobody can name them, so all of that stack is overwritten.

use std::hint::black_box;

/// Bytes of stack that are overwritten: several times what a proof or a signature takes, a quarter of what threads
/// have.
const DEPTH: usize = 512 * 1024;

/// Does work on secrets, then overwrites the stack that it used, also when it panics. What it returns must hold no
/// secret by value, since it is moved to the caller: a pointer to one, or something public.
pub fn wiped<T>(work: impl FnOnce() -> T) -> T {
    let _wipe = AtTheEnd;
    apart(work)
}

/// Overwrites what lies below this call on this thread's stack.
#[inline(never)]
pub fn wipe_stack() {
    #[expect(clippy::large_stack_arrays, reason = "the stack is what it is for")]
    let mut room = [0_u8; DEPTH];
    // Nobody reads it; seen from here somebody might, so that it has to be written.
    black_box(&mut room);
}

/// A frame of its own, so that all of the work lies below the caller's.
#[inline(never)]
fn apart<T>(work: impl FnOnce() -> T) -> T {
    work()
}

struct AtTheEnd;

impl Drop for AtTheEnd {
    fn drop(&mut self) {
        wipe_stack();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_work_gives_its_answer_and_its_panic() {
        assert_eq!(wiped(|| 7), 7);
        assert!(std::panic::catch_unwind(|| wiped(|| panic!("as the work does"))).is_err());
    }
}
