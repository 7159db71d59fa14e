//! A picture at rest made finer: with all detail that a pixel can show, in parts whose tiles fit into memory one after the
//! other.
//!
//! Coarser tiles leave out what is smaller than a pixel, and one sample a pixel shows some of it: from above a district of 10⁶
//! objects, 4.4 % of the pixels differ from full detail at 0.7 pixels of error, 1.1 % at 0.45 and 0.6 % at 0.3.
//! Shadows are drawn of the same tiles: of those of the picture before they are another 0.7 % of the pixels.
//! The finest tiles of such a view cost seconds of a processor and are more than what is needed to move on, so they come when
//! nothing moves any more, and go when they are drawn.

use std::collections::BTreeSet;

use lantu_render::{
    Camera, FrameInput, FrameStats, Gpu, Options, Part, RenderError, Renderer, Sun, TileKey, Window,
    lay_part, margin_px,
};

use crate::district::{District, Fineness, UPLOAD_MS};

/// Longer edge of a part that is not cut any further, pixels. Chosen: what is drawn around it is then as much again.
const LEAST_PX: u32 = 96;

/// Into how many parts a picture is cut at most: what is drawn around them makes each as dear as the one before, however
/// small it is. Where memory asks for more the picture becomes less fine instead. Chosen: a second of a processor each.
const MOST_PARTS: usize = 16;

/// Into how many parts more it is cut where less memory is left than there was.
const MORE_PARTS: usize = 16;

/// Parts of the memory for a part: so many less one are what it is cut for. What targets take changes from part to part.
const SPARE: u64 = 8;

/// Errors that are tried, of the finest. Chosen: the last is still finer than the picture before.
const STEPS: [f64; 3] = [1.0, 1.3, 1.7];

/// Where finer tiles would show in a smaller share of the picture it stays as it is. Chosen: of what is made finer at most
/// one pixel in twenty becomes another one, so of the picture one in four hundred.
pub(crate) const LEAST_SHARE: f64 = 0.05;

/// A picture that is being made finer.
pub(crate) struct Refining {
    camera: Camera,
    sun: Sun,
    options: Options,
    size: [u32; 2],
    fineness: Fineness,
    /// Pixels drawn around a part.
    margin: u32,
    /// How often a part may still be cut.
    n_more: usize,
    /// Whose shadows are not drawn yet, the next one last; then whose shapes are not.
    shadows: Vec<Part>,
    left: Vec<Part>,
    /// The next part, when all of its tiles are there.
    next: Option<Next>,
    /// Tiles whose shadows are in the map; those that several parts show are drawn into it once.
    cast: BTreeSet<TileKey>,
    stats: FrameStats,
}

/// A part that is being drawn.
struct Next {
    tiles: Vec<TileKey>,
    /// Where it is drawn if it is not the whole picture.
    piece: Option<(wgpu::Texture, wgpu::TextureView)>,
}

/// Where the picture appears.
pub(crate) struct Onto<'a> {
    /// Has `RENDER_ATTACHMENT` and `COPY_DST`.
    pub(crate) texture: &'a wgpu::Texture,
    /// Of the renderer's format.
    pub(crate) view: &'a wgpu::TextureView,
}

impl Refining {
    /// Cuts the picture that was drawn last, of the same camera, sun and options, into as few parts as memory asks for. They
    /// have one shadow map until [`Renderer::release_shadows`]. `None` where finer tiles would show in next to nothing of it.
    pub(crate) fn begin(
        renderer: &mut Renderer,
        district: &mut District,
        (camera, sun, options): (Camera, Sun, Options),
        (size, finest): ([u32; 2], Fineness),
    ) -> Option<Self> {
        let drawn = FrameInput { camera, meshes: district.keys(), casters: &[], ground: &[], sun, options };
        let finer = district.finer_boxes(camera.view(size), finest);
        let share = renderer.share_in_sight(&drawn, size, &finer);
        tracing::debug!(n_tiles = finer.len(), share, "what would be finer");
        if share < LEAST_SHARE {
            return None;
        }
        let shades = renderer.keep_shadows();
        let room = district.room_for_part(renderer, camera.view(size), Fineness::AT_REST);
        let room = room - room / SPARE;
        let nearest_m = district.nearest_m(camera.eye);
        // Names are where they were in the picture before: most are shorter than the longest there may be.
        let nameless = Options { labels: false, ..options };
        let margin = margin_px(&camera, size, &nameless, nearest_m, renderer.has_outlines());
        let margin = margin.max(if options.labels { renderer.label_reach_px() } else { 0 });
        let cut = |fineness: Fineness| {
            let mut open = vec![Part::of(size, [0, 0], size, margin)];
            let mut left = Vec::new();
            while let Some(part) = open.pop() {
                if left.len() + open.len() >= MOST_PARTS {
                    return None;
                }
                let fits = district.part_bytes(part.window.view(&camera), fineness) <= room;
                match part.halves(LEAST_PX, margin).filter(|_| !fits) {
                    // What cannot be cut any further is as fine as memory allows.
                    None => left.push(part),
                    Some(halves) => open.extend(halves),
                }
            }
            Some((left, fineness))
        };
        let found = STEPS.iter().find_map(|step| cut(Fineness { mesh_px: finest.mesh_px * step, ..finest }));
        let Some((left, fineness)) = found else {
            renderer.release_shadows();
            return None;
        };
        tracing::debug!(n_parts = left.len(), margin, error_px = fineness.mesh_px, "a picture is made finer");
        // In the opposite order, so that the last part whose shadows are drawn is the first of the picture.
        let shadows = if shades { left.iter().rev().copied().collect() } else { Vec::new() };
        Some(Self {
            camera,
            sun,
            options,
            size,
            fineness,
            margin,
            n_more: MORE_PARTS,
            shadows,
            left,
            next: None,
            cast: BTreeSet::new(),
            stats: FrameStats::default(),
        })
    }

