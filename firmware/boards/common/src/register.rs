//! One 32-bit register of a peripheral.

/// A register; reading and writing are volatile.
#[derive(Clone, Copy)]
pub struct Register(*mut u32);

impl Register {
    /// The register at `address`.
    ///
    /// # Safety
    ///
    /// The address belongs to a peripheral's register of 32 bits, and no access to it can change memory that Rust knows
    /// of (no DMA is set up through it).
    #[allow(unsafe_code)]
    pub const unsafe fn at(address: usize) -> Self {
        Self(core::ptr::without_provenance_mut(address))
    }

    /// Reads.
    #[allow(unsafe_code)]
    pub fn read(self) -> u32 {
        // SAFETY: `at` asks for the address of a register.
        unsafe { self.0.read_volatile() }
    }

    /// Writes.
    #[allow(unsafe_code)]
    pub fn write(self, value: u32) {
        // SAFETY: `at` asks for the address of a register that cannot change memory.
        unsafe { self.0.write_volatile(value) }
    }
}
