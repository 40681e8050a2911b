//! A V4L2 camera, held so that none of its faults reach the rest.
//!
//! A thread of its own owns the camera, opened with an exact format. It takes raw frames and decodes them with OpenCV
//! (the driver library's own decoder panics on corrupt MJPEG and accepts half a frame), checks the dimensions, and
//! hands over through a channel of two frames; a frame that finds no room is dropped. A panic in the thread ends as an
//! error; a camera that gives nothing for [`STALL`] is reported by the other side of the channel. A stalled driver call
//! cannot be interrupted: its thread stays behind until the process ends.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, channel, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use nokhwa::Camera as Device;
use nokhwa::pixel_format::RgbFormat;
use nokhwa::utils::{CameraFormat, CameraIndex, FrameFormat, RequestedFormat, RequestedFormatType};
use wetsign_infer::Frame;
use wetsign_sensor_ipc::Camera as Listed;

use super::{SourceError, hardware};

/// A camera that gives no frame for this long is stalled.
const STALL: Duration = Duration::from_secs(3);
/// Opening a camera and setting its format takes up to a second on real devices.
const OPENING: Duration = Duration::from_secs(8);
/// Asking a node for its formats.
const LISTING: Duration = Duration::from_secs(3);
/// Broken frames in a row that are a fault rather than a hiccup.
const BROKEN: u32 = 30;
const NODES: &str = "/sys/class/video4linux";

type Taken = Result<(Instant, Frame), String>;

/// An open camera.
pub struct Camera {
    /// Node, model and format, for labels.
    pub label: String,
    /// The node is not shown to belong to hardware (a loopback device).
    pub is_virtual: bool,
    frames: Receiver<Taken>,
    stop: Arc<AtomicBool>,
}

impl Camera {
    /// Opens a node by its path; an empty path takes the first usable one.
    pub fn open(name: &str) -> Result<Self, SourceError> {
        let listed = list();
        let chosen = listed
            .iter()
            .find(|camera| if name.is_empty() { camera.unusable.is_empty() } else { camera.name == name });
        let Some(chosen) = chosen else {
            return Err(SourceError::Unavailable(if name.is_empty() {
                "there is no usable camera: `wetsignd devices` lists what there is and why it cannot be used"
                    .into()
            } else {
                format!("there is no camera {name}: `wetsignd devices` lists those that there are")
            }));
        };
        if !chosen.unusable.is_empty() {
            return Err(SourceError::Unavailable(format!(
                "{} cannot be used: {}",
                chosen.name, chosen.unusable
            )));
        }
        let index = node_index(Path::new(&chosen.name))
            .ok_or_else(|| SourceError::Unavailable(format!("{} is no video node", chosen.name)))?;
        let (sender, frames) = sync_channel(2);
        let (opened, answer) = channel();
        let stop = Arc::new(AtomicBool::new(false));
        let stopping = Arc::clone(&stop);
        let failed =
            |error: &dyn std::fmt::Display| SourceError::Unavailable(format!("{}: {error}", chosen.name));
        thread::Builder::new()
            .name("camera".into())
            .spawn(move || {
                let outcome = catch_unwind(AssertUnwindSafe(|| {
                    let (mut device, format) = match open_exact(index) {
                        Ok(camera) => camera,
                        Err(why) => {
                            let _ = opened.send(Err(why));
                            return Ok(());
                        }
                    };
                    let _ = opened.send(Ok(format));
                    take(&mut device, format, &sender, &stopping)
                }));
                let why = match outcome {
                    Ok(Ok(())) => return,
                    Ok(Err(why)) => why,
                    Err(panic) => {
                        format!("its driver library panicked: {}", crate::worker::panic_text(&*panic))
                    }
                };
                let _ = sender.send(Err(why));
            })
            .map_err(|error| failed(&error))?;
        let format = match answer.recv_timeout(OPENING) {
            Ok(Ok(format)) => format,
            Ok(Err(why)) => return Err(failed(&why)),
            Err(_) => return Err(failed(&format!("it did not open within {} s", OPENING.as_secs()))),
        };
        let label = format!("{} ({}, {})", chosen.name, chosen.label, describe(&format));
        Ok(Self { label, is_virtual: is_virtual(Path::new(&chosen.name)), frames, stop })
    }

