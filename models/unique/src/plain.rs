//! The same search by who has all templates: what the three parties' answer is held against.

use crate::template::{Bounds, Template};

/// Whether one of these templates is that person's.
pub fn search<'t>(kept: impl IntoIterator<Item = &'t Template>, asked: &Template, bounds: Bounds) -> bool {
    kept.into_iter().any(|one| bounds.met(one.alike(asked)))
}
