//! What is resident, and the frame from beginning to end.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use lantu_base::{ObjectRow, Style};
use lantu_tiles::{GroundTile, GroundTileId};

use crate::buffers::{FrameUniforms, Groups};
use crate::drawing::{MOST_QUEUED, Walk};
use crate::error::RenderError;
use crate::frame::{Frame, ShadowKey, effective};
use crate::gpu::Gpu;
use crate::gpu_cull::{CullCounts, Culler, Culling};
use crate::ground::{GroundResident, grid_indices, make_buffer};
use crate::input::{FrameInput, FrameStats, RenderConfig, TileKey};
use crate::labels::{LabelPass, LabelSheet};
use crate::layouts::Layouts;
use crate::list::FrameList;
use crate::meshes::{MeshPages, MeshResident};
use crate::parts::Window;
use crate::passes::{Clock, Recorded};
use crate::pipelines::Pipelines;
use crate::shadow::ShadowView;
use crate::styles::StyleTable;
use crate::targets::Targets;
use lantu_tiles::MeshTile;

/// Draws tiles. Owns everything that it has on the GPU; one for each view format.
#[derive(Debug)]
pub struct Renderer {
    pub(crate) gpu: Gpu,
    pub(crate) config: RenderConfig,
    pub(crate) layouts: Layouts,
    pub(crate) pipelines: Pipelines,
    pub(crate) meshes: BTreeMap<TileKey, MeshResident>,
    pub(crate) pages: MeshPages,
    /// Where the graphics card chooses what is drawn.
    pub(crate) culler: Option<Culler>,
    pub(crate) ground: BTreeMap<GroundTileId, GroundResident>,
    /// Triangles of ground by heights a side, and their number.
    pub(crate) grids: BTreeMap<u32, (wgpu::Buffer, u32)>,
    pub(crate) styles: StyleTable,
    pub(crate) uniforms: FrameUniforms,
    photo_sampler: wgpu::Sampler,
    /// Where passes are timed, if somebody wants that.
    pub(crate) clock: Option<Clock>,
    pub(crate) recorded: RefCell<Recorded>,
    /// Where the walk through the current frame is.
    pub(crate) walk: Cell<Walk>,
    /// A frame that is drawn in parts, one for each call.
    pub(crate) unfinished: Option<Box<Frame>>,
    pub(crate) labels: Option<LabelPass>,
    pub(crate) covered: Vec<[f32; 4]>,
    pub(crate) targets: Option<Targets>,
    pub(crate) drawn_shadow: Option<ShadowKey>,
    /// From where the shadow map was drawn that all parts of a picture share.
    pub(crate) held_shadow: Option<ShadowView>,
    resident_bytes: u64,
    /// Of mesh tiles beside the GPU.
    kept_bytes: u64,
    pub(crate) new_tile_bytes: u64,
    /// Written to the queue since the last submission, bytes.
    pub(crate) staged_bytes: u64,
}

/// Most bytes that wait for a submission. Chosen: a page; the driver holds them in memory of its own until then.
const MOST_STAGED_BYTES: u64 = 16 << 20;

impl Renderer {
    /// Prepares a device; pipelines are made when first needed.
    ///
    /// # Errors
    /// [`RenderError::Invalid`], [`RenderError::OutOfMemory`] or [`RenderError::DeviceLost`] as the driver says;
    /// [`RenderError::NoCulling`] where the graphics card is to choose and cannot.
    pub fn new(gpu: &Gpu, config: RenderConfig) -> Result<Self, RenderError> {
        let most = if gpu.is_software() { MOST_QUEUED } else { u64::MAX };
        let config = RenderConfig {
            samples: if config.samples == 4 { 4 } else { 1 },
            most_queued: config.most_queued.min(most),
            ..config
        };
        let device = &gpu.device;
        let layouts = Layouts::new(device, config.samples);
        let pipelines = Pipelines::new(device, &config)?;
        let styles = StyleTable::new(device);
        let uniforms = FrameUniforms::new(device, &layouts);
        let photo_sampler = device.create_sampler(&wgpu::SamplerDescriptor {
            label: Some("ground photo"),
            mag_filter: wgpu::FilterMode::Linear,
            min_filter: wgpu::FilterMode::Linear,
            // A processor pays for each texel that it filters.
            mipmap_filter: if gpu.is_software() {
                wgpu::MipmapFilterMode::Nearest
            } else {
                wgpu::MipmapFilterMode::Linear
            },
            anisotropy_clamp: if gpu.is_software() { 1 } else { 8 },
            ..Default::default()
        });
        let culler = match config.culling {
            Culling::Cpu => None,
            Culling::Gpu => Some(Culler::new(gpu, &layouts, config.samples)?),
        };
        gpu.check()?;
        Ok(Self {
            gpu: gpu.clone(),
            config,
            layouts,
            pipelines,
            meshes: BTreeMap::new(),
            pages: MeshPages::new(culler.is_some()),
            culler,
            ground: BTreeMap::new(),
            grids: BTreeMap::new(),
            styles,
            uniforms,
            photo_sampler,
            clock: None,
            recorded: RefCell::default(),
            walk: Cell::default(),
            unfinished: None,
            labels: None,
            covered: Vec::new(),
            targets: None,
            drawn_shadow: None,
            held_shadow: None,
            resident_bytes: 0,
            kept_bytes: 0,
            new_tile_bytes: 0,
            staged_bytes: 0,
        })
    }

