//! A kiosk's camera and microphone on real kernel devices, in a virtual machine: `cargo xtask hardware`.
//!
//! The way from the lens to the approval in two joined halves. In the guest, Debian's kernel shows cameras
//! (`v4l2loopback`, `vivid`) and sound cards (`snd-aloop`) that are fed with the demo's own recordings, and the
//! sensor's capture layer takes them as it takes any other device. On this machine, what it took is held against what
//! was fed, and then stands before a kiosk as the probe of a request, against an enrolment from the original
//! recordings.
//!
//! - [`feed`]: what the devices are fed with; [`guest`]: the machine; [`tape`]: what came out of it.
//! - [`compare`]: pictures and sound against their source; [`rows`]: what each capture had to come to.
//! - [`joined`]: from what was taken to a verified approval.

pub mod compare;
pub mod feed;
pub mod guest;
pub mod joined;
pub mod rows;
pub mod tape;

use serde::Serialize;

/// One thing that had to hold.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// What it is about.
    pub name: String,
    /// It held.
    pub ok: bool,
    /// Figures, or why it did not hold.
    pub why: String,
}

impl Row {
    /// A row of something that held, with its figures, or did not, with the reason.
    pub fn of(name: &str, outcome: Result<String, String>) -> Self {
        let (ok, why) = match outcome {
            Ok(figures) => (true, figures),
            Err(why) => (false, why),
        };
        Self { name: name.to_owned(), ok, why }
    }
}
