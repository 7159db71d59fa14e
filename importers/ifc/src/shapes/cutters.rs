//! Openings that are too complicated to be cut.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::local::Model;
use crate::step::Value;

/// Faces of all openings of one host that are cut together. The library's time grows with their square. Measured:
/// 13 188 take over 120 CPU-s, 3 000 take 2.
const MAX_FACES: u64 = 3000;
/// Attribute of `IfcProduct` that holds its shape, in every schema.
const REPRESENTATION: usize = 6;

/// How many openings of a host are not cut, and how many it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Uncut {
    /// Not cut.
    pub(crate) n: usize,
    /// In all.
    pub(crate) of: usize,
}

/// Takes out of the openings of each host those that are too complicated, the most complicated first.
pub(crate) fn leave_out<'v>(
    model: &Model<'_>,
    hosts: impl Iterator<Item = (u32, &'v mut Vec<u32>)>,
) -> BTreeMap<u64, Uncut> {
    let mut known: HashMap<u32, u64> = HashMap::new();
    let mut out = BTreeMap::new();
    for (host, openings) in hosts {
        let of = openings.len();
        let mut by_faces: Vec<(u64, u32)> = openings
            .iter()
            .map(|&o| (*known.entry(o).or_insert_with(|| faces(model, o.into())), o))
            .collect();
        by_faces.sort_unstable();
        let mut sum = 0_u64;
        let cut: HashSet<u32> = by_faces
            .into_iter()
            .filter(|&(faces, _)| {
                sum = sum.saturating_add(faces);
                sum <= MAX_FACES
            })
            .map(|(_, opening)| opening)
            .collect();
        openings.retain(|o| cut.contains(o));
        if openings.len() < of {
            out.insert(host.into(), Uncut { n: of - openings.len(), of });
        }
    }
    out
}

/// Faces that a product's shape is written with; what is swept has none.
fn faces(model: &Model<'_>, product: u64) -> u64 {
    let args = model.file.get(product).map(|(_, args)| args).unwrap_or_default();
    let Some(shape) = args.get(REPRESENTATION).and_then(Value::as_ref) else { return 0 };
    let mut seen: HashSet<u64> = HashSet::from([shape]);
    let mut todo = vec![shape];
    let mut n = 0;
    while let Some(record) = todo.pop() {
        let Some(r) = model.file.scan.find(record) else { continue };
        match model.file.scan.keyword(r) {
            "IFCFACE"
            | "IFCFACESURFACE"
            | "IFCADVANCEDFACE"
            | "IFCINDEXEDPOLYGONALFACE"
            | "IFCINDEXEDPOLYGONALFACEWITHVOIDS" => n += 1,
            "IFCTRIANGULATEDFACESET" | "IFCTRIANGULATEDIRREGULARNETWORK" => {
                let args = model.file.content.get(r.args()).unwrap_or_default();
                n += args.split(|&b| b == b'(').count() as u64;
            }
            k if k.contains("CONTEXT") => {}
            _ => model.references(r, |below| {
                if seen.insert(below) {
                    todo.push(below);
                }
            }),
        }
        if n > MAX_FACES {
            break;
        }
    }
    n
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::align::Courses;
    use crate::step::StepFile;
    use crate::units::Units;

    #[test]
    fn of_many_openings_the_most_complicated_are_left_out() {
        let complicated: String = (0..MAX_FACES).map(|_| "(1,2,3),").collect();
        let content = format!(
            "ISO-10303-21;\nDATA;\n#1=IFCOPENINGELEMENT('a',$,$,$,$,$,#2,$);\n#2=IFCPRODUCTDEFINITIONSHAPE($,$,(#3));\n\
             #3=IFCSHAPEREPRESENTATION($,'Body','Tessellation',(#4));\n#4=IFCTRIANGULATEDFACESET(#5,$,$,({complicated}(1,2,4)),$);\n\
             #6=IFCOPENINGELEMENT('b',$,$,$,$,$,#7,$);\n#7=IFCPRODUCTDEFINITIONSHAPE($,$,(#8));\n\
             #8=IFCSHAPEREPRESENTATION($,'Body','Tessellation',(#9));\n#9=IFCTRIANGULATEDFACESET(#5,$,$,((1,2,4)),$);\n\
             ENDSEC;\nEND-ISO-10303-21;\n"
        );
        let file = StepFile::read(content.as_bytes());
        let units = Units::read(&file);
        let courses = Courses::default();
        let model = Model { file: &file, units: &units, courses: &courses };
        let mut openings = vec![1, 6];
        let left = leave_out(&model, [(9, &mut openings)].into_iter());
        assert_eq!(openings, [6]);
        assert_eq!(left.get(&9), Some(&Uncut { n: 1, of: 2 }));
    }
}