    /// Makes a mesh tile resident, replacing one of the same key. `base_row`: row of the source's object 0.
    ///
    /// # Errors
    /// [`RenderError::BadTile`], [`RenderError::TooManyRows`], [`RenderError::OutOfMemory`] or
    /// [`RenderError::DeviceLost`]; the tile is then not resident.
    pub fn put_mesh(&mut self, key: TileKey, tile: &MeshTile, base_row: u32) -> Result<(), RenderError> {
        self.unfinished = None;
        self.remove_mesh(key);
        let mesh = MeshResident::new(&self.gpu, &mut self.styles, &mut self.pages, (tile, base_row))?;
        if let Err(e) = self.gpu.check() {
            self.pages.give_back(&mesh.slots);
            return Err(e);
        }
        self.resident_bytes += mesh.bytes;
        self.kept_bytes += mesh.kept_bytes;
        self.new_tile_bytes += mesh.bytes;
        self.staged_bytes += mesh.bytes;
        self.meshes.insert(key, mesh);
        self.drawn_shadow = None;
        self.flush_staged()
    }

    /// Lets the driver take what was written before it adds up: writes are kept twice until they are submitted.
    fn flush_staged(&mut self) -> Result<(), RenderError> {
        if self.staged_bytes < MOST_STAGED_BYTES {
            return Ok(());
        }
        self.staged_bytes = 0;
        self.gpu.queue.submit([]);
        self.gpu.wait()
    }

    /// Frees a mesh tile; whether it was there.
    pub fn remove_mesh(&mut self, key: TileKey) -> bool {
        let gone = self.meshes.remove(&key);
        if let Some(mesh) = &gone {
            self.unfinished = None;
            self.resident_bytes -= mesh.bytes;
            self.kept_bytes -= mesh.kept_bytes;
            self.pages.give_back(&mesh.slots);
        }
        gone.is_some()
    }

    /// Whether a mesh tile is resident.
    pub fn has_mesh(&self, key: TileKey) -> bool {
        self.meshes.contains_key(&key)
    }

    /// Makes a ground tile resident, replacing one of the same id.
    ///
    /// # Errors
    /// As [`Renderer::put_mesh`].
    pub fn put_ground(&mut self, tile: &GroundTile) -> Result<(), RenderError> {
        self.unfinished = None;
        self.remove_ground(tile.id);
        let ground = GroundResident::new(&self.gpu, &self.layouts, &self.photo_sampler, tile)?;
        if !self.grids.contains_key(&tile.n) {
            let indices = grid_indices(tile.n);
            let n_indices = u32::try_from(indices.len()).unwrap_or(u32::MAX);
            let bytes: &[u8] = bytemuck::cast_slice(&indices);
            if let Some(b) =
                make_buffer(&self.gpu.device, "ground indices", wgpu::BufferUsages::INDEX, &[bytes])
            {
                self.grids.insert(tile.n, (b, n_indices));
            }
        }
        self.gpu.check()?;
        self.resident_bytes += ground.bytes;
        self.new_tile_bytes += ground.bytes;
        self.ground.insert(tile.id, ground);
        Ok(())
    }

