//! What is resident, and the frame from beginning to end.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use lantu_base::{Bounds, ObjectRow, Style};
use lantu_tiles::{GroundTile, GroundTileId};

use crate::buffers::{FrameUniforms, Groups};
use crate::daylight::Daylight;
use crate::draw::Shot;
use crate::drawing::MOST_QUEUED;
use crate::error::RenderError;
use crate::gpu::Gpu;
use crate::gpu_cull::{CullCounts, CullView, Culler, Culling};
use crate::ground::{GroundResident, grid_indices, make_buffer};
use crate::input::{FrameInput, FrameStats, Options, RenderConfig, Shading, TileKey};
use crate::labels::{LabelPass, LabelSheet};
use crate::layouts::Layouts;
use crate::list::FrameList;
use crate::meshes::{MeshPages, MeshResident};
use crate::parts::Window;
use crate::passes::{Clock, Recorded};
use crate::pipelines::{Pipelines, Shadows, Surface};
use crate::section::Section;
use crate::shadow::ShadowView;
use crate::styles::StyleTable;
use crate::targets::{Needs, TargetSpec, Targets};
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
    labels: Option<LabelPass>,
    covered: Vec<[f32; 4]>,
    targets: Option<Targets>,
    drawn_shadow: Option<ShadowKey>,
    /// From where the shadow map was drawn that all parts of a picture share.
    held_shadow: Option<ShadowView>,
    resident_bytes: u64,
    /// Of mesh tiles beside the GPU.
    kept_bytes: u64,
    new_tile_bytes: u64,
    /// Written to the queue since the last submission, bytes.
    staged_bytes: u64,
}

/// Most bytes that wait for a submission. Chosen: a page; the driver holds them in memory of its own until then.
const MOST_STAGED_BYTES: u64 = 16 << 20;

