//! What is told of shapes that are not drawn as the file says.

use glam::DVec3;
use lantu_ingest::{FactKind, MeshRecord, PropertyValue};

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

#[test]
fn layers_of_a_material_show_on_faces_and_ends_and_the_body_stays_one() {
    let area = |m: &MeshRecord| -> f64 {
        let at = |i: u32| {
            let k = i as usize * 3;
            DVec3::from_array([0, 1, 2].map(|axis| f64::from(m.positions[k + axis])))
        };
        let of = |t: &[u32]| (at(t[1]) - at(t[0])).cross(at(t[2]) - at(t[0])).length() / 2.0;
        m.indices.chunks(3).map(of).sum()
    };
    let wall = |sense: &str, offset: &str, style: &str| {
        let records = format!(
            "{PROJECT_MM}#10=IFCRECTANGLEPROFILEDEF(.AREA.,$,#11,4000.,300.);\n#11=IFCAXIS2PLACEMENT2D(#12,$);\n\
             #12=IFCCARTESIANPOINT((0.,0.));\n#13=IFCDIRECTION((0.,0.,1.));\n\
             #14=IFCEXTRUDEDAREASOLID(#10,#6,#13,3000.);\n\
             #15=IFCSHAPEREPRESENTATION(#5,'Body','SweptSolid',(#14));\n\
             #16=IFCPRODUCTDEFINITIONSHAPE($,$,(#15));\n\
             #17=IFCWALL('0000000000000000000002',$,'W',$,$,$,#16,$,$);\n\
             #20=IFCMATERIAL('brick',$,$);\n#21=IFCMATERIAL('wool',$,$);\n\
             #22=IFCMATERIALLAYER(#20,100.,$,$,$,$,$);\n#23=IFCMATERIALLAYER(#21,200.,$,$,$,$,$);\n\
             #24=IFCMATERIALLAYERSET((#22,#23),$,$);\n\
             #25=IFCMATERIALLAYERSETUSAGE(#24,.AXIS2.,.{sense}.,{offset},$);\n\
             #26=IFCRELASSOCIATESMATERIAL('0000000000000000000026',$,$,$,(#17),#25);\n\
             #30=IFCMATERIALDEFINITIONREPRESENTATION($,$,(#31),#20);\n#31=IFCSTYLEDREPRESENTATION(#5,$,$,(#32));\n\
             #32=IFCSTYLEDITEM($,(#33),$);\n#33=IFCSURFACESTYLE($,.BOTH.,(#34));\n\
             #34=IFCSURFACESTYLESHADING(#35,0.);\n#35=IFCCOLOURRGB($,1.,0.,0.);\n\
             #40=IFCMATERIALDEFINITIONREPRESENTATION($,$,(#41),#21);\n#41=IFCSTYLEDREPRESENTATION(#5,$,$,(#42));\n\
             #42=IFCSTYLEDITEM($,(#43),$);\n#43=IFCSURFACESTYLE($,.BOTH.,(#44));\n\
             #44=IFCSURFACESTYLESHADING(#45,0.);\n#45=IFCCOLOURRGB($,1.,1.,0.);\n{style}"
        );
        read_text(&step("IFC4", &records)).unwrap()
    };
    for (sense, offset, brick_low) in [("POSITIVE", "-150.", true), ("NEGATIVE", "150.", false)] {
        let r = wall(sense, offset, "");
        let body = r.objects.iter().find(|o| o.class == "IfcWall").unwrap();
        assert!(body.closed && (body.volume_m3.unwrap() - 3.6).abs() < 1e-6, "{body:?}");
        assert!((body.area_m2.unwrap() - 28.2).abs() < 1e-6, "{body:?}");
        for (color, expected, is_low) in
            [([255, 0, 0, 255], 13.4, brick_low), ([255, 255, 0, 255], 14.8, !brick_low)]
        {
            let layer = r.meshes.iter().find(|m| m.color == color).unwrap();
            assert!((area(layer) - expected).abs() < 1e-4, "{sense} {color:?}: {}", area(layer));
            let low = layer.positions.chunks(3).map(|p| f64::from(p[1]) + layer.origin[1]);
            let low = low.fold(f64::INFINITY, f64::min);
            assert_eq!(low < -0.1499, is_low, "{sense} {color:?}: {low}");
        }
    }
    // A style of the item stands above its material.
    let styled = "#50=IFCSTYLEDITEM(#14,(#51),$);\n#51=IFCSURFACESTYLE($,.BOTH.,(#52));\n\
        #52=IFCSURFACESTYLESHADING(#53,0.);\n#53=IFCCOLOURRGB($,0.,0.,1.);\n";
    let r = wall("POSITIVE", "-150.", styled);
    let colors: Vec<_> = r.meshes.iter().map(|m| m.color).collect();
    assert_eq!(colors, [[0, 0, 255, 255]]);
}
