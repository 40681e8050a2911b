//! `wetsign release`: a maker signs, a kiosk takes, and never goes back.
#![allow(missing_docs, dead_code)]

mod common;

use std::path::Path;
use std::process::Command;

use common::{Run, wetsign};

/// Makes a package of this version; `None` on a machine without Debian's tools.
fn package(folder: &Path, version: &str) -> Option<String> {
    let root = folder.join(version);
    std::fs::create_dir_all(root.join("DEBIAN")).unwrap();
    let control = format!(
        "Package: wetsign\nVersion: {version}\nArchitecture: amd64\nMaintainer: a maker <maker@example.org>\n\
         Description: nothing\n"
    );
    std::fs::write(root.join("DEBIAN/control"), control).unwrap();
    let file = folder.join(format!("wetsign_{version}.deb"));
    let made =
        Command::new("dpkg-deb").args(["--root-owner-group", "--build"]).arg(&root).arg(&file).output();
    made.ok().filter(|made| made.status.success()).map(|_| file.to_str().unwrap().to_owned())
}

struct Kiosk {
    folder: tempfile::TempDir,
    maker: String,
}

impl Kiosk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = folder.path().join("maker.key");
        let maker = wetsign(&["key", "new", key.to_str().unwrap()]).exits(0).first().to_owned();
        Self { folder, maker }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn sign(&self, package: &str, number: &str) -> String {
        let (key, out) = (self.path("maker.key"), self.path(&format!("release-{number}")));
        wetsign(&["release", "sign", package, "--number", number, "--key", &key, "--out", &out]).exits(0);
        out
    }

    fn take(&self, package: &str, release: &str) -> Run {
        let memory = self.path("memory.json");
        wetsign(&[
            "release",
            "take",
            package,
            "--release",
            release,
            "--maker",
            &self.maker,
            "--memory",
            &memory,
        ])
    }
}

#[test]
fn a_kiosk_takes_what_its_maker_signed_and_never_goes_back() {
    let kiosk = Kiosk::new();
    let Some(old) = package(kiosk.folder.path(), "0.1.0") else { return };
    let new = package(kiosk.folder.path(), "0.2.0").unwrap();
    let (first, second) = (kiosk.sign(&old, "1"), kiosk.sign(&new, "2"));
    assert!(kiosk.take(&old, &first).exits(0).first().contains("wetsign 0.1.0 (release 1) may be installed"));
    assert!(kiosk.take(&new, &first).exits(2).first().contains("the release is about"));
    kiosk.take(&new, &second).exits(0);
    kiosk.take(&new, &second).exits(0);
    assert!(kiosk.take(&old, &first).exits(2).first().contains("a kiosk does not go back"));
}

#[test]
fn a_release_by_somebody_else_or_none_at_all_is_no_release() {
    let (kiosk, stranger) = (Kiosk::new(), Kiosk::new());
    let Some(package) = package(kiosk.folder.path(), "0.1.0") else { return };
    let theirs = stranger.sign(&package, "9");
    assert!(kiosk.take(&package, &theirs).exits(2).first().contains("which --maker does not name"));
    kiosk.take(&package, &package).exits(1);
    assert!(!Path::new(&kiosk.path("memory.json")).exists());
}
