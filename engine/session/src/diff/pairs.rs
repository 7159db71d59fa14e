//! Which object of one revision is which of the other: by id, and where ids were replaced by geometry and name.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::SessionError;
use crate::diff::motion::{Corners, Fate, fate};
use crate::model::Model;

/// Ids are taken to have been replaced wholesale when fewer than one in so many are known again. Chosen: an edit
/// keeps most ids, an export with new ids keeps none or those of the structure.
const REPLACED_ONE_IN: usize = 2;
/// Edge of the cells in which the same place is looked for, meters. Chosen: far above any tolerance.
const CELL_M: f64 = 0.05;

/// How sure it is that two objects of different ids are one. Chosen as an order, not measured: place and shape say
/// most, names are often repeated, and what has no shape is told by name alone.
mod confidence {
    pub(super) const SHAPE_CLASS_NAME: f64 = 0.99;
    pub(super) const SHAPE_CLASS: f64 = 0.9;
    pub(super) const SHAPE_NAME: f64 = 0.85;
    pub(super) const SHAPE: f64 = 0.7;
    pub(super) const NAME: f64 = 0.7;
    pub(super) const ONLY_ONE: f64 = 0.6;
    pub(super) const NAME_OTHER_SHAPE: f64 = 0.6;
}

/// Two numbers that are one object.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pair {
    pub(crate) old: u32,
    pub(crate) new: u32,
    /// How sure, 0 to 1; `None` where the ids are the same.
    pub(crate) confidence: Option<f64>,
}

/// Who is who.
#[derive(Debug, Default)]
pub(crate) struct Pairs {
    pub(crate) same: Vec<Pair>,
    /// Numbers without a partner, ascending.
    pub(crate) removed: Vec<u32>,
    pub(crate) added: Vec<u32>,
}

/// One object, as far as matching looks at it.
struct Unmatched {
    number: u32,
    class: String,
    name: String,
    corners: Corners,
}

/// Matches all objects of two revisions.
pub(crate) fn pair_up(old: &Model, new: &Model) -> Result<Pairs, SessionError> {
    let mut by_id: HashMap<String, u32> = HashMap::new();
    for (o, number) in new.objects().zip(0..) {
        by_id.entry(o.id().to_owned()).or_insert(number);
    }
    let mut out = Pairs::default();
    let mut is_known = vec![false; new.len() as usize];
    for (o, number) in old.objects().zip(0..) {
        let partner = by_id.remove(o.id());
        match partner.and_then(|n| is_known.get_mut(n as usize).map(|k| (n, k))) {
            Some((n, known)) => {
                *known = true;
                out.same.push(Pair { old: number, new: n, confidence: None });
            }
            None => out.removed.push(number),
        }
    }
    out.added = (0..new.len()).zip(is_known).filter(|(_, known)| !known).map(|(n, _)| n).collect();
    let fewer = old.len().min(new.len()) as usize;
    let replaced = out.same.len() * REPLACED_ONE_IN < fewer;
    if !out.removed.is_empty() && !out.added.is_empty() {
        out.match_the_rest(old, new, replaced)?;
    }
    out.same.sort_by_key(|p| p.new);
    Ok(out)
}

impl Pairs {
    fn match_the_rest(&mut self, old: &Model, new: &Model, replaced: bool) -> Result<(), SessionError> {
        let mut gone = unmatched(old, &self.removed)?;
        let mut come = unmatched(new, &self.added)?;
        self.by_place(&mut gone, &mut come);
        let shapeless = |u: &Unmatched| u.corners.is_empty();
        self.by_name(&mut gone, &mut come, confidence::NAME, &|a, b| shapeless(a) && shapeless(b));
        if replaced {
            self.by_name(&mut gone, &mut come, confidence::NAME_OTHER_SHAPE, &|_, _| true);
            for u in gone.iter_mut().chain(&mut come).filter(|u| u.corners.is_empty()) {
                u.name.clear();
            }
            self.by_name(&mut gone, &mut come, confidence::ONLY_ONE, &|a, b| shapeless(a) && shapeless(b));
        }
        self.removed = gone.iter().map(|u| u.number).collect();
        self.added = come.iter().map(|u| u.number).collect();
        Ok(())
    }

