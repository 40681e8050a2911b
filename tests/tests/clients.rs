//! Clients of other languages over the Unix socket: whatever they call the kiosk, they are answered.

use std::{path::Path, time::Duration};

use anyhow::{Context, ensure};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::UnixStream,
};
use wetsign_tests::{
    cast::Cast,
    stage::{Options, Stage},
};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const STATUS: &[u8] = b"/wetsign.v1.Kiosk/Status";
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u32).to_be_bytes();
    [&length[1..], &[kind, flags, 0, 0, 0, stream], payload].concat()
}

/// A field that both sides keep in their tables; the name by its place in the table that they share (RFC 7541, appendix
/// A).
fn field(name: u8, value: &[u8]) -> Vec<u8> {
    [&[0x40 | name, value.len() as u8][..], value].concat()
}

/// A call as a library of another language frames it, with this authority.
fn call(stream: u8, authority: &[u8]) -> Vec<u8> {
    let trailers = [&b"\x40\x02te"[..], &[8], b"trailers"].concat();
    // POST, http
    let fields =
        [&[0x83, 0x86][..], &field(4, STATUS), authority, &field(31, b"application/grpc"), &trailers];
    let message = frame(DATA, END_STREAM, stream, &[0; 5]);
    [frame(HEADERS, END_HEADERS, stream, &fields.concat()), message].concat()
}

/// What the kiosk answers to a stream first: its frame's kind, with a message if there is one.
async fn answer(connection: &mut UnixStream, stream: u32) -> anyhow::Result<(u8, usize)> {
    loop {
        let mut head = [0; 9];
        connection.read_exact(&mut head).await.context("the connection ended")?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        let mut payload = vec![0; length];
        connection.read_exact(&mut payload).await?;
        let of = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
        if of == stream && head[3] != HEADERS || of == 0 && head[3] == 7 {
            return Ok((head[3], length));
        }
        ensure!(of != stream || head[4] & END_STREAM == 0, "a status, and no message");
    }
}

async fn answers(socket: &Path, authorities: &[Vec<u8>]) -> anyhow::Result<()> {
    let mut connection = UnixStream::connect(socket).await?;
    connection.write_all(&[PREFACE, &frame(SETTINGS, 0, 0, &[])].concat()).await?;
    for (authority, stream) in authorities.iter().zip((1..).step_by(2)) {
        // In pieces, as a busy machine may hand them out.
        for piece in call(stream, authority).chunks(7) {
            connection.write_all(piece).await?;
            tokio::task::yield_now().await;
        }
        let answer = answer(&mut connection, stream.into());
        let (kind, length) = tokio::time::timeout(Duration::from_secs(20), answer).await??;
        ensure!(kind == DATA && length > 5, "frame {kind} of {length} bytes");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_client_calls_the_kiosk_it_is_answered() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let stage = Stage::set_up(folder.path(), &Cast::new()?, &Options::default()).await?;
    let socket = stage.folder().join("kiosk.sock");
    let path = socket.to_str().context("a path in UTF-8")?;
    let coded = hex::decode("54586cb6a54587c152834d52a2c3d4c74755d07275")?;
    for (name, value, mask) in [
        ("a name", b"localhost:7443".to_vec(), 0),
        ("grpcio", path.replace('/', "%2F").into_bytes(), 0),
        ("grpc-java", path.as_bytes().to_vec(), 0),
        ("an address", format!("unix://{path}").into_bytes(), 0),
        ("Huffman's code: %2Frun%2Fwetsign%2Fkiosk.sock", coded, 0x80),
    ] {
        ensure!(value.len() < 0x7f, "{name}: its length takes more than one byte");
        let authority = [&[0x41, value.len() as u8 | mask][..], &value].concat();
        // Once in full, then by its place in the table: behind the new path, `te`, content-type.
        let by_place = vec![0x80 | 0x41];
        answers(&socket, &[authority, by_place]).await.with_context(|| name.to_owned())?;
    }
    Ok(())
}
