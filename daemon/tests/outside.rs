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
