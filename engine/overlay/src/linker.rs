//! Which objects the tasks, channels and excavations concern: found once per revision, so that a step in time
//! builds no map and asks the scene nothing.

use std::sync::Arc;

use glam::DVec2;
use lantu_base::{Bounds, ObjectRow};
use lantu_live::{Channel, Thing};
use lantu_records::{Issue, Schedule};

use crate::clearance::ScaledProperty;
use crate::encounter::{self, HazardShape};
use crate::groups::Groups;
use crate::plane::Outline;
use crate::risk::CrossingCache;
use crate::rules::class_fits;
use crate::{Clearance, Conflict, ObjectTable, Pipe, RuleSet, clearance};

/// Links between rows and records, for one scene revision, one schedule, one list of channels and one rule set.
#[derive(Clone, Debug, Default)]
pub struct Linker {
    n_rows: usize,
    /// (row, index of a task), ascending.
    tasks: Vec<(u32, u32)>,
    /// (row, index of an entry about its progress), ascending.
    entries: Vec<(u32, u32)>,
    /// (row, index of a channel), ascending.
    channels: Vec<(u32, u32)>,
    /// (row, index of a dig), ascending; both the excavation's and the pipe's rows.
    digs_by_row: Vec<(u32, u32)>,
    digs: Vec<Dig>,
    /// (row, index of a danger), ascending; both the hazard's rows and those of who is exposed.
    dangers_by_row: Vec<(u32, u32)>,
    dangers: Vec<Danger>,
    /// (row, index of an issue), ascending.
    issues: Vec<(u32, u32)>,
    /// (row, index of a thing), ascending.
    things: Vec<(u32, u32)>,
    /// (row, index of a hazard that things come near), ascending.
    hazards_by_row: Vec<(u32, u32)>,
    hazards: Vec<HazardShape>,
    /// Of the channels of this linker and the samples that it is used with.
    pub(crate) crossings: Arc<CrossingCache>,
    unresolved: Vec<Unresolved>,
    groups: Groups,
}

/// An excavation and a pipe that are not free of each other, or an excavation that cannot be compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Dig {
    /// The excavation.
    pub excavation: ObjectRow,
    /// The pipe; `None` if the excavation has no outline.
    pub pipe: Option<ObjectRow>,
    /// How they stand to each other.
    pub clearance: Clearance,
    /// Index of the pipe's kind in the clearance table.
    pub kind: usize,
    /// Diameter of the pipe that was assumed, meters; `None` if it states one.
    pub assumed_diameter_m: Option<f64>,
}

/// Somebody inside the radius of a hazard.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Danger {
    /// Place of the rule in the risk rules.
    pub rule: usize,
    /// The hazard.
    pub hazard: ObjectRow,
    /// Who is exposed: a person or machine.
    pub exposed: ObjectRow,
    /// From outline to outline, seen from above, meters.
    pub distance_m: f64,
}

/// Lists of links.
pub(crate) const N_LISTS: usize = 8;

/// Links of one row, each (row, index), ascending.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Links<'a> {
    pub(crate) tasks: &'a [(u32, u32)],
    pub(crate) channels: &'a [(u32, u32)],
    pub(crate) digs: &'a [(u32, u32)],
    pub(crate) dangers: &'a [(u32, u32)],
    pub(crate) issues: &'a [(u32, u32)],
    pub(crate) things: &'a [(u32, u32)],
    pub(crate) hazards: &'a [(u32, u32)],
    pub(crate) entries: &'a [(u32, u32)],
}

/// A record names an object that the scene does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unresolved {
    /// A task.
    Task {
        /// The task's id.
        task: String,
        /// The object, as written.
        object: String,
    },
    /// A channel.
    Channel {
        /// The channel's name.
        channel: String,
        /// The object, as written.
        object: String,
    },
    /// An entry about progress.
    Entry {
        /// Who entered it.
        by: String,
        /// The object, as written.
        object: String,
    },
    /// An issue.
    Issue {
        /// The issue's id.
        issue: String,
        /// The object, as written.
        object: String,
    },
}

