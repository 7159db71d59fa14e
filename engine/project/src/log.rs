//! The operation log: who changed what when, each entry bound to the one before and to the state after it.

use lantu_base::UtcNanos;
use rusqlite::{Connection, Row, params};

use crate::digest::Canon;

/// One change of the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// Counts from 1 without gaps.
    pub seq: i64,
    /// When.
    pub at: UtcNanos,
    /// Who: the user name that the program was run under.
    pub by: String,
    /// What: `source.add`, `placement.set`, ….
    pub op: String,
    /// Its arguments, JSON.
    pub payload_json: String,
    /// Digest over all table digests after the change, 64 hexadecimal digits.
    pub state: String,
    /// [`LogEntry::hash`] of the entry before; for the first, a hash of the project's uuid.
    pub prev_hash: String,
    /// SHA-256 over all other fields, 64 hexadecimal digits.
    pub hash: String,
}

impl LogEntry {
    /// The hash that the other fields ask for.
    pub fn expected_hash(&self) -> String {
        let mut c = Canon::new("lantu_log");
        c.int(self.seq);
        c.int(self.at.0);
        for text in [&self.by, &self.op, &self.payload_json, &self.state, &self.prev_hash] {
            c.text(text);
        }
        c.hex()
    }

    pub(crate) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            seq: row.get(0)?,
            at: UtcNanos(row.get(1)?),
            by: row.get(2)?,
            op: row.get(3)?,
            payload_json: row.get(4)?,
            state: row.get(5)?,
            prev_hash: row.get(6)?,
            hash: row.get(7)?,
        })
    }
}

/// What stands before the first entry.
pub(crate) fn genesis(uuid: &str) -> String {
    let mut c = Canon::new("lantu_log genesis");
    c.text(uuid);
    c.hex()
}

/// All columns in the order of [`LogEntry::read`].
pub(crate) const SELECT: &str =
    "SELECT seq, at, by, op, payload_json, state, prev_hash, hash FROM lantu_log ORDER BY seq";

/// The newest entry's number and hash, kept apart so that a cut tail is noticed.
pub(crate) fn head(conn: &Connection) -> rusqlite::Result<(i64, String)> {
    conn.query_row("SELECT seq, hash FROM lantu_head WHERE id = 1", [], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// What a change wants written down about itself.
pub(crate) struct Entry<'a> {
    pub(crate) at: UtcNanos,
    pub(crate) by: &'a str,
    pub(crate) op: &'a str,
    pub(crate) payload_json: String,
}

/// Appends an entry after `prev` (number and hash) and moves the head.
pub(crate) fn append(
    conn: &Connection,
    e: Entry<'_>,
    prev: (i64, String),
    state: String,
) -> rusqlite::Result<()> {
    let mut entry = LogEntry {
        seq: prev.0 + 1,
        at: e.at,
        by: e.by.to_owned(),
        op: e.op.to_owned(),
        payload_json: e.payload_json,
        state,
        prev_hash: prev.1,
        hash: String::new(),
    };
    entry.hash = entry.expected_hash();
    conn.execute(
        "INSERT INTO lantu_log (seq, at, by, op, payload_json, state, prev_hash, hash) VALUES (?1,?2,?3,?4,?5,?6,?7,?8)",
        params![
            entry.seq,
            entry.at.0,
            entry.by,
            entry.op,
            entry.payload_json,
            entry.state,
            entry.prev_hash,
            entry.hash
        ],
    )?;
    conn.execute(
        "INSERT OR REPLACE INTO lantu_head (id, seq, hash) VALUES (1, ?1, ?2)",
        params![entry.seq, entry.hash],
    )?;
    Ok(())
}
