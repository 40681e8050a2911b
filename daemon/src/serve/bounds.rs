//! What one door carries at once, and the layer that holds every call to it.
//!
//! What a call takes it keeps until its answer was taken by the client, not only until the answer was made.

use std::{
    convert::Infallible,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use http_body::{Body as HttpBody, Frame, SizeHint};
use tonic::{
    Status,
    body::Body,
    codegen::{Bytes, http},
};
use tower::{Layer, Service};

use super::{
    access::{self, Load},
    convert::later,
    line::{LineInfo, OpenCall, line_of},
    peer::Peer,
    said::Seldom,
    share::{Rate, Share, Taken},
};
use crate::config::Limits;

/// Small questions to the kiosk itself, and a person's session: there is room for them whatever else is going on.
const OWN: usize = 256;
const OWN_EACH: usize = 64;
/// Calls that wait for their turn: they cost memory too.
const WAITING: usize = 512;
const WAITING_EACH: usize = 64;
const KIB: usize = 1024;

/// The shares of one door.
pub(super) struct Bounds {
    limits: Limits,
    connections: Share,
    watches: Share,
    looks: Share,
    people: Share,
    waiting: Share,
    /// In KiB.
    answers: Share,
    writes: Rate,
    said: Said,
}

#[derive(Default)]
struct Said {
    connections: Seldom,
    watches: Seldom,
    calls: Seldom,
    writes: Seldom,
    stalled: Seldom,
    accept: Seldom,
}

/// What a call holds.
#[derive(Debug)]
struct Held {
    _taken: Taken,
    _call: OpenCall,
}

impl Bounds {
    pub(super) fn new(limits: &Limits) -> Arc<Self> {
        Arc::new(Self {
            connections: Share::new(limits.connections, limits.connections_each),
            watches: Share::new(limits.watches, limits.watches_each),
            looks: Share::new(OWN, OWN_EACH),
            people: Share::new(OWN, OWN_EACH),
            waiting: Share::new(WAITING, WAITING_EACH),
            answers: Share::new(limits.answers_mb * KIB, limits.answers_each_mb * KIB),
            writes: Rate::new(limits.writes_a_minute, limits.writes_a_minute_each, Instant::now()),
            said: Said::default(),
            limits: limits.clone(),
        })
    }

    pub(super) const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// A place for one more connection.
    pub(super) fn place(&self, peer: Peer) -> Option<Taken> {
        let place = self.connections.try_take(peer, 1);
        if place.is_none() {
            self.said.connections.warn("connections", peer);
        }
        place
    }

    pub(super) fn cannot_accept(&self, error: &io::Error) {
        if let Some(left_out) = self.said.accept.due(Instant::now()) {
            tracing::error!(%error, left_out, "connections cannot be accepted: raise the limit of open files");
        }
    }

    async fn admit(&self, peer: Peer, load: Load) -> Result<Taken, Status> {
        let limits = &self.limits;
        let refused = |said: &Seldom, what: &'static str, words: String| {
            said.warn(what, peer);
            Status::resource_exhausted(words)
        };
        match load {
            Load::Look => self.room(&self.looks, peer, 1).await,
            Load::Person => self.room(&self.people, peer, 1).await,
            Load::Watch => {
                return self.watches.try_take(peer, 1).ok_or_else(|| {
                    let words = format!(
                        "too many streams watch here: {} of one client and {} in all are allowed (api.limits.watches)",
                        limits.watches_each, limits.watches
                    );
                    refused(&self.said.watches, "watches", words)
                });
            }
            Load::Read(kib) => self.room(&self.answers, peer, kib).await,
            Load::Write(kib) => {
                if let Err(seconds) = self.writes.take(peer, Instant::now()) {
                    let words = format!(
                        "too much was brought within a minute: {} from one client and {} in all are taken \
                         (api.limits.writes_a_minute); try again in {seconds} s",
                        limits.writes_a_minute_each, limits.writes_a_minute
                    );
                    self.said.writes.warn("writes_a_minute", peer);
                    return Err(later(words, Some(seconds)));
                }
                self.room(&self.answers, peer, kib).await
            }
        }
        .ok_or_else(|| {
            let words = format!(
                "too many calls are open here: this one found no room within {} s, or too many wait (api.limits.answers_mb); \
                 read the answers that are waiting, then try again",
                limits.wait_s
            );
            refused(&self.said.calls, "answers_mb", words)
        })
    }

    async fn room(&self, share: &Share, peer: Peer, count: u32) -> Option<Taken> {
        if let Some(taken) = share.try_take(peer, count) {
            return Some(taken);
        }
        let _waits = self.waiting.try_take(peer, 1)?;
        share.take(peer, count, Duration::from_secs(self.limits.wait_s)).await
    }

    /// Room for a frame of a stream, until the client has taken it.
    fn frame(&self, peer: Peer, bytes: usize) -> Option<Taken> {
        let kib = bytes.div_ceil(KIB).max(1) as u32;
        self.answers.try_take(peer, kib)
    }
}

