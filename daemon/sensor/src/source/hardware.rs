//! Whether a device node belongs to hardware, as far as the kernel tells. What cannot be shown to be hardware counts as
//! simulated.
//!
//! A device of a loopback driver hangs below `/sys/devices/virtual`, or below a bare platform device that nothing but
//! its module made (`snd_aloop.0`, `vivid.0`, `vhci_hcd.0`). A real one hangs below a PCI device, or below something
//! that the device tree or ACPI describes.

use std::{ffi::OsStr, path::Path};

/// Whether this node of `/sys/class` (`video4linux/video0`, `sound/card1`) is shown to belong to hardware.
pub fn is_proven(class_node: &str) -> bool {
    is_proven_under(Path::new("/sys"), class_node)
}

fn is_proven_under(sys: &Path, class_node: &str) -> bool {
    let Ok(root) = std::fs::canonicalize(sys.join("devices")) else { return false };
    let Ok(device) = std::fs::canonicalize(sys.join("class").join(class_node)) else { return false };
    let Ok(below) = device.strip_prefix(&root) else { return false };
    if below.starts_with("virtual") {
        return false;
    }
    let on_pci = |name: &OsStr| name.as_encoded_bytes().starts_with(b"pci");
    let described = |device: &Path| device.join("of_node").exists() || device.join("firmware_node").exists();
    device
        .ancestors()
        .take_while(|ancestor| *ancestor != root)
        .any(|ancestor| ancestor.file_name().is_some_and(on_pci) || described(ancestor))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, os::unix::fs::symlink};

    /// A `/sys` with one class node; `described` is the part of its device's path that ACPI describes.
    fn sys(device: &str, described: Option<&str>) -> tempfile::TempDir {
        let sys = tempfile::tempdir().unwrap();
        let device = sys.path().join("devices").join(device);
        fs::create_dir_all(&device).unwrap();
        fs::create_dir_all(sys.path().join("class/sound")).unwrap();
        symlink(&device, sys.path().join("class/sound/card0")).unwrap();
        if let Some(described) = described {
            fs::create_dir(sys.path().join("devices").join(described).join("firmware_node")).unwrap();
        }
        sys
    }

    #[test]
    fn devices_below_pci_or_a_described_device_are_hardware() {
        for (device, described) in [
            ("pci0000:00/0000:00:1f.3/sound/card0", None),
            ("pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/sound/card0", None),
            ("platform/soc/3f980000.usb/usb1/1-1/sound/card0", Some("platform/soc/3f980000.usb")),
        ] {
            let sys = sys(device, described);
            assert!(is_proven_under(sys.path(), "sound/card0"), "{device}");
        }
    }

    #[test]
    fn devices_that_only_a_module_made_are_not() {
        for device in [
            "virtual/video4linux/video0",
            "platform/snd_aloop.0/sound/card0",
            "platform/vivid.0/video4linux/video0",
            "platform/vhci_hcd.0/usb3/3-1/sound/card0",
        ] {
            assert!(!is_proven_under(sys(device, None).path(), "sound/card0"), "{device}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_not() {
        let sys = sys("pci0000:00/sound/card0", None);
        assert!(!is_proven_under(sys.path(), "sound/card1"));
        assert!(!is_proven_under(&sys.path().join("nowhere"), "sound/card0"));
    }
}
