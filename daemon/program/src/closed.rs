//! Whether standard output was closed when the program began.
//!
//! `main` comes too late: the standard library opens `/dev/null` in its place, as reader and writer, which is just what
//! Python and Node hand to a program whose output nobody wants. So the loader calls this first.

use std::io::stdout;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::io::fcntl_getfd;

static CLOSED: AtomicBool = AtomicBool::new(false);

/// What the loader calls before `main`: a list of functions (System V ABI, "Initialization and Termination Functions").
// An attribute alone: the function takes nothing, gives nothing, and makes one system call.
#[used]
#[allow(unsafe_code)]
#[unsafe(link_section = ".init_array")]
static LOOK: extern "C" fn() = look;

extern "C" fn look() {
    CLOSED.store(fcntl_getfd(stdout()).is_err(), Ordering::Relaxed);
}

/// Whether there was nothing behind standard output.
pub fn closed() -> bool {
    CLOSED.load(Ordering::Relaxed)
}
