//! Where products stand: placements resolved to transforms into the file's frame, in f64.

use std::collections::HashSet;

use glam::{DAffine3, DVec3};
use lantu_base::{Code, Diagnostic, Severity};
use rustc_hash::{FxBuildHasher, FxHashMap};

use super::axes::Reader;
use super::course::Course;
use super::curves::course;
use super::grid;
use super::linear::linear_axes;
use crate::shapes::Reason;
use crate::step::{StepFile, Value};
use crate::units::Units;

/// Records of a circle that a message names. Chosen: fits a line.
const NAMED_OF_A_CIRCLE: usize = 8;

/// How far a stated position may lie from the one that its curve gives, meters. Chosen: a centimeter, the tolerance of
/// the files' own rounding.
const CONTRADICTION_M: f64 = 0.01;

/// The placements of a file, all resolved.
///
/// Transforms take local coordinates in meters to the file's frame in meters: all placements applied, no map
/// conversion.
pub(crate) struct Placements<'a> {
    file: &'a StepFile<'a>,
    notes: Vec<Diagnostic>,
    /// By number of the placement's record.
    world: FxHashMap<u64, Result<DAffine3, Reason>>,
}

impl<'a> Placements<'a> {
    /// Resolves every placement of the file once.
    pub(crate) fn new(file: &'a StepFile<'a>, units: &Units) -> Self {
        let reader = Reader::new(file, units);
        let mut read = Steps {
            reader,
            courses: FxHashMap::default(),
            owners: owners(&reader),
            contradicted: Vec::new(),
            stated: Vec::new(),
        };
        let mut steps: FxHashMap<u64, Step> = FxHashMap::default();
        for r in file.scan.of_any(is_placement) {
            steps.insert(r.id, read.step(r.id));
        }
        let mut order: Vec<u64> = steps.keys().copied().collect();
        order.sort_unstable();
        let mut world = FxHashMap::with_capacity_and_hasher(order.len(), FxBuildHasher);
        for id in order {
            resolve(id, &steps, &mut world);
        }
        Self { file, notes: read.notes(), world }
    }

    /// From a product's local frame to the file's frame; the identity where it has no placement.
    ///
    /// # Errors
    /// [`Reason`] where its placement cannot be evaluated.
    pub(crate) fn world(&self, product: u64) -> Result<DAffine3, Reason> {
        let args = self.file.get(product).map(|(_, args)| args).unwrap_or_default();
        // `IfcProduct.ObjectPlacement`, the sixth attribute in every schema.
        args.get(5).and_then(Value::as_ref).map_or(Ok(DAffine3::IDENTITY), |at| self.at(at))
    }

    /// What a person has to know about the placements of the file.
    pub(crate) fn diagnostics(&self) -> &[Diagnostic] {
        &self.notes
    }

    /// From the frame of a placement, by its own number, to the file's frame.
    ///
    /// # Errors
    /// [`Reason`] where it cannot be evaluated, or is not a placement.
    pub(crate) fn at(&self, placement: u64) -> Result<DAffine3, Reason> {
        self.world.get(&placement).cloned().unwrap_or(Err(missing(placement)))
    }
}

fn is_placement(keyword: &str) -> bool {
    matches!(keyword, "IFCLOCALPLACEMENT" | "IFCLINEARPLACEMENT" | "IFCGRIDPLACEMENT")
}

/// One placement, relative to another.
struct Step {
    parent: Option<u64>,
    local: Result<DAffine3, Reason>,
}

/// Reads placements of one file; curves are read once each.
struct Steps<'a> {
    reader: Reader<'a>,
    courses: FxHashMap<u64, Result<Course, Reason>>,
    /// Placement of the product whose representation a curve belongs to.
    owners: FxHashMap<u64, u64>,
    /// Linear placements that state another position than their curve gives: number, meters off.
    contradicted: Vec<(u64, f64)>,
    /// Linear placements whose stated position counts, for the curve cannot be followed.
    stated: Vec<(u64, Reason)>,
}

