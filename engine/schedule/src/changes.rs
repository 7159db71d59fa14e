//! What a later version of a schedule moved.

use std::collections::{BTreeMap, BTreeSet};

use crate::civil::Civil;
use crate::plan::{Link, Plan, PlanTask};

/// One difference between two versions of a schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanChange {
    /// Id of the task: in the later version, or in the earlier one if it is gone.
    pub id: String,
    /// Its name there.
    pub name: String,
    /// What is different.
    pub what: Moved,
}

/// What is different.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moved {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// Its id is another, its GUID or code the same; the earlier id.
    Renumbered(String),
    /// Its name is another; the earlier one.
    Renamed(String),
    /// Its planned start is another: earlier and later version.
    Start(Option<Civil>, Option<Civil>),
    /// Its planned finish is another.
    Finish(Option<Civil>, Option<Civil>),
    /// Its duration is another, seconds.
    Duration(i64, i64),
    /// Its actual dates or percentage are others.
    Progress,
    /// What it waits for is different.
    Links,
}

impl Moved {
    /// The word for it: `added`, `removed`, `renumbered`, `renamed`, `start`, `finish`, `duration`, `progress`,
    /// `links`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Renumbered(_) => "renumbered",
            Self::Renamed(_) => "renamed",
            Self::Start(..) => "start",
            Self::Finish(..) => "finish",
            Self::Duration(..) => "duration",
            Self::Progress => "progress",
            Self::Links => "links",
        }
    }
}

/// Compares two versions. A task is the same by its id, else by its GUID, else by its code where both versions have it
/// once: programs renumber tasks when a schedule is copied.
pub fn changes(before: &Plan, after: &Plan) -> Vec<PlanChange> {
    let pairs = pair(before, after);
    let mut out = Vec::new();
    let mut matched = BTreeSet::new();
    let earlier_id: BTreeMap<&str, &str> = pairs
        .iter()
        .filter_map(|(later, earlier)| {
            Some((after.tasks.get(*later)?.id.as_str(), before.tasks.get(*earlier)?.id.as_str()))
        })
        .collect();
    let (links_before, links_after) =
        (waits(before, |id| id), waits(after, |id| earlier_id.get(id).copied().unwrap_or(id)));
    for (ix, task) in after.tasks.iter().enumerate() {
        let mut say =
            |what: Moved| out.push(PlanChange { id: task.id.clone(), name: task.name.clone(), what });
        let Some(old) = pairs.get(&ix).and_then(|old| before.tasks.get(*old)) else {
            say(Moved::Added);
            continue;
        };
        matched.insert(old.id.as_str());
        for what in differences(old, task) {
            say(what);
        }
        if links_before.get(old.id.as_str()) != links_after.get(old.id.as_str()) {
            say(Moved::Links);
        }
    }
    let gone = before.tasks.iter().filter(|t| !matched.contains(t.id.as_str()));
    out.extend(gone.map(|t| PlanChange { id: t.id.clone(), name: t.name.clone(), what: Moved::Removed }));
    out
}

fn differences(old: &PlanTask, new: &PlanTask) -> Vec<Moved> {
    let mut out = Vec::new();
    let mut push = |differs: bool, what: Moved| {
        if differs {
            out.push(what);
        }
    };
    push(old.id != new.id, Moved::Renumbered(old.id.clone()));
    push(old.name != new.name, Moved::Renamed(old.name.clone()));
    push(old.start != new.start, Moved::Start(old.start, new.start));
    push(old.finish != new.finish, Moved::Finish(old.finish, new.finish));
    push(old.duration_s != new.duration_s, Moved::Duration(old.duration_s, new.duration_s));
    let progress = |t: &PlanTask| (t.actual_start, t.actual_finish, t.percent.map(f64::to_bits));
    push(progress(old) != progress(new), Moved::Progress);
    out
}

/// From places in the later version to places in the earlier one.
fn pair(before: &Plan, after: &Plan) -> BTreeMap<usize, usize> {
    let mut out = BTreeMap::new();
    let mut taken = BTreeSet::new();
    let keys: [fn(&PlanTask) -> &str; 3] = [|t| &t.id, |t| &t.guid, |t| &t.code];
    for key in keys {
        let (old, new) = (once(before, key), once(after, key));
        for (k, later) in new {
            if let Some(&earlier) = old.get(k)
                && !out.contains_key(&later)
                && taken.insert(earlier)
            {
                out.insert(later, earlier);
            }
        }
    }
    out
}

/// Places of tasks by a key, of keys that occur once and are not empty.
fn once(plan: &Plan, key: fn(&PlanTask) -> &str) -> BTreeMap<&str, usize> {
    let mut n: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (ix, t) in plan.tasks.iter().enumerate().filter(|(_, t)| !key(t).is_empty()) {
        n.entry(key(t)).or_insert((0, ix)).0 += 1;
    }
    n.into_iter().filter(|(_, (count, _))| *count == 1).map(|(k, (_, ix))| (k, ix)).collect()
}

/// What each task waits for, in the earlier version's ids, as comparable text.
fn waits<'a>(plan: &'a Plan, id: impl Fn(&'a str) -> &'a str) -> BTreeMap<&'a str, BTreeSet<String>> {
    let mut out: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let text = |l: &Link, from: &str| format!("{from} {:?} {:?}", l.kind, l.lag);
    for l in &plan.links {
        out.entry(id(&l.to)).or_default().insert(text(l, id(&l.from)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Lag, LinkKind};

    fn task(id: &str, guid: &str, start: &str) -> PlanTask {
        PlanTask {
            id: id.into(),
            guid: guid.into(),
            name: format!("task {guid}"),
            start: Civil::parse(start),
            ..PlanTask::default()
        }
    }

    fn link(from: &str, to: &str) -> Link {
        Link { from: from.into(), to: to.into(), kind: LinkKind::FinishStart, lag: Lag::Work(0) }
    }

    #[test]
    fn a_task_stays_itself_when_ids_change_and_what_moved_is_told() {
        let before = Plan {
            tasks: vec![
                task("1", "a", "2026-03-02"),
                task("2", "b", "2026-03-03"),
                task("3", "c", "2026-03-04"),
            ],
            links: vec![link("1", "2")],
            ..Plan::default()
        };
        let after = Plan {
            tasks: vec![
                task("1", "a", "2026-03-02"),
                task("20", "b", "2026-03-09"),
                task("4", "d", "2026-03-04"),
            ],
            links: vec![link("1", "20")],
            ..Plan::default()
        };
        let told: Vec<(String, &str)> =
            changes(&before, &after).into_iter().map(|c| (c.id, c.what.word())).collect();
        let expected = [("20", "renumbered"), ("20", "start"), ("4", "added"), ("3", "removed")];
        assert_eq!(told, expected.map(|(id, word)| (id.to_owned(), word)));
        assert!(changes(&before, &before).is_empty());
        let unlinked = Plan { links: Vec::new(), ..before.clone() };
        assert_eq!(
            changes(&before, &unlinked).iter().map(|c| c.what.clone()).collect::<Vec<_>>(),
            [Moved::Links]
        );
    }
}
