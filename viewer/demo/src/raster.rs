//! The elevation model and the orthophotos, through GDAL.

use std::path::Path;

use gdal::DriverManager;
use gdal::raster::{Buffer, RasterCreationOptions};
use gdal::spatial_ref::SpatialRef;
use glam::DVec2;
use rayon::prelude::*;

use crate::paint::Painter;
use crate::plan::{self, Plan, WayKind, from_world, to_world};
use crate::shape::Bins;
use crate::{DemoError, EPSG, HEIGHT_EPSG};

/// Rows painted before they are written; keeps an orthophoto's memory at some megabytes.
const STRIP_ROWS: usize = 128;
/// Value of cells without elevation.
const NODATA: f64 = -9999.0;

/// A picture's frame: west, south, east, north in EPSG:4548 and the size of a pixel.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    pub(crate) bounds: [f64; 4],
    pub(crate) pixel_m: f64,
}

impl Frame {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few thousand pixels")]
    fn size(&self) -> (usize, usize) {
        let [west, south, east, north] = self.bounds;
        let n = |m: f64| (m / self.pixel_m).round().max(1.0) as usize;
        (n(east - west), n(north - south))
    }

    fn transform(&self) -> [f64; 6] {
        let [west, _, _, north] = self.bounds;
        [west, self.pixel_m, 0.0, north, 0.0, -self.pixel_m]
    }

    /// Plan position of a pixel; `dx` and `dy` in [0, 1) choose a place within it.
    fn at(&self, column: usize, row: usize, dx: f64, dy: f64) -> DVec2 {
        let [west, _, _, north] = self.bounds;
        from_world(DVec2::new(
            west + (column as f64 + dx) * self.pixel_m,
            north - (row as f64 + dy) * self.pixel_m,
        ))
    }
}

/// How a picture is packed and sampled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    /// One sample a pixel, JPEG.
    Jpeg,
    /// Four samples a pixel, lossless.
    Deflate,
}

fn driver() -> Result<gdal::Driver, DemoError> {
    Ok(DriverManager::get_driver_by_name("GTiff")?)
}

fn options(pairs: &[&str]) -> RasterCreationOptions {
    pairs.iter().copied().collect()
}

/// Writes an RGB orthophoto strip by strip.
pub(crate) fn orthophoto(
    path: &Path,
    plan: &Plan,
    frame: Frame,
    packing: Packing,
    progress: &mut dyn FnMut(f64),
) -> Result<(), DemoError> {
    let (width, height) = frame.size();
    let options = match packing {
        Packing::Jpeg => options(&[
            "COMPRESS=JPEG",
            "JPEG_QUALITY=90",
            "PHOTOMETRIC=YCBCR",
            "TILED=YES",
            "BLOCKXSIZE=256",
            "BLOCKYSIZE=256",
            "INTERLEAVE=PIXEL",
        ]),
        Packing::Deflate => options(&["COMPRESS=DEFLATE", "PREDICTOR=2", "TILED=YES", "INTERLEAVE=PIXEL"]),
    };
    let mut dataset =
        driver()?.create_with_band_type_with_options::<u8, _>(path, width, height, 3, &options)?;
    dataset.set_spatial_ref(&SpatialRef::from_epsg(EPSG)?)?;
    dataset.set_geo_transform(&frame.transform())?;
    let painter = Painter::new(plan, frame.pixel_m);
    let samples: &[(f64, f64)] = match packing {
        Packing::Jpeg => &[(0.5, 0.5)],
        Packing::Deflate => &[(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)],
    };
    let mut first = 0;
    while first < height {
        let rows = STRIP_ROWS.min(height - first);
        let mut strip = vec![0_u8; rows * width * 3];
        strip.par_chunks_mut(width * 3).enumerate().for_each(|(row, line)| {
            for (column, pixel) in line.chunks_exact_mut(3).enumerate() {
                let mut sum = [0.0; 3];
                for (dx, dy) in samples {
                    let color = painter.color(frame.at(column, first + row, *dx, *dy));
                    for (total, value) in sum.iter_mut().zip(color) {
                        *total += value;
                    }
                }
                for (byte, total) in pixel.iter_mut().zip(sum) {
                    *byte = to_byte(total / samples.len() as f64);
                }
            }
        });
        write_strip(&mut dataset, (width, rows), first, &strip)?;
        first += rows;
        progress(first as f64 / height as f64);
    }
    dataset.close()?;
    Ok(())
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
pub(crate) fn to_byte(value: f64) -> u8 {
    value.round().clamp(0.0, 255.0) as u8
}

fn write_strip(
    dataset: &mut gdal::Dataset,
    size: (usize, usize),
    first: usize,
    pixels: &[u8],
) -> Result<(), DemoError> {
    let top = isize::try_from(first).map_err(|source| DemoError::TooLarge { source })?;
    for band in 0..3 {
        let values: Vec<u8> = pixels.iter().skip(band).step_by(3).copied().collect();
        let mut buffer = Buffer::new(size, values);
        dataset.rasterband(band + 1)?.write((0, top), size, &mut buffer)?;
    }
    Ok(())
}

/// Which heights of a place an elevation model has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heights {
    /// Ground, houses and the temporary crossing, without trees.
    Surface,
    /// Ground and the temporary crossing, which vehicles drive on.
    Ground,
}

