//! The pass that draws labels into the finished picture.

use std::sync::Arc;

use bytemuck::{Pod, Zeroable};

use crate::camera::Camera;
use crate::draw::Shot;
use crate::gpu::Gpu;
use crate::input::{FrameInput, FrameStats};
use crate::labels::{LabelSheet, PlacedLabel, place_labels};
use crate::layouts::{GROUP_FRAME, GROUP_TEXTURES, bind_group};
use crate::parts::Window;
use crate::pipelines::Key;
use crate::renderer::Renderer;
use crate::section::{HalfSpace, Section};

/// Width of the halo, pixels at scale 1.
const HALO_PX: f32 = 1.4;
/// Where a glyph's halo is drawn, in units of its width.
const RIM: [[f32; 2]; 8] =
    [[-1.0, 0.0], [1.0, 0.0], [0.0, -1.0], [0.0, 1.0], [-0.7, -0.7], [0.7, -0.7], [-0.7, 0.7], [0.7, 0.7]];

/// One drawn glyph, 48 bytes. Mirrors `Glyph` in `shaders/labels.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub(crate) struct GlyphInstance {
    pub rect: [f32; 4],
    pub uv: [f32; 4],
    pub place: [f32; 4],
}

/// Vertices of [`GlyphInstance`].
pub(crate) const GLYPH: wgpu::VertexBufferLayout<'static> = wgpu::VertexBufferLayout {
    array_stride: 48,
    step_mode: wgpu::VertexStepMode::Instance,
    attributes: &wgpu::vertex_attr_array![0 => Float32x4, 1 => Float32x4, 2 => Float32x4],
};

/// Where labels stand, and for what.
#[derive(Debug)]
struct Placing {
    camera: Camera,
    size: [u32; 2],
    scale: f32,
    section: Option<Section>,
    placed: Vec<PlacedLabel>,
}

/// Half-spaces of a section, or none.
fn planes(section: Option<&Section>) -> &[HalfSpace] {
    section.map_or(&[], Section::planes)
}

/// What labels have on the GPU.
#[derive(Debug)]
pub(crate) struct LabelPass {
    sheet: Arc<LabelSheet>,
    atlas: wgpu::TextureView,
    sampler: wgpu::Sampler,
    /// Glyphs of the frame; grows and stays.
    instances: wgpu::Buffer,
    /// The last picture's.
    last: Option<Placing>,
    pub bytes: u64,
}

fn instance_buffer(device: &wgpu::Device, bytes: u64) -> wgpu::Buffer {
    device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("labels"),
        size: bytes,
        usage: wgpu::BufferUsages::VERTEX | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    })
}

/// Chosen: room for a few dozen names without growing, bytes.
const FIRST_BYTES: u64 = 256 << 10;

