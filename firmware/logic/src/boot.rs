//! Starting: read the record, or make one with a fresh key on the very first start; count the start.

use wetsign_wire::{Pattern, limits};

use crate::{
    element::Element,
    firmware,
    hardware::{Clock, Hardware, Indicator, MonotonicCounter, Parts, Storage},
    keys::Root,
    profile::Profile,
    rate::Bucket,
};

/// Why the element does not start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BootError {
    /// Durable state could not be read, is damaged, or could not be written.
    Storage,
    /// The counter could not be read.
    Counter,
    /// The counter has counted, but the record is gone: this is not a new element.
    RecordLost,
    /// No random bytes for a first key.
    Entropy,
    /// The firmware image could not be read to measure it.
    Firmware,
}

impl core::fmt::Display for BootError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Storage => "the element's durable state cannot be read or written, or is damaged",
            Self::Counter => "the element's counter cannot be read, or is damaged",
            Self::RecordLost => "the counter has counted but the record with the key is gone: provision anew",
            Self::Entropy => "the random source gave nothing for a first key",
            Self::Firmware => "the firmware image cannot be read to measure it",
        })
    }
}

impl core::error::Error for BootError {}

impl<H: Hardware> Element<H> {
    /// Starts.
    pub fn boot(mut parts: Parts<H>, profile: Profile) -> Result<Self, BootError> {
        let firmware = firmware::measure(&mut parts.firmware).map_err(|_| BootError::Firmware)?;
        let counter = parts.counter.read().map_err(|_| BootError::Counter)?;
        let now = parts.clock.now_ms();
        let stored = parts.storage.load().map_err(|_| BootError::Storage)?;
        let new = stored.is_none();
        if new && counter != 0 {
            return Err(BootError::RecordLost);
        }
        let record = stored.unwrap_or_default();
        // A restart refills nothing: else whoever holds the plug draws as many challenges as wanted.
        let begins = Bucket::with(profile.sessions, record.begins.left_at(counter), now);
        let tampered = record.tamper != 0;
        parts.indicator.show(if tampered { Pattern::Fault } else { Pattern::Off });
        let mut element = Self {
            parts,
            profile,
            firmware,
            record,
            unsaved: true,
            // The power may have gone between the latch and the end of the certificate.
            void_certificate: tampered,
            channel: None,
            session: None,
            clearing: None,
            counter,
            begins,
            seals: Bucket::new(profile.seals, now),
            last_draw: [0; 8],
        };
        if new {
            let name = element.draw().map_err(|_| BootError::Entropy)?;
            element.record.ueid[0] = wetsign_wire::eat::UEID_RAND;
            element.record.ueid[1..].copy_from_slice(&name[..limits::UEID - 1]);
        }
        if element.record.root.is_none() {
            element.record.root = Some(Root(*element.draw().map_err(|_| BootError::Entropy)?));
        }
        element.record.bootcount = element.record.bootcount.saturating_add(1);
        element.save().map_err(|_| BootError::Storage)?;
        element.install_key();
        element.poll();
        Ok(element)
    }
}
