//! From what was read to what an importer delivers: the plan, and its tasks as records at instants.

use lantu_base::{Counts, Severity, TimeZoneName};
use lantu_ingest::{Batch, ImportError, ImportSink, TaskRecord};
use lantu_schedule::Network;

use super::found::Found;

const ROWS_PER_BATCH: usize = 4096;

/// Sends everything but `Begin` and `End`; returns the counts.
pub(crate) fn deliver(
    mut found: Found,
    zone: &TimeZoneName,
    out: &mut dyn ImportSink,
) -> Result<Counts, ImportError> {
    if let Err(cycle) = Network::new(&found.plan) {
        let named: Vec<String> =
            cycle.ids.iter().zip(&cycle.names).take(20).map(|(id, n)| format!("{id} {n:?}")).collect();
        let place = cycle.ids.first().and_then(|id| found.places.get(id)).cloned().unwrap_or_default();
        let message =
            format!("tasks wait for each other in a circle: {}; no dates can be computed", named.join(" → "));
        found.note("schedule.cycle", Severity::Error, &place, message);
    }
    let mut records = Vec::new();
    let mut undated = 0;
    for task in found.plan.tasks.iter().filter(|t| t.is_leaf()) {
        match TaskRecord::of(task, zone) {
            Some(r) => records.push(r),
            None => undated += 1,
        }
    }
    if undated > 0 {
        let message =
            format!("{undated} tasks have no planned dates: they are scheduled, but have no progress");
        found.note("schedule.no_dates", Severity::Warning, "", message);
    }
    for note in found.notes {
        out.send(Batch::Diagnostic(note))?;
    }
    while !records.is_empty() {
        let rest = records.split_off(records.len().min(ROWS_PER_BATCH));
        out.send(Batch::Tasks(std::mem::replace(&mut records, rest)))?;
    }
    out.send(Batch::Plan(Box::new(found.plan)))?;
    Ok(found.counts)
}
