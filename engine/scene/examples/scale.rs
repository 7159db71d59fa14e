//! What columns in pages cost at 10⁵, 10⁶ and 10⁷ objects: CPU time of the process, and bytes.
//!
//! `cargo run --release -p lantu-scene --example scale -- [OBJECTS…] [--rows ROWS_PER_PAGE] [--limit CACHE_MIB]`
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a measurement that prints, and stops at the first surprise"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use glam::DVec3;
use lantu_base::{Bounds, CancelToken, ObjectRow, SourceId};
use lantu_scene::{
    ColumnWriter, Directory, NewObject, ObjectKind, PAGE_ROWS, PageCache, PageError, PageHash, PageStore,
    Scene, SceneSnapshot, Search, SourceColumns,
};
use sha2::{Digest, Sha256};

/// Objects of one city block: a building, its storeys, their elements; then trees and pipes.
const BLOCK: u32 = 512;

/// Pages as files, named and checked by SHA-256, as the product keeps them.
struct Folder(PathBuf);

impl Folder {
    fn path(&self, page: PageHash) -> PathBuf {
        let name = page.to_string();
        self.0.join(name.get(..2).unwrap()).join(name)
    }

    fn bytes(&self) -> (u64, u64) {
        let files =
            std::fs::read_dir(&self.0).unwrap().flat_map(|d| std::fs::read_dir(d.unwrap().path()).unwrap());
        files.fold((0, 0), |(n, sum), f| (n + 1, sum + f.unwrap().metadata().unwrap().len()))
    }
}

impl PageStore for Folder {
    fn read_page(&self, page: PageHash) -> Result<Vec<u8>, PageError> {
        let bytes = std::fs::read(self.path(page)).map_err(|_e| PageError::Missing(page))?;
        let hash: [u8; 32] = Sha256::digest(&bytes).into();
        if hash == page.0 { Ok(bytes) } else { Err(PageError::Damaged("its name does not match")) }
    }

    fn write_page(&self, bytes: &[u8]) -> Result<PageHash, PageError> {
        let page = PageHash(Sha256::digest(bytes).into());
        let path = self.path(page);
        std::fs::create_dir_all(path.parent().unwrap()).map_err(PageError::Io)?;
        std::fs::write(path, bytes).map_err(PageError::Io)?;
        Ok(page)
    }
}

/// Numbers that look random and are the same every time.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// 22 characters, as a `GlobalId` has.
    fn global_id(&mut self, out: &mut String) {
        const DIGITS: &[u8; 64] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_$";
        out.clear();
        for _ in 0..22 {
            out.push(char::from(*DIGITS.get((self.next() & 63) as usize).unwrap()));
        }
    }
}

fn seconds() -> f64 {
    let t = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    t.tv_sec as f64 + t.tv_nsec as f64 * 1e-9
}

fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmHWM"));
    line.and_then(|l| l.split_whitespace().nth(1)).and_then(|n| n.parse::<u64>().ok()).unwrap_or(0) >> 10
}

fn measured<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = seconds();
    let out = work();
    println!("  {what:<44} {:>10.2} ms CPU", (seconds() - start) * 1e3);
    out
}

/// One object after the other, block by block.
fn write(store: &dyn PageStore, n: u32, rows: u32) -> Directory {
    const CLASSES: [&str; 6] = ["IfcWall", "IfcSlab", "IfcWindow", "IfcDoor", "IfcColumn", "IfcBeam"];
    const NAMES: [&str; 6] =
        ["外墙 240 砖", "楼板 C30", "窗 1500x1800", "Door single 0915", "柱 600x600", "Beam HN400"];
    let mut w = ColumnWriter::with_page_rows(store, rows);
    let mut random = Random(1);
    let (mut id, mut name) = (String::new(), String::new());
    let blocks_wide = f64::from(n / BLOCK + 1).sqrt().ceil() as u32;
    let (mut building, mut storey) = (0, 0);
    for i in 0..n {
        let (block, at) = (i / BLOCK, i % BLOCK);
        let (bx, by) = (f64::from(block % blocks_wide) * 60.0, f64::from(block / blocks_wide) * 60.0);
        let corner = DVec3::new(455_000.0 + bx, 4_428_000.0 + by, 0.0);
        let place = DVec3::new(random.unit() * 40.0, random.unit() * 40.0, f64::from(at / 32) * 3.0);
        let bounds = Bounds::new(corner + place, corner + place + DVec3::new(4.0, 0.3, 3.0));
        random.global_id(&mut id);
        name.clear();
        let kind = (random.next() % 6) as usize;
        let mut o =
            NewObject { n_triangles: 12, color: Some([200, 200, 190, 255]), bounds, ..NewObject::default() };
        if at == 0 {
            o = NewObject { class: "IfcBuilding", bounds: Bounds::EMPTY, ..o };
            write!(name, "{block}号楼").unwrap();
        } else if at < 480 && at % 32 == 1 {
            o = NewObject { class: "IfcBuildingStorey", parent: Some(building), bounds: Bounds::EMPTY, ..o };
            write!(name, "{}F", at / 32 + 1).unwrap();
        } else if at < 480 {
            o = NewObject { class: CLASSES.get(kind).unwrap(), parent: Some(storey), ..o };
            write!(name, "{}:{}", NAMES.get(kind).unwrap(), 100_000 + random.next() % 900_000).unwrap();
        } else {
            o = NewObject { class: "trees", kind: ObjectKind::Feature, ..o };
            id.clear();
            write!(id, "tree.{i}").unwrap();
            name.push_str("国槐");
        }
        let number = w.push(NewObject { id: &id, name: &name, ..o }).unwrap();
        if at == 0 {
            building = number;
        } else if at % 32 == 1 {
            storey = number;
        }
    }
    w.finish().unwrap()
}

