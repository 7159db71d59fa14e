//! Broken files end with a stream or a reason, whatever is broken, and what is sound in them arrives.

use std::fmt::Write as _;

use crate::support::{Read, corpus, read};
use crate::texts::{read_data, read_text, step};
use lantu_ingest::{ImportError, PropertyValue};

/// A house of `n` walls, each with a set of properties.
fn walls(n: usize) -> String {
    let mut out = String::from(
        "#1=IFCPROJECT('0000000000000000000001',$,'P',$,$,$,$,$,#2);\n#2=IFCUNITASSIGNMENT((#3));\n\
         #3=IFCSIUNIT(*,.LENGTHUNIT.,.MILLI.,.METRE.);\n",
    );
    for i in 0..n {
        let id = 10 * (i + 1);
        writeln!(
            out,
            "#{id}=IFCWALL('{id:022}',$,'Wall \\X2\\5899\\X0\\ {i}',$,$,$,$,$,$);\n\
             #{}=IFCPROPERTYSINGLEVALUE('Width',$,IFCLENGTHMEASURE({i}.5E0),$);\n\
             #{}=IFCPROPERTYSET('{:022}',$,'Set',$,(#{}));\n\
             #{}=IFCRELDEFINESBYPROPERTIES('{:022}',$,$,$,(#{id}),#{});",
            id + 1,
            id + 2,
            id + 2,
            id + 1,
            id + 3,
            id + 3,
            id + 2
        )
        .unwrap();
    }
    out
}

fn codes(r: &Read) -> Vec<&str> {
    r.diagnostics.iter().map(|d| &*d.code.0).collect()
}

#[test]
fn a_missing_quote_costs_its_record_and_no_other() {
    let whole = walls(200);
    let broken = whole.replacen("'Wall \\X2\\5899\\X0\\ 50'", "'Wall 50", 1).replacen(
        "'Wall \\X2\\5899\\X0\\ 120'",
        "'Wall 120",
        1,
    );
    let r = read_text(&step("IFC4", &broken)).unwrap();
    assert_eq!(r.objects.len(), 198);
    assert_eq!(codes(&r).iter().filter(|c| **c == "ifc.syntax").count(), 2, "{:?}", r.diagnostics);
    assert!(r.diagnostics.iter().any(|d| d.place.starts_with("#510, line ")), "{:?}", r.diagnostics);
}

#[test]
fn a_number_too_large_is_told_and_the_rest_of_its_record_is_read() {
    let data = walls(1).replace("IFCLENGTHMEASURE(0.5E0)", "IFCLENGTHMEASURE(1.E999)");
    let r = read_text(&step("IFC4", &data)).unwrap();
    assert_eq!(r.properties[0].value, PropertyValue::Null);
    let number = r.diagnostics.iter().find(|d| &*d.code.0 == "ifc.number").unwrap();
    assert!(number.place.starts_with("#11, line "), "{number:?}");
}

#[test]
fn a_file_in_pieces_reads_like_one_scan_whatever_begins_where() {
    // Comments with records in them, texts over lines, and records without their end lie across any cut.
    let mut data = walls(9_000);
    for at in (0..data.len()).step_by(50_000).collect::<Vec<_>>().into_iter().rev() {
        if let Some(line) = data[at..].find(";\n") {
            let long = "#1=IFCWALL('x');\n".repeat(900);
            data.insert_str(at + line + 2, &format!("/* gone:\n{long}*/\n"));
        }
    }
    assert!(data.len() > 3 << 20);
    let r = read_data(&step("IFC4", &data)).unwrap();
    assert_eq!(r.objects.len(), 9_000);
    assert_eq!(r.diagnostics, vec![], "a commented record is none");
    assert_eq!(r.properties.iter().filter(|p| p.name == "Width").count(), 9_000);
}

