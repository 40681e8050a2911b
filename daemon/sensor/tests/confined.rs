//! What the sensor cannot do any more once it is confined: it reads only what it needs, writes nothing and reaches
//! nobody.

#[path = "../../sandbox/tests/probes/mod.rs"]
mod probes;

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::fd::AsFd as _;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::fs::symlink;
use std::os::unix::net::{SocketAddr, UnixDatagram, UnixListener, UnixStream};
use std::path::Path;

use probes::{Deed, Program, hold, write};
use wetsign_sensor::sandbox::{Needs, enter};

const FORBIDDEN: [Deed; 10] = [
    Deed::new("make a file in the cache", &["files"], |at| {
        File::create(at.folder.join("cache/models/made")).map(drop)
    }),
    Deed::new("remove a file", &["files"], |at| fs::remove_file(at.folder.join("to-remove"))),
    Deed::new("rename a file", &["files"], |at| {
        fs::rename(at.folder.join("to-rename"), at.folder.join("renamed"))
    }),
    Deed::new("link a file", &["files"], |at| symlink(at.folder.join("own"), at.folder.join("linked"))),
    Deed::new("write to a device that is no camera", &["files"], |_| write(Path::new("/dev/null"))),
    Deed::new("open a terminal", &["files"], |_| {
        OpenOptions::new().read(true).write(true).open("/dev/ptmx").map(drop)
    }),
    Deed::new("shorten a file by name", &["system-calls"], |at| {
        nix::unistd::truncate(&at.folder.join("own"), 1).map_err(Into::into)
    }),
    Deed::new("connect to a socket with a name", &["network", "system-calls"], |at| {
        let name = SocketAddr::from_abstract_name(at.folder.as_os_str().as_encoded_bytes())?;
        UnixStream::connect_addr(&name).map(drop)
    }),
    Deed::new("send to a socket with a path", &["system-calls"], |at| {
        UnixDatagram::unbound()?.send_to(b"x", at.folder.join("datagrams")).map(drop)
    }),
    Deed::new("listen on a socket with a path", &["system-calls"], |at| {
        UnixListener::bind(at.folder.join("own-socket")).map(drop)
    }),
];

const ALLOWED: [Deed; 3] = [
    Deed::new("read a network", &[], |at| fs::read(at.folder.join("cache/models/net")).map(drop)),
    Deed::new("list the devices", &[], |_| fs::read_dir("/dev").map(drop)),
    Deed::new("speak over the socket that it was given", &[], |_| {
        UnixStream::from(std::io::stdin().as_fd().try_clone_to_owned()?).write_all(b"here")
    }),
];

fn main() {
    hold(&[Program {
        name: "sensor",
        furnish: |folder| {
            fs::create_dir_all(folder.join("cache/models")).unwrap();
            for file in ["to-remove", "to-rename", "cache/models/net"] {
                fs::write(folder.join(file), "something").unwrap();
            }
        },
        enter: |at| enter(Needs { cache: Some(&at.folder.join("cache")), recordings: false }),
        forbidden: FORBIDDEN.into(),
        allowed: ALLOWED.into(),
    }]);
}
