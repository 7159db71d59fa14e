//! The importer: one file in, one object and one pyramid out.

use std::path::Path;
use std::time::Instant;

use gdal::Dataset;
use lantu_base::{Code, Counts, Diagnostic, RasterGrid, RasterKind, Severity};
use lantu_geodesy::{Crs, CrsKind, Transform, capture_gdal_errors};
use lantu_ingest::{
    Batch, Begin, Confidence, End, Georeference, ImportError, ImportJob, ImportMode, ImportSink, Importer,
    ObjectKind, ObjectRecord, PlaceHints, RasterBegin,
};

use crate::native::{WarpJob, suggest};
use crate::open::{check_size, failed, open};
use crate::pass::Pass;
use crate::pixels::Scales;
use crate::preview;
use crate::source::{Source, wkt_of};

/// Orthophotos and elevation: GeoTIFF, COG, VRT, JPEG and PNG with world file, ASCII grid, SRTM HGT, DTED, `MBTiles`,
/// `GeoPackage` tiles.
pub struct RasterImporter;

/// Side of the coarse sample that ranges are read from, pixels.
const SAMPLE_PX: usize = 768;

/// Larger rasters without overviews are not read as a whole for their ranges, pixels: that would decode every block.
const MAX_WHOLE_PX: usize = 16_000_000;
/// Windows on a side that are read instead, and their edge in pixels.
const WINDOWS: usize = 8;
const WINDOW_PX: usize = 128;

impl Importer for RasterImporter {
    fn name(&self) -> &'static str {
        "raster"
    }

    fn probe(&self, path: &Path, head: &[u8]) -> Confidence {
        let magic: [&[u8]; 8] = [
            b"II*\0",
            b"MM\0*",
            b"II+\0",
            b"MM\0+",
            b"\x89PNG\r\n\x1a\n",
            b"\xff\xd8\xff",
            b"UHL1",
            b"<VRTDataset",
        ];
        if magic.iter().any(|m| head.starts_with(m)) || is_tile_package(head) {
            return Confidence::MAGIC;
        }
        let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
        let start =
            String::from_utf8_lossy(head.get(..head.len().min(64)).unwrap_or_default()).to_lowercase();
        if start.trim_start().starts_with("ncols") {
            return Confidence::CONTENT;
        }
        match ending.as_str() {
            "tif" | "tiff" | "vrt" | "hgt" | "asc" | "dt0" | "dt1" | "dt2" => Confidence::NAME,
            _ => Confidence::NO,
        }
    }

    fn import(&self, job: &ImportJob, out: &mut dyn ImportSink) -> Result<(), ImportError> {
        job.cancel.check()?;
        let started = Instant::now();
        let dataset = open(&job.path)?;
        let source = Source::read(&dataset, job)?;
        let asks_height = check_height(&source, job)?;
        let target = Target::choose(&dataset, &source, job)?;
        begin(&dataset, (&source, asks_height), job, out)?;
        if source.bogus_nodata {
            let what = "the declared nodata value cannot occur in this band; it is ignored";
            say(out, "raster.bogus_nodata", Severity::Info, "band 1", what.to_owned())?;
        }
        if source.kind.is_height() && source.meters_per_height().is_none() {
            let what =
                format!("the unit of the heights, {:?}, is not known; they are taken as meters", source.unit);
            say(out, "raster.unit", Severity::Warning, "band 1", what)?;
        }
        if source.kind == RasterKind::Surface {
            let what = "a surface model, with roofs and crowns: where there is a model of the ground, that is the ground; \
                        --as raster:ground says otherwise";
            say(out, "raster.surface", Severity::Info, "", what.to_owned())?;
        }
        let sample = Sample::read(&dataset, &source, job);
        if source.kind == RasterKind::Orthophoto && !source.content.bytes && source.content.palette.is_none()
        {
            let what = format!("values from {} to {} were scaled to 8 bits", sample.low, sample.high);
            say(out, "raster.scaled", Severity::Info, "", what)?;
        }
        send_object(&source, &target, &sample, job, out)?;
        let open_s = started.elapsed().as_secs_f64();
        if job.mode == ImportMode::Import {
            target.send_tiles(&dataset, &source, &sample, (job, out))?;
        }
        let geometry_s = started.elapsed().as_secs_f64() - open_s;
        out.send(Batch::End(End { counts: Counts { read: 1, kept: 1, dropped: 0 }, open_s, geometry_s }))
    }
}

