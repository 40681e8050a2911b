//! What `wetsign-capture` wrote: records, one JSON object a line, some followed by raw bytes.

use std::io::BufRead;

use anyhow::{Context, ensure};
use serde_json::Value;

/// A record with its raw bytes.
#[derive(Debug, Clone)]
pub struct Record {
    /// The JSON object.
    pub json: Value,
    /// What followed it; mostly nothing.
    pub bytes: Vec<u8>,
}

/// The most that may follow one record: a minute of sound at 192 kHz is 46 MB.
const MOST: usize = 64 << 20;

impl Record {
    /// `ready`, `opened`, `frame`, `sound`, `devices`, `failed` or `done`.
    pub fn kind(&self) -> &str {
        self.text("kind")
    }

    /// A text field; empty where there is none.
    pub fn text(&self, name: &str) -> &str {
        self.json[name].as_str().unwrap_or_default()
    }

    /// A number field.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.json[name].as_u64()
    }

    /// The samples of a `sound` record.
    pub fn samples(&self) -> Vec<f32> {
        self.bytes.as_chunks::<4>().0.iter().map(|sample| f32::from_le_bytes(*sample)).collect()
    }
}

/// Reads a tape to its end. A tape that was cut off is an error.
pub fn read(mut tape: impl BufRead) -> anyhow::Result<Vec<Record>> {
    let mut records = Vec::new();
    let mut line = String::new();
    loop {
        line.clear();
        if tape.read_line(&mut line).context("reading the tape")? == 0 {
            return Ok(records);
        }
        let json: Value = serde_json::from_str(&line)
            .with_context(|| format!("record {} of the tape is no JSON", records.len()))?;
        let length = usize::try_from(json["bytes"].as_u64().unwrap_or(0))?;
        ensure!(length <= MOST, "record {} of the tape has {length} bytes, more than {MOST}", records.len());
        let mut bytes = vec![0; length];
        tape.read_exact(&mut bytes)
            .with_context(|| format!("record {} of the tape is cut off", records.len()))?;
        records.push(Record { json, bytes });
    }
}

/// The records of one job.
pub fn of_job<'a>(records: &'a [Record], job: &'a str) -> impl Iterator<Item = &'a Record> {
    records.iter().filter(move |record| record.text("job") == job)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_and_their_bytes_are_told_apart() {
        let mut bytes =
            b"{\"kind\":\"ready\",\"job\":\"\"}\n{\"kind\":\"sound\",\"job\":\"a\",\"bytes\":8}\n".to_vec();
        bytes.extend(0.5_f32.to_le_bytes());
        bytes.extend(b"\n{\n}");
        bytes.extend(b"{\"kind\":\"done\",\"job\":\"a\"}\n");
        let records = read(bytes.as_slice()).unwrap();
        assert_eq!(records.iter().map(Record::kind).collect::<Vec<_>>(), ["ready", "sound", "done"]);
        assert_eq!(records[1].samples()[0], 0.5);
        assert_eq!(of_job(&records, "a").count(), 2);
    }

    #[test]
    fn a_tape_that_is_cut_off_is_an_error() {
        for tape in ["{\"kind\":\"frame\",\"bytes\":9}\nabc", "{\"kind\":\"fr", "{\"bytes\":99999999999}\n"] {
            assert!(read(tape.as_bytes()).is_err(), "{tape}");
        }
    }
}
