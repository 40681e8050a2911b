//! The runner with its real engine: it speaks what was approved and nothing else, runs any network on tensors of the
//! declared shapes, uses an approval once, and leaves nothing half made.
#![allow(clippy::pedantic, dead_code)]

#[macro_use]
#[allow(dead_code, unused_macros)] // each test program uses its part
#[path = "../../attest/tests/support/mod.rs"]
mod support;

use std::fs;
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use sha2::{Digest as _, Sha256};
use support::{Edits, OWNER, T, key, policy, public};
use wetsign_attest::Signed;
use wetsign_attest::id::{ChannelKey, Digest, Id};
use wetsign_attest::object::{ApprovalBody, AssetDescriptor, Content, RunReceipt, UsageRequest, Withdrawal};
use wetsign_infer::Networks;
use wetsign_infer::audio::{Sound, read_file, resample_16k};
use wetsign_models::store::ModelStore;
use wetsign_runner_ipc::{Card, Element, Engine, Outlet, package};
use wetsign_tests::locked::{Locked, Package};
use wetsign_tests::process::programs;
use wetsign_tests::runner::{Ran, Run, Runner};

const TEXT: &str = "Photosynthesis turns light, water and carbon dioxide into sugar and oxygen.";

/// An approval of a locked asset, and a runner.
struct World {
    folder: tempfile::TempDir,
    runner: Runner,
    locked: Locked,
    approval: Id,
    opens_to: ChannelKey,
    asset: Id,
}

