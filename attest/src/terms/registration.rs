//! Does a registration cover a request?

use super::Ruling;
use crate::object::{Registration, UsageRequest};

/// The registration is of who asks, covers what they ask for, and holds at `at` (UTC seconds).
pub fn registered(registration: &Registration, request: &UsageRequest, at: u64) -> Ruling {
    let Registration { requester, purposes, time, until, .. } = registration;
    let purpose = &request.attributes.purpose;
    if *requester != request.requester {
        return Ruling::new(false, format!("it is of {requester}, and {} asks", request.requester));
    }
    if !purposes.contains(purpose) {
        return Ruling::new(
            false,
            format!("it covers {}, and {purpose:?} is asked for", purposes.join(", ")),
        );
    }
    let compared = format!("it holds from {time} until {until}, and it is {at}");
    Ruling::new(*time <= at && at < *until, compared)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::PublicKey;
    use crate::rules::example;

    #[test]
    fn it_covers_one_key_its_purposes_and_its_time() {
        let (_, _, request) = example::narration("");
        let registration = Registration {
            requester: request.requester,
            name: "A school".into(),
            contact: "school.example".into(),
            purposes: vec![request.attributes.purpose.clone()],
            kiosk: PublicKey::Ed25519([1; 32]),
            time: 1000,
            until: 2000,
        };
        assert!(registered(&registration, &request, 1000).holds);
        assert!(!registered(&registration, &request, 999).holds);
        assert!(!registered(&registration, &request, 2000).holds);
        let other = Registration { purposes: vec!["advertising".into()], ..registration.clone() };
        assert!(registered(&other, &request, 1500).compared.contains("advertising"));
        let other = Registration { requester: PublicKey::Ed25519([9; 32]), ..registration };
        assert!(!registered(&other, &request, 1500).holds);
    }
}
