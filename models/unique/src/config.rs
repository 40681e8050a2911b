//! What a searcher is set up with: a TOML file, and a secret beside its journal.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use ed25519_dalek::SigningKey;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde::Deserialize;
use tokio_rustls::TlsAcceptor;
use wetsign_api::{own_file, pem};
use wetsign_attest::id::{PublicKey, sha256};
use wetsign_pair::SealKey;
use zeroize::Zeroizing;

use crate::budget::Budgets;
use crate::line::{self, LineError, Place};
use crate::node::Setup;
use crate::ring::Party;
use crate::template::Bounds;

/// Bytes of the longest file that is read.
const FILE: u64 = 1024 * 1024;

/// A searcher's file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Which of the three it is, 0 to 2.
    pub party: u8,
    /// Where it listens.
    pub listen: String,
    /// Its certificate, PEM, by its operator's own authority.
    pub certificate: PathBuf,
    /// The key to it, PEM, readable by its owner alone.
    pub certificate_key: PathBuf,
    /// Folder of its secret and its journal (`wetsign-searcher init`).
    pub state: PathBuf,
    /// Face similarity from which on two are one person, thousandths, as 4-bit templates measure it.
    pub face_bound: u16,
    /// The same for the sum of both similarities.
    pub both_bound: u16,
    /// All three, in their order; its own too.
    pub searchers: Vec<Peer>,
    /// Who may ask.
    pub registrars: BTreeMap<String, Registrar>,
}

/// One of the three.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Peer {
    /// `host:port`.
    pub address: String,
    /// Name in its certificate.
    pub name: String,
    /// Its operator's authority, PEM.
    pub authority: PathBuf,
    /// With what it signs.
    pub key: PublicKey,
}

/// Who answers for some kiosks.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registrar {
    /// Questions a day that all of them may ask together.
    pub questions_a_day: u32,
    /// The kiosks' keys.
    pub kiosks: Vec<PublicKey>,
}

/// Why a searcher cannot be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A file cannot be used.
    #[error("{}: {why}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// Its content means nothing.
    #[error("{0}")]
    Value(String),
    /// TLS.
    #[error("certificate and key cannot be used")]
    Tls(#[from] LineError),
}

fn file(path: &Path, why: impl std::fmt::Display) -> ConfigError {
    ConfigError::File { path: path.to_owned(), why: why.to_string() }
}

fn read(path: &Path) -> Result<Vec<u8>, ConfigError> {
    let mut bytes = Vec::new();
    let opened = File::open(path).and_then(|file| file.take(FILE + 1).read_to_end(&mut bytes));
    opened.map_err(|error| file(path, error))?;
    if bytes.len() as u64 > FILE { Err(file(path, format!("has more than {FILE} bytes"))) } else { Ok(bytes) }
}

/// What follows from a searcher's secret.
pub struct Secrets {
    /// With what it signs.
    pub key: SigningKey,
    /// To what parts are sealed.
    pub seal: SealKey,
    /// What it contributes to the fleet's rotation.
    pub contribution: Zeroizing<[u8; 32]>,
    /// With what its journal is sealed.
    pub journal: Zeroizing<[u8; 32]>,
}

impl Secrets {
    /// From 32 bytes.
    pub fn of(secret: &[u8; 32]) -> Self {
        let derived = |what: &[u8]| Zeroizing::new(sha256(&[b"wetsign/searcher-secret/1", what, secret]));
        Self {
            key: SigningKey::from_bytes(&derived(b"sign")),
            seal: SealKey::of(derived(b"seal")),
            contribution: derived(b"rotation"),
            journal: derived(b"journal"),
        }
    }

    /// Draws a secret into a new folder.
    ///
    /// # Errors
    /// [`ConfigError::File`] if there is one already.
    pub fn init(state: &Path) -> Result<Self, ConfigError> {
        let path = state.join("secret");
        let mut secret = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *secret).map_err(|error| file(&path, error))?;
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(state);
        made.map_err(|error| file(state, error))?;
        let opened = File::options().write(true).create_new(true).mode(0o400).open(&path);
        let written = opened.and_then(|mut file| file.write_all(&*secret).and_then(|()| file.sync_all()));
        written.map_err(|error| file(&path, error))?;
        Ok(Self::of(&secret))
    }

    /// Reads the secret of a folder, which nobody else may read.
    ///
    /// # Errors
    /// [`ConfigError::File`].
    pub fn read(state: &Path) -> Result<Self, ConfigError> {
        let path = state.join("secret");
        let mut secret = Zeroizing::new([0; 32]);
        let mut opened = own_file::open_secret(&path)
            .map_err(|error| file(&path, format!("{error}; `wetsign-searcher init` makes one")))?;
        opened.read_exact(&mut *secret).map_err(|error| file(&path, error))?;
        Ok(Self::of(&secret))
    }
}

