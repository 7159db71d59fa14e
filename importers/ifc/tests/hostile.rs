//! Small files that ask for absurd work: each product has its budget, what exceeds it is a hatched box, and everything
//! else arrives.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "functions that tests share")]

mod support;
#[path = "support/texts.rs"]
mod texts;

use std::fmt::Write as _;

use lantu_ingest::ObjectRecord;
use support::{Read, corpus, read};
use texts::{in_file, read_data, read_text, step};

/// Triangles that a product of a small file may have at most, as the budget has it, and some for the box.
const MOST: u32 = 600_000;

/// A project in meters with a wall of 1 × 1 × 3 m, and beams of these items.
fn model(beams: &[u32], data: &str) -> Vec<u8> {
    let mut out = String::from(
        "#1=IFCPROJECT('0000000000000000000001',$,'P',$,$,$,$,(#5),#2);\n#2=IFCUNITASSIGNMENT((#3));\n\
         #3=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);\n\
         #5=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-5,#6,$);\n#6=IFCAXIS2PLACEMENT3D(#7,$,$);\n\
         #7=IFCCARTESIANPOINT((0.,0.,0.));\n#8=IFCDIRECTION((0.,0.,1.));\n#9=IFCLOCALPLACEMENT($,#6);\n\
         #10=IFCRECTANGLEPROFILEDEF(.AREA.,$,$,1.,1.);\n#11=IFCEXTRUDEDAREASOLID(#10,$,#8,3.);\n\
         #12=IFCSHAPEREPRESENTATION(#5,'Body','SweptSolid',(#11));\n#13=IFCPRODUCTDEFINITIONSHAPE($,$,(#12));\n",
    );
    for (n, item) in beams.iter().enumerate() {
        let id = 20 + 10 * n;
        write!(
            out,
            "#{id}=IFCBEAM('{id:022}',$,'Beam',$,$,#9,#{},$,$);\n\
             #{}=IFCPRODUCTDEFINITIONSHAPE($,$,(#{}));\n#{}=IFCSHAPEREPRESENTATION(#5,'Body','SweptSolid',(#{item}));\n",
            id + 1,
            id + 1,
            id + 2,
            id + 2
        )
        .unwrap();
    }
    write!(out, "{data}\n#900000=IFCWALL('0000000000000000900000',$,'Wall',$,$,#9,#13,$,$);\n").unwrap();
    step("IFC4", &out)
}

fn named<'r>(r: &'r Read, name: &str) -> Vec<&'r ObjectRecord> {
    r.objects.iter().filter(|o| o.name == name).collect()
}

/// Reads a model of beams that cannot be made: each is a box or nothing and says why at its record, the wall is whole.
fn over_budget(text: &[u8]) -> Read {
    let r = in_file(text, |path| read(path, 2)).unwrap();
    for beam in named(&r, "Beam") {
        assert!(beam.n_triangles < MOST, "{} triangles", beam.n_triangles);
        let record = beam.id.trim_start_matches('0');
        let told = r.diagnostics.iter().find(|d| d.place.starts_with(&format!("#{record}, line ")));
        assert!(told.is_some_and(|d| d.message.contains("more work")), "#{record}: {:?}", r.diagnostics);
    }
    assert_eq!(named(&r, "Wall").iter().map(|w| w.n_triangles).sum::<u32>(), 12, "the wall is whole");
    r
}

/// `n` records from `first` on, each of which refers to the next one twice, and a last one.
fn doubled(first: u32, n: u32, record: impl Fn(u32) -> String, last: &str) -> String {
    let mut out = String::new();
    for i in first..first + n {
        writeln!(out, "#{i}={};", record(i + 1)).unwrap();
    }
    writeln!(out, "#{}={last};", first + n).unwrap();
    out
}