    /// Goes on for some milliseconds: loads what the next part needs, or draws some of it or its shadows. What it cost when
    /// the picture is whole.
    ///
    /// # Errors
    /// As [`Renderer::render_in_parts`].
    pub(crate) fn go_on(
        &mut self,
        renderer: &mut Renderer,
        district: &mut District,
        onto: &Onto<'_>,
    ) -> Result<Option<FrameStats>, RenderError> {
        if let Some(&part) = self.shadows.last() {
            self.cast(renderer, district, &part)?;
            return Ok(None);
        }
        let Some(&part) = self.left.last() else { return Ok(Some(self.stats)) };
        if self.next.is_none() {
            self.next = self.load(renderer, district, &part)?;
        }
        let Some(next) = &self.next else { return Ok(None) };
        let (camera, sun, options) = (self.camera, self.sun, self.options);
        let ground = district.shown_ground();
        let input = FrameInput { camera, meshes: &next.tiles, casters: &[], ground, sun, options };
        let target = next.piece.as_ref().map_or(onto.view, |(_, view)| view);
        let Some(stats) = renderer.render_in_parts(target, &part.window, &input)? else { return Ok(None) };
        if let Some((piece, _)) = &next.piece {
            lay_part(renderer.gpu(), &part, piece, onto.texture);
        }
        self.stats.cpu_encode_ms += stats.cpu_encode_ms;
        self.stats.n_triangles += stats.n_triangles;
        self.stats.n_waits += stats.n_waits;
        self.next = None;
        self.left.pop();
        Ok(self.left.is_empty().then_some(self.stats))
    }

    /// Whether nothing can be drawn until more tiles are there.
    pub(crate) fn is_loading(&self) -> bool {
        self.next.is_none() && !self.left.is_empty()
    }

    /// Draws some of the shadows of a part's tiles.
    fn cast(
        &mut self,
        renderer: &mut Renderer,
        district: &mut District,
        part: &Part,
    ) -> Result<(), RenderError> {
        if self.next.is_none() {
            self.next = self.load(renderer, district, part)?;
        }
        let Some(next) = &self.next else { return Ok(()) };
        let mut casters = next.tiles.clone();
        if self.cast.is_empty() {
            casters.extend(district.unseen_keys());
        }
        casters.retain(|key| !self.cast.contains(key));
        let (camera, sun, options) = (self.camera, self.sun, self.options);
        let input = FrameInput { camera, meshes: &[], casters: &casters, ground: &[], sun, options };
        let (n, n_triangles) = renderer.add_shadows(self.size, &input, !self.cast.is_empty())?;
        self.cast.extend(casters.iter().take(n));
        self.stats.n_triangles += n_triangles;
        if n == casters.len() {
            self.next = None;
            self.shadows.pop();
        }
        Ok(())
    }

    /// What a part, the last one of those whose turn it is, is drawn of and where, when all of it is there. Where memory has no
    /// room for all of it any more it becomes two parts.
    fn load(
        &mut self,
        renderer: &mut Renderer,
        district: &mut District,
        part: &Part,
    ) -> Result<Option<Next>, RenderError> {
        let whole = (self.camera.view(self.size), Fineness::AT_REST);
        let view = (part.window.view(&self.camera), self.fineness);
        let tiles = district.step_part(renderer, whole, view, UPLOAD_MS)?;
        if tiles.is_loading {
            return Ok(None);
        }
        let halves = part.halves(LEAST_PX, self.margin).filter(|_| tiles.is_coarser && self.n_more > 0);
        if let Some(halves) = halves {
            let open = if self.shadows.is_empty() { &mut self.left } else { &mut self.shadows };
            open.pop();
            open.extend(halves);
            self.n_more -= 1;
            return Ok(None);
        }
        let is_whole = part.window == Window::whole(self.size);
        let piece = (!is_whole).then(|| {
            let texture = piece(renderer.gpu(), part.window.extent, renderer.color_format());
            let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
            (texture, view)
        });
        Ok(Some(Next { tiles: tiles.keys, piece }))
    }
}

fn piece(gpu: &Gpu, [width, height]: [u32; 2], format: wgpu::TextureFormat) -> wgpu::Texture {
    gpu.device.create_texture(&wgpu::TextureDescriptor {
        label: Some("part of a picture"),
        size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
        view_formats: &[],
    })
}
