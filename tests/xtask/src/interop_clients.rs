//! Whether libraries of other languages can call a kiosk: over its Unix socket, and over TLS.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Context as _;
use serde::Deserialize;

use crate::interop_java;
use crate::interop_row::{Row, scripts};
use crate::node;
use crate::programs;
use crate::python::Python;

/// What a client prints.
#[derive(Debug, Deserialize)]
struct Found {
    rows: Vec<Row>,
}

/// Has grpcio, grpc-js, Connect's gRPC-Web and grpc-java, which know nothing of this project, call a kiosk each; two of
/// them also as a person's paired device.
pub fn check(python: &Python, cache: &Path, folder: &Path) -> anyhow::Result<Vec<Row>> {
    let mut grpcio = python.command();
    grpcio.arg(scripts().join("clients.py"));
    let mut device = python.command();
    device.arg(scripts().join("companion.py"));
    let modules = node::prepare_interop(cache, &scripts())?.join("node_modules");
    let [grpc_js, grpc_web] = ["clients.mjs", "web.mjs"].map(|script| {
        let mut client = Command::new("node");
        client.env("NODE_MODULES", &modules).arg(scripts().join(script));
        client
    });
    let grpc_java = interop_java::client(cache, folder)?;

    let mut rows = Vec::new();
    let clients = [
        ("grpcio", grpcio, Kiosk::Empty),
        ("grpcio as a person's device", device, Kiosk::WithPhone),
        ("grpc-js", grpc_js, Kiosk::Empty),
        ("gRPC-Web", grpc_web, Kiosk::WithPhone),
        ("grpc-java", grpc_java, Kiosk::Empty),
    ];
    for (name, client, kind) in clients {
        eprintln!("Calling a kiosk with {name} …");
        let found = call(&client, kind, cache, &folder.join("kiosk"));
        rows.extend(found.with_context(|| format!("{name} failed"))?);
    }
    Ok(rows)
}

/// Who is known at the kiosk that is called.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kiosk {
    /// Nobody.
    Empty,
    /// Somebody who enrolled with a phone.
    WithPhone,
}

/// Starts a kiosk in `kiosk`, and `client` beside it.
fn call(client: &Command, kind: Kiosk, cache: &Path, kiosk: &Path) -> anyhow::Result<Vec<Row>> {
    if kiosk.exists() {
        fs::remove_dir_all(kiosk).with_context(|| format!("cannot clear {}", kiosk.display()))?;
    }
    let mut command = programs::program("clients")?;
    if kind == Kiosk::WithPhone {
        command.arg("--phone");
    }
    command.arg("--folder").arg(kiosk).arg("--").arg("env").args(settings(client));
    command.arg(client.get_program()).args(client.get_args()).env("WETSIGN_CACHE", cache);
    let output = command.output().context("cannot start the kiosk for clients")?;
    let Found { rows } = serde_json::from_slice(&output.stdout)
        .with_context(|| String::from_utf8_lossy(&output.stderr).trim().to_owned())?;
    anyhow::ensure!(!rows.is_empty(), "it checked nothing");
    Ok(rows)
}

/// The client's environment as arguments of `env`: the kiosk beside it has its own.
fn settings(client: &Command) -> Vec<std::ffi::OsString> {
    let (mut unset, mut set) = (Vec::new(), Vec::new());
    for (name, value) in client.get_envs() {
        match value {
            Some(value) => set.push([name, "=".as_ref(), value].into_iter().collect()),
            None => unset.extend(["-u".into(), name.to_owned()]),
        }
    }
    unset.into_iter().chain(set).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clients_environment_is_its_own() {
        let mut client = Command::new("node");
        client.env("NODE_MODULES", "/a b").env_remove("PYTHONPATH");
        assert_eq!(settings(&client), ["-u", "PYTHONPATH", "NODE_MODULES=/a b"]);
    }
}
