//! Digests of tables: SHA-256 over every value with its type, rows in the order of their key.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, params};
use sha2::{Digest as _, Sha256};

use crate::error::Fault;
use crate::schema::{TABLES, TableSpec};

/// Name of the scope that stands for the schema itself.
pub(crate) const SCHEMA_SCOPE: &str = "sqlite_master";

/// A hash over typed values. Each value is preceded by its type and length, so no two sequences share an encoding.
pub(crate) struct Canon(Sha256);

impl Canon {
    /// `purpose` keeps digests of different things apart.
    pub(crate) fn new(purpose: &str) -> Self {
        let mut c = Self(Sha256::new());
        c.bytes(b'P', purpose.as_bytes());
        c
    }

    pub(crate) fn int(&mut self, v: i64) {
        self.0.update([b'I']);
        self.0.update(v.to_le_bytes());
    }

    pub(crate) fn text(&mut self, v: &str) {
        self.bytes(b'T', v.as_bytes());
    }

    fn bytes(&mut self, tag: u8, v: &[u8]) {
        self.0.update([tag]);
        self.0.update((v.len() as u64).to_le_bytes());
        self.0.update(v);
    }

    fn value(&mut self, v: ValueRef<'_>) {
        match v {
            ValueRef::Null => self.0.update([b'N']),
            ValueRef::Integer(i) => self.int(i),
            ValueRef::Real(r) => {
                self.0.update([b'R']);
                self.0.update(r.to_bits().to_le_bytes());
            }
            ValueRef::Text(t) => self.bytes(b'T', t),
            ValueRef::Blob(b) => self.bytes(b'B', b),
        }
    }

    pub(crate) fn hex(self) -> String {
        hex(&self.0.finalize())
    }
}

/// Lowercase hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut s, b| {
        // Writing to a String cannot fail.
        if write!(s, "{b:02x}").is_err() {
            debug_assert!(false, "a String refused bytes");
        }
        s
    })
}

/// SHA-256 of some bytes, in hexadecimal.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Number of rows of a part, and the digest over them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PartDigest {
    pub(crate) n_rows: i64,
    pub(crate) digest: String,
}

/// The spec of a table by name; `None` for a table that has no digest.
pub(crate) fn spec(name: &str) -> Option<&'static TableSpec> {
    TABLES.iter().find(|t| t.name == name)
}

/// Digests one part of a table as it stands.
pub(crate) fn part_digest(conn: &Connection, t: &TableSpec, part: &str) -> rusqlite::Result<PartDigest> {
    let filter = t.part.map_or_else(|| "?1 = ?1".to_owned(), |p| format!("{p} = ?1"));
    let sql = format!("SELECT {} FROM {} WHERE {filter} ORDER BY {}", t.columns, t.name, t.key);
    let mut canon = Canon::new(t.name);
    let n_rows = digest_query(conn, &sql, &[part], &mut canon)?;
    Ok(PartDigest { n_rows, digest: canon.hex() })
}

fn digest_query(conn: &Connection, sql: &str, args: &[&str], canon: &mut Canon) -> rusqlite::Result<i64> {
    let mut stmt = conn.prepare_cached(sql)?;
    let n_columns = stmt.column_count();
    let mut rows = stmt.query(rusqlite::params_from_iter(args))?;
    let mut n = 0;
    while let Some(row) = rows.next()? {
        n += 1;
        canon.int(n);
        for c in 0..n_columns {
            canon.value(row.get_ref(c)?);
        }
    }
    Ok(n)
}

/// Digests the schema, the application id and the user version.
pub(crate) fn schema_digest(conn: &Connection) -> rusqlite::Result<PartDigest> {
    let mut canon = Canon::new(SCHEMA_SCOPE);
    for pragma in ["application_id", "user_version", "encoding"] {
        conn.pragma_query_value(None, pragma, |row| {
            canon.value(row.get_ref(0)?);
            Ok(())
        })?;
    }
    let sql = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name";
    let n_rows = digest_query(conn, sql, &[], &mut canon)?;
    Ok(PartDigest { n_rows, digest: canon.hex() })
}

/// The names of the parts that a table has rows in.
pub(crate) fn parts_of(conn: &Connection, t: &TableSpec) -> rusqlite::Result<Vec<String>> {
    let Some(part) = t.part else { return Ok(vec![String::new()]) };
    let mut stmt = conn.prepare(&format!("SELECT DISTINCT {part} FROM {} ORDER BY 1", t.name))?;
    stmt.query_map([], |row| row.get(0))?.collect()
}

/// The digest that was written down for a part, if any.
pub(crate) fn stored(conn: &Connection, scope: &str, part: &str) -> rusqlite::Result<Option<PartDigest>> {
    let mut stmt =
        conn.prepare_cached("SELECT n_rows, digest FROM lantu_integrity WHERE scope = ?1 AND part = ?2")?;
    let mut rows = stmt.query(params![scope, part])?;
    match rows.next()? {
        Some(row) => Ok(Some(PartDigest { n_rows: row.get(0)?, digest: row.get(1)? })),
        None => Ok(None),
    }
}

/// All digests that were written down, by scope and part.
pub(crate) fn stored_all(conn: &Connection) -> rusqlite::Result<BTreeMap<(String, String), PartDigest>> {
    let mut stmt = conn.prepare("SELECT scope, part, n_rows, digest FROM lantu_integrity")?;
    stmt.query_map([], |row| {
        Ok(((row.get(0)?, row.get(1)?), PartDigest { n_rows: row.get(2)?, digest: row.get(3)? }))
    })?
    .collect()
}

/// Writes the digest of a part down; a part of a divided table without rows has none.
pub(crate) fn store(conn: &Connection, t: &TableSpec, part: &str) -> rusqlite::Result<()> {
    let d = part_digest(conn, t, part)?;
    if t.part.is_some() && d.n_rows == 0 {
        conn.execute("DELETE FROM lantu_integrity WHERE scope = ?1 AND part = ?2", params![t.name, part])?;
    } else {
        put(conn, t.name, part, &d)?;
    }
    Ok(())
}

/// Writes a digest down.
pub(crate) fn put(conn: &Connection, scope: &str, part: &str, d: &PartDigest) -> rusqlite::Result<()> {
    conn.execute(
        "INSERT OR REPLACE INTO lantu_integrity (scope, part, n_rows, digest) VALUES (?1, ?2, ?3, ?4)",
        params![scope, part, d.n_rows, d.digest],
    )?;
    Ok(())
}

/// Refuses to build on a part that no longer is what was written: a new digest would hide the damage.
pub(crate) fn require_intact(conn: &Connection, t: &TableSpec, part: &str) -> Result<(), Fault> {
    let now = part_digest(conn, t, part)?;
    let expected = stored(conn, t.name, part)?;
    let same = expected.map_or(t.part.is_some() && now.n_rows == 0, |e| e == now);
    if same {
        Ok(())
    } else {
        Err(Fault::Damaged(format!("table {} {part} does not match its digest", t.name)))
    }
}

/// The digest over all digests, which each log entry binds.
pub(crate) fn integrity_state(conn: &Connection) -> rusqlite::Result<String> {
    let mut canon = Canon::new("lantu_integrity");
    let sql = "SELECT scope, part, n_rows, digest FROM lantu_integrity ORDER BY scope, part";
    digest_query(conn, sql, &[], &mut canon)?;
    Ok(canon.hex())
}
