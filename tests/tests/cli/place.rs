//! Where models land on the ground: a box of known corners through the whole import, to a millimeter, whatever units
//! and operations its file says that with.

use serde_json::Value;

use crate::lantu::{Desk, bbox, run, text};
use crate::mesh::obj;

/// What a box may be off by. Specified: a millimeter.
const TOLERANCE_M: f64 = 1e-3;
/// The box, in the file's length unit.
const SIZE: [f64; 3] = [7.0, 4.0, 3.0];
/// Eastings, northings and height that the maps of these tests say, meters.
const MAP: [f64; 3] = [512_345.25, 5_654_321.5, 123.75];

/// A file with one box.
struct Model {
    schema: &'static str,
    /// Units of the project from #10 on: `#10=…` and more; #10 is the length unit, #11 the angle unit.
    units: &'static str,
    /// Assigned units.
    assigned: &'static str,
    /// Where the box stands, in the file's unit, and the direction of its x axis.
    at: [f64; 3],
    x_axis: [f64; 2],
    /// Where its outline lies, in the file's unit: large where a file writes map coordinates into shapes.
    outline: [f64; 2],
    /// Whatever says where the model lies; #5 is the context, #12 the meter.
    ground: String,
}

const METER: &str = "#10=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);\n#11=IFCSIUNIT(*,.PLANEANGLEUNIT.,$,.RADIAN.);";
const MILLIMETER: &str =
    "#10=IFCSIUNIT(*,.LENGTHUNIT.,.MILLI.,.METRE.);\n#11=IFCSIUNIT(*,.PLANEANGLEUNIT.,$,.RADIAN.);";

/// A length unit by conversion: its name and how many meters.
fn converted(name: &str, meters: &str) -> String {
    format!(
        "#10=IFCCONVERSIONBASEDUNIT(#14,.LENGTHUNIT.,'{name}',#15);\n#14=IFCDIMENSIONALEXPONENTS(1,0,0,0,0,0,0);\n\
         #15=IFCMEASUREWITHUNIT(IFCLENGTHMEASURE({meters}),#12);\n#11=IFCSIUNIT(*,.PLANEANGLEUNIT.,$,.RADIAN.);"
    )
}

impl Model {
    fn new(ground: &str) -> Self {
        Self {
            schema: "IFC4X3_ADD2",
            units: METER,
            assigned: "#10,#11",
            at: [20.0, -30.0, 2.0],
            x_axis: [0.8, 0.6],
            outline: [0.0, 0.0],
            ground: ground.to_owned(),
        }
    }

    fn text(&self) -> String {
        let Self { schema, units, assigned, at: [x, y, z], x_axis: [c, s], outline: [u, v], ground } = self;
        let [dx, dy, dz] = SIZE;
        let unit = if units.contains("#12=") { "" } else { "#12=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);\n" };
        let (u, v) = (u + dx / 2.0, v + dy / 2.0);
        format!(
            "ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'2;1');\nFILE_NAME('','',(''),(''),'','','');\n\
             FILE_SCHEMA(('{schema}'));\nENDSEC;\nDATA;\n\
             #1=IFCPROJECT('0000000000000000000001',$,'P',$,$,$,$,(#5),#2);\n#2=IFCUNITASSIGNMENT(({assigned}));\n\
             #5=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-5,#6,#9);\n#6=IFCAXIS2PLACEMENT3D(#7,$,$);\n\
             #7=IFCCARTESIANPOINT((0.,0.,0.));\n#8=IFCDIRECTION((0.,0.,1.));\n#9=IFCDIRECTION((0.,1.));\n\
             {units}\n{unit}\
             #20=IFCBUILDINGELEMENTPROXY('0000000000000000000020',$,'Box',$,$,#21,#26,$,$);\n\
             #21=IFCLOCALPLACEMENT($,#22);\n#22=IFCAXIS2PLACEMENT3D(#23,#8,#24);\n\
             #23=IFCCARTESIANPOINT(({x:?},{y:?},{z:?}));\n#24=IFCDIRECTION(({c:?},{s:?},0.));\n\
             #26=IFCPRODUCTDEFINITIONSHAPE($,$,(#27));\n#27=IFCSHAPEREPRESENTATION(#5,'Body','SweptSolid',(#28));\n\
             #28=IFCEXTRUDEDAREASOLID(#29,#6,#8,{dz:?});\n#29=IFCRECTANGLEPROFILEDEF(.AREA.,$,#30,{dx:?},{dy:?});\n\
             #30=IFCAXIS2PLACEMENT2D(#31,$);\n#31=IFCCARTESIANPOINT(({u:?},{v:?}));\n{ground}\n\
             ENDSEC;\nEND-ISO-10303-21;\n"
        )
    }

