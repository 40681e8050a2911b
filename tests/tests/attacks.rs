//! The suite of attacks on a small order: its outcomes depend neither on how many work nor on whether it was stopped.

use std::path::Path;

use wetsign_tests::suite::{self, Order, Progress, SuiteReport};

fn order(workers: usize, count: u32, record: &Path) -> Order {
    Order {
        cache: wetsign_models::store::cache_dir().unwrap(),
        names: vec!["frozen".into(), "neural_voice".into()],
        count,
        seed: 7,
        in_focus: false,
        workers,
        record: record.to_owned(),
    }
}

/// The report in the bytes that the program prints, and how many presentations were made for it.
fn presented(order: &Order) -> (String, usize) {
    let mut made = 0;
    let report: SuiteReport = suite::run(order, |_: &Progress| made += 1).unwrap();
    assert!(report.ok, "{}", report.table());
    (serde_json::to_string(&report).unwrap(), made)
}

#[test]
fn one_worker_or_two_and_a_run_that_goes_on_give_the_same_bytes() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (report, made) = presented(&order(2, 2, first.path()));
    assert_eq!(made, 6);
    assert_eq!(presented(&order(2, 2, first.path())), (report.clone(), 0));

    let (_, made) = presented(&order(1, 1, second.path()));
    assert_eq!(made, 3);
    assert_eq!(presented(&order(1, 2, second.path())), (report, 3));
}
