//! Recordings as they are heard, and what is made of them.

/// A recording as it is heard somewhere.
pub(super) struct Heard {
    /// Its embedding, rooms and all.
    pub(super) voice: Vec<f32>,
    /// How alike its halves are.
    pub(super) steady: Option<f32>,
}

/// One recording.
pub(super) struct Said {
    pub(super) quiet: Heard,
    /// Its embedding in the room of an enrolment.
    pub(super) enrolled: Vec<f32>,
    /// In each measured room.
    pub(super) elsewhere: Vec<Heard>,
}

/// From a person's recordings to their template.
pub(super) type Template<'a> = dyn Fn(&[&Said]) -> Option<Vec<f32>> + 'a;
/// From an embedding to what is compared with a template.
pub(super) type Probe<'a> = dyn Fn(&[f32]) -> Option<Vec<f32>> + 'a;
