//! One instant: the states of all objects, and the reason of one.

use std::sync::OnceLock;

use lantu_base::{ObjectRow, UtcNanos};
use lantu_live::{Channel, ChannelState, SensorState, Thing, TimeStore, shown_state, state_at};
use lantu_records::{Issue, Progress, Schedule, progress_at};

use crate::{
    Changes, Linker, ObjectTable, OverlayKind, OverlayResult, Reason, RuleSet, change, progress, risk, sensor,
};

/// What an overlay is a function of. `linker` was prepared from the same objects, schedule, channels and rules.
#[derive(Clone, Copy)]
pub struct OverlayInput<'a> {
    /// The scene.
    pub objects: &'a dyn ObjectTable,
    /// Who belongs to whom.
    pub linker: &'a Linker,
    /// Samples.
    pub store: &'a TimeStore,
    /// Channels.
    pub channels: &'a [Channel],
    /// Tasks.
    pub schedule: &'a Schedule,
    /// Issues.
    pub issues: &'a [Issue],
    /// Things with a place.
    pub things: &'a [Thing],
    /// Rules.
    pub rules: &'a RuleSet,
    /// What another revision had differently.
    pub changes: &'a Changes,
    /// The instant.
    pub t: UtcNanos,
}

/// One instant. States of tasks and channels are computed once, at first use, and shared by all questions.
pub struct Moment<'a> {
    pub(crate) input: OverlayInput<'a>,
    tasks: OnceLock<Vec<Progress>>,
    channels: OnceLock<Vec<ChannelState>>,
    shown: OnceLock<Vec<SensorState>>,
    risk: OnceLock<risk::RiskFacts>,
}

/// State of one object, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    /// Index into [`OverlayKind::states`].
    pub state_ix: u8,
    /// Progress: percent or date; sensor: reading, unit and level; risk: score. `None` if there is none.
    pub value: Option<String>,
    /// Why.
    pub reason: Reason,
}

/// States of all objects at one instant; shorthand for [`Moment::evaluate`].
pub fn evaluate(kind: OverlayKind, input: OverlayInput<'_>) -> OverlayResult {
    Moment::new(input).evaluate(kind)
}

impl<'a> Moment<'a> {
    /// An instant; computes nothing yet.
    pub fn new(input: OverlayInput<'a>) -> Self {
        Self {
            input,
            tasks: OnceLock::new(),
            channels: OnceLock::new(),
            shown: OnceLock::new(),
            risk: OnceLock::new(),
        }
    }

    /// What it is a function of.
    pub fn input(&self) -> OverlayInput<'a> {
        self.input
    }

    /// States of all objects: exactly one a row. Costs one byte a row, and time in proportion to the tasks, channels
    /// and linked rows.
    pub fn evaluate(&self, kind: OverlayKind) -> OverlayResult {
        let mut states = vec![kind.background(); self.input.linker.n_rows()];
        match kind {
            OverlayKind::Progress => progress::fill(self, &mut states),
            OverlayKind::Sensor => sensor::fill(self, &mut states),
            OverlayKind::Risk => risk::fill(self, &mut states),
            OverlayKind::Change => change::fill(self, &mut states),
        }
        OverlayResult::new(kind, self.input.t, states)
    }

    /// Progress of all objects if all goes as planned: not started, in progress or done by the planned dates.
    pub fn planned(&self) -> OverlayResult {
        let kind = OverlayKind::Progress;
        let mut states = vec![kind.background(); self.input.linker.n_rows()];
        progress::fill_planned(self, &mut states);
        OverlayResult::new(kind, self.input.t, states)
    }

    /// State of one object, its value and why: the same state as [`Moment::evaluate`] gives.
    pub fn explain(&self, kind: OverlayKind, row: ObjectRow) -> Explained {
        match kind {
            OverlayKind::Progress => progress::explain(self, row),
            OverlayKind::Sensor => sensor::explain(self, row),
            OverlayKind::Risk => risk::explain(self, row),
            OverlayKind::Change => change::explain(self, row),
        }
    }

    /// State of every task, in the schedule's order.
    pub fn tasks(&self) -> &[Progress] {
        self.tasks.get_or_init(|| {
            self.input.schedule.tasks.iter().map(|task| progress_at(task, self.input.t)).collect()
        })
    }

    /// State of every channel, in the order of the channels.
    pub fn channels(&self) -> &[ChannelState] {
        let i = &self.input;
        self.channels
            .get_or_init(|| i.channels.iter().map(|c| state_at(i.store, c, &i.rules.sensor, i.t)).collect())
    }

    /// Only the state of every channel: what coloring needs.
    pub(crate) fn shown(&self) -> &[SensorState] {
        let i = &self.input;
        self.shown.get_or_init(|| {
            i.channels.iter().map(|c| shown_state(i.store, c, &i.rules.sensor, i.t)).collect()
        })
    }

    /// Risk of one object, and what each factor adds to it: the same state as [`Moment::evaluate`] gives.
    pub fn risk_of(&self, row: ObjectRow) -> risk::RiskOf {
        risk::risk_of(self, row)
    }

    pub(crate) fn risk(&self) -> &risk::RiskFacts {
        self.risk.get_or_init(|| risk::RiskFacts::new(self))
    }
}
