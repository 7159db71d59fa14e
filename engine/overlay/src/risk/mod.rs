//! Risk: what may put an object at risk at an instant, combined by the rule file.

mod aggregate;
mod explain;
mod facts;
mod repeated;

use lantu_base::ObjectRow;
use lantu_live::SensorState;

pub use aggregate::{Heap, aggregate};
pub(crate) use explain::explain;
pub(crate) use facts::{CrossingCache, RiskFacts};
pub use repeated::{RepeatedDigs, repeated_digs};

use crate::encounter::{Encounter, Near};
use crate::factors::{Fact, Factor, Factors, Verdict};
use crate::linker::Links;
use crate::moment::Moment;
use crate::rules::{Grade, Rating};
use crate::sensor;

/// What one factor adds to the risk of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contribution {
    /// Which.
    pub factor: Factor,
    /// How it is rated; `None` where it cannot be judged.
    pub rating: Option<Rating>,
    /// What the object's risk would be without it.
    pub without: Verdict,
}

/// The risk of one object at an instant, and what each factor adds to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RiskOf {
    /// What it amounts to.
    pub verdict: Verdict,
    /// Its factors, in the order of [`Factor::ALL`].
    pub contributions: Vec<Contribution>,
}

impl RiskOf {
    /// Name of the state, as in `lantu overlay`.
    pub fn state(&self) -> &'static str {
        if self.verdict.unknown { "unknown" } else { self.verdict.grade.name() }
    }

    /// Grade without the factor that helps most when it is settled; `None` without factors.
    pub fn what_would_help(&self) -> Option<&Contribution> {
        let worth = |c: &&Contribution| (c.without.grade, c.without.unknown, c.without.score);
        self.contributions.iter().min_by_key(worth)
    }
}

/// The risk of one object.
pub(crate) fn risk_of(m: &Moment<'_>, row: ObjectRow) -> RiskOf {
    let factors = factors(m, &m.input.linker.links_of(row));
    let rules = &m.input.rules.risk;
    let with = |f: &Factor| factors.get(*f).map(|rating| (*f, rating));
    let contributions = Factor::ALL.iter().filter_map(with).map(|(factor, rating)| Contribution {
        factor,
        rating,
        without: factors.without(factor).verdict(rules),
    });
    RiskOf { contributions: contributions.collect(), verdict: factors.verdict(rules) }
}

/// The factors of a row by its links.
fn factors(m: &Moment<'_>, links: &Links<'_>) -> Factors {
    let facts = m.risk();
    let mut out = Factors::default();
    for ix in links.tasks.iter().map(|l| l.1 as usize) {
        if let Some(Some((_, rating))) = facts.overdue.get(ix) {
            out.add(Factor::TaskOverdue, Some(*rating));
        }
        if let Some(Some(w)) = facts.weather.get(ix) {
            out.add(Factor::WeatherLimit, Some(w.rating));
        }
    }
    let worst = sensor::worst_shown(m, links.channels.iter().map(|l| l.1 as usize));
    if let Some((_, rating)) = worst.and_then(|state| m.input.rules.risk.rate(&Fact::SensorAlarm(state))) {
        out.add(Factor::SensorAlarm, rating);
    }
    for ix in links.channels.iter().map(|l| l.1 as usize) {
        if let Some(Some(c)) = facts.crossings.get(ix) {
            out.add(Factor::ForecastCrossing, Some(c.rating));
        }
    }
    for dig in links.digs.iter().filter_map(|l| facts.digs.get(l.1 as usize).copied().flatten()) {
        out.add(Factor::ExcavationClearance, dig.rating);
    }
    for rating in links.dangers.iter().filter_map(|l| facts.dangers.get(l.1 as usize).copied().flatten()) {
        out.add(Factor::HazardRadius, Some(rating));
    }
    for e in facts.encounters.iter().filter(|e| concerns(links, e)) {
        out.add(Factor::HazardRadius, Some(e.rating));
    }
    for issue in links.issues.iter().filter_map(|l| facts.issues.get(l.1 as usize).copied().flatten()) {
        out.add(Factor::OpenIssue, issue.rating);
    }
    out
}

/// Whether an encounter is one of the object: it is the hazard, or the thing.
fn concerns(links: &Links<'_>, e: &Encounter) -> bool {
    let has = |list: &[(u32, u32)], ix: usize| list.iter().any(|l| l.1 as usize == ix);
    has(links.things, e.exposed)
        || match e.hazard {
            Near::Shape(ix) => has(links.hazards, ix),
            Near::Thing(ix) => has(links.things, ix),
        }
}

/// Index, state and rating of the worst channel; `None` where it adds nothing.
fn worst_channel(m: &Moment<'_>, channels: &[(u32, u32)]) -> Option<(usize, SensorState, Option<Rating>)> {
    if channels.is_empty() {
        return None;
    }
    let (ix, state) = sensor::worst(m, channels.iter().map(|l| l.1 as usize))?;
    let (_, rating) = m.input.rules.risk.rate(&Fact::SensorAlarm(state.state))?;
    Some((ix, state.state, rating))
}

pub(crate) fn fill(m: &Moment<'_>, states: &mut [u8]) {
    let rules = &m.input.rules.risk;
    m.input.linker.groups().fill(states, |links| Some(factors(m, links).verdict(rules).state_ix()));
}
