//! Where products stand: placements resolved to transforms into the file's frame, in f64.

use std::collections::{HashMap, HashSet};

use glam::DAffine3;

use super::axes::Reader;
use super::reason::Reason;
use crate::step::{StepFile, Value};
use crate::units::Units;

/// Records of a circle that a message names. Chosen: fits a line.
const NAMED_OF_A_CIRCLE: usize = 8;

/// The placements of a file, all resolved.
///
/// Transforms take local coordinates in meters to the file's frame in meters: all placements applied, no map
/// conversion.
pub(crate) struct Placements<'a, 'f> {
    file: &'a StepFile<'f>,
    /// By number of the placement's record.
    world: HashMap<u64, Result<DAffine3, Reason>>,
}

impl<'a, 'f> Placements<'a, 'f> {
    /// Resolves every placement of the file once.
    pub(crate) fn new(file: &'a StepFile<'f>, units: &Units) -> Self {
        let reader = Reader { file, length_m: units.length_m.unwrap_or(1.0), angle_rad: units.angle_rad };
        let mut steps: HashMap<u64, Step> = HashMap::new();
        for r in &file.scan.records {
            if is_placement(file.scan.keyword(r)) {
                steps.insert(r.id, step(&reader, r.id));
            }
        }
        let mut order: Vec<u64> = steps.keys().copied().collect();
        order.sort_unstable();
        let mut world = HashMap::with_capacity(order.len());
        for id in order {
            resolve(id, &steps, &mut world);
        }
        Self { file, world }
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

    /// From the frame of a placement, by its own number, to the file's frame.
    ///
    /// # Errors
    /// [`Reason`] where it cannot be evaluated, or is not a placement.
    pub(crate) fn at(&self, placement: u64) -> Result<DAffine3, Reason> {
        self.world.get(&placement).cloned().unwrap_or(Err(Reason::Missing(placement)))
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

fn step(reader: &Reader<'_, '_>, id: u64) -> Step {
    let Some((keyword, args)) = reader.get(id) else {
        return Step { parent: None, local: Err(Reason::Missing(id)) };
    };
    let reference = |at: usize| args.get(at).and_then(Value::as_ref);
    match keyword {
        "IFCLOCALPLACEMENT" => {
            let local = reference(1).map_or(Ok(DAffine3::IDENTITY), |axes| {
                reader.axes(axes).ok_or_else(|| match reader.get(axes) {
                    Some((keyword, _)) => Reason::Kind(axes, keyword.to_owned()),
                    None => Reason::Missing(axes),
                })
            });
            Step { parent: reference(0), local }
        }
        other => Step { parent: None, local: Err(Reason::Kind(id, other.to_owned())) },
    }
}

/// Follows the chain up to what is known, or its end, and back down. Not recursive: chains may be as long as the file.
fn resolve(id: u64, steps: &HashMap<u64, Step>, world: &mut HashMap<u64, Result<DAffine3, Reason>>) {
    let mut chain: Vec<u64> = Vec::new();
    let mut on_chain: HashSet<u64> = HashSet::new();
    let mut at = Some(id);
    let mut above = Ok(DAffine3::IDENTITY);
    while let Some(here) = at {
        if let Some(known) = world.get(&here) {
            above = known.clone();
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
        let local = steps.get(&here).map_or(Err(Reason::Missing(here)), |s| s.local.clone());
        above = above.and_then(|above| Ok(above * local?));
        world.insert(here, above.clone());
    }
}

fn circle(chain: &[u64], back_at: u64) -> Reason {
    let start = chain.iter().position(|&c| c == back_at).unwrap_or_default();
    let members = chain.get(start..).unwrap_or_default();
    let mut names: Vec<String> = members.iter().take(NAMED_OF_A_CIRCLE).map(|c| format!("#{c}")).collect();
    if members.len() > NAMED_OF_A_CIRCLE {
        names.push("…".to_owned());
    }
    names.push(format!("#{back_at}"));
    Reason::Cycle(names.join(" → "))
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use glam::DVec3;

    use super::*;

    fn with<T>(data: &str, then: impl FnOnce(&Placements<'_, '_>) -> T) -> T {
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
            let reason = p.world(9).unwrap_err().to_string();
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