impl Steps<'_> {
    fn step(&mut self, id: u64) -> Step {
        let Some((keyword, args)) = self.reader.get(id) else {
            return Step { parent: None, local: Err(missing(id)) };
        };
        let reference = |at: usize| args.get(at).and_then(Value::as_ref);
        match keyword {
            "IFCLOCALPLACEMENT" => {
                let local = reference(1).map_or(Ok(DAffine3::IDENTITY), |axes| self.axes(axes));
                Step { parent: reference(0), local }
            }
            "IFCLINEARPLACEMENT" => self.linear(id, &args),
            "IFCGRIDPLACEMENT" => match grid::placement(&self.reader, id, &args) {
                Ok((parent, local)) => Step { parent, local: Ok(local) },
                Err(reason) => Step { parent: None, local: Err(reason) },
            },
            other => Step {
                parent: None,
                local: Err(Reason::new(id, format!("{other} is no placement that can be evaluated"))),
            },
        }
    }

    fn axes(&self, axes: u64) -> Result<DAffine3, Reason> {
        self.reader.axes(axes).ok_or_else(|| match self.reader.get(axes) {
            Some((keyword, _)) => Reason::new(axes, format!("{keyword} cannot be the axes of a placement")),
            None => missing(axes),
        })
    }

    /// `IfcLinearPlacement` in its three forms: `(PlacementRelTo, RelativePlacement, CartesianPosition)` of 4.3,
    /// `([PlacementRelTo,] PlacementMeasuredAlong, Distance, Orientation, CartesianPosition)` of its forerunners.
    fn linear(&mut self, id: u64, args: &[Value<'_>]) -> Step {
        let refs: Vec<(u64, &str)> =
            args.iter().filter_map(Value::as_ref).filter_map(|r| Some((r, self.reader.get(r)?.0))).collect();
        let of = |test: &dyn Fn(&str) -> bool| refs.iter().find(|r| test(r.1)).map(|r| r.0);
        let parent = of(&is_placement);
        let expressed = of(&|k| k == "IFCAXIS2PLACEMENTLINEAR" || k.ends_with("DISTANCEEXPRESSION"));
        let measured = of(&|k| k.contains("CURVE") || k == "IFCPOLYLINE" || k == "IFCALIGNMENT2DHORIZONTAL");
        let turned = of(&|k| k == "IFCORIENTATIONEXPRESSION");
        let found = expressed
            .ok_or_else(|| Reason::new(id, "the linear placement has no distance"))
            .and_then(|e| linear_axes(&self.reader, e))
            .and_then(|mut axes| {
                if let Some((_, o)) = turned.and_then(|o| self.reader.get(o)) {
                    (axes.towards, axes.axis) =
                        (self.reader.direction_at(&o, 0), self.reader.direction_at(&o, 1));
                }
                let basis = measured.or(axes.at.basis);
                let basis = basis.ok_or_else(|| Reason::new(id, "the linear placement has no curve"))?;
                let reader = self.reader;
                let course = self.courses.entry(basis).or_insert_with(|| course(&reader, basis));
                let local = axes.on(course.as_ref().map_err(Clone::clone)?);
                let local = local.ok_or_else(|| Reason::new(basis, "the curve has no pieces"))?;
                Ok((basis, local))
            });
        let explicit = of(&|k| k == "IFCAXIS2PLACEMENT3D").and_then(|e| self.reader.axes(e));
        match found {
            // Without a placement to stand in, the curve stands where its alignment does.
            Ok((basis, local)) => {
                // Many files state the origin because they have to state something.
                if let Some(e) = explicit.filter(|e| e.translation != DVec3::ZERO) {
                    let off = e.translation.distance(local.translation);
                    if off > CONTRADICTION_M {
                        self.contradicted.push((id, off));
                    }
                }
                Step { parent: parent.or_else(|| self.owners.get(&basis).copied()), local: Ok(local) }
            }
            Err(reason) => {
                // The author's own evaluation stands in for a curve that cannot be followed.
                if explicit.is_some() {
                    self.stated.push((id, reason.clone()));
                }
                Step { parent, local: explicit.ok_or(reason) }
            }
        }
    }

    fn notes(&self) -> Vec<Diagnostic> {
        let mut out = Vec::new();
        if let Some((id, worst)) = self.contradicted.iter().max_by(|a, b| a.1.total_cmp(&b.1)) {
            let n = self.contradicted.len();
            out.push(
                Diagnostic::new(
                    Code::new("ifc.placement_contradicted"),
                    Severity::Warning,
                    self.reader.file.place_of(*id),
                    format!(
                        "{n} places along a curve state another position than the curve gives, {worst:.3} m off at most; \
                        the curve counts."
                    ),
                )
                .with("n", n)
                .with("worst_m", worst),
            );
        }
        if let Some((id, reason)) = self.stated.first() {
            let n = self.stated.len();
            out.push(
                Diagnostic::new(
                    Code::new("ifc.placement_stated"),
                    Severity::Warning,
                    self.reader.file.place_of(*id),
                    format!(
                        "{n} places along a curve were taken from the position that the file states, for the curve \
                        could not be followed (#{}: {}).",
                        reason.record, reason.what
                    ),
                )
                .with("n", n),
            );
        }
        out
    }
}

