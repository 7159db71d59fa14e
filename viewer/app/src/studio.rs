//! Pictures of any size: drawn in parts that fit into memory, written row by row.
//!
//! A picture that fits is drawn in one piece. Of a larger one the shadow map is drawn first, for all of it; then each
//! part loads its own tiles, as fine as the whole picture wants them, and what it does not need makes room.
//! Where finer tiles show, as in the window at rest, they are drawn and throw the shadows, in as many parts as memory asks
//! for. What such a picture shows follows from its view and the memory limit, not from what was in memory before.

use std::collections::BTreeSet;
use std::path::Path;

use lantu_render::{
    FrameInput, Part, Picture, RenderError, Renderer, TileKey, margin_px, parts, render_part,
};
use lantu_ui::Stamp;

use crate::district::{DEFAULT_MEMORY_BYTES, District, Exact, Fineness};
use crate::png_rows::PngRows;
use crate::refine::LEAST_SHARE;

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
/// The same of a part that is cut for finer tiles, pixels. Chosen: below, what is drawn around it is as much again.
const LEAST_FINE_PX: u32 = 192;
/// How many parts a picture may have more than memory for targets asks for, for finer tiles. Chosen: each takes a second of a
/// processor at 10⁶ objects.
const MORE_PARTS: usize = 24;
/// Errors of finer pictures that are tried, of the finest.
const STEPS: [f64; 3] = [1.0, 1.3, 1.7];
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

/// How fine the tiles of a picture are.
#[derive(Clone, Copy)]
enum Detail {
    /// As memory allows.
    Usual(Fineness),
    /// As they were chosen, with a shadow map that is there.
    Finer(Fineness),
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
        let edges = if one_piece {
            size
        } else {
            part_px(size, self.margin(size), (self.drawn_px(), self.limit_bytes, largest))
        };
        if let Some((layout, fineness)) = self.finer(size, edges)? {
            return self.draw_finer((size, &layout), fineness, out, legend);
        }
        let layout = layout(size, (edges, if one_piece { 0 } else { self.margin(size) }), self.pixel_bytes());
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
            is_coarser |= self.row(parts, size, (Detail::Usual(fineness), &mut rows))?;
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

    /// How a picture is cut whose tiles are finer, and how fine they are; `None` where that would show in next to nothing of
    /// it, or memory has no room for it. `edges`: of parts as memory for targets asks for.
    fn finer(&mut self, size: [u32; 2], edges: [u32; 2]) -> anyhow::Result<Option<(Layout, Fineness)>> {
        let whole = self.input.camera.view(size);
        let limit = self.limit_bytes.unwrap_or(DEFAULT_MEMORY_BYTES);
        let usual = self.district.exact(whole, Fineness::PICTURE);
        let finest = self.district.exact(whole, Fineness::FINE_PICTURE);
        let boxes = self.district.boxes_of(&finest, &usual);
        if boxes.is_empty() {
            return Ok(None);
        }
        // What stands behind walls does not count, where the walls fit into memory.
        let walls = usual.shapes().seen();
        let fits = self.district.part_bytes(whole, Fineness::PICTURE) <= tile_bytes(limit);
        let is_here = fits && self.district.bring(self.renderer, &walls)?;
        let meshes = if is_here { self.district.drawn_of(&walls) } else { Vec::new() };
        let share = self.renderer.share_in_sight(&FrameInput { meshes: &meshes, ..self.input }, size, &boxes);
        tracing::debug!(n_tiles = boxes.len(), share, "what of a picture would be finer");
        if share < LEAST_SHARE {
            return Ok(None);
        }
        let n_usual = layout(size, (edges, 0), 0).rows.iter().flatten().count();
        let margin = self.margin(size);
        for step in STEPS {
            let mesh_px = Fineness::FINE_PICTURE.mesh_px * step;
            let fineness = Fineness { mesh_px, ..Fineness::FINE_PICTURE };
            let mut edges = edges;
            loop {
                let layout =
                    layout(size, (edges, if edges == size { 0 } else { margin }), self.pixel_bytes());
                if layout.rows.iter().flatten().count() > n_usual + MORE_PARTS {
                    break;
                }
                let tiles = fine_bytes(limit, &layout);
                let mut views = layout.rows.iter().flatten().map(|p| p.window.view(&self.input.camera));
                if views.all(|view| self.district.bytes_for(view, fineness) <= tiles) {
                    tracing::debug!(error_px = fineness.mesh_px, ?edges, "a picture is finer");
                    return Ok(Some((layout, fineness)));
                }
                // The longer edge, so that parts stay as wide as high.
                let longer = usize::from(edges[0] <= edges[1]);
                let Some(edge) = edges.get_mut(longer) else { break };
                *edge = edge.div_ceil(2);
                if *edge < LEAST_FINE_PX {
                    break;
                }
            }
        }
        Ok(None)
    }

