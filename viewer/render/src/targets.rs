//! Textures that frames are drawn into, as large as the picture, made when first needed.

use crate::gpu_cull::Pyramid;
use crate::layers::{LayerTargets, Layers};
use crate::layouts::{Layouts, bind_group};

/// Colors of the scene before the last pass: linear in shaders, sRGB bytes in memory.
pub(crate) const SCENE_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8UnormSrgb;
/// Reversed infinite depth.
pub(crate) const DEPTH_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Depth32Float;
/// Forward distances.
pub(crate) const DISTANCE_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::R32Float;
/// What a second overlay says of an object, and the last bits of its row.
pub(crate) const MARKS_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::R32Uint;
/// Occlusion and masks.
pub(crate) const SHARE_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::R8Unorm;

/// What a frame draws into besides the caller's target and the depth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each says which textures are made")]
pub(crate) struct Needs {
    /// The scene, before the last pass.
    pub scene: bool,
    /// What lies over its opaque part; needs the scene.
    pub layers: Layers,
    pub occlusion: bool,
    pub mask: bool,
    /// What a second overlay says.
    pub marks: bool,
    /// The depth's pyramid.
    pub pyramid: bool,
}

impl Needs {
    fn covers(self, other: Self) -> bool {
        self.scene >= other.scene
            && self.layers.covers(other.layers)
            && self.occlusion >= other.occlusion
            && self.mask >= other.mask
            && self.marks >= other.marks
            && self.pyramid >= other.pyramid
    }
}

/// Everything that depends on the picture's size.
#[derive(Debug)]
pub(crate) struct Targets {
    pub size: [u32; 2],
    needs: Needs,
    /// Several samples a pixel, where asked for: before the scene, before the caller's target.
    multi: [Option<wgpu::TextureView>; 2],
    scene: wgpu::TextureView,
    /// The opaque scene with one sample a pixel, where something lies over it.
    opaque: Option<wgpu::TextureView>,
    /// What lies over the opaque scene.
    pub layers: Option<LayerTargets>,
    pub depth: wgpu::TextureView,
    pub pyramid: Option<Pyramid>,
    pub distances: wgpu::TextureView,
    pub occlusion: wgpu::TextureView,
    pub mask: wgpu::TextureView,
    pub marks: Marks,
    pub depth_group: wgpu::BindGroup,
    pub distance_group: wgpu::BindGroup,
    pub composite_group: wgpu::BindGroup,
    /// As the last, with the opaque scene.
    cap_group: wgpu::BindGroup,
    pub bytes: u64,
}

/// What a second overlay says of what is seen; one pixel where it says nothing.
#[derive(Debug)]
pub(crate) struct Marks {
    pub codes: wgpu::TextureView,
    /// Of the nearest object that has one, which need not hide anything.
    pub depth: wgpu::TextureView,
    /// Both, and the scene's depth.
    pub group: wgpu::BindGroup,
}

impl Marks {
    fn new(
        (device, layouts): (&wgpu::Device, &Layouts),
        (codes, depth): (wgpu::TextureView, wgpu::TextureView),
        scene_depth: &wgpu::TextureView,
    ) -> Self {
        let all = [&codes, &depth, scene_depth].map(wgpu::BindingResource::TextureView);
        let group = bind_group(device, "marks", &layouts.marks, &all);
        Self { codes, depth, group }
    }
}

