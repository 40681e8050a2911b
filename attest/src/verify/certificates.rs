//! The certificates of a capture: does a root that the policy names stand behind the secure element?

use super::basis::{Basis, Taken};
use super::code;
use super::report::Checks;
use crate::id::{Atto, PublicKey};
use crate::object::CertificateChain;
use crate::terms::certified_at;

/// Checks the chain; `None` if anything about it fails, because nothing that the element says counts then.
pub(crate) fn check(
    basis: &Basis<'_>,
    taken: &Taken<'_>,
    subject: &str,
    checks: &mut Checks,
) -> Option<CertificateChain> {
    let chain = match CertificateChain::decode_once(&taken.chain.0, Some(basis.known.signatures())) {
        Ok(chain) => chain,
        Err(error) => {
            checks.note(code::CERTIFICATE, subject, false, error.to_string());
            return None;
        }
    };
    let compared = format!(
        "device {}, signed by provisioner {}, signed by root {}",
        chain.device().device_key.short(),
        chain.provisioner().provisioner.short(),
        chain.provisioner().root.short()
    );
    checks.note(code::CERTIFICATE, subject, true, compared);
    let results = [
        root(basis, &chain, subject, checks),
        model(&chain, subject, checks),
        checks.rule(code::CERTIFICATE_TIME, subject, certified_at(&chain, taken.time)),
        independent(basis, taken, &chain, subject, checks),
    ];
    results.iter().all(|passed| *passed).then_some(chain)
}

/// A root signs provisioners and nothing else: one that provisions too would answer to nobody.
fn root(basis: &Basis<'_>, chain: &CertificateChain, subject: &str, checks: &mut Checks) -> bool {
    let roots = &basis.policy.roots;
    let provisioner = chain.provisioner();
    let named = roots.contains(&provisioner.root);
    let apart = !roots.contains(&provisioner.provisioner);
    let compared = format!(
        "root {} is among the {} of the policy: {named}; provisioner {:?} ({}) is not one of them: {apart}",
        provisioner.root.short(),
        roots.len(),
        provisioner.name,
        provisioner.provisioner.short()
    );
    checks.note(code::CERTIFICATE_ROOT, subject, named && apart, compared)
}

fn model(chain: &CertificateChain, subject: &str, checks: &mut Checks) -> bool {
    let (device, provisioner) = (chain.device(), chain.provisioner());
    let compared = format!(
        "{} among the models that provisioner {:?} may vouch for: {}",
        device.hwmodel,
        provisioner.name,
        provisioner.hwmodels.join(", ")
    );
    checks.note(code::CERTIFICATE_MODEL, subject, provisioner.hwmodels.contains(&device.hwmodel), compared)
}

/// Whoever vouches for elements must not gain by what they sign.
fn independent(
    basis: &Basis<'_>,
    taken: &Taken<'_>,
    chain: &CertificateChain,
    subject: &str,
    checks: &mut Checks,
) -> bool {
    let free = |key: &PublicKey| {
        *key != taken.validator
            && !basis.validators.contains(key)
            && basis.stakes.iter().all(|snapshot| snapshot.stake_of(key) == Atto(0))
    };
    let (provisioner, root) = (free(&chain.provisioner().provisioner), free(&chain.provisioner().root));
    let compared = format!(
        "no validator and without stake: provisioner {provisioner}, root {root} (stake snapshots looked at: {})",
        basis.stakes.len()
    );
    checks.note(code::CERTIFICATE_INDEPENDENCE, subject, provisioner && root, compared)
}