/// What the shadow map shows; it is drawn again when this changes.
#[derive(Clone, Debug, PartialEq)]
struct ShadowKey {
    view: ShadowView,
    tiles: Vec<TileKey>,
    styles: u64,
    section: Option<Section>,
}

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
        self.styles.set(first_row.0, styles);
    }

    /// Boxes of the picture (left, top, right, bottom in pixels) where panels lie over it: no label stands there. Whether they
    /// are others than before.
    pub fn cover(&mut self, covered: Vec<[f32; 4]>) -> bool {
        let differs = covered != self.covered;
        self.covered = covered;
        differs
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
        self.labels = None;
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

    /// Draws one frame into `target`, whose size is `size` pixels and whose format is the configured one.
    ///
    /// # Errors
    /// [`RenderError::Size`], or what the device reports.
    pub fn render(
        &mut self,
        target: &wgpu::TextureView,
        size: [u32; 2],
        input: &FrameInput<'_>,
    ) -> Result<FrameStats, RenderError> {
        self.render_window(target, &Window::whole(size), input)
    }

    /// Draws the shadow map for parts of a picture that have different tiles resident: until [`Renderer::release_shadows`]
    /// all frames use it. `size`: of a picture for which the tiles of `input` are fine enough.
    ///
    /// # Errors
    /// What the device reports.
    pub fn hold_shadows(&mut self, size: [u32; 2], input: &FrameInput<'_>) -> Result<(), RenderError> {
        self.held_shadow = None;
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
        self.draw_shadow(&mut encoder, (view, input), &list, &mut FrameStats::default());
        self.submit(encoder);
        self.held_shadow = view;
        self.gpu.check()
    }

    /// Ends [`Renderer::hold_shadows`].
    pub fn release_shadows(&mut self) {
        self.held_shadow = None;
        self.drawn_shadow = None;
    }

    /// Draws a part of a picture into `target`, which is as large as the window.
    pub(crate) fn render_window(
        &mut self,
        target: &wgpu::TextureView,
        window: &Window,
        input: &FrameInput<'_>,
    ) -> Result<FrameStats, RenderError> {
        let start = Instant::now();
        let size = window.extent;
        self.gpu.check()?;
        self.gpu.check_size(size)?;
        let input = &FrameInput { options: effective(&input.options), ..*input };
        let list = self.list(input, window, self.config.culling);
        let view = self.held_shadow.or_else(|| self.shadow_view(input, &list));
        let n_glyphs = match &mut self.labels {
            Some(l) if input.options.labels => l.prepare(&self.gpu, (window, &self.covered), input),
            _ => 0,
        };
        let surface = self.surface(input, &list, (view.is_some(), n_glyphs > 0));
        let needs = Needs {
            scene: !surface.direct,
            layers: list.layers,
            occlusion: input.options.occlusion,
            mask: list.has_selection,
            pyramid: list.is_primed(),
        };
        let (samples, format) = (self.config.samples, self.config.color_format);
        let spec = TargetSpec { size, samples, format, needs };
        if !self.targets.as_ref().is_some_and(|t| t.fits(&spec)) {
            if self.targets.take().is_some() {
                // Only then is the old ones' memory free.
                self.gpu.wait()?;
            }
            self.targets = Some(self.gpu.allocate(|device| Targets::new(device, &self.layouts, &spec))?);
            self.gpu.check()?;
        }
        if view.is_some() && self.uniforms.want_shadows(&self.gpu.device, &self.layouts) {
            self.drawn_shadow = None;
        }
        let style_bytes = self.prepare(&list);
        self.prepare_choice(&list, (input, window));
        self.uniforms.write_frame(&self.gpu.queue, input, window, view.as_ref());
        let mut stats = FrameStats {
            style_bytes,
            tile_bytes: std::mem::take(&mut self.new_tile_bytes),
            ..FrameStats::default()
        };
        let desc = wgpu::CommandEncoderDescriptor { label: Some("frame") };
        let mut encoder = self.gpu.device.create_command_encoder(&desc);
        if let Some(clock) = &self.clock {
            clock.start_frame();
        }
        if self.held_shadow.is_none() {
            self.draw_shadow(&mut encoder, (view, input), &list, &mut stats);
        }
        if let Some(targets) = &self.targets {
            let shot = Shot { targets, input, list: &list, surface, target };
            self.draw_choice(&mut encoder, &shot, &mut stats);
            self.draw_scene(&mut encoder, &shot, &mut stats);
            if let Some(layers) = &targets.layers {
                self.draw_layers(&mut encoder, &shot, layers, &mut stats);
            }
            if !surface.direct {
                self.draw_post(&mut encoder, &shot, &mut stats);
            }
            if let Some(labels) = self.labels.as_ref().filter(|_| n_glyphs > 0) {
                self.draw_labels(&mut encoder, (&shot, n_glyphs), labels, &mut stats);
            }
            stats.gpu_bytes = self.pages.allocated_bytes()
                + self.ground_bytes()
                + targets.bytes
                + self.uniforms.shadow_bytes;
        }
        if let Some(clock) = &self.clock {
            clock.gather(&mut encoder);
        }
        self.submit(encoder);
        self.staged_bytes = 0;
        if let Err(e) = self.gpu.check() {
            // It may never have been drawn.
            self.drawn_shadow = None;
            return Err(e);
        }
        stats.cpu_encode_ms = start.elapsed().as_secs_f64() * 1e3;
        Ok(stats)
    }

    fn ground_bytes(&self) -> u64 {
        self.ground.values().map(|g| g.bytes).sum()
    }

    /// How surfaces are drawn in a frame: straight into the caller's target if no later pass needs the scene.
    fn surface(&self, input: &FrameInput<'_>, list: &FrameList, (shadows, labels): (bool, bool)) -> Surface {
        let plain = input.options.shading != Shading::Full;
        let section = input.options.section.is_some();
        // Caps need the scene's alpha to get their depth.
        // Labels look at the scene's depth.
        let bare = !list.has_selection && !list.layers.any() && !labels;
        let alone = bare && !input.options.occlusion && (plain || !section);
        Surface {
            // Light is mixed linearly, which a target without conversion cannot.
            direct: alone && (plain || self.config.color_format.is_srgb()),
            plain,
            section,
            shadows: match shadows {
                false => Shadows::None,
                true if input.options.soft_shadows => Shadows::Soft,
                true => Shadows::Hard,
            },
        }
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

    /// Writes what the graphics card chooses draws by.
    fn prepare_choice(&mut self, list: &FrameList, (input, window): (&FrameInput<'_>, &Window)) {
        let Some(culler) = self.culler.as_mut().filter(|_| !list.plan.is_empty()) else { return };
        let pyramid = self.targets.as_ref().and_then(|t| t.pyramid.as_ref()).filter(|_| list.is_primed());
        let view = CullView::new(&input.camera, window, pyramid.map_or(0, |p| p.n_levels));
        culler.prepare((&self.gpu, &self.layouts), &self.pages, &list.plan, (&view, pyramid));
    }

    /// What the graphics card chose for the last frame; waits for it. `None` where the processor chooses.
    ///
    /// # Errors
    /// What the device reports.
    pub fn cull_counts(&self) -> Result<Option<CullCounts>, RenderError> {
        self.culler.as_ref().map(|c| c.counts(&self.gpu)).transpose()
    }

    fn shadow_view(&self, input: &FrameInput<'_>, list: &FrameList) -> Option<ShadowView> {
        let dark = Daylight::at(input.sun.elevation_deg).sun.max_element() <= 0.0;
        if !input.options.shadows || dark {
            return None;
        }
        let casters = list.meshes.iter().filter(|m| m.casts).filter_map(|m| self.meshes.get(&m.key));
        let casters = casters.fold(Bounds::EMPTY, |all, m| all.union(m.bounds));
        ShadowView::fit(&input.camera, input.sun.direction, &casters)
    }

    fn draw_shadow(
        &mut self,
        encoder: &mut wgpu::CommandEncoder,
        (view, input): (Option<ShadowView>, &FrameInput<'_>),
        list: &FrameList,
        stats: &mut FrameStats,
    ) {
        let Some(view) = view else { return };
        let tiles = list.meshes.iter().filter(|m| m.casts).map(|m| m.key).collect();
        let section = input.options.section;
        let key = ShadowKey { view, tiles, styles: self.styles.revision(), section };
        if self.drawn_shadow.as_ref() == Some(&key) {
            return;
        }
        self.uniforms.write_caster(&self.gpu.queue, &view, (input.camera.eye, section));
        self.draw_casters(encoder, &view, (list, section.is_some()), stats);
        self.drawn_shadow = Some(key);
    }
}

/// Options without those that plain shading does not have.
fn effective(o: &Options) -> Options {
    if o.shading == Shading::Full {
        return *o;
    }
    Options { edges: false, shadows: false, occlusion: false, ..*o }
}
