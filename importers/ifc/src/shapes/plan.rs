//! What is to be made: each different shape once, and where it stands.

use std::collections::HashMap;

use glam::DAffine3;
use rayon::prelude::*;

use super::choice::choose;
use super::content::{Contents, Digest, Mixer};
use super::library::IfcLite;
use super::local::Model;
use super::task::{Cutter, Task, first_point, items_of};
use crate::align::Placements;

/// Classes whose shape depends on more than their representation: the library draws some of them not at all.
const ALONE: [&str; 1] = ["IFCANNOTATION"];

/// A product's place in the plan.
#[derive(Clone, Debug)]
pub(crate) struct Planned {
    /// Number of its record.
    pub(crate) record: u64,
    /// Index of the task that makes its shape.
    pub(crate) task: usize,
    /// Where it stands.
    pub(crate) place: DAffine3,
    /// Why it may stand elsewhere.
    pub(crate) misplaced: Option<String>,
}

/// All tasks of a file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    /// Different shapes, in the order in which the file first needs them.
    pub(crate) tasks: Vec<Task>,
    /// Products, in the order in which they were given.
    pub(crate) products: Vec<Planned>,
}

/// A product before it is known whether another one looks the same.
struct Wanted {
    task: Task,
    misplaced: Option<String>,
    glance: Digest,
}

/// Parts in which contents are compared, each on one thread. Chosen: what is alike at a glance lies in one of them, so
/// that little is read twice; a number of its own, not that of the threads, since a chain of references may be short
/// enough for who knows a part of it.
const PARTS: usize = 8;

/// Plans the shapes of some products, on the threads of the pool that it is called in.
pub(crate) fn plan(
    model: Model<'_>,
    placements: &Placements<'_>,
    library: &IfcLite<'_>,
    products: &[u64],
) -> Plan {
    let wanted: Vec<Wanted> =
        products.par_iter().filter_map(|&record| want(&model, placements, library, record)).collect();
    let looks = looks(&model, library, &wanted);
    let mut known: HashMap<Digest, usize> = HashMap::new();
    let mut plan = Plan::default();
    for (w, look) in wanted.into_iter().zip(looks) {
        let (record, place, misplaced) = (w.task.record, w.task.place, w.misplaced);
        let next = plan.tasks.len();
        let task = look.map_or(next, |look| *known.entry(look).or_insert(next));
        if task == next {
            plan.tasks.push(w.task);
        }
        plan.products.push(Planned { record, task, place, misplaced });
    }
    plan
}

/// All that decides what products look like. Content is compared only where a glance finds no difference: it costs as
/// much as reading the file.
fn looks(model: &Model<'_>, library: &IfcLite<'_>, wanted: &[Wanted]) -> Vec<Option<Digest>> {
    let mut seen: HashMap<Digest, u32> = HashMap::new();
    for w in wanted {
        *seen.entry(w.glance).or_default() += 1;
    }
    let mut parts: Vec<Vec<(usize, &Wanted)>> = vec![Vec::new(); PARTS];
    for (n, w) in wanted.iter().enumerate() {
        if !w.task.openings && seen.get(&w.glance).is_some_and(|&n| n > 1) {
            parts.get_mut(w.glance.part(PARTS)).into_iter().for_each(|p| p.push((n, w)));
        }
    }
    let found = |part: Vec<(usize, &Wanted)>| {
        let mut contents = Contents::new(model.file, |record, mixer| library.looks.mix(record, mixer));
        part.into_iter().map(|(n, w)| (n, whole(&w.task, &mut contents, library))).collect::<Vec<_>>()
    };
    let found: Vec<Vec<(usize, Option<Digest>)>> = parts.into_par_iter().map(found).collect();
    let mut out = vec![None; wanted.len()];
    for (n, look) in found.into_iter().flatten() {
        out.get_mut(n).into_iter().for_each(|slot| *slot = look);
    }
    out
}

fn want(
    model: &Model<'_>,
    placements: &Placements<'_>,
    library: &IfcLite<'_>,
    record: u64,
) -> Option<Wanted> {
    let (keyword, args) = model.file.get(record)?;
    let choice = choose(model.file, &args)?;
    if choice.drawn.is_empty() {
        return None;
    }
    let (place, misplaced) = match placements.world(record) {
        Ok(place) => (place, None),
        Err(reason) => (DAffine3::IDENTITY, Some(reason.to_string())),
    };
    let mut glance = Mixer::new(2);
    glance.bytes(keyword.as_bytes());
    if ALONE.contains(&keyword) || library.uncut(record).is_some() {
        glance.word(record);
    }
    for &r in &choice.drawn {
        for item in items_of(model, r) {
            at_a_glance(model, item, &mut glance);
        }
    }
    let task = Task {
        record,
        keyword: keyword.to_owned(),
        place,
        near: first_point(model, &choice.drawn),
        openings: library.has_openings(record),
        cutters: cutters(model, placements, library, record, &place),
        only: choice.others.then(|| choice.drawn.clone()),
        representations: choice.drawn,
    };
    Some(Wanted { task, misplaced, glance: glance.finish() })
}

/// The openings of a product, in its axes; none if one of them cannot be placed.
fn cutters(
    model: &Model<'_>,
    placements: &Placements<'_>,
    library: &IfcLite<'_>,
    record: u64,
    place: &DAffine3,
) -> Vec<Cutter> {
    let back = place.inverse();
    let cutter = |opening: u64| {
        let choice = choose(model.file, &model.file.get(opening)?.1)?;
        let place = back * placements.world(opening).ok()?;
        Some(Cutter { place, representations: choice.drawn })
    };
    library.openings(record).iter().map(|&o| cutter(o.into())).collect::<Option<_>>().unwrap_or_default()
}

/// What an item is made of, two levels down, by kinds and counts.
fn at_a_glance(model: &Model<'_>, item: u64, mixer: &mut Mixer) {
    let scan = &model.file.scan;
    let Some(r) = scan.find(item) else { return };
    mixer.word(u64::from(r.keyword()));
    let mut count = 0;
    let mapped = scan.keyword(r) == "IFCMAPPEDITEM";
    model.references(r, |below| {
        count += 1;
        if mapped && count == 1 {
            mixer.word(below);
        } else if count <= 4
            && let Some(b) = scan.find(below)
        {
            mixer.word(u64::from(b.keyword()));
            if !mapped {
                let mut n = 0;
                model.references(b, |_| n += 1);
                mixer.word(n);
            }
        }
    });
    mixer.word(count);
}

/// All that decides what a product looks like, but where it stands.
fn whole<L: Fn(u64, &mut Mixer)>(
    task: &Task,
    contents: &mut Contents<'_, L>,
    library: &IfcLite<'_>,
) -> Option<Digest> {
    let mut mixer = Mixer::new(3);
    mixer.bytes(task.keyword.as_bytes());
    library.looks.mix_materials(task.record, &mut mixer);
    for &r in &task.representations {
        mixer.digest(contents.of(r)?);
    }
    Some(mixer.finish())
}
