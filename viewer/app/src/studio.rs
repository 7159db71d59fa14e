//! Pictures of any size: drawn in parts that fit into memory, written row by row.
//!
//! A picture that fits is drawn in one piece. Of a larger one the shadow map is drawn first, for all of it; then each
//! part loads its own tiles, as fine as the whole picture wants them, and what it does not need makes room.

use std::path::Path;

use lantu_render::{
    FrameInput, Part, Picture, RenderError, Renderer, TileKey, margin_px, parts, render_part,
};
use lantu_ui::Stamp;

use crate::district::{DEFAULT_MEMORY_BYTES, District, Fineness};
use crate::png_rows::PngRows;

/// Samples a pixel.
pub(crate) const SAMPLES: u32 = 4;

/// Memory of a drawn pixel, bytes: of each sample color and depth, and for what is seen through color, depth and sums;
/// scene, target, half-size distance and occlusion, mask.
const DRAWN_BYTES: u64 = (8 + 18) * SAMPLES as u64 + 4 + 4 + 2 + 1;
/// The same of a see-through ground, bytes: color and depth of each sample.
const XRAY_BYTES: u64 = 8 * SAMPLES as u64;
/// The same where something is outlined, bytes: what a second overlay says, and its depth.
const MARK_BYTES: u64 = 8;
/// Memory of a kept pixel while it is read back, bytes: in the driver, copied, without padding.
const READ_BYTES: u64 = 12;
/// Memory of a pixel in a row of parts that waits for being written, bytes.
const ROW_BYTES: u64 = 3;
/// Pixels that are drawn at once, margins included. Chosen: 0.7 GB; more would save few margins.
const MOST_DRAWN_PX: u64 = 2304 * 2304;
/// Parts of the memory limit: for what is drawn at once, for tiles, for the row of parts. What is left is for the program
/// and the driver.
const DRAWN_SHARE: u64 = 2;
const TILE_SHARE: u64 = 4;
const ROW_SHARE: u64 = 16;
/// Smallest edge of a part, pixels. Chosen: below, margins are most of the work.
const LEAST_PART_PX: u32 = 128;
/// Width or height of the picture whose tiles cast shadows into all parts, pixels: that of the shadow map.
const SHADOW_VIEW_PX: u32 = 2048;
/// Factor on the error on the screen while the tiles of some part do not fit, and the largest error, pixels: beyond, only
/// the coarsest tiles are left.
const COARSER: f64 = 1.25;
const MOST_ERROR_PX: f64 = 1e3;

/// What a picture is taken with.
pub(crate) struct Studio<'a> {
    pub(crate) renderer: &'a mut Renderer,
    pub(crate) district: &'a mut District,
    /// Camera, sun, options.
    pub(crate) input: FrameInput<'a>,
    /// For tiles, targets and rows, bytes; without it small pictures are as fine as they want.
    pub(crate) limit_bytes: Option<u64>,
}

/// How a picture is cut.
struct Layout {
    rows: Vec<Vec<Part>>,
    /// Memory beside tiles and targets, bytes.
    reserved_bytes: u64,
    /// Memory of targets, bytes.
    target_bytes: u64,
}

