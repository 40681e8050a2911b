//! The sound of an MP4 file: its edit list is followed.

use wetsign_infer::audio;

use crate::mp4::{Folder, boxed};

const RATE: u32 = 16_000;

/// Plain samples in a QuickTime file: half a second each of .1, .2 and .3, with this edit list (milliseconds, samples).
fn made(edits: &[(u32, i32)]) -> Vec<u8> {
    let samples: Vec<i16> =
        [3277_i16, 6554, 9830].into_iter().flat_map(|value| [value; RATE as usize / 2]).collect();
    let data: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let count = samples.len() as u32;
    let numbers = |values: &[u32]| values.iter().flat_map(|value| value.to_be_bytes()).collect::<Vec<u8>>();
    let matrix = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];
    let mut entry = vec![0, 0, 0, 0, 0, 0, 0, 1];
    entry.extend([0; 8]);
    entry.extend([0, 1, 0, 16, 0, 0, 0, 0]);
    entry.extend((RATE << 16).to_be_bytes());
    let mut description = numbers(&[0, 1]);
    description.extend(boxed(b"sowt", &entry));
    let ftyp = boxed(b"ftyp", b"qt  \0\0\0\0qt  ");
    let mut list = numbers(&[0, edits.len() as u32]);
    for (length, from) in edits {
        list.extend(numbers(&[*length, *from as u32, 1 << 16]));
    }
    let tables = [
        boxed(b"stsd", &description),
        boxed(b"stts", &numbers(&[0, 1, count, 1])),
        boxed(b"stsc", &numbers(&[0, 1, 1, count, 1])),
        boxed(b"stsz", &numbers(&[0, 2, count])),
        boxed(b"stco", &numbers(&[0, 1, ftyp.len() as u32 + 8])),
    ]
    .concat();
    let mut handler = numbers(&[0, 0]);
    handler.extend(b"soun");
    handler.extend([0; 13]);
    let media = [
        boxed(b"mdhd", &numbers(&[0, 0, 0, RATE, count, 0])),
        boxed(b"hdlr", &handler),
        boxed(b"minf", &[boxed(b"smhd", &numbers(&[0, 0])), boxed(b"stbl", &tables)].concat()),
    ]
    .concat();
    let mut head = numbers(&[0, 0, 0, 1000, 1500, 0x1_0000, 0x0100_0000, 0, 0]);
    head.extend(numbers(&matrix));
    head.extend(numbers(&[0, 0, 0, 0, 0, 0, 2]));
    let mut track = numbers(&[7, 0, 0, 1, 0, 1500, 0, 0, 0, 0x0100_0000]);
    track.extend(numbers(&matrix));
    track.extend(numbers(&[0, 0]));
    let track =
        [boxed(b"tkhd", &track), boxed(b"edts", &boxed(b"elst", &list)), boxed(b"mdia", &media)].concat();
    let moov = boxed(b"moov", &[boxed(b"mvhd", &head), boxed(b"trak", &track)].concat());
    [ftyp, boxed(b"mdat", &data), moov].concat()
}

fn heard(folder: &Folder, edits: &[(u32, i32)]) -> (usize, Vec<u32>) {
    let sound = audio::read_file(&folder.file("sound.mov", &made(edits))).unwrap();
    assert_eq!(sound.rate, RATE);
    let tenths =
        [0, 4_000, 8_200, 12_000].map(|at| sound.samples.get(at).map_or(9, |s| (s * 10.0).round() as u32));
    (sound.samples.len(), tenths.to_vec())
}

#[test]
fn what_a_coder_needed_to_start_is_left_out_and_a_late_track_is_late() {
    let folder = Folder::new("sound");
    assert_eq!(heard(&folder, &[(1500, 0)]), (24_000, vec![1, 1, 2, 2]));
    assert_eq!(heard(&folder, &[(1372, 2_048)]), (21_952, vec![1, 1, 2, 2]), "128 ms of priming");
    assert_eq!(heard(&folder, &[(1000, 8_000)]), (16_000, vec![2, 2, 3, 3]));
    assert_eq!(heard(&folder, &[(500, -1), (750, 8_000)]), (20_000, vec![0, 0, 2, 2]));
}
