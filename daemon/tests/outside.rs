//! What the outside does to the daemon's commands: nonsense in its configuration, a disk that is full, a reader that
//! has gone.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use tempfile::TempDir;

fn wetsignd(args: &[&str], stdout: impl Into<Stdio>) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_wetsignd"))
        .args(args)
        .stdout(stdout)
        .env("WETSIGN_CACHE", "/nonexistent/cache")
        .output()
        .unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

fn file(folder: &TempDir, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn refused(path: &Path) -> String {
    let (code, words) = wetsignd(&["run", "--config", path.to_str().unwrap()], Stdio::null());
    assert_eq!(code, Some(1), "{words}");
    words
}

#[test]
fn a_configuration_that_cannot_work_is_refused_by_file_value_and_rule() {
    let folder = tempfile::tempdir().unwrap();
    let key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    for (text, words) in [
        (format!("registry = {{ registrars = [\"{key}\"], needed = 2 }}"), "registry.needed = 2, but 1 to 1"),
        ("log.origin = \"a\\u000ab\"".into(), "log.origin"),
        ("state = \"~/wetsign\"".into(), "state = ~/wetsign, but the shell's ~ means nothing here"),
        (format!("api.socket = \"/run/{}\"", "a".repeat(107)), "1 to 107 bytes, this one 112"),
        (
            "api.tls.certificate = \"/a.pem\"".into(),
            "api.tls.certificate = /a.pem, but api.tls.address must be given",
        ),
        (
            "api.tls.client_ca = \"/a.pem\"".into(),
            "api.tls.client_ca = /a.pem, but api.tls.address must be given",
        ),
        ("session.challenge_s = 61".into(), "session.challenge_s = 61, but 1 to 60"),
        ("session.challenge_s = -1".into(), "session.challenge_s = -1"),
        ("api.tls.adress = \"\"".into(), "unknown field `adress`"),
    ] {
        let path = file(&folder, "wetsignd.toml", &text);
        let said = refused(&path);
        assert!(said.contains(words) && said.contains("wetsignd.toml"), "{text}: {said}");
    }
    // A flag may name the program too, so that no file is named for it.
    let said = refused(&file(&folder, "wetsignd.toml", "sensor.program = \"/nowhere/sensor\""));
    assert!(said.contains("sensor.program = /nowhere/sensor, but no program"), "{said}");
    let said = refused(&file(&folder, "wetsignd.toml", "sensor.program = \"wetsign-sensr\""));
    assert!(said.contains("sensor.program = wetsign-sensr, but no program of that name"), "{said}");
}

#[test]
fn a_configuration_that_is_none_is_named_and_never_read_without_end() {
    let folder = tempfile::tempdir().unwrap();
    let said = refused(&file(&folder, "other.toml", b"state = \"\xff\""));
    assert!(said.contains("other.toml") && said.contains("no UTF-8 text: byte 9"), "{said}");
    let said = refused(Path::new("/dev/zero"));
    assert!(said.contains("/dev/zero") && said.contains("more than 1048576 bytes"), "{said}");
    let said = refused(&folder.path().join("nowhere.toml"));
    assert!(said.contains("nowhere.toml") && said.contains("wetsignd config"), "{said}");
    let said = refused(&file(&folder, "escape.toml", "\u{1b}[2J = 1"));
    assert!(!said.contains('\u{1b}'), "{said:?}");
}

#[test]
fn a_reader_that_has_gone_is_no_failure_and_a_full_disk_is_one() {
    for args in [&["config"][..], &["--help"], &["--version"], &["store", "--help"]] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let (code, words) = wetsignd(args, full);
        assert_eq!(code, Some(1), "{args:?}: {words}");
        assert!(words.contains("cannot write: No space left on device"), "{args:?}: {words}");

        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        assert_eq!(wetsignd(args, writer), (Some(0), String::new()), "{args:?}");
    }
    let (code, words) = wetsignd(&["--no-such-flag"], Stdio::null());
    assert_eq!(code, Some(2), "{words}");
}

/// An empty machine: every row says what helps, and looking has changed nothing.
#[test]
fn a_doctor_names_what_is_amiss_with_its_remedy_and_leaves_everything_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let text = format!(
        "state = {state:?}\n[api]\nsocket = {:?}\n[element]\naddress = {:?}\n[sensor]\nprogram = \"/nowhere/sensor\"\n",
        folder.path().join("kiosk.sock"),
        format!("unix:{}", folder.path().join("element.sock").display()),
    );
    let config = file(&folder, "wetsignd.toml", text);

    let output = Command::new(env!("CARGO_BIN_EXE_wetsignd"))
        .args(["doctor", "--json", "--config"])
        .arg(&config)
        .env("WETSIGN_CACHE", "/nonexistent/cache")
        .output()
        .unwrap();

    assert_eq!(output.status.code(), Some(1));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["ok"], false);
    let rows = report["rows"].as_array().unwrap();
    for row in rows.iter().filter(|row| row["state"] != "well") {
        assert!(!row["remedy"].as_str().unwrap().is_empty(), "{row}");
    }
    let amiss: Vec<&str> =
        rows.iter().filter(|row| row["ok"] == false).map(|row| row["name"].as_str().unwrap()).collect();
    for name in ["ONNX Runtime", "network blazeface", "sensor program", "secure element"] {
        assert!(amiss.contains(&name), "{name}: {amiss:?}");
    }
    assert!(!state.exists(), "looking made a state folder");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "looking left something behind");
}

