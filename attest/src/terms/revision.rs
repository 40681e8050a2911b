//! Who may revise an asset's rules, and for how long that stands.

use super::Ruling;
use crate::id::PublicKey;
use crate::limits::CHAIN;
use crate::object::{AgentAction, AssetDescriptor};

/// The signer is the owner, or an agent who may revise rules. What an agent revised is in force only as long as the
/// agent's mandate lasts: `until`, UTC seconds at which it still has to; `None` for a link under a later revision, which
/// stays what it was.
pub fn may_revise(descriptor: &AssetDescriptor, signer: &PublicKey, until: Option<u64>) -> Ruling {
    if descriptor.owner == *signer {
        return Ruling::new(true, format!("signed by the owner {}", signer.short()));
    }
    let agent = descriptor.agent(signer).filter(|agent| agent.actions.contains(&AgentAction::ReviseRules));
    match (agent, until) {
        (None, _) => {
            Ruling::new(false, format!("signed by {signer}, who is neither owner nor agent for revisions"))
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
        let agent = PublicKey([7; 32]);
        let (mut descriptor, _, _) = example::narration("");
        let mandate =
            Agent { key: agent, actions: vec![AgentAction::ReviseRules], fee_limit: None, expires: 100 };
        descriptor.agents = vec![mandate];
        assert!(may_revise(&descriptor, &agent, Some(100)).holds);
        assert!(!may_revise(&descriptor, &agent, Some(101)).holds);
        assert!(may_revise(&descriptor, &agent, None).holds);
        assert!(!may_revise(&descriptor, &PublicKey([8; 32]), None).holds);
        assert!(may_revise(&descriptor, &descriptor.owner, Some(u64::MAX)).holds);
        descriptor.agents[0].actions = vec![AgentAction::Request];
        assert!(!may_revise(&descriptor, &agent, Some(1)).holds);
    }
}
