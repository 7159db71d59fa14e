//! Alignments against tables of experts and against what can be computed on paper.

#![expect(clippy::unwrap_used, reason = "functions that tests share")]

use std::f64::consts::{FRAC_PI_2, PI, TAU};
use std::fmt::Write as _;
use std::path::PathBuf;

use lantu_ifc::{Alignment, alignments};

/// A file of one alignment with these records besides, as text.
fn file(unit: &str, data: &str) -> String {
    format!(
        "ISO-10303-21;\nHEADER;\nFILE_SCHEMA(('IFC4X3_ADD2'));\nENDSEC;\nDATA;\n\
        #1=IFCPROJECT('0000000000000000000001',$,'p',$,$,$,$,$,#2);#2=IFCUNITASSIGNMENT((#3,#4));\n\
        #3=IFCSIUNIT(*,.LENGTHUNIT.,{unit},.METRE.);#4=IFCSIUNIT(*,.PLANEANGLEUNIT.,$,.RADIAN.);\n{data}\n\
        ENDSEC;\nEND-ISO-10303-21;\n"
    )
}

fn one(text: &str) -> Alignment {
    let (mut found, notes) = alignments(text.as_bytes());
    assert!(notes.is_empty(), "{notes:?}");
    assert_eq!(found.len(), 1);
    found.remove(0)
}

/// An alignment designed by these horizontal and vertical segments.
fn designed(horizontal: &str, vertical: &str) -> String {
    let (mut data, mut h, mut v) = (String::new(), Vec::new(), Vec::new());
    for (list, names, prefix) in [
        (horizontal, &mut h, "IFCALIGNMENTHORIZONTALSEGMENT"),
        (vertical, &mut v, "IFCALIGNMENTVERTICALSEGMENT"),
    ] {
        for (i, parameters) in list.split(';').map(str::trim).filter(|s| !s.is_empty()).enumerate() {
            let at = if prefix.contains("HORIZONTAL") { 100 } else { 200 } + 10 * i;
            let parameters = parameters.replace('@', &format!("#{}", at + 2));
            let parameters = match parameters.split_once('|') {
                Some((point, rest)) => {
                    write!(data, "#{}=IFCCARTESIANPOINT({point});", at + 2).unwrap();
                    rest.to_owned()
                }
                None => parameters,
            };
            write!(data, "#{at}=IFCALIGNMENTSEGMENT('s{at}',$,$,$,$,$,$,#{});", at + 1).unwrap();
            writeln!(data, "#{}={prefix}($,$,{parameters});", at + 1).unwrap();
            names.push(format!("#{at}"));
        }
    }
    write!(
        data,
        "#20=IFCALIGNMENT('0000000000000000000020',$,'A',$,$,$,$,$);#21=IFCALIGNMENTHORIZONTAL('h',$,$,$,$,$,$);\
        #22=IFCALIGNMENTVERTICAL('v',$,$,$,$,$,$);#23=IFCRELNESTS('n',$,$,$,#20,(#21,#22));\
        #24=IFCRELNESTS('o',$,$,$,#21,({}));#25=IFCRELNESTS('q',$,$,$,#22,({}));",
        h.join(","),
        v.join(",")
    )
    .unwrap();
    data
}

#[test]
fn every_expert_table_is_met_within_a_tenth_of_a_millimeter_from_both_definitions() {
    let root = std::env::var_os("LANTU_CORPUS").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")),
        PathBuf::from,
    );
    let Ok(tables) = std::fs::read_dir(root.join("ifc/alignment/expected")) else {
        eprintln!("SKIPPED every_expert_table_is_met: ifc/alignment is absent");
        return;
    };
    let mut n = 0;
    for table in tables {
        let table = table.unwrap().path();
        let case = table.file_stem().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&table).unwrap();
        for name in [format!("{case}.ifc"), format!("{case}-geometry.ifc")] {
            let Ok(content) = std::fs::read(root.join("ifc/alignment/files").join(&name)) else { continue };
            let found = alignments(&content).0;
            assert_eq!(found.len(), 1, "{name}");
            for line in text.lines().skip(1) {
                let v: Vec<Option<f64>> = line.split(',').map(|c| c.parse().ok()).collect();
                let p = found[0].at(v[0].unwrap()).unwrap();
                let ours = [p.position[0], p.position[1], p.position[2]];
                let off = (0..3).filter_map(|i| v[i + 1].map(|e| (e - ours[i]).abs())).fold(0.0, f64::max);
                assert!(off < 1e-4, "{name} at {:?}: {off}", v[0]);
                let turn = v[4].map_or(0.0, |e| (e - p.direction_rad + PI).rem_euclid(TAU) - PI);
                assert!(turn.abs() < 1e-9, "{name} at {:?}: {turn} rad", v[0]);
                let bend = v[5].map_or(0.0, |e| e - p.curvature_per_m);
                assert!(bend.abs() < 1e-9, "{name} at {:?}: {bend} 1/m", v[0]);
                let cant = v[6].map_or(0.0, |e| e - p.cant_m.unwrap());
                assert!(cant.abs() < 1e-6, "{name} at {:?}: cant off by {cant}", v[0]);
            }
            n += 1;
        }
    }
    assert!(n > 200, "{n} files");
}

