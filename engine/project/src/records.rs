//! Tasks, bindings, and observations in day chunks.

use lantu_base::UtcNanos;
use rusqlite::{Row, Transaction, params};
use serde_json::json;

use crate::digest::sha256_hex;
use crate::error::{Fault, ProjectError};
use crate::project::{Project, Touch};
use crate::rows::{BindingRow, ChannelSpan, ChunkKey, ChunkRow, TaskRow};

/// The source of readings that came from a feed. No file is called so: names of sources are not empty.
const FEED: &str = "";

/// What writing the records of a source touches, chunks apart.
pub(crate) fn touches(source: &str) -> Vec<Touch> {
    vec![Touch::replace("lantu_tasks", source), Touch::replace("lantu_bindings", source)]
}

/// What writing chunks touches: the channels that `chunks` bring, and those that the source had before.
pub(crate) fn chunk_touches(chunks: &[ChunkRow], before: &[String]) -> Vec<Touch> {
    let mut names: Vec<&str> = chunks.iter().map(|c| c.channel.as_str()).collect();
    names.extend(before.iter().map(String::as_str));
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(|c| Touch::amend("lantu_chunks", c)).collect()
}

pub(crate) fn write_tasks(tx: &Transaction<'_>, source: &str, tasks: &[TaskRow]) -> Result<(), Fault> {
    tx.execute("DELETE FROM lantu_tasks WHERE source = ?1", [source])?;
    let mut stmt = tx.prepare_cached(
        "INSERT INTO lantu_tasks (source, ord, id, name, start, finish, budget, percent, actual_start, actual_finish,
           actual_cost, objects, extra_json) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)",
    )?;
    for (ord, t) in (0i64..).zip(tasks) {
        let ns = |t: Option<UtcNanos>| t.map(|t| t.0);
        let objects = json!(t.objects).to_string();
        stmt.execute(params![
            source,
            ord,
            t.id,
            t.name,
            ns(t.start),
            ns(t.finish),
            t.budget,
            t.percent,
            ns(t.actual_start),
            ns(t.actual_finish),
            t.actual_cost,
            objects,
            t.extra_json
        ])?;
    }
    Ok(())
}

fn read_task(row: &Row<'_>) -> rusqlite::Result<(String, TaskRow)> {
    let ns = |c: usize| row.get::<_, Option<i64>>(c).map(|v| v.map(UtcNanos));
    let objects: String = row.get(10)?;
    let task = TaskRow {
        id: row.get(1)?,
        name: row.get(2)?,
        start: ns(3)?,
        finish: ns(4)?,
        budget: row.get(5)?,
        percent: row.get(6)?,
        actual_start: ns(7)?,
        actual_finish: ns(8)?,
        actual_cost: row.get(9)?,
        objects: serde_json::from_str(&objects).map_err(|e| {
            rusqlite::Error::FromSqlConversionFailure(10, rusqlite::types::Type::Text, Box::new(e))
        })?,
        extra_json: row.get(11)?,
    };
    Ok((row.get(0)?, task))
}

pub(crate) fn write_bindings(
    tx: &Transaction<'_>,
    source: &str,
    bindings: &[BindingRow],
) -> Result<(), Fault> {
    tx.execute("DELETE FROM lantu_bindings WHERE source = ?1", [source])?;
    let mut stmt = tx.prepare_cached(
        "INSERT INTO lantu_bindings (source, ord, channel, object, unit, rule, extra_json) VALUES (?1,?2,?3,?4,?5,?6,?7)",
    )?;
    for (ord, b) in (0i64..).zip(bindings) {
        stmt.execute(params![source, ord, b.channel, b.object, b.unit, b.rule, b.extra_json])?;
    }
    Ok(())
}

/// Writes chunks; one of the same source, channel and day is overwritten.
pub(crate) fn write_chunks(tx: &Transaction<'_>, source: &str, chunks: &[ChunkRow]) -> Result<(), Fault> {
    let mut stmt = tx.prepare_cached(
        "INSERT INTO lantu_chunks (channel, day, source, n, t0, t1, sha256, samples) VALUES (?1,?2,?3,?4,?5,?6,?7,?8)
         ON CONFLICT (channel, day, source) DO UPDATE SET n = ?4, t0 = ?5, t1 = ?6, sha256 = ?7, samples = ?8",
    )?;
    for c in chunks {
        let sha = sha256_hex(&c.blob);
        stmt.execute(params![c.channel, c.day, source, c.n, c.t0.0, c.t1.0, sha, c.blob])?;
    }
    Ok(())
}

