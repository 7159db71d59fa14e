//! A user's geoid grid: heights of a geoid above an ellipsoid, by longitude and latitude.

use std::path::Path;

use gdal::{Dataset, DatasetOptions, GdalOpenFlags};

use crate::{GeodesyError, capture_gdal_errors};

/// Drivers that may open a grid: PROJ's own form, and GeoTIFF.
const DRIVERS: [&str; 2] = ["GTX", "GTiff"];

/// Nodes at most. Chosen: four times the finest grid of China that is in use, 256 MB.
const MAX_NODES: usize = 64 << 20;

/// Heights of geoids above ellipsoids are between −110 m and 90 m; a node beyond this is no such height.
const MAX_HEIGHT_M: f32 = 200.0;

/// Undulations at nodes, longitude and latitude in degrees.
pub(crate) struct GeoidGrid {
    /// Longitude and latitude of the north-west node.
    first: [f64; 2],
    /// Degrees from node to node, east and south.
    step: [f64; 2],
    size: [usize; 2],
    /// Row by row from the north, meters.
    heights: Vec<f32>,
}

impl std::fmt::Debug for GeoidGrid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GeoidGrid")
            .field("first", &self.first)
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

impl GeoidGrid {
    /// Whether a text names a file of a grid.
    pub(crate) fn is_named(text: &str) -> bool {
        let ending = Path::new(text).extension().map(|e| e.to_string_lossy().to_lowercase());
        matches!(ending.as_deref(), Some("gtx" | "tif" | "tiff"))
    }

    /// Reads a grid in degrees.
    pub(crate) fn open(text: &str) -> Result<Self, GeodesyError> {
        let wrong =
            |reason: String| GeodesyError::UnknownCrs { text: text.chars().take(120).collect(), reason };
        if text.starts_with("/vsi") || text.contains("://") {
            return Err(wrong("a geoid grid is a file of this computer".to_owned()));
        }
        let (grid, said) = capture_gdal_errors(|| Self::read(Path::new(text)));
        grid.map_err(|why| match said.first() {
            Some(said) => wrong(format!("{why}: {said}")),
            None => wrong(why.to_owned()),
        })
    }

    fn read(path: &Path) -> Result<Self, &'static str> {
        let options = DatasetOptions {
            open_flags: GdalOpenFlags::GDAL_OF_RASTER | GdalOpenFlags::GDAL_OF_READONLY,
            allowed_drivers: Some(&DRIVERS),
            open_options: None,
            sibling_files: None,
        };
        let odd = "the geoid grid cannot be read";
        let dataset = Dataset::open_ex(path, options).map_err(|_in_said| odd)?;
        if dataset.spatial_ref().is_ok_and(|srs| !srs.is_geographic()) {
            return Err("the geoid grid is not in degrees of longitude and latitude");
        }
        let (width, height) = dataset.raster_size();
        if width < 2 || height < 2 || width.checked_mul(height).is_none_or(|n| n > MAX_NODES) {
            return Err("the geoid grid has fewer than two nodes on a side, or more than fit into memory");
        }
        let [west, dx, turned_x, north, turned_y, dy] = dataset.geo_transform().map_err(|_in_said| odd)?;
        if turned_x != 0.0 || turned_y != 0.0 || dx <= 0.0 || dy >= 0.0 {
            return Err("the geoid grid is not aligned with north");
        }
        let band = dataset.rasterband(1).map_err(|_in_said| odd)?;
        let all =
            band.read_as::<f32>((0, 0), (width, height), (width, height), None).map_err(|_in_said| odd)?;
        Ok(Self {
            first: [west + dx * 0.5, north + dy * 0.5],
            step: [dx, -dy],
            size: [width, height],
            heights: all.data().to_vec(),
        })
    }

    /// The geoid's height above the ellipsoid at a place, between nodes by their distance; `None` outside of the grid.
    pub(crate) fn height_m(&self, longitude_deg: f64, latitude_deg: f64) -> Option<f64> {
        let [width, height] = self.size;
        // Grids of the whole Earth may run from 0° to 360°.
        let turns = [0.0, 360.0, -360.0];
        let (col, row) = turns.iter().find_map(|turn| {
            let col = (longitude_deg + turn - self.first[0]) / self.step[0];
            let row = (self.first[1] - latitude_deg) / self.step[1];
            let inside =
                (0.0..=(width - 1) as f64).contains(&col) && (0.0..=(height - 1) as f64).contains(&row);
            inside.then_some((col, row))
        })?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked to lie within the grid"
        )]
        let (c, r) = ((col as usize).min(width - 2), (row as usize).min(height - 2));
        let at = |c: usize, r: usize| {
            let h = self.heights.get(r * width + c).copied()?;
            (h.is_finite() && h.abs() < MAX_HEIGHT_M).then(|| f64::from(h))
        };
        let (u, v) = (col - c as f64, row - r as f64);
        let north = at(c, r)? * (1.0 - u) + at(c + 1, r)? * u;
        let south = at(c, r + 1)? * (1.0 - u) + at(c + 1, r + 1)? * u;
        Some(north * (1.0 - v) + south * v)
    }
}

/// A grid in PROJ's own form whose height is `−10 + lon − 116 + 2 · (lat − 39)`, three nodes by three, of one degree.
#[cfg(test)]
pub(crate) fn tilted() -> Vec<u8> {
    let mut b: Vec<u8> = [39.0_f64, 116.0, 1.0, 1.0].iter().flat_map(|v| v.to_be_bytes()).collect();
    b.extend([3_i32, 3].iter().flat_map(|v| v.to_be_bytes()));
    // Rows from the south.
    for lat in 0_u8..3 {
        for lon in 0_u8..3 {
            b.extend((-10.0 + f32::from(lon) + 2.0 * f32::from(lat)).to_be_bytes());
        }
    }
    b
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_gives_the_height_between_its_nodes_and_none_outside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("local.gtx");
        std::fs::write(&path, tilted()).unwrap();
        let grid = GeoidGrid::open(&path.to_string_lossy()).unwrap();
        let near = |a: Option<f64>, b: f64| a.is_some_and(|a| (a - b).abs() < 1e-5);
        assert!(near(grid.height_m(116.5, 39.25), -9.0) && near(grid.height_m(118.0, 41.0), -4.0));
        assert!(near(grid.height_m(-243.5, 39.25), -9.0));
        assert_eq!(grid.height_m(115.9, 40.0), None);
        std::fs::write(&path, &tilted()[..50]).unwrap();
        assert!(GeoidGrid::open(&path.to_string_lossy()).is_err());
        assert!(GeoidGrid::open("/vsicurl/http://example.org/a.tif").is_err());
    }
}
