//! The sensor answers every request, also while it is busy, and ends with its daemon.

use std::io::Write;

use crate::common::{Sensor, data, plain, subject};
use wetsign_liveness::Prompt;
use wetsign_sensor_ipc::{
    Cancel, Capture, FailureCode, ListDevices, OpenSource, Part, Shutdown, Source, from_sensor, to_sensor,
};

#[test]
fn requests_that_make_no_sense_are_refused_by_code() {
    let mut sensor = Sensor::start();
    assert_eq!(sensor.ready.model_manifest_digest.len(), 32);

    let (captured, ..) = sensor.capture(&[Prompt::Smile]);
    assert_eq!(captured.unwrap_err().code(), FailureCode::NoSource);
    assert_eq!(sensor.open(Source::default()).unwrap_err().code(), FailureCode::BadRequest);

    let missing = sensor.open(plain(&data("nowhere.mp4"), None)).unwrap_err();
    assert_eq!(missing.code(), FailureCode::SourceUnavailable);
    assert!(missing.text.contains("nowhere.mp4"), "{}", missing.text);

    sensor.open(subject("man", Part::Verify)).unwrap();
    let (captured, ..) = sensor.capture(&[Prompt::HeadLeft]);
    let failed = captured.unwrap_err();
    assert_eq!(failed.code(), FailureCode::BadRequest, "{}", failed.text);
    let (captured, ..) = sensor.capture(&[Prompt::Say(vec!["z".into()])]);
    assert_eq!(captured.unwrap_err().code(), FailureCode::BadRequest);

    sensor.send(to_sensor::Kind::ListDevices(ListDevices::default()));
    assert!(matches!(sensor.receive(), from_sensor::Kind::Devices(_)));
    sensor.send(to_sensor::Kind::Shutdown(Shutdown {}));
    assert!(sensor.stop().success());
}

#[test]
fn a_running_capture_can_be_cancelled_and_refuses_another() {
    let mut sensor = Sensor::start();
    sensor.open(subject("woman", Part::Verify)).unwrap();
    let id = sensor.id();
    let prompts = vec![];
    sensor.send(to_sensor::Kind::Capture(Capture { id, prompts, ..Capture::default() }));
    sensor.send(to_sensor::Kind::OpenSource(OpenSource { id: id + 1, source: None }));
    sensor.send(to_sensor::Kind::Cancel(Cancel { id }));
    let (mut busy, mut cancelled) = (false, false);
    while !(busy && cancelled) {
        match sensor.receive() {
            from_sensor::Kind::Busy(answer) => {
                assert_eq!((answer.id, answer.running), (id + 1, id));
                busy = true;
            }
            from_sensor::Kind::Failed(failed) => {
                assert_eq!((failed.id, failed.code()), (id, FailureCode::Cancelled));
                cancelled = true;
            }
            from_sensor::Kind::Progress(_) | from_sensor::Kind::Preview(_) => {}
            other => panic!("{other:?}"),
        }
    }
    let (captured, ..) = sensor.capture(&[]);
    assert!(captured.unwrap().transcript.is_empty());
}

#[test]
fn a_budget_that_runs_out_is_reported() {
    let mut sensor = Sensor::start();
    sensor.open(subject("woman", Part::Verify)).unwrap();
    let id = sensor.id();
    sensor.send(to_sensor::Kind::Capture(Capture { id, budget_ms: 1, ..Capture::default() }));
    let failed = loop {
        if let from_sensor::Kind::Failed(failed) = sensor.receive() {
            break failed;
        }
    };
    assert_eq!(failed.code(), FailureCode::TimedOut);
}

#[test]
fn garbage_on_the_link_ends_the_sensor_in_order() {
    let mut sensor = Sensor::start();
    sensor.stream.write_all(&[0xff; 64]).unwrap();
    assert!(
        matches!(sensor.receive(), from_sensor::Kind::Failed(failed) if failed.code() == FailureCode::BadRequest)
    );
    assert!(sensor.stop().success());
}

#[test]
fn a_ready_sensor_says_how_it_is_confined() {
    let sensor = Sensor::start();
    let confinement = &sensor.ready.confinement;
    assert!(confinement.contains("confined"), "{confinement:?}");
    let in_force = &sensor.ready.in_force;
    assert!(confinement.starts_with("not") == in_force.is_empty(), "{in_force:?}");
    // Where the kernel confines it, it can be seen from outside that no new privileges can be gained.
    let status = std::fs::read_to_string(format!("/proc/{}/status", sensor.pid())).unwrap();
    assert!(confinement.starts_with("not") || status.contains("NoNewPrivs:\t1"), "{status}");
    println!("{confinement}");
}
