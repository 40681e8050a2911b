//! What can clients ask of a kiosk? The `wetsign.v1` gRPC services and a client that finds its way to them.
//!
//! [`v1`] holds the generated types; [`Endpoint`] says where a kiosk is (`unix:/run/wetsign/kiosk.sock` or
//! `https://kiosk.example:7443`), and [`Client`] opens one channel and hands out a stub for each service. Signed
//! objects travel as bytes; their meaning belongs to `wetsign-attest`. [`own_file`] opens the files with secrets of
//! both sides, [`relay`] the way to where phones and kiosks meet.
//!
//! ```no_run
//! # async fn ask() -> Result<(), Box<dyn std::error::Error>> {
//! use wetsign_api::{Client, v1};
//!
//! let kiosk = Client::connect(&"unix:/run/wetsign/kiosk.sock".parse()?).await?;
//! let status = kiosk.kiosk().status(v1::StatusRequest {}).await?.into_inner();
//! println!("{}: {}", status.version, status.state);
//! # Ok(()) }
//! ```

mod ability;
mod client;
mod endpoint;
pub mod pem;
mod pinned;
pub mod relay;

pub use ability::UnknownAbility;
pub use client::{Client, ClientIdentity, ConnectError, Tls};
pub use endpoint::{Endpoint, EndpointError};
pub use pinned::{Pinned, PinnedError};
pub use tonic::transport::Channel;
pub use wetsign_secret::own_file;

/// The largest message either side accepts, in bytes: an approval bundle (1 MiB) with room for its envelope.
pub const MAX_MESSAGE: usize = 2 * 1024 * 1024;

/// Generated types and stubs of the package `wetsign.v1`.
#[allow(missing_docs, unused_qualifications, clippy::pedantic)]
pub mod v1 {
    tonic::include_proto!("wetsign.v1");

    /// Encoded descriptors of this package and of [`crate::health`], for gRPC server reflection.
    pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/wetsign.v1.bin"));
}

/// Generated types and stubs of the package `wetsign.keyholder.v1`.
#[allow(missing_docs, unused_qualifications, clippy::pedantic)]
pub mod keyholder {
    tonic::include_proto!("wetsign.keyholder.v1");
}

/// Generated types and stubs of the gRPC health checking protocol.
#[allow(missing_docs, unused_qualifications, clippy::pedantic)]
pub mod health {
    tonic::include_proto!("grpc.health.v1");
}
