//! Sweeps along alignments, against what can be computed on paper.

use std::f64::consts::PI;

use glam::DVec3;

use super::tests::{item, measure, near, solid};

/// A gradient curve #40 over a quarter of a circle of 100 m radius to the left, rising by `slope`; a profile #30 of
/// 2 m × 1 m whose X starts at the directrix; places #60 and #62 at 10 m and 110 m.
fn alignment(slope: f64) -> String {
    let long = 150.0 * slope.hypot(1.0);
    format!(
        "#30=IFCARBITRARYCLOSEDPROFILEDEF(.AREA.,$,#31);#31=IFCPOLYLINE((#5,#33,#34,#35,#5));\
        #33=IFCCARTESIANPOINT((2.,0.));#34=IFCCARTESIANPOINT((2.,1.));#35=IFCCARTESIANPOINT((0.,1.));\
        #40=IFCGRADIENTCURVE((#41),.F.,#50,$);#41=IFCCURVESEGMENT(.CONTINUOUS.,#42,IFCLENGTHMEASURE(0.),IFCLENGTHMEASURE({long:?}),#45);\
        #42=IFCAXIS2PLACEMENT2D(#43,#44);#43=IFCCARTESIANPOINT((0.,10.));#44=IFCDIRECTION((1.,{slope:?}));\
        #45=IFCLINE(#5,#47);#47=IFCVECTOR(#48,1.);#48=IFCDIRECTION((1.,0.));\
        #50=IFCCOMPOSITECURVE((#51),.F.);#51=IFCCURVESEGMENT(.CONTINUOUS.,#6,IFCLENGTHMEASURE(0.),IFCLENGTHMEASURE(150.),#53);\
        #53=IFCCIRCLE(#6,100.);\
        #60=IFCAXIS2PLACEMENTLINEAR(#61,$,$);#61=IFCPOINTBYDISTANCEEXPRESSION(IFCLENGTHMEASURE(10.),$,$,$,#40);\
        #62=IFCAXIS2PLACEMENTLINEAR(#63,$,$);#63=IFCPOINTBYDISTANCEEXPRESSION(IFCLENGTHMEASURE(110.),$,$,$,#40);"
    )
}

#[test]
fn a_sectioned_solid_on_a_circle_has_the_volume_of_its_ring_and_lies_to_the_left() {
    let records = alignment(0.0) + "#100=IFCSECTIONEDSOLIDHORIZONTAL(#40,(#30,#30),(#60,#62));";
    // The profile lies from 0 to 2 m left of the directrix: on radii 98 m to 100 m, mean 99 m.
    near(solid(&records).0, 2.0 * 99.0, 1e-4);
    let mesh = item(&records).unwrap().unwrap();
    for p in &mesh.positions {
        let radius = p[0].hypot(p[1] - 100.0);
        assert!((97.99..100.01).contains(&radius) && (9.999..11.001).contains(&p[2]), "{p:?}");
    }
}

#[test]
fn sections_of_drafts_stand_at_lengths_along_the_directrix() {
    for measure in ["IFCNONNEGATIVELENGTHMEASURE", "IFCLENGTHMEASURE"] {
        let places = format!("({measure}(10.),{measure}(60.),{measure}(110.))");
        let records =
            alignment(0.0) + &format!("#100=IFCSECTIONEDSOLIDHORIZONTAL(#40,(#30,#30,#30),{places},.T.);");
        near(solid(&records).0, 2.0 * 99.0, 1e-4);
    }
    // Of 150 m.
    let of = |places: &str| {
        alignment(0.0) + &format!("#100=IFCSECTIONEDSOLIDHORIZONTAL(#40,(#30,#30),({places}),.T.);")
    };
    near(solid(&of("IFCPARAMETERVALUE(0.),IFCPARAMETERVALUE(0.4)")).0, 0.6 * 2.0 * 99.0, 1e-4);
    near(solid(&of("IFCPARAMETERVALUE(0.),IFCPARAMETERVALUE(40.)")).0, 0.4 * 2.0 * 99.0, 1e-4);
    assert_eq!(item(&of("IFCLENGTHMEASURE(1.),'x'")).unwrap().unwrap_err().record, 100);
}

