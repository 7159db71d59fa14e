//! The importer: opens a file, says what it is, and streams its tiles.

use std::path::Path;
use std::time::Instant;

use gdal::Dataset;
use lantu_base::{Code, Counts, Diagnostic, ProjectFrame, RasterGrid, RasterKind, Severity};
use lantu_geodesy::{Crs, capture_gdal_errors};
use lantu_ingest::{
    Batch, Begin, Confidence, End, Georeference, ImportError, ImportJob, ImportMode, ImportSink, Importer,
    ObjectKind, ObjectRecord, RasterBegin, RasterTile,
};

use crate::bands::{self, Look, Plan};
use crate::grid::{self, Target};
use crate::open::{self, failed};
use crate::pyramid::{EDGE, Pixel, Pyramid};
use crate::source::Source;

/// Tiles in a batch: 4 MiB.
const BATCH_TILES: usize = 16;
/// Stripes that could not be read and are listed one by one; more of the same are not told apart by a person.
const LISTED: usize = 100;
/// Heights beyond this, in meters, are no heights on Earth.
const PLAUSIBLE_M: f64 = 15_000.0;

/// Orthophotos and elevation models: GeoTIFF, COG, VRT, JPEG and PNG with a world file, ASCII grid, SRTM, DTED.
pub struct RasterImporter;

impl Importer for RasterImporter {
    fn name(&self) -> &'static str {
        "raster"
    }

    fn probe(&self, path: &Path, head: &[u8]) -> Confidence {
        crate::probe::probe(path, head)
    }

    fn import(&self, job: &ImportJob, out: &mut dyn ImportSink) -> Result<(), ImportError> {
        let started = Instant::now();
        job.cancel.check()?;
        let file = open::open(&job.path)?;
        let Some(gt) = grid::geo_transform(&file) else {
            return Err(failed(
                "raster.no_georeference",
                "the file does not say where its pixels lie: no geotransform and no world file",
            ));
        };
        let Some(crs) = grid::file_crs(&file, job)? else {
            return Err(failed(
                "raster.no_crs",
                "the file does not say its coordinate system; state it for this file",
            ));
        };
        let mut notes = Vec::new();
        let (w, h) = file.raster_size();
        let source_px = [w, h].map(|n| u32::try_from(n).unwrap_or(u32::MAX));
        let plan = bands::plan(&file, &mut notes)?;
        let frame = match (job.mode, &job.frame) {
            (ImportMode::Inspect, _) => None,
            (ImportMode::Import, Some(frame)) => Some(frame),
            (ImportMode::Import, None) => {
                return Err(failed("raster.no_frame", "the project has no coordinate system"));
            }
        };
        let raise_m = raise(job, plan.kind(), &mut notes);
        let target = match frame {
            None => Target { grid: grid::own_grid(plan.kind(), gt, source_px), warp: None },
            Some(frame) => project(&file, &plan, frame, &crs, &mut notes)?,
        };
        let extent = match frame {
            None => grid::own_extent(gt, source_px),
            Some(_) => target.grid.extent(),
        };
        let object = object(job, &plan, extent, z_range(&file, &plan, raise_m, &mut notes));
        out.send(Batch::Begin(begin(&file, &crs, frame)))?;
        for note in notes {
            out.send(Batch::Diagnostic(note))?;
        }
        out.send(Batch::Objects(vec![object]))?;
        let (bands, nodata) = (u32::try_from(file.raster_count()).unwrap_or(u32::MAX), plan.declared_nodata);
        out.send(Batch::RasterBegin(RasterBegin {
            object: 0,
            grid: target.grid.clone(),
            source_px,
            bands,
            nodata,
        }))?;
        let open_s = started.elapsed().as_secs_f64();
        if let Some(frame) = frame {
            let grid = target.grid;
            let source = match target.warp {
                None => Source::direct(&file, &plan),
                Some(warp) => {
                    Source::warped(&file, &plan, warp, &grid, frame.meters_per_unit).map_err(|e| {
                        failed("raster.read", format!("there is no memory for a stripe of the raster: {e}"))
                    })?
                }
            };
            match plan.kind() {
                RasterKind::Orthophoto => stream(job, out, (source, &grid), |s, y, n| s.colors(y, n))?,
                RasterKind::Elevation => {
                    stream(job, out, (source, &grid), |s, y, n| s.heights(y, n, raise_m))?
                }
            }
        }
        let geometry_s = started.elapsed().as_secs_f64() - open_s;
        out.send(Batch::End(End { counts: Counts { read: 1, kept: 1, dropped: 0 }, open_s, geometry_s }))
    }
}

fn say(code: &'static str, severity: Severity, place: String, text: String) -> Diagnostic {
    Diagnostic::new(Code::new(code), severity, place, text)
}

/// Meters that the user adds to all heights.
fn raise(job: &ImportJob, kind: RasterKind, notes: &mut Vec<Diagnostic>) -> f64 {
    let Some(text) = job.height_override.as_deref().filter(|_| kind == RasterKind::Elevation) else {
        return 0.0;
    };
    if let Some(meters) = text.trim().parse::<f64>().ok().filter(|v| v.is_finite()) {
        notes.push(say(
            "raster.raised",
            Severity::Info,
            String::new(),
            format!("{meters} m were added to all heights, as stated"),
        ));
        return meters;
    }
    let what = format!("heights of rasters are not converted from {text:?}; they were kept as they are");
    notes.push(say("raster.height_kept", Severity::Warning, String::new(), what).with("height", text));
    0.0
}

