//! Finds the serial port of a USB device: the kernel gives out `ttyACM0`, `ttyACM1`, … in the order of plugging in.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
};

/// Where the kernel lists its ports.
pub(super) const PORTS: &str = "/sys/class/tty";

/// Directories between a port and its USB device: one for CDC-ACM, two for a converter with a port number of its own.
const DEPTH: usize = 3;

/// What a USB device calls itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsbName {
    vendor: u16,
    product: u16,
    serial: String,
}

impl UsbName {
    /// `VENDOR:PRODUCT:SERIAL`, the first two of four hexadecimal digits.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, ':');
        let mut number = || {
            let digits = parts.next()?;
            let sound = digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            u16::from_str_radix(digits, 16).ok().filter(|_| sound)
        };
        let (vendor, product) = (number()?, number()?);
        let serial =
            parts.next().filter(|serial| !serial.is_empty() && !serial.contains(char::is_whitespace))?;
        Some(Self { vendor, product, serial: serial.to_owned() })
    }

    /// The device node of its first serial port, looked for in `ports` ([`PORTS`]).
    pub(super) fn find(&self, ports: &Path) -> io::Result<PathBuf> {
        let mut found: Vec<_> = fs::read_dir(ports)?
            .filter_map(Result::ok)
            .filter(|entry| self.is_behind(&entry.path()))
            .map(|entry| entry.file_name())
            .collect();
        found.sort();
        let first = found.into_iter().next().ok_or(io::ErrorKind::NotFound)?;
        Ok(Path::new("/dev").join(first))
    }

    fn is_behind(&self, port: &Path) -> bool {
        let Ok(interface) = fs::canonicalize(port.join("device")) else { return false };
        interface.ancestors().take(DEPTH).any(|folder| {
            let says = |file: &str| fs::read_to_string(folder.join(file)).ok();
            let number = |file: &str| u16::from_str_radix(says(file)?.trim(), 16).ok();
            number("idVendor") == Some(self.vendor)
                && number("idProduct") == Some(self.product)
                && says("serial").is_some_and(|serial| serial.trim() == self.serial)
        })
    }
}

impl fmt::Display for UsbName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}:{:04x}:{}", self.vendor, self.product, self.serial)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// A device with one port, as the kernel lists it.
    fn plug_in(root: &Path, device: &str, ids: [&str; 3], interface: &str, port: &str) {
        let device = root.join("devices").join(device);
        let place = device.join(interface);
        fs::create_dir_all(&place).unwrap();
        for (file, text) in ["idVendor", "idProduct", "serial"].iter().zip(ids) {
            fs::write(device.join(file), format!("{text}\n")).unwrap();
        }
        fs::create_dir_all(root.join("tty").join(port)).unwrap();
        symlink(place, root.join("tty").join(port).join("device")).unwrap();
    }

    #[test]
    fn a_port_is_found_by_vendor_product_and_serial_number_wherever_it_is_plugged_in() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path();
        fs::create_dir_all(root.join("tty/console")).unwrap();
        plug_in(root, "1-1", ["1209", "0001", "AAA"], "1-1:1.0", "ttyACM0");
        plug_in(root, "1-2", ["1209", "0001", "BBB"], "1-2:1.0", "ttyACM1");
        plug_in(root, "1-3", ["0403", "6001", "CCC"], "1-3:1.0/ttyUSB0", "ttyUSB0");
        let find = |name: &str| UsbName::parse(name).unwrap().find(&root.join("tty")).ok();

        assert_eq!(find("1209:0001:BBB"), Some("/dev/ttyACM1".into()));
        assert_eq!(find("0403:6001:CCC"), Some("/dev/ttyUSB0".into()));
        for nobody in ["1209:0001:CCC", "1209:0002:AAA", "1208:0001:AAA", "1209:0001:AA"] {
            assert_eq!(find(nobody), None, "{nobody}");
        }
    }

    #[test]
    fn a_name_has_four_digits_four_digits_and_a_serial_number() {
        for wrong in [
            "",
            "1209",
            "1209:0001",
            "1209:0001:",
            "129:0001:A",
            "1209:+001:A",
            "zzzz:0001:A",
            "1209:0001:A B",
        ] {
            assert_eq!(UsbName::parse(wrong), None, "{wrong}");
        }
        assert_eq!(UsbName::parse("1209:000a:A:B").unwrap().to_string(), "1209:000a:A:B");
    }
}
