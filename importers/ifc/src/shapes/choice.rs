//! Which of a product's representations shows its body.

use crate::evaluate::SURFACES;
use crate::step::{StepFile, Value};

/// Deepest nesting of mapped representations that is followed. Chosen: real files have 2 levels.
const MAX_MAPPED: usize = 4;
/// Representations that are looked at for one. Chosen: those that hold each other many times over end.
const MAX_LOOKS: usize = 4096;
/// Names of representations that show no body, whatever they are made of (`IfcShapeRepresentation`, table of
/// identifiers).
const ASIDE: [&str; 8] = ["axis", "footprint", "box", "annotation", "plan", "cog", "lighting", "profile"];
/// Names of representations that stand for a body only where there is no other.
const INSTEAD: [&str; 2] = ["reference", "clearance"];
/// Beginnings of types of representations that have no surface.
const FLAT: [&str; 11] = [
    "curve",
    "annotation",
    "geometriccurveset",
    "point",
    "segment",
    "text",
    "fillarea",
    "footprint",
    "boundingbox",
    "edge",
    "vertex",
];
/// Items without a surface. Representations of them alone show no body, whatever they call themselves.
const LINES: [&str; 12] = [
    "IFCPOLYLINE",
    "IFCTRIMMEDCURVE",
    "IFCCOMPOSITECURVE",
    "IFCINDEXEDPOLYCURVE",
    "IFCGRADIENTCURVE",
    "IFCSEGMENTEDREFERENCECURVE",
    "IFCALIGNMENTCURVE",
    "IFCCIRCLE",
    "IFCELLIPSE",
    "IFCLINE",
    "IFCCARTESIANPOINT",
    "IFCGEOMETRICCURVESET",
];
/// Names that stand for a body, the best first; others come behind them, in the file's order.
const BODIES: [&str; 5] = ["body", "facetation", "body-fallback", "mesh", "surface"];

/// What a product's representations hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Choice {
    /// Representations that show the product, all of one rank.
    pub(crate) drawn: Vec<u64>,
    /// Others hold surfaces or solids too.
    pub(crate) others: bool,
}

/// Chooses among the representations of a product, or of a type that is drawn as such, by its attributes; `None` where
/// it has none.
pub(crate) fn choose(file: &StepFile<'_>, args: &[Value<'_>]) -> Option<Choice> {
    let of = |record: u64, at: usize| file.get(record).and_then(|(_, args)| args.get(at).cloned());
    let shown = args.get(6)?;
    let all: Vec<u64> = match shown.as_ref() {
        // `IfcProductDefinitionShape`.
        Some(shape) => of(shape, 2).iter().flat_map(Value::refs).collect(),
        // `IfcTypeProduct.RepresentationMaps`.
        None => shown.refs().filter_map(|map| of(map, 1)?.as_ref()).collect(),
    };
    if all.is_empty() && shown.as_ref().is_none() {
        return None;
    }
    let solid: Vec<(usize, u64)> =
        all.iter().filter(|&&r| is_surface(file, r)).map(|&r| (rank(file, r), r)).collect();
    let best = solid.iter().map(|s| s.0).min();
    let drawn: Vec<u64> = solid.iter().filter(|s| Some(s.0) == best).map(|s| s.1).collect();
    let drawn = of_one_context(file, drawn);
    Some(Choice { others: drawn.len() != all.len(), drawn })
}

/// Representations of one rank in one context are parts of the product; in several contexts they are the product over
/// again, and those of the first that is named are drawn.
fn of_one_context(file: &StepFile<'_>, mut drawn: Vec<u64>) -> Vec<u64> {
    let context = |r: u64| file.get(r).and_then(|(_, args)| args.first().and_then(Value::as_ref));
    let first = drawn.iter().find_map(|r| context(*r));
    drawn.retain(|r| context(*r) == first);
    drawn
}

fn rank(file: &StepFile<'_>, representation: u64) -> usize {
    let args = file.get(representation).map(|(_, args)| args).unwrap_or_default();
    let name = word(file, &args, 1);
    // A representation without a name is the only one, or as good as the body.
    let name = if name.is_empty() { "body" } else { name.as_str() };
    let other = if INSTEAD.contains(&name) { BODIES.len() + 1 } else { BODIES.len() };
    BODIES.iter().position(|b| *b == name).unwrap_or(other)
}

fn word(file: &StepFile<'_>, args: &[Value<'_>], at: usize) -> String {
    file.text(args.get(at)).unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether a representation holds surfaces or solids. One that is missing counts as such.
pub(crate) fn is_surface(file: &StepFile<'_>, representation: u64) -> bool {
    surface_below(file, representation, 0, &mut 0)
}

fn surface_below(file: &StepFile<'_>, representation: u64, depth: usize, looks: &mut usize) -> bool {
    *looks += 1;
    if *looks > MAX_LOOKS {
        return true;
    }
    let Some((keyword, args)) = file.get(representation) else { return true };
    let items: Vec<u64> = args.get(3).into_iter().flat_map(Value::refs).collect();
    let kind = word(file, &args, 2);
    // Faces of an analysis model are what there is of its members, whatever they are called.
    let aside = keyword != "IFCTOPOLOGYREPRESENTATION" && ASIDE.contains(&word(file, &args, 1).as_str());
    if items.is_empty() || aside || FLAT.iter().any(|f| kind.starts_with(f)) {
        return false;
    }
    if kind == "geometricset" {
        return items.iter().any(|set| holds_surface(file, *set));
    }
    let is_line = |item: &u64| file.keyword(*item).is_some_and(|k| LINES.contains(&k));
    if items.iter().all(is_line) {
        return false;
    }
    if kind != "mappedrepresentation" || depth >= MAX_MAPPED {
        return true;
    }
    let map = |item: u64| {
        let source = file.get(item)?.1.first()?.as_ref()?;
        file.get(source)?.1.get(1)?.as_ref()
    };
    items.into_iter().any(|item| map(item).is_none_or(|r| surface_below(file, r, depth + 1, looks)))
}

/// Whether an `IfcGeometricSet` has more than curves and points.
fn holds_surface(file: &StepFile<'_>, set: u64) -> bool {
    let elements = file.get(set).map(|(_, args)| args).unwrap_or_default();
    let mut elements = elements.first().into_iter().flat_map(Value::refs).take(MAX_LOOKS);
    elements.any(|e| file.keyword(e).is_some_and(|k| SURFACES.contains(&k)))
}
