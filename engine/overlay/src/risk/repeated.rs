//! Digs planned one after the other on one street, where one would do.

use glam::DVec2;
use lantu_base::{Bounds, ObjectRow, UtcNanos};

use crate::linker::{Linker, lines_or_bounds};
use crate::moment::OverlayInput;
use crate::plane::Outline;
use crate::rules::class_fits;
use crate::{ObjectTable, RuleSet};

/// Two digs that could be one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RepeatedDigs {
    /// The one that begins first.
    pub first: ObjectRow,
    /// The other.
    pub second: ObjectRow,
    /// The street that both are on.
    pub street: ObjectRow,
    /// From outline to outline, meters.
    pub distance_m: f64,
    /// From the end of the first to the start of the second, days; 0 where they overlap.
    pub days_between: f64,
}

/// A dig with its time and its street.
struct PlannedDig {
    row: ObjectRow,
    start: UtcNanos,
    finish: UtcNanos,
    /// Streets within reach, ascending.
    streets: Vec<ObjectRow>,
    shape: Outline,
}

/// Digs on one street within the window of time and distance that the rules say, in the order of their rows. Digs
/// without tasks have no time and are left out; digs that are done count, because the street was opened.
///
/// Costs the square of the number of digs.
pub fn repeated_digs(input: &OverlayInput<'_>) -> Vec<RepeatedDigs> {
    let (objects, rules) = (input.objects, input.rules);
    let rows =
        objects.rows_of_class(&|class| class_fits(&rules.risk.excavation_clearance.excavation_class, class));
    let Some(first) = rows.iter().map(|r| objects.bounds(*r)).find(|b| !b.is_empty()) else {
        return Vec::new();
    };
    let origin = DVec2::new(first.center().x, first.center().y);
    let digs: Vec<PlannedDig> =
        rows.into_iter().filter_map(|row| planned(input, rules, row, origin)).collect();
    let limits = &rules.risk.repeated_dig;
    let mut out = Vec::new();
    for (ix, a) in digs.iter().enumerate() {
        for b in digs.iter().skip(ix + 1) {
            let Some(&street) = a.streets.iter().find(|s| b.streets.contains(s)) else { continue };
            let (first, second) = if b.start < a.start { (b, a) } else { (a, b) };
            let days_between = (second.start.seconds_since(first.finish) / 86_400.0).max(0.0);
            if days_between > limits.within_days {
                continue;
            }
            let distance_m = first.shape.distance(&second.shape).min(second.shape.distance(&first.shape));
            if distance_m <= limits.within_m {
                let (first, second) = (first.row, second.row);
                out.push(RepeatedDigs { first, second, street, distance_m, days_between });
            }
        }
    }
    out
}

fn planned(input: &OverlayInput<'_>, rules: &RuleSet, row: ObjectRow, origin: DVec2) -> Option<PlannedDig> {
    let (start, finish) = time_of(input, input.linker, row)?;
    let shape = Outline::new(&lines_or_bounds(input.objects, row), origin);
    Some(PlannedDig {
        row,
        start,
        finish,
        streets: streets_of(input.objects, rules, row, (&shape, origin)),
        shape,
    })
}

/// From the first start to the last finish of a dig's tasks, actual before planned.
fn time_of(input: &OverlayInput<'_>, linker: &Linker, row: ObjectRow) -> Option<(UtcNanos, UtcNanos)> {
    let tasks = || linker.tasks_of(row).filter_map(|ix| input.schedule.tasks.get(ix));
    let start = tasks().map(|t| t.actual_start.unwrap_or(t.start)).min()?;
    let finish = tasks().map(|t| t.actual_finish.unwrap_or(t.finish)).max()?;
    Some((start, finish))
}

fn streets_of(
    objects: &dyn ObjectTable,
    rules: &RuleSet,
    row: ObjectRow,
    (shape, origin): (&Outline, DVec2),
) -> Vec<ObjectRow> {
    let limits = &rules.risk.repeated_dig;
    let bounds = objects.bounds(row);
    let (low, high) = (bounds.min - limits.street_reach_m, bounds.max + limits.street_reach_m);
    let mut around = objects.within(Bounds::new(low.with_z(-1e5), high.with_z(1e5)));
    around.sort_unstable();
    around.dedup();
    around.retain(|r| {
        if !class_fits(&limits.street_class, objects.class(*r)) {
            return false;
        }
        let street = Outline::new(&lines_or_bounds(objects, *r), origin);
        street.distance(shape).min(shape.distance(&street)) <= limits.street_reach_m
    });
    around
}
