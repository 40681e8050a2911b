//! A disk of its own under the kiosk's state, so that its power can be cut.
//!
//! `kill -9` proves little: the system's page cache survives the process, so what was never synced is still there.
//! Here the state lies on an ext4 file system in an image file. What the kiosk wrote and did not sync is in the cache
//! of that file system and not in the image. A copy of the image, taken while the kiosk stands still, is what the
//! disk holds when the power goes; the kiosk goes on from the copy.
//!
//! A disk that was about to write may have written any part of it. [`Loss::Torn`] puts a random half of the sectors
//! that differ between the cache and the copy onto the copy.

use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail, ensure};
use rand::Rng as _;
use rand_chacha::ChaCha8Rng;

/// Bytes of the image; a sparse file.
const SIZE: u64 = 2 << 30;
/// What a disk writes whole or not at all, bytes.
const SECTOR: usize = 512;
/// How often a copy is tried during which the disk wrote nothing.
const QUIET: usize = 20;

/// What of the unsynced writes is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// All of them.
    All,
    /// Each sector with even chances.
    Torn,
}

/// An ext4 file system in a file, mounted; gone when dropped.
#[derive(Debug)]
pub struct Disk {
    folder: PathBuf,
    place: PathBuf,
    generation: u32,
}

impl Disk {
    /// Makes one in `folder` and mounts it at `place`; `None` for who may not mount.
    ///
    /// # Errors
    /// When the image cannot be made.
    pub fn mount(folder: &Path, place: &Path) -> anyhow::Result<Option<Self>> {
        fs::create_dir_all(folder)?;
        fs::create_dir_all(place)?;
        let disk = Self { folder: folder.to_owned(), place: place.to_owned(), generation: 0 };
        File::create(disk.image())?.set_len(SIZE)?;
        run(Command::new("mkfs.ext4").args(["-q", "-m", "0"]).arg(disk.image()))?;
        if let Err(error) = attach(&disk.image(), place, "rw") {
            // Nothing was mounted: there is nothing to take down.
            std::mem::forget(disk);
            return if rustix::process::geteuid().is_root() { Err(error) } else { Ok(None) };
        }
        // The kiosk refuses a state folder that others may read.
        run(Command::new("chmod").arg("0700").arg(place))?;
        Ok(Some(disk))
    }

    /// Copies what the disk holds at this moment; whoever writes to it has to stand still. Answers the copy.
    ///
    /// # Errors
    /// When the system went on writing for so long that no copy is of one moment.
    pub fn snapshot(&self) -> anyhow::Result<PathBuf> {
        let copy = self.folder.join(format!("image-{}", self.generation + 1));
        let device = self.device()?;
        for _ in 0..QUIET {
            let before = writes(&device)?;
            run(Command::new("cp").arg("--sparse=always").arg(self.image()).arg(&copy))?;
            if writes(&device)? == before {
                return Ok(copy);
            }
        }
        bail!("the disk went on writing while it was copied, {QUIET} times")
    }

    /// Goes on from a copy, without what was lost. Nobody may have a file open.
    ///
    /// # Errors
    /// When a mount fails.
    pub fn go_on_from(&mut self, copy: &Path, loss: Loss, chance: &mut ChaCha8Rng) -> anyhow::Result<usize> {
        let mut kept = 0;
        if loss == Loss::Torn {
            let aside = self.folder.join("aside");
            fs::create_dir_all(&aside)?;
            attach(copy, &aside, "rw")?;
            let torn = tear(&self.place, &aside, chance);
            run(Command::new("umount").arg(&aside))?;
            kept = torn?;
        }
        self.detach()?;
        fs::remove_file(self.image())?;
        self.generation += 1;
        ensure!(self.image() == copy, "{} is no copy of this disk", copy.display());
        attach(copy, &self.place, "rw")?;
        Ok(kept)
    }

    /// Mounts it anew, to be read only or to be written again. Nobody may have a file open.
    ///
    /// # Errors
    /// When a mount fails.
    pub fn read_only(&self, read_only: bool) -> anyhow::Result<()> {
        self.detach()?;
        attach(&self.image(), &self.place, if read_only { "ro" } else { "rw" })
    }

