//! Starts the real sensor on a socket pair and speaks with it as the daemon does.

use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use wetsign_liveness::{
    ChallengePlan, EyeMove, Gate, HeadMove, Measurements, MouthMove, Prompt, Repertoire, Thresholds, decide,
    derive,
};
use wetsign_sensor_ipc::{
    Capture, Captured, Failed, File, FromSensor, Move, OpenSource, Part, Phrase, Preview, Progress, Ready,
    Replay, Source, SourceOpened, ToSensor, from_sensor, prompt, read_message, source, to_sensor,
    write_message,
};

/// A running sensor.
pub struct Sensor {
    pub stream: UnixStream,
    pub ready: Ready,
    child: Child,
    next_id: u64,
}

/// What a capture gave.
pub struct Outcome {
    pub opened: SourceOpened,
    pub plan: ChallengePlan,
    pub captured: Captured,
    pub progress: Vec<Progress>,
    pub previews: Vec<Preview>,
    pub gates: Vec<Gate>,
}

impl Outcome {
    /// Names of the gates that refuse.
    pub fn refusing(&self) -> Vec<&str> {
        self.gates.iter().filter(|gate| !gate.passed).map(Gate::name).collect()
    }

    /// Names of the gates whose value lies on the wrong side of the bound.
    pub fn failed(&self) -> Vec<&str> {
        self.gates.iter().filter(|gate| !gate.passed && gate.value.is_some()).map(Gate::name).collect()
    }

    /// Names of the gates that could not be measured.
    pub fn unknown(&self) -> Vec<&str> {
        self.gates.iter().filter(|gate| gate.value.is_none()).map(Gate::name).collect()
    }

    /// Values of the gates, for a failing assertion; the subjects are published recordings.
    pub fn values(&self) -> Vec<String> {
        self.gates.iter().map(|g| format!("{} {:?} / {}", g.name(), g.value, g.bound)).collect()
    }
}

impl Sensor {
    /// Starts a sensor and waits until it is ready.
    pub fn start() -> Self {
        Self::start_with(|_| ())
    }

    /// The same after `change`.
    pub fn start_with(change: impl FnOnce(&mut Command)) -> Self {
        let (ours, theirs) = UnixStream::pair().unwrap();
        ours.set_read_timeout(Some(Duration::from_mins(2))).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_wetsign-sensor"));
        command.arg("--recordings").stdin(Stdio::from(OwnedFd::from(theirs)));
        change(&mut command);
        let child = command.spawn().unwrap();
        let mut sensor = Self { stream: ours, ready: Ready::default(), child, next_id: 1 };
        sensor.ready = match sensor.receive() {
            from_sensor::Kind::Ready(ready) => ready,
            other => panic!("the sensor is not ready (run `cargo xtask models` first?): {other:?}"),
        };
        sensor
    }

    /// The process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a request.
    pub fn send(&mut self, kind: to_sensor::Kind) {
        write_message(&mut self.stream, &ToSensor::from(kind)).unwrap();
    }

    /// The next answer.
    pub fn receive(&mut self) -> from_sensor::Kind {
        let message = read_message::<FromSensor>(&mut self.stream).unwrap();
        message.expect("the sensor closed the link").kind.unwrap()
    }

    /// An id that was not used.
    pub fn id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    /// Opens a source.
    pub fn open(&mut self, source: Source) -> Result<SourceOpened, Failed> {
        let id = self.id();
        self.send(to_sensor::Kind::OpenSource(OpenSource { id, source: Some(source) }));
        match self.receive() {
            from_sensor::Kind::SourceOpened(opened) => {
                assert_eq!(opened.id, id);
                Ok(opened)
            }
            from_sensor::Kind::Failed(failed) => Err(failed),
            other => panic!("{other:?}"),
        }
    }

    /// Runs a capture on the open source.
    pub fn capture(&mut self, prompts: &[Prompt]) -> (Result<Captured, Failed>, Vec<Progress>, Vec<Preview>) {
        let id = self.id();
        let prompts = prompts.iter().map(to_wire).collect();
        self.send(to_sensor::Kind::Capture(Capture { id, prompts, ..Capture::default() }));
        let (mut progress, mut previews) = (Vec::new(), Vec::new());
        loop {
            match self.receive() {
                from_sensor::Kind::Progress(one) => progress.push(one),
                from_sensor::Kind::Preview(one) => previews.push(one),
                from_sensor::Kind::Captured(captured) => return (Ok(captured), progress, previews),
                from_sensor::Kind::Failed(failed) => return (Err(failed), progress, previews),
                other => panic!("{other:?}"),
            }
        }
    }

