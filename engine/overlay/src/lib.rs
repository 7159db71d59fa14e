//! Which state an object has at an instant, in which color, and why: progress, sensor and risk.
//!
//! Owns the overlays' states, colors and reasons, and the rules of risk. Must not know the GPU, files, or how
//! triangles look: objects come through [`ObjectTable`], everything else as values. All functions are pure.
//!
//! Main types: [`Linker`] (who belongs to whom, once per revision), [`Moment`] (one instant), [`OverlayResult`].
//!
//! ```
//! use lantu_base::UtcNanos;
//! use lantu_overlay::{Changes, Linker, Moment, OverlayInput, OverlayKind, Records, RuleSet, styles};
//! # use lantu_overlay::{NoObjects as Objects};
//! # let objects = Objects;
//!
//! let rules = RuleSet::shipped()?;
//! let (store, schedule, channels) = Default::default();
//! let channels: Vec<lantu_live::Channel> = channels;
//! let records = Records { schedule: &schedule, channels: &channels, issues: &[], things: &[] };
//! let linker = Linker::prepare(&objects, records, &rules);
//! let t = UtcNanos(0);
//! let input = OverlayInput { objects: &objects, linker: &linker, store: &store, channels: &channels,
//!     schedule: &schedule, issues: &[], things: &[], rules: &rules, changes: &Changes::default(), t };
//! let moment = Moment::new(input);
//! let result = moment.evaluate(OverlayKind::Risk);
//! assert_eq!(styles(&result).len(), 0);
//! # Ok::<(), lantu_overlay::RuleSetError>(())
//! ```

mod change;
mod clearance;
mod encounter;
mod factors;
mod groups;
mod heat;
mod kind;
mod linker;
mod moment;
mod plane;
mod progress;
mod reason;
mod risk;
mod risk_fixture;
mod rules;
mod sensor;
mod table;

#[cfg(test)]
mod tests;

pub use change::{Changes, change_code};
pub use clearance::{
    Clearance, ClearanceTable, Conflict, DepthConfidence, DepthTo, Pipe, PipeKind, PropertyNames,
    ScaledProperty, clearance,
};
pub use factors::{
    Aggregate, AggregateRule, CrossingStep, Fact, Factor, Factors, ForecastCrossing, HazardRadius, IssueFact,
    IssuePriority, OpenIssue, RepeatedDig, Verdict, WeatherFact, WeatherLimit,
};
pub use heat::{HeatError, HeatMap, HeatMethod, MIN_STATIONS, Station, Variogram, heat_map};
pub use kind::{LegendEntry, Look, OverlayKind, OverlayResult, StateDef, outline, styles};
pub use linker::{
    Danger, Dig, Linker, PipeConflict, Pit, Records, Unresolved, n_pipes_around, pipe_conflicts,
};
pub use moment::{Explained, Moment, OverlayInput, evaluate};
pub use reason::{Arg, Reason};
pub use risk::{Contribution, Heap, RepeatedDigs, RiskOf, aggregate, repeated_digs};
pub use risk_fixture::{Expectation, RiskFixture, RiskFixtures};
pub use rules::{
    Escalation, ExcavationClearance, Grade, OverdueStep, Rating, RiskRules, RuleSet, RuleSetError,
    SensorAlarm, TaskOverdue,
};
pub use table::{NoObjects, ObjectTable};
