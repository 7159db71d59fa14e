//! What is resident, and the frame from beginning to end.

use std::collections::BTreeMap;
use std::time::Instant;

use lantu_base::{Bounds, ObjectRow, Style, WorldPoint};
use lantu_tiles::{GroundTile, GroundTileId, MeshTile, TileLayer};

use crate::buffers::{FrameUniforms, Groups};
use crate::draw::{FrameList, Shot};
use crate::error::RenderError;
use crate::gpu::Gpu;
use crate::ground::{GroundResident, grid_indices};
use crate::input::{FrameInput, FrameStats, RenderConfig, TileKey};
use crate::layouts::{Layouts, bind_group};
use crate::meshes::{MeshResident, make_buffer};
use crate::pipelines::{Lit, Pipelines, Shadows};
use crate::shadow::{MAP_PX, ShadowView};
use crate::styles::StyleTable;
use crate::targets::{DEPTH_FORMAT, Targets, target};

/// Draws tiles. Owns everything that it has on the GPU; one for each view format.
#[derive(Debug)]
pub struct Renderer {
    pub(crate) gpu: Gpu,
    pub(crate) config: RenderConfig,
    pub(crate) layouts: Layouts,
    pub(crate) pipelines: Pipelines,
    lit: BTreeMap<Shadows, Lit>,
    pub(crate) meshes: BTreeMap<TileKey, MeshResident>,
    pub(crate) ground: BTreeMap<GroundTileId, GroundResident>,
    /// Triangles of ground by heights a side, and their number.
    pub(crate) grids: BTreeMap<u32, (wgpu::Buffer, u32)>,
    pub(crate) styles: StyleTable,
    pub(crate) uniforms: FrameUniforms,
    pub(crate) shadow_map: wgpu::TextureView,
    pub(crate) frame_group: wgpu::BindGroup,
    photo_sampler: wgpu::Sampler,
    targets: Option<Targets>,
    drawn_shadow: Option<ShadowKey>,
    resident_bytes: u64,
    new_tile_bytes: u64,
}

/// What the shadow map shows; it is drawn again when this changes.
#[derive(Clone, Debug, PartialEq)]
struct ShadowKey {
    view: ShadowView,
    tiles: Vec<TileKey>,
    styles: u64,
}

impl Renderer {
    /// Makes pipelines for a device.
    ///
    /// # Errors
    /// [`RenderError::Invalid`], [`RenderError::OutOfMemory`] or [`RenderError::DeviceLost`] as the driver says.
    pub fn new(gpu: &Gpu, config: RenderConfig) -> Result<Self, RenderError> {
        let config = RenderConfig { samples: if config.samples == 4 { 4 } else { 1 }, ..config };
        let device = &gpu.device;
        let layouts = Layouts::new(device, config.samples);
        let pipelines = Pipelines::new(device, &layouts, config.samples, config.color_format)?;
        let styles = StyleTable::new(device);
        let uniforms = FrameUniforms::new(device, &layouts, &styles);
        let shadow_map = target(device, "shadow map", [MAP_PX; 2], DEPTH_FORMAT, 1)
            .create_view(&wgpu::TextureViewDescriptor::default());
        let comparing = device.create_sampler(&wgpu::SamplerDescriptor {
            label: Some("shadow"),
            mag_filter: wgpu::FilterMode::Linear,
            min_filter: wgpu::FilterMode::Linear,
            compare: Some(wgpu::CompareFunction::LessEqual),
            ..Default::default()
        });
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
        let frame_group = bind_group(
            device,
            "frame",
            &layouts.frame,
            &[
                uniforms.frame.as_entire_binding(),
                wgpu::BindingResource::TextureView(&shadow_map),
                wgpu::BindingResource::Sampler(&comparing),
            ],
        );
        gpu.check()?;
        Ok(Self {
            gpu: gpu.clone(),
            config,
            layouts,
            pipelines,
            lit: BTreeMap::new(),
            meshes: BTreeMap::new(),
            ground: BTreeMap::new(),
            grids: BTreeMap::new(),
            styles,
            uniforms,
            shadow_map,
            frame_group,
            photo_sampler,
            targets: None,
            drawn_shadow: None,
            resident_bytes: 0,
            new_tile_bytes: 0,
        })
    }

    /// Makes a mesh tile resident, replacing one of the same key. `base_row`: row of the source's object 0.
    ///
    /// # Errors
    /// [`RenderError::BadTile`], [`RenderError::TooManyRows`], [`RenderError::OutOfMemory`] or
    /// [`RenderError::DeviceLost`]; the tile is then not resident.
    pub fn put_mesh(&mut self, key: TileKey, tile: &MeshTile, base_row: u32) -> Result<(), RenderError> {
        self.remove_mesh(key);
        let mesh = MeshResident::new(&self.gpu.device, &mut self.styles, tile, base_row)?;
        self.gpu.check()?;
        self.resident_bytes += mesh.bytes;
        self.new_tile_bytes += mesh.bytes;
        self.meshes.insert(key, mesh);
        self.drawn_shadow = None;
        Ok(())
    }

