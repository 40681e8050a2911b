//! A kiosk set up for a story: a secure element, a daemon with its sensor, and a client, in a folder of their own.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, ensure};
use wetsign_api::{Client, Endpoint, v1};
use wetsign_attest::{
    TrustPolicy,
    eat::Home,
    id::{Atto, Digest, PublicKey},
    policy::{RelyingParty, TrustedLog},
};
use wetsign_circuits::{ProvingKey, VerifyingKey};

use crate::{
    cast::{Cast, ElementIdentity},
    phone,
    process::{self, Running},
    secure_element::{Kind, SecureElement, copy_folder},
};

const ORIGIN: &str = "demo.wetsign.example/kiosk";
/// Loading the networks and, the first time, making the development key take the longest.
const DAEMON_READY: Duration = Duration::from_mins(3);

/// A kiosk that runs.
pub struct Stage {
    /// Where the programs lie.
    pub programs: PathBuf,
    /// The cache with models and data.
    pub cache: PathBuf,
    /// A client of the kiosk.
    pub client: Client,
    folder: PathBuf,
    identity: ElementIdentity,
    proving_key: ProvingKey,
    relying_party: RelyingParty,
    element: SecureElement,
    daemon: Running,
}

/// TLS over TCP on this machine.
#[derive(Debug, Clone)]
pub struct TlsDoor {
    /// Port on the loopback address.
    pub port: u16,
    /// Certificate chain, PEM.
    pub certificate: String,
    /// Its private key, PEM.
    pub key: String,
    /// Authority of the clients' certificates, PEM; `None`: nobody is asked for one.
    pub client_ca: Option<String>,
}

/// What differs between stages.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// What the secure element runs on.
    pub secure_element: Kind,
    /// A door for strangers, besides the Unix socket.
    pub tls: Option<TlsDoor>,
    /// Whose pages ask for passkeys; `None`: the one that [`phone`] acts for.
    pub relying_party: Option<RelyingParty>,
    /// Only the kiosk's own camera and microphone count; recordings are refused.
    pub live_only: bool,
    /// More sections of the daemon's configuration; in `api`, beside what the stage needs itself.
    pub sections: toml::Table,
    /// Environment of the daemon, such as a point at which it has to crash.
    pub environment: BTreeMap<String, String>,
}

impl Stage {
    /// Sets everything up in `folder`, which is made, and waits until the kiosk is ready.
    pub async fn set_up(folder: &Path, cast: &Cast, options: &Options) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        let folder = folder.canonicalize()?;
        let programs = process::programs()?;
        let cache = wetsign_models::store::cache_dir()?;
        let proving_key =
            wetsign_circuits::development_key(&cache).context("loading the development proving key")?;

