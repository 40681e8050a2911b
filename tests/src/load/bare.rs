//! The peer: a tonic server that does nothing. It gives one stored answer to every status call, over the same TLS.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::Context as _;
use prost::Message as _;
use tonic::transport::{Certificate, Identity, Server, ServerTlsConfig};
use tonic::{Request, Response, Status};
use wetsign_api::v1;
use wetsign_api::v1::kiosk_server::{Kiosk, KioskServer};

use crate::stage::TlsDoor;

/// Files in the folder that is handed over.
const FILES: [&str; 4] = ["certificate.pem", "key.pem", "clients.pem", "answer"];

struct Bare(v1::KioskStatus);

#[tonic::async_trait]
impl Kiosk for Bare {
    async fn status(&self, _: Request<v1::StatusRequest>) -> Result<Response<v1::KioskStatus>, Status> {
        Ok(Response::new(self.0.clone()))
    }

    async fn devices(&self, _: Request<v1::DevicesRequest>) -> Result<Response<v1::DeviceList>, Status> {
        Err(Status::unimplemented("the bare server answers status calls alone"))
    }
}

/// Writes what [`serve`] needs.
///
/// # Errors
/// When a file cannot be written.
pub fn prepare(folder: &Path, door: &TlsDoor, answer: &v1::KioskStatus) -> anyhow::Result<()> {
    let clients = door.client_ca.clone().context("the door asks for no certificates")?;
    let contents = [
        door.certificate.clone().into_bytes(),
        door.key.clone().into_bytes(),
        clients.into_bytes(),
        answer.encode_to_vec(),
    ];
    for (name, bytes) in FILES.into_iter().zip(contents) {
        std::fs::write(folder.join(name), bytes)?;
    }
    Ok(())
}

/// Serves on this port of the loopback address until it is killed.
///
/// # Errors
/// When a file is missing, or the port is taken.
pub async fn serve(folder: &Path, port: u16) -> anyhow::Result<()> {
    let [certificate, key, clients, answer] = FILES.map(|name| std::fs::read(folder.join(name)));
    let tls = ServerTlsConfig::new()
        .identity(Identity::from_pem(certificate?, key?))
        .client_ca_root(Certificate::from_pem(clients?));
    let answer = v1::KioskStatus::decode(answer?.as_slice())?;
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    Server::builder()
        .tls_config(tls)?
        .add_service(KioskServer::new(Bare(answer)))
        .serve(address)
        .await
        .context("the bare server")
}
