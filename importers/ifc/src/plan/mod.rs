//! The schedule of a model: `IfcTask` with times, nesting, sequences, calendars, and the products that tasks are about.
//!
//! Tasks are entries as well, so that `lantu properties` shows them; here they become a plan with dates, links and
//! objects.

mod calendar;
mod read;
mod times;

use lantu_base::{Code, Diagnostic, Severity, TimeZoneName};
use lantu_ingest::{Batch, ImportError, ImportJob, ImportSink, TaskRecord};
use lantu_schedule::Network;

use crate::step::StepFile;

/// Rows of a batch, as the stream defines.
const ROWS_PER_BATCH: usize = 4096;

/// Sends the plan of a file and its tasks; nothing for a file without tasks.
pub(crate) fn send(
    file: &StepFile<'_>,
    job: &ImportJob,
    out: &mut dyn ImportSink,
) -> Result<(), ImportError> {
    let Some(mut found) = read::read(file) else { return Ok(()) };
    if let Err(cycle) = Network::new(&found.plan) {
        let named: Vec<String> =
            cycle.ids.iter().zip(&cycle.names).take(20).map(|(id, n)| format!("{id} {n:?}")).collect();
        let message =
            format!("tasks wait for each other in a circle: {}; no dates can be computed", named.join(" → "));
        found.note("ifc.task_cycle", Severity::Error, "", message);
    }
    let zone = zone_of(job, &mut found)?;
    let mut records: Vec<TaskRecord> =
        found.plan.tasks.iter().filter_map(|t| TaskRecord::of(t, &zone)).collect();
    let undated = found.plan.tasks.iter().filter(|t| t.is_leaf()).count() - records.len();
    if undated > 0 {
        let message = format!("{undated} tasks have no planned dates: they have no progress");
        found.note("ifc.task_dates", Severity::Warning, "", message);
    }
    for note in found.notes {
        out.send(Batch::Diagnostic(note))?;
    }
    while !records.is_empty() {
        let rest = records.split_off(records.len().min(ROWS_PER_BATCH));
        out.send(Batch::Tasks(std::mem::replace(&mut records, rest)))?;
    }
    out.send(Batch::Plan(Box::new(found.plan)))
}

/// The project's zone, in which the times of a model are; UTC without a project.
fn zone_of(job: &ImportJob, found: &mut read::Found) -> Result<TimeZoneName, ImportError> {
    let name = job.frame.as_ref().map_or("UTC", |f| f.time_zone.as_str());
    if job.frame.is_none() {
        let message = "no project says a time zone; times of tasks were read as UTC".to_owned();
        found.note("ifc.task_zone", Severity::Info, "", message);
    }
    TimeZoneName::new(name).map_err(|e| ImportError::Format {
        code: "ifc.task_zone",
        what: e.to_string(),
        place: String::new(),
    })
}

impl read::Found {
    fn note(&mut self, code: &'static str, severity: Severity, place: &str, message: String) {
        self.notes.push(Diagnostic::new(Code::new(code), severity, place, message));
    }
}
