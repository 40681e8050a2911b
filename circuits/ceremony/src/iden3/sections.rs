//! iden3's container: magic, version, number of sections; each section with its number and length.

use super::points::Reader;
use super::{Format, FormatError};
use std::collections::BTreeMap;

/// The sections of a file by number.
pub(crate) struct Sections<'a> {
    format: Format,
    sections: BTreeMap<u32, &'a [u8]>,
}

impl<'a> Sections<'a> {
    pub fn write(format: Format, version: u32, sections: &[(u32, Vec<u8>)]) -> Vec<u8> {
        let mut bytes = format.magic().to_vec();
        bytes.extend(version.to_le_bytes());
        bytes.extend((sections.len() as u32).to_le_bytes());
        for (number, content) in sections {
            bytes.extend(number.to_le_bytes());
            bytes.extend((content.len() as u64).to_le_bytes());
            bytes.extend_from_slice(content);
        }
        bytes
    }

    /// Each section once, nothing behind the last.
    pub fn read(format: Format, bytes: &'a [u8]) -> Result<Self, FormatError> {
        let malformed =
            |reason: &str| FormatError { format, what: "the container", reason: reason.to_owned() };
        let mut rest = bytes.strip_prefix(format.magic()).ok_or_else(|| {
            let other = Format::ALL.into_iter().find(|other| bytes.starts_with(other.magic()));
            malformed(
                &other.map_or("it does not start as one".into(), |other| format!("it is a {other} file")),
            )
        })?;
        let mut take = |length: usize| {
            let (taken, behind) = rest.split_at_checked(length).ok_or_else(|| malformed("it is cut"))?;
            rest = behind;
            Ok::<_, FormatError>(taken)
        };
        let u32_of = |bytes: &[u8]| bytes.iter().rev().fold(0u32, |sum, byte| (sum << 8) | u32::from(*byte));
        take(4)?;
        let count = u32_of(take(4)?);
        let mut sections = BTreeMap::new();
        for _ in 0..count.min(64) {
            let number = u32_of(take(4)?);
            let length = take(8)?.iter().rev().fold(0u64, |sum, byte| (sum << 8) | u64::from(*byte));
            let content = take(usize::try_from(length).map_err(|_| malformed("a section is too long"))?)?;
            if sections.insert(number, content).is_some() {
                return Err(malformed("a section is there twice"));
            }
        }
        let whole = Self { format, sections };
        if rest.is_empty() { Ok(whole) } else { Err(malformed("bytes follow the last section")) }
    }

    /// Whether the file has a section.
    pub fn has(&self, number: u32) -> bool {
        self.sections.contains_key(&number)
    }

    /// A section that has to be there; `what` says in errors what it holds.
    pub fn section(&self, number: u32, what: &'static str) -> Result<Reader<'a>, FormatError> {
        let missing = || FormatError { format: self.format, what, reason: "it is not there".into() };
        let rest = self.sections.get(&number).copied().ok_or_else(missing)?;
        Ok(Reader { rest, what, format: self.format })
    }
}
