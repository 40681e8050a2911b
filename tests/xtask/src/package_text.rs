//! The texts of the Debian package, and where files go in it.

/// Files of `daemon/systemd`, and their places.
pub const PLACES: [(&str, &str); 6] = [
    ("wetsignd.service", "usr/lib/systemd/system/wetsignd.service"),
    ("wetsign-sensor@.service", "usr/lib/systemd/system/wetsign-sensor@.service"),
    ("wetsign-sensor.socket", "usr/lib/systemd/system/wetsign-sensor.socket"),
    ("wetsignd.socket", "usr/lib/systemd/system/wetsignd.socket"),
    ("wetsign.sysusers", "usr/lib/sysusers.d/wetsign.conf"),
    ("wetsign.tmpfiles", "usr/lib/tmpfiles.d/wetsign.conf"),
];

/// Debian's file on who may do what with it (DEP-5).
pub const COPYRIGHT: &str = "\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: wetsign
Comment: The networks below /usr/lib/wetsign have licences of their own: see models/cards of the source.

Files: *
Copyright: the authors of Wetsign
License: MIT or Apache-2.0
 The texts are LICENSE-MIT and LICENSE-APACHE of the source; the latter is also
 /usr/share/common-licenses/Apache-2.0.
";

/// The configuration as it is shipped: the default, with the sensor program as a user of its own. None where the
/// default has no such setting.
pub fn configuration(default: &str) -> Option<String> {
    let (before, after) = default.split_once("\nsocket = \"\"\n")?;
    Some(format!("{before}\nsocket = \"/run/wetsign/sensor.sock\"\n{after}"))
}

/// A program's completions, as it writes them, and their places.
pub fn completions(program: &str) -> [(String, String); 3] {
    [
        (format!("{program}.bash"), format!("usr/share/bash-completion/completions/{program}")),
        (format!("_{program}"), format!("usr/share/zsh/vendor-completions/_{program}")),
        (format!("{program}.fish"), format!("usr/share/fish/vendor_completions.d/{program}.fish")),
    ]
}

/// `DEBIAN/control`.
pub fn control(version: &str, architecture: &str, libraries: &str, kib: u64) -> String {
    format!(
        "\
Package: wetsign
Version: {version}
Architecture: {architecture}
Maintainer: Wetsign <wetsign@localhost>
Installed-Size: {kib}
Depends: systemd, {libraries}
Recommends: chromium
Section: misc
Priority: optional
Description: kiosk that co-signs what a living person agrees to
 A human validator's kiosk: it looks whether the enrolled person is there and
 alive, proves the match, and co-signs a usage request if the owner's rules allow
 it and that person agrees.
"
    )
}

/// The maintainer scripts (Debian Policy § 6), by name.
pub fn scripts(version: &str) -> [(&'static str, String); 4] {
    [
        ("preinst", preinst(version)),
        ("postinst", POSTINST.to_owned()),
        ("prerm", PRERM.to_owned()),
        ("postrm", POSTRM.to_owned()),
    ]
}

/// What a newer version wrote an older one may not read, and what a newer one mended would be open again.
fn preinst(version: &str) -> String {
    format!(
        r#"#!/bin/sh
set -e
if [ "$1" = upgrade ] && dpkg --compare-versions "$2" gt "{version}"; then
    echo "wetsign {version} is older than $2, which is installed: a kiosk does not go back." >&2
    echo "Restore a backup of that time on another machine, or remove wetsign first; its state is kept." >&2
    exit 1
fi
"#
    )
}

const POSTINST: &str = r#"#!/bin/sh
set -e
[ "$1" = configure ] || exit 0
systemd-sysusers wetsign.conf
systemd-tmpfiles --create wetsign.conf
if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
    # A kiosk that runs goes on with what is new; one that does not is not started.
    systemctl try-restart wetsignd.service
fi
if [ -z "$2" ]; then
    echo "wetsign is installed, and does not run yet:"
    echo "  1. /etc/wetsign/wetsign.toml        what this kiosk is"
    echo "  2. sudo -u wetsign wetsignd doctor --config /etc/wetsign/wetsign.toml"
    echo "  3. systemctl enable --now wetsignd.socket wetsign-sensor.socket wetsignd.service"
fi
"#;

const PRERM: &str = r#"#!/bin/sh
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
    systemctl disable --now wetsignd.socket wetsign-sensor.socket wetsignd.service
fi
"#;

const POSTRM: &str = r#"#!/bin/sh
set -e
if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
fi
if [ "$1" = purge ]; then
    rm -rf /var/cache/wetsign
    if [ -d /var/lib/wetsign ]; then
        echo "Kept: /var/lib/wetsign, with this kiosk's keys, people and log. Nothing brings them back: remove it yourself."
    fi
fi
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_names_its_version_and_no_older_one_takes_its_place() {
        assert!(control("0.1.0-2", "amd64", "libc6", 9).contains("\nVersion: 0.1.0-2\n"));
        let [(name, script), ..] = scripts("0.1.0-2");
        assert_eq!(name, "preinst");
        assert!(script.contains("\"$2\" gt \"0.1.0-2\""));
    }

    #[test]
    fn the_shipped_configuration_has_a_sensor_of_its_own_user() {
        let shipped = configuration("[sensor]\narguments = []\nsocket = \"\"\nstart_s = 60\n").unwrap();
        assert_eq!(
            shipped,
            "[sensor]\narguments = []\nsocket = \"/run/wetsign/sensor.sock\"\nstart_s = 60\n"
        );
        assert_eq!(configuration("[sensor]\n"), None);
    }

    #[test]
    fn no_script_removes_what_a_kiosk_holds() {
        for (name, script) in scripts("1") {
            assert!(!script.contains("rm -rf /var/lib"), "{name}");
        }
    }
}
