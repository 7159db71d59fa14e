//! A project opens without reading its objects, and what its cache has lost is named.
#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected stops there")]

use std::path::Path;

use lantu_base::{CancelToken, ObjectRow, ProjectFrame, UtcNanos};
use lantu_ingest::{
    Batch, Begin, Georeference, ObjectDetail, ObjectKind, ObjectRecord, PropertyKind, PropertyRecord,
    PropertyValue,
};
use lantu_overlay::ObjectTable;
use lantu_scene::{Expr, Scan};
use lantu_session::{Access, ObjectQuery, SceneTable, Session, SessionOptions, WorkerCommand};

/// Objects of the source: three pages.
const N: u32 = 10_000;

fn options() -> SessionOptions {
    SessionOptions {
        worker: WorkerCommand { program: "nobody".into(), args: Vec::new() },
        user: "test".into(),
        clock: || UtcNanos(0),
        threads: 1,
        memory_bytes: None,
        deadline_s: 60,
        cancel: CancelToken::default(),
    }
}

fn object(n: u32) -> ObjectRecord {
    let (x, y) = (455_000.0 + f64::from(n % 100), 4_428_000.0 + f64::from(n / 100));
    let class = if n == 0 { "site" } else { "tree" };
    ObjectRecord {
        name: format!("国槐 {n}"),
        parent: (n > 0).then_some(0),
        bbox: Some([x, y, 0.0, x + 0.5, y + 0.5, 6.0]),
        hidden: n == 7,
        stand_in: n == 9,
        ..ObjectRecord::new(ObjectKind::Feature, class, format!("id-{n}"))
    }
}

fn property(object: u32) -> PropertyRecord {
    PropertyRecord {
        object,
        set: "tree".into(),
        name: "height".into(),
        value: PropertyValue::Int(i64::from(object % 20)),
        unit: Some("m".into()),
        kind: PropertyKind::Property,
        inherited: false,
    }
}

/// A project with one source that no file can make again.
fn project(folder: &Path) -> std::path::PathBuf {
    let path = folder.join("p.lantu");
    let recipe = folder.join("recipe.txt");
    std::fs::write(&recipe, "10 000 trees").unwrap();
    let frame = ProjectFrame {
        crs: "EPSG:4548".into(),
        height_crs: None,
        meters_per_unit: 1.0,
        time_zone: "Asia/Shanghai".into(),
    };
    let mut session = Session::create(&path, "trees", frame, options()).unwrap();
    let begin =
        Begin { georeference: Georeference::Coordinates, importer: "city".into(), ..Begin::default() };
    let detail = ObjectDetail { object: 3, type_name: Some("Sophora".into()), ..ObjectDetail::default() };
    let mut batches = vec![
        Batch::Begin(begin),
        Batch::Objects((0..N).map(object).collect()),
        Batch::Details(vec![detail]),
        Batch::Properties((0..N).map(property).collect()),
    ]
    .into_iter();
    session.write_source("trees", &recipe, &mut batches).unwrap();
    session.close().unwrap();
    std::fs::write(&recipe, "something else").unwrap();
    path
}

fn open(path: &Path) -> Session {
    Session::open(path, Access::Read, options()).unwrap()
}

/// The packs of one kind, by their numbers.
fn packs(session: &Session, kind: &str) -> Vec<String> {
    let mut all: Vec<_> =
        session.project().packs("trees").unwrap().into_iter().filter(|p| p.kind == kind).collect();
    all.sort_by_key(|p| p.key.parse::<u32>().unwrap_or(0));
    all.into_iter().map(|p| p.hash).collect()
}

fn file_of(path: &Path, hash: &str) -> std::path::PathBuf {
    lantu_session::pack_root(path).join(&hash[..2]).join(&hash[2..4]).join(format!("{hash}.pack"))
}

#[test]
fn opening_reads_no_page_of_objects() {
    let folder = tempfile::tempdir().unwrap();
    let path = project(folder.path());
    let session = open(&path);
    let scene = session.scene();
    assert_eq!(scene.n_rows(), N);
    assert!((scene.bounds().size().x - 99.5).abs() < 1e-9);
    assert_eq!(scene.sources()[0].objects.hidden().collect::<Vec<_>>(), [7]);
    assert_eq!(session.info().unwrap()["n_objects"], N);
    assert_eq!(session.column_cache().n_loads(), 0);
    assert_eq!(scene.object(ObjectRow(9_999)).unwrap().name(), "国槐 9999");
    assert_eq!(session.column_cache().n_loads(), 1);
}

