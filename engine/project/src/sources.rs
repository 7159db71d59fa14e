//! Sources and their packs.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use rusqlite::{Connection, Row, Transaction, params};
use serde_json::{Value, json};

use crate::error::{Fault, ProjectError};
use crate::project::{Project, Touch};
use crate::rows::{PackRecord, Revision, SourceContent, SourceRecord};
use crate::{gpkg, placements, records};

const COLUMNS: &str = "id, path, sha256, size, companions, importer, schema, begin_json, report_json, n_objects, \
                       n_triangles, bytes, ord";

/// Fails unless the project has this source.
pub(crate) fn require(conn: &Connection, id: &str) -> Result<(), Fault> {
    if exists(conn, id)? { Ok(()) } else { Err(Fault::UnknownSource(id.to_owned())) }
}

fn exists(conn: &Connection, id: &str) -> rusqlite::Result<bool> {
    conn.query_row("SELECT count(*) FROM lantu_sources WHERE id = ?1", [id], |r| r.get::<_, i64>(0))
        .map(|n| n > 0)
}

fn read(row: &Row<'_>) -> rusqlite::Result<SourceRecord> {
    let companions: String = row.get(4)?;
    Ok(SourceRecord {
        id: row.get(0)?,
        path: row.get(1)?,
        sha256: row.get(2)?,
        size: row.get(3)?,
        companions: serde_json::from_str(&companions).map_err(|e| {
            rusqlite::Error::FromSqlConversionFailure(4, rusqlite::types::Type::Text, Box::new(e))
        })?,
        importer: row.get(5)?,
        schema: row.get(6)?,
        begin_json: row.get(7)?,
        report_json: row.get(8)?,
        n_objects: row.get(9)?,
        n_triangles: row.get(10)?,
        bytes: row.get(11)?,
        order: row.get(12)?,
    })
}

/// All sources in their order.
pub(crate) fn all(conn: &Connection) -> rusqlite::Result<Vec<SourceRecord>> {
    conn.prepare(&format!("SELECT {COLUMNS} FROM lantu_sources ORDER BY ord, fid"))?
        .query_map([], read)?
        .collect()
}

/// Inserts a source, or overwrites the one of the same name in place.
fn write(tx: &Transaction<'_>, s: &SourceRecord) -> Result<(), Fault> {
    let companions = serde_json::to_string(&s.companions)
        .map_err(|e| Fault::Sql(rusqlite::Error::ToSqlConversionFailure(Box::new(e))))?;
    tx.execute(
        "INSERT INTO lantu_sources (id, path, sha256, size, companions, importer, schema, begin_json, report_json,
           n_objects, n_triangles, bytes, ord) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)
         ON CONFLICT (id) DO UPDATE SET path = ?2, sha256 = ?3, size = ?4, companions = ?5, importer = ?6, schema = ?7,
           begin_json = ?8, report_json = ?9, n_objects = ?10, n_triangles = ?11, bytes = ?12, ord = ?13",
        params![
            s.id,
            s.path,
            s.sha256,
            s.size,
            companions,
            s.importer,
            s.schema,
            s.begin_json,
            s.report_json,
            s.n_objects,
            s.n_triangles,
            s.bytes,
            s.order
        ],
    )?;
    Ok(())
}

fn write_packs(tx: &Transaction<'_>, source: &str, packs: &[PackRecord]) -> Result<(), Fault> {
    tx.execute("DELETE FROM lantu_packs WHERE source = ?1", [source])?;
    let mut stmt = tx.prepare_cached("INSERT INTO lantu_packs VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for p in packs {
        stmt.execute(params![source, p.kind, p.key, p.hash, p.bytes])?;
    }
    Ok(())
}

/// What the log keeps of a source: enough to know which file it was.
fn payload(s: &SourceRecord) -> Value {
    json!({ "source": s.id, "path": s.path, "sha256": s.sha256, "size": s.size, "importer": s.importer,
            "n_objects": s.n_objects })
}

impl Project {
    /// Adds a source.
    ///
    /// # Errors
    /// [`ProjectError::SourceExists`], or a failure to write.
    pub fn add_source(&mut self, s: &SourceRecord) -> Result<(), ProjectError> {
        let touches = vec![Touch::amend("lantu_sources", "")];
        self.change("source.add", &payload(s), touches, |tx, _| {
            if exists(tx, &s.id)? {
                return Err(Fault::SourceExists(s.id.clone()));
            }
            write(tx, s)
        })
    }

    /// Overwrites the record of a source; its placement, packs and records stay.
    ///
    /// # Errors
    /// [`ProjectError::UnknownSource`], or a failure to write.
    pub fn replace_source(&mut self, s: &SourceRecord) -> Result<(), ProjectError> {
        let touches = vec![Touch::amend("lantu_sources", "")];
        self.change("source.replace", &payload(s), touches, |tx, _| {
            require(tx, &s.id)?;
            write(tx, s)
        })
    }

