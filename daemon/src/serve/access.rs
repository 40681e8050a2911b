//! Who may call what. One table; what is not in it is refused.
//!
//! Local clients come through the Unix socket, whose file permissions say who they are. Remote ones come over TLS: they
//! may submit, because what they send is signed, and look at what they know the id of; only those who showed a
//! certificate may list, and look at enrolments and endorse them, as registrars of other operators do. A person in
//! front of the kiosk is never theirs to conduct.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tonic::{Status, body::Body, codegen::http};
use tower::{Layer, Service};

use super::devices;
use crate::kiosk::Kiosk;

/// Where a call came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// Unix socket.
    Local,
    /// TLS over TCP, for strangers.
    Remote,
    /// TLS over TCP, for those who showed a certificate of the configured authority.
    Known,
    /// TLS over TCP, for people's own devices.
    Device,
}

/// For whom a method is served, beside local clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum For {
    Local,
    Device,
    Known,
    /// Devices, and those who showed a certificate.
    Met,
    Anyone,
}

/// What a call weighs, and so what it is held to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Load {
    /// A small question to the kiosk itself.
    Look,
    /// A person before the kiosk.
    Person,
    /// A stream that a stranger may keep open.
    Watch,
    /// Reads; holds at most this many KiB of memory until the answer was taken.
    Read(u32),
    /// Writes, beside the same.
    Write(u32),
}

/// A request with verdict and refusal, or an enrolment's file, twice: as it was read, and as it is sent.
const ONE: u32 = 256;
/// An approval's file, twice.
const APPROVAL: u32 = 2 * 1024;
/// As many requests as one message holds, twice.
const LIST: u32 = 4 * 1024;

const TABLE: [(&str, For, Load); 43] = [
    ("/wetsign.v1.Requests/Submit", For::Anyone, Load::Write(ONE)),
    ("/wetsign.v1.Requests/Get", For::Anyone, Load::Read(ONE)),
    ("/wetsign.v1.Requests/List", For::Known, Load::Read(LIST)),
    ("/wetsign.v1.Requests/Watch", For::Anyone, Load::Watch),
    ("/wetsign.v1.Assets/Register", For::Anyone, Load::Write(ONE)),
    ("/wetsign.v1.Assets/ReviseRules", For::Anyone, Load::Write(ONE)),
    ("/wetsign.v1.Assets/Withdraw", For::Anyone, Load::Write(ONE)),
    ("/wetsign.v1.Assets/Uses", For::Device, Load::Read(LIST)),
    ("/wetsign.v1.Assets/Complain", For::Anyone, Load::Write(ONE)),
    ("/wetsign.v1.Sessions/Start", For::Local, Load::Person),
    ("/wetsign.v1.Sessions/Watch", For::Local, Load::Person),
    ("/wetsign.v1.Sessions/Decide", For::Local, Load::Person),
    ("/wetsign.v1.Sessions/Cancel", For::Local, Load::Person),
    ("/wetsign.v1.Approvals/Get", For::Anyone, Load::Read(APPROVAL)),
    ("/wetsign.v1.Approvals/GetWithdrawn", For::Anyone, Load::Read(APPROVAL)),
    ("/wetsign.v1.Enrolments/Start", For::Local, Load::Person),
    ("/wetsign.v1.Enrolments/List", For::Local, Load::Person),
    ("/wetsign.v1.Enrolments/Get", For::Known, Load::Read(ONE)),
    ("/wetsign.v1.Enrolments/Endorse", For::Known, Load::Write(ONE)),
    ("/wetsign.v1.Enrolments/Erase", For::Device, Load::Person),
    ("/wetsign.v1.Enrolments/InstallEpoch", For::Local, Load::Person),
    ("/wetsign.v1.Companion/Watch", For::Device, Load::Watch),
    ("/wetsign.v1.Companion/Answer", For::Device, Load::Person),
    ("/wetsign.v1.Companion/Decline", For::Device, Load::Person),
    ("/wetsign.v1.Companion/Unlock", For::Device, Load::Person),
    ("/wetsign.v1.Companion/Template", For::Device, Load::Read(ONE)),
    ("/wetsign.v1.Pairings/Start", For::Local, Load::Person),
    ("/wetsign.v1.Pairings/Compare", For::Local, Load::Person),
    ("/wetsign.v1.Pairings/Exchange", For::Device, Load::Read(ONE)),
    ("/wetsign.v1.Pairings/List", For::Device, Load::Read(LIST)),
    ("/wetsign.v1.Pairings/Revoke", For::Device, Load::Person),
    ("/wetsign.v1.Requesters/Register", For::Local, Load::Person),
    ("/wetsign.v1.Requesters/Remove", For::Local, Load::Person),
    ("/wetsign.v1.Requesters/List", For::Local, Load::Person),
    ("/wetsign.v1.Keys/Tell", For::Anyone, Load::Write(ONE)),
    ("/wetsign.v1.Keys/Get", For::Met, Load::Read(ONE)),
    ("/wetsign.v1.Kiosk/Status", For::Anyone, Load::Look),
    ("/wetsign.v1.Kiosk/Devices", For::Local, Load::Person),
    ("/grpc.health.v1.Health/Check", For::Anyone, Load::Look),
    ("/grpc.health.v1.Health/List", For::Anyone, Load::Look),
    ("/grpc.health.v1.Health/Watch", For::Anyone, Load::Watch),
    ("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", For::Anyone, Load::Watch),
    ("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", For::Anyone, Load::Watch),
];

