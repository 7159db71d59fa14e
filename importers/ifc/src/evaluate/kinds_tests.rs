//! Items that came with files of other people's libraries, written anew: what they are by the standard.

use std::collections::BTreeSet;
use std::f64::consts::PI;
use std::fmt::Write;

use glam::DVec3;

use super::tests::{bounds, item, measure, near, sheet, solid};

fn size(records: &str) -> [f64; 3] {
    let [low, high] = bounds(&item(records).unwrap().unwrap());
    (high - low).to_array()
}

#[test]
fn a_trapezium_stands_in_the_middle_of_the_box_around_it() {
    for (shift, x) in [("0.", [-1.0, 1.0]), ("3.", [-2.0, 2.0]), ("-3.", [-2.5, 2.5])] {
        let text = format!(
            "#20=IFCTRAPEZIUMPROFILEDEF(.AREA.,$,#6,2.,1.,1.,{shift});#100=IFCEXTRUDEDAREASOLID(#20,#4,#2,1.);"
        );
        near(solid(&text).0, 1.5, 1e-9);
        let [low, high] = bounds(&item(&text).unwrap().unwrap());
        assert!(low.distance(DVec3::new(x[0], -0.5, 0.0)) < 1e-9, "{shift} {low}");
        assert!(high.distance(DVec3::new(x[1], 0.5, 1.0)) < 1e-9, "{shift} {high}");
    }
}

#[test]
fn a_cold_formed_channel_may_have_lips_no_longer_than_its_walls_are_thick() {
    let of = |girth: &str| {
        format!(
            "#20=IFCCSHAPEPROFILEDEF(.AREA.,$,#6,19.,10.,1.,{girth},$);#100=IFCEXTRUDEDAREASOLID(#20,#4,#2,1.);"
        )
    };
    near(solid(&of("1.")).0, 19.0 + 2.0 * 9.0, 1e-9);
    near(solid(&of("4.")).0, 19.0 + 2.0 * 9.0 + 2.0 * 3.0, 1e-9);
}

#[test]
fn a_revolved_profile_that_becomes_another_has_the_volume_of_all_between() {
    let text = "#8=IFCCARTESIANPOINT((2.,0.));#9=IFCAXIS2PLACEMENT2D(#8,$);#20=IFCRECTANGLEPROFILEDEF(.AREA.,$,#9,0.2,0.2);\
        #21=IFCRECTANGLEPROFILEDEF(.AREA.,$,#9,0.1,0.1);#10=IFCAXIS1PLACEMENT(#1,#7);\
        #100=IFCREVOLVEDAREASOLIDTAPERED(#20,#4,#10,1.,#21);";
    // A frustum along an arc of 2 m.
    near(solid(text).0, 2.0 * (0.04 + 0.02 + 0.01) / 3.0, 1e-2);
}

/// A meter along X, a quarter of a circle of 1 m radius to the left, a segment of no length and a meter along Y.
const BENT: &str = "#8=IFCCARTESIANPOINT((1.,0.,0.));#9=IFCPOLYLINE((#1,#8));#10=IFCCOMPOSITECURVESEGMENT(.CONTINUOUS.,.T.,#9);\
    #11=IFCCARTESIANPOINT((1.,1.,0.));#12=IFCAXIS2PLACEMENT3D(#11,$,$);#13=IFCCIRCLE(#12,1.);\
    #14=IFCTRIMMEDCURVE(#13,(IFCPARAMETERVALUE(-1.5707963267948966)),(IFCPARAMETERVALUE(0.)),.T.,.PARAMETER.);\
    #15=IFCCOMPOSITECURVESEGMENT(.CONTINUOUS.,.T.,#14);#16=IFCCARTESIANPOINT((2.,1.,0.));#17=IFCCARTESIANPOINT((2.,2.,0.));\
    #18=IFCVECTOR(#7,1.);#19=IFCLINE(#16,#18);\
    #21=IFCTRIMMEDCURVE(#19,(#16,IFCPARAMETERVALUE(0.)),(#16,IFCPARAMETERVALUE(0.)),.T.,.CARTESIAN.);\
    #22=IFCCOMPOSITECURVESEGMENT(.CONTINUOUS.,.T.,#21);#23=IFCPOLYLINE((#16,#17));\
    #24=IFCCOMPOSITECURVESEGMENT(.CONTINUOUS.,.T.,#23);#25=IFCCOMPOSITECURVE((#10,#15,#22,#24),.F.);";

