//! Point clouds: formats, classes, colors, places, and files that end early or lie.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::path::Path;

use lantu_base::ProjectFrame;
use lantu_city::PointsImporter;
use lantu_ingest::{Batch, Confidence, ImportError, ImportJob, ImportMode, Importer, ObjectRecord, VecSink};
use las::point::{Classification, Format};
use las::{Builder, Color, Point, Transform, Vector, Writer};

/// What a stream has.
#[derive(Default)]
struct Stream {
    schema: String,
    crs: Option<String>,
    objects: Vec<ObjectRecord>,
    /// Object, place, color.
    points: Vec<(u32, [f64; 3], [u8; 4])>,
    said: Vec<(String, String)>,
    asks_height: bool,
}

impl Stream {
    fn says(&self, code: &str) -> bool {
        self.said.iter().any(|s| s.0 == code)
    }
}

fn import(path: &Path, crs: &str, height: Option<&str>) -> Result<Stream, ImportError> {
    let frame = lantu_geodesy::make_frame(crs, height, "Asia/Shanghai").unwrap();
    run(&ImportJob { mode: ImportMode::Import, frame: Some(frame), ..ImportJob::inspect(path) })
}

fn run(job: &ImportJob) -> Result<Stream, ImportError> {
    let mut sink = VecSink::default();
    PointsImporter.import(job, &mut sink)?;
    let mut out = Stream::default();
    for batch in sink.0 {
        match batch {
            Batch::Begin(b) => {
                (out.schema, out.crs) = (b.schema, b.declared_crs);
                out.asks_height = b.hints.asks_height;
            }
            Batch::Objects(o) => out.objects.extend(o),
            Batch::Points(all) => {
                for r in all {
                    let [x, y, z] = r.origin;
                    let at = |p: [f32; 3]| [x + f64::from(p[0]), y + f64::from(p[1]), z + f64::from(p[2])];
                    out.points.extend(r.iter().map(|(p, c)| (r.object, at(p), c)));
                }
            }
            Batch::Diagnostic(d) => out.said.push((d.code.to_string(), d.message)),
            _ => {}
        }
    }
    Ok(out)
}

/// Writes a file of a point format: two points of the ground, one of a building that is withheld.
fn write(path: &Path, format: u8, compressed: bool) {
    let mut format = Format::new(format).unwrap();
    let has_color = format.has_color;
    format.is_compressed = compressed;
    let mut builder = Builder::from((1, 4));
    builder.point_format = format;
    let transform = |offset| Transform { scale: 0.001, offset };
    builder.transforms = Vector { x: transform(455_000.0), y: transform(4_428_000.0), z: transform(0.0) };
    let mut header = builder.into_header().unwrap();
    header.set_wkt_crs(WKT.as_bytes().to_vec()).unwrap();
    let mut writer = Writer::from_path(path, header).unwrap();
    for (n, class) in
        [(0, Classification::Ground), (1, Classification::Ground), (2, Classification::Building)]
    {
        let point = Point {
            x: 455_600.0 + f64::from(n),
            y: 4_428_550.0,
            z: 40.25,
            classification: class,
            is_withheld: n == 2,
            color: has_color.then(|| Color::new(0xFF00, 0x8000, 0x0100)),
            gps_time: format.has_gps_time.then_some(1.0),
            nir: format.has_nir.then_some(7),
            waveform: format.has_waveform.then(Default::default),
            ..Point::default()
        };
        writer.write_point(point).unwrap();
    }
    writer.close().unwrap();
}

/// CGCS2000 / 3-degree Gauss-Kruger CM 117E, as surveying programs write it.
const WKT: &str = r#"PROJCS["CGCS2000 / 3-degree Gauss-Kruger CM 117E",GEOGCS["China Geodetic Coordinate System 2000",DATUM["China_2000",SPHEROID["CGCS2000",6378137,298.257222101,AUTHORITY["EPSG","1024"]],AUTHORITY["EPSG","1043"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4490"]],PROJECTION["Transverse_Mercator"],PARAMETER["latitude_of_origin",0],PARAMETER["central_meridian",117],PARAMETER["scale_factor",1],PARAMETER["false_easting",500000],PARAMETER["false_northing",0],UNIT["metre",1,AUTHORITY["EPSG","9001"]],AUTHORITY["EPSG","4548"]]"#;

