//! What can a confined program still do? For the tests of every program that confines itself.
//!
//! The test program starts itself again, as each confined program in turn, to try everything and to print what it
//! could. It does so unconfined first: what fails there too would say nothing. It has no test harness, because that has
//! threads, and a process with threads may not enter a user namespace.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{Result, Write as _};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::OwnedFd;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram, UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use wetsign_sandbox::Confinement;

/// Where the second process finds what it is.
const TOLD: &str = "WETSIGN_TEST_CONFINED";

/// Where everything is tried: a folder with a file `own`, and somebody who listens.
pub struct Ground {
    /// The folder.
    pub folder: PathBuf,
    /// A TCP port on which somebody listens.
    pub port: u16,
}

/// One thing to try.
#[derive(Clone, Copy)]
pub struct Deed {
    /// What is tried.
    pub name: &'static str,
    /// Layers that stand in its way, each of them alone.
    pub against: &'static [&'static str],
    /// Tries it.
    pub attempt: fn(&Ground) -> Result<()>,
}

impl Deed {
    pub const fn new(
        name: &'static str,
        against: &'static [&'static str],
        attempt: fn(&Ground) -> Result<()>,
    ) -> Self {
        Self { name, against, attempt }
    }
}

/// A program that confines itself.
pub struct Program {
    /// Its name.
    pub name: &'static str,
    /// Puts into the folder what the deeds need.
    pub furnish: fn(&Path),
    /// Confines the process.
    pub enter: fn(&Ground) -> Confinement,
    /// What it cannot do any more, beside [`FORBIDDEN`].
    pub forbidden: Vec<Deed>,
    /// What it still can, beside [`ALLOWED`].
    pub allowed: Vec<Deed>,
}

pub fn write(path: &Path) -> Result<()> {
    OpenOptions::new().write(true).open(path)?.write_all(b"x")
}

/// What no confined program can do.
pub const FORBIDDEN: [Deed; 10] = [
    Deed::new("read a file of its user", &["files"], |at| fs::read(at.folder.join("own")).map(drop)),
    Deed::new("read the list of users", &["files"], |_| fs::read("/etc/passwd").map(drop)),
    Deed::new("list a folder", &["files"], |at| fs::read_dir(&at.folder).map(drop)),
    Deed::new("write a file of its user", &["files"], |at| write(&at.folder.join("own"))),
    Deed::new("make a file", &["files"], |at| File::create(at.folder.join("made")).map(drop)),
    Deed::new("change a file's rights", &["system-calls"], |at| {
        fs::set_permissions(at.folder.join("own"), Permissions::from_mode(0o777))
    }),
    Deed::new("start a program", &["system-calls"], |_| Command::new("/bin/true").status().map(drop)),
    Deed::new("connect to a socket with a path", &["system-calls"], |at| {
        UnixStream::connect(at.folder.join("socket")).map(drop)
    }),
    Deed::new("connect over TCP", &["network", "system-calls"], |at| {
        TcpStream::connect(("127.0.0.1", at.port)).map(drop)
    }),
    Deed::new("send over UDP", &["network", "system-calls"], |at| {
        UdpSocket::bind("127.0.0.1:0")?.send_to(b"x", ("127.0.0.1", at.port)).map(drop)
    }),
];

/// What every confined program still can.
pub const ALLOWED: [Deed; 3] = [
    Deed::new("read a library", &[], |_| {
        let library = fs::read_dir("/usr/lib")?.flatten().find(|entry| entry.path().is_file());
        library.map_or(Ok(()), |entry| fs::read(entry.path()).map(drop))
    }),
    Deed::new("start a thread", &[], |_| {
        std::thread::Builder::new().spawn(|| ()).map(|thread| thread.join().unwrap())
    }),
    Deed::new("ask about itself", &[], |_| fs::read("/proc/self/status").map(drop)),
];

/// The whole test program: each of them is held to what it gives up.
pub fn hold(programs: &[Program]) {
    match std::env::var(TOLD) {
        Ok(told) => try_everything(&told, programs),
        Err(_) => {
            programs.iter().for_each(hold_one);
            // As a test harness says it, for whoever counts.
            println!("test result: ok. {} passed; 0 failed; 0 ignored", programs.len());
        }
    }
}

fn try_everything(told: &str, programs: &[Program]) {
    let [folder, port, name, how] = told.split('|').collect::<Vec<_>>().try_into().unwrap();
    let ground = Ground { folder: folder.into(), port: port.parse().unwrap() };
    let program = programs.iter().find(|program| program.name == name).unwrap();
    if how == "confined" {
        let confinement = (program.enter)(&ground);
        println!("words {}", confinement.words());
        confinement.in_force().iter().for_each(|layer| println!("layer {layer}"));
    }
    for deed in FORBIDDEN.iter().chain(&program.forbidden).chain(&ALLOWED).chain(&program.allowed) {
        match (deed.attempt)(&ground) {
            Ok(()) => println!("did {}", deed.name),
            Err(error) => println!("not {}: {error}", deed.name),
        }
    }
}

/// What a process said, by first word.
struct Said(BTreeMap<String, Vec<String>>);

impl Said {
    fn of(&self, word: &str) -> &[String] {
        self.0.get(word).map_or(&[], Vec::as_slice)
    }

    fn did(&self, deed: &Deed) -> bool {
        self.of("did").iter().any(|did| did == deed.name)
    }
}

fn play(program: &Program, how: &str) -> Said {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::write(path.join("own"), "something").unwrap();
    (program.furnish)(path);
    let name = SocketAddr::from_abstract_name(path.as_os_str().as_encoded_bytes()).unwrap();
    let _listeners = (
        UnixListener::bind(path.join("socket")).unwrap(),
        UnixDatagram::bind(path.join("datagrams")).unwrap(),
        UnixListener::bind_addr(&name).unwrap(),
    );
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = tcp.local_addr().unwrap().port();
    let (_ours, theirs) = UnixStream::pair().unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .env(TOLD, format!("{}|{port}|{}|{how}", path.display(), program.name))
        .stdin(Stdio::from(OwnedFd::from(theirs)))
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let mut sorted: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (word, rest) in said.lines().filter_map(|line| line.split_once(' ')) {
        sorted.entry(word.to_owned()).or_default().push(rest.to_owned());
    }
    Said(sorted)
}

fn hold_one(program: &Program) {
    let name = program.name;
    let forbidden = || FORBIDDEN.iter().chain(&program.forbidden);
    let allowed = || ALLOWED.iter().chain(&program.allowed);
    let free = play(program, "free");
    for deed in forbidden().chain(allowed()) {
        assert!(free.did(deed), "unconfined the {name} could not {}: {:#?}", deed.name, free.0);
    }

    let confined = play(program, "confined");
    println!("{name}: {}", confined.of("words")[0]);
    for deed in allowed() {
        assert!(confined.did(deed), "the {name} cannot {}: {:#?}", deed.name, confined.0);
    }
    for deed in forbidden() {
        if confined.of("layer").iter().any(|held| deed.against.contains(&held.as_str())) {
            assert!(!confined.did(deed), "the {name} could {}: {:#?}", deed.name, confined.0);
        } else {
            let against = deed.against;
            println!("skipped, because this machine lets a process have no {against:?}: {}", deed.name);
        }
    }
}