impl Project {
    /// Replaces the tasks that a source brought.
    ///
    /// # Errors
    /// [`ProjectError::UnknownSource`], or a failure to write.
    pub fn set_tasks(&mut self, source: &str, tasks: &[TaskRow]) -> Result<(), ProjectError> {
        let payload = json!({ "source": source, "n": tasks.len() });
        self.change("tasks.set", &payload, vec![Touch::replace("lantu_tasks", source)], |tx, _| {
            crate::sources::require(tx, source)?;
            write_tasks(tx, source, tasks)
        })
    }

    /// All tasks with the source of each, in the order of the sources and of the files.
    ///
    /// # Errors
    /// A failure to read.
    pub fn tasks(&self) -> Result<Vec<(String, TaskRow)>, ProjectError> {
        let sql =
            "SELECT t.source, t.id, t.name, start, finish, budget, percent, actual_start, actual_finish,
                     actual_cost, objects, extra_json
                   FROM lantu_tasks t LEFT JOIN lantu_sources s ON s.id = t.source
                   ORDER BY s.ord, s.fid, t.source, t.ord";
        self.rows(sql, [], read_task)
    }

    /// Replaces the bindings that a source brought.
    ///
    /// # Errors
    /// [`ProjectError::UnknownSource`], or a failure to write.
    pub fn set_bindings(&mut self, source: &str, bindings: &[BindingRow]) -> Result<(), ProjectError> {
        let payload = json!({ "source": source, "n": bindings.len() });
        self.change("bindings.set", &payload, vec![Touch::replace("lantu_bindings", source)], |tx, _| {
            crate::sources::require(tx, source)?;
            write_bindings(tx, source, bindings)
        })
    }

    /// All bindings with the source of each, in the order of the sources and of the files.
    ///
    /// # Errors
    /// A failure to read.
    pub fn bindings(&self) -> Result<Vec<(String, BindingRow)>, ProjectError> {
        let sql = "SELECT b.source, channel, object, unit, rule, extra_json
                   FROM lantu_bindings b LEFT JOIN lantu_sources s ON s.id = b.source
                   ORDER BY s.ord, s.fid, b.source, b.ord";
        self.rows(sql, [], |r| {
            let binding = BindingRow {
                channel: r.get(1)?,
                object: r.get(2)?,
                unit: r.get(3)?,
                rule: r.get(4)?,
                extra_json: r.get(5)?,
            };
            Ok((r.get(0)?, binding))
        })
    }

    /// Adds day chunks of a source; one of the same channel and day is overwritten.
    ///
    /// # Errors
    /// [`ProjectError::UnknownSource`], or a failure to write.
    pub fn put_chunks(&mut self, source: &str, chunks: &[ChunkRow]) -> Result<(), ProjectError> {
        let n: u64 = chunks.iter().map(|c| c.n).sum();
        let payload = json!({ "source": source, "n_chunks": chunks.len(), "n_samples": n });
        self.change("chunks.put", &payload, chunk_touches(chunks, &[]), |tx, _| {
            crate::sources::require(tx, source)?;
            write_chunks(tx, source, chunks)
        })
    }

    /// Adds day chunks of readings that came from a feed, which is no file; one of the same channel and day is
    /// overwritten.
    ///
    /// # Errors
    /// A failure to write.
    pub fn put_readings(&mut self, chunks: &[ChunkRow]) -> Result<(), ProjectError> {
        let n: u64 = chunks.iter().map(|c| c.n).sum();
        let payload = json!({ "n_chunks": chunks.len(), "n_samples": n });
        self.change("readings.put", &payload, chunk_touches(chunks, &[]), |tx, _| {
            write_chunks(tx, FEED, chunks)
        })
    }