impl Studio<'_> {
    /// Draws a picture into a PNG, with a legend and its pixels per point over it.
    pub(crate) fn draw(
        &mut self,
        size: [u32; 2],
        out: &Path,
        legend: Option<(Stamp, f32)>,
    ) -> anyhow::Result<()> {
        let largest = self.renderer.gpu().device.limits().max_texture_dimension_2d;
        let one_piece = size.iter().all(|&n| n <= largest) && area(size) <= self.drawn_px();
        let margin = self.margin(size);
        let layout = if one_piece {
            layout(size, (size, 0), self.pixel_bytes())
        } else {
            layout(
                size,
                (part_px(size, margin, (self.drawn_px(), self.limit_bytes, largest)), margin),
                self.pixel_bytes(),
            )
        };
        self.district.reserve(layout.reserved_bytes);
        let limit = self.limit_bytes.or((!one_piece).then_some(DEFAULT_MEMORY_BYTES));
        let mut fineness = Fineness::PICTURE;
        if let Some(limit) = limit {
            let tiles = tile_bytes(limit);
            // What stays unused of the limit is for the program and the driver.
            let all = if one_piece { limit } else { tiles + layout.reserved_bytes + layout.target_bytes };
            self.district.set_limit(self.renderer, all.min(limit));
            fineness = self.fineness(&layout, tiles);
        }
        if !one_piece {
            self.hold_shadows(size, fineness)?;
        }
        let mut rows = PngRows::create(out, size)?;
        if let Some((stamp, scale)) = legend {
            rows.stamp(stamp, scale)?;
        }
        let mut is_coarser = fineness != Fineness::PICTURE;
        for parts in &layout.rows {
            is_coarser |= self.row(parts, size, (fineness, &mut rows))?;
        }
        self.renderer.release_shadows();
        if is_coarser {
            tracing::warn!(
                limit_bytes = self.limit_bytes,
                "the memory limit makes this picture coarser than its size asks for"
            );
        }
        rows.finish()
    }

    /// Draws a row of parts and writes it. Whether memory made it coarser.
    fn row(
        &mut self,
        parts: &[Part],
        size: [u32; 2],
        (fineness, rows): (Fineness, &mut PngRows),
    ) -> anyhow::Result<bool> {
        let height = parts.first().map_or(0, |p| p.extent[1]);
        let line_bytes = size[0] as usize * 3;
        let mut band = vec![0_u8; line_bytes * height as usize];
        let mut is_coarser = false;
        for part in parts {
            self.district.turn_away();
            let (drawn, coarser) = self.part(part, size, fineness)?;
            is_coarser |= coarser;
            let first = part.corner[0] as usize * 3;
            let lines = drawn.rgba.chunks(part.extent[0] as usize * 4);
            for (line, to) in lines.zip(band.chunks_mut(line_bytes)) {
                let to = to.iter_mut().skip(first);
                line.as_chunks::<4>()
                    .0
                    .iter()
                    .flat_map(|[r, g, b, _]| [r, g, b])
                    .zip(to)
                    .for_each(|(v, to)| *to = *v);
            }
        }
        rows.write(&band)?;
        Ok(is_coarser)
    }

    /// Draws a part. Also whether memory made it coarser: where that of the graphics card is full, tiles go until there is
    /// room.
    fn part(&mut self, part: &Part, size: [u32; 2], fineness: Fineness) -> anyhow::Result<(Picture, bool)> {
        let camera = self.input.camera;
        let view = if part.extent == size { camera.view(size) } else { part.window.view(&camera) };
        let mut was_full = false;
        loop {
            self.district.settle(self.renderer, &[view], fineness)?;
            let casters = self.casters();
            let (meshes, ground) = (self.district.keys(), self.district.shown_ground());
            let input = FrameInput { meshes, casters: &casters, ground, ..self.input };
            match render_part(self.renderer, part, &input) {
                Err(RenderError::OutOfMemory(why)) if self.district.out_of_memory(self.renderer, &why) => {
                    was_full = true;
                }
                drawn => return Ok((drawn?, was_full || self.district.state().is_coarser)),
            }
        }
    }

    /// Memory of a drawn pixel, bytes.
    fn pixel_bytes(&self) -> u64 {
        let xray = if self.input.options.ground_opacity < 1.0 { XRAY_BYTES } else { 0 };
        DRAWN_BYTES + xray + if self.renderer.has_outlines() { MARK_BYTES } else { 0 }
    }

    /// Pixels that are drawn at once at most.
    fn drawn_px(&self) -> u64 {
        let bytes = self.pixel_bytes() + READ_BYTES;
        self.limit_bytes.map_or(u64::MAX, |limit| limit / DRAWN_SHARE / bytes).min(MOST_DRAWN_PX)
    }

    /// Pixels around a part that effects reach.
    fn margin(&self, size: [u32; 2]) -> u32 {
        let nearest_m = self.district.nearest_m(self.input.camera.eye);
        margin_px(&self.input.camera, size, &self.input.options, nearest_m, self.renderer.has_outlines())
    }

    /// As fine as wanted, or as the tiles of each part fit.
    fn fineness(&self, layout: &Layout, tile_bytes: u64) -> Fineness {
        let mut fineness = Fineness::PICTURE;
        let mut views = layout.rows.iter().flatten().map(|p| p.window.view(&self.input.camera));
        // What fits stays fitting when the others make all coarser.
        while let Some(view) = views.find(|&view| self.district.bytes_for(view, fineness) > tile_bytes) {
            while self.district.bytes_for(view, fineness) > tile_bytes && fineness.mesh_px < MOST_ERROR_PX {
                let Fineness { mesh_px, ground_px } = fineness;
                fineness = Fineness { mesh_px: mesh_px * COARSER, ground_px: ground_px * COARSER };
            }
        }
        fineness
    }

    fn casters(&self) -> Vec<TileKey> {
        self.district.casters(&self.input.camera, false)
    }

    /// Draws the shadow map for all parts.
    fn hold_shadows(&mut self, size: [u32; 2], fineness: Fineness) -> anyhow::Result<()> {
        let shrink = f64::from(SHADOW_VIEW_PX) / f64::from(size[0].max(size[1]));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a float-to-int cast saturates"
        )]
        let small = size.map(|n| ((f64::from(n) * shrink) as u32).max(1));
        let view = self.input.camera.view(small);
        // No ground: it casts no shadow.
        let shapes = Fineness { ground_px: f64::INFINITY, ..fineness };
        self.district.settle(self.renderer, &[view], shapes)?;
        let casters = self.casters();
        let input = FrameInput { casters: &casters, ..self.input };
        Ok(self.renderer.hold_shadows(small, &input)?)
    }
}

/// Memory for tiles within a limit, bytes.
fn tile_bytes(limit_bytes: u64) -> u64 {
    limit_bytes / TILE_SHARE
}

fn area([w, h]: [u32; 2]) -> u64 {
    u64::from(w) * u64::from(h)
}

/// Width and height of the parts of a large picture.
fn part_px(
    size: [u32; 2],
    margin: u32,
    (drawn_px, limit_bytes, largest): (u64, Option<u64>, u32),
) -> [u32; 2] {
    let edge = u32::try_from(drawn_px.isqrt()).unwrap_or(largest).min(largest);
    // Windows begin at whole blocks, which can add a few pixels.
    let kept = edge.saturating_sub(margin.saturating_mul(2).saturating_add(16)).max(LEAST_PART_PX);
    let row =
        limit_bytes.unwrap_or(DEFAULT_MEMORY_BYTES) / ROW_SHARE / (u64::from(size[0]) * ROW_BYTES).max(1);
    let high = u32::try_from(row).unwrap_or(u32::MAX).clamp(1, kept);
    [kept, high]
}

fn layout(size: [u32; 2], (part, margin): ([u32; 2], u32), pixel_bytes: u64) -> Layout {
    let rows = parts(size, part, margin);
    let row_bytes = u64::from(size[0]) * u64::from(part[1].min(size[1])) * ROW_BYTES;
    let drawn = rows.iter().flatten().map(|p| area(p.window.extent)).max().unwrap_or(0);
    // The renderer counts its targets, but not the one that it is given.
    Layout { rows, reserved_bytes: row_bytes + drawn * (READ_BYTES + 4), target_bytes: drawn * pixel_bytes }
}
