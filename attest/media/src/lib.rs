//! # wetsign-media: how does an approval travel inside a file?
//!
//! A file that was made with an approval says so by itself, to any reader of C2PA manifests (C2PA 2): it was created by
//! a trained algorithm, and the assertion `org.wetsign.approval` names the approval. [`check`] asks more than a C2PA
//! reader does: that the signer is one whom the trust policy names, that the approval holds under that policy, that the
//! mark speaks of this approval and of this medium, and that the use is not over.
//!
//! | to find | look in |
//! |---|---|
//! | which kind of file it is, by its bytes | [`format`] |
//! | the medium without what lies around it, and what became of it | [`essence`] |
//! | what a mark says | [`statement`] |
//! | the C2PA library, offline | [`manifest`] |
//! | making and checking marks, showing what is in a file | [`mark`], [`check`], [`show`] |
//! | certificates of those who mark | [`authority`], [`key`] |
//! | an answer for people and for programs | [`answer`] |

#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod answer;
pub mod approval;
pub mod authority;
pub mod check;
pub mod essence;
pub mod files;
pub mod format;
pub mod key;
pub mod manifest;
pub mod mark;
pub mod show;
pub mod statement;
