//! Which object holds, voids, fills, groups and connects which; which type, properties and associations it has.

use std::collections::HashMap;

use lantu_base::{Code, Diagnostic, Severity};
use lantu_ingest::{RelationKind, RelationRecord};
use rustc_hash::FxHashMap;

use super::{MAX_RELATING, Object};
use crate::step::{StepFile, Value};

/// Record numbers by record number. Only ever looked up, never walked.
type Links = FxHashMap<u64, Vec<u64>>;

/// The relations that concern objects.
#[derive(Debug, Default)]
pub(crate) struct Relations {
    /// Spatial structure of an object.
    contained_in: FxHashMap<u64, u64>,
    /// Whole of a part (aggregation).
    whole: FxHashMap<u64, u64>,
    /// Whole of a part (nesting, ports).
    nest: FxHashMap<u64, u64>,
    /// Element that a port belongs to.
    port_of: FxHashMap<u64, u64>,
    /// Host of an opening.
    host: FxHashMap<u64, u64>,
    /// Opening that an element fills.
    opening: FxHashMap<u64, u64>,
    /// Type of an object.
    pub(crate) type_of: FxHashMap<u64, u64>,
    /// Property definitions of an object.
    pub(crate) defined_by: Links,
    /// Materials of an object or type.
    pub(crate) materials: Links,
    /// Classifications of an object or type.
    pub(crate) classifications: Links,
    /// Kind, from, to; in file order.
    pairs: Vec<(RelationKind, u64, u64)>,
}

impl Relations {
    /// Reads all relations of a file.
    pub(crate) fn read(file: &StepFile<'_>) -> Self {
        let mut out = Self::default();
        for r in file.scan.of_any(|k| k.starts_with("IFCREL")) {
            out.add(file.scan.keyword(r), &file.args(r), file);
        }
        out
    }

