//! What a person's own device is asked to sign, and what it looks at before it does.
//!
//! A device never signs a digest that it is handed. It gets the payload and every object that the payload speaks of,
//! checks that they belong together, that they are this person's and of this moment, makes the verdict again, and shows
//! in words what is asked. Only then it computes the challenge itself. A kiosk whose host lies gets a refusal, and no
//! signature.
//!
//! | file | question |
//! |---|---|
//! | `paper.rs` | What does a kiosk hand over? |
//! | `check.rs` | Does it belong together, and to this person and moment? |
//! | `asked.rs` | What is asked, in words, and how is it answered? |

mod asked;
mod check;
mod paper;

pub use asked::{Asked, Question, code};
pub use check::{OfferError, Own};
pub use paper::Offer;
