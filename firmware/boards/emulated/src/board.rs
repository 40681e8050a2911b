//! The pieces of an emulated board, put together.

use core::marker::PhantomData;

use wetsign_board::OwnImage;
use wetsign_element::{Hardware, Profile, TamperInputs};
use wetsign_element_flash::{FlashCounter, FlashStorage};
use wetsign_wire::eat::{Home, debug};

use crate::clock::{HostClock, TickClock};
use crate::host::{FileLight, HostEntropy};
use crate::nor::FileNor;

/// Where the key is.
#[cfg(not(feature = "measure"))]
pub type Signer = wetsign_element::SoftSigner;
/// Where the key is.
#[cfg(feature = "measure")]
pub type Signer = crate::measure::MeteredSigner;

/// A signer without a key.
#[cfg_attr(
    not(feature = "measure"),
    expect(unused_variables, reason = "only a metered signer looks at the clock")
)]
pub fn signer(clock: TickClock) -> Signer {
    #[cfg(not(feature = "measure"))]
    return Signer::default();
    #[cfg(feature = "measure")]
    return Signer::new(clock);
}

/// An emulated board with a case of kind `T`.
pub struct Emulated<'f, T>(PhantomData<(&'f (), T)>);

impl<'f, T: TamperInputs> Hardware for Emulated<'f, T> {
    type Signer = Signer;
    type Counter = FlashCounter<'f, FileNor>;
    type Tamper = T;
    type Clock = HostClock;
    type Entropy = HostEntropy;
    type Storage = FlashStorage<'f, FileNor>;
    type Indicator = FileLight;
    type Firmware = OwnImage;
}

/// What an emulated board says of itself.
pub fn profile(hwmodel: &'static str) -> Profile {
    Profile {
        hwmodel,
        swname: "wetsign-element",
        swversion: env!("CARGO_PKG_VERSION"),
        debug: debug::ENABLED,
        oemboot: false,
        home: Home::Emulator,
        sessions: Profile::SESSIONS,
        seals: Profile::SEALS,
    }
}