    /// Its corners in meters of the model.
    fn corners(&self, unit_m: f64) -> Vec<[f64; 3]> {
        let ([c, s], [u, v]) = (self.x_axis, self.outline);
        let mut out = Vec::new();
        for corner in 0..8_u8 {
            let pick = |bit: u8, size: f64| if corner & bit == 0 { 0.0 } else { size };
            let (x, y, z) = (u + pick(1, SIZE[0]), v + pick(2, SIZE[1]), pick(4, SIZE[2]));
            out.push([
                unit_m * (self.at[0] + x * c - y * s),
                unit_m * (self.at[1] + x * s + y * c),
                unit_m * (self.at[2] + z),
            ]);
        }
        out
    }
}

fn bounds(points: impl IntoIterator<Item = [f64; 3]>) -> [f64; 6] {
    let mut out = [f64::MAX, f64::MAX, f64::MAX, f64::MIN, f64::MIN, f64::MIN];
    for p in points {
        for (axis, v) in p.into_iter().enumerate() {
            out[axis] = out[axis].min(v);
            out[axis + 3] = out[axis + 3].max(v);
        }
    }
    out
}

#[track_caller]
fn assert_box(found: Option<[f64; 6]>, expected: [f64; 6], what: &str) {
    let found = found.unwrap_or_else(|| panic!("{what}: not placed"));
    let off = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(off < TOLERANCE_M, "{what}: {off} m off\nfound    {found:?}\nexpected {expected:?}");
}

/// Imports a model into a project of its own.
fn imported(crs: &str, model: &Model) -> (Desk, String) {
    let desk = Desk::new(crs);
    let file = desk.write("model.ifc", model.text().as_bytes());
    let run = desk.run("import", &[&file]);
    assert!([0, 3].contains(&run.code), "{run:?}");
    (desk, run.text())
}

fn found(desk: &Desk) -> Option<[f64; 6]> {
    desk.objects(&[]).iter().find(|r| r["name"] == "Box").and_then(bbox)
}

/// The box where it lands in EPSG:25832, compared with its corners after a map of `MAP`, `turn` and `factors`.
#[track_caller]
fn lands(what: &str, model: &Model, unit_m: f64, turn: [f64; 2], factors: [f64; 3]) {
    let (desk, _) = imported("EPSG:25832", model);
    let [c, s] = turn;
    let [e, n, h] = MAP;
    let map = |[x, y, z]: [f64; 3]| {
        let (x, y, z) = (x * factors[0], y * factors[1], z * factors[2]);
        [e + x * c - y * s, n + x * s + y * c, h + z]
    };
    assert_box(found(&desk), bounds(model.corners(unit_m).into_iter().map(map)), what);
}

const CRS: &str = "#41=IFCPROJECTEDCRS('EPSG:25832',$,$,$,$,$,#12);\n";