#[test]
fn a_disk_of_absurd_size_on_a_circle_of_absurd_size_is_a_box_of_its_size() {
    let data = "#100=IFCSWEPTDISKSOLID(#101,1.E6,$,$,$);\n#101=IFCCIRCLE(#6,1.E7);";
    let r = over_budget(&model(&[100], data));
    let beam = named(&r, "Beam")[0];
    assert!(beam.stand_in && beam.bbox.is_some_and(|b| b[3] >= 1e7), "{beam:?}");
}

#[test]
fn profiles_that_hold_each_other_twice_thirty_times_over_end() {
    let composite = |next| format!("IFCCOMPOSITEPROFILEDEF(.AREA.,$,(#{next},#{next}),$)");
    let last = "IFCCIRCLEPROFILEDEF(.AREA.,$,$,1.)";
    let data = format!("#100=IFCEXTRUDEDAREASOLID(#101,$,#8,3.);\n{}", doubled(101, 30, composite, last));
    over_budget(&model(&[100], &data));
}

#[test]
fn curves_that_hold_each_other_twice_thirty_times_over_end() {
    let mut data = String::from(
        "#100=IFCEXTRUDEDAREASOLID(#99,$,#8,3.);\n#99=IFCARBITRARYCLOSEDPROFILEDEF(.AREA.,$,#101);\n",
    );
    for i in (101..161).step_by(2) {
        let next = i + 2;
        write!(
            data,
            "#{i}=IFCCOMPOSITECURVE((#{0},#{0}),.F.);\n#{0}=IFCCOMPOSITECURVESEGMENT(.CONTINUOUS.,.T.,#{next});\n",
            i + 1
        )
        .unwrap();
    }
    data.push_str("#161=IFCCIRCLE(#6,1.);\n");
    over_budget(&model(&[100], &data));
}

#[test]
fn booleans_that_hold_each_other_twice_thirty_times_over_end() {
    let union = |next| format!("IFCBOOLEANRESULT(.UNION.,#{next},#{next})");
    let data = doubled(100, 30, union, "IFCSPHERE(#6,1.)");
    let r = read_text(&model(&[100], &data)).unwrap();
    assert_eq!(named(&r, "Wall")[0].n_triangles, 12);
    assert!(r.diagnostics.iter().any(|d| d.place.starts_with("#20, line ")), "{:?}", r.diagnostics);
}

#[test]
fn mapped_items_that_hold_each_other_many_times_over_end() {
    let mut data = String::from(
        "#100=IFCMAPPEDITEM(#101,#99);\n#99=IFCCARTESIANTRANSFORMATIONOPERATOR3D($,$,#7,$,$);\n",
    );
    for i in (101..149).step_by(3) {
        write!(
            data,
            "#{i}=IFCREPRESENTATIONMAP(#6,#{});\n#{}=IFCSHAPEREPRESENTATION(#5,'Body','MappedRepresentation',({}));\n\
             #{}=IFCMAPPEDITEM(#{},#99);\n",
            i + 1,
            i + 1,
            vec![format!("#{}", i + 2); 20].join(","),
            i + 2,
            i + 3
        )
        .unwrap();
    }
    data.push_str("#149=IFCREPRESENTATIONMAP(#6,#12);\n");
    let r = read_text(&model(&[100], &data)).unwrap();
    assert!(named(&r, "Beam")[0].n_triangles < MOST);
    assert_eq!(named(&r, "Wall")[0].n_triangles, 12);
    assert!(r.diagnostics.iter().any(|d| d.place.starts_with("#20, line ")), "{:?}", r.diagnostics);
}

#[test]
fn sets_of_curves_that_hold_each_other_many_times_over_end() {
    let set = |next| format!("IFCGEOMETRICCURVESET(({}))", vec![format!("#{next}"); 20].join(","));
    let data = doubled(100, 15, set, "IFCCIRCLE(#6,1.)");
    let text =
        String::from_utf8(model(&[100], &data)).unwrap().replace("'SweptSolid',(#100)", "'Curve3D',(#100)");
    let r = read_text(text.as_bytes()).unwrap();
    assert_eq!(named(&r, "Wall")[0].n_triangles, 12);
    assert!(r.diagnostics.iter().any(|d| d.place.starts_with("#20, line ")), "{:?}", r.diagnostics);
}

