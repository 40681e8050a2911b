//! The log goes out: into a folder of static files, and its heads to the witnesses whom verifiers ask for.
//!
//! Nobody waits for it. A record is acknowledged once the log's own file is synced; what was logged within 100 ms is
//! published together, files first and then the head that asks for them. Where the verifiers' policy
//! (`hub.trust_policy`) names witnesses, each new head is brought to them, and approvals are handed out under the
//! newest head that a quorum of them cosigned.
//!
//! - `folder.rs`: the files.
//! - `ask.rs`: one question to one witness.

mod ask;
mod folder;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};
use wetsign_attest::TrustPolicy;
use wetsign_attest::log::cosign::cosigned;
use wetsign_attest::log::note::Note;
use wetsign_attest::log::witness::AddCheckpoint;
use wetsign_attest::log::{CheckpointError, LogError, Witness};

use crate::requests::ledger::Ledger;
use crate::store::journal::{Journal, JournalError};

pub use ask::{AskError, Said, ask};
pub use folder::{Folder, PublishError};

/// What is logged within so long is published together.
const BATCH: Duration = Duration::from_millis(100);
/// When witnesses that did not cosign are asked again.
const AGAIN: Duration = Duration::from_secs(10);

/// The log's way out.
#[derive(Debug)]
pub struct Publisher {
    folder: Folder,
    /// The verifiers' policy, where it asks for witnesses.
    policy: Option<TrustPolicy>,
    /// Size of the newest head that each witness is known to have cosigned.
    sizes: Vec<u64>,
}

impl Publisher {
    /// Opens the folder. A head in it that a quorum of witnesses cosigned is taken up again.
    ///
    /// # Errors
    /// [`PublishError`].
    pub fn open(
        folder: &std::path::Path,
        policy: Option<TrustPolicy>,
        journal: &Journal,
    ) -> Result<Self, PublishError> {
        let folder = Folder::open(folder, journal)?;
        let policy = policy.filter(|policy| policy.witnesses.is_some());
        let sizes = vec![0; policy.as_ref().map_or(0, |policy| witnesses(policy).len())];
        let publisher = Self { folder, policy, sizes };
        if publisher.quorum() {
            publisher.hand_on(journal)?;
        }
        Ok(publisher)
    }

    /// Publishes what was logged since; answers whether that was anything.
    ///
    /// # Errors
    /// [`PublishError`].
    pub fn follow(&mut self, journal: &Journal) -> Result<bool, PublishError> {
        self.folder.follow(journal)
    }

    /// Whether a witness is still to be asked about the head that lies there.
    pub fn lacks_witnesses(&self) -> bool {
        self.policy.is_some() && !self.folder.checkpoint().is_empty() && self.unasked().next().is_some()
    }

    /// Asks the witnesses who have not cosigned the head that lies there, all at once; answers what each said who did
    /// not cosign. What a quorum cosigned is what approvals are proved under from then on.
    ///
    /// # Errors
    /// [`PublishError`].
    pub async fn gather(&mut self, journal: &Journal) -> Result<Vec<AskError>, PublishError> {
        let Some(policy) = &self.policy else { return Ok(Vec::new()) };
        let checkpoint = self.folder.checkpoint().to_owned();
        let size = self.folder.size();
        let mut asked = JoinSet::new();
        for number in self.unasked() {
            let witness = witnesses(policy)[number].clone();
            let proofs = |old| journal.consistency(old, size).filter(|_| old <= size);
            let proof = proofs(self.sizes[number]);
            let request = AddCheckpoint {
                old: if proof.is_some() { self.sizes[number] } else { 0 },
                proof: proof.unwrap_or_default(),
                checkpoint: checkpoint.clone(),
            };
            asked.spawn(async move { (number, ask(&witness, &request).await) });
        }
        let (mut lines, mut refusals) = (String::new(), Vec::new());
        let mut other_size = Vec::new();
        while let Some(joined) = asked.join_next().await {
            match joined {
                Ok((number, Ok(Said::Cosigned(line)))) => {
                    self.sizes[number] = size;
                    lines.push_str(&line);
                }
                Ok((number, Ok(Said::Size(old)))) => other_size.push((number, old)),
                Ok((_, Err(refusal))) => refusals.push(refusal),
                // A task that was cut off asked nothing.
                Err(_) => {}
            }
        }
        for (number, old) in other_size {
            self.sizes[number] = old;
            let witness = &witnesses(policy)[number];
            let url = || witness.url.clone().unwrap_or_default();
            let Some(proof) = journal.consistency(old, size) else {
                let words =
                    format!("it knows a head of {old} records, and this log has {size}: it was put back");
                refusals.push(AskError::Refused { url: url(), status: 409, words });
                continue;
            };
            let request = AddCheckpoint { old, proof, checkpoint: checkpoint.clone() };
            match ask(witness, &request).await {
                Ok(Said::Cosigned(line)) => {
                    self.sizes[number] = size;
                    lines.push_str(&line);
                }
                Ok(Said::Size(now)) => {
                    let words =
                        format!("it knew a head of {old} records, and now of {now}: another asks too");
                    refusals.push(AskError::Refused { url: url(), status: 409, words });
                }
                Err(refusal) => refusals.push(refusal),
            }
        }
        if !lines.is_empty() {
            self.folder.put_head(checkpoint + &lines)?;
            if self.quorum() {
                self.hand_on(journal)?;
            }
        }
        Ok(refusals)
    }

