//! What is drawn as lines and words.

use lantu_base::FeatureGeometry;
use lantu_ingest::LabelKind;

use super::PROJECT_MM;
use super::support::{corpus, read};
use super::texts::{read_text, step};

#[test]
fn axes_of_a_grid_are_lines_with_their_names_at_both_ends() {
    let records = format!(
        "{PROJECT_MM}#10=IFCCARTESIANPOINT((0.,0.));\n#11=IFCCARTESIANPOINT((12000.,0.));\n\
         #12=IFCCARTESIANPOINT((0.,9000.));\n#13=IFCPOLYLINE((#10,#11));\n#14=IFCPOLYLINE((#10,#12));\n\
         #15=IFCGRIDAXIS('A',#13,.T.);\n#16=IFCGRIDAXIS('1',#14,.T.);\n\
         #17=IFCLOCALPLACEMENT($,#18);\n#18=IFCAXIS2PLACEMENT3D(#19,$,$);\n\
         #19=IFCCARTESIANPOINT((1000.,2000.,3000.));\n\
         #20=IFCGRID('0000000000000000000002',$,'G',$,$,#17,$,(#15),(#16),$,$);\n"
    );
    let r = read_text(&step("IFC4", &records)).unwrap();
    let FeatureGeometry::Lines(lines) = &r.features[0].geometry else { panic!() };
    assert_eq!(lines[0], [[1.0, 2.0, 3.0], [13.0, 2.0, 3.0]], "the axis A where the grid stands, in meters");
    let mut names: Vec<&str> = r.labels.iter().map(|l| l.text.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["1", "1", "A", "A"]);
    assert!(r.labels.iter().all(|l| l.kind == LabelKind::Axis));
    let grid = r.objects.iter().find(|o| o.class == "IfcGrid").unwrap();
    assert!(grid.bbox.unwrap()[3] >= 13.0 && grid.n_triangles == 0);
    assert!(!r.diagnostics.iter().any(|d| d.code.0 == "ifc.shape_failed"), "a grid has no shape to miss");
}

#[test]
fn texts_filled_areas_and_mirrored_symbols_of_annotations_stand_where_they_are_placed() {
    let records = format!(
        "{PROJECT_MM}#10=IFCCARTESIANPOINT((0.,0.));\n#11=IFCCARTESIANPOINT((1000.,0.));\n\
         #12=IFCCARTESIANPOINT((1000.,500.));\n#13=IFCPOLYLINE((#10,#11,#12,#10));\n\
         #14=IFCANNOTATIONFILLAREA(#13,$);\n#15=IFCTEXTLITERAL('Fire exit',#16,.RIGHT.);\n\
         #16=IFCAXIS2PLACEMENT2D(#12,$);\n#17=IFCREPRESENTATIONMAP(#18,#19);\n\
         #18=IFCAXIS2PLACEMENT2D(#10,$);\n#19=IFCSHAPEREPRESENTATION(#5,'Annotation','GeometricCurveSet',(#20));\n\
         #20=IFCGEOMETRICCURVESET((#21));\n#21=IFCPOLYLINE((#10,#12));\n\
         #22=IFCDIRECTION((1.,0.));\n#23=IFCDIRECTION((0.,-1.));\n\
         #24=IFCCARTESIANTRANSFORMATIONOPERATOR2D(#22,#23,#11,2.);\n#25=IFCMAPPEDITEM(#17,#24);\n\
         #26=IFCSHAPEREPRESENTATION(#5,'Annotation','Annotation2D',(#14,#15,#25));\n\
         #27=IFCPRODUCTDEFINITIONSHAPE($,$,(#26));\n\
         #28=IFCANNOTATION('0000000000000000000002',$,'N',$,$,$,#27,$);\n\
         #29=IFCSTYLEDITEM(#21,(#30),$);\n#30=IFCCURVESTYLE($,$,$,#31);\n#31=IFCCOLOURRGB($,1.,0.,0.);\n"
    );
    let r = read_text(&step("IFC4", &records)).unwrap();
    assert_eq!((r.labels[0].text.as_str(), r.labels[0].at), ("Fire exit", [1.0, 0.5, 0.0]));
    assert_eq!(r.meshes.len(), 1, "the area is filled");
    assert_eq!(r.meshes[0].indices.len(), 3);
    let red = r.features.iter().find(|f| f.style.color == [255, 0, 0, 255]).unwrap();
    let FeatureGeometry::Lines(lines) = &red.geometry else { panic!() };
    assert_eq!(lines[0], [[1.0, 0.0, 0.0], [3.0, -1.0, 0.0]], "twice as large, mirrored, moved");
}

#[test]
fn an_alignment_is_a_line_with_stations_that_read_in_order_along_it() {
    let test = "an_alignment_is_a_line_with_stations_that_read_in_order_along_it";
    let Some(path) = corpus(test, "alignment-objects-ifc4x1.ifc") else { return };
    let r = read(&path, 2).unwrap();
    let of = |class: &str| r.objects.iter().filter(|o| o.class == class).count();
    assert!(of("IfcAlignment") > 0);
    assert!(r.objects.iter().filter(|o| o.class == "IfcAlignment").any(|o| o.bbox.is_some()));
    let stations = r.labels.iter().filter(|l| l.kind == LabelKind::Station).count();
    assert!(stations > 0 && stations < 5000, "{stations}");
}
