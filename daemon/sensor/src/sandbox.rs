//! What this program gives up before it loads a network or reads a frame, as far as the kernel lets it: it reads ONNX
//! Runtime, the networks and how sound is set up, writes to video nodes and sound devices, and reaches nobody. What is
//! in force is told to the daemon, which shows it to the operator and writes it into the signed report.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use wetsign_sandbox::Calls;
pub use wetsign_sandbox::Confinement;

/// How sound is set up, and what the kernel tells of devices.
const SOUND: [&str; 4] = ["/etc/alsa", "/etc/asound.conf", "/proc/asound", "/sys/class"];
/// Below the home folder: how this user's sound is set up.
const OWN_SOUND: [&str; 2] = [".asoundrc", ".config/alsa"];
/// Below the cache folder.
const OF_CACHE: [&str; 2] = ["onnxruntime", "models"];

/// What the program has to read beside the system's libraries and its devices.
#[derive(Clone, Copy, Debug, Default)]
pub struct Needs<'a> {
    /// The cache folder, of which it reads ONNX Runtime and the networks.
    pub cache: Option<&'a Path>,
    /// Recordings lie anywhere: whoever accepts them as sources lets the program read what its user may read.
    pub recordings: bool,
}

/// The video nodes that there are. Landlock opens nodes, not names: one that is plugged in later is closed to this
/// process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VideoNodes(BTreeSet<(PathBuf, u64)>);

impl VideoNodes {
    /// Those of this moment.
    pub fn now() -> Self {
        let entries = fs::read_dir("/dev").into_iter().flatten().flatten();
        let nodes = entries.filter(|entry| {
            let name = entry.file_name();
            let number = name.to_str().and_then(|name| name.strip_prefix("video"));
            number.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
        });
        Self(nodes.filter_map(|node| Some((node.path(), node.metadata().ok()?.ino()))).collect())
    }
}

/// Confines the calling thread and all that it starts from here on. To be called before any other thread exists.
pub fn enter(needs: Needs<'_>) -> Confinement {
    let home = env::var_os("HOME").map(PathBuf::from);
    let own = OWN_SOUND.iter().filter_map(|own| Some(home.as_ref()?.join(own)));
    let cached = OF_CACHE.iter().filter_map(|part| Some(needs.cache?.join(part)));
    let nodes = VideoNodes::now().0.into_iter().map(|(node, _)| node);
    wetsign_sandbox::enter(&wetsign_sandbox::Needs {
        read: SOUND.iter().map(PathBuf::from).chain(own).chain(cached).collect(),
        read_all: needs.recordings,
        list: vec!["/dev".into()],
        drive: nodes.chain([PathBuf::from("/dev/snd")]).collect(),
        write: Vec::new(),
        calls: Calls { talk: true, devices: true, ..Calls::default() },
    })
}