/// Curves that an alignment, by its attributes, is drawn by: `Axis` of 4.1, the items of the representations of 4.3.
pub(super) fn curves_of(reader: &Reader<'_>, args: &[Value<'_>]) -> Vec<u64> {
    let mut curves: Vec<u64> = args.get(7).and_then(Value::as_ref).into_iter().collect();
    let shape = args.get(6).and_then(Value::as_ref).and_then(|s| reader.get(s)).map(|s| s.1);
    for representation in shape.iter().filter_map(|s| s.get(2)).flat_map(Value::refs) {
        let items = reader.get(representation).map(|r| r.1).unwrap_or_default();
        curves.extend(items.get(3).into_iter().flat_map(Value::refs));
    }
    curves
}

/// For each curve of an alignment, and those that it is built on, the placement of the alignment.
fn owners(reader: &Reader<'_>) -> FxHashMap<u64, u64> {
    let mut out = FxHashMap::default();
    for r in reader.file.scan.of_any(|k| matches!(k, "IFCALIGNMENT" | "IFCLINEARPOSITIONINGELEMENT")) {
        let args = reader.file.args(r);
        let Some(placement) = args.get(5).and_then(Value::as_ref) else { continue };
        for mut curve in curves_of(reader, &args) {
            while let Some((keyword, args)) = reader.get(curve) {
                if out.insert(curve, placement).is_some() {
                    break;
                }
                let base = match keyword {
                    "IFCGRADIENTCURVE" | "IFCSEGMENTEDREFERENCECURVE" => args.get(2).and_then(Value::as_ref),
                    _ => None,
                };
                let Some(base) = base else { break };
                curve = base;
            }
        }
    }
    out
}

/// Follows the chain up to what is known, or its end, and back down. Not recursive: chains may be as long as the file.
fn resolve(id: u64, steps: &FxHashMap<u64, Step>, world: &mut FxHashMap<u64, Result<DAffine3, Reason>>) {
    let mut chain: Vec<u64> = Vec::new();
    let mut on_chain: HashSet<u64> = HashSet::new();
    let mut at = Some(id);
    let mut above = Ok(DAffine3::IDENTITY);
    while let Some(here) = at {
        if let Some(known) = world.get(&here) {
            above.clone_from(known);
            break;
        }
        if !on_chain.insert(here) {
            above = Err(circle(&chain, here));
            break;
        }
        let Some(step) = steps.get(&here) else {
            // A missing parent was reported with the file's dangling references and counts as the file's frame.
            break;
        };
        chain.push(here);
        at = step.parent;
    }
    while let Some(here) = chain.pop() {
        let local = steps.get(&here).map_or(Err(missing(here)), |s| s.local.clone());
        above = above.and_then(|above| Ok(above * local?));
        world.insert(here, above.clone());
    }
}

