//! grpc-java as Debian builds it, unpacked into the cache, and the client that is compiled against it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

use crate::debian::{Bundle, Tree};
use crate::interop_row::scripts;
use crate::process;

/// What TLS needs in C, with what it needs in turn.
const NATIVE: [&str; 1] = ["libnetty-tcnative-jni"];
/// grpc-java and what it is made of; test libraries that they name as well are left out.
const JARS: [&str; 6] = [
    "libgrpc-java",
    "libnetty-java",
    "libnetty-tcnative-java",
    "libguava-java",
    "libopencensus-java",
    "libperfmark-java",
];
/// The jars that are used, without their endings.
const CLASSES: [&str; 20] = [
    "grpc-api",
    "grpc-context",
    "grpc-core",
    "grpc-netty",
    "grpc-stub",
    "guava",
    "netty-buffer",
    "netty-codec",
    "netty-codec-http",
    "netty-codec-http2",
    "netty-codec-socks",
    "netty-common",
    "netty-handler",
    "netty-handler-proxy",
    "netty-resolver",
    "netty-tcnative",
    "netty-transport",
    "netty-transport-native-unix-common",
    "opencensus-api",
    "perfmark-api",
];
const SOURCES: [&str; 2] = ["Clients.java", "UnixChannel.java"];
/// Debian's name for the library, and the one that Debian's own netty looks for.
const LIBRARY: (&str, &str) = ("usr/lib/x86_64-linux-gnu/jni/libnetty-tcnative.so", "libnetty_tcnative.so");
/// Where libraries of Debian lie that came with it.
const LIBRARIES: &str = "usr/lib/x86_64-linux-gnu";

/// A client in Java, up to its own arguments; compiled into `folder`.
pub fn client(cache: &Path, folder: &Path) -> anyhow::Result<Command> {
    ensure!(
        process::on_path("java") && process::on_path("javac"),
        "java and javac are needed (Debian: apt-get install default-jdk-headless; 16 or later, for Unix sockets)"
    );
    let tree = Bundle::new("grpc-java", &NATIVE, &JARS).bring(cache)?;
    let folder = folder.join("java");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    // By Debian's name netty does not find it, and through a link the library refuses to be used.
    let library = tree.path(LIBRARY.0);
    fs::copy(&library, folder.join(LIBRARY.1))
        .with_context(|| format!("cannot copy {}", library.display()))?;
    let classes = classes(&tree, &folder)?;
    let mut compile = Command::new("javac");
    compile.arg("-nowarn").arg("-d").arg(&folder).arg("-cp").arg(&classes);
    compile.args(SOURCES.map(|name| scripts().join(name)));
    process::quietly(&mut compile, &folder.join("javac.log"), || ())
        .context("the client in Java does not compile")?;
    let mut java = Command::new("java");
    java.arg(format!("-Djava.library.path={}", folder.display())).arg("-cp").arg(classes).arg("Clients");
    java.env("LD_LIBRARY_PATH", tree.path(LIBRARIES));
    Ok(java)
}

fn classes(tree: &Tree, own: &Path) -> anyhow::Result<std::ffi::OsString> {
    let jars = CLASSES.map(|name| tree.path("usr/share/java").join(name).with_extension("jar"));
    for jar in &jars {
        ensure!(jar.is_file(), "the unpacked packages hold no {}", jar.display());
    }
    let all: Vec<PathBuf> = jars.into_iter().chain([own.to_owned()]).collect();
    std::env::join_paths(all).context("a path with a colon cannot be given to java")
}