#[test]
fn a_quarter_of_a_circle_ends_where_it_must_and_goes_on_straight() {
    let radius = 100.0;
    let data = designed("(0.,0.)|@,0.,100.,100.,157.07963267948966,$,.CIRCULARARC.", "");
    let a = one(&file("$", &data.replace("#21,#22", "#21")));
    let end = a.at(a.length_m()).unwrap();
    assert!((end.position[0] - radius).abs() < 1e-9 && (end.position[1] - radius).abs() < 1e-9, "{end:?}");
    assert!((end.direction_rad - FRAC_PI_2).abs() < 1e-12);
    let beyond = a.at(a.length_m() + 5.0).unwrap();
    assert!((beyond.position[1] - radius - 5.0).abs() < 1e-9 && beyond.curvature_per_m == 0.0, "{beyond:?}");
}

#[test]
fn a_cubic_parabola_is_one_and_its_distance_runs_along_it() {
    let a = one(&file("$", &designed("(0.,0.)|@,0.,0.,300.,100.,$,.CUBIC.", "").replace("#21,#22", "#21")));
    let mut walked = 0.0;
    let mut last = a.at(0.0).unwrap().position;
    for i in 1..=1000 {
        let p = a.at(f64::from(i) * 0.1).unwrap().position;
        let y = p[0].powi(3) / (6.0 * 300.0 * 100.0);
        assert!((p[1] - y).abs() < 1e-9, "{p:?}");
        walked += (p[0] - last[0]).hypot(p[1] - last[1]);
        last = p;
    }
    assert!((walked - 100.0).abs() < 1e-4, "{walked}");
}

#[test]
fn a_profile_of_millimeters_comes_out_in_meters_and_its_parabola_bends_evenly() {
    let data = designed(
        "(1000.,2000.)|@,0.,0.,0.,200000.,$,.LINE.",
        "0.,100000.,5000.,0.02,0.02,$,.CONSTANTGRADIENT.; 100000.,100000.,7000.,0.02,-0.02,$,.PARABOLICARC.",
    );
    let a = one(&file(".MILLI.", &data));
    assert!((a.length_m() - 200.0).abs() < 1e-9);
    for (d, z) in [(0.0, 5.0), (50.0, 6.0), (100.0, 7.0), (150.0, 7.5), (200.0, 7.0)] {
        let p = a.at(d).unwrap().position;
        assert!((p[2] - z).abs() < 1e-9 && (p[0] - 1.0 - d).abs() < 1e-9, "{d}: {p:?}");
    }
}

#[test]
fn a_clothoid_in_the_profile_begins_straight_and_ends_with_the_slope_that_is_asked_for() {
    let data = designed("(0.,0.)|@,0.,0.,0.,100.,$,.LINE.", "0.,100.,0.,0.,0.1,$,.CLOTHOID.");
    let a = one(&file("$", &data));
    let slope = |d: f64| (a.at(d + 1e-4).unwrap().position[2] - a.at(d - 1e-4).unwrap().position[2]) / 2e-4;
    assert!(slope(0.01).abs() < 1e-5 && (slope(99.99) - 0.1).abs() < 1e-4);
    // Of a slope that grows with the square of the distance, a third of its triangle lies below.
    let z = a.at(100.0).unwrap().position[2];
    assert!((z - 10.0 / 3.0).abs() < 0.02, "{z}");
}

