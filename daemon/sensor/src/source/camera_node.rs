//! What a video node is, and which of its formats this sensor reads.
//!
//! Asked of the kernel directly (`v4l`): the camera library gives one and the same error for a metadata node, an output
//! and a format that it does not know, takes 2/25 s for 25 pictures a second, and cannot open a camera that another
//! program left at such a rate or in such a format. So the node is put into the chosen format before the library opens
//! it.

use std::path::Path;

use nokhwa::utils::{CameraFormat, FrameFormat, Resolution};
use v4l::capability::{Capabilities, Flags};
use v4l::frameinterval::FrameIntervalEnum;
use v4l::framesize::FrameSizeEnum;
use v4l::video::Capture;
use v4l::video::capture::Parameters;
use v4l::{Device, Format, FourCC, Fraction};

use super::camera_frame::Layout;

/// The format that is looked for: width, height, pictures a second. At an arm's length a face fills `face_size` of this
/// width, not of 640.
const WANTED: (u32, u32, u32) = (1280, 720, 30);
/// Slower formats come last, however large: a turn of the head has to be seen on its way.
const SLOW: u32 = 15;

const READ: [(FourCC, FrameFormat); 2] =
    [(FourCC { repr: *b"YUYV" }, FrameFormat::YUYV), (FourCC { repr: *b"MJPG" }, FrameFormat::MJPEG)];

/// The formats of a node that this sensor reads, the best first; or why there is none.
pub fn formats(index: u32) -> Result<Vec<CameraFormat>, String> {
    let device = Device::new(index as usize).map_err(|error| format!("it cannot be opened: {error}"))?;
    let about = device.query_caps().map_err(|error| format!("it does not say what it is: {error}"))?;
    if let Some(why) = no_camera(&about) {
        return Err(why);
    }
    let offered = device.enum_formats().map_err(|error| format!("its formats cannot be listed: {error}"))?;
    let offered: Vec<FourCC> = offered.into_iter().map(|format| format.fourcc).collect();
    let mut formats = Vec::new();
    for (fourcc, format) in READ.into_iter().filter(|(fourcc, _)| offered.contains(fourcc)) {
        for size in device.enum_framesizes(fourcc).unwrap_or_default() {
            let (width, height) = nearest_size(&size.size);
            let intervals = device.enum_frameintervals(fourcc, width, height).unwrap_or_default();
            let rates = intervals.iter().filter_map(|interval| rate(&interval.interval));
            formats.extend(rates.map(|rate| CameraFormat::new(Resolution::new(width, height), format, rate)));
        }
    }
    if formats.is_empty() {
        return Err(nothing_to_read(&offered));
    }
    formats.sort_by_key(distance);
    formats.dedup();
    Ok(formats)
}

/// Puts the node into a format and says how its pictures lie in memory.
pub fn prepare(index: u32, format: &CameraFormat) -> Result<Layout, String> {
    let device = Device::new(index as usize).map_err(|error| in_use(&error))?;
    let (width, height) = (format.width(), format.height());
    let fourcc = READ.iter().find(|(_, known)| *known == format.format()).map_or(READ[0].0, |known| known.0);
    let got = device.set_format(&Format::new(width, height, fourcc)).map_err(|error| in_use(&error))?;
    if (got.width, got.height, got.fourcc) != (width, height, fourcc) {
        return Err(format!(
            "asked for {width}x{height} {fourcc}, it gives {}x{} {}",
            got.width, got.height, got.fourcc
        ));
    }
    device.set_params(&Parameters::with_fps(format.frame_rate())).map_err(|error| in_use(&error))?;
    Ok(Layout { format: format.format(), width, height, stride: got.stride })
}

fn in_use(error: &std::io::Error) -> String {
    if error.kind() == std::io::ErrorKind::ResourceBusy {
        "another program uses it".into()
    } else {
        format!("its format cannot be set: {error}")
    }
}

