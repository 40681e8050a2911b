//! A V4L2 camera, held so that none of its faults reach the rest.
//!
//! A thread of its own owns the camera, opened with an exact format. It takes raw frames and decodes them with OpenCV
//! (the driver library's own decoder panics on corrupt MJPEG and accepts half a frame), checks the dimensions, and
//! hands over through a channel of two frames; a frame that finds no room is dropped. A panic in the thread ends as an
//! error; a camera that gives nothing for [`STALL`] is reported by the other side of the channel. A stalled driver call
//! cannot be interrupted, and the node stays open with it: then the whole process has to end ([`SourceError::Stuck`]).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{
    Receiver, RecvTimeoutError, SyncSender, TryRecvError, TrySendError, channel, sync_channel,
};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use nokhwa::Camera as Device;
use nokhwa::pixel_format::RgbFormat;
use nokhwa::utils::{CameraFormat, CameraIndex, RequestedFormat, RequestedFormatType};
use wetsign_infer::Frame;
use wetsign_sensor_ipc::Camera as Listed;

use super::camera_frame::Layout;
use super::camera_node::{self, describe, index_of};
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

/// Frames that came and could not be read, since the last good one.
#[derive(Default)]
struct Broken {
    count: u32,
    last: String,
}

/// An open camera.
pub struct Camera {
    /// Node, model and format, for labels.
    pub label: String,
    /// The node is not shown to belong to hardware (a loopback device).
    pub is_virtual: bool,
    frames: Receiver<Taken>,
    stop: Arc<AtomicBool>,
    broken: Arc<Mutex<Broken>>,
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
        let index = index_of(Path::new(&chosen.name))
            .ok_or_else(|| SourceError::Unavailable(format!("{} is no video node", chosen.name)))?;
        let (sender, frames) = sync_channel(2);
        let (opened, answer) = channel();
        let stop = Arc::new(AtomicBool::new(false));
        let stopping = Arc::clone(&stop);
        let broken: Arc<Mutex<Broken>> = Arc::default();
        let breaking = Arc::clone(&broken);
        let failed =
            |error: &dyn std::fmt::Display| SourceError::Unavailable(format!("{}: {error}", chosen.name));
        thread::Builder::new()
            .name("camera".into())
            .spawn(move || {
                let outcome = catch_unwind(AssertUnwindSafe(|| {
                    let (mut device, format, layout) = match open_exact(index) {
                        Ok(camera) => camera,
                        Err(why) => {
                            let _ = opened.send(Err(why));
                            return Ok(());
                        }
                    };
                    let _ = opened.send(Ok(format));
                    take(&mut device, layout, &sender, &stopping, &breaking)
                }));
                let why = match outcome {
                    Ok(Ok(())) => return,
                    Ok(Err(why)) => why,
                    Err(panic) => {
                        format!("its driver library panicked: {}", crate::panics::panic_text(&*panic))
                    }
                };
                let _ = sender.send(Err(why));
            })
            .map_err(|error| failed(&error))?;
        let format = match answer.recv_timeout(OPENING) {
            Ok(Ok(format)) => format,
            Ok(Err(why)) => return Err(failed(&why)),
            Err(_) => {
                return Err(SourceError::Stuck(format!(
                    "{} did not open within {} s",
                    chosen.name,
                    OPENING.as_secs()
                )));
            }
        };
        let label = format!("{} ({}, {})", chosen.name, chosen.label, describe(&format));
        Ok(Self { label, is_virtual: is_virtual(Path::new(&chosen.name)), frames, stop, broken })
    }

    /// The next frame and when it was taken.
    pub fn next(&self) -> Result<(Instant, Frame), SourceError> {
        match self.frames.recv_timeout(STALL) {
            Ok(Ok(frame)) => Ok(frame),
            Ok(Err(why)) => Err(self.stalled(&why)),
            Err(RecvTimeoutError::Timeout) => Err(self.nothing_came()),
            Err(RecvTimeoutError::Disconnected) => Err(self.stalled("it ended without a word")),
        }
    }

    /// Throws away what was taken before now; an end of the camera is not thrown away.
    pub fn forget(&self) -> Result<(), SourceError> {
        loop {
            match self.frames.try_recv() {
                Ok(Ok(_)) => {}
                Ok(Err(why)) => return Err(self.stalled(&why)),
                Err(TryRecvError::Empty) => return Ok(()),
                Err(TryRecvError::Disconnected) => return Err(self.stalled("it ended without a word")),
            }
        }
    }

    fn stalled(&self, why: &str) -> SourceError {
        SourceError::CameraStalled(format!("{}: {why}", self.label))
    }

    fn nothing_came(&self) -> SourceError {
        let broken = self.broken.lock().unwrap_or_else(PoisonError::into_inner);
        let (label, seconds) = (&self.label, STALL.as_secs());
        if broken.count > 0 {
            return self.stalled(&format!(
                "no whole frame for {seconds} s, but {} broken ones, the last: {}",
                broken.count, broken.last
            ));
        }
        SourceError::Stuck(format!("{label} gave no frame for {seconds} s: plug it in again"))
    }
}

impl Drop for Camera {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
    }
}

/// Opens a camera with the best of its formats.
fn open_exact(index: u32) -> Result<(Device, CameraFormat, Layout), String> {
    let formats = camera_node::formats(index)?;
    let format = *formats.first().ok_or("it has no format")?;
    let layout = camera_node::prepare(index, &format)?;
    let request = RequestedFormat::new::<RgbFormat>(RequestedFormatType::Exact(format));
    let mut device = Device::new(CameraIndex::Index(index), request).map_err(|error| error.to_string())?;
    let got = device.camera_format();
    if got.resolution() != format.resolution() || got.format() != format.format() {
        return Err(format!("asked for {}, it gives {}", describe(&format), describe(&got)));
    }
    device.open_stream().map_err(|error| error.to_string())?;
    Ok((device, format, layout))
}

