//! Whether a request's fee waits where the request says that it does.

use super::Ruling;
use crate::id::{Id, PublicKey};
use crate::object::{EscrowNote, UsageRequest};

/// A watcher that the kiosk names saw the whole fee of this request, at the place that the request names, for as long
/// as the request can be approved. A request that names no place asks for no note.
pub fn fee_waits(
    request: &UsageRequest,
    id: Id,
    note: Option<&EscrowNote>,
    watchers: &[PublicKey],
) -> Ruling {
    let no = |compared: String| Ruling::new(false, compared);
    let (escrow, note) = match (&request.escrow, note) {
        (None, None) => return Ruling::new(true, "the request names no escrow".to_owned()),
        (None, Some(_)) => return no("a note of an escrow came, and the request names none".to_owned()),
        (Some(escrow), None) => {
            return no(format!(
                "the request says that its fee waits on chain {}, and no note of a watcher shows it: ask one with \
                 `wetsign-chain escrow note`",
                escrow.chain_id
            ));
        }
        (Some(escrow), Some(note)) => (escrow, note),
    };
    if !watchers.contains(&note.watcher) {
        return no(format!(
            "the escrow's note is by {}, who is none of the {} watchers that this kiosk names (hub.escrow_watchers)",
            note.watcher,
            watchers.len()
        ));
    }
    if note.request != id || note.escrow != *escrow {
        return no(format!("the escrow's note is of request {}, or of another place", note.request.short()));
    }
    if note.fee < request.fee || note.expires < request.expires {
        return no(format!(
            "{} atto wait until {}, the request offers {} and can be approved until {}",
            note.fee, note.expires, request.fee, request.expires
        ));
    }
    Ruling::new(true, format!("{} atto wait on chain {} at block {}", note.fee, escrow.chain_id, note.block))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evm::EvmAddress;
    use crate::id::{Atto, Digest};
    use crate::object::Escrow;
    use crate::rules::example;

    fn waiting() -> (UsageRequest, EscrowNote, PublicKey) {
        let (_, _, mut request) = example::narration("rain");
        let escrow = Escrow {
            chain_id: 1,
            contract: EvmAddress([1; 20]),
            account: EvmAddress([2; 20]),
            terms: Digest([3; 32]),
        };
        (request.escrow, request.fee) = (Some(escrow), Atto(5));
        let watcher = PublicKey::Ed25519([9; 32]);
        let (block, hash, time) = (7, Digest([4; 32]), request.created);
        let (request_id, fee, expires) = (Id([8; 32]), Atto(5), request.expires);
        (
            request,
            EscrowNote { request: request_id, escrow, fee, expires, block, hash, watcher, time },
            watcher,
        )
    }

    #[test]
    fn a_named_watcher_who_saw_the_whole_fee_for_long_enough_is_believed() {
        let (request, note, watcher) = waiting();
        assert!(fee_waits(&request, Id([8; 32]), Some(&note), &[watcher]).holds);
        let plain = UsageRequest { escrow: None, ..request };
        assert!(fee_waits(&plain, Id([8; 32]), None, &[]).holds);
    }

    #[test]
    fn no_note_a_strangers_note_and_one_of_another_fee_are_not() {
        let (request, note, watcher) = waiting();
        let id = Id([8; 32]);
        let refused = |note: Option<&EscrowNote>, watchers: &[PublicKey], why: &str| {
            let ruling = fee_waits(&request, id, note, watchers);
            assert!(!ruling.holds && ruling.compared.contains(why), "{ruling:?}");
        };
        refused(None, &[watcher], "no note");
        refused(Some(&note), &[], "none of the 0 watchers");
        type Change = fn(&mut EscrowNote);
        let changes: [(Change, &str); 6] = [
            (|n| n.request = Id([1; 32]), "of request"),
            (|n| n.escrow.chain_id = 2, "another place"),
            (|n| n.escrow.account = EvmAddress([9; 20]), "another place"),
            (|n| n.escrow.terms = Digest([9; 32]), "another place"),
            (|n| n.fee = Atto(4), "atto wait"),
            (|n| n.expires -= 1, "atto wait"),
        ];
        for (change, why) in changes {
            let mut other = note.clone();
            change(&mut other);
            refused(Some(&other), &[watcher], why);
        }
        let plain = UsageRequest { escrow: None, ..request.clone() };
        assert!(!fee_waits(&plain, id, Some(&note), &[watcher]).holds);
    }
}