    /// Frees a ground tile; whether it was there.
    pub fn remove_ground(&mut self, id: GroundTileId) -> bool {
        let gone = self.ground.remove(&id);
        if gone.is_some() {
            self.unfinished = None;
        }
        self.resident_bytes -= gone.as_ref().map_or(0, |g| g.bytes);
        gone.is_some()
    }

    /// Ground tiles that are resident.
    pub fn ground_ids(&self) -> Vec<GroundTileId> {
        self.ground.keys().copied().collect()
    }

    /// Whether a ground tile is resident.
    pub fn has_ground(&self, id: GroundTileId) -> bool {
        self.ground.contains_key(&id)
    }

    /// Replaces styles from a row on. Written to the GPU with the next frame, changed pages only.
    pub fn set_styles(&mut self, first_row: ObjectRow, styles: &[Style]) {
        self.unfinished = None;
        self.styles.set(first_row.0, styles);
    }

    /// Whether some object is outlined, by the selection or by a second overlay.
    pub fn has_outlines(&self) -> bool {
        self.styles.has_outlines()
    }

    /// Boxes of the picture (left, top, right, bottom in pixels) where panels and signs lie over it: no label stands there.
    /// Returns whether labels of the last picture stand elsewhere now; signs move more often than they push one aside.
    pub fn cover(&mut self, covered: Vec<[f32; 4]>) -> bool {
        if covered == self.covered {
            return false;
        }
        let differs = self.labels.as_ref().is_some_and(|l| l.differs(&covered));
        if differs {
            self.unfinished = None;
        }
        self.covered = covered;
        differs
    }

    /// How far names in the last picture reach from their places, pixels: what stands before a place must be drawn with its
    /// name.
    pub fn label_reach_px(&self) -> u32 {
        self.labels.as_ref().map_or(0, LabelPass::reach_px)
    }

    /// Replaces all labels; they are shown where [`crate::Options::labels`] asks for them.
    ///
    /// # Errors
    /// [`RenderError::BadTile`] if the atlas is not as large as it says or larger than a texture can be, or what the device
    /// reports; there are then no labels.
    pub fn set_labels(&mut self, sheet: Arc<LabelSheet>) -> Result<(), RenderError> {
        if self.labels.as_ref().is_some_and(|l| Arc::ptr_eq(l.sheet(), &sheet)) {
            return Ok(());
        }
        (self.labels, self.unfinished) = (None, None);
        if sheet.labels.is_empty() {
            return Ok(());
        }
        let pass = LabelPass::new(&self.gpu, sheet);
        self.gpu.check()?;
        self.labels = Some(pass.ok_or(RenderError::BadTile("its glyphs are not as large as it says"))?);
        Ok(())
    }

    /// What resident tiles take in buffers and textures, bytes.
    pub fn resident_bytes(&self) -> u64 {
        self.resident_bytes
    }

    /// What is allocated for mesh tiles, with what is free between them, bytes.
    pub fn allocated_bytes(&self) -> u64 {
        self.pages.allocated_bytes()
    }

    /// Memory that is not in tiles: targets of the last size, the shadow map, the style table on the GPU and here, and
    /// what is free between mesh tiles and kept of them here, bytes.
    pub fn fixed_bytes(&self) -> u64 {
        let targets =
            self.targets.as_ref().map_or(0, |t| t.bytes) + self.labels.as_ref().map_or(0, |l| l.bytes);
        let between = self.allocated_bytes().saturating_sub(self.resident_bytes - self.ground_bytes());
        let choice = self.culler.as_ref().map_or(0, Culler::bytes);
        targets + choice + self.uniforms.shadow_bytes + self.styles.bytes() + between + self.kept_bytes
    }

    /// The format that targets must have.
    pub fn color_format(&self) -> wgpu::TextureFormat {
        self.config.color_format
    }

    /// The device that this renderer draws with.
    pub fn gpu(&self) -> &Gpu {
        &self.gpu
    }

