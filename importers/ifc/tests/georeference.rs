//! How files say where they lie on the ground.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    dead_code,
    reason = "functions that tests share"
)]

mod support;

use lantu_ingest::{Georeference, MapConversion};
use support::{Read, read};

/// A file of millimeters with these records besides, read by the importer.
fn with(data: &str) -> Read {
    let text = format!(
        "ISO-10303-21;\nHEADER;\nFILE_SCHEMA(('IFC4X3_ADD2'));\nENDSEC;\nDATA;\n\
        #1=IFCPROJECT('0000000000000000000001',$,'P',$,$,$,$,(#5),#2);#2=IFCUNITASSIGNMENT((#3,#8));\n\
        #3=IFCSIUNIT(*,.LENGTHUNIT.,.MILLI.,.METRE.);#4=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);\n\
        #5=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-5,#6,#9);#6=IFCAXIS2PLACEMENT3D(#7,$,$);\n\
        #7=IFCCARTESIANPOINT((0.,0.,0.));#8=IFCSIUNIT(*,.PLANEANGLEUNIT.,$,.RADIAN.);\n{data}\n\
        ENDSEC;\nEND-ISO-10303-21;\n"
    );
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("small.ifc");
    std::fs::write(&path, text).unwrap();
    read(&path, 1).unwrap()
}

fn map(r: &Read) -> &MapConversion {
    match &r.begin.georeference {
        Georeference::Map(m) => m,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_scaled_conversion_keeps_the_factors_of_its_axes() {
    let r = with(
        "#20=IFCPROJECTEDCRS('EPSG:25832',$,$,$,$,$,#4);\
        #21=IFCMAPCONVERSIONSCALED(#5,#20,500000.,5600000.,100.,1.,0.,0.001,0.9996,0.9996,1.);",
    );
    let m = map(&r);
    assert_eq!(
        (m.factors, m.eastings_m, m.crs_name.as_str()),
        ([0.9996, 0.9996, 1.0], 500_000.0, "EPSG:25832")
    );
    assert!((m.scale - 1.0).abs() < 1e-12);
    assert!(r.diagnostics.iter().all(|d| d.code.0 != "ifc.map_scale"), "{:?}", r.diagnostics);
}

#[test]
fn a_rigid_operation_moves_in_the_unit_of_the_map() {
    let r = with(
        "#20=IFCPROJECTEDCRS('EPSG:25832',$,$,$,$,$,#4);\
        #21=IFCRIGIDOPERATION(#5,#20,IFCLENGTHMEASURE(500000.),IFCLENGTHMEASURE(5600000.),42.);",
    );
    let m = map(&r);
    assert_eq!((m.eastings_m, m.northings_m, m.height_m), (500_000.0, 5_600_000.0, 42.0));
    assert!(
        (m.scale - 1.0).abs() < 1e-12 && m.x_axis[1] == 0.0 && (m.factors[0] - 1.0).abs() < 1e-12,
        "{m:?}"
    );
}

#[test]
fn a_geographic_crs_is_a_hint_like_a_site() {
    let r = with(
        "#20=IFCGEOGRAPHICCRS('EPSG:4258',$,$,$,$,$);\
        #21=IFCRIGIDOPERATION(#5,#20,IFCPLANEANGLEMEASURE(0.9),IFCPLANEANGLEMEASURE(0.2),1000.);",
    );
    let Georeference::SiteLatLong { latitude_deg, longitude_deg, elevation_m, .. } = r.begin.georeference
    else {
        panic!("{:?}", r.begin.georeference)
    };
    assert!(
        (latitude_deg - 0.9_f64.to_degrees()).abs() < 1e-9
            && (longitude_deg - 0.2_f64.to_degrees()).abs() < 1e-9
    );
    assert_eq!(elevation_m, Some(1.0));
    assert_eq!(r.begin.declared_crs.as_deref(), Some("EPSG:4258"));
}

#[test]
fn a_crs_is_named_by_what_can_be_resolved() {
    for (attributes, wkt, name) in [
        ("'EPSG:3065','x',$,$,$,$,#4", "", "EPSG:3065"),
        ("'NC83','NAD83 North Carolina','NAD83',$,'EPSG','32119',#4", "", "EPSG:32119"),
        ("'ETRS89 / UTM zone 32N',$,$,$,$,$,#4", "", "ETRS89 / UTM zone 32N"),
        ("'Ortsnetz',$,'EPSG:3065',$,$,$,#4", "", "EPSG:3065"),
        ("'Ortsnetz',$,$,$,$,$,#4", "#22=IFCWELLKNOWNTEXT('PROJCRS[x]',#20);", "PROJCRS[x]"),
        ("'Ortsnetz',$,$,$,$,$,#4", "", "Ortsnetz"),
    ] {
        let data = format!(
            "#20=IFCPROJECTEDCRS({attributes});#21=IFCMAPCONVERSION(#5,#20,0.,0.,0.,1.,0.,0.001);{wkt}"
        );
        assert_eq!(map(&with(&data)).crs_name, name, "{attributes}");
    }
}

#[test]
fn true_north_that_is_another_than_the_maps_is_said() {
    let at = |north: &str| {
        let data = format!(
            "#9=IFCDIRECTION(({north}));#20=IFCPROJECTEDCRS('EPSG:25832',$,$,$,$,$,#4);\
            #21=IFCMAPCONVERSION(#5,#20,0.,0.,0.,0.8660254,0.5,0.001);"
        );
        with(&data).diagnostics.iter().any(|d| d.code.0 == "ifc.true_north")
    };
    // The map conversion turns the model's x axis by 30°: north lies 30° clockwise from its y axis.
    assert!(!at("0.5,0.8660254") && !at("0.,1.") && at("-0.5,0.8660254"));
    let site = "#9=IFCDIRECTION((0.5,0.8660254));#10=IFCSITE('0000000000000000000010',$,'S',$,$,$,$,$,$,(50,0,0),(8,0,0),$,$,$);";
    let Georeference::SiteLatLong { true_north_deg, .. } = with(site).begin.georeference else {
        panic!("no site")
    };
    assert!((true_north_deg.unwrap() - 30.0).abs() < 1e-4);
}
