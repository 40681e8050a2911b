//! From files to embeddings and attack scores, each made once.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use wetsign_infer::{Face, Frame, InferError, Networks, OptionalPad, VideoReader, audio, cues};
use wetsign_liveness::{Measure, Thresholds};
use wetsign_models::manifest::Digest;
use wetsign_models::store::ModelStore;

use super::cache::{Cache, key};
use super::setting::{FRAME, Portrait, Setting};
use crate::recapture::{self, Camera, Half, Pose, Recapture};

/// Networks that an answer about a picture depends on.
const OF_FACES: [&str; 5] = ["blazeface", "facemesh", "mobilefacenet", "pad-fas", "pad-fr"];
/// Networks that an answer about a sound depends on.
const OF_VOICES: [&str; 2] = ["silero-vad", "ge2e"];
/// Part of every key: raised whenever what stands between file and network changes.
const VERSION: &[u8] = b"wetsign-lab eval 6";

/// One face of a picture.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SeenFace {
    /// Centre of its box, as shares of the picture's width and height.
    pub centre: [f32; 2],
    /// Width of its box, pixels of the picture as it was searched.
    pub width: f32,
    /// 192 values of unit length.
    pub vector: Vec<f32>,
    /// Attack score of the first network, 0..1, higher is live.
    pub pad_fas: f32,
    /// Attack score of the second.
    pub pad_fr: f32,
    /// Attack score of the optional third; absent where nobody put it into the cache.
    pub pad_suri: Option<f32>,
    /// In the order of [`wetsign_infer::PAD_FEATURES`]; absent where the face is too small for them.
    pub features: Option<Vec<f64>>,
}

/// One picture of a file: a photo has one, a film several. Faces are in falling order of size.
pub type Seen = Vec<SeenFace>;

/// A voice.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Heard {
    /// Seconds of speech in it.
    pub seconds: f32,
    /// 256 values of unit length; absent where there is too little speech.
    pub vector: Option<Vec<f32>>,
}

/// How a film is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Read one frame in N.
    pub every: usize,
    /// Enlargement before faces are sought.
    pub enlarged: f64,
}

impl Look {
    /// Every frame as it is.
    pub const PLAIN: Self = Self { every: 1, enlarged: 1.0 };
}

/// Which medium a simulated attack is held on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Simulated {
    /// A print.
    Print,
    /// A screen.
    Screen,
}

/// What happens to a living person's frame between lens and kiosk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Nuisance {
    /// Compressed once more, JPEG quality 0..100.
    Compressed(u8),
    /// Out of focus: standard deviation, pixels.
    Blurred(f64),
    /// Moved while the shutter was open, pixels.
    Moved(f64),
    /// Made smaller by this factor and large again.
    Resized(f64),
    /// Noise, standard deviation, grey levels.
    Noisy(f64),
}

impl Nuisance {
    fn applied(self, frame: &Frame) -> Result<Frame> {
        Ok(match self {
            Self::Compressed(quality) => {
                Frame::decode_image(&frame.to_jpeg(frame.width().max(frame.height()), quality)?)?
            }
            Self::Blurred(sigma) => frame.blurred(sigma)?,
            Self::Moved(length) => frame.smeared(length, 0.5)?,
            Self::Resized(factor) => frame.scaled(factor)?.scaled(1.0 / factor)?,
            Self::Noisy(noise) => {
                let camera = Camera { noise, ..Camera::PERFECT };
                camera.take(
                    frame.bytes()?.to_vec(),
                    [frame.width(), frame.height()],
                    &mut ChaCha8Rng::seed_from_u64(1),
                )?
            }
        })
    }
}

/// What looks at pictures and hears sounds.
struct Loaded {
    networks: Networks,
    optional: Option<OptionalPad>,
}

/// Networks, loaded when first asked, and the cache before them.
pub struct Acquirer {
    store: ModelStore,
    networks: Option<Loaded>,
    /// The photo that was read last: many frames are made of each.
    photo: Option<(PathBuf, Frame)>,
    cache: Cache,
    of_faces: Vec<u8>,
    of_voices: Vec<u8>,
    enough_speech: f32,
}

impl Acquirer {
    /// Answers are kept below `cache`.
    pub fn new(store: ModelStore, cache: &Path) -> Result<Self> {
        let digests = |names: &[&str]| -> Result<Vec<u8>> {
            let mut out = VERSION.to_vec();
            for name in names {
                out.extend(store.manifest().entry(name)?.stored.sha256.0);
            }
            Ok(out)
        };
        let speech = Thresholds::of_manifest(store.manifest())?.of(Measure::Speech);
        let enough_speech = speech.context("the manifest bounds speech")? as f32 / 1000.0;
        let (mut of_faces, of_voices) = (digests(&OF_FACES)?, digests(&OF_VOICES)?);
        of_faces.extend(recapture::fingerprint()?);
        of_faces.extend(cues::fingerprint()?);
        if store.optional("pad-suri")?.is_some() {
            of_faces.extend(store.manifest().optional("pad-suri")?.stored.sha256.0);
        }
        Ok(Self {
            cache: Cache::open(cache)?,
            networks: None,
            photo: None,
            of_faces,
            of_voices,
            enough_speech,
            store,
        })
    }

