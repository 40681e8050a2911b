//! What the runner and its engine cannot do any more once they are confined, and what they still can.
//!
//! The confined process is this very program, told to try everything and to print what it could. It does so unconfined
//! first: what fails there too would say nothing. It has no test harness, because that has threads, and a process with
//! threads may not enter a user namespace.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::Command;

use wetsign_runner::confined::confine;
use wetsign_sandbox::{Needs, enter};

/// Where the player finds the folder, the port and who it is.
const TOLD: &str = "WETSIGN_TEST_CONFINED";

/// What it tries, and which layers stand in the way, each alone.
const FORBIDDEN: [(&str, &[&str]); 14] = [
    ("read a file of its user", &["files"]),
    ("read the list of users", &["files"]),
    ("list another folder", &["files"]),
    ("write a file of its user", &["files"]),
    ("write what it may read", &["files"]),
    ("make a file elsewhere", &["files"]),
    ("make a folder among its outputs", &["files", "system-calls"]),
    ("link a file", &["files", "system-calls"]),
    ("change a file's rights", &["system-calls"]),
    ("start a program", &["system-calls"]),
    ("connect to a socket with a path", &["system-calls"]),
    ("connect over TCP", &["network", "system-calls"]),
    ("send over UDP", &["network", "system-calls"]),
    ("listen on a socket with a path", &["system-calls"]),
];
/// What the runner does, and the engine may not.
const FILES: [&str; 3] = ["make a file among its outputs", "rename an output", "remove an output"];
const ALLOWED: [&str; 3] = ["read what it was told to", "start a thread", "ask about itself"];

fn main() {
    match std::env::var(TOLD) {
        Ok(told) => try_everything(&told),
        Err(_) => the_runner_writes_its_outputs_alone_and_the_engine_nothing_and_neither_reaches_anybody(),
    }
}

fn try_everything(told: &str) {
    let mut told = told.split('|');
    let (folder, port, who) = (told.next().unwrap(), told.next().unwrap(), told.next().unwrap());
    let folder = Path::new(folder);
    let (mine, out) = (folder.join("mine"), folder.join("out"));
    let confinement = match who {
        "runner" => Some(confine(vec![mine.clone()], vec![out.clone()])),
        "engine" => Some(enter(&Needs { read: vec![mine.clone()], ..Needs::default() })),
        _ => None,
    };
    if let Some(confinement) = confinement {
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
    say("list another folder", fs::read_dir(folder).map(drop));
    say("write a file of its user", write(&own));
    say("write what it may read", write(&mine));
    say("make a file elsewhere", File::create(folder.join("made")).map(drop));
    say("make a folder among its outputs", fs::create_dir(out.join("folder")));
    say("link a file", symlink(&own, out.join("linked")));
    say("change a file's rights", fs::set_permissions(&own, fs::Permissions::from_mode(0o777)));
    say("start a program", Command::new("/bin/true").status().map(drop));
    say("connect to a socket with a path", UnixStream::connect(folder.join("socket")).map(drop));
    say("connect over TCP", TcpStream::connect(format!("127.0.0.1:{port}")).map(drop));
    let send = || UdpSocket::bind("127.0.0.1:0")?.send_to(b"x", format!("127.0.0.1:{port}")).map(drop);
    say("send over UDP", send());
    say("listen on a socket with a path", UnixListener::bind(out.join("own-socket")).map(drop));

    say("make a file among its outputs", File::create(out.join("made")).map(drop));
    say("rename an output", fs::rename(out.join("to-rename"), out.join("renamed")));
    say("remove an output", fs::remove_file(out.join("to-remove")));

    say("read what it was told to", fs::read(&mine).map(drop));
    say("start a thread", std::thread::Builder::new().spawn(|| ()).map(|thread| thread.join().unwrap()));
    say("ask about itself", fs::read("/proc/self/status").map(drop));
}

/// Runs the player; what it said, by first word.
fn play(who: &str) -> BTreeMap<String, Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::create_dir(path.join("out")).unwrap();
    for file in ["own", "mine", "out/to-remove", "out/to-rename"] {
        fs::write(path.join(file), "something").unwrap();
    }
    let _listener = UnixListener::bind(path.join("socket")).unwrap();
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = tcp.local_addr().unwrap().port();
    let output = Command::new(std::env::current_exe().unwrap())
        .env(TOLD, format!("{}|{port}|{who}", path.display()))
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

fn the_runner_writes_its_outputs_alone_and_the_engine_nothing_and_neither_reaches_anybody() {
    let free = play("free");
    let did = |played: &BTreeMap<String, Vec<String>>, name: &str| {
        played.get("did").is_some_and(|did| did.iter().any(|did| did == name))
    };
    for name in FORBIDDEN.iter().map(|(name, _)| *name).chain(FILES).chain(ALLOWED) {
        assert!(did(&free, name), "unconfined it could not {name}: {free:?}");
    }
    for who in ["runner", "engine"] {
        let confined = play(who);
        println!("{who}: {}", confined["words"][0]);
        let writes = FILES.into_iter().filter(|_| who == "runner");
        for name in ALLOWED.into_iter().chain(writes) {
            assert!(did(&confined, name), "the {who} cannot {name}: {confined:#?}");
        }
        let layers = confined.get("layer").cloned().unwrap_or_default();
        let not_the_engine: Vec<(&str, &[&str])> =
            FILES.iter().filter(|_| who == "engine").map(|name| (*name, &["files"][..])).collect();
        for (name, against) in FORBIDDEN.into_iter().chain(not_the_engine) {
            if layers.iter().any(|held| against.contains(&held.as_str())) {
                assert!(!did(&confined, name), "the {who} could {name}: {confined:#?}");
            } else {
                println!("skipped, because this machine lets a process have no {against:?}: {name}");
            }
        }
    }
}
