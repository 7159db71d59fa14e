//! Forms in which rasters come, each written by its test: where it lies, what is there, and how it ends when broken.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "functions that tests share")]

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gdal::raster::{Buffer, ColorInterpretation, ColorTable, GdalType, RgbaEntry};
use gdal::spatial_ref::SpatialRef;
use gdal::{Dataset, DriverManager};
use lantu_base::{RasterGrid, RasterKind, TileCoord};
use lantu_ingest::{Batch, ImportError, ImportJob, ImportSink, Importer};
use lantu_raster::RasterImporter;
use support::{Tile, job};

const UTM: &str = "EPSG:32650";
const NORTH_UP: [f64; 6] = [500_000.0, 1.0, 0.0, 4_400_000.0, 0.0, -1.0];

/// What an import sent; it can ask for the end after some steps.
#[derive(Default)]
struct Seen {
    grid: Option<RasterGrid>,
    tiles: BTreeMap<TileCoord, Vec<u8>>,
    codes: Vec<String>,
    n_steps: usize,
    stop: Option<(usize, lantu_base::CancelToken)>,
}

impl ImportSink for Seen {
    fn send(&mut self, batch: Batch) -> Result<(), ImportError> {
        match batch {
            Batch::RasterBegin(begin) => self.grid = Some(begin.grid),
            Batch::RasterTiles(tiles) => {
                self.tiles.extend(tiles.iter().map(Tile::of).map(|t| (t.coord, t.pixels)));
            }
            Batch::Diagnostic(d) => self.codes.push(d.code.to_string()),
            Batch::Progress { .. } => {
                self.n_steps += 1;
                if let Some((n, cancel)) = &self.stop
                    && self.n_steps == *n
                {
                    cancel.cancel();
                }
            }
            _ => {}
        }
        Ok(())
    }
}

impl Seen {
    /// The pixel at a place of the project; `None` where no tile was sent.
    fn at(&self, x: f64, y: f64) -> Option<[u8; 4]> {
        let grid = self.grid.as_ref().unwrap();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "places of these tests")]
        let [col, row] = [(x - grid.west_north[0]) / grid.gsd_m, (grid.west_north[1] - y) / grid.gsd_m]
            .map(|v| v as usize);
        let coord = TileCoord {
            level: 0,
            col: u32::try_from(col / 256).unwrap(),
            row: u32::try_from(row / 256).unwrap(),
        };
        let at = ((row % 256) * 256 + col % 256) * 4;
        Some(self.tiles.get(&coord)?[at..at + 4].try_into().unwrap())
    }
}

fn import(job: &ImportJob) -> Result<Seen, ImportError> {
    let mut seen = Seen::default();
    RasterImporter.import(job, &mut seen)?;
    Ok(seen)
}

fn code(job: &ImportJob) -> String {
    match import(job) {
        Ok(seen) => seen.codes.last().map_or("ok".to_owned(), |c| format!("ok {c}")),
        Err(ImportError::Format { code, .. }) => code.to_owned(),
        Err(ImportError::Cancelled(_)) => "cancelled".to_owned(),
        Err(other) => format!("other: {other}"),
    }
}

fn file() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tif");
    (folder, path)
}

fn write<T: GdalType + Copy>(
    path: &Path,
    [w, h]: [usize; 2],
    n_bands: usize,
    value: impl Fn(usize, usize, usize) -> T,
) -> Dataset {
    let driver = DriverManager::get_driver_by_name("GTiff").unwrap();
    let mut file = driver.create_with_band_type::<T, _>(path, w, h, n_bands).unwrap();
    file.set_spatial_ref(&SpatialRef::from_epsg(32650).unwrap()).unwrap();
    file.set_geo_transform(&NORTH_UP).unwrap();
    for b in 1..=n_bands {
        let values = (0..w * h).map(|i| value(b, i % w, i / w)).collect();
        file.rasterband(b).unwrap().write((0, 0), (w, h), &mut Buffer::new((w, h), values)).unwrap();
    }
    file
}

