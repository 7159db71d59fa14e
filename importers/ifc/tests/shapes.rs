//! Shapes of small files: made once, placed where they stand, never lost.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "functions that tests share")]

mod support;

use std::fmt::Write;

use support::{Read, corpus, read};

/// A project in meters, and a block of 2 × 3 × 4 m as `#20`'s representation.
const HEAD: &str = "ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'2;1');\nFILE_NAME('','',(''),(''),'','','');\n\
    FILE_SCHEMA(('IFC4'));\nENDSEC;\nDATA;\n\
    #1=IFCPROJECT('0000000000000000000001',$,'P',$,$,$,$,(#5),#2);\n#2=IFCUNITASSIGNMENT((#3));\n\
    #3=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);\n\
    #5=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-5,#6,$);\n#6=IFCAXIS2PLACEMENT3D(#7,$,$);\n\
    #7=IFCCARTESIANPOINT((0.,0.,0.));\n#8=IFCDIRECTION((0.,0.,1.));\n";

fn import(data: &str, threads: usize) -> Read {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("small.ifc");
    std::fs::write(&path, format!("{HEAD}{data}ENDSEC;\nEND-ISO-10303-21;\n")).unwrap();
    read(&path, threads).unwrap()
}

/// A cylinder at `#base` … `#base + 4`, of its own records.
fn cylinder(base: u32, radius: f64) -> String {
    let [profile, solid, rep, shape] = [base, base + 1, base + 2, base + 3];
    format!(
        "#{profile}=IFCCIRCLEPROFILEDEF(.AREA.,$,$,{radius:?});\n\
         #{solid}=IFCEXTRUDEDAREASOLID(#{profile},$,#8,4.);\n\
         #{rep}=IFCSHAPEREPRESENTATION(#5,'Body','SweptSolid',(#{solid}));\n\
         #{shape}=IFCPRODUCTDEFINITIONSHAPE($,$,(#{rep}));\n"
    )
}

/// A column at `#base` … that stands at `x`, with the shape `#shape`.
fn column(base: u32, shape: u32, x: f64) -> String {
    let [point, axes, place, column] = [base, base + 1, base + 2, base + 3];
    format!(
        "#{point}=IFCCARTESIANPOINT(({x:?},0.,0.));\n#{axes}=IFCAXIS2PLACEMENT3D(#{point},$,$);\n\
         #{place}=IFCLOCALPLACEMENT($,#{axes});\n\
         #{column}=IFCCOLUMN('{base:022}',$,'C',$,$,#{place},#{shape},$,$);\n"
    )
}

#[test]
fn equal_shapes_under_other_numbers_are_sent_once_and_stand_where_each_is_placed() {
    let mut data = String::new();
    for i in 0..5_u32 {
        let base = 100 + i * 20;
        let radius = if i == 4 { 0.5 } else { 0.25 };
        write!(data, "{}{}", cylinder(base, radius), column(base + 10, base + 3, 1e6 + f64::from(i)))
            .unwrap();
    }
    let found = import(&data, 2);
    assert_eq!((found.templates.len(), found.meshes.len()), (1, 1), "four alike, one thicker");
    let places: Vec<f64> = found.instances.iter().map(|i| i.matrix[9]).collect();
    assert_eq!(places, [1e6, 1e6 + 1.0, 1e6 + 2.0, 1e6 + 3.0]);
    let boxes: Vec<_> = found.objects.iter().filter_map(|o| o.bbox).collect();
    assert!((boxes[1][0] - (1e6 + 0.75)).abs() < 1e-6, "no jitter far from zero: {:?}", boxes[1]);
}

#[test]
fn a_shape_that_nobody_can_make_is_a_hatched_box_and_the_others_stand() {
    let odd = "#300=IFCCARTESIANPOINT((1.,2.,3.));\n#301=IFCCARTESIANPOINT((2.,4.,6.));\n\
        #302=IFCNOBODYKNOWS(#300,#301);\n#303=IFCSHAPEREPRESENTATION(#5,'Body','SolidModel',(#302));\n\
        #304=IFCPRODUCTDEFINITIONSHAPE($,$,(#303));\n";
    let data = format!("{odd}{}{}{}", column(310, 304, 0.0), cylinder(400, 0.5), column(410, 403, 10.0));
    let found = import(&data, 1).objects;
    let found: Vec<_> = found.iter().filter(|o| o.class == "IfcColumn").collect();
    assert_eq!(found[0].bbox, Some([1.0, 2.0, 3.0, 2.0, 4.0, 6.0]));
    assert_eq!(found[0].diagnostics, ["ifc.shape_boxed"]);
    assert!(found[1].closed && found[1].diagnostics.is_empty());
}

#[test]
fn the_body_is_drawn_and_the_clearance_around_it_is_not() {
    let data = format!(
        "{}{}#500=IFCSHAPEREPRESENTATION(#5,'Clearance','SweptSolid',(#401));\n\
         #501=IFCPRODUCTDEFINITIONSHAPE($,$,(#500,#102));\n{}",
        cylinder(100, 0.5),
        cylinder(400, 3.0),
        column(510, 501, 0.0)
    );
    let boxes: Vec<_> = import(&data, 1).objects.iter().filter_map(|o| o.bbox).collect();
    assert!((boxes[0][3] - 0.5).abs() < 1e-3, "{:?}", boxes[0]);
}

#[test]
fn a_railway_of_thousands_of_sleepers_is_a_few_shapes_in_thousands_of_places() {
    let name = "a_railway_of_thousands_of_sleepers_is_a_few_shapes_in_thousands_of_places";
    let Some(path) = corpus(name, "acca-rail-track-09.ifc") else { return };
    let found = read(&path, 2).unwrap();
    let (shapes, places) = (found.templates.len(), found.instances.len());
    assert!(shapes < 20 && places > 2000, "{shapes} shapes in {places} places");
}
