//! MP4 files as phones and editors write them: OpenCV writes one, its boxes are changed.

use std::path::{Path, PathBuf};

use opencv::core::{Mat, Scalar, Size, Vec3b};
use opencv::prelude::*;
use opencv::videoio::VideoWriter;

/// Pictures that are written, a tenth of a second each.
pub const PICTURES: usize = 12;
pub const WIDTH: i32 = 160;
pub const HEIGHT: i32 = 96;
/// Grey of the quarters: upper left, upper right, lower left, lower right.
pub const QUARTERS: [u8; 4] = [40, 100, 160, 220];

/// A folder of a test's own.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("wetsign-recorded-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Writes a film whose pictures `draw` makes, and gives its bytes.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "a literal of bytes is a reference")]
pub fn written(path: &Path, coder: &[u8; 4], draw: impl Fn(usize) -> Mat) -> Vec<u8> {
    let [a, b, c, d] = coder.map(char::from);
    let coder = VideoWriter::fourcc(a, b, c, d).unwrap();
    let mut writer =
        VideoWriter::new(path.to_str().unwrap(), coder, 10.0, Size::new(WIDTH, HEIGHT), true).unwrap();
    assert!(writer.is_opened().unwrap(), "OpenCV writes {}", path.display());
    for number in 0..PICTURES {
        writer.write(&draw(number)).unwrap();
    }
    writer.release().unwrap();
    std::fs::read(path).unwrap()
}

/// One colour all over.
pub fn plain(bgr: [u8; 3]) -> Mat {
    let [blue, green, red] = bgr.map(f64::from);
    Mat::new_rows_cols_with_default(HEIGHT, WIDTH, Vec3b::opencv_type(), Scalar::new(blue, green, red, 0.0))
        .unwrap()
}

/// Each quarter in its own grey.
pub fn quarters() -> Mat {
    let mut picture = plain([0; 3]);
    for y in 0..HEIGHT {
        for x in 0..WIDTH {
            let quarter = usize::from(x >= WIDTH / 2) + 2 * usize::from(y >= HEIGHT / 2);
            *picture.at_2d_mut::<Vec3b>(y, x).unwrap() = Vec3b::from([QUARTERS[quarter]; 3]);
        }
    }
    picture
}

/// Its own grey for each picture.
pub fn numbered(number: usize) -> Mat {
    plain([grey(number); 3])
}

pub fn grey(number: usize) -> u8 {
    20 + 18 * number as u8
}

/// An MP4 of numbered pictures.
pub fn film(folder: &Folder, draw: impl Fn(usize) -> Mat) -> Vec<u8> {
    written(&folder.0.join("made.mp4"), b"mp4v", draw)
}

/// The same file with the content of the box at `place` changed; it has to be there.
pub fn changed(bytes: &[u8], place: &[&[u8; 4]], change: &mut dyn FnMut(&mut Vec<u8>)) -> Vec<u8> {
    let [name, inside @ ..] = place else { panic!("a place has names") };
    let (mut out, mut at, mut found) = (Vec::new(), 0, false);
    while at + 8 <= bytes.len() {
        let size = u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
        let size = if size == 0 { bytes.len() - at } else { size };
        let mut content = bytes[at + 8..at + size].to_vec();
        if &bytes[at + 4..at + 8] == name.as_slice() {
            found = true;
            if inside.is_empty() { change(&mut content) } else { content = changed(&content, inside, change) }
        }
        out.extend(boxed(bytes[at + 4..at + 8].try_into().unwrap(), &content));
        at += size;
    }
    assert!(found, "the file has a box {}", String::from_utf8_lossy(*name));
    out
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "a literal of bytes is a reference")]
pub fn boxed(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut out = (content.len() as u32 + 8).to_be_bytes().to_vec();
    out.extend(name);
    out.extend(content);
    out
}

/// With another matrix of its track: where the right and the lower edge point.
pub fn turned(bytes: &[u8], [[a, b], [c, d]]: [[f64; 2]; 2]) -> Vec<u8> {
    changed(bytes, &[b"moov", b"trak", b"tkhd"], &mut |head| {
        assert_eq!(head[0], 0, "a head of version 0");
        for (place, value) in [(0, a), (1, b), (3, c), (4, d)] {
            let fixed = (value * 65_536.0) as i32;
            head[40 + 4 * place..44 + 4 * place].copy_from_slice(&fixed.to_be_bytes());
        }
    })
}

/// With something more about how its pictures are coded.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "a literal of bytes is a reference")]
pub fn described(bytes: &[u8], name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    changed(bytes, &[b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd"], &mut |list| {
        let size = u32::from_be_bytes(list[8..12].try_into().unwrap());
        let more = boxed(name, content);
        list[8..12].copy_from_slice(&(size + more.len() as u32).to_be_bytes());
        list.extend(more);
    })
}

/// `colr`: primaries, transfer, matrix, full range.
pub fn coloured(bytes: &[u8], transfer: u16, matrix: u16, full: bool) -> Vec<u8> {
    let mut content = b"nclx".to_vec();
    for value in [1, transfer, matrix] {
        content.extend(value.to_be_bytes());
    }
    content.push(if full { 0x80 } else { 0 });
    described(bytes, b"colr", &content)
}

/// Ticks a second of its track.
pub fn clock(bytes: &[u8]) -> u32 {
    let mut found = 0;
    changed(bytes, &[b"moov", b"trak", b"mdia", b"mdhd"], &mut |head| {
        found = u32::from_be_bytes(head[12..16].try_into().unwrap());
    });
    found
}

/// Every picture lasts as long as is said, seconds.
pub fn lasting(bytes: &[u8], lengths: &[f64; PICTURES]) -> Vec<u8> {
    let ticks = f64::from(clock(bytes));
    changed(bytes, &[b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stts"], &mut |table| {
        table.truncate(4);
        table.extend((lengths.len() as u32).to_be_bytes());
        for length in lengths {
            table.extend(1_u32.to_be_bytes());
            table.extend(((length * ticks).round() as u32).to_be_bytes());
        }
    })
}

/// With this edit list: length in milliseconds, beginning in seconds of the track (negative: nothing is shown), speed.
pub fn cut(bytes: &[u8], edits: &[(u32, f64, u32)]) -> Vec<u8> {
    let ticks = f64::from(clock(bytes));
    let mut list = vec![0; 4];
    list.extend((edits.len() as u32).to_be_bytes());
    for (length, from, speed) in edits {
        list.extend(length.to_be_bytes());
        let from = if *from < 0.0 { -1 } else { (from * ticks).round() as i32 };
        list.extend(from.to_be_bytes());
        list.extend((speed << 16).to_be_bytes());
    }
    changed(bytes, &[b"moov", b"trak", b"edts", b"elst"], &mut |old| old.clone_from(&list))
}
