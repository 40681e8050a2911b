//! Where the element is: a Unix socket, a serial port, or a USB device by its name.

use std::{fmt, path::PathBuf, str::FromStr};

use serde::Deserialize;

use super::usb::UsbName;

/// An address as it stands in the configuration.
///
/// ```
/// use wetsignd::element::ElementAddress;
///
/// for text in ["unix:/run/wetsign/element.sock", "serial:/dev/ttyS1", "usb:1209:0001:A1B2C3"] {
///     assert_eq!(text.parse::<ElementAddress>().unwrap().to_string(), text);
/// }
/// assert_eq!("/run/e.sock".parse::<ElementAddress>().unwrap().to_string(), "unix:/run/e.sock");
/// assert!("usb:1209:A1B2C3".parse::<ElementAddress>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum ElementAddress {
    /// A Unix socket: the software stand-in.
    Unix(PathBuf),
    /// A serial port, 115,200 baud where that means anything.
    Serial(PathBuf),
    /// A USB device with a serial port (CDC-ACM), whatever that is called today.
    Usb(UsbName),
}

/// Text that is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no address of a secure element: give unix:/PATH, serial:/dev/TTY or usb:VENDOR:PRODUCT:SERIAL (four hexadecimal \
     digits, four, and the serial number)"
)]
pub struct NoAddress(String);

impl FromStr for ElementAddress {
    type Err = NoAddress;

    fn from_str(text: &str) -> Result<Self, NoAddress> {
        let refused = || NoAddress(text.to_owned());
        let path =
            |path: &str| Some(PathBuf::from(path)).filter(|path| path.is_absolute()).ok_or_else(refused);
        match text.split_once(':') {
            Some(("unix", rest)) => path(rest).map(Self::Unix),
            Some(("serial", rest)) => path(rest).map(Self::Serial),
            Some(("usb", rest)) => UsbName::parse(rest).map(Self::Usb).ok_or_else(refused),
            _ => path(text).map(Self::Unix),
        }
    }
}

impl TryFrom<String> for ElementAddress {
    type Error = NoAddress;

    fn try_from(text: String) -> Result<Self, NoAddress> {
        text.parse()
    }
}

impl fmt::Display for ElementAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Serial(path) => write!(f, "serial:{}", path.display()),
            Self::Usb(name) => write!(f, "usb:{name}"),
        }
    }
}