impl LabelPass {
    /// Uploads the atlas; `None` if its bytes are not those of its size.
    pub(crate) fn new(gpu: &Gpu, sheet: Arc<LabelSheet>) -> Option<Self> {
        let [width, height] = sheet.atlas_px;
        let texels = u64::from(width) * u64::from(height);
        if texels == 0 || texels != sheet.coverage.len() as u64 || gpu.check_size(sheet.atlas_px).is_err() {
            return None;
        }
        let size = wgpu::Extent3d { width, height, depth_or_array_layers: 1 };
        let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("glyphs"),
            size,
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: wgpu::TextureFormat::R8Unorm,
            usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
            view_formats: &[],
        });
        let layout =
            wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(width), rows_per_image: None };
        gpu.queue.write_texture(texture.as_image_copy(), &sheet.coverage, layout, size);
        let sampler = gpu.device.create_sampler(&wgpu::SamplerDescriptor {
            label: Some("glyphs"),
            mag_filter: wgpu::FilterMode::Linear,
            min_filter: wgpu::FilterMode::Linear,
            ..Default::default()
        });
        let atlas = texture.create_view(&wgpu::TextureViewDescriptor::default());
        let instances = instance_buffer(&gpu.device, FIRST_BYTES);
        Some(Self { sheet, atlas, sampler, instances, last: None, bytes: texels + FIRST_BYTES })
    }

    pub(crate) fn sheet(&self) -> &Arc<LabelSheet> {
        &self.sheet
    }

    /// Whether labels of the last picture would stand elsewhere, or not at all, with these boxes covered.
    pub(crate) fn differs(&self, covered: &[[f32; 4]]) -> bool {
        self.last.as_ref().is_some_and(|l| {
            let cut = planes(l.section.as_ref());
            place_labels(&self.sheet.labels, &l.camera, (l.size, l.scale), covered, cut) != l.placed
        })
    }

    /// How far labels of the last picture reach from their places, pixels along an axis; 0 without labels.
    pub(crate) fn reach_px(&self) -> u32 {
        let Some(Placing { scale, placed, .. }) = &self.last else { return 0 };
        let reach = |p: &PlacedLabel| {
            let [w, h] = self.sheet.labels.get(p.label).map_or([0.0; 2], |l| l.size_px);
            let along = |at: f32, size: f32, place: f32| (place - at).max(at + size - place);
            along(p.at_px[0], w, p.place_px[0]).max(along(p.at_px[1], h, p.place_px[1]))
        };
        let most = placed.iter().map(reach).fold(0.0, f32::max);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a float-to-int cast saturates"
        )]
        let px = (most + HALO_PX * scale).ceil() as u32;
        if placed.is_empty() { 0 } else { px }
    }

    /// Places labels and writes their glyphs; how many there are to draw.
    pub(crate) fn prepare(
        &mut self,
        gpu: &Gpu,
        (window, covered): (&Window, &[[f32; 4]]),
        input: &FrameInput<'_>,
    ) -> u32 {
        let scale = input.options.scale;
        let section = input.options.section;
        let picture = (window.picture, scale);
        let placed =
            place_labels(&self.sheet.labels, &input.camera, picture, covered, planes(section.as_ref()));
        let mut rims = Vec::new();
        let mut texts = Vec::new();
        for p in &placed {
            let Some(label) = self.sheet.labels.get(p.label) else { continue };
            let ([x, y], [px, py]) = (p.at_px, p.place_px);
            for g in self.sheet.glyphs.get(label.glyphs.clone()).unwrap_or_default() {
                let at = [x + g.min_px[0], y + g.min_px[1]];
                let instance = |off: [f32; 2], ink: f32| GlyphInstance {
                    rect: [at[0] + off[0], at[1] + off[1], g.size_px[0], g.size_px[1]],
                    uv: g.texels,
                    place: [px, py, p.depth, ink],
                };
                rims.extend(RIM.map(|r| instance(r.map(|v| v * HALO_PX * scale), 0.0)));
                texts.push(instance([0.0; 2], 1.0));
            }
        }
        rims.append(&mut texts);
        let bytes: &[u8] = bytemuck::cast_slice(&rims);
        if bytes.len() as u64 > self.instances.size() {
            let grown = (bytes.len() as u64).next_power_of_two();
            self.bytes += grown - self.instances.size();
            self.instances = instance_buffer(&gpu.device, grown);
        }
        gpu.queue.write_buffer(&self.instances, 0, bytes);
        self.last = Some(Placing { camera: input.camera, size: window.picture, scale, section, placed });
        u32::try_from(rims.len()).unwrap_or(0)
    }
}

impl Renderer {
    /// Draws `n` glyphs over the finished picture.
    pub(crate) fn draw_labels(
        &self,
        encoder: &mut wgpu::CommandEncoder,
        (shot, n): (&Shot<'_>, u32),
        labels: &LabelPass,
        stats: &mut FrameStats,
    ) {
        if !self.passes_stop() {
            return;
        }
        let resources = [
            wgpu::BindingResource::TextureView(&shot.targets.depth),
            wgpu::BindingResource::TextureView(&labels.atlas),
            wgpu::BindingResource::Sampler(&labels.sampler),
        ];
        let group = bind_group(&self.gpu.device, "labels", &self.layouts.labels, &resources);
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("labels"),
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view: shot.target,
                depth_slice: None,
                resolve_target: None,
                ops: wgpu::Operations { load: wgpu::LoadOp::Load, store: wgpu::StoreOp::Store },
            })],
            ..Default::default()
        });
        pass.set_pipeline(&self.pipelines.get(&self.layouts, Key::Labels));
        pass.set_bind_group(GROUP_FRAME, &self.uniforms.frame_group, &[]);
        pass.set_bind_group(GROUP_TEXTURES, &group, &[]);
        pass.set_vertex_buffer(0, labels.instances.slice(..));
        pass.draw(0..4, 0..n);
        stats.n_draws += 1;
        stats.n_triangles += u64::from(n) * 2;
    }
}