#[test]
fn parameters_along_segments_are_those_of_their_curves() {
    // A line takes as much of the parameter as it has sides, an arc its angle.
    let area = PI * 0.01;
    for (range, length) in [
        ("$,$", 2.0 + PI / 2.0),
        ("0.,3.570796327", 2.0 + PI / 2.0),
        ("0.,1.7853981634", 1.0 + PI / 4.0),
        ("0.5,2.570796327", 0.5 + PI / 2.0),
        ("2.570796327,3.070796327", 0.5),
        ("0.,99.", 2.0 + PI / 2.0),
        // As many as there are segments: exporters mean all of it.
        ("0.,4.", 2.0 + PI / 2.0),
    ] {
        let text = format!("{BENT}#100=IFCSWEPTDISKSOLID(#25,0.1,$,{range});");
        near(solid(&text).0, area * length, 2e-2);
    }
}

#[test]
fn a_polyline_is_trimmed_at_points_that_are_none_of_its_own() {
    let of = |ends: &str, sense: &str| {
        format!(
            "#8=IFCCARTESIANPOINT((5.,0.));#9=IFCCARTESIANPOINT((5.,5.));#10=IFCPOLYLINE((#5,#8,#9));\
            #11=IFCCARTESIANPOINT((5.,2.5));#12=IFCTRIMMEDCURVE(#10,{ends},.{sense}.,.CARTESIAN.);\
            #13=IFCCOMPOSITECURVESEGMENT(.CONTINUOUS.,.T.,#12);#14=IFCCARTESIANPOINT((0.,2.5));#15=IFCPOLYLINE((#11,#14,#5));\
            #16=IFCCOMPOSITECURVESEGMENT(.CONTINUOUS.,.T.,#15);#17=IFCCOMPOSITECURVE((#13,#16),.F.);\
            #20=IFCARBITRARYCLOSEDPROFILEDEF(.AREA.,$,#17);#100=IFCEXTRUDEDAREASOLID(#20,#4,#2,3.);"
        )
    };
    for (ends, sense) in [
        ("(#5),(#11)", "T"),
        ("(#11),(#5)", "F"),
        ("(IFCPARAMETERVALUE(0.)),(IFCPARAMETERVALUE(1.5))", "T"),
        // More than there are sides: it was written as a length.
        ("(IFCPARAMETERVALUE(0.)),(IFCPARAMETERVALUE(7.5))", "T"),
    ] {
        let text = of(ends, sense);
        near(solid(&text).0, 37.5, 1e-9);
        near(size(&text)[1], 2.5, 1e-9);
    }
}

#[test]
fn a_profile_along_a_curve_on_a_curved_surface_turns_with_the_surface() {
    // X of the profile stands on the surface, which is a quarter of a cylinder about Z: Y runs along Z.
    let text = "#8=IFCCIRCLE(#4,2.);\
        #9=IFCTRIMMEDCURVE(#8,(IFCPARAMETERVALUE(0.)),(IFCPARAMETERVALUE(1.5707963267948966)),.T.,.PARAMETER.);\
        #10=IFCARBITRARYOPENPROFILEDEF(.CURVE.,$,#9);#11=IFCSURFACEOFLINEAREXTRUSION(#10,#4,#2,1.);\
        #20=IFCRECTANGLEPROFILEDEF(.AREA.,$,#6,0.4,0.1);#100=IFCSURFACECURVESWEPTAREASOLID(#20,#4,#9,0.,1.,#11);";
    near(solid(text).0, 0.04 * PI, 1e-2);
    let [x, y, z] = size(text);
    near(z, 0.1, 1e-6);
    near(x, 2.2, 2e-2);
    near(y, 2.2, 2e-2);
}

#[test]
fn what_has_no_volume_takes_nothing_away() {
    let body = "#20=IFCBLOCK(#4,1.,1.,1.);#8=IFCCARTESIANPOINT((0.2,0.2,0.2));#9=IFCCARTESIANPOINT((0.8,0.2,0.2));\
        #10=IFCCARTESIANPOINT((0.8,0.8,0.8));#11=IFCPOLYLOOP((#8,#9,#10));#12=IFCPOLYLOOP((#8,#10,#9));\
        #13=IFCFACEOUTERBOUND(#11,.T.);#14=IFCFACEOUTERBOUND(#12,.T.);#15=IFCFACE((#13));#16=IFCFACE((#14));\
        #17=IFCCLOSEDSHELL((#15,#16));#18=IFCFACETEDBREP(#17);#21=IFCBLOCK(#4,0.5,1.,1.);\
        #22=IFCBOOLEANRESULT(.DIFFERENCE.,#20,#18);#100=IFCBOOLEANRESULT(.DIFFERENCE.,#22,#21);";
    near(solid(body).0, 0.5, 1e-9);
    let nothing = body.replace(".DIFFERENCE.,#20", ".INTERSECTION.,#20");
    assert!(!matches!(item(&nothing), Some(Ok(_))));
}

