//! What the element stands on: one small trait for each piece of hardware.

use wetsign_wire::{Pattern, limits};

use crate::record::Record;

pub use crate::failures::{CounterFailed, EntropyFailed, ImageFailed, NoKey, StorageFailed};

/// Holds the Ed25519 attestation key.
pub trait Signer {
    /// Takes the key with this seed (RFC 8032 § 5.1.5).
    fn install(&mut self, seed: &[u8; 32]);
    /// The public key.
    fn public_key(&self) -> Result<[u8; 32], NoKey>;
    /// Signs.
    fn sign(&self, message: &[u8]) -> Result<[u8; 64], NoKey>;
    /// Overwrites the key; until the next `install` there is none.
    fn erase(&mut self);
}

/// Counts; survives power cuts at any moment; never goes back.
pub trait MonotonicCounter {
    /// The value now.
    fn read(&mut self) -> Result<u64, CounterFailed>;
    /// Grows by at least one and returns the new value, once it is durable and not before.
    fn advance(&mut self) -> Result<u64, CounterFailed>;
}

/// The switches and meshes of the case.
pub trait TamperInputs {
    /// The lines that are active now, or were since the last call, as a bit mask.
    fn read(&mut self) -> u8;
}

/// Time since boot.
pub trait Clock {
    /// Milliseconds since boot; monotonic.
    fn now_ms(&mut self) -> u64;
}

/// The element's own random source.
pub trait Entropy {
    /// Fills all of `bytes`.
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), EntropyFailed>;
}

/// Light or sound for the person at the kiosk.
pub trait Indicator {
    /// Shows a pattern until the next one; returns at once.
    fn show(&mut self, pattern: Pattern);
}

/// The image that runs.
pub trait FirmwareImage {
    /// Hands the whole image to `part`, from its first byte to its last, in pieces of any size.
    fn read(&mut self, part: &mut dyn FnMut(&[u8])) -> Result<(), ImageFailed>;
}

/// What survives a restart. `store` returns once the record is durable; a power cut leaves the old or the new one.
pub trait Storage {
    /// The record; `None` only if none was ever stored.
    fn load(&mut self) -> Result<Option<Record>, StorageFailed>;
    /// Replaces the record.
    fn store(&mut self, record: &Record) -> Result<(), StorageFailed>;
    /// Copies the certificate chain to `out` and returns its length; 0 if there is none.
    fn certificate(&mut self, out: &mut [u8; limits::CERTIFICATE]) -> Result<usize, StorageFailed>;
    /// Replaces the certificate chain; an empty one removes it.
    fn store_certificate(&mut self, certificate: &[u8]) -> Result<(), StorageFailed>;
}

/// Names the pieces of one board.
pub trait Hardware {
    /// Key holder.
    type Signer: Signer;
    /// Counter.
    type Counter: MonotonicCounter;
    /// Case.
    type Tamper: TamperInputs;
    /// Time.
    type Clock: Clock;
    /// Random source.
    type Entropy: Entropy;
    /// Durable state.
    type Storage: Storage;
    /// Light or sound.
    type Indicator: Indicator;
    /// Its own image.
    type Firmware: FirmwareImage;
}

/// The pieces of one board, put together.
pub struct Parts<H: Hardware> {
    /// Key holder.
    pub signer: H::Signer,
    /// Counter.
    pub counter: H::Counter,
    /// Case.
    pub tamper: H::Tamper,
    /// Time.
    pub clock: H::Clock,
    /// Random source.
    pub entropy: H::Entropy,
    /// Durable state.
    pub storage: H::Storage,
    /// Light or sound.
    pub indicator: H::Indicator,
    /// Its own image.
    pub firmware: H::Firmware,
}
