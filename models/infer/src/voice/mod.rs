//! Speech: when somebody speaks, who, and what.

pub(crate) mod activity;
mod decoder;
pub(crate) mod mel;
pub(crate) mod speaker;
pub(crate) mod spelling;
pub(crate) mod tokens;
pub(crate) mod transcript;
