//! How a piece of hardware can fail. The element answers with a refusal to each.

/// The key could not be used: there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoKey;

/// The counter could not be read, or could not be made to grow durably.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CounterFailed;

/// The random source gave nothing, or failed its health test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntropyFailed;

/// Durable state could not be read or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StorageFailed;

/// The firmware image could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageFailed;