/// Whether a SQLite database holds pictures: `MBTiles`, or a `GeoPackage` with tiles and without features.
fn is_tile_package(head: &[u8]) -> bool {
    let has = |word: &str| head.windows(word.len()).any(|w| w.eq_ignore_ascii_case(word.as_bytes()));
    if !head.starts_with(b"SQLite format 3\0") {
        return false;
    }
    // Vector tiles are packed in the same way; their metadata say it.
    if has("gpkg_contents") {
        has("tile_data") && !has("features")
    } else {
        has("zoom_level") && has("tile_data") && has("tile_column") && !has("formatpbf")
    }
}

fn say(
    out: &mut dyn ImportSink,
    code: &'static str,
    severity: Severity,
    place: &str,
    what: String,
) -> Result<(), ImportError> {
    out.send(Batch::Diagnostic(Diagnostic::new(Code::new(code), severity, place, what)))
}

fn unit_of(crs: Option<&Crs>) -> String {
    match crs {
        None => String::new(),
        Some(c) if c.kind() == CrsKind::Geographic => "degree".to_owned(),
        Some(c) => c.unit(),
    }
}

fn begin(
    dataset: &Dataset,
    (source, asks_height): (&Source, bool),
    job: &ImportJob,
    out: &mut dyn ImportSink,
) -> Result<(), ImportError> {
    let declared_crs = source.crs.as_ref().map(|c| c.text().to_owned());
    let project = job.frame.as_ref().map(|f| f.crs.clone());
    out.send(Batch::Begin(Begin {
        importer: "raster".to_owned(),
        schema: dataset.driver().short_name(),
        crs: if job.mode == ImportMode::Inspect { declared_crs.clone() } else { project },
        declared_crs,
        unit: unit_of(source.crs.as_ref()),
        georeference: Georeference::Coordinates,
        hints: Box::new(PlaceHints { asks_height, ..PlaceHints::default() }),
    }))
}

/// Ranges from a coarse look at the first band that is shown.
struct Sample {
    low: f32,
    high: f32,
    /// From stored value to meters.
    scale: (f64, f64),
    /// Value of a full alpha.
    alpha_max: f32,
}

impl Sample {
    fn read(dataset: &Dataset, source: &Source, job: &ImportJob) -> Self {
        let mut sample =
            Self { low: f32::INFINITY, high: f32::NEG_INFINITY, scale: (1.0, 0.0), alpha_max: 255.0 };
        let [w, h] = source.size;
        if source.content.bytes && !source.kind.is_height() {
            // Colors of 8 bits are what they are.
            return sample;
        }
        // What cannot be read here is reported where its stripe is read.
        let (read, _said) = capture_gdal_errors(|| {
            let band = dataset.rasterband(*source.content.bands.first()?).ok()?;
            let mask = band.open_mask_band().ok()?;
            let (mut values, mut there) = (Vec::new(), Vec::new());
            for (at, window, size) in looks([w, h], band.overview_count().unwrap_or(0) > 0) {
                let read =
                    (band.read_as::<f32>(at, window, size, None), mask.read_as::<u8>(at, window, size, None));
                let (Ok(own), Ok(valid)) = read else { continue };
                values.extend_from_slice(own.data());
                there.extend_from_slice(valid.data());
            }
            let meters = source.meters_per_height().unwrap_or(1.0);
            let scale = (band.scale().unwrap_or(1.0) * meters, band.offset().unwrap_or(0.0) * meters);
            Some((values, there, scale))
        });
        if let Some((values, mask, scale)) = read {
            sample.scale = scale;
            for v in values.iter().zip(&mask).filter(|(v, m)| v.is_finite() && **m > 0).map(|(v, _)| *v) {
                (sample.low, sample.high) = (sample.low.min(v), sample.high.max(v));
            }
        }
        if !source.content.bytes
            && let Some(alpha) = source.content.alpha
        {
            let (read, _said) = capture_gdal_errors(|| {
                let band = dataset.rasterband(alpha).ok()?;
                let mut most = 0.0_f32;
                for (at, window, size) in looks([w, h], band.overview_count().unwrap_or(0) > 0) {
                    let Ok(values) = band.read_as::<f32>(at, window, size, None) else { continue };
                    most = values.data().iter().copied().fold(most, f32::max);
                }
                Some(most)
            });
            // Writers disagree on what a full alpha of 16 bits is: as much as the type holds, 255, or 1.
            sample.alpha_max = match read {
                Some(most) if most > 255.0 => 65_535.0,
                Some(most) if most <= 1.0 => 1.0,
                _ => 255.0,
            };
        }
        if source.kind.is_height() {
            sample.scale.1 += height_offset(job).unwrap_or(0.0);
        }
        if sample.low > sample.high {
            (sample.low, sample.high) = (0.0, 0.0);
        }
        sample
    }