#[test]
fn references_that_lead_nowhere_or_in_circles_end() {
    let data = format!(
        "{}#900=IFCRELAGGREGATES('0000000000000000000900',$,$,$,#10,(#10,#20,#99999999999999999999,#18446744073709551615));\n\
         #901=IFCRELAGGREGATES('0000000000000000000901',$,$,$,#20,(#10));\n\
         #902=IFCRELDEFINESBYTYPE('0000000000000000000902',$,$,$,(#10),#10);\n\
         #903=IFCMATERIALLIST((#903,#904));\n#904=IFCMATERIALLAYERSET((#903,#904),$,$);\n\
         #905=IFCRELASSOCIATESMATERIAL('0000000000000000000905',$,$,$,(#10,#20),#903);\n\
         #906=IFCCLASSIFICATIONREFERENCE($,'a','b',#906,$,$);\n\
         #907=IFCRELASSOCIATESCLASSIFICATION('0000000000000000000907',$,$,$,(#10),#906);\n\
         #908=IFCCOMPLEXPROPERTY('c',$,'u',(#908,#11));\n\
         #909=IFCPROPERTYSET('0000000000000000000909',$,'Loop',$,(#908));\n\
         #910=IFCRELDEFINESBYPROPERTIES('0000000000000000000910',$,$,$,(#10),#909);\n\
         #911=IFCCONVERSIONBASEDUNIT(#912,.LENGTHUNIT.,'FOOT',#913);\n#912=IFCDIMENSIONALEXPONENTS(1,0,0,0,0,0,0);\n\
         #913=IFCMEASUREWITHUNIT(IFCREAL(0.),#911);\n",
        walls(3)
    );
    let r = read_text(&step("IFC4", &data)).unwrap();
    assert_eq!(r.objects.len(), 3);
    assert!(codes(&r).contains(&"ifc.cycle") && codes(&r).contains(&"ifc.dangling_reference"));
}

#[test]
fn absurd_sizes_are_read_in_little_time() {
    let deep = format!(
        "{}#900=IFCWALL('0000000000000000000900',$,{}'x'{},$,$,$,$,$,$);\n",
        walls(2),
        "(".repeat(10_000),
        ")".repeat(10_000)
    );
    let r = read_text(&step("IFC4", &deep)).unwrap();
    assert_eq!(r.objects.len(), 3);
    assert!(r.diagnostics.iter().any(|d| d.place.starts_with("#900, line ") && d.message.contains("deep")));
    let long = walls(1).replace("Wall ", &"墙".repeat(700_000));
    let r = read_text(&step("IFC4", &long)).unwrap();
    assert!(r.objects[0].name.len() > 2_000_000);
    for blank in ["\n", " ", ";", "(", "#", "'", "/*", "#1=", "#1=A(", "\\X2\\"] {
        let r = read_data(&step("IFC4", &format!("{}{}", walls(1), blank.repeat(1_000_000))));
        assert!(r.is_ok_and(|r| r.objects.len() == 1), "{blank}");
    }
}

#[test]
fn round_things_of_absurd_size_have_no_absurd_number_of_triangles() {
    let solid = |solid: &str| {
        let data = format!(
            "{}#900=IFCBEAM('0000000000000000000900',$,'B',$,$,#901,#903,$,$);\n#901=IFCLOCALPLACEMENT($,#902);\n\
             #902=IFCAXIS2PLACEMENT3D(#910,$,$);\n#910=IFCCARTESIANPOINT((0.,0.,0.));\n\
             #903=IFCPRODUCTDEFINITIONSHAPE($,$,(#904));\n#904=IFCSHAPEREPRESENTATION($,'Body','SweptSolid',(#905));\n\
             #905={solid};\n#906=IFCCIRCLE(#902,1.E11);",
            walls(1)
        );
        let r = read_text(&step("IFC4", &data)).unwrap();
        r.objects.iter().find(|o| o.name == "B").unwrap().n_triangles
    };
    for (what, text) in
        [("a sphere", "IFCSPHERE(#902,1.E11)"), ("a disk", "IFCSWEPTDISKSOLID(#906,1.E10,$,$,$)")]
    {
        let n = solid(text);
        assert!((12..2_500_000).contains(&n), "{what} has {n} triangles");
    }
}

