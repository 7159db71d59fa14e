//! Other people's city models: a line per file that a person can read.

use std::collections::BTreeSet;
use std::path::Path;

use lantu_base::{Bounds, ProjectFrame};
use lantu_city::CityImporter;
use lantu_ingest::{Batch, ImportError, ImportJob, ImportMode, Importer, VecSink};

fn import(path: &Path, crs: &str) -> Result<Vec<Batch>, ImportError> {
    let frame = ProjectFrame {
        crs: crs.to_owned(),
        height_crs: None,
        meters_per_unit: 1.0,
        time_zone: "Asia/Shanghai".to_owned(),
    };
    let job = ImportJob { mode: ImportMode::Import, frame: Some(frame), ..ImportJob::inspect(path) };
    let mut sink = VecSink::default();
    CityImporter.import(&job, &mut sink).map(|()| sink.0)
}

/// What one file gave, in one line.
fn summary(result: &Result<Vec<Batch>, ImportError>) -> String {
    let batches = match result {
        Err(ImportError::Format { code, place, .. }) => return format!("refused {code} at {place}"),
        Err(e) => return format!("refused {e:?}").chars().take(60).collect(),
        Ok(batches) => batches,
    };
    let (mut schema, mut bounds, mut n) = (String::new(), Bounds::EMPTY, [0_usize; 6]);
    let (mut codes, mut colors) = (BTreeSet::<String>::new(), BTreeSet::new());
    for batch in batches {
        match batch {
            Batch::Begin(b) => {
                schema = format!("{} {}", b.schema, b.declared_crs.clone().unwrap_or_default());
            }
            Batch::Objects(o) => {
                n[0] += o.len();
                n[1] += o.iter().filter(|o| o.bbox.is_some()).count();
                n[2] += o.iter().filter(|o| o.closed).count();
                n[3] += o.iter().map(|o| o.n_triangles as usize).sum::<usize>();
                bounds = o.iter().filter_map(|o| o.bbox).map(Bounds::from_array).fold(bounds, Bounds::union);
            }
            Batch::Meshes(m) => colors.extend(m.iter().map(|m| m.color)),
            Batch::Properties(p) => n[4] += p.len(),
            Batch::Instances(i) => n[5] += i.len(),
            Batch::Diagnostic(d) => drop(codes.insert(d.code.to_string())),
            _ => {}
        }
    }
    let size = if bounds.is_empty() { [0.0; 3] } else { bounds.size().to_array() };
    let [objects, drawn, closed, triangles, properties, instances] = n;
    let codes: Vec<String> = codes.into_iter().collect();
    format!(
        "{schema}: {objects} objects, {drawn} drawn, {closed} closed, {triangles} triangles, {} colors, \
         {instances} instances, {properties} properties, {:.0} × {:.0} × {:.0} m [{}]",
        colors.len(),
        size[0],
        size[1],
        size[2],
        codes.join(" ")
    )
}

#[test]
fn each_file_of_the_corpus_gives_what_a_person_has_looked_at() {
    let cases = [
        (
            "cityjson_fake_complete.city.json",
            "EPSG:2355",
            "CityJSON 2.0 EPSG:2355: 4 objects, 3 drawn, 0 closed, 14 triangles, 3 colors, 1 instances, 11 properties, \
             91 × 830 × 44 m [city.appearance city.extensions city.no_area]",
        ),
        (
            "delft.json",
            "EPSG:28992",
            "CityJSON 2.0 EPSG:28992+EPSG:5709: 570 objects, 570 drawn, 0 closed, 36267 triangles, 7 colors, \
             0 instances, 10147 properties, 524 × 328 × 17 m [city.no_area]",
        ),
        (
            "delft_1b.json",
            "EPSG:28992",
            "CityJSON 1.1 EPSG:28992+EPSG:5709: 1 objects, 1 drawn, 0 closed, 229 triangles, 1 colors, 0 instances, \
             21 properties, 73 × 43 × 6 m []",
        ),
        (
            "small.city.jsonl",
            "EPSG:28992",
            "CityJSON 2.0 EPSG:28992+EPSG:5709: 6 objects, 3 drawn, 3 closed, 84 triangles, 3 colors, 0 instances, \
             165 properties, 974 × 373 × 11 m [city.coarser]",
        ),
        (
            "zurich_subset_lod2.json",
            "EPSG:2056",
            "CityJSON 1.1 EPSG:2056: 210 objects, 161 drawn, 5 closed, 5142 triangles, 3 colors, 0 instances, \
             1197 properties, 9186 × 9959 × 225 m []",
        ),
        // Without a CRS nothing is drawn until a person says where it lies.
        (
            "rotterdam_subset.json",
            "EPSG:28992",
            "CityJSON 2.0 : 16 objects, 0 drawn, 0 closed, 0 triangles, 0 colors, 0 instances, 96 properties, \
             0 × 0 × 0 m [city.crs_unreadable]",
        ),
        (
            "invalid_u64_f64_bounds.json",
            "EPSG:28992",
            "CityJSON 2.0 : 1 objects, 0 drawn, 0 closed, 0 triangles, 0 colors, 0 instances, 1 properties, \
             0 × 0 × 0 m [city.crs_unreadable]",
        ),
    ];
    for (file, crs, expected) in cases {
        let Some(path) = lantu_support::corpus("city_corpus", &format!("gis/cityjson/{file}")) else {
            continue;
        };
        assert_eq!(summary(&import(&path, crs)), expected, "{file}");
    }
}
