//! What the kiosk acknowledged, and whether it still holds.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tonic::Code;
use wetsign_api::v1;
use wetsign_attest::id::PublicKey;
use wetsign_attest::log::read::{Files, read_whole};
use wetsign_attest::log::tiles::CHECKPOINT_PATH;
use wetsign_attest::log::{Checkpoint, Continuity};

use crate::stage::Stage;

/// How long the log may take until it shows again what it had shown.
const SHOWN_AGAIN: Duration = Duration::from_secs(30);

/// One thing that must not happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Broken {
    /// Something acknowledged is gone or changed.
    Lost(String),
    /// One person's word for one request exists twice.
    DoubleSigned(String),
    /// The log shows another history than before.
    Forked(String),
}

/// What was acknowledged so far.
#[derive(Debug, Default)]
pub struct Books {
    requests: BTreeMap<Vec<u8>, Vec<u8>>,
    unseen: BTreeSet<Vec<u8>>,
    released: BTreeMap<(Vec<u8>, Vec<u8>), Vec<u8>>,
    heads: Vec<Checkpoint>,
}

/// Reads the log's newest head from its static files, as any stranger does.
pub struct Reader {
    folder: PathBuf,
    origin: String,
    key: PublicKey,
}

impl Books {
    /// A request was taken.
    pub fn requested(&mut self, id: Vec<u8>, bytes: Vec<u8>) {
        self.unseen.insert(id.clone());
        self.requests.insert(id, bytes);
    }

    /// How many requests were taken.
    pub fn requests(&self) -> usize {
        self.requests.len()
    }

    /// How many co-signatures were handed out.
    pub fn released(&self) -> usize {
        self.released.len()
    }

    /// A head was shown.
    pub fn shown(&mut self, head: Checkpoint) {
        if self.heads.last() != Some(&head) {
            self.heads.push(head);
        }
    }

    /// A co-signature was handed out.
    pub fn cosigned(&mut self, request: &[u8], person: &[u8], bytes: Vec<u8>) -> Option<Broken> {
        let before = self.released.insert((request.to_vec(), person.to_vec()), bytes.clone());
        before.filter(|before| *before != bytes).map(|_| {
            Broken::DoubleSigned(format!("request {} has other bytes than before", hex::encode(request)))
        })
    }

    /// Looks at each request that was not looked at yet, or at all of them.
    ///
    /// # Errors
    /// When the kiosk does not answer.
    pub async fn look(&mut self, stage: &Stage, all: bool) -> anyhow::Result<Vec<Broken>> {
        let unseen = std::mem::take(&mut self.unseen);
        let wanted: Vec<_> =
            if all { self.requests.keys().cloned().collect() } else { unseen.into_iter().collect() };
        let mut broken = Vec::new();
        for id in wanted {
            let name = hex::encode(&id);
            match stage.client.requests().get(v1::RequestId { id: id.clone() }).await {
                Ok(found) if Some(&found.get_ref().request) == self.requests.get(&id) => {}
                Ok(_) => broken.push(Broken::Lost(format!("request {name} has other bytes"))),
                Err(status) if status.code() == Code::NotFound => {
                    broken.push(Broken::Lost(format!("request {name} is gone")));
                }
                Err(status) => return Err(status).with_context(|| format!("asking for request {name}")),
            }
        }
        Ok(broken)
    }

    /// Reads the whole log and compares it with every head that was shown since the last look.
    ///
    /// # Errors
    /// When the log cannot be read, or is slow to show again what it had shown.
    pub async fn compare(&mut self, reader: &Reader) -> anyhow::Result<Vec<Broken>> {
        let newest = self.heads.iter().map(|head| head.size).max().unwrap_or(0);
        let deadline = Instant::now() + SHOWN_AGAIN;
        let head = loop {
            match reader.head()? {
                Some(head) if head.size >= newest => break head,
                shown if Instant::now() > deadline => {
                    let size = shown.map_or(0, |head| head.size);
                    let words = format!("it shows {size} records, it had shown {newest}");
                    return Ok(vec![Broken::Forked(words)]);
                }
                _ => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        };
        let mut cosignatures = 0;
        let tree = read_whole(reader, &head, |_, record| {
            cosignatures += usize::from(record.object_type.starts_with("wetsign/cosignature/"));
        })?;
        let mut broken: Vec<_> = self
            .heads
            .drain(..)
            .map(|kept| (Continuity::of(Some(&kept), &head, &tree), kept))
            .filter(|(found, _)| !found.holds())
            .map(|(found, kept)| Broken::Forked(format!("{found:?} at a head of {} records", kept.size)))
            .collect();
        self.heads.push(head);
        if cosignatures > self.released.len() {
            let released = self.released.len();
            broken.push(Broken::DoubleSigned(format!("{cosignatures} are logged for {released} answers")));
        }
        Ok(broken)
    }
}

impl Reader {
    /// A reader of this kiosk's log, who knows its name and its key.
    pub fn new(state: &Path, origin: &str, key: PublicKey) -> Self {
        Self { folder: state.join("tiles"), origin: origin.to_owned(), key }
    }

    /// The newest head; `None` where none was shown yet.
    ///
    /// # Errors
    /// When it is not signed by the log.
    pub fn head(&self) -> anyhow::Result<Option<Checkpoint>> {
        let Some(bytes) = self.read(CHECKPOINT_PATH, wetsign_attest::limits::CHECKPOINT)? else {
            return Ok(None);
        };
        let text = String::from_utf8(bytes).context("the log's head is no text")?;
        Ok(Some(Checkpoint::open(&text, &self.origin, &self.key)?))
    }
}

impl Files for Reader {
    fn read(&self, path: &str, most: usize) -> std::io::Result<Option<Vec<u8>>> {
        match std::fs::read(self.folder.join(path)) {
            Ok(bytes) if bytes.len() > most => Err(std::io::Error::from(ErrorKind::FileTooLarge)),
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}
