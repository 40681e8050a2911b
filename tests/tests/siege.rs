//! A smoke of `cargo xtask siege`: strangers take a tenth of what they could.

use wetsign_tests::siege::{self, Scale};

#[tokio::test(flavor = "multi_thread")]
async fn an_honest_client_notices_nothing_of_strangers() -> anyhow::Result<()> {
    let rows = siege::run(Scale::Smoke, &[], |_| Ok(())).await?;
    let failed: Vec<_> = rows.iter().filter(|row| !row.ok).collect();
    assert!(rows.len() == 7 && failed.is_empty(), "{failed:#?}");
    Ok(())
}
