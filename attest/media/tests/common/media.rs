//! Media, made here: sound and pictures by libraries, and the containers that no library here writes by hand, with
//! frames that nobody has to hear.

use std::io::Cursor;

/// A second of a tone that rises, so that no two parts are alike.
pub fn wav(bits: u16) -> Vec<u8> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 16_000,
        bits_per_sample: bits,
        sample_format: hound::SampleFormat::Int,
    };
    let mut out = Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut out, spec).unwrap();
    for index in 0..16_000_u32 {
        let time = f64::from(index) / 16_000.0;
        let loud = f64::from((1_i32 << (bits - 2)) - 1);
        writer
            .write_sample(
                ((200.0 + 300.0 * time) * time * std::f64::consts::TAU).sin().mul_add(loud, 0.0) as i32
            )
            .unwrap();
    }
    writer.finalize().unwrap();
    out.into_inner()
}

/// A picture in which no two rows are alike.
pub fn jpeg(quality: u8) -> Vec<u8> {
    let picture = image::RgbImage::from_fn(160, 120, |x, y| {
        image::Rgb([(x * y / 75) as u8, ((x * 7) ^ (y * 13)) as u8, (y * 2) as u8])
    });
    let mut out = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut out, quality).encode_image(&picture).unwrap();
    out
}

fn noise(length: usize) -> Vec<u8> {
    let mut state = 7_u32;
    let next = |state: &mut u32| {
        *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (*state >> 25) as u8
    };
    (0..length).map(|_| next(&mut state)).collect()
}

/// Forty frames of 128 kbit/s at 44.1 kHz, 417 bytes each.
pub fn mp3() -> Vec<u8> {
    noise(40 * 413).chunks(413).flat_map(|frame| [&[0xff, 0xfb, 0x90, 0x64], frame].concat()).collect()
}

/// STREAMINFO of 16 kHz, one channel, 16 bits; then frames.
pub fn flac() -> Vec<u8> {
    let mut info = [0_u8; 34];
    info[..4].copy_from_slice(&[0x10, 0, 0x10, 0]);
    let packed: u64 = 16_000 << 44 | 15 << 36 | 16_000;
    info[10..18].copy_from_slice(&packed.to_be_bytes());
    [b"fLaC", &[0x80, 0, 0, 34][..], &info, &[0xff, 0xf8, 0x75, 0x08], &noise(9000)].concat()
}

fn atom(kind: &[u8; 4], inside: &[u8]) -> Vec<u8> {
    [&(inside.len() as u32 + 8).to_be_bytes()[..], kind, inside].concat()
}

/// ISO base media with one track of one chunk.
pub fn mp4(brand: &[u8; 4], entry: &[u8; 4]) -> Vec<u8> {
    let head = atom(b"ftyp", &[brand, &[0, 0, 2, 0], b"isom", brand].concat());
    let samples = atom(b"mdat", &noise(8000));
    let begin = head.len() as u32 + 8;
    let full = |kind: &[u8; 4], inside: &[u8]| atom(kind, &[&[0; 4], inside].concat());
    let one = 1_u32.to_be_bytes();
    let table = [
        full(b"stsd", &[&one[..], &atom(entry, &[0; 28])].concat()),
        full(b"stts", &[one, one, one].concat()),
        full(b"stsc", &[one, one, one, one].concat()),
        full(b"stsz", &[8000_u32.to_be_bytes(), one].concat()),
        full(b"stco", &[one, begin.to_be_bytes()].concat()),
    ]
    .concat();
    let header = full(b"mvhd", &[0; 96]);
    let track = atom(
        b"trak",
        &[
            full(b"tkhd", &[0; 80]),
            atom(b"mdia", &[full(b"mdhd", &[0; 20]), atom(b"minf", &atom(b"stbl", &table))].concat()),
        ]
        .concat(),
    );
    [head, samples, atom(b"moov", &[header, track].concat())].concat()
}
