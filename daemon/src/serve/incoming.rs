//! Who comes in: connections are counted before anything is read from them.

use std::{io, sync::Arc, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream, UnixListener, UnixStream},
    sync::mpsc,
};
use tokio_stream::wrappers::ReceiverStream;

use super::{authority::AnyAuthority, bounds::Bounds, line::Line, peer::Peer};

/// How long nobody is let in after the system could not: out of files or memory, which asking again at once does not
/// mend.
const BREATH: Duration = Duration::from_millis(200);

/// Where connections come from.
pub(super) trait Listener: Send + Sync + 'static {
    type Io: Send + 'static;

    fn accept(&self) -> impl Future<Output = io::Result<(Self::Io, Peer)>> + Send;
}

impl Listener for UnixListener {
    type Io = AnyAuthority<UnixStream>;

    async fn accept(&self) -> io::Result<(Self::Io, Peer)> {
        let (io, _) = UnixListener::accept(self).await?;
        let process = io.peer_cred().ok().and_then(|peer| peer.pid()).unwrap_or(0);
        Ok((AnyAuthority::new(io), Peer::Process(process)))
    }
}

impl Listener for TcpListener {
    type Io = TcpStream;

    async fn accept(&self) -> io::Result<(TcpStream, Peer)> {
        let (io, address) = TcpListener::accept(self).await?;
        // Small answers go out at once; a socket that refuses is slower, nothing else.
        let _ = io.set_nodelay(true);
        Ok((io, Peer::at(address.ip())))
    }
}

/// Lets in as many as there is room for, until nobody takes them any more.
pub(super) fn incoming<L: Listener>(
    listener: L,
    bounds: Arc<Bounds>,
) -> ReceiverStream<io::Result<Line<L::Io>>> {
    let (give, take) = mpsc::channel(1);
    tokio::spawn(async move {
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = give.closed() => return,
            };
            match accepted {
                Ok((io, peer)) => {
                    // One that finds no room is closed by being dropped.
                    let Some(place) = bounds.place(peer) else { continue };
                    if give.send(Ok(Line::new(io, peer, bounds.limits(), place))).await.is_err() {
                        return;
                    }
                }
                Err(error) if is_the_clients(&error) => {}
                Err(error) => {
                    bounds.cannot_accept(&error);
                    tokio::time::sleep(BREATH).await;
                }
            }
        }
    });
    ReceiverStream::new(take)
}

/// The client went away before it was let in.
fn is_the_clients(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio_stream::StreamExt;

    use super::*;
    use crate::config::Limits;

    struct Broken(Arc<AtomicUsize>);

    impl Listener for Broken {
        type Io = UnixStream;

        async fn accept(&self) -> io::Result<(UnixStream, Peer)> {
            self.0.fetch_add(1, Ordering::Relaxed);
            // EMFILE, as a process gets it that has no descriptor left.
            Err(io::Error::from_raw_os_error(24))
        }
    }

    #[tokio::test(start_paused = true)]
    async fn without_descriptors_nobody_spins() {
        let asked = Arc::new(AtomicUsize::new(0));
        let mut lines = incoming(Broken(Arc::clone(&asked)), Bounds::new(&Limits::default()));
        let waited = tokio::time::timeout(Duration::from_secs(2), lines.next()).await;
        assert!(waited.is_err(), "the loop goes on");
        assert!((5..=15).contains(&asked.load(Ordering::Relaxed)), "{asked:?}");
    }

    #[tokio::test]
    async fn who_finds_no_room_is_closed_and_the_next_one_is_let_in_later() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("door");
        let limits = Limits { connections: 1, connections_each: 1, ..Limits::default() };
        let mut lines = incoming(UnixListener::bind(&path).unwrap(), Bounds::new(&limits));

        let _first = UnixStream::connect(&path).await.unwrap();
        let line = lines.next().await.unwrap().unwrap();
        let refused = UnixStream::connect(&path).await.unwrap();
        refused.readable().await.unwrap();
        assert_eq!(refused.try_read(&mut [0]).unwrap(), 0, "closed without a word");

        drop(line);
        let _second = UnixStream::connect(&path).await.unwrap();
        assert!(lines.next().await.unwrap().is_ok());
    }
}
