//! Which mesh tiles to draw, in which order.

use lantu_base::Bounds;

use crate::mesh_tile::{MeshTileInfo, TileLayer};
use crate::view::View;

/// One mesh tile that can be seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeshDraw {
    /// Its place in the list that was given.
    pub ix: usize,
    /// Distance from the eye to its box, meters; 0 inside.
    pub distance_m: f64,
    /// How large its box appears at most, physical pixels; what is largest should load first.
    pub size_px: f64,
}

/// A tile that appears smaller than this is not drawn, physical pixels.
const MIN_SIZE_PX: f64 = 0.5;

/// Chooses mesh tiles for a view: those in sight that appear larger than half a pixel. Pure.
///
/// In the order in which they are to be drawn: underground, draped by rising `z_order`, solid from near to far.
pub fn select_meshes(tiles: &[MeshTileInfo], view: &View) -> Vec<MeshDraw> {
    let frustum = view.frustum();
    let mut draw: Vec<(LayerOrder, MeshDraw, &MeshTileInfo)> = tiles
        .iter()
        .enumerate()
        .filter(|(_, tile)| frustum.sees(&tile.bounds))
        .map(|(ix, tile)| {
            let distance_m = tile.bounds.distance(view.eye.0);
            let size_px = size_px(&tile.bounds, distance_m, view);
            (layer_order(tile.layer), MeshDraw { ix, distance_m, size_px }, tile)
        })
        .filter(|(_, draw, _)| draw.size_px >= MIN_SIZE_PX)
        .collect();
    draw.sort_by(|a, b| {
        a.0.cmp(&b.0)
            .then(a.1.distance_m.total_cmp(&b.1.distance_m))
            .then(a.2.id.cmp(&b.2.id))
            .then(a.1.ix.cmp(&b.1.ix))
    });
    draw.into_iter().map(|(_, draw, _)| draw).collect()
}

type LayerOrder = (u8, i32);

fn layer_order(layer: TileLayer) -> LayerOrder {
    match layer {
        TileLayer::Underground => (0, 0),
        TileLayer::Draped { z_order } => (1, z_order),
        TileLayer::Solid => (2, 0),
    }
}

fn size_px(bounds: &Bounds, distance_m: f64, view: &View) -> f64 {
    // A box without size (a point) still counts as a millimeter, so that standing at it shows it.
    let diagonal = bounds.size().length().max(1e-3);
    if distance_m <= 0.0 { f64::INFINITY } else { diagonal * view.px_per_radian() / distance_m }
}
