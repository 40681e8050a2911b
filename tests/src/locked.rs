//! An asset in a container, and those who hold its key.
//!
//! The key generation is played in this one process ([`rehearse`]): whoever runs it holds every share. What it leaves
//! is what keyholders at different operators would have; what opens the container is the product's own.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use wetsign_attest::Object as _;
use wetsign_attest::id::{ChannelKey, Digest, Id};
use wetsign_container::keygen::{Rehearsed, rehearse};
use wetsign_container::{Contents, Facts, Head, Recipient, SealPublic, seal};
use wetsign_models::store::ModelStore;
use wetsign_runner_ipc::{Card, Engine, package};
use wetsign_speak::Lexicon;

/// How many keyholders there are, and how many of them open a container.
const KEYHOLDERS: (u32, u32) = (3, 2);

/// What lies in a container, before it is locked.
pub struct Package {
    bytes: Vec<u8>,
    contents: Contents,
}

impl Package {
    /// A package of these bytes.
    ///
    /// # Errors
    /// None as long as the media type is one.
    pub fn of(bytes: Vec<u8>) -> anyhow::Result<Self> {
        let contents = Contents::of(package::MEDIA_TYPE, &bytes[..])?;
        Ok(Self { bytes, contents })
    }

    /// The narrator's voice: a network that speaks, with the pronunciation of the words of a dictionary.
    ///
    /// # Errors
    /// Network or dictionary are not in the cache.
    pub fn voice(store: &ModelStore) -> anyhow::Result<Self> {
        let network = fs::read(store.path("neural-voice")?)?;
        let words = store.data("pronunciations")?.join("index.js");
        let words = fs::read_to_string(&words).with_context(|| format!("reading {}", words.display()))?;
        let lexicon = Lexicon::from_cmu(&words)?.to_lines();
        let engine = Engine::Voice { rate: 22_050, scales: [0, 1000, 0], lexicon };
        Self::of(package::write(&Card { title: "The voice of a narrator".into(), engine }, &network)?)
    }

    /// What the owner's descriptor names as its content.
    ///
    /// # Errors
    /// None as long as it was made here.
    pub fn content(&self) -> anyhow::Result<Digest> {
        Ok(Digest(*self.contents.id()?.as_bytes()))
    }

    /// How many bytes.
    pub fn length(&self) -> usize {
        self.bytes.len()
    }
}

/// A locked asset: its container, its committee, its keyholders.
pub struct Locked {
    /// The container's file.
    pub container: PathBuf,
    /// The committee's file.
    pub committee: PathBuf,
    folder: PathBuf,
    head: Head,
    keyholders: Rehearsed,
}

impl Locked {
    /// Locks a package of an asset under its descriptor and rules, into a folder, which is made.
    ///
    /// # Errors
    /// Files that cannot be written.
    pub fn lock(
        folder: &Path,
        package: &Package,
        asset: Id,
        descriptor: Id,
        rules: Id,
    ) -> anyhow::Result<Self> {
        fs::create_dir_all(folder)?;
        let keyholders = rehearse(KEYHOLDERS.1, KEYHOLDERS.0, None, &mut random)?;
        let facts = Facts { asset, descriptor, rules, contents: package.contents.clone() };
        let (head, key) = Head::lock(facts, &keyholders.committee.payload().key, &mut random)?;
        let (container, committee) = (folder.join("voice.wetsign"), folder.join("committee.cbor"));
        seal(&head, &key, &package.bytes[..], BufWriter::new(File::create(&container)?))?;
        fs::write(&committee, keyholders.committee.bytes())?;
        Ok(Self { container, committee, folder: folder.to_owned(), head, keyholders })
    }

    /// `count` keyholders seal their shares to a runner's key, for one approval: the folder with them.
    ///
    /// # Errors
    /// There are fewer keyholders; files that cannot be written.
    pub fn release(
        &self,
        name: &str,
        count: usize,
        approval: Id,
        opens_to: ChannelKey,
    ) -> anyhow::Result<PathBuf> {
        let shares = self.folder.join(name);
        fs::create_dir_all(&shares)?;
        ensure!(count <= self.keyholders.keyholders.len(), "there are no {count} keyholders");
        let recipient = Recipient { opens_to: SealPublic(opens_to.0), approval };
        for (number, (_, share)) in self.keyholders.keyholders.iter().take(count).enumerate() {
            let sealed = recipient.seal(&share.share(&self.head, &mut random)?)?;
            fs::write(shares.join(format!("keyholder-{}", number + 1)), sealed)?;
        }
        Ok(shares)
    }
}

fn random(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the operating system gives random bytes");
}