#[test]
fn lengths_in_feet_inches_and_millimeters_land_to_a_millimeter() {
    // A turn of 30°, and one of -45° that is not normalized.
    let map = |unit: &str, scale: &str, factor: f64| {
        let [e, n, h] = MAP.map(|v| v / factor);
        format!(
            "#41=IFCPROJECTEDCRS('EPSG:25832',$,$,$,$,$,{unit});\n\
             #40=IFCMAPCONVERSION(#5,#41,{e:?},{n:?},{h:?},0.866025403784439,0.5,{scale});"
        )
    };
    let turn = [0.75_f64.sqrt(), 0.5];
    let feet = converted("FOOT", "0.3048").leak();
    let survey = converted("US SURVEY FOOT", "0.304800609601219").leak();
    let inches = converted("INCH", "0.0254").leak();
    for (what, units, unit_m, ground) in [
        ("meters", METER, 1.0, map("#12", "1.", 1.0)),
        ("millimeters, a map in meters", MILLIMETER, 0.001, map("#12", "0.001", 1.0)),
        ("millimeters, Scale left out", MILLIMETER, 0.001, map("#12", "$", 1.0)),
        ("millimeters throughout", MILLIMETER, 0.001, map("$", "1.", 0.001)),
        ("feet, a map in meters", &*feet, 0.3048, map("#12", "0.3048", 1.0)),
        ("feet throughout", &*feet, 0.3048, map("#10", "1.", 0.3048)),
        ("feet throughout, nothing said of the map", &*feet, 0.3048, map("$", "$", 0.3048)),
        ("survey feet", &*survey, 1200.0 / 3937.0, map("#10", "1.", 1200.0 / 3937.0)),
        ("inches, a map in meters by its Scale", &*inches, 0.0254, map("$", "0.0254", 1.0)),
    ] {
        lands(what, &Model { units, ..Model::new(&ground) }, unit_m, turn, [1.0; 3]);
    }
    let slanted =
        format!("{CRS}#40=IFCMAPCONVERSION(#5,#41,{:?},{:?},{:?},3.,-3.,$);", MAP[0], MAP[1], MAP[2]);
    let half = 0.5_f64.sqrt();
    lands("an axis of another length", &Model::new(&slanted), 1.0, [half, -half], [1.0; 3]);
}

#[test]
fn scaled_and_rigid_operations_land_to_a_millimeter() {
    let [e, n, h] = MAP;
    let scaled = format!(
        "{CRS}#40=IFCMAPCONVERSIONSCALED(#5,#41,{e:?},{n:?},{h:?},0.,1.,0.001,0.9996,0.9997,1.0001);"
    );
    let model = Model { units: MILLIMETER, at: [2e7, -3e6, 2000.0], ..Model::new(&scaled) };
    lands("a scaled conversion", &model, 0.001, [0.0, 1.0], [0.9996, 0.9997, 1.0001]);
    let rigid =
        format!("{CRS}#40=IFCRIGIDOPERATION(#5,#41,IFCLENGTHMEASURE({e:?}),IFCLENGTHMEASURE({n:?}),{h:?});");
    lands("a rigid operation", &Model::new(&rigid), 1.0, [1.0, 0.0], [1.0; 3]);
    // IFC2X3 says it with properties.
    let set = format!(
        "#40=IFCPROPERTYSET('0000000000000000000040',$,'ePSet_MapConversion',$,(#42,#43,#44,#45,#46,#47));\n\
         #42=IFCPROPERTYSINGLEVALUE('Eastings',$,IFCLENGTHMEASURE({e:?}),$);\n\
         #43=IFCPROPERTYSINGLEVALUE('Northings',$,IFCLENGTHMEASURE({n:?}),$);\n\
         #44=IFCPROPERTYSINGLEVALUE('OrthogonalHeight',$,IFCLENGTHMEASURE({h:?}),$);\n\
         #45=IFCPROPERTYSINGLEVALUE('XAxisAbscissa',$,IFCREAL(0.6),$);\n\
         #46=IFCPROPERTYSINGLEVALUE('XAxisOrdinate',$,IFCREAL(0.8),$);\n\
         #47=IFCPROPERTYSINGLEVALUE('Scale',$,IFCREAL(0.001),$);\n\
         #48=IFCPROPERTYSET('0000000000000000000048',$,'ePSet_ProjectedCRS',$,(#49,#50));\n\
         #49=IFCPROPERTYSINGLEVALUE('Name',$,IFCLABEL('EPSG:25832'),$);\n\
         #50=IFCPROPERTYSINGLEVALUE('MapUnit',$,IFCLABEL('METRE'),$);\n\
         #51=IFCRELDEFINESBYPROPERTIES('0000000000000000000051',$,$,$,(#52),#40);\n\
         #53=IFCRELDEFINESBYPROPERTIES('0000000000000000000053',$,$,$,(#52),#48);\n\
         #52=IFCSITE('0000000000000000000052',$,'Site',$,$,$,$,$,.ELEMENT.,(50,0,0),(8,0,0),$,$,$);"
    );
    let model = Model { schema: "IFC2X3", units: MILLIMETER, ..Model::new(&set) };
    lands("property sets of IFC2X3", &model, 0.001, [0.6, 0.8], [1.0; 3]);
}

