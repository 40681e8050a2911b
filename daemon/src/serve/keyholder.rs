//! `Keyholder`: what runners, and whoever conducts a key generation, ask of one (`wetsignd keyholder`).
//!
//! Two doors: a Unix socket for its operator, TLS over TCP for everybody else. Whoever comes in by TLS may ask anything
//! but `Tell`: what they bring is signed, and judged.

use std::{sync::Arc, time::Duration};

use tokio::{net::TcpListener, sync::watch};
use tokio_stream::wrappers::{TcpListenerStream, UnixListenerStream};
use tonic::{Request, Response, Status, transport::Server};
use wetsign_api::{
    MAX_MESSAGE,
    keyholder::{
        ReleaseRequest, ReleaseResponse, SpeakRequest, SpeakResponse, StatusRequest, StatusResponse,
        TellRequest, TellResponse, keyholder_server,
    },
};

use super::{CONNECTION_WINDOW, HEADERS, STREAM_WINDOW, ServeError, bind, tls};
use crate::{
    causes::words,
    clock::now,
    config::Api,
    keyholder::{Keyholder, Refusal},
};

/// One door.
#[derive(Clone)]
struct Door {
    keyholder: Arc<Keyholder>,
    local: bool,
}

/// Serves until `stop` says so, or its sender is gone.
///
/// # Errors
/// [`ServeError`] if a door cannot be opened.
pub async fn serve(
    keyholder: Arc<Keyholder>,
    api: &Api,
    mut stop: watch::Receiver<bool>,
) -> Result<(), ServeError> {
    let socket = UnixListenerStream::new(bind(&api.socket).await?);
    let server = || {
        Server::builder()
            .timeout(Duration::from_secs(api.deadline_s))
            .max_concurrent_streams(api.concurrency as u32)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .http2_max_header_list_size(HEADERS)
    };
    let service = |local| {
        keyholder_server::KeyholderServer::new(Door { keyholder: Arc::clone(&keyholder), local })
            .max_decoding_message_size(MAX_MESSAGE)
            .max_encoding_message_size(MAX_MESSAGE)
    };
    let mut stopped = stop.clone();
    let local = server()
        .add_service(service(true))
        .serve_with_incoming_shutdown(socket, async move { _ = stopped.wait_for(|stop| *stop).await });
    if api.tls.address.is_empty() {
        return Ok(local.await?);
    }
    let given = api.tls.address.clone();
    let address = given.parse().map_err(|_| ServeError::Address { name: "tls.address", given })?;
    let listener = TcpListener::bind(address).await.map_err(|source| ServeError::Listen {
        name: "tls.address",
        address,
        source,
    })?;
    let remote = server()
        .tls_config(tls::config(api)?)?
        .add_service(service(false))
        .serve_with_incoming_shutdown(TcpListenerStream::new(listener), async move {
            _ = stop.wait_for(|stop| *stop).await;
        });
    tokio::try_join!(local, remote)?;
    Ok(())
}

impl Door {
    /// Work on store and log, where a thread may block.
    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Keyholder) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Status> {
        let keyholder = Arc::clone(&self.keyholder);
        let done = tokio::task::spawn_blocking(move || work(&keyholder)).await;
        done.map_err(|_| Status::internal("the keyholder failed: see its log"))?.map_err(|refusal| {
            let said = words(&refusal);
            tracing::info!(refused = %said, "asked in vain");
            match refusal {
                Refusal::Denied(_) => Status::permission_denied(said),
                Refusal::NoCommittee | Refusal::Plan { .. } => Status::failed_precondition(said),
                Refusal::TooMany { .. } => Status::resource_exhausted(said),
                Refusal::Invalid(_) | Refusal::Container(_) | Refusal::Object(_) => {
                    Status::invalid_argument(said)
                }
                _ => {
                    tracing::error!(error = %said, "the keyholder's own state");
                    Status::internal("the keyholder's own state fails it: see its log")
                }
            }
        })
    }
}

#[tonic::async_trait]
impl keyholder_server::Keyholder for Door {
    async fn status(&self, _: Request<StatusRequest>) -> Result<Response<StatusResponse>, Status> {
        let status = self.work(|keyholder| {
            let committee = keyholder.committee();
            Ok(StatusResponse {
                keyholder: keyholder.public().as_bytes().to_vec(),
                seal: keyholder.seal()?.public().0.to_vec(),
                committee: committee.map_or_else(Vec::new, |(id, _)| id.0.to_vec()),
                number: committee.map_or(0, |(_, number)| number),
                log_size: keyholder.log_size(),
                demonstration: keyholder.demonstration(),
            })
        });
        Ok(Response::new(status.await?))
    }

    async fn speak(&self, request: Request<SpeakRequest>) -> Result<Response<SpeakResponse>, Status> {
        let SpeakRequest { plan, previous, entries } = request.into_inner();
        let said = self.work(move |keyholder| keyholder.speak(&plan, &previous, &entries)).await?;
        Ok(Response::new(SpeakResponse {
            said: said.said.unwrap_or_default(),
            committee: said.committee.map_or_else(Vec::new, |committee| committee.bytes().to_vec()),
        }))
    }

    async fn release(&self, request: Request<ReleaseRequest>) -> Result<Response<ReleaseResponse>, Status> {
        let ReleaseRequest { approval, heads, runner_key } = request.into_inner();
        let released =
            self.work(move |keyholder| keyholder.release(&approval, &heads, &runner_key, now())).await?;
        let releases = released.releases.iter().map(|release| release.bytes().to_vec()).collect();
        Ok(Response::new(ReleaseResponse { shares: released.shares, releases }))
    }

    async fn tell(&self, request: Request<TellRequest>) -> Result<Response<TellResponse>, Status> {
        if !self.local {
            return Err(Status::permission_denied("withdrawals are told at the keyholder's own socket"));
        }
        let withdrawal = request.into_inner().withdrawal;
        self.work(move |keyholder| keyholder.tell(&withdrawal)).await?;
        Ok(Response::new(TellResponse {}))
    }
}
