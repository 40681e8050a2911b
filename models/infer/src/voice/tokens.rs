//! Moonshine's vocabulary: a file of byte strings, each behind its length.

use crate::error::{InferError, Result};

/// A word's beginning is marked with U+2581 instead of a space.
const WORD_MARK: char = '\u{2581}';

/// Token number to bytes.
pub(crate) struct Tokens(Vec<Vec<u8>>);

impl Tokens {
    /// Reads the file: per token one length byte (0: no text; from 128 on: two bytes, `low − 128 + 128·high`), then
    /// the bytes.
    pub(crate) fn parse(mut bytes: &[u8]) -> Result<Self> {
        let mut out = Vec::new();
        while let Some((&first, rest)) = bytes.split_first() {
            let (length, rest) = if first < 128 {
                (usize::from(first), rest)
            } else {
                let (&high, rest) = rest.split_first().ok_or(InferError::Tokenizer("cut in a length"))?;
                (usize::from(high) * 128 + usize::from(first) - 128, rest)
            };
            let (token, rest) =
                rest.split_at_checked(length).ok_or(InferError::Tokenizer("cut in a token"))?;
            out.push(token.to_vec());
            bytes = rest;
        }
        if out.is_empty() {
            return Err(InferError::Tokenizer("the file is empty"));
        }
        Ok(Self(out))
    }

    /// The token with this text; a space before it begins a word.
    pub(crate) fn find(&self, text: &str) -> Option<i64> {
        let bytes = text.replace(' ', &WORD_MARK.to_string()).into_bytes();
        // A letter is there as a byte too, which is used for other scripts alone.
        self.0.iter().rposition(|token| *token == bytes).and_then(|found| i64::try_from(found).ok())
    }

    /// Whether a token goes on with the word before it.
    pub(crate) fn goes_on(&self, id: i64) -> bool {
        let token = usize::try_from(id).ok().and_then(|id| self.0.get(id));
        let first = token.and_then(|token| String::from_utf8_lossy(token).chars().next());
        first.is_some_and(char::is_alphanumeric)
    }

    /// Text of a sequence of tokens; unknown numbers are skipped.
    pub(crate) fn text(&self, ids: &[i64]) -> String {
        let known = ids.iter().filter_map(|id| self.0.get(usize::try_from(*id).ok()?));
        let bytes: Vec<u8> = known.flatten().copied().collect();
        String::from_utf8_lossy(&bytes).replace(WORD_MARK, " ").trim().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_join_to_words() {
        let mut file = vec![0];
        for token in ["\u{2581}wet", "sign", "\u{2581}it"] {
            file.push(token.len() as u8);
            file.extend(token.bytes());
        }
        let tokens = Tokens::parse(&file).unwrap();
        assert_eq!(tokens.text(&[1, 2, 3, 0, 99, -4]), "wetsign it");
        assert_eq!((tokens.find(" it"), tokens.find("it")), (Some(3), None));
        assert_eq!([0, 1, 2, 99].map(|id| tokens.goes_on(id)), [false, false, true, false]);
    }

    #[test]
    fn long_tokens_have_two_length_bytes() {
        let mut file = vec![200 - 128 + 128, 1];
        file.extend([b'a'; 200]);
        assert_eq!(Tokens::parse(&file).unwrap().text(&[0]).len(), 200);
    }

    #[test]
    fn a_cut_file_is_refused() {
        assert!(Tokens::parse(&[]).is_err());
        assert!(Tokens::parse(&[3, b'a']).is_err());
        assert!(Tokens::parse(&[200]).is_err());
    }
}