impl World {
    /// Two people approve that this goes into this package.
    fn new(package: Package, content: Content) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let runner = Runner::new(&programs().unwrap(), &folder.path().join("state"));
        let opens_to = runner.key().unwrap();
        let locks = package.content().unwrap();
        let no_text = matches!(content, Content::Digest { .. });
        let edits = edit!(
            descriptor: move |descriptor: &mut AssetDescriptor| descriptor.content = locks,
            request: move |request: &mut UsageRequest| {
                request.content = content.clone();
                request.attributes.duration_days = Some(365);
                request.opens_to = Some(opens_to);
            },
            rules: move |rules: &mut wetsign_attest::object::RulesRevision| if no_text {
                rules.policies.retain(|policy| policy.id == "educational-narration");
                rules.thresholds.clear();
            },
        );
        let edits = Edits { prove: true, ..edits };
        let bundle = support::approval(&edits);
        let body = Signed::<ApprovalBody>::decode(&bundle.body.0).unwrap();
        let descriptor = Signed::<AssetDescriptor>::decode(&bundle.descriptors[0].0).unwrap();
        let rules = body.payload().rules[0];
        let locked = Locked::lock(folder.path(), &package, descriptor.id(), descriptor.id(), rules).unwrap();
        fs::write(folder.path().join("approval.cbor"), bundle.to_bytes().unwrap()).unwrap();
        fs::write(folder.path().join("trust.toml"), policy().to_toml().unwrap()).unwrap();
        Self { runner, locked, approval: body.id(), opens_to, asset: descriptor.id(), folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs with so many keyholders' shares, and this input and these flags.
    fn run(&self, out: &str, keyholders: usize, input: Option<&[u8]>, flags: &[&str]) -> (Ran, PathBuf) {
        let shares = self.locked.release(&format!("{out}.shares"), keyholders, self.approval, self.opens_to);
        let given = input.map(|bytes| {
            let path = self.path(&format!("{out}.input"));
            fs::write(&path, bytes).unwrap();
            path
        });
        let out = self.path(out);
        let run = Run {
            approval: &self.path("approval.cbor"),
            policy: &self.path("trust.toml"),
            locked: &self.locked,
            shares: &shares.unwrap(),
            input: given.as_deref(),
            out: &out,
            flags,
        };
        (self.runner.run(&run).unwrap(), out)
    }

    /// It is refused, in these words, and leaves nothing.
    #[track_caller]
    fn refuses(&self, name: &str, keyholders: usize, input: Option<&[u8]>, flags: &[&str], why: &str) {
        let (ran, out) = self.run(name, keyholders, input, flags);
        assert!(!ran.made && ran.words.contains(why), "{name}: {ran:?}");
        assert!(!out.exists() && !out.with_added_extension("receipt").exists(), "{name} left something");
        let used = fs::read_dir(self.path("state/used")).unwrap();
        assert!(
            used.flatten().all(|file| !file.file_name().to_string_lossy().ends_with(".output")),
            "{name}"
        );
    }
}

fn store() -> ModelStore {
    ModelStore::open_default().unwrap()
}

#[test]
fn the_voice_says_the_approved_words_and_no_others_once() {
    let world = World::new(Package::voice(&store()).unwrap(), Content::Text(TEXT.into()));
    let changed = TEXT.replace("sugar", "gold");
    world.refuses("changed", 2, Some(changed.as_bytes()), &[], "is \"gold\", approved was \"sugar\"");
    world.refuses("alone", 1, None, &[], "1 shares are there, 2 are needed");
    // Out of memory: the engine is gone, and nothing counts.
    world.refuses("poor", 2, None, &["--memory-mb", "40"], "the engine made nothing");
    // A withdrawal that the runner was given.
    let withdrawal = Withdrawal {
        asset: world.asset,
        approval: None,
        reason: None,
        signed_by: public(OWNER),
        time: T + 50,
    };
    let withdrawal = Signed::sign(withdrawal, &key(OWNER)).unwrap();

    let (ran, out) = world.run("said.wav", 2, Some(TEXT.as_bytes()), &[]);
    assert!(ran.made, "{ran:?}");
    // Where one word ends and the next begins is the recogniser's own idea: "Photo synthesis".
    let heard = heard(&out).replace(' ', "");
    for word in TEXT.split(' ').map(|word| word.trim_matches([',', '.']).to_lowercase()) {
        assert!(heard.contains(&word), "{word:?} is not heard in {heard:?}");
    }
    let receipt =
        Signed::<RunReceipt>::decode(&fs::read(out.with_added_extension("receipt")).unwrap()).unwrap();
    let told = receipt.payload();
    assert_eq!((told.number, told.approval, told.opens_to), (1, world.approval, world.opens_to));
    assert_eq!(told.input, Digest(Sha256::digest(TEXT).into()));
    assert_eq!(told.output, Digest(Sha256::digest(fs::read(&out).unwrap()).into()));
    assert_eq!(told.allowed, ["development keys", "simulated parts"]);

    world.refuses("again.wav", 2, None, &[], "One approval is for one use");
    assert!(fs::read_dir(world.path("state/keys")).unwrap().next().is_none(), "its key has served");

    // From here on the owner's word is remembered.
    let path = world.path("withdrawal.cbor");
    fs::write(&path, withdrawal.bytes()).unwrap();
    world.refuses("gone.wav", 2, None, &["--withdrawal", path.to_str().unwrap()], "the container stays shut");
    world.refuses("gone.wav", 2, None, &[], "the container stays shut");
}

/// What a recogniser hears in a sound.
fn heard(path: &Path) -> String {
    let Sound { samples, rate } = &read_file(path).unwrap();
    let sound = Sound {
        samples: resample_16k(&Sound { samples: samples.clone(), rate: *rate }).unwrap(),
        rate: 16_000,
    };
    let mut networks = Networks::load(&store(), 2).unwrap();
    networks.words.transcribe(&sound.samples).unwrap().unwrap().to_lowercase()
}

/// GE2E: `[any, 160, 40]` in, `[any, 256]` out.
fn network(rows: u32) -> Package {
    let store = store();
    let entry = store.manifest().entry("ge2e").unwrap();
    let (input, output) = (entry.inputs[0].name.clone(), entry.outputs[0].name.clone());
    let outlet =
        |name: &str, shape: &[u32]| Outlet { name: name.into(), element: Element::F32, shape: shape.into() };
    let engine = Engine::Network {
        inputs: vec![outlet(&input, &[0, rows, 40])],
        outputs: vec![outlet(&output, &[0, 256])],
    };
    let onnx = fs::read(store.path("ge2e").unwrap()).unwrap();
    Package::of(package::write(&Card { title: "whose voice".into(), engine }, &onnx).unwrap()).unwrap()
}

fn mels(rows: usize) -> Vec<u8> {
    let values: Vec<u8> = (0..2 * rows * 40).flat_map(|at| ((at % 97) as f32 / 97.0).to_le_bytes()).collect();
    let name = store().manifest().entry("ge2e").unwrap().inputs[0].name.clone();
    let tensor = TensorView::new(Dtype::F32, vec![2, rows, 40], &values).unwrap();
    serialize([(name, tensor)], &None).unwrap()
}

fn approved(file: &[u8]) -> Content {
    Content::Digest {
        digest: Digest(Sha256::digest(file).into()),
        media_type: "application/vnd.safetensors".into(),
    }
}

#[test]
fn any_network_works_on_tensors_of_the_declared_shapes() {
    let input = mels(160);
    let world = World::new(network(160), approved(&input));
    let (ran, out) = world.run("embedding", 3, Some(&input), &[]);
    assert!(ran.made, "{ran:?}");
    let file = fs::read(out).unwrap();
    let made = SafeTensors::deserialize(&file).unwrap();
    let (_, tensor) = made.tensors().remove(0);
    assert_eq!(tensor.shape(), [2, 256]);
    let (values, _) = tensor.data().as_chunks::<4>();
    let squares: f32 = values[..256].iter().map(|bytes| f32::from_le_bytes(*bytes).powi(2)).sum();
    assert!((squares - 1.0).abs() < 1e-3, "an embedding has unit length, this one {squares}");
}

#[test]
fn wrong_shapes_are_refused_whoever_declares_them() {
    let input = mels(80);
    let world = World::new(network(160), approved(&input));
    world.refuses("short", 2, Some(&input), &[], "the asset declares F32 [0, 160, 40]");
    world.refuses("other", 2, Some(&mels(160)), &[], "is not the file that was approved");

    let world = World::new(network(80), approved(&input));
    world.refuses("lie", 2, Some(&input), &[], "in the network; the asset declares F32 [0, 80, 40]");

    let world = World::new(network(160), Content::Text(TEXT.into()));
    world.refuses("text", 2, None, &[], "takes tensors");
}

#[test]
fn a_container_that_was_changed_or_is_of_another_asset_stays_shut() {
    let world = World::new(network(160), approved(&mels(160)));
    let other = World::new(network(80), approved(&mels(80)));
    let container = fs::read(&world.locked.container).unwrap();
    let shut = |bytes: &[u8], why: &str| {
        fs::write(&world.locked.container, bytes).unwrap();
        world.refuses("shut", 2, Some(&mels(160)), &[], why);
    };
    shut(&fs::read(&other.locked.container).unwrap(), "approved was");
    let mut changed = container.clone();
    *changed.last_mut().unwrap() ^= 1;
    shut(&changed, "does not open");
    shut(&container[..container.len() - 1], "is cut off");
    shut(&container[..100], "is refused");
    fs::write(&world.locked.container, &container).unwrap();
    assert!(world.run("whole", 2, Some(&mels(160)), &[]).0.made);
}
