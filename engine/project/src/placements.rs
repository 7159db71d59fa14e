//! Placements: each a recorded decision that can be taken back.

use lantu_base::UtcNanos;
use rusqlite::{Row, Transaction, params};
use serde_json::{Value, json};

use crate::error::{Fault, ProjectError};
use crate::project::{Project, Touch};
use crate::rows::{DecisionRecord, PlacementRecord, PlacementState};

/// What the log keeps of a placement.
pub(crate) fn payload(p: &PlacementRecord) -> Value {
    json!({ "state": p.state.as_str(), "hypothesis": p.hypothesis, "by": p.by, "transform": p.transform })
}

/// Appends a decision.
pub(crate) fn write(tx: &Transaction<'_>, source: &str, p: &PlacementRecord) -> Result<(), Fault> {
    // Rust's own text of a number reads back to the same bits.
    let transform = p.transform.map(|m| m.map(|v| format!("{v:?}")).join(" "));
    tx.execute(
        "INSERT INTO lantu_decisions (n, source, state, hypothesis, decided_by, decided_at, transform, hypotheses_json)
         SELECT coalesce(max(n), 0) + 1, ?1, ?2, ?3, ?4, ?5, ?6, ?7 FROM lantu_decisions",
        params![source, p.state.as_str(), p.hypothesis, p.by, p.at.0, transform, p.hypotheses_json],
    )?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<DecisionRecord> {
    let broken = |column: usize| rusqlite::Error::IntegralValueOutOfRange(column, 0);
    let state: String = row.get(2)?;
    let transform: Option<String> = row.get(6)?;
    let undone: Option<(String, UtcNanos)> = match (row.get(8)?, row.get(9)?) {
        (Some(by), Some(at)) => Some((by, UtcNanos(at))),
        _ => None,
    };
    let transform = match transform {
        None => None,
        Some(text) => {
            let values: Option<Vec<f64>> = text.split(' ').map(|v| v.parse().ok()).collect();
            Some(values.and_then(|v| v.try_into().ok()).ok_or_else(|| broken(6))?)
        }
    };
    Ok(DecisionRecord {
        n: row.get(0)?,
        source: row.get(1)?,
        placement: PlacementRecord {
            state: match state.as_str() {
                "placed" => PlacementState::Placed,
                "waiting" => PlacementState::Waiting,
                _ => return Err(broken(2)),
            },
            hypothesis: row.get(3)?,
            by: row.get(4)?,
            at: UtcNanos(row.get(5)?),
            transform,
            hypotheses_json: row.get(7)?,
        },
        undone,
    })
}

const SELECT: &str =
    "SELECT n, source, state, hypothesis, decided_by, decided_at, transform, hypotheses_json,
                        undone_by, undone_at FROM lantu_decisions";

impl Project {
    /// Decides where a source lies, or that it waits.
    ///
    /// # Errors
    /// [`ProjectError::UnknownSource`], or a failure to write.
    pub fn set_placement(&mut self, source: &str, p: &PlacementRecord) -> Result<(), ProjectError> {
        let payload = json!({ "source": source, "placement": payload(p) });
        self.change("placement.set", &payload, vec![Touch::amend("lantu_decisions", source)], |tx, _| {
            crate::sources::require(tx, source)?;
            write(tx, source, p)
        })
    }

    /// Takes the newest decision on a source back; the one before it holds again. Returns that one, if there is one.
    ///
    /// # Errors
    /// [`ProjectError::NothingToUndo`], [`ProjectError::UnknownSource`], or a failure to write.
    pub fn undo_placement(&mut self, source: &str) -> Result<Option<PlacementRecord>, ProjectError> {
        let touches = vec![Touch::amend("lantu_decisions", source)];
        self.change("placement.undo", &json!({ "source": source }), touches, |tx, stamp| {
            crate::sources::require(tx, source)?;
            let n = tx.execute(
                "UPDATE lantu_decisions SET undone_by = ?2, undone_at = ?3 WHERE n =
                   (SELECT max(n) FROM lantu_decisions WHERE source = ?1 AND undone_at IS NULL)",
                params![source, stamp.by, stamp.at.0],
            )?;
            if n == 0 {
                return Err(Fault::NothingToUndo(source.to_owned()));
            }
            Ok(())
        })?;
        Ok(self.placement(source)?.map(|d| d.placement))
    }

    /// The decision that holds for a source; `None` if there is none or all were taken back.
    ///
    /// # Errors
    /// A failure to read.
    pub fn placement(&self, source: &str) -> Result<Option<DecisionRecord>, ProjectError> {
        Ok(self.decisions(source)?.into_iter().rev().find(|d| d.undone.is_none()))
    }

    /// The decision that holds for each source that has one, in the order of the decisions.
    ///
    /// # Errors
    /// A failure to read.
    pub fn placements(&self) -> Result<Vec<DecisionRecord>, ProjectError> {
        let sql = format!(
            "{SELECT} WHERE n IN (SELECT max(n) FROM lantu_decisions WHERE undone_at IS NULL GROUP BY source) ORDER BY n"
        );
        self.rows(&sql, [], read)
    }

    /// All decisions on a source, oldest first, also those that were taken back.
    ///
    /// # Errors
    /// A failure to read.
    pub fn decisions(&self, source: &str) -> Result<Vec<DecisionRecord>, ProjectError> {
        self.rows(&format!("{SELECT} WHERE source = ?1 ORDER BY n"), [source], read)
    }
}
