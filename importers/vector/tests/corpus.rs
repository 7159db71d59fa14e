//! Real and hostile layers: a line per file that a person can read, and no panic whatever comes.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests are tests")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use lantu_base::{Bounds, FeatureGeometry, ProjectFrame};
use lantu_ingest::{Batch, ImportError, ImportJob, ImportMode, Importer, VecSink};
use lantu_vector::VectorImporter;

/// A file that takes longer is a hang. Chosen: a thousand times what the slowest takes on a free machine.
const PATIENCE: Duration = Duration::from_mins(5);

fn import(path: &Path) -> Result<Vec<Batch>, ImportError> {
    let frame = ProjectFrame {
        crs: "EPSG:3857".to_owned(),
        height_crs: None,
        meters_per_unit: 1.0,
        time_zone: "Asia/Shanghai".to_owned(),
    };
    let job = ImportJob { mode: ImportMode::Import, frame: Some(frame), ..ImportJob::inspect(path) };
    let mut sink = VecSink::default();
    VectorImporter.import(&job, &mut sink).map(|()| sink.0)
}

/// What one file gave, in one line.
fn summary(result: &Result<Vec<Batch>, ImportError>) -> String {
    let batches = match result {
        Err(ImportError::Format { code, .. }) => return format!("refused {code}"),
        Err(e) => return format!("refused {e:?}").chars().take(60).collect(),
        Ok(batches) => batches,
    };
    let (mut n_objects, mut n_drawn, mut n_properties) = (0, [0; 3], 0);
    let mut codes = std::collections::BTreeMap::<String, u32>::new();
    let (mut driver, mut bounds) = (String::new(), Bounds::EMPTY);
    for batch in batches {
        match batch {
            Batch::Begin(b) => {
                driver = format!("{} {}", b.schema, b.declared_crs.clone().unwrap_or_default());
            }
            Batch::Objects(o) => {
                n_objects += o.len();
                bounds = o.iter().filter_map(|o| o.bbox).map(Bounds::from_array).fold(bounds, Bounds::union);
            }
            Batch::Features(f) => {
                for f in f {
                    let kind = match f.geometry {
                        FeatureGeometry::Points(_) => 0,
                        FeatureGeometry::Lines(_) => 1,
                        FeatureGeometry::Polygons(_) => 2,
                    };
                    *n_drawn.get_mut(kind).unwrap() += 1;
                }
            }
            Batch::Properties(p) => n_properties += p.len(),
            Batch::Diagnostic(d) => *codes.entry(d.code.to_string()).or_default() += 1,
            _ => {}
        }
    }
    let driver: String = driver.chars().take(60).collect::<String>().replace('\n', " ");
    let mut line = format!(
        "{driver}: {n_objects} objects, {n_drawn:?} points lines polygons, {n_properties} properties"
    );
    if !bounds.is_empty() {
        let [x0, y0, _, x1, y1, _] = bounds.to_array().map(f64::round);
        write!(line, ", {x0} {y0} … {x1} {y1}").unwrap();
    }
    for (code, n) in codes {
        write!(line, ", {n} × {code}").unwrap();
    }
    line
}

/// Imports on a thread of its own, so that a hang is a failure and not the end of the run.
fn bounded(path: PathBuf) -> String {
    let (send, receive) = sync_channel(1);
    let worker = std::thread::Builder::new().name("import".into());
    worker.spawn(move || send.send(summary(&import(&path)))).expect("a thread");
    receive.recv_timeout(PATIENCE).unwrap_or_else(|_| "hung or panicked".to_owned())
}

fn lines(folder: &Path) -> String {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    let mut text = String::new();
    for file in files {
        let ending = file.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        if ["geojson", "json", "gpkg", "shp", "fgb", "kml", "dxf", "gml"].contains(&ending.as_str()) {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            writeln!(text, "{name}: {}", bounded(file)).unwrap();
        }
    }
    text
}

#[test]
fn layers_of_others_come_in_as_before() {
    let mut text = String::new();
    for folder in ["gis/vector", "gis/network", "gis/china"] {
        let Some(path) = lantu_support::corpus("layers_of_others_come_in_as_before", folder) else { return };
        writeln!(text, "# {folder}\n{}", lines(&path)).unwrap();
    }
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/corpus.txt");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&golden, &text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(&golden).unwrap_or_default());
}

#[test]
fn hostile_layers_end_in_objects_or_a_typed_refusal() {
    let Some(path) =
        lantu_support::corpus("hostile_layers_end_in_objects_or_a_typed_refusal", "gis/hostile_vector")
    else {
        return;
    };
    let text = lines(&path);
    assert!(!text.contains("hung or panicked"), "{text}");
    assert!(text.lines().count() > 15, "{text}");
}