#[test]
fn a_sectioned_solid_follows_the_slope_and_stands_square_to_it() {
    let records = alignment(0.05) + "#100=IFCSECTIONEDSOLIDHORIZONTAL(#40,(#30,#30),(#60,#62));";
    near(solid(&records).0, 2.0 * 99.0 * 0.05_f64.hypot(1.0), 2e-3);
}

#[test]
fn a_section_that_grows_changes_evenly() {
    let records = alignment(0.0)
        + "#36=IFCRECTANGLEPROFILEDEF(.AREA.,$,#6,2.,1.);#37=IFCRECTANGLEPROFILEDEF(.AREA.,$,#6,4.,1.);\
        #100=IFCSECTIONEDSOLIDHORIZONTAL(#40,(#36,#37),(#60,#62));";
    near(solid(&records).0, 3.0 * 100.0, 1e-3);
}

#[test]
fn a_sweep_with_fixed_reference_has_the_length_that_is_asked_for() {
    let records = alignment(0.0)
        + "#100=IFCFIXEDREFERENCESWEPTAREASOLID(#30,$,#40,IFCLENGTHMEASURE(20.),IFCLENGTHMEASURE(120.),#2);";
    // X of the profile is up, Y to the right: radii 100 m to 101 m.
    near(solid(&records).0, 2.0 * 100.5, 1e-4);
}

#[test]
fn an_offset_curve_runs_beside_its_basis() {
    let records = alignment(0.0)
        + "#70=IFCOFFSETCURVEBYDISTANCES(#40,(#71),$);\
        #71=IFCPOINTBYDISTANCEEXPRESSION(IFCLENGTHMEASURE(0.),10.,$,$,#40);\
        #36=IFCRECTANGLEPROFILEDEF(.AREA.,$,#6,1.,1.);\
        #100=IFCFIXEDREFERENCESWEPTAREASOLID(#36,$,#70,$,$,#2);";
    near(solid(&records).0, 1.5 * 90.0, 1e-4);
}

#[test]
fn ends_on_an_offset_curve_count_along_its_basis() {
    // From 20 m to 120 m of a circle of 100 m radius, 10 m to its left; a sweep over half of that.
    let sweep = |from: f64, to: f64| {
        alignment(0.0)
            + "#70=IFCOFFSETCURVEBYDISTANCES(#40,(#71,#72),$);\
            #71=IFCPOINTBYDISTANCEEXPRESSION(IFCLENGTHMEASURE(20.),10.,$,$,#40);\
            #72=IFCPOINTBYDISTANCEEXPRESSION(IFCLENGTHMEASURE(120.),10.,$,$,#40);\
            #36=IFCRECTANGLEPROFILEDEF(.AREA.,$,#6,1.,1.);"
            + &format!(
                "#100=IFCFIXEDREFERENCESWEPTAREASOLID(#36,$,#70,IFCLENGTHMEASURE({from:?}),IFCLENGTHMEASURE({to:?}),#2);"
            )
    };
    near(solid(&sweep(20.0, 120.0)).0, 1.0 * 90.0, 1e-4);
    near(solid(&sweep(70.0, 120.0)).0, 0.5 * 90.0, 1e-4);
    // The offset curve has nothing before 20 m: such an end counts along itself.
    near(solid(&sweep(0.0, 50.0)).0, 0.3 * 90.0, 1e-4);
}

#[test]
fn a_sectioned_surface_spans_its_open_profiles_and_faces_up() {
    let records = alignment(0.0)
        + "#36=IFCOPENCROSSPROFILEDEF(.CURVE.,$,.T.,(4.),(0.),('a','b'),#37);#37=IFCCARTESIANPOINT((-2.,0.));\
        #100=IFCSECTIONEDSURFACE(#40,(#60,#62),(#36,#36));";
    let mesh = item(&records).unwrap().unwrap();
    near(measure(&mesh).2, 4.0 * 100.0, 1e-4);
    assert!(mesh.normals.iter().all(|n| n[2] > 0.99));
}