impl Config {
    /// Reads the file.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = String::from_utf8(read(path)?).map_err(|error| file(path, error))?;
        let config: Self = toml::from_str(&text).map_err(|error| file(path, error))?;
        config.check()?;
        Ok(config)
    }

    /// Which of the three it is.
    ///
    /// # Errors
    /// [`ConfigError::Value`].
    pub fn party(&self) -> Result<Party, ConfigError> {
        let words = || ConfigError::Value(format!("party is {}, 0 to 2 are there", self.party));
        Party::new(self.party).ok_or_else(words)
    }

    fn check(&self) -> Result<(), ConfigError> {
        self.party()?;
        let wrong = |what: String| Err(ConfigError::Value(what));
        if self.searchers.len() != 3 {
            return wrong(format!(
                "[[searchers]] are {}, three are needed, in their order",
                self.searchers.len()
            ));
        }
        let keys: std::collections::BTreeSet<_> = self.searchers.iter().map(|peer| peer.key).collect();
        if keys.len() != 3 || keys.iter().any(PublicKey::is_passkey) {
            return wrong("[[searchers]] need three different Ed25519 keys".into());
        }
        if !self.bounds().usable() {
            return wrong(format!(
                "face_bound is {} and both_bound {}: 1 to {} thousandths can be asked for",
                self.face_bound,
                self.both_bound,
                Bounds::MOST
            ));
        }
        let mut kiosks: Vec<_> = self.registrars.values().flat_map(|one| &one.kiosks).collect();
        kiosks.sort();
        if let Some([twice, _]) = kiosks.array_windows().find(|[one, other]| one == other) {
            return wrong(format!("[registrars] names kiosk {twice} twice: each belongs to one"));
        }
        Ok(())
    }

    fn bounds(&self) -> Bounds {
        Bounds { face: self.face_bound, both: self.both_bound }
    }

    /// Keys of all three.
    pub fn keys(&self) -> [PublicKey; 3] {
        std::array::from_fn(|at| self.searchers[at].key)
    }

    /// Where all three are.
    ///
    /// # Errors
    /// [`ConfigError::File`].
    pub fn places(&self) -> Result<[Place; 3], ConfigError> {
        let mut places = Vec::new();
        for Peer { address, name, authority, .. } in &self.searchers {
            places.push(Place {
                address: address.clone(),
                name: name.clone(),
                authority: authorities(authority)?,
            });
        }
        places.try_into().map_err(|_| ConfigError::Value("[[searchers]] are not three".into()))
    }

    /// Its side of TLS.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn tls(&self) -> Result<TlsAcceptor, ConfigError> {
        let (path, key_path) = (&self.certificate, &self.certificate_key);
        let chain = pem::certificates(&read(path)?).map_err(|error| file(path, error))?;
        let mut key = Zeroizing::new(Vec::new());
        let opened = own_file::open_secret(key_path).map_err(|error| file(key_path, error))?;
        opened.take(FILE).read_to_end(&mut key).map_err(|error| file(key_path, error))?;
        pem::fits(&chain, &key).map_err(|error| file(key_path, error))?;
        let key = PrivateKeyDer::from_pem_slice(&key).map_err(|error| file(key_path, error))?;
        Ok(line::acceptor(chain, key)?)
    }

    /// What the searcher itself needs.
    ///
    /// # Errors
    /// [`ConfigError::Value`] if the secret is another searcher's.
    pub fn setup(&self, secrets: &Secrets) -> Result<Setup, ConfigError> {
        let party = self.party()?;
        let (searchers, own) = (self.keys(), PublicKey::from(&secrets.key));
        if searchers[party.index()] != own {
            return Err(ConfigError::Value(format!(
                "[[searchers]] names {} as {party}, and the secret in {} gives {own}",
                searchers[party.index()],
                self.state.display()
            )));
        }
        let kiosks = self
            .registrars
            .iter()
            .flat_map(|(name, one)| one.kiosks.iter().map(|kiosk| (*kiosk, name.clone())))
            .collect();
        let allowed = self.registrars.iter().map(|(name, one)| (name.clone(), one.questions_a_day)).collect();
        Ok(Setup {
            party,
            searchers,
            key: secrets.key.clone(),
            seal: SealKey::of(Zeroizing::new(*secrets.seal.as_bytes())),
            contribution: secrets.contribution.clone(),
            kiosks,
            budgets: Budgets::new(allowed),
            bounds: self.bounds(),
        })
    }
}

/// Authorities in a PEM file.
///
/// # Errors
/// [`ConfigError::File`].
pub fn authorities(path: &Path) -> Result<Vec<CertificateDer<'static>>, ConfigError> {
    pem::authorities(&read(path)?).map_err(|error| file(path, error))
}
