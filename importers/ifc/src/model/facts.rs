//! What objects and entries have to do with each other, apart from the tree: assignments, associations, connections.

use lantu_ingest::{Fact, FactKind};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::MAX_RELATING;
use super::describe::Describer;
use crate::step::{StepFile, Value};

/// Where a relation's two sides stand among its arguments, and what each is to the other.
struct Sides {
    relating: usize,
    related: usize,
    /// What the relating side is to the related ones.
    to_related: FactKind,
    /// What the related ones are to the relating side; `None` where only the first direction is of use.
    to_relating: Option<FactKind>,
}

/// What a record of a keyword says.
enum Said {
    /// What two sides are to each other.
    Sides(Sides),
    /// What a presentation layer holds.
    Layer,
}

/// Records that are read before they are put together. Chosen: enough for any number of threads, little memory.
const RECORDS_PER_ROUND: usize = 1 << 15;
/// Records that a thread takes at once, at least. Chosen: most of them are no relations.
const RECORDS_PER_TASK: usize = 512;

/// Layers that are kept as they are told. Chosen: real files have a hundred.
const MAX_TOLD: usize = 1024;

fn sides(keyword: &str) -> Option<Sides> {
    use FactKind as K;
    let (relating, related, to_related, to_relating) = match keyword {
        "IFCRELAGGREGATES" | "IFCRELDECOMPOSES" | "IFCRELNESTS" => (4, 5, K::Whole, Some(K::Part)),
        "IFCRELCONTAINEDINSPATIALSTRUCTURE" => (5, 4, K::Container, None),
        "IFCRELREFERENCEDINSPATIALSTRUCTURE" => (5, 4, K::ReferencedIn, Some(K::References)),
        "IFCRELVOIDSELEMENT" | "IFCRELPROJECTSELEMENT" | "IFCRELADHERESTOELEMENT" => {
            (4, 5, K::Host, Some(K::Feature))
        }
        "IFCRELFILLSELEMENT" => (4, 5, K::Fills, Some(K::FilledBy)),
        "IFCRELCOVERSBLDGELEMENTS" | "IFCRELCOVERSSPACES" => (4, 5, K::Covers, Some(K::Covering)),
        "IFCRELCONNECTSPORTTOELEMENT" => (5, 4, K::PortOf, Some(K::Port)),
        "IFCRELCONNECTSELEMENTS" | "IFCRELCONNECTSPATHELEMENTS" | "IFCRELCONNECTSWITHREALIZINGELEMENTS" => {
            (5, 6, K::Connected, Some(K::Connected))
        }
        "IFCRELFLOWCONTROLELEMENTS" => (5, 4, K::Connected, Some(K::Connected)),
        "IFCRELINTERFERESELEMENTS" => (4, 5, K::Interferes, Some(K::Interferes)),
        "IFCRELSERVICESBUILDINGS" => (4, 5, K::ServedBy, Some(K::Serves)),
        "IFCRELASSIGNSTOGROUP" | "IFCRELASSIGNSTOGROUPBYFACTOR" => (6, 4, K::Group, Some(K::Member)),
        "IFCRELASSIGNSTOPROCESS" => (6, 4, K::Process, Some(K::Assigned)),
        "IFCRELASSIGNSTOCONTROL" | "IFCRELASSIGNSTASKS" | "IFCRELASSIGNSTOPROJECTORDER" => {
            (6, 4, K::Control, Some(K::Assigned))
        }
        "IFCRELASSIGNSTOACTOR" | "IFCRELOCCUPIESSPACES" => (6, 4, K::Actor, Some(K::Assigned)),
        "IFCRELASSIGNSTORESOURCE" => (6, 4, K::Resource, Some(K::Assigned)),
        "IFCRELASSIGNSTOPRODUCT" => (6, 4, K::Product, Some(K::Assigned)),
        "IFCRELSEQUENCE" => (4, 5, K::Predecessor, Some(K::Successor)),
        "IFCRELPOSITIONS" => (4, 5, K::PositionedBy, Some(K::Positions)),
        "IFCRELDECLARES" => (4, 5, K::DeclaredIn, Some(K::Declares)),
        "IFCRELDEFINESBYTYPE" | "IFCRELDEFINESBYOBJECT" => (5, 4, K::Type, Some(K::Occurrence)),
        "IFCRELASSOCIATESMATERIAL" => (5, 4, K::Material, None),
        "IFCRELASSOCIATESCLASSIFICATION" => (5, 4, K::Classification, None),
        "IFCRELASSOCIATESDOCUMENT" => (5, 4, K::Document, None),
        "IFCRELASSOCIATESCONSTRAINT" => (6, 4, K::Associated, None),
        _ if keyword.starts_with("IFCRELSPACEBOUNDARY") => (4, 5, K::Bounds, Some(K::Boundary)),
        _ if keyword.starts_with("IFCRELASSOCIATES") => (5, 4, K::Associated, None),
        // Ports, structural members and what newer schemas connect.
        _ if keyword.starts_with("IFCRELCONNECTS") => (4, 5, K::Connected, Some(K::Connected)),
        _ => return None,
    };
    Some(Sides { relating, related, to_related, to_relating })
}

