//! Does it all work together? Stories told end to end with the real programs, and what they are told with.
//!
//! - [`telling`]: the main story, told by the `demo` program and held by the story test; [`story`]: its parts.
//! - [`stage`]: a kiosk in a folder of its own; [`process`]: its programs; [`footprint`]: what they take of the memory;
//!   [`visit`]: a person before it.
//! - [`speak`]: what is made with the approval; [`narration`]: by which voice; [`locked`]: an asset in its container;
//!   [`runner`]: who opens it.
//! - [`registrar`]: looks at enrolments, endorses them, makes epochs.
//! - [`cast`]: owner, requester, registrar, root and provisioner, with keys for development.
//! - [`attacks`]: what is held before the camera in a living person's place.
//! - [`phone`]: a validator's own device, which signs; [`with_phone`]: she who has it; [`moved_clock`]: days go by.
//! - [`relay`], [`browser`]: where a phone's page meets a kiosk, and the phone.
//! - [`power_cut`]: the same path with the daemon dying in the middle of it.
//! - [`torture`]: the daemon harmed at random moments, on a disk whose power can be cut.
//! - [`hardware`]: camera and microphone on real kernel devices, in a virtual machine.
//! - [`own_try`]: the same with one's own camera and microphone; [`own_devices`]: which.
//! - [`board`]: the secure element as firmware on an emulated board; [`board_check`]: whether it does its work, and
//!   what that costs; [`board_control`]: QEMU's own sockets; [`firmware_image`]: what its file holds.
//! - [`secure_element`]: the one of a story, program or board; [`in_hand`]: what is tried with it; [`bare_host`]: a
//!   host that the daemon would not be.
//! - [`in_memory`]: what a process holds in memory, and what secrets look like there.
//! - [`auditor`]: `wetsign verify`, the program that trusts none of the others.
//! - [`siege`]: what strangers try to take from a kiosk, and what an honest client beside them notices.
//! - [`load`]: how much a kiosk takes, beside a server that does nothing.
//! - [`soak`]: capture after capture, and what that takes.
//! - [`suite`]: attacks and genuine people by the hundred.
//! - [`narrate`], [`report`], [`evidence`]: what is told, what came out, what can be looked at afterwards.

pub mod attacks;
pub mod auditor;
pub mod bare_host;
pub mod board;
pub mod board_check;
pub mod board_control;
pub mod browser;
pub mod cast;
pub mod claim;
pub mod evidence;
pub mod firmware_image;
pub mod footprint;
pub mod hardware;
pub mod in_hand;
pub mod in_memory;
pub mod load;
pub mod locked;
pub mod moved_clock;
pub mod narrate;
pub mod narration;
pub mod own_devices;
pub mod own_try;
pub mod phone;
pub mod power_cut;
pub mod process;
pub mod registrar;
pub mod relay;
pub mod report;
pub mod runner;
pub mod secure_element;
pub mod siege;
pub mod soak;
pub mod speak;
pub mod stage;
pub mod story;
pub mod suite;
pub mod telling;
pub mod torture;
pub mod visit;
pub mod with_phone;