#[test]
fn packages_of_tiles_are_rasters_and_those_of_features_are_not() {
    let (folder, path) = file();
    let value = |_, x, y| if (100..412).contains(&x) && (100..412).contains(&y) { 200_u8 } else { 40 };
    let mut plain = write(&path, [512, 512], 3, value);
    plain.set_spatial_ref(&SpatialRef::from_epsg(3857).unwrap()).unwrap();
    plain.set_geo_transform(&[13_000_000.0, 1.194_328_566, 0.0, 4_800_000.0, 0.0, -1.194_328_566]).unwrap();
    for (driver, name) in [("MBTiles", "a.mbtiles"), ("GPKG", "a.gpkg")] {
        let package = folder.path().join(name);
        let driver = DriverManager::get_driver_by_name(driver).unwrap();
        let options = gdal::cpl::CslStringList::from_iter(["TILE_FORMAT=PNG"]);
        plain.create_copy(&driver, &package, &options).unwrap().close().unwrap();
        let head = std::fs::read(&package).unwrap();
        let head = &head[..head.len().min(64 * 1024)];
        assert_eq!(RasterImporter.probe(&package, head), lantu_ingest::Confidence::MAGIC, "{name}");
        let seen = import(&job(&package, Some("EPSG:3857"))).unwrap();
        let at = |col: f64, row: f64| {
            seen.at(13_000_000.0 + col * 1.194_328_566, 4_800_000.0 - row * 1.194_328_566)
        };
        for (col, row, value) in
            [(256.0, 256.0, 200), (120.0, 380.0, 200), (30.0, 30.0, 40), (480.0, 300.0, 40)]
        {
            let [r, g, b, a] = at(col, row).unwrap();
            assert!(
                [r, g, b].iter().all(|v| v.abs_diff(value) <= 2) && a == 255,
                "{name}: {col} {row} {r} {g} {b} {a}"
            );
        }
    }
    let features = folder.path().join("f.gpkg");
    let driver = DriverManager::get_driver_by_name("GPKG").unwrap();
    let mut database = driver.create_vector_only(&features).unwrap();
    database.create_layer(gdal::vector::LayerOptions { name: "trees", ..Default::default() }).unwrap();
    database.close().unwrap();
    let head = std::fs::read(&features).unwrap();
    assert_eq!(RasterImporter.probe(&features, &head), lantu_ingest::Confidence::NO);
}

#[test]
fn a_mosaic_of_files_lies_side_by_side_without_a_gap() {
    let (folder, path) = file();
    for (n, west) in [(0, 500_000.0), (1, 500_200.0)] {
        let mut part =
            write(&folder.path().join(format!("{n}.tif")), [200, 150], 3, move |_, _, _| 50_u8 + 100 * n);
        part.set_geo_transform(&[west, 1.0, 0.0, 4_400_000.0, 0.0, -1.0]).unwrap();
    }
    let source = |band: usize| -> String {
        let one = |n: usize| {
            format!(
                "<SimpleSource><SourceFilename relativeToVRT=\"1\">{n}.tif</SourceFilename><SourceBand>{band}</SourceBand>\
                 <SrcRect xOff=\"0\" yOff=\"0\" xSize=\"200\" ySize=\"150\"/>\
                 <DstRect xOff=\"{}\" yOff=\"0\" xSize=\"200\" ySize=\"150\"/></SimpleSource>",
                200 * n
            )
        };
        format!("<VRTRasterBand dataType=\"Byte\" band=\"{band}\">{}{}</VRTRasterBand>", one(0), one(1))
    };
    let text = format!(
        "<VRTDataset rasterXSize=\"400\" rasterYSize=\"150\"><SRS>EPSG:32650</SRS>\
         <GeoTransform>500000, 1, 0, 4400000, 0, -1</GeoTransform>{}{}{}</VRTDataset>",
        source(1),
        source(2),
        source(3)
    );
    let path = path.with_extension("vrt");
    std::fs::write(&path, text).unwrap();
    let seen = import(&job(&path, Some(UTM))).unwrap();
    for col in 0..400 {
        let value = if col < 200 { 50 } else { 150 };
        let at = seen.at(500_000.5 + f64::from(col), 4_399_925.5);
        assert_eq!(at, Some([value, value, value, 255]), "column {col}");
    }
}

