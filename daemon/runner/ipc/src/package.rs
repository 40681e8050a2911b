//! The contents of a container: `wetsign package 1` and a line feed, the card's length (4 bytes, network order), the
//! card (CBOR), the network (ONNX) up to the end.

use crate::card::Card;
use crate::error::PackageError;

/// How a package begins.
pub const MAGIC: &[u8] = b"wetsign package 1\n";
/// Its media type, as a container's facts have it.
pub const MEDIA_TYPE: &str = "application/vnd.wetsign.package";
/// Bytes of the longest card: a lexicon of the whole language has 4 MB.
pub const CARD: usize = 16 << 20;
/// Bytes of the longest package.
pub const MOST: u64 = 2 << 30;

/// Puts a package together.
///
/// # Errors
/// A card out of its bounds.
pub fn write(card: &Card, network: &[u8]) -> Result<Vec<u8>, PackageError> {
    card.check()?;
    let encoded = minicbor::to_vec(card).map_err(|error| PackageError::Card(error.to_string()))?;
    if encoded.len() > CARD {
        return Err(PackageError::Card(format!("it has {} bytes, at most {CARD} are read", encoded.len())));
    }
    let length = (encoded.len() as u32).to_be_bytes();
    Ok([MAGIC, &length, &encoded, network].concat())
}

/// Takes a package apart: its card, and its network.
///
/// # Errors
/// [`PackageError`].
pub fn read(package: &[u8]) -> Result<(Card, &[u8]), PackageError> {
    let rest = package.strip_prefix(MAGIC).ok_or(PackageError::Magic)?;
    let short = || PackageError::Short(package.len());
    let (length, rest) = rest.split_first_chunk::<4>().ok_or_else(short)?;
    let length = u32::from_be_bytes(*length) as usize;
    if length > CARD {
        return Err(PackageError::Card(format!("it has {length} bytes, at most {CARD} are read")));
    }
    let (card, network) = rest.split_at_checked(length).ok_or_else(short)?;
    let mut decoder = minicbor::Decoder::new(card);
    let decoded: Card = decoder.decode().map_err(|error| PackageError::Card(error.to_string()))?;
    if decoder.position() != card.len() {
        return Err(PackageError::Card("something follows it".into()));
    }
    decoded.check()?;
    Ok((decoded, network))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::{Element, Engine, Outlet};
    use proptest::prelude::*;

    fn card() -> Card {
        let outlet = |name: &str| Outlet { name: name.into(), element: Element::F32, shape: vec![1, 0] };
        Card {
            title: "a sum".into(),
            engine: Engine::Network { inputs: vec![outlet("x"), outlet("y")], outputs: vec![outlet("z")] },
        }
    }

    proptest! {
        #[test]
        fn a_package_comes_back_and_no_part_of_it_is_one(network in prop::collection::vec(any::<u8>(), 0..99)) {
            let package = write(&card(), &network).unwrap();
            prop_assert_eq!(read(&package).unwrap(), (card(), &network[..]));
            for cut in 0..package.len() - network.len() {
                prop_assert!(read(&package[..cut]).is_err());
            }
        }

        #[test]
        fn anything_else_is_refused_and_nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(read(&bytes).is_err());
            let mut near = MAGIC.to_vec();
            near.extend(&bytes);
            let _ = read(&near);
        }
    }

    #[test]
    fn a_card_out_of_its_bounds_is_refused() {
        let Engine::Network { inputs, outputs } = card().engine else { unreachable!() };
        let voice = |rate, scales| Engine::Voice { rate, scales, lexicon: String::new() };
        let twice = vec![inputs[0].clone(), inputs[0].clone()];
        for engine in [
            voice(1, [0, 1000, 0]),
            voice(22_050, [0, 0, 0]),
            voice(22_050, [0, 1000, 10_001]),
            Engine::Network { inputs: vec![], outputs: outputs.clone() },
            Engine::Network { inputs: twice, outputs },
        ] {
            assert!(write(&Card { title: "x".into(), engine }, b"").is_err());
        }
        assert!(write(&Card { title: String::new(), ..card() }, b"").is_err());
    }
}