    /// Writes everything that one import brought in one transaction with one log entry: a crash leaves all of it or
    /// nothing. A source of the same name is replaced; its placement stays where `content` has none.
    ///
    /// # Errors
    /// A failure to write, or [`ProjectError::Damaged`] where the write would hide damage.
    pub fn import_source(&mut self, s: &SourceRecord, content: &SourceContent) -> Result<(), ProjectError> {
        let id = s.id.as_str();
        let frame = self.meta().frame.clone();
        let mut touches = vec![Touch::amend("lantu_sources", ""), Touch::replace("lantu_packs", id)];
        touches.extend(gpkg::touches(id));
        touches.extend(records::touches(id));
        touches.extend(records::chunk_touches(&content.chunks, &self.channels_of(id)?));
        if content.placement.is_some() {
            touches.push(Touch::amend("lantu_decisions", id));
        }
        let mut payload = payload(s);
        if let Some(map) = payload.as_object_mut() {
            map.insert("n_packs".to_owned(), json!(content.packs.len()));
            map.insert("n_tasks".to_owned(), json!(content.tasks.len()));
            map.insert("n_chunks".to_owned(), json!(content.chunks.len()));
            let chosen = content.placement.as_ref().map(placements::payload);
            map.insert("placement".to_owned(), json!(chosen));
        }
        self.change("source.import", &payload, touches, |tx, stamp| {
            write(tx, s)?;
            write_packs(tx, id, &content.packs)?;
            gpkg::write(tx, id, &content.footprints, &frame)?;
            gpkg::update_extent(tx, stamp)?;
            records::write_tasks(tx, id, &content.tasks)?;
            records::write_bindings(tx, id, &content.bindings)?;
            tx.execute("DELETE FROM lantu_chunks WHERE source = ?1", [id])?;
            records::write_chunks(tx, id, &content.chunks)?;
            if let Some(p) = &content.placement {
                placements::write(tx, id, p)?;
            }
            Ok(())
        })
    }

    /// Removes a source with all its rows; the log keeps that it was there.
    ///
    /// # Errors
    /// [`ProjectError::UnknownSource`], or a failure to write.
    pub fn remove_source(&mut self, id: &str) -> Result<(), ProjectError> {
        let mut touches = vec![
            Touch::amend("lantu_sources", ""),
            Touch::replace("lantu_packs", id),
            Touch::replace("lantu_decisions", id),
        ];
        touches.extend(gpkg::touches(id));
        touches.extend(records::touches(id));
        touches.extend(records::chunk_touches(&[], &self.channels_of(id)?));
        self.change("source.remove", &json!({ "source": id }), touches, |tx, stamp| {
            require(tx, id)?;
            tx.execute("DELETE FROM lantu_sources WHERE id = ?1", [id])?;
            for table in [
                "lantu_packs",
                "lantu_decisions",
                "lantu_tasks",
                "lantu_bindings",
                "lantu_chunks",
                "objects_footprints",
            ] {
                tx.execute(&format!("DELETE FROM {table} WHERE source = ?1"), [id])?;
            }
            gpkg::update_extent(tx, stamp)
        })
    }

    /// All sources in their order.
    ///
    /// # Errors
    /// A failure to read.
    pub fn sources(&self) -> Result<Vec<SourceRecord>, ProjectError> {
        all(&self.conn).map_err(|e| ProjectError::sql(e, self.path()))
    }

    /// Every content that a source had, oldest first: each time it was imported from other bytes than before. Numbers
    /// count over the whole project, from 1, and follow from the log.
    ///
    /// # Errors
    /// A failure to read the log.
    pub fn revisions(&self) -> Result<Vec<Revision>, ProjectError> {
        let mut out: Vec<Revision> = Vec::new();
        let mut holds: BTreeMap<String, String> = BTreeMap::new();
        let mut n = 0;
        for entry in self.log()? {
            let payload: Value = serde_json::from_str(&entry.payload_json).unwrap_or_default();
            let text = |key: &str| payload.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            let (source, sha256) = (text("source"), text("sha256"));
            match entry.op.as_str() {
                "source.remove" => {
                    holds.remove(&source);
                }
                "source.add" | "source.replace" | "source.import" if holds.get(&source) != Some(&sha256) => {
                    n += 1;
                    holds.insert(source.clone(), sha256.clone());
                    let n_objects = payload.get("n_objects").and_then(Value::as_u64).unwrap_or(0);
                    let path = text("path");
                    out.push(Revision { n, source, path, sha256, n_objects, at: entry.at, by: entry.by });
                }
                _ => {}
            }
        }
        Ok(out)
    }

    /// Where a file of a source is now.
    pub fn source_path(&self, path: &str) -> PathBuf {
        self.folder().join(path)
    }

    /// How to write down the path of a source: relative with `/` if the file lies in the project's folder, so that
    /// the folder may be moved; else absolute.
    pub fn path_to_record(&self, file: &Path) -> String {
        let absolute = |p: &Path| std::path::absolute(p).unwrap_or_else(|_| p.to_owned());
        let (file, folder) = (absolute(file), absolute(self.folder()));
        let inside =
            file.strip_prefix(&folder).ok().filter(|r| !r.components().any(|c| c == Component::ParentDir));
        match inside {
            Some(relative) => {
                relative.components().map(|c| c.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
            }
            None => file.to_string_lossy().into_owned(),
        }
    }

    /// Replaces the list of a source's packs.
    ///
    /// # Errors
    /// [`ProjectError::UnknownSource`], or a failure to write.
    pub fn set_packs(&mut self, source: &str, packs: &[PackRecord]) -> Result<(), ProjectError> {
        let bytes: u64 = packs.iter().map(|p| p.bytes).sum();
        let payload = json!({ "source": source, "n": packs.len(), "bytes": bytes });
        self.change("packs.set", &payload, vec![Touch::replace("lantu_packs", source)], |tx, _| {
            require(tx, source)?;
            write_packs(tx, source, packs)
        })
    }

    /// The packs of a source, by kind and key.
    ///
    /// # Errors
    /// A failure to read.
    pub fn packs(&self, source: &str) -> Result<Vec<PackRecord>, ProjectError> {
        let sql = "SELECT kind, key, hash, bytes FROM lantu_packs WHERE source = ?1 ORDER BY kind, key";
        self.rows(sql, [source], |r| {
            Ok(PackRecord { kind: r.get(0)?, key: r.get(1)?, hash: r.get(2)?, bytes: r.get(3)? })
        })
    }
}
