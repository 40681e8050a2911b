//! What strangers may take: of the doors, of the disk.

use std::time::Duration;

use serde::Deserialize;

use super::error::ConfigError;

/// What goes through one door; each door has this for itself. Explained in [`super::DEFAULT`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Connections, in all.
    pub connections: usize,
    /// Connections of one peer.
    pub connections_each: usize,
    /// Streams that watch, in all.
    pub watches: usize,
    /// Streams of one peer that watch.
    pub watches_each: usize,
    /// Megabytes of answers that nobody has read yet, in all.
    pub answers_mb: usize,
    /// Megabytes of answers that one peer has not read yet.
    pub answers_each_mb: usize,
    /// What is written for strangers in a minute, in all.
    pub writes_a_minute: u32,
    /// What is written for one peer in a minute.
    pub writes_a_minute_each: u32,
    /// Requests that are taken from one requester within an hour.
    pub requests_an_hour_each: u32,
    /// Seconds for the TLS handshake and the first byte.
    pub handshake_s: u64,
    /// Seconds in which a peer has to answer a ping, or take an answer.
    pub stall_s: u64,
    /// Seconds that a connection may last without a call.
    pub idle_s: u64,
    /// Seconds that a call waits for its turn.
    pub wait_s: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 128,
            connections_each: 32,
            watches: 256,
            watches_each: 64,
            answers_mb: 8,
            answers_each_mb: 4,
            writes_a_minute: 600,
            writes_a_minute_each: 120,
            requests_an_hour_each: 1200,
            handshake_s: 10,
            stall_s: 20,
            idle_s: 300,
            wait_s: 5,
        }
    }
}

impl Limits {
    /// How often a connection is asked for a sign of life.
    pub const PING: Duration = Duration::from_secs(20);

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let counts = [
            ("api.limits.connections", self.connections, 1, 10_000),
            ("api.limits.connections_each", self.connections_each, 1, self.connections),
            ("api.limits.watches", self.watches, 1, 10_000),
            ("api.limits.watches_each", self.watches_each, 1, self.watches),
            // The largest answer, a list, needs four.
            ("api.limits.answers_mb", self.answers_mb, 4, 1024),
            ("api.limits.answers_each_mb", self.answers_each_mb, 4, self.answers_mb),
            ("api.limits.writes_a_minute", self.writes_a_minute as usize, 1, 1_000_000),
            (
                "api.limits.writes_a_minute_each",
                self.writes_a_minute_each as usize,
                1,
                self.writes_a_minute as usize,
            ),
            ("api.limits.requests_an_hour_each", self.requests_an_hour_each as usize, 1, 1_000_000),
            ("api.limits.handshake_s", self.handshake_s as usize, 1, 60),
            ("api.limits.stall_s", self.stall_s as usize, 1, 300),
            ("api.limits.idle_s", self.idle_s as usize, 10, 86_400),
            ("api.limits.wait_s", self.wait_s as usize, 1, 60),
        ];
        counts
            .into_iter()
            .try_for_each(|(name, found, least, most)| within(name, found as u64, least, most as u64))
    }
}

/// How much of the disk is used.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Disk {
    /// Megabytes that are kept free for the kiosk's own work.
    pub free_mb: u64,
    /// Megabytes that store and log may take before strangers bring nothing new.
    pub most_mb: u64,
}

impl Default for Disk {
    fn default() -> Self {
        Self { free_mb: 64, most_mb: 4096 }
    }
}

impl Disk {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        within("disk.free_mb", self.free_mb, 1, 1 << 20)?;
        within("disk.most_mb", self.most_mb, 1, 1 << 24)
    }
}

pub(super) fn within(name: &'static str, found: u64, least: u64, most: u64) -> Result<(), ConfigError> {
    if (least..=most).contains(&found) {
        return Ok(());
    }
    Err(ConfigError::Value { name, found: found.to_string(), rule: format!("{least} to {most} are allowed") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_peer_may_have_more_than_all_together() {
        let limits = Limits { connections: 8, connections_each: 9, ..Limits::default() };
        let refused = limits.check().unwrap_err().to_string();
        assert!(
            refused.contains("api.limits.connections_each = 9") && refused.contains("1 to 8"),
            "{refused}"
        );
    }

    #[test]
    fn a_limit_of_nothing_is_refused() {
        let nothing = [
            Limits { connections: 0, ..Limits::default() },
            Limits { watches_each: 0, ..Limits::default() },
            Limits { answers_mb: 3, ..Limits::default() },
            Limits { stall_s: 0, ..Limits::default() },
        ];
        assert!(nothing.iter().all(|limits| limits.check().is_err()));
        assert!(Disk { free_mb: 0, ..Disk::default() }.check().is_err());
    }
}