/// Holds every call to the shares of its door.
#[derive(Clone)]
pub(super) struct Holding(pub(super) Arc<Bounds>);

impl<S> Layer<S> for Holding {
    type Service = HeldService<S>;

    fn layer(&self, inner: S) -> HeldService<S> {
        HeldService { bounds: Arc::clone(&self.0), inner }
    }
}

/// Services whose calls are held to the shares of their door.
#[derive(Clone)]
pub struct HeldService<S> {
    bounds: Arc<Bounds>,
    inner: S,
}

impl<S> Service<http::Request<Body>> for HeldService<S>
where
    S: Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible>
        + Clone
        + Send
        + 'static,
    S::Future: Send + 'static,
{
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<http::Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let (load, line) = (access::load(request.uri().path()), line_of(request.extensions()));
        let (Some(load), Some(line)) = (load, line) else {
            // The table refuses it.
            return Box::pin(self.inner.call(request));
        };
        let waiting = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, waiting);
        let bounds = Arc::clone(&self.bounds);
        Box::pin(async move {
            let call = line.open();
            let taken = match bounds.admit(line.peer, load).await {
                Ok(taken) => taken,
                Err(status) => return Ok(status.into_http()),
            };
            let held = Held { _taken: taken, _call: call };
            let response = inner.call(request).await?;
            let streams = load == Load::Watch;
            Ok(response.map(|body| {
                if body.is_end_stream() {
                    return body;
                }
                Body::new(
                    HeldBody { body, bounds, line, streams, frame: None, stall: None, _held: held }.waits(),
                )
            }))
        })
    }
}

/// An answer on its way, with what it holds. A client that leaves it untaken for too long loses its connection.
struct HeldBody {
    body: Body,
    bounds: Arc<Bounds>,
    line: LineInfo,
    streams: bool,
    /// Room for the frame that the client has not taken yet.
    frame: Option<Taken>,
    stall: Option<Stall>,
    _held: Held,
}

/// Cuts the line unless it is dropped in time.
struct Stall(tokio::task::JoinHandle<()>);

impl Drop for Stall {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl HeldBody {
    /// From here on the client has to take what there is.
    fn waits(mut self) -> Self {
        self.wait();
        self
    }

    fn wait(&mut self) {
        let (bounds, line) = (Arc::clone(&self.bounds), self.line.clone());
        self.stall = Some(Stall(tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(bounds.limits.stall_s)).await;
            bounds.said.stalled.warn("stall_s", line.peer);
            line.cut();
        })));
    }
}

impl HttpBody for HeldBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        // It is asked for more only after what it gave has been taken.
        self.stall = None;
        self.frame = None;
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled {
            if self.streams
                && let Some(data) = frame.data_ref()
            {
                self.frame = self.bounds.frame(self.line.peer, data.len());
                if self.frame.is_none() {
                    return Poll::Ready(Some(Err(Status::resource_exhausted(
                        "too many answers are waiting to be read by this client (api.limits.answers_mb)",
                    ))));
                }
            }
            self.wait();
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