#[test]
fn objects_properties_and_filters_read_the_same_from_pages() {
    let folder = tempfile::tempdir().unwrap();
    let session = open(&project(folder.path()));
    session.column_cache().set_limit(1 << 20);
    let tall = Expr::parse("height = 19 and name ~ '国槐 1'").unwrap();
    let rows = session.objects(&ObjectQuery { filter: Some(tall), ..ObjectQuery::default() }).unwrap();
    let expected: Vec<String> = (0..N)
        .filter(|n| n % 20 == 19 && n.to_string().starts_with('1'))
        .map(|n| format!("id-{n}"))
        .collect();
    assert_eq!(rows.iter().map(|r| r.id.clone()).collect::<Vec<_>>(), expected);
    assert_eq!(rows[0].parent.as_deref(), Some("id-0"));
    let row = session.resolve_one("trees:id-3").unwrap();
    let details = session.properties(row).unwrap().details.unwrap();
    assert_eq!(
        (details.type_name.as_deref(), &details.properties["tree"]["height"]),
        (Some("Sophora"), &3.into())
    );
    let table = SceneTable::new(&session);
    assert_eq!(table.number(ObjectRow(39), "tree.height"), Some(19.0));
    let filter = Expr::parse("height = 19").unwrap();
    let mut scan = Scan::new(session.scene());
    let first = scan.advance(3, N, &CancelToken::default(), &mut |o| table.passes(o, &filter)).unwrap();
    assert_eq!(first, [19, 39, 59].map(ObjectRow));
    let next = scan.advance(1, N, &CancelToken::default(), &mut |o| table.passes(o, &filter)).unwrap();
    assert_eq!(next, [ObjectRow(79)]);
    assert_eq!(table.rows_of_class(&|c| c == "site"), [ObjectRow(0)]);
}

#[test]
fn a_page_that_goes_while_the_project_is_open_leaves_its_objects_named_as_unreadable() {
    let folder = tempfile::tempdir().unwrap();
    let path = project(folder.path());
    let session = open(&path);
    // Places and texts of the second page of objects, and a page of properties.
    let pages = packs(&session, "object-pages");
    std::fs::remove_file(file_of(&path, &pages[2])).unwrap();
    std::fs::write(file_of(&path, &pages[3]), b"not what was written").unwrap();
    std::fs::remove_file(file_of(&path, &packs(&session, "detail-pages")[0])).unwrap();
    let rows = session.objects(&ObjectQuery::default()).unwrap();
    assert_eq!(rows.len(), N as usize);
    assert_eq!(rows[5000].diagnostics, ["scene.page_missing"]);
    assert!(rows[0].diagnostics.is_empty() && rows[9000].diagnostics.is_empty());
    let known = session.properties(ObjectRow(3)).unwrap();
    assert_eq!((known.id.as_str(), known.diagnostics), ("id-3", vec!["scene.page_missing".to_owned()]));
    let mut codes: Vec<_> =
        session.column_cache().problems().into_iter().map(|d| d.code.0.into_owned()).collect();
    codes.sort();
    assert_eq!(codes, ["scene.page_damaged", "scene.page_missing", "scene.page_missing"]);
}

#[test]
fn a_source_with_gaps_that_no_file_can_fill_is_shown_as_far_as_it_goes() {
    let folder = tempfile::tempdir().unwrap();
    let path = project(folder.path());
    let gone = packs(&open(&path), "object-pages")[0].clone();
    std::fs::remove_file(file_of(&path, &gone)).unwrap();
    let session = open(&path);
    assert!(session.is_incomplete());
    assert_eq!(session.notes.diagnostics[0].code.0, "session.cache_incomplete");
    let scene = session.scene();
    assert_eq!(scene.n_rows(), N);
    assert_eq!(scene.object(ObjectRow(9_000)).unwrap().id(), "id-9000");
    assert_eq!(scene.object(ObjectRow(1)).unwrap().unreadable(), Some("scene.page_missing"));
}

#[test]
fn columns_of_another_version_are_not_taken_for_these() {
    let folder = tempfile::tempdir().unwrap();
    let path = project(folder.path());
    let directory = packs(&open(&path), "objects")[0].clone();
    std::fs::write(file_of(&path, &directory), b"LSC1 an older layout").unwrap();
    let session = open(&path);
    assert!(session.is_incomplete());
    assert_eq!(session.notes.diagnostics[0].code.0, "session.source_absent");
    // What no importer reads says who makes it again, and no importer is asked.
    assert!(session.notes.diagnostics[0].message.contains("lantu bench city"));
    assert_eq!(session.scene().n_rows(), 0);
}
