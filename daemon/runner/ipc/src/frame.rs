//! Messages between runner and engine, each behind four bytes of length in network order. The stream is a pipe that
//! nobody else has; what comes from the engine is nevertheless bounded, since strangers' networks run in it.

use std::io::{ErrorKind, Read, Write};

use minicbor::{Decode, Encode};
use zeroize::Zeroizing;

/// Bytes of the longest piece of a package.
pub const PIECE: usize = 1 << 20;
/// Bytes of the longest input.
pub const INPUT: usize = 64 << 20;
/// Bytes of the longest output: an hour and a half of a voice.
pub const OUTPUT: usize = 256 << 20;
/// What a message has beside its longest part.
const AROUND: usize = 64 << 10;

/// What the engine hears.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum ToEngine {
    /// The next piece of the package.
    #[n(1)]
    Piece(#[cbor(n(0), with = "minicbor::bytes")] Vec<u8>),
    /// The package is whole, and is what the asset's owner locked: make this, once.
    #[n(2)]
    Make(#[n(0)] Input),
}

/// The approved input.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Input {
    /// A text.
    #[n(1)]
    Text(#[n(0)] String),
    /// A file.
    #[n(2)]
    File(#[cbor(n(0), with = "minicbor::bytes")] Vec<u8>),
}

/// What the engine says.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum FromEngine {
    /// It is confined and waits: layers in force, and in words what is and what is not.
    #[n(1)]
    Ready {
        /// Names of the layers in force.
        #[n(0)]
        layers: Vec<String>,
        /// For people.
        #[n(1)]
        words: String,
    },
    /// What it made.
    #[n(2)]
    Made {
        /// `audio/wav`, for example.
        #[n(0)]
        media_type: String,
        /// The file.
        #[cbor(n(1), with = "minicbor::bytes")]
        file: Vec<u8>,
    },
    /// Why it makes nothing.
    #[n(3)]
    Refused {
        /// In words.
        #[n(0)]
        why: String,
    },
}

/// Why a message did not come, or did not go.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// The other side is gone.
    #[error("the other side ended without an answer")]
    Ended,
    /// Longer than it may be.
    #[error("a message has {length} bytes, at most {bound} are taken")]
    Long {
        /// Its length.
        length: usize,
        /// The bound.
        bound: usize,
    },
    /// No message.
    #[error("what came is no message: {0}")]
    Malformed(String),
    /// The pipe.
    #[error("the pipe cannot be used")]
    Io(#[from] std::io::Error),
}

/// Writes one message.
///
/// # Errors
/// [`FrameError`].
pub fn write<M: Encode<()>>(to: &mut impl Write, message: &M) -> Result<(), FrameError> {
    let malformed = |error: &dyn std::fmt::Display| FrameError::Malformed(error.to_string());
    let bytes = Zeroizing::new(minicbor::to_vec(message).map_err(|e| malformed(&e))?);
    let length = u32::try_from(bytes.len()).map_err(|e| malformed(&e))?;
    to.write_all(&length.to_be_bytes())?;
    to.write_all(&bytes)?;
    Ok(to.flush()?)
}

/// Reads what the engine hears.
///
/// # Errors
/// [`FrameError`].
pub fn read_task(from: &mut impl Read) -> Result<ToEngine, FrameError> {
    read(from, INPUT + AROUND)
}

/// Reads what the engine says.
///
/// # Errors
/// [`FrameError`].
pub fn read_answer(from: &mut impl Read) -> Result<FromEngine, FrameError> {
    read(from, OUTPUT + AROUND)
}

fn read<M: for<'b> Decode<'b, ()>>(from: &mut impl Read, bound: usize) -> Result<M, FrameError> {
    let ended = |error: std::io::Error| match error.kind() {
        ErrorKind::UnexpectedEof => FrameError::Ended,
        _ => error.into(),
    };
    let mut length = [0; 4];
    from.read_exact(&mut length).map_err(ended)?;
    let length = u32::from_be_bytes(length) as usize;
    if length > bound {
        return Err(FrameError::Long { length, bound });
    }
    let mut bytes = Zeroizing::new(Vec::new());
    // As much as comes, not as much as is promised.
    from.take(length as u64).read_to_end(&mut bytes)?;
    if bytes.len() < length {
        return Err(FrameError::Ended);
    }
    minicbor::decode(&bytes).map_err(|error| FrameError::Malformed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn input() -> impl Strategy<Value = Input> {
        prop_oneof![
            ".{0,40}".prop_map(Input::Text),
            prop::collection::vec(any::<u8>(), 0..99).prop_map(Input::File)
        ]
    }

    proptest! {
        #[test]
        fn messages_come_back_in_order_and_a_cut_one_does_not(input in input(), piece in prop::collection::vec(any::<u8>(), 0..99)) {
            let sent = [ToEngine::Piece(piece), ToEngine::Make(input)];
            let mut pipe = Vec::new();
            for message in &sent {
                write(&mut pipe, message).unwrap();
            }
            let mut reading = &pipe[..];
            for message in &sent {
                prop_assert_eq!(&read_task(&mut reading).unwrap(), message);
            }
            prop_assert!(matches!(read_task(&mut reading), Err(FrameError::Ended)));
            let mut cut = &pipe[..pipe.len() - 1];
            prop_assert!(read_task(&mut cut).is_ok());
            prop_assert!(matches!(read_task(&mut cut), Err(FrameError::Ended)));
        }

        #[test]
        fn whatever_comes_is_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..99)) {
            let _ = read_answer(&mut &bytes[..]);
        }
    }

    #[test]
    fn more_than_is_taken_is_refused_before_it_is_read() {
        let promised = u32::MAX.to_be_bytes();
        assert!(matches!(read_answer(&mut &promised[..]), Err(FrameError::Long { .. })));
    }
}
