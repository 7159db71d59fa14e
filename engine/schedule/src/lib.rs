//! Schedules: what a plan says, when its tasks can and must happen, and what its work was worth.
//!
//! Owns the network of tasks, working time, the critical path and earned value. Must not know files, the scene or the
//! screen: everything is a function of the plan.
//!
//! Main types: [`Plan`], [`WorkTime`], [`Computed`].
//!
//! ```
//! use lantu_schedule::{Civil, Lag, Link, LinkKind, Plan, PlanTask, compute};
//!
//! let task = |id: &str, days: i64| PlanTask { id: id.into(), duration_s: days * 28_800, ..PlanTask::default() };
//! let link = Link { from: "dig".into(), to: "pour".into(), kind: LinkKind::FinishStart, lag: Lag::Work(0) };
//! let plan = Plan {
//!     start: Civil::parse("2026-07-31T08:00"),
//!     tasks: vec![task("dig", 2), task("pour", 1)],
//!     links: vec![link],
//!     ..Plan::default()
//! };
//! let computed = compute(&plan).unwrap();
//! // Friday and Monday to dig, over the weekend; Tuesday to pour.
//! assert_eq!(computed.tasks[1].early_finish.to_string(), "2026-08-04T17:00:00");
//! assert!(computed.tasks.iter().all(|t| t.critical));
//! ```

mod calendar;
mod changes;
mod civil;
mod compute;
mod earned;
mod network;
mod plan;

pub use calendar::{Calendar, CalendarError, Exception, Span, WorkTime, WorkWeek, tidy};
pub use changes::{Moved, PlanChange, changes};
pub use civil::{
    Civil, DAY_S, date_of_day, days_from_date, days_in_month, parse_clock, parse_duration, weekday, whole,
};
pub use compute::{Computed, ScheduleError, TaskDates, compute, compute_at, compute_planned};
pub use earned::{Package, Worth, decimal_2, decimal_4, packages, worth};
pub use network::{Cycle, Network};
pub use plan::{
    Assignment, Baseline, Constraint, ConstraintKind, Lag, LagCalendar, Link, LinkKind, Plan, PlanTask,
    Resource, Rules, Stated, TaskKind, Work,
};

#[cfg(test)]
mod tests;