    /// Opens a source, derives the prompts from a challenge, captures, and decides.
    pub fn run(&mut self, source: Source, challenge: &[u8; 32]) -> Outcome {
        let opened = self.open(source).unwrap_or_else(|failed| panic!("{failed:?}"));
        let plan = derive(challenge, &repertoire(opened.repertoire.as_ref().unwrap()));
        let (captured, progress, previews) = self.capture(&plan.prompts);
        let captured = captured.unwrap_or_else(|failed| panic!("{failed:?}"));
        let measurements = Measurements::from_names(
            captured.measurements.iter().map(|(name, value)| (name.as_str(), *value)),
        );
        let gates = decide(&plan, &measurements, Some(&captured.transcript), &Thresholds::from_manifest());
        Outcome { opened, plan, captured, progress, previews, gates }
    }

    /// Peak resident memory so far, in megabytes.
    pub fn peak_memory_mb(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
    }

    /// Closes the link and waits for the sensor to end.
    pub fn stop(mut self) -> std::process::ExitStatus {
        self.stream.shutdown(std::net::Shutdown::Both).unwrap();
        self.child.wait().unwrap()
    }
}

impl Drop for Sensor {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A replayed subject of `tests/subjects`.
pub fn subject(name: &str, part: Part) -> Source {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/subjects").join(name);
    replay(&folder.canonicalize().unwrap(), part)
}

/// A replayed subject.
pub fn replay(folder: &Path, part: Part) -> Source {
    let directory = folder.to_str().unwrap().to_owned();
    Source { kind: Some(source::Kind::Replay(Replay { directory })), part: part.into() }
}

/// A plain file.
pub fn plain(picture: &Path, sound: Option<&Path>) -> Source {
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let file = File { picture: text(picture), sound: sound.map(text).unwrap_or_default() };
    Source { kind: Some(source::Kind::File(file)), part: Part::Verify.into() }
}

/// A file of the test data.
pub fn data(path: &str) -> PathBuf {
    wetsign_models::store::cache_dir().unwrap().join("data").join(path)
}

fn to_wire(prompt: &Prompt) -> wetsign_sensor_ipc::Prompt {
    let movement = match prompt {
        Prompt::HeadLeft => Move::HeadLeft,
        Prompt::HeadRight => Move::HeadRight,
        Prompt::HeadUp => Move::HeadUp,
        Prompt::HeadDown => Move::HeadDown,
        Prompt::HeadCloser => Move::HeadCloser,
        Prompt::MouthOpen => Move::MouthOpen,
        Prompt::Smile => Move::Smile,
        Prompt::BlinkTwice => Move::BlinkTwice,
        Prompt::BlinkThrice => Move::BlinkThrice,
        Prompt::Say(words) => {
            let kind = Some(prompt::Kind::Say(Phrase { words: words.clone() }));
            return wetsign_sensor_ipc::Prompt { kind };
        }
    };
    wetsign_sensor_ipc::Prompt { kind: Some(prompt::Kind::Move(movement.into())) }
}

fn repertoire(wire: &wetsign_sensor_ipc::Repertoire) -> Repertoire {
    let head = wire.head().map(|movement| match movement {
        Move::HeadLeft => HeadMove::Left,
        Move::HeadRight => HeadMove::Right,
        Move::HeadUp => HeadMove::Up,
        Move::HeadDown => HeadMove::Down,
        Move::HeadCloser => HeadMove::Closer,
        other => panic!("{other:?} is no head movement"),
    });
    let mouth = wire.mouth().map(|movement| match movement {
        Move::MouthOpen => MouthMove::Open,
        Move::Smile => MouthMove::Smile,
        other => panic!("{other:?} is no mouth movement"),
    });
    let eyes = wire.eyes().map(|movement| match movement {
        Move::BlinkTwice => EyeMove::BlinkTwice,
        Move::BlinkThrice => EyeMove::BlinkThrice,
        other => panic!("{other:?} is no movement of the eyelids"),
    });
    Repertoire {
        head: head.collect(),
        mouth: mouth.collect(),
        eyes: eyes.collect(),
        vocabulary: wire.vocabulary.clone(),
        phrase_len: wire.phrase_len as u8,
        lips_in_step: wire.lips_in_step,
        consent: false,
        declared_by: wire.declared_by.clone(),
    }
}
