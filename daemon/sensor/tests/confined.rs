//! What a confined process cannot do any more, and what it still can.
//!
//! The confined process is this very program, told to try everything and to print what it could. It does so unconfined
//! first: what fails there too would say nothing. It has no test harness, because that has threads, and a process with
//! threads may not enter a user namespace.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::{SocketAddr, UnixDatagram, UnixListener, UnixStream};
use std::path::Path;
use std::process::{Command, Stdio};

use wetsign_sensor::sandbox::{Needs, enter};

/// Where the player finds the folder, the port and whether it is confined.
const TOLD: &str = "WETSIGN_TEST_CONFINED";

/// What it tries, and which layers stand in the way, each alone.
const FORBIDDEN: [(&str, &[&str]); 20] = [
    ("read a file of its user", &["files"]),
    ("read the list of users", &["files"]),
    ("list the folder", &["files"]),
    ("write a file of its user", &["files"]),
    ("make a file", &["files"]),
    ("make a file in the cache", &["files"]),
    ("remove a file", &["files"]),
    ("rename a file", &["files"]),
    ("link a file", &["files"]),
    ("write to a device that is no camera", &["files"]),
    ("open a terminal", &["files"]),
    ("change a file's rights", &["system-calls"]),
    ("shorten a file by name", &["system-calls"]),
    ("start a program", &["system-calls"]),
    ("connect to a socket with a path", &["system-calls"]),
    ("connect to a socket with a name", &["network", "system-calls"]),
    ("send to a socket with a path", &["system-calls"]),
    ("connect over TCP", &["network", "system-calls"]),
    ("send over UDP", &["network", "system-calls"]),
    ("listen on a socket with a path", &["system-calls"]),
];
const ALLOWED: [&str; 6] = [
    "read a library",
    "read a network",
    "list the devices",
    "start a thread",
    "ask about itself",
    "speak over the socket that it was given",
];

fn main() {
    match std::env::var(TOLD) {
        Ok(told) => try_everything(&told),
        Err(_) => a_confined_process_reads_only_what_it_needs_writes_nothing_and_reaches_nobody(),
    }
}

fn try_everything(told: &str) {
    let mut told = told.split('|');
    let (folder, port, confined) = (told.next().unwrap(), told.next().unwrap(), told.next().unwrap());
    let folder = Path::new(folder);
    let inherited = std::io::stdin();
    if confined == "confined" {
        let confinement = enter(Needs { cache: Some(&folder.join("cache")), recordings: false });
        println!("words {}", confinement.words());
        confinement.in_force().iter().for_each(|layer| println!("layer {layer}"));
    }
    let own = folder.join("own");
    let say = |name: &str, done: std::io::Result<()>| match done {
        Ok(()) => println!("did {name}"),
        Err(error) => println!("not {name}: {error}"),
    };
    let write = |path: &Path| OpenOptions::new().write(true).open(path)?.write_all(b"x");
    say("read a file of its user", fs::read(&own).map(drop));
    say("read the list of users", fs::read("/etc/passwd").map(drop));
    say("list the folder", fs::read_dir(folder).map(drop));
    say("write a file of its user", write(&own));
    say("make a file", File::create(folder.join("made")).map(drop));
    say("make a file in the cache", File::create(folder.join("cache/models/made")).map(drop));
    say("remove a file", fs::remove_file(folder.join("to-remove")));
    say("rename a file", fs::rename(folder.join("to-rename"), folder.join("renamed")));
    say("link a file", symlink(&own, folder.join("linked")));
    say("write to a device that is no camera", write(Path::new("/dev/null")));
    say("open a terminal", OpenOptions::new().read(true).write(true).open("/dev/ptmx").map(drop));
    say("change a file's rights", fs::set_permissions(&own, fs::Permissions::from_mode(0o777)));
    say("shorten a file by name", nix::unistd::truncate(&own, 1).map_err(Into::into));
    say("start a program", Command::new("/bin/true").status().map(drop));
    say("connect to a socket with a path", UnixStream::connect(folder.join("socket")).map(drop));
    let name = SocketAddr::from_abstract_name(folder.as_os_str().as_encoded_bytes()).unwrap();
    say("connect to a socket with a name", UnixStream::connect_addr(&name).map(drop));
    let send = || UnixDatagram::unbound()?.send_to(b"x", folder.join("datagrams")).map(drop);
    say("send to a socket with a path", send());
    say("connect over TCP", TcpStream::connect(format!("127.0.0.1:{port}")).map(drop));
    let send = || UdpSocket::bind("127.0.0.1:0")?.send_to(b"x", format!("127.0.0.1:{port}")).map(drop);
    say("send over UDP", send());
    say("listen on a socket with a path", UnixListener::bind(folder.join("own-socket")).map(drop));

    let library = fs::read_dir("/usr/lib").unwrap().flatten().find(|entry| entry.path().is_file());
    say("read a library", library.map_or(Ok(()), |entry| fs::read(entry.path()).map(drop)));
    say("read a network", fs::read(folder.join("cache/models/net")).map(drop));
    say("list the devices", fs::read_dir("/dev").map(drop));
    say("start a thread", std::thread::Builder::new().spawn(|| ()).map(|thread| thread.join().unwrap()));
    say("ask about itself", fs::read("/proc/self/status").map(drop));
    let mut link = UnixStream::from(inherited.as_fd().try_clone_to_owned().unwrap());
    say("speak over the socket that it was given", link.write_all(b"here"));
}

/// Runs the player; what it said, by first word.
fn play(confined: bool) -> BTreeMap<String, Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::create_dir_all(path.join("cache/models")).unwrap();
    for file in ["own", "to-remove", "to-rename", "cache/models/net"] {
        fs::write(path.join(file), "something").unwrap();
    }
    let _listeners = (
        UnixListener::bind(path.join("socket")).unwrap(),
        UnixDatagram::bind(path.join("datagrams")).unwrap(),
        UnixListener::bind_addr(
            &SocketAddr::from_abstract_name(path.as_os_str().as_encoded_bytes()).unwrap(),
        ),
    );
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = tcp.local_addr().unwrap().port();
    let (_ours, theirs) = UnixStream::pair().unwrap();
    let how = if confined { "confined" } else { "free" };
    let output = Command::new(std::env::current_exe().unwrap())
        .env(TOLD, format!("{}|{port}|{how}", path.display()))
        .stdin(Stdio::from(OwnedFd::from(theirs)))
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let mut sorted: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (word, rest) in said.lines().filter_map(|line| line.split_once(' ')) {
        sorted.entry(word.to_owned()).or_default().push(rest.to_owned());
    }
    sorted
}

fn a_confined_process_reads_only_what_it_needs_writes_nothing_and_reaches_nobody() {
    let free = play(false);
    for name in FORBIDDEN.iter().map(|(name, _)| *name).chain(ALLOWED) {
        assert!(free["did"].iter().any(|did| did == name), "unconfined it could not {name}: {free:?}");
    }

    let confined = play(true);

    println!("{}", confined["words"][0]);
    for name in ALLOWED {
        assert!(confined["did"].iter().any(|did| did == name), "it cannot {name}: {confined:#?}");
    }
    let layers = confined.get("layer").cloned().unwrap_or_default();
    for (name, against) in FORBIDDEN {
        if layers.iter().any(|held| against.contains(&held.as_str())) {
            assert!(!confined["did"].iter().any(|did| did == name), "it could {name}: {confined:#?}");
        } else {
            println!("skipped, because this machine lets a process have no {against:?}: {name}");
        }
    }
}