        if let Some(door) = &options.tls {
            std::fs::write(folder.join("tls.pem"), &door.certificate)?;
            std::fs::write(folder.join("tls.key"), &door.key)?;
            if let Some(authority) = &door.client_ca {
                std::fs::write(folder.join("clients.pem"), authority)?;
            }
        }
        let element =
            SecureElement::start(options.secure_element, &programs, &folder.join("element")).await?;
        let configuration = configuration(&folder, &cache, cast, &element.socket(), options);
        std::fs::write(folder.join("wetsignd.toml"), configuration)?;
        let identity = provision(&programs, &folder, cast)?;
        if let Some(built) = element.image()? {
            ensure!(
                built == identity.firmware_digest,
                "the firmware measures {}, the file that was started has {built}",
                identity.firmware_digest
            );
        }
        let (daemon, client) = start_daemon(&programs, &folder, options).await?;
        let relying_party = options.relying_party.clone().unwrap_or_else(phone::relying_party);
        Ok(Self { programs, cache, client, folder, identity, proving_key, relying_party, element, daemon })
    }

    /// Starts the daemon again over the same state; one that still runs is killed, as a power cut would.
    pub async fn restart(&mut self, options: &Options) -> anyhow::Result<()> {
        self.daemon.kill()?;
        let (daemon, client) = start_daemon(&self.programs, &self.folder, options).await?;
        self.daemon = daemon;
        self.client = client;
        Ok(())
    }

    /// The secure element.
    pub fn element(&self) -> &SecureElement {
        &self.element
    }

    /// Takes the secure element away.
    pub fn stop_element(&mut self) {
        self.element.stop();
    }

    /// Copies what daemon and element keep to a folder, while nobody writes.
    pub async fn copy_memories(&mut self, to: &Path, options: &Options) -> anyhow::Result<()> {
        self.daemon.kill()?;
        copy_folder(&self.folder.join("state"), &to.join("state"))?;
        self.element.copy_memory(&to.join("element"))?;
        self.restart(options).await
    }

    /// Puts the copy of what the element keeps back, behind the daemon's back.
    pub async fn put_back_element(&mut self, from: &Path) -> anyhow::Result<()> {
        self.element.put_back(&from.join("element")).await
    }

    /// Puts both copies back.
    pub async fn put_back(&mut self, from: &Path, options: &Options) -> anyhow::Result<()> {
        self.daemon.kill()?;
        copy_folder(&from.join("state"), &self.folder.join("state"))?;
        self.put_back_element(from).await?;
        self.restart(options).await
    }

    /// Where the kiosk keeps its state and its configuration.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The daemon's process.
    pub fn daemon(&mut self) -> &mut Running {
        &mut self.daemon
    }

    /// The key under which this kiosk's proofs verify.
    pub fn verifying_key(&self) -> &VerifyingKey {
        self.proving_key.verifying_key()
    }

    /// What an auditor of this story has to trust: these registrars, roots, keys and this log, and nothing else.
    pub async fn trust_policy(&self, cast: &Cast) -> anyhow::Result<TrustPolicy> {
        let status = self.client.kiosk().status(v1::StatusRequest {}).await?.into_inner();
        let named = |name: &str| {
            let key = status
                .identity
                .get(name)
                .with_context(|| format!("the kiosk does not name its {name} key"))?;
            anyhow::Ok(PublicKey::try_from(key.as_slice())?)
        };
        // Who runs what is known to whoever writes the policy: nobody is asked for it.
        let operators = [
            ("the kiosk's operator".to_owned(), vec![named("kiosk")?]),
            ("the registrar's operator".to_owned(), vec![PublicKey::from(&cast.registrar)]),
        ];
        Ok(TrustPolicy {
            version: wetsign_attest::policy::VERSION,
            registrars: vec![PublicKey::from(&cast.registrar)],
            registrars_needed: 1,
            roots: vec![PublicKey::from(&cast.root)],
            verifying_keys: vec![Digest(self.verifying_key().digest())],
            firmware: vec![self.identity.firmware_digest],
            checkers: vec![named("checker")?],
            minimum_stake: Atto(1_000_000_000_000_000_000),
            minimum_tau_face: None,
            minimum_tau_voice: None,
            accept_shared_roles: false,
            accept_simulated: false,
            accept_emulated: self.identity.home == Home::Emulator,
            accept_development_keys: false,
            accept_kiosk_custody: true,
            accept_phone_custody: false,
            media: None,
            relying_parties: vec![self.relying_party.clone()],
            minimum_entropy_millibits: 20_000,
            witnesses: None,
            log: TrustedLog { origin: ORIGIN.to_owned(), key: named("log")? },
            operators: operators.into(),
            searchers: None,
            gates: BTreeMap::new(),
        })
    }

    /// Peak resident memory of each program, MiB.
    pub fn peak_memory(&self) -> BTreeMap<String, u64> {
        self.element.peak_memory().into_iter().chain(self.daemon.peak_memory()).collect()
    }
}

