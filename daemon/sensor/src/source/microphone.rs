//! A microphone, recorded while words are spoken.
//!
//! The buffer is fixed: with the default one a third of the samples was lost on a loaded machine. What was recorded is
//! held against the time that passed; a shortfall is an error, never a shorter recording. What fills the last buffer
//! only in part when the recording ends is left out: up to 0.2 s.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{
    BufferSize, Device, ErrorKind, FromSample, Host, Sample, SampleFormat, SizedSample, Stream, StreamConfig,
};
use wetsign_infer::audio::{self, Sound};
use wetsign_sensor_ipc::Microphone as Listed;
use zeroize::Zeroizing;

use super::{SourceError, hardware};

/// Frames in a buffer: the first of these that the device takes. A microphone that is shared between programs
/// (`default` where there is no sound server) has 1024.
const BUFFERS: [u32; 4] = [9600, 4800, 2400, 1024];
/// Share of the expected samples below which the recording has holes.
const COMPLETE: f64 = 0.97;
/// Share above which it does not run in our time: another rate than it says, or no microphone.
const TOO_MANY: f64 = 1.1;
/// Nothing within this time after the start is no microphone.
const SILENT: Duration = Duration::from_secs(2);

/// A microphone that can be recorded.
pub struct Microphone {
    /// Name and format, for labels.
    pub label: String,
    /// It is not shown to belong to hardware: a loopback card, or a name behind which anything may stand.
    pub is_virtual: bool,
    device: Device,
    config: StreamConfig,
    format: SampleFormat,
}

/// A recording that runs.
pub struct Recording {
    _stream: Stream,
    heard: Arc<Mutex<Heard>>,
    rate: u32,
    channels: usize,
    started: Instant,
}

#[derive(Default)]
struct Heard {
    /// One a channel, again and again: what becomes of them is decided over the whole ([`audio::to_mono`]).
    samples: Vec<f32>,
    /// When the first buffer came, and how many frames it held.
    first: Option<(Instant, usize)>,
    last: Option<Instant>,
    error: Option<String>,
}

impl Microphone {
    /// Opens a microphone by its name; an empty one takes the system's default, or rather the first that is shown to be
    /// hardware where the default is not.
    pub fn open(name: &str) -> Result<Self, SourceError> {
        let unavailable = |why: String| SourceError::Unavailable(why);
        let host = cpal::default_host();
        let device = if name.is_empty() {
            let default = host.default_input_device();
            let usable =
                |device: &Device| !is_virtual(&name_of(device)) && device.default_input_config().is_ok();
            let proven = || host.input_devices().ok()?.find(usable);
            default.clone().filter(usable).or_else(proven).or(default)
        } else {
            inputs(&host)
                .map_err(|error| unavailable(format!("microphones cannot be listed: {error}")))?
                .into_iter()
                .find(|device| name_of(device) == name)
        };
        let device = device.ok_or_else(|| {
            unavailable(format!(
                "there is no microphone{}{name}: `wetsignd devices` lists those that there are",
                if name.is_empty() { "" } else { " " }
            ))
        })?;
        // A default device is named even where there is none: only its configuration tells.
        let supported = device.default_input_config().map_err(|error| {
            unavailable(format!("microphone {} cannot be used: {error}", name_of(&device)))
        })?;
        let format = supported.sample_format();
        let config: StreamConfig = supported.into();
        let label =
            format!("{} ({} ch {} Hz {format})", name_of(&device), config.channels, config.sample_rate);
        let is_virtual = is_virtual(&name_of(&device));
        Ok(Self { label, is_virtual, device, config, format })
    }

    /// Begins to record.
    pub fn record(&self) -> Result<Recording, SourceError> {
        let heard: Arc<Mutex<Heard>> = Arc::default();
        let stream = with_buffer(|buffer| {
            let config = StreamConfig { buffer_size: BufferSize::Fixed(buffer), ..self.config };
            match self.format {
                SampleFormat::F32 => self.stream::<f32>(config, &heard),
                SampleFormat::I16 => self.stream::<i16>(config, &heard),
                SampleFormat::I32 => self.stream::<i32>(config, &heard),
                SampleFormat::U8 => self.stream::<u8>(config, &heard),
                other => Err(cpal::Error::with_message(
                    ErrorKind::UnsupportedOperation,
                    format!("{other} samples are not read"),
                )),
            }
        })
        .and_then(|stream| stream.play().map(|()| stream))
        .map_err(|error| {
            SourceError::Unavailable(format!("microphone {} cannot be recorded: {error}", self.label))
        })?;
        Ok(Recording {
            _stream: stream,
            heard,
            rate: self.config.sample_rate,
            channels: usize::from(self.config.channels.max(1)),
            started: Instant::now(),
        })
    }

