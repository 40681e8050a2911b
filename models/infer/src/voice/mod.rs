//! Speech: when somebody speaks, who, and what.

pub(crate) mod activity;
pub(crate) mod kokoro;
pub(crate) mod lfcc;
pub(crate) mod mel;
pub mod pad;
pub(crate) mod speaker;
pub(crate) mod synthesis;
pub(crate) mod tokens;
pub(crate) mod traces;
pub(crate) mod transcript;