/// Why a node gives no pictures; none where it should.
fn no_camera(about: &Capabilities) -> Option<String> {
    let has = |flags: Flags| about.capabilities.intersects(flags);
    let why = if has(Flags::VIDEO_CAPTURE) {
        return None;
    } else if has(Flags::META_CAPTURE | Flags::META_OUTPUT) {
        "a metadata node: it carries data about pictures, and no pictures"
    } else if about.driver == "v4l2 loopback" {
        "a loopback device into which no program writes"
    } else if has(Flags::VIDEO_M2M | Flags::VIDEO_M2M_MPLANE) {
        "a converter: it gives back what is put in"
    } else if has(Flags::VIDEO_OUTPUT | Flags::VIDEO_OUTPUT_MPLANE) {
        "an output: pictures go in, none come out"
    } else if has(Flags::VIDEO_CAPTURE_MPLANE) {
        "it gives each picture in several planes, which this sensor does not read"
    } else {
        "it gives no pictures"
    };
    Some(why.into())
}

fn nothing_to_read(offered: &[FourCC]) -> String {
    let readable = offered.iter().any(|fourcc| READ.iter().any(|(known, _)| known == fourcc));
    if offered.is_empty() {
        "it offers no format".into()
    } else if readable {
        "its MJPG or YUYV has no size with a whole number of pictures a second".into()
    } else {
        let names: Vec<_> = offered.iter().map(ToString::to_string).collect();
        format!("this sensor reads MJPG and YUYV, it offers {}", names.join(", "))
    }
}

/// A fixed size, or that of a range which is nearest to the wanted one.
fn nearest_size(size: &FrameSizeEnum) -> (u32, u32) {
    let nearest = |wanted: u32, least: u32, most: u32, step: u32| {
        let wanted = wanted.clamp(least, most.max(least));
        wanted - (wanted - least) % step.max(1)
    };
    match size {
        FrameSizeEnum::Discrete(size) => (size.width, size.height),
        FrameSizeEnum::Stepwise(range) => (
            nearest(WANTED.0, range.min_width, range.max_width, range.step_width),
            nearest(WANTED.1, range.min_height, range.max_height, range.step_height),
        ),
    }
}

/// Pictures a second where they are a whole number; of a range, the rate that is nearest to the wanted one.
fn rate(interval: &FrameIntervalEnum) -> Option<u32> {
    let of = |interval: &Fraction| {
        (interval.numerator > 0 && interval.denominator.is_multiple_of(interval.numerator))
            .then(|| interval.denominator / interval.numerator)
            .filter(|rate| *rate > 0)
    };
    match interval {
        FrameIntervalEnum::Discrete(interval) => of(interval),
        FrameIntervalEnum::Stepwise(range) => {
            // The longest interval is the lowest rate.
            let lowest = range.max.denominator.div_ceil(range.max.numerator.max(1)).max(1);
            let highest = range.min.denominator / range.min.numerator.max(1);
            (lowest <= highest).then(|| WANTED.2.clamp(lowest, highest))
        }
    }
}

fn distance(format: &CameraFormat) -> (bool, u32, u32, bool) {
    let (width, height, rate) = WANTED;
    let size = format.width().abs_diff(width) + format.height().abs_diff(height);
    let fps = format.frame_rate();
    (fps < SLOW, size, fps.abs_diff(rate), format.format() != FrameFormat::YUYV)
}

