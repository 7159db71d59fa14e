//! Issues of a project, and what was known of its records at an earlier date.

use std::collections::BTreeMap;

use lantu_base::{TimeZoneName, UtcNanos};
use lantu_ingest::{EntryRecord, ISSUE_CLASS, PropertyValue, TaskRecord};
use lantu_live::{Channel, Thing, TimeStore};
use lantu_records::{Issue, Schedule, Task};
use lantu_schedule::Plan;

use crate::details::SourceDetails;
use crate::packs::read_value;
use crate::revisions::Held;
use crate::session::{Session, SourceState};
use crate::{SessionError, timeline};

/// Records as they were known at a date.
pub struct Known {
    /// Tasks.
    pub schedule: Schedule,
    /// Issues.
    pub issues: Vec<Issue>,
    /// Channels.
    pub channels: Vec<Channel>,
    /// People, vehicles, cranes.
    pub things: Vec<Thing>,
    /// Readings up to that date.
    pub store: TimeStore,
    /// Sources with records that came later.
    pub not_yet: Vec<String>,
    /// Sources that said something else then, which the cache no longer has: their records are left out.
    pub lost: Vec<String>,
}

/// Tasks and issues of one source.
type Records = (Vec<Task>, Vec<Issue>);

/// Which revision of a source was known.
enum Then<'a> {
    /// The one that is there now.
    Current,
    /// An older one.
    Older(&'a Held),
    /// None yet.
    NotYet,
}

fn then<'a>(all: &'a [Held], source: &str, at: UtcNanos) -> Then<'a> {
    let mut known = all.iter().rev().filter(|h| h.revision.source == source);
    match known.find(|h| h.revision.at <= at) {
        Some(h) if h.is_current => Then::Current,
        Some(h) => Then::Older(h),
        None => Then::NotYet,
    }
}

impl Session {
    /// What was known of tasks, issues, channels and readings at a date: of each source the revision that had been
    /// imported by then. Readings that a feed brought count as known when they were taken.
    ///
    /// # Errors
    /// [`SessionError`] if the project cannot be read. What is missing from the cache is named in [`Known::lost`].
    pub fn known_at(&self, at: UtcNanos) -> Result<Known, SessionError> {
        let all = self.revisions()?;
        let mut tasks: Vec<Task> = Vec::new();
        let (mut issues, mut not_yet, mut lost) = (Vec::new(), Vec::new(), Vec::new());
        let mut current: BTreeMap<String, Vec<Task>> = BTreeMap::new();
        for (source, row) in self.project().tasks()? {
            current.entry(source).or_default().push(timeline::task(row));
        }
        let mut now = Vec::new();
        for s in self.sources() {
            let id = s.record.id.as_str();
            if !has_records(s, &current) {
                continue;
            }
            match then(&all, id, at) {
                Then::Current => {
                    now.push(id);
                    tasks.extend(current.remove(id).unwrap_or_default());
                    issues.extend(issues_of(s, self.zone()));
                }
                Then::NotYet => not_yet.push(id.to_owned()),
                Then::Older(held) => match self.older(s, held)? {
                    Some((old_tasks, old_issues)) => {
                        tasks.extend(old_tasks);
                        issues.extend(old_issues);
                    }
                    None => lost.push(id.to_owned()),
                },
            }
        }
        let mut inputs = timeline::load_of(self.project(), &|source| {
            now.contains(&source) || !self.sources().iter().any(|s| s.record.id == source)
        })?;
        self.combine(&mut inputs)?;
        let store = until(&inputs.store, at);
        let (channels, things) = (inputs.channels, inputs.things);
        let entries = inputs.schedule.entries.into_iter().filter(|e| e.known <= at).collect();
        let schedule = Schedule { tasks, entries };
        Ok(Known { schedule, issues, channels, things, store, not_yet, lost })
    }

    /// Tasks and issues of an older revision; `None` if the cache no longer has it.
    fn older(&self, s: &SourceState, held: &Held) -> Result<Option<Records>, SessionError> {
        let Some(index) = self.kept_index(&s.record.id, held.revision.n)? else { return Ok(None) };
        let plan: Option<Plan> = match index.plan {
            Some(hash) => match read_value(&*self.store(), hash) {
                Ok(plan) => Some(plan),
                Err(_gone) => return Ok(None),
            },
            None => None,
        };
        let records = plan.iter().flat_map(|p| &p.tasks).filter_map(|t| TaskRecord::of(t, self.zone()));
        let tasks = records.map(of_record).collect();
        let Ok(details) = SourceDetails::open(&self.store(), self.column_cache(), index.details) else {
            return Ok(None);
        };
        Ok(Some((tasks, issues_in(&details, self.zone()))))
    }
}

fn has_records(s: &SourceState, tasks: &BTreeMap<String, Vec<Task>>) -> bool {
    tasks.contains_key(&s.record.id) || s.index.as_ref().is_some_and(|i| i.begin.importer == "tables")
}

fn of_record(t: TaskRecord) -> Task {
    Task {
        id: t.id,
        name: t.name,
        start: UtcNanos(t.start),
        finish: UtcNanos(t.finish),
        percent: t.percent,
        actual_start: t.actual_start.map(UtcNanos),
        actual_finish: t.actual_finish.map(UtcNanos),
        budget_cents: t.budget_cents,
        actual_cost_cents: t.actual_cost_cents,
        objects: t.objects,
    }
}

/// Readings taken until a date.
fn until(store: &TimeStore, at: UtcNanos) -> TimeStore {
    if store.span().is_none_or(|s| s.1 <= at) {
        return store.clone();
    }
    let of = |id: &lantu_base::ChannelId| {
        let readings = store.range(id, UtcNanos(i64::MIN), at);
        readings.into_iter().map(|s| (id.clone(), s)).collect::<Vec<_>>()
    };
    TimeStore::default().extended(store.channels().flat_map(of).collect()).0
}

/// The issues that a source brought; of any other than BCF none, and no page is read.
pub(crate) fn issues_of(s: &SourceState, zone: &TimeZoneName) -> Vec<Issue> {
    if s.record.schema.starts_with("BCF") { issues_in(&s.details, zone) } else { Vec::new() }
}

fn issues_in(details: &SourceDetails, zone: &TimeZoneName) -> Vec<Issue> {
    match details.all_entries() {
        Ok(entries) => entries.iter().filter(|e| e.class == ISSUE_CLASS).map(|e| issue(e, zone)).collect(),
        Err(e) => {
            tracing::warn!(code = e.code(), "issues cannot be read");
            Vec::new()
        }
    }
}

fn issue(entry: &EntryRecord, zone: &TimeZoneName) -> Issue {
    let text = |name: &str| {
        let found = entry.properties.iter().find(|p| p.name == name).map(|p| &p.value);
        if let Some(PropertyValue::Text(t)) = found { t.clone() } else { String::new() }
    };
    let time = |name: &str| UtcNanos::parse(&text(name), zone).ok();
    Issue {
        id: entry.id.clone(),
        title: entry.name.clone(),
        status: text("Status"),
        priority: text("Priority"),
        assigned_to: text("AssignedTo"),
        created: time("CreationDate"),
        modified: time("ModifiedDate"),
        due: time("DueDate"),
        objects: text("Objects").split_whitespace().map(str::to_owned).collect(),
    }
}