fn take(
    device: &mut Device,
    layout: Layout,
    sender: &SyncSender<Taken>,
    stop: &AtomicBool,
    broken: &Mutex<Broken>,
) -> Result<(), String> {
    while !stop.load(Ordering::SeqCst) {
        let raw = device.frame_raw().map_err(|error| in_words(&error.to_string()))?;
        let taken = Instant::now();
        let frame = layout.read(&raw);
        let mut broken = broken.lock().unwrap_or_else(PoisonError::into_inner);
        match frame {
            Ok(frame) => {
                broken.count = 0;
                if !offer(sender, taken, frame) {
                    break;
                }
            }
            Err(why) => {
                tracing::debug!(why, "a broken frame");
                *broken = Broken { count: broken.count + 1, last: why };
                if broken.count >= BROKEN {
                    return Err(format!("{BROKEN} broken frames in a row, the last: {}", broken.last));
                }
            }
        }
    }
    let _ = device.stop_stream();
    Ok(())
}

/// Hands a frame over if there is room, else drops it: whoever computes on frames never holds the camera. False: nobody
/// wants frames any more.
fn offer(sender: &SyncSender<Taken>, taken: Instant, frame: Frame) -> bool {
    !matches!(sender.try_send(Ok((taken, frame))), Err(TrySendError::Disconnected(_)))
}

/// The camera library gives errors of the kernel as text alone.
fn in_words(error: &str) -> String {
    const NO_SUCH_DEVICE: &str = "(os error 19)";
    if error.contains(NO_SUCH_DEVICE) {
        "it is gone: unplugged, or its driver was unloaded".into()
    } else {
        error.into()
    }
}

/// Every video node, usable or not, in the order of their numbers.
pub fn list() -> Vec<Listed> {
    let mut nodes: Vec<(u32, PathBuf)> = std::fs::read_dir("/dev")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter_map(|path| Some((index_of(&path)?, path)))
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
    match contained(move || camera_node::formats(index)) {
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
            Err(format!("its driver library panicked: {}", crate::panics::panic_text(&*panic)))
        });
        let _ = sender.send(outcome);
    };
    thread::Builder::new().name("camera-list".into()).spawn(asking).map_err(|error| error.to_string())?;
    answer
        .recv_timeout(LISTING)
        .unwrap_or_else(|_| Err(format!("it did not answer within {} s", LISTING.as_secs())))
}

/// Whether the node is not shown to belong to hardware.
fn is_virtual(path: &Path) -> bool {
    !index_of(path).is_some_and(|index| hardware::is_proven(&format!("video4linux/video{index}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_driver_that_panics_becomes_a_reason() {
        assert!(contained::<()>(|| panic!("corrupt")).unwrap_err().contains("corrupt"));
        assert_eq!(contained(|| Ok(5)), Ok(5));
    }

    #[test]
    fn a_camera_that_is_gone_is_said_to_be_gone() {
        let error = std::io::Error::from_raw_os_error(19);
        assert!(in_words(&format!("Could not capture frame: {error}")).contains("unplugged"));
        assert_eq!(in_words("something else"), "something else");
    }

    /// A camera whose thread the test plays.
    fn camera() -> (SyncSender<Taken>, Camera) {
        let (sender, frames) = sync_channel(2);
        let (stop, broken) = (Arc::default(), Arc::default());
        (sender, Camera { label: "camera".into(), is_virtual: true, frames, stop, broken })
    }

    #[test]
    fn the_end_of_a_camera_is_not_forgotten_with_old_frames() {
        let (sender, camera) = camera();
        let frame = Frame::from_bgr(1, 1, &[0; 3]).unwrap();
        sender.send(Ok((Instant::now(), frame))).unwrap();
        sender.send(Err("it is gone".into())).unwrap();
        assert!(camera.forget().is_err_and(|error| error.to_string().contains("it is gone")));

        drop(sender);
        assert!(camera.forget().is_err());
        assert!(matches!(camera.next(), Err(SourceError::CameraStalled(_))));
    }

    #[test]
    fn networks_that_take_no_frame_never_hold_the_camera() {
        let (sender, camera) = camera();
        let frame = |value| Frame::from_bgr(1, 1, &[value; 3]).unwrap();
        let begun = Instant::now();
        for value in 0..200 {
            assert!(offer(&sender, begun, frame(value)), "every frame is offered while nobody reads");
        }
        let seen = |camera: &Camera| camera.next().unwrap().1.bytes().unwrap()[0];
        assert_eq!((seen(&camera), seen(&camera)), (0, 1), "two wait, the rest were dropped");
        drop(camera);
        assert!(!offer(&sender, begun, frame(0)), "the thread ends with the session");
    }

    #[test]
    fn broken_frames_are_told_from_no_frames() {
        let (_sender, camera) = camera();
        assert!(matches!(camera.nothing_came(), SourceError::Stuck(_)));
        *camera.broken.lock().unwrap() = Broken { count: 7, last: "a JPEG that does not end".into() };
        let error = camera.nothing_came();
        assert!(matches!(error, SourceError::CameraStalled(_)));
        assert!(error.to_string().contains("7 broken ones"), "{error}");
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