#[test]
fn models_far_from_zero_keep_their_millimeters() {
    let [e, n, h] = MAP;
    // Map coordinates in placements, in outlines, and in millimeters, where they are 5.6e9.
    for (what, units, unit_m, at, outline) in [
        ("placed by meters", METER, 1.0, [e, n, h], [0.0; 2]),
        ("placed by millimeters", MILLIMETER, 0.001, [e * 1e3, n * 1e3, h * 1e3], [0.0; 2]),
        ("drawn by meters", METER, 1.0, [0.0, 0.0, h], [e, n]),
        ("drawn by millimeters", MILLIMETER, 0.001, [0.0, 0.0, h * 1e3], [e * 1e3, n * 1e3]),
    ] {
        let ground = format!("{CRS}#40=IFCMAPCONVERSION(#5,#41,0.,0.,0.,1.,0.,{unit_m:?});");
        let model = Model { units, at, outline, x_axis: [1.0, 0.0], ..Model::new(&ground) };
        let (desk, _) = imported("EPSG:25832", &model);
        assert_box(found(&desk), bounds(model.corners(unit_m)), what);
    }
}

/// As far as any map's coordinates: single precision has steps of 8 m there, a file in millimeters says 10¹¹.
#[test]
fn a_hundred_thousand_kilometers_from_zero_a_box_keeps_its_size_and_its_place() {
    const FAR_M: f64 = 1e8;
    for (what, units, unit_m, drawn) in [
        ("placed by meters", METER, 1.0, false),
        ("placed by millimeters", MILLIMETER, 0.001, false),
        ("drawn by meters", METER, 1.0, true),
        ("drawn by millimeters", MILLIMETER, 0.001, true),
    ] {
        let far = [FAR_M / unit_m + 0.25, -FAR_M / unit_m + 0.5];
        let (at, outline) = if drawn { ([0.0; 3], far) } else { ([far[0], far[1], 0.0], [0.0; 2]) };
        let model = Model { units, at, outline, x_axis: [1.0, 0.0], ..Model::new("") };
        let desk = Desk::empty();
        let file = desk.write("model.ifc", model.text().as_bytes());
        let (json, out) = (desk.path("model.json"), desk.path("box.obj"));
        run(&["inspect", &file, "--json", text(&json)]).expect(0);
        let json: Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
        let row = &json["rows"].as_array().unwrap()[0];
        assert_box(bbox(row), bounds(model.corners(unit_m)), what);
        let volume = SIZE.iter().product::<f64>() * unit_m.powi(3);
        assert!((row["volume_m3"].as_f64().unwrap() / volume - 1.0).abs() < 1e-3, "{what}: {row}");
        run(&["mesh", &file, "0000000000000000000020", "--format", "obj", "--out", text(&out)]).expect(0);
        let (corners, _) = obj(&std::fs::read_to_string(&out).unwrap());
        assert_box(Some(bounds(corners)), bounds(model.corners(unit_m)), what);
    }
}

#[test]
fn a_map_is_found_by_code_name_or_text_and_reprojected_where_it_is_another() {
    let [e, n, h] = MAP;
    let wkt = text_of_crs();
    for (what, crs) in [
        ("code", "#41=IFCPROJECTEDCRS('EPSG:25832',$,$,$,$,$,#12);".to_owned()),
        ("address", "#41=IFCPROJECTEDCRS('urn:ogc:def:crs:EPSG::25832',$,$,$,$,$,#12);".to_owned()),
        ("name", "#41=IFCPROJECTEDCRS('ETRS89 / UTM zone 32N',$,$,$,$,$,#12);".to_owned()),
        ("description", "#41=IFCPROJECTEDCRS('Site','ETRS89 / UTM zone 32N',$,$,$,$,#12);".to_owned()),
        ("text", format!("#41=IFCPROJECTEDCRS('Site',$,$,$,$,$,#12);\n#60=IFCWELLKNOWNTEXT('{wkt}',#41);")),
    ] {
        let ground = format!("{crs}\n#40=IFCMAPCONVERSION(#5,#41,{e:?},{n:?},{h:?},1.,0.,1.);");
        lands(what, &Model::new(&ground), 1.0, [1.0, 0.0], [1.0; 3]);
    }
    // The next zone: as what `lantu transform` makes of the corners.
    let ground = format!("{CRS}#40=IFCMAPCONVERSION(#5,#41,{e:?},{n:?},{h:?},1.,0.,1.);");
    let model = Model::new(&ground);
    let (desk, _) = imported("EPSG:25833", &model);
    let moved = model.corners(1.0).into_iter().map(|[x, y, z]| {
        let point = format!("{:.6},{:.6}", e + x, n + y);
        let line = run(&["transform", "--from", "EPSG:25832", "--to", "EPSG:25833", &point]).expect(0).out;
        let found: Vec<f64> = line.split_whitespace().take(2).map(|v| v.parse().unwrap()).collect();
        [found[0], found[1], h + z]
    });
    assert_box(found(&desk), bounds(moved), "the next zone");
}

