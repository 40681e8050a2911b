//! The edge of a searcher: lines to kiosks and to the other two, the clock, and the file.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ed25519_dalek::SigningKey;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use wetsign_attest::id::PublicKey;

use crate::desk::PATIENCE_S;
use crate::journal::{Journal, JournalError};
use crate::line::{self, Greeting, LineError, Place};
use crate::node::{Effect, Node};
use crate::ring::{PARTIES, Party};
use crate::wire::{Answer, KIOSK_WORD, KioskWord, PeerWord, WORD};

/// Kiosks that are heard at once.
const KIOSKS: usize = 256;
/// For a greeting, and for a kiosk's next word.
const GREETING: Duration = Duration::from_secs(10);
const SILENCE: Duration = Duration::from_mins(2);
/// Between two tries to reach another searcher.
const AGAIN: Duration = Duration::from_millis(500);

enum Event {
    Asked(KioskWord, oneshot::Sender<Answer>),
    Met(Party, u64, mpsc::UnboundedSender<PeerWord>),
    Told(Party, u64, PeerWord),
    Lost(Party, u64),
    Tick,
}

/// Who a searcher is, and where the others are.
pub struct Door {
    /// Which of the three it is.
    pub party: Party,
    /// Keys of all three.
    pub searchers: [PublicKey; 3],
    /// Its own.
    pub key: SigningKey,
    /// Where all three are.
    pub places: [Place; 3],
    /// Its side of TLS.
    pub tls: TlsAcceptor,
}

static LINES: AtomicU64 = AtomicU64::new(0);

fn number() -> u64 {
    LINES.fetch_add(1, Ordering::Relaxed)
}

/// UTC seconds.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Serves until the file can no more be written.
///
/// # Errors
/// [`JournalError`].
pub async fn serve(
    door: Door,
    listener: TcpListener,
    node: Node,
    journal: Option<Journal>,
) -> Result<(), JournalError> {
    let (events, inbox) = mpsc::channel(64);
    let door = Arc::new(door);
    for other in PARTIES.into_iter().filter(|other| other.index() < door.party.index()) {
        tokio::spawn(keep_calling(Arc::clone(&door), other, events.clone()));
    }
    tokio::spawn(keep_listening(Arc::clone(&door), listener, events.clone()));
    tokio::spawn(async move {
        while events.send(Event::Tick).await.is_ok() {
            sleep(Duration::from_secs(1)).await;
        }
    });
    let worked = tokio::task::spawn_blocking(move || work(node, journal, inbox)).await;
    worked.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
}

/// The searcher itself, one event after the other.
fn work(
    mut node: Node,
    mut journal: Option<Journal>,
    mut inbox: mpsc::Receiver<Event>,
) -> Result<(), JournalError> {
    let mut others: BTreeMap<Party, (u64, mpsc::UnboundedSender<PeerWord>)> = BTreeMap::new();
    let mut lines: BTreeMap<u64, oneshot::Sender<Answer>> = BTreeMap::new();
    while let Some(event) = inbox.blocking_recv() {
        let known = |party: &Party, line: u64| others.get(party).is_some_and(|(at, _)| *at == line);
        let effects = match event {
            Event::Asked(word, answer) => {
                let line = number();
                lines.insert(line, answer);
                node.asked(line, word, now())
            }
            Event::Met(party, line, sender) => {
                tracing::info!(%party, "met");
                let mut effects = node.lost(party);
                others.insert(party, (line, sender));
                effects.extend(node.met(party));
                effects
            }
            Event::Told(party, line, word) if known(&party, line) => node.told(party, word, now()),
            Event::Lost(party, line) if known(&party, line) => {
                tracing::warn!(%party, "gone");
                others.remove(&party);
                node.lost(party)
            }
            Event::Told(..) | Event::Lost(..) => continue,
            Event::Tick => {
                lines.retain(|_, line| !line.is_closed());
                node.tick(now())
            }
        };
        for effect in effects {
            match effect {
                Effect::Keep(record) => {
                    if let Some(journal) = &mut journal {
                        journal.append(&record)?;
                    }
                    continue;
                }
                _ => journal.as_mut().map_or(Ok(()), Journal::sync)?,
            }
            match effect {
                Effect::Tell(party, word) => {
                    // One who is gone is told what counts when it is met again.
                    if let Some((_, other)) = others.get(&party) {
                        let _ = other.send(word);
                    }
                }
                Effect::Answer(line, answer) => {
                    if let Some(line) = lines.remove(&line) {
                        let _ = line.send(answer);
                    }
                }
                Effect::Keep(_) => {}
            }
        }
        journal.as_mut().map_or(Ok(()), Journal::sync)?;
    }
    Ok(())
}

