//! What an import costs, against GDAL's tools, in one run.
//!
//! `cargo run --release -p lantu-raster --example measure -- FILE.tif FOLDER [EPSG:n]`: CPU and wall time of decoding
//! the file once, of our import, of `gdalwarp` with bilinear resampling and the COG driver, and of `gdal2tiles`; and how
//! far our finest level lies from what `gdalwarp` makes of the same grid, as PSNR. What is not installed is named. FOLDER
//! takes what is written and can be removed afterwards. The example `ortho` makes a FILE.

use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use gdal::Dataset;
use lantu_base::{CancelToken, ProjectFrame, RasterGrid, TileCoord};
use lantu_geodesy::Crs;
use lantu_ingest::{Batch, ImportError, ImportJob, ImportMode, ImportSink, Importer};
use lantu_raster::RasterImporter;
use lantu_tiles::io::{DirPackStore, PackStore};
use lantu_tiles::{PackHash, RasterPixels, decode_raster_tile};

type Failure = Box<dyn Error>;

/// Ticks of a second in `/proc`. Specified: `USER_HZ` of Linux on every processor that we build for.
const TICKS_PER_S: f64 = 100.0;

fn main() -> Result<(), Failure> {
    let mut args = std::env::args().skip(1);
    let usage = "usage: measure FILE.tif FOLDER [EPSG:n]";
    let (file, folder) = (PathBuf::from(args.next().ok_or(usage)?), PathBuf::from(args.next().ok_or(usage)?));
    let crs = args.next().unwrap_or_else(|| "EPSG:4547".to_owned());
    std::fs::create_dir_all(&folder)?;
    let mut out = std::io::stdout();
    let decode = timed(|| decode(&file))?;
    writeln!(out, "what cpu_s wall_s cpu/decode")?;
    line(&mut out, "decode", decode, decode)?;
    let mut kept =
        Kept { store: DirPackStore::new(folder.join("packs")), grid: None, tiles: Vec::new(), bytes: 0 };
    let import = timed(|| Ok(RasterImporter.import(&job(&file, &crs)?, &mut kept)?))?;
    line(&mut out, "import", import, decode)?;
    let grid = kept.grid.clone().ok_or("the import sent no raster")?;
    let (warped, cog) = (folder.join("warped.tif"), folder.join("cog.tif"));
    let extent = grid.extent().map(|v| v.to_string());
    let threads = std::thread::available_parallelism()?.get().to_string();
    let gsd = grid.gsd_m.to_string();
    let mut warp =
        vec!["-q", "-overwrite", "-r", "bilinear", "-et", "0.125", "-dstalpha", "-wm", "256", "-t_srs", &crs];
    warp.extend(["-multi", "-wo"]);
    let warp_threads = format!("NUM_THREADS={threads}");
    warp.push(&warp_threads);
    warp.extend(["-tr", &gsd, &gsd, "-te"]);
    warp.extend(extent.iter().map(String::as_str));
    warp.extend(["-co", "TILED=YES", "-co", "BIGTIFF=IF_SAFER"]);
    let warp = tool(&mut out, "gdalwarp", &warp, (&file, &warped), decode)?;
    let translate =
        ["-q", "-of", "COG", "-co", "COMPRESS=DEFLATE", "-co", "BIGTIFF=IF_SAFER", "-co", &warp_threads];
    let cog = tool(&mut out, "gdal_translate", &translate, (&warped, &cog), decode)?;
    if let (Some(a), Some(b)) = (warp, cog) {
        line(&mut out, "gdalwarp+COG", (a.0 + b.0, a.1 + b.1), decode)?;
    }
    tool(&mut out, "gdal2tiles.py", &["-q", "-w", "none"], (&warped, &folder.join("tiles")), decode)?;
    writeln!(out, "packs_bytes {}", kept.bytes)?;
    if warp.is_some() {
        let psnr = psnr(&kept, &grid, &warped)?;
        writeln!(out, "psnr_db_against_gdalwarp_bilinear {psnr:.2}")?;
    }
    Ok(())
}

/// CPU seconds of this process, its threads and the children that it waited for, and wall seconds.
type Spent = (f64, f64);

fn cpu_s() -> Result<f64, Failure> {
    let text = std::fs::read_to_string("/proc/self/stat")?;
    // Names may have blanks: what counts stands behind the parenthesis, from field 3 on; 14 to 17 are times.
    let (_, fields) = text.rsplit_once(')').ok_or("/proc/self/stat is not what it was")?;
    let ticks = fields.split_whitespace().skip(11).take(4).map(str::parse::<f64>);
    Ok(ticks.sum::<Result<f64, _>>()? / TICKS_PER_S)
}

fn timed(work: impl FnOnce() -> Result<(), Failure>) -> Result<Spent, Failure> {
    let (cpu, wall) = (cpu_s()?, Instant::now());
    work()?;
    Ok((cpu_s()? - cpu, wall.elapsed().as_secs_f64()))
}

