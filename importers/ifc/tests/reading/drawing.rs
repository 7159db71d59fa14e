//! What is told of shapes that are not drawn as the file says.

use std::fmt::Write as _;

use glam::DVec3;
use lantu_ingest::{FactKind, MeshRecord, PropertyValue};

use super::PROJECT_MM;
use super::support::{Read, read};
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

/// A block in a style whose textures are `texture` and, where `color` is one, `IfcColourRgb` of it.
fn textured(texture: &str, color: Option<&str>) -> Vec<u8> {
    let (also, shading) = match color {
        Some(c) => (",#22", format!("#22=IFCSURFACESTYLESHADING(#23,0.);\n#23=IFCCOLOURRGB($,{c});\n")),
        None => ("", String::new()),
    };
    let records = format!(
        "{PROJECT_MM}#10=IFCBLOCK(#6,1000.,1000.,1000.);\n\
         #13=IFCSHAPEREPRESENTATION(#5,'Body','CSG',(#10));\n#14=IFCPRODUCTDEFINITIONSHAPE($,$,(#13));\n\
         #15=IFCWALL('0000000000000000000002',$,'W',$,$,$,#14,$,$);\n#16=IFCSTYLEDITEM(#10,(#17),$);\n\
         #17=IFCSURFACESTYLE($,.BOTH.,(#18{also}));\n#18=IFCSURFACESTYLEWITHTEXTURES((#19));\n\
         #19={texture};\n{shading}"
    );
    step("IFC4", &records)
}

#[test]
fn a_texture_is_drawn_as_its_mean_color_which_is_said() {
    let pixels = "IFCPIXELTEXTURE(.T.,.T.,$,$,$,2,1,3,(\"0FF8000\",\"0FF8000\"))";
    let r = read_text(&textured(pixels, Some("0.,0.,1."))).unwrap();
    assert_eq!(r.meshes[0].color, [255, 128, 0, 255], "a texture in color replaces the color of the style");
    let said = r.diagnostics.iter().find(|d| d.code.0 == "ifc.texture_mean").unwrap();
    assert!(said.place.starts_with("#19, line "), "{said:?}");
    // An opacity that is not announced is passed over.
    let pixels = "IFCPIXELTEXTURE(.T.,.T.,$,$,$,1,1,3,(\"000FF0080\"))";
    assert_eq!(read_text(&textured(pixels, None)).unwrap().meshes[0].color, [0, 255, 0, 255]);
    // Intensities darken the color of the style.
    let gray = "IFCPIXELTEXTURE(.T.,.T.,$,$,$,1,1,1,(\"080\"))";
    assert_eq!(read_text(&textured(gray, Some("0.,0.,1."))).unwrap().meshes[0].color, [0, 0, 128, 255]);
}

/// A plate of 1 × 1 m and 0.2 m thick as a set of faces, with a picture of 2 × 2 pixels, lowest row first: red and
/// green, blue and white.
fn covered(set: &str, map: &str, repeat: &str) -> Read {
    let texture = format!(
        "IFCPIXELTEXTURE({repeat},{repeat},$,$,$,2,2,3,(\"0FF0000\",\"000FF00\",\"00000FF\",\"0FFFFFF\"))"
    );
    let records = format!(
        "{PROJECT_MM}#9=IFCCARTESIANPOINTLIST3D(((0.,0.,0.),(1000.,0.,0.),(1000.,1000.,0.),(0.,1000.,0.),\
         (0.,0.,200.),(1000.,0.,200.),(1000.,1000.,200.),(0.,1000.,200.)));\n#10={set};\n\
         #13=IFCSHAPEREPRESENTATION(#5,'Body','Tessellation',(#10));\n#14=IFCPRODUCTDEFINITIONSHAPE($,$,(#13));\n\
         #15=IFCWALL('0000000000000000000002',$,'W',$,$,$,#14,$,$);\n#16=IFCSTYLEDITEM(#10,(#17),$);\n\
         #17=IFCSURFACESTYLE($,.BOTH.,(#18));\n#18=IFCSURFACESTYLEWITHTEXTURES((#19));\n#19={texture};\n{map}"
    );
    read_text(&step("IFC4X3_ADD2", &records)).unwrap()
}

/// Color of what lies on the top of the plate at a place, meters.
fn color_at(r: &Read, x: f64, y: f64) -> Option<[u8; 4]> {
    let hit = |m: &&MeshRecord| {
        let (points, _) = m.positions.as_chunks::<3>();
        let corner = |i: u32| {
            let p = points.get(i as usize).unwrap().map(f64::from);
            DVec3::from_array(m.origin) + DVec3::from_array(p)
        };
        m.indices.as_chunks::<3>().0.iter().any(|t| {
            let [a, b, c] = t.map(corner);
            let left = |p: DVec3, q: DVec3| (q.x - p.x) * (y - p.y) - (q.y - p.y) * (x - p.x) >= 0.0;
            [a, b, c].iter().all(|p| (p.z - 0.2).abs() < 1e-6) && left(a, b) && left(b, c) && left(c, a)
        })
    };
    r.meshes.iter().find(hit).map(|m| m.color)
}

const RED: [u8; 4] = [255, 0, 0, 255];
const GREEN: [u8; 4] = [0, 255, 0, 255];
const BLUE: [u8; 4] = [0, 0, 255, 255];
const WHITE: [u8; 4] = [255; 4];