    /// Fills it to the last bytes; answers the file to remove.
    ///
    /// # Errors
    /// When not even one byte can be written.
    pub fn fill(&self) -> anyhow::Result<PathBuf> {
        let filler = self.place.join("filler");
        let file = File::create(&filler)?;
        let room = rustix::fs::statvfs(&self.place)?;
        let all = room.f_bavail * room.f_frsize;
        for spared in [0, 1 << 16, 1 << 20, 8 << 20] {
            let none = rustix::fs::FallocateFlags::empty();
            if all > spared && rustix::fs::fallocate(&file, none, 0, all - spared).is_ok() {
                return Ok(filler);
            }
        }
        bail!("the disk cannot be filled: {all} bytes are free")
    }

    fn image(&self) -> PathBuf {
        self.folder.join(format!("image-{}", self.generation))
    }

    fn detach(&self) -> anyhow::Result<()> {
        for _ in 0..50 {
            if run(Command::new("umount").arg(&self.place)).is_ok() {
                return Ok(());
            }
            // A process that was killed holds its files until the kernel has buried it.
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        run(Command::new("umount").arg(&self.place))
    }

    /// The loop device below the mount, as `/proc/self/mounts` names it.
    fn device(&self) -> anyhow::Result<String> {
        let mounts = fs::read_to_string("/proc/self/mounts")?;
        let place = self.place.to_str().context("the disk's place is no text")?;
        let line = mounts.lines().rev().find(|line| line.split(' ').nth(1) == Some(place));
        let device = line.and_then(|line| line.split(' ').next()).context("the disk is not mounted")?;
        Ok(device.trim_start_matches("/dev/").to_owned())
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Who still has a file open keeps it alive; the mount table says so.
        if self.detach().is_err() {
            let _ = Command::new("umount").arg("-l").arg(&self.place).status();
        }
    }
}

/// Mounts an image by a loop device.
fn attach(image: &Path, place: &Path, how: &str) -> anyhow::Result<()> {
    run(Command::new("mount").args(["-t", "ext4", "-o", &format!("loop,{how}")]).arg(image).arg(place))
}

/// Writes that a block device has done (Documentation/block/stat.rst, field 5).
fn writes(device: &str) -> anyhow::Result<u64> {
    let path = format!("/sys/block/{device}/stat");
    let text = fs::read_to_string(&path).with_context(|| format!("reading {path}"))?;
    let field = text.split_whitespace().nth(4).with_context(|| format!("{path} has no fifth field"))?;
    field.parse().with_context(|| format!("{path} says {field}"))
}

/// Puts each sector of `from` that differs onto `to` with even chances; answers how many.
fn tear(from: &Path, to: &Path, chance: &mut ChaCha8Rng) -> anyhow::Result<usize> {
    let mut put = 0;
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(from.join(&folder))? {
            let entry = entry?;
            let path = folder.join(entry.file_name());
            let kind = entry.file_type()?;
            // A folder or a file whose name never reached the disk is gone with all that is in it.
            if kind.is_dir() && to.join(&path).is_dir() {
                folders.push(path);
            } else if kind.is_file() && to.join(&path).is_file() {
                put += tear_file(&from.join(&path), &to.join(&path), chance)?;
            }
        }
    }
    Ok(put)
}

fn tear_file(from: &Path, to: &Path, chance: &mut ChaCha8Rng) -> anyhow::Result<usize> {
    let (mut cached, mut held) = (File::open(from)?, File::options().read(true).write(true).open(to)?);
    let length = held.metadata()?.len();
    let (mut put, mut offset) = (0, 0);
    let (mut one, mut other) = ([0; SECTOR], [0; SECTOR]);
    loop {
        let read = fill(&mut cached, &mut one)?;
        if read == 0 {
            return Ok(put);
        }
        let there = if offset < length {
            held.seek(SeekFrom::Start(offset))?;
            fill(&mut held, &mut other)?
        } else {
            0
        };
        if one[..read] != other[..there] && chance.gen_bool(0.5) {
            held.seek(SeekFrom::Start(offset))?;
            held.write_all(&one[..read])?;
            put += 1;
        }
        offset += read as u64;
    }
}

/// Reads until the sector is full or the file ends.
fn fill(file: &mut File, sector: &mut [u8; SECTOR]) -> anyhow::Result<usize> {
    let mut read = 0;
    while read < SECTOR {
        match file.read(&mut sector[read..])? {
            0 => break,
            more => read += more,
        }
    }
    Ok(read)
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let name = command.get_program().display().to_string();
    let output = command.output().with_context(|| format!("{name} is needed for a disk of its own"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{name}: {}", said.trim());
    Ok(())
}
