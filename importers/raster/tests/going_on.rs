//! A first look at a raster while its import goes on, and imports that were ended and go on where they stopped.

#![expect(clippy::unwrap_used, reason = "functions that tests share")]

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gdal::DriverManager;
use gdal::raster::Buffer;
use gdal::spatial_ref::SpatialRef;
use lantu_base::{RasterGrid, TileCoord};
use lantu_ingest::{Batch, ImportError, ImportSink, Importer, RasterPreview, Resume};
use lantu_raster::RasterImporter;
use lantu_tiles::io::{DirPackStore, PackStore};
use lantu_tiles::{KeptTiles, PackHash, TileGroup, TileJournal};
use support::{Tile, job};

const UTM: &str = "EPSG:32650";

/// An orthophoto in blocks, red in the west and green in the north, which the preview must show.
fn write(path: &Path, [w, h]: [usize; 2], overviews: bool) {
    let driver = DriverManager::get_driver_by_name("GTiff").unwrap();
    let options = ["TILED=YES", "COMPRESS=DEFLATE", "ZLEVEL=1"].into_iter().collect();
    let mut file = driver.create_with_band_type_with_options::<u8, _>(path, w, h, 3, &options).unwrap();
    file.set_spatial_ref(&SpatialRef::from_epsg(32650).unwrap()).unwrap();
    file.set_geo_transform(&[500_000.0, 0.5, 0.0, 4_400_000.0, 0.0, -0.5]).unwrap();
    for band in 1..=3 {
        let value = |x: usize, y: usize| match band {
            1 if x < w / 2 => 200,
            2 if y < h / 2 => 200,
            _ => 20,
        };
        let values = (0..w * h).map(|i| value(i % w, i / w)).collect();
        file.rasterband(band).unwrap().write((0, 0), (w, h), &mut Buffer::new((w, h), values)).unwrap();
    }
    if overviews {
        file.build_overviews("NEAREST", &[2, 4, 8], &[]).unwrap();
    }
    file.close().unwrap();
}

fn file() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tif");
    (folder, path)
}

/// Keeps what a session keeps, and stops after some groups of tiles.
struct Kept {
    store: DirPackStore,
    journal: PathBuf,
    open: Option<TileJournal>,
    grid: Option<RasterGrid>,
    tiles: BTreeMap<TileCoord, PackHash>,
    previews: Vec<RasterPreview>,
    n_groups: usize,
    /// Groups with tiles of the finest level: what was decoded.
    n_decoded: usize,
    stop_after: usize,
}

impl Kept {
    fn new(folder: &Path, stop_after: usize) -> Self {
        Self {
            store: DirPackStore::new(folder.join("packs")),
            journal: folder.join("a.tiles"),
            open: None,
            grid: None,
            tiles: BTreeMap::new(),
            previews: Vec::new(),
            n_groups: 0,
            n_decoded: 0,
            stop_after,
        }
    }
}

impl ImportSink for Kept {
    fn send(&mut self, batch: Batch) -> Result<(), ImportError> {
        match batch {
            Batch::RasterBegin(begin) => {
                let known = KeptTiles::read(&self.journal).filter(|k| k.grid == begin.grid);
                let known = known.unwrap_or(KeptTiles { grid: begin.grid.clone(), groups: Vec::new() });
                self.tiles = known.groups.iter().flatten().copied().collect();
                self.open = Some(TileJournal::start(&self.journal, &known).unwrap());
                self.grid = Some(begin.grid);
            }
            Batch::RasterPreview(preview) => {
                assert_eq!(self.n_groups, 0, "the look comes first");
                self.previews.push(preview);
            }
            Batch::RasterTiles(tiles) => {
                self.n_groups += 1;
                if self.n_groups > self.stop_after {
                    return Err(ImportError::Cancelled(lantu_base::Cancelled));
                }
                self.n_decoded += usize::from(tiles.iter().any(|t| t.coord.level == 0));
                let put = |t: lantu_ingest::RasterTile| (t.coord, self.store.write(&t.pack).unwrap());
                let group: TileGroup = tiles.into_iter().map(put).collect();
                self.tiles.extend(group.iter().copied());
                self.open.as_mut().unwrap().push(&group).unwrap();
            }
            _ => {}
        }
        Ok(())
    }
}

/// Color of a preview at a share of its width and height.
fn color(preview: &RasterPreview, x: f64, y: f64) -> [u8; 4] {
    let [w, h] = preview.grid.size_px.map(f64::from);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "places of these tests")]
    let [col, row] = [(x * w) as usize, (y * h) as usize];
    let [tile_col, tile_row] = [col / 256, row / 256].map(|n| u32::try_from(n).unwrap());
    let coord = TileCoord { level: 0, col: tile_col, row: tile_row };
    let tile = preview.tiles.iter().map(Tile::of).find(|t| t.coord == coord).unwrap();
    tile.pixels.as_chunks::<4>().0.get((row % 256) * 256 + col % 256).copied().unwrap()
}

