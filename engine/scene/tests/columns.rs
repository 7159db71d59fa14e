//! Columns in pages: what is written reads back, whatever the size of a page and the limit of the cache.
#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected stops there")]

use std::sync::Arc;

use glam::DVec3;
use lantu_base::{Bounds, CancelToken, ObjectRow, SourceId};
use lantu_scene::{
    ColumnWriter, Directory, MemoryPages, NewObject, ObjectKind, PageCache, PageStore, Relation,
    RelationKind, Scan, Scene, SceneSnapshot, Search, SourceColumns,
};
use proptest::prelude::*;

/// An object that tests can compare.
#[derive(Clone, Debug, PartialEq)]
struct Plain {
    id: String,
    class: String,
    name: String,
    parent: Option<u32>,
    at: f64,
    hidden: bool,
    stand_in: bool,
    color: Option<[u8; 4]>,
}

struct Written {
    columns: SourceColumns,
    store: Arc<MemoryPages>,
    cache: Arc<PageCache>,
}

fn write(objects: &[Plain], relations: &[Relation], page_rows: u32, limit_bytes: usize) -> Written {
    let store = Arc::new(MemoryPages::default());
    let mut w = ColumnWriter::with_page_rows(&*store, page_rows);
    for o in objects {
        let corner = DVec3::new(455_600.0 + o.at, 4_428_550.1, -o.at);
        w.push(NewObject {
            id: &o.id,
            class: &o.class,
            name: &o.name,
            kind: ObjectKind::Feature,
            parent: o.parent,
            bounds: Bounds::new(corner, corner + DVec3::splat(0.3)),
            area_m2: Some(o.at / 3.0),
            hidden: o.hidden,
            stand_in: o.stand_in,
            color: o.color,
            n_triangles: 7,
            ..NewObject::default()
        })
        .unwrap();
    }
    for r in relations {
        w.relate(*r);
    }
    let hash = w.finish().unwrap().write(&*store).unwrap();
    let directory = Arc::new(Directory::read(&*store, hash).unwrap());
    let cache = Arc::new(PageCache::new(limit_bytes));
    let pages: Arc<dyn PageStore> = Arc::clone(&store) as _;
    Written { columns: SourceColumns::new(directory, pages, Arc::clone(&cache)), store, cache }
}

fn scene(sources: &[(&str, &SourceColumns)]) -> Arc<SceneSnapshot> {
    let mut scene = Scene::default();
    for (name, columns) in sources {
        scene.put_source(SourceId::new(name), (*columns).clone());
    }
    scene.snapshot()
}

fn objects() -> impl Strategy<Value = Vec<Plain>> {
    let word = "[a-cA-C0-2墙外-]{0,7}";
    let one = (word, "[AB墙]", word, 0..6_u32, 0.0..50.0_f64, any::<[bool; 2]>(), any::<Option<[u8; 4]>>());
    prop::collection::vec(one, 0..120).prop_map(|all| {
        let of = |(i, (id, class, name, back, at, flags, color)): (u32, _)| {
            let parent = if back == 0 { None } else { u32::checked_sub(i, back) };
            let [hidden, stand_in]: [bool; 2] = flags;
            Plain { id, class, name, parent, at, hidden, stand_in, color }
        };
        (0..).zip(all).map(of).collect()
    })
}

