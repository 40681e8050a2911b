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
    let authority = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let ca = common::write(folder.path(), "ca.pem", authority.cert.pem());
    let begun = Instant::now();
    let run = wetsign(&["--kiosk", &kiosk, "--ca", &ca, "status"]).exits(1);
    assert!(run.err.contains("no kiosk answers at https:"), "{}", run.err);
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
}

#[test]
fn files_for_tls_that_cannot_work_are_named_before_a_kiosk_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let other = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let write = |name: &str, text: &str| common::write(folder.path(), name, text);
    let (ca, own) = (write("ca.pem", &certificate), write("own.key", &key));
    let none = write("none.pem", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n");
    let locked = write("locked.key", &key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"));
    let foreign = write("foreign.key", &other.signing_key.serialize_pem());
    let der = common::write(folder.path(), "der.crt", made.cert.der());
    let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain(certificate.bytes().flat_map(|it| [it, 0])).collect();
    let wide = common::write(folder.path(), "wide.pem", wide);
    // An address where nothing listens: what is wrong is found first.
    let begin = ["status", "--kiosk", "https://127.0.0.1:1", "--ca"];
    let shown = [ca.as_str(), "--client-certificate", &ca, "--client-key"];
    for (args, file, why) in [
        (vec![own.as_str()], &own, "a certificate was expected, it holds PRIVATE KEY only"),
        (vec![&none], &none, "a certificate in it cannot be read"),
        (vec![&der], &der, "DER, which is binary"),
        (vec![&wide], &wide, "UTF-16"),
        ([&shown[..], &[&locked]].concat(), &locked, "is encrypted"),
        ([&shown[..], &[&foreign]].concat(), &foreign, "does not belong to the first certificate"),
        ([&shown[..], &[&ca]].concat(), &ca, "a private key was expected, it holds CERTIFICATE only"),
    ] {
        let run = wetsign(&[&begin[..], &args].concat()).exits(1);
        assert!(run.err.contains(why) && run.err.contains(file.as_str()), "{args:?}: {}", run.err);
    }
    // A mark that an editor left does no harm.
    let marked = write("marked.pem", &format!("\u{feff}{certificate}"));
    assert!(wetsign(&[&begin[..], &[&marked]].concat()).exits(1).err.contains("no kiosk answers"));
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
    let commands: [&[&str]; 6] = [
        &["key", "new", key.to_str().unwrap()],
        &["circuit", "info"],
        &["circuit", "info", "--json"],
        &["--help"],
        &["--version"],
        &["rules", "--help"],
    ];
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

#[test]
fn no_command_takes_anybodys_place() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let made = Command::new("mkfifo").arg(at("pipe")).status().unwrap();
    assert!(made.success());
    std::os::unix::fs::symlink(at("nowhere"), at("link")).unwrap();
    std::fs::write(at("precious"), "precious").unwrap();
    std::fs::write(at("precious.partial"), "precious").unwrap();
    wetsign(&["key", "new", &at("root.key")]).exits(0);
    wetsign(&["key", "new", &at("line.key")]).exits(0);
    let (root, public) = (at("root.key"), wetsign(&["key", "public", &at("line.key")]).exits(0).out);

    for taken in ["precious", "pipe", "link", "precious.partial"]
        .map(at)
        .iter()
        .map(String::as_str)
        .chain(["/dev/null"])
    {
        let appoint = ["provision", "appoint", "--root-key", &root, "--provisioner", public.trim()];
        let appoint = [&appoint[..], &["--name", "Line 2", "--hwmodel", "m", "--out", taken]].concat();
        let commands: [&[&str]; 5] = [
            &["key", "new", taken],
            &["circuit", "r1cs", "--out", taken],
            &["ceremony", "new", "--shape", "16,16,2", "--out", taken],
            &["ceremony", "beacon", "/dev/null", "--value", "00", "--out", taken],
            &appoint,
        ];
        for args in commands {
            let run = wetsign(args).exits(1);
            assert!(run.err.contains("is there already, and is not overwritten"), "{args:?}: {}", run.err);
        }
        if taken != at("precious") && taken != at("precious.partial") {
            let run = wetsign(&["circuit", "r1cs", "--force", "--out", taken]).exits(1);
            assert!(run.err.contains("is no plain file, and is not replaced"), "{}", run.err);
        }
    }
    for kept in ["precious", "precious.partial"] {
        assert_eq!(std::fs::read_to_string(at(kept)).unwrap(), "precious");
    }
    assert!(!std::path::Path::new(&at("nowhere")).exists());
}

#[test]
fn a_file_without_end_is_not_read_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let policy = common::write(folder.path(), "trust.toml", "version = 2");
    let commands: [&[&str]; 7] = [
        &["show", "/dev/zero"],
        &["verify", "/dev/zero", "--policy", &policy],
        &["verify", &policy, "--policy", "/dev/zero"],
        &["rules", "validate", "/dev/zero"],
        &["rules", "check", "--asset", "/dev/zero", "--request", "/dev/zero"],
        &["request", "submit", "/dev/zero", "--key", "/dev/zero"],
        &["status", "--kiosk", "https://127.0.0.1:1", "--ca", "/dev/zero"],
    ];
    for args in commands {
        let run = wetsign(args).exits(1);
        assert!(run.err.contains("/dev/zero has more than"), "{args:?}: {}", run.err);
    }
}