/// The well-known text of EPSG:25832, with its quotes as STEP writes them.
fn text_of_crs() -> &'static str {
    r#"PROJCRS["Site grid",BASEGEOGCRS["ETRS89",DATUM["European Terrestrial Reference System 1989",ELLIPSOID["GRS 1980",6378137,298.257222101,LENGTHUNIT["metre",1]]],PRIMEM["Greenwich",0,ANGLEUNIT["degree",0.0174532925199433]],ID["EPSG",4258]],CONVERSION["UTM zone 32N",METHOD["Transverse Mercator",ID["EPSG",9807]],PARAMETER["Latitude of natural origin",0,ANGLEUNIT["degree",0.0174532925199433]],PARAMETER["Longitude of natural origin",9,ANGLEUNIT["degree",0.0174532925199433]],PARAMETER["Scale factor at natural origin",0.9996,SCALEUNIT["unity",1]],PARAMETER["False easting",500000,LENGTHUNIT["metre",1]],PARAMETER["False northing",0,LENGTHUNIT["metre",1]]],CS[Cartesian,2],AXIS["(E)",east,ORDER[1],LENGTHUNIT["metre",1]],AXIS["(N)",north,ORDER[2],LENGTHUNIT["metre",1]],ID["EPSG",25832]]"#
}

#[test]
fn a_site_alone_is_a_hint_and_the_model_waits_with_it() {
    let ground = "#40=IFCSITE('0000000000000000000040',$,'Site',$,$,$,$,$,.ELEMENT.,(51,2,20,500000),(9,10,0),10.,$,$);";
    let model = Model::new(ground);
    let (desk, said) = imported("EPSG:25832", &model);
    assert!(said.contains("--accept"), "{said}");
    assert!(found(&desk).is_none(), "never placed silently");
    let step =
        model.text().replace("#9=IFCDIRECTION((0.,1.));", "#9=IFCDIRECTION((0.5,0.8660254037844386));");
    let file = desk.write("turned.ifc", step.as_bytes());
    let json = desk.path("turned.json");
    run(&["inspect", &file, "--json", text(&json)]).expect(0);
    let json: Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
    let hint = &json["georeference"];
    assert_eq!(hint["kind"], "site_latlong");
    let near = |key: &str, v: f64| (hint[key].as_f64().unwrap() - v).abs() < 1e-9;
    assert!(
        near("latitude_deg", 51.0 + 2.0 / 60.0 + 20.5 / 3600.0) && near("longitude_deg", 9.0 + 1.0 / 6.0)
    );
    assert!(near("elevation_m", 10.0) && near("true_north_deg", 30.0), "{hint}");
}