/// Writes elevation models of one frame.
pub(crate) fn elevation(files: &[(&Path, Heights)], plan: &Plan, frame: Frame) -> Result<(), DemoError> {
    let (width, height) = frame.size();
    let houses = plan.house_bins(0.0);
    let levels: Vec<f64> = plan.houses.iter().map(|h| plan.ground_m(h.rect.center)).collect();
    let ways = plan.way_bins();
    // Surface and ground of each cell: the ground is what costs.
    let mut cells = vec![(0.0_f32, 0.0_f32); width * height];
    cells.par_chunks_mut(width).enumerate().for_each(|(row, line)| {
        for (column, cell) in line.iter_mut().enumerate() {
            let p = frame.at(column, row, 0.5, 0.5);
            let ground = ground_m(plan, &ways, p);
            let surface = roof_m(plan, &houses, &levels, p).unwrap_or(ground);
            let built = plan.standing.iter().filter(|s| s.contains(p)).map(|s| s.top_m);
            let surface = built.fold(surface, f64::max);
            *cell = (narrow(surface), narrow(ground));
        }
    });
    for (path, heights) in files {
        let values = cells.iter().map(|(surface, ground)| match heights {
            Heights::Surface => *surface,
            Heights::Ground => *ground,
        });
        write_heights(path, frame, values.collect())?;
    }
    Ok(())
}

fn write_heights(path: &Path, frame: Frame, cells: Vec<f32>) -> Result<(), DemoError> {
    let size = frame.size();
    let options = options(&["COMPRESS=DEFLATE", "PREDICTOR=3", "TILED=YES"]);
    let mut dataset =
        driver()?.create_with_band_type_with_options::<f32, _>(path, size.0, size.1, 1, &options)?;
    // Without a datum of its heights a project that has one asks what they are above.
    let crs = format!("EPSG:{EPSG}+{HEIGHT_EPSG}");
    dataset.set_spatial_ref(&SpatialRef::from_definition(&crs)?)?;
    dataset.set_geo_transform(&frame.transform())?;
    let mut band = dataset.rasterband(1)?;
    band.set_no_data_value(Some(NODATA))?;
    band.write((0, 0), size, &mut Buffer::new(size, cells))?;
    dataset.close()?;
    Ok(())
}

/// Millimeters are enough for a surface model and pack well.
#[expect(clippy::cast_possible_truncation, reason = "heights of some tens of meters")]
fn narrow(z: f64) -> f32 {
    ((z * 1000.0).round() / 1000.0) as f32
}

/// How far the house volumes stand back from the footprints, so that extruded footprints enclose them.
const SETBACK_M: f64 = 0.5;

/// Roof of the house at a place.
fn roof_m(plan: &Plan, houses: &Bins, levels: &[f64], p: DVec2) -> Option<f64> {
    houses.at(p).iter().find_map(|i| {
        let i = *i as usize;
        let (house, level) = (plan.houses.get(i)?, levels.get(i)?);
        house.rect.grown(-SETBACK_M).contains(p).then(|| level + house.eave_m + 0.12 + house.roof_m(p))
    })
}

/// Ground, with what was dug and piled up, and the temporary crossing.
fn ground_m(plan: &Plan, ways: &Bins, p: DVec2) -> f64 {
    let ground = plan.ground_m(p);
    let at = to_world(p);
    let works: f64 = plan.earthworks.iter().filter(|e| e.inside(at) > 0.0).map(|e| e.rise_m).sum();
    let trestle = ways.of(&plan.ways, p).filter(|w| w.kind == WayKind::Trestle);
    for way in trestle {
        if way.axis.foot(p).is_some_and(|f| f.offset.abs() < way.width_m * 0.5) {
            return ground.max(plan::DECK_M - 1.4);
        }
    }
    ground + works
}
