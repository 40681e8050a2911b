//! Who approved what, and until when? Or the first check that failed.
//!
//! ```text
//! cargo run -p wetsign-attest --example verify -- target/demo/approval.cbor target/demo/trust-policy.toml --demo
//! ```
//!
//! `--demo` accepts recordings and keys whose secrets are published, as the demo's are. Leave it out to see the
//! refusal. Exit status: 0 approved, 2 refused, 1 error.

use std::{env, error::Error, fs, process::ExitCode, time::SystemTime};

use wetsign_attest::TrustPolicy;
use wetsign_attest::verify::{Options, verify};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [file, policy, flags @ ..] = &arguments[..] else {
        return Err("verify APPROVAL POLICY [--demo]".into());
    };
    let demo = flags.iter().any(|flag| flag == "--demo");

    let policy = TrustPolicy::from_toml(&fs::read_to_string(policy)?)?;
    let now = SystemTime::UNIX_EPOCH.elapsed()?.as_secs();
    let options =
        Options { now: Some(now), allow_simulated: demo, allow_development_keys: demo, ..Options::default() };
    match verify(&fs::read(file)?, &policy, options) {
        Ok(approval) => {
            let approval = approval.into_content();
            println!("{} for {}", approval.request.attributes.purpose, approval.request.app);
            for validator in &approval.validators {
                println!("approved by {validator}");
            }
            println!("until {} (UTC seconds)", approval.until);
            Ok(ExitCode::SUCCESS)
        }
        Err(refused) => {
            println!("{refused}");
            Ok(ExitCode::from(2))
        }
    }
}