fn configuration(folder: &Path, cache: &Path, cast: &Cast, element: &Path, options: &Options) -> String {
    let mut config = toml::Table::new();
    let mut section = |name: &str, values: &[(&str, toml::Value)]| {
        let table = values.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
        config.insert(name.to_owned(), toml::Value::Table(table));
    };
    let path = |name: &str| toml::Value::from(folder.join(name).display().to_string());
    let mut api = vec![("socket", path("kiosk.sock"))];
    if let Some(door) = &options.tls {
        let (certificate, key) = (path("tls.pem"), path("tls.key"));
        let address = toml::Value::from(format!("127.0.0.1:{}", door.port));
        let tls = [("address", address), ("certificate", certificate), ("key", key)];
        let clients = door.client_ca.as_ref().map(|_| ("client_ca", path("clients.pem")));
        let table = tls.into_iter().chain(clients).map(|(name, value)| (name.to_owned(), value)).collect();
        api.push(("tls", toml::Value::Table(table)));
        api.push(("strangers_may_bring", true.into()));
    }
    let mut more = options.sections.clone();
    let limits = more.remove("api").and_then(|api| api.as_table().cloned()).unwrap_or_default();
    api.extend(limits.iter().map(|(name, value)| (name.as_str(), value.clone())));
    section("api", &api);
    section("element", &[("address", element.display().to_string().into())]);
    section("sensor", &[("allow_simulated", (!options.live_only).into())]);
    section("registry", &[("registrars", vec![PublicKey::from(&cast.registrar).to_string()].into())]);
    section("log", &[("origin", ORIGIN.into())]);
    let party = options.relying_party.clone().unwrap_or_else(phone::relying_party);
    let party =
        toml::Table::from_iter([("id".into(), party.id.into()), ("origins".into(), party.origins.into())]);
    section("hub", &[("relying_parties", toml::Value::Array(vec![party.into()]))]);
    config.insert("state".into(), path("state"));
    config.insert("cache".into(), cache.display().to_string().into());
    config.extend(more);
    config.to_string()
}

/// Pairs the element with this kiosk and has it provisioned, as at a bench; gives what it says of itself.
fn provision(programs: &Path, folder: &Path, cast: &Cast) -> anyhow::Result<ElementIdentity> {
    let told = at_the_bench(programs, folder, &["identity"])?;
    let identity = serde_json::from_slice(&told).context("reading the secure element's identity")?;
    let chain = folder.join("element.cert");
    std::fs::write(&chain, cast.certify(&identity)?.bytes())?;
    at_the_bench(programs, folder, &["provision", &chain.display().to_string()])?;
    Ok(identity)
}

/// `wetsignd element …`; answers what it printed.
pub fn at_the_bench(programs: &Path, folder: &Path, arguments: &[&str]) -> anyhow::Result<Vec<u8>> {
    let output = Command::new(programs.join("wetsignd"))
        .arg("element")
        .args(arguments)
        .arg("--config")
        .arg(folder.join("wetsignd.toml"))
        .output()
        .context("running wetsignd element")?;
    ensure!(
        output.status.success(),
        "wetsignd element {}: {}",
        arguments.join(" "),
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(output.stdout)
}

async fn start_daemon(
    programs: &Path,
    folder: &Path,
    options: &Options,
) -> anyhow::Result<(Running, Client)> {
    let mut command = Command::new(programs.join("wetsignd"));
    command.arg("run").arg("--config").arg(folder.join("wetsignd.toml")).envs(&options.environment);
    let mut daemon = Running::start("wetsignd", command, &folder.join("wetsignd.log"))?;
    let endpoint = Endpoint::Unix(folder.join("kiosk.sock"));
    let mut client = None;
    daemon
        .until(DAEMON_READY, async || {
            client = match Client::connect(&endpoint).await {
                Ok(client) if is_ready(&client).await => Some(client),
                _ => None,
            };
            client.is_some()
        })
        .await?;
    Ok((daemon, client.context("the kiosk answered and then did not")?))
}

async fn is_ready(client: &Client) -> bool {
    let status = client.kiosk().status(v1::StatusRequest {}).await;
    status.is_ok_and(|status| status.into_inner().state == "ready")
}
