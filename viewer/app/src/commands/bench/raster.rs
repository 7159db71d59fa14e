//! `lantu bench raster`: what importing a raster costs and how good it is, beside GDAL's own tools in the same run.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::Context as _;
use lantu_raster::measure;
use lantu_session::usage::{children_cpu_seconds, cpu_seconds};
use lantu_session::{ImportEvent, ImportOptions, Session};
use lantu_tiles::RasterPyramid;

use crate::cli::BenchRasterArgs;
use crate::commands::DONE;
use crate::context::{Context, write_out};

/// Side of the part that is also resampled without any approximation, to compare with, pixels. Chosen: a second of work.
const EXACT_PX: f64 = 2048.0;

/// CPU of this process and of the children that it waited for, and wall time, seconds.
#[derive(Clone, Copy, Debug, Default)]
struct Spent {
    cpu_s: f64,
    wall_s: f64,
}

fn timed<T>(work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<(T, Spent)> {
    let cpu = || cpu_seconds() + children_cpu_seconds();
    let (before, started) = (cpu(), Instant::now());
    let done = work()?;
    Ok((done, Spent { cpu_s: cpu() - before, wall_s: started.elapsed().as_secs_f64() }))
}

/// The table so far.
struct Table {
    rows: csv::Writer<Vec<u8>>,
    decode: Spent,
}

impl Table {
    fn row(&mut self, what: &str, spent: Option<Spent>, note: &str) -> anyhow::Result<()> {
        let number =
            |v: Option<f64>| v.filter(|v| v.is_finite()).map_or(String::new(), |v| format!("{v:.2}"));
        let of_decode = spent.map(|s| s.cpu_s / self.decode.cpu_s);
        let (cpu, wall) = (spent.map(|s| s.cpu_s), spent.map(|s| s.wall_s));
        Ok(self.rows.write_record([what, &number(cpu), &number(wall), &number(of_decode), note])?)
    }
}

pub(crate) fn raster(context: &Context, args: &BenchRasterArgs) -> anyhow::Result<u8> {
    let scratch = match &args.scratch {
        Some(dir) => tempfile::tempdir_in(dir),
        None => tempfile::tempdir(),
    };
    let scratch = scratch.context("there is no room for what is measured")?;
    let mut table = Table { rows: csv::Writer::from_writer(Vec::new()), decode: Spent::default() };
    table.rows.write_record(["what", "cpu_s", "wall_s", "cpu_of_decode", "note"])?;
    let ((), decode) = timed(|| Ok(measure::decode(&args.file)?))?;
    table.decode = decode;
    table.row("decode", Some(decode), "the file once, one thread")?;
    context.cancel.check()?;
    let mut first_look = None;
    let (session, import) = timed(|| import(context, args, scratch.path(), &mut first_look))?;
    let pyramid = session.rasters().next().map(|(_, r)| r.clone()).context("the import gave no raster")?;
    let bytes: u64 = pyramid
        .tiles
        .values()
        .filter_map(|h| session.store().path(*h).metadata().ok())
        .map(|m| m.len())
        .sum();
    if let Some((wall_s, share)) = first_look {
        let from = share.map_or("its overviews".to_owned(), |s| format!("{:.1} % of its blocks", s * 100.0));
        table.row(
            "first look",
            Some(Spent { cpu_s: f64::NAN, wall_s }),
            &format!("from {from}; part of the import"),
        )?;
    }
    table.row("lantu import", Some(import), &format!("{bytes} bytes of tiles"))?;
    let chain = chain(context, args, &pyramid, scratch.path(), &mut table)?;
    if let Some(chain) = chain {
        let note = format!("the import takes {:.2} of its wall time", import.wall_s / chain.wall_s);
        table.row("gdalwarp + COG", Some(chain), &note)?;
    }
    quality(args, &session, &pyramid, scratch.path(), &mut table)?;
    session.close()?;
    let text = table.rows.into_inner().map_err(|e| anyhow::anyhow!("{e}"))?;
    write_out(args.csv.as_deref(), &String::from_utf8(text)?)?;
    Ok(DONE)
}

/// A project with the raster alone, as any import makes it.
fn import(
    context: &Context,
    args: &BenchRasterArgs,
    scratch: &Path,
    first_look: &mut Option<(f64, Option<f64>)>,
) -> anyhow::Result<Session> {
    let frame = lantu_geodesy::make_frame(&args.crs, None, "UTC")?;
    let mut options = context.session_options(Some(&args.limits))?;
    // A measurement has the time that it takes.
    options.deadline_s = u64::MAX / 2;
    let mut session = Session::create(&scratch.join("bench.lantu"), "bench", frame, options)?;
    let files = [std::path::absolute(&args.file)?];
    let (started, mut progress) = (Instant::now(), context.progress());
    let outcomes = session.import(&files, &ImportOptions::default(), &mut |event| {
        if let ImportEvent::Preview(look) = &event {
            *first_look = Some((started.elapsed().as_secs_f64(), look.sampled_share));
        }
        progress(event);
    })?;
    if let Some(outcome) = outcomes.iter().find(|o| o.source.is_none()) {
        let why = outcome.report.diagnostics.iter().map(|d| d.message.as_str()).collect::<Vec<_>>();
        anyhow::bail!("the raster cannot be imported: {}\nfile: {}", why.join("; "), args.file.display());
    }
    Ok(session)
}

/// `gdalwarp` to the same grid and the COG driver, then `gdal2tiles`; each left out by name where it is not there.
fn chain(
    context: &Context,
    args: &BenchRasterArgs,
    pyramid: &RasterPyramid,
    scratch: &Path,
    table: &mut Table,
) -> anyhow::Result<Option<Spent>> {
    let (warped, cog) = (scratch.join("warped.tif"), scratch.join("cog.tif"));
    let threads = format!("NUM_THREADS={}", std::thread::available_parallelism()?);
    let mut warp = warp_arguments(args, pyramid, pyramid.grid.extent());
    warp.extend(["-et", "0.125", "-multi", "-wo", &threads, "-co", "BIGTIFF=IF_SAFER"].map(str::to_owned));
    let warp = tool("gdalwarp", &warp, [&args.file, &warped], table)?;
    context.cancel.check()?;
    let packing = ["-q", "-of", "COG", "-co", "COMPRESS=DEFLATE", "-co", "BIGTIFF=IF_SAFER", "-co", &threads];
    let cog = tool("gdal_translate -of COG", &packing.map(str::to_owned), [&warped, &cog], table)?;
    context.cancel.check()?;
    let processes = format!("--processes={}", std::thread::available_parallelism()?);
    let tiles = ["-q", "-w", "none", &processes].map(str::to_owned);
    tool("gdal2tiles.py", &tiles, [&warped, &scratch.join("tiles")], table)?;
    Ok(warp.zip(cog).map(|(a, b)| Spent { cpu_s: a.cpu_s + b.cpu_s, wall_s: a.wall_s + b.wall_s }))
}

/// Bilinear, onto pixels of the pyramid within `extent` (west, south, east, north).
fn warp_arguments(args: &BenchRasterArgs, pyramid: &RasterPyramid, extent: [f64; 4]) -> Vec<String> {
    let gsd = pyramid.grid.gsd_m.to_string();
    let fixed = ["-q", "-overwrite", "-r", "bilinear", "-dstalpha", "-wm", "256", "-co", "TILED=YES"];
    let mut all: Vec<String> = fixed.map(str::to_owned).into();
    all.extend(["-t_srs", &args.crs, "-tr", &gsd, &gsd, "-te"].map(str::to_owned));
    all.extend(extent.map(|v| v.to_string()));
    all
}

/// Runs one of GDAL's programs and writes its row; `None`, said in the row, where it is not there or does not work.
fn tool(
    name: &str,
    options: &[String],
    [from, to]: [&Path; 2],
    table: &mut Table,
) -> anyhow::Result<Option<Spent>> {
    let program = name.split(' ').next().unwrap_or(name);
    let (output, spent) = timed(|| {
        let mut command = Command::new(program);
        command
            .args(options)
            .arg(from)
            .arg(to)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        Ok(command.output())
    })?;
    let why = match output {
        Ok(done) if done.status.success() => {
            table.row(name, Some(spent), "")?;
            return Ok(Some(spent));
        }
        Ok(done) => {
            let said = String::from_utf8_lossy(&done.stderr).lines().last().unwrap_or_default().to_owned();
            format!("skipped: it ended with {}: {said}", done.status)
        }
        Err(e) => format!("skipped: {e}"),
    };
    table.row(name, None, &why)?;
    Ok(None)
}

/// How near the import and the chain come to resampling every pixel exactly, in the middle of the raster.
fn quality(
    args: &BenchRasterArgs,
    session: &Session,
    pyramid: &RasterPyramid,
    scratch: &Path,
    table: &mut Table,
) -> anyhow::Result<()> {
    let (grid, gsd) = (&pyramid.grid, pyramid.grid.gsd_m);
    let [w, h] = grid.size_px.map(f64::from);
    let (nx, ny) = (EXACT_PX.min(w), EXACT_PX.min(h));
    let (west, north) = (
        grid.west_north[0] + ((w - nx) / 2.0).floor() * gsd,
        grid.west_north[1] - ((h - ny) / 2.0).floor() * gsd,
    );
    let exact = scratch.join("exact.tif");
    let mut options = warp_arguments(args, pyramid, [west, north - ny * gsd, west + nx * gsd, north]);
    options.extend(["-et", "0"].map(str::to_owned));
    if tool("gdalwarp -et 0 of the middle", &options, [&args.file, &exact], table)?.is_none() {
        return Ok(());
    }
    let store = session.store();
    let psnr = measure::psnr_db(pyramid, &*store, &exact)?;
    table.row(
        "quality of lantu import",
        None,
        &format!("{psnr:.2} dB against bilinear without approximation"),
    )?;
    let chain = scratch.join("approximated.tif");
    let mut options = warp_arguments(args, pyramid, [west, north - ny * gsd, west + nx * gsd, north]);
    options.extend(["-et", "0.125"].map(str::to_owned));
    if tool("gdalwarp -et 0.125 of the middle", &options, [&args.file, &chain], table)?.is_some() {
        let psnr = measure::psnr_of_files(&chain, &exact)?;
        table.row(
            "quality of gdalwarp",
            None,
            &format!("{psnr:.2} dB against bilinear without approximation"),
        )?;
    }
    let psnr = measure::psnr_db(pyramid, &*store, &scratch.join("warped.tif"));
    if let Ok(psnr) = psnr {
        table.row("import and gdalwarp", None, &format!("{psnr:.2} dB between them, whole raster"))?;
    }
    Ok(())
}
