//! A smoke of `cargo xtask torture`: the power fails where most is at stake.

use wetsign_tests::{
    attacks,
    cast::Cast,
    power_cut::Rehearsal,
    stage::{Options, Stage},
};

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_when_the_power_fails() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let cast = Cast::new()?;
    let stage = Stage::set_up(folder.path(), &cast, &Options::default()).await?;
    let mut rehearsal = Rehearsal::new(stage, cast, attacks::people().to_vec()).await?;
    for point in ["submit.stored", "cosignature.stored", "approval.stored"] {
        rehearsal.cut(point).await.map_err(|error| error.context(point))?;
    }
    Ok(())
}
