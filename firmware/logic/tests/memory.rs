//! What the element keeps in memory: a board has 16 KB for all of it, stack included.

mod fake;

use std::mem::size_of;

use fake::Fake;
use wetsign_element::{Element, Work};
use wetsign_wire::{FrameReader, channel::Channel, limits};

/// Bytes that the buffers of a board take, and the most that the element's own state may.
const BUFFERS: usize = 6_528;
const STATE: usize = 768;

#[test]
fn buffers_and_state_leave_more_than_half_of_sixteen_kilobytes_for_the_stack() {
    let buffers = size_of::<FrameReader>() + size_of::<Work>() + limits::FRAME;
    assert_eq!(buffers, BUFFERS, "reader, work and output; README.md says so too");
    // The fake's parts are pointers and a software key, as a board's are.
    let state = size_of::<Element<Fake>>();
    assert!(state <= STATE, "{state} bytes of state, of which {} are the channel", size_of::<Channel>());
}
