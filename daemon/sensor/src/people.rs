//! One person among things: whose capture it is, and whether anybody else stands close by.
//!
//! The person is the largest face near the middle that has a mesh, and stays the one that lies where it lay before.
//! Others count if they are about as near and not still: plates have no mesh, posters do not wander, and who stands far
//! behind is small. Who counts is known at the end, for all frames alike.

use wetsign_infer::{Face, Frame, InferError, Mesh, Sight, geometry};
use wetsign_models::manifest::People as Bounds;

use crate::moves::median;

/// Faces beside the person that are looked at in one frame, and in a capture.
const BESIDE: usize = 4;
const TRACKS: usize = 16;

/// See the module's text.
pub struct People {
    bounds: Bounds,
    presence: f32,
    last: Option<Face>,
    others: Vec<Other>,
    /// More others than are followed: they count in these frames.
    crowded: Vec<usize>,
    /// Of each frame, whether the person was in it.
    with_person: Vec<bool>,
}

/// What one frame shows.
pub struct Scene {
    /// Anything that looks like a face.
    pub any: bool,
    /// The person's face.
    pub person: Option<(Face, Mesh)>,
    /// Another person is known to stand close by.
    pub others: bool,
}

/// Another face, followed by its place.
struct Other {
    last: Face,
    /// The middle of its mesh in each frame, and the distance of its eyes, pixels.
    places: Vec<[f32; 2]>,
    eyes: Vec<f32>,
    frames: Vec<usize>,
}

impl People {
    /// Nobody yet. `presence`: of a mesh below which there is no face.
    pub fn new(bounds: Bounds, presence: f32) -> Self {
        let (others, crowded, with_person) = (Vec::new(), Vec::new(), Vec::new());
        Self { bounds, presence, last: None, others, crowded, with_person }
    }

    /// Looks at the next frame.
    pub fn look(&mut self, sight: &mut Sight, frame: &Frame) -> Result<Scene, InferError> {
        let mut faces = sight.faces(frame)?;
        let any = !faces.is_empty();
        let rank = |face: &Face| self.rank(face, frame);
        faces.sort_by(|a, b| {
            let ([a_stays, a_near], [b_stays, b_near]) = (rank(a), rank(b));
            b_stays.total_cmp(&a_stays).then(b_near.total_cmp(&a_near))
        });
        faces.truncate(1 + BESIDE);
        let number = self.with_person.len();
        let mut person: Option<(Face, Mesh)> = None;
        let mut others = false;
        for face in faces {
            if person.as_ref().is_some_and(|(own, _)| face.size() < self.bounds.beside.get() * own.size()) {
                continue;
            }
            let mesh = sight.mesh(frame, &face)?;
            if mesh.presence < self.presence {
                continue;
            }
            // What was seen beside the person does not become the person where that is not seen for a moment.
            if person.is_none() && !self.is_other(&face) {
                person = Some((face, mesh));
            } else {
                others |= self.follow(number, face, &mesh);
            }
        }
        self.with_person.push(person.is_some());
        if let Some((face, _)) = &person {
            self.last = Some(face.clone());
        }
        Ok(Scene { any, person, others })
    }

    /// How likely a face is the person's: the one that lies where it lay before, else a large one near the middle.
    fn rank(&self, face: &Face, frame: &Frame) -> [f32; 2] {
        let overlap = self.last.as_ref().map_or(0.0, |last| face.overlap(last));
        let stays = if overlap >= self.bounds.overlap.get() { overlap } else { 0.0 };
        let [x, y] = face.centre();
        let [width, height] = [frame.width(), frame.height()].map(|side| side as f32);
        let from_middle = (x / width - 0.5).hypot(y / height - 0.5);
        [stays, face.size() / (0.5 + from_middle)]
    }

    fn is_other(&self, face: &Face) -> bool {
        self.others.iter().any(|other| other.last.overlap(face) >= self.bounds.overlap.get())
    }

    /// Adds a face beside the person; whether it is known to be another person's.
    fn follow(&mut self, number: usize, face: Face, mesh: &Mesh) -> bool {
        let (bounds, Some((place, eyes))) = (self.bounds, place(mesh)) else { return false };
        let same = |other: &Other| {
            other.last.overlap(&face) >= bounds.overlap.get() && other.frames.last() != Some(&number)
        };
        if let Some(known) = self.others.iter().position(same) {
            let other = &mut self.others[known];
            other.last = face;
            other.places.push(place);
            other.eyes.push(eyes);
            other.frames.push(number);
            return other.places.len() >= bounds.least && !other.is_still(&bounds);
        }
        if self.others.len() < TRACKS {
            self.others.push(Other {
                last: face,
                places: vec![place],
                eyes: vec![eyes],
                frames: vec![number],
            });
        } else {
            self.crowded.push(number);
        }
        false
    }

