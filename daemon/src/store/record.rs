//! The bytes of one record: version, checksum, value.

use sha2::{Digest, Sha256};

use super::{
    error::StoreError,
    table::{Table, VERSION},
};

const CHECKSUM: usize = 8;

fn checksum(table: Table, key: &[u8], value: &[u8]) -> [u8; CHECKSUM] {
    let mut hash = Sha256::new();
    hash.update([VERSION, table as u8]);
    hash.update((key.len() as u32).to_be_bytes());
    hash.update(key);
    hash.update(value);
    let mut short = [0; CHECKSUM];
    short.copy_from_slice(&hash.finalize()[..CHECKSUM]);
    short
}

pub(super) fn seal(table: Table, key: &[u8], value: &[u8]) -> Vec<u8> {
    let mut raw = Vec::with_capacity(1 + CHECKSUM + value.len());
    raw.push(VERSION);
    raw.extend_from_slice(&checksum(table, key, value));
    raw.extend_from_slice(value);
    raw
}

pub(super) fn open(table: Table, key: &[u8], raw: &[u8]) -> Result<Vec<u8>, StoreError> {
    let damaged = || StoreError::Damaged { table: table.name(), key: hex::encode(key) };
    let (version, rest) = raw.split_first().ok_or_else(damaged)?;
    if *version != VERSION {
        return Err(StoreError::Version { table: table.name(), key: hex::encode(key), found: *version });
    }
    let (sum, value) = rest.split_first_chunk::<CHECKSUM>().ok_or_else(damaged)?;
    if *sum != checksum(table, key, value) {
        return Err(damaged());
    }
    Ok(value.to_vec())
}
