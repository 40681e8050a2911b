//! # wetsign-runner: what is made with an approval?
//!
//! An approval in, what was approved out, once. The runner holds the key to which keyholders seal their shares, checks
//! the approval itself under a trust policy of its own, opens the container, has an engine make what was approved, and
//! signs a receipt. It has no network and no C++ in it; the engine, in which strangers' networks run, has no key.
//!
//! | file | question |
//! |---|---|
//! | `files.rs` | What is read, and how much of it? |
//! | `keys.rs` | Which keys does a runner have, and when are they gone? |
//! | `approved.rs` | What was approved, and is the input just that? |
//! | `book.rs` | Which approvals are used, and what was made but not handed over? |
//! | `opened.rs` | Which shares open the container? |
//! | `engine.rs` | Who makes it? |
//! | `confined.rs` | What does the runner give up, and what has to hold? |
//! | `run.rs` | In which order? |
//! | `check.rs` | Does a receipt fit an approval, an input, an output? |
//! | `pack.rs` | What goes into a container? |

pub mod approved;
pub mod book;
pub mod check;
pub mod confined;
pub mod engine;
pub mod files;
pub mod keys;
pub mod opened;
pub mod pack;
pub mod run;
