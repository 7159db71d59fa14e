//! What is told of shapes that are not drawn as the file says.

use lantu_ingest::{FactKind, PropertyValue};

use super::PROJECT_MM;
use super::texts::{read_text, step};

#[test]
fn a_shape_that_nobody_can_make_is_a_box_that_says_so_in_report_row_and_details() {
    let records = format!(
        "{PROJECT_MM}#10=IFCCARTESIANPOINT((0.,0.,0.));\n#11=IFCCARTESIANPOINT((2000.,1000.,3000.));\n\
         #12=IFCNOSUCHSOLID(#10,#11);\n#13=IFCSHAPEREPRESENTATION(#5,'Body','SolidModel',(#12));\n\
         #14=IFCPRODUCTDEFINITIONSHAPE($,$,(#13));\n\
         #15=IFCWALL('0000000000000000000002',$,'W',$,$,$,#14,$,$);\n"
    );
    let r = read_text(&step("IFC4", &records)).unwrap();
    let (n, wall) = (0_u32..).zip(&r.objects).find(|(_, o)| o.class == "IfcWall").unwrap();
    assert!(wall.stand_in && wall.closed, "a hatched body");
    assert_eq!(wall.diagnostics, ["ifc.shape_boxed"]);
    let b = wall.bbox.unwrap();
    assert!((b[3] - b[0] - 2.0).abs() < 1e-3 && (b[5] - b[2] - 3.0).abs() < 1e-3, "{b:?}");
    let report = r.diagnostics.iter().find(|d| d.code.0 == "ifc.shape_boxed").unwrap();
    assert!(report.place.starts_with("#15") && report.message.contains(&report.args["reason"]));
    let facts = &r.details.iter().find(|d| d.object == n).unwrap().facts;
    let told = facts.iter().find(|f| f.kind == FactKind::Drawn).unwrap();
    assert_eq!(told.class, "ifc.shape_boxed");
    assert_eq!(told.fields[0].value, PropertyValue::Text(report.args["reason"].clone()));
}
