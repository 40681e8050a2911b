//! Bundles one behind the other: a CBOR sequence (RFC 8742).

use minicbor::Decoder;

use crate::error::Error;

/// Length of the first item of these bytes; `None` if they end before it does. What is in it is not looked at.
///
/// # Errors
/// The bytes do not begin with CBOR.
pub fn first_item(bytes: &[u8]) -> Result<Option<usize>, Error> {
    let refused = |reason: String| Error::Decode { what: "CBOR sequence", reason };
    // What the decoder takes for an item by itself: the end of something that did not begin.
    if bytes.first() == Some(&0xff) {
        return Err(refused("a break stands where an item should begin".into()));
    }
    let mut decoder = Decoder::new(bytes);
    match decoder.skip() {
        Ok(()) => Ok(Some(decoder.position())),
        Err(error) if error.is_end_of_input() => Ok(None),
        Err(error) => Err(refused(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_item_ends_where_the_next_one_begins() {
        assert_eq!(first_item(&[0x82, 1, 0x41, 7, 0x01]).unwrap(), Some(4));
        assert_eq!(first_item(&[]).unwrap(), None);
        assert!(first_item(&[0xff]).is_err());
    }

    proptest! {
        #[test]
        fn what_is_cut_off_is_told_from_what_is_whole(words in prop::collection::vec(any::<u32>(), 0..40)) {
            let bytes = minicbor::to_vec(&words).unwrap();
            prop_assert_eq!(first_item(&bytes).unwrap(), Some(bytes.len()));
            for end in 0..bytes.len() {
                prop_assert_eq!(first_item(&bytes[..end]).unwrap(), None);
            }
        }

        #[test]
        fn no_bytes_are_taken_beyond_their_end(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            if let Ok(Some(length)) = first_item(&bytes) {
                prop_assert!(length <= bytes.len());
            }
        }
    }
}
