//! What a person states of a layer's heights moves them, and what cannot be done with it is refused.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests")]

use lantu_base::{FeatureGeometry, ProjectFrame};
use lantu_ingest::{Batch, ImportError, ImportJob, ImportMode, Importer, VecSink};
use lantu_vector::VectorImporter;

const LAYER: &str = r#"{"type": "FeatureCollection", "name": "poles",
    "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4548"}},
    "features": [{"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [455600, 4428550, 40]}}]}"#;

fn height(stated: Option<&str>) -> Result<f64, ImportError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("poles.geojson");
    std::fs::write(&path, LAYER).unwrap();
    let frame = ProjectFrame {
        crs: "EPSG:4548".to_owned(),
        height_crs: Some("EPSG:5737".to_owned()),
        meters_per_unit: 1.0,
        time_zone: "Asia/Shanghai".to_owned(),
    };
    let job = ImportJob {
        mode: ImportMode::Import,
        frame: Some(frame),
        height_override: stated.map(str::to_owned),
        ..ImportJob::inspect(&path)
    };
    let mut sink = VecSink::default();
    VectorImporter.import(&job, &mut sink)?;
    let point = sink.0.iter().find_map(|b| match b {
        Batch::Features(f) => f.first(),
        _ => None,
    });
    match &point.unwrap().geometry {
        FeatureGeometry::Points(p) => Ok(p.first().unwrap()[2]),
        other => panic!("{other:?}"),
    }
}

#[test]
fn heights_of_a_layer_are_moved_by_what_is_stated_of_them_or_stay() {
    assert!((height(None).unwrap() - 40.0).abs() < 1e-12);
    assert!((height(Some("-1.5")).unwrap() - 38.5).abs() < 1e-12);
    assert!((height(Some("EPSG:5737")).unwrap() - 40.0).abs() < 1e-12);
    let refused = height(Some("EPSG:5773"));
    assert!(matches!(refused, Err(ImportError::Format { code: "vector.crs_refused", .. })), "{refused:?}");
}
