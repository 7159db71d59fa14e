//! Two revisions in one scene: what changed as states of an overlay, and what is gone as objects beside the others.

use std::collections::BTreeMap;
use std::sync::Arc;

use lantu_base::{ObjectRow, SourceId};
use lantu_overlay::{Changes, change_code};

use crate::SessionError;
use crate::diff::{Change, ChangeKind, Difference, diff_models};
use crate::revisions::Held;
use crate::session::Session;

/// State of rows of the other revision that are not shown.
const FORMER: &str = "former";
/// State of rows without any change.
const SAME: &str = "same";

/// A source beside its older revision.
struct Beside {
    source: String,
    /// Under what name the older one stands in the scene.
    former: String,
    difference: Difference,
}

impl Session {
    /// The newest revision before the one that a model has now; `None` if none is kept.
    ///
    /// # Errors
    /// [`SessionError::Project`].
    pub fn former_revision(&self) -> Result<Option<u64>, SessionError> {
        let all = self.revisions()?;
        let newest = all.iter().rev().find(|r| !r.is_current && r.is_kept);
        Ok(newest.map(|r| r.revision.n))
    }

    /// Compares the models with what they were after revision `n`. What is gone since then joins the scene as a source
    /// of its own, and [`Session::changes`] says what became of every object. Nothing of it is written.
    ///
    /// # Errors
    /// As [`Session::models_at`]; [`SessionError::Tiles`] if the cache has lost what is compared.
    pub fn compare_with(&mut self, n: u64) -> Result<(), SessionError> {
        let (old, new) = (self.models_at(Some(n))?, self.models_at(None)?);
        let mut beside = Vec::new();
        for model in &new {
            let Some(before) = old.iter().find(|o| o.name == model.name) else { continue };
            let held = self.held_at(&model.name, n)?;
            let Some(held) = held.filter(|h| !h.is_current) else { continue };
            let difference = diff_models(before, model, &self.options.cancel)?;
            let former = format!("{}@{}", model.name, held.revision.n);
            self.put_former(&model.name, &former, held.revision.n)?;
            beside.push(Beside { source: model.name.clone(), former, difference });
        }
        self.refresh()?;
        self.changes = Arc::new(self.states_of(&beside));
        Ok(())
    }

    /// What became of every object since the revision that was compared with; empty if none was.
    pub fn changes(&self) -> &Arc<Changes> {
        &self.changes
    }

    fn held_at(&self, source: &str, n: u64) -> Result<Option<Held>, SessionError> {
        let upto = |r: &Held| r.revision.source == source && r.revision.n <= n;
        Ok(self.revisions()?.into_iter().rev().find(upto))
    }

    fn states_of(&self, beside: &[Beside]) -> Changes {
        let scene = self.scene();
        let code = |name: &str| change_code(name).unwrap_or_default();
        let same = vec![code(SAME); scene.n_rows() as usize];
        let mut out = Changes { states: same.clone(), before: same, notes: BTreeMap::new() };
        for b in beside {
            let first = |name: &str| scene.source(&SourceId::new(name)).map(|s| s.first_row);
            let (Some(now), Some(then)) = (first(&b.source), scene.source(&SourceId::new(&b.former))) else {
                continue;
            };
            let rows = then.rows().start as usize..then.rows().end as usize;
            out.states.get_mut(rows).into_iter().flatten().for_each(|s| *s = code(FORMER));
            if let Some(s) = scene.source(&SourceId::new(&b.source)) {
                let rows = s.rows().start as usize..s.rows().end as usize;
                out.before.get_mut(rows).into_iter().flatten().for_each(|s| *s = code(FORMER));
            }
            for c in &b.difference.changes {
                // An object's first change is where it is and what it looks like.
                if let Some(s) = c
                    .old_number
                    .and_then(|old| out.before.get_mut((then.first_row + old) as usize))
                    .filter(|s| **s == code(SAME))
                {
                    *s = code(c.change.name());
                }
                let row = match (c.change, c.old_number, c.new_number) {
                    (ChangeKind::Removed, Some(old), _) => then.first_row + old,
                    (_, _, Some(new)) => now + new,
                    _ => continue,
                };
                let note = out.notes.entry(ObjectRow(row)).or_default();
                if !note.is_empty() {
                    note.push_str("; ");
                }
                note.push_str(&c.line());
                // Changes of an object come in the order of their kinds: where it is and what it looks like comes first.
                if let Some(s) =
                    out.states.get_mut(row as usize).filter(|s| **s == code(SAME) || **s == code(FORMER))
                {
                    *s = code(c.change.name());
                }
            }
        }
        out
    }
}

impl Change {
    /// The difference in a line: what, before and after.
    pub fn line(&self) -> String {
        let [.., what, old, new] = self.cells();
        match (old.is_empty(), new.is_empty()) {
            _ if what == "object" => old + &new,
            (true, _) => format!("{what}: {new}"),
            (_, true) => format!("{what}: {old} → –"),
            _ => format!("{what}: {old} → {new}"),
        }
    }
}