/// What is linked to objects.
#[derive(Clone, Copy, Debug)]
pub struct Records<'a> {
    /// Tasks.
    pub schedule: &'a Schedule,
    /// Channels.
    pub channels: &'a [Channel],
    /// Issues.
    pub issues: &'a [Issue],
    /// Things with a place.
    pub things: &'a [Thing],
}

impl Linker {
    /// Resolves every object that records name, compares excavations with the pipes around them, and finds who is
    /// inside the radius of a hazard.
    ///
    /// Costs one lookup a name, one look at every object's class, and for each excavation and hazard the shapes around it.
    pub fn prepare(objects: &dyn ObjectTable, records: Records<'_>, rules: &RuleSet) -> Self {
        let Records { schedule, channels, issues, things } = records;
        let mut out = Self { n_rows: objects.n_rows(), ..Self::default() };
        for (task, ix) in schedule.tasks.iter().zip(0_u32..) {
            for text in &task.objects {
                let rows = objects.resolve(text);
                if rows.is_empty() {
                    let (task, object) = (task.id.clone(), text.clone());
                    out.unresolved.push(Unresolved::Task { task, object });
                }
                out.tasks.extend(rows.into_iter().map(|r| (r.0, ix)));
            }
        }
        for (entry, ix) in schedule.entries.iter().zip(0_u32..) {
            let rows = objects.resolve(&entry.object);
            if rows.is_empty() {
                let (by, object) = (entry.by.clone(), entry.object.clone());
                out.unresolved.push(Unresolved::Entry { by, object });
            }
            out.entries.extend(rows.into_iter().map(|r| (r.0, ix)));
        }
        for (channel, ix) in channels.iter().zip(0_u32..) {
            // A thing is no object of the scene, though one may be it.
            let Some(text) = channel.object.as_ref().filter(|o| Thing::named_in(o).is_none()) else {
                continue;
            };
            let rows = objects.resolve(text);
            if rows.is_empty() {
                let (channel, object) = (channel.id.to_string(), text.clone());
                out.unresolved.push(Unresolved::Channel { channel, object });
            }
            out.channels.extend(rows.into_iter().map(|r| (r.0, ix)));
        }
        for (issue, ix) in issues.iter().zip(0_u32..) {
            for text in &issue.objects {
                let rows = objects.resolve(text);
                if rows.is_empty() {
                    let (issue, object) = (issue.id.clone(), text.clone());
                    out.unresolved.push(Unresolved::Issue { issue, object });
                }
                out.issues.extend(rows.into_iter().map(|r| (r.0, ix)));
            }
        }
        for (thing, ix) in things.iter().zip(0_u32..) {
            let rows = thing.object.iter().flat_map(|text| objects.resolve(text));
            out.things.extend(rows.map(|r| (r.0, ix)));
        }
        out.hazards = encounter::shapes(objects, rules, things);
        out.hazards_by_row.extend(out.hazards.iter().zip(0_u32..).map(|(h, ix)| (h.row.0, ix)));
        out.dangers = find_dangers(objects, rules);
        for (danger, ix) in out.dangers.iter().zip(0_u32..) {
            out.dangers_by_row.extend([(danger.hazard.0, ix), (danger.exposed.0, ix)]);
        }
        out.digs = find_digs(objects, rules);
        for (dig, ix) in out.digs.iter().zip(0_u32..) {
            out.digs_by_row.push((dig.excavation.0, ix));
            out.digs_by_row.extend(dig.pipe.map(|p| (p.0, ix)));
        }
        let lists = [
            &mut out.tasks,
            &mut out.entries,
            &mut out.channels,
            &mut out.digs_by_row,
            &mut out.dangers_by_row,
            &mut out.issues,
            &mut out.things,
            &mut out.hazards_by_row,
        ];
        for list in lists {
            list.retain(|&(row, _)| (row as usize) < out.n_rows);
            list.sort_unstable();
            list.dedup();
        }
        out.group();
        out
    }