/// A record that something refers to and the file does not have.
pub(crate) fn missing(id: u64) -> Reason {
    Reason::new(id, "the record is missing")
}

fn circle(chain: &[u64], back_at: u64) -> Reason {
    let start = chain.iter().position(|&c| c == back_at).unwrap_or_default();
    let members = chain.get(start..).unwrap_or_default();
    let mut names: Vec<String> = members.iter().take(NAMED_OF_A_CIRCLE).map(|c| format!("#{c}")).collect();
    if members.len() > NAMED_OF_A_CIRCLE {
        names.push("…".to_owned());
    }
    names.push(format!("#{back_at}"));
    Reason::new(back_at, format!("placements refer to each other in a circle: {}", names.join(" → ")))
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;

    fn with<T>(data: &str, then: impl FnOnce(&Placements<'_>) -> T) -> T {
        let text = format!(
            "ISO-10303-21;\nHEADER;\nFILE_SCHEMA(('IFC4X3'));\nENDSEC;\nDATA;\n\
            #900001=IFCPROJECT('p',$,$,$,$,$,$,$,#900002);#900002=IFCUNITASSIGNMENT((#900003));\n\
            #900003=IFCSIUNIT(*,.LENGTHUNIT.,.MILLI.,.METRE.);\n{data}\nENDSEC;\nEND-ISO-10303-21;\n"
        );
        let file = StepFile::read(text.as_bytes());
        let units = Units::read(&file);
        then(&Placements::new(&file, &units))
    }

    #[test]
    fn a_chain_of_local_placements_multiplies_from_the_root() {
        let data = "#1=IFCCARTESIANPOINT((4500000000.,1000.,0.));#2=IFCDIRECTION((0.,1.,0.));#3=IFCDIRECTION((0.,0.,1.));
            #4=IFCAXIS2PLACEMENT3D(#1,#3,#2);#5=IFCLOCALPLACEMENT($,#4);
            #6=IFCCARTESIANPOINT((1.,0.,0.));#7=IFCAXIS2PLACEMENT3D(#6,$,$);#8=IFCLOCALPLACEMENT(#5,#7);
            #9=IFCWALL('x',$,$,$,$,#8,$,$);";
        with(data, |p| {
            let at = p.world(9).unwrap().transform_point3(DVec3::new(0.5, 0.0, 0.0));
            assert!((at - DVec3::new(4_500_000.0, 1.501, 0.0)).length() < 1e-8, "{at}");
            assert_eq!(p.world(77), Ok(DAffine3::IDENTITY));
        });
    }

    #[test]
    fn a_circle_of_placements_is_named_and_hurts_only_its_own() {
        let data = "#5=IFCLOCALPLACEMENT(#6,$);#6=IFCLOCALPLACEMENT(#7,$);#7=IFCLOCALPLACEMENT(#5,$);
            #8=IFCLOCALPLACEMENT($,$);#9=IFCWALL('x',$,$,$,$,#6,$,$);#10=IFCWALL('y',$,$,$,$,#8,$,$);";
        with(data, |p| {
            let reason = p.world(9).unwrap_err().what;
            assert!(reason.contains("#5 → #6 → #7 → #5"), "{reason}");
            assert!(p.world(10).is_ok());
        });
    }

    #[test]
    fn a_chain_of_a_hundred_thousand_is_followed_without_recursion() {
        let mut data = String::from(
            "#1=IFCCARTESIANPOINT((1.,0.,0.));#2=IFCAXIS2PLACEMENT3D(#1,$,$);#3=IFCLOCALPLACEMENT($,#2);",
        );
        for i in 4..100_003 {
            write!(data, "#{i}=IFCLOCALPLACEMENT(#{},#2);", i - 1).unwrap();
        }
        let at = with(&data, |p| p.at(100_002).unwrap().translation);
        assert!((at - DVec3::new(100.0, 0.0, 0.0)).length() < 1e-6, "{at}");
    }
}