    /// Share of the frames with the person and nobody else close by; `None` without frames.
    pub fn alone(&self) -> Option<f32> {
        let mut alone = self.with_person.clone();
        let others = self.others.iter().filter(|other| !other.is_still(&self.bounds));
        for frame in others.flat_map(|other| &other.frames).chain(&self.crowded) {
            alone[*frame] = false;
        }
        let count = alone.iter().filter(|alone| **alone).count();
        (!alone.is_empty()).then(|| count as f32 / alone.len() as f32)
    }
}

impl Other {
    /// Whether it does not wander, in as many frames as that takes.
    fn is_still(&self, bounds: &Bounds) -> bool {
        if self.places.len() < bounds.least {
            return false;
        }
        let wanders = |axis: usize| {
            let mean = |row: &[[f32; 2]]| row.iter().map(|place| place[axis]).sum::<f32>() / row.len() as f32;
            let mut along: Vec<f32> = self.places.windows(bounds.in_a_row).map(mean).collect();
            along.sort_unstable_by(f32::total_cmp);
            let tenth = along.len() / 10;
            along[along.len() - 1 - tenth] - along[tenth]
        };
        let Some(eyes) = median(self.eyes.clone()) else { return false };
        wanders(0).hypot(wanders(1)) < bounds.still.get() * eyes
    }
}

/// The middle of a mesh and the distance of its eyes, pixels; `None`: it has none.
fn place(mesh: &Mesh) -> Option<([f32; 2], f32)> {
    let eyes = geometry::eye_distance(mesh);
    let middle =
        |axis: usize| mesh.points.iter().map(|point| point[axis]).sum::<f32>() / mesh.points.len() as f32;
    (eyes > 1.0).then(|| ([middle(0), middle(1)], eyes))
}

#[cfg(test)]
mod tests {
    use wetsign_infer::{Networks, VideoReader};
    use wetsign_models::manifest::Manifest;
    use wetsign_models::store::ModelStore;

    use super::*;

    fn people() -> People {
        let bounds = Manifest::embedded().capture;
        People::new(bounds.people, bounds.frames.presence.get())
    }

    fn face(left: f32, width: f32) -> Face {
        let bbox = [left, 200.0, left + width, 200.0 + width];
        Face { bbox, score: 1.0, keypoints: [[left, 200.0]; 6] }
    }

    /// A mesh whose middle lies there and whose eyes are 100 pixels apart.
    fn mesh(x: f32) -> Mesh {
        let mut points = vec![[x, 300.0, 0.0]; Mesh::POINTS];
        let [right, left] = wetsign_infer::points::OUTER_EYES;
        (points[right], points[left]) = ([x - 50.0, 300.0, 0.0], [x + 50.0, 300.0, 0.0]);
        Mesh { points, presence: 1.0 }
    }

    /// Somebody who stands beside in `frames` frames and sways by `sway` pixels.
    fn beside(frames: usize, sway: f32) -> People {
        let mut people = people();
        for number in 0..frames {
            people.with_person.push(true);
            people.follow(number, face(700.0, 200.0), &mesh(800.0 + sway * (number as f32).sin()));
        }
        people
    }

    #[test]
    fn a_poster_beside_the_person_does_not_count_and_another_person_does() {
        assert_eq!(beside(60, 0.3).alone(), Some(1.0));
        assert_eq!(beside(60, 3.0).alone(), Some(0.0));
    }

    #[test]
    fn who_was_seen_too_short_to_tell_counts_in_these_frames() {
        let least = Manifest::embedded().capture.people.least;
        let mut people = beside(least - 1, 0.0);
        assert_eq!(people.alone(), Some(0.0));
        people.with_person.extend(vec![true; 9 * (least - 1)]);
        assert_eq!(people.alone(), Some(0.9));
    }

    #[test]
    fn more_faces_than_can_be_followed_are_a_crowd() {
        let mut people = people();
        people.with_person.push(true);
        for place in 0..=TRACKS {
            people.follow(0, face(300.0 * place as f32, 200.0), &mesh(300.0 * place as f32));
        }
        assert_eq!((people.others.len(), people.crowded.len()), (TRACKS, 1));
        assert_eq!(people.alone(), Some(0.0));
    }

    #[test]
    fn the_person_stays_where_it_was_and_a_larger_face_elsewhere_does_not_take_its_place() {
        let frame = Frame::from_bgr(1280, 720, &vec![0; 1280 * 720 * 3]).unwrap();
        let mut people = people();
        let (own, larger) = (face(520.0, 240.0), face(20.0, 300.0));
        assert!(people.rank(&own, &frame)[1] > people.rank(&larger, &frame)[1], "near the middle");
        people.last = Some(own);
        assert!(people.rank(&face(560.0, 240.0), &frame)[0] > people.rank(&larger, &frame)[0]);
    }