fn project(
    file: &Dataset,
    plan: &Plan,
    frame: &ProjectFrame,
    from: &Crs,
    notes: &mut Vec<Diagnostic>,
) -> Result<Target, ImportError> {
    let to = Crs::parse(&frame.crs).map_err(|e| failed("raster.crs_unreadable", e.to_string()))?;
    for note in grid::policy(from, &to)?.notes() {
        notes.push(say("raster.crs_note", Severity::Info, String::new(), note.text.clone()));
    }
    grid::target(file, plan, frame, (from, &to))
}

fn begin(file: &Dataset, crs: &Crs, frame: Option<&ProjectFrame>) -> Begin {
    let declared = crs.text().to_owned();
    Begin {
        importer: "raster".to_owned(),
        schema: file.driver().short_name(),
        crs: Some(frame.map_or_else(|| declared.clone(), |f| f.crs.clone())),
        declared_crs: Some(declared),
        unit: crs.unit(),
        georeference: Georeference::Coordinates,
    }
}

/// Lowest and highest height of a sample, in meters; 0 and 0 for colors.
fn z_range(file: &Dataset, plan: &Plan, raise_m: f64, notes: &mut Vec<Diagnostic>) -> [f64; 2] {
    let Look::Heights { scale, offset } = plan.look else { return [0.0; 2] };
    let Some((low, high)) = bands::sample_range(file, plan) else {
        let what = "no height could be read for the range of heights; 0 was taken".to_owned();
        notes.push(say("raster.range_unknown", Severity::Warning, String::new(), what));
        return [0.0; 2];
    };
    let [a, b] = [low, high].map(|v| f64::from(v) * scale + offset + raise_m);
    if a.abs().max(b.abs()) > PLAUSIBLE_M {
        let what = format!("heights from {a} to {b} m are not plausible; perhaps nodata is not declared");
        notes.push(say("raster.implausible_heights", Severity::Warning, "band 1".to_owned(), what));
    }
    [a.min(b), a.max(b)]
}

fn object(
    job: &ImportJob,
    plan: &Plan,
    [west, south, east, north]: [f64; 4],
    [low, high]: [f64; 2],
) -> ObjectRecord {
    let class = match plan.kind() {
        RasterKind::Orthophoto => "orthophoto",
        RasterKind::Elevation => "elevation",
    };
    ObjectRecord {
        id: "raster".to_owned(),
        kind: ObjectKind::Raster,
        class: class.to_owned(),
        name: job.path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default(),
        parent: None,
        bbox: Some([west, south, low, east, north, high]),
        area_m2: None,
        volume_m3: None,
        n_triangles: 0,
        closed: false,
        color: None,
        hidden: false,
        diagnostics: Vec::new(),
    }
}

/// Reads stripe after stripe; one that cannot be read is missing and the rest goes on.
fn stream<P: Pixel>(
    job: &ImportJob,
    out: &mut dyn ImportSink,
    (mut source, grid): (Source<'_>, &RasterGrid),
    read: impl Fn(&Source<'_>, usize, usize) -> gdal::errors::Result<Vec<P>>,
) -> Result<(), ImportError> {
    let [width, height] = grid.size_px.map(|n| usize::try_from(n).unwrap_or(usize::MAX));
    let n_stripes = height.div_ceil(EDGE);
    let mut pyramid = Pyramid::new(grid);
    let mut ready: Vec<RasterTile> = Vec::new();
    let mut failures: Vec<String> = Vec::new();
    for (nth, y) in (0..height).step_by(EDGE).enumerate() {
        job.cancel.check()?;
        let rows = EDGE.min(height - y);
        let (stripe, said) = capture_gdal_errors(|| {
            if source.advance(y, rows) {
                read(&source, y, rows).map_err(|e| e.to_string())
            } else {
                Err(String::new())
            }
        });
        let stripe = match stripe {
            Ok(stripe) => stripe,
            Err(error) => {
                let reason = said.last().cloned().unwrap_or(error);
                if failures.len() < LISTED {
                    let what = format!("{rows} rows of the target cannot be read and stay empty: {reason}");
                    out.send(Batch::Diagnostic(say(
                        "raster.read",
                        Severity::Error,
                        format!("row {y}"),
                        what,
                    )))?;
                }
                failures.push(reason);
                vec![P::EMPTY; width * rows]
            }
        };
        pyramid.push(stripe, &mut |tile| -> Result<(), ImportError> {
            ready.push(tile);
            if ready.len() >= BATCH_TILES {
                out.send(Batch::RasterTiles(std::mem::take(&mut ready)))?;
            }
            Ok(())
        })?;
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        out.send(Batch::Progress { done: count(nth + 1), total: count(n_stripes) })?;
    }
    if !ready.is_empty() {
        out.send(Batch::RasterTiles(ready))?;
    }
    match failures.last() {
        Some(reason) if failures.len() == n_stripes => {
            Err(failed("raster.read", format!("no part of the raster can be read: {reason}")))
        }
        _ => Ok(()),
    }
}
