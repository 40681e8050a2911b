//! What confinement is made of, and what it has to leave.

use std::path::PathBuf;

/// What a program needs beside the system's libraries, its own memory and the files that it has open.
#[derive(Clone, Debug, Default)]
pub struct Needs {
    /// Files, and folders with all that is in them, that it reads. What is not there needs no permission.
    pub read: Vec<PathBuf>,
    /// It reads whatever its user may read.
    pub read_all: bool,
    /// Folders in which it lists names.
    pub list: Vec<PathBuf>,
    /// Devices that it reads, writes and drives.
    pub drive: Vec<PathBuf>,
    /// Folders in which it makes, writes, renames and removes files.
    pub write: Vec<PathBuf>,
    /// System calls beside those that every program needs.
    pub calls: Calls,
}

/// Groups of system calls. None of them makes a socket, starts a program or looks into another process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Calls {
    /// Over sockets that are open and connected.
    pub talk: bool,
    /// `ioctl`, but for typing into a terminal; System V memory, by which ALSA shares a microphone.
    pub devices: bool,
    /// Makes, renames, shortens, locks and removes files.
    pub files: bool,
    /// Waits for programs that it started before.
    pub wait: bool,
}

/// One thing that was to be given up, and why it was not where it was not.
#[derive(Clone, Debug)]
pub struct Layer {
    /// As reports name it.
    pub name: &'static str,
    /// Whether it was given up, else why not.
    pub held: Result<(), String>,
}
