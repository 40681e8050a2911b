//! A world in a folder: an approval that holds, a policy that trusts it, an authority and a marker; and media.

#[path = "../../../tests/support/mod.rs"]
#[allow(dead_code, unused_macros, unused_imports, missing_docs)] // shared with the crate whose approvals these are
#[macro_use]
pub mod support;

pub mod media;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use support::{Edits, T, approval, key, policy, public};
use wetsign_attest::object::{Object as _, RulesRevision, UsageRequest};
use wetsign_attest::policy::TrustedMedia;
use wetsign_attest::rules::{example, policies_from_cedar};
use wetsign_attest::{ApprovalBundle, Signed};

/// The approved text.
pub const TEXT: &str = "Rain falls and rivers carry it to the sea.";
/// Seeds of keys that are not in the approval.
const AUTHORITY: u8 = 50;
const MARKER: u8 = 51;

pub struct World {
    pub folder: tempfile::TempDir,
    pub bundle: ApprovalBundle,
}

impl World {
    /// An approval for this medium.
    pub fn of(medium: &'static str) -> Self {
        let edits = Edits {
            prove: medium != "audio",
            ..edit!(
                request: move |request: &mut UsageRequest| request.attributes.medium = Some(medium.into()),
                rules: |rules: &mut RulesRevision| {
                    let any = example::VOICE_CEDAR.replace(
                        "context.medium == \"audio\"",
                        "[\"audio\", \"image\", \"video\"].contains(context.medium)",
                    );
                    rules.policies = policies_from_cedar(&any).unwrap();
                },
            )
        };
        Self::with(if medium == "audio" { Edits::default() } else { edits })
    }

    pub fn with(edits: Edits) -> Self {
        let world = Self { folder: tempfile::tempdir().unwrap(), bundle: approval(&edits) };
        world.put("approval.cbor", &world.bundle.to_bytes().unwrap());
        world.put("text.txt", TEXT.as_bytes());
        for (name, number) in
            [("authority.key", AUTHORITY), ("marker.key", MARKER), ("stranger.key", MARKER + 1)]
        {
            world.put(name, format!("{}\n", hex::encode([number; 32])).as_bytes());
            fs::set_permissions(world.path(name), fs::Permissions::from_mode(0o600)).unwrap();
        }
        world.certify("authority", "marker");
        let authorities = fs::read_to_string(world.path("authority.pem")).unwrap();
        let trust = wetsign_attest::TrustPolicy { media: Some(TrustedMedia { authorities }), ..policy() };
        world.put("trust.toml", trust.to_toml().unwrap().as_bytes());
        world
    }

    /// An authority certifies a marker: `AUTHORITY.pem` and `MARKER.pem`.
    pub fn certify(&self, authority: &str, marker: &str) {
        let pem = self.text(&format!("{authority}.pem"));
        if !Path::new(&pem).exists() {
            let key = self.text(&format!("{authority}.key"));
            self.yes(&["authority", "new", "--key", &key, "--name", authority, "--out", &pem]);
        }
        let seed: [u8; 32] =
            hex::decode(fs::read_to_string(self.path(&format!("{marker}.key"))).unwrap().trim())
                .unwrap()
                .try_into()
                .unwrap();
        let public =
            wetsign_attest::id::PublicKey::from(&ed25519_dalek::SigningKey::from_bytes(&seed)).to_string();
        let (key, out) = (self.text(&format!("{authority}.key")), self.text(&format!("{marker}.pem")));
        let names = ["--marker", &public, "--name", marker, "--out", &out];
        let usual = ["authority", "certify", "--key", &key, "--certificate", &pem];
        self.yes(&[&usual[..], &names].concat());
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    pub fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    /// Marks `from` as `to`.
    pub fn mark(&self, from: &str, to: &str, more: &[&str]) -> (Option<i32>, Value) {
        let [from, to, approval, key, chain] =
            [from, to, "approval.cbor", "marker.key", "marker.pem"].map(|name| self.text(name));
        let usual =
            ["mark", &from, "--out", &to, "--approval", &approval, "--key", &key, "--certificates", &chain];
        self.run(&[&usual[..], &self.trust(more).iter().map(String::as_str).collect::<Vec<_>>()].concat())
    }

    pub fn marked(&self, from: &str, to: &str) {
        let (code, json) = self.mark(from, to, &[]);
        assert_eq!(code, Some(0), "{json:#}");
    }

    /// Checks a file.
    pub fn check(&self, name: &str, more: &[&str]) -> (Option<i32>, Value) {
        let usual = ["check".to_owned(), self.text(name)];
        let all: Vec<_> = usual.into_iter().chain(self.trust(more)).collect();
        self.run(&all.iter().map(String::as_str).collect::<Vec<_>>())
    }

    pub fn accepted(&self, name: &str, more: &[&str]) {
        let (code, json) = self.check(name, more);
        assert_eq!(code, Some(0), "{name}: {json:#}");
    }

    /// It is refused by this check, in these words.
    pub fn refused(&self, name: &str, more: &[&str], code: &str, words: &str) {
        let (status, json) = self.check(name, more);
        let said = json["summary"].as_str().unwrap_or_default();
        assert_eq!((status, json["first_failure"].as_str()), (Some(2), Some(code)), "{name}: {json:#}");
        assert!(said.contains(words), "{name}: {said:?} has no {words:?}");
    }

    fn trust(&self, more: &[&str]) -> Vec<String> {
        let mut all = vec!["--allow-development-keys".to_owned()];
        if !more.contains(&"--policy") {
            all.extend(["--policy".to_owned(), self.text("trust.toml")]);
        }
        if !more.contains(&"--at") {
            all.extend(["--at".to_owned(), (T + 60).to_string()]);
        }
        all.extend(more.iter().map(|word| (*word).to_owned()));
        all
    }

    fn yes(&self, arguments: &[&str]) {
        let (code, json) = self.run(arguments);
        assert_eq!(code, Some(0), "{json:#}");
    }

    pub fn run(&self, arguments: &[&str]) -> (Option<i32>, Value) {
        let Output { status, stdout, stderr } = program().args(arguments).arg("--json").output().unwrap();
        let words = String::from_utf8_lossy(&stderr);
        (status.code(), serde_json::from_slice(&stdout).unwrap_or_else(|_| Value::String(words.into_owned())))
    }
}

pub fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_wetsign-media"))
}

/// Signs with a key of the synthetic approval.
pub fn signed<T: wetsign_attest::Object>(object: T, number: u8) -> Vec<u8> {
    assert_eq!(object.signer(), Some(public(number)));
    Signed::sign(object, &key(number)).unwrap().bytes().to_vec()
}
