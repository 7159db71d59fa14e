//! What changed between two revisions: decided before, by comparing them; here only its states and reasons.

use std::collections::BTreeMap;

use lantu_base::ObjectRow;

use crate::reason::Arg;
use crate::{Explained, Moment, OverlayKind, Reason};

/// What became of each object between two revisions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// An index into the states of [`OverlayKind::Change`] a row; empty, or shorter than the scene: the rest is the same.
    pub states: Vec<u8>,
    /// The same seen from the other revision: what it has, by what becomes of it, and of what came later nothing.
    pub before: Vec<u8>,
    /// What is different, in a line, of rows that changed.
    pub notes: BTreeMap<ObjectRow, String>,
}

impl Changes {
    /// The other revision's side.
    #[must_use]
    pub fn turned(&self) -> Self {
        Self { states: self.before.clone(), before: self.states.clone(), notes: self.notes.clone() }
    }
}

/// Code of a state by its name on the command line.
pub fn change_code(name: &str) -> Option<u8> {
    OverlayKind::Change.states().iter().zip(0..).find(|(s, _)| s.name == name).map(|(_, code)| code)
}

pub(crate) fn fill(m: &Moment<'_>, states: &mut [u8]) {
    for (slot, state) in states.iter_mut().zip(&m.input.changes.states) {
        *slot = *state;
    }
}

pub(crate) fn explain(m: &Moment<'_>, row: ObjectRow) -> Explained {
    let changes = m.input.changes;
    let state_ix = changes.states.get(row.ix()).copied().unwrap_or(OverlayKind::Change.background());
    let note = changes.notes.get(&row).cloned();
    let reason = match &note {
        Some(note) => Reason::new("change.different", vec![("note", Arg::Text(note.clone()))]),
        None => Reason::new("change.same", Vec::new()),
    };
    Explained { state_ix, value: note, reason }
}
