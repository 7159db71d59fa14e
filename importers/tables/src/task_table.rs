//! The schedule that a task table is: its tasks last on the clock, its links are a column.

use std::collections::{BTreeMap, BTreeSet};

use lantu_base::{Code, Diagnostic, Severity, UtcNanos};
use lantu_ingest::{Batch, ImportError, ImportSink, TaskRecord};
use lantu_schedule::{
    Civil, Constraint, ConstraintKind, DAY_S, Lag, LagCalendar, Link, LinkKind, Network, Plan, PlanTask,
    TaskKind, Work, whole,
};

use crate::rows::Fields;

/// Rows as they come.
#[derive(Default)]
pub(crate) struct TaskTable {
    tasks: Vec<PlanTask>,
    /// Line of each.
    lines: Vec<u64>,
    /// Task, what it waits for as written, line.
    waits: Vec<(String, String, u64)>,
    notes: Vec<Diagnostic>,
}

impl TaskTable {
    /// Takes a task that was read, with the columns that only schedules have.
    pub(crate) fn add(&mut self, record: &TaskRecord, row: &Fields<'_>, line: u64) {
        let civil = |t: i64| Civil::from_utc(UtcNanos(t), row.zone);
        let (start, finish) = (civil(record.start), civil(record.finish));
        for before in
            row.get("predecessors").split([';', '，', '、']).map(str::trim).filter(|p| !p.is_empty())
        {
            self.waits.push((record.id.clone(), before.to_owned(), line));
        }
        let work = match row.get("work").to_lowercase().as_str() {
            "" | "construct" | "新建" => Work::Construct,
            "demolish" | "拆除" => Work::Demolish,
            "temporary" | "临时" => Work::Temporary,
            "move" | "移动" => Work::Move,
            other => {
                let message =
                    format!("work {other:?} is not construct, demolish, temporary or move; construct counts");
                self.say("tables.unknown_work", Severity::Warning, line, message);
                Work::Construct
            }
        };
        self.lines.push(line);
        self.tasks.push(PlanTask {
            id: record.id.clone(),
            code: record.id.clone(),
            name: record.name.clone(),
            parent: Some(row.get("parent").to_owned()).filter(|p| !p.is_empty()),
            work,
            start: Some(start),
            finish: Some(finish),
            duration_s: finish.0 - start.0,
            elapsed: true,
            percent: record.percent,
            actual_start: record.actual_start.map(civil),
            actual_finish: record.actual_finish.map(civil),
            cost_cents: record.budget_cents,
            actual_cost_cents: record.actual_cost_cents,
            objects: record.objects.clone(),
            ..PlanTask::default()
        });
    }

    fn say(&mut self, code: &'static str, severity: Severity, line: u64, message: String) {
        self.notes.push(Diagnostic::new(Code::new(code), severity, format!("line {line}"), message));
    }

    /// Sends the schedule, if the table was one.
    pub(crate) fn deliver(mut self, out: &mut dyn ImportSink) -> Result<(), ImportError> {
        if self.tasks.is_empty() {
            return Ok(());
        }
        let ids: BTreeMap<String, usize> =
            self.tasks.iter().enumerate().map(|(ix, t)| (t.id.clone(), ix)).collect();
        let mut links = Vec::new();
        for (to, text, line) in std::mem::take(&mut self.waits) {
            match parse_link(&text, |id| ids.contains_key(id)) {
                Some((from, _, _)) if from == to => {
                    self.say(
                        "tables.link_to_itself",
                        Severity::Error,
                        line,
                        format!("the task {to:?} waits for itself; the link was dropped"),
                    );
                }
                Some((from, kind, lag)) => links.push(Link { from, to, kind, lag: Lag::Elapsed(lag) }),
                None => {
                    let message =
                        format!("the task {to:?} waits for {text:?}, which is no task; the link was dropped");
                    self.say("tables.link_to_nothing", Severity::Error, line, message);
                }
            }
        }
        let parents: Vec<usize> =
            self.tasks.iter().filter_map(|t| ids.get(t.parent.as_deref()?).copied()).collect();
        for ix in parents {
            if let Some(t) = self.tasks.get_mut(ix) {
                t.kind = TaskKind::Summary;
            }
        }
        let waiting: BTreeSet<&str> = links.iter().map(|l| l.to.as_str()).collect();
        for t in &mut self.tasks {
            t.parent = t.parent.take().filter(|p| ids.contains_key(p));
            // A task that waits for nothing keeps the start that the table gives it.
            if let (false, Some(date)) = (waiting.contains(t.id.as_str()), t.start) {
                t.constraints.push(Constraint { kind: ConstraintKind::StartNoEarlierThan, date });
            }
        }
        let start = self.tasks.iter().filter_map(|t| t.start).min();
        let plan = Plan {
            start,
            tasks: self.tasks,
            links,
            day_s: DAY_S,
            lag_calendar: LagCalendar::Clock,
            ..Plan::default()
        };
        if let Err(cycle) = Network::new(&plan) {
            let named: Vec<&str> = cycle.ids.iter().take(20).map(String::as_str).collect();
            let message = format!(
                "tasks wait for each other in a circle: {}; no dates can be computed",
                named.join(" → ")
            );
            let at = cycle.ids.first().and_then(|id| ids.get(id)).and_then(|ix| self.lines.get(*ix));
            let place = at.map_or(String::new(), |l| format!("line {l}"));
            self.notes.push(Diagnostic::new(Code::new("tables.cycle"), Severity::Error, place, message));
        }
        for note in self.notes {
            out.send(Batch::Diagnostic(note))?;
        }
        out.send(Batch::Plan(Box::new(plan)))
    }
}

