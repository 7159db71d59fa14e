//! What the importer makes of broken, cut and small files.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "functions that tests share")]

#[path = "reading/bad_input.rs"]
mod bad_input;
#[path = "reading/data.rs"]
mod data;
#[path = "reading/drawing.rs"]
mod drawing;
#[path = "reading/lines.rs"]
mod lines;
#[path = "reading/standard.rs"]
mod standard;
#[path = "reading/stream.rs"]
mod stream;
mod support;
#[path = "support/texts.rs"]
mod texts;
#[path = "reading/textures.rs"]
mod textures;

use std::path::Path;

use lantu_ingest::{
    Confidence, Georeference, ImportError, Importer, PropertyKind, PropertyValue, RelationKind,
};
use support::{corpus, read};
use texts::{read_text, step};

const PROJECT_MM: &str = "#1=IFCPROJECT('0000000000000000000001',$,'P',$,$,$,$,(#5),#2);\n#2=IFCUNITASSIGNMENT((#3));\n\
    #3=IFCSIUNIT(*,.LENGTHUNIT.,.MILLI.,.METRE.);\n#4=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);\n\
    #5=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-5,#6,$);\n#6=IFCAXIS2PLACEMENT3D(#7,$,$);\n\
    #7=IFCCARTESIANPOINT((0.,0.,0.));\n";

#[test]
fn every_malformed_file_ends_with_a_stream_or_a_reason() {
    let Some(first) =
        corpus("every_malformed_file_ends_with_a_stream_or_a_reason", "malformed/duplicate-ids.ifc")
    else {
        return;
    };
    for entry in std::fs::read_dir(first.parent().unwrap()).unwrap() {
        let path = entry.unwrap().path();
        match read(&path, 2) {
            Ok(r) => assert!(!r.begin.importer.is_empty()),
            Err(ImportError::Format { code, what, .. }) => {
                assert!(code.starts_with("ifc.") && !what.is_empty());
            }
            Err(other) => panic!("{}: {other}", path.display()),
        }
    }
}