#[test]
fn a_first_look_comes_before_all_tiles_from_overviews_or_from_a_sample_that_says_so() {
    for (overviews, crs) in [(true, UTM), (false, UTM), (true, "EPSG:32651"), (false, "EPSG:32651")] {
        let (folder, path) = file();
        write(&path, [5000, 4300], overviews);
        let mut kept = Kept::new(folder.path(), 2);
        assert!(RasterImporter.import(&job(&path, Some(crs)), &mut kept).is_err());
        let [look] = kept.previews.as_slice() else { panic!("one look") };
        assert_eq!(look.sampled_share.is_none(), overviews, "{crs}");
        assert!(look.sampled_share.is_none_or(|s| s > 0.0 && s <= 1.0));
        assert!(look.grid.size_px.iter().all(|n| *n <= 1024) && look.grid.size_px.iter().any(|n| *n > 512));
        let grid = kept.grid.unwrap();
        assert_eq!(look.grid.west_north.map(f64::to_bits), grid.west_north.map(f64::to_bits));
        if crs == UTM {
            for (x, y, red, green) in
                [(0.2, 0.2, 200, 200), (0.8, 0.2, 20, 200), (0.2, 0.8, 200, 20), (0.8, 0.8, 20, 20)]
            {
                assert_eq!(color(look, x, y), [red, green, 20, 255], "{x} {y}, overviews {overviews}");
            }
        } else {
            // Turned by some degrees: the middle of each quarter is still in its quarter.
            assert_eq!(color(look, 0.35, 0.4)[3], 255);
            assert_eq!([color(look, 0.35, 0.4)[0], color(look, 0.65, 0.6)[0]], [200, 20]);
        }
    }
}

#[test]
fn a_small_raster_needs_no_first_look() {
    let (folder, path) = file();
    write(&path, [900, 700], false);
    let mut kept = Kept::new(folder.path(), usize::MAX);
    RasterImporter.import(&job(&path, Some(UTM)), &mut kept).unwrap();
    assert!(kept.previews.is_empty());
}

#[test]
fn an_ended_import_goes_on_where_it_stopped_and_comes_to_the_same_tiles() {
    let (folder, path) = file();
    write(&path, [5000, 4300], false);
    let whole_at = folder.path().join("whole");
    let mut whole = Kept::new(&whole_at, usize::MAX);
    RasterImporter.import(&job(&path, Some(UTM)), &mut whole).unwrap();
    for n_done in [1, 9, 24] {
        let at = folder.path().join(format!("after-{n_done}"));
        let mut ended = Kept::new(&at, n_done);
        assert!(RasterImporter.import(&job(&path, Some(UTM)), &mut ended).is_err());
        let mut again = Kept::new(&at, usize::MAX);
        let resume = Resume { journal: again.journal.clone(), packs: at.join("packs") };
        let mut next = job(&path, Some(UTM));
        next.resume = Some(resume);
        RasterImporter.import(&next, &mut again).unwrap();
        assert_eq!(again.tiles, whole.tiles, "after {n_done}");
        assert_eq!(again.n_decoded + n_done, whole.n_decoded, "only what was missing is decoded");
    }
}

#[test]
fn what_is_left_of_another_grid_or_damaged_is_not_used() {
    let (folder, path) = file();
    write(&path, [2600, 1300], false);
    let mut whole = Kept::new(&folder.path().join("whole"), usize::MAX);
    RasterImporter.import(&job(&path, Some(UTM)), &mut whole).unwrap();
    let at = folder.path().join("again");
    let mut ended = Kept::new(&at, 3);
    assert!(RasterImporter.import(&job(&path, Some(UTM)), &mut ended).is_err());
    for hash in ended.tiles.values() {
        std::fs::write(ended.store.path(*hash), b"damaged").unwrap();
    }
    let mut again = Kept::new(&at, usize::MAX);
    let mut next = job(&path, Some(UTM));
    next.resume = Some(Resume { journal: again.journal.clone(), packs: at.join("packs") });
    RasterImporter.import(&next, &mut again).unwrap();
    assert_eq!(again.tiles, whole.tiles);
    let other = KeptTiles { grid: RasterGrid { gsd_m: 7.0, ..whole.grid.unwrap() }, groups: Vec::new() };
    drop(TileJournal::start(&again.journal, &other).unwrap());
    let mut third = Kept::new(&at, usize::MAX);
    RasterImporter.import(&next, &mut third).unwrap();
    assert_eq!(third.tiles, whole.tiles);
}
