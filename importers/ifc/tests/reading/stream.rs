//! When shapes are sent, and which are not.

use std::fmt::Write as _;

use lantu_ifc::IfcImporter;
use lantu_ingest::{Batch, Importer};

use crate::support::batches;
use crate::texts::{in_file, read_text, step};

/// So many posts in a row, in meters, each of its own height.
fn posts(n: usize, spacing: &str) -> String {
    let mut out = String::from(
        "#1=IFCPROJECT('0000000000000000000001',$,'P',$,$,$,$,(#5),#2);\n#2=IFCUNITASSIGNMENT((#3));\n\
         #3=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);\n#5=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-5,#6,$);\n\
         #6=IFCAXIS2PLACEMENT3D(#7,$,$);\n#7=IFCCARTESIANPOINT((0.,0.,0.));\n#8=IFCDIRECTION((0.,0.,1.));\n\
         #9=IFCRECTANGLEPROFILEDEF(.AREA.,$,$,0.5,0.5);\n",
    );
    for i in 0..n {
        let id = 10 * (i + 1);
        writeln!(
            out,
            "#{id}=IFCCOLUMN('{id:022}',$,'Post {i}',$,$,#{},#{},$,$);\n#{}=IFCLOCALPLACEMENT($,#{});\n\
             #{}=IFCAXIS2PLACEMENT3D(#{},$,$);\n#{}=IFCCARTESIANPOINT(({i}{spacing},0.,0.));\n\
             #{}=IFCPRODUCTDEFINITIONSHAPE($,$,(#{}));\n#{}=IFCSHAPEREPRESENTATION(#5,'Body','SweptSolid',(#{}));\n\
             #{}=IFCEXTRUDEDAREASOLID(#9,#6,#8,{}.5);",
            id + 1,
            id + 4,
            id + 1,
            id + 2,
            id + 2,
            id + 3,
            id + 3,
            id + 4,
            id + 5,
            id + 5,
            id + 6,
            id + 6,
            i + 1
        )
        .unwrap();
    }
    out
}

#[test]
fn shapes_are_sent_while_others_are_still_to_be_made() {
    let stream = in_file(&step("IFC4", &posts(2_000, ".")), |path| {
        batches(path, 2, |job, out| IfcImporter.import(job, out)).unwrap()
    });
    let (mut sent, mut drawn) = (0, 0);
    let mut before_first = None;
    for batch in &stream {
        match batch {
            Batch::Objects(o) => sent += o.len(),
            Batch::Meshes(m) => {
                before_first.get_or_insert(sent);
                drawn += m.len();
                assert!(m.iter().all(|m| (m.object as usize) < sent), "a shape comes after its object");
                assert!(sent - drawn < 2, "an object comes with its shape");
            }
            Batch::Progress { done, total } => assert_eq!((*done, *total), (sent as u64, 2_000)),
            _ => {}
        }
    }
    assert_eq!((sent, drawn), (2_000, 2_000));
    assert!(before_first.unwrap() < 200, "{before_first:?} objects waited for the first shape");
}

/// Objects without shapes before the first that has one do not make it wait for others: what was seen first of a railway
/// of 12 MB were 512 kB of rails and sleepers.
#[test]
fn the_first_shapes_are_sent_while_they_are_few_however_many_objects_come_before_them() {
    let mut text = String::new();
    for i in 1..=1_000 {
        let id = 100_000 + i;
        writeln!(text, "#{id}=IFCBUILDINGELEMENTPROXY('{id:022}',$,'Note {i}',$,$,$,$,$,$);").unwrap();
    }
    text.push_str(&posts(2_000, "."));
    let stream = in_file(&step("IFC4", &text), |path| {
        batches(path, 2, |job, out| IfcImporter.import(job, out)).unwrap()
    });
    let seen: Vec<usize> =
        stream.iter().filter_map(|b| if let Batch::Meshes(m) = b { Some(m.len()) } else { None }).collect();
    assert!(seen.first().is_some_and(|&n| n < 200), "{seen:?}");
    assert_eq!(seen.iter().sum::<usize>(), 2_000);
    assert!(seen.len() < 10, "later ones are sent together: {seen:?}");
}

#[test]
fn what_would_lie_beyond_all_maps_is_kept_without_its_shape_and_said() {
    let r = read_text(&step("IFC4", &posts(3, "E12"))).unwrap();
    let boxes: Vec<bool> = r.objects.iter().map(|o| o.bbox.is_some()).collect();
    assert_eq!(boxes, [true, false, false]);
    assert_eq!(r.meshes.len(), 1);
    assert_eq!(r.objects[1].diagnostics, ["ifc.shape_failed"]);
    assert!(r.diagnostics.iter().all(|d| d.place.contains("line ")), "{:?}", r.diagnostics);
    // A unit of 10³⁰⁰ meters leaves nothing, and nothing else than that is wrong.
    let huge = posts(3, ".").replace(
        "#3=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);",
        "#3=IFCCONVERSIONBASEDUNIT($,.LENGTHUNIT.,'ell',#900);\n#900=IFCMEASUREWITHUNIT(IFCREAL(1.E300),#901);\n\
         #901=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);",
    );
    let r = read_text(&step("IFC4", &huge)).unwrap();
    assert!(r.meshes.is_empty() && r.objects.iter().all(|o| o.bbox.is_none() && o.n_triangles == 0));
    assert_eq!(r.diagnostics.iter().filter(|d| &*d.code.0 == "ifc.shape_failed").count(), 3);
}