    fn add(&mut self, keyword: &str, args: &[Value<'_>], file: &StepFile<'_>) {
        let one = |at: usize| args.get(at).and_then(Value::as_ref);
        let many = |at: usize| args.get(at).map(|v| v.refs().collect::<Vec<u64>>()).unwrap_or_default();
        match keyword {
            "IFCRELAGGREGATES" | "IFCRELDECOMPOSES" => self.hold(one(4), &many(5), Held::Whole),
            "IFCRELNESTS" => self.hold(one(4), &many(5), Held::Nest),
            "IFCRELCONTAINEDINSPATIALSTRUCTURE" => self.hold(one(5), &many(4), Held::Contained),
            "IFCRELVOIDSELEMENT" | "IFCRELPROJECTSELEMENT" | "IFCRELADHERESTOELEMENT" => {
                for part in many(5) {
                    if let Some(host) = one(4) {
                        self.host.entry(part).or_insert(host);
                        if keyword == "IFCRELVOIDSELEMENT" {
                            self.pairs.push((RelationKind::Voids, host, part));
                        }
                    }
                }
            }
            "IFCRELFILLSELEMENT" => {
                if let Some((opening, element)) = one(4).zip(one(5)) {
                    self.opening.entry(element).or_insert(opening);
                    self.pairs.push((RelationKind::Fills, opening, element));
                }
            }
            "IFCRELASSIGNSTOGROUP" | "IFCRELASSIGNSTOGROUPBYFACTOR" => {
                self.pair_up(RelationKind::Groups, one(6), &many(4));
            }
            "IFCRELCONNECTSPORTTOELEMENT" => {
                if let Some((port, element)) = one(4).zip(one(5)) {
                    self.port_of.entry(port).or_insert(element);
                    self.pairs.push((RelationKind::Contains, element, port));
                }
            }
            "IFCRELCONNECTSPORTS" => self.pair_up(RelationKind::Connects, one(4), &many(5)),
            "IFCRELCONNECTSELEMENTS"
            | "IFCRELCONNECTSPATHELEMENTS"
            | "IFCRELCONNECTSWITHREALIZINGELEMENTS" => {
                self.pair_up(RelationKind::Connects, one(5), &many(6));
            }
            "IFCRELDEFINESBYTYPE" => {
                for object in many(4) {
                    if let Some(kind) = one(5) {
                        self.type_of.entry(object).or_insert(kind);
                    }
                }
            }
            "IFCRELDEFINESBYPROPERTIES" | "IFCRELOVERRIDESPROPERTIES" => {
                link(&mut self.defined_by, &many(4), &many(5));
            }
            "IFCRELASSOCIATESMATERIAL" => link(&mut self.materials, &many(4), &many(5)),
            "IFCRELASSOCIATESCLASSIFICATION" => link(&mut self.classifications, &many(4), &many(5)),
            _ => self.add_unknown(keyword, args, file),
        }
    }

    /// Relations of `IfcRelConnects…` that older and newer schemas name differently: two objects, in this order.
    fn add_unknown(&mut self, keyword: &str, args: &[Value<'_>], file: &StepFile<'_>) {
        if keyword.starts_with("IFCRELCONNECTS") {
            let ends: Vec<u64> = args.get(4..).unwrap_or_default().iter().filter_map(Value::as_ref).collect();
            let real = |id: &u64| file.scan.find(*id).is_some();
            if let [from, to, ..] = ends.as_slice()
                && real(from)
                && real(to)
            {
                self.pairs.push((RelationKind::Connects, *from, *to));
            }
        }
    }

    fn hold(&mut self, whole: Option<u64>, parts: &[u64], how: Held) {
        let Some(whole) = whole else { return };
        let map = match how {
            Held::Whole => &mut self.whole,
            Held::Nest => &mut self.nest,
            Held::Contained => &mut self.contained_in,
        };
        for &part in parts {
            map.entry(part).or_insert(whole);
            self.pairs.push((RelationKind::Contains, whole, part));
        }
    }

    fn pair_up(&mut self, kind: RelationKind, from: Option<u64>, to: &[u64]) {
        if let Some(from) = from {
            self.pairs.extend(to.iter().map(|&to| (kind, from, to)));
        }
    }

    /// The object that holds another, whichever way.
    fn holder(&self, record: u64) -> Option<u64> {
        [&self.contained_in, &self.whole, &self.nest, &self.opening, &self.host]
            .into_iter()
            .find_map(|m| m.get(&record).copied())
    }

    /// The tree's parent: a filling belongs to its structure; if it has none, to the opening's host.
    fn parent(&self, record: u64) -> Option<u64> {
        [&self.contained_in, &self.whole, &self.nest, &self.port_of, &self.host]
            .into_iter()
            .find_map(|m| m.get(&record).copied())
            .or_else(|| {
                let opening = *self.opening.get(&record)?;
                Some(self.host.get(&opening).copied().unwrap_or(opening))
            })
    }

    /// Relations between objects, as numbers of `order`.
    pub(crate) fn records(&self, number: &HashMap<u64, u32>) -> Vec<RelationRecord> {
        self.pairs
            .iter()
            .filter_map(|&(kind, from, to)| {
                Some(RelationRecord { kind, from: *number.get(&from)?, to: *number.get(&to)? })
            })
            .collect()
    }
}

#[derive(Clone, Copy)]
enum Held {
    Whole,
    Nest,
    Contained,
}

fn link(links: &mut Links, objects: &[u64], to: &[u64]) {
    for &object in objects {
        links.entry(object).or_default().extend(to.iter().take(MAX_RELATING));
    }
}

/// Longest chain of containers that is walked. Chosen: real files have fewer than 20 levels.
const MAX_LEVELS: usize = 1000;

/// Record of the structure that holds an object, directly or through its wholes; otherwise its whole.
pub(crate) fn container(relations: &Relations, record: u64) -> Option<u64> {
    let mut at = record;
    for _ in 0..MAX_LEVELS {
        if let Some(&structure) = relations.contained_in.get(&at) {
            return Some(structure);
        }
        match relations.holder(at) {
            Some(next) if next != record => at = next,
            _ => break,
        }
    }
    relations.whole.get(&record).copied()
}

/// Orders objects so that parents come first and otherwise as in the file, and says each one's parent as a
/// number in that order. A cycle is cut at the object that comes first in the file.
pub(crate) fn parents(
    objects: Vec<Object>,
    relations: &Relations,
    file: &StepFile<'_>,
) -> (Vec<(Object, Option<u32>)>, Vec<Diagnostic>) {
    let at: HashMap<u64, usize> = objects.iter().enumerate().map(|(i, o)| (o.record, i)).collect();
    let mut parent: Vec<Option<usize>> =
        objects.iter().map(|o| relations.parent(o.record).and_then(|p| at.get(&p).copied())).collect();
    let mut diagnostics = Vec::new();
    let mut number: Vec<Option<u32>> = vec![None; objects.len()];
    let mut order: Vec<usize> = Vec::with_capacity(objects.len());
    for start in 0..objects.len() {
        let mut chain: Vec<usize> = Vec::new();
        let mut next = Some(start);
        while let Some(i) = next.filter(|&i| number.get(i) == Some(&None)) {
            if chain.contains(&i) || chain.len() >= MAX_LEVELS {
                if let (Some(slot), Some(o)) = (parent.get_mut(i), objects.get(i)) {
                    *slot = None;
                    diagnostics.push(Diagnostic::new(
                        Code::new("ifc.cycle"),
                        Severity::Warning,
                        file.place_of(o.record),
                        "The object is held by itself, directly or through others; it was moved to the top.",
                    ));
                }
                if !chain.contains(&i) {
                    chain.push(i);
                }
                // The object where the cycle was cut comes first.
                if let Some(k) = chain.iter().position(|&c| c == i) {
                    let cut = chain.split_off(k);
                    let mut below: Vec<usize> = cut;
                    below.rotate_left(1);
                    chain.extend(below);
                }
                break;
            }
            chain.push(i);
            next = parent.get(i).copied().flatten();
        }
        for i in chain.into_iter().rev() {
            if let Some(slot) = number.get_mut(i)
                && slot.is_none()
            {
                *slot = u32::try_from(order.len()).ok();
                order.push(i);
            }
        }
    }
    let mut objects: Vec<Option<Object>> = objects.into_iter().map(Some).collect();
    let sorted = order
        .iter()
        .filter_map(|&i| {
            let parent = parent.get(i).copied().flatten().and_then(|p| number.get(p).copied().flatten());
            Some((objects.get_mut(i)?.take()?, parent))
        })
        .collect();
    (sorted, diagnostics)
}
