//! The register of risks: who looks after an object's risk until when, kept in the project beside its settings, so that
//! each entry is in the operation log.

use lantu_base::UtcNanos;
use lantu_project::Project;
use serde::{Deserialize, Serialize};

use crate::{Session, SessionError};

/// Settings under this prefix are entries, numbered from 1.
const PREFIX: &str = "risk-entry:";

/// Something that was entered about the risk of an object. Of several about one object the last counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskEntry {
    /// The object: `source:id`.
    pub object: String,
    /// Who looks after it.
    pub owner: String,
    /// Until when.
    pub due: Option<UtcNanos>,
    /// It was settled, as far as the one who entered it says.
    pub closed: bool,
    /// Why, or what is to be done.
    pub why: String,
    /// Who entered it.
    pub by: String,
    /// From when on it holds.
    pub valid: UtcNanos,
    /// When it was entered.
    pub known: UtcNanos,
}

fn entries(project: &Project) -> Result<Vec<RiskEntry>, SessionError> {
    let entries = project.settings()?.into_iter().filter(|(key, _)| key.starts_with(PREFIX));
    entries.map(|(_, json)| Ok(serde_json::from_str(&json)?)).collect()
}

/// Enters something into the register of a project; everything that stands in it since.
///
/// # Errors
/// A failure to read or write.
pub fn note_risk_entry(project: &mut Project, entry: &RiskEntry) -> Result<Vec<RiskEntry>, SessionError> {
    let mut all = entries(project)?;
    let key = format!("{PREFIX}{:08}", all.len() + 1);
    project.set_setting(&key, &serde_json::to_string(entry)?)?;
    all.push(entry.clone());
    Ok(all)
}

impl Session {
    /// Everything that was entered into the register, oldest first.
    ///
    /// # Errors
    /// A failure to read.
    pub fn risk_entries(&self) -> Result<Vec<RiskEntry>, SessionError> {
        entries(&self.project)
    }

    /// Enters something into the register.
    ///
    /// # Errors
    /// A failure to write.
    pub fn enter_risk(&mut self, entry: &RiskEntry) -> Result<(), SessionError> {
        note_risk_entry(&mut self.project, entry).map(|_all| ())
    }
}

/// The entry about an object that held at `t`, by what was known at `known`.
pub fn entry_of<'a>(
    entries: &'a [RiskEntry],
    object: &str,
    (t, known): (UtcNanos, UtcNanos),
) -> Option<&'a RiskEntry> {
    let fits = |e: &&RiskEntry| e.object == object && e.valid <= t && e.known <= known;
    // Of two that hold from one instant on, the one entered last.
    entries.iter().filter(fits).max_by_key(|e| (e.valid, e.known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_register_answers_for_a_date_with_what_was_known_then() {
        let entry = |owner: &str, valid: i64, known: i64| RiskEntry {
            object: "s:a".into(),
            owner: owner.into(),
            due: None,
            closed: false,
            why: String::new(),
            by: "x".into(),
            valid: UtcNanos(valid),
            known: UtcNanos(known),
        };
        // The second was entered late: it holds from 20 on, but nobody knew before 50.
        let entries = [entry("first", 10, 10), entry("second", 20, 50)];
        let owner = |t: i64, known: i64| {
            entry_of(&entries, "s:a", (UtcNanos(t), UtcNanos(known))).map(|e| e.owner.as_str())
        };
        assert_eq!(owner(5, 100), None);
        assert_eq!(owner(30, 40), Some("first"));
        assert_eq!(owner(30, 60), Some("second"));
        assert_eq!(owner(15, 60), Some("first"));
    }
}