/// White in one quarter, gray elsewhere.
fn quarter(x: usize, y: usize) -> u8 {
    if x < 100 && y < 100 { 250 } else { 60 }
}

#[test]
fn a_rotated_raster_lies_where_its_six_numbers_say() {
    let (_folder, path) = file();
    let mut file = write(&path, [300, 300], 3, |_, x, y| quarter(x, y));
    // 30° counterclockwise, pixels of 0.5 m.
    let (c, s) = (0.433_012_7, 0.25);
    file.set_geo_transform(&[500_000.0, c, s, 4_400_000.0, s, -c]).unwrap();
    drop(file);
    let seen = import(&job(&path, Some(UTM))).unwrap();
    let place = |x: f64, y: f64| (500_000.0 + c * x + s * y, 4_400_000.0 + s * x - c * y);
    for (x, y, value) in
        [(50.0, 50.0, 250), (95.0, 50.0, 250), (105.0, 50.0, 60), (50.0, 105.0, 60), (200.0, 200.0, 60)]
    {
        let (east, north) = place(x, y);
        assert_eq!(seen.at(east, north), Some([value, value, value, 255]), "column {x}, row {y}");
    }
    let (east, north) = place(150.0, -8.0);
    assert!(seen.at(east, north).is_none_or(|p| p[3] == 0), "beyond its edge there is nothing");
}

#[test]
fn a_raster_with_control_points_lies_where_they_say() {
    let (_folder, path) = file();
    let mut file = DriverManager::get_driver_by_name("GTiff").unwrap().create(&path, 300, 300, 3).unwrap();
    for b in 1..=3 {
        let values = (0..90_000).map(|i| quarter(i % 300, i / 300)).collect();
        file.rasterband(b).unwrap().write((0, 0), (300, 300), &mut Buffer::new((300, 300), values)).unwrap();
    }
    let point = |id: usize, pixel: f64, line: f64| gdal::Gcp {
        id: id.to_string(),
        info: String::new(),
        pixel,
        line,
        x: 500_000.0 + pixel * 0.5,
        y: 4_400_000.0 - line * 0.5,
        z: 0.0,
    };
    let points = vec![point(1, 0.0, 0.0), point(2, 300.0, 0.0), point(3, 0.0, 300.0), point(4, 300.0, 300.0)];
    file.set_gcps(points, &SpatialRef::from_epsg(32650).unwrap()).unwrap();
    file.flush_cache().unwrap();
    drop(file);
    let seen = import(&job(&path, Some(UTM))).unwrap();
    for (x, y, value) in [(25.0, 25.0, 250), (48.0, 48.0, 250), (52.0, 25.0, 60), (120.0, 120.0, 60)] {
        assert_eq!(seen.at(500_000.0 + x, 4_400_000.0 - y), Some([value, value, value, 255]), "{x} m, {y} m");
    }
}

#[test]
fn alpha_of_16_bits_is_full_where_it_has_the_value_that_its_writer_calls_full() {
    for full in [255_u16, 65_535] {
        let (_folder, path) = file();
        let file = write(&path, [300, 40], 4, |b, x, _| match (b, x) {
            (4, 0..150) => 0,
            (4, _) => full,
            (_, 0..200) => 1000,
            _ => 3000,
        });
        file.rasterband(4).unwrap().set_color_interpretation(ColorInterpretation::AlphaBand).unwrap();
        drop(file);
        let seen = import(&job(&path, Some(UTM))).unwrap();
        assert_eq!(seen.at(500_100.0, 4_399_980.0).unwrap()[3], 0, "{full}");
        assert_eq!(seen.at(500_250.0, 4_399_980.0).unwrap(), [255; 4], "{full}");
        assert_eq!(seen.codes, ["raster.scaled"], "{full}");
    }
}