/// Every method's path, and whether it is served through this door.
pub fn rows(door: Door) -> impl Iterator<Item = (&'static str, bool)> {
    TABLE.iter().map(move |(method, ..)| (*method, admits(door, method)))
}

/// Names of our own services that have a method for this door, each once.
pub fn services(door: Door) -> impl Iterator<Item = &'static str> {
    let of = |method: &'static str| method[1..].split('/').next().filter(|name| name.starts_with("wetsign."));
    let mut last = None;
    rows(door).filter(|(_, admitted)| *admitted).filter_map(move |(method, _)| {
        let name = of(method)?;
        (last.replace(name) != Some(name)).then_some(name)
    })
}

/// Whether a call to this path may come through this door.
pub fn admits(door: Door, path: &str) -> bool {
    TABLE.iter().any(|(method, who, _)| {
        *method == path
            && match who {
                For::Local => door == Door::Local,
                For::Device => matches!(door, Door::Local | Door::Device),
                For::Known => matches!(door, Door::Local | Door::Known),
                For::Met => door != Door::Remote,
                For::Anyone => true,
            }
    })
}

/// Whether a device may call this before it is paired.
pub fn unpaired(path: &str) -> bool {
    path == "/wetsign.v1.Pairings/Exchange" || path.starts_with("/grpc.health.v1.Health/")
}

/// Whether a call to this path leaves something here.
fn brings(path: &str) -> bool {
    matches!(load(path), Some(Load::Write(_)))
}

/// What a call to this path weighs; none if it is not in the table.
pub fn load(path: &str) -> Option<Load> {
    TABLE.iter().find(|(method, ..)| *method == path).map(|(_, _, load)| *load)
}

/// Puts the table before all services.
#[derive(Clone)]
pub struct Guard {
    pub(super) door: Door,
    pub(super) kiosk: Arc<Kiosk>,
}

impl<S> Layer<S> for Guard {
    type Service = Guarded<S>;

    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded { guard: self.clone(), inner }
    }
}

/// Services behind the table.
#[derive(Clone)]
pub struct Guarded<S> {
    guard: Guard,
    inner: S,
}