    /// Draws a picture of finer tiles, which fit into memory for each of its parts.
    fn draw_finer(
        &mut self,
        (size, layout): ([u32; 2], &Layout),
        fineness: Fineness,
        out: &Path,
        legend: Option<(Stamp, f32)>,
    ) -> anyhow::Result<()> {
        self.district.reserve(layout.reserved_bytes);
        // The tiles of one part are there at a time, and parts are cut so that they fit: what targets and pages take
        // meanwhile, which changes from run to run, must not keep any of them out.
        self.district.set_limit(self.renderer, u64::MAX);
        self.cast_finer((size, layout), fineness)?;
        let mut rows = PngRows::create(out, size)?;
        if let Some((stamp, scale)) = legend {
            rows.stamp(stamp, scale)?;
        }
        for parts in &layout.rows {
            self.row(parts, size, (Detail::Finer(fineness), &mut rows))?;
        }
        self.renderer.release_shadows();
        rows.finish()
    }

    /// Draws the shadow map of the tiles of all parts, which need not fit into memory together.
    fn cast_finer(&mut self, (size, layout): ([u32; 2], &Layout), fineness: Fineness) -> anyhow::Result<()> {
        if !self.input.options.shadows {
            return Ok(());
        }
        let tiles = tile_bytes(self.limit_bytes.unwrap_or(DEFAULT_MEMORY_BYTES));
        // Where the map lies follows from coarse tiles of all that may throw shadows.
        let small = shrunk(size);
        let view = self.input.camera.view(small);
        let mut coarse = Fineness::PICTURE;
        while self.district.part_bytes(view, coarse) > tiles && coarse.mesh_px < MOST_ERROR_PX {
            coarse.mesh_px *= COARSER;
        }
        let around = self.district.exact(view, coarse).shapes();
        self.district.bring(self.renderer, &around)?;
        let casters = self.district.casters_of(&around);
        self.renderer.hold_shadows(small, &FrameInput { casters: &casters, ..self.input })?;
        let mut cast = BTreeSet::new();
        // From the last part to the first, whose tiles are then there when it is drawn.
        for part in layout.rows.iter().flatten().rev() {
            let own = self.exact(part, size, fineness).shapes();
            self.district.bring(self.renderer, &own)?;
            let mut casters = self.district.casters_of(&own);
            casters.retain(|key| !cast.contains(key));
            while !casters.is_empty() {
                let input = FrameInput { casters: &casters, ..self.input };
                let (n, _) = self.renderer.add_shadows(small, &input, !cast.is_empty())?;
                cast.extend(casters.drain(..n.clamp(1, casters.len())));
            }
        }
        Ok(())
    }

    fn exact(&self, part: &Part, size: [u32; 2], fineness: Fineness) -> Exact {
        let camera = &self.input.camera;
        let view = if part.extent == size { camera.view(size) } else { part.window.view(camera) };
        self.district.exact(view, fineness)
    }

    /// Draws a part of finer tiles. As [`Studio::part`] where they cannot be brought together.
    fn finer_part(
        &mut self,
        part: &Part,
        size: [u32; 2],
        fineness: Fineness,
    ) -> anyhow::Result<(Picture, bool)> {
        let exact = self.exact(part, size, fineness).seen();
        if !self.district.bring(self.renderer, &exact)? {
            let limit = self.limit_bytes.unwrap_or(DEFAULT_MEMORY_BYTES);
            self.district.set_limit(self.renderer, limit);
            return self.part(part, size, fineness);
        }
        let meshes = self.district.drawn_of(&exact);
        let input = FrameInput { meshes: &meshes, casters: &[], ground: exact.ground(), ..self.input };
        match render_part(self.renderer, part, &input) {
            Err(RenderError::OutOfMemory(why)) if self.district.out_of_memory(self.renderer, &why) => {
                self.part(part, size, fineness)
            }
            drawn => Ok((drawn?, false)),
        }
    }

    /// Draws a row of parts and writes it. Whether memory made it coarser.
    fn row(
        &mut self,
        parts: &[Part],
        size: [u32; 2],
        (detail, rows): (Detail, &mut PngRows),
    ) -> anyhow::Result<bool> {
        let height = parts.first().map_or(0, |p| p.extent[1]);
        let line_bytes = size[0] as usize * 3;
        let mut band = vec![0_u8; line_bytes * height as usize];
        let mut is_coarser = false;
        for part in parts {
            self.district.turn_away();
            let (drawn, coarser) = match detail {
                Detail::Usual(fineness) => self.part(part, size, fineness)?,
                Detail::Finer(fineness) => self.finer_part(part, size, fineness)?,
            };
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
        let small = shrunk(size);
        let view = self.input.camera.view(small);
        // No ground: it casts no shadow.
        let shapes = Fineness { ground_px: f64::INFINITY, ..fineness };
        self.district.settle(self.renderer, &[view], shapes)?;
        let casters = self.casters();
        let input = FrameInput { casters: &casters, ..self.input };
        Ok(self.renderer.hold_shadows(small, &input)?)
    }
}

/// The size of a picture whose tiles are fine enough for the shadow map of another one.
fn shrunk(size: [u32; 2]) -> [u32; 2] {
    let shrink = f64::from(SHADOW_VIEW_PX) / f64::from(size[0].max(size[1]));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float-to-int cast saturates"
    )]
    size.map(|n| ((f64::from(n) * shrink) as u32).max(1))
}

