//! An issue that somebody raised about objects.

use lantu_base::UtcNanos;

/// One issue (a topic of BCF).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Issue {
    /// Unique: the topic's GUID.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// State as written: `Open`, `Closed`, …
    pub status: String,
    /// Priority as written; empty if nobody said.
    pub priority: String,
    /// Who is to settle it; empty for nobody.
    pub assigned_to: String,
    /// When it was raised; `None` if the file does not say: since always.
    pub created: Option<UtcNanos>,
    /// Last change of the topic itself: of a closed one, when it was closed.
    pub modified: Option<UtcNanos>,
    /// Until when it is to be settled.
    pub due: Option<UtcNanos>,
    /// Objects that its viewpoints show as selected, as written: `GlobalId`.
    pub objects: Vec<String>,
}

impl Issue {
    /// Whether it is open at `t`, given whether its last state means closed. A closed one was open from its creation
    /// until its last change; one without either date is as its last state says.
    pub fn is_open(&self, closed: bool, t: UtcNanos) -> bool {
        let raised = self.created.is_none_or(|c| c <= t);
        raised && (!closed || self.modified.is_some_and(|m| t < m))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issue_is_open_from_its_creation_until_it_is_closed() {
        let issue = Issue { created: Some(UtcNanos(10)), modified: Some(UtcNanos(20)), ..Issue::default() };
        let check = |closed: bool, expected: [bool; 3]| {
            assert_eq!([9, 19, 20].map(|t| issue.is_open(closed, UtcNanos(t))), expected);
        };
        check(true, [false, true, false]);
        check(false, [false, true, true]);
        assert!(!Issue::default().is_open(true, UtcNanos(0)));
    }
}