/// Reads `A10`, `A10SS`, `A10FS+2d`, `A10 FF-4h`: a task, how it is linked, seconds of lag. A text that is a task's
/// id as a whole is that task, whatever its last letters are.
fn parse_link(text: &str, known: impl Fn(&str) -> bool) -> Option<(String, LinkKind, i64)> {
    if known(text) {
        return Some((text.to_owned(), LinkKind::FinishStart, 0));
    }
    let (head, lag) = match text.rfind(['+', '-']) {
        Some(at) => match (text.get(..at), text.get(at..).and_then(lag_s)) {
            (Some(head), Some(lag)) => (head.trim_end(), lag),
            _ => (text, 0),
        },
        None => (text, 0),
    };
    if known(head) {
        return Some((head.to_owned(), LinkKind::FinishStart, lag));
    }
    let at = head.len().checked_sub(2)?;
    let kind = match head.get(at..)?.to_uppercase().as_str() {
        "FS" => LinkKind::FinishStart,
        "SS" => LinkKind::StartStart,
        "FF" => LinkKind::FinishFinish,
        "SF" => LinkKind::StartFinish,
        _ => return None,
    };
    let id = head.get(..at)?.trim_end();
    known(id).then(|| (id.to_owned(), kind, lag))
}

/// Seconds of `+2d`, `-4h`, `+3` (days), `+1w`.
fn lag_s(text: &str) -> Option<i64> {
    let text = text.replace(' ', "");
    let digits = text.trim_end_matches(|c: char| c.is_alphabetic());
    let unit = match text.get(digits.len()..)?.to_lowercase().as_str() {
        "" | "d" | "day" | "days" | "天" | "日" => DAY_S,
        "h" | "hour" | "hours" | "小时" => 3600,
        "w" | "week" | "weeks" | "周" => 7 * DAY_S,
        _ => return None,
    };
    let n: f64 = digits.parse().ok()?;
    (n.abs() < 1e5).then(|| whole(n * unit as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_read_as_people_write_them() {
        let known = |id: &str| ["A10", "B-20", "CSS", "12"].contains(&id);
        let check = |text: &str, expected: Option<(&str, LinkKind, i64)>| {
            assert_eq!(parse_link(text, known), expected.map(|(id, k, l)| (id.to_owned(), k, l)), "{text}");
        };
        check("A10", Some(("A10", LinkKind::FinishStart, 0)));
        check("A10SS+2d", Some(("A10", LinkKind::StartStart, 2 * DAY_S)));
        check("A10 FF - 4 h", Some(("A10", LinkKind::FinishFinish, -4 * 3600)));
        check("B-20", Some(("B-20", LinkKind::FinishStart, 0)));
        check("B-20SF", Some(("B-20", LinkKind::StartFinish, 0)));
        check("CSS", Some(("CSS", LinkKind::FinishStart, 0)));
        check("12+3", Some(("12", LinkKind::FinishStart, 3 * DAY_S)));
        check("C", None);
        check("A10FS+2y", None);
    }
}
