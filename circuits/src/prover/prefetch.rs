//! Memory that is asked for before its turn.

/// Bytes that the processor fetches at a time. Tables begin at a multiple of it, so that no point in G1 needs two
/// fetches.
pub(super) const CACHE_LINE: usize = 64;

/// Asks the processor for memory that is read soon.
#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
#[inline]
pub(super) fn prefetch(bytes: &[u8]) {
    use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
    for line in bytes.chunks(CACHE_LINE) {
        // SAFETY: a hint, of an address that may be read; every x86-64 has the instruction.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast()) };
    }
}

#[cfg(not(target_arch = "x86_64"))]
pub(super) fn prefetch(_: &[u8]) {}
