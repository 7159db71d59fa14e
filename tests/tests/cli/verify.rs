//! `lantu verify`: one changed byte anywhere is exit 4.

use std::path::{Path, PathBuf};

use lantu_support::corpus;

use crate::lantu::{Desk, run, text};

/// SQLite's page size in project files.
const PAGE_BYTES: usize = 4096;

/// Changes one bit-wise complemented byte of a file, runs, and puts it back.
#[track_caller]
fn flip_and_verify(desk: &Desk, file: &Path, at: usize) {
    let whole = std::fs::read(file).unwrap();
    let mut changed = whole.clone();
    changed[at] = !changed[at];
    std::fs::write(file, &changed).unwrap();
    let run = desk.run("verify", &[]);
    assert_eq!(run.code, 4, "byte {at} of {}: {run:#?}", file.display());
    assert!(!run.text().contains("panicked"), "{run:#?}");
    assert!(run.text().contains(&desk.project), "the message repeats the path: {run:#?}");
    assert_eq!(std::fs::read(file).unwrap(), changed, "verifying changes nothing");
    std::fs::write(file, &whole).unwrap();
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { out.extend(files_below(&path)) } else { out.push(path) }
    }
    out.sort();
    out
}

/// A project with a model, a raster, a layer, tasks and samples.
fn full_project(test: &str) -> Option<(Desk, Vec<PathBuf>)> {
    let wall = corpus(test, "ifc/files/bonsai-hello-wall.ifc")?;
    let desk = Desk::new("EPSG:26913");
    let point = r#"{"type":"FeatureCollection","name":"cranes",
        "crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::26913"}},
        "features":[{"type":"Feature","properties":{"id":"1"},
        "geometry":{"type":"Polygon","coordinates":[[[519470,4311640],[519500,4311640],[519500,4311660],[519470,4311640]]]}}]}"#;
    let ortho = corpus(test, "gis/ortho/201404_13SED190110_201404_0x1500m_CL_1_nodata.tif")?;
    let schedule = "id,name,start,finish,budget,percent,actual_start,actual_finish,actual_cost,objects\n\
        T1,Foundation,2026-03-01,2026-03-31,1000,50,2026-03-02,,,cranes:1\n";
    let samples = "time,channel,value,unit,quality\n\
        2026-03-01T00:00:00Z,S1,1.0,µε,good\n2026-03-01T01:00:00Z,S1,2.0,µε,good\n";
    let files = vec![
        desk.copy(&wall),
        desk.copy(&ortho),
        desk.write("cranes.geojson", point.as_bytes()),
        desk.write("schedule.csv", schedule.as_bytes()),
        desk.write("samples.csv", samples.as_bytes()),
    ];
    let names: Vec<&str> = files.iter().map(String::as_str).collect();
    desk.import(&names, 3);
    let source = "bonsai-hello-wall";
    let sources = desk.info()["sources"].as_array().unwrap().clone();
    assert_eq!(sources.len(), files.len(), "{sources:?}");
    assert!(sources.iter().any(|s| s["source"] == source));
    desk.run("placement", &[source, "--accept", "1"]).expect(0);
    Some((desk, files.into_iter().map(PathBuf::from).collect()))
}

#[test]
fn one_changed_byte_of_a_source_a_tile_or_any_page_of_the_project_is_exit_4() {
    let Some((desk, sources)) = full_project("one_changed_byte_is_exit_4") else { return };
    let passed = desk.run("verify", &[]).expect(0);
    assert!(passed.out.contains(&desk.project));
    for source in &sources {
        let bytes = usize::try_from(std::fs::metadata(source).unwrap().len()).unwrap();
        flip_and_verify(&desk, source, bytes / 2);
    }
    let packs = files_below(&desk.path("district.lantu.d").join("packs"));
    assert!(packs.len() >= 4, "{packs:?}");
    // Each of them: what building again replaced is gone, so every file in the cache is one that is checked.
    for pack in &packs {
        let bytes = usize::try_from(std::fs::metadata(pack).unwrap().len()).unwrap();
        flip_and_verify(&desk, pack, bytes / 3);
    }
    // Every table, index and log row has its own pages: one byte in each is one in all of them.
    let project = PathBuf::from(&desk.project);
    let pages = usize::try_from(std::fs::metadata(&project).unwrap().len()).unwrap() / PAGE_BYTES;
    assert!(pages > 10, "{pages}");
    for page in 0..pages {
        flip_and_verify(&desk, &project, page * PAGE_BYTES + 100 + (page * 977) % (PAGE_BYTES - 200));
    }
    // First and last bytes of pages hold what rows do not.
    for at in [16, 27, 60, 99, PAGE_BYTES, pages * PAGE_BYTES - 1] {
        flip_and_verify(&desk, &project, at);
    }
    desk.run("verify", &[]).expect(0);
}

#[test]
fn a_source_or_cache_that_is_gone_is_noted_and_a_longer_or_shorter_project_file_is_exit_4() {
    let Some((desk, sources)) = full_project("gone_is_noted") else { return };
    let cranes = sources.iter().find(|s| s.ends_with("cranes.geojson")).unwrap();
    std::fs::rename(cranes, desk.path("elsewhere.geojson")).unwrap();
    let noted = desk.run("verify", &[]).expect(0);
    assert!(noted.out.contains("cranes.geojson"), "{noted:?}");
    std::fs::rename(desk.path("elsewhere.geojson"), cranes).unwrap();
    std::fs::rename(desk.path("district.lantu.d"), desk.path("elsewhere.d")).unwrap();
    desk.run("verify", &[]).expect(0);
    std::fs::rename(desk.path("elsewhere.d"), desk.path("district.lantu.d")).unwrap();

    let whole = std::fs::read(&desk.project).unwrap();
    let mut longer = whole.clone();
    longer.extend_from_slice(&[0; 100]);
    for (what, bytes) in
        [("longer", &longer[..]), ("half", &whole[..whole.len() / 2]), ("a page", &whole[..4096])]
    {
        std::fs::write(&desk.project, bytes).unwrap();
        let run = desk.run("verify", &[]);
        assert_eq!(run.code, 4, "{what}: {run:?}");
        assert!(run.text().contains(&desk.project), "{run:?}");
    }
    let absent = run(&["verify", text(&desk.path("absent.lantu"))]).expect(1);
    assert!(absent.err.contains("absent.lantu"));
}
