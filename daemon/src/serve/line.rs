//! One connection: whose it is, how long it may be silent, and how it is cut.
//!
//! Three clocks run. A peer has to say something: its first byte soon, later at least the answer to a ping. It has to
//! take what it is sent. And it has to have a call open now and then.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::oneshot,
    time::{Instant, Sleep, sleep_until},
};
use tonic::{
    codegen::http::Extensions,
    transport::server::{Connected, TlsConnectInfo},
};

use super::{peer::Peer, share::Taken};
use crate::config::Limits;

/// What calls know of their connection.
#[derive(Debug, Clone)]
pub struct LineInfo {
    pub(super) peer: Peer,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    calls: usize,
    /// Since when there is no call.
    idle: Instant,
    cut: Option<oneshot::Sender<()>>,
}

/// A call that is open on a line; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct OpenCall(LineInfo);

impl LineInfo {
    /// A call begins.
    pub(super) fn open(&self) -> OpenCall {
        self.lock().calls += 1;
        OpenCall(self.clone())
    }

    /// Ends the connection with all its calls.
    pub(super) fn cut(&self) {
        if let Some(cut) = self.lock().cut.take() {
            // Nobody hears it once the connection has ended.
            let _ = cut.send(());
        }
    }

    fn idle_since(&self) -> Option<Instant> {
        let state = self.lock();
        (state.calls == 0).then_some(state.idle)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for OpenCall {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.calls -= 1;
        state.idle = Instant::now();
    }
}

/// The bytes of a connection, with its clocks.
#[derive(Debug)]
pub(super) struct Line<IO> {
    io: IO,
    info: LineInfo,
    cut: oneshot::Receiver<()>,
    ended: bool,
    clocks: Clocks,
    alarm: Pin<Box<Sleep>>,
    /// The connection's place among those that are allowed.
    _place: Taken,
}

#[derive(Debug)]
struct Clocks {
    handshake: Duration,
    silence: Duration,
    stall: Duration,
    idle: Duration,
    /// When it last said something, or began.
    heard: Instant,
    spoke: bool,
    /// Since when it does not take what it is sent.
    full: Option<Instant>,
}

impl Clocks {
    /// When the connection ends unless something happens.
    fn end(&self, idle_since: Option<Instant>) -> Instant {
        let silence = if self.spoke { self.silence } else { self.handshake };
        let mut end = self.heard + silence;
        if let Some(full) = self.full {
            end = end.min(full + self.stall);
        }
        idle_since.map_or(end, |idle| end.min(idle + self.idle))
    }
}

impl<IO> Line<IO> {
    pub(super) fn new(io: IO, peer: Peer, limits: &Limits, place: Taken) -> Self {
        let (cut, hear) = oneshot::channel();
        let now = Instant::now();
        let seconds = Duration::from_secs;
        let state = State { calls: 0, idle: now, cut: Some(cut) };
        let clocks = Clocks {
            handshake: seconds(limits.handshake_s),
            silence: Limits::PING + seconds(limits.stall_s) * 2,
            stall: seconds(limits.stall_s),
            idle: seconds(limits.idle_s),
            heard: now,
            spoke: false,
            full: None,
        };
        Self {
            io,
            info: LineInfo { peer, state: Arc::new(Mutex::new(state)) },
            cut: hear,
            ended: false,
            alarm: Box::pin(sleep_until(now + clocks.handshake)),
            clocks,
            _place: place,
        }
    }

    /// Whether it is over; asked whenever the other side keeps us waiting.
    fn over(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        if self.ended || Pin::new(&mut self.cut).poll(context).is_ready() {
            self.ended = true;
            return Poll::Ready(io::Error::new(
                io::ErrorKind::ConnectionAborted,
                "cut: an answer was not taken",
            ));
        }
        loop {
            let end = self.clocks.end(self.info.idle_since());
            if end <= Instant::now() {
                tracing::debug!(peer = %self.info.peer, "a connection was silent, stalled or idle for too long");
                return Poll::Ready(io::ErrorKind::TimedOut.into());
            }
            if self.alarm.deadline() != end {
                self.alarm.as_mut().reset(end);
            }
            if self.alarm.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
        }
    }