    /// The cached data of the manifest.
    pub fn store(&self) -> &ModelStore {
        &self.store
    }

    /// What a photo or a film shows.
    pub fn pictures(&mut self, path: &Path, look: Look) -> Result<Vec<Seen>> {
        let content = digest(path)?;
        let place = format!("{} {}", look.every, look.enlarged);
        let asked = key([&self.of_faces[..], b"pictures", &content.0, place.as_bytes()]);
        let Self { cache, networks, store, .. } = self;
        cache.answer(&asked, || {
            let networks = loaded(networks, store)?;
            frames(path, look)?.iter().map(|frame| faces(networks, frame, usize::MAX)).collect()
        })
    }

    /// What a photo looks like to the camera when it is held before it on `medium`.
    pub fn recaptured(&mut self, path: &Path, at: usize, medium: Simulated, seed: u64) -> Result<Seen> {
        let content = digest(path)?;
        let place = format!("{at} {medium:?} {seed}");
        let asked = key([&self.of_faces[..], b"recaptured", &content.0, place.as_bytes()]);
        let Self { cache, networks, store, .. } = self;
        cache.answer(&asked, || {
            let frame = nth_frame(path, at)?;
            let shown = match medium {
                Simulated::Print => Recapture::print(seed, Half::Test),
                Simulated::Screen => Recapture::screen(seed, Half::Test),
            };
            faces(loaded(networks, store)?, &shown.frame(&frame, &Pose::FRONTAL, 0)?, 1)
        })
    }

    /// What speaks for and against a photo's face in a kiosk's frame; `None`: no face is found there, or too small a
    /// one.
    pub(super) fn presented(&mut self, of: &Portrait, setting: &Setting) -> Result<Option<Vec<f64>>> {
        let content = digest(&of.path)?;
        let place = serde_json::to_vec(&(of.centre, of.width, setting))?;
        let asked = key([&self.of_faces[..], b"presented", &content.0, &place]);
        let Self { cache, networks, store, photo, .. } = self;
        cache.answer(&asked, || {
            if photo.as_ref().is_none_or(|(path, _)| *path != of.path) {
                *photo = Some((of.path.clone(), nth_frame(&of.path, 0)?));
            }
            let (_, whole) = photo.as_ref().context("the photo was read above")?;
            let framed = framed(whole, of, setting.share)?;
            let shown = setting.recapture().frame(&framed, &setting.pose, 0)?;
            middle_face(&mut loaded(networks, store)?.networks, &shown)
        })
    }

    /// What speaks for and against the largest face of a film's frame that was altered on its way.
    pub fn altered(&mut self, path: &Path, at: usize, how: Nuisance) -> Result<Seen> {
        let content = digest(path)?;
        let asked = key([&self.of_faces[..], b"altered", &content.0, format!("{at} {how:?}").as_bytes()]);
        let Self { cache, networks, store, .. } = self;
        cache.answer(&asked, || faces(loaded(networks, store)?, &how.applied(&nth_frame(path, at)?)?, 1))
    }

    /// A voice, joined from recordings with `gap` seconds between them; one recording is taken as it is.
    pub fn voice(&mut self, pieces: &[PathBuf], gap: f64) -> Result<Heard> {
        let digests = pieces.iter().map(|path| digest(path)).collect::<Result<Vec<_>>>()?;
        let gap_bytes = gap.to_be_bytes();
        let parts =
            [&self.of_voices[..], b"voice", &gap_bytes].into_iter().chain(digests.iter().map(|d| &d.0[..]));
        let asked = key(parts);
        let enough = self.enough_speech;
        let Self { cache, networks, store, .. } = self;
        cache.answer(&asked, || {
            let sounds = pieces.iter().map(|path| sound(path)).collect::<Result<Vec<_>>>()?;
            let whole = if let [only] = &sounds[..] { only.clone() } else { audio::join(&sounds, gap) };
            heard(&mut loaded(networks, store)?.networks, &whole, enough)
        })
    }

    /// A voice in every stretch of `seconds` of one recording; a shorter rest is left out.
    pub fn stretches(&mut self, path: &Path, seconds: f64) -> Result<Vec<Heard>> {
        let content = digest(path)?;
        let asked = key([&self.of_voices[..], b"stretches", &content.0, &seconds.to_be_bytes()]);
        let enough = self.enough_speech;
        let Self { cache, networks, store, .. } = self;
        cache.answer(&asked, || {
            let whole = sound(path)?;
            let networks = &mut loaded(networks, store)?.networks;
            let length = (seconds * f64::from(audio::RATE)) as usize;
            whole.chunks_exact(length).map(|piece| heard(networks, piece, enough)).collect()
        })
    }
}

