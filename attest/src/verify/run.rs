//! Is a runner's receipt one of this approval?

use super::outcome::Approval;
use crate::limits::CLOCK_SKEW_S;
use crate::object::RunReceipt;
use crate::terms::Ruling;

/// The receipt speaks of a use that this approval allows: of its request, verdict and one of its assets, with the
/// approved input, sealed to the key that the request names, while the approval held. Whose runner it is, is not asked.
pub fn ran_as_approved(receipt: &RunReceipt, approval: &Approval) -> Ruling {
    if let Some(transfer) = &approval.request.transfer {
        return Ruling::new(
            false,
            format!("the approval gives the asset to {}, and is for no use", transfer.to),
        );
    }
    let pairs = [
        ("approval", receipt.approval == approval.id),
        ("request", receipt.request == approval.request_id),
        ("verdict", receipt.verdict == approval.body.verdict),
        ("asset", approval.request.assets.contains(&receipt.asset)),
        ("key", approval.request.opens_to == Some(receipt.opens_to)),
        ("input", receipt.input == approval.request.input()),
    ];
    let other: Vec<_> = pairs.iter().filter(|(_, same)| !same).map(|(name, _)| *name).collect();
    if !other.is_empty() {
        return Ruling::new(false, format!("the receipt names another {}", other.join(", another ")));
    }
    let from = approval.body.time.saturating_sub(CLOCK_SKEW_S);
    let compared = format!(
        "made at {} with what was approved; the approval holds from {from} to {}",
        receipt.time, approval.until
    );
    Ruling::new((from..=approval.until).contains(&receipt.time), compared)
}