    /// Groups rows by everything that their states follow from.
    fn group(&mut self) {
        self.groups = Groups::new(self.n_rows, self.all().lists());
    }

    /// Objects of the scene that it was prepared for.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Records that name objects which the scene does not have, in the order of the records.
    pub fn unresolved(&self) -> &[Unresolved] {
        &self.unresolved
    }

    /// Pairs of excavations and pipes that may conflict once the excavation is open.
    pub fn digs(&self) -> &[Dig] {
        &self.digs
    }

    pub(crate) fn hazards(&self) -> &[HazardShape] {
        &self.hazards
    }

    /// (row, index of a task), ascending.
    pub fn links_to_tasks(&self) -> &[(u32, u32)] {
        &self.tasks
    }

    /// Hazards with somebody inside their radius.
    pub fn dangers(&self) -> &[Danger] {
        &self.dangers
    }

    /// Rows by what is linked to them.
    pub(crate) fn groups(&self) -> &Groups {
        &self.groups
    }

    fn all(&self) -> Links<'_> {
        Links {
            tasks: &self.tasks,
            channels: &self.channels,
            digs: &self.digs_by_row,
            dangers: &self.dangers_by_row,
            issues: &self.issues,
            things: &self.things,
            hazards: &self.hazards_by_row,
            entries: &self.entries,
        }
    }

    /// Indices of a row's tasks in the schedule, ascending.
    pub fn tasks_of(&self, row: ObjectRow) -> impl Iterator<Item = usize> + '_ {
        of_row(&self.tasks, row.0).iter().map(|&(_, ix)| ix as usize)
    }

    /// Rows that have channels, ascending.
    pub fn observed(&self) -> impl Iterator<Item = ObjectRow> + '_ {
        let mut last = None;
        let rows = self.channels.iter().map(|&(row, _)| ObjectRow(row));
        rows.filter(move |row| last.replace(*row) != Some(*row))
    }

    /// Indices of a row's channels, ascending.
    pub fn channels_of(&self, row: ObjectRow) -> impl Iterator<Item = usize> + '_ {
        of_row(&self.channels, row.0).iter().map(|&(_, ix)| ix as usize)
    }

    /// Links the first task to every row, which a real schedule of a million names would take long to spell.
    #[cfg(test)]
    pub(crate) fn link_all_for_test(&mut self) {
        self.tasks = (0..u32::try_from(self.n_rows).unwrap_or(u32::MAX)).map(|row| (row, 0)).collect();
        self.group();
    }

    /// What is linked to a row.
    pub(crate) fn links_of(&self, row: ObjectRow) -> Links<'_> {
        Links::of_lists(self.all().lists().map(|list| of_row(list, row.0)))
    }
}

impl<'a> Links<'a> {
    /// The lists, in the order of the fields.
    pub(crate) fn lists(&self) -> [&'a [(u32, u32)]; N_LISTS] {
        let Self { tasks, channels, digs, dangers, issues, things, hazards, entries } = *self;
        [tasks, channels, digs, dangers, issues, things, hazards, entries]
    }

