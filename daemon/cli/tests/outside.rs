//! What the outside does to a command: a kiosk that says nothing, a reader that has gone, a disk that is full.
#![allow(missing_docs)]

#[allow(dead_code)] // each test program uses its part
mod common;

use std::{
    fs::File,
    os::unix::net::UnixListener,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use common::wetsign;

const ID: &str = "0101010101010101010101010101010101010101010101010101010101010101";

#[test]
fn a_kiosk_that_says_nothing_is_told_so_within_seconds() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("kiosk.sock");
    // It takes connections, as the system does for a process that is stopped, and never reads.
    let _silent = UnixListener::bind(&socket).unwrap();
    let kiosk = format!("unix:{}", socket.display());
    let out = folder.path().join("approval.cbor");
    let out = out.to_str().unwrap();
    let asking: Vec<Vec<&str>> = vec![
        vec!["status"],
        vec!["devices"],
        vec!["request", "list"],
        vec!["request", "get", ID],
        vec!["approval", "get", ID, "--out", out],
        vec!["session", "start", "--request", ID, "--validator", ID],
        vec!["session", "decide", "abc", "decline"],
        vec!["session", "cancel", "abc"],
        vec!["session", "watch", "abc"],
        vec!["request", "watch", ID],
    ];
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for command in &asking {
            let kiosk = kiosk.as_str();
            scope.spawn(move || {
                let mut args = vec!["--kiosk", kiosk];
                args.extend(command);
                let run = wetsign(&args).exits(1);
                assert!(run.err.contains("no kiosk answers at unix:"), "{command:?}: {}", run.err);
            });
        }
    });
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[test]
fn a_tls_kiosk_that_says_nothing_is_told_so_too() {
    let folder = tempfile::tempdir().unwrap();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let kiosk = format!("https://127.0.0.1:{}", silent.local_addr().unwrap().port());
    // An authority is needed, and never used.
    let ca =
        common::write(folder.path(), "ca.pem", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n");
    let begun = Instant::now();
    let run = wetsign(&["--kiosk", &kiosk, "--ca", &ca, "status"]).exits(1);
    assert!(run.err.contains("no kiosk answers at https:"), "{}", run.err);
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
}

/// Runs a command whose standard output is this.
fn printing_to(stdout: impl Into<Stdio>, args: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_wetsign")).args(args).stdout(stdout).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn what_cannot_be_printed_is_an_error_and_a_reader_that_has_gone_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("k");
    let commands: [&[&str]; 3] =
        [&["key", "new", key.to_str().unwrap()], &["circuit", "info"], &["circuit", "info", "--json"]];
    for args in commands {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let (code, words) = printing_to(full, args);
        assert_eq!(code, Some(1), "{args:?}: {words}");
        assert!(words.contains("cannot write: No space left on device"), "{args:?}: {words}");
        assert!(!words.contains("panicked"), "{words}");
    }
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let (code, words) = printing_to(writer, &["circuit", "info"]);
    assert_eq!((code, words.as_str()), (Some(0), ""));
}
