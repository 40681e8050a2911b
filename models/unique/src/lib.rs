//! # wetsign-unique: is this person enrolled anywhere?
//!
//! Three searchers, run by three operators, hold one share each of a small template of everybody who is enrolled. A
//! kiosk splits a template in three, and seals a part to each; the three work out together whether it is like one that
//! they hold, and open that one bit. None of them sees a template, a question, a similarity or who was found.
//!
//! | file | question |
//! |---|---|
//! | `ring.rs` | In which numbers is a template split? |
//! | `template.rs` | What of a person is compared, and from where on are two one? |
//! | `share.rs` | How is a template split, and what does one part times another give? |
//! | `bits.rs` | How do three compute with bits that none of them knows? |
//! | `steps.rs` | Which steps has a search, and how long is each message? |
//! | `search.rs` | What does one party do, message by message? No I/O |
//! | `plain.rs` | What would one say who had all templates? |
//! | `table.rs` | Which shares does a party hold, and what is its root? |
//! | `rerun.rs` | Who was wrong? |
//! | `budget.rs` | How often may a registrar's kiosks ask? |
//! | `decoy.rs` | Do the searchers search at all? |
//! | `wire.rs` | What do kiosks say to searchers, and these to each other? |
//! | `record.rs`, `journal.rs` | What is written down, and how? |
//! | `kept.rs` | Which templates are kept, and which changes led there? |
//! | `desk.rs` | Which questions wait, and who may ask? |
//! | `running.rs` | What becomes of one search, and what can be shown of it? |
//! | `node.rs` | What does a searcher do with each word? No I/O |
//! | `line.rs`, `serve.rs`, `config.rs` | Its edge: TLS, the file, the clock |
//! | `kiosk.rs` | How does a kiosk ask? |

mod bits;
pub mod budget;
pub mod config;
mod decoy;
mod desk;
mod journal;
mod kept;
pub mod kiosk;
pub mod line;
pub mod node;
pub mod plain;
mod record;
pub mod rerun;
mod ring;
mod running;
mod search;
pub mod serve;
mod share;
mod steps;
mod table;
mod template;
pub mod wire;

pub use decoy::Decoy;
pub use journal::{Journal, JournalError};
pub use kept::Kept;
pub use node::{Effect, Node, Setup};
pub use record::{Record, RecordError, Restored};
pub use ring::{PARTIES, Party};
pub use running::Shown;
pub use search::{Message, Rows, Search, SearchError};
pub use share::{Question, SHARE, Share, random, split_question, split_template};
pub use table::{ROWS, Table, TableError};
pub use template::{Alike, Bounds, DIM, FACE, FleetRotation, LARGEST, ONE, Template, VOICE};