#[test]
fn the_end_of_a_bend_stands_on_the_bend() {
    // A quarter of a circle of 2 m radius: both ends of the pipe lie in planes through the middle of the circle.
    let text = "#8=IFCCIRCLE(#4,2.);\
        #9=IFCTRIMMEDCURVE(#8,(IFCPARAMETERVALUE(0.)),(IFCPARAMETERVALUE(1.5707963267948966)),.T.,.PARAMETER.);\
        #100=IFCSWEPTDISKSOLID(#9,0.5,$,$,$);";
    let [low, high] = bounds(&item(text).unwrap().unwrap());
    assert!(low.truncate().length() < 1e-9, "{low}");
    assert!((high.truncate() - glam::DVec2::splat(2.5)).length() < 4e-3, "{high}");
}

#[test]
fn a_long_pipe_of_curved_faces_that_ends_on_a_slope_keeps_its_volume() {
    // Radius 0.02, cut by z = 0 below and by z = 3 + x above: ellipses, which lie askew in the faces' parameters.
    let arcs = |z: f64, slope: f64, first: u32| {
        let at = |t: f64| [0.02 * t.cos(), 0.02 * t.sin(), z + slope * 0.02 * t.cos()];
        let mut text = String::new();
        for (half, from) in [(0, 0.0), (1, PI)] {
            let points: Vec<String> = (0..=16)
                .map(|i| {
                    let [x, y, z] = at(from + PI * f64::from(i) / 16.0);
                    let n = first + half * 40 + i;
                    write!(text, "#{n}=IFCCARTESIANPOINT(({x:?},{y:?},{z:?}));").unwrap();
                    format!("#{n}")
                })
                .collect();
            write!(text, "#{}=IFCPOLYLINE(({}));", first + half * 40 + 20, points.join(",")).unwrap();
        }
        let [a, b] = [first, first + 16];
        text + &format!(
            "#{0}=IFCVERTEXPOINT(#{a});#{1}=IFCVERTEXPOINT(#{b});#{2}=IFCEDGECURVE(#{0},#{1},#{3},.T.);\
            #{4}=IFCEDGECURVE(#{1},#{0},#{5},.T.);",
            first + 80,
            first + 81,
            first + 82,
            first + 20,
            first + 83,
            first + 60,
        )
    };
    let text = arcs(0.0, 0.0, 200)
        + &arcs(3.0, 1.0, 300)
        + "#10=IFCVECTOR(#2,1.);#11=IFCLINE(#1,#10);#12=IFCEDGECURVE(#280,#380,#11,.T.);#13=IFCEDGECURVE(#281,#381,#11,.T.);\
        #14=IFCCYLINDRICALSURFACE(#4,0.02);#15=IFCPLANE(#4);#16=IFCCARTESIANPOINT((0.,0.,3.));#17=IFCDIRECTION((-1.,0.,1.));\
        #18=IFCAXIS2PLACEMENT3D(#16,#17,#7);#19=IFCPLANE(#18);\
        #20=IFCORIENTEDEDGE(*,*,#282,.T.);#21=IFCORIENTEDEDGE(*,*,#283,.T.);#22=IFCORIENTEDEDGE(*,*,#382,.T.);\
        #23=IFCORIENTEDEDGE(*,*,#383,.T.);#24=IFCORIENTEDEDGE(*,*,#12,.T.);#25=IFCORIENTEDEDGE(*,*,#13,.T.);\
        #30=IFCORIENTEDEDGE(*,*,#282,.F.);#31=IFCORIENTEDEDGE(*,*,#283,.F.);#32=IFCORIENTEDEDGE(*,*,#382,.F.);\
        #33=IFCORIENTEDEDGE(*,*,#383,.F.);#34=IFCORIENTEDEDGE(*,*,#12,.F.);#35=IFCORIENTEDEDGE(*,*,#13,.F.);\
        #40=IFCEDGELOOP((#31,#30));#41=IFCEDGELOOP((#22,#23));#42=IFCEDGELOOP((#20,#25,#32,#34));\
        #43=IFCEDGELOOP((#21,#24,#33,#35));#50=IFCFACEOUTERBOUND(#40,.T.);#51=IFCFACEOUTERBOUND(#41,.T.);\
        #52=IFCFACEOUTERBOUND(#42,.T.);#53=IFCFACEOUTERBOUND(#43,.T.);#60=IFCADVANCEDFACE((#50),#15,.F.);\
        #61=IFCADVANCEDFACE((#51),#19,.T.);#62=IFCADVANCEDFACE((#52),#14,.T.);#63=IFCADVANCEDFACE((#53),#14,.T.);\
        #70=IFCCLOSEDSHELL((#60,#61,#62,#63));#100=IFCADVANCEDBREP(#70);";
    near(solid(&text).0, PI * 0.0004 * 3.0, 1.2e-2);
}

