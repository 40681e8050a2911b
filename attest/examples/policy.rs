//! What does this trust policy accept, and what does it refuse? Read as `wetsign verify` reads it, and said in words.
//!
//! ```text
//! cargo run -p wetsign-attest --example policy -- target/demo/trust-policy.toml
//! ```
//!
//! A policy is the reader's own: never take it from whoever gave you the approval.

use std::{env, error::Error, fs};

use wetsign_attest::TrustPolicy;

fn main() -> Result<(), Box<dyn Error>> {
    let path = env::args().nth(1).ok_or("policy FILE")?;
    let policy = TrustPolicy::from_toml(&fs::read_to_string(path)?)?;

    println!("What is not named is not trusted. An approval counts if:");
    println!("- it stands in the log {}, signed by {}", policy.log.origin, policy.log.key);
    println!("- {} of {} registrars signed its registry", policy.registrars_needed, policy.registrars.len());
    println!("- each validator has at stake, in atto: {} or more", policy.minimum_stake);
    println!("- each secure element has a certificate under a root ({})", named(&policy.roots));
    println!("- its firmware has a known digest ({})", named(&policy.firmware));
    println!("- each proof holds under a verifying key ({})", named(&policy.verifying_keys));
    let similarity = |tau: u32| f64::from(tau) / f64::from(1 << 16);
    let (face, voice) = policy.least_similarity();
    println!("- face and voice match to {:.2} and {:.2} at least", similarity(face), similarity(voice));
    println!("- a recording meets its prompts with 2^-{} at most", policy.minimum_entropy_millibits / 1000);
    println!("- you can make its scores again, or a checker vouches ({})", named(&policy.checkers));

    let pages: Vec<&str> = policy.relying_parties.iter().map(|party| party.id.as_str()).collect();
    let pages = if pages.is_empty() { "of nobody".to_owned() } else { format!("of {}", pages.join(", ")) };
    println!("- each passkey that signed was asked by a page {pages}");

    println!("What proves less:");
    for (accepted, what) in [
        (policy.accept_simulated, "recordings in place of people, programs in place of secure elements"),
        (policy.accept_emulated, "firmware on emulated boards"),
        (policy.accept_development_keys, "proving keys whose secrets are published"),
        (policy.accept_kiosk_custody, "validators' keys that a kiosk keeps"),
        (policy.accept_phone_custody, "validators' keys that a program keeps, by its own word"),
        (policy.accept_shared_roles, "validators who also ask, own or are paid"),
    ] {
        println!("- {} {what}", if accepted { "ACCEPTED:" } else { "refused: " });
    }
    for (gate, bound) in &policy.gates {
        println!("- the gate {gate} is held to {} in place of the shipped bound", f64::from(*bound) / 1000.0);
    }
    Ok(())
}

/// How many the policy names.
fn named<T>(keys: &[T]) -> String {
    if keys.is_empty() { "none named".to_owned() } else { format!("{} named", keys.len()) }
}