fn search(scene: &Arc<SceneSnapshot>, cache: &PageCache, text: &str) {
    let limit = cache.limit();
    cache.set_limit(0);
    cache.set_limit(limit);
    let mut found = 0;
    measured(&format!("search {text:?}, cold, first 100"), || {
        let mut s = Search::new(Arc::clone(scene), text);
        found = s.advance(100, &CancelToken::default()).unwrap().len();
    });
    println!("      {found} hits");
}

fn run(n: u32, rows: u32, limit_mib: usize, folder: &Path) {
    println!("{n} objects, {rows} a page, cache of {limit_mib} MiB");
    let store = Arc::new(Folder(folder.to_owned()));
    let hash = measured("write", || write(&*store, n, rows).write(&*store).unwrap());
    let (files, bytes) = store.bytes();
    println!(
        "  {files} pages, {:.1} bytes an object, peak memory {} MiB",
        bytes as f64 / f64::from(n),
        peak_mib()
    );
    let cache = Arc::new(PageCache::new(limit_mib << 20));
    let scene = measured("open: directory, snapshot, index", || {
        let directory = Arc::new(Directory::read(&*store, hash).unwrap());
        let columns = SourceColumns::new(directory, Arc::<Folder>::clone(&store), Arc::clone(&cache));
        let mut scene = Scene::default();
        scene.put_source(SourceId::new("city"), columns);
        let s = scene.snapshot();
        assert_eq!(s.in_box(&Bounds::from_array([0., 0., 0., 1., 1., 1.])).len(), 0);
        s
    });
    let middle = scene.bounds().center();
    let near = |r: f64| Bounds::new(middle - DVec3::splat(r), middle + DVec3::splat(r));
    let n_hits = measured("box of 100 m, cold", || scene.in_box(&near(50.0)).len());
    measured("box of 100 m, warm", || scene.in_box(&near(50.0)).len());
    println!("      {n_hits} hits");
    let eye = DVec3::new(scene.bounds().min.x, middle.y, 4.0);
    let n_hits = measured("ray through the district, cold", || scene.on_ray(eye, DVec3::X).len());
    println!("      {n_hits} hits");
    measured("first 50 roots and 50 of the middle", || {
        scene.roots(0..50).len() + scene.roots(scene.n_roots() / 2..scene.n_roots() / 2 + 50).len()
    });
    measured("children of a building in the middle", || {
        scene.children(ObjectRow(n / 2 / BLOCK * BLOCK), 0..50).len()
    });
    let o = scene.object(ObjectRow(n / 3)).unwrap();
    let (id, name) = (o.id().to_owned(), o.name().to_owned());
    measured("resolve one id, cold", || assert_eq!(scene.resolve(&id), [ObjectRow(n / 3)]));
    for text in [
        id.as_str(),
        id.get(5..12).unwrap(),
        name.as_str(),
        "外墙",
        "墙 24",
        "zq",
        "no such name",
        "17号楼",
        "ifcdoor",
    ] {
        search(&scene, &cache, text);
    }
    measured("every object's class and bounds", || {
        scene.objects().filter(|o| o.class() == "IfcWall" && o.bounds().max.z > 10.0).count()
    });
    println!(
        "  cache {:.1} MiB, {} pages read, peak memory {} MiB",
        cache.bytes() as f64 / 1048576.0,
        cache.n_loads(),
        peak_mib()
    );
}

fn main() {
    let (mut sizes, mut rows, mut limit) = (Vec::new(), PAGE_ROWS, 64);
    let mut args = std::env::args().skip(1);
    while let Some(a) = args.next() {
        match a.as_str() {
            "--rows" => rows = args.next().unwrap().parse().unwrap(),
            "--limit" => limit = args.next().unwrap().parse().unwrap(),
            n => sizes.push(n.parse().unwrap()),
        }
    }
    if sizes.is_empty() {
        sizes = vec![100_000, 1_000_000, 10_000_000];
    }
    for n in sizes {
        let folder = tempfile::tempdir().unwrap();
        run(n, rows, limit, folder.path());
    }
}