#[test]
fn a_cone_cut_off_by_faces_that_end_where_their_meridians_do_keeps_its_volume() {
    let text = "#8=IFCCARTESIANPOINT((1.3,0.7,0.));#9=IFCCARTESIANPOINT((-0.7,0.7,0.));\
        #10=IFCCARTESIANPOINT((0.5,0.7,1.3));#11=IFCCARTESIANPOINT((0.1,0.7,1.3));\
        #12=IFCVERTEXPOINT(#8);#13=IFCVERTEXPOINT(#9);#14=IFCVERTEXPOINT(#10);#15=IFCVERTEXPOINT(#11);\
        #16=IFCCARTESIANPOINT((0.3,0.7,0.));#17=IFCAXIS2PLACEMENT3D(#16,#2,#3);#18=IFCCIRCLE(#17,1.);\
        #19=IFCCARTESIANPOINT((0.3,0.7,1.3));#20=IFCAXIS2PLACEMENT3D(#19,#2,#3);#21=IFCCIRCLE(#20,0.2);\
        #22=IFCEDGECURVE(#12,#13,#18,.T.);#23=IFCEDGECURVE(#13,#12,#18,.T.);\
        #24=IFCEDGECURVE(#14,#15,#21,.T.);#25=IFCEDGECURVE(#15,#14,#21,.T.);\
        #26=IFCPOLYLINE((#8,#10));#27=IFCPOLYLINE((#9,#11));\
        #28=IFCEDGECURVE(#12,#14,#26,.T.);#29=IFCEDGECURVE(#13,#15,#27,.T.);\
        #30=IFCORIENTEDEDGE(*,*,#22,.T.);#31=IFCORIENTEDEDGE(*,*,#23,.T.);#32=IFCORIENTEDEDGE(*,*,#24,.T.);\
        #33=IFCORIENTEDEDGE(*,*,#25,.T.);#34=IFCORIENTEDEDGE(*,*,#28,.T.);#35=IFCORIENTEDEDGE(*,*,#29,.T.);\
        #36=IFCORIENTEDEDGE(*,*,#22,.F.);#37=IFCORIENTEDEDGE(*,*,#23,.F.);#38=IFCORIENTEDEDGE(*,*,#24,.F.);\
        #39=IFCORIENTEDEDGE(*,*,#25,.F.);#40=IFCORIENTEDEDGE(*,*,#28,.F.);#41=IFCORIENTEDEDGE(*,*,#29,.F.);\
        #42=IFCEDGELOOP((#37,#36));#43=IFCEDGELOOP((#32,#33));#44=IFCEDGELOOP((#30,#35,#38,#40));\
        #45=IFCEDGELOOP((#31,#34,#39,#41));#46=IFCFACEOUTERBOUND(#42,.T.);#47=IFCFACEOUTERBOUND(#43,.T.);\
        #48=IFCFACEOUTERBOUND(#44,.T.);#49=IFCFACEOUTERBOUND(#45,.T.);#50=IFCPLANE(#17);#51=IFCPLANE(#20);\
        #52=IFCCARTESIANPOINT((1.5264337522473748,0.));#53=IFCPOLYLINE((#5,#52));\
        #54=IFCARBITRARYOPENPROFILEDEF(.CURVE.,$,#53);#55=IFCDIRECTION((0.,-1.,0.));#56=IFCDIRECTION((-0.8,0.,-1.3));\
        #57=IFCAXIS2PLACEMENT3D(#11,#55,#56);#58=IFCAXIS1PLACEMENT(#16,#2);#59=IFCSURFACEOFREVOLUTION(#54,#57,#58);\
        #60=IFCADVANCEDFACE((#46),#50,.F.);#61=IFCADVANCEDFACE((#47),#51,.T.);#62=IFCADVANCEDFACE((#48),#59,.T.);\
        #63=IFCADVANCEDFACE((#49),#59,.T.);#70=IFCCLOSEDSHELL((#60,#61,#62,#63));#100=IFCADVANCEDBREP(#70);";
    near(solid(text).0, PI * 1.3 * (1.0 + 0.2 + 0.04) / 3.0, 5e-3);
}