    /// Frees a mesh tile; whether it was there.
    pub fn remove_mesh(&mut self, key: TileKey) -> bool {
        let gone = self.meshes.remove(&key);
        self.resident_bytes -= gone.as_ref().map_or(0, |m| m.bytes);
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

    /// Whether a ground tile is resident.
    pub fn has_ground(&self, id: GroundTileId) -> bool {
        self.ground.contains_key(&id)
    }

    /// Replaces styles from a row on. Written to the GPU with the next frame, changed pages only.
    pub fn set_styles(&mut self, first_row: ObjectRow, styles: &[Style]) {
        self.styles.set(first_row.0, styles);
    }

    /// Buffers and textures of resident tiles, bytes.
    pub fn resident_bytes(&self) -> u64 {
        self.resident_bytes
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
        let start = Instant::now();
        self.gpu.check_size(size)?;
        if self.targets.as_ref().is_none_or(|t| t.size != size) {
            self.targets = None;
            self.targets = Some(Targets::new(&self.gpu.device, &self.layouts, size, self.config.samples));
            self.gpu.check()?;
        }
        let list = self.list(input, size);
        let view = self.shadow_view(input, &list);
        let shadows = match view {
            None => Shadows::None,
            Some(_) if input.options.soft_shadows => Shadows::Soft,
            Some(_) => Shadows::Hard,
        };
        if !self.lit.contains_key(&shadows) {
            let made = Lit::new(&self.gpu.device, &self.layouts, self.config.samples, shadows)?;
            self.lit.insert(shadows, made);
        }
        let style_bytes = self.prepare(&list);
        self.uniforms.write_frame(&self.gpu.queue, input, size, view.as_ref());
        let mut stats = FrameStats {
            style_bytes,
            tile_bytes: std::mem::take(&mut self.new_tile_bytes),
            ..FrameStats::default()
        };
        let desc = wgpu::CommandEncoderDescriptor { label: Some("frame") };
        let mut encoder = self.gpu.device.create_command_encoder(&desc);
        self.draw_shadow(&mut encoder, (view, input.camera.eye), &list, &mut stats);
        if let (Some(targets), Some(lit)) = (&self.targets, self.lit.get(&shadows)) {
            let shot = Shot { targets, input, list: &list, lit };
            self.draw_scene(&mut encoder, &shot, &mut stats);
            self.draw_post(&mut encoder, &shot, target, &mut stats);
            stats.gpu_bytes = self.resident_bytes + targets.bytes + u64::from(MAP_PX).pow(2) * 4;
        }
        self.gpu.queue.submit([encoder.finish()]);
        self.gpu.check()?;
        stats.cpu_encode_ms = start.elapsed().as_secs_f64() * 1e3;
        Ok(stats)
    }

    /// Writes styles and tile uniforms; bytes of styles.
    pub(crate) fn prepare(&mut self, list: &FrameList) -> u64 {
        let (new_buffer, style_bytes) = self.styles.upload(&self.gpu.device, &self.gpu.queue);
        let groups = Groups { device: &self.gpu.device, layouts: &self.layouts, styles: &self.styles };
        self.uniforms.write_tiles(&self.gpu.queue, &groups, list, new_buffer);
        style_bytes
    }

    fn shadow_view(&self, input: &FrameInput<'_>, list: &FrameList) -> Option<ShadowView> {
        if !input.options.shadows {
            return None;
        }
        let casters = list.meshes.iter().filter_map(|m| self.meshes.get(&m.key));
        let casters =
            casters.filter(|m| m.layer == TileLayer::Solid).fold(Bounds::EMPTY, |all, m| all.union(m.bounds));
        ShadowView::fit(&input.camera, input.sun.direction, &casters)
    }

    fn draw_shadow(
        &mut self,
        encoder: &mut wgpu::CommandEncoder,
        (view, eye): (Option<ShadowView>, WorldPoint),
        list: &FrameList,
        stats: &mut FrameStats,
    ) {
        let Some(view) = view else { return };
        let tiles = list.meshes.iter().map(|m| m.key).collect();
        let key = ShadowKey { view, tiles, styles: self.styles.revision() };
        if self.drawn_shadow.as_ref() == Some(&key) {
            return;
        }
        self.uniforms.write_caster(&self.gpu.queue, &view, eye);
        self.draw_casters(encoder, &view, list, stats);
        self.drawn_shadow = Some(key);
    }
}
