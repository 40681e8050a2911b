//! Where a medium lies in its file.

use std::io::{self, Read, Seek, SeekFrom};

/// Stretches of a file that one essence may consist of.
pub const RANGES: usize = 65_536;

/// Where a medium lies in its file, and how it is coded.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Layout {
    pub coding: String,
    /// Begin and length of each stretch.
    pub ranges: Vec<(u64, u64)>,
}

/// Reads `N` bytes at a place, or nothing where the file ends before.
pub fn bytes_at<const N: usize>(file: &mut (impl Read + Seek), at: u64) -> io::Result<Option<[u8; N]>> {
    file.seek(SeekFrom::Start(at))?;
    let mut bytes = [0; N];
    match file.read_exact(&mut bytes) {
        Ok(()) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

/// How many channels, in a word.
pub fn channels(count: u64) -> String {
    match count {
        1 => "mono".into(),
        2 => "stereo".into(),
        many => format!("{many} channels"),
    }
}
