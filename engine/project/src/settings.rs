//! Saved views, settings, and the rules in use.

use rusqlite::params;
use serde_json::json;

use crate::error::ProjectError;
use crate::project::{Project, Touch};
use crate::rows::RuleRecord;

impl Project {
    /// Saves a view under a name; one of the same name is overwritten.
    ///
    /// # Errors
    /// A failure to write.
    pub fn set_view(&mut self, name: &str, view_json: &str) -> Result<(), ProjectError> {
        let payload = json!({ "name": name, "view": view_json });
        self.change("view.set", &payload, vec![Touch::amend("lantu_views", "")], |tx, _| {
            tx.execute("INSERT OR REPLACE INTO lantu_views VALUES (?1, ?2)", params![name, view_json])?;
            Ok(())
        })
    }

    /// Removes a saved view; `false` if there was none.
    ///
    /// # Errors
    /// A failure to write.
    pub fn remove_view(&mut self, name: &str) -> Result<bool, ProjectError> {
        let touches = vec![Touch::amend("lantu_views", "")];
        self.change("view.remove", &json!({ "name": name }), touches, |tx, _| {
            Ok(tx.execute("DELETE FROM lantu_views WHERE name = ?1", [name])? > 0)
        })
    }

    /// All saved views as name and JSON, by name.
    ///
    /// # Errors
    /// A failure to read.
    pub fn views(&self) -> Result<Vec<(String, String)>, ProjectError> {
        self.rows("SELECT name, json FROM lantu_views ORDER BY name", [], |r| Ok((r.get(0)?, r.get(1)?)))
    }

    /// Sets a setting of the project.
    ///
    /// # Errors
    /// A failure to write.
    pub fn set_setting(&mut self, key: &str, value: &str) -> Result<(), ProjectError> {
        let payload = json!({ "key": key, "value": value });
        self.change("setting.set", &payload, vec![Touch::amend("lantu_settings", "")], |tx, _| {
            tx.execute("INSERT OR REPLACE INTO lantu_settings VALUES (?1, ?2)", params![key, value])?;
            Ok(())
        })
    }

    /// All settings as key and value, by key.
    ///
    /// # Errors
    /// A failure to read.
    pub fn settings(&self) -> Result<Vec<(String, String)>, ProjectError> {
        self.rows("SELECT key, value FROM lantu_settings ORDER BY key", [], |r| Ok((r.get(0)?, r.get(1)?)))
    }

    /// Replaces the list of rules in use.
    ///
    /// # Errors
    /// A failure to write, also if a name comes twice.
    pub fn set_rules(&mut self, rules: &[RuleRecord]) -> Result<(), ProjectError> {
        let list: Vec<_> = rules
            .iter()
            .map(|r| json!({ "name": r.name, "version": r.version, "sha256": r.sha256 }))
            .collect();
        self.change(
            "rules.set",
            &json!({ "rules": list }),
            vec![Touch::replace("lantu_rules", "")],
            |tx, _| {
                tx.execute("DELETE FROM lantu_rules", [])?;
                let mut stmt = tx.prepare_cached("INSERT INTO lantu_rules VALUES (?1, ?2, ?3)")?;
                for r in rules {
                    stmt.execute(params![r.name, r.version, r.sha256])?;
                }
                Ok(())
            },
        )
    }

    /// The rules in use, by name.
    ///
    /// # Errors
    /// A failure to read.
    pub fn rules(&self) -> Result<Vec<RuleRecord>, ProjectError> {
        self.rows("SELECT name, version, sha256 FROM lantu_rules ORDER BY name", [], |r| {
            Ok(RuleRecord { name: r.get(0)?, version: r.get(1)?, sha256: r.get(2)? })
        })
    }
}