#[test]
fn two_definitions_that_contradict_each_other_are_said() {
    let data = designed("(0.,0.)|@,0.,0.,0.,100.,$,.LINE.", "")
        .replace("#21,#22", "#21")
        .replace("'A',$,$,$,$,$)", "'A',$,$,$,#30,$)")
        + "#30=IFCPRODUCTDEFINITIONSHAPE($,$,(#31));#31=IFCSHAPEREPRESENTATION($,'Axis','Curve2D',(#32));\
        #32=IFCCOMPOSITECURVE((#33),.F.);#33=IFCCURVESEGMENT(.CONTINUOUS.,#34,IFCLENGTHMEASURE(0.),IFCLENGTHMEASURE(100.),#36);\
        #34=IFCAXIS2PLACEMENT2D(#35,$);#35=IFCCARTESIANPOINT((0.,0.5));#36=IFCLINE(#35,#37);#37=IFCVECTOR(#38,1.);\
        #38=IFCDIRECTION((1.,0.));";
    let (found, notes) = alignments(file("$", &data).as_bytes());
    assert_eq!(found.len(), 1);
    assert_eq!(notes.len(), 1);
    assert_eq!(notes[0].code.0, "ifc.alignment_contradicted");
    assert!(notes[0].message.contains("0.500 m apart"), "{}", notes[0].message);
}

#[test]
fn an_arc_in_radians_is_one_where_the_file_has_degrees_and_says_where_the_arc_ends() {
    // A quarter of a circle of 100 m to the left and 50 m straight on; the file's unit of angles is the degree.
    let text = |sweep: f64, to: &str| {
        let data = format!(
            "#20=IFCALIGNMENT('0000000000000000000020',$,'A',$,$,$,#30,$);\
            #30=IFCPRODUCTDEFINITIONSHAPE($,$,(#31));#31=IFCSHAPEREPRESENTATION($,'Axis','Curve2D',(#32));\
            #32=IFCCOMPOSITECURVE((#33,#43),.F.);#35=IFCCARTESIANPOINT((0.,0.));#38=IFCDIRECTION((1.,0.));\
            #34=IFCAXIS2PLACEMENT2D(#35,#38);#36=IFCCIRCLE(#34,100.);\
            #33=IFCCURVESEGMENT(.CONTINUOUS.,#34,IFCLENGTHMEASURE(0.),IFCPARAMETERVALUE({sweep:?}),#36);\
            #43=IFCCURVESEGMENT(.CONTINUOUS.,#44,IFCLENGTHMEASURE(0.),IFCLENGTHMEASURE(50.),#46);\
            #44=IFCAXIS2PLACEMENT2D(#45,#48);#45=IFCCARTESIANPOINT({to});#48=IFCDIRECTION((0.,1.));\
            #46=IFCLINE(#35,#47);#47=IFCVECTOR(#38,1.);\
            #5=IFCMEASUREWITHUNIT(IFCRATIOMEASURE(0.017453292519943295),#6);\
            #6=IFCSIUNIT(*,.PLANEANGLEUNIT.,$,.RADIAN.);#7=IFCDIMENSIONALEXPONENTS(0,0,0,0,0,0,0);"
        );
        let degrees = "#4=IFCCONVERSIONBASEDUNIT(#7,.PLANEANGLEUNIT.,'DEGREE',#5);";
        file("$", &data).replace("#4=IFCSIUNIT(*,.PLANEANGLEUNIT.,$,.RADIAN.);", degrees)
    };
    let read = |sweep: f64, to: &str| {
        let (found, notes) = alignments(text(sweep, to).as_bytes());
        let codes: Vec<&str> = notes.iter().map(|n| n.code.0.as_ref()).collect();
        let length = found[0].length_m();
        (found[0].at(length).unwrap().position, length, codes.join(" "))
    };
    let (radians, degrees) = (read(FRAC_PI_2, "(100.,100.)"), read(90.0, "(100.,100.)"));
    for ([x, y, _], length, _) in [&radians, &degrees] {
        assert!((length - (50.0 * PI + 50.0)).abs() < 1e-6, "{length}");
        assert!((x - 100.0).abs() < 1e-6 && (y - 150.0).abs() < 1e-6, "{x} {y}");
    }
    assert_eq!((radians.2.as_str(), degrees.2.as_str()), ("ifc.arc_in_radians", ""));
    // An arc that ends nowhere near the next piece is what the file says, and the gap is told.
    let (_, length, codes) = read(FRAC_PI_2, "(300.,100.)");
    assert!((length - (50.0 + FRAC_PI_2.to_radians() * 100.0)).abs() < 1e-6, "{length}");
    assert_eq!(codes, "ifc.alignment_gap");
}