fn line(out: &mut impl Write, what: &str, spent: Spent, decode: Spent) -> Result<(), Failure> {
    Ok(writeln!(out, "{what} {:.2} {:.2} {:.2}", spent.0, spent.1, spent.0 / decode.0)?)
}

/// Runs one of GDAL's programs; `None`, said by name, where it is not there or does not work.
fn tool(
    out: &mut impl Write,
    name: &str,
    options: &[&str],
    (from, to): (&Path, &Path),
    decode: Spent,
) -> Result<Option<Spent>, Failure> {
    let mut worked = false;
    let spent = timed(|| {
        let mut command = Command::new(name);
        command.args(options).arg(from).arg(to).stdout(Stdio::null()).stderr(Stdio::null());
        worked = command.status().is_ok_and(|s| s.success());
        Ok(())
    })?;
    if !worked {
        writeln!(out, "{name} skipped: it is not installed or does not run")?;
        return Ok(None);
    }
    line(out, name, spent, decode)?;
    Ok(Some(spent))
}

fn decode(file: &Path) -> Result<(), Failure> {
    let dataset = Dataset::open(file)?;
    let (w, h) = dataset.raster_size();
    let (_, rows) = dataset.rasterband(1)?.block_size();
    let mut row = vec![0_u8; w * rows];
    for y in (0..h).step_by(rows) {
        let n = rows.min(h - y);
        for band in 1..=dataset.raster_count() {
            let into = row.get_mut(..w * n).ok_or("a block is higher than the raster")?;
            dataset.rasterband(band)?.read_into_slice(
                (0, isize::try_from(y)?),
                (w, n),
                (w, n),
                into,
                None,
            )?;
        }
    }
    Ok(())
}

fn job(file: &Path, crs: &str) -> Result<ImportJob, Failure> {
    Ok(ImportJob {
        path: file.to_owned(),
        mode: ImportMode::Import,
        frame: Some(ProjectFrame {
            crs: crs.to_owned(),
            height_crs: None,
            meters_per_unit: Crs::parse(crs)?.meters_per_unit(),
            time_zone: "UTC".to_owned(),
        }),
        crs_override: None,
        height_override: None,
        reading: None,
        threads: std::thread::available_parallelism()?.get(),
        cancel: CancelToken::default(),
    })
}

/// Keeps packs as a session does.
struct Kept {
    store: DirPackStore,
    grid: Option<RasterGrid>,
    tiles: Vec<(TileCoord, PackHash)>,
    bytes: usize,
}

impl ImportSink for Kept {
    fn send(&mut self, batch: Batch) -> Result<(), ImportError> {
        match batch {
            Batch::RasterBegin(begin) => self.grid = Some(begin.grid),
            Batch::RasterTiles(tiles) => {
                for tile in tiles {
                    self.bytes += tile.pack.len();
                    let hash = self.store.write(&tile.pack).map_err(|e| ImportError::Format {
                        code: "measure.store",
                        what: e.to_string(),
                        place: String::new(),
                    })?;
                    self.tiles.push((tile.coord, hash));
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// Over red, green and blue of all pixels that both have in full.
fn psnr(kept: &Kept, grid: &RasterGrid, warped: &Path) -> Result<f64, Failure> {
    let dataset = Dataset::open(warped)?;
    let (edge, [w, h]) = (RasterGrid::TILE_PX as usize, grid.size_px.map(|n| n as usize));
    let (mut squares, mut n) = (0.0_f64, 0.0_f64);
    for (coord, hash) in kept.tiles.iter().filter(|(c, _)| c.level == 0) {
        let RasterPixels::Color(ours) = decode_raster_tile(&kept.store.read(*hash)?)?.pixels else {
            continue;
        };
        let (x, y) = (coord.col as usize * edge, coord.row as usize * edge);
        let size = (edge.min(w - x), edge.min(h - y));
        let at = (isize::try_from(x)?, isize::try_from(y)?);
        let band = |b| -> Result<Vec<u8>, Failure> {
            Ok(dataset.rasterband(b)?.read_as::<u8>(at, size, size, None)?.data().to_vec())
        };
        let (theirs, alpha) = ([band(1)?, band(2)?, band(3)?], band(4)?);
        for (ix, alpha) in alpha.iter().enumerate() {
            let own = ours.get(((ix / size.0) * edge + ix % size.0) * 4..).and_then(<[u8]>::first_chunk::<4>);
            let Some([r, g, b, 255]) = own.filter(|_| *alpha == u8::MAX) else { continue };
            for (own, band) in [r, g, b].into_iter().zip(&theirs) {
                let other = band.get(ix).copied().unwrap_or(0);
                squares += (f64::from(*own) - f64::from(other)).powi(2);
                n += 1.0;
            }
        }
    }
    Ok(10.0 * (255.0 * 255.0 * n / squares).log10())
}
