//! The program itself, three times, over TLS: set up by its own commands, asked, killed, started again.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use ed25519_dalek::SigningKey;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use rustls::pki_types::CertificateDer;
use wetsign_attest::Signed;
use wetsign_attest::id::{Digest, Id, PublicKey};
use wetsign_pair::SealPublic;
use wetsign_unique::kiosk::{self, AskError, KnownSearcher, Searched};
use wetsign_unique::line::Place;
use wetsign_unique::serve::now;
use wetsign_unique::wire::TemplateRemoval;
use wetsign_unique::{Decoy, PARTIES, Template};

struct Searchers {
    folder: tempfile::TempDir,
    ports: [u16; 3],
    keys: [[String; 2]; 3],
    running: [Option<Child>; 3],
}

impl Drop for Searchers {
    fn drop(&mut self) {
        for child in self.running.iter_mut().flatten() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_wetsign-searcher"))
}

fn kiosk_key() -> SigningKey {
    SigningKey::from_bytes(&[50; 32])
}

fn write(path: &Path, text: &str) {
    use std::io::Write as _;
    let file = std::fs::File::options().write(true).create_new(true).mode(0o600).open(path);
    file.unwrap().write_all(text.as_bytes()).unwrap();
}

impl Searchers {
    fn set_up() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        write(&at("certificate.pem"), &made.cert.pem());
        write(&at("key.pem"), &made.signing_key.serialize_pem());
        std::fs::write(at("certificate.der"), made.cert.der()).unwrap();
        let free = [(); 3].map(|()| std::net::TcpListener::bind("127.0.0.1:0").unwrap());
        let ports = free.each_ref().map(|port| port.local_addr().unwrap().port());
        let keys = PARTIES.map(|party| {
            let made = program()
                .args(["init", "--state"])
                .arg(at(&format!("state-{}", party.index())))
                .output()
                .unwrap();
            assert!(made.status.success());
            let text = String::from_utf8(made.stdout).unwrap();
            let value = |name: &str| {
                text.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim_matches('"').to_owned()
            };
            [value("key = "), value("seal = ")]
        });
        Self { folder, ports, keys, running: [None, None, None] }
    }

    fn config(&self, party: usize) -> PathBuf {
        let at = |name: &str| self.folder.path().join(name).display().to_string();
        let path = self.folder.path().join(format!("searcher-{party}.toml"));
        let peers: Vec<String> = (0..3)
            .map(|peer| {
                format!(
                    "[[searchers]]\naddress = \"127.0.0.1:{}\"\nname = \"localhost\"\nauthority = {:?}\nkey = \"{}\"\n",
                    self.ports[peer],
                    at("certificate.pem"),
                    self.keys[peer][0]
                )
            })
            .collect();
        let peers = peers.concat();
        let text = format!(
            "party = {party}\nlisten = \"127.0.0.1:{}\"\ncertificate = {:?}\ncertificate_key = {:?}\nstate = {:?}\n\
             face_bound = 600\nboth_bound = 1400\n{peers}[registrars.north]\nquestions_a_day = 50\nkiosks = [\"{}\"]\n",
            self.ports[party],
            at("certificate.pem"),
            at("key.pem"),
            at(&format!("state-{party}")),
            PublicKey::from(&kiosk_key())
        );
        std::fs::write(&path, text).unwrap();
        path
    }

