//! Textures that frames are drawn into, as large as the picture.

use crate::layouts::{Layouts, bind_group};

/// Colors of the scene before the last pass: linear in shaders, sRGB bytes in memory.
pub(crate) const SCENE_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8UnormSrgb;
/// Reversed infinite depth.
pub(crate) const DEPTH_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Depth32Float;
/// Forward distances.
pub(crate) const DISTANCE_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::R32Float;
/// Occlusion and masks.
pub(crate) const SHARE_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::R8Unorm;

/// Everything that depends on the picture's size.
#[derive(Debug)]
pub(crate) struct Targets {
    pub size: [u32; 2],
    /// Several samples a pixel, where asked for.
    pub multi: Option<wgpu::TextureView>,
    pub scene: wgpu::TextureView,
    pub depth: wgpu::TextureView,
    pub distances: wgpu::TextureView,
    pub occlusion: wgpu::TextureView,
    pub mask: wgpu::TextureView,
    pub depth_group: wgpu::BindGroup,
    pub distance_group: wgpu::BindGroup,
    pub composite_group: wgpu::BindGroup,
    pub bytes: u64,
}

/// A texture to draw into and read from.
pub(crate) fn target(
    device: &wgpu::Device,
    label: &str,
    [width, height]: [u32; 2],
    format: wgpu::TextureFormat,
    sample_count: u32,
) -> wgpu::Texture {
    device.create_texture(&wgpu::TextureDescriptor {
        label: Some(label),
        size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::TEXTURE_BINDING,
        view_formats: &[],
    })
}

impl Targets {
    pub(crate) fn new(device: &wgpu::Device, layouts: &Layouts, size: [u32; 2], samples: u32) -> Self {
        let half = size.map(|s| s.div_ceil(2));
        let make = |label: &str, size, format, samples| {
            target(device, label, size, format, samples).create_view(&wgpu::TextureViewDescriptor::default())
        };
        let multi = (samples > 1).then(|| make("scene samples", size, SCENE_FORMAT, samples));
        let scene = make("scene", size, SCENE_FORMAT, 1);
        let depth = make("depth", size, DEPTH_FORMAT, samples);
        let distances = make("distances", half, DISTANCE_FORMAT, 1);
        let occlusion = make("occlusion", half, SHARE_FORMAT, 1);
        let mask = make("mask", size, SHARE_FORMAT, 1);
        let view = wgpu::BindingResource::TextureView;
        let depth_group = bind_group(device, "depth", &layouts.depth, &[view(&depth)]);
        let distance_group = bind_group(device, "distances", &layouts.distances, &[view(&distances)]);
        let all = [view(&scene), view(&occlusion), view(&mask), view(&distances)];
        let composite_group = bind_group(device, "composite", &layouts.composite, &all);
        let pixels = u64::from(size[0]) * u64::from(size[1]);
        let samples = u64::from(samples);
        let bytes =
            pixels * (4 + 4 * samples + if samples > 1 { 4 * samples } else { 0 } + 1) + pixels * 5 / 4;
        Self {
            size,
            multi,
            scene,
            depth,
            distances,
            occlusion,
            mask,
            depth_group,
            distance_group,
            composite_group,
            bytes,
        }
    }
}
