//! Who may not approve, because of what else they are.

use std::collections::BTreeSet;

use super::Ruling;
use crate::id::PublicKey;
use crate::object::{AssetDescriptor, UsageRequest};

/// The keys of a request that have a part in it already.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    requester: Option<PublicKey>,
    /// Owners and their agents.
    owners: BTreeSet<PublicKey>,
    /// Accounts that are paid; those of our keys are written in hexadecimal.
    payees: BTreeSet<String>,
}

impl Roles {
    /// Of a request and the descriptors of its assets.
    pub fn of<'a>(
        request: &UsageRequest,
        descriptors: impl IntoIterator<Item = &'a AssetDescriptor>,
    ) -> Self {
        let mut roles = Self { requester: Some(request.requester), ..Self::default() };
        for descriptor in descriptors {
            roles.owners.insert(descriptor.owner);
            roles.owners.extend(descriptor.agents.iter().map(|agent| agent.key));
            roles.payees.extend(descriptor.payees.iter().map(|payee| payee.account.to_lowercase()));
        }
        roles
    }

    fn is_paid(&self, key: &PublicKey) -> bool {
        let hex = key.to_string();
        self.payees.iter().any(|account| account.trim_start_matches("0x") == hex)
    }
}

/// No validator asks, owns or is paid, and the requester neither owns nor is paid. Owners may be paid: that is what
/// payees are for.
pub fn distinct_roles(roles: &Roles, validators: &[PublicKey]) -> Ruling {
    for validator in validators {
        let other = if roles.requester == Some(*validator) {
            "the requester"
        } else if roles.owners.contains(validator) {
            "an owner or an owner's agent"
        } else if roles.is_paid(validator) {
            "a payee"
        } else {
            continue;
        };
        return Ruling::new(false, format!("validator {} is also {other}", validator.short()));
    }
    if let Some(requester) = &roles.requester {
        let other = if roles.owners.contains(requester) {
            Some("an owner or an owner's agent")
        } else {
            roles.is_paid(requester).then_some("a payee")
        };
        if let Some(other) = other {
            return Ruling::new(false, format!("the requester {} is also {other}", requester.short()));
        }
    }
    let compared =
        format!("{} validators, requester, owners and payees are different ones", validators.len());
    Ruling::new(true, compared)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::Payee;
    use crate::rules::example;

    #[test]
    fn nobody_approves_what_they_ask_for_own_or_are_paid_for() {
        let (mut descriptor, _, request) = example::narration("");
        let paid = PublicKey::Ed25519([9; 32]);
        descriptor.payees = vec![Payee { account: format!("0x{paid}"), basis_points: 10_000 }];
        let roles = Roles::of(&request, [&descriptor]);
        let validator = PublicKey::Ed25519([42; 32]);
        assert!(distinct_roles(&roles, &[validator]).holds);
        for other in [request.requester, descriptor.owner, paid] {
            assert!(!distinct_roles(&roles, &[validator, other]).holds, "{other}");
        }
    }

    #[test]
    fn an_owner_who_asks_alone_is_told() {
        let (descriptor, _, mut request) = example::narration("");
        request.requester = descriptor.owner;
        let ruling = distinct_roles(&Roles::of(&request, [&descriptor]), &[PublicKey::Ed25519([42; 32])]);
        assert!(!ruling.holds && ruling.compared.contains("requester"), "{ruling:?}");
    }
}
