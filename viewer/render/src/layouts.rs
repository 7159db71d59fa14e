//! Bind group and vertex layouts: the one place that knows binding numbers on this side.

use std::num::NonZeroU64;

use crate::gpu_cull::CullView;
use crate::uniforms::{FrameUniform, GroundUniform, ShadowUniform, TileUniform};

/// Vertices of triangles.
pub(crate) const VERTEX: wgpu::VertexBufferLayout<'static> = wgpu::VertexBufferLayout {
    array_stride: 12,
    step_mode: wgpu::VertexStepMode::Vertex,
    attributes: &wgpu::vertex_attr_array![0 => Uint16x4, 1 => Uint32],
};
/// Where triangles stand.
pub(crate) const INSTANCE: wgpu::VertexBufferLayout<'static> = wgpu::VertexBufferLayout {
    array_stride: 52,
    step_mode: wgpu::VertexStepMode::Instance,
    attributes: &wgpu::vertex_attr_array![2 => Float32x4, 3 => Float32x4, 4 => Float32x4, 5 => Uint32],
};
/// Lines, one instance each.
pub(crate) const SEGMENT: wgpu::VertexBufferLayout<'static> = wgpu::VertexBufferLayout {
    array_stride: 32,
    step_mode: wgpu::VertexStepMode::Instance,
    attributes: &wgpu::vertex_attr_array![0 => Float32x3, 1 => Float32x3, 2 => Uint32, 3 => Float32],
};
/// Points, one instance each.
pub(crate) const POINT: wgpu::VertexBufferLayout<'static> = wgpu::VertexBufferLayout {
    array_stride: 20,
    step_mode: wgpu::VertexStepMode::Instance,
    attributes: &wgpu::vertex_attr_array![0 => Float32x3, 1 => Uint32, 2 => Float32],
};
/// Ground.
pub(crate) const GROUND_VERTEX: wgpu::VertexBufferLayout<'static> = wgpu::VertexBufferLayout {
    array_stride: 8,
    step_mode: wgpu::VertexStepMode::Vertex,
    attributes: &wgpu::vertex_attr_array![0 => Float32, 1 => Uint32],
};

/// Group 0: the frame. Group 1: a tile, or marks. Group 2: textures.
pub(crate) const GROUP_FRAME: u32 = 0;
pub(crate) const GROUP_TILE: u32 = 1;
pub(crate) const GROUP_MARKS: u32 = 1;
pub(crate) const GROUP_TEXTURES: u32 = 2;

/// Dynamic offsets lie at multiples of this, the default limit of the GPU interface, bytes.
pub(crate) const OFFSET_ALIGN: u64 = 256;

/// All bind group layouts.
#[derive(Debug)]
pub(crate) struct Layouts {
    /// Frame uniform, shadow map, its sampler.
    pub frame: wgpu::BindGroupLayout,
    /// Shadow uniform.
    pub caster: wgpu::BindGroupLayout,
    /// Tile uniform and window of the style table, both at dynamic offsets, and a page of parts.
    pub tile: wgpu::BindGroupLayout,
    /// Ground uniform at a dynamic offset.
    pub ground: wgpu::BindGroupLayout,
    /// Photo and its sampler.
    pub photo: wgpu::BindGroupLayout,
    /// The scene's depth.
    pub depth: wgpu::BindGroupLayout,
    /// Half-size distances.
    pub distances: wgpu::BindGroupLayout,
    /// Scene, occlusion, mask, distances.
    pub composite: wgpu::BindGroupLayout,
    /// Marks, their depth, the scene's depth.
    pub marks: wgpu::BindGroupLayout,
    /// The scene's depth, the atlas of glyphs and its sampler.
    pub labels: wgpu::BindGroupLayout,
    /// Opaque scene and depth, ground and depth, nearest surface and depth, sums, light held back, ghosts and depth.
    pub blend: wgpu::BindGroupLayout,
    /// View, jobs, units, clusters, notes, draws, counts, the depth's pyramid.
    pub cull: wgpu::BindGroupLayout,
    /// The scene's depth, and the finest level of its pyramid.
    pub pyramid_base: wgpu::BindGroupLayout,
    /// A level of the pyramid and the next coarser one.
    pub pyramid: wgpu::BindGroupLayout,
}

const BOTH: wgpu::ShaderStages = wgpu::ShaderStages::VERTEX_FRAGMENT;
const FRAGMENT: wgpu::ShaderStages = wgpu::ShaderStages::FRAGMENT;
const COMPUTE: wgpu::ShaderStages = wgpu::ShaderStages::COMPUTE;

fn entry(binding: u32, visibility: wgpu::ShaderStages, ty: wgpu::BindingType) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry { binding, visibility, ty, count: None }
}

fn uniform<T>(dynamic: bool) -> wgpu::BindingType {
    wgpu::BindingType::Buffer {
        ty: wgpu::BufferBindingType::Uniform,
        has_dynamic_offset: dynamic,
        min_binding_size: NonZeroU64::new(size_of::<T>() as u64),
    }
}

fn texture(sample_type: wgpu::TextureSampleType, multisampled: bool) -> wgpu::BindingType {
    wgpu::BindingType::Texture { sample_type, view_dimension: wgpu::TextureViewDimension::D2, multisampled }
}