    /// The next frame and when it was taken.
    pub fn next(&self) -> Result<(Instant, Frame), SourceError> {
        match self.frames.recv_timeout(STALL) {
            Ok(Ok(frame)) => Ok(frame),
            Ok(Err(why)) => Err(SourceError::CameraStalled(format!("{}: {why}", self.label))),
            Err(RecvTimeoutError::Timeout) => Err(SourceError::CameraStalled(format!(
                "{} gave no frame for {} s: plug it in again; if it stays so, the sensor must be started anew",
                self.label,
                STALL.as_secs()
            ))),
            Err(RecvTimeoutError::Disconnected) => {
                Err(SourceError::CameraStalled(format!("{} ended without a word", self.label)))
            }
        }
    }

    /// Throws away what was taken before now.
    pub fn forget(&self) {
        while let Ok(Ok(_)) = self.frames.try_recv() {}
    }
}

impl Drop for Camera {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
    }
}

/// Opens a camera with that of its formats which is nearest to 640×480 at 30 frames a second.
fn open_exact(index: u32) -> Result<(Device, CameraFormat), String> {
    let format = formats(index)?
        .into_iter()
        .min_by_key(|format| {
            let (width, rate) = (format.resolution().width(), format.frame_rate());
            (width.abs_diff(640), rate.abs_diff(30), format.format() != FrameFormat::YUYV)
        })
        .ok_or("it offers neither MJPG nor YUYV")?;
    let request = RequestedFormat::new::<RgbFormat>(RequestedFormatType::Exact(format));
    let mut device = Device::new(CameraIndex::Index(index), request).map_err(|error| error.to_string())?;
    let got = device.camera_format();
    if got.resolution() != format.resolution() || got.format() != format.format() {
        return Err(format!("asked for {}, it gives {}", describe(&format), describe(&got)));
    }
    device.open_stream().map_err(|error| error.to_string())?;
    Ok((device, format))
}

fn take(
    device: &mut Device,
    format: CameraFormat,
    sender: &SyncSender<Taken>,
    stop: &AtomicBool,
) -> Result<(), String> {
    let (width, height) = (format.resolution().width(), format.resolution().height());
    let mut broken = 0;
    while !stop.load(Ordering::SeqCst) {
        let raw = device.frame_raw().map_err(|error| error.to_string())?;
        let taken = Instant::now();
        let frame = match format.format() {
            FrameFormat::YUYV => Frame::from_yuyv(width, height, &raw),
            _ => Frame::decode_image(&raw),
        };
        match frame {
            Ok(frame) if (frame.width(), frame.height()) == (width, height) => {
                broken = 0;
                if let Err(TrySendError::Disconnected(_)) = sender.try_send(Ok((taken, frame))) {
                    break;
                }
            }
            other => {
                broken += 1;
                let why = match other {
                    Ok(frame) => format!("{}x{} instead of {width}x{height}", frame.width(), frame.height()),
                    Err(error) => error.to_string(),
                };
                tracing::debug!(broken, why, "a broken frame");
                if broken >= BROKEN {
                    return Err(format!("{BROKEN} broken frames in a row, the last: {why}"));
                }
            }
        }
    }
    let _ = device.stop_stream();
    Ok(())
}

/// The formats of a node that this sensor can decode.
fn formats(index: u32) -> Result<Vec<CameraFormat>, String> {
    let request = RequestedFormat::new::<RgbFormat>(RequestedFormatType::None);
    let mut device = Device::new(CameraIndex::Index(index), request).map_err(|error| error.to_string())?;
    let mut formats = device.compatible_camera_formats().map_err(|error| error.to_string())?;
    formats.retain(|format| matches!(format.format(), FrameFormat::MJPEG | FrameFormat::YUYV));
    Ok(formats)
}