#[test]
fn a_palette_gives_its_colors_and_never_a_number_between_two() {
    let (_folder, path) = file();
    let mut file = write(&path, [64, 64], 1, |_, x, _| if x < 32 { 1_u8 } else { 3 });
    let mut table = ColorTable::default();
    for (ix, [r, g, b]) in [(1_u16, [200, 10, 10]), (2, [0, 255, 0]), (3, [10, 10, 200])] {
        table.set_color_entry(ix, &gdal::raster::ColorEntry::Rgba(RgbaEntry { r, g, b, a: 255 }));
    }
    file.rasterband(1).unwrap().set_color_table(&table);
    file.set_geo_transform(&[500_000.0, 1.0, 0.05, 4_400_000.0, 0.05, -1.0]).unwrap();
    drop(file);
    let seen = import(&job(&path, Some(UTM))).unwrap();
    assert_eq!(seen.grid.as_ref().unwrap().kind, RasterKind::Orthophoto);
    let pixels = seen.tiles.iter().filter(|(c, _)| c.level == 0).flat_map(|(_, t)| t.chunks_exact(4));
    for p in pixels.filter(|p| p[3] > 0) {
        assert!([[200, 10, 10], [10, 10, 200]].iter().any(|c| p[..3] == *c), "{p:?}");
    }
}

#[test]
fn masks_inside_and_beside_a_file_hide_what_they_mask() {
    for inside in ["YES", "NO"] {
        gdal::config::set_thread_local_config_option("GDAL_TIFF_INTERNAL_MASK", inside).unwrap();
        let (_folder, path) = file();
        let file = write(&path, [300, 300], 3, |_, _, _| 90_u8);
        let mut band = file.rasterband(1).unwrap();
        band.create_mask_band(true).unwrap();
        let values = (0..90_000_usize).map(|i| if i % 300 < 120 { 0_u8 } else { 255 }).collect();
        band.open_mask_band()
            .unwrap()
            .write((0, 0), (300, 300), &mut Buffer::new((300, 300), values))
            .unwrap();
        drop(file);
        assert_eq!(path.with_extension("tif.msk").exists(), inside == "NO");
        let seen = import(&job(&path, Some(UTM))).unwrap();
        assert_eq!(seen.at(500_119.5, 4_399_900.5).unwrap()[3], 0, "internal: {inside}");
        assert_eq!(seen.at(500_120.5, 4_399_900.5), Some([90, 90, 90, 255]), "internal: {inside}");
    }
    gdal::config::clear_thread_local_config_option("GDAL_TIFF_INTERNAL_MASK").unwrap();
}

/// Where nodata begins inside a pixel of the target, what is shown has the color of what is there and not of nodata.
#[test]
fn the_edge_of_nodata_keeps_its_color_when_it_is_resampled() {
    let (_folder, path) = file();
    let mut file = write(&path, [300, 300], 3, |_, x, y| if x + y < 250 { 0_u8 } else { 200 });
    for b in 1..=3 {
        file.rasterband(b).unwrap().set_no_data_value(Some(0.0)).unwrap();
    }
    file.set_geo_transform(&[500_000.0, 1.0, 0.1, 4_400_000.0, 0.1, -1.0]).unwrap();
    drop(file);
    let seen = import(&job(&path, Some(UTM))).unwrap();
    let mut n_edge = 0;
    for p in seen.tiles.values().flat_map(|t| t.chunks_exact(4)).filter(|p| p[3] > 0) {
        assert_eq!(p[..3], [200, 200, 200], "alpha {}", p[3]);
        n_edge += usize::from(p[3] < 255);
    }
    assert!(n_edge > 100, "the edge is soft: {n_edge}");
}