#[test]
fn a_face_of_a_spline_of_absurd_size_and_degree_ends() {
    // 40 × 40 control points of degree 29, in a shell whose face says so two hundred times over.
    let mut data = String::from("#100=IFCADVANCEDBREP(#101);\n");
    let n = 40;
    let mut rows = Vec::new();
    for i in 0..n {
        let mut row = Vec::new();
        for j in 0..n {
            let id = 1000 + i * n + j;
            writeln!(data, "#{id}=IFCCARTESIANPOINT(({i}.,{j}.,{}.));", (i * j) % 3).unwrap();
            row.push(format!("#{id}"));
        }
        rows.push(format!("({})", row.join(",")));
    }
    let knots = (0..12).map(|k| format!("{k}.")).collect::<Vec<_>>().join(",");
    writeln!(
        data,
        "#110=IFCBSPLINESURFACEWITHKNOTS(29,29,({}),.UNSPECIFIED.,.F.,.F.,.U.,\
         (30,1,1,1,1,1,1,1,1,1,1,30),(30,1,1,1,1,1,1,1,1,1,1,30),({knots}),({knots}),.UNSPECIFIED.);",
        rows.join(",")
    )
    .unwrap();
    data.push_str(
        "#111=IFCVERTEXPOINT(#1000);\n#112=IFCVERTEXPOINT(#1039);\n#113=IFCVERTEXPOINT(#2599);\n#114=IFCVERTEXPOINT(#2560);\n",
    );
    for (k, (a, b)) in [(111, 112), (112, 113), (113, 114), (114, 111)].into_iter().enumerate() {
        writeln!(
            data,
            "#{0}=IFCORIENTEDEDGE(*,*,#{1},.T.);\n#{1}=IFCEDGE(#{a},#{b});",
            120 + 2 * k,
            121 + 2 * k
        )
        .unwrap();
    }
    data.push_str("#130=IFCEDGELOOP((#120,#122,#124,#126));\n#131=IFCFACEOUTERBOUND(#130,.T.);\n#132=IFCADVANCEDFACE((#131),#110,.T.);\n");
    writeln!(data, "#101=IFCCLOSEDSHELL(({}));", vec!["#132"; 200].join(",")).unwrap();
    let r = read_text(&model(&[100], &data)).unwrap();
    assert!(named(&r, "Beam")[0].n_triangles < MOST);
    assert_eq!(named(&r, "Wall")[0].n_triangles, 12);
}

#[test]
fn a_file_of_many_absurd_products_gives_a_bounded_number_of_triangles_and_all_its_walls() {
    let n = 60;
    let beams: Vec<u32> = (0..n).map(|i| 10_000 + 2 * i).collect();
    let mut data = String::new();
    for (i, id) in beams.iter().enumerate() {
        // Each different, so that none repeats another.
        writeln!(
            data,
            "#{id}=IFCSWEPTDISKSOLID(#{0},{1}.,$,$,$);\n#{0}=IFCCIRCLE(#6,{2}.);",
            id + 1,
            5,
            100 + i
        )
        .unwrap();
    }
    let text = model(&beams, &data);
    let one = read_text(&text).unwrap();
    let all: u32 = one.objects.iter().map(|o| o.n_triangles).sum();
    assert!((100_000..4_000_000).contains(&all), "{all} triangles");
    let (boxes, whole): (Vec<_>, Vec<_>) = named(&one, "Beam").into_iter().partition(|b| b.stand_in);
    assert!(!whole.is_empty() && !boxes.is_empty(), "{} whole, {} boxes", whole.len(), boxes.len());
    assert_eq!(named(&one, "Wall")[0].n_triangles, 12, "what is small is made all the same");
    let two = in_file(&text, |path| read(path, 3)).unwrap();
    assert_eq!(
        (one.objects, one.diagnostics),
        (two.objects, two.diagnostics),
        "whatever the number of threads"
    );
}