#[test]
fn a_spiral_that_winds_around_itself_is_refused_in_no_time_and_the_design_counts() {
    // In 100 m a clothoid of the constant 20 turns by 12.5 radians, which no profile does, and one of 1 by 5000.
    let curves = "#31=IFCSHAPEREPRESENTATION($,'Axis','Curve3D',(#40));\
        #32=IFCCOMPOSITECURVE((#33),.F.);#33=IFCCURVESEGMENT(.CONTINUOUS.,#34,IFCLENGTHMEASURE(0.),IFCLENGTHMEASURE(100.),#36);\
        #34=IFCAXIS2PLACEMENT2D(#35,$);#35=IFCCARTESIANPOINT((0.,0.));#36=IFCLINE(#35,#37);#37=IFCVECTOR(#38,1.);\
        #38=IFCDIRECTION((1.,0.));#40=IFCGRADIENTCURVE((#41),.F.,#32,#34);\
        #41=IFCCURVESEGMENT(.CONTINUOUS.,#34,IFCLENGTHMEASURE(-100.),IFCLENGTHMEASURE(100.),#42);#42=IFCCLOTHOID($,20.);";
    let flat = designed("(0.,0.)|@,0.,0.,0.,100.,$,.LINE.", "0.,100.,7.,0.,0.,$,.CONSTANTGRADIENT.")
        .replace("'A',$,$,$,$,$)", "'A',$,$,$,#30,$)")
        + "#30=IFCPRODUCTDEFINITIONSHAPE($,$,(#31));";
    let wound = curves.replace("($,20.)", "($,1.)");
    for (curves, words) in [(curves, "runs backward"), (wound.as_str(), "winds around itself")] {
        let (found, notes) = alignments(file("$", &format!("{flat}{curves}")).as_bytes());
        assert!(notes.iter().any(|n| n.message.contains(words)), "{notes:?}");
        assert!((found[0].at(50.0).unwrap().position[2] - 7.0).abs() < 1e-9);
    }
}

#[test]
fn broken_stations_count_on_from_the_last_referent() {
    let mut data = designed("(0.,0.)|@,0.,0.,0.,1000.,$,.LINE.", "")
        .replace("#21,#22", "#21")
        .replace("'A',$,$,$,$,$)", "'A',$,$,$,#60,$)");
    data += "#60=IFCPRODUCTDEFINITIONSHAPE($,$,(#61));#61=IFCSHAPEREPRESENTATION($,'Axis','Curve2D',(#62));\
        #62=IFCPOLYLINE((#63,#64));#63=IFCCARTESIANPOINT((0.,0.));#64=IFCCARTESIANPOINT((1000.,0.));\
        #65=IFCRELNESTS('r',$,$,$,#20,(#300,#310));";
    for (id, along, station) in [(300, 0.0, 100.0), (310, 400.0, 1000.0)] {
        writeln!(
            data,
            "#{id}=IFCREFERENT('{id}',$,'S{id}',$,$,#{},$,.STATION.);#{}=IFCLINEARPLACEMENT($,#{},$);\
            #{}=IFCAXIS2PLACEMENTLINEAR(#{},$,$);#{}=IFCPOINTBYDISTANCEEXPRESSION(IFCLENGTHMEASURE({along:?}),$,$,$,#62);\
            #{}=IFCRELDEFINESBYPROPERTIES('d{id}',$,$,$,(#{id}),#{});#{}=IFCPROPERTYSET('p{id}',$,'Pset_Stationing',$,(#{}));\
            #{}=IFCPROPERTYSINGLEVALUE('Station',$,IFCLENGTHMEASURE({station:?}),$);",
            id + 1,
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
        )
        .unwrap();
    }
    let a = one(&file("$", &data));
    let station = |d: f64| a.at(d).unwrap().station_m.unwrap();
    for (d, s) in [(0.0, 100.0), (399.0, 499.0), (400.0, 1000.0), (500.0, 1100.0)] {
        assert!((station(d) - s).abs() < 1e-9, "{d}: {}", station(d));
    }
    assert_eq!(a.stations().len(), 2);
    assert_eq!(a.stations()[1].name, "S310");
}