    /// Removes chunks whose time is over, and adds what was made of them, in one change.
    ///
    /// * `version`: of the rules of the project that say so.
    ///
    /// # Errors
    /// A failure to write: nothing is removed.
    pub fn thin_readings(
        &mut self,
        remove: &[ChunkKey],
        add: &[ChunkRow],
        version: &str,
    ) -> Result<(), ProjectError> {
        let mut names: Vec<&str> = remove.iter().map(|k| k.channel.as_str()).collect();
        names.extend(add.iter().map(|c| c.channel.as_str()));
        names.sort_unstable();
        names.dedup();
        let touched = names.iter().map(|c| Touch::amend("lantu_chunks", c)).collect();
        let payload = json!({ "n_chunks": remove.len(), "n_added": add.len(), "rules": version });
        self.change("readings.thin", &payload, touched, |tx, _| {
            let mut stmt = tx
                .prepare_cached("DELETE FROM lantu_chunks WHERE channel = ?1 AND day = ?2 AND source = ?3")?;
            for k in remove {
                stmt.execute(params![k.channel, k.day, k.source])?;
            }
            write_chunks(tx, FEED, add)
        })
    }

    /// The chunks of a channel by day, then by source.
    ///
    /// # Errors
    /// A failure to read.
    pub fn chunks(&self, channel: &str) -> Result<Vec<(String, ChunkRow)>, ProjectError> {
        let sql = "SELECT channel, day, n, t0, t1, samples, source FROM lantu_chunks WHERE channel = ?1 ORDER BY day, source";
        self.rows(sql, [channel], |r| {
            let row = ChunkRow {
                channel: r.get(0)?,
                day: r.get(1)?,
                n: r.get(2)?,
                t0: UtcNanos(r.get(3)?),
                t1: UtcNanos(r.get(4)?),
                blob: r.get(5)?,
            };
            Ok((r.get(6)?, row))
        })
    }

    /// All channels by name, with how much there is of each.
    ///
    /// # Errors
    /// A failure to read.
    pub fn channels(&self) -> Result<Vec<ChannelSpan>, ProjectError> {
        let sql =
            "SELECT channel, sum(n), min(t0), max(t1) FROM lantu_chunks GROUP BY channel ORDER BY channel";
        self.rows(sql, [], |r| {
            Ok(ChannelSpan {
                channel: r.get(0)?,
                n: r.get(1)?,
                t0: UtcNanos(r.get(2)?),
                t1: UtcNanos(r.get(3)?),
            })
        })
    }

    /// For each channel and source that brought readings of it: channel, source (empty for feeds), first and last
    /// instant; by channel, then source.
    ///
    /// # Errors
    /// A failure to read.
    pub fn reading_sources(&self) -> Result<Vec<(String, String, UtcNanos, UtcNanos)>, ProjectError> {
        let sql = "SELECT channel, source, min(t0), max(t1) FROM lantu_chunks GROUP BY channel, source
                   ORDER BY channel, source";
        self.rows(sql, [], |r| Ok((r.get(0)?, r.get(1)?, UtcNanos(r.get(2)?), UtcNanos(r.get(3)?))))
    }

    /// First and last instant of all tasks (planned and actual) and all samples; `None` without any.
    ///
    /// # Errors
    /// A failure to read.
    pub fn time_span(&self) -> Result<Option<(UtcNanos, UtcNanos)>, ProjectError> {
        let sql = "SELECT min(t), max(t) FROM (
                     SELECT start AS t FROM lantu_tasks UNION ALL SELECT finish FROM lantu_tasks
                     UNION ALL SELECT actual_start FROM lantu_tasks UNION ALL SELECT actual_finish FROM lantu_tasks
                     UNION ALL SELECT t0 FROM lantu_chunks UNION ALL SELECT t1 FROM lantu_chunks)";
        let rows = self.rows(sql, [], |r| Ok((r.get::<_, Option<i64>>(0)?, r.get::<_, Option<i64>>(1)?)))?;
        Ok(rows.first().and_then(|(a, b)| a.zip(*b)).map(|(a, b)| (UtcNanos(a), UtcNanos(b))))
    }

    /// The channels that a source has chunks of.
    pub(crate) fn channels_of(&self, source: &str) -> Result<Vec<String>, ProjectError> {
        self.rows("SELECT DISTINCT channel FROM lantu_chunks WHERE source = ?1", [source], |r| r.get(0))
    }
}