/// What targets are made for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TargetSpec {
    pub size: [u32; 2],
    pub samples: u32,
    /// Of the caller's target.
    pub format: wgpu::TextureFormat,
    pub needs: Needs,
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
    pub(crate) fn new(device: &wgpu::Device, layouts: &Layouts, spec: &TargetSpec) -> Self {
        let TargetSpec { size, samples, format, needs } = *spec;
        let half = size.map(|s| s.div_ceil(2));
        let mut bytes = 0;
        let mut make = |label: &str, size: [u32; 2], format: wgpu::TextureFormat, samples: u32| {
            let texel = u64::from(format.block_copy_size(None).unwrap_or(4));
            bytes += u64::from(size[0]) * u64::from(size[1]) * texel * u64::from(samples);
            target(device, label, size, format, samples).create_view(&wgpu::TextureViewDescriptor::default())
        };
        // What nothing reads is one pixel.
        let or_one = |wanted: bool, size: [u32; 2]| if wanted { size } else { [1, 1] };
        let several = samples > 1;
        let multi = [
            (several && needs.scene).then(|| make("scene samples", size, SCENE_FORMAT, samples)),
            (several && !needs.scene).then(|| make("target samples", size, format, samples)),
        ];
        let scene = make("scene", or_one(needs.scene, size), SCENE_FORMAT, 1);
        let opaque =
            (needs.layers.any() && !several).then(|| make("opaque scene", size, SCENE_FORMAT, samples));
        let depth = make("depth", size, DEPTH_FORMAT, samples);
        let distances = make("distances", or_one(needs.occlusion, half), DISTANCE_FORMAT, 1);
        let occlusion = make("occlusion", or_one(needs.occlusion, half), SHARE_FORMAT, 1);
        let mask = make("mask", or_one(needs.mask, size), SHARE_FORMAT, 1);
        let marks = make("marks", or_one(needs.marks, size), MARKS_FORMAT, 1);
        let mark_depth = make("depth of marks", or_one(needs.marks, size), DEPTH_FORMAT, 1);
        let pyramid = needs.pyramid.then(|| Pyramid::new((device, layouts), size, &depth));
        let view = wgpu::BindingResource::TextureView;
        let depth_group = bind_group(device, "depth", &layouts.depth, &[view(&depth)]);
        let marks = Marks::new((device, layouts), (marks, mark_depth), &depth);
        let distance_group = bind_group(device, "distances", &layouts.distances, &[view(&distances)]);
        let all = [view(&scene), view(&occlusion), view(&mask), view(&distances)];
        let composite_group = bind_group(device, "composite", &layouts.composite, &all);
        let [_, rest @ ..] = all;
        let [a, b, c] = rest;
        let cut = [view(opaque.as_ref().unwrap_or(&scene)), a, b, c];
        let cap_group = bind_group(device, "caps", &layouts.composite, &cut);
        let drawn = multi[0].as_ref().or(opaque.as_ref());
        let layers = drawn.filter(|_| needs.layers.any()).map(|drawn| {
            let mut make =
                |label: &str, wanted: bool, format| make(label, or_one(wanted, size), format, samples);
            LayerTargets::new((device, layouts), needs.layers, (drawn, &depth), &mut make)
        });
        Self {
            size,
            needs,
            multi,
            scene,
            opaque,
            layers,
            depth,
            distances,
            occlusion,
            mask,
            marks,
            depth_group,
            distance_group,
            composite_group,
            cap_group,
            bytes: bytes + pyramid.as_ref().map_or(0, |p| p.bytes),
            pyramid,
        }
    }

    /// Whether a frame of this size and these needs can be drawn into it.
    pub(crate) fn fits(&self, spec: &TargetSpec) -> bool {
        // The samples before the caller's target are there only if nothing else is.
        let direct = spec.samples > 1 && !spec.needs.scene && self.needs.scene;
        self.size == spec.size && self.needs.covers(spec.needs) && !direct
    }

    /// The whole scene, one sample a pixel.
    pub(crate) fn scene(&self) -> &wgpu::TextureView {
        &self.scene
    }

    /// The opaque scene with one sample a pixel: the whole scene, unless something lies over it.
    pub(crate) fn opaque(&self) -> &wgpu::TextureView {
        self.opaque.as_ref().unwrap_or(&self.scene)
    }

    /// What caps look at: the opaque scene, which is the whole one unless something lies over it (`layered`).
    pub(crate) fn cap_group(&self, layered: bool) -> &wgpu::BindGroup {
        if layered { &self.cap_group } else { &self.composite_group }
    }

    /// Several samples before the caller's target (`direct`) or the scene; `None` with one sample.
    pub(crate) fn multi(&self, direct: bool) -> Option<&wgpu::TextureView> {
        let [scene, target] = &self.multi;
        if direct { target.as_ref() } else { scene.as_ref() }
    }
}
