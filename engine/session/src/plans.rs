//! Schedules of sources: read from the cache, and what a new file of a source moved.

use lantu_base::{Code, Diagnostic, Severity};
use lantu_schedule::{Civil, Moved, Plan, changes};

use crate::SessionError;
use crate::build::SourceBuild;
use crate::packs::read_value;
use crate::session::Session;

/// Changes that are told one by one; the summary counts all.
const MAX_TOLD: usize = 1_000;

impl Session {
    /// The schedules of all sources that brought one, with the source's name.
    ///
    /// # Errors
    /// [`SessionError`] if one is missing from the cache or damaged.
    pub fn plans(&self) -> Result<Vec<(String, Plan)>, SessionError> {
        let named =
            self.sources().iter().filter_map(|s| Some((s.record.id.clone(), s.index.as_ref()?.plan?)));
        named.map(|(id, hash)| Ok((id, read_value(&*self.store(), hash)?))).collect()
    }

    /// Adds to the report what a new file of a schedule moved against the one before. A rebuild of the same file
    /// moves nothing.
    pub(crate) fn tell_moved(&self, id: &str, build: &mut SourceBuild<'_>) {
        let Some(after) = &build.plan else { return };
        let before = self.sources().iter().find(|s| s.record.id == id).and_then(|s| s.index.as_ref()?.plan);
        let Some(before) = before.and_then(|hash| read_value::<Plan>(&*self.store(), hash).ok()) else {
            return;
        };
        let all = changes(&before, after);
        if all.is_empty() {
            return;
        }
        for c in all.iter().take(MAX_TOLD) {
            let message = format!("task {:?} {:?}: {}", c.id, c.name, said(&c.what));
            let d = Diagnostic::new(Code::new("schedule.moved"), Severity::Info, "", message);
            build.report.push(d.with("task", &c.id).with("what", c.what.word()));
        }
        let count = |word: &str| all.iter().filter(|c| c.what.word() == word).count();
        let words =
            ["added", "removed", "renumbered", "renamed", "start", "finish", "duration", "progress", "links"];
        let told: Vec<String> =
            words.iter().filter(|w| count(w) > 0).map(|w| format!("{} {w}", count(w))).collect();
        let message = format!("against the version before: {}", told.join(", "));
        build.report.push(Diagnostic::new(Code::new("schedule.moved_in_all"), Severity::Info, "", message));
    }
}

fn said(what: &Moved) -> String {
    let date = |d: &Option<Civil>| d.map_or_else(|| "none".to_owned(), |d| d.to_string());
    let hours = |s: &i64| *s as f64 / 3600.0;
    match what {
        Moved::Added => "added".to_owned(),
        Moved::Removed => "removed".to_owned(),
        Moved::Renumbered(old) => format!("had the id {old:?}"),
        Moved::Renamed(old) => format!("was called {old:?}"),
        Moved::Start(a, b) => format!("start moved from {} to {}", date(a), date(b)),
        Moved::Finish(a, b) => format!("finish moved from {} to {}", date(a), date(b)),
        Moved::Duration(a, b) => format!("duration changed from {} h to {} h", hours(a), hours(b)),
        Moved::Progress => "progress changed".to_owned(),
        Moved::Links => "what it waits for changed".to_owned(),
    }
}
