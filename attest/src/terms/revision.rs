//! Who may revise an asset's rules or withdraw approvals, and for how long that stands.

use super::Ruling;
use crate::id::PublicKey;
use crate::limits::CHAIN;
use crate::object::{AgentAction, AssetDescriptor};

/// The signer is the owner, or an agent who may revise rules. What an agent revised is in force only as long as the
/// agent's mandate lasts: `until`, UTC seconds at which it still has to; `None` for a link under a later revision,
/// which stays what it was.
pub fn may_revise(descriptor: &AssetDescriptor, signer: &PublicKey, until: Option<u64>) -> Ruling {
    mandated(descriptor, signer, AgentAction::ReviseRules, until)
}

/// The signer is the owner, or an agent who may withdraw approvals and whose mandate lasted at `time`, UTC seconds.
/// What is withdrawn stays so, also when the mandate ends.
pub fn may_withdraw(descriptor: &AssetDescriptor, signer: &PublicKey, time: u64) -> Ruling {
    mandated(descriptor, signer, AgentAction::Withdraw, Some(time))
}

fn mandated(
    descriptor: &AssetDescriptor,
    signer: &PublicKey,
    action: AgentAction,
    until: Option<u64>,
) -> Ruling {
    if descriptor.owner == *signer {
        return Ruling::new(true, format!("signed by the owner {}", signer.short()));
    }
    let agent = descriptor.agent(signer).filter(|agent| agent.actions.contains(&action));
    match (agent, until) {
        (None, _) => {
            let what = match action {
                AgentAction::ReviseRules => "revisions",
                AgentAction::Request => "requests",
                AgentAction::Withdraw => "withdrawals",
            };
            Ruling::new(false, format!("signed by {signer}, who is neither owner nor agent for {what}"))
        }
        (Some(agent), Some(until)) if until > agent.expires => Ruling::new(
            false,
            format!(
                "signed by agent {}, whose mandate ended at {}; it is {until}",
                signer.short(),
                agent.expires
            ),
        ),
        (Some(_), _) => Ruling::new(true, format!("signed by agent {}", signer.short())),
    }
}

/// Whether a chain of this length fits into a bundle.
pub fn chain_length(revisions: usize) -> Ruling {
    let compared = format!("{revisions} revisions of one asset, at most {CHAIN} in one approval");
    Ruling::new((1..=CHAIN).contains(&revisions), compared)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::Agent;
    use crate::rules::example;

    #[test]
    fn an_agents_revision_stands_as_long_as_the_mandate_and_a_strangers_never() {
        let agent = PublicKey::Ed25519([7; 32]);
        let (mut descriptor, _, _) = example::narration("");
        let mandate =
            Agent { key: agent, actions: vec![AgentAction::ReviseRules], fee_limit: None, expires: 100 };
        descriptor.agents = vec![mandate];
        assert!(may_revise(&descriptor, &agent, Some(100)).holds);
        assert!(!may_revise(&descriptor, &agent, Some(101)).holds);
        assert!(may_revise(&descriptor, &agent, None).holds);
        assert!(!may_revise(&descriptor, &PublicKey::Ed25519([8; 32]), None).holds);
        assert!(may_revise(&descriptor, &descriptor.owner, Some(u64::MAX)).holds);
        descriptor.agents[0].actions = vec![AgentAction::Request];
        assert!(!may_revise(&descriptor, &agent, Some(1)).holds);
    }

    #[test]
    fn who_may_revise_may_not_therefore_withdraw() {
        let agent = PublicKey::Ed25519([7; 32]);
        let (mut descriptor, _, _) = example::narration("");
        let mandate =
            Agent { key: agent, actions: vec![AgentAction::ReviseRules], fee_limit: None, expires: 100 };
        descriptor.agents = vec![mandate];
        let refused = may_withdraw(&descriptor, &agent, 1);
        assert!(!refused.holds && refused.compared.contains("agent for withdrawals"), "{refused:?}");
        descriptor.agents[0].actions = vec![AgentAction::Withdraw];
        assert!(may_withdraw(&descriptor, &agent, 100).holds);
        assert!(!may_withdraw(&descriptor, &agent, 101).holds);
        assert!(!may_revise(&descriptor, &agent, Some(1)).holds);
        assert!(may_withdraw(&descriptor, &descriptor.owner, u64::MAX).holds);
    }
}
