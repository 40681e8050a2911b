//! The sensor leaves nothing behind and reaches nobody.

use std::fs;

use wetsign_sensor_ipc::Part;

use crate::common::{Sensor, subject};

/// As an operator meets it who set nothing: the program itself keeps ONNX Runtime quiet, and what it would leave behind
/// would lie in its home folder.
#[test]
fn a_sensor_with_its_networks_leaves_nothing_behind_and_has_no_network() {
    let home = tempfile::tempdir().unwrap();
    let mut sensor = Sensor::start_with(|command| {
        command.env("WETSIGN_CACHE", wetsign_models::store::cache_dir().unwrap());
        command.env("HOME", home.path()).env_remove("XDG_CACHE_HOME").env_remove("ORT_DISABLE_TELEMETRY");
    });
    let of_sensor = |what: &str| format!("/proc/{}/{what}", sensor.pid());
    let environment = fs::read(of_sensor("environ")).unwrap();
    assert!(environment.split(|byte| *byte == 0).any(|set| set == b"ORT_DISABLE_TELEMETRY=1"));
    if sensor.ready.in_force.iter().any(|layer| layer == "network") {
        let namespace = |path: &str| fs::read_link(path).unwrap();
        assert_ne!(namespace(&of_sensor("ns/net")), namespace("/proc/self/ns/net"));
        let interfaces = fs::read_to_string(of_sensor("net/dev")).unwrap();
        assert_eq!(interfaces.lines().skip(2).count(), 1, "more than a loopback that is down: {interfaces}");
    } else {
        println!("skipped the namespace: {}", sensor.ready.confinement);
    }

    sensor.open(subject("man", Part::Verify)).unwrap();
    sensor.capture(&[]).0.unwrap();

    assert!(sensor.stop().success());
    let left: Vec<_> = fs::read_dir(home.path()).unwrap().flatten().map(|entry| entry.path()).collect();
    assert!(left.is_empty(), "it left {left:?}");
}