#[test]
fn flat_faces_may_have_round_sides_and_two_outer_bounds() {
    let round = "#8=IFCCIRCLE(#4,1.);#9=IFCCARTESIANPOINT((1.,0.,0.));#10=IFCCARTESIANPOINT((-1.,0.,0.));#11=IFCVERTEXPOINT(#9);\
        #12=IFCVERTEXPOINT(#10);#13=IFCEDGECURVE(#11,#12,#8,.T.);#14=IFCEDGECURVE(#12,#11,#8,.T.);\
        #15=IFCORIENTEDEDGE(*,*,#13,.T.);#16=IFCORIENTEDEDGE(*,*,#14,.T.);#17=IFCEDGELOOP((#15,#16));\
        #18=IFCFACEOUTERBOUND(#17,.T.);#19=IFCFACE((#18));#20=IFCCONNECTEDFACESET((#19));#100=IFCFACEBASEDSURFACEMODEL((#20));";
    near(measure(&item(round).unwrap().unwrap()).2, PI, 6e-3);
    let two = "#8=IFCCARTESIANPOINT((1.,0.,0.));#9=IFCCARTESIANPOINT((1.,1.,0.));#10=IFCCARTESIANPOINT((2.,0.,0.));\
        #11=IFCCARTESIANPOINT((4.,0.,0.));#12=IFCCARTESIANPOINT((4.,2.,0.));#13=IFCPOLYLOOP((#1,#8,#9));\
        #14=IFCPOLYLOOP((#10,#11,#12));#15=IFCFACEOUTERBOUND(#13,.T.);#16=IFCFACEOUTERBOUND(#14,.T.);#17=IFCFACE((#15,#16));\
        #20=IFCCONNECTEDFACESET((#17));#100=IFCFACEBASEDSURFACEMODEL((#20));";
    near(measure(&item(two).unwrap().unwrap()).2, 0.5 + 2.0, 1e-9);
}

#[test]
fn surfaces_that_have_ends_are_drawn_between_them() {
    let line = "#8=IFCCARTESIANPOINT((2.,0.));#9=IFCCARTESIANPOINT((2.,3.));#10=IFCPOLYLINE((#8,#9));\
        #11=IFCARBITRARYOPENPROFILEDEF(.CURVE.,$,#10);#12=IFCAXIS1PLACEMENT(#1,#7);#13=IFCCARTESIANPOINT((1.,1.));\
        #14=IFCCARTESIANPOINT((2.,1.));#15=IFCCARTESIANPOINT((2.,2.));#16=IFCPOLYLINE((#13,#14,#15,#13));\
        #17=IFCCARTESIANPOINT((4.,0.));#18=IFCCARTESIANPOINT((4.,4.));#19=IFCCARTESIANPOINT((0.,4.));\
        #20=IFCPOLYLINE((#5,#17,#18,#19,#5));#21=IFCPLANE(#4);#22=IFCCYLINDRICALSURFACE(#4,0.5);#23=IFCSPHERICALSURFACE(#4,1.);\
        #24=IFCTOROIDALSURFACE(#4,2.,0.5);";
    let half = PI / 2.0;
    let cases = [
        ("IFCSURFACEOFLINEAREXTRUSION(#11,#4,#2,5.)".to_owned(), 15.0, 1e-9),
        ("IFCSURFACEOFREVOLUTION(#11,$,#12)".to_owned(), 4.0 * PI * 3.0, 5e-3),
        ("IFCCURVEBOUNDEDPLANE(#21,#20,(#16))".to_owned(), 15.5, 1e-9),
        ("IFCRECTANGULARTRIMMEDSURFACE(#21,1.,2.,4.,3.,.T.,.T.)".to_owned(), 3.0, 1e-9),
        (format!("IFCRECTANGULARTRIMMEDSURFACE(#22,0.,1.,{half:?},5.,.T.,.T.)"), half * 0.5 * 4.0, 5e-3),
        // Backwards is what is left of the turn.
        (
            format!("IFCRECTANGULARTRIMMEDSURFACE(#22,0.,1.,{half:?},5.,.F.,.T.)"),
            3.0 * half * 0.5 * 4.0,
            5e-3,
        ),
        // A cap of the northern hemisphere above 30°.
        (format!("IFCRECTANGULARTRIMMEDSURFACE(#23,0.,{:?},0.,{half:?},.T.,.T.)", PI / 6.0), PI, 1e-2),
        ("IFCSPHERICALSURFACE(#4,1.)".to_owned(), 4.0 * PI, 1e-2),
        // The outer half of the tube: 2π · (π r · R + 2 r²).
        (
            format!("IFCRECTANGULARTRIMMEDSURFACE(#24,0.,{:?},0.,{half:?},.T.,.T.)", -half),
            2.0 * PI * (PI * 0.5 * 2.0 + 2.0 * 0.25),
            1e-2,
        ),
    ];
    for (surface, area, part) in cases {
        let text = format!("{line}#99={surface};#100=IFCGEOMETRICSET((#10,#99,#8));");
        near(measure(&item(&text).unwrap().unwrap()).2, area, part);
    }
    assert!(matches!(item("#99=IFCPLANE(#4);#100=IFCGEOMETRICSET((#99));"), Some(Err(_))), "it has no ends");
}

