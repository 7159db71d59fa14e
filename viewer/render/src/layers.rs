//! Textures of what lies over the opaque scene, made only where something does.

use crate::layouts::{Layouts, bind_group};
use crate::targets::{DEPTH_FORMAT, SCENE_FORMAT};

/// Sums of colors and opacities: `Sums.colors` in `shaders/common/sums.wgsl`.
pub(crate) const SUMS_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba16Float;
/// Sums of logarithms: `Sums.held` in `shaders/common/sums.wgsl`.
pub(crate) const HELD_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::R16Float;

/// What lies over the opaque scene.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Layers {
    /// The ground, in x-ray.
    pub floor: bool,
    /// Translucent surfaces, lines and points.
    pub glass: bool,
    pub ghosts: bool,
}

impl Layers {
    pub(crate) fn any(self) -> bool {
        self.floor || self.glass || self.ghosts
    }

    pub(crate) fn covers(self, other: Self) -> bool {
        self.floor >= other.floor && self.glass >= other.glass && self.ghosts >= other.ghosts
    }
}

/// A surface: its color and where it is.
#[derive(Debug)]
pub(crate) struct Sheet {
    pub colors: wgpu::TextureView,
    pub depth: wgpu::TextureView,
}

/// All of them, with as many samples as the scene.
#[derive(Debug)]
pub(crate) struct LayerTargets {
    /// The ground and what lies on it.
    pub floor: Sheet,
    /// The nearest translucent surface.
    pub nearest: Sheet,
    pub ghosts: Sheet,
    pub sums: wgpu::TextureView,
    pub held: wgpu::TextureView,
    /// Depth of the nearest translucent surface.
    pub nearest_group: wgpu::BindGroup,
    /// Everything, and the opaque scene.
    pub blend_group: wgpu::BindGroup,
}

impl LayerTargets {
    /// `make`: a texture with as many samples as the scene, as large as it if wanted, else of one pixel.
    pub(crate) fn new(
        (device, layouts): (&wgpu::Device, &Layouts),
        layers: Layers,
        (scene, depth): (&wgpu::TextureView, &wgpu::TextureView),
        make: &mut dyn FnMut(&str, bool, wgpu::TextureFormat) -> wgpu::TextureView,
    ) -> Self {
        let mut sheet = |[colors, depth]: [&str; 2], wanted: bool| Sheet {
            colors: make(colors, wanted, SCENE_FORMAT),
            depth: make(depth, wanted, DEPTH_FORMAT),
        };
        let floor = sheet(["ground over what is buried", "ground depth"], layers.floor);
        let nearest = sheet(["nearest seen through", "nearest seen through, depth"], layers.glass);
        let ghosts = sheet(["ghosts", "ghost depth"], layers.ghosts);
        let sums = make("sums of colors", layers.glass, SUMS_FORMAT);
        let held = make("sums of light held back", layers.glass, HELD_FORMAT);
        let view = wgpu::BindingResource::TextureView;
        let nearest_group = bind_group(device, "nearest", &layouts.depth, &[view(&nearest.depth)]);
        let all = [
            view(scene),
            view(depth),
            view(&floor.colors),
            view(&floor.depth),
            view(&nearest.colors),
            view(&nearest.depth),
            view(&sums),
            view(&held),
            view(&ghosts.colors),
            view(&ghosts.depth),
        ];
        let blend_group = bind_group(device, "blend", &layouts.blend, &all);
        Self { floor, nearest, ghosts, sums, held, nearest_group, blend_group }
    }
}
