//! The seal: a hash over every byte of a closed project file, also those that no table owns.
//!
//! Written when the project is closed and cleared when it is opened for writing. It sits in a table of one row; for
//! the hash, its own 40 bytes and the two counters that writing it moves count as zero, and a file whose next writer died
//! before its first change counts as closed.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use rusqlite::{Connection, MAIN_DB, TransactionBehavior};
use sha2::{Digest as _, Sha256};

use crate::error::ProjectError;
use crate::file::page_bytes;

const MAGIC: &[u8; 8] = b"LANTUSEL";
const SEAL_BYTES: usize = 40;
/// The change counter and the number for which the page count is valid: the two header fields that each commit
/// moves. They must be equal, which is checked apart. Source: SQLite file format, section 1.3.
const COUNTERS: [std::ops::Range<usize>; 2] = [24..28, 92..96];
/// The versions that a writer and a reader of the file need: 1, and 2 while there may be a write-ahead log. Source: SQLite
/// file format, section 1.3.
const VERSIONS: std::ops::Range<usize> = 18..20;
/// Read at once; a multiple of every page size.
const BLOCK_BYTES: usize = 1 << 20;

/// What the seal says of the file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SealState {
    /// The project is open for writing or was not closed.
    Open,
    /// Every byte is as it was when closed.
    Intact,
    /// Some byte is not.
    Broken(&'static str),
}

pub(crate) fn clear(conn: &Connection) -> rusqlite::Result<()> {
    conn.execute("UPDATE lantu_seal SET seal = zeroblob(40) WHERE id = 1 AND seal <> zeroblob(40)", [])?;
    Ok(())
}

/// Seals a file that is in rollback-journal mode.
pub(crate) fn write(conn: &Connection, path: &Path) -> Result<(), ProjectError> {
    let fail = |e| ProjectError::sql(e, path);
    let version = || conn.pragma_query_value(None, "data_version", |r| r.get::<_, i64>(0)).map_err(fail);
    let before = version()?;
    let hash = hash_file(path, seal_page(conn).map_err(fail)?, None)?;
    let tx = rusqlite::Transaction::new_unchecked(conn, TransactionBehavior::Immediate).map_err(fail)?;
    if version()? != before {
        // Another program wrote in between; what it wrote must not be sealed as ours.
        return Ok(());
    }
    let mut seal = MAGIC.to_vec();
    seal.extend_from_slice(&hash);
    // In place: an UPDATE may move the row, and then other bytes of its page change too.
    let mut blob = conn.blob_open(MAIN_DB, "lantu_seal", "seal", 1, false).map_err(fail)?;
    blob.write_all_at(&seal, 0).map_err(fail)?;
    drop(blob);
    tx.commit().map_err(fail)
}

/// Compares the file with its seal.
pub(crate) fn check(conn: &Connection, path: &Path) -> Result<SealState, ProjectError> {
    let fail = |e| ProjectError::sql(e, path);
    let seal: Vec<u8> =
        conn.query_row("SELECT seal FROM lantu_seal WHERE id = 1", [], |r| r.get(0)).map_err(fail)?;
    if seal.len() != SEAL_BYTES {
        return Ok(SealState::Broken("the seal has another length"));
    }
    if seal.iter().all(|b| *b == 0) {
        return Ok(SealState::Open);
    }
    if !seal.starts_with(MAGIC) {
        return Ok(SealState::Broken("the seal is unreadable"));
    }
    let hash = hash_file(path, seal_page(conn).map_err(fail)?, Some(&seal))?;
    if seal.ends_with(&hash) {
        Ok(SealState::Intact)
    } else {
        Ok(SealState::Broken("a byte of the file is not as it was when the project was closed"))
    }
}

/// Number of the page that holds the seal, from 1: a table of one small row is its root page.
fn seal_page(conn: &Connection) -> rusqlite::Result<u64> {
    let page: i64 =
        conn.query_row("SELECT rootpage FROM sqlite_master WHERE name = 'lantu_seal'", [], |r| r.get(0))?;
    Ok(u64::try_from(page).unwrap_or(0))
}

fn hash_file(path: &Path, seal_page: u64, seal: Option<&[u8]>) -> Result<[u8; 32], ProjectError> {
    let fail = |e| ProjectError::io(e, path);
    let mut file = File::open(path).map_err(fail)?;
    let mut hash = Sha256::new();
    let mut block = vec![0; BLOCK_BYTES];
    let mut at: u64 = 0;
    let mut page: u64 = 0;
    loop {
        let n = fill(&mut file, &mut block).map_err(fail)?;
        let Some(bytes) = block.get_mut(..n).filter(|b| !b.is_empty()) else { break };
        if at == 0 {
            page = page_bytes(bytes).map_or(0, u64::from);
            mask_counters(bytes, &mut hash);
            // A writer that died between turning the write-ahead log on and clearing the seal wrote nothing else.
            if seal.is_some()
                && let Some(versions) = bytes.get_mut(VERSIONS).filter(|v| **v == [2, 2])
            {
                versions.fill(1);
            }
        }
        if let Some(seal) = seal
            && let Some(start) = (seal_page.saturating_sub(1) * page).checked_sub(at)
            && let (Ok(start), Ok(len)) = (usize::try_from(start), usize::try_from(page))
            && let Some(in_page) = bytes.get_mut(start..start.saturating_add(len))
            && let Some(offset) = in_page.windows(SEAL_BYTES).position(|w| w == seal)
            && let Some(seal_bytes) = in_page.get_mut(offset..offset + SEAL_BYTES)
        {
            seal_bytes.fill(0);
        }
        hash.update(&*bytes);
        at += n as u64;
    }
    Ok(hash.finalize().into())
}

/// Zeroes the counters, and lets the hash know whether they agreed.
fn mask_counters(bytes: &mut [u8], hash: &mut Sha256) {
    let [a, b] = COUNTERS.map(|r| bytes.get(r).map(<[u8]>::to_vec));
    hash.update([u8::from(a == b)]);
    for r in COUNTERS {
        if let Some(counter) = bytes.get_mut(r) {
            counter.fill(0);
        }
    }
}

/// Reads until the block is full or the file ends.
fn fill(file: &mut File, block: &mut [u8]) -> std::io::Result<usize> {
    let mut n = 0;
    while let Some(rest) = block.get_mut(n..).filter(|r| !r.is_empty()) {
        match file.read(rest)? {
            0 => break,
            k => n += k,
        }
    }
    Ok(n)
}