#[test]
fn part_of_a_spline_surface_ends_where_its_parameters_say() {
    // Bilinear over a square of 2 m: half of u, all of v.
    let text = "#8=IFCCARTESIANPOINT((2.,0.,0.));#9=IFCCARTESIANPOINT((0.,2.,0.));#10=IFCCARTESIANPOINT((2.,2.,0.));\
        #11=IFCBSPLINESURFACEWITHKNOTS(1,1,((#1,#9),(#8,#10)),.UNSPECIFIED.,.F.,.F.,.F.,(2,2),(2,2),(0.,1.),(0.,1.),.UNSPECIFIED.);\
        #100=IFCRECTANGULARTRIMMEDSURFACE(#11,0.5,0.,1.,1.,.T.,.T.);";
    near(measure(&item(text).unwrap().unwrap()).2, 2.0, 1e-9);
    assert!((size(text)[0] - 1.0).abs() < 1e-9);
}

/// A composite curve of one segment.
fn boundary(keyword: &str, first: u32, curve: u32) -> String {
    format!(
        "#{first}=IFCCOMPOSITECURVESEGMENT(.CONTINUOUS.,.T.,#{curve});#{}={keyword}((#{first}),.F.);",
        first + 1
    )
}

#[test]
fn a_surface_ends_at_curves_in_its_parameters_or_in_space() {
    // A quarter of a cylinder, 3 m high, less a window from 22.5° to 45° and from 1 to 2 m, by curves in parameters.
    let corners = |first: u32, [u, v]: [[f64; 2]; 2]| {
        let mut out = String::new();
        for (n, (u, v)) in [(u[0], v[0]), (u[1], v[0]), (u[1], v[1]), (u[0], v[1])].into_iter().enumerate() {
            write!(out, "#{}=IFCCARTESIANPOINT(({u:?},{v:?}));", first + u32::try_from(n).unwrap()).unwrap();
        }
        let line: Vec<String> = [0, 1, 2, 3, 0].iter().map(|n| format!("#{}", first + n)).collect();
        write!(out, "#{}=IFCPOLYLINE(({}));", first + 4, line.join(",")).unwrap();
        write!(out, "#{}=IFCPCURVE(#8,#{});", first + 5, first + 4).unwrap();
        out
    };
    let (outer, window) = (
        corners(10, [[0.0, PI / 2.0], [0.0, 3.0]]) + &boundary("IFCOUTERBOUNDARYCURVE", 16, 15),
        corners(20, [[PI / 8.0, PI / 4.0], [1.0, 2.0]]) + &boundary("IFCBOUNDARYCURVE", 26, 25),
    );
    let text = format!(
        "#8=IFCCYLINDRICALSURFACE(#4,2.);{outer}{window}#100=IFCCURVEBOUNDEDSURFACE(#8,(#27,#17),.F.);"
    );
    let mesh = item(&text).unwrap().unwrap();
    near(measure(&mesh).2, 2.0 * (PI / 2.0 * 3.0 - PI / 8.0), 5e-3);
    let [low, high] = bounds(&mesh);
    assert!(low.length() < 1e-3 && high.distance(DVec3::new(2.0, 2.0, 3.0)) < 1e-3, "{low} {high}");
    // A square less a circle, by curves in space.
    let text = format!(
        "#8=IFCPLANE(#4);#10=IFCCARTESIANPOINT((-1.,-1.,0.));#11=IFCCARTESIANPOINT((1.,-1.,0.));\
        #12=IFCCARTESIANPOINT((1.,1.,0.));#13=IFCCARTESIANPOINT((-1.,1.,0.));#14=IFCPOLYLINE((#10,#11,#12,#13,#10));\
        {}#20=IFCCIRCLE(#4,0.5);#21=IFCSURFACECURVE(#20,(#8),.CURVE3D.);{}\
        #100=IFCCURVEBOUNDEDSURFACE(#8,(#17,#27),.F.);",
        boundary("IFCOUTERBOUNDARYCURVE", 16, 14),
        boundary("IFCBOUNDARYCURVE", 26, 21),
    );
    near(measure(&item(&text).unwrap().unwrap()).2, 4.0 - PI * 0.25, 2e-2);
}