    fn stream<T: SizedSample>(
        &self,
        config: StreamConfig,
        heard: &Arc<Mutex<Heard>>,
    ) -> Result<Stream, cpal::Error>
    where
        f32: FromSample<T>,
    {
        let channels = usize::from(config.channels.max(1));
        let (hearing, failing) = (Arc::clone(heard), Arc::clone(heard));
        self.device.build_input_stream(
            config,
            move |data: &[T], _: &cpal::InputCallbackInfo| {
                let now = Instant::now();
                let mut heard = hearing.lock().unwrap_or_else(PoisonError::into_inner);
                let whole = data.len() - data.len() % channels;
                heard.samples.extend(data[..whole].iter().map(|sample| f32::from_sample(*sample)));
                heard.first.get_or_insert((now, whole / channels));
                heard.last = Some(now);
            },
            move |error| {
                failing.lock().unwrap_or_else(PoisonError::into_inner).error = Some(error.to_string());
            },
            None,
        )
    }
}

impl Recording {
    /// Ends the recording; a shortfall is an error.
    pub fn end(self) -> Result<Sound, SourceError> {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = heard.error.take() {
            return Err(SourceError::SoundShortfall(format!("the microphone failed: {error}")));
        }
        let interleaved = Zeroizing::new(std::mem::take(&mut heard.samples));
        let (Some((first, held)), Some(last)) = (heard.first, heard.last) else {
            return Err(SourceError::SoundShortfall(format!(
                "the microphone gave nothing in {:.1} s",
                self.started.elapsed().as_secs_f64()
            )));
        };
        let frames = interleaved.len() / self.channels;
        check_complete(frames - held, self.rate, last - first, first - self.started)?;
        Ok(Sound { samples: audio::to_mono(&interleaved, self.channels), rate: self.rate })
    }
}

/// Tries the buffers until one is not refused as a configuration.
fn with_buffer<T>(mut build: impl FnMut(u32) -> Result<T, cpal::Error>) -> Result<T, cpal::Error> {
    let mut outcome = build(BUFFERS[0]);
    for buffer in &BUFFERS[1..] {
        match &outcome {
            Err(error) if error.kind() == ErrorKind::UnsupportedConfig => outcome = build(*buffer),
            _ => break,
        }
    }
    outcome
}

/// Holds the samples that came after the first buffer against the time between first and last.
fn check_complete(got: usize, rate: u32, span: Duration, delay: Duration) -> Result<(), SourceError> {
    let expected = span.as_secs_f64() * f64::from(rate);
    if delay > SILENT || (got as f64) < expected * COMPLETE {
        return Err(SourceError::SoundShortfall(format!(
            "the microphone gave {got} of {expected:.0} samples, the first after {:.1} s: is the machine overloaded?",
            delay.as_secs_f64()
        )));
    }
    if got as f64 > expected * TOO_MANY {
        return Err(SourceError::SoundShortfall(format!(
            "the microphone gave {got} samples where the time had room for {expected:.0}: it does not run at {rate} Hz"
        )));
    }
    Ok(())
}

/// Every sound input; the default one among them, which the host names apart, if there is something behind it.
fn inputs(host: &Host) -> Result<Vec<Device>, cpal::Error> {
    let mut devices: Vec<Device> = host.input_devices()?.collect();
    let default = host.default_input_device().filter(|device| device.default_input_config().is_ok());
    if let Some(default) = default
        && !devices.iter().any(|device| name_of(device) == name_of(&default))
    {
        devices.insert(0, default);
    }
    Ok(devices)
}

/// Every sound input.
pub fn list() -> Vec<Listed> {
    let host = cpal::default_host();
    let default = host.default_input_device().map(|device| name_of(&device));
    let Ok(devices) = inputs(&host) else { return Vec::new() };
    devices
        .into_iter()
        // A card is listed by its name; the same card once more by its number would only make the list long.
        .filter(|device| card_of(&name_of(device)).is_none_or(|card| card.parse::<u32>().is_err()))
        .map(|device| {
            let name = name_of(&device);
            let mut label = device.description().map(|about| about.name().to_owned()).unwrap_or_default();
            if is_virtual(&name) {
                label.push_str(", not shown to be hardware");
            }
            let default_input = default.as_ref() == Some(&name);
            let mut listed = Listed { name, label, default_input, ..Listed::default() };
            match device.default_input_config() {
                Ok(_) if is_nothing(&listed.name) => listed.unusable = "it gives silence alone".into(),
                Ok(config) => {
                    let (channels, rate) = (config.channels(), config.sample_rate());
                    listed.formats.push(format!("{channels} ch {rate} Hz {}", config.sample_format()));
                }
                Err(error) => listed.unusable = error.to_string(),
            }
            listed
        })
        .collect()
}

