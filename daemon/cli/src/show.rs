//! `wetsign show`: any object as JSON.

use anyhow::Context;
use serde_json::json;
use wetsign_attest::json;

use crate::draft::read_bounded;
use crate::file::FileArgs;
use crate::output::{Answer, Outcome, json_lines};

/// Opens a file of any type. Its signatures are checked; what it means is not.
pub fn run(args: &FileArgs) -> anyhow::Result<Answer> {
    let bytes = read_bounded(&args.file)?;
    let view = json::any(&bytes)
        .with_context(|| format!("{} is no object that Wetsign knows", args.file.display()))?;
    let value = if view.is_object() { view } else { json!({ "object": view }) };
    Ok(Answer { outcome: Outcome::Yes, text: json_lines(&value), json: value })
}
