//! The board made of files: what stands behind the logic's traits in this process.

use std::{fs::File, io::Read, rc::Rc, time::Instant};

use wetsign_element::{
    Clock, Entropy, FirmwareImage, Hardware, Indicator, MonotonicCounter, Parts, Profile, Record, SoftSigner,
    Storage, TamperInputs,
    hardware::{CounterFailed, EntropyFailed, ImageFailed, StorageFailed},
};
use wetsign_wire::{
    Pattern,
    eat::{Home, debug},
    limits,
};
use zeroize::Zeroizing;

use crate::state::{StateDirectory, counter_bytes, counter_value};

const RECORD: &str = "record";
const COUNTER: &str = "counter";
const CERTIFICATE: &str = "certificate";
const INDICATOR: &str = "indicator";

/// The bit of the simulated case switch.
const CASE_LINE: u8 = 1;

/// The software stand-in.
pub struct SoftBoard;

impl Hardware for SoftBoard {
    type Signer = SoftSigner;
    type Counter = FileCounter;
    type Tamper = FileSwitch;
    type Clock = ProcessClock;
    type Entropy = OsEntropy;
    type Storage = FileStorage;
    type Indicator = FileIndicator;
    type Firmware = OwnExecutable;
}

/// The pieces over one state directory.
pub fn parts(directory: StateDirectory) -> Parts<SoftBoard> {
    let directory = Rc::new(directory);
    Parts {
        signer: SoftSigner::default(),
        counter: FileCounter(directory.clone()),
        tamper: FileSwitch(directory.clone()),
        clock: ProcessClock(Instant::now()),
        entropy: OsEntropy,
        storage: FileStorage(directory.clone()),
        indicator: FileIndicator(directory),
        firmware: OwnExecutable,
    }
}

/// What this build says of itself: a program, debuggable.
pub fn profile() -> Profile {
    Profile {
        hwmodel: "wetsign-software-element",
        swname: "wetsign-element",
        swversion: env!("CARGO_PKG_VERSION"),
        debug: debug::ENABLED,
        oemboot: false,
        home: Home::Program,
        sessions: Profile::SESSIONS,
        seals: Profile::SEALS,
    }
}

/// A light in the file `indicator`: one word, the pattern shown now.
pub struct FileIndicator(Rc<StateDirectory>);

impl Indicator for FileIndicator {
    fn show(&mut self, pattern: Pattern) {
        // A light that fails stops nobody.
        let _ = self.0.show(INDICATOR, &format!("{}\n", pattern.as_str()));
    }
}

/// This program's own executable.
pub struct OwnExecutable;

impl FirmwareImage for OwnExecutable {
    fn read(&mut self, part: &mut dyn FnMut(&[u8])) -> Result<(), ImageFailed> {
        let mut image = File::open("/proc/self/exe").map_err(|_| ImageFailed)?;
        let mut buffer = vec![0; 64 * 1024];
        loop {
            match image.read(&mut buffer).map_err(|_| ImageFailed)? {
                0 => return Ok(()),
                count => part(&buffer[..count]),
            }
        }
    }
}

/// A counter in a file.
pub struct FileCounter(Rc<StateDirectory>);

impl MonotonicCounter for FileCounter {
    fn read(&mut self) -> Result<u64, CounterFailed> {
        let stored = self.0.read(COUNTER).map_err(|_| CounterFailed)?;
        let started_before = self.0.exists(RECORD).map_err(|_| CounterFailed)?;
        match (stored, started_before) {
            (Some(bytes), _) => counter_value(&bytes).ok_or(CounterFailed),
            (None, false) => Ok(0),
            // An element that has started before has its counter: without it, it would begin again at zero.
            (None, true) => Err(CounterFailed),
        }
    }

    fn advance(&mut self) -> Result<u64, CounterFailed> {
        let next = self.read()?.checked_add(1).ok_or(CounterFailed)?;
        self.0.replace(COUNTER, &counter_bytes(next)).map_err(|_| CounterFailed)?;
        Ok(next)
    }
}

/// The case: open while the file `case-open` exists.
pub struct FileSwitch(Rc<StateDirectory>);

impl TamperInputs for FileSwitch {
    fn read(&mut self) -> u8 {
        if self.0.case_open() { CASE_LINE } else { 0 }
    }
}

/// Time since this process started.
pub struct ProcessClock(Instant);

impl Clock for ProcessClock {
    fn now_ms(&mut self) -> u64 {
        u64::try_from(self.0.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// The operating system's random source.
pub struct OsEntropy;

impl Entropy for OsEntropy {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), EntropyFailed> {
        getrandom::fill(bytes).map_err(|_| EntropyFailed)
    }
}

/// Record and certificate chain in files.
pub struct FileStorage(Rc<StateDirectory>);

impl Storage for FileStorage {
    fn load(&mut self) -> Result<Option<Record>, StorageFailed> {
        let stored = self.0.read(RECORD).map_err(|_| StorageFailed)?;
        stored.map(Zeroizing::new).map(|bytes| Record::from_bytes(&bytes)).transpose()
    }

    fn store(&mut self, record: &Record) -> Result<(), StorageFailed> {
        // The counter exists from before the first record, so that its loss is always noticed.
        if !self.0.exists(COUNTER).map_err(|_| StorageFailed)? {
            self.0.replace(COUNTER, &counter_bytes(0)).map_err(|_| StorageFailed)?;
        }
        self.0.replace(RECORD, record.to_bytes().as_ref()).map_err(|_| StorageFailed)
    }

    fn certificate(&mut self, out: &mut [u8; limits::CERTIFICATE]) -> Result<usize, StorageFailed> {
        let stored = self.0.read(CERTIFICATE).map_err(|_| StorageFailed)?.unwrap_or_default();
        out.get_mut(..stored.len()).ok_or(StorageFailed)?.copy_from_slice(&stored);
        Ok(stored.len())
    }

    fn store_certificate(&mut self, certificate: &[u8]) -> Result<(), StorageFailed> {
        self.0.replace(CERTIFICATE, certificate).map_err(|_| StorageFailed)
    }
}
