//! Heads of the log are brought to witnesses over HTTP, and what a quorum of them cosigned is proved under.
#![allow(missing_docs, clippy::pedantic)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex};

use ed25519_dalek::SigningKey;
use wetsign_attest::TrustPolicy;
use wetsign_attest::id::{Digest, Id, PublicKey};
use wetsign_attest::log::cosign::{cosign, cosigned};
use wetsign_attest::log::note::Note;
use wetsign_attest::log::witness::{AddCheckpoint, NotWitnessed};
use wetsign_attest::log::{KeyKind, VerifierKey};
use wetsignd::publish::Publisher;
use wetsignd::store::journal::{Journal, Under};
use wetsignd::store::{Batch, Store};

const ORIGIN: &str = "test.example/log";
const TIME: u64 = 1_790_000_000;

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn public(seed: u8) -> PublicKey {
    PublicKey::from(&key(seed))
}

/// A witness of the log on a port of this machine, and the newest head that it cosigned.
struct Served {
    seed: u8,
    address: String,
    known: Arc<Mutex<Option<(u64, Digest)>>>,
}

impl Served {
    fn new(seed: u8) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/some/prefix/", listener.local_addr().unwrap());
        let known = Arc::new(Mutex::new(None));
        let remembered = Arc::clone(&known);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let (mut length, mut line) = (0, String::new());
                let mut first = String::new();
                reader.read_line(&mut first).unwrap();
                while reader.read_line(&mut line).unwrap() > 2 {
                    if let Some(number) = line.to_lowercase().strip_prefix("content-length:") {
                        length = number.trim().parse().unwrap();
                    }
                    line.clear();
                }
                let mut body = vec![0; length];
                reader.read_exact(&mut body).unwrap();
                let body = String::from_utf8(body).unwrap();
                let (status, text) = if first.starts_with("POST /some/prefix/add-checkpoint HTTP/1.1") {
                    decide(&body, seed, &mut remembered.lock().unwrap())
                } else {
                    (404, first)
                };
                let length = text.len();
                write!(
                    stream,
                    "HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{text}"
                )
                .unwrap();
            }
        });
        Self { seed, address, known }
    }

    fn line(&self) -> String {
        let name = format!("w{}.example", self.seed);
        let key = VerifierKey::new(&name, KeyKind::Cosignature, public(self.seed)).unwrap();
        format!("witness w{} {key} {}\n", self.seed, self.address)
    }
}

fn decide(body: &str, seed: u8, known: &mut Option<(u64, Digest)>) -> (u16, String) {
    let log = VerifierKey::new(ORIGIN, KeyKind::Note, public(5)).unwrap();
    let judged = AddCheckpoint::parse(body).and_then(|request| {
        let Ok(judged) = request.judge(&[log], |_| Ok::<_, std::convert::Infallible>(*known));
        judged
    });
    match judged {
        Ok(continued) => {
            *known = Some((continued.head.size, continued.head.root));
            (200, cosign(&continued.text, &format!("w{seed}.example"), &key(seed), TIME).unwrap())
        }
        Err(NotWitnessed::Conflict(size)) => (409, format!("{size}\n")),
        Err(refused) => (refused.status(), refused.to_string()),
    }
}

fn journal(state: &Path) -> Journal {
    Journal::open(state, Store::open(state).unwrap(), ORIGIN, key(5)).unwrap()
}

fn log_one(journal: &Journal, number: u8) -> Id {
    let id = Id([number; 32]);
    journal.intend("wetsign/test/1", id, &[], &[number; 10], Batch::new()).unwrap();
    journal.append(&id).unwrap();
    id
}

fn policy(lines: &str) -> TrustPolicy {
    let key = public(5);
    let text = format!(
        "version = 2\nregistrars = [\"{key}\"]\nregistrars_needed = 1\nminimum_stake = \"1\"\n\
         witnesses = '''\n{lines}'''\n[log]\norigin = \"{ORIGIN}\"\nkey = \"{key}\"\n\
         [operators]\na = [\"{}\"]\nb = [\"{}\"]\n",
        public(61),
        public(62)
    );
    TrustPolicy::from_toml(&text).unwrap()
}