impl<S> Service<http::Request<Body>> for Guarded<S>
where
    S: Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<http::Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: http::Request<Body>) -> Self::Future {
        let Guard { door, kiosk } = &self.guard;
        let refused = |status: Status| Box::pin(async move { Ok(status.into_http()) });
        if !admits(*door, request.uri().path()) {
            return refused(Status::permission_denied(match door {
                Door::Local => "no such method",
                _ => "no such method, or it is not served to this client: ask at the kiosk itself",
            }));
        }
        if *door == Door::Remote && brings(request.uri().path()) && !kiosk.config.api.strangers_may_bring {
            return refused(Status::permission_denied(
                "this kiosk takes nothing from those who show no certificate (api.strangers_may_bring)",
            ));
        }
        if *door == Door::Device {
            match devices::known(kiosk, request.extensions()) {
                Some(known) => _ = request.extensions_mut().insert(known),
                None if unpaired(request.uri().path()) => {}
                None => return refused(devices::unpaired()),
            }
        }
        Box::pin(self.inner.call(request))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remote_client_submits_but_conducts_nobody() {
        assert!(admits(Door::Remote, "/wetsign.v1.Requests/Submit"));
        for path in
            ["/wetsign.v1.Sessions/Start", "/wetsign.v1.Enrolments/Start", "/wetsign.v1.Kiosk/Devices"]
        {
            assert!(!admits(Door::Remote, path) && !admits(Door::Known, path), "{path}");
            assert!(admits(Door::Local, path), "{path}");
        }
    }

    #[test]
    fn strangers_see_a_request_only_by_its_id() {
        let list = "/wetsign.v1.Requests/List";
        assert!(!admits(Door::Remote, list));
        assert!(admits(Door::Known, list) && admits(Door::Local, list));
        assert!(admits(Door::Remote, "/wetsign.v1.Requests/Get"));
        // Who helps whom is nobody's business who is not known here.
        let keys = "/wetsign.v1.Keys/Get";
        assert!(!admits(Door::Remote, keys) && admits(Door::Known, keys) && admits(Door::Device, keys));
    }

    #[test]
    fn a_door_names_its_services_once() {
        let at = |door| services(door).collect::<Vec<_>>();
        let all = [
            "Requests",
            "Assets",
            "Sessions",
            "Approvals",
            "Enrolments",
            "Companion",
            "Pairings",
            "Requesters",
            "Keys",
            "Kiosk",
        ];
        assert_eq!(at(Door::Local), all.map(|name| format!("wetsign.v1.{name}")));
        assert!(!at(Door::Known).contains(&"wetsign.v1.Sessions"));
        assert!(!at(Door::Remote).contains(&"wetsign.v1.Enrolments"));
    }

    #[test]
    fn a_device_conducts_nobody_and_only_pairs_before_it_is_known() {
        for path in
            ["/wetsign.v1.Companion/Watch", "/wetsign.v1.Pairings/Exchange", "/wetsign.v1.Requests/Get"]
        {
            assert!(admits(Door::Device, path), "{path}");
        }
        for path in [
            "/wetsign.v1.Sessions/Start",
            "/wetsign.v1.Pairings/Start",
            "/wetsign.v1.Pairings/Compare",
            "/wetsign.v1.Requests/List",
            "/wetsign.v1.Enrolments/Get",
        ] {
            assert!(!admits(Door::Device, path), "{path}");
        }
        let before = rows(Door::Device).filter(|(path, admitted)| *admitted && unpaired(path)).count();
        assert_eq!(before, 4, "pairing itself, and health");
        assert!(!admits(Door::Remote, "/wetsign.v1.Pairings/Exchange"));
    }

    #[test]
    fn what_is_not_in_the_table_is_refused() {
        assert!(!admits(Door::Local, "/wetsign.v1.Sessions/Steal"));
        assert!(!admits(Door::Local, "/wetsign.v1.Requests/submit"));
    }

    #[test]
    fn every_method_of_the_public_interface_is_in_the_table() {
        use prost::Message;
        let set = prost_types::FileDescriptorSet::decode(wetsign_api::v1::DESCRIPTORS).unwrap();
        let mut count = 0;
        for file in &set.file {
            for service in &file.service {
                for method in &service.method {
                    let path = format!("/{}.{}/{}", file.package(), service.name(), method.name());
                    assert!(admits(Door::Local, &path), "{path} is not in the table");
                    count += 1;
                }
            }
        }
        assert!(count >= 16, "{count}");
    }
}