    /// Frames of the woman's film, with something else to her left in each.
    fn with_beside(beside: impl Fn(usize) -> Frame) -> People {
        let store = ModelStore::open_default().unwrap();
        let mut networks = Networks::load(&store, 1).expect("networks: run cargo xtask models");
        let film = VideoReader::open(&store.cache().join("data/woman/WolfgangLanger_Pexels.mp4")).unwrap();
        let mut people = people();
        for (number, frame) in film.step_by(3).take(20).enumerate() {
            let frame = pasted(&beside(number), &frame.unwrap().1);
            let scene = people.look(&mut networks.sight, &frame).unwrap();
            let (face, _) = scene.person.expect("the woman is seen in each frame");
            assert!(face.centre()[0] > frame.width() as f32 / 3.0, "{number}: {face:?}");
        }
        people
    }

    /// Two pictures side by side, as high as the second.
    fn pasted(left: &Frame, right: &Frame) -> Frame {
        let [across, down] = [left.width() + right.width(), right.height()];
        let row = |frame: &Frame, row: u32| {
            let length = frame.width() as usize * 3;
            let from = (row as usize * length).min(frame.bytes().unwrap().len() - length);
            frame.bytes().unwrap()[from..from + length].to_vec()
        };
        let bytes: Vec<u8> = (0..down).flat_map(|y| [row(left, y), row(right, y)].concat()).collect();
        Frame::from_bgr(across, down, &bytes).unwrap()
    }

    /// A still picture, as a camera sees it: each time with other noise.
    fn noisy(picture: &Frame, number: usize) -> Frame {
        let mut state = number as u32 + 1;
        let mut noise = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 28) as u8
        };
        let bytes: Vec<u8> = picture.bytes().unwrap().iter().map(|v| v.saturating_add(noise())).collect();
        Frame::from_bgr(picture.width(), picture.height(), &bytes).unwrap()
    }

    /// A photo of the test data with a face of this width in pixels.
    fn poster(networks: &mut Networks, width: f32) -> Frame {
        let photo = ModelStore::open_default().unwrap().data("photos").unwrap().join("obama.jpg");
        let photo = Frame::decode_image(&std::fs::read(photo).unwrap()).unwrap();
        let face = networks.sight.faces(&photo).unwrap().remove(0);
        photo.scaled(f64::from(width / face.size())).unwrap()
    }

    #[test]
    fn a_picture_on_the_wall_beside_a_recorded_woman_does_not_count() {
        let mut networks = Networks::load(&ModelStore::open_default().unwrap(), 1).unwrap();
        for width in [90.0, 160.0] {
            let poster = poster(&mut networks, width);
            let people = with_beside(|number| noisy(&poster, number));
            assert_eq!(people.alone(), Some(1.0), "{width} pixels");
            assert_eq!(people.others.is_empty(), width < 100.0, "{width} pixels: far behind, or followed");
        }
    }

    #[test]
    fn a_picture_that_somebody_moves_counts_as_a_person() {
        let mut networks = Networks::load(&ModelStore::open_default().unwrap(), 1).unwrap();
        let poster = poster(&mut networks, 160.0);
        let moved = |number: usize| {
            let by = (number % 10) as i32 * 2;
            let [width, height] = [poster.width() as i32 - 20, poster.height() as i32];
            poster.part([by, 0], [width, height]).unwrap()
        };
        assert_eq!(with_beside(moved).alone(), Some(0.0));
    }

    #[test]
    fn a_man_beside_a_recorded_woman_counts_even_where_he_only_waits() {
        let store = ModelStore::open_default().unwrap();
        let film = VideoReader::open(&store.cache().join("data/man/single_face.mp4")).unwrap();
        let frames: Vec<Frame> = film.step_by(3).take(20).map(|frame| frame.unwrap().1).collect();
        let mut networks = Networks::load(&store, 1).unwrap();
        let face = networks.sight.faces(&frames[0]).unwrap().remove(0);
        let scale = f64::from(160.0 / face.size());
        let people = with_beside(|number| frames[number % frames.len()].scaled(scale).unwrap());
        assert_eq!(people.alone(), Some(0.0));
    }

    #[test]
    fn plates_on_the_wall_do_not_count() {
        let plate = |number: usize| {
            let (side, height) = (300_i32, 360_i32);
            let value = |i: i32| {
                let (x, y) = ((i / 3 % side - 150) as f32, (i / 3 / side - 180) as f32);
                match x.hypot(y) {
                    // Two dark spots and a stroke, as painted plates and sockets have.
                    _ if (x.abs() - 40.0).hypot(y + 30.0) < 14.0 => 70,
                    _ if x.abs() < 40.0 && (y - 50.0).abs() < 7.0 => 90,
                    from if from < 90.0 => 225,
                    from if from < 110.0 => 190,
                    _ => 130,
                }
            };
            let bytes: Vec<u8> = (0..side * height * 3).map(value).collect();
            noisy(&Frame::from_bgr(side as u32, height as u32, &bytes).unwrap(), number)
        };
        let people = with_beside(plate);
        assert_eq!(people.alone(), Some(1.0));
    }
}