#[test]
fn a_file_cut_anywhere_gives_what_stands_before_the_cut() {
    for name in ["halfspaces.ifc", "hvac-mech-ports.ifc"] {
        let Some(path) = corpus("a_file_cut_anywhere_gives_what_stands_before_the_cut", name) else { return };
        let whole = std::fs::read(&path).unwrap();
        let full = read(&path, 1).unwrap().objects.len();
        let mut most = 0;
        for k in 0..64 {
            match read_text(&whole[..whole.len() * k / 64]) {
                Ok(r) => {
                    assert!(
                        r.diagnostics.iter().any(|d| &*d.code.0 == "ifc.truncated"),
                        "{name} cut at {k}/64"
                    );
                    most = most.max(r.objects.len());
                }
                Err(ImportError::Format { .. }) => {}
                Err(other) => panic!("{name} cut at {k}/64: {other}"),
            }
        }
        assert!(most * 4 > full, "{name}: {most} of {full}");
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let Some(path) = corpus("the_number_of_threads_changes_nothing", "pcert-infra-bridge.ifc") else {
        return;
    };
    let (mut one, mut four) = (read(&path, 1).unwrap(), read(&path, 4).unwrap());
    for r in [&mut one, &mut four] {
        (r.end.open_s, r.end.geometry_s) = (0.0, 0.0);
    }
    assert!(one == four);
}

#[test]
fn files_that_are_something_else_are_called_by_their_name() {
    let reason = |bytes: &[u8]| match read_text(bytes) {
        Err(ImportError::Format { code, what, .. }) => format!("{code} {what}"),
        other => panic!("{other:?}"),
    };
    assert!(reason(b" \n").starts_with("ifc.empty"));
    assert!(reason(b"PK\x03\x04rest").contains("zip"));
    assert!(reason(b"<?xml version=\"1.0\"?><ifcXML/>").contains("XML"));
    assert!(reason(b"\xFF\xFEI\0S\0O\0").contains("UTF-16"));
    assert!(reason(b"id,name\n1,wall\n").starts_with("ifc.not_step"));
    assert!(reason(b"ISO-10303-21;\nHEADER;\n").starts_with("ifc.empty"));
    assert_eq!(lantu_ifc::IfcImporter.probe(Path::new("a.csv"), b"id,name"), Confidence::NO);
    assert_eq!(
        lantu_ifc::IfcImporter.probe(Path::new("a.txt"), b"\xEF\xBB\xBFISO-10303-21;"),
        Confidence::MAGIC
    );
}

#[test]
fn a_tree_comes_parents_first_and_a_cycle_is_cut() {
    let data = format!(
        "{PROJECT_MM}#10=IFCWALL('0000000000000000000010',$,'\\X2\\5899\\X0\\',$,$,$,$,$,$);\n\
         #11=IFCBUILDINGSTOREY('0000000000000000000011',$,'L1',$,$,$,$,$,$,$);\n\
         #12=IFCRELCONTAINEDINSPATIALSTRUCTURE('0000000000000000000012',$,$,$,(#10),#11);\n\
         #20=IFCSLAB('0000000000000000000020',$,$,$,$,$,$,$,$);\n#21=IFCSLAB('0000000000000000000021',$,$,$,$,$,$,$,$);\n\
         #22=IFCRELAGGREGATES('0000000000000000000022',$,$,$,#20,(#21));\n\
         #23=IFCRELAGGREGATES('0000000000000000000023',$,$,$,#21,(#20));\n\
         #30=IFCWALL('0000000000000000000010',$,$,$,$,$,$,$,$);\n#31=IFCKERBSTONE('0000000000000000000031',$,$,$,$,#32,$);\n\
         #32=IFCLOCALPLACEMENT($,#6);\n#33=IFCZONE('0000000000000000000033',$,'Z',$,$);\n\
         #34=IFCRELASSIGNSTOGROUP('0000000000000000000034',$,$,$,(#10,#99),$,#33);"
    );
    let r = read_text(&step("IFC4", &data)).unwrap();
    let names: Vec<&str> = r.objects.iter().map(|o| o.class.as_str()).collect();
    assert_eq!(
        names,
        ["IfcBuildingStorey", "IfcWall", "IfcSlab", "IfcSlab", "IfcWall", "IfcKerbstone", "IfcZone"]
    );
    assert_eq!(r.objects[1].name, "墙");
    assert_eq!(r.objects[1].parent, Some(0));
    assert_eq!(r.objects[4].id, "0000000000000000000010#30");
    assert_eq!(r.details[1].container.as_deref(), Some("0000000000000000000011"));
    assert!(r.relations.iter().any(|l| l.kind == RelationKind::Groups && (l.from, l.to) == (6, 1)));
    let codes: Vec<&str> = r.diagnostics.iter().map(|d| &*d.code.0).collect();
    assert_eq!(
        codes,
        ["ifc.dangling_reference", "ifc.duplicate_global_id", "ifc.unknown_class", "ifc.cycle"]
    );
    assert!(r.diagnostics[0].place.starts_with("#34, line "));
}

#[test]
fn properties_come_with_units_and_from_the_type() {
    let data = format!(
        "{PROJECT_MM}#10=IFCWALL('0000000000000000000010',$,'W',$,$,$,$,$,$);\n\
         #11=IFCPROPERTYSINGLEVALUE('Width',$,IFCPOSITIVELENGTHMEASURE(240.),$);\n\
         #12=IFCPROPERTYSET('0000000000000000000012',$,'Set',$,(#11));\n\
         #13=IFCRELDEFINESBYPROPERTIES('0000000000000000000013',$,$,$,(#10),#12);\n\
         #14=IFCPROPERTYSINGLEVALUE('Width',$,IFCPOSITIVELENGTHMEASURE(100.),$);\n\
         #15=IFCPROPERTYSINGLEVALUE('FireRating',$,IFCLABEL('F90'),$);\n\
         #16=IFCPROPERTYSET('0000000000000000000016',$,'Set',$,(#14,#15));\n\
         #17=IFCWALLTYPE('0000000000000000000017',$,'T',$,$,(#16),$,$,$,.STANDARD.);\n\
         #18=IFCRELDEFINESBYTYPE('0000000000000000000018',$,$,$,(#10),#17);\n\
         #19=IFCQUANTITYLENGTH('Length',$,$,3000.,$);\n\
         #20=IFCELEMENTQUANTITY('0000000000000000000020',$,'Qto',$,$,(#19));\n\
         #21=IFCRELDEFINESBYPROPERTIES('0000000000000000000021',$,$,$,(#10),#20);\n\
         #22=IFCMATERIAL('Beton C30/37',$,$);\n#23=IFCMATERIALLAYER(#22,240.,$,$,$,$,$);\n\
         #24=IFCMATERIALLAYERSET((#23),$,$);\n#25=IFCRELASSOCIATESMATERIAL('0000000000000000000025',$,$,$,(#17),#24);"
    );
    let r = read_text(&step("IFC4", &data)).unwrap();
    let rows: Vec<_> = r
        .properties
        .iter()
        .filter(|p| p.kind != PropertyKind::Attribute)
        .map(|p| (p.name.as_str(), &p.value, p.unit.as_deref(), p.kind, p.inherited))
        .collect();
    assert_eq!(
        rows,
        [
            ("Width", &PropertyValue::Real(240.0), Some("mm"), PropertyKind::Property, false),
            ("Length", &PropertyValue::Real(3000.0), Some("mm"), PropertyKind::Quantity, false),
            ("FireRating", &PropertyValue::Text("F90".to_owned()), None, PropertyKind::Property, true),
        ]
    );
    assert_eq!(r.details[0].type_name.as_deref(), Some("T"));
    assert_eq!(r.details[0].materials, ["Beton C30/37"]);
}

#[test]
fn a_map_conversion_is_in_meters_whatever_the_units() {
    let conversion = |unit: &str, scale: &str, factor: f64| {
        let data = format!(
            "{PROJECT_MM}#8=IFCPROJECTEDCRS('EPSG:4547',$,$,'EPSG:5737',$,$,{unit});\n\
             #9=IFCMAPCONVERSION(#5,#8,{},{},{},3.,4.,{scale});",
            500_000.5 * factor,
            4_400_000.25 * factor,
            30.0 * factor
        );
        let r = read_text(&step("IFC4", &data)).unwrap();
        let Georeference::Map(m) = r.begin.georeference.clone() else { panic!("no map conversion") };
        (m, r.diagnostics.iter().filter(|d| d.code.0.starts_with("ifc.map")).count())
    };
    // Unit of the map, Scale, factor of the numbers, diagnostics: a sound file in meters, one that leaves out
    // Scale, one in millimeters throughout, one without MapUnit whose Scale tells.
    for (unit, scale, factor, n) in
        [("#4", "0.001", 1.0, 0), ("#4", "$", 1.0, 0), ("$", "1.", 1000.0, 0), ("$", "0.001", 1.0, 1)]
    {
        let (m, diagnostics) = conversion(unit, scale, factor);
        assert!((m.eastings_m - 500_000.5).abs() < 1e-6 && (m.northings_m - 4_400_000.25).abs() < 1e-6);
        assert!((m.height_m - 30.0).abs() < 1e-9 && (m.scale - 1.0).abs() < 1e-9, "{unit} {scale}");
        assert!((m.x_axis[0] - 0.6).abs() < 1e-12 && (m.x_axis[1] - 0.8).abs() < 1e-12);
        assert_eq!((m.crs_name.as_str(), m.vertical_datum.as_deref()), ("EPSG:4547", Some("EPSG:5737")));
        assert_eq!(diagnostics, n, "{unit} {scale}");
    }
    // A Scale that contradicts the units is passed on as declared, and reported.
    let (m, diagnostics) = conversion("#4", "1.", 1.0);
    assert!((m.scale - 1000.0).abs() < 1e-6 && diagnostics == 1);
}

#[test]
fn a_site_with_latitude_and_longitude_is_a_hint() {
    let data = format!(
        "{PROJECT_MM}#10=IFCSITE('0000000000000000000010',$,'S',$,$,$,$,$,$,(39,54,27,360000),(-116,-23,-30),44000.,$,$);"
    );
    let r = read_text(&step("IFC2X3", &data)).unwrap();
    let Georeference::SiteLatLong { latitude_deg, longitude_deg, elevation_m, .. } = r.begin.georeference
    else {
        panic!("no site")
    };
    assert!((latitude_deg - (39.0 + 54.0 / 60.0 + 27.36 / 3600.0)).abs() < 1e-9);
    assert!((longitude_deg + (116.0 + 23.0 / 60.0 + 30.0 / 3600.0)).abs() < 1e-9);
    assert!(elevation_m.is_some_and(|e| (e - 44.0).abs() < 1e-9));
}