#[test]
fn faces_and_shells_that_stand_where_an_item_should_are_drawn() {
    // A square of 2 m with a hole of 1 m.
    let face = |keyword: &str, rest: &str| {
        let mut text = String::new();
        for (n, [x, z]) in
            [[0., 0.], [2., 0.], [2., 2.], [0., 2.], [0.5, 0.5], [0.5, 1.5], [1.5, 1.5], [1.5, 0.5]]
                .iter()
                .enumerate()
        {
            write!(text, "#{}=IFCCARTESIANPOINT(({x:?},0.,{z:?}));", 20 + n).unwrap();
        }
        text + "#30=IFCPOLYLOOP((#20,#21,#22,#23));#31=IFCPOLYLOOP((#24,#25,#26,#27));\
            #32=IFCFACEOUTERBOUND(#30,.T.);#33=IFCFACEBOUND(#31,.T.);#40=IFCDIRECTION((0.,-1.,0.));\
            #41=IFCAXIS2PLACEMENT3D(#1,#40,#3);#42=IFCPLANE(#41);"
            + &format!("#{keyword}((#32,#33){rest});")
    };
    let area = |records: &str| measure(&item(records).unwrap().unwrap()).2;
    near(area(&face("100=IFCFACESURFACE", ",#42,.T.")), 3.0, 1e-9);
    near(area(&face("100=IFCFACE", "")), 3.0, 1e-9);
    for shell in ["IFCOPENSHELL", "IFCCONNECTEDFACESET", "IFCCLOSEDSHELL"] {
        let text = face("99=IFCFACE", "") + &format!("#100={shell}((#99));");
        near(area(&text), 3.0, 1e-9);
    }
}

#[test]
fn a_curved_face_by_itself_is_drawn_whatever_its_parameters_count() {
    // A quarter of a twisted square: its two sides along u are straight, and u runs to 1000.
    let text = "#8=IFCCARTESIANPOINT((1.,0.,0.));#9=IFCCARTESIANPOINT((0.,1.,0.));#10=IFCCARTESIANPOINT((1.,1.,1.));\
        #11=IFCVERTEXPOINT(#1);#12=IFCVERTEXPOINT(#8);#13=IFCVERTEXPOINT(#9);#14=IFCVERTEXPOINT(#10);\
        #21=IFCPOLYLINE((#1,#8));#22=IFCPOLYLINE((#8,#10));#23=IFCPOLYLINE((#10,#9));#24=IFCPOLYLINE((#9,#1));\
        #31=IFCEDGECURVE(#11,#12,#21,.T.);#32=IFCEDGECURVE(#12,#14,#22,.T.);#33=IFCEDGECURVE(#14,#13,#23,.T.);\
        #34=IFCEDGECURVE(#13,#11,#24,.T.);#41=IFCORIENTEDEDGE(*,*,#31,.T.);#42=IFCORIENTEDEDGE(*,*,#32,.T.);\
        #43=IFCORIENTEDEDGE(*,*,#33,.T.);#44=IFCORIENTEDEDGE(*,*,#34,.T.);#50=IFCEDGELOOP((#41,#42,#43,#44));\
        #51=IFCFACEOUTERBOUND(#50,.T.);\
        #52=IFCBSPLINESURFACEWITHKNOTS(1,1,((#1,#9),(#8,#10)),.UNSPECIFIED.,.F.,.F.,.U.,(2,2),(2,2),(0.,1000.),(3.,4.),.UNSPECIFIED.);\
        #100=IFCADVANCEDFACE((#51),#52,.T.);";
    // z = x · y: the integral of √(1 + x² + y²) over the square. Two triangles would have 1.41; triangles as long as the
    // straight bounds 1.29.
    let mesh = item(text).unwrap().unwrap();
    near(measure(&mesh).2, 1.280_789, 1e-3);
    for t in &mesh.triangles {
        let middle = t.iter().map(|i| DVec3::from_array(mesh.positions[*i as usize])).sum::<DVec3>() / 3.0;
        assert!((middle.z - middle.x * middle.y).abs() < 2e-3, "{middle} is not on the surface");
    }
    // What lies along the bounds stays there for the faces beside it.
    let on_bound = |p: &[f64; 3]| [p[0], p[1], p[0] - 1.0, p[1] - 1.0].iter().any(|d| d.abs() < 1e-12);
    let corners: BTreeSet<_> =
        mesh.positions.iter().filter(|p| on_bound(p)).map(|p| p.map(f64::to_bits)).collect();
    assert_eq!(corners.len(), 4);
}

