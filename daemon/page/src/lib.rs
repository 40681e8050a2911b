//! What does a person before a kiosk see?
//!
//! A pure function from what happened to a view, and from a view to HTML. Nothing here opens a camera, holds a key or
//! decides anything. The program `wetsign-page` puts the daemon on one side of it, and a browser on the other.
//!
//! - [`Event`]: what can happen; from `wetsign.v1` ([`Event::from_api`]) or from a recorded line ([`recorded`]).
//! - [`Story`]: what all events so far come to; [`Story::view`] is what is to be seen now.
//! - [`View`]: one screen, without words. It holds no measured value, no similarity and no key: no field could.
//! - [`Words`]: one catalogue, in three languages; [`html::page`] puts both together.
//!
//! ```
//! use wetsign_page::{Event, Language, Phase, Story, Words, html};
//!
//! let mut story = Story::default();
//! story.note(0, &Event::Phase(Phase::Waiting));
//! story.note(900, &Event::Prompt { index: 0, total: 3, code: "head_left".into(), spoken: String::new() });
//! let page = html::page(&story.view(), Words::of(Language::Romanian));
//! assert!(page.contains("Întoarceți capul spre stânga"));
//! ```

mod asked;
pub mod drive;
mod event;
pub mod html;
mod language;
mod picture;
mod plain;
mod qr;
mod read;
pub mod recorded;
pub mod server;
mod story;
mod view;
mod words;

pub use asked::{Asked, MOST_REASONS, MOST_TEXT};
pub use event::{Event, Phase};
pub use language::Language;
pub use read::{Unreadable, approval_id, asked};
pub use story::{Limits, Story};
pub use view::{Advice, Done, Ending, Screen, Shining, Shown, Step, StepState, View};
pub use words::Words;