proptest! {
    // Each case writes an index of 32 MiB.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_written_reads_back_whatever_the_page_and_the_cache(all in objects(), page in 1..40_u32, limit in 0..9000_usize) {
        let written = write(&all, &[], page, limit);
        let s = scene(&[("s", &written.columns)]);
        prop_assert_eq!(s.objects().count(), all.len());
        for (o, p) in s.objects().zip(&all) {
            let read = Plain {
                id: o.id().into(), class: o.class().into(), name: o.name().into(), parent: o.parent().map(|r| r.0),
                at: o.area_m2().unwrap() * 3.0, hidden: o.starts_hidden(),
                stand_in: written.columns.stand_ins().any(|n| n == o.number), color: o.color(),
            };
            prop_assert_eq!(o.bounds().min.x.to_bits(), (455_600.0 + p.at).to_bits());
            prop_assert_eq!(written.columns.starts_hidden(o.number), p.hidden);
            prop_assert_eq!(read, Plain { at: p.at / 3.0 * 3.0, ..p.clone() });
            let alone = s.object(o.row).unwrap();
            prop_assert_eq!(alone.id(), p.id.as_str());
        }
        prop_assert!(written.cache.bytes() <= limit);
        prop_assert_eq!(written.columns.directory().n_triangles(), 7 * all.len() as u64);
    }

    #[test]
    fn the_tree_of_pages_is_the_tree_of_parents(all in objects(), page in 1..40_u32, start in 0..9_u32, n in 0..9_u32) {
        let written = write(&all, &[], page, 20_000);
        let s = scene(&[("other", &written.columns), ("s", &written.columns)]);
        let first = u32::try_from(all.len()).unwrap();
        let parents: Vec<_> = all.iter().map(|o| o.parent).collect();
        let children = |of: Option<u32>| (0..first).filter(|&c| parents[c as usize] == of).collect::<Vec<_>>();
        let part = |list: Vec<u32>| list.into_iter().skip(start as usize).take(n as usize).map(|c| ObjectRow(first + c)).collect::<Vec<_>>();
        for row in 0..first {
            let own = children(Some(row));
            prop_assert_eq!(s.n_children(ObjectRow(first + row)) as usize, own.len());
            prop_assert_eq!(s.children(ObjectRow(first + row), start..start + n), part(own));
            let place = children(parents[row as usize]).iter().position(|&c| c == row).unwrap();
            prop_assert_eq!(written.columns.place_among_siblings(row).unwrap() as usize, place);
        }
        let roots = children(None);
        prop_assert_eq!(s.n_roots() as usize, 2 * roots.len());
        let skip = u32::try_from(roots.len()).unwrap();
        prop_assert_eq!(s.roots(skip + start..skip + start + n), part(roots));
    }

    #[test]
    fn a_search_finds_what_brute_force_finds_in_any_steps(all in objects(), page in 1..40_u32, needle in "[aB01墙外-]{0,5}", step in 1..9_usize) {
        let written = write(&all, &[], page, 20_000);
        let s = scene(&[("s", &written.columns), ("again", &written.columns)]);
        let wanted = needle.to_lowercase();
        let has = |t: &str| t.to_lowercase().contains(&wanted);
        let expected: Vec<ObjectRow> =
            s.objects().filter(|o| has(o.id()) || has(o.name()) || has(o.class())).map(|o| o.row).collect();
        let mut search = Search::new(Arc::clone(&s), &needle);
        let mut found = Vec::new();
        while !search.is_done() {
            let more = search.advance(step, &CancelToken::default()).unwrap();
            prop_assert!(more.len() == step || search.is_done());
            found.extend(more);
        }
        prop_assert_eq!(found, expected);
        prop_assert_eq!(search.progress().0, search.progress().1);
    }

    #[test]
    fn an_id_finds_all_objects_that_have_it(all in objects(), page in 1..40_u32) {
        let written = write(&all, &[], page, 20_000);
        for o in all.iter().filter(|o| !o.id.is_empty()) {
            let same: Vec<u32> = (0..).zip(&all).filter(|(_, p)| p.id == o.id).map(|(n, _)| n).collect();
            prop_assert_eq!(written.columns.find(&o.id), same);
        }
        prop_assert!(written.columns.find("nobody is called that").is_empty());
    }
}

fn plain(id: &str, parent: Option<u32>) -> Plain {
    Plain {
        id: id.into(),
        class: "A".into(),
        name: String::new(),
        parent,
        at: 1.0,
        hidden: false,
        stand_in: false,
        color: None,
    }
}

#[test]
fn a_subtree_is_everything_below_in_row_order() {
    let all = [None, Some(0), Some(0), Some(1), None, Some(3), Some(2)];
    let all: Vec<Plain> = all.into_iter().map(|p| plain("x", p)).collect();
    let s = write(&all, &[], 2, 10_000);
    assert_eq!(s.columns.subtree(0), [0, 1, 2, 3, 5, 6]);
    assert_eq!(s.columns.subtree(4), [4]);
}

#[test]
fn a_relation_is_found_from_both_ends_and_one_that_names_nobody_is_dropped() {
    let all: Vec<Plain> = ["wall", "opening", "door", "window"].map(|id| plain(id, None)).to_vec();
    let of = |kind, from, to| Relation { kind, from, to };
    let relations =
        [of(RelationKind::Voids, 0, 1), of(RelationKind::Fills, 1, 2), of(RelationKind::Voids, 0, 9)];
    let s = write(&all, &relations, 2, 10_000);
    assert_eq!(s.columns.related(0, RelationKind::Voids), [1]);
    assert_eq!(s.columns.related(1, RelationKind::Voids), [0]);
    assert_eq!(s.columns.related(1, RelationKind::Fills), [2]);
    assert!(s.columns.related(3, RelationKind::Connects).is_empty());
}