#[test]
fn a_full_turn_of_a_twisted_section_stays_closed() {
    let records = alignment(0.0)
        .replace("#62=IFCAXIS2PLACEMENTLINEAR(#63,$,$)", "#62=IFCAXIS2PLACEMENTLINEAR(#63,#64,#65)")
        + &format!(
            "#64=IFCDIRECTION((0.,{:?},{:?}));#65=IFCDIRECTION((1.,0.,0.));\
            #100=IFCSECTIONEDSOLIDHORIZONTAL(#40,(#30,#30),(#60,#62));",
            -(PI / 4.0).sin(),
            (PI / 4.0).cos()
        );
    assert!(solid(&records).0 > 0.0);
}

#[test]
fn an_axis_across_the_track_leans_as_one_square_to_it() {
    // Over the whole length the right rail is 5.9 cm a meter above the left one.
    let of = |axis: &str| {
        let records = alignment(0.0)
            + &format!(
                "#80=IFCSEGMENTEDREFERENCECURVE((#81),.F.,#40,#84);\
                #81=IFCCURVESEGMENT(.CONTINUOUS.,#82,IFCLENGTHMEASURE(0.),IFCLENGTHMEASURE(150.),#45);\
                #82=IFCAXIS2PLACEMENT3D(#1,#83,#3);#83=IFCDIRECTION({axis});\
                #84=IFCAXIS2PLACEMENT3D(#85,#83,#3);#85=IFCCARTESIANPOINT((150.,0.,0.));\
                #100=IFCSECTIONEDSOLIDHORIZONTAL(#80,(#30,#30),(#60,#62));"
            );
        item(&records).unwrap().unwrap()
    };
    let (square, across) = (of("(0.,0.05866667,0.99827763)"), of("(0.,0.99827763,-0.05866667)"));
    let lowest = square.positions.iter().map(|p| p[2]).fold(f64::INFINITY, f64::min);
    assert!((lowest - (10.0 - 2.0 * 0.0586)).abs() < 1e-3, "left is lower: {lowest}");
    for (p, q) in square.positions.iter().zip(&across.positions) {
        assert!(DVec3::from_array(*p).distance(DVec3::from_array(*q)) < 1e-6, "{p:?} {q:?}");
    }
}

/// A level alignment of a draft: a quarter of a circle of 100 m radius to the left, 10 m high; cant of a gauge of 1.5 m
/// that grows over the first 60 m of it until the right rail is 15 cm higher, and stays.
fn draft_with_cant(change: &str) -> String {
    format!(
        "#30=IFCRECTANGLEPROFILEDEF(.AREA.,$,#6,2.,1.);\
        #40=IFCALIGNMENTCURVE(#41,#45,$);#41=IFCALIGNMENT2DHORIZONTAL($,(#42));\
        #42=IFCALIGNMENT2DHORIZONTALSEGMENT($,$,$,#43);#43=IFCCIRCULARARCSEGMENT2D(#5,0.,150.,100.,.T.);\
        #45=IFCALIGNMENT2DVERTICAL((#46));#46=IFCALIGNMENT2DVERSEGLINE($,$,$,0.,150.,10.,0.);\
        #50=IFCALIGNMENT2DCANT((#51,#52),1.5);#51={change};\
        #52=IFCALIGNMENT2DCANTSEGLINE($,$,$,60.,90.,0.,0.,0.15,0.15);"
    )
}

#[test]
fn a_section_leans_as_the_cant_beside_it_and_stands_where_sleepers_do() {
    let even = "IFCALIGNMENT2DCANTSEGLINE($,$,$,0.,60.,0.,0.,0.,0.15)";
    let sweep = |ends: &str| {
        draft_with_cant(even) + &format!("#100=IFCINCLINEDREFERENCESWEPTAREASOLID(#30,$,#40,{ends},$,#50);")
    };
    // Around the directrix: area times length, whatever it leans.
    near(solid(&sweep("$,$")).0, 2.0 * 150.0, 1e-3);
    let ends = "#60,#61";
    let distances = "#60=IFCDISTANCEEXPRESSION(70.,$,$,$,$);#61=IFCDISTANCEEXPRESSION(130.,$,$,$,$);";
    let part = sweep(ends) + distances;
    near(solid(&part).0, 2.0 * 60.0, 2e-4);
    // There the right rail is 15 cm up, the middle half of that; the section leans about it by a tenth.
    let lean = 0.1_f64.atan();
    let mesh = item(&part).unwrap().unwrap();
    for p in &mesh.positions {
        let (across, up) = (100.0 - p[0].hypot(p[1] - 100.0), p[2] - 10.075);
        let (x, y) = (across * lean.cos() - up * lean.sin(), across * lean.sin() + up * lean.cos());
        // X is to the left, inwards, where the rail is lower.
        assert!((x.abs() - 1.0).abs() < 1e-6 && (y.abs() - 0.5).abs() < 1e-6, "{p:?}: {x} {y}");
    }
    // What stands on an alignment of the same cant stands in the same place.
    let within = draft_with_cant(even)
        .replace("#40=IFCALIGNMENTCURVE(#41,#45,$)", "#40=IFCALIGNMENTCURVE(#41,#45,#50,$)")
        + "#100=IFCSECTIONEDSOLIDHORIZONTAL(#40,(#30,#30),(#60,#61));"
        + distances;
    let within = item(&within).unwrap().unwrap();
    for (p, q) in mesh.positions.iter().zip(&within.positions) {
        assert!(DVec3::from_array(*p).distance(DVec3::from_array(*q)) < 1e-6, "{p:?} {q:?}");
    }
}

