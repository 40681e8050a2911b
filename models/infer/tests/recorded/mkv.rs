//! Matroska files, written here: pictures are JPEGs, times are whatever is wanted.

use wetsign_infer::Frame;

/// Its own picture at each time, milliseconds. `more` goes into the description of the track's pictures.
pub fn film(pictures: &[(u16, Frame)], more: &[u8]) -> Vec<u8> {
    let (width, height) = (pictures[0].1.width(), pictures[0].1.height());
    let mut about =
        [element(&[0xb0], &width.to_be_bytes()), element(&[0xba], &height.to_be_bytes())].concat();
    about.extend(more);
    let track = [
        element(&[0xd7], &[1]),
        element(&[0x73, 0xc5], &[1]),
        element(&[0x83], &[1]),
        element(&[0x86], b"V_MJPEG"),
        element(&[0xe0], &about),
    ]
    .concat();
    let mut cluster = element(&[0xe7], &[0]);
    for (time, picture) in pictures {
        let mut block = vec![0x81];
        block.extend(time.to_be_bytes());
        block.push(0x80);
        block.extend(picture.to_jpeg(4096, 95).unwrap());
        cluster.extend(element(&[0xa3], &block));
    }
    let segment = [
        element(&[0x15, 0x49, 0xa9, 0x66], &element(&[0x2a, 0xd7, 0xb1], &1_000_000_u32.to_be_bytes())),
        element(&[0x16, 0x54, 0xae, 0x6b], &element(&[0xae], &track)),
        element(&[0x1f, 0x43, 0xb6, 0x75], &cluster),
    ]
    .concat();
    let head = [
        element(&[0x42, 0x86], &[1]),
        element(&[0x42, 0xf7], &[1]),
        element(&[0x42, 0xf2], &[4]),
        element(&[0x42, 0xf3], &[8]),
        element(&[0x42, 0x82], b"matroska"),
        element(&[0x42, 0x87], &[4]),
        element(&[0x42, 0x85], &[2]),
    ]
    .concat();
    let mut file = element(&[0x1a, 0x45, 0xdf, 0xa3], &head);
    // As a recorder that streams: nobody knows how long the segment is.
    file.extend([0x18, 0x53, 0x80, 0x67, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
    file.extend(segment);
    file
}

pub fn element(id: &[u8], content: &[u8]) -> Vec<u8> {
    let mut out = id.to_vec();
    out.extend((content.len() as u64 | 1 << 56).to_be_bytes());
    out.extend(content);
    out
}

/// A fraction.
pub fn float(id: &[u8], value: f64) -> Vec<u8> {
    element(id, &value.to_be_bytes())
}