    fn heights(&self) -> (f64, f64) {
        let (scale, offset) = self.scale;
        (f64::from(self.low) * scale + offset, f64::from(self.high) * scale + offset)
    }
}

/// A part of a raster and how many pixels are read of it.
type Window = ((isize, isize), (usize, usize), (usize, usize));

/// What is looked at to know the range of values: all of it, coarsely, where that is quick; else small windows all over.
fn looks([w, h]: [usize; 2], has_overviews: bool) -> Vec<Window> {
    if has_overviews || w.saturating_mul(h) <= MAX_WHOLE_PX {
        return vec![((0, 0), (w, h), (w.min(SAMPLE_PX), h.min(SAMPLE_PX)))];
    }
    let size = (WINDOW_PX.min(w), WINDOW_PX.min(h));
    let at = |i: usize, all: usize, own: usize| {
        isize::try_from((all - own) / (WINDOWS - 1).max(1) * i).unwrap_or(0)
    };
    let place = |i: usize| (at(i % WINDOWS, w, size.0), at(i / WINDOWS, h, size.1));
    (0..WINDOWS * WINDOWS).map(|i| (place(i), size, size)).collect()
}

/// Heights of a raster are moved by a constant only: what else is stated of them must be what the project's are. Whether
/// nobody says what they are above, and the project does of its own.
fn check_height(source: &Source, job: &ImportJob) -> Result<bool, ImportError> {
    let Some(frame) =
        job.frame.as_ref().filter(|_| source.kind.is_height() && job.mode == ImportMode::Import)
    else {
        return Ok(false);
    };
    let other = |what: &str| {
        let what = format!(
            "heights above {what} cannot be led to those of the project: state what is to be added to them, in meters"
        );
        Err(failed("raster.height", what))
    };
    match (job.height_override.as_deref(), &source.crs) {
        (Some(_), _) if height_offset(job).is_some() => Ok(false),
        (Some(stated), _) => {
            let own = frame.height_crs.as_deref();
            if own.is_none_or(|own| lantu_geodesy::same_heights(stated, own)) {
                Ok(false)
            } else {
                other(stated)
            }
        }
        // A raster in the grid of the project's own pixels says as little as one without a vertical part.
        (None, None) => Ok(frame.height_crs.is_some()),
        (None, Some(crs)) => match lantu_geodesy::states_heights_of(crs, frame) {
            None => Ok(true),
            Some(true) => Ok(false),
            Some(false) => other(crs.label()),
        },
    }
}

/// A constant that the user adds to the heights.
fn height_offset(job: &ImportJob) -> Option<f64> {
    job.height_override.as_deref().and_then(|t| t.trim().parse::<f64>().ok()).filter(|v| v.is_finite())
}

fn send_object(
    source: &Source,
    target: &Target,
    sample: &Sample,
    job: &ImportJob,
    out: &mut dyn ImportSink,
) -> Result<(), ImportError> {
    let [x0, y0, x1, y1] =
        if job.mode == ImportMode::Inspect { source.extent() } else { target.grid.extent() };
    let (class, (z0, z1)) = match source.kind {
        RasterKind::Elevation => ("elevation", sample.heights()),
        RasterKind::Surface => ("surface", sample.heights()),
        RasterKind::Orthophoto => ("orthophoto", (0.0, 0.0)),
    };
    let name = job.path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    out.send(Batch::Objects(vec![ObjectRecord {
        name,
        bbox: Some([x0, y0, z0, x1, y1, z1]),
        ..ObjectRecord::new(ObjectKind::Raster, class, "raster")
    }]))?;
    if let Some(offset) = height_offset(job).filter(|_| source.kind.is_height()) {
        let what = format!("{offset} m were added to all heights, as stated");
        let told = Diagnostic::new(Code::new("raster.height_offset"), Severity::Info, "", what);
        out.send(Batch::Diagnostic(told.with("offset_m", offset)))?;
    }
    let px = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    out.send(Batch::RasterBegin(RasterBegin {
        object: 0,
        grid: target.grid.clone(),
        source_px: source.size.map(px),
        bands: px(source.n_bands),
        nodata: source.declared_nodata,
    }))
}

