//! A log as a hub keeps it, published and brought to witnesses, for tools of others to read:
//!
//! ```text
//! cargo run -p wetsignd --example publish -- FOLDER RECORDS [TRUST_POLICY]
//! ```
//!
//! Logs made-up records until there are RECORDS in `FOLDER/state`, writes them as static files into `FOLDER/tiles`, and
//! asks the witnesses that the policy names. The key is one that everybody knows. Prints what it said as JSON.

use std::path::{Path, PathBuf};

use ed25519_dalek::SigningKey;
use serde_json::json;
use wetsign_attest::TrustPolicy;
use wetsign_attest::id::{Id, PublicKey};
use wetsign_attest::log::{KeyKind, VerifierKey};
use wetsignd::publish::Publisher;
use wetsignd::store::journal::Journal;
use wetsignd::store::{Batch, Store};

const ORIGIN: &str = "example.com/wetsign";

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("which folder?")?);
    let count: u64 = arguments.next().ok_or("how many records?")?.parse()?;
    let policy = arguments.next().map(std::fs::read_to_string).transpose()?;
    let policy = policy.map(|text| TrustPolicy::from_toml(&text)).transpose()?;

    let key = SigningKey::from_bytes(&[5; 32]);
    let vkey = VerifierKey::new(ORIGIN, KeyKind::Note, PublicKey::from(&key))?;
    let journal = open(&folder, key)?;
    for number in journal.size()..count {
        let (id, bytes) = (Id::of(&number.to_be_bytes()), number.to_be_bytes());
        journal.intend("wetsign/example/1", id, &[], &bytes, Batch::new())?;
        journal.append(&id)?;
    }
    let mut publisher = Publisher::open(&folder.join("tiles"), policy, &journal)?;
    publisher.follow(&journal)?;
    let refused = publisher.gather(&journal).await?;
    let refused: Vec<_> = refused.iter().map(ToString::to_string).collect();
    let (head, key) = (publisher.checkpoint(), PublicKey::from(&SigningKey::from_bytes(&[5; 32])));
    println!(
        "{}",
        json!({
            "vkey": vkey.to_string(), "key": key.to_string(), "checkpoint": head,
            "refused": refused, "witnessed": journal.is_witnessed(head),
        })
    );
    Ok(())
}

fn open(folder: &Path, key: SigningKey) -> Result<Journal, Box<dyn std::error::Error>> {
    let state = folder.join("state");
    std::fs::create_dir_all(&state)?;
    Ok(Journal::open(&state, Store::open(&state)?, ORIGIN, key)?)
}
