//! A program that runs networks looks nothing up and leaves nothing behind, whatever its user set.

use std::fs;
use std::process::{Command, Stdio};

use wetsign_models::store::cache_dir;

#[test]
fn networks_that_run_look_nothing_up_and_leave_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let (home, trace) = (folder.path().join("home"), folder.path().join("trace"));
    fs::create_dir(&home).unwrap();
    let mut trial = Command::new("strace");
    trial.args(["-o", "/dev/null", "true"]).stderr(Stdio::null());
    let traced = trial.status().is_ok_and(|status| status.success());
    let mut command = if traced {
        let mut strace = Command::new("strace");
        strace.args(["-f", "-qq", "-e", "trace=network", "-o"]).arg(&trace);
        strace.arg(env!("CARGO_BIN_EXE_wetsign-lab"));
        strace
    } else {
        println!(
            "skipped: strace is missing or may not trace here (Debian: apt-get install strace): look-ups are not counted"
        );
        Command::new(env!("CARGO_BIN_EXE_wetsign-lab"))
    };
    command.args(["bench", "--runs", "1"]).env("WETSIGN_CACHE", cache_dir().unwrap());
    // As of a user who asked for telemetry: the program's own word counts.
    command.env("HOME", &home).env_remove("XDG_CACHE_HOME").env("ORT_DISABLE_TELEMETRY", "0");

    let output = command.current_dir(&home).output().unwrap();

    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let left: Vec<_> = fs::read_dir(&home).unwrap().flatten().map(|entry| entry.path()).collect();
    assert!(left.is_empty(), "it left {left:?}");
    if traced {
        let calls = fs::read_to_string(&trace).unwrap();
        let sockets: Vec<_> = calls.lines().filter(|line| line.contains("socket(")).collect();
        assert!(sockets.is_empty(), "{sockets:#?}");
    }
}
