//! `[capture]`: what the sensor's reading of frames and sound decides by, before any gate is judged.

use serde::{Deserialize, Serialize};

/// A number in thousandths of its unit, so that the list is exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Thousandths(pub u32);

impl Thousandths {
    /// In its unit.
    pub fn get(self) -> f32 {
        self.0 as f32 / 1000.0
    }
}

/// All of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Capture {
    /// What a person is asked for before it counts.
    pub guide: Guide,
    /// Who counts as a person.
    pub people: People,
    /// When a movement was shown.
    pub moves: Moves,
    /// Which frames are looked at.
    pub frames: Frames,
    /// What passive detection looks at.
    pub passive: Passive,
    /// When it is one person throughout.
    pub identity: Identity,
    /// How sound is listened to.
    pub speech: Speech,
}

/// What a person is asked for before a capture counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Guide {
    /// Width of the face, pixels.
    pub width: Thousandths,
    /// Mean luma of the face, 0..1.
    pub bright: Thousandths,
    /// Frames in a row in which all is well; as many say the same before the person is told.
    pub held: usize,
}

/// Who counts as a person beside the one whose capture it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct People {
    /// The least width of another face, of that of the person's.
    pub beside: Thousandths,
    /// How far the middle of a mesh wanders at the most where it is a thing's, eye distances.
    pub still: Thousandths,
    /// Frames that show whether it does.
    pub least: usize,
    /// How many of these in a row are averaged: the mesh of a thing trembles.
    pub in_a_row: usize,
    /// Overlap of two boxes in frames that follow each other below which they are two faces'.
    pub overlap: Thousandths,
}

/// When a movement was shown, measured from the same person's rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Moves {
    /// Frames in a row that make a movement.
    pub held: usize,
    /// Share of the change that is a movement of the head at which it has begun.
    pub begun: Thousandths,
    /// Change of the yaw ratio that is a turn.
    pub turn: Thousandths,
    /// Change of the pitch ratio that is a nod.
    pub nod: Thousandths,
    /// Size of the face, of that at rest, that is closer.
    pub closer: Thousandths,
    /// Change of the lips' gap, of the mouth's width, that opens a mouth.
    pub opened: Thousandths,
    /// The least gap of an open mouth.
    pub open: Thousandths,
    /// Change of the mouth's width, of the eyes' distance, that is a smile.
    pub widened: Thousandths,
    /// The least width of a smile.
    pub wide: Thousandths,
    /// Detail between the eyelids, of that at rest, at and below which they are shut.
    pub shut: Thousandths,
    /// The same at and above which they are open again.
    pub open_again: Thousandths,
}

/// Which frames are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Frames {
    /// Presence of a mesh below which there is no face.
    pub presence: Thousandths,
    /// Fewer are no measurement of motion.
    pub least: usize,
    /// Frontal frames that the embedding is averaged over, at most.
    pub frontal: usize,
    /// The largest yaw ratio of a frontal frame, either way.
    pub frontal_yaw: Thousandths,
    /// The largest pitch ratio of a frontal frame, either way.
    pub frontal_pitch: Thousandths,
    /// The largest roll of a frontal frame, either way, radians.
    pub frontal_roll: Thousandths,
    /// Share of the frames that need not reach a motion that is measured.
    pub motion_share: Thousandths,
}

/// What passive detection looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Passive {
    /// Frames that the networks look at, spread over the capture, at most.
    pub frames: usize,
    /// Fewer are no evidence.
    pub least: usize,
    /// Width of a face in pixels below which a frame is no evidence, either way: what the networks were measured on.
    pub width: Thousandths,
    /// Side of the narrow crop of `pad_fas`, of the face box.
    pub narrow: Thousandths,
    /// Side of its wide crop.
    pub wide: Thousandths,
    /// Frames with the face box itself as crop that are evidence for the fused rule at least.
    pub plain: usize,
}

impl Passive {
    /// One crop a frame, in turn: the face box, a narrow one, a wide one, the face box mirrored.
    pub const CROPS: usize = 4;
}

/// When it is one person throughout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// Of this many frames in a row the middle one counts: one bad frame is nobody else.
    pub in_a_row: usize,
    /// Fewer frames are no measurement.
    pub least: usize,
}

/// How sound is listened to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Speech {
    /// What a person's speech is expected to have, decibels below full scale.
    pub expected: Thousandths,
    /// Speech over the rest, decibels, below which a person is told that it is loud here.
    pub noisy: Thousandths,
    /// How unlikely letters may be in the mean, nats below certainty; beyond it they were not understood.
    pub doubt: Thousandths,
    /// Cosine of the voices of both halves of what was said, below which it is said once more, for the voice.
    pub steady: Thousandths,
}

/// What speaks against a face that answers the screen's light.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Light {
    /// The least correlation of the face's hue with the screen's.
    pub follows: Thousandths,
    /// Longest delay of display, exposure and camera together, seconds.
    pub lag: Thousandths,
    /// The least that the surroundings stand back.
    pub nearer: Thousandths,
    /// The least proportion of what bright and dark parts answer.
    pub proportional: Thousandths,
}

impl Capture {
    /// What in it means nothing, if anything does.
    pub(super) fn contradiction(&self) -> Option<&'static str> {
        let Self { guide, people, moves, frames, passive, identity, speech } = self;
        let none = [moves.turn, moves.nod, moves.opened, moves.widened, moves.shut].contains(&Thousandths(0));
        let wrong = [
            (moves.held == 0 || none, "[capture.moves] takes no movement for one"),
            (
                moves.begun == Thousandths(0) || moves.begun > Thousandths(1000),
                "[capture.moves] a movement begins before it is one, or after",
            ),
            (moves.closer <= Thousandths(1000), "[capture.moves] closer is no nearer than rest"),
            (moves.shut >= moves.open_again, "[capture.moves] eyes are open again before they are shut"),
            (guide.held == 0, "[capture.guide] is content without a frame"),
            (
                people.in_a_row == 0
                    || people.least <= people.in_a_row
                    || people.overlap == Thousandths(0)
                    || people.beside > Thousandths(1000),
                "[capture.people] takes things for people, or people for things",
            ),
            (frames.least == 0 || frames.frontal < 2, "[capture.frames] keeps fewer frames than it needs"),
            (
                passive.plain == 0
                    || passive.frames < passive.least
                    || passive.least.div_ceil(Passive::CROPS) < passive.plain,
                "[capture.passive] keeps fewer frames than it needs",
            ),
            (
                passive.narrow == Thousandths(0)
                    || passive.narrow >= Thousandths(1000)
                    || passive.wide <= Thousandths(1000)
                    || passive.wide > Thousandths(2000),
                "[capture.passive] has crops that are not about the face box",
            ),
            (frames.motion_share >= Thousandths(1000), "[capture.frames] motion_share is not below 1000"),
            (
                identity.in_a_row == 0 || identity.least < identity.in_a_row,
                "[capture.identity] least is below in_a_row",
            ),
            (
                [speech.expected, speech.noisy, speech.doubt, speech.steady].contains(&Thousandths(0))
                    || speech.steady >= Thousandths(1000),
                "[capture.speech] expects no speech, calls no room loud, understands nothing, or trusts every voice",
            ),
        ];
        wrong.into_iter().find(|(is_wrong, _)| *is_wrong).map(|(_, what)| what)
    }
}
