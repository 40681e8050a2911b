//! Which kind of file is it? Told by its first bytes: a name says what somebody would like it to be.

use std::io::{self, Read, Seek, SeekFrom};

/// Bytes of a file's head that are looked at, after an ID3v2 tag.
const HEAD: usize = 16;

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// RIFF WAVE.
    Wav,
    /// MPEG audio, with or without ID3 tags.
    Mp3,
    /// ISO base media that says it is a sound (`M4A `, `M4B `).
    M4a,
    /// Other ISO base media.
    Mp4,
    /// JPEG.
    Jpeg,
    /// FLAC.
    Flac,
    /// Any other: its mark lies beside it.
    Other,
}

impl Format {
    /// Looks at the first bytes.
    ///
    /// # Errors
    /// Reading fails.
    pub fn of(file: &mut (impl Read + Seek)) -> io::Result<Self> {
        let head = head(file, 0)?;
        let tagged = if head.starts_with(b"ID3") { head_after_tag(file, &head)? } else { head.clone() };
        Ok(match &head[..] {
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => Self::Wav,
            [_, _, _, _, b'f', b't', b'y', b'p', b'M', b'4', b'A' | b'B', b' ', ..] => Self::M4a,
            [_, _, _, _, b'f', b't', b'y', b'p', ..] => Self::Mp4,
            [0xff, 0xd8, 0xff, ..] => Self::Jpeg,
            _ if tagged.starts_with(b"fLaC") => Self::Flac,
            _ if head.starts_with(b"ID3")
                || matches!(head[..], [0xff, second, ..] if second & 0xe6 == 0xe2) =>
            {
                Self::Mp3
            }
            _ => Self::Other,
        })
    }

    /// Media type (RFC 6838).
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Wav => "audio/wav",
            Self::Mp3 => "audio/mpeg",
            Self::M4a => "audio/mp4",
            Self::Mp4 => "video/mp4",
            Self::Jpeg => "image/jpeg",
            Self::Flac => "audio/flac",
            Self::Other => "application/octet-stream",
        }
    }

    /// Whether a manifest can be put into it.
    pub fn embeds(self) -> bool {
        self != Self::Other
    }

    /// Whether it can be what a request calls `medium`; nothing where that cannot be said.
    pub fn is(self, medium: &str) -> Option<bool> {
        let kind = self.media_type().split('/').next().unwrap_or_default();
        let known = ["audio", "video", "image"];
        (self.embeds() && known.contains(&medium)).then(|| kind == medium)
    }
}

fn head(file: &mut (impl Read + Seek), at: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(at))?;
    let mut head = Vec::with_capacity(HEAD);
    file.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
    file.rewind()?;
    Ok(head)
}

fn head_after_tag(file: &mut (impl Read + Seek), head: &[u8]) -> io::Result<Vec<u8>> {
    self::head(file, tag_length(head))
}

/// Bytes of an ID3v2 tag, from its first ten (id3.org, 2.4.0 § 3.1): four times seven bits, and a footer.
pub(crate) fn tag_length(head: &[u8]) -> u64 {
    let &[b'I', b'D', b'3', _, _, flags, a, b, c, d, ..] = head else { return 0 };
    let size = [a, b, c, d].iter().fold(0, |size, byte| size << 7 | u64::from(byte & 0x7f));
    size + if flags & 0x10 == 0 { 10 } else { 20 }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn bytes_say_what_a_file_is() {
        let of = |bytes: &[u8]| Format::of(&mut Cursor::new(bytes)).unwrap();
        assert_eq!(of(b"RIFF\x24\0\0\0WAVEfmt "), Format::Wav);
        assert_eq!(of(b"RIFF\x24\0\0\0AVI LIST"), Format::Other);
        assert_eq!(of(b"\0\0\0\x20ftypM4A \0\0\0\0"), Format::M4a);
        assert_eq!(of(b"\0\0\0\x20ftypisom\0\0\0\0"), Format::Mp4);
        assert_eq!(of(&[0xff, 0xd8, 0xff, 0xe0]), Format::Jpeg);
        assert_eq!(of(b"fLaC\0\0\0\x22"), Format::Flac);
        assert_eq!(of(&[0xff, 0xfb, 0x90, 0x64]), Format::Mp3);
        assert_eq!(of(b"ID3\x04\0\0\0\0\0\x02xxfLaC"), Format::Flac);
        assert_eq!(of(b"ID3\x04\0\0\0\0\0\x02xx\xff\xfb"), Format::Mp3);
        for other in [&b""[..], b"OggS", b"{}", b"\x89PNG\r\n"] {
            assert_eq!(of(other), Format::Other);
        }
    }

    #[test]
    fn a_picture_is_no_sound() {
        assert_eq!(Format::Jpeg.is("audio"), Some(false));
        assert_eq!(Format::Wav.is("audio"), Some(true));
        assert_eq!(Format::Mp4.is("video"), Some(true));
        assert_eq!(Format::Other.is("audio"), None);
        assert_eq!(Format::Wav.is("radio"), None);
    }
}
