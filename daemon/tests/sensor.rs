//! The supervisor against a sensor that behaves, one that crashes and one that hangs.
//!
//! The child is this very test program, asked for the one "test" that plays a sensor; which sensor it plays is told by
//! the cache folder that the supervisor hands over.

use std::{
    os::{
        fd::AsFd,
        unix::net::{UnixListener, UnixStream},
    },
    path::PathBuf,
    time::Duration,
};

use tokio::sync::mpsc;
use wetsign_sensor_ipc::{
    Captured, Devices, FromSensor, Live, Part, Progress, Ready, Replay, Source, SourceOpened, ToSensor,
    from_sensor, read_message, source, to_sensor, write_message,
};
use wetsignd::sensor::{Sensor, SensorError, SensorOptions, Update};

fn options(kind: &str) -> SensorOptions {
    SensorOptions {
        program: std::env::current_exe().unwrap(),
        arguments: ["plays_a_sensor", "--exact", "--nocapture"].map(String::from).to_vec(),
        socket: None,
        cache: PathBuf::from(format!("fake:{kind}")),
        start: Duration::from_secs(20),
        silence: Duration::from_millis(if kind == "hangs" { 300 } else { 20_000 }),
    }
}

/// Not a test of its own: with a real cache folder, or none, it does nothing.
#[test]
fn plays_a_sensor() {
    let Ok(kind) = std::env::var("WETSIGN_CACHE") else { return };
    let Some(kind) = kind.strip_prefix("fake:") else { return };
    // The test program always has these; the sensor must not.
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_none() && std::env::var_os("PATH").is_none());
    assert_eq!(std::env::var("ORT_DISABLE_TELEMETRY").as_deref(), Ok("1"));
    let mut link = UnixStream::from(std::io::stdin().as_fd().try_clone_to_owned().unwrap());
    let mut say = |kind: from_sensor::Kind| write_message(&mut link, &FromSensor::from(kind)).unwrap();
    say(from_sensor::Kind::Ready(Ready { version: "fake".into(), ..Ready::default() }));
    let mut heard = UnixStream::from(std::io::stdin().as_fd().try_clone_to_owned().unwrap());
    while let Some(ToSensor { kind: Some(asked) }) = read_message(&mut heard).unwrap() {
        match (kind, asked) {
            ("hangs", _) => {}
            (_, to_sensor::Kind::OpenSource(open)) => {
                say(from_sensor::Kind::SourceOpened(SourceOpened {
                    id: open.id,
                    simulated: kind != "says_live",
                    ..Default::default()
                }));
            }
            ("lists", to_sensor::Kind::ListDevices(_)) => {
                say(from_sensor::Kind::Devices(Devices::default()));
            }
            ("crashes", to_sensor::Kind::Capture(_)) => std::process::exit(7),
            (_, to_sensor::Kind::Capture(capture)) => {
                let id = capture.id;
                say(from_sensor::Kind::Progress(Progress { id, ..Progress::default() }));
                say(from_sensor::Kind::Captured(Captured {
                    id,
                    transcript: "a".into(),
                    ..Captured::default()
                }));
            }
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_capture_comes_back_with_its_progress() {
    let sensor = Sensor::start(options("behaves"));
    let claim = sensor.claim().await.unwrap();
    assert!(claim.open(Source::default(), Part::Verify).await.unwrap().simulated);
    let (give, mut take) = mpsc::channel(8);

    let captured = claim.capture((vec![], false), &[], Duration::from_secs(5), &give).await.unwrap();

    assert_eq!(captured.transcript, "a");
    assert!(matches!(take.try_recv(), Ok(Update::Progress(_))));
    assert!(sensor.pid().is_some());
}

#[tokio::test]
async fn a_crash_fails_the_request_and_the_next_one_finds_a_new_child() {
    let sensor = Sensor::start(options("crashes"));
    let claim = sensor.claim().await.unwrap();
    claim.open(Source::default(), Part::Verify).await.unwrap();
    let first = sensor.pid();

    let refused =
        claim.capture((vec![], false), &[], Duration::from_secs(5), &mpsc::channel(1).0).await.unwrap_err();

    assert_eq!(refused.code(), "ended");
    assert!(refused.to_string().contains("exit status: 7"), "{refused}");
    claim.open(Source::default(), Part::Verify).await.unwrap();
    assert_ne!(sensor.pid(), first);
}

#[tokio::test]
async fn a_hang_is_noticed_and_the_child_is_replaced() {
    let sensor = Sensor::start(options("hangs"));
    sensor.ready().await.unwrap();
    let first = sensor.pid();
    let claim = sensor.claim().await.unwrap();

    let refused = claim.open(Source::default(), Part::Verify).await.unwrap_err();

    assert!(matches!(refused, SensorError::Hung { .. }), "{refused}");
    let replaced = async {
        while sensor.pid() == first || sensor.pid().is_none() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), replaced).await.expect("a new child");
}

#[tokio::test]
async fn one_session_at_a_time_has_the_camera() {
    let sensor = Sensor::start(options("behaves"));
    let first = sensor.claim().await.unwrap();
    let second = sensor.claim();
    tokio::pin!(second);
    tokio::select! {
        biased;
        _ = &mut second => panic!("two sessions had the camera"),
        () = std::future::ready(()) => {}
    }
    drop(first);
    assert!(second.await.is_ok());
}

#[tokio::test]
async fn a_source_that_is_not_live_is_simulated_whatever_the_sensor_says() {
    let sensor = Sensor::start(options("says_live"));
    let claim = sensor.claim().await.unwrap();
    let source = |kind| Source { kind: Some(kind), ..Source::default() };

    let live = claim.open(source(source::Kind::Live(Live::default())), Part::Verify).await.unwrap();
    let replayed = claim.open(source(source::Kind::Replay(Replay::default())), Part::Verify).await.unwrap();

    assert_eq!((live.simulated, replayed.simulated), (false, true));
}

#[tokio::test]
async fn asking_for_devices_neither_waits_for_a_session_nor_ends_it() {
    let sensor = Sensor::start(options("lists"));
    sensor.ready().await.unwrap();
    let (one, two) = tokio::join!(sensor.devices(), sensor.devices());
    assert!(one.is_ok() && two.is_ok());
    let claim = sensor.claim().await.unwrap();

    assert_eq!(sensor.devices().await.unwrap_err(), SensorError::Busy);

    assert!(claim.open(Source::default(), Part::Verify).await.is_ok());
}

#[tokio::test]
async fn a_child_that_takes_long_to_list_devices_is_not_stopped() {
    let sensor = Sensor::start(options("hangs"));
    sensor.ready().await.unwrap();
    let child = sensor.pid();

    assert_eq!(sensor.devices().await.unwrap_err(), SensorError::Busy);

    assert_eq!(sensor.pid(), child);
}

#[tokio::test]
async fn a_program_that_is_not_there_is_named() {
    let missing = SensorOptions {
        program: "/nowhere/wetsign-sensor".into(),
        start: Duration::from_millis(300),
        ..options("behaves")
    };
    let refused = Sensor::start(missing).ready().await.unwrap_err();
    assert!(refused.to_string().contains("/nowhere/wetsign-sensor"), "{refused}");
}

#[tokio::test]
async fn where_somebody_else_starts_it_each_connection_is_another_child() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("sensor.sock");
    let started = UnixListener::bind(&socket).unwrap();
    std::thread::spawn(move || {
        for (number, link) in started.incoming().enumerate() {
            let mut link = link.unwrap();
            let ready = Ready { version: number.to_string(), ..Ready::default() };
            write_message(&mut link, &FromSensor::from(from_sensor::Kind::Ready(ready))).unwrap();
            // The first one ends as soon as it is asked for anything.
            while let Ok(Some(ToSensor { kind: Some(to_sensor::Kind::OpenSource(open)) })) =
                read_message(&mut link)
            {
                if number == 0 {
                    break;
                }
                let opened = SourceOpened { id: open.id, ..SourceOpened::default() };
                write_message(&mut link, &FromSensor::from(from_sensor::Kind::SourceOpened(opened))).unwrap();
            }
        }
    });
    let served = SensorOptions { socket: Some(socket), program: "/nowhere".into(), ..options("behaves") };
    let sensor = Sensor::start(served);
    let claim = sensor.claim().await.unwrap();

    let refused = claim.open(Source::default(), Part::Verify).await.unwrap_err();

    assert_eq!(refused.code(), "ended");
    claim.open(Source::default(), Part::Verify).await.unwrap();
    assert_eq!(sensor.ready().await.unwrap().version, "1");
    assert_eq!(sensor.pid(), None);
}

#[tokio::test]
async fn a_socket_at_which_nobody_starts_it_is_named() {
    let missing = SensorOptions {
        socket: Some("/nowhere/sensor.sock".into()),
        start: Duration::from_millis(300),
        ..options("behaves")
    };
    let refused = Sensor::start(missing).ready().await.unwrap_err();
    assert!(refused.to_string().contains("/nowhere/sensor.sock"), "{refused}");
}
