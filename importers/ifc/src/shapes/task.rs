//! What is asked of a kernel for one product, and what comes back.

use std::collections::HashSet;

use glam::{DAffine3, DVec3};

use super::form::Part;
use super::local::{Model, Reason};
use crate::step::{Value, arguments};

/// Deepest nesting of booleans and mapped items that is followed. Chosen: real files stay below 20.
const MAX_DEPTH: usize = 64;
/// Bytes of a record in which a first point is looked for. Chosen: holds the first of any list.
const HEAD_BYTES: usize = 1024;
/// Records that are looked at for a first point. Chosen: it is among the first of any item.
const MAX_LOOKS: usize = 64;

/// One product whose shape is wanted.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    /// Number of its record.
    pub(crate) record: u64,
    /// Keyword of its record.
    pub(crate) keyword: String,
    /// Where it stands: from its own axes to the file's frame.
    pub(crate) place: DAffine3,
    /// A point of its shape in its own axes, meters: large where the file writes map coordinates into shapes.
    pub(crate) near: DVec3,
    /// Openings are cut from it.
    pub(crate) openings: bool,
    /// The openings.
    pub(crate) cutters: Vec<Cutter>,
    /// Representations that show it.
    pub(crate) representations: Vec<u64>,
    /// The same where the file has others besides that would be drawn too.
    pub(crate) only: Option<Vec<u64>>,
}

/// What an opening cuts away.
#[derive(Clone, Debug)]
pub(crate) struct Cutter {
    /// From its own axes to those of the product that it is cut from.
    pub(crate) place: DAffine3,
    /// Representations that show it.
    pub(crate) representations: Vec<u64>,
}

/// How much of a product is asked for, from everything to little.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// Everything.
    Whole,
    /// Without its openings.
    Uncut,
    /// Without openings, and of booleans only what they cut or add to.
    Simple,
}

/// What is not as the file says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Flaw {
    /// Items were left out: kinds and counts.
    Dropped(String),
    /// A record holds a number that cannot be.
    Refused(u64),
    /// A cut or union was made by other means than asked for.
    Cut(String),
    /// Openings were not cut: how many, of how many.
    Uncut(usize, usize),
    /// Our cut and the library's differ: volumes in m³, ours first, which was not believed.
    Disagree(f64, Option<f64>),
    /// An item cannot be evaluated by anyone.
    Bad(Reason),
    /// An item has no thickness and is drawn as a sheet.
    Flat(Reason),
    /// Its texture is drawn as its mean color: its triangles do not say of which faces they are.
    Plain,
    /// Nothing was made.
    Refusal(String),
}

/// A product's shape as a kernel made it.
#[derive(Debug, Default)]
pub(crate) struct Made {
    /// Its triangles.
    pub(crate) parts: Vec<Part>,
    /// The placement that is in `parts` already, where `in_file`.
    pub(crate) library: DAffine3,
    /// The parts are in the file's frame, not in the product's own axes.
    pub(crate) in_file: bool,
    /// What is not as the file says.
    pub(crate) flaws: Vec<Flaw>,
    /// Openings take the whole product away: no triangles is right.
    pub(crate) consumed: bool,
}

impl Task {
    /// Representations of this task in which booleans stand, and their items with the booleans' first operands in
    /// their place.
    pub(crate) fn simple_items(&self, model: &Model<'_>) -> Vec<(u64, Vec<u64>)> {
        let mut out = Vec::new();
        let mut todo: Vec<(u64, usize)> = self.representations.iter().map(|&r| (r, 0)).collect();
        let mut seen: HashSet<u64> = HashSet::new();
        while let Some((representation, depth)) = todo.pop() {
            if !seen.insert(representation) {
                continue;
            }
            let items = items_of(model, representation);
            let mut simple = Vec::with_capacity(items.len());
            for &item in &items {
                simple.push(first_operand(model, item));
                if let Some(mapped) = mapped_representation(model, item).filter(|_| depth < MAX_DEPTH) {
                    todo.push((mapped, depth + 1));
                }
            }
            if simple != items {
                out.push((representation, simple));
            }
            if out.len() > MAX_DEPTH {
                break;
            }
        }
        out
    }
}

/// Items of a representation.
pub(crate) fn items_of(model: &Model<'_>, representation: u64) -> Vec<u64> {
    let args = model.file.get(representation).map(|(_, args)| args).unwrap_or_default();
    args.get(3).into_iter().flat_map(Value::refs).collect()
}

/// The representation that a mapped item repeats.
pub(crate) fn mapped_representation(model: &Model<'_>, item: u64) -> Option<u64> {
    let (keyword, args) = model.file.get(item)?;
    if keyword != "IFCMAPPEDITEM" {
        return None;
    }
    model.file.get(args.first()?.as_ref()?)?.1.get(1)?.as_ref()
}

/// What a boolean cuts or adds to, all the way down; any other item is itself.
pub(crate) fn first_operand(model: &Model<'_>, item: u64) -> u64 {
    let mut at = item;
    for _ in 0..MAX_DEPTH {
        let Some((keyword, args)) = model.file.get(at) else { break };
        let next = match keyword {
            "IFCBOOLEANRESULT" | "IFCBOOLEANCLIPPINGRESULT" => args.get(1),
            "IFCCSGSOLID" => args.first(),
            _ => None,
        };
        let Some(next) = next.and_then(Value::as_ref) else { break };
        at = next;
    }
    at
}

/// First point that is met on the way down from some items, meters in their axes; zero if none is met soon.
pub(crate) fn first_point(model: &Model<'_>, representations: &[u64]) -> DVec3 {
    let mut todo: Vec<u64> = representations.iter().rev().copied().collect();
    for _ in 0..MAX_LOOKS {
        let Some(record) = todo.pop() else { break };
        let Some(r) = model.file.scan.find(record) else { continue };
        // Only the head of long lists: the first point is there.
        let args = r.args();
        let head = args.start..args.end.min(args.start + HEAD_BYTES);
        let (args, _) = arguments(model.file.content, &head);
        let keyword = model.file.scan.keyword(r);
        let point = match keyword {
            "IFCCARTESIANPOINT" => args.first(),
            "IFCCARTESIANPOINTLIST3D" => args.first().and_then(|list| list.members().first()),
            // Points of profiles are in a plane of their own, and mapped shapes are placed again.
            k if k.ends_with("PROFILEDEF") || k.contains("CONTEXT") || k == "IFCMAPPEDITEM" => continue,
            _ => None,
        };
        if let Some(point) = point {
            let at = |i: usize| point.members().get(i).and_then(Value::as_f64).unwrap_or(0.0);
            return DVec3::new(at(0), at(1), at(2)) * model.meters();
        }
        let mut below = Vec::new();
        for v in args {
            references(&v, &mut below);
        }
        todo.extend(below.into_iter().rev());
    }
    DVec3::ZERO
}

fn references(v: &Value<'_>, out: &mut Vec<u64>) {
    match v {
        Value::Ref(id) => out.push(*id),
        Value::List(l) | Value::Typed(_, l) => l.iter().for_each(|v| references(v, out)),
        _ => {}
    }
}