const UNFILTERED: wgpu::TextureSampleType = wgpu::TextureSampleType::Float { filterable: false };
const FILTERED: wgpu::TextureSampleType = wgpu::TextureSampleType::Float { filterable: true };
const DEPTH: wgpu::TextureSampleType = wgpu::TextureSampleType::Depth;
/// Pictures of the ground.
const PICTURES: wgpu::BindingType = wgpu::BindingType::Texture {
    sample_type: FILTERED,
    view_dimension: wgpu::TextureViewDimension::D2Array,
    multisampled: false,
};
/// A level of the depth's pyramid that is written.
const LEVEL: wgpu::BindingType = wgpu::BindingType::StorageTexture {
    access: wgpu::StorageTextureAccess::WriteOnly,
    format: crate::gpu_cull::PYRAMID_FORMAT,
    view_dimension: wgpu::TextureViewDimension::D2,
};

impl Layouts {
    pub(crate) fn new(device: &wgpu::Device, samples: u32) -> Self {
        let make = |label: &str, entries: &[wgpu::BindGroupLayoutEntry]| {
            device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: Some(label), entries })
        };
        let comparing = wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Comparison);
        let filtering = wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Filtering);
        let rows = |has_dynamic_offset: bool| wgpu::BindingType::Buffer {
            ty: wgpu::BufferBindingType::Storage { read_only: true },
            has_dynamic_offset,
            min_binding_size: NonZeroU64::new(8),
        };
        let table = |read_only: bool| wgpu::BindingType::Buffer {
            ty: wgpu::BufferBindingType::Storage { read_only },
            has_dynamic_offset: false,
            min_binding_size: None,
        };
        let level = entry(1, COMPUTE, LEVEL);
        let vertex = wgpu::ShaderStages::VERTEX;
        let (color, depth) = (texture(UNFILTERED, samples > 1), texture(DEPTH, samples > 1));
        let blend = [color, depth, color, depth, color, depth, color, color, color, depth];
        let blend: Vec<_> = (0_u32..).zip(blend).map(|(i, t)| entry(i, FRAGMENT, t)).collect();
        Self {
            blend: make("blend", &blend),
            cull: make(
                "cull",
                &[
                    entry(0, COMPUTE, uniform::<CullView>(false)),
                    entry(1, COMPUTE, table(true)),
                    entry(2, COMPUTE, table(false)),
                    entry(3, COMPUTE, table(true)),
                    entry(4, COMPUTE, table(false)),
                    entry(5, COMPUTE, table(false)),
                    entry(6, COMPUTE, table(false)),
                    entry(7, COMPUTE, texture(UNFILTERED, false)),
                ],
            ),
            pyramid_base: make("pyramid base", &[entry(0, COMPUTE, texture(DEPTH, samples > 1)), level]),
            pyramid: make("pyramid", &[entry(0, COMPUTE, texture(UNFILTERED, false)), level]),
            labels: make(
                "labels",
                &[
                    entry(0, vertex, texture(DEPTH, samples > 1)),
                    entry(1, BOTH, texture(FILTERED, false)),
                    entry(2, FRAGMENT, filtering),
                ],
            ),
            frame: make(
                "frame",
                &[
                    entry(0, BOTH, uniform::<FrameUniform>(false)),
                    entry(1, FRAGMENT, texture(DEPTH, false)),
                    entry(2, FRAGMENT, comparing),
                ],
            ),
            caster: make("caster", &[entry(0, BOTH, uniform::<ShadowUniform>(false))]),
            tile: make(
                "tile",
                &[
                    entry(0, BOTH, uniform::<TileUniform>(true)),
                    entry(1, vertex, rows(true)),
                    entry(2, vertex, rows(false)),
                ],
            ),
            ground: make("ground", &[entry(0, wgpu::ShaderStages::VERTEX, uniform::<GroundUniform>(true))]),
            photo: make("photo", &[entry(0, FRAGMENT, PICTURES), entry(1, FRAGMENT, filtering)]),
            marks: make(
                "marks",
                &[
                    entry(0, FRAGMENT, texture(wgpu::TextureSampleType::Uint, false)),
                    entry(1, FRAGMENT, texture(DEPTH, false)),
                    entry(2, FRAGMENT, texture(DEPTH, samples > 1)),
                ],
            ),
            depth: make("depth", &[entry(0, FRAGMENT, texture(DEPTH, samples > 1))]),
            distances: make("distances", &[entry(0, FRAGMENT, texture(UNFILTERED, false))]),
            composite: make(
                "composite",
                &[
                    entry(0, FRAGMENT, texture(UNFILTERED, false)),
                    entry(1, FRAGMENT, texture(UNFILTERED, false)),
                    entry(2, FRAGMENT, texture(UNFILTERED, false)),
                    entry(3, FRAGMENT, texture(UNFILTERED, false)),
                ],
            ),
        }
    }
}

/// A bind group from resources in binding order.
pub(crate) fn bind_group(
    device: &wgpu::Device,
    label: &str,
    layout: &wgpu::BindGroupLayout,
    resources: &[wgpu::BindingResource<'_>],
) -> wgpu::BindGroup {
    let entries: Vec<_> = (0_u32..)
        .zip(resources)
        .map(|(binding, r)| wgpu::BindGroupEntry { binding, resource: r.clone() })
        .collect();
    device.create_bind_group(&wgpu::BindGroupDescriptor { label: Some(label), layout, entries: &entries })
}