    /// What [`Links::lists`] gives.
    pub(crate) fn of_lists(lists: [&'a [(u32, u32)]; N_LISTS]) -> Self {
        let [tasks, channels, digs, dangers, issues, things, hazards, entries] = lists;
        Self { tasks, channels, digs, dangers, issues, things, hazards, entries }
    }
}

fn of_row(list: &[(u32, u32)], row: u32) -> &[(u32, u32)] {
    let rest = list.get(list.partition_point(|&(r, _)| r < row)..).unwrap_or_default();
    rest.get(..rest.partition_point(|&(r, _)| r == row)).unwrap_or_default()
}

fn find_digs(objects: &dyn ObjectTable, rules: &RuleSet) -> Vec<Dig> {
    let classes = &rules.risk.excavation_clearance;
    let excavations = objects.rows_of_class(&|class| class_fits(&classes.excavation_class, class));
    excavations.into_iter().flat_map(|row| digs_of_excavation(objects, rules, row)).collect()
}

fn digs_of_excavation(objects: &dyn ObjectTable, rules: &RuleSet, excavation: ObjectRow) -> Vec<Dig> {
    let lines = objects.outline(excavation).filter(|_| !objects.bounds(excavation).is_empty());
    let Some(lines) = lines.filter(|l| l.iter().any(|l| !l.is_empty())) else {
        let clearance =
            Clearance { conflict: Conflict::Undecidable, horizontal_m: f64::NAN, vertical_m: None };
        return vec![Dig { excavation, pipe: None, clearance, kind: 0, assumed_diameter_m: None }];
    };
    let depth_m = length(objects, excavation, &rules.clearance.properties.excavation_depth);
    let found = pipe_conflicts(objects, rules, &Pit { lines: &lines, depth_m, own: Some(excavation) });
    let dig = |c: PipeConflict| Dig {
        excavation,
        pipe: Some(c.pipe),
        clearance: c.clearance,
        kind: c.kind,
        assumed_diameter_m: c.assumed_diameter_m,
    };
    found.into_iter().map(dig).collect()
}

/// Outlines seen from above; the bounds of an object that has none.
pub(crate) fn lines_or_bounds(objects: &dyn ObjectTable, row: ObjectRow) -> Vec<Vec<[f64; 3]>> {
    objects.outline(row).unwrap_or_else(|| rectangle(objects.bounds(row)))
}

fn find_dangers(objects: &dyn ObjectTable, rules: &RuleSet) -> Vec<Danger> {
    let mut out = Vec::new();
    for (ix, rule) in rules.risk.hazards.iter().enumerate() {
        for hazard in objects.rows_of_class(&|class| rule.is_hazard(class)) {
            let bounds = objects.bounds(hazard);
            if bounds.is_empty() {
                continue;
            }
            let origin = DVec2::new(bounds.center().x, bounds.center().y);
            let (low, high) = (bounds.min - rule.radius_m, bounds.max + rule.radius_m);
            let mut around = objects.within(Bounds::new(low.with_z(-1e5), high.with_z(1e5)));
            around.sort_unstable();
            around.dedup();
            around.retain(|r| *r != hazard && rule.is_exposed(objects.class(*r)));
            if around.is_empty() {
                continue;
            }
            let shape = Outline::new(&lines_or_bounds(objects, hazard), origin);
            for exposed in around {
                let other = Outline::new(&lines_or_bounds(objects, exposed), origin);
                let distance_m = shape.distance(&other).min(other.distance(&shape));
                if distance_m <= rule.radius_m {
                    out.push(Danger { rule: ix, hazard, exposed, distance_m });
                }
            }
        }
    }
    out
}

/// An excavation to be compared with the pipes around it.
#[derive(Clone, Copy, Debug)]
pub struct Pit<'a> {
    /// Closed rings (last = first) in the project frame, meters.
    pub lines: &'a [Vec<[f64; 3]>],
    /// Depth of its bottom below the ground, meters; `None` if nobody said.
    pub depth_m: Option<f64>,
    /// The object that it is, which is no pipe of its own; `None` for one that is only planned.
    pub own: Option<ObjectRow>,
}

/// A pipe that an excavation is not free of.
#[derive(Clone, Debug, PartialEq)]
pub struct PipeConflict {
    /// The pipe.
    pub pipe: ObjectRow,
    /// How they stand to each other.
    pub clearance: Clearance,
    /// Index of the pipe's kind in the clearance table.
    pub kind: usize,
    /// Diameter that was assumed, meters; `None` if the pipe states one.
    pub assumed_diameter_m: Option<f64>,
    /// How far its depth may be off, meters.
    pub depth_tolerance_m: f64,
}

