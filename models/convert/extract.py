"""Takes named files or folders out of a package, whatever kind of package it is.

    python extract.py [--strip] ARCHIVE FOLDER MEMBER...

ARCHIVE is a wheel (.whl), a tar archive (.tar.gz, .tgz) or a Debian package (.deb). Each MEMBER is written to FOLDER/MEMBER.
`--strip` leaves out the archive's one top folder, as source distributions have it. Only ordinary files below the named members
are written; links, devices and everything not named are left alone. A member that is not there is an error.
"""

import io
import sys
import tarfile
import zipfile
from pathlib import Path, PurePosixPath


def wanted(name, members):
    """The clean path of `name` where it is one of `members` or lies below one, else None."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        return None
    below = any(path == member or member in path.parents for member in members)
    return path if below else None


def from_wheel(archive):
    with zipfile.ZipFile(archive) as package:
        for entry in package.infolist():
            if not entry.is_dir():
                yield entry.filename, lambda entry=entry: package.read(entry)


def from_tar(stream, strip):
    with tarfile.open(fileobj=stream, mode="r:*") as package:
        for entry in package:
            if entry.isfile():
                name = entry.name.partition("/")[2] if strip else entry.name
                yield name, lambda entry=entry: package.extractfile(entry).read()


def deb_data(archive):
    """The data part of a Debian package, which is an `ar` archive (deb(5))."""
    raw = archive.read_bytes()
    if not raw.startswith(b"!<arch>\n"):
        sys.exit(f"{archive.name} is not a Debian package")
    at = 8
    while at < len(raw):
        name, size = raw[at:at + 16].decode().strip(" /"), int(raw[at + 48:at + 58])
        if name.startswith("data.tar"):
            return io.BytesIO(raw[at + 60:at + 60 + size])
        at += 60 + size + size % 2
    sys.exit(f"{archive.name} has no data part")


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--strip"]
    if len(arguments) < 3:
        sys.exit(__doc__)
    archive, folder = Path(arguments[0]), Path(arguments[1])
    members = [PurePosixPath(member) for member in arguments[2:]]
    if archive.suffix == ".whl":
        entries = from_wheel(archive)
    elif archive.suffix == ".deb":
        entries = from_tar(deb_data(archive), strip=False)
    else:
        entries = from_tar(io.BytesIO(archive.read_bytes()), strip="--strip" in sys.argv)

    missing = set(members)
    for name, read in entries:
        path = wanted(name, members)
        if path is not None:
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(read())
            missing -= {path, *path.parents}
    if missing:
        sys.exit(f"{archive.name} does not hold {', '.join(map(str, sorted(missing)))}")


if __name__ == "__main__":
    main()