/// Hears what a service manager is told.
fn manager(folder: &TempDir) -> (std::os::unix::net::UnixDatagram, PathBuf) {
    let path = folder.path().join("notify");
    let socket = std::os::unix::net::UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(std::time::Duration::from_mins(5))).unwrap();
    (socket, path)
}

#[test]
fn a_service_manager_hands_over_the_socket_and_hears_that_the_daemon_is_up() {
    use std::os::fd::AsRawFd;

    let folder = tempfile::tempdir().unwrap();
    let (heard, notify) = manager(&folder);
    let place = folder.path().join("kiosk.sock");
    let listener = std::os::unix::net::UnixListener::bind(&place).unwrap();
    let config = file(
        &folder,
        "wetsignd.toml",
        format!(
            "state = {:?}\n[api]\nsocket = {place:?}\n[element]\naddress = {:?}\n",
            folder.path().join("state"),
            folder.path().join("element.sock"),
        ),
    );
    // systemd passes descriptor 3; the shell moves ours there.
    let script = format!(
        "exec 3<&{}; export LISTEN_FDS=1 LISTEN_PID=$$ WATCHDOG_PID=$$ WATCHDOG_USEC=3000000; exec \"$0\" run --config \"$1\"",
        listener.as_raw_fd()
    );
    rustix::io::fcntl_setfd(&listener, rustix::io::FdFlags::empty()).unwrap();
    let mut child = Command::new("/bin/sh")
        .args(["-c", &script, env!("CARGO_BIN_EXE_wetsignd")])
        .arg(&config)
        .env("NOTIFY_SOCKET", &notify)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();

    let mut words = Vec::new();
    let mut bytes = [0; 1024];
    while !words.iter().any(|said: &String| said.contains("WATCHDOG=1")) {
        let length = heard.recv(&mut bytes).expect("the manager is told nothing more");
        words.push(String::from_utf8_lossy(&bytes[..length]).into_owned());
    }
    assert!(words[0].contains("READY=1"), "{words:?}");
    assert!(std::os::unix::net::UnixStream::connect(&place).is_ok());

    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert!(child.wait().unwrap().success());
    assert!(place.exists(), "the socket is the manager's, and stays");
}

#[test]
fn who_only_looks_at_a_store_or_an_element_makes_neither() {
    let folder = tempfile::tempdir().unwrap();
    let (state, none) = (folder.path().join("elsewhere"), folder.path().join("none.bak"));
    let (state, none) = (state.to_str().unwrap(), none.to_str().unwrap());
    file(&folder, "letter.bak", "Dear Sir,");
    let letter = folder.path().join("letter.bak");
    let commands: [(&[&str], &str); 7] = [
        (&["store", "check"], "there is no store at"),
        (&["store", "backup", none], "there is no store at"),
        (&["store", "restore", none], "none.bak: cannot be read"),
        (&["store", "restore", letter.to_str().unwrap()], "is not a whole backup"),
        (&["element", "check"], "no secure element yet"),
        (&["element", "clear"], "no secure element yet"),
        (&["element", "provision", letter.to_str().unwrap()], "no secure element yet"),
    ];
    for (command, why) in commands {
        let (code, words) = wetsignd(&[command, &["--state", state]].concat(), Stdio::null());
        assert_eq!(code, Some(1), "{command:?}: {words}");
        assert!(words.contains(why), "{command:?}: {words}");
        let left: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
        assert_eq!(left, ["letter.bak"], "{command:?}");
    }
}

#[test]
fn a_log_that_cannot_be_written_stops_nothing() {
    let full = || Stdio::from(File::options().write(true).open("/dev/full").unwrap());
    let gone = || Stdio::from(std::io::pipe().unwrap().1);
    for lost in [&full as &dyn Fn() -> Stdio, &gone] {
        let folder = tempfile::tempdir().unwrap();
        let (heard, notify) = manager(&folder);
        let at = |name: &str| folder.path().join(name);
        let (socket, element) = (at("kiosk.sock"), format!("unix:{}", at("element.sock").display()));
        let mut child = Command::new(env!("CARGO_BIN_EXE_wetsignd"))
            .args(["run", "--element", &element, "--state"])
            .arg(at("state"))
            .arg("--socket")
            .arg(&socket)
            .env("NOTIFY_SOCKET", &notify)
            .stderr(lost())
            .spawn()
            .unwrap();
        let mut bytes = [0; 1024];
        let length = heard.recv(&mut bytes).expect("the manager is told nothing");
        assert!(String::from_utf8_lossy(&bytes[..length]).contains("READY=1"));
        assert!(std::os::unix::net::UnixStream::connect(&socket).is_ok());
        let pid = rustix::process::Pid::from_child(&child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0));
        assert!(!socket.exists());
    }
}