#[tokio::test]
async fn what_a_quorum_cosigned_is_what_is_proved_under() {
    let state = tempfile::tempdir().unwrap();
    let folder = state.path().join("tiles");
    let (north, south) = (Served::new(61), Served::new(62));
    let lines = format!("{}{}group both all w61 w62\nquorum both\n", north.line(), south.line());
    let journal = journal(state.path());
    let first = log_one(&journal, 1);
    let mut publisher = Publisher::open(&folder, Some(policy(&lines)), &journal).unwrap();
    publisher.follow(&journal).unwrap();
    assert!(publisher.lacks_witnesses());
    assert_eq!(publisher.gather(&journal).await.unwrap().len(), 0);
    assert!(!publisher.lacks_witnesses());

    let (note, entries) = journal.prove(&[first], Under::Witnessed).unwrap();
    assert!(journal.is_witnessed(&note) && entries.len() == 1);
    let parsed = Note::parse(&note).unwrap();
    for seed in [61, 62] {
        let key = VerifierKey::new(&format!("w{seed}.example"), KeyKind::Cosignature, public(seed)).unwrap();
        assert_eq!(cosigned(&parsed, &key), Ok(Some(TIME)));
    }
    assert_eq!(std::fs::read_to_string(folder.join("checkpoint")).unwrap(), note);

    // What came since is under no witnessed head yet; what was before stays under it.
    let second = log_one(&journal, 2);
    assert!(!journal.is_witnessed(&journal.prove(&[second], Under::Witnessed).unwrap().0));
    assert_eq!(journal.prove(&[first], Under::Witnessed).unwrap().0, note);
    publisher.follow(&journal).unwrap();
    publisher.gather(&journal).await.unwrap();
    assert!(journal.is_witnessed(&journal.prove(&[second], Under::Witnessed).unwrap().0));

    // Started again, it goes on with what lies there; a witness whose size it forgot tells it.
    drop(publisher);
    let third = log_one(&journal, 3);
    let mut publisher = Publisher::open(&folder, Some(policy(&lines)), &journal).unwrap();
    publisher.follow(&journal).unwrap();
    assert_eq!(publisher.gather(&journal).await.unwrap().len(), 0);
    assert!(journal.is_witnessed(&journal.prove(&[third], Under::Witnessed).unwrap().0));
    assert_eq!(north.known.lock().unwrap().unwrap().0, 3);
}

#[tokio::test]
async fn one_witness_that_is_away_is_named_and_one_is_no_quorum() {
    let state = tempfile::tempdir().unwrap();
    let north = Served::new(61);
    let away = VerifierKey::new("w62.example", KeyKind::Cosignature, public(62)).unwrap();
    let (port, secure) = ("http://127.0.0.1:1/", "https://w62.example/");
    for (url, words) in [(port, "cannot be asked"), (secure, "no address that is asked")] {
        let folder = tempfile::tempdir().unwrap();
        let lines =
            format!("{}witness w62 {away} {url}\ngroup both all w61 w62\nquorum both\n", north.line());
        let journal = journal(state.path());
        let id = log_one(&journal, 1);
        let mut publisher = Publisher::open(folder.path(), Some(policy(&lines)), &journal).unwrap();
        publisher.follow(&journal).unwrap();
        let refused = publisher.gather(&journal).await.unwrap();
        assert!(refused.len() == 1 && refused[0].to_string().contains(words), "{refused:?}");
        assert!(publisher.lacks_witnesses());
        assert!(!journal.is_witnessed(&journal.prove(&[id], Under::Witnessed).unwrap().0));
        // Readers of the folder have the one cosignature all the same.
        let note = std::fs::read_to_string(folder.path().join("checkpoint")).unwrap();
        assert_eq!(note.matches("— w61.example ").count(), 1);
    }
}

#[tokio::test]
async fn a_log_that_was_put_back_gets_no_cosignature() {
    let (state, older) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (north, south) = (Served::new(61), Served::new(62));
    let lines = format!("{}{}group both all w61 w62\nquorum both\n", north.line(), south.line());
    let first = journal(state.path());
    for number in 1..=5 {
        log_one(&first, number);
    }
    let mut publisher = Publisher::open(&state.path().join("tiles"), Some(policy(&lines)), &first).unwrap();
    publisher.follow(&first).unwrap();
    assert!(publisher.gather(&first).await.unwrap().is_empty());

    // Another history under the same key: its salts, and so its records, are its own.
    let forked = journal(older.path());
    for number in 1..=7 {
        log_one(&forked, number);
    }
    let mut publisher = Publisher::open(&older.path().join("tiles"), Some(policy(&lines)), &forked).unwrap();
    publisher.follow(&forked).unwrap();
    let refused = publisher.gather(&forked).await.unwrap();
    assert_eq!(refused.len(), 2);
    assert!(refused.iter().all(|refused| refused.to_string().contains("status 422")), "{refused:?}");

    let shorter = tempfile::tempdir().unwrap();
    let back = journal(shorter.path());
    for number in 1..=2 {
        log_one(&back, number);
    }
    let mut publisher = Publisher::open(&shorter.path().join("tiles"), Some(policy(&lines)), &back).unwrap();
    publisher.follow(&back).unwrap();
    let refused = publisher.gather(&back).await.unwrap();
    assert!(refused.iter().all(|refused| refused.to_string().contains("was put back")), "{refused:?}");
    assert!(publisher.lacks_witnesses());
}