/// Rows of pipes near enough to be compared, ascending; and the middle of the pit.
fn pipes_around(objects: &dyn ObjectTable, rules: &RuleSet, pit: &Pit<'_>) -> (Vec<ObjectRow>, DVec2) {
    let mut bounds = Bounds::EMPTY;
    for p in pit.lines.iter().flatten().filter(|p| p.iter().all(|v| v.is_finite())) {
        bounds = bounds.union(Bounds::from_array([p[0], p[1], p[2], p[0], p[1], p[2]]));
    }
    if bounds.is_empty() {
        return (Vec::new(), DVec2::ZERO);
    }
    let origin = DVec2::new(bounds.center().x, bounds.center().y);
    // A buried pipe's bounds may hold its radius or not; the thickest real mains are below 5 m.
    let reach = rules.clearance.reach_m() + 5.0;
    let mut around = bounds;
    around.min -= reach;
    around.max += reach;
    let mut rows = objects.within(Bounds::new(around.min.with_z(-1e5), around.max.with_z(1e5)));
    rows.sort_unstable();
    rows.dedup();
    let classes = &rules.risk.excavation_clearance.pipe_class;
    rows.retain(|r| Some(*r) != pit.own && class_fits(classes, objects.class(*r)));
    (rows, origin)
}

/// The outline of bounds, seen from above; empty for empty ones.
fn rectangle(b: Bounds) -> Vec<Vec<[f64; 3]>> {
    if b.is_empty() {
        return Vec::new();
    }
    let (x, y) = ([b.min.x, b.max.x], [b.min.y, b.max.y]);
    vec![vec![[x[0], y[0], 0.0], [x[1], y[0], 0.0], [x[1], y[1], 0.0], [x[0], y[1], 0.0], [x[0], y[0], 0.0]]]
}

/// How many pipes lie near enough to an excavation to be compared with it.
pub fn n_pipes_around(objects: &dyn ObjectTable, rules: &RuleSet, pit: &Pit<'_>) -> usize {
    pipes_around(objects, rules, pit).0.len()
}

/// Pipes that an excavation is not free of, in the order of their rows.
pub fn pipe_conflicts(objects: &dyn ObjectTable, rules: &RuleSet, pit: &Pit<'_>) -> Vec<PipeConflict> {
    let table = &rules.clearance;
    let names = &table.properties;
    let (rows, origin) = pipes_around(objects, rules, pit);
    let shape = Outline::new(pit.lines, origin);
    let mut out = Vec::new();
    for row in rows {
        let stated = names.pipe_kind.iter().find_map(|n| objects.text(row, n));
        let Some(kind) = table.kind_of(stated.as_deref(), objects.class(row)) else { continue };
        let diameter = length(objects, row, &names.pipe_diameter).filter(|&d| d > 0.0);
        let known = names.depth_confidence.iter().find_map(|n| objects.text(row, n));
        let pipe = Pipe {
            diameter_m: diameter.unwrap_or(kind.assumed_diameter_m),
            depth_m: length(objects, row, &names.pipe_depth),
            depth_tolerance_m: table.tolerance_m(known.as_deref()),
        };
        // A pipe without an axis is compared by its bounds: it is not free because its shape is of another kind.
        let axis = objects.outline(row);
        let by_bounds = axis.is_none();
        let line = Outline::new(&axis.unwrap_or_else(|| rectangle(objects.bounds(row))), origin);
        let mut distance = shape.distance(&line);
        if by_bounds {
            distance = distance.min(line.distance(&shape));
        }
        let clearance = clearance(distance, pit.depth_m, pipe, names.depth_to, kind);
        if clearance.conflict != Conflict::Free {
            out.push(PipeConflict {
                pipe: row,
                clearance,
                kind: table.kinds.iter().position(|k| std::ptr::eq(k, kind)).unwrap_or(0),
                assumed_diameter_m: diameter.is_none().then_some(kind.assumed_diameter_m),
                depth_tolerance_m: pipe.depth_tolerance_m,
            });
        }
    }
    out
}

/// The first of the properties that the object has, in meters; `None` also for a negative or infinite one.
fn length(objects: &dyn ObjectTable, row: ObjectRow, names: &[ScaledProperty]) -> Option<f64> {
    let found = names.iter().find_map(|p| objects.number(row, &p.name).map(|v| v * p.factor));
    found.filter(|v| v.is_finite() && *v >= 0.0)
}