    /// The same shape in the same place; of several the one that agrees most.
    fn by_place(&mut self, gone: &mut Vec<Unmatched>, come: &mut Vec<Unmatched>) {
        let mut cells: HashMap<[i64; 3], Vec<usize>> = HashMap::new();
        for (ix, u) in come.iter().enumerate().filter(|(_, u)| !u.corners.is_empty()) {
            cells.entry(cell(u, [0; 3])).or_default().push(ix);
        }
        let mut taken = vec![false; come.len()];
        gone.retain(|a| {
            if a.corners.is_empty() {
                return true;
            }
            let around = (0..27).map(|n| [n % 3 - 1, n / 3 % 3 - 1, n / 9 - 1]);
            let mut best: Option<(f64, usize)> = None;
            for ix in around.filter_map(|d| cells.get(&cell(a, d))).flatten().copied() {
                let free = come.get(ix).filter(|_| !taken.get(ix).copied().unwrap_or(true));
                let Some(b) = free.filter(|b| fate(&a.corners, &b.corners) == Fate::Same) else { continue };
                let sure = agreement(a, b);
                if best.is_none_or(|(s, at)| sure > s || (sure >= s && ix < at)) {
                    best = Some((sure, ix));
                }
            }
            let Some((sure, ix)) = best else { return true };
            if let (Some(b), Some(t)) = (come.get(ix), taken.get_mut(ix)) {
                *t = true;
                self.same.push(Pair { old: a.number, new: b.number, confidence: Some(sure) });
            }
            false
        });
        let mut taken = taken.into_iter();
        come.retain(|_| !taken.next().unwrap_or(false));
    }

    /// The only ones of a class and a name on both sides.
    fn by_name(
        &mut self,
        gone: &mut Vec<Unmatched>,
        come: &mut Vec<Unmatched>,
        sure: f64,
        may: &dyn Fn(&Unmatched, &Unmatched) -> bool,
    ) {
        let index = |side: &[Unmatched]| {
            let mut out: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
            for (ix, u) in side.iter().enumerate() {
                out.entry((u.class.clone(), u.name.clone())).or_default().push(ix);
            }
            out
        };
        let (left, right) = (index(gone), index(come));
        let mut matched: Vec<(u32, u32)> = Vec::new();
        for (key, a) in &left {
            let nameless = key.1.is_empty() && sure > confidence::ONLY_ONE;
            if let ([a], Some([b])) = (a.as_slice(), right.get(key).map(Vec::as_slice))
                && let (Some(a), Some(b)) = (gone.get(*a), come.get(*b))
                && !nameless
                && may(a, b)
            {
                matched.push((a.number, b.number));
            }
        }
        for (old, new) in &matched {
            self.same.push(Pair { old: *old, new: *new, confidence: Some(sure) });
        }
        let (left, right): (BTreeSet<u32>, BTreeSet<u32>) = matched.into_iter().unzip();
        gone.retain(|u| !left.contains(&u.number));
        come.retain(|u| !right.contains(&u.number));
    }
}

fn agreement(a: &Unmatched, b: &Unmatched) -> f64 {
    match (a.class == b.class, a.name == b.name) {
        (true, true) => confidence::SHAPE_CLASS_NAME,
        (true, false) => confidence::SHAPE_CLASS,
        (false, true) => confidence::SHAPE_NAME,
        (false, false) => confidence::SHAPE,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "cells of centimeters on earth; beyond, it saturates")]
fn cell(u: &Unmatched, shift: [i64; 3]) -> [i64; 3] {
    let [x, y, z] = (u.corners.bounds.center() / CELL_M).to_array().map(|v| v.floor() as i64);
    let [i, j, k] = shift;
    [x.saturating_add(i), y.saturating_add(j), z.saturating_add(k)]
}

fn unmatched(model: &Model, numbers: &[u32]) -> Result<Vec<Unmatched>, SessionError> {
    let one = |&number: &u32| {
        let o = model.object(number);
        Ok(Unmatched {
            number,
            class: o.as_ref().map_or_else(String::new, |o| o.class().to_owned()),
            name: o.as_ref().map_or_else(String::new, |o| o.name().to_owned()),
            corners: Corners::of(&model.shape(number)?),
        })
    };
    numbers.iter().map(one).collect()
}