/// Memory for tiles within a limit, bytes.
fn tile_bytes(limit_bytes: u64) -> u64 {
    limit_bytes / TILE_SHARE
}

/// Memory for the finer tiles of one part, bytes: two thirds of what others leave of three quarters of the limit. The rest
/// is for shadows of what is out of sight, and for what pages of the graphics card waste.
fn fine_bytes(limit_bytes: u64, layout: &Layout) -> u64 {
    let left = (limit_bytes / 4 * 3).saturating_sub(layout.reserved_bytes + layout.target_bytes);
    tile_bytes(limit_bytes).max(left / 3 * 2)
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use lantu_bench::City;
    use lantu_render::{Camera, Gpu, Options, RenderConfig, Sun};
    use lantu_session::{Access, Session, SessionOptions};

    use super::*;
    use crate::commands::bench::city;
    use crate::stage::{Stage, photo_look};

    const SIZE: [u32; 2] = [320, 180];

    /// A picture of a district from high above, with a memory limit; `threads` load tiles, and somebody looked at something
    /// else `before`.
    fn drawn(session: &Session, out: &Path, (limit_bytes, threads, before): (u64, usize, bool)) -> Vec<u8> {
        let gpu = Gpu::headless().unwrap();
        let mut renderer = Renderer::new(&gpu, RenderConfig::pictures(SAMPLES)).unwrap();
        let look = |source: &str| photo_look(source, false, &std::collections::BTreeMap::default());
        let stage = Stage::with_more(session, &look, std::iter::empty(), None);
        let content = stage.content();
        let nodes = content.trees.iter().flat_map(|(_, tree)| &tree.nodes);
        let all = nodes.fold(lantu_base::Bounds::EMPTY, |all, node| all.union(node.bounds));
        let mut district = District::new(content, u64::MAX, threads, Arc::new(|| {})).unwrap();
        let size_m = all.size().length();
        let eye = |far: f64| lantu_base::WorldPoint(all.center() + glam::DVec3::new(0.1, -0.4, 0.9) * far);
        let target = lantu_base::WorldPoint(all.center());
        if before {
            let near = Camera::looking(eye(0.1 * size_m), target).view(SIZE);
            district.settle(&mut renderer, &[near], Fineness::PICTURE).unwrap();
        }
        let options = Options { skip_hidden: false, ..Options::default() };
        let (meshes, casters, ground): (&[TileKey], &[TileKey], _) = (&[], &[], &[]);
        let limit_bytes = Some(limit_bytes);
        // From where finer tiles fill enough of the picture.
        for far in [0.7, 1.0, 1.4, 2.0, 2.8, 4.0] {
            let camera = Camera::looking(eye(far * size_m), target);
            let input = FrameInput { camera, meshes, casters, ground, sun: Sun::default(), options };
            let (renderer, district) = (&mut renderer, &mut district);
            let mut studio = Studio { renderer, district, input, limit_bytes };
            let Some((layout, _)) = studio.finer(SIZE, SIZE).unwrap() else { continue };
            assert_eq!(layout.rows.iter().flatten().count(), 1);
            studio.draw(SIZE, out, None).unwrap();
            return std::fs::read(out).unwrap();
        }
        panic!("there is nothing finer to see from anywhere");
    }

    #[test]
    fn a_finer_picture_is_the_same_whatever_was_looked_at_before_and_however_tiles_come() {
        let folder = tempfile::tempdir().unwrap();
        let options = || SessionOptions {
            worker: lantu_session::WorkerCommand { program: "true".into(), args: Vec::new() },
            user: "tester".to_owned(),
            clock: || lantu_base::UtcNanos(1_785_000_000_000_000_000),
            threads: 1,
            memory_bytes: None,
            deadline_s: 60,
            cancel: lantu_base::CancelToken::default(),
        };
        let path = folder.path().join("site.lantu");
        let frame =
            lantu_geodesy::make_frame(lantu_bench::CRS, Some(lantu_bench::HEIGHT_CRS), "Asia/Shanghai");
        let mut session = Session::create(&path, "site", frame.unwrap(), options()).unwrap();
        let recipe = folder.path().join("city.json");
        std::fs::write(&recipe, "{}").unwrap();
        city::write(&mut session, &City::new(4_000, 1), &recipe, &mut |_| ()).unwrap();
        session.close().unwrap();
        let session = Session::open(&path, Access::Read, options()).unwrap();
        let out = folder.path().join("picture.png");
        let first = drawn(&session, &out, (1 << 30, 4, false));
        assert!(drawn(&session, &out, (1 << 30, 1, false)) == first);
        assert!(drawn(&session, &out, (1 << 30, 2, true)) == first);
    }
}