/// The grid that the raster is brought to, and how.
struct Target {
    grid: RasterGrid,
    warp: Option<WarpJob>,
    meters_per_unit: f64,
    notes: Vec<String>,
}

impl Target {
    fn choose(dataset: &Dataset, source: &Source, job: &ImportJob) -> Result<Self, ImportError> {
        let [w, h] = source.size.map(|n| u32::try_from(n).unwrap_or(u32::MAX));
        let [x0, a, _, y0, _, _] = source.geotransform;
        let own = |meters: f64| grid(source.kind, [x0 * meters, y0 * meters], a.abs() * meters, [w, h]);
        let Some(frame) = job.frame.as_ref().filter(|_| job.mode == ImportMode::Import) else {
            return Ok(Self { grid: own(1.0), warp: None, meters_per_unit: 1.0, notes: Vec::new() });
        };
        let Some(crs) = &source.crs else {
            return Err(failed("raster.no_crs", "the raster does not say its coordinate system"));
        };
        let to = Crs::parse(&frame.crs).map_err(|e| failed("raster.crs_unreadable", e.to_string()))?;
        let way = Transform::new(crs, &to).map_err(|e| failed("raster.crs_refused", e.to_string()))?;
        // What heights are above is settled apart.
        let horizontal = way.notes().iter().filter(|n| n.code != "heights_kept");
        let notes = horizontal.map(|n| n.text.clone()).collect();
        let meters_per_unit = frame.meters_per_unit;
        if crs.same_horizontal(&to) && source.is_north_up() {
            return Ok(Self { grid: own(meters_per_unit), warp: None, meters_per_unit, notes });
        }
        let warp =
            WarpJob { src_wkt: source.wkt.clone(), dst_wkt: wkt_of(&to)?, by_points: source.by_points };
        let (suggested, said) = capture_gdal_errors(|| suggest(dataset, &warp));
        let (gt, size) = suggested.ok_or_else(|| {
            let reason = said.last().cloned().unwrap_or_else(|| "GDAL gives no grid".to_owned());
            failed("raster.crs_refused", format!("the raster cannot be brought to {}: {reason}", to.name()))
        })?;
        check_size(size.map(u64::from))?;
        let [west, gsd, _, north, _, _] = gt;
        let grid =
            grid(source.kind, [west * meters_per_unit, north * meters_per_unit], gsd * meters_per_unit, size);
        Ok(Self { grid, warp: Some(warp), meters_per_unit, notes })
    }

    fn send_tiles(
        &self,
        dataset: &Dataset,
        source: &Source,
        sample: &Sample,
        (job, out): (&ImportJob, &mut dyn ImportSink),
    ) -> Result<(), ImportError> {
        for note in &self.notes {
            say(out, "raster.crs_note", Severity::Info, "", note.clone())?;
        }
        let pass = Pass {
            job,
            source: &source.content,
            grid: &self.grid,
            warp: self.warp.as_ref(),
            scales: Scales {
                range: (sample.low, sample.high),
                height: sample.scale,
                alpha_max: sample.alpha_max,
            },
            meters_per_unit: self.meters_per_unit,
        };
        let first = match source.kind {
            RasterKind::Orthophoto => preview::send::<[u8; 4]>(&pass, dataset, source, out),
            RasterKind::Elevation | RasterKind::Surface => preview::send::<f32>(&pass, dataset, source, out),
        };
        first?;
        match source.kind {
            RasterKind::Orthophoto => pass.run::<[u8; 4]>(dataset, out),
            RasterKind::Elevation | RasterKind::Surface => pass.run::<f32>(dataset, out),
        }
    }
}

fn grid(kind: RasterKind, west_north: [f64; 2], gsd_m: f64, size_px: [u32; 2]) -> RasterGrid {
    RasterGrid { kind, west_north, gsd_m, size_px, n_levels: RasterGrid::levels_for(size_px) }
}