    /// The head as it lies in the folder.
    pub fn checkpoint(&self) -> &str {
        self.folder.checkpoint()
    }

    fn hand_on(&self, journal: &Journal) -> Result<(), PublishError> {
        let checkpoint = self.folder.checkpoint().to_owned();
        match journal.witnessed(checkpoint) {
            // More signatures than an approval can carry.
            Err(JournalError::Log(LogError::Checkpoint(CheckpointError::Form(why)))) => {
                tracing::error!(
                    why,
                    "the cosigned head cannot be carried in approvals: name fewer witnesses"
                );
                Ok(())
            }
            Err(source) => {
                Err(PublishError::Journal { path: std::path::PathBuf::from("the log's folder"), source })
            }
            Ok(()) => Ok(()),
        }
    }

    /// Numbers of the witnesses with an address who have not cosigned the head that lies there.
    fn unasked(&self) -> impl Iterator<Item = usize> {
        let cosigned = self.cosigned();
        let all = self.policy.as_ref().map_or(&[][..], witnesses);
        let unasked = all.iter().zip(cosigned).enumerate();
        unasked
            .filter(|(_, (witness, cosigned))| witness.url.is_some() && !cosigned)
            .map(|(number, _)| number)
    }

    fn cosigned(&self) -> Vec<bool> {
        let all = self.policy.as_ref().map_or(&[][..], witnesses);
        let Ok(note) = Note::parse(self.folder.checkpoint()) else { return vec![false; all.len()] };
        all.iter().map(|witness| matches!(cosigned(&note, &witness.key), Ok(Some(_)))).collect()
    }

    fn quorum(&self) -> bool {
        let Some(policy) = &self.policy else { return false };
        let Some(asked) = policy.witnesses.as_ref().filter(|asked| !asked.asks_nothing()) else {
            return false;
        };
        let cosigned = self.cosigned();
        asked.met(&policy.operators, &policy.log.key, |number| cosigned.get(number) == Some(&true))
    }
}

fn witnesses(policy: &TrustPolicy) -> &[Witness] {
    policy.witnesses.as_ref().map_or(&[], |witnesses| witnesses.witnesses())
}

/// Publishes until it is told to stop. What cannot be written or asked is said once, and tried again.
pub async fn keep(mut publisher: Publisher, ledger: Arc<Ledger>, mut stopped: watch::Receiver<bool>) {
    let mut ticks = tokio::time::interval(BATCH);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut said = String::new();
    let mut again = Instant::now();
    let mut seen = String::new();
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            changed = stopped.changed() => if changed.is_err() || *stopped.borrow() { return },
        }
        let books = Arc::clone(&ledger);
        let turn = tokio::task::spawn_blocking(move || {
            let followed = publisher.follow(books.journal());
            (publisher, followed)
        });
        let Ok((back, followed)) = turn.await else { return };
        publisher = back;
        if let Err(error) = followed {
            say(&mut said, crate::causes::words(&error));
            continue;
        }
        let news = publisher.checkpoint() != seen;
        if (news || Instant::now() >= again) && publisher.lacks_witnesses() {
            again = Instant::now() + AGAIN;
            match publisher.gather(ledger.journal()).await {
                Ok(refusals) if refusals.is_empty() => said.clear(),
                Ok(refusals) => say(
                    &mut said,
                    refusals.iter().map(|one| crate::causes::words(one)).collect::<Vec<_>>().join("; "),
                ),
                Err(error) => say(&mut said, crate::causes::words(&error)),
            }
        }
        publisher.checkpoint().clone_into(&mut seen);
    }
}

fn say(said: &mut String, words: String) {
    if *said != words {
        tracing::warn!("{words}");
        *said = words;
    }
}
