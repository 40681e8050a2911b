//! Files that an operator names: read whole, and never more than such a file can have.

use std::{
    fs::File,
    io::{Error, ErrorKind, Read, Result},
    path::Path,
};

/// The most that a file of settings, a trust policy or certificates has, bytes.
pub const SETTINGS: u64 = 1 << 20;

/// Reads a file of at most `most` bytes. What a device or a pipe gives counts as well.
///
/// # Errors
/// What the operating system says; [`ErrorKind::FileTooLarge`].
pub fn read(path: &Path, most: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        let words = format!("it has more than {most} bytes, the most for such a file");
        return Err(Error::new(ErrorKind::FileTooLarge, words));
    }
    Ok(bytes)
}

/// The same for a text in UTF-8.
///
/// # Errors
/// As [`read`]; [`ErrorKind::InvalidData`].
pub fn read_text(path: &Path, most: u64) -> Result<String> {
    let bytes = read(path, most)?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Error::new(ErrorKind::InvalidData, format!("it is no UTF-8 text: byte {at} belongs to no character"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_end_is_refused_and_not_read_to_it() {
        let refused = read(Path::new("/dev/zero"), 4096).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::FileTooLarge);
        assert!(refused.to_string().contains("more than 4096 bytes"), "{refused}");
    }

    #[test]
    fn a_file_of_just_the_size_is_read_and_no_text_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings");
        std::fs::write(&path, "four").unwrap();
        assert_eq!(read_text(&path, 4).unwrap(), "four");
        assert!(read_text(&path, 3).is_err());
        std::fs::write(&path, b"ab\xff").unwrap();
        assert!(read_text(&path, 4).unwrap_err().to_string().contains("byte 2"));
    }
}