#[test]
fn empty_sections_and_units_of_nothing_are_told() {
    let r = read_text(&step("IFC4", "#1=IFCWALL('0000000000000000000001',$,$,$,$,$,$,$,$);")).unwrap();
    assert!(codes(&r).contains(&"ifc.no_length_unit"));
    let zero = walls(1).replace("#3=IFCSIUNIT(*,.LENGTHUNIT.,.MILLI.,.METRE.);", "#3=IFCCONVERSIONBASEDUNIT(#4,.LENGTHUNIT.,'ell',#5);\n#5=IFCMEASUREWITHUNIT(IFCREAL(0.),#6);\n#6=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);");
    let r = read_text(&step("IFC4", &zero)).unwrap();
    assert!(codes(&r).contains(&"ifc.no_length_unit") && codes(&r).contains(&"ifc.unit_unreadable"));
    match read_text(&step("IFC4", "")) {
        Err(ImportError::Format { code, .. }) => assert_eq!(code, "ifc.empty"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn units_that_contradict_their_name_or_each_other_are_told_and_well_known_ones_need_no_factor() {
    let model = |factor: &str, more: &str| {
        let units = format!(
            "#2=IFCUNITASSIGNMENT((#3{more}));\n#3=IFCCONVERSIONBASEDUNIT($,.LENGTHUNIT.,'FOOT',{factor});\n\
             #4=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);\n#5=IFCMEASUREWITHUNIT(IFCREAL(0.3048),#4);\n\
             #6=IFCMEASUREWITHUNIT(IFCREAL(304.8),#4);\n#7=IFCMEASUREWITHUNIT(IFCREAL(0.3048006096),#4);"
        );
        let data = walls(1).replace("#2=IFCUNITASSIGNMENT((#3));", &units);
        let data = data.replace("#3=IFCSIUNIT(*,.LENGTHUNIT.,.MILLI.,.METRE.);\n", "");
        let r = read_text(&step("IFC4", &data)).unwrap();
        (r.begin.unit.clone(), codes(&r).into_iter().map(str::to_owned).collect::<Vec<_>>())
    };
    for (factor, more, expected) in [
        ("#5", "", &[][..]),
        ("#7", "", &[]),
        ("$", "", &[]),
        ("#6", "", &["ifc.unit_contradicts_name"]),
        ("#5", ",#4", &["ifc.units_contradict"]),
    ] {
        let (unit, found) = model(factor, more);
        assert_eq!(
            (unit.as_str(), found.as_slice()),
            ("ft", expected.iter().map(|c| (*c).to_owned()).collect::<Vec<_>>().as_slice())
        );
    }
}

#[test]
fn texts_of_any_encoding_arrive_and_guesses_are_told() {
    let model = |name: &[u8]| {
        let text = walls(1);
        let (before, after) = text.split_once("Wall \\X2\\5899\\X0\\ 0").unwrap();
        let whole = [before.as_bytes(), name, after.as_bytes()].concat();
        let mut file = step("IFC4", "\u{1}");
        let at = file.iter().position(|b| *b == 1).unwrap();
        file.splice(at..=at, whole);
        read_text(&file).unwrap()
    };
    let r = model("外墙".as_bytes());
    assert_eq!((r.objects[0].name.as_str(), codes(&r)), ("外墙", vec![]));
    let (gbk, _, _) = encoding_rs::GBK.encode("钢筋混凝土外墙");
    let r = model(&gbk);
    assert_eq!((r.objects[0].name.as_str(), codes(&r)), ("钢筋混凝土外墙", vec!["ifc.encoding_guessed"]));
    assert!(r.diagnostics[0].message.contains("GB18030") && r.diagnostics[0].message.contains('%'));
    let r = model(b"Au\xDFenwand 30\xB0, Gel\xE4nder");
    assert_eq!(
        (r.objects[0].name.as_str(), codes(&r)),
        ("Außenwand 30°, Geländer", vec!["ifc.encoding_guessed"])
    );
    let r = model(b"\\X2\\5899\\X0\\ \\X2\\D800\\X0\\");
    assert!(r.objects[0].name.starts_with('墙') && !r.objects[0].name.contains('\u{FFFD}'));
    assert_eq!(codes(&r), ["ifc.text_unreadable"]);
}

/// A generator of numbers that needs no more than a seed (xorshift64*).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33).unwrap() % n.max(1)
    }
}

#[test]
fn flipped_bits_never_end_in_anything_else_than_a_stream_or_a_reason() {
    let whole = step("IFC4", &walls(40));
    for seed in 1..400_u64 {
        let mut dice = Dice(seed * 0x9E37_79B9);
        let mut file = whole.clone();
        for _ in 0..=dice.roll(40) {
            let at = dice.roll(file.len());
            file[at] ^= 1 << dice.roll(8);
        }
        match read_data(&file) {
            Ok(r) => assert!(r.objects.len() <= 80, "seed {seed}"),
            Err(ImportError::Format { code, what, .. }) => {
                assert!(code.starts_with("ifc.") && !what.is_empty());
            }
            Err(other) => panic!("seed {seed}: {other}"),
        }
    }
}

#[test]
fn a_real_file_cut_or_flipped_anywhere_is_read_as_far_as_it_goes() {
    let test = "a_real_file_cut_or_flipped_anywhere_is_read_as_far_as_it_goes";
    for name in
        ["duplex-a-revit.ifc", "hvac-mech-ports.ifc", "bridge-a99-double-header.ifc", "rail-cant-alpha.ifc"]
    {
        let Some(path) = corpus(test, name).or_else(|| corpus(test, &format!("malformed/{name}"))) else {
            continue;
        };
        let whole = std::fs::read(&path).unwrap();
        let full = read(&path, 2).unwrap().objects.len();
        let mut dice = Dice(7);
        for k in 1..64 {
            let cut = read_data(&whole[..whole.len() * k / 64]);
            let mut flipped = whole.clone();
            for _ in 0..8 {
                let at = dice.roll(flipped.len());
                flipped[at] ^= 1 << dice.roll(8);
            }
            let flipped = read_data(&flipped);
            for r in [&cut, &flipped] {
                assert!(matches!(r, Ok(_) | Err(ImportError::Format { .. })), "{name} {k}: {r:?}");
            }
            if let Ok(r) = flipped {
                assert!(r.objects.len() + 64 >= full, "{name} {k}: {} of {full}", r.objects.len());
            }
        }
    }
}

/// A wall of 4 × 0.3 × 3 m at (5, 0, 0), of faces: `(record, text)`.
const WALL_OF_FACES: &str = "#1=IFCPROJECT('0000000000000000000001',$,'P',$,$,$,$,(#5),#2);\n#2=IFCUNITASSIGNMENT((#3));\n\
     #3=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);\n\
     #5=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-5,#6,$);\n#6=IFCAXIS2PLACEMENT3D(#7,$,$);\n\
     #7=IFCCARTESIANPOINT((0.,0.,0.));\n#8=IFCDIRECTION((0.,0.,1.));\n\
     #20=IFCCARTESIANPOINT((5.,0.,0.));\n#21=IFCAXIS2PLACEMENT3D(#20,$,$);\n#22=IFCLOCALPLACEMENT($,#21);\n\
     #31=IFCCARTESIANPOINT((0.,0.,0.));\n#32=IFCCARTESIANPOINT((4.,0.,0.));\n#33=IFCCARTESIANPOINT((0.,3.,0.));\n\
     #34=IFCCARTESIANPOINT((0.,0.,3.));\n\
     #41=IFCPOLYLOOP((#31,#33,#32));\n#42=IFCPOLYLOOP((#31,#32,#34));\n#43=IFCPOLYLOOP((#32,#33,#34));\n\
     #44=IFCPOLYLOOP((#33,#31,#34));\n#51=IFCFACEOUTERBOUND(#41,.T.);\n#52=IFCFACEOUTERBOUND(#42,.T.);\n\
     #53=IFCFACEOUTERBOUND(#43,.T.);\n#54=IFCFACEOUTERBOUND(#44,.T.);\n#61=IFCFACE((#51));\n#62=IFCFACE((#52));\n\
     #63=IFCFACE((#53));\n#64=IFCFACE((#54));\n#70=IFCCLOSEDSHELL((#61,#62,#63,#64));\n#71=IFCFACETEDBREP(#70);\n\
     #72=IFCSHAPEREPRESENTATION(#5,'Body','Brep',(#71));\n#73=IFCPRODUCTDEFINITIONSHAPE($,$,(#72));\n\
     #80=IFCWALL('0000000000000000000080',$,'Wall',$,$,#22,#73,$,$);\n\
     #81=IFCBEAM('0000000000000000000081',$,'Beam',$,$,#22,$,$,$);\n\
     #82=IFCRELAGGREGATES('0000000000000000000082',$,$,$,#80,(#81));\n\
     #83=IFCBUILDING('0000000000000000000083',$,'B',$,$,$,$,$,$,$,$,$);\n\
     #84=IFCRELCONTAINEDINSPATIALSTRUCTURE('0000000000000000000084',$,$,$,(#80),#83);\n";

/// Found by breaking one reference of real files at a time: a face of a shell, a placement or a whole shape was gone, and
/// nothing said so.
#[test]
fn what_refers_to_nothing_or_to_the_wrong_thing_says_so_with_its_line() {
    let sound = read_text(&step("IFC4", WALL_OF_FACES)).unwrap();
    let wall = |r: &Read| r.objects.iter().find(|o| o.id.ends_with("80")).map_or(0, |o| o.n_triangles);
    assert_eq!((codes(&sound), wall(&sound)), (vec![], 4), "{:?}", sound.diagnostics);
    for (record, was, is, code) in [
        // A face less, in each way that a reference can be lost.
        (70, "(#61,#62,#63,#64)", "(#61,#62,#63,$)", "ifc.incomplete_record"),
        (70, "(#61,#62,#63,#64)", "((#61,#62,#63,#64))", "ifc.incomplete_record"),
        (70, "(#61,#62,#63,#64)", "()", "ifc.incomplete_record"),
        (70, "(#61,#62,#63,#64)", "(#61,#62,#63,#41)", "ifc.stray_reference"),
        (64, "(#54)", "()", "ifc.incomplete_record"),
        (54, "(#44,", "($,", "ifc.incomplete_record"),
        (44, "(#33,#31,#34)", "(#33,#34)", "ifc.incomplete_record"),
        // Elsewhere.
        (22, "($,#21)", "($,$)", "ifc.incomplete_record"),
        (22, "($,#21)", "($,#8)", "ifc.stray_reference"),
        (21, "(#20,$,$)", "($,$,$)", "ifc.incomplete_record"),
        (21, "(#20,$,$)", "(#21,$,$)", "ifc.stray_reference"),
        (80, "#22,#73", "#21,#73", "ifc.stray_reference"),
        // No shape at all.
        (80, "#22,#73", "#22,#72", "ifc.stray_reference"),
        (73, "(#72)", "()", "ifc.incomplete_record"),
        (72, "(#71)", "()", "ifc.incomplete_record"),
        // Whole or held without what it is made of, or held by.
        (82, "#80,(#81)", "#80,()", "ifc.incomplete_record"),
        (82, "#80,(#81)", "#80,((#81))", "ifc.incomplete_record"),
        (84, "(#80),#83", "(#80),$", "ifc.incomplete_record"),
        (84, "(#80),#83", "(#72),#83", "ifc.stray_reference"),
        // What could not be computed was written all the same.
        (20, "(5.,0.,0.)", "(NaN,0.,0.)", "ifc.number"),
        (20, "(5.,0.,0.)", "(5.,-inf,0.)", "ifc.number"),
        (20, "(5.,0.,0.)", "(5.,1.#QNAN,0.)", "ifc.syntax"),
        // A comma is lost, or a parenthesis is one too many.
        (80, "'Wall',$", "'Wall'($", "ifc.syntax"),
        (80, "'Wall',$", "'Wall' $", "ifc.syntax"),
        (80, "'Wall',$", "'Wall')$", "ifc.syntax"),
    ] {
        let line = WALL_OF_FACES.lines().find(|l| l.starts_with(&format!("#{record}="))).unwrap();
        assert!(line.contains(was), "{line}");
        let broken = WALL_OF_FACES.replace(line, &line.replacen(was, is, 1));
        let r = read_text(&step("IFC4", &broken)).unwrap();
        let place = format!("#{record}, line ");
        let told = r.diagnostics.iter().any(|d| &*d.code.0 == code && d.place.starts_with(&place));
        assert!(told, "{record}: {is}: {:?}", r.diagnostics);
        assert!(
            wall(&r) > 0 || codes(&r).contains(&"ifc.shape_failed") || code == "ifc.syntax",
            "{record}: {is}"
        );
    }
}

/// Found by mutated files: the shape of a product was a number, so that it had none.
#[test]
fn a_number_where_a_product_has_its_place_or_shape_is_said() {
    for (is, what) in [("7.,#73", "IfcObjectPlacement"), ("#22,2147483648", "IfcProductDefinitionShape")] {
        let r = read_text(&step("IFC4", &WALL_OF_FACES.replacen("#22,#73", is, 1))).unwrap();
        let d = r.diagnostics.iter().find(|d| &*d.code.0 == "ifc.incomplete_record").unwrap();
        assert!(d.place.starts_with("#80, line ") && d.message.contains(what), "{d:?}");
    }
}

/// Drafts and versions call things differently; a class that is not known may stand anywhere.
#[test]
fn a_class_that_is_not_known_may_stand_where_a_known_one_does() {
    let newer = WALL_OF_FACES.replace("#41=IFCPOLYLOOP(", "#41=IFCNEWERLOOP(");
    let r = read_text(&step("IFC4X3", &newer)).unwrap();
    assert!(
        !codes(&r).iter().any(|c| matches!(*c, "ifc.stray_reference" | "ifc.incomplete_record")),
        "{:?}",
        codes(&r)
    );
}

/// They were taken for texts of no known kind, unless they ended in `.ifc`.
#[test]
fn other_forms_of_ifc_are_refused_by_name_whatever_their_ending() {
    use lantu_ifc::IfcImporter;
    use lantu_ingest::{Confidence, Importer as _};
    let xml = "<?xml version=\"1.0\"?>\n<ifc:ifcXML xmlns:ifc=\"http://www.buildingsmart-tech.org/ifcXML/IFC4/final\"/>";
    let json = "{\"header\": {\"version\": \"ifcx_alpha\"}, \"data\": []}";
    for (name, text, expected) in
        [("a.ifcxml", xml, "ifc.xml"), ("a.ifcx", json, "ifc.ifcx"), ("a.IFC", json, "ifc.ifcx")]
    {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        assert_ne!(IfcImporter.probe(&path, text.as_bytes()), Confidence::NO, "{name}");
        match read(&path, 1) {
            Err(ImportError::Format { code, what, .. }) => {
                assert!(code == expected && what.contains("save it as"), "{what}");
            }
            other => panic!("{name}: {:?}", other.map(|r| r.objects.len())),
        }
    }
}
