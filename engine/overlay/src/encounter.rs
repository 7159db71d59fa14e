//! Things that move and are inside the radius of a hazard at an instant.

use glam::DVec2;
use lantu_base::{Bounds, ObjectRow};
use lantu_live::{Position, Thing};

use crate::linker::lines_or_bounds;
use crate::moment::Moment;
use crate::plane::Outline;
use crate::rules::Rating;
use crate::{ObjectTable, RuleSet};

/// A hazard of a layer that a thing can come near.
#[derive(Clone, Debug)]
pub(crate) struct HazardShape {
    /// Place of the rule in the risk rules.
    rule: usize,
    pub(crate) row: ObjectRow,
    bounds: Bounds,
    origin: DVec2,
    outline: Outline,
}

/// What a thing came near.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Near {
    /// Index of a hazard of a layer.
    Shape(usize),
    /// Index of a thing.
    Thing(usize),
}

/// A thing inside the radius of a hazard.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Encounter {
    pub(crate) rule: usize,
    pub(crate) hazard: Near,
    /// Index of the thing.
    pub(crate) exposed: usize,
    pub(crate) distance_m: f64,
    pub(crate) rating: Rating,
}

/// Hazards of layers that things of these kinds are exposed to.
pub(crate) fn shapes(objects: &dyn ObjectTable, rules: &RuleSet, things: &[Thing]) -> Vec<HazardShape> {
    let mut out = Vec::new();
    for (ix, rule) in rules.risk.hazards.iter().enumerate() {
        if !things.iter().any(|t| rule.is_exposed(&t.kind)) {
            continue;
        }
        for row in objects.rows_of_class(&|class| rule.is_hazard(class)) {
            let bounds = objects.bounds(row);
            if bounds.is_empty() {
                continue;
            }
            let origin = DVec2::new(bounds.center().x, bounds.center().y);
            let outline = Outline::new(&lines_or_bounds(objects, row), origin);
            out.push(HazardShape { rule: ix, row, bounds, origin, outline });
        }
    }
    out
}

/// Who is inside which radius at the instant: by the positions that are fresh enough, in the order of the rules.
pub(crate) fn encounters(m: &Moment<'_>) -> Vec<Encounter> {
    let (i, hazards) = (&m.input, &m.input.rules.risk.hazards);
    let places: Vec<Option<Position>> = i.things.iter().map(|t| t.position_at(i.store, i.t)).collect();
    let mut out = Vec::new();
    for (rule_ix, rule) in hazards.iter().enumerate() {
        let place = |ix: usize| {
            let fresh = |p: &Position| p.time.is_none_or(|t| i.t.seconds_since(t) <= rule.fresh_s);
            places.get(ix).copied().flatten().filter(fresh).map(|p| p.at)
        };
        let exposed = i.things.iter().enumerate().filter(|(_, t)| rule.is_exposed(&t.kind));
        for (exposed, thing) in exposed {
            let Some(at) = place(exposed) else { continue };
            let mut push = |hazard, distance_m: f64| {
                if distance_m <= rule.radius_m {
                    out.push(Encounter { rule: rule_ix, hazard, exposed, distance_m, rating: rule.rating });
                }
            };
            for (ix, shape) in i.linker.hazards().iter().enumerate().filter(|(_, s)| s.rule == rule_ix) {
                let apart = DVec2::new(
                    (shape.bounds.min.x - at[0]).max(at[0] - shape.bounds.max.x).max(0.0),
                    (shape.bounds.min.y - at[1]).max(at[1] - shape.bounds.max.y).max(0.0),
                );
                if apart.length() <= rule.radius_m && there(m, shape.row) {
                    push(Near::Shape(ix), shape.outline.distance(&Outline::new(&[vec![at]], shape.origin)));
                }
            }
            let others =
                i.things.iter().enumerate().filter(|(ix, t)| *ix != exposed && rule.is_hazard(&t.kind));
            for (ix, other) in others {
                // The circle of a crane is its outline.
                if let Some(there) = place(ix).filter(|_| other.site == thing.site) {
                    let apart = DVec2::new(there[0] - at[0], there[1] - at[1]).length();
                    push(Near::Thing(ix), (apart - other.radius_m).max(0.0));
                }
            }
        }
    }
    out
}

/// A hazard without tasks is always there; one with tasks while they are worked on.
pub(crate) fn there(m: &Moment<'_>, hazard: ObjectRow) -> bool {
    let mut tasks = m.input.linker.tasks_of(hazard).peekable();
    let always = tasks.peek().is_none();
    let mut tasks = tasks.filter_map(|ix| m.input.schedule.tasks.get(ix));
    always || tasks.any(|task| task.is_active(m.input.t))
}
