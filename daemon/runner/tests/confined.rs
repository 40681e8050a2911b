//! What the runner cannot do any more once it is confined: it writes its outputs alone.

#[path = "../../sandbox/tests/probes/mod.rs"]
mod probes;

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;

use probes::{Deed, Program, hold, write};
use wetsign_runner::confined::confine;

fn main() {
    hold(&[Program {
        name: "runner",
        furnish: |folder| {
            fs::create_dir(folder.join("out")).unwrap();
            for file in ["mine", "out/to-remove", "out/to-rename"] {
                fs::write(folder.join(file), "something").unwrap();
            }
        },
        enter: |at| confine(vec![at.folder.join("mine")], vec![at.folder.join("out")]),
        forbidden: vec![
            Deed::new("write what it may read", &["files"], |at| write(&at.folder.join("mine"))),
            Deed::new("make a folder among its outputs", &["files", "system-calls"], |at| {
                fs::create_dir(at.folder.join("out/folder"))
            }),
            Deed::new("link a file", &["files", "system-calls"], |at| {
                symlink(at.folder.join("own"), at.folder.join("out/linked"))
            }),
            Deed::new("listen on a socket with a path", &["system-calls"], |at| {
                UnixListener::bind(at.folder.join("out/own-socket")).map(drop)
            }),
        ],
        allowed: vec![
            Deed::new("read what it was told to", &[], |at| fs::read(at.folder.join("mine")).map(drop)),
            Deed::new("make a file among its outputs", &[], |at| {
                File::create(at.folder.join("out/made")).map(drop)
            }),
            Deed::new("rename an output", &[], |at| {
                fs::rename(at.folder.join("out/to-rename"), at.folder.join("out/renamed"))
            }),
            Deed::new("remove an output", &[], |at| fs::remove_file(at.folder.join("out/to-remove"))),
        ],
    }]);
}