#[test]
fn every_point_format_gives_its_points_with_class_color_and_place() {
    let folder = tempfile::tempdir().unwrap();
    for format in 0..=10 {
        // Waveforms are not compressed.
        for compressed in [false, true].into_iter().filter(|c| !c || ![4, 5, 9, 10].contains(&format)) {
            let path = folder.path().join("cloud.las");
            write(&path, format, compressed);
            let out = import(&path, "EPSG:4548", None).unwrap();
            let what = format!("format {format}, {}", out.schema);
            assert_eq!(out.points.len(), 2, "{what}");
            let (_, at, color) = out.points[1];
            assert!((at[0] - 455_601.0).abs() < 1e-6 && (at[2] - 40.25).abs() < 1e-6, "{what}: {at:?}");
            let colored = [2, 3, 5, 7, 8, 10].contains(&format);
            assert_eq!(color[..3] == [0xFF, 0x80, 0x01], colored, "{what}: {color:?}");
            assert_eq!((out.objects.len(), out.objects[0].name.as_str()), (1, "ground"), "{what}");
            assert!(out.says("points.withheld") && out.crs.is_some(), "{what}: {:?}", out.said);
        }
    }
}

#[test]
fn a_file_that_is_cut_gives_the_points_before_the_cut_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.las");
    for compressed in [false, true] {
        write(&path, 3, compressed);
        let whole = std::fs::read(&path).unwrap();
        for cut in 0..whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            match import(&path, "EPSG:4548", None) {
                Ok(out) => {
                    assert!(out.points.len() == 2 || out.says("points.cut"), "{cut} of {}", whole.len());
                }
                Err(ImportError::Format { code, .. }) => assert!(code.starts_with("points.")),
                Err(e) => assert!(cut == 0, "{e}"),
            }
        }
    }
}

#[test]
fn bits_that_are_flipped_end_in_points_or_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flipped.laz");
    // A linear congruential generator: the same bits every time.
    let mut state = 7_usize;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    for format in [3, 7] {
        write(&path, format, true);
        let whole = std::fs::read(&path).unwrap();
        for _ in 0..300 {
            let mut bytes = whole.clone();
            let (at, bit) = (next() % whole.len(), next() % 8);
            bytes[at] ^= 1 << bit;
            std::fs::write(&path, bytes).unwrap();
            match import(&path, "EPSG:4548", None) {
                Ok(_) | Err(ImportError::Format { .. }) => {}
                Err(e) => assert!(matches!(e, ImportError::Read { .. }), "{e}"),
            }
        }
    }
}

#[test]
fn heights_without_a_datum_are_asked_for_and_feet_become_meters() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cloud.las");
    write(&path, 2, false);
    assert!(import(&path, "EPSG:4548", Some("EPSG:5737")).unwrap().asks_height);
    let frame: ProjectFrame =
        lantu_geodesy::make_frame("EPSG:4548", Some("EPSG:5737"), "Asia/Shanghai").unwrap();
    let job = ImportJob {
        mode: ImportMode::Import,
        frame: Some(frame),
        height_override: Some("-9.75".to_owned()),
        ..ImportJob::inspect(&path)
    };
    let out = run(&job).unwrap();
    assert!(!out.asks_height && (out.points[0].1[2] - 30.5).abs() < 1e-6);
    let feet = ImportJob { crs_override: Some("EPSG:2263".to_owned()), ..ImportJob::inspect(&path) };
    let frame = lantu_geodesy::make_frame("EPSG:2263", None, "America/New_York").unwrap();
    let out = run(&ImportJob { mode: ImportMode::Import, frame: Some(frame), ..feet }).unwrap();
    assert!(out.says("points.height_unit") && (out.points[0].1[2] - 40.25 * 1200.0 / 3937.0).abs() < 1e-6);
}

