//! Risk summed up: what holds an element, and the management cell that it lies in.

use std::collections::BTreeMap;

use glam::DVec2;
use lantu_base::ObjectRow;

use super::{Factor, Grade, RiskOf};
use crate::ObjectTable;
use crate::factors::AggregateRule;
use crate::linker::lines_or_bounds;
use crate::plane::Outline;
use crate::rules::{RiskRules, class_fits};

/// Objects that are summed up in one: a site or a management cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Heap {
    /// The site or cell; `None` for objects that none holds.
    pub whole: Option<ObjectRow>,
    /// By the rule: the worst grade of its parts.
    pub grade: Grade,
    /// No part is graded, and one cannot be judged.
    pub unknown: bool,
    /// Parts by grade from `none` to `extreme`, then those that cannot be judged.
    pub counts: [u64; 6],
    /// How many parts have each factor, in the order of [`Factor::ALL`].
    pub factors: [u64; Factor::ALL.len()],
    /// The worst part, the first of equals; `None` where none is graded.
    pub worst: Option<ObjectRow>,
}

/// Sums risks up over sites and over management cells; objects at no risk count in their wholes too.
///
/// * `rows`: every object once, with its risk.
///
/// Returns the sites, then the cells; each with the heap of what none of them holds last, if there is any.
pub fn aggregate(
    objects: &dyn ObjectTable,
    rules: &RiskRules,
    rows: &[(ObjectRow, RiskOf)],
) -> (Vec<Heap>, Vec<Heap>) {
    let classes = &rules.aggregate;
    let AggregateRule::Worst = classes.rule;
    let cells = Cells::new(objects, rules);
    let (mut by_site, mut by_cell) = (BTreeMap::new(), BTreeMap::new());
    for (row, risk) in rows {
        let class = objects.class(*row);
        // A whole is not a part of itself, and areas that only sum up are no elements.
        if class_fits(&classes.cell_class, class) {
            continue;
        }
        for site in sites_of(objects, &classes.site_class, *row) {
            add(&mut by_site, site, (*row, risk));
        }
        for cell in cells.of(objects, *row) {
            add(&mut by_cell, cell, (*row, risk));
        }
    }
    let finish = |heaps: BTreeMap<Option<ObjectRow>, Heap>| {
        let (without, mut with): (Vec<Heap>, Vec<Heap>) =
            heaps.into_values().partition(|h| h.whole.is_none());
        with.extend(without);
        with
    };
    (finish(by_site), if cells.0.is_empty() { Vec::new() } else { finish(by_cell) })
}

fn add(
    heaps: &mut BTreeMap<Option<ObjectRow>, Heap>,
    whole: Option<ObjectRow>,
    (row, risk): (ObjectRow, &RiskOf),
) {
    let heap = heaps.entry(whole).or_insert_with(|| Heap {
        whole,
        grade: Grade::None,
        unknown: false,
        counts: [0; 6],
        factors: [0; Factor::ALL.len()],
        worst: None,
    });
    let verdict = risk.verdict;
    if verdict.grade > heap.grade {
        (heap.grade, heap.worst) = (verdict.grade, Some(row));
    }
    let place = match verdict.grade {
        Grade::None if verdict.unknown => 5,
        Grade::None => 0,
        Grade::Low => 1,
        Grade::Medium => 2,
        Grade::High => 3,
        Grade::Extreme => 4,
    };
    if let Some(n) = heap.counts.get_mut(place) {
        *n += 1;
    }
    for c in &risk.contributions {
        if let Some(n) =
            Factor::ALL.iter().position(|f| *f == c.factor).and_then(|ix| heap.factors.get_mut(ix))
        {
            *n += 1;
        }
    }
    let judged = heap.counts.iter().skip(1).take(4).sum::<u64>() > 0;
    heap.unknown = !judged && heap.counts.last().is_some_and(|n| *n > 0);
}

/// Wholes of a class that is a site, from the object itself outwards: its building and its site; `None` for one without.
fn sites_of(objects: &dyn ObjectTable, classes: &[String], row: ObjectRow) -> Vec<Option<ObjectRow>> {
    let (mut out, mut at) = (Vec::new(), Some(row));
    // Chosen: structures nest some ten deep; a circle of wholes ends too.
    for _ in 0..64 {
        let Some(here) = at else { break };
        if class_fits(classes, objects.class(here)) {
            out.push(Some(here));
        }
        at = objects.parent(here);
    }
    if out.is_empty() { vec![None] } else { out }
}

/// Areas, with the outlines that objects are looked up in.
struct Cells(Vec<(ObjectRow, Outline, DVec2)>);

impl Cells {
    fn new(objects: &dyn ObjectTable, rules: &RiskRules) -> Self {
        let rows = objects.rows_of_class(&|class| class_fits(&rules.aggregate.cell_class, class));
        let outline = |row: ObjectRow| {
            let bounds = objects.bounds(row);
            let origin = DVec2::new(bounds.center().x, bounds.center().y);
            (row, Outline::new(&lines_or_bounds(objects, row), origin), origin)
        };
        Self(rows.into_iter().map(outline).collect())
    }

    /// Cells that the middle of an object lies in; `None` among them for one in no cell.
    fn of(&self, objects: &dyn ObjectTable, row: ObjectRow) -> Vec<Option<ObjectRow>> {
        let bounds = objects.bounds(row);
        if bounds.is_empty() {
            return vec![None];
        }
        let middle = DVec2::new(bounds.center().x, bounds.center().y);
        let inside = self.0.iter().filter(|(_, outline, origin)| outline.contains(middle - *origin));
        let out: Vec<Option<ObjectRow>> = inside.map(|(cell, _, _)| Some(*cell)).collect();
        if out.is_empty() { vec![None] } else { out }
    }
}
