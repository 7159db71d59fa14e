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
fn a_body_in_a_second_context_is_the_same_again_and_in_the_same_context_another_part() {
    let volume = |context: &str| {
        let data = format!(
            "#20=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-5,#6,$);\n{}{}\
             #500=IFCSHAPEREPRESENTATION({context},'Body','Brep',(#401));\n\
             #501=IFCPRODUCTDEFINITIONSHAPE($,$,(#500,#102));\n{}",
            cylinder(100, 0.5),
            cylinder(400, 0.25),
            column(510, 501, 0.0)
        );
        let found = import(&data, 1).objects;
        found[0].volume_m3.unwrap() / (4.0 * std::f64::consts::PI)
    };
    assert!((volume("#5") - 0.3125).abs() < 0.01, "both parts: {}", volume("#5"));
    assert!((volume("$") - 0.25).abs() < 0.01, "the one of a context: {}", volume("$"));
    assert!((volume("#20") - 0.0625).abs() < 0.01, "the first: {}", volume("#20"));
}

/// A wall `#100` of 5 × 0.3 × 3 m with openings: their boxes in the wall's axes, from corner to corner.
fn wall(openings: &[[f64; 6]]) -> String {
    let mut data =
        format!("{}#103=IFCWALL('wall',$,'W',$,$,$,#118,$);\n", block(110, [0.0, 0.0, 0.0, 5.0, 0.3, 3.0]));
    for (n, opening) in (1_u32..).zip(openings) {
        let base = 100 + n * 100;
        let (cutter, cut) = (base, base + 1);
        write!(
            data,
            "{}#{cutter}=IFCOPENINGELEMENT('o{n}',$,'O',$,$,$,#{shape},$,$);\n\
             #{cut}=IFCRELVOIDSELEMENT('r{n}',$,$,$,#103,#{cutter});\n",
            block(base + 10, *opening),
            shape = base + 18
        )
        .unwrap();
    }
    data
}

/// A block from corner to corner at `#base` …; its shape is `#base + 8`.
fn block(base: u32, [x0, y0, z0, x1, y1, z1]: [f64; 6]) -> String {
    let at = |n: u32| base + n;
    format!(
        "#{}=IFCCARTESIANPOINT(({x0:?},{y0:?},{z0:?}));\n#{}=IFCAXIS2PLACEMENT3D(#{},$,$);\n\
         #{}=IFCBLOCK(#{},{:?},{:?},{:?});\n#{}=IFCCSGSOLID(#{});\n\
         #{}=IFCSHAPEREPRESENTATION(#5,'Body','CSG',(#{}));\n#{}=IFCPRODUCTDEFINITIONSHAPE($,$,(#{}));\n",
        at(0),
        at(1),
        at(0),
        at(2),
        at(1),
        x1 - x0,
        y1 - y0,
        z1 - z0,
        at(3),
        at(2),
        at(4),
        at(3),
        at(8),
        at(4)
    )
}

fn wall_of(openings: &[[f64; 6]]) -> lantu_ingest::ObjectRecord {
    import(&wall(openings), 1).objects.into_iter().find(|o| o.id == "wall").unwrap()
}

#[test]
fn an_opening_that_ends_with_the_wall_by_another_rounding_is_a_hole_without_a_skin() {
    for rounding in [-1e-6, -1e-14, 0.0, 1e-14, 1e-6] {
        let found = wall_of(&[[1.0, 0.0 - rounding, 1.0, 2.0, 0.3 + rounding, 2.0]]);
        assert!(found.closed, "{rounding}");
        assert!((found.volume_m3.unwrap() - (4.5 - 0.3)).abs() < 1e-4, "{rounding}: {:?}", found.volume_m3);
        let area = 2.0 * (5.0 * 3.0 + 5.0 * 0.3 + 3.0 * 0.3) - 2.0 + 4.0 * 0.3;
        assert!((found.area_m2.unwrap() - area).abs() < 1e-3, "{rounding}: {:?}", found.area_m2);
    }
}

