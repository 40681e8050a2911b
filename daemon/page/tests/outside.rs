//! What the outside does to the page's program: a recording without end, an address that cannot be told.
#![allow(missing_docs)]

use std::{
    fs::File,
    path::Path,
    process::{Command, Stdio},
};

/// Exit code and standard error.
fn page(args: &[&str], out: impl Into<Stdio>) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wetsign-page"));
    let output = command.args(args).stdout(out).stderr(Stdio::piped()).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

fn recording() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    files.sort();
    files.first().unwrap().to_str().unwrap().to_owned()
}

#[test]
fn a_recording_without_end_is_not_read_to_it() {
    let (code, words) = page(&["--simulate", "/dev/zero"], Stdio::null());
    assert_eq!(code, Some(1), "{words}");
    assert!(words.contains("/dev/zero has more than 4194304 bytes"), "{words}");
}

#[test]
fn nothing_is_served_at_an_address_that_could_not_be_told() {
    let full = File::options().write(true).open("/dev/full").unwrap();
    let (code, words) = page(&["--simulate", &recording()], full);
    assert_eq!(code, Some(1), "{words}");
    assert!(words.contains("cannot write: No space left on device"), "{words}");
}
