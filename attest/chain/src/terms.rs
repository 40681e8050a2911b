//! How a fee is divided, as requester and kiosks write it down: a TOML file.

use alloy::primitives::{Address, B256, keccak256};
use alloy::sol_types::SolValue as _;
use anyhow::ensure;
use serde::Deserialize;

use crate::contracts::{Share, Terms};

/// A whole, in basis points.
const WHOLE: u32 = 10_000;
/// Payees, at most (`Settle.MOST`).
const MOST: usize = 16;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// UTC seconds until which the request can be approved, or later.
    expires: u64,
    #[serde(default)]
    app: Address,
    #[serde(default)]
    app_bps: u16,
    validators_bps: u16,
    #[serde(default)]
    payees: Vec<Payee>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Payee {
    to: Address,
    bps: u16,
}

/// Reads a file's text.
///
/// # Errors
/// No such TOML, or shares that do not divide a whole, as the contract would refuse them too.
pub fn parse(text: &str) -> anyhow::Result<Terms> {
    let file: File = toml::from_str(text)?;
    ensure!(
        (1..=MOST).contains(&file.payees.len()),
        "{} payees are named, 1 to {MOST} are paid",
        file.payees.len()
    );
    let sum: u32 = file.payees.iter().map(|payee| u32::from(payee.bps)).sum();
    ensure!(sum == WHOLE, "the payees' shares sum to {sum} basis points, not to {WHOLE}");
    ensure!(file.payees.iter().all(|payee| !payee.to.is_zero()), "a payee is the zero account, which nobody has");
    ensure!(file.app_bps == 0 || !file.app.is_zero(), "the app's share goes to the zero account: name `app`");
    let off = u32::from(file.app_bps) + u32::from(file.validators_bps);
    ensure!(off <= WHOLE, "app and validators take {off} basis points, a whole has {WHOLE}");
    Ok(Terms {
        expires: file.expires,
        app: file.app,
        appBps: file.app_bps,
        validatorsBps: file.validators_bps,
        payees: file.payees.into_iter().map(|Payee { to, bps }| Share { to, bps }).collect(),
    })
}

/// How contracts and requests name terms: Keccak-256 of their ABI encoding.
pub fn digest(terms: &Terms) -> B256 {
    keccak256(terms.abi_encode())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAYEE: &str = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";

    fn file(app: &str, validators: u16, shares: &[u16]) -> String {
        let mut text = format!("expires = 9\n{app}\nvalidators_bps = {validators}\n");
        for bps in shares {
            text.push_str(&format!("[[payees]]\nto = \"{PAYEE}\"\nbps = {bps}\n"));
        }
        text
    }

    #[test]
    fn shares_that_divide_a_whole_are_read_and_others_are_not() {
        let terms = parse(&file("", 3_000, &[4_000, 6_000])).unwrap();
        assert_eq!((terms.payees.len(), terms.validatorsBps, terms.appBps), (2, 3_000, 0));
        let app = format!("app = \"{PAYEE}\"\napp_bps = 8000");
        for (text, why) in [
            (file("", 0, &[]), "0 payees"),
            (file("", 0, &[625; 17]), "17 payees"),
            (file("", 0, &[9_999]), "sum to 9999"),
            (file("app_bps = 1", 0, &[10_000]), "zero account"),
            (file(&app, 2_001, &[10_000]), "10001 basis points"),
            (file("extra = 1", 0, &[10_000]), "extra"),
        ] {
            let refused = parse(&text).unwrap_err().to_string();
            assert!(refused.contains(why), "{why}: {refused}");
        }
    }
}
