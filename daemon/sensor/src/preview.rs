//! Pictures for the person in front of the camera: at most ten a second, at most 200 KB each.

use std::time::{Duration, Instant};

use wetsign_infer::{Face, Frame, InferError, Mesh, draw};
use wetsign_sensor_ipc::{MAX_PREVIEW, Preview, from_sensor::Kind};

use crate::audience::Audience;

const INTERVAL: Duration = Duration::from_millis(100);
const SIDE: u32 = 640;
/// Tried in this order until the picture is small enough.
const QUALITIES: [u8; 3] = [75, 50, 25];

/// Sends previews of one capture.
pub struct Previews<'a> {
    link: &'a dyn Audience,
    id: u64,
    last: Option<Instant>,
}

impl<'a> Previews<'a> {
    /// For one capture.
    pub fn new(link: &'a dyn Audience, id: u64) -> Self {
        Self { link, id, last: None }
    }

    /// Sends a frame with box, mesh and prompt drawn in, unless the last one was sent a moment ago.
    pub fn show(
        &mut self,
        (frame, face, mesh): (&Frame, &Face, &Mesh),
        seconds: f64,
        prompt_index: u32,
        label: &str,
    ) -> Result<(), InferError> {
        if self.last.is_some_and(|last| last.elapsed() < INTERVAL) {
            return Ok(());
        }
        self.last = Some(Instant::now());
        let mut frame = frame.clone();
        draw::overlay(&mut frame, face, mesh, label)?;
        if let Some(jpeg) = encode(&frame)? {
            let at_ms = (seconds.max(0.0) * 1000.0) as u64;
            self.link.tell(Kind::Preview(Preview { id: self.id, jpeg, at_ms, prompt_index }));
        }
        Ok(())
    }
}

fn encode(frame: &Frame) -> Result<Option<Vec<u8>>, InferError> {
    for quality in QUALITIES {
        let jpeg = frame.to_jpeg(SIDE, quality)?;
        if jpeg.len() <= MAX_PREVIEW {
            return Ok(Some(jpeg));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_picture_is_small_enough() {
        let mut state = 1u32;
        let noise: Vec<u8> = (0..1280 * 960 * 3)
            .map(|_| {
                state = state.wrapping_mul(1664525).wrapping_add(1013904223);
                (state >> 24) as u8
            })
            .collect();
        let frame = Frame::from_bgr(1280, 960, &noise).unwrap();
        assert!(encode(&frame).unwrap().is_some_and(|jpeg| jpeg.len() <= MAX_PREVIEW));
    }
}