    /// What the connection made of a write: progress, or one more moment of waiting.
    fn sent(
        &mut self,
        outcome: Poll<io::Result<usize>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        if outcome.is_ready() {
            self.clocks.full = None;
            return outcome;
        }
        self.clocks.full.get_or_insert_with(Instant::now);
        self.over(context).map(Err)
    }

    fn flushed(&mut self, outcome: Poll<io::Result<()>>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if outcome.is_ready() { outcome } else { self.over(context).map(Err) }
    }
}

impl<IO: AsyncRead + Unpin> AsyncRead for Line<IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let outcome = Pin::new(&mut self.io).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.clocks.heard = Instant::now();
            self.clocks.spoke = true;
        }
        // One that talks without end is cut too.
        match self.over(context) {
            Poll::Ready(error) => Poll::Ready(Err(error)),
            Poll::Pending => outcome,
        }
    }
}

impl<IO: AsyncWrite + Unpin> AsyncWrite for Line<IO> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.io).poll_write(context, bytes);
        self.sent(outcome, context)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.io).poll_flush(context);
        self.flushed(outcome, context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.io).poll_shutdown(context);
        self.flushed(outcome, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.io).poll_write_vectored(context, bytes);
        self.sent(outcome, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}

impl<IO> Connected for Line<IO> {
    type ConnectInfo = LineInfo;

    fn connect_info(&self) -> LineInfo {
        self.info.clone()
    }
}

/// The line that a call came over.
pub(super) fn line_of(extensions: &Extensions) -> Option<LineInfo> {
    let plain = extensions.get::<LineInfo>();
    plain.or_else(|| extensions.get::<TlsConnectInfo<LineInfo>>().map(TlsConnectInfo::get_ref)).cloned()
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    use super::*;
    use crate::serve::share::Share;

    fn line(limits: &Limits) -> (Line<DuplexStream>, DuplexStream) {
        let (near, far) = duplex(16);
        let peer = Peer::Process(1);
        let place = Share::new(1, 1).try_take(peer, 1).unwrap();
        (Line::new(near, peer, limits, place), far)
    }

    async fn seconds_until_the_end(line: &mut Line<DuplexStream>) -> u64 {
        let begun = Instant::now();
        while line.read_u8().await.is_ok() {}
        begun.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn who_says_nothing_goes_after_the_handshakes_time() {
        let limits = Limits { handshake_s: 7, ..Limits::default() };
        let (mut line, _far) = line(&limits);
        assert_eq!(seconds_until_the_end(&mut line).await, 7);
    }

    #[tokio::test(start_paused = true)]
    async fn who_falls_silent_goes_and_an_open_call_does_not_help() {
        let limits = Limits { stall_s: 5, idle_s: 300, ..Limits::default() };
        let (mut line, mut far) = line(&limits);
        let _call = line.connect_info().open();
        far.write_all(b"x").await.unwrap();
        assert_eq!(seconds_until_the_end(&mut line).await, 30);
    }

    #[tokio::test(start_paused = true)]
    async fn who_only_answers_pings_goes_when_it_was_idle_for_long() {
        let limits = Limits { idle_s: 100, ..Limits::default() };
        let (mut line, mut far) = line(&limits);
        tokio::spawn(async move {
            while far.write_all(b"x").await.is_ok() {
                tokio::time::sleep(Duration::from_secs(9)).await;
            }
        });
        assert_eq!(seconds_until_the_end(&mut line).await, 100);
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_nothing_goes() {
        let limits = Limits { stall_s: 5, ..Limits::default() };
        let (mut line, _far) = line(&limits);
        let begun = Instant::now();
        let sent = line.write_all(&[0; 64]).await;
        assert!(sent.is_err() && begun.elapsed().as_secs() == 5, "{sent:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_line_that_is_cut_ends_at_once() {
        let (mut line, mut far) = line(&Limits::default());
        far.write_all(b"x").await.unwrap();
        let info = line.connect_info();
        tokio::spawn(async move { info.cut() });
        assert_eq!(seconds_until_the_end(&mut line).await, 0);
    }
}