/// Every video node, usable or not, in the order of their numbers.
pub fn list() -> Vec<Listed> {
    let mut nodes: Vec<(u32, PathBuf)> = std::fs::read_dir("/dev")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter_map(|path| Some((node_index(&path)?, path)))
        .collect();
    nodes.sort_unstable();
    nodes.into_iter().map(|(index, path)| describe_node(index, &path)).collect()
}

fn describe_node(index: u32, path: &Path) -> Listed {
    let model = std::fs::read_to_string(Path::new(NODES).join(format!("video{index}/name")));
    let mut label = model.map_or_else(|_| "unknown".into(), |model| model.trim().to_owned());
    if is_virtual(path) {
        label.push_str(", virtual");
    }
    let mut listed = Listed { name: path.display().to_string(), label, ..Listed::default() };
    if let Err(error) = std::fs::File::open(path) {
        listed.unusable = format!("it cannot be opened: {error}");
        return listed;
    }
    match contained(move || formats(index)) {
        Ok(formats) if formats.is_empty() => {
            listed.unusable =
                "it gives no pictures in MJPG or YUYV (a metadata node, or another format)".into();
        }
        Ok(formats) => listed.formats = formats.iter().map(describe).collect(),
        Err(why) => listed.unusable = why,
    }
    listed
}

/// Runs a question to a driver in a thread of its own: it may panic, or never come back.
fn contained<T: Send + 'static>(
    question: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    let (sender, answer) = channel();
    let asking = move || {
        let outcome = catch_unwind(AssertUnwindSafe(question)).unwrap_or_else(|panic| {
            Err(format!("its driver library panicked: {}", crate::worker::panic_text(&*panic)))
        });
        let _ = sender.send(outcome);
    };
    thread::Builder::new().name("camera-list".into()).spawn(asking).map_err(|error| error.to_string())?;
    answer
        .recv_timeout(LISTING)
        .unwrap_or_else(|_| Err(format!("it did not answer within {} s", LISTING.as_secs())))
}

/// `/dev/video7` is 7; anything else is no video node.
fn node_index(path: &Path) -> Option<u32> {
    let digits = path.to_str()?.strip_prefix("/dev/video")?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// Whether the node is not shown to belong to hardware.
fn is_virtual(path: &Path) -> bool {
    !node_index(path).is_some_and(|index| hardware::is_proven(&format!("video4linux/video{index}")))
}

fn describe(format: &CameraFormat) -> String {
    let kind = match format.format() {
        FrameFormat::MJPEG => "MJPG".to_owned(),
        other => other.to_string(),
    };
    format!("{}x{} {kind} {}", format.resolution().width(), format.resolution().height(), format.frame_rate())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbered_video_nodes_are_nodes() {
        assert_eq!(node_index(Path::new("/dev/video7")), Some(7));
        for other in ["/dev/video", "/dev/videos", "/dev/video1x", "/dev/v4l/by-id/x", "/tmp/video1"] {
            assert_eq!(node_index(Path::new(other)), None, "{other}");
        }
    }

    #[test]
    fn a_driver_that_panics_becomes_a_reason() {
        assert!(contained::<()>(|| panic!("corrupt")).unwrap_err().contains("corrupt"));
        assert_eq!(contained(|| Ok(5)), Ok(5));
    }

    #[test]
    fn a_node_that_nothing_is_known_of_is_virtual() {
        assert!(is_virtual(Path::new("/dev/video4294967295")));
        assert!(is_virtual(Path::new("/tmp/video0")));
    }

    #[test]
    fn a_missing_camera_is_named_with_what_to_do() {
        let error = Camera::open("/dev/video4294967295").err().unwrap().to_string();
        assert!(error.contains("/dev/video4294967295") && error.contains("wetsignd devices"), "{error}");
    }
}