/// What makes the library's booleans slow: a body that reaches far out, and tools of millimeters that are open, so that
/// they are its.
#[test]
fn a_chain_of_open_tools_cut_from_a_body_of_absurd_size_is_drawn_and_listed() {
    let mut data = String::from(
        "#100=IFCCARTESIANPOINT((0.,0.));\n#101=IFCCARTESIANPOINT((1.E9,0.));\n#102=IFCCARTESIANPOINT((0.,1.E9));\n\
         #103=IFCPOLYLINE((#100,#101,#102,#100));\n#104=IFCARBITRARYCLOSEDPROFILEDEF(.AREA.,$,#103);\n\
         #105=IFCEXTRUDEDAREASOLID(#104,$,#8,3.);\n",
    );
    let (mut body, mut n) = (105, 1000);
    for k in 0..24_u32 {
        let (x, y) = (0.0015 * f64::from(k * 7 % 24), 0.1 + 0.0015 * f64::from(k * 5 % 24));
        let corners = [[0.0, 0.0, 0.0], [0.05, 0.003, 0.0], [0.013, 0.05, 0.0], [0.017, 0.021, 3.13]];
        for (i, [dx, dy, z]) in (n..).zip(corners) {
            writeln!(data, "#{i}=IFCCARTESIANPOINT(({:.4},{:.4},{z:.4}));", x + dx, y + dy).unwrap();
        }
        // A tetrahedron without its base.
        for (f, [a, b]) in (n + 10..).step_by(3).zip([[0, 1], [1, 2], [2, 0]]) {
            let (a, b, top) = (n + a, n + b, n + 3);
            writeln!(data, "#{f}=IFCPOLYLOOP((#{a},#{b},#{top}));").unwrap();
            writeln!(data, "#{}=IFCFACEOUTERBOUND(#{f},.T.);\n#{}=IFCFACE((#{}));", f + 1, f + 2, f + 1)
                .unwrap();
        }
        let (shell, tool, cut) = (n + 30, n + 31, n + 32);
        writeln!(
            data,
            "#{shell}=IFCCLOSEDSHELL((#{},#{},#{}));\n#{tool}=IFCFACETEDBREP(#{shell});\n\
             #{cut}=IFCBOOLEANRESULT(.DIFFERENCE.,#{body},#{tool});",
            n + 12,
            n + 15,
            n + 18
        )
        .unwrap();
        (body, n) = (cut, n + 100);
    }
    let r = in_file(&model(&[body], &data), |path| read(path, 2)).unwrap();
    let beam = named(&r, "Beam")[0];
    assert!(beam.n_triangles > 0 && beam.bbox.is_some_and(|b| b[3] >= 9e8), "{beam:?}");
    let listed = ["ifc.shape_simplified", "ifc.shape_approximated"];
    assert!(beam.diagnostics.iter().any(|d| listed.contains(&d.as_ref())), "{beam:?}");
    assert_eq!(named(&r, "Wall")[0].n_triangles, 12, "the wall is whole");
}

#[test]
fn what_was_over_budget_once_says_so_in_a_real_file_too() {
    let test = "what_was_over_budget_once_says_so_in_a_real_file_too";
    let Some(path) = corpus(test, "rebar-mapped-330.ifc") else { return };
    // Millimeters read as meters: bars of 10 m.
    let text = std::fs::read_to_string(path).unwrap().replace(".MILLI.", "$");
    let r = in_file(text.as_bytes(), |path| read(path, 2)).unwrap();
    assert!(
        r.objects.iter().all(|o| o.n_triangles < 1_200_000),
        "500 000, and two for each of 256 284 bytes"
    );
    assert!(read_data(text.as_bytes()).is_ok_and(|d| d.objects.len() == r.objects.len()), "none is lost");
}