fn loaded<'a>(networks: &'a mut Option<Loaded>, store: &ModelStore) -> Result<&'a mut Loaded> {
    if networks.is_none() {
        *networks =
            Some(Loaded { networks: Networks::load(store, 1)?, optional: OptionalPad::load(store, 1)? });
    }
    networks.as_mut().context("networks were loaded above")
}

fn digest(path: &Path) -> Result<Digest> {
    wetsign_models::store::digest_file(path).with_context(|| format!("cannot read {}", path.display()))
}

fn is_film(path: &Path) -> bool {
    super::folders::has_extension(path, &super::folders::FILMS)
}

fn frames(path: &Path, look: Look) -> Result<Vec<Frame>> {
    let enlarge = |frame: Frame| if look.enlarged > 1.0 { frame.scaled(look.enlarged) } else { Ok(frame) };
    if is_film(path) {
        let film = VideoReader::open(path)?.step_by(look.every.max(1));
        return film.map(|shown| Ok(enlarge(shown?.1)?)).collect();
    }
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let frame = Frame::decode_image(&bytes).with_context(|| format!("{}", path.display()))?;
    Ok(vec![enlarge(frame)?])
}

fn nth_frame(path: &Path, at: usize) -> Result<Frame> {
    if is_film(path) {
        let (_, frame) = VideoReader::open(path)?
            .nth(at)
            .with_context(|| format!("{} has no frame {at}", path.display()))??;
        return Ok(frame);
    }
    frames(path, Look::PLAIN)?.pop().context("a photo has one picture")
}

/// At most `most` of the largest faces.
fn faces(loaded: &mut Loaded, frame: &Frame, most: usize) -> Result<Seen> {
    let mut found = loaded.networks.sight.faces(frame)?;
    found.sort_by(|a, b| b.area().total_cmp(&a.area()));
    found.truncate(most);
    found.iter().map(|face| seen(loaded, frame, face)).collect()
}

fn seen(loaded: &mut Loaded, frame: &Frame, face: &Face) -> Result<SeenFace> {
    let Loaded { networks, optional } = loaded;
    let mesh = networks.sight.mesh(frame, face)?;
    let [x, y] = face.centre();
    Ok(SeenFace {
        centre: [x / frame.width() as f32, y / frame.height() as f32],
        width: face.size(),
        vector: networks.sight.embed_face(frame, &mesh)?,
        pad_fas: networks.passive.pad_fas(frame, face)?,
        pad_fr: networks.passive.pad_fr(frame, face)?,
        pad_suri: optional.as_mut().map(|pad| pad.score(frame, face)).transpose()?,
        features: features(networks, frame, face)?,
    })
}

/// Absent where the face is too small.
fn features(networks: &mut Networks, frame: &Frame, face: &Face) -> Result<Option<Vec<f64>>> {
    match networks.passive.pad_features(frame, face) {
        Ok(found) => Ok(Some(found)),
        Err(InferError::FaceBox { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A kiosk's frame with the face in its middle, `share` of it wide.
fn framed(photo: &Frame, of: &Portrait, share: f64) -> Result<Frame> {
    let scale = share * f64::from(FRAME[0]) / f64::from(of.width);
    let sides = FRAME.map(|side| (f64::from(side) / scale).round() as i32);
    let middle = [of.centre[0] * photo.width() as f32, of.centre[1] * photo.height() as f32];
    let corner: [i32; 2] = std::array::from_fn(|axis| middle[axis] as i32 - sides[axis] / 2);
    let sized = photo.part(corner, sides)?.scaled(scale)?;
    // Rounding may give a pixel more or less.
    Ok(sized.part([0, 0], FRAME.map(|side| side as i32))?)
}

fn middle_face(networks: &mut Networks, frame: &Frame) -> Result<Option<Vec<f64>>> {
    let away = |face: &Face| {
        let [x, y] = face.centre();
        (x - frame.width() as f32 / 2.0).hypot(y - frame.height() as f32 / 2.0)
    };
    let nearest = networks.sight.faces(frame)?.into_iter().min_by(|a, b| away(a).total_cmp(&away(b)));
    match nearest.filter(|face| away(face) < face.size() / 2.0) {
        Some(face) => features(networks, frame, &face),
        None => Ok(None),
    }
}

fn sound(path: &Path) -> Result<Vec<f32>> {
    let read = audio::read_file(path).with_context(|| format!("{}", path.display()))?;
    Ok(audio::resample_16k(&read)?)
}

fn heard(networks: &mut Networks, sound: &[f32], enough: f32) -> Result<Heard> {
    let activity = networks.voice.voice_activity(sound)?;
    let seconds = audio::speech_seconds(&activity);
    let vector = (seconds >= enough).then(|| networks.voice.embed_spoken(sound)).transpose()?;
    Ok(Heard { seconds, vector })
}