    /// Draws the shadow map for parts of a picture that have different tiles resident: until [`Renderer::release_shadows`]
    /// all frames use it. `size`: of a picture for which the tiles of `input` are fine enough.
    ///
    /// # Errors
    /// What the device reports.
    pub fn hold_shadows(&mut self, size: [u32; 2], input: &FrameInput<'_>) -> Result<(), RenderError> {
        (self.held_shadow, self.unfinished) = (None, None);
        self.gpu.check()?;
        let input = &FrameInput { options: effective(&input.options), ..*input };
        let list = self.list(input, &Window::whole(size), Culling::Cpu);
        let view = self.shadow_view(input, &list);
        if view.is_some() && self.uniforms.want_shadows(&self.gpu.device, &self.layouts) {
            self.drawn_shadow = None;
        }
        self.prepare(&list);
        let desc = wgpu::CommandEncoderDescriptor { label: Some("held shadows") };
        let mut encoder = self.gpu.device.create_command_encoder(&desc);
        self.walk.set(Walk::default());
        if let Some(view) = &view {
            self.uniforms.write_caster(&self.gpu.queue, view, (input.camera.eye, input.options.section));
            let section = input.options.section.is_some();
            self.draw_casters(&mut encoder, (view, false), (&list, section), &mut FrameStats::default());
        }
        self.submit(encoder);
        self.held_shadow = view;
        self.gpu.check()
    }

    /// Keeps the shadow map of the last frame for frames of the same camera whose tiles are others, until
    /// [`Renderer::release_shadows`]. Where there is none, which is told, they have what they draw themselves.
    pub fn keep_shadows(&mut self) -> bool {
        self.unfinished = None;
        self.held_shadow = self.drawn_shadow.as_ref().map(|key| key.view);
        self.held_shadow.is_some()
    }

    /// Draws the shadow map that is kept anew, from finer tiles than fit into memory together: the first of `input.casters`.
    /// Returns how many of them, and of how many triangles. `again`: on what is there; else it begins with nothing.
    ///
    /// # Errors
    /// What the device reports.
    pub fn add_shadows(
        &mut self,
        size: [u32; 2],
        input: &FrameInput<'_>,
        again: bool,
    ) -> Result<(usize, u64), RenderError> {
        self.unfinished = None;
        self.gpu.check()?;
        let Some(view) = self.held_shadow else { return Ok((input.casters.len(), 0)) };
        let mut n_triangles = 0;
        let enough = input.casters.iter().take_while(|key| {
            let goes_on = n_triangles < MOST_QUEUED;
            n_triangles += self.meshes.get(key).map_or(0, |m| m.n_triangles);
            goes_on
        });
        let n = enough.count();
        let casters = input.casters.get(..n).unwrap_or_default();
        let input =
            &FrameInput { meshes: &[], casters, ground: &[], options: effective(&input.options), ..*input };
        let list = self.list(input, &Window::whole(size), Culling::Cpu);
        self.prepare(&list);
        let desc = wgpu::CommandEncoderDescriptor { label: Some("more shadows") };
        let mut encoder = self.gpu.device.create_command_encoder(&desc);
        self.walk.set(Walk::default());
        self.uniforms.write_caster(&self.gpu.queue, &view, (input.camera.eye, input.options.section));
        let mut stats = FrameStats::default();
        let section = input.options.section.is_some();
        self.draw_casters(&mut encoder, (&view, again), (&list, section), &mut stats);
        self.submit(encoder);
        // The driver of a processor keeps what waits in memory.
        self.gpu.wait()?;
        self.gpu.check()?;
        Ok((n, stats.n_triangles))
    }

    /// Ends [`Renderer::hold_shadows`] and [`Renderer::keep_shadows`].
    pub fn release_shadows(&mut self) {
        self.held_shadow = None;
        self.drawn_shadow = None;
    }

    pub(crate) fn ground_bytes(&self) -> u64 {
        self.ground.values().map(|g| g.bytes).sum()
    }

    /// Writes styles and tile uniforms; bytes of styles.
    pub(crate) fn prepare(&mut self, list: &FrameList) -> u64 {
        let (new_buffer, style_bytes) = self.styles.upload(&self.gpu.device, &self.gpu.queue);
        let groups = Groups {
            device: &self.gpu.device,
            layouts: &self.layouts,
            styles: &self.styles,
            parts: &self.pages.parts,
        };
        self.uniforms.write_tiles(&self.gpu.queue, &groups, list, new_buffer);
        style_bytes
    }

    /// What the graphics card chose for the last frame; waits for it. `None` where the processor chooses.
    ///
    /// # Errors
    /// What the device reports.
    pub fn cull_counts(&self) -> Result<Option<CullCounts>, RenderError> {
        self.culler.as_ref().map(|c| c.counts(&self.gpu)).transpose()
    }
}
