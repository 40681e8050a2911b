//! Do the certificates of a secure element cover a time?

use super::Ruling;
use crate::object::CertificateChain;

/// Both certificates of the chain are valid at `time` (UTC seconds).
pub fn certified_at(chain: &CertificateChain, time: u64) -> Ruling {
    let (device, provisioner) = (chain.device(), chain.provisioner());
    let holds = (device.not_before..=device.not_after).contains(&time)
        && (provisioner.not_before..=provisioner.not_after).contains(&time);
    let compared = format!(
        "device certificate {} to {}, provisioner's {} to {}; signed at {time}",
        device.not_before, device.not_after, provisioner.not_before, provisioner.not_after
    );
    Ruling::new(holds, compared)
}
