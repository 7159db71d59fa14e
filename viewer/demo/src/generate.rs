//! Runs all writers in order.

use std::path::{Path, PathBuf};

use crate::error::DemoError;
use crate::plan::{BLOCK, DISTRICT, EARTHWORKS, Plan, standing};
use crate::raster::{self, Frame, Heights, Packing};
use crate::sensors::{self, Quantity};
use crate::{ifc, movers, schedule, vector};

/// The written files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DemoFiles {
    /// Files to import, in this order: terrain first, so that what is draped finds it.
    pub imports: Vec<PathBuf>,
    /// Sensor series, `time,channel,value,unit,quality`.
    pub samples: Vec<PathBuf>,
    /// Which channel belongs to which object.
    pub channels: PathBuf,
    /// People, a truck and a crane.
    pub things: PathBuf,
}

/// How fine the rasters are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detail {
    /// Pixels are this many times as large as in the real demo.
    pub coarser: f64,
}

impl Detail {
    /// The demo itself: 5 cm and 50 cm pixels.
    pub const FULL: Self = Self { coarser: 1.0 };
}

/// When a surface model was flown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DemoSurvey {
    /// The source, as its file is called.
    pub source: &'static str,
    /// When, in the project's time zone.
    pub time: &'static str,
    /// Standard deviation of one height, meters.
    pub sigma_m: f64,
}

/// The two surveys: pits are dug in the first; in the second the fifth floor is being poured.
pub const SURVEYS: [DemoSurvey; 2] = [
    DemoSurvey { source: "dsm_0.5m", time: "2026-04-20T10:00", sigma_m: 0.03 },
    DemoSurvey { source: "dsm_0.5m_epoch2", time: "2026-09-10T10:00", sigma_m: 0.03 },
];

/// What the second flight covered: west, south, east, north in EPSG:4548, around all earthworks.
const SECOND_FLIGHT: [f64; 4] = [455_470.0, 4_428_400.0, 455_590.0, 4_428_620.0];

/// Writes all files of the demo under `dir`, which is created.
///
/// `progress` gets the step's English name and the share that is done, 0 to 1. About a minute of
/// CPU time, 120 MB on disk; the same bytes every time.
///
/// # Errors
/// [`DemoError`] if a file cannot be written; what was written stays.
pub fn generate(dir: &Path, progress: &mut dyn FnMut(&str, f64)) -> Result<DemoFiles, DemoError> {
    generate_with(dir, Detail::FULL, progress)
}

/// As [`generate`], with rasters as coarse as `detail` says.
///
/// # Errors
/// As [`generate`].
pub fn generate_with(
    dir: &Path,
    detail: Detail,
    progress: &mut dyn FnMut(&str, f64),
) -> Result<DemoFiles, DemoError> {
    let plan = Plan::demo();
    for name in ["terrain", "ortho", "vector", "models", "sensors"] {
        let path = dir.join(name);
        std::fs::create_dir_all(&path).map_err(|source| DemoError::Write { source, path })?;
    }
    let mut files = DemoFiles::default();
    progress("terrain", 0.0);
    let coarse = Frame { bounds: DISTRICT, pixel_m: 0.5 * detail.coarser.min(4.0) };
    let [surface, ground] = ["terrain/dsm_0.5m.tif", "terrain/dtm_0.5m.tif"].map(|name| dir.join(name));
    raster::elevation(&[(&surface, Heights::Surface), (&ground, Heights::Ground)], &plan, coarse)?;
    files.imports.extend([surface, ground]);
    progress("orthophoto of the district", 0.08);
    let path = dir.join("ortho/district_50cm.tif");
    raster::orthophoto(&path, &plan, coarse, Packing::Deflate, &mut |f| {
        progress("orthophoto of the district", 0.08 + 0.22 * f);
    })?;
    files.imports.push(path);
    let path = dir.join("ortho/block_5cm.tif");
    let frame = Frame { bounds: BLOCK, pixel_m: 0.05 * detail.coarser };
    raster::orthophoto(&path, &plan, frame, Packing::Jpeg, &mut |f| {
        progress("orthophoto of the block", 0.30 + 0.50 * f);
    })?;
    files.imports.push(path);
    second_survey(dir, &plan, detail, &mut files, progress)?;
    progress("vector layers", 0.92);
    let folder = dir.join("vector");
    for name in vector::write(&folder, &plan)? {
        files.imports.push(folder.join(name));
    }
    progress("models", 0.95);
    let (text, building) = ifc::building();
    let path = dir.join("models/building.ifc");
    write_text(&path, &text)?;
    files.imports.push(path);
    let (text, bridge) = ifc::bridge();
    let path = dir.join("models/bridge.ifc");
    write_text(&path, &text)?;
    files.imports.push(path);
    progress("schedule and sensors", 0.97);
    let (building, bridge) = (building.items, bridge.items);
    let path = dir.join("schedule.csv");
    write_text(&path, &schedule::csv(&building, &bridge))?;
    files.imports.push(path);
    for quantity in [Quantity::Strain, Quantity::Noise, Quantity::Dust] {
        let path = dir.join("sensors").join(quantity.file());
        write_text(&path, &sensors::series(quantity, &building, &bridge))?;
        files.samples.push(path);
    }
    let path = dir.join("sensors/positions.csv");
    write_text(&path, &movers::positions())?;
    files.samples.push(path);
    files.things = dir.join("sensors/things.csv");
    write_text(&files.things, &movers::things())?;
    files.channels = dir.join("sensors/channels.csv");
    write_text(&files.channels, &sensors::bindings(&building, &bridge))?;
    progress("done", 1.0);
    Ok(files)
}

/// The second survey: a surface model of the block with what stands of the works, and an orthophoto of where something was dug and piled up.
fn second_survey(
    dir: &Path,
    plan: &Plan,
    detail: Detail,
    files: &mut DemoFiles,
    progress: &mut dyn FnMut(&str, f64),
) -> Result<(), DemoError> {
    let plan = Plan { earthworks: &EARTHWORKS, standing: standing(), ..plan.clone() };
    let path = dir.join("terrain/dsm_0.5m_epoch2.tif");
    let frame = Frame { bounds: BLOCK, pixel_m: 0.5 * detail.coarser.min(4.0) };
    raster::elevation(&[(&path, Heights::Surface)], &plan, frame)?;
    files.imports.push(path);
    let path = dir.join("ortho/block_5cm_epoch2.tif");
    let frame = Frame { bounds: SECOND_FLIGHT, pixel_m: 0.05 * detail.coarser };
    raster::orthophoto(&path, &plan, frame, Packing::Jpeg, &mut |f| {
        progress("orthophoto of the second survey", 0.80 + 0.12 * f);
    })?;
    files.imports.push(path);
    Ok(())
}

/// Writes a text file.
pub(crate) fn write_text(path: &Path, text: &str) -> Result<(), DemoError> {
    std::fs::write(path, text).map_err(|source| DemoError::Write { source, path: path.to_path_buf() })
}
