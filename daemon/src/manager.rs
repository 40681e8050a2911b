//! The service manager (systemd): it hands over the socket, is told how the daemon is, and starts it again when it
//! hangs.
//!
//! The protocols are those of sd_listen_fds(3), sd_notify(3) and sd_watchdog_enabled(3). Without a service manager
//! nothing happens here.

use std::{io, os::unix::net::UnixListener, sync::Arc, time::Duration};

use listenfd::ListenFd;
use sd_notify::NotifyState;

use crate::{kiosk::Kiosk, store::Table};

/// Longest text that a manager is told.
const STATUS: usize = 512;
/// How often it is told how the daemon is, without a watchdog.
const TELL: Duration = Duration::from_secs(10);

/// The Unix socket that the manager listens on for the daemon, where it does. To be called before there are threads.
///
/// # Errors
/// What was handed over is no Unix socket that listens, or more than one thing.
pub fn handed() -> io::Result<Option<UnixListener>> {
    let mut given = ListenFd::from_env();
    match given.len() {
        0 => Ok(None),
        1 => {
            let listener = given.take_unix_listener(0)?;
            listener.as_ref().map_or(Ok(()), |listener| listener.set_nonblocking(true))?;
            Ok(listener)
        }
        more => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!(
                "the service manager hands over {more} sockets, and one is taken: see ListenStream= of the unit"
            ),
        )),
    }
}

/// The daemon is ready to be called; from now on the manager hears how it is, and its watchdog is fed as long as the
/// books can be read.
pub fn began(kiosk: &Arc<Kiosk>) {
    tell(&[NotifyState::Ready]);
    let every = sd_notify::watchdog_enabled().map_or(TELL, |most| most / 3);
    let kiosk = Arc::clone(kiosk);
    tokio::spawn(async move {
        loop {
            if progress(&kiosk).await {
                tell(&[NotifyState::Watchdog]);
            }
            let missing = kiosk.unready(crate::kiosk::now()).await;
            let words = missing.first().map_or("ready", String::as_str);
            tell(&[NotifyState::Status(line(words))]);
            tokio::time::sleep(every).await;
        }
    });
}

/// The daemon is ending.
pub fn ends() {
    tell(&[NotifyState::Stopping]);
}

/// Whether work gets done: a thread for the books, the store's lock and the disk all have to answer.
async fn progress(kiosk: &Kiosk) -> bool {
    kiosk.books(|ledger| Ok(ledger.store().get(Table::Meta, b"watchdog")?)).await.is_ok()
}

fn tell(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::debug!(%error, "the service manager cannot be told");
    }
}

/// One line, as the protocol wants it, of at most [`STATUS`] bytes.
fn line(words: &str) -> &str {
    let first = words.lines().next().unwrap_or_default();
    &first[..first.floor_char_boundary(STATUS)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_one_short_line() {
        assert_eq!(line("ready\nREADY=1"), "ready");
        assert_eq!(line(&"ü".repeat(600)).len(), STATUS);
        assert_eq!(line(""), "");
    }
}
