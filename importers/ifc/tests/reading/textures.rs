//! Textures: where they lie, and what is drawn where that is not said.

use std::fmt::Write as _;

use glam::DVec3;
use lantu_ingest::MeshRecord;

use super::PROJECT_MM;
use super::support::{Read, read};
use super::texts::{read_text, step};

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
    covered_through(set, map, (repeat, "$"))
}

/// The same with a transformation of the picture.
fn covered_through(set: &str, map: &str, how: (&str, &str)) -> Read {
    covered_by("2,2,3,(\"0FF0000\",\"000FF00\",\"00000FF\",\"0FFFFFF\")", set, map, how)
}

/// The same with another picture: width, height, channels and pixels.
fn covered_by(picture: &str, set: &str, map: &str, (repeat, transform): (&str, &str)) -> Read {
    let texture = format!("IFCPIXELTEXTURE({repeat},{repeat},$,{transform},$,{picture})");
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

/// Area of a color on the top of the plate, m².
fn top_area(r: &Read, color: [u8; 4]) -> f64 {
    let mut sum = 0.0;
    for m in r.meshes.iter().filter(|m| m.color == color) {
        let points = m.positions.as_chunks::<3>().0;
        let corner = |i: u32| {
            let p = points.get(i as usize).unwrap().map(f64::from);
            DVec3::from_array(m.origin) + DVec3::from_array(p)
        };
        for t in m.indices.as_chunks::<3>().0 {
            let [a, b, c] = t.map(corner);
            if [a, b, c].iter().all(|p| (p.z - 0.2).abs() < 1e-6) {
                sum += (b - a).cross(c - a).length() / 2.0;
            }
        }
    }
    sum
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

/// Records of the plate as faces with bounds: its corners `#101` to `#108`, its faces `#110`, bottom first, then the top
/// (written clockwise from outside, and turned by its bound), then the sides.
fn faces() -> String {
    let mut out = String::new();
    let corners = [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0), (0, 0, 1), (1, 0, 1), (1, 1, 1), (0, 1, 1)];
    for (n, (x, y, z)) in (101..).zip(corners) {
        writeln!(out, "#{n}=IFCCARTESIANPOINT(({}.,{}.,{}.));", x * 1000, y * 1000, z * 200).unwrap();
    }
    let rings = [[4, 3, 2, 1], [8, 7, 6, 5], [1, 2, 6, 5], [2, 3, 7, 6], [3, 4, 8, 7], [4, 1, 5, 8]];
    for (n, ring) in (0..).zip(rings) {
        let [a, b, c, d] = ring.map(|c| c + 100);
        let (face, bound, looped, way) = (110 + n, 120 + n, 130 + n, if n == 1 { "F" } else { "T" });
        writeln!(
            out,
            "#{looped}=IFCPOLYLOOP((#{a},#{b},#{c},#{d}));\n#{bound}=IFCFACEOUTERBOUND(#{looped},.{way}.);\n\
             #{face}=IFCFACE((#{bound}));"
        )
        .unwrap();
    }
    out
}

const FACES: &str = "(#110,#111,#112,#113,#114,#115)";
/// Places of the top's corners in the order of its loop: 8, 7, 6, 5.
const VERTICES: &str = "#141=IFCTEXTUREVERTEX((0.,1.));\n#142=IFCTEXTUREVERTEX((1.,1.));\n\
    #143=IFCTEXTUREVERTEX((1.,0.));\n#144=IFCTEXTUREVERTEX((0.,0.));\n";

/// The four quarters of the picture lie on the top of the plate as they are seen from above.
fn lies_upright(r: &Read, what: &str) {
    for (x, y, color) in [(0.2, 0.3, RED), (0.8, 0.3, GREEN), (0.2, 0.7, BLUE), (0.8, 0.7, WHITE)] {
        assert_eq!(color_at(r, x, y), Some(color), "{what}, at {x}, {y}");
    }
}

#[test]
fn a_texture_lies_on_faces_of_b_reps_and_surface_models_where_the_file_says() {
    let map = format!("#140=IFCTEXTUREMAP((#19),(#141,#142,#143,#144),#111);\n{VERTICES}");
    let kinds = [
        ("IFCFACETEDBREP(#40)", format!("#40=IFCCLOSEDSHELL({FACES});\n")),
        (
            "IFCSHELLBASEDSURFACEMODEL((#40,#41))",
            format!("#40=IFCOPENSHELL((#999,#110));\n#41=IFCCLOSEDSHELL({FACES});\n"),
        ),
        ("IFCFACEBASEDSURFACEMODEL((#40))", format!("#40=IFCCONNECTEDFACESET({FACES});\n")),
    ];
    for (set, shell) in kinds {
        let r = covered(set, &format!("{}{shell}{map}", faces()), ".T.");
        lies_upright(&r, set);
        if set.starts_with("IFCFACETED") {
            body_is_whole(&r);
        }
    }
    // Another texture's map says nothing about this one.
    let other = format!("{}#40=IFCCLOSEDSHELL({FACES});\n{}", faces(), map.replace("(#19)", "(#98)"));
    let r = covered("IFCFACETEDBREP(#40)", &other, ".T.");
    assert!(r.diagnostics.iter().any(|d| d.code.0 == "ifc.texture_mean"), "{:?}", r.diagnostics);
    assert!(r.diagnostics.iter().all(|d| d.code.0 != "ifc.texture_painted"));
    assert_eq!(r.meshes.len(), 1);
}

#[test]
fn a_texture_lies_where_an_annotated_surface_of_ifc2x3_says() {
    let records = format!(
        "{PROJECT_MM}{}#40=IFCCLOSEDSHELL({FACES});\n#10=IFCFACETEDBREP(#40);\n\
         #13=IFCSHAPEREPRESENTATION(#5,'Body','Brep',(#10));\n#14=IFCPRODUCTDEFINITIONSHAPE($,$,(#13));\n\
         #15=IFCWALL('0000000000000000000002',$,'W',$,$,$,#14,$);\n\
         #16=IFCANNOTATIONSURFACEOCCURRENCE(#20,(#21),$);\n#20=IFCANNOTATIONSURFACE(#10,#22);\n\
         #21=IFCPRESENTATIONSTYLEASSIGNMENT((#17));\n#17=IFCSURFACESTYLE($,.BOTH.,(#18));\n\
         #18=IFCSURFACESTYLEWITHTEXTURES((#19));\n\
         #19=IFCPIXELTEXTURE(.T.,.T.,.TEXTURE.,$,2,2,3,(\"0FF0000\",\"000FF00\",\"00000FF\",\"0FFFFFF\"));\n\
         #22=IFCTEXTUREMAP((#23));\n#23=IFCVERTEXBASEDTEXTUREMAP((#144,#143,#142,#141),(#105,#106,#107,#108));\n\
         {VERTICES}",
        faces()
    );
    let r = read_text(&step("IFC2X3", &records)).unwrap();
    lies_upright(&r, "IFC2X3");
    body_is_whole(&r);
}

#[test]
fn a_texture_is_moved_turned_and_scaled_before_it_is_laid() {
    let map = format!("#140=IFCTEXTUREMAP((#19),(#141,#142,#143,#144),#111);\n{VERTICES}");
    let transformed = |operator: &str| {
        let records = format!("{}#40=IFCCLOSEDSHELL({FACES});\n{map}{operator}", faces());
        let r = covered_through("IFCFACETEDBREP(#40)", &records, (".T.", "#50"));
        body_is_whole(&r);
        r
    };
    // Scaled by two about a corner, the picture is there four times.
    let twice = transformed(
        "#50=IFCCARTESIANTRANSFORMATIONOPERATOR2D($,$,#51,2.);\n#51=IFCCARTESIANPOINT((0.,0.));\n",
    );
    for (x, y, color) in [(0.1, 0.15, RED), (0.6, 0.15, RED), (0.35, 0.85, WHITE), (0.85, 0.65, GREEN)] {
        assert_eq!(color_at(&twice, x, y), Some(color), "scaled, at {x}, {y}");
    }
    // Places turned counterclockwise by a quarter about the middle turn the picture clockwise.
    let middle = "#51=IFCCARTESIANPOINT((0.5,0.5));\n#52=IFCDIRECTION((0.,1.));\n";
    let turned = transformed(&format!("#50=IFCCARTESIANTRANSFORMATIONOPERATOR2D(#52,$,#51,1.);\n{middle}"));
    for (x, y, color) in [(0.2, 0.3, GREEN), (0.8, 0.3, WHITE), (0.8, 0.7, BLUE), (0.2, 0.7, RED)] {
        assert_eq!(color_at(&turned, x, y), Some(color), "turned, at {x}, {y}");
    }
    // Scaled along S first, then turned: twice across the picture means twice along Y of the plate.
    let both = transformed(&format!(
        "#50=IFCCARTESIANTRANSFORMATIONOPERATOR2DNONUNIFORM(#52,$,#53,2.,1.);\n#53=IFCCARTESIANPOINT((0.,0.));\n{middle}"
    ));
    // Scaled to (2x, y), turned to (-y, 2x).
    for (x, y, color) in [(0.1, 0.3, GREEN), (0.3, 0.3, WHITE), (0.6, 0.7, RED), (0.9, 0.7, BLUE)] {
        assert_eq!(color_at(&both, x, y), Some(color), "scaled and turned, at {x}, {y}");
    }
}

/// An F of 5 × 6 pixels on white, with a red dot in a corner, lowest row first.
const LETTER: [&str; 6] = ["F....", "F....", "FFF..", "F....", "FFFF.", "....R"];

/// The plate as a B-rep with a picture of a letter, which is turned by `turn` radians and scaled by `scale` about the
/// corner at zero.
fn with_letter(turn: f64, scale: f64) -> Read {
    let pixel = |c: char| match c {
        'F' => "0000000",
        'R' => "0FF0000",
        _ => "0FFFFFF",
    };
    let pixels: Vec<String> =
        LETTER.iter().flat_map(|row| row.chars()).map(|c| format!("\"{}\"", pixel(c))).collect();
    let records = format!(
        "{PROJECT_MM}{}#40=IFCCLOSEDSHELL({FACES});\n#10=IFCFACETEDBREP(#40);\n\
         #13=IFCSHAPEREPRESENTATION(#5,'Body','Brep',(#10));\n#14=IFCPRODUCTDEFINITIONSHAPE($,$,(#13));\n\
         #15=IFCWALL('0000000000000000000002',$,'W',$,$,$,#14,$,$);\n#16=IFCSTYLEDITEM(#10,(#17),$);\n\
         #17=IFCSURFACESTYLE($,.BOTH.,(#18));\n#18=IFCSURFACESTYLEWITHTEXTURES((#19));\n\
         #19=IFCPIXELTEXTURE(.T.,.T.,$,#50,$,5,6,3,({}));\n\
         #50=IFCCARTESIANTRANSFORMATIONOPERATOR2D(#52,$,#51,{scale:?});\n#51=IFCCARTESIANPOINT((0.,0.));\n\
         #52=IFCDIRECTION(({:?},{:?}));\n#140=IFCTEXTUREMAP((#19),(#141,#142,#143,#144),#111);\n{VERTICES}",
        faces(),
        pixels.join(","),
        turn.cos(),
        turn.sin(),
    );
    read_text(&step("IFC4", &records)).unwrap()
}

#[test]
fn letters_are_as_sharp_as_the_picture_however_they_lie() {
    for (turn, scale) in [(0.0, 1.0), (0.4, 1.0), (-1.1, 2.3), (2.0, 6.0)] {
        let r = with_letter(turn, scale);
        body_is_whole(&r);
        let (mut n, mut seen) = (0, [0; 3]);
        for (x, y) in (0..40).flat_map(|i| (0..40).map(move |j| (i, j))) {
            let (x, y) = (0.0123 + f64::from(x) * 0.0243, 0.0117 + f64::from(y) * 0.0244);
            let (s, t) =
                (scale * (x * turn.cos() - y * turn.sin()), scale * (x * turn.sin() + y * turn.cos()));
            let (u, v) = (s.rem_euclid(1.0) * 5.0, t.rem_euclid(1.0) * 6.0);
            // Not within a thousandth of a pixel of a border.
            if [u, v].iter().any(|p| (p - p.round()).abs() < 1e-3) {
                continue;
            }
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the picture")]
            let (k, want) = match LETTER[v as usize].as_bytes()[u as usize] {
                b'F' => (0, [0, 0, 0, 255]),
                b'R' => (1, RED),
                _ => (2, WHITE),
            };
            assert_eq!(color_at(&r, x, y), Some(want), "turned by {turn}, {scale} times, at {x}, {y}");
            n += 1;
            seen[k] += 1;
        }
        assert!(n > 1500 && seen.iter().all(|n| *n > 20), "{n} places: {seen:?}");
    }
}

#[test]
fn a_picture_that_repeats_without_end_is_given_up_soon() {
    // A hundred million times along one side, by a hair along the other, and so often in both.
    for (long, wide) in [("1.E8", "3.E-6"), ("1.E8", "1.E8")] {
        let vertices = VERTICES
            .replace("((1.,1.))", &format!("(({long},{wide}))"))
            .replace("((0.,1.))", &format!("((0.,{wide}))"))
            .replace("((1.,0.))", &format!("(({long},0.))"));
        let map = format!("#140=IFCTEXTUREMAP((#19),(#141,#142,#143,#144),#111);\n{vertices}");
        let records = format!("{}#40=IFCCLOSEDSHELL({FACES});\n{map}", faces());
        let r = covered("IFCFACETEDBREP(#40)", &records, ".T.");
        let plate = r.objects.iter().find(|o| o.class == "IfcWall").unwrap();
        assert!(plate.closed && plate.n_triangles <= 20_000, "{plate:?}");
    }
}

#[test]
fn a_photograph_is_drawn_in_as_many_triangles_as_an_item_may_have() {
    // Noise: no two neighbors are alike, and borders would take four triangles a pixel.
    let noise: Vec<String> = (0..160_u32 * 160)
        .map(|n| {
            let v = n.wrapping_mul(2_654_435_761).rotate_left(11).wrapping_mul(2_246_822_519) >> 8;
            format!("\"0{v:06X}\"")
        })
        .collect();
    let map = format!("#140=IFCTEXTUREMAP((#19),(#141,#142,#143,#144),#111);\n{VERTICES}");
    let records = format!("{}#40=IFCCLOSEDSHELL({FACES});\n{map}", faces());
    let picture = format!("160,160,3,({})", noise.join(","));
    let r = covered_by(&picture, "IFCFACETEDBREP(#40)", &records, (".T.", "$"));
    body_is_whole(&r);
    let plate = r.objects.iter().find(|o| o.class == "IfcWall").unwrap();
    assert!((2_000..=20_000).contains(&plate.n_triangles), "{} triangles", plate.n_triangles);
}

#[test]
fn a_texture_lies_by_a_rule_where_the_rule_is_known() {
    let ruled = |mode: &str, repeat: &str| {
        let records = format!(
            "#20=IFCTEXTURECOORDINATEGENERATOR((#19),'{mode}',$);\n\
             #50=IFCCARTESIANTRANSFORMATIONOPERATOR2D($,$,#51,{});\n#51=IFCCARTESIANPOINT((0.,0.));\n",
            if mode.starts_with("COORD") { "0.001" } else { "1." }
        );
        covered_through("IFCBLOCK(#6,1000.,1000.,200.)", &records, (repeat, "#50"))
    };
    for mode in ["COORD", "COORD-EYE"] {
        let r = ruled(mode, ".T.");
        lies_upright(&r, mode);
        body_is_whole(&r);
        let seen = r.diagnostics.iter().any(|d| d.code.0 == "ifc.texture_seen" && d.args["rule"] == mode);
        assert_eq!(seen, mode == "COORD-EYE", "what a camera should see is said");
    }
    let sphere = ruled("SPHERE-LOCAL", ".F.");
    let facing = |axis: usize, at: f32| {
        let on = |m: &&MeshRecord| {
            let corners: Vec<_> = m.indices.iter().map(|&i| m.positions[i as usize * 3 + axis]).collect();
            corners.as_chunks::<3>().0.iter().any(|t| t.iter().all(|v| (v - at).abs() < 1e-6))
        };
        sphere.meshes.iter().find(on).map(|m| m.color)
    };
    assert_eq!(
        (facing(0, 0.0), facing(0, 1.0)),
        (Some(RED), Some(GREEN)),
        "left and right of the picture's middle"
    );
    assert_eq!(
        (facing(1, 0.0), facing(1, 1.0)),
        (Some(GREEN), Some(WHITE)),
        "below and above the picture's middle"
    );
    let noise = ruled("NOISE", ".T.");
    let said = noise.diagnostics.iter().find(|d| d.code.0 == "ifc.texture_rule").unwrap();
    assert_eq!(said.args["rule"], "NOISE");
    assert_eq!(noise.meshes.len(), 1, "its mean color");
}

/// A block without a style, of a material in which a texture is; `of` are records that give it the material `#30`.
fn of_material(of: &str) -> Read {
    let records = format!(
        "{PROJECT_MM}#10=IFCBLOCK(#6,1000.,1000.,200.);\n#13=IFCSHAPEREPRESENTATION(#5,'Body','CSG',(#10));\n\
         #14=IFCPRODUCTDEFINITIONSHAPE($,$,(#13));\n#15=IFCWALL('0000000000000000000002',$,'W',$,$,$,#14,$,$);\n\
         #16=IFCSTYLEDITEM($,(#17),$);\n#17=IFCSURFACESTYLE($,.BOTH.,(#18));\n\
         #18=IFCSURFACESTYLEWITHTEXTURES((#19));\n\
         #19=IFCPIXELTEXTURE(.T.,.T.,$,#50,$,2,2,3,(\"0FF0000\",\"000FF00\",\"00000FF\",\"0FFFFFF\"));\n\
         #20=IFCTEXTURECOORDINATEGENERATOR((#19),'COORD',$);\n\
         #50=IFCCARTESIANTRANSFORMATIONOPERATOR2D($,$,#51,0.001);\n#51=IFCCARTESIANPOINT((0.,0.));\n\
         #30=IFCMATERIAL('brick',$,$);\n#31=IFCMATERIALDEFINITIONREPRESENTATION($,$,(#32),#30);\n\
         #32=IFCSTYLEDREPRESENTATION(#5,$,$,(#16));\n{of}"
    );
    read_text(&step("IFC4", &records)).unwrap()
}

#[test]
fn a_texture_of_a_material_lies_on_what_is_made_of_it() {
    let own = "#60=IFCRELASSOCIATESMATERIAL('0000000000000000000060',$,$,$,(#15),#30);\n";
    let by_type = "#60=IFCRELASSOCIATESMATERIAL('0000000000000000000060',$,$,$,(#61),#30);\n\
        #61=IFCWALLTYPE('0000000000000000000061',$,'T',$,$,$,$,$,$,.SOLIDWALL.);\n\
        #62=IFCRELDEFINESBYTYPE('0000000000000000000062',$,$,$,(#15),#61);\n";
    let one_layer = "#60=IFCRELASSOCIATESMATERIAL('0000000000000000000060',$,$,$,(#15),#61);\n\
        #61=IFCMATERIALLAYERSET((#62),$,$);\n#62=IFCMATERIALLAYER(#30,200.,$,$,$,$,$);\n";
    for of in [own, by_type, one_layer] {
        let r = of_material(of);
        lies_upright(&r, of);
        body_is_whole(&r);
    }
    // Where there are two it is not said what is of which.
    let two = "#60=IFCRELASSOCIATESMATERIAL('0000000000000000000060',$,$,$,(#15),#61);\n\
        #61=IFCMATERIALLIST((#30,#62));\n#62=IFCMATERIAL('wool',$,$);\n";
    let r = of_material(two);
    let colors: Vec<_> = r.meshes.iter().map(|m| m.color).collect();
    assert_eq!(colors, [[188, 188, 188, 255]], "the mean of its light");
    assert!(r.diagnostics.iter().any(|d| d.code.0 == "ifc.texture_mean"), "{:?}", r.diagnostics);
    // A style of the item stands above its material.
    let styled = format!(
        "{own}#70=IFCSTYLEDITEM(#10,(#71),$);\n#71=IFCSURFACESTYLE($,.BOTH.,(#72));\n\
         #72=IFCSURFACESTYLESHADING(#73,0.);\n#73=IFCCOLOURRGB($,0.,0.,1.);\n"
    );
    let colors: Vec<_> = of_material(&styled).meshes.iter().map(|m| m.color).collect();
    assert_eq!(colors, [BLUE]);
}

#[test]
fn a_texture_of_a_mapped_item_lies_on_what_it_repeats() {
    let records = format!(
        "{PROJECT_MM}{}#40=IFCCLOSEDSHELL({FACES});\n#10=IFCFACETEDBREP(#40);\n\
         #11=IFCSHAPEREPRESENTATION(#5,'Body','Brep',(#10));\n#12=IFCREPRESENTATIONMAP(#6,#11);\n\
         #25=IFCMAPPEDITEM(#12,#26);\n#26=IFCCARTESIANTRANSFORMATIONOPERATOR3D($,$,#7,$,$);\n\
         #13=IFCSHAPEREPRESENTATION(#5,'Body','MappedRepresentation',(#25));\n\
         #14=IFCPRODUCTDEFINITIONSHAPE($,$,(#13));\n\
         #15=IFCWALL('0000000000000000000002',$,'W',$,$,$,#14,$,$);\n#16=IFCSTYLEDITEM(#25,(#17),$);\n\
         #17=IFCSURFACESTYLE($,.BOTH.,(#18));\n#18=IFCSURFACESTYLEWITHTEXTURES((#19));\n\
         #19=IFCPIXELTEXTURE(.T.,.T.,$,$,$,2,2,3,(\"0FF0000\",\"000FF00\",\"00000FF\",\"0FFFFFF\"));\n\
         #140=IFCTEXTUREMAP((#19),(#141,#142,#143,#144),#111);\n{VERTICES}",
        faces()
    );
    let r = read_text(&step("IFC4", &records)).unwrap();
    lies_upright(&r, "mapped");
    body_is_whole(&r);
}

/// An opening of 0.4 × 0.4 m through the middle of the plate.
const OPENING: &str = "#200=IFCOPENINGELEMENT('0000000000000000000200',$,$,$,$,$,#201,$,$);\n\
    #201=IFCPRODUCTDEFINITIONSHAPE($,$,(#202));\n#202=IFCSHAPEREPRESENTATION(#5,'Body','CSG',(#203));\n\
    #203=IFCBLOCK(#204,400.,400.,400.);\n#204=IFCAXIS2PLACEMENT3D(#205,$,$);\n\
    #205=IFCCARTESIANPOINT((300.,300.,-100.));\n\
    #206=IFCRELVOIDSELEMENT('0000000000000000000206',$,$,$,#15,#200);\n";

#[test]
fn a_texture_stays_on_what_an_opening_leaves() {
    let rows =
        "(1,3,2),(1,4,3),(5,6,7),(5,7,8),(1,2,6),(1,6,5),(2,3,7),(2,7,6),(3,4,8),(3,8,7),(4,1,5),(4,5,8)";
    let triangles = format!("IFCTRIANGULATEDFACESET(#9,$,.T.,({rows}),$)");
    let one = "(1,1,1)";
    let index = format!("({one},{one},(1,2,3),(1,3,4),{})", [one; 8].join(","));
    let of_triangles = format!(
        "#20=IFCINDEXEDTRIANGLETEXTUREMAP((#19),#10,#21,{index});\n\
         #21=IFCTEXTUREVERTEXLIST(((0.,0.),(1.,0.),(1.,1.),(0.,1.)));\n"
    );
    let of_faces = format!(
        "{}#40=IFCCLOSEDSHELL({FACES});\n#140=IFCTEXTUREMAP((#19),(#141,#142,#143,#144),#111);\n{VERTICES}",
        faces()
    );
    for (set, map) in [(triangles.as_str(), of_triangles), ("IFCFACETEDBREP(#40)", of_faces)] {
        let r = covered(set, &format!("{map}{OPENING}"), ".T.");
        lies_upright(&r, set);
        assert_eq!(color_at(&r, 0.5, 0.5), None, "{set}: the opening is cut");
        for color in [RED, GREEN, BLUE, WHITE] {
            // Triangles beside an opening lie askew to the picture, and are divided where it changes its color.
            let area = top_area(&r, color);
            assert!((area - 0.21).abs() < 1e-5, "{set}: {area} m² of {color:?}");
        }
        let plate = r.objects.iter().find(|o| o.class == "IfcWall").unwrap();
        assert!(plate.closed && (plate.volume_m3.unwrap() - 0.168).abs() < 1e-6, "{set}: {plate:?}");
        assert!(r.diagnostics.iter().all(|d| d.code.0 != "ifc.texture_plain"), "{:?}", r.diagnostics);
    }
    // A body that is not closed is cut by the geometry library, which knows no faces.
    let open = format!(
        "{}#40=IFCOPENSHELL((#111,#112));\n#140=IFCTEXTUREMAP((#19),(#141,#142,#143,#144),#111);\n{VERTICES}{OPENING}",
        faces()
    );
    let r = covered("IFCSHELLBASEDSURFACEMODEL((#40))", &open, ".T.");
    assert!(r.diagnostics.iter().any(|d| d.code.0 == "ifc.texture_plain"), "{:?}", r.diagnostics);
}
