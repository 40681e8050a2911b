//! The public interface `wetsign.v1`: thin edges that translate and pass on.
//!
//! Two doors: a Unix socket with everything, and TLS over TCP with what a stranger may do (`access.rs`). Each call is
//! served by a task of its own; work on the books goes to the blocking pool; a slow watcher holds up nobody.

mod access;
mod assets;
mod convert;
mod enrolments;
mod kiosk;
mod requests;
mod sessions;

use std::{
    io::ErrorKind,
    os::unix::fs::{FileTypeExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio::{
    net::{UnixListener, UnixStream},
    sync::watch,
};
use tokio_stream::wrappers::UnixListenerStream;
use tonic::transport::{Certificate, Identity, Server, ServerTlsConfig, server::Router};
use tower::layer::util::{Identity as NoLayer, Stack};
use wetsign_api::{
    MAX_MESSAGE,
    v1::{
        DESCRIPTORS, approvals_server::ApprovalsServer, assets_server::AssetsServer,
        enrolments_server::EnrolmentsServer, kiosk_server::KioskServer, requests_server::RequestsServer,
        sessions_server::SessionsServer,
    },
};

use crate::{config::Api, kiosk::Kiosk};
use access::{Door, Guard};

/// A service with the size limits of the interface.
macro_rules! sized {
    ($server:ident, $parts:ident) => {
        $server::new($parts.clone())
            .max_decoding_message_size(MAX_MESSAGE)
            .max_encoding_message_size(MAX_MESSAGE)
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
    /// A PEM file cannot be read.
    #[error("{} cannot be read", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// The TCP address is none.
    #[error("api.tls.address = {given:?} is no address and port")]
    Address {
        /// As configured.
        given: String,
    },
    /// The transport failed.
    #[error("the server ended")]
    Transport(#[from] tonic::transport::Error),
    /// The reflection service cannot be made.
    #[error("the reflection service cannot be made")]
    Reflection(#[from] tonic_reflection::server::Error),
}

/// Serves until `stop` turns true.
///
/// # Errors
/// [`ServeError`].
pub async fn serve(kiosk: Arc<Kiosk>, stop: watch::Receiver<bool>) -> Result<(), ServeError> {
    let api = kiosk.config.api.clone();
    let listener = bind(&api.socket).await?;
    tracing::info!(socket = %api.socket.display(), "serving local clients");
    let local = router(&kiosk, &api, Door::Local, None)?
        .serve_with_incoming_shutdown(UnixListenerStream::new(listener), stopped(stop.clone()));
    if api.tls.address.is_empty() {
        local.await?;
    } else {
        let address =
            api.tls.address.parse().map_err(|_| ServeError::Address { given: api.tls.address.clone() })?;
        let tls = tls(&api)?;
        let known = !api.tls.client_ca.as_os_str().is_empty();
        let door = if known { Door::Known } else { Door::Remote };
        tracing::info!(%address, client_certificates = known, "serving over TLS");
        let remote = router(&kiosk, &api, door, Some(tls))?.serve_with_shutdown(address, stopped(stop));
        tokio::try_join!(local, remote)?;
    }
    // The next start finds a clean place; a socket left by a crash is recognised too.
    let _ = std::fs::remove_file(&api.socket);
    Ok(())
}

async fn stopped(mut stop: watch::Receiver<bool>) {
    // A sender that is gone stops too.
    let _ = stop.wait_for(|stop| *stop).await;
}

fn router(
    kiosk: &Arc<Kiosk>,
    api: &Api,
    door: Door,
    tls: Option<ServerTlsConfig>,
) -> Result<Router<Stack<Guard, NoLayer>>, ServeError> {
    let (health, health_service) = tonic_health::server::health_reporter();
    tokio::spawn(async move { health.set_service_status("", tonic_health::ServingStatus::Serving).await });
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(DESCRIPTORS)
        .build_v1()?;
    let mut server = Server::builder();
    if let Some(tls) = tls {
        server = server.tls_config(tls)?;
    }
    let parts = Services { kiosk: Arc::clone(kiosk) };
    let local = door == Door::Local;
    Ok(server
        .timeout(Duration::from_secs(api.deadline_s))
        .concurrency_limit_per_connection(api.concurrency)
        .layer(Guard(door))
        .add_service(health_service)
        .add_service(reflection)
        .add_service(sized!(RequestsServer, parts))
        .add_service(sized!(AssetsServer, parts))
        .add_service(sized!(ApprovalsServer, parts))
        .add_service(sized!(KioskServer, parts))
        .add_optional_service(local.then(|| sized!(SessionsServer, parts)))
        .add_optional_service(local.then(|| sized!(EnrolmentsServer, parts))))
}

/// Serves every service of the interface.
#[derive(Clone)]
pub(crate) struct Services {
    kiosk: Arc<Kiosk>,
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
    let listener = UnixListener::bind(path).map_err(failed("made"))?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660)).map_err(failed("protected"))?;
    Ok(listener)
}

fn is_socket(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|about| about.file_type().is_socket())
}

fn tls(api: &Api) -> Result<ServerTlsConfig, ServeError> {
    let read =
        |path: &PathBuf| std::fs::read(path).map_err(|source| ServeError::Pem { path: path.clone(), source });
    let identity = Identity::from_pem(read(&api.tls.certificate)?, read(&api.tls.key)?);
    let mut tls = ServerTlsConfig::new().identity(identity);
    if !api.tls.client_ca.as_os_str().is_empty() {
        tls = tls.client_ca_root(Certificate::from_pem(read(&api.tls.client_ca)?));
    }
    Ok(tls)
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
        drop(listener);
    }
}
