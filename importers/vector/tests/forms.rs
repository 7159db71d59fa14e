//! Layers in forms that programs write: folders of tables, arcs, measures, lines across the date line, rings of many corners.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::path::Path;

use gdal::DriverManager;
use gdal::spatial_ref::SpatialRef;
use gdal::vector::{Geometry, LayerAccess, LayerOptions, OGRwkbGeometryType};
use lantu_base::{FeatureGeometry, ProjectFrame};
use lantu_ingest::{Batch, Confidence, FeatureRecord, ImportJob, ImportMode, Importer, VecSink};
use lantu_vector::VectorImporter;

fn frame(crs: &str) -> ProjectFrame {
    ProjectFrame {
        crs: crs.to_owned(),
        height_crs: None,
        meters_per_unit: 1.0,
        time_zone: "Asia/Shanghai".to_owned(),
    }
}

/// What a layer gives: its features, and codes of what was said.
fn import(path: &Path, crs: &str) -> (Vec<FeatureRecord>, Vec<String>) {
    let job = ImportJob { mode: ImportMode::Import, frame: Some(frame(crs)), ..ImportJob::inspect(path) };
    let mut sink = VecSink::default();
    VectorImporter.import(&job, &mut sink).unwrap();
    let (mut features, mut said) = (Vec::new(), Vec::new());
    for batch in sink.0 {
        match batch {
            Batch::Features(f) => features.extend(f),
            Batch::Diagnostic(d) => said.push(d.code.to_string()),
            _ => {}
        }
    }
    (features, said)
}

/// Writes geometries as well-known text through a driver.
fn write(driver: &str, path: &Path, crs: u32, texts: &[&str]) {
    let driver = DriverManager::get_driver_by_name(driver).unwrap();
    let mut dataset = driver.create_vector_only(path).unwrap();
    let srs = SpatialRef::from_epsg(crs).unwrap();
    let mut layer = dataset
        .create_layer(LayerOptions {
            name: "shapes",
            srs: Some(&srs),
            ty: OGRwkbGeometryType::wkbUnknown,
            options: None,
        })
        .unwrap();
    for text in texts {
        layer.create_feature(Geometry::from_wkt(text).unwrap()).unwrap();
    }
}

fn area(rings: &[Vec<[f64; 3]>]) -> f64 {
    let ring = |r: &Vec<[f64; 3]>| {
        let pairs = r.iter().zip(r.iter().cycle().skip(1));
        pairs.map(|(a, b)| a[0] * b[1] - b[0] * a[1]).sum::<f64>().abs() / 2.0
    };
    let mut all = rings.iter().map(ring);
    all.next().unwrap_or(0.0) - all.sum::<f64>()
}

#[test]
fn a_file_geodatabase_is_a_layer_like_any_other() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("city.gdb");
    let driver = DriverManager::get_driver_by_name("OpenFileGDB").unwrap();
    let mut dataset = driver.create_vector_only(&path).unwrap();
    let srs = SpatialRef::from_epsg(4548).unwrap();
    let mut layer = dataset
        .create_layer(LayerOptions {
            name: "houses",
            srs: Some(&srs),
            ty: OGRwkbGeometryType::wkbMultiPolygon,
            options: None,
        })
        .unwrap();
    let house = "MULTIPOLYGON (((455600 4428500,455640 4428500,455640 4428530,455600 4428530,455600 4428500),\
                 (455610 4428510,455610 4428520,455630 4428520,455630 4428510,455610 4428510)))";
    layer.create_feature(Geometry::from_wkt(house).unwrap()).unwrap();
    drop(dataset);
    let head = std::fs::read(path.join("a00000001.gdbtable")).unwrap();
    assert_eq!(VectorImporter.probe(&path, &head), Confidence::MAGIC);
    let (features, said) = import(&path, "EPSG:4548");
    assert!(said.is_empty(), "{said:?}");
    let FeatureGeometry::Polygons(polygons) = &features[0].geometry else { unreachable!("{features:?}") };
    assert!((area(&polygons[0]) - 1000.0).abs() < 0.01, "{}", area(&polygons[0]));
}

#[test]
fn arcs_become_lines_that_keep_their_place_and_measures_are_no_heights() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("arcs.gpkg");
    let circle = "CURVEPOLYGON (CIRCULARSTRING (455650 4428500,455660 4428510,455650 4428520,455640 4428510,455650 4428500))";
    let compound = "COMPOUNDCURVE (CIRCULARSTRING (455600 4428400,455620 4428420,455640 4428400),(455640 4428400,455700 4428400))";
    let measured =
        "POLYGON M ((455700 4428440 1,455710 4428440 2,455710 4428450 3,455700 4428450 4,455700 4428440 1))";
    write("GPKG", &path, 4548, &[circle, compound, measured, "POLYGON EMPTY"]);
    let (features, said) = import(&path, "EPSG:4548");
    assert_eq!((features.len(), said), (3, vec!["vector.no_geometry".to_owned()]));
    let FeatureGeometry::Polygons(disc) = &features[0].geometry else { unreachable!("{features:?}") };
    assert!((area(&disc[0]) - std::f64::consts::PI * 100.0).abs() < 1.0, "{}", area(&disc[0]));
    for p in &disc[0][0] {
        assert!(((p[0] - 455_650.0).hypot(p[1] - 4_428_510.0) - 10.0).abs() < 1e-6, "{p:?}");
    }
    let FeatureGeometry::Lines(lines) = &features[1].geometry else { unreachable!("{features:?}") };
    let length: f64 = lines[0].windows(2).map(|w| (w[1][0] - w[0][0]).hypot(w[1][1] - w[0][1])).sum();
    assert!((length - (std::f64::consts::PI * 20.0 + 60.0)).abs() < 0.1, "{length}");
    let FeatureGeometry::Polygons(flat) = &features[2].geometry else { unreachable!("{features:?}") };
    assert!(flat[0][0].iter().all(|p| p[2].is_nan()), "{flat:?}");
}

#[test]
fn a_line_across_the_date_line_does_not_go_around_the_earth() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fiji.gpkg");
    let texts = [
        "LINESTRING (179.98 -17.01,-179.98 -17.01)",
        "LINESTRING (179.98 -17.02,180.02 -17.02)",
        "MULTIPOLYGON (((179.99 -17,180 -17,180 -16.99,179.99 -16.99,179.99 -17)),((-180 -17,-179.99 -17,-179.99 -16.99,-180 -16.99,-180 -17)))",
    ];
    write("GPKG", &path, 4326, &texts);
    // Fiji 1986 / Fiji Map Grid lies on both sides; the same on WGS 84 is UTM 60 south.
    let (features, said) = import(&path, "EPSG:32760");
    assert_eq!(features.len(), 3, "{said:?}");
    for f in &features {
        let mut xs: Vec<f64> = Vec::new();
        match &f.geometry {
            FeatureGeometry::Lines(l) => xs.extend(l.iter().flatten().map(|p| p[0])),
            FeatureGeometry::Polygons(p) => xs.extend(p.iter().flatten().flatten().map(|p| p[0])),
            FeatureGeometry::Points(_) => {}
        }
        let (low, high) = xs.iter().fold((f64::MAX, f64::MIN), |(l, h), x| (l.min(*x), h.max(*x)));
        assert!(high - low > 1_000.0 && high - low < 5_000.0, "{low} {high}");
    }
}
