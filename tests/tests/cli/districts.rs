//! Small districts for tests of what goes wrong: a generated city, layers of buildings, and their packs.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use lantu_base::{CancelToken, UtcNanos};
use lantu_session::{Access, Session, SessionOptions, WorkerCommand, pack_root};
use tempfile::TempDir;

use crate::lantu::{Desk, Run, binary, run, text};
use crate::snapshot::n_different;

/// Pixels of all pictures here. Chosen: a picture costs little, and a building is still larger than rounding.
const SIZE: &str = "320x200";

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let (from, to) = {
            let e = entry.unwrap();
            (e.path(), to.join(e.file_name()))
        };
        if from.is_dir() {
            copy_folder(&from, &to);
        } else {
            std::fs::copy(&from, &to).unwrap();
        }
    }
}

/// A district of 2000 objects in several levels of tiles; generated once, copied for each test.
pub(crate) fn city() -> Desk {
    static MADE: OnceLock<TempDir> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        run(&["bench", "city", "--objects", "2000", "--out", text(dir.path())]).expect(0);
        dir
    });
    let dir = tempfile::tempdir().unwrap();
    copy_folder(made.path(), dir.path());
    let project = text(&dir.path().join("city.lantu")).to_owned();
    Desk { dir, project }
}

/// A layer of `n` outlines with `n_corners` each, side by side in the CRS of [`quarters`], `row` rows north.
pub(crate) fn layer(row: usize, n: usize, n_corners: usize) -> String {
    let mut features = Vec::new();
    for ix in 0..n {
        let (x, y) = (500_000.0 + ix as f64 * 40.0, 4_400_000.0 + row as f64 * 60.0);
        let mut ring = String::new();
        for corner in 0..=n_corners {
            // The last corner closes the ring.
            let turn = (corner % n_corners) as f64 / n_corners as f64 * std::f64::consts::TAU;
            // Outlines without a simple law, as surveyed ones are: they do not compress to nothing.
            let reach = 12.0 + ((corner % n_corners * 7919 + ix * 104_729) % 1000) as f64 / 1000.0;
            let separator = if corner == 0 { "" } else { "," };
            write!(ring, "{separator}[{},{}]", x + reach * turn.cos(), y + reach * turn.sin()).unwrap();
        }
        features.push(format!(
            r#"{{"type":"Feature","properties":{{"id":"{row}-{ix}"}},"geometry":{{"type":"Polygon","coordinates":[[{ring}]]}}}}"#
        ));
    }
    format!(
        r#"{{"type":"FeatureCollection","crs":{{"type":"name","properties":{{"name":"urn:ogc:def:crs:EPSG::4548"}}}},"features":[{}]}}"#,
        features.join(",")
    )
}

/// Outlines of one layer of [`quarters`].
pub(crate) const N_IN_LAYER: usize = 12;

/// A project without sources and `n` layers beside it, named `layer0` and so on.
pub(crate) fn quarters(n: usize) -> (Desk, Vec<String>) {
    let desk = Desk::new("EPSG:4548");
    let file = |row: usize| desk.write(&format!("layer{row}.geojson"), layer(row, N_IN_LAYER, 40).as_bytes());
    let files = (0..n).map(file).collect();
    (desk, files)
}

/// A session in this process, beside the programs that a test runs.
pub(crate) fn session(desk: &Desk, access: Access) -> Session {
    let options = SessionOptions {
        worker: WorkerCommand { program: binary().to_owned(), args: vec!["import-worker".to_owned()] },
        user: "tester".to_owned(),
        clock: || UtcNanos(1_800_000_000_000_000_000),
        threads: 1,
        memory_bytes: None,
        deadline_s: 60,
        cancel: CancelToken::default(),
    };
    Session::open(Path::new(&desk.project), access, options).unwrap()
}

/// A pack of a project.
#[derive(Clone, Debug)]
pub(crate) struct Pack {
    pub(crate) hash: String,
    pub(crate) path: PathBuf,
}

/// Packs of one kind of a source, in the order of their numbers: of tiles, the coarsest first.
pub(crate) fn packs(desk: &Desk, source: &str, kind: &str) -> Vec<Pack> {
    let session = session(desk, Access::Read);
    let mut found: Vec<_> = session.project().packs(source).unwrap();
    found.retain(|p| p.kind == kind);
    found.sort_by_key(|p| p.key.parse().unwrap_or(0_u32));
    session.close().unwrap();
    assert!(!found.is_empty(), "{source} has no {kind}");
    let root = pack_root(Path::new(&desk.project));
    let path = |h: &str| root.join(&h[..2]).join(&h[2..4]).join(format!("{h}.pack"));
    found.into_iter().map(|p| Pack { path: path(&p.hash), hash: p.hash }).collect()
}

/// Every file below the cache folder.
pub(crate) fn cache_files(desk: &Desk) -> Vec<PathBuf> {
    fn walk(folder: &Path, out: &mut Vec<PathBuf>) {
        // A folder that is not there yet has no files.
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() { walk(&path, out) } else { out.push(path) }
        }
    }
    let mut out = Vec::new();
    walk(&pack_root(Path::new(&desk.project)), &mut out);
    out
}

/// Takes a picture of everything; the run and the file.
pub(crate) fn shoot(desk: &Desk, name: &str, code: i32, more: &[&str]) -> (Run, PathBuf) {
    let out = desk.path(name);
    let mut args = vec!["--out", text(&out), "--size", SIZE];
    args.extend(more);
    (desk.run("snapshot", &args).expect(code), out)
}

/// Pixels that show something: those that hiding these sources changes.
pub(crate) fn n_shown(desk: &Desk, picture: &Path, empty: &Path) -> usize {
    let n = n_different(picture, empty);
    assert!(n > 0, "{} shows nothing", desk.project);
    n
}