/// Whether an occurrence has from its type what is said so of it.
fn is_inherited(kind: FactKind) -> bool {
    matches!(kind, FactKind::Material | FactKind::Classification | FactKind::Document | FactKind::Associated)
}

/// What one record is to another.
#[derive(Clone, Copy)]
struct Link {
    record: u64,
    kind: FactKind,
    other: u64,
}

/// Everything that is a fact of a record, by the record's number. Only ever looked up, never walked.
pub(crate) struct Facts<'a, 'f> {
    file: &'a StepFile<'f>,
    describe: Describer<'a, 'f>,
    /// By record, each one's in the order of the file: a list for each record would take several times the room.
    links: Vec<Link>,
    /// What occurrences have from each type: without it each of them would look at all the others of its type.
    inherited: FxHashMap<u64, Vec<Link>>,
    /// Representations and items with the presentation layers that hold them, likewise.
    layers: Vec<(u64, u64)>,
    /// What the first layers are told as: each is told of all its objects, and its record lists them all.
    told_layers: FxHashMap<u64, Fact>,
}

impl<'a, 'f> Facts<'a, 'f> {
    /// Reads all relations and layers of a file, on the current thread pool.
    pub(crate) fn read(describe: Describer<'a, 'f>) -> Self {
        let file = describe.file;
        let (inherited, told_layers) = (FxHashMap::default(), FxHashMap::default());
        let mut out = Self { file, describe, links: Vec::new(), inherited, layers: Vec::new(), told_layers };
        let of_keyword = |k: &String| {
            let of_relation = k.starts_with("IFCREL").then(|| sides(k)).flatten().map(Said::Sides);
            if k.starts_with("IFCPRESENTATIONLAYER") { Some(Said::Layer) } else { of_relation }
        };
        let said: Vec<Option<Said>> = file.scan.keywords.iter().map(of_keyword).collect();
        // Reading takes long and is done on all threads; what was read is put together in the order of the file.
        for round in file.scan.records.chunks(RECORDS_PER_ROUND) {
            let read: Vec<(u64, &Said, Vec<Value<'_>>)> = round
                .par_iter()
                .with_min_len(RECORDS_PER_TASK)
                .filter_map(|r| Some((r.id, said.get(r.keyword() as usize)?.as_ref()?, file.args(r))))
                .collect();
            for (id, said, args) in read {
                match said {
                    Said::Sides(sides) => out.link(sides, &args),
                    Said::Layer => {
                        if out.told_layers.len() < MAX_TOLD {
                            let told = out.describe.fact(FactKind::Layer, id);
                            out.told_layers.extend(told.map(|f| (id, f)));
                        }
                        for item in args.get(2).into_iter().flat_map(Value::refs) {
                            out.layers.push((item, id));
                        }
                    }
                }
            }
        }
        out.links.sort_by_key(|l| l.record);
        out.layers.sort_by_key(|l| l.0);
        out.inherited = out.of_types();
        out
    }

    fn of_types(&self) -> FxHashMap<u64, Vec<Link>> {
        let mut out = FxHashMap::default();
        for kind in self.links.iter().filter(|l| l.kind == FactKind::Type).map(|l| l.other) {
            out.entry(kind).or_insert_with(|| {
                self.links_of(kind).iter().filter(|l| is_inherited(l.kind)).copied().collect::<Vec<_>>()
            });
        }
        out
    }

    /// What a record is to others.
    fn links_of(&self, record: u64) -> &[Link] {
        let from = self.links.partition_point(|l| l.record < record);
        let behind = self.links.get(from..).unwrap_or_default();
        let n = behind.partition_point(|l| l.record == record);
        behind.get(..n).unwrap_or_default()
    }

    fn link(&mut self, s: &Sides, args: &[Value<'_>]) {
        let of = |at: usize| args.get(at).into_iter().flat_map(Value::refs);
        for relating in of(s.relating).take(MAX_RELATING) {
            for related in of(s.related) {
                self.links.push(Link { record: related, kind: s.to_related, other: relating });
                if let Some(kind) = s.to_relating {
                    self.links.push(Link { record: relating, kind, other: related });
                }
            }
        }
    }

    /// The facts of a record: its own, then what its type says of materials, classifications and documents.
    pub(crate) fn of(&self, record: u64) -> Vec<Fact> {
        let mut out = Vec::new();
        let own = self.links_of(record);
        for l in own {
            self.push(l.kind, l.other, false, &mut out);
        }
        let has_material = own.iter().any(|l| l.kind == FactKind::Material);
        for kind in own.iter().filter(|l| l.kind == FactKind::Type) {
            for l in self.inherited.get(&kind.other).into_iter().flatten() {
                if l.kind != FactKind::Material || !has_material {
                    self.push(l.kind, l.other, true, &mut out);
                }
            }
        }
        let args = self.file.get(record).map(|(_, args)| args).unwrap_or_default();
        for layer in self.layers_of(&args) {
            let told = self.told_layers.get(&layer).cloned();
            out.extend(told.or_else(|| self.describe.fact(FactKind::Layer, layer)));
        }
        out.extend(args.get(1).and_then(Value::as_ref).and_then(|owner| self.describe.owner(owner)));
        out
    }

    fn push(&self, kind: FactKind, other: u64, inherited: bool, out: &mut Vec<Fact>) {
        let first = out.len();
        if kind == FactKind::Material {
            self.describe.materials(other, out);
        } else {
            out.extend(self.describe.fact(kind, other));
        }
        for fact in out.iter_mut().skip(first) {
            fact.inherited = inherited;
        }
    }

    /// Layers of a product's representations, of their items, and of what those are mapped from.
    fn layers_of(&self, args: &[Value<'_>]) -> Vec<u64> {
        let mut out: Vec<u64> = Vec::new();
        if self.layers.is_empty() {
            return out;
        }
        let refs = |id: u64, at: usize| -> Vec<u64> {
            self.file.get(id).and_then(|(_, a)| a.get(at).map(|v| v.refs().collect())).unwrap_or_default()
        };
        let mut take = |id: u64| {
            let from = self.layers.partition_point(|l| l.0 < id);
            for &(_, layer) in self.layers.get(from..).into_iter().flatten().take_while(|l| l.0 == id) {
                if !out.contains(&layer) {
                    out.push(layer);
                }
            }
        };
        let Some(shape) = args.get(6).and_then(Value::as_ref) else { return out };
        for representation in refs(shape, 2) {
            take(representation);
            for item in refs(representation, 3) {
                take(item);
                if self.file.keyword(item) == Some("IFCMAPPEDITEM") {
                    for map in refs(item, 0) {
                        for mapped in refs(map, 1) {
                            take(mapped);
                            refs(mapped, 3).into_iter().for_each(&mut take);
                        }
                    }
                }
            }
        }
        out
    }

    /// What describes the records.
    pub(crate) fn describer(&self) -> &Describer<'a, 'f> {
        &self.describe
    }
}