#[test]
fn an_opening_flush_with_one_face_stays_a_recess_and_one_that_only_touches_cuts_nothing() {
    let recess = wall_of(&[[1.0, 0.2, 1.0, 2.0, 0.3, 2.0]]);
    assert!(recess.closed && (recess.volume_m3.unwrap() - 4.4).abs() < 1e-4, "{:?}", recess.volume_m3);
    let beside = wall_of(&[[1.0, 0.3, 1.0, 2.0, 0.5, 2.0]]);
    assert!(beside.closed && (beside.volume_m3.unwrap() - 4.5).abs() < 1e-6, "{:?}", beside.volume_m3);
}

#[test]
fn openings_that_meet_or_take_everything_are_cut_as_they_are() {
    let two = wall_of(&[[1.0, -0.1, 1.0, 2.0, 0.4, 2.0], [2.0, -0.1, 1.0, 3.0, 0.4, 2.0]]);
    assert!(two.closed && (two.volume_m3.unwrap() - (4.5 - 0.6)).abs() < 1e-4, "{:?}", two.volume_m3);
    let all = wall_of(&[[-1.0, -1.0, -1.0, 6.0, 1.0, 4.0]]);
    assert!(all.bbox.is_none() && all.diagnostics.is_empty(), "nothing is left, which is right: {all:?}");
}

#[test]
fn a_railway_of_thousands_of_sleepers_is_a_few_shapes_in_thousands_of_places() {
    let name = "a_railway_of_thousands_of_sleepers_is_a_few_shapes_in_thousands_of_places";
    let Some(path) = corpus(name, "acca-rail-track-09.ifc") else { return };
    let found = read(&path, 2).unwrap();
    let (shapes, places) = (found.templates.len(), found.instances.len());
    assert!(shapes < 20 && places > 2000, "{shapes} shapes in {places} places");
}

#[test]
fn the_types_of_a_library_are_drawn_with_what_it_says_of_them_and_those_of_a_model_are_not() {
    let library = "#20=IFCBLOCK(#6,2.,3.,4.);\n#21=IFCSHAPEREPRESENTATION(#5,'Body','CSG',(#20));\n\
        #22=IFCREPRESENTATIONMAP(#6,#21);\n\
        #23=IFCPROPERTYSINGLEVALUE('Reference',$,IFCIDENTIFIER('S-7'),$);\n\
        #24=IFCPROPERTYSET('0000000000000000000024',$,'Pset_FurnitureTypeCommon',$,(#23));\n\
        #25=IFCFURNITURETYPE('0000000000000000000025',$,'Schrank',$,$,(#24),(#22),$,$,$,$);\n\
        #26=IFCWALLTYPE('0000000000000000000026',$,'W 24',$,$,$,$,$,$,.STANDARD.);\n";
    let found = import(library, 2);
    let [cupboard] = found.objects.as_slice() else { panic!("{:?}", found.objects) };
    assert_eq!((cupboard.class.as_str(), cupboard.name.as_str()), ("IfcFurnitureType", "Schrank"));
    assert!((cupboard.volume_m3.unwrap() - 24.0).abs() < 1e-6);
    assert!(found.properties.iter().any(|p| p.name == "Reference" && p.object == 0));
    // It is an object now, and the type that has no shape stays what it was.
    let ids: Vec<&str> = found.entries.iter().map(|e| e.id.as_str()).collect();
    assert!(ids.contains(&"0000000000000000000026") && !ids.contains(&"0000000000000000000025"), "{ids:?}");
    assert!(found.diagnostics.iter().any(|d| d.code.0 == "ifc.types_drawn"));

    let model = import(&format!("{library}{}{}", cylinder(100, 0.25), column(110, 103, 0.0)), 2);
    assert_eq!(model.objects.iter().map(|o| o.class.as_str()).collect::<Vec<_>>(), ["IfcColumn"]);
    assert!(model.entries.iter().any(|e| e.id == "0000000000000000000025"));
}
