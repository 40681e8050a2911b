//! The host: who may open the channel, and when it closes.
//!
//! The first host that opens a channel is paired, durably; afterwards no other is let in, until tampering destroys the
//! pairing with the keys. The session lives inside the channel and ends with it.

use wetsign_wire::{
    RefusalCode,
    channel::{Admission, Channel},
    limits,
};

use crate::{element::Element, hardware::Hardware, keys::Purpose, refusal::Refusal};

impl<H: Hardware> Element<H> {
    /// Answers the host's first handshake message. A message that is not granted leaves an open channel as it was.
    pub fn admit(&mut self, message: &[u8]) -> Result<[u8; limits::ADMISSION], Refusal> {
        self.poll();
        if self.unsaved {
            return Err(Refusal::of(RefusalCode::StorageFailed));
        }
        let ephemeral = self.draw().map_err(|_| RefusalCode::EntropyFailed)?;
        let root = self.record.root.as_ref().ok_or(RefusalCode::NoKey)?;
        let secret = root.derive(Purpose::Channel);
        let admission = Admission::read(&secret, &ephemeral, &self.record.ueid, message)
            .map_err(|_| RefusalCode::NoChannel)?;
        self.pair(admission.host_key())?;
        let (answer, channel) = admission.grant().map_err(|_| RefusalCode::NoChannel)?;
        self.close_channel();
        self.channel = Some(channel);
        Ok(answer)
    }

    fn pair(&mut self, host: [u8; 32]) -> Result<(), Refusal> {
        match self.record.host {
            Some(known) if known == host => Ok(()),
            Some(_) => Err(Refusal::of(RefusalCode::UnknownHost)),
            None => self.change(|record| record.host = Some(host)),
        }
    }

    /// Ends channel and session; nothing of either is left.
    pub(crate) fn close_channel(&mut self) {
        self.channel = None;
        self.session = None;
        self.clearing = None;
    }

    /// Whether a host has opened the channel.
    pub fn is_connected(&self) -> bool {
        self.channel.is_some()
    }

    pub(crate) fn channel(&mut self) -> Result<&mut Channel, Refusal> {
        self.channel.as_mut().ok_or(Refusal::of(RefusalCode::NoChannel))
    }
}