#[test]
fn heights_that_are_nan_or_an_integers_nodata_are_holes_after_resampling_too() {
    let (_folder, path) = file();
    let turned = [500_000.0, 1.0, 0.1, 4_400_000.0, 0.1, -1.0];
    let mut file = write(&path, [100, 100], 1, |_, x, _| if x < 50 { f32::NAN } else { 12.5 });
    file.set_geo_transform(&turned).unwrap();
    drop(file);
    let nan = import(&job(&path, Some(UTM))).unwrap();
    let path = path.with_file_name("b.tif");
    let mut file = write(&path, [100, 100], 1, |_, x, _| if x < 50 { -32_768_i16 } else { 12 });
    file.rasterband(1).unwrap().set_no_data_value(Some(-32_768.0)).unwrap();
    file.set_geo_transform(&turned).unwrap();
    drop(file);
    let integer = import(&job(&path, Some(UTM))).unwrap();
    for (seen, height) in [(nan, 12.5_f32), (integer, 12.0)] {
        assert_eq!(seen.grid.as_ref().unwrap().kind, RasterKind::Elevation);
        let heights: Vec<f32> = seen
            .tiles
            .values()
            .flat_map(|t| t.chunks_exact(4))
            .map(|p| f32::from_le_bytes(p.try_into().unwrap()))
            .filter(|h| !h.is_nan())
            .collect();
        assert!(heights.len() > 3000 && heights.iter().all(|h| h.to_bits() == height.to_bits()), "{height}");
    }
}

#[test]
fn the_number_of_threads_changes_no_tile() {
    let (_folder, path) = file();
    let mut file =
        write(&path, [2300, 1200], 3, |b, x, y| u8::try_from((x * 7 + y * 13 + b * 50) % 251).unwrap());
    file.set_geo_transform(&[500_000.0, 1.0, 0.1, 4_400_000.0, 0.1, -1.0]).unwrap();
    drop(file);
    let tiles = |threads| {
        let mut job = job(&path, Some(UTM));
        job.threads = threads;
        import(&job).unwrap().tiles
    };
    let one = tiles(1);
    assert!(one.len() > 60 && one == tiles(4));
}

#[test]
fn an_import_that_is_asked_to_stop_ends_with_the_cell_in_work() {
    let (_folder, path) = file();
    drop(write(&path, [6000, 3000], 3, |_, x, _| u8::try_from(x % 200).unwrap()));
    let job = job(&path, Some(UTM));
    let mut seen = Seen { stop: Some((2, job.cancel.clone())), ..Seen::default() };
    let end = RasterImporter.import(&job, &mut seen);
    assert!(matches!(end, Err(ImportError::Cancelled(_))));
    assert_eq!(seen.n_steps, 2, "of 18 cells");
}

#[test]
fn cut_and_flipped_copies_end_with_a_raster_or_a_reason() {
    let (folder, path) = file();
    let driver = DriverManager::get_driver_by_name("GTiff").unwrap();
    let plain = write(&path, [700, 500], 3, |b, x, y| u8::try_from((x * x + y * 31 + b) % 256).unwrap());
    let packed = folder.path().join("packed.tif");
    let options = gdal::cpl::CslStringList::from_iter(["TILED=YES", "COMPRESS=DEFLATE"]);
    drop(plain.create_copy(&driver, &packed, &options).unwrap());
    let bytes = std::fs::read(&packed).unwrap();
    let copy = folder.path().join("copy.tif");
    let mut n_refused = 0;
    for step in 0..24 {
        let at = bytes.len() * step / 24;
        std::fs::write(&copy, &bytes[..at]).unwrap();
        n_refused += usize::from(!code(&job(&copy, Some(UTM))).starts_with("ok"));
        let mut flipped = bytes.clone();
        flipped[at] ^= 0x5a;
        std::fs::write(&copy, &flipped).unwrap();
        let end = code(&job(&copy, Some(UTM)));
        assert!(end.starts_with("ok") || end.starts_with("raster."), "byte {at}: {end}");
    }
    assert!(n_refused > 0, "an empty file is no raster");
}
