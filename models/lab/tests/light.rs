//! The screen's light on a recorded face, and what pretends to be one.

use std::process::Command;

use serde_json::Value;
use wetsign_models::store::ModelStore;

#[test]
fn a_head_answers_the_light_and_what_pretends_to_be_one_is_doubted() {
    let store = ModelStore::open_default().expect("a cache folder: run cargo xtask models");
    let film =
        store.data("woman").expect("the film: run cargo xtask setup").join("WolfgangLanger_Pexels.mp4");
    let output = Command::new(env!("CARGO_BIN_EXE_wetsign-lab"))
        .arg("light")
        .arg(film)
        .args(["--from", "9.7", "--every", "5", "--share", "0.2", "--json"])
        .output()
        .expect("wetsign-lab starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    let rows = report["rows"].as_array().unwrap();
    let doubts: Vec<_> =
        rows.iter().map(|row| (row["shown"].as_str().unwrap(), row["doubt"].as_str())).collect();
    let known = [
        ("head", None),
        ("feed", Some("not_followed")),
        ("feed lit by other colours", Some("not_followed")),
        ("relayed", Some("out_of_step")),
        ("display", Some("no_nearer")),
        ("sheet", Some("no_nearer")),
        ("glossy cut-out", Some("like_glass")),
        // Paper reflects as skin does: light alone does not tell them apart, depth has to.
        ("matt cut-out", None),
    ];
    assert_eq!(doubts, known);
    assert!(rows[0]["follows"].as_f64().unwrap() > 0.9 && rows[0]["doubted"] == false);
}