async fn keep_calling(door: Arc<Door>, other: Party, events: mpsc::Sender<Event>) {
    loop {
        if let Err(error) = call(&door, other, &events).await {
            tracing::debug!(%other, %error, "not reached");
        }
        if events.is_closed() {
            return;
        }
        sleep(AGAIN).await;
    }
}

async fn call(door: &Door, other: Party, events: &mpsc::Sender<Event>) -> Result<(), LineError> {
    let mut line = line::call(&door.places[other.index()]).await?;
    let own = line::greeting(line.get_ref().1, &door.key, door.party, other)?;
    line::write(&mut line, &own).await?;
    let theirs = in_time(line::read::<Greeting>(&mut line, KIOSK_WORD)).await?;
    let found = line::greets(line.get_ref().1, &theirs, &door.searchers, door.party)?;
    if found != other {
        return Err(LineError::Stranger(format!("{found} answered in the place of {other}")));
    }
    carry(line, other, events).await;
    Ok(())
}

async fn keep_listening(door: Arc<Door>, listener: TcpListener, events: mpsc::Sender<Event>) {
    let room = Arc::new(Semaphore::new(KIOSKS));
    loop {
        let Ok(place) = Arc::clone(&room).acquire_owned().await else { return };
        let Ok((line, from)) = listener.accept().await else {
            sleep(AGAIN).await;
            continue;
        };
        let (door, events) = (Arc::clone(&door), events.clone());
        tokio::spawn(async move {
            if let Err(error) = take(&door, line, &events).await {
                tracing::debug!(%from, %error, "a line ended");
            }
            drop(place);
        });
    }
}

async fn take(door: &Door, line: TcpStream, events: &mpsc::Sender<Event>) -> Result<(), LineError> {
    let mut line = in_time(line::accept(&door.tls, line)).await?;
    let greeting = in_time(line::read::<Greeting>(&mut line, KIOSK_WORD)).await?;
    if matches!(greeting, Greeting::Kiosk) {
        return hear(line, events).await;
    }
    let other = line::greets(line.get_ref().1, &greeting, &door.searchers, door.party)?;
    let own = line::greeting(line.get_ref().1, &door.key, door.party, other)?;
    line::write(&mut line, &own).await?;
    carry(line, other, events).await;
    Ok(())
}

async fn in_time<T>(waited: impl Future<Output = Result<T, LineError>>) -> Result<T, LineError> {
    let silent = |_| LineError::Stranger(format!("nothing was said for {} s", GREETING.as_secs()));
    timeout(GREETING, waited).await.map_err(silent)?
}

/// One word of a kiosk after the other, each answered.
async fn hear(
    mut line: impl AsyncRead + AsyncWrite + Unpin,
    events: &mpsc::Sender<Event>,
) -> Result<(), LineError> {
    let gone = || LineError::Stranger("the searcher is stopping".into());
    loop {
        let word = timeout(SILENCE, line::read::<KioskWord>(&mut line, KIOSK_WORD)).await;
        let Ok(word) = word else { return Ok(()) };
        let (answer, answered) = oneshot::channel();
        events.send(Event::Asked(word?, answer)).await.map_err(|_| gone())?;
        let patience = Duration::from_secs(3 * PATIENCE_S);
        let answer = timeout(patience, answered).await.ok().and_then(Result::ok);
        let answer =
            answer.unwrap_or_else(|| Answer::Refused("there is no answer in time: ask again".into()));
        line::write(&mut line, &answer).await?;
    }
}

/// Words to and from another searcher, until one of both goes away.
async fn carry(line: impl AsyncRead + AsyncWrite, other: Party, events: &mpsc::Sender<Event>) {
    let (mut from, mut to) = tokio::io::split(line);
    let (sender, mut words) = mpsc::unbounded_channel::<PeerWord>();
    let number = number();
    if events.send(Event::Met(other, number, sender)).await.is_err() {
        return;
    }
    let reading = async {
        loop {
            match line::read::<PeerWord>(&mut from, WORD).await {
                Ok(word) => {
                    if events.send(Event::Told(other, number, word)).await.is_err() {
                        return;
                    }
                }
                Err(error) => return tracing::debug!(%other, %error, "its line ended"),
            }
        }
    };
    let writing = async {
        while let Some(word) = words.recv().await {
            if line::write(&mut to, &word).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = reading => {}
        () = writing => {}
    }
    let _ = events.send(Event::Lost(other, number)).await;
}