/// `/dev/video7` is 7; anything else is no video node.
pub fn index_of(path: &Path) -> Option<u32> {
    let digits = path.to_str()?.strip_prefix("/dev/video")?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// A format in words: `640x480 MJPG 30`.
pub fn describe(format: &CameraFormat) -> String {
    let kind = match format.format() {
        FrameFormat::MJPEG => "MJPG".to_owned(),
        other => other.to_string(),
    };
    format!("{}x{} {kind} {}", format.width(), format.height(), format.frame_rate())
}

#[cfg(test)]
mod tests {
    use super::*;
    use v4l::{frameinterval, framesize};

    fn capabilities(driver: &str, capabilities: Flags) -> Capabilities {
        let text = String::from;
        Capabilities { driver: text(driver), card: text(""), bus: text(""), version: (6, 1, 0), capabilities }
    }

    #[test]
    fn a_node_without_pictures_says_what_it_is() {
        let why = |driver, flags| no_camera(&capabilities(driver, flags)).unwrap_or_default();
        assert_eq!(why("uvcvideo", Flags::VIDEO_CAPTURE | Flags::STREAMING), "");
        assert!(why("uvcvideo", Flags::META_CAPTURE | Flags::STREAMING).contains("metadata"));
        assert!(why("vivid", Flags::VIDEO_OUTPUT).contains("output"));
        assert!(why("v4l2 loopback", Flags::VIDEO_OUTPUT).contains("no program writes"));
        assert!(why("bcm2835-codec", Flags::VIDEO_M2M_MPLANE).contains("converter"));
        assert!(why("rkisp", Flags::VIDEO_CAPTURE_MPLANE).contains("planes"));
        assert!(why("radio", Flags::RADIO).contains("no pictures"));
    }

    #[test]
    fn formats_that_are_not_read_are_named() {
        let grey = FourCC::new(b"GREY");
        assert!(nothing_to_read(&[grey, FourCC::new(b"NV12")]).contains("GREY, NV12"));
        assert!(nothing_to_read(&[FourCC::new(b"YUYV"), grey]).contains("whole number"));
        assert!(nothing_to_read(&[]).contains("no format"));
    }

    #[test]
    fn two_twenty_fifths_of_a_second_are_not_25_pictures_a_second() {
        let discrete = |numerator, denominator| {
            rate(&FrameIntervalEnum::Discrete(Fraction::new(numerator, denominator)))
        };
        assert_eq!(discrete(1, 30), Some(30));
        assert_eq!(discrete(333_333, 9_999_990), Some(30));
        for (numerator, denominator) in [(2, 25), (1001, 30_000), (0, 30), (1, 0)] {
            assert_eq!(discrete(numerator, denominator), None, "{numerator}/{denominator}");
        }
    }

    #[test]
    fn of_a_range_the_nearest_size_and_rate_are_taken() {
        let size = |max_width, step_width| {
            let sizes = framesize::Stepwise {
                min_width: 2,
                max_width,
                step_width,
                min_height: 1,
                max_height: 8192,
                step_height: 1,
            };
            nearest_size(&FrameSizeEnum::Stepwise(sizes))
        };
        assert_eq!(size(8192, 1), (1280, 720));
        assert_eq!(size(320, 2), (320, 720));
        assert_eq!(size(8192, 16), (1266, 720));
        let range = |min, max| {
            rate(&FrameIntervalEnum::Stepwise(frameinterval::Stepwise {
                min,
                max,
                step: Fraction::new(1, 1),
            }))
        };
        assert_eq!(range(Fraction::new(1, 1000), Fraction::new(1, 1)), Some(30));
        assert_eq!(range(Fraction::new(1, 15), Fraction::new(1, 1)), Some(15));
        assert_eq!(range(Fraction::new(2, 25), Fraction::new(2, 25)), None);
    }

    #[test]
    fn the_format_nearest_to_the_wanted_one_comes_first_in_both_directions() {
        let format =
            |width, height, rate, kind| CameraFormat::new(Resolution::new(width, height), kind, rate);
        let mut formats = [
            format(640, 360, 30, FrameFormat::YUYV),
            format(1280, 720, 10, FrameFormat::YUYV),
            format(1280, 720, 30, FrameFormat::MJPEG),
            format(1920, 1080, 30, FrameFormat::MJPEG),
        ];
        formats.sort_by_key(distance);
        assert_eq!(describe(&formats[0]), "1280x720 MJPG 30");
        assert_eq!(describe(&formats[3]), "1280x720 YUYV 10");
    }

    #[test]
    fn only_numbered_video_nodes_are_nodes() {
        assert_eq!(index_of(Path::new("/dev/video7")), Some(7));
        for other in ["/dev/video", "/dev/videos", "/dev/video1x", "/dev/v4l/by-id/x", "/tmp/video1"] {
            assert_eq!(index_of(Path::new(other)), None, "{other}");
        }
    }
}
