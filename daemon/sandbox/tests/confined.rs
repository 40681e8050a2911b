//! What a program cannot do any more that needs to read one folder and nothing else, as `wetsign-engine` does.

mod probes;

use std::fs::{self, File};

use probes::{Deed, Program, hold, write};
use wetsign_sandbox::{Needs, enter};

fn main() {
    hold(&[Program {
        name: "reader",
        furnish: |folder| {
            fs::write(folder.join("mine"), "something").unwrap();
            fs::create_dir(folder.join("out")).unwrap();
            for file in ["to-rename", "to-remove"] {
                fs::write(folder.join("out").join(file), "something").unwrap();
            }
        },
        enter: |at| enter(&Needs { read: vec![at.folder.join("mine")], ..Needs::default() }),
        forbidden: vec![
            Deed::new("write what it may read", &["files"], |at| write(&at.folder.join("mine"))),
            Deed::new("make a file in another folder", &["files"], |at| {
                File::create(at.folder.join("out/made")).map(drop)
            }),
            Deed::new("rename a file", &["files"], |at| {
                fs::rename(at.folder.join("out/to-rename"), at.folder.join("out/renamed"))
            }),
            Deed::new("remove a file", &["files"], |at| fs::remove_file(at.folder.join("out/to-remove"))),
        ],
        allowed: vec![Deed::new("read what it was told to", &[], |at| {
            fs::read(at.folder.join("mine")).map(drop)
        })],
    }]);
}
