//! Who is at the other end, as far as shares are concerned.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
};

/// One client among many. Shares are per peer, so that one of them leaves room for the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Peer {
    /// A process on this machine, by its number; 0 where the system does not tell.
    Process(i32),
    /// An address; of IPv6 the first 64 bits, since one host has all that follow.
    Host(IpAddr),
}

impl Peer {
    /// The peer at a remote address.
    pub fn at(address: IpAddr) -> Self {
        Self::Host(match address.to_canonical() {
            IpAddr::V6(six) => {
                let [a, b, c, d, ..] = six.segments();
                Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
            }
            four @ IpAddr::V4(_) => four,
        })
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Process(id) => write!(f, "process {id}"),
            Self::Host(address) => write!(f, "{address}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_host_is_one_peer_however_it_writes_its_address() {
        let at = |text: &str| Peer::at(text.parse().unwrap());
        assert_eq!(at("::ffff:192.0.2.7"), at("192.0.2.7"));
        assert_eq!(at("2001:db8:1:2::1"), at("2001:db8:1:2:3:4:5:6"));
        assert_ne!(at("2001:db8:1:2::1"), at("2001:db8:1:3::1"));
        assert_ne!(at("192.0.2.7"), at("192.0.2.8"));
    }
}