#[test]
fn angles_in_degrees_turn_a_profile_by_degrees() {
    let units = "#10=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);\n\
        #11=IFCCONVERSIONBASEDUNIT(#14,.PLANEANGLEUNIT.,'DEGREE',#15);\n#14=IFCDIMENSIONALEXPONENTS(0,0,0,0,0,0,0);\n\
        #15=IFCMEASUREWITHUNIT(IFCPLANEANGLEMEASURE(0.0174532925199433),#16);\n#16=IFCSIUNIT(*,.PLANEANGLEUNIT.,$,.RADIAN.);";
    let [e, n, h] = MAP;
    let ground = format!(
        "{CRS}#40=IFCMAPCONVERSION(#5,#41,{e:?},{n:?},{h:?},1.,0.,1.);\n\
         #70=IFCAXIS1PLACEMENT(#7,#71);\n#71=IFCDIRECTION((0.,1.,0.));"
    );
    let model =
        Model { units, x_axis: [1.0, 0.0], at: [0.0; 3], outline: [10.0, 0.0], ..Model::new(&ground) };
    // A quarter around y, from x toward -z.
    let turned = model
        .text()
        .replace("#28=IFCEXTRUDEDAREASOLID(#29,#6,#8,3.0);", "#28=IFCREVOLVEDAREASOLID(#29,#6,#70,90.);");
    assert!(turned.contains("REVOLVED"));
    let desk = Desk::new("EPSG:25832");
    let file = desk.write("model.ifc", turned.as_bytes());
    desk.import(&[&file], 0);
    let r = 10.0 + SIZE[0];
    assert_box(found(&desk), [e, n, h - r, e + r, n + SIZE[1], h], "a quarter turn");
}

#[test]
fn of_two_length_units_the_first_counts_and_the_report_says_so() {
    let [e, n, h] = MAP;
    let ground = format!("{CRS}#40=IFCMAPCONVERSION(#5,#41,{e:?},{n:?},{h:?},1.,0.,0.001);");
    let model = Model { units: MILLIMETER, assigned: "#10,#11,#12", ..Model::new(&ground) };
    lands("millimeters and meters", &model, 0.001, [1.0, 0.0], [1.0; 3]);
    let desk = Desk::empty();
    let file = desk.write("model.ifc", model.text().as_bytes());
    let json = desk.path("model.json");
    run(&["inspect", &file, "--json", text(&json)]).expect(3);
    let json: Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
    let codes: Vec<&Value> = json["diagnostics"].as_array().unwrap().iter().map(|d| &d["code"]).collect();
    assert!(codes.iter().any(|c| **c == "ifc.units_contradict"), "{codes:?}");
}

/// What `cct` makes of a point of Xian 1980 / 3-degree Gauss-Kruger CM 117E by the parameters below.
const ON_CGCS2000: [f64; 2] = [116.481_323_692_309, 39.989_883_618_283];

#[test]
fn a_project_lies_in_a_grid_on_a_datum_of_its_own_by_seven_parameters() {
    let seven = "-12.646,-24.113,-38.912,0.912,-1.337,2.018,-3.456";
    let desk = Desk::empty();
    desk.run("new", &["--crs", "EPSG:2384", "--seven-parameters", seven]).expect(2);
    let stated = ["--crs", "EPSG:2384", "--seven-parameters", seven, "--convention", "position-vector"];
    desk.run("new", &stated).expect(0);
    let layer = format!(
        r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{{}},"geometry":{{"type":"Point","coordinates":[{},{}]}}}}]}}"#,
        ON_CGCS2000[0], ON_CGCS2000[1]
    );
    let file = desk.write("mark.geojson", layer.as_bytes());
    desk.import(&[&file, "--crs", "EPSG:4490"], 0);
    let b = bbox(&desk.objects(&[])[0]).unwrap();
    let middle = [f64::midpoint(b[0], b[3]), f64::midpoint(b[1], b[4])];
    assert!((middle[0] - 455_600.0).abs() < 1e-3 && (middle[1] - 4_428_550.0).abs() < 1e-3, "{middle:?}");

    // Two points do not determine them.
    let fitted = Desk::empty();
    let rows = "id,x,y,h,lon,lat,h\n\
        a,455600,4428550,0,116.481323692309,39.989883618283,-56.2\n\
        b,456600,4428550,0,116.493033010218,39.989938398612,-56.2\n";
    let file = fitted.write("points.csv", rows.as_bytes());
    let too_few = ["--crs", "EPSG:2384", "--seven-points", &file, "--convention", "coordinate-frame"];
    assert!(fitted.run("new", &too_few).expect(1).text().contains("three points"));
}

