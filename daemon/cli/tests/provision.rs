//! `wetsign provision`: from a root's key to the chain that an element keeps.
#![allow(missing_docs, dead_code)]

mod common;

use common::{wetsign, write};
use serde_json::json;
use wetsign_attest::object::CertificateChain;

const MODEL: &str = "wetsign-software-element";

struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap() };
        for key in ["root.key", "provisioner.key"] {
            wetsign(&["key", "new", &desk.path(key)]).exits(0);
        }
        desk
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn public(&self, name: &str) -> String {
        wetsign(&["key", "public", &self.path(name)]).exits(0).first().to_owned()
    }

    fn appoint(&self, model: &str) -> common::Run {
        let (root, provisioner) = (self.path("root.key"), self.public("provisioner.key"));
        let out = self.path("provisioner.cert");
        wetsign(&[
            "provision",
            "appoint",
            "--root-key",
            &root,
            "--provisioner",
            &provisioner,
            "--name",
            "a maker",
            "--hwmodel",
            model,
            "--out",
            &out,
        ])
    }

    fn device(&self, tamper: u8, key: &str) -> common::Run {
        let identity = json!({
            "public_key": self.public("root.key"), "channel_key": "11".repeat(32), "ueid": "01".repeat(17),
            "hwmodel": MODEL, "swname": "wetsign-element", "home": "program", "tamper": tamper,
        });
        let identity = write(self.folder.path(), "element.json", identity.to_string());
        let (key, certificate) = (self.path(key), self.path("provisioner.cert"));
        let out = self.path("element.cert");
        wetsign(&[
            "provision",
            "device",
            "--key",
            &key,
            "--certificate",
            &certificate,
            "--identity",
            &identity,
            "--days",
            "30",
            "--out",
            &out,
        ])
    }
}

#[test]
fn a_root_appoints_a_provisioner_who_certifies_a_device() {
    let desk = Desk::new();
    desk.appoint(MODEL).exits(0);
    assert!(desk.device(0, "provisioner.key").exits(0).out.contains("written to"));
    let bytes = std::fs::read(desk.path("element.cert")).unwrap();
    let chain = CertificateChain::decode(&bytes).unwrap();
    assert_eq!(chain.provisioner().root.to_string(), desk.public("root.key"));
    assert_eq!(chain.device().channel_key.0, [0x11; 32]);
    assert_eq!(chain.device().not_after - chain.device().not_before, 30 * 24 * 3600 + 300);
    let view = wetsign(&["show", &desk.path("element.cert")]).exits(0).json();
    assert_eq!(
        (view["device"]["home"].clone(), view["provisioner"]["name"].clone()),
        (json!("program"), json!("a maker"))
    );
    // What is there is not overwritten.
    assert!(desk.device(0, "provisioner.key").exits(1).err.contains("element.cert"));
}

#[test]
fn a_provisioner_vouches_for_nothing_beyond_its_certificate() {
    let desk = Desk::new();
    desk.appoint("another-model").exits(0);
    assert!(desk.device(0, "provisioner.key").exits(1).err.contains("another-model"));
    std::fs::remove_file(desk.path("provisioner.cert")).unwrap();
    desk.appoint(MODEL).exits(0);
    assert!(desk.device(1, "provisioner.key").exits(1).err.contains("opened"));
    // Another key than the certified one, and the root's own.
    wetsign(&["key", "new", &desk.path("other.key")]).exits(0);
    assert!(desk.device(0, "other.key").exits(1).err.contains("chain"));
    assert!(!std::path::Path::new(&desk.path("element.cert")).exists());
    let own = desk.public("root.key");
    let run = wetsign(&[
        "provision",
        "appoint",
        "--root-key",
        &desk.path("root.key"),
        "--provisioner",
        &own,
        "--name",
        "itself",
        "--hwmodel",
        MODEL,
        "--out",
        &desk.path("own.cert"),
    ]);
    assert!(run.exits(1).err.contains("root's own key"));
}