/// ALSA's null device.
fn is_nothing(name: &str) -> bool {
    matches!(name, "null" | "alsa:null")
}

/// Whether a microphone of this name is shown to be hardware.
pub fn is_hardware(name: &str) -> bool {
    !is_virtual(name)
}

/// Whether a microphone of this name is not shown to be hardware.
fn is_virtual(name: &str) -> bool {
    let Some(card) = card_of(name) else { return true };
    // `/proc/asound/PCH` is a link to `card0`; a number names the card itself.
    let node = match card.parse::<u32>() {
        Ok(number) => format!("card{number}"),
        Err(_) => match std::fs::read_link(Path::new("/proc/asound").join(card)) {
            Ok(target) => target.to_string_lossy().into_owned(),
            Err(_) => return true,
        },
    };
    !hardware::is_proven(&format!("sound/{node}"))
}

/// The sound card behind a PCM's name ("alsa:plughw:CARD=PCH,DEV=0", "hw:1,0"). None for names that sound servers and
/// configurations give out ("default", "pulse", "null"): anything may stand behind them.
fn card_of(name: &str) -> Option<&str> {
    let name = match name.split_once(':') {
        Some((host, rest)) if host.eq_ignore_ascii_case("alsa") => rest,
        _ => name,
    };
    let (plugin, arguments) = name.split_once(':')?;
    if !["hw", "plughw", "sysdefault", "front", "dsnoop"].contains(&plugin) {
        return None;
    }
    let first = arguments.split(',').next()?;
    let card = first.strip_prefix("CARD=").unwrap_or(first);
    let plain =
        !card.is_empty() && card.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    plain.then_some(card)
}

fn name_of(device: &Device) -> String {
    device.id().map(|id| id.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lost_samples_are_an_error() {
        let (second, soon) = (Duration::from_secs(1), Duration::from_millis(50));
        assert!(check_complete(48_000, 48_000, second, soon).is_ok());
        assert!(check_complete(31_000, 48_000, second, soon).is_err());
        assert!(check_complete(48_000, 48_000, second, Duration::from_secs(3)).is_err());
    }

    #[test]
    fn samples_that_the_time_has_no_room_for_are_an_error() {
        let (span, soon) = (Duration::from_secs(8), Duration::from_millis(200));
        assert!(check_complete(48_000 * 8 + 9600, 48_000, span, soon).is_ok());
        assert!(check_complete(48_000 * 10, 48_000, span, soon).is_err());
    }

    #[test]
    fn a_device_that_refuses_a_buffer_is_asked_for_a_smaller_one() {
        let refused = || cpal::Error::with_message(ErrorKind::UnsupportedConfig, "too large");
        assert_eq!(
            with_buffer(|buffer| if buffer > 1024 { Err(refused()) } else { Ok(buffer) }).unwrap(),
            1024
        );
        assert_eq!(with_buffer(Ok).unwrap(), BUFFERS[0]);
        assert!(with_buffer::<u32>(|_| Err(refused())).is_err());

        let mut asked = 0;
        let gone = cpal::Error::with_message(ErrorKind::DeviceNotAvailable, "unplugged");
        let outcome = with_buffer::<u32>(|_| {
            asked += 1;
            Err(cpal::Error::with_message(ErrorKind::DeviceNotAvailable, "unplugged"))
        });
        assert_eq!((asked, outcome.unwrap_err().kind()), (1, gone.kind()));
    }

    #[test]
    fn only_names_of_sound_cards_name_a_card() {
        assert_eq!(card_of("alsa:plughw:CARD=PCH,DEV=0"), Some("PCH"));
        assert_eq!(card_of("hw:1,0"), Some("1"));
        for name in
            ["default", "alsa:default", "pulse", "null", "jack:x", "hw:CARD=../../x", "hw:", "file:/tmp/x"]
        {
            assert_eq!(card_of(name), None, "{name}");
            assert!(is_virtual(name), "{name}");
        }
    }

    #[test]
    fn a_missing_microphone_is_named() {
        let error = Microphone::open("no such microphone").err().unwrap().to_string();
        assert!(error.contains("wetsignd devices"), "{error}");
    }
}
