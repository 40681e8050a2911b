//! No step costs more than its bound.

use wetsign_chain_tests::gas::{BATCH_PERCENT, BOUNDS, table};
use wetsign_chain_tests::local::SpecId;

use crate::contracts;

#[test]
fn each_step_keeps_its_bound_and_eight_approvals_cost_less_together() {
    let rows = table(&contracts(), SpecId::OSAKA).unwrap();
    for (name, bound) in BOUNDS {
        assert!(rows[name] <= bound, "{name}: {} gas, over {bound}", rows[name]);
    }
    let (together, alone) = (rows["settle eight together"], 8 * rows["settle"]);
    assert!(together * 100 <= alone * BATCH_PERCENT, "{together} of {alone} gas");
}
