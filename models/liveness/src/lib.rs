//! Is this a living person who did what was asked, and the enrolled one?
//!
//! What is asked, what was measured, and the decision over it: pure functions, without pictures, sound or files. The
//! bounds and the rules are those of the manifest (`wetsign-models`), which is attested.
//!
//! - [`prompts`]: the table of prompts; [`repertoire`] and [`needs`]: what a source and a person can show.
//! - [`challenge`]: the prompts that the secure element's challenge asks; [`phrase`]: whether its words were spoken.
//! - [`gates`]: the table of gates, and measurements; [`thresholds`]: their bounds; [`decision`]: what follows.
//! - [`light`]: the colours that a screen shines on the person, and what speaks against a face that answers them.
//!
//! ```
//! use wetsign_liveness::{Measure, Repertoire, derive, mandatory_gates};
//!
//! let plan = derive(&[7; 32], &Repertoire::live());
//! assert!(mandatory_gates(&plan).contains(&Measure::Phrase));
//! ```

pub mod challenge;
pub mod consent;
pub mod decision;
mod draws;
pub mod gates;
pub mod light;
pub mod needs;
pub mod phrase;
pub mod prompts;
pub mod repertoire;
pub mod thresholds;

pub use challenge::{CATALOGUE_VERSION, ChallengePlan, derive};
pub use decision::{
    MATCHES, Refusal, all_passed, decide, mandatory_before_match, mandatory_gates, match_gates, not_asked,
    outcomes, refusal, refusals, remedy,
};
pub use gates::{Gate, Measure, Measurements, Outcome, Remedy, Sense, Stage};
pub use needs::{Ability, Needs, NoDepthLeft};
pub use prompts::{Part, Prompt};
pub use repertoire::{EyeMove, HeadMove, MouthMove, Repertoire};
pub use thresholds::Thresholds;
