//! Items written as STEP text, against what geometry books say of them.

use std::f64::consts::PI;

use glam::DVec3;
use std::fmt::Write;

use super::{evaluate, mesh::weld_key};
use crate::align::Courses;
use crate::shapes::{LocalMesh, Model, Reason};
use crate::step::StepFile;
use crate::units::Units;

/// What is shared by all items: axes in the middle and up.
pub(super) const COMMON: &str = "#1=IFCCARTESIANPOINT((0.,0.,0.));#2=IFCDIRECTION((0.,0.,1.));\
    #3=IFCDIRECTION((1.,0.,0.));#4=IFCAXIS2PLACEMENT3D(#1,#2,#3);#5=IFCCARTESIANPOINT((0.,0.));\
    #6=IFCAXIS2PLACEMENT2D(#5,$);#7=IFCDIRECTION((0.,1.,0.));";

/// Evaluates record 100 of a file of these records, in meters and radians.
pub(super) fn item(records: &str) -> Option<Result<LocalMesh, Reason>> {
    of_file(records, |model| evaluate(model, 100))
}

/// The sheet that record 100 is, if it is one.
pub(super) fn sheet(records: &str) -> Option<LocalMesh> {
    of_file(records, |model| super::sheet(model, 100))
}

fn of_file<T>(records: &str, of: impl Fn(&Model<'_>) -> T) -> T {
    let text =
        format!("ISO-10303-21;\nHEADER;\nENDSEC;\nDATA;\n{COMMON}\n{records}\nENDSEC;\nEND-ISO-10303-21;\n");
    let file = StepFile::read(text.as_bytes());
    let units = Units::read(&file);
    of(&Model { file: &file, units: &units, courses: &Courses::default() })
}

/// A solid: closed, and of positive volume, which is returned with its area.
pub(super) fn solid(records: &str) -> (f64, f64) {
    let mesh = item(records).expect("ours").expect("sound");
    let (open, volume, area) = measure(&mesh);
    assert_eq!(open, 0, "sides that are not used twice");
    assert!(volume > 0.0, "inside out: {volume}");
    (volume, area)
}

/// Sides that are not used twice in opposite directions, signed volume, area.
pub(super) fn measure(mesh: &LocalMesh) -> (usize, f64, f64) {
    let mut sides = std::collections::BTreeMap::<_, i32>::new();
    let (mut volume, mut area) = (0.0, 0.0);
    for t in &mesh.triangles {
        let p = t.map(|i| DVec3::from_array(mesh.positions[i as usize]));
        volume += p[0].dot(p[1].cross(p[2])) / 6.0;
        area += (p[1] - p[0]).cross(p[2] - p[0]).length() / 2.0;
        let k = p.map(weld_key);
        if k[0] == k[1] || k[1] == k[2] || k[2] == k[0] {
            continue;
        }
        for (a, b) in [(k[0], k[1]), (k[1], k[2]), (k[2], k[0])] {
            *sides.entry((a, b)).or_default() += 1;
        }
    }
    let open = sides.iter().filter(|((a, b), n)| **n != 1 || sides.get(&(*b, *a)) != Some(&1)).count();
    (open, volume, area)
}

pub(super) fn near(got: f64, want: f64, part: f64) {
    assert!((got - want).abs() <= part * want.abs(), "got {got}, want {want}");
}

fn extruded(profile: &str, depth: f64) -> String {
    format!("{profile}#100=IFCEXTRUDEDAREASOLID(#20,#4,#2,{depth:?});")
}

#[test]
fn an_extruded_profile_has_the_area_that_its_table_says() {
    // (profile, area of its cross section, part by which arcs may lower it)
    let fillet = 1.0 - PI / 4.0;
    let cases = [
        ("#20=IFCRECTANGLEPROFILEDEF(.AREA.,$,#6,2.,3.);", 6.0, 1e-9),
        ("#20=IFCROUNDEDRECTANGLEPROFILEDEF(.AREA.,$,#6,2.,3.,0.5);", 6.0 - 4.0 * 0.25 * fillet, 2e-3),
        ("#20=IFCRECTANGLEHOLLOWPROFILEDEF(.AREA.,$,#6,2.,3.,0.1,$,$);", 6.0 - 1.8 * 2.8, 1e-9),
        ("#20=IFCCIRCLEPROFILEDEF(.AREA.,$,#6,0.2);", PI * 0.04, 6e-3),
        ("#20=IFCCIRCLEHOLLOWPROFILEDEF(.AREA.,$,#6,0.2,0.1);", PI * 0.03, 6e-3),
        ("#20=IFCELLIPSEPROFILEDEF(.AREA.,$,#6,0.2,0.1);", PI * 0.02, 6e-3),
        ("#20=IFCTRAPEZIUMPROFILEDEF(.AREA.,$,#6,2.,1.,3.,0.25);", 4.5, 1e-9),
        // IPE 200: 28.48 cm², HEB and UPN likewise from the tables of EN 10365 and DIN 1026.
        ("#20=IFCISHAPEPROFILEDEF(.AREA.,$,#6,0.1,0.2,0.0056,0.0085,0.012,$,$);", 28.48e-4, 2e-3),
        ("#20=IFCUSHAPEPROFILEDEF(.AREA.,$,#6,0.2,0.075,0.0085,0.0115,0.0115,0.006,0.0798);", 32.2e-4, 5e-3),
        ("#20=IFCLSHAPEPROFILEDEF(.AREA.,$,#6,0.1,0.1,0.01,0.012,0.006,$);", 19.15e-4, 5e-3),
        ("#20=IFCTSHAPEPROFILEDEF(.AREA.,$,#6,0.1,0.1,0.01,0.01,$,$,$,$,$);", 19e-4, 1e-9),
        ("#20=IFCZSHAPEPROFILEDEF(.AREA.,$,#6,0.1,0.06,0.01,0.01,$,$);", 2.0 * 6e-4 + 8e-4, 1e-9),
        ("#20=IFCCSHAPEPROFILEDEF(.AREA.,$,#6,0.1,0.06,0.01,0.02,$);", 1e-3 + 2.0 * 5e-4 + 2.0 * 1e-4, 1e-9),
        (
            "#20=IFCASYMMETRICISHAPEPROFILEDEF(.AREA.,$,#6,0.2,0.2,0.01,0.02,$,0.1,0.01,$,$,$,$,$);",
            4e-3 + 1e-3 + 17e-4,
            1e-9,
        ),
    ];
    for (profile, area, part) in cases {
        let (volume, _) = solid(&extruded(profile, 2.0));
        assert!((volume / 2.0 - area).abs() <= part * area, "{profile}: {} instead of {area}", volume / 2.0);
    }
}

#[test]
fn voids_arcs_and_corners_in_line_leave_a_closed_solid() {
    let text = "#8=IFCCARTESIANPOINTLIST2D(((0.,0.),(1.,0.),(2.,0.),(2.,2.),(1.,3.),(0.,2.)));\
        #9=IFCINDEXEDPOLYCURVE(#8,(IFCLINEINDEX((1,2,3,4)),IFCARCINDEX((4,5,6)),IFCLINEINDEX((6,1))),.F.);\
        #10=IFCCARTESIANPOINT((0.5,1.));#11=IFCAXIS2PLACEMENT2D(#10,$);#12=IFCCIRCLE(#11,0.25);\
        #13=IFCCARTESIANPOINT((1.5,1.));#14=IFCAXIS2PLACEMENT2D(#13,$);#15=IFCCIRCLE(#14,0.25);\
        #20=IFCARBITRARYPROFILEDEFWITHVOIDS(.AREA.,$,#9,(#12,#15));";
    let (volume, _) = solid(&extruded(text, 0.5));
    near(volume, 0.5 * (4.0 + PI / 2.0 - 2.0 * PI / 16.0), 2e-3);
}

#[test]
fn a_slanted_or_downward_extrusion_keeps_its_outside_outside() {
    let profile = "#20=IFCRECTANGLEPROFILEDEF(.AREA.,$,#6,1.,1.);#8=IFCDIRECTION((1.,0.,-1.));";
    let (volume, _) = solid(&format!("{profile}#100=IFCEXTRUDEDAREASOLID(#20,#4,#8,{:?});", 2.0_f64.sqrt()));
    near(volume, 1.0, 1e-9);
}

#[test]
fn a_mirrored_profile_and_a_tapered_one_are_closed() {
    let text = "#21=IFCLSHAPEPROFILEDEF(.AREA.,$,#6,0.1,0.1,0.01,0.012,0.006,$);\
        #20=IFCMIRROREDPROFILEDEF(.AREA.,$,#21,$,$);";
    near(solid(&extruded(text, 1.0)).0, 19.15e-4, 5e-3);
    let taper = "#20=IFCRECTANGLEPROFILEDEF(.AREA.,$,#6,2.,2.);#21=IFCRECTANGLEPROFILEDEF(.AREA.,$,#6,1.,1.);\
        #100=IFCEXTRUDEDAREASOLIDTAPERED(#20,#4,#2,3.,#21);";
    near(solid(taper).0, 7.0, 1e-9);
}

#[test]
fn nonsense_is_refused_by_name_and_never_followed_forever() {
    let reasons = [
        "#20=IFCRECTANGLEPROFILEDEF(.AREA.,$,#6,2.,3.);#100=IFCEXTRUDEDAREASOLID(#20,#4,#2,0.);",
        "#20=IFCRECTANGLEPROFILEDEF(.AREA.,$,#6,2.,3.);#100=IFCEXTRUDEDAREASOLID(#20,#4,#3,1.);",
        "#20=IFCRECTANGLEPROFILEDEF(.AREA.,$,#6,-2.,3.);#100=IFCEXTRUDEDAREASOLID(#20,#4,#2,1.);",
        "#20=IFCCOMPOSITEPROFILEDEF(.AREA.,$,(#20),$);#100=IFCEXTRUDEDAREASOLID(#20,#4,#2,1.);",
        "#20=IFCISHAPEPROFILEDEF(.AREA.,$,#6,0.1,0.2,0.2,0.0085,0.012,$,$);#100=IFCEXTRUDEDAREASOLID(#20,#4,#2,1.);",
        "#100=IFCEXTRUDEDAREASOLID(#20,#4,#2,1.);",
    ];
    for text in reasons {
        assert!(matches!(item(text), Some(Err(_))), "{text}");
    }
}

/// Corners 10 to 17 of a unit cube and its six faces 31 to 36 as polyloops, the top one of two halves if asked for.
fn cube_faces(split_top: bool, turned: bool) -> String {
    let mut out = String::new();
    for i in 0..8 {
        write!(out, "#{}=IFCCARTESIANPOINT(({}.,{}.,{}.));", 10 + i, (i + i / 2) % 2, i / 2 % 2, i / 4)
            .unwrap();
    }
    out += "#18=IFCCARTESIANPOINT((0.5,0.,1.));#19=IFCCARTESIANPOINT((0.5,1.,1.));";
    let mut faces =
        vec!["#10,#13,#12,#11", "#10,#11,#15,#14", "#11,#12,#16,#15", "#12,#13,#17,#16", "#13,#10,#14,#17"];
    faces.extend(if split_top {
        vec!["#14,#18,#19,#17", "#18,#15,#16,#19"]
    } else {
        vec!["#14,#15,#16,#17"]
    });
    let mut ids = Vec::new();
    for (i, f) in faces.iter().enumerate() {
        let sense = if turned && i == 2 { "F" } else { "T" };
        write!(
            out,
            "#{}=IFCPOLYLOOP(({f}));#{}=IFCFACEOUTERBOUND(#{},.{sense}.);#{}=IFCFACE((#{}));",
            40 + i,
            50 + i,
            40 + i,
            60 + i,
            50 + i
        )
        .unwrap();
        ids.push(format!("#{}", 60 + i));
    }
    out + &format!("#70=IFCCLOSEDSHELL(({}));#100=IFCFACETEDBREP(#70);", ids.join(","))
}

#[test]
fn a_cube_of_faces_is_closed_also_where_neighbors_meet_in_the_middle_of_a_side() {
    near(solid(&cube_faces(false, false)).0, 1.0, 1e-12);
    near(solid(&cube_faces(true, false)).0, 1.0, 1e-12);
}

#[test]
fn a_face_written_inside_out_is_turned() {
    near(solid(&cube_faces(true, true)).0, 1.0, 1e-12);
}

#[test]
fn a_polygonal_face_set_with_a_tunnel_is_closed_and_keeps_the_numbers_of_its_faces() {
    // A block of 3 × 3 × 1 with a square tunnel of 1 × 1 through it.
    let mut points = Vec::new();
    for z in [0, 1] {
        for (low, high) in [(0, 3), (1, 2)] {
            for (x, y) in [(low, low), (high, low), (high, high), (low, high)] {
                points.push(format!("({x}.,{y}.,{z}.)"));
            }
        }
    }
    let text = format!(
        "#8=IFCCARTESIANPOINTLIST3D(({}));\
        #20=IFCINDEXEDPOLYGONALFACEWITHVOIDS((4,3,2,1),((5,6,7,8)));\
        #21=IFCINDEXEDPOLYGONALFACEWITHVOIDS((9,10,11,12),((13,14,15,16)));\
        #22=IFCINDEXEDPOLYGONALFACE((1,2,10,9));#23=IFCINDEXEDPOLYGONALFACE((2,3,11,10));\
        #24=IFCINDEXEDPOLYGONALFACE((3,4,12,11));#25=IFCINDEXEDPOLYGONALFACE((4,1,9,12));\
        #26=IFCINDEXEDPOLYGONALFACE((6,5,13,14));#27=IFCINDEXEDPOLYGONALFACE((7,6,14,15));\
        #28=IFCINDEXEDPOLYGONALFACE((8,7,15,16));#29=IFCINDEXEDPOLYGONALFACE((5,8,16,13));\
        #100=IFCPOLYGONALFACESET(#8,.T.,(#20,#21,#22,#23,#24,#25,#26,#27,#28,#29),$);",
        points.join(",")
    );
    near(solid(&text).0, 8.0, 1e-12);
    let mesh = item(&text).unwrap().unwrap();
    assert_eq!(mesh.faces.len(), mesh.triangles.len());
    assert_eq!(mesh.faces.last(), Some(&9));
}

#[test]
fn an_index_out_of_range_costs_its_triangle_only() {
    let text = "#8=IFCCARTESIANPOINTLIST3D(((0.,0.,0.),(1.,0.,0.),(0.,1.,0.)));\
        #100=IFCTRIANGULATEDFACESET(#8,$,.F.,((1,2,3),(0,1,2),(1,2,4000000000),(1,-2,3),(1,1,2)),$);";
    assert_eq!(item(text).unwrap().unwrap().triangles.len(), 1);
}

const UNIT_BLOCK: &str = "#20=IFCBLOCK(#4,1.,1.,1.);";

#[test]
fn primitives_have_their_volume() {
    near(solid("#100=IFCBLOCK(#4,1.,2.,3.);").0, 6.0, 1e-12);
    near(solid("#100=IFCRECTANGULARPYRAMID(#4,1.,2.,3.);").0, 2.0, 1e-12);
    near(solid("#100=IFCRIGHTCIRCULARCONE(#4,3.,0.2);").0, PI * 0.04, 6e-3);
    near(solid("#100=IFCRIGHTCIRCULARCYLINDER(#4,3.,0.2);").0, PI * 0.12, 6e-3);
    near(solid("#100=IFCSPHERE(#4,0.2);").0, 4.0 / 3.0 * PI * 0.008, 1e-2);
}

#[test]
fn a_block_minus_a_half_space_is_what_lies_on_the_other_side() {
    // The plane leans at 45° through the middle of the block, whose half has half the volume.
    let plane = "#8=IFCCARTESIANPOINT((0.5,0.5,0.5));#9=IFCDIRECTION((1.,0.,1.));\
        #10=IFCAXIS2PLACEMENT3D(#8,#9,$);#11=IFCPLANE(#10);#12=IFCHALFSPACESOLID(#11,.T.);\
        #100=IFCBOOLEANCLIPPINGRESULT(.DIFFERENCE.,#20,#12);";
    near(solid(&format!("{UNIT_BLOCK}{plane}")).0, 0.5, 1e-9);
    // A plane in the block's top takes nothing or everything.
    let top = |flag: char| {
        format!(
            "{UNIT_BLOCK}#8=IFCCARTESIANPOINT((0.,0.,1.));#10=IFCAXIS2PLACEMENT3D(#8,#2,#3);#11=IFCPLANE(#10);\
            #12=IFCHALFSPACESOLID(#11,.{flag}.);#100=IFCBOOLEANCLIPPINGRESULT(.DIFFERENCE.,#20,#12);"
        )
    };
    near(solid(&top('F')).0, 1.0, 1e-12);
    assert!(matches!(item(&top('T')), Some(Err(_))));
}

#[test]
fn a_bounded_half_space_cuts_within_its_outline_only() {
    let text = format!(
        "{UNIT_BLOCK}#8=IFCCARTESIANPOINT((0.,0.,0.5));#10=IFCAXIS2PLACEMENT3D(#8,#2,#3);#11=IFCPLANE(#10);\
        #12=IFCCARTESIANPOINT((-1.,-1.));#13=IFCCARTESIANPOINT((0.25,-1.));#14=IFCCARTESIANPOINT((0.25,2.));\
        #15=IFCCARTESIANPOINT((-1.,2.));#16=IFCPOLYLINE((#12,#13,#14,#15,#12));\
        #17=IFCPOLYGONALBOUNDEDHALFSPACE(#11,.F.,#4,#16);\
        #100=IFCBOOLEANCLIPPINGRESULT(.DIFFERENCE.,#20,#17);"
    );
    near(solid(&text).0, 1.0 - 0.25 * 0.5, 1e-9);
}

#[test]
fn operands_that_share_faces_or_edges_leave_closed_solids() {
    let other =
        "#8=IFCCARTESIANPOINT((0.5,0.,0.));#9=IFCAXIS2PLACEMENT3D(#8,#2,#3);#21=IFCBLOCK(#9,1.,1.,1.);";
    for (op, volume) in [("UNION", 1.5), ("INTERSECTION", 0.5), ("DIFFERENCE", 0.5)] {
        let text = format!("{UNIT_BLOCK}{other}#100=IFCBOOLEANRESULT(.{op}.,#20,#21);");
        near(solid(&text).0, volume, 1e-9);
    }
}

#[test]
fn a_boolean_that_is_its_own_operand_is_refused() {
    let text = format!("{UNIT_BLOCK}#100=IFCBOOLEANRESULT(.UNION.,#100,#20);");
    assert!(matches!(item(&text), Some(Err(_))));
    let text = format!("{UNIT_BLOCK}#100=IFCBOOLEANRESULT(.UNION.,#20,#100);");
    assert!(matches!(item(&text), Some(Err(_))));
    let text = "#100=IFCCSGSOLID(#100);";
    assert!(matches!(item(text), Some(Err(_))));
}

#[test]
fn a_chain_of_a_thousand_cuts_is_walked() {
    let mut text = UNIT_BLOCK.to_owned();
    for i in 0..1000 {
        let (plane, half, result) = (1000 + 4 * i, 1001 + 4 * i, 1002 + 4 * i);
        let first = if i == 0 { 20 } else { result - 4 };
        let result = if i == 999 { 100 } else { result };
        write!(text,
            "#{}=IFCAXIS2PLACEMENT3D(#{},#2,#3);#{plane}=IFCPLANE(#{});#{half}=IFCHALFSPACESOLID(#{plane},.T.);\
            #{result}=IFCBOOLEANCLIPPINGRESULT(.DIFFERENCE.,#{first},#{half});",
            10_000 + i,
            20_000 + i,
            10_000 + i
        ).unwrap();
        write!(text, "#{}=IFCCARTESIANPOINT((0.,0.,{:?}));", 20_000 + i, f64::from(i) / 2000.0).unwrap();
    }
    near(solid(&text).0, 1.0 - 999.0 / 2000.0, 1e-9);
}

#[test]
fn touching_parts_of_a_composite_profile_are_one_solid() {
    let text = "#8=IFCCARTESIANPOINT((1.,0.));#9=IFCAXIS2PLACEMENT2D(#8,$);#21=IFCRECTANGLEPROFILEDEF(.AREA.,$,#6,1.,1.);\
        #22=IFCRECTANGLEPROFILEDEF(.AREA.,$,#9,1.,0.5);#20=IFCCOMPOSITEPROFILEDEF(.AREA.,$,(#21,#22),$);";
    near(solid(&extruded(text, 2.0)).0, 3.0, 1e-9);
}

#[test]
fn revolutions_have_the_volume_of_their_ring() {
    let ring = |angle: f64| {
        format!(
            "#8=IFCCARTESIANPOINT((2.,0.));#9=IFCAXIS2PLACEMENT2D(#8,$);#20=IFCCIRCLEPROFILEDEF(.AREA.,$,#9,0.5);\
            #10=IFCAXIS1PLACEMENT(#1,#7);#100=IFCREVOLVEDAREASOLID(#20,#4,#10,{angle:?});"
        )
    };
    for angle in [2.0 * PI, PI / 2.0, -PI / 2.0] {
        near(solid(&ring(angle)).0, angle.abs() * 2.0 * PI * 0.25, 1e-2);
    }
    // A rectangle with a side on the axis: a cylinder, whose axis is no line of faces without area.
    let cylinder = "#8=IFCCARTESIANPOINT((0.5,1.));#9=IFCAXIS2PLACEMENT2D(#8,$);\
        #20=IFCRECTANGLEPROFILEDEF(.AREA.,$,#9,1.,2.);#10=IFCAXIS1PLACEMENT(#1,#7);\
        #100=IFCREVOLVEDAREASOLID(#20,#4,#10,6.283185307179586);";
    near(solid(cylinder).0, 2.0 * PI, 6e-3);
}

#[test]
fn a_swept_disk_keeps_its_section_around_corners_and_rounds_them_where_asked() {
    let bent =
        "#8=IFCCARTESIANPOINT((1.,0.,0.));#9=IFCCARTESIANPOINT((1.,1.,0.));#10=IFCPOLYLINE((#1,#8,#9));";
    near(solid(&format!("{bent}#100=IFCSWEPTDISKSOLID(#10,0.05,$,$,$);")).0, PI * 0.0025 * 2.0, 1e-2);
    let hollow = solid(&format!("{bent}#100=IFCSWEPTDISKSOLID(#10,0.05,0.04,0.,2.);")).0;
    near(hollow, PI * (0.0025 - 0.0016) * 2.0, 1e-2);
    // One side of the two.
    near(solid(&format!("{bent}#100=IFCSWEPTDISKSOLID(#10,0.05,$,1.,2.);")).0, PI * 0.0025, 1e-2);
    let round = solid(&format!("{bent}#100=IFCSWEPTDISKSOLIDPOLYGONAL(#10,0.05,$,$,$,0.5);")).0;
    near(round, PI * 0.0025 * (1.0 + PI / 4.0), 1e-2);
    let torus = "#8=IFCCIRCLE(#4,1.);#100=IFCSWEPTDISKSOLID(#8,0.1,$,$,$);";
    near(solid(torus).0, 2.0 * PI * PI * 0.01, 1.2e-2);
}

#[test]
fn a_fixed_reference_keeps_the_profile_upright() {
    let text = "#8=IFCCIRCLE(#4,2.);#20=IFCRECTANGLEPROFILEDEF(.AREA.,$,#6,1.,0.2);\
        #100=IFCFIXEDREFERENCESWEPTAREASOLID(#20,#4,#8,$,$,#2);";
    near(solid(text).0, 2.0 * PI * 2.0 * 0.2, 2e-2);
    let mesh = item(text).unwrap().unwrap();
    let top = mesh.positions.iter().map(|p| p[2]).fold(0.0, f64::max);
    near(top, 0.5, 1e-9);
    let plane = "#8=IFCCIRCLE(#4,2.);#9=IFCPLANE(#4);#20=IFCRECTANGLEPROFILEDEF(.AREA.,$,#6,1.,0.2);\
        #100=IFCSURFACECURVESWEPTAREASOLID(#20,#4,#8,$,$,#9);";
    near(solid(plane).0, 2.0 * PI * 2.0 * 0.2, 2e-2);
}

#[test]
fn a_curve_that_repeats_its_first_side_is_closed_once() {
    let text = "#8=IFCCARTESIANPOINTLIST2D(((0.,0.),(1.,0.),(1.,1.),(0.,1.)));\
        #9=IFCINDEXEDPOLYCURVE(#8,(IFCLINEINDEX((4,1)),IFCLINEINDEX((1,2,3,4)),IFCLINEINDEX((4,1))),$);\
        #20=IFCARBITRARYCLOSEDPROFILEDEF(.AREA.,$,#9);";
    near(solid(&extruded(text, 1.0)).0, 1.0, 1e-12);
}

/// A cylinder of radius 1 and height 2 with a seam, or as two rings without one.
fn cylinder_faces(seam: bool) -> String {
    let mut text = "#10=IFCCARTESIANPOINT((1.,0.,0.));#11=IFCCARTESIANPOINT((1.,0.,2.));#12=IFCVERTEXPOINT(#10);\
        #13=IFCVERTEXPOINT(#11);#14=IFCCIRCLE(#4,1.);#15=IFCCARTESIANPOINT((0.,0.,2.));\
        #16=IFCAXIS2PLACEMENT3D(#15,#2,#3);#17=IFCCIRCLE(#16,1.);#18=IFCEDGECURVE(#12,#12,#14,.T.);\
        #19=IFCEDGECURVE(#13,#13,#17,.T.);#20=IFCVECTOR(#2,1.);#21=IFCLINE(#10,#20);\
        #22=IFCEDGECURVE(#12,#13,#21,.T.);#23=IFCORIENTEDEDGE(*,*,#18,.T.);#24=IFCORIENTEDEDGE(*,*,#18,.F.);\
        #25=IFCORIENTEDEDGE(*,*,#19,.T.);#26=IFCORIENTEDEDGE(*,*,#19,.F.);#27=IFCORIENTEDEDGE(*,*,#22,.T.);\
        #28=IFCORIENTEDEDGE(*,*,#22,.F.);#29=IFCEDGELOOP((#24));#30=IFCFACEOUTERBOUND(#29,.T.);#31=IFCPLANE(#4);\
        #32=IFCADVANCEDFACE((#30),#31,.F.);#33=IFCEDGELOOP((#25));#34=IFCFACEOUTERBOUND(#33,.T.);\
        #35=IFCPLANE(#16);#36=IFCADVANCEDFACE((#34),#35,.T.);#37=IFCCYLINDRICALSURFACE(#4,1.);"
        .to_owned();
    text += if seam {
        "#38=IFCEDGELOOP((#23,#27,#26,#28));#39=IFCFACEOUTERBOUND(#38,.T.);#40=IFCADVANCEDFACE((#39),#37,.T.);"
    } else {
        "#38=IFCEDGELOOP((#23));#39=IFCFACEOUTERBOUND(#38,.T.);#41=IFCEDGELOOP((#26));#42=IFCFACEBOUND(#41,.T.);\
        #40=IFCADVANCEDFACE((#39,#42),#37,.T.);"
    };
    text + "#43=IFCCLOSEDSHELL((#32,#36,#40));#100=IFCADVANCEDBREP(#43);"
}

#[test]
fn a_cylinder_of_curved_faces_is_closed_with_a_seam_and_without() {
    near(solid(&cylinder_faces(true)).0, 2.0 * PI, 6e-3);
    near(solid(&cylinder_faces(false)).0, 2.0 * PI, 6e-3);
}

#[test]
fn two_caps_of_a_sphere_meet_at_its_equator() {
    let text = "#10=IFCCARTESIANPOINT((1.,0.,0.));#12=IFCVERTEXPOINT(#10);#14=IFCCIRCLE(#4,1.);\
        #18=IFCEDGECURVE(#12,#12,#14,.T.);#23=IFCORIENTEDEDGE(*,*,#18,.T.);#24=IFCORIENTEDEDGE(*,*,#18,.F.);\
        #31=IFCSPHERICALSURFACE(#4,1.);#29=IFCEDGELOOP((#23));#30=IFCFACEOUTERBOUND(#29,.T.);\
        #32=IFCADVANCEDFACE((#30),#31,.T.);#33=IFCEDGELOOP((#24));#34=IFCFACEOUTERBOUND(#33,.T.);\
        #36=IFCADVANCEDFACE((#34),#31,.T.);#43=IFCCLOSEDSHELL((#32,#36));#100=IFCADVANCEDBREP(#43);";
    near(solid(text).0, 4.0 / 3.0 * PI, 1.2e-2);
}

#[test]
fn a_profile_around_a_corner_keeps_its_size() {
    let line = "#8=IFCCARTESIANPOINT((3.,0.,0.));#9=IFCCARTESIANPOINT((3.,2.,0.));#10=IFCPOLYLINE((#1,#8,#9));\
        #11=IFCPLANE(#4);#20=IFCRECTANGLEPROFILEDEF(.AREA.,$,#6,1.,0.2);";
    near(solid(&format!("{line}#100=IFCSURFACECURVESWEPTAREASOLID(#20,#4,#10,$,$,#11);")).0, 1.0, 1e-9);
    near(solid(&format!("{line}#100=IFCFIXEDREFERENCESWEPTAREASOLID(#20,#4,#10,$,$,#2);")).0, 1.0, 1e-9);
    let band = "#8=IFCCARTESIANPOINT((1.,0.));#9=IFCCARTESIANPOINT((1.,1.));#10=IFCPOLYLINE((#5,#8,#9));\
        #20=IFCCENTERLINEPROFILEDEF(.AREA.,$,#10,0.1);";
    near(solid(&extruded(band, 1.0)).0, 0.2, 1e-9);
}

/// What a chain of differences, and of nothing else, cuts from.
fn cut_from(file: &StepFile<'_>, mut id: u64) -> Option<u64> {
    for _ in 0..1000 {
        let (keyword, args) = file.get(id)?;
        if !keyword.starts_with("IFCBOOLEAN") {
            return Some(id);
        }
        if args.first() != Some(&crate::step::Value::Enum("DIFFERENCE")) {
            return None;
        }
        id = args.get(1)?.as_ref()?;
    }
    None
}

pub(super) fn bounds(mesh: &LocalMesh) -> [DVec3; 2] {
    let used = || mesh.triangles.iter().flatten().map(|i| DVec3::from_array(mesh.positions[*i as usize]));
    [used().fold(DVec3::INFINITY, DVec3::min), used().fold(DVec3::NEG_INFINITY, DVec3::max)]
}

/// Every swept solid in the files of others, and every boolean that is not a part of another.
#[test]
fn solids_of_real_files_are_closed_and_outward() {
    let root = std::env::var_os("LANTU_CORPUS").map(std::path::PathBuf::from);
    let Some(folder) = root.map(|r| r.join("ifc/files")).filter(|f| f.exists()) else {
        eprintln!("SKIPPED solids_of_real_files_are_closed_and_outward: the corpus is absent");
        return;
    };
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    let (mut solids, mut booleans, mut open_booleans) = (0, 0, Vec::new());
    for path in files.iter().filter(|p| p.extension().is_some_and(|e| e == "ifc")) {
        let content = std::fs::read(path).unwrap();
        let file = StepFile::read(&content);
        let units = Units::read(&file);
        let courses = Courses::default();
        let model = Model { file: &file, units: &units, courses: &courses };
        let is_boolean = |k: &str| k.starts_with("IFCBOOLEAN");
        let mut parts = std::collections::BTreeSet::new();
        for r in file.scan.records.iter().filter(|r| is_boolean(file.scan.keyword(r))) {
            parts.extend(file.args(r).iter().filter_map(crate::step::Value::as_ref));
        }
        for r in &file.scan.records {
            let keyword = file.scan.keyword(r);
            let swept = ["IFCEXTRUDED", "IFCREVOLVED", "IFCSWEPTDISK"].iter().any(|k| keyword.starts_with(k));
            if !(swept && keyword.contains("SOLID") || is_boolean(keyword) && !parts.contains(&r.id)) {
                continue;
            }
            let Some(Ok(mesh)) = evaluate(&model, r.id) else { continue };
            let (open, volume, _) = measure(&mesh);
            let name = format!("{} #{}", path.display(), r.id);
            assert!(open > 0 || volume > 0.0, "{name} is inside out: {volume}");
            if swept {
                solids += 1;
                assert_eq!(open, 0, "{name} is open");
            } else {
                booleans += 1;
                if let Some(first) = cut_from(&file, r.id).and_then(|id| evaluate(&model, id)?.ok()) {
                    let (a, b) = (bounds(&mesh), bounds(&first));
                    let within = a[0].cmpge(b[0] - 1e-3).all() && a[1].cmple(b[1] + 1e-3).all();
                    assert!(within, "{name} reaches beyond what it is cut from: {a:?}, {b:?}");
                }
                open_booleans.extend((open > 0).then_some(name));
            }
        }
    }
    eprintln!("{solids} swept solids; {booleans} booleans, open: {open_booleans:?}");
    // Solids that touch themselves along an edge share that edge four times: they are.
    assert!(solids > 0 && open_booleans.len() * 100 <= booleans, "{open_booleans:?}");
}

#[test]
fn an_outline_that_runs_back_along_itself_leaves_no_hole() {
    // A prism whose ends reach up along their own side and come back.
    let points = [(0., 0., 0.), (2., 1., 0.), (0., 1., 0.), (0., 1.5, 0.)];
    let mut records = String::new();
    for (n, (x, y, _)) in (0..).zip(points) {
        write!(
            records,
            "#{}=IFCCARTESIANPOINT(({x:?},{y:?},0.));#{}=IFCCARTESIANPOINT(({x:?},{y:?},3.));",
            10 + n,
            20 + n
        )
        .unwrap();
    }
    let faces: [&[u32]; 6] = [
        &[13, 12, 11, 10],
        &[20, 21, 22, 23],
        &[10, 11, 21, 20],
        &[11, 12, 22, 21],
        &[12, 13, 23, 22],
        &[13, 10, 20, 23],
    ];
    let mut list = Vec::new();
    for (n, face) in (0..).zip(faces) {
        let corners: Vec<String> = face.iter().map(|i| format!("#{i}")).collect();
        let (l, b, f) = (30 + n, 40 + n, 50 + n);
        write!(
            records,
            "#{l}=IFCPOLYLOOP(({}));#{b}=IFCFACEOUTERBOUND(#{l},.T.);#{f}=IFCFACE((#{b}));",
            corners.join(",")
        )
        .unwrap();
        list.push(format!("#{f}"));
    }
    write!(records, "#60=IFCCLOSEDSHELL(({}));#100=IFCFACETEDBREP(#60);", list.join(",")).unwrap();
    let mesh = item(&records).expect("ours").expect("sound");
    let mut sides = std::collections::BTreeMap::<_, i32>::new();
    for t in &mesh.triangles {
        for (a, b) in [(t[0], t[1]), (t[1], t[2]), (t[2], t[0])] {
            *sides.entry((a.min(b), a.max(b))).or_default() += if a < b { 1 } else { -1 };
        }
    }
    assert!(sides.values().all(|n| *n == 0), "closed");
    near(measure(&mesh).1, 3.0, 1e-9);
}

#[test]
fn a_spine_of_sections_is_joined_from_one_to_the_next() {
    // A square of 1 m, another of 1 m 2 m above, a third of half the size 3 m above that.
    let sections = "#10=IFCRECTANGLEPROFILEDEF(.AREA.,$,#6,1.,1.);#11=IFCRECTANGLEPROFILEDEF(.AREA.,$,#6,0.5,0.5);\
        #12=IFCCARTESIANPOINT((0.,0.,2.));#13=IFCAXIS2PLACEMENT3D(#12,$,$);\
        #14=IFCCARTESIANPOINT((0.,0.,5.));#15=IFCAXIS2PLACEMENT3D(#14,$,$);\
        #16=IFCPOLYLINE((#1,#12,#14));#17=IFCCOMPOSITECURVESEGMENT(.CONTINUOUS.,.T.,#16);#18=IFCCOMPOSITECURVE((#17),.F.);";
    let (volume, _) = solid(&format!("{sections}#100=IFCSECTIONEDSPINE(#18,(#10,#10,#11),(#4,#13,#15));"));
    // The frustum: a third of the height times both areas and their geometric mean.
    near(volume, 2.0 + (1.0 + 0.25 + 0.5), 1e-9);
    let (volume, _) = solid(&format!(
        "{sections}#20=IFCCARTESIANPOINT((-0.5,-0.5));#21=IFCCARTESIANPOINT((0.5,-0.5));#22=IFCCARTESIANPOINT((0.,0.5));\
        #23=IFCPOLYLINE((#20,#21,#22,#20));#24=IFCARBITRARYCLOSEDPROFILEDEF(.AREA.,$,#23);\
        #100=IFCSECTIONEDSPINE(#18,(#10,#24),(#4,#13));"
    ));
    assert!(volume > 1.0 && volume < 2.0, "between a prism of the triangle and one of the square: {volume}");
}
