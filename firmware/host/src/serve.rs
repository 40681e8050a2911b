//! One client after another; the case is watched between requests too.

use std::{
    io::{self, Read, Write},
    os::unix::net::{UnixListener, UnixStream},
    time::Duration,
};

use anyhow::{Context, bail};
use serde_json::{Value, json};
use wetsign_element::{Element, exchange};
use wetsign_wire::{Answer, FrameReader, RefusalCode, Request, limits};
use zeroize::{Zeroize, Zeroizing};

use crate::board::SoftBoard;

/// How often the case is looked at while a client says nothing.
const WATCH: Duration = Duration::from_millis(200);

/// Serves clients one after another, for ever. A session ends with its client.
pub fn serve(element: &mut Element<SoftBoard>, listener: &UnixListener) -> anyhow::Result<()> {
    loop {
        let (stream, _) = listener.accept().context("cannot accept clients any more")?;
        if let Err(error) = serve_client(element, stream) {
            eprintln!("wetsign-element-host: client lost: {error}");
        }
        element.disconnect();
    }
}

fn serve_client(element: &mut Element<SoftBoard>, mut stream: UnixStream) -> io::Result<()> {
    stream.set_read_timeout(Some(WATCH))?;
    stream.set_write_timeout(Some(Duration::from_secs(5)))?;
    let mut reader = Box::new(FrameReader::new());
    let mut received = Zeroizing::new([0; 512]);
    let mut work = Zeroizing::new([0; limits::SEALED]);
    let mut out = Zeroizing::new([0; limits::FRAME]);
    loop {
        let count = match stream.read(received.as_mut()) {
            Ok(0) => return Ok(()),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                element.poll();
                continue;
            }
            Err(error) => return Err(error),
        };
        for byte in &received[..count] {
            if !reader.push(*byte) {
                continue;
            }
            if let Some(frame) = exchange(element, &mut reader, &mut work, &mut out) {
                stream.write_all(frame)?;
            }
            out.zeroize();
        }
        received.zeroize();
    }
}

/// Takes a certificate chain, as over the channel.
pub fn provision(element: &mut Element<SoftBoard>, chain: &[u8]) -> anyhow::Result<()> {
    let mut work = [0; limits::SEALED];
    match element.handle(&Request::Provision { chain }, &mut work).answer {
        Answer::Done => Ok(()),
        // Tampered with, it goes on, to say so.
        Answer::Refused { code: RefusalCode::Tampered, .. } => {
            eprintln!("wetsign-element-host: no certificate is taken: the case was opened");
            Ok(())
        }
        Answer::Refused { code: RefusalCode::NotForThisElement, .. } => {
            bail!("it is not for this element's keys and identifier, or its signature does not hold")
        }
        other => bail!("the element answered {other:?}"),
    }
}

/// Who the element is, for people and provisioners.
pub fn identity_json(element: &mut Element<SoftBoard>) -> anyhow::Result<Value> {
    let mut work = [0; limits::SEALED];
    let response = element.handle(&Request::Identity, &mut work);
    let Answer::Identity(id) = response.answer else {
        bail!("the element does not say who it is: {:?}", response.answer);
    };
    Ok(json!({
        "public_key": hex::encode(id.public_key),
        "ueid": hex::encode(id.ueid),
        "hwmodel": id.hwmodel,
        "swname": id.swname,
        "swversion": id.swversion,
        "firmware_digest": hex::encode(id.firmware_digest),
        "bootcount": id.bootcount,
        "counter": id.counter,
        "home": id.home.as_str(),
        "channel_key": hex::encode(id.channel_key),
        "tamper": response.tamper,
        "certificate": hex::encode(id.certificate),
    }))
}