#[test]
fn a_raster_that_waited_is_not_made_a_second_time_when_it_is_accepted() {
    let header = "ncols 3\nnrows 3\nxllcorner 455600\nyllcorner 4428550\ncellsize 1\n";
    let desk = Desk::empty();
    desk.run("new", &["--crs", "EPSG:4548", "--height", "EPSG:5737"]).expect(0);
    let file = desk.write("dtm.asc", format!("{header}41.5 42 42\n41 41 41\n40 40 40\n").as_bytes());
    desk.import(&[&file, "--crs", "EPSG:4548"], 3);
    // Other heights in as many bytes at the same time of change: who reads the file again tells them.
    let changed = std::fs::metadata(&file).unwrap().modified().unwrap();
    desk.write("dtm.asc", format!("{header}71.5 72 72\n71 71 71\n70 70 70\n").as_bytes());
    std::fs::File::options().write(true).open(&file).unwrap().set_modified(changed).unwrap();
    desk.run("placement", &["dtm", "--accept", "1"]).expect(0);
    assert!(desk.run("height", &["455600.5,4428552.5"]).expect(0).text().contains("41.5"));
    let journals = std::path::Path::new(&desk.project).with_extension("lantu.d").join("imports");
    assert_eq!(std::fs::read_dir(journals).unwrap().count(), 0, "what was kept for it is used up");
}

#[test]
fn heights_without_a_datum_are_asked_for_in_rasters_models_and_layers() {
    let grid =
        "ncols 3\nnrows 3\nxllcorner 455600\nyllcorner 4428550\ncellsize 1\n41.5 42 42\n41 41 41\n40 40 40\n";
    let box_ground = "#40=IFCPROJECTEDCRS('EPSG:4548',$,$,$,$,$,$);\n\
        #41=IFCMAPCONVERSION(#5,#40,455600.,4428550.,40.,1.,0.,1.);";
    let point = r#"{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::4548"}},"features":[{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[455600,4428550,HEIGHT]}}]}"#;
    let write = |desk: &Desk| {
        let raster = desk.write("dtm.asc", grid.as_bytes());
        let model = desk.write("box.ifc", Model::new(box_ground).text().as_bytes());
        [raster, model, desk.write("marks.geojson", point.replace("HEIGHT", "41.25").as_bytes())]
    };
    let placed = |desk: &Desk| -> Vec<bool> {
        let info = desk.info();
        info["sources"].as_array().unwrap().iter().map(|s| s["placed"].as_bool().unwrap()).collect()
    };
    let project = |desk: &Desk| {
        desk.run("new", &["--crs", "EPSG:4548", "--height", "EPSG:5737"]).expect(0);
    };
    let asked = Desk::empty();
    project(&asked);
    let files = write(&asked);
    asked.import(&[&files[0], "--crs", "EPSG:4548"], 3);
    asked.import(&[&files[1], &files[2]], 3);
    assert_eq!(placed(&asked), [false, false, false]);
    for source in ["dtm", "box", "marks"] {
        let report = asked.run("placement", &[source, "--json"]).expect(0).json();
        assert!(
            report["hypotheses"][0]["reasons"].to_string().contains("what its heights are above"),
            "{report}"
        );
        asked.run("placement", &[source, "--accept", "1"]).expect(0);
    }
    assert_eq!(placed(&asked), [true, true, true]);
    assert!(asked.run("height", &["455600.5,4428552.5"]).expect(0).text().contains("41.5"));
    asked.run("verify", &[]).expect(0);

    // What is stated is not asked: a datum, or meters that are added.
    let stated = Desk::empty();
    project(&stated);
    let files = write(&stated);
    stated.import(&[&files[0], "--crs", "EPSG:4548", "--height", "EPSG:5737"], 0);
    stated.import(&[&files[1], "--height", "1.5"], 0);
    stated.import(&[&files[2], "--height", "EPSG:5737"], 0);
    assert_eq!(placed(&stated), [true, true, true]);
    let rows = stated.objects(&["--source", "box"]);
    assert!((bbox(&rows[0]).unwrap()[2] - 43.5).abs() < 1e-3, "{rows:?}");
    // A layer without heights has none to ask for.
    let flat = stated.write("flat.geojson", point.replace(",HEIGHT", "").as_bytes());
    stated.import(&[&flat], 0);
}
