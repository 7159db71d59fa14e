//! Which objects the tasks, channels and excavations concern: found once per revision, so that a step in time
//! builds no map and asks the scene nothing.

use glam::DVec2;
use lantu_base::{Bounds, ObjectRow};
use lantu_live::Channel;
use lantu_records::Schedule;

use crate::clearance::ScaledProperty;
use crate::plane::Outline;
use crate::rules::class_fits;
use crate::{Clearance, Conflict, ObjectTable, Pipe, RuleSet, clearance};

/// Links between rows and records, for one scene revision, one schedule, one list of channels and one rule set.
#[derive(Clone, Debug, Default)]
pub struct Linker {
    n_rows: usize,
    /// (row, index of a task), ascending.
    tasks: Vec<(u32, u32)>,
    /// (row, index of a channel), ascending.
    channels: Vec<(u32, u32)>,
    /// (row, index of a dig), ascending; both the excavation's and the pipe's rows.
    digs_by_row: Vec<(u32, u32)>,
    digs: Vec<Dig>,
    unresolved: Vec<Unresolved>,
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
}

impl Linker {
    /// Resolves every object that tasks and channels name, and compares excavations with the pipes around them.
    ///
    /// Costs one lookup a name, one look at every object's class, and for each excavation the shapes around it.
    pub fn prepare(
        objects: &dyn ObjectTable,
        schedule: &Schedule,
        channels: &[Channel],
        rules: &RuleSet,
    ) -> Self {
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
        for (channel, ix) in channels.iter().zip(0_u32..) {
            let Some(text) = &channel.object else { continue };
            let rows = objects.resolve(text);
            if rows.is_empty() {
                let (channel, object) = (channel.id.to_string(), text.clone());
                out.unresolved.push(Unresolved::Channel { channel, object });
            }
            out.channels.extend(rows.into_iter().map(|r| (r.0, ix)));
        }
        out.digs = find_digs(objects, rules);
        for (dig, ix) in out.digs.iter().zip(0_u32..) {
            out.digs_by_row.push((dig.excavation.0, ix));
            out.digs_by_row.extend(dig.pipe.map(|p| (p.0, ix)));
        }
        for list in [&mut out.tasks, &mut out.channels, &mut out.digs_by_row] {
            list.retain(|&(row, _)| (row as usize) < out.n_rows);
            list.sort_unstable();
            list.dedup();
        }
        out
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

    /// (row, index of a task), ascending.
    pub(crate) fn tasks(&self) -> &[(u32, u32)] {
        &self.tasks
    }

    /// (row, index of a channel), ascending.
    pub(crate) fn channels(&self) -> &[(u32, u32)] {
        &self.channels
    }

    pub(crate) fn digs_by_row(&self) -> &[(u32, u32)] {
        &self.digs_by_row
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
    }

    /// (row, index) of a row's tasks, channels and digs.
    pub(crate) fn links_of(&self, row: ObjectRow) -> [&[(u32, u32)]; 3] {
        [&self.tasks, &self.channels, &self.digs_by_row].map(|list| of_row(list, row.0))
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
    let table = &rules.clearance;
    let names = &table.properties;
    let bounds = objects.bounds(excavation);
    let origin = DVec2::new(bounds.center().x, bounds.center().y);
    let shape = objects.outline(excavation).map(|lines| Outline::new(&lines, origin));
    let Some(shape) = shape.filter(|s| !s.is_empty() && !bounds.is_empty()) else {
        let clearance =
            Clearance { conflict: Conflict::Undecidable, horizontal_m: f64::NAN, vertical_m: None };
        return vec![Dig { excavation, pipe: None, clearance, kind: 0, assumed_diameter_m: None }];
    };
    let depth = length(objects, excavation, &names.excavation_depth);
    // A buried pipe's bounds may hold its radius or not; the thickest real mains are below 5 m.
    let reach = table.reach_m() + 5.0;
    let mut around = bounds;
    around.min -= reach;
    around.max += reach;
    let around = Bounds::new(around.min.with_z(-1e5), around.max.with_z(1e5));
    let mut rows = objects.within(around);
    rows.sort_unstable();
    rows.dedup();
    let mut digs = Vec::new();
    for row in rows {
        let class = objects.class(row);
        if row == excavation || !class_fits(&rules.risk.excavation_clearance.pipe_class, class) {
            continue;
        }
        let stated = names.pipe_kind.iter().find_map(|n| objects.text(row, n));
        let Some(kind) = table.kind_of(stated.as_deref(), class) else { continue };
        let diameter = length(objects, row, &names.pipe_diameter).filter(|&d| d > 0.0);
        let assumed_diameter_m = diameter.is_none().then_some(kind.assumed_diameter_m);
        let pipe = Pipe {
            diameter_m: diameter.unwrap_or(kind.assumed_diameter_m),
            depth_m: length(objects, row, &names.pipe_depth),
        };
        let Some(lines) = objects.outline(row) else { continue };
        let distance = shape.distance(&Outline::new(&lines, origin));
        let clearance = clearance(distance, depth, pipe, names.depth_to, kind);
        if clearance.conflict != Conflict::Free {
            let kind = table.kinds.iter().position(|k| std::ptr::eq(k, kind)).unwrap_or(0);
            digs.push(Dig { excavation, pipe: Some(row), clearance, kind, assumed_diameter_m });
        }
    }
    digs
}

/// The first of the properties that the object has, in meters; `None` also for a negative or infinite one.
fn length(objects: &dyn ObjectTable, row: ObjectRow, names: &[ScaledProperty]) -> Option<f64> {
    let found = names.iter().find_map(|p| objects.number(row, &p.name).map(|v| v * p.factor));
    found.filter(|v| v.is_finite() && *v >= 0.0)
}
