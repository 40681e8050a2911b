//! The door for people's own devices: TLS over TCP, certificates of the kiosk's own authority. Who shows none may pair,
//! and ask for health; nothing else. Whose pairing was ended is out at the next call.

use tonic::{
    Extensions, Request, Status,
    transport::{Certificate, Identity, ServerTlsConfig, server::TlsConnectInfo},
};

use super::line::LineInfo;
use crate::{
    config::Limits,
    kiosk::{Kiosk, now},
    people::pairing::{Authority, AuthorityError, Known},
};

/// What the kiosk shows to devices, and asks of them.
pub(super) fn tls(authority: &Authority, limits: &Limits) -> Result<ServerTlsConfig, AuthorityError> {
    let (chain, key) = authority.shown(now())?;
    Ok(ServerTlsConfig::new()
        .identity(Identity::from_pem(chain, key.as_str()))
        .client_ca_root(Certificate::from_pem(authority.pem()))
        .client_auth_optional(true)
        .timeout(std::time::Duration::from_secs(limits.handshake_s)))
}

/// Whose device is at the other end of the line, if its pairing holds.
pub(super) fn known(kiosk: &Kiosk, extensions: &Extensions) -> Option<Known> {
    let certificates = extensions.get::<TlsConnectInfo<LineInfo>>()?.peer_certs()?;
    kiosk.known.with(certificates.first()?, now())
}

/// Whose device calls; none at other doors.
pub(super) fn caller<T>(request: &Request<T>) -> Option<Known> {
    request.extensions().get::<Known>().copied()
}

/// What a device is told that is not paired, or no longer.
pub(super) fn unpaired() -> Status {
    Status::permission_denied(
        "this device is not paired with this kiosk, or no longer: pair it at the kiosk, after a look into its camera",
    )
}
