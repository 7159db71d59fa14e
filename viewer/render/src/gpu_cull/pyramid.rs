//! The depth's pyramid: for each block of pixels how far the farthest of them is.

use crate::layouts::{Layouts, bind_group};

/// Reversed depths, as the depth target has them.
pub(crate) const PYRAMID_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::R32Float;

/// Levels as one texture. Level 0 has a texel for two by two pixels; sizes are powers of two, so that each texel of a level
/// stands for four of the one below.
#[derive(Debug)]
pub(crate) struct Pyramid {
    /// All levels.
    pub view: wgpu::TextureView,
    pub n_levels: u32,
    pub bytes: u64,
    /// What is bound to write each level, and its size.
    pub steps: Vec<(wgpu::BindGroup, [u32; 2])>,
}

/// Size of the finest level for a target.
fn base_of(target: [u32; 2]) -> [u32; 2] {
    target.map(|s| s.div_ceil(2).next_power_of_two())
}

impl Pyramid {
    /// `depth`: what the finest level is made from, `size` pixels.
    pub(crate) fn new(
        (device, layouts): (&wgpu::Device, &Layouts),
        size: [u32; 2],
        depth: &wgpu::TextureView,
    ) -> Self {
        let [width, height] = base_of(size);
        let n_levels = width.max(height).ilog2() + 1;
        let texture = device.create_texture(&wgpu::TextureDescriptor {
            label: Some("depth pyramid"),
            size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
            mip_level_count: n_levels,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: PYRAMID_FORMAT,
            usage: wgpu::TextureUsages::STORAGE_BINDING | wgpu::TextureUsages::TEXTURE_BINDING,
            view_formats: &[],
        });
        let level = |k: u32| {
            texture.create_view(&wgpu::TextureViewDescriptor {
                base_mip_level: k,
                mip_level_count: Some(1),
                ..Default::default()
            })
        };
        let mut steps = Vec::new();
        let mut bytes = 0;
        for k in 0..n_levels {
            let own = level(k);
            let finer = k.checked_sub(1).map(level);
            let (name, layout, from) = match &finer {
                None => ("pyramid base", &layouts.pyramid_base, depth),
                Some(finer) => ("pyramid", &layouts.pyramid, finer),
            };
            let views = [from, &own].map(wgpu::BindingResource::TextureView);
            let group = bind_group(device, name, layout, &views);
            let size = [width, height].map(|s| (s >> k).max(1));
            bytes += u64::from(size[0]) * u64::from(size[1]) * 4;
            steps.push((group, size));
        }
        let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
        Self { view, n_levels, bytes, steps }
    }
}