#[test]
fn cant_of_drafts_changes_as_its_transition_says() {
    let at = |kind: &str, distance: f64| {
        let change =
            format!("IFCALIGNMENT2DCANTSEGTRANSITION($,$,$,0.,60.,0.,0.,0.,0.15,$,100.,.T.,.T.,.{kind}.)");
        let records = draft_with_cant(&change)
            + &format!("#100=IFCINCLINEDREFERENCESWEPTAREASOLID(#30,$,#40,{distance:?},150.,$,#50);");
        // The lowest corner of the first section, which is that of the left side.
        let mesh = item(&records).unwrap().unwrap();
        let start = mesh.positions.iter().filter(|p| {
            let along = p[0].atan2(100.0 - p[1]) * 100.0;
            (along - distance).abs() < 1e-3
        });
        start.map(|p| p[2]).fold(f64::INFINITY, f64::min)
    };
    let lowest = |share: f64| {
        let lean = (0.1 * share).atan();
        10.0 + 0.075 * share - lean.sin() - 0.5 * lean.cos()
    };
    for (kind, share) in [("CLOTHOIDCURVE", 0.25), ("BLOSSCURVE", 0.15625), ("COSINECURVE", 0.146_446_6)] {
        let got = at(kind, 15.0);
        assert!((got - lowest(share)).abs() < 1e-6, "{kind}: {got}, not {}", lowest(share));
    }
}

#[test]
fn a_section_is_not_inclined_by_what_is_no_cant() {
    let of = |directrix: &str, inclination: u64| {
        let records = draft_with_cant("IFCALIGNMENT2DCANTSEGLINE($,$,$,0.,60.,0.,0.,0.,0.15)")
            + &format!(
                "#70=IFCPOLYLINE((#1,#71));#71=IFCCARTESIANPOINT((100.,0.,5.));\
                #100=IFCINCLINEDREFERENCESWEPTAREASOLID(#30,$,{directrix},$,$,$,#{inclination});"
            );
        item(&records).unwrap().unwrap_err().record
    };
    assert_eq!(of("#40", 45), 45);
    assert_eq!(of("#40", 99), 99);
    assert_eq!(of("#70", 50), 50);
}

#[test]
fn sections_without_order_or_partner_are_refused_with_the_record() {
    let one = alignment(0.0) + "#100=IFCSECTIONEDSOLIDHORIZONTAL(#40,(#30),(#60));";
    assert_eq!(item(&one).unwrap().unwrap_err().record, 100);
    let none = alignment(0.0) + "#100=IFCSECTIONEDSOLIDHORIZONTAL(#99,(#30,#30),(#60,#62));";
    assert_eq!(item(&none).unwrap().unwrap_err().record, 99);
    let round = "#30=IFCRECTANGLEPROFILEDEF(.AREA.,$,#6,1.,1.);#40=IFCGRADIENTCURVE((),.F.,#40,$);\
        #60=IFCPOINTBYDISTANCEEXPRESSION(IFCLENGTHMEASURE(1.),$,$,$,#40);\
        #100=IFCSECTIONEDSOLIDHORIZONTAL(#40,(#30,#30),(#60,#60));";
    assert!(item(round).unwrap().is_err());
}