#[test]
fn an_extrusion_without_depth_is_no_solid_but_has_a_sheet() {
    let text = "#20=IFCRECTANGLEPROFILEDEF(.AREA.,$,#6,2.,3.);#8=IFCCARTESIANPOINT((0.,0.,5.));\
        #9=IFCAXIS2PLACEMENT3D(#8,$,$);#100=IFCEXTRUDEDAREASOLID(#20,#9,#2,0.);";
    assert_eq!(item(text).unwrap().unwrap_err().record, 100);
    let flat = sheet(text).unwrap();
    near(measure(&flat).2, 6.0, 1e-9);
    assert!(flat.positions.iter().all(|p| (p[2] - 5.0).abs() < 1e-12));
    // Along its own plane it is neither.
    let askew = text.replace("#9,#2,0.", "#9,#3,1.");
    assert!(item(&askew).unwrap().is_err() && sheet(&askew).is_none());
}

#[test]
fn an_outline_with_heights_stands_up_and_is_extruded_from_there() {
    // A panel of 2 × 1 m in the plane of X and Z, 10 cm thick along Y.
    let panel = |direction: &str| {
        format!(
            "#8=IFCCARTESIANPOINT((2.,0.,0.));#9=IFCCARTESIANPOINT((2.,0.,1.));#10=IFCCARTESIANPOINT((0.,0.,1.));\
            #11=IFCPOLYLINE((#1,#8,#9,#10,#1));#20=IFCARBITRARYCLOSEDPROFILEDEF(.AREA.,$,#11);\
            #100=IFCEXTRUDEDAREASOLID(#20,#4,{direction},0.1);"
        )
    };
    near(solid(&panel("#7")).0, 0.2, 1e-9);
    let [low, high] = bounds(&item(&panel("#7")).unwrap().unwrap());
    assert!(low.length() < 1e-9 && high.distance(DVec3::new(2.0, 0.1, 1.0)) < 1e-9, "{low} {high}");
    // Along its own plane it has no volume, and says so.
    assert!(item(&panel("#2")).unwrap().is_err());
}

#[test]
fn indices_of_normals_in_the_first_ifc4_are_no_indices_of_corners() {
    let text = "#8=IFCCARTESIANPOINTLIST3D(((0.,0.,0.),(2.,0.,0.),(0.,2.,0.),(0.,0.,2.)));\
        #100=IFCTRIANGULATEDFACESET(#8,((0.,0.,-1.),(1.,1.,1.)),.T.,((1,3,2),(1,2,4),(2,3,4),(3,1,4)),\
        ((1,1,1),(1,1,1),(2,2,2),(1,1,1)));";
    near(solid(text).0, 8.0 / 6.0, 1e-9);
}

#[test]
fn sheets_between_sides_of_four_faces_stay_as_they_are_written() {
    // Cells in a row, far from the origin: the lid of each hangs together with its floor over no side of two faces.
    let mut text = String::new();
    let mut faces = Vec::new();
    let mut number = 200;
    let mut quad = |text: &mut String, corners: [[f64; 3]; 4]| {
        let ids: Vec<String> = corners
            .iter()
            .map(|[x, y, z]| {
                number += 1;
                write!(text, "#{number}=IFCCARTESIANPOINT(({:?},{:?},{:?}));", x + 50.0, y - 20.0, z - 9.0)
                    .unwrap();
                format!("#{number}")
            })
            .collect();
        let at = number + 1;
        number += 3;
        write!(
            text,
            "#{at}=IFCPOLYLOOP(({}));#{}=IFCFACEOUTERBOUND(#{at},.T.);#{}=IFCFACE((#{}));",
            ids.join(","),
            at + 1,
            at + 2,
            at + 1
        )
        .unwrap();
        faces.push(format!("#{}", at + 2));
    };
    // Between them are walls of two faces, one for each side.
    for x in [0.0, 1.0, 2.0] {
        let (a, b) = (x, x + 1.0);
        quad(&mut text, [[a, 0., 0.], [a, 1., 0.], [b, 1., 0.], [b, 0., 0.]]);
        quad(&mut text, [[a, 0., 1.], [b, 0., 1.], [b, 1., 1.], [a, 1., 1.]]);
        quad(&mut text, [[a, 0., 0.], [b, 0., 0.], [b, 0., 1.], [a, 0., 1.]]);
        quad(&mut text, [[a, 1., 0.], [a, 1., 1.], [b, 1., 1.], [b, 1., 0.]]);
        quad(&mut text, [[a, 0., 0.], [a, 0., 1.], [a, 1., 1.], [a, 1., 0.]]);
        quad(&mut text, [[b, 0., 0.], [b, 1., 0.], [b, 1., 1.], [b, 0., 1.]]);
    }
    write!(text, "#99=IFCCLOSEDSHELL(({}));#100=IFCFACETEDBREP(#99);", faces.join(",")).unwrap();
    let mesh = item(&text).unwrap().unwrap();
    near(measure(&mesh).1, 3.0, 1e-9);
}