/// The plate stays a closed body of 0.2 m³ whatever is painted on it.
fn body_is_whole(r: &Read) {
    let plate = r.objects.iter().find(|o| o.class == "IfcWall").unwrap();
    assert!(plate.closed && (plate.volume_m3.unwrap() - 0.2).abs() < 1e-6, "{plate:?}");
    assert!(plate.n_triangles > 12, "{} triangles cannot show four colors", plate.n_triangles);
    assert!(r.diagnostics.iter().any(|d| d.code.0 == "ifc.texture_painted"));
}

#[test]
fn a_texture_lies_on_triangles_where_the_file_says_and_the_body_stays_closed() {
    let rows =
        "(1,3,2),(1,4,3),(5,6,7),(5,7,8),(1,2,6),(1,6,5),(2,3,7),(2,7,6),(3,4,8),(3,8,7),(4,1,5),(4,5,8)";
    let set = format!("IFCTRIANGULATEDFACESET(#9,$,.T.,({rows}),$)");
    // The whole picture, or twice as much, on the top; one place of it on all other faces.
    let one = "(1,1,1)";
    let index = format!("({one},{one},(1,2,3),(1,3,4),{})", [one; 8].join(","));
    let map = |to: &str| {
        format!(
            "#20=IFCINDEXEDTRIANGLETEXTUREMAP((#19),#10,#21,{index});\n\
             #21=IFCTEXTUREVERTEXLIST(((0.,0.),({to},0.),({to},{to}),(0.,{to})));\n"
        )
    };
    let once = covered(&set, &map("1."), ".T.");
    for (x, y, color) in [(0.2, 0.3, RED), (0.8, 0.3, GREEN), (0.2, 0.7, BLUE), (0.8, 0.7, WHITE)] {
        assert_eq!(color_at(&once, x, y), Some(color), "at {x}, {y}");
    }
    body_is_whole(&once);
    let twice = covered(&set, &map("2."), ".T.");
    for (x, y, color) in [(0.1, 0.15, RED), (0.6, 0.15, RED), (0.35, 0.85, WHITE), (0.85, 0.65, GREEN)] {
        assert_eq!(color_at(&twice, x, y), Some(color), "repeated, at {x}, {y}");
    }
    body_is_whole(&twice);
    let clamped = covered(&set, &map("2."), ".F.");
    for (x, y, color) in [(0.1, 0.15, RED), (0.6, 0.15, GREEN), (0.85, 0.65, WHITE)] {
        assert_eq!(color_at(&clamped, x, y), Some(color), "not repeated, at {x}, {y}");
    }
}

#[test]
fn a_texture_lies_on_polygons_where_the_file_says() {
    let faces = ["4,3,2,1", "5,6,7,8", "1,2,6,5", "2,3,7,6", "3,4,8,7", "4,1,5,8"];
    let faces = (30..).zip(faces).fold(String::new(), |mut all, (n, f)| {
        writeln!(all, "#{n}=IFCINDEXEDPOLYGONALFACE(({f}));").unwrap();
        all
    });
    let set = "IFCPOLYGONALFACESET(#9,.T.,(#30,#31,#32,#33,#34,#35),$)";
    // The picture a quarter turned.
    let map = format!(
        "{faces}#20=IFCINDEXEDPOLYGONALTEXTUREMAP((#19),#10,#21,(#22));\n\
         #21=IFCTEXTUREVERTEXLIST(((0.,0.),(1.,0.),(1.,1.),(0.,1.)));\n\
         #22=IFCTEXTURECOORDINATEINDICES((2,3,4,1),#31);\n"
    );
    let r = covered(set, &map, ".T.");
    for (x, y, color) in [(0.2, 0.3, GREEN), (0.8, 0.3, WHITE), (0.8, 0.7, BLUE), (0.2, 0.7, RED)] {
        assert_eq!(color_at(&r, x, y), Some(color), "at {x}, {y}");
    }
    body_is_whole(&r);
}

#[test]
fn an_image_is_taken_from_the_models_folder_or_from_the_model_itself() {
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, 2, 2);
    encoder.set_color(png::ColorType::Rgb);
    encoder.write_header().unwrap().write_image_data(&[0, 200, 0].repeat(4)).unwrap();
    let mut hex = String::new();
    for b in &png {
        write!(hex, "{b:02X}").unwrap();
    }
    let blob = format!("IFCBLOBTEXTURE(.T.,.T.,$,$,$,'PNG',\"0{hex}\")");
    assert_eq!(read_text(&textured(&blob, None)).unwrap().meshes[0].color, [0, 200, 0, 255]);

    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(dir.path().join("model/textures")).unwrap();
    std::fs::write(dir.path().join("model/textures/grass.png"), &png).unwrap();
    std::fs::write(dir.path().join("secret.png"), &png).unwrap();
    let of = |name: &str| {
        let path = dir.path().join("model/m.ifc");
        let image = format!("IFCIMAGETEXTURE(.T.,.T.,$,$,$,'{name}')");
        std::fs::write(&path, textured(&image, None)).unwrap();
        read(&path, 1).unwrap()
    };
    assert_eq!(of("textures\\\\grass.png").meshes[0].color, [0, 200, 0, 255]);
    for name in ["../secret.png", "textures/none.png", "textures", "http://host/grass.png"] {
        let r = of(name);
        assert_ne!(r.meshes[0].color, [0, 200, 0, 255], "{name}");
        assert!(r.diagnostics.iter().any(|d| d.code.0 == "ifc.texture_missing"), "{name}");
    }
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