#[test]
fn an_object_on_a_page_that_is_gone_stays_and_says_so() {
    let all: Vec<Plain> = (0..10).map(|i| plain(&format!("id{i}"), None)).collect();
    let w = write(&all, &[], 4, 0);
    let s = scene(&[("s", &w.columns)]);
    let pages = w.columns.directory().page_hashes();
    // Place and text of the second page.
    w.store.remove(pages[2]);
    w.store.replace(pages[3], b"LCT1 something else".to_vec());
    assert_eq!(s.objects().count(), 10, "nothing vanishes");
    let o = s.object(ObjectRow(5)).unwrap();
    assert_eq!((o.id(), o.unreadable()), ("", Some("scene.page_missing")));
    assert_eq!(o.diagnostics(), ["scene.page_missing"]);
    assert_eq!(s.object(ObjectRow(3)).unwrap().unreadable(), None);
    assert_eq!(s.in_box(&s.bounds()).len(), 6, "what can be read is found");
    assert_eq!(s.roots(0..10).len(), 6);
    let problems = w.cache.problems();
    assert_eq!(problems[0].place, "objects 4 to 7");
    assert_eq!(problems.len(), 2, "{problems:?}");
}

#[test]
fn a_directory_that_was_changed_anywhere_is_refused_or_the_same() {
    let all: Vec<Plain> = (0..40).map(|i| plain(&format!("id{i}"), (i > 0).then_some(0))).collect();
    let w = write(&all, &[], 8, 1000);
    let hash = w.columns.directory().write(&*w.store).unwrap();
    let bytes = w.store.read_page(hash).unwrap();
    for at in 0..bytes.len() {
        let mut other = bytes.clone();
        other[at] ^= 1;
        w.store.replace(hash, other);
        if let Ok(d) = Directory::read(&*w.store, hash) {
            assert_eq!(&d, &**w.columns.directory(), "byte {at}");
        }
    }
}

#[test]
fn a_search_that_is_stopped_says_so_and_a_scan_takes_up_where_it_was() {
    let all: Vec<Plain> = (0..50).map(|i| plain(&format!("id{i}"), None)).collect();
    let w = write(&all, &[], 8, 1000);
    let s = scene(&[("s", &w.columns)]);
    let cancel = CancelToken::default();
    cancel.cancel();
    assert!(Search::new(Arc::clone(&s), "id").advance(1, &cancel).is_err());
    let mut scan = Scan::new(s);
    let mut seen = Vec::new();
    while !scan.is_done() {
        let odd = scan.advance(3, 11, &CancelToken::default(), &mut |o| o.row.0 % 2 == 1).unwrap();
        assert!(odd.len() <= 3);
        seen.extend(odd.into_iter().map(|r| r.0));
    }
    assert_eq!(seen, (0..50).filter(|r| r % 2 == 1).collect::<Vec<_>>());
    assert_eq!(scan.progress(), (50, 50));
}

#[test]
fn other_places_leave_texts_and_tree_as_they_are() {
    let all: Vec<Plain> = (0..20).map(|i| plain(&format!("id{i}"), (i > 4).then_some(1))).collect();
    let w = write(&all, &[], 8, 10_000);
    let moved = w.columns.with_places(&mut |first, page| {
        for (at, b) in page.bounds.iter_mut().enumerate() {
            *b = Bounds::new(DVec3::splat(f64::from(first)), DVec3::splat(100.0 + at as f64));
        }
        page.n_triangles.fill(1);
        page.set_color(0, [1, 2, 3, 4]);
    });
    let moved = moved.unwrap();
    assert_eq!(moved.directory().n_triangles(), 20);
    assert!((moved.directory().bounds().max.x - 107.0).abs() < 1e-9);
    assert_eq!(moved.find("id7"), [7]);
    assert_eq!(moved.n_children(1), 15);
    let s = scene(&[("s", &moved)]);
    assert_eq!(s.object(ObjectRow(8)).unwrap().color(), Some([1, 2, 3, 4]));
    assert_eq!(s.object(ObjectRow(9)).unwrap().color(), None);
}