/// What one file gave, in one line.
fn summary(path: &Path, crs: &str) -> String {
    let out = match import(path, crs, None) {
        Err(ImportError::Format { code, .. }) => return format!("refused {code}"),
        Err(e) => return format!("refused {e:?}").chars().take(60).collect(),
        Ok(out) => out,
    };
    let codes: std::collections::BTreeSet<&str> = out.said.iter().map(|s| s.0.as_str()).collect();
    let codes: Vec<&str> = codes.into_iter().filter(|c| *c != "points.counts").collect();
    let heights = out.points.iter().map(|p| p.1[2]);
    let (low, high) = heights.fold((f64::MAX, f64::MIN), |(l, h), z| (l.min(z), h.max(z)));
    let names: Vec<&str> = out.objects.iter().map(|o| o.name.as_str()).collect();
    format!(
        "{}: {} points [{}] {:.1}..{:.1} m {}",
        out.schema,
        out.points.len(),
        names.join(", "),
        if out.points.is_empty() { 0.0 } else { low },
        if out.points.is_empty() { 0.0 } else { high },
        codes.join(" ")
    )
}

#[test]
fn each_file_of_the_corpus_gives_what_a_person_has_looked_at() {
    let all = "never classified";
    let copc =
        "ground, low vegetation, model key point, low noise, medium vegetation, high vegetation, high noise";
    let lost = "points.crs_unreadable";
    for (file, crs, expected) in [
        (
            "autzen_trim.laz",
            "EPSG:2994",
            "LAZ 1.2, point format 3: 110000 points [unclassified, ground] 123.8..158.7 m points.height_unit \
             points.narrow_colors"
                .to_owned(),
        ),
        (
            "bad-geotiff-keys.las",
            "EPSG:32617",
            "LAS 1.0, point format 1: 10 points [ground] 170.6..170.8 m ".to_owned(),
        ),
        ("bad_vlr_count.las", "EPSG:32617", "refused points.cut".to_owned()),
        ("epsg_4326.las", "EPSG:32615", format!("LAS 1.2, point format 0: 5380 points [{all}] 39.1..78.1 m ")),
        // Without a CRS nothing is drawn until a person says where it lies.
        (
            "extrabytes-dataset.copc.laz",
            "EPSG:28356",
            format!("COPC 1.4, point format 7: 0 points [{copc}] 0.0..0.0 m {lost} points.withheld"),
        ),
        ("garbage_nVariableLength.las", "EPSG:32617", "refused points.cut".to_owned()),
        (
            "gps-time-nan.las",
            "EPSG:32617",
            format!("LAS 1.2, point format 1: 0 points [{all}] 0.0..0.0 m {lost}"),
        ),
        (
            "lots_of_vlr.las",
            "EPSG:32617",
            format!("LAS 1.1, point format 1: 0 points [unclassified] 0.0..0.0 m {lost}"),
        ),
        ("no-points.las", "EPSG:32617", "LAS 1.2, point format 3: 0 points [] 0.0..0.0 m ".to_owned()),
        (
            "simple.las",
            "EPSG:32617",
            format!(
                "LAS 1.2, point format 3: 0 points [unclassified, ground] 0.0..0.0 m {lost} points.narrow_colors"
            ),
        ),
        (
            "test1_4.las",
            "EPSG:2902",
            "LAS 1.4, point format 6: 1000 points [ground] 1704.7..1706.6 m points.height_unit".to_owned(),
        ),
    ] {
        let Some(path) = lantu_support::corpus("points_corpus", &format!("gis/points/{file}")) else { continue };
        assert_eq!(summary(&path, crs), expected, "{file}");
    }
}

#[test]
fn a_point_cloud_is_told_by_its_first_bytes() {
    assert_eq!(PointsImporter.probe("x.bin".as_ref(), b"LASF\0"), Confidence::MAGIC);
    assert_eq!(PointsImporter.probe("x.laz".as_ref(), b"PK"), Confidence::NAME);
    assert_eq!(PointsImporter.probe("x.tif".as_ref(), b"II*"), Confidence::NO);
}
