//! Real rasters of many tools: what they come to, as text that a person can compare, and how broken ones end.

#![expect(clippy::unwrap_used, reason = "functions that tests share")]

mod support;

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use lantu_base::{RasterGrid, RasterKind};
use lantu_geodesy::{Crs, CrsKind};
use lantu_ingest::{Batch, ImportError, ImportSink, Importer};
use lantu_raster::RasterImporter;
use support::{Tile, job};

/// What an import sent, without the fine tiles.
#[derive(Default)]
struct Seen {
    driver: String,
    crs: Option<String>,
    bands: u32,
    source_px: [u32; 2],
    grid: Option<RasterGrid>,
    n_tiles: usize,
    coarsest: Option<Tile>,
    codes: Vec<String>,
    ended: bool,
}

impl ImportSink for Seen {
    fn send(&mut self, batch: Batch) -> Result<(), ImportError> {
        match batch {
            Batch::Begin(begin) => (self.driver, self.crs) = (begin.schema, begin.declared_crs),
            Batch::RasterBegin(begin) => {
                (self.bands, self.source_px, self.grid) = (begin.bands, begin.source_px, Some(begin.grid));
            }
            Batch::RasterTiles(tiles) => {
                self.n_tiles += tiles.len();
                self.coarsest = tiles.last().map(Tile::of).or(self.coarsest.take());
            }
            Batch::Diagnostic(d) => self.codes.push(d.code.to_string()),
            Batch::End(_) => self.ended = true,
            _ => {}
        }
        Ok(())
    }
}

fn outcome(path: &Path, crs: Option<&str>) -> (Seen, String) {
    let mut seen = Seen::default();
    let end = match RasterImporter.import(&job(path, crs), &mut seen) {
        Ok(()) => "ok".to_owned(),
        Err(ImportError::Format { code, .. }) => code.to_owned(),
        Err(ImportError::Read { source, .. }) => format!("cannot be read: {}", source.kind()),
        Err(other) => other.to_string(),
    };
    (seen, end)
}

/// The file's own CRS where it is projected, else Web Mercator.
fn project_crs(seen: &Seen) -> String {
    let own = seen.crs.as_deref().and_then(|text| Crs::parse(text).ok());
    own.filter(|c| c.kind() == CrsKind::Projected && c.on_earth())
        .map_or("EPSG:3857".to_owned(), |c| c.text().to_owned())
}

/// Means of the pixels that are there, rounded, and the share of the grid that they cover.
fn look(kind: RasterKind, tile: &Tile, n_pixels: u32) -> String {
    let (mut sums, mut n) = ([0.0; 3], 0.0_f64);
    for pixel in tile.pixels.chunks_exact(4) {
        let bytes: [u8; 4] = pixel.try_into().unwrap();
        let value = match kind {
            RasterKind::Orthophoto if bytes[3] == 0 => continue,
            RasterKind::Orthophoto => [bytes[0], bytes[1], bytes[2]].map(f64::from),
            RasterKind::Elevation | RasterKind::Surface => [f64::from(f32::from_le_bytes(bytes)); 3],
        };
        if value[0].is_finite() {
            sums = [sums[0] + value[0], sums[1] + value[1], sums[2] + value[2]];
            n += 1.0;
        }
    }
    let [r, g, b] = sums.map(|s| s / n);
    let covered = n / f64::from(n_pixels) * 100.0;
    match kind {
        RasterKind::Orthophoto => format!("mean color {r:.0} {g:.0} {b:.0}, covers {covered:.0} %"),
        RasterKind::Elevation | RasterKind::Surface => format!("mean height {r:.0} m, covers {covered:.0} %"),
    }
}

fn line(path: &Path) -> String {
    let (declared, inspected) = outcome(path, None);
    let (seen, end) =
        if inspected == "ok" { outcome(path, Some(&project_crs(&declared))) } else { (declared, inspected) };
    let mut text = String::new();
    if !seen.driver.is_empty() {
        let label =
            |text: &String| Crs::parse(text).map_or("unknown CRS".to_owned(), |c| c.label().to_owned());
        let crs = seen.crs.as_ref().map_or("no CRS".to_owned(), label);
        write!(text, "{}, {crs}, ", seen.driver).unwrap();
    }
    if let Some(grid) = &seen.grid {
        let ([w, h], [gw, gh]) = (seen.source_px, grid.size_px);
        write!(text, "{w}×{h}×{} → {:?} {gw}×{gh} of {:.3} m, ", seen.bands, grid.kind, grid.gsd_m).unwrap();
        write!(text, "{} levels, {} tiles, ", grid.n_levels, seen.n_tiles).unwrap();
        let top = seen.coarsest.as_ref().filter(|t| t.coord.level + 1 == grid.n_levels);
        if let Some(top) = top {
            let [w, h] = grid.size_at(grid.n_levels - 1);
            write!(text, "{}, ", look(grid.kind, top, w * h)).unwrap();
        }
    }
    assert_eq!(
        seen.ended,
        end == "ok",
        "{}: an end is sent when all went well, and only then",
        path.display()
    );
    let codes: Vec<_> = seen.codes.into_iter().chain([end]).collect();
    text + &codes.join(" ")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    let mut files: Vec<_> = entries.filter(|p| p.is_file()).collect();
    files.sort();
    files
}

/// `UPDATE_SNAPSHOTS=1` writes what was found over what was expected.
#[test]
fn real_orthophotos_and_elevation_come_to_what_they_came_to_before() {
    let test = "real_orthophotos_and_elevation_come_to_what_they_came_to_before";
    let mut found = String::new();
    for folder in ["ortho", "dem"] {
        let Some(path) = lantu_support::corpus(test, &format!("gis/{folder}")) else { return };
        for file in files(&path) {
            let name = file.file_name().unwrap().to_string_lossy();
            writeln!(found, "{folder}/{name}: {}", line(&file)).unwrap();
        }
    }
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/corpus.txt");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&golden, &found).unwrap();
    }
    let expected = std::fs::read_to_string(&golden).unwrap_or_default();
    let gone = expected.lines().filter(|l| !found.lines().any(|f| f == *l)).map(|l| format!("- {l}"));
    let new = found.lines().filter(|l| !expected.lines().any(|e| e == *l)).map(|l| format!("+ {l}"));
    let changes: Vec<_> = gone.chain(new).collect();
    assert!(changes.is_empty(), "\n{}", changes.join("\n"));
}

#[test]
fn broken_and_hostile_rasters_end_soon_with_a_raster_or_a_typed_error() {
    let test = "broken_and_hostile_rasters_end_soon_with_a_raster_or_a_typed_error";
    let Some(path) = lantu_support::corpus(test, "gis/hostile_raster") else { return };
    let (mut failures, mut n_ok, mut n_refused) = (Vec::new(), 0, 0);
    for file in files(&path) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let (send, receive) = sync_channel(1);
        let work = move || {
            let line = line(&file);
            // Nobody receives any more only where the wait below was over.
            send.send(line).unwrap_or_default();
        };
        std::thread::Builder::new().name(name.clone()).spawn(work).unwrap();
        match receive.recv_timeout(Duration::from_mins(5)) {
            Ok(line) if line.ends_with(" ok") => n_ok += 1,
            Ok(line) if line.rsplit(' ').next().is_some_and(|code| code.starts_with("raster.")) => {
                n_refused += 1;
            }
            Ok(line) => failures.push(format!("{name}: {line}")),
            Err(why) => failures.push(format!("{name}: no result ({why})")),
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
    assert!(
        n_ok > 0 && n_refused > 0,
        "{n_ok} were read, {n_refused} refused: the files are not what they were"
    );
}
