//! What the tests of this crate share.

use std::path::Path;

use lantu_base::{ProjectFrame, TileCoord};
use lantu_geodesy::Crs;
use lantu_ingest::{ImportJob, ImportMode, RasterTile};
use lantu_tiles::RasterPixels;

/// A tile as it was sent, unpacked: four bytes a pixel, colors or a height in little-endian.
pub(crate) struct Tile {
    pub(crate) coord: TileCoord,
    pub(crate) pixels: Vec<u8>,
}

impl Tile {
    pub(crate) fn of(sent: &RasterTile) -> Self {
        let pixels = match lantu_tiles::decode_raster_tile(&sent.pack).unwrap().pixels {
            RasterPixels::Color(v) => v,
            RasterPixels::Height(v) => v.into_iter().flat_map(f32::to_le_bytes).collect(),
        };
        Self { coord: sent.coord, pixels }
    }
}

/// Import of a file for a project with this CRS; inspection where there is none.
pub(crate) fn job(path: &Path, crs: Option<&str>) -> ImportJob {
    let frame = |text: &str| ProjectFrame {
        crs: text.to_owned(),
        height_crs: None,
        meters_per_unit: Crs::parse(text).unwrap().meters_per_unit(),
        time_zone: "UTC".to_owned(),
    };
    ImportJob {
        mode: if crs.is_some() { ImportMode::Import } else { ImportMode::Inspect },
        frame: crs.map(frame),
        threads: 2,
        ..ImportJob::inspect(path)
    }
}