    fn start(&mut self, party: usize) {
        let mut command = program();
        command.args(["serve", "--config"]).arg(self.config(party));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.starts_with("serving 127.0.0.1:"), "{line:?}");
        self.running[party] = Some(child);
    }

    fn kill(&mut self, party: usize) {
        let mut child = self.running[party].take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    fn known(&self) -> [KnownSearcher; 3] {
        let authority =
            CertificateDer::from(std::fs::read(self.folder.path().join("certificate.der")).unwrap());
        PARTIES.map(|party| {
            let [key, seal] = &self.keys[party.index()];
            let place = Place {
                address: format!("127.0.0.1:{}", self.ports[party.index()]),
                name: "localhost".into(),
                authority: vec![authority.clone()],
            };
            let seal = <[u8; 32]>::try_from(hex::decode(seal).unwrap()).unwrap();
            KnownSearcher { place, key: key.parse().unwrap(), seal: SealPublic(seal) }
        })
    }

    async fn try_ask(&self, template: &Template) -> Result<Searched, AskError> {
        let key = kiosk_key();
        let about = (Id([1; 32]), PublicKey::from(&key));
        kiosk::ask(&self.known(), template, about, true, now(), |question| Signed::sign(question, &key)).await
    }

    /// Asks until the three have met each other.
    async fn ask(&self, template: &Template) -> Searched {
        let mut why = String::new();
        for _ in 0..40 {
            match self.try_ask(template).await {
                Ok(searched) => return searched,
                Err(error) => why = error.to_string(),
            }
            tokio::time::sleep(std::time::Duration::from_millis(250)).await;
        }
        panic!("{why}");
    }

    async fn remove(&self, handle: Digest) -> Result<(), AskError> {
        let key = kiosk_key();
        let removal = TemplateRemoval { handle, kiosk: PublicKey::from(&key), time: now() };
        kiosk::remove(&self.known(), &Signed::sign(removal, &key).unwrap()).await
    }
}

#[tokio::test]
async fn three_programs_keep_find_and_forget_and_survive_a_kill() {
    let mut random = ChaCha20Rng::from_seed([1; 32]);
    let (one, other) = (Decoy::fresh(&mut random), Decoy::fresh(&mut random));
    let mut searchers = Searchers::set_up();
    let alone = searchers.try_ask(one.enrolled()).await;
    assert!(matches!(alone, Err(AskError::Line { .. })), "nobody is there yet");
    (0..3).for_each(|party| searchers.start(party));
    let kept = searchers.ask(one.enrolled()).await.kept.expect("nobody was there");
    let key = kiosk_key();
    let known = searchers.known();
    let fleet =
        kiosk::rotation(&known, PublicKey::from(&key), now(), |question| Signed::sign(question, &key));
    assert!(fleet.await.is_ok());
    for party in 0..3 {
        searchers.kill(party);
        searchers.start(party);
        let again = searchers.ask(&one.again(200, &mut random)).await;
        assert!(again.result.payload().found && again.kept.is_none(), "after searcher {party} was killed");
    }
    assert!(searchers.ask(other.enrolled()).await.kept.is_some());
    searchers.remove(kept).await.unwrap();
    assert!(matches!(searchers.remove(kept).await, Err(AskError::Refused { .. })));
    let once_more = searchers.ask(one.enrolled()).await;
    assert!(once_more.kept.is_some() && once_more.result.payload().compared == 1);
}

#[test]
fn what_cannot_be_used_is_refused_in_words() {
    let searchers = Searchers::set_up();
    let refused = |text: &str| {
        let path = searchers.folder.path().join("changed.toml");
        std::fs::write(&path, text).unwrap();
        let ended = program().args(["serve", "--config"]).arg(&path).output().unwrap();
        assert_eq!(ended.status.code(), Some(1));
        String::from_utf8(ended.stderr).unwrap()
    };
    let good = std::fs::read_to_string(searchers.config(0)).unwrap();
    assert!(refused(&good.replace("party = 0", "party = 3")).contains("0 to 2 are there"));
    assert!(refused(&good.replace("party = 0", "party = 1")).contains("the secret in"));
    assert!(refused(&good.replace("face_bound = 600", "face_bound = 0")).contains("1 to 4000 thousandths"));
    assert!(refused(&good.replace("state-0", "nowhere")).contains("wetsign-searcher init"));
    assert!(refused(&good.replace(&searchers.keys[1][0], &searchers.keys[2][0])).contains("three different"));
    assert!(refused(&good.replace("both_bound", "bth_bound")).contains("bth_bound"));
    let again =
        program().args(["init", "--state"]).arg(searchers.folder.path().join("state-0")).output().unwrap();
    assert_eq!(again.status.code(), Some(1), "a secret is never overwritten");
}
