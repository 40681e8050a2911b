//! The public interface `wetsign.v1`: thin edges that translate and pass on.
//!
//! Three doors: a Unix socket with everything, TLS over TCP with what a stranger may do, and TLS over TCP for people's
//! own devices (`access.rs`). Each door carries only so much: connections (`incoming.rs`, `line.rs`), calls and what
//! their answers hold (`bounds.rs`, `share.rs`), work on the books (`desk.rs`).

pub mod access;
mod assets;
mod authority;
mod bounds;
mod companion;
mod convert;
mod desk;
mod devices;
mod enrolments;
pub mod expiry;
pub mod feed;
mod health;
mod incoming;
pub mod keyholder;
mod keys;
mod kiosk;
mod line;
mod measures;
mod page;
mod pairings;
mod peer;
mod relay;
mod requesters;
mod requests;
pub mod running;
mod said;
mod sessions;
mod share;
pub mod tls;

use std::{
    io::ErrorKind,
    net::SocketAddr,
    os::unix::fs::{FileTypeExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio::{
    net::{TcpListener, UnixListener, UnixStream},
    sync::watch,
};
use tonic::transport::{Server, ServerTlsConfig, server::Router};
use tonic_web::GrpcWebLayer;
use tower::layer::util::{Identity as NoLayer, Stack};
use wetsign_api::{
    MAX_MESSAGE,
    health::health_server::HealthServer,
    v1::{
        DESCRIPTORS, approvals_server::ApprovalsServer, assets_server::AssetsServer,
        companion_server::CompanionServer, enrolments_server::EnrolmentsServer, keys_server::KeysServer,
        kiosk_server::KioskServer, pairings_server::PairingsServer, requesters_server::RequestersServer,
        requests_server::RequestsServer, sessions_server::SessionsServer,
    },
};

use crate::{
    config::{Api, Limits},
    kiosk::Kiosk,
    manager,
    people::pairing::Authority,
    serve::running::Sessions,
};
use access::{Door, Guard};
use bounds::{Bounds, Holding};
use desk::{Desk, Services};
use incoming::incoming;
use measures::Measures;

/// The largest message that a stranger may send: rules with a descriptor, and room for their envelope.
const MAX_BROUGHT: usize = 128 * 1024;
/// The largest question to reflection and health.
const MAX_QUESTION: usize = 4 * 1024;
/// What a client may send before it is read: on one stream, on one connection. Answers are bounded by the client's own
/// windows.
const STREAM_WINDOW: u32 = 64 * 1024;
const CONNECTION_WINDOW: u32 = 128 * 1024;
const HEADERS: u32 = 8 * 1024;
/// How long open calls may go on after the kiosk was asked to stop.
const FAREWELL: Duration = Duration::from_secs(1);
/// Descriptors for everything but connections: store, log, sensor, element.
const OTHER_FILES: u64 = 128;

/// A service with the size limits of the interface.
macro_rules! sized {
    ($server:ident, $parts:ident, $most:expr) => {
        $server::new($parts.clone()).max_decoding_message_size($most).max_encoding_message_size(MAX_MESSAGE)
    };
}

/// Why the daemon does not serve.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The socket cannot be made.
    #[error("socket {} cannot be {what}", path.display())]
    Socket {
        /// What was tried.
        what: &'static str,
        /// The socket.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// Another daemon listens there.
    #[error("another daemon listens on {}: stop it, or choose another --socket", path.display())]
    Taken {
        /// The socket.
        path: PathBuf,
    },
    /// A file of the TLS door is not what it has to be.
    #[error(transparent)]
    Tls(#[from] tls::TlsError),
    /// The TCP address cannot be read.
    #[error("{name} = {given:?} is no address and port")]
    Address {
        /// As it is called in the configuration.
        name: &'static str,
        /// As configured.
        given: String,
    },
    /// The TCP address cannot be listened on.
    #[error("{name} = {address} cannot be listened on")]
    Listen {
        /// As it is called in the configuration.
        name: &'static str,
        /// As configured.
        address: SocketAddr,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// There are not enough descriptors for the connections that are configured.
    #[error(
        "{needed} open files are needed (api.limits.connections for each door, and {OTHER_FILES} more), but {allowed} are \
         allowed: raise the limit (`ulimit -n`, LimitNOFILE=), or let fewer connections in"
    )]
    Files {
        /// With these connections.
        needed: u64,
        /// By the system.
        allowed: u64,
    },
    /// Metrics have nowhere to go.
    #[error("metrics.file = {} cannot be written", path.display())]
    Metrics {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// The kiosk cannot show itself to devices.
    #[error(transparent)]
    Devices(#[from] crate::people::pairing::AuthorityError),
    /// The transport failed.
    #[error("the server ended")]
    Transport(#[from] tonic::transport::Error),
    /// The reflection service cannot be made.
    #[error("the reflection service cannot be made")]
    Reflection(#[from] tonic_reflection::server::Error),
}

/// Serves until `stop` turns true; calls that are open then have a second to end. Local clients come in by the socket
/// that was handed over, where one was; else it is made at `api.socket`.
///
/// # Errors
/// [`ServeError`].
pub async fn serve(
    kiosk: Arc<Kiosk>,
    sessions: Arc<Sessions>,
    handed: Option<std::os::unix::net::UnixListener>,
    stop: watch::Receiver<bool>,
) -> Result<(), ServeError> {
    let api = kiosk.config.api.clone();
    let doors = 1 + u64::from(!api.tls.address.is_empty()) + u64::from(!api.devices.address.is_empty());
    enough_files(api.limits.connections as u64 * doors + OTHER_FILES)?;
    let mut remotes = Vec::new();
    if !api.tls.address.is_empty() {
        remotes.push(Remote::open(&api).await?);
    }
    if let Some(authority) = kiosk.authority.as_ref().filter(|_| !api.devices.address.is_empty()) {
        remotes.push(Remote::for_devices(&api, authority).await?);
    }
    if api.tls.address.is_empty()
        && !(api.tls.certificate.as_os_str().is_empty() && api.tls.key.as_os_str().is_empty())
    {
        tracing::warn!("api.tls names files, but no address: nobody is served over TLS");
    }
    // A socket of the service manager's stays in its place when this process ends.
    let ours = handed.is_none();
    let listener = match handed {
        Some(socket) => UnixListener::from_std(socket).map_err(|source| ServeError::Socket {
            what: "taken from the service manager",
            path: api.socket.clone(),
            source,
        })?,
        None => bind(&api.socket).await?,
    };
    tracing::info!(socket = %api.socket.display(), handed = !ours, "serving local clients");
    let bounds = Bounds::new(&api.limits);
    let local = router(&kiosk, &sessions, &api, Door::Local, &bounds, None)?
        .serve_with_incoming_shutdown(incoming(listener, bounds), stopped(stop.clone()));
    let _measures = measures(&kiosk).await?;
    let (theirs, running) = (Arc::clone(&kiosk), Arc::clone(&sessions));
    let services = Services { kiosk: theirs, sessions: running, desk: Desk::default(), door: Door::Device };
    tokio::spawn(relay::follow(services, stop.clone()));
    manager::began(&kiosk);
    let serving = async {
        let mut opened = Vec::new();
        for Remote { listener, door, tls, address } in remotes {
            tracing::info!(%address, ?door, "serving over TLS");
            let bounds = Bounds::new(&api.limits);
            let remote = router(&kiosk, &sessions, &api, door, &bounds, Some(tls))?
                .serve_with_incoming_shutdown(incoming(listener, bounds), stopped(stop.clone()));
            opened.push(remote);
        }
        tokio::try_join!(local, futures_util::future::try_join_all(opened))?;
        Ok::<_, ServeError>(())
    };
    let late = async {
        stopped(stop.clone()).await;
        tokio::time::sleep(FAREWELL).await;
        tracing::warn!("clients were still connected after {} s", FAREWELL.as_secs());
    };
    let served = tokio::select! {
        served = serving => served,
        () = late => Ok(()),
    };
    manager::ends();
    if ours {
        // The next start finds a clean place; a socket left by a crash is recognised too.
        let _ = std::fs::remove_file(&api.socket);
    }
    served
}

/// Metrics are kept as long as this is.
async fn measures(kiosk: &Arc<Kiosk>) -> Result<Option<Measures>, ServeError> {
    let path = kiosk.config.metrics.file.clone();
    if path.as_os_str().is_empty() {
        return Ok(None);
    }
    let kept = Measures::keep(kiosk, path.clone()).await;
    kept.map(Some).map_err(|source| ServeError::Metrics { path, source })
}

async fn stopped(mut stop: watch::Receiver<bool>) {
    // A sender that is gone stops too.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// The door over TLS, before anybody is let in.
struct Remote {
    listener: TcpListener,
    door: Door,
    tls: ServerTlsConfig,
    address: SocketAddr,
}

impl Remote {
    async fn open(api: &Api) -> Result<Self, ServeError> {
        let tls = tls::config(api)?;
        let known = !api.tls.client_ca.as_os_str().is_empty();
        Self::at("api.tls.address", &api.tls.address, if known { Door::Known } else { Door::Remote }, tls)
            .await
    }

    async fn for_devices(api: &Api, authority: &Authority) -> Result<Self, ServeError> {
        let tls = devices::tls(authority, &api.limits)?;
        Self::at("api.devices.address", &api.devices.address, Door::Device, tls).await
    }

    async fn at(
        name: &'static str,
        given: &str,
        door: Door,
        tls: ServerTlsConfig,
    ) -> Result<Self, ServeError> {
        let address = given.parse().map_err(|_| ServeError::Address { name, given: given.to_owned() })?;
        let listener = TcpListener::bind(address).await;
        let listener = listener.map_err(|source| ServeError::Listen { name, address, source })?;
        Ok(Self { listener, door, tls, address })
    }
}

/// Raises this process's own limit of open files as far as it may.
fn enough_files(needed: u64) -> Result<(), ServeError> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current.is_none_or(|current| current >= needed) {
        return Ok(());
    }
    let allowed = maximum.unwrap_or(u64::MAX);
    let raised =
        allowed >= needed && setrlimit(Resource::Nofile, Rlimit { current: Some(needed), maximum }).is_ok();
    if raised { Ok(()) } else { Err(ServeError::Files { needed, allowed }) }
}

/// All services behind the table of callers and the bounds on calls, in gRPC and in gRPC-Web (over HTTP/2 too).
type Guarded = Router<Stack<Guard, Stack<Holding, Stack<GrpcWebLayer, NoLayer>>>>;

fn router(
    kiosk: &Arc<Kiosk>,
    sessions: &Arc<Sessions>,
    api: &Api,
    door: Door,
    bounds: &Arc<Bounds>,
    tls: Option<ServerTlsConfig>,
) -> Result<Guarded, ServeError> {
    let reflection =
        || tonic_reflection::server::Builder::configure().register_encoded_file_descriptor_set(DESCRIPTORS);
    let mut server = Server::builder();
    if let Some(tls) = tls {
        server = server.tls_config(tls)?;
    }
    let parts =
        Services { kiosk: Arc::clone(kiosk), sessions: Arc::clone(sessions), desk: Desk::default(), door };
    let local = door == Door::Local;
    let devices = local || door == Door::Device;
    Ok(server
        .timeout(Duration::from_secs(api.deadline_s))
        .max_concurrent_streams(api.concurrency as u32)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .http2_max_header_list_size(HEADERS)
        .http2_keepalive_interval(Some(Limits::PING))
        .http2_keepalive_timeout(Some(Duration::from_secs(api.limits.stall_s)))
        // What browsers' libraries write is read as the rest is, before anything is decided of it.
        .layer(GrpcWebLayer::new())
        .layer(Holding(Arc::clone(bounds)))
        .layer(Guard { door, kiosk: Arc::clone(kiosk) })
        .add_service(sized!(HealthServer, parts, MAX_QUESTION))
        .add_service(reflection().build_v1()?.max_decoding_message_size(MAX_QUESTION))
        .add_service(reflection().build_v1alpha()?.max_decoding_message_size(MAX_QUESTION))
        .add_service(sized!(RequestsServer, parts, MAX_BROUGHT))
        .add_service(sized!(AssetsServer, parts, MAX_BROUGHT))
        .add_service(sized!(ApprovalsServer, parts, MAX_QUESTION))
        .add_service(sized!(KeysServer, parts, MAX_BROUGHT))
        .add_service(sized!(KioskServer, parts, MAX_QUESTION))
        // What the table does not admit does not get here.
        .add_service(sized!(EnrolmentsServer, parts, if local { MAX_MESSAGE } else { MAX_BROUGHT }))
        .add_optional_service(local.then(|| sized!(SessionsServer, parts, MAX_BROUGHT)))
        .add_optional_service(local.then(|| sized!(RequestersServer, parts, MAX_BROUGHT)))
        .add_optional_service(devices.then(|| sized!(CompanionServer, parts, MAX_BROUGHT)))
        .add_optional_service(devices.then(|| sized!(PairingsServer, parts, MAX_BROUGHT))))
}

async fn bind(path: &Path) -> Result<UnixListener, ServeError> {
    let failed = |what| move |source| ServeError::Socket { what, path: path.to_owned(), source };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(failed("put in a folder"))?;
    }
    match UnixStream::connect(path).await {
        Ok(_) => return Err(ServeError::Taken { path: path.to_owned() }),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        // Nobody answers: a crash left it. Anything but a socket is not ours to remove.
        Err(error) if error.kind() == ErrorKind::ConnectionRefused && is_socket(path) => {
            std::fs::remove_file(path).map_err(failed("removed"))?;
        }
        Err(error) => return Err(failed("made: what lies there is no socket that a crash left")(error)),
    }
    // It is made in a folder that only we can enter, and has its permissions before anybody can find it.
    let aside = folder_beside(path).map_err(failed("made in a folder of its own"))?;
    let hidden = aside.0.join("s");
    let listener = UnixListener::bind(&hidden).map_err(failed("made"))?;
    std::fs::set_permissions(&hidden, std::fs::Permissions::from_mode(0o660)).map_err(failed("protected"))?;
    std::fs::rename(&hidden, path).map_err(failed("put in its place"))?;
    Ok(listener)
}

/// A new folder beside `path` that is gone when this is dropped.
struct Aside(PathBuf);

impl Drop for Aside {
    fn drop(&mut self) {
        // A folder that is left over harms nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn folder_beside(path: &Path) -> std::io::Result<Aside> {
    use std::os::unix::fs::DirBuilderExt;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Short, because a socket's path has at most 107 bytes.
    let aside = folder.join(format!(".w{}", std::process::id()));
    // One that a process of this number left is ours.
    match std::fs::remove_dir_all(&aside) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    std::fs::DirBuilder::new().mode(0o700).create(&aside)?;
    Ok(Aside(aside))
}

fn is_socket(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|about| about.file_type().is_socket())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_socket_left_by_a_crash_makes_room_and_a_file_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let (left, file) = (folder.path().join("left.sock"), folder.path().join("letter"));
        drop(std::os::unix::net::UnixListener::bind(&left).unwrap());
        std::fs::write(&file, "keep me").unwrap();

        let listener = bind(&left).await.unwrap();
        assert!(matches!(bind(&left).await, Err(ServeError::Taken { .. })));
        assert!(matches!(bind(&file).await, Err(ServeError::Socket { .. })));

        assert_eq!(std::fs::read_to_string(&file).unwrap(), "keep me");
        let mode = std::fs::symlink_metadata(&left).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o660);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left beside it");
        drop(listener);
    }
}
