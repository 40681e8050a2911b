//! What a frame and the signature in it cost, said on the host's console. Only with the feature `measure`.
//!
//! Under QEMU's `-icount shift=0` an instruction takes a nanosecond of the emulated clock, so cycles of SysTick tell
//! instructions.

use core::sync::atomic::{AtomicU32, Ordering};

use semihosting::println;
use wetsign_element::{Signer, SoftSigner, hardware::NoKey};

use crate::clock::TickClock;

/// Cycles of the last signature.
static SIGNATURE: AtomicU32 = AtomicU32::new(0);

/// Says what was used since `begun`, a reading of `clock`, and the stack's peak since boot.
pub fn say(clock: TickClock, begun: u64) {
    let frame = clock.cycles() - begun;
    let signature = SIGNATURE.swap(0, Ordering::Relaxed);
    println!("measure frame {frame} signature {signature} stack {}", stack_peak());
}

/// The signer, and what it uses.
pub struct MeteredSigner {
    signer: SoftSigner,
    clock: TickClock,
}

impl MeteredSigner {
    /// Without a key.
    pub fn new(clock: TickClock) -> Self {
        Self { signer: SoftSigner::default(), clock }
    }
}

impl Signer for MeteredSigner {
    fn install(&mut self, seed: &[u8; 32]) {
        self.signer.install(seed);
    }

    fn public_key(&self) -> Result<[u8; 32], NoKey> {
        self.signer.public_key()
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], NoKey> {
        let begun = self.clock.cycles();
        let signature = self.signer.sign(message);
        SIGNATURE.store((self.clock.cycles() - begun) as u32, Ordering::Relaxed);
        signature
    }

    fn erase(&mut self) {
        self.signer.erase();
    }
}

/// The most bytes of stack that were in use since boot: what `paint-stack` painted and nobody has overwritten is
/// counted off.
#[allow(unsafe_code)]
fn stack_peak() -> usize {
    const PAINT: u32 = 0xcccc_cccc;
    unsafe extern "C" {
        static _stack_end: u32;
        static _stack_start: u32;
    }
    let (low, high) = (&raw const _stack_end, &raw const _stack_start);
    let mut word = low;
    // SAFETY: the linker leaves the memory between these symbols to the stack; it is read as it is, word by word.
    while word < high && unsafe { word.read_volatile() } == PAINT {
        word = word.wrapping_add(1);
    }
    high as usize - word as usize
}
