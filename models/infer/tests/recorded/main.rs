//! What is read is what was recorded: each row of the table in README.md on a file that is made here.

mod mkv;
mod mp4;
mod sound;

use std::path::Path;

use mp4::{Folder, HEIGHT, PICTURES, QUARTERS, WIDTH, grey};
use wetsign_infer::{Frame, VideoReader};

fn read(path: &Path) -> Vec<(f64, Frame)> {
    VideoReader::open(path).unwrap().collect::<Result<_, _>>().unwrap()
}

fn refused(path: &Path) -> String {
    let found = VideoReader::open(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    found.err().expect("it is refused").to_string()
}

fn pixel(frame: &Frame, x: u32, y: u32) -> [u8; 3] {
    let at = 3 * (y * frame.width() + x) as usize;
    frame.bytes().unwrap()[at..at + 3].try_into().unwrap()
}

/// Which quarter of the recorded picture each quarter shows.
fn shown(frame: &Frame) -> [usize; 4] {
    let (width, height) = (frame.width(), frame.height());
    [[1, 1], [3, 1], [1, 3], [3, 3]].map(|[x, y]| {
        let found = pixel(frame, width * x / 4, height * y / 4)[1];
        (0..4).min_by_key(|quarter| QUARTERS[*quarter].abs_diff(found)).unwrap()
    })
}

/// Number of the picture and its time, in hundredths of a second.
fn listed(film: &[(f64, Frame)]) -> Vec<(usize, u32)> {
    let number = |frame: &Frame| {
        let found = pixel(frame, frame.width() / 2, frame.height() / 2)[1];
        (0..PICTURES).min_by_key(|number| grey(*number).abs_diff(found)).unwrap()
    };
    film.iter().map(|(time, frame)| (number(frame), (time * 100.0).round() as u32)).collect()
}

#[test]
fn films_are_shown_the_way_up_that_their_container_says() {
    let folder = Folder::new("turned");
    let bytes = mp4::film(&folder, |_| mp4::quarters());
    for (name, matrix, places, lies) in [
        ("as it is", [[1.0, 0.0], [0.0, 1.0]], [0, 1, 2, 3], true),
        ("a quarter to the right", [[0.0, 1.0], [-1.0, 0.0]], [2, 0, 3, 1], false),
        ("upside down", [[-1.0, 0.0], [0.0, -1.0]], [3, 2, 1, 0], true),
        ("a quarter to the left", [[0.0, -1.0], [1.0, 0.0]], [1, 3, 0, 2], false),
        ("mirrored", [[-1.0, 0.0], [0.0, 1.0]], [1, 0, 3, 2], true),
        ("mirrored from top to bottom", [[1.0, 0.0], [0.0, -1.0]], [2, 3, 0, 1], true),
        ("a quarter to the right, mirrored", [[0.0, 1.0], [1.0, 0.0]], [0, 2, 1, 3], false),
        ("a quarter to the left, mirrored", [[0.0, -1.0], [-1.0, 0.0]], [3, 1, 2, 0], false),
    ] {
        let film = read(&folder.file("turned.mp4", &mp4::turned(&bytes, matrix)));
        assert_eq!(film.len(), PICTURES, "{name}");
        let frame = &film[5].1;
        let size = if lies { [WIDTH, HEIGHT] } else { [HEIGHT, WIDTH] };
        assert_eq!([frame.width() as i32, frame.height() as i32], size, "{name}");
        assert_eq!(shown(frame), places, "{name}");
    }
    let slanted = mp4::turned(&bytes, [[0.7, 0.7], [-0.7, 0.7]]);
    assert!(refused(&folder.file("slanted.mp4", &slanted)).contains("quarter turns"));
}

#[test]
fn a_matroska_film_is_turned_as_it_says() {
    let folder = Folder::new("rolled");
    let bytes: Vec<u8> = {
        let picture = mp4::quarters();
        opencv::prelude::MatTraitConstManual::data_bytes(&picture).unwrap().to_vec()
    };
    let picture = Frame::from_bgr(WIDTH as u32, HEIGHT as u32, &bytes).unwrap();
    let pictures = [(0, picture.clone()), (40, picture)];
    for (roll, places) in
        [(0.0, [0, 1, 2, 3]), (90.0, [1, 3, 0, 2]), (-90.0, [2, 0, 3, 1]), (180.0, [3, 2, 1, 0])]
    {
        let about = mkv::element(&[0x76, 0x70], &mkv::float(&[0x76, 0x75], roll));
        let film = read(&folder.file("rolled.mkv", &mkv::film(&pictures, &about)));
        assert_eq!(shown(&film[1].1), places, "{roll} degrees counter-clockwise");
    }
    let about = mkv::element(&[0x76, 0x70], &mkv::float(&[0x76, 0x75], 10.0));
    assert!(refused(&folder.file("slanted.mkv", &mkv::film(&pictures, &about))).contains("quarter turns"));
}

#[test]
fn pictures_of_an_uneven_film_have_the_times_of_its_container() {
    let folder = Folder::new("uneven");
    let bytes = mp4::film(&folder, mp4::numbered);
    let mut lengths = [0.1; PICTURES];
    lengths[3] = 0.75;
    lengths[9..].fill(0.5);
    let uneven = mp4::cut(&mp4::lasting(&bytes, &lengths), &[(3_500, 0.0, 1)]);
    let found = listed(&read(&folder.file("uneven.mp4", &uneven)));
    let times = [0, 10, 20, 30, 105, 115, 125, 135, 145, 155, 205, 255];
    assert_eq!(found, times.into_iter().enumerate().collect::<Vec<_>>());

    let times = [0, 33, 66, 1_500, 1_533, 4_000, 4_800, 5_900];
    let grey = |number: usize| Frame::from_bgr(32, 32, &[grey(number); 32 * 32 * 3]).unwrap();
    let pictures: Vec<_> = times.into_iter().enumerate().map(|(number, time)| (time, grey(number))).collect();
    let film = read(&folder.file("uneven.mkv", &mkv::film(&pictures, &[])));
    let hundredths = times.map(|time| (f64::from(time) / 10.0).round() as u32);
    assert_eq!(listed(&film), hundredths.into_iter().enumerate().collect::<Vec<_>>());
}

#[test]
fn an_edit_list_delays_a_film_and_leaves_out_its_beginning() {
    let folder = Folder::new("edited");
    let bytes = mp4::film(&folder, mp4::numbered);
    let edited = mp4::cut(&bytes, &[(500, -1.0, 1), (1_000, 0.2, 1)]);
    let found = listed(&read(&folder.file("edited.mp4", &edited)));
    assert_eq!(found, (0..10).map(|number| (number + 2, 50 + 10 * number as u32)).collect::<Vec<_>>());
    for edits in [&[(300, 0.0, 1), (300, 0.6, 1)][..], &[(1_200, 0.0, 2)]] {
        let why = refused(&folder.file("pieces.mp4", &mp4::cut(&bytes, edits)));
        assert!(why.contains("pieces"), "{why}");
    }
}

#[test]
fn an_avi_has_the_times_of_its_rate() {
    let folder = Folder::new("avi");
    let path = folder.0.join("made.avi");
    mp4::written(&path, b"MJPG", mp4::numbered);
    let found = listed(&read(&path));
    assert_eq!(found, (0..PICTURES).map(|number| (number, 10 * number as u32)).collect::<Vec<_>>());
}

#[test]
fn colours_are_those_that_the_tag_means() {
    let folder = Folder::new("colours");
    let recorded = [60, 140, 90];
    let bytes = mp4::film(&folder, |_| mp4::plain(recorded));
    let near = |bytes: &[u8], [blue, green, red]: [f64; 3], what: &str| {
        let film = read(&folder.file("colour.mp4", bytes));
        let found = pixel(&film[5].1, 80, 48).map(f64::from);
        let away = found.iter().zip([blue, green, red]).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(away <= 4.0, "{what}: {found:?} instead of {:?}", [blue, green, red]);
    };
    let [blue, green, red] = recorded.map(f64::from);
    for (what, matrix) in [("untagged", 2), ("BT.470 BG", 5), ("SMPTE 170M", 6)] {
        near(&mp4::coloured(&bytes, 1, matrix, false), [blue, green, red], what);
    }
    near(&bytes, [blue, green, red], "no tag at all");
    // The same numbers read by BT.709, by its own formula.
    let luma = 0.299 * red + 0.587 * green + 0.114 * blue;
    let [of_blue, of_red] = [(blue - luma) / 1.772, (red - luma) / 1.402];
    let [blue, red] = [luma + 1.8556 * of_blue, luma + 1.5748 * of_red];
    let green = (luma - 0.2126 * red - 0.0722 * blue) / 0.7152;
    near(&mp4::coloured(&bytes, 1, 1, false), [blue, green, red], "BT.709");
    for (why, bytes) in [
        ("full range", mp4::coloured(&bytes, 1, 1, true)),
        ("high dynamic range", mp4::coloured(&bytes, 18, 9, false)),
        ("high dynamic range", mp4::coloured(&bytes, 16, 9, false)),
        ("matrix 8", mp4::coloured(&bytes, 1, 8, false)),
    ] {
        let said = refused(&folder.file("colour.mp4", &bytes));
        assert!(said.contains(why), "{said}");
    }
}

#[test]
fn pixels_that_are_not_square_are_stretched_before_the_picture_is_turned() {
    let folder = Folder::new("stretched");
    let bytes = mp4::film(&folder, |_| mp4::quarters());
    let quarter = [[0.0, 1.0], [-1.0, 0.0]];
    for (across, down, matrix, size) in [
        (2_u32, 1_u32, None, [2 * WIDTH, HEIGHT]),
        (1, 2, None, [WIDTH, 2 * HEIGHT]),
        (16, 15, None, [171, HEIGHT]),
        (2, 1, Some(quarter), [HEIGHT, 2 * WIDTH]),
    ] {
        let aspect = [across.to_be_bytes(), down.to_be_bytes()].concat();
        let mut made = mp4::described(&bytes, b"pasp", &aspect);
        if let Some(matrix) = matrix {
            made = mp4::turned(&made, matrix);
        }
        let film = read(&folder.file("stretched.mp4", &made));
        let frame = &film[5].1;
        assert_eq!([frame.width() as i32, frame.height() as i32], size, "{across}:{down}");
        assert_eq!(shown(frame), if matrix.is_some() { [2, 0, 3, 1] } else { [0, 1, 2, 3] });
    }
}

/// With a photo's orientation (EXIF 2.3 § 4.6.4) in front of everything else.
fn oriented(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut about = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    about.extend([orientation, 0, 0, 0, 0, 0, 0]);
    let mut out = vec![0xff, 0xd8, 0xff, 0xe1, 0, about.len() as u8 + 2];
    out.extend(about);
    out.extend(&jpeg[2..]);
    out
}

#[test]
fn a_photo_is_shown_the_way_up_that_its_camera_says() {
    let picture = mp4::quarters();
    let bytes = opencv::prelude::MatTraitConstManual::data_bytes(&picture).unwrap().to_vec();
    let jpeg = Frame::from_bgr(WIDTH as u32, HEIGHT as u32, &bytes).unwrap().to_jpeg(4096, 95).unwrap();
    for (orientation, places) in
        [(1, [0, 1, 2, 3]), (2, [1, 0, 3, 2]), (3, [3, 2, 1, 0]), (6, [2, 0, 3, 1]), (8, [1, 3, 0, 2])]
    {
        let frame = Frame::decode_image(&oriented(&jpeg, orientation)).unwrap();
        assert_eq!(shown(&frame), places, "orientation {orientation}");
    }
}

#[test]
fn a_recording_that_was_not_ended_says_so_and_no_piece_of_one_is_taken_for_a_film() {
    let folder = Folder::new("cut");
    let bytes = mp4::film(&folder, mp4::numbered);
    let moov = bytes.windows(4).position(|name| name == b"moov").unwrap() - 4;
    assert!(refused(&folder.file("unended.mp4", &bytes[..moov])).contains("was not ended"));
    for length in (moov..bytes.len()).step_by(37) {
        let why = refused(&folder.file("cut.mp4", &bytes[..length]));
        assert!(why.contains("cut.mp4"), "{why}");
    }
    assert!(refused(&folder.0.join("none.mp4")).contains("no such file"));
}
