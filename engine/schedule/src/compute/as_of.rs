//! A plan as it stood at an instant.

use std::collections::BTreeMap;

use crate::civil::{Civil, whole};
use crate::earned::done;
use crate::plan::{Plan, PlanTask, Rules};

/// The plan with what was done until `at`, and nothing that was done later.
pub(super) fn as_of(plan: &Plan, at: Civil) -> Plan {
    let mut then = plan.clone();
    // Share that remains of tasks of which it is another than in the file, by id.
    let mut remains: BTreeMap<String, f64> = BTreeMap::new();
    for task in then.tasks.iter_mut().filter(|t| t.is_leaf()) {
        if task.actual_finish.is_some_and(|f| f <= at) {
            continue;
        }
        let share = share(task, at);
        let was = task.percent.unwrap_or(0.0);
        let begun = task.actual_start.is_some_and(|s| s <= at);
        task.actual_finish = None;
        if !begun {
            task.actual_start = None;
        }
        if (share * 100.0 - was).abs() > f64::EPSILON {
            task.percent = Some(share * 100.0);
            task.remaining_s = None;
            remains.insert(task.id.clone(), 1.0 - share);
        }
    }
    for a in &mut then.assignments {
        if let Some(share) = remains.get(&a.task) {
            a.remaining_s = whole(a.work_s as f64 * share);
        }
    }
    if then.rules == Rules::Primavera {
        let start = plan.start.or(plan.data_date);
        // Before the project begins nothing can be done.
        then.data_date = Some(start.map_or(at, |s| s.max(at)));
    }
    then
}

/// How much of a task was done, from 0 to 1.
fn share(task: &PlanTask, at: Civil) -> f64 {
    let base = task.baselines.iter().find(|b| b.name == "0" && b.start.is_some());
    let (start, finish) = base.map_or((task.start, task.finish), |b| (b.start, b.finish));
    let (part, all) = done(task, start, finish, at);
    if all > 0 { part as f64 / all as f64 } else { 0.0 }
}
