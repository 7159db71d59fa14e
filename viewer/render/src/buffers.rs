//! Uniform buffers of a frame, written once before its passes.

use glam::{DVec3, Vec3};
use lantu_base::{Rgba, WorldPoint};

use crate::camera::NEAR_M;
use crate::daylight::Daylight;
use crate::input::{Background, FrameInput, Shading};
use crate::layouts::{Layouts, OFFSET_ALIGN, bind_group};
use crate::list::FrameList;
use crate::pages::Pages;
use crate::parts::Window;
use crate::section::Section;
use crate::shadow::{MAP_PX, ShadowView};
use crate::styles::StyleTable;
use crate::targets::{DEPTH_FORMAT, target};
use crate::uniforms::{FrameUniform, GroundUniform, ShadowUniform, TileUniform, narrow};

/// The sky at the horizon, linear, which is also what haze looks like.
const HORIZON: [f32; 3] = [0.770, 0.845, 0.900];
/// Width of the selection's outline, pixels at scale 1.
pub(crate) const OUTLINE_PX: f32 = 2.2;

/// Uniform buffers and the bind groups over them.
#[derive(Debug)]
pub(crate) struct FrameUniforms {
    pub frame: wgpu::Buffer,
    pub frame_group: wgpu::BindGroup,
    /// One texel until somebody wants shadows.
    shadow_map: wgpu::TextureView,
    comparing: wgpu::Sampler,
    pub shadow_bytes: u64,
    caster: wgpu::Buffer,
    pub caster_group: wgpu::BindGroup,
    tiles: wgpu::Buffer,
    /// One for each page of parts.
    tile_groups: Vec<Option<wgpu::BindGroup>>,
    /// Bytes of the style window and revision of the parts that they were made for.
    made_for: (u64, u64),
    ground: wgpu::Buffer,
    pub ground_group: wgpu::BindGroup,
}

/// What bind groups are made of.
pub(crate) struct Groups<'a> {
    pub device: &'a wgpu::Device,
    pub layouts: &'a Layouts,
    pub styles: &'a StyleTable,
    pub parts: &'a Pages,
}

fn uniform_buffer(device: &wgpu::Device, label: &str, size: u64) -> wgpu::Buffer {
    device.create_buffer(&wgpu::BufferDescriptor {
        label: Some(label),
        size,
        usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    })
}

fn window<T>(buffer: &wgpu::Buffer) -> wgpu::BindingResource<'_> {
    let size = std::num::NonZeroU64::new(size_of::<T>() as u64);
    wgpu::BindingResource::Buffer(wgpu::BufferBinding { buffer, offset: 0, size })
}

fn depth_map(device: &wgpu::Device, px: u32) -> wgpu::TextureView {
    target(device, "shadow map", [px; 2], DEPTH_FORMAT, 1)
        .create_view(&wgpu::TextureViewDescriptor::default())
}

fn frame_group(
    (device, layouts): (&wgpu::Device, &Layouts),
    frame: &wgpu::Buffer,
    (map, comparing): (&wgpu::TextureView, &wgpu::Sampler),
) -> wgpu::BindGroup {
    let resources = [
        frame.as_entire_binding(),
        wgpu::BindingResource::TextureView(map),
        wgpu::BindingResource::Sampler(comparing),
    ];
    bind_group(device, "frame", &layouts.frame, &resources)
}

fn tile_groups(g: &Groups<'_>, tiles: &wgpu::Buffer) -> Vec<Option<wgpu::BindGroup>> {
    let size = std::num::NonZeroU64::new(g.styles.window_bytes());
    let styles =
        wgpu::BindingResource::Buffer(wgpu::BufferBinding { buffer: g.styles.buffer(), offset: 0, size });
    let group = |parts: &wgpu::Buffer| {
        let all = [window::<TileUniform>(tiles), styles.clone(), parts.as_entire_binding()];
        bind_group(g.device, "tile", &g.layouts.tile, &all)
    };
    g.parts.all().map(|p| p.map(group)).collect()
}

/// Values at multiples of the dynamic offset's alignment.
fn spread<T: bytemuck::Pod>(values: impl Iterator<Item = T>) -> Vec<u8> {
    let mut out = Vec::new();
    for v in values {
        out.extend_from_slice(bytemuck::bytes_of(&v));
        out.resize(out.len().next_multiple_of(usize::try_from(OFFSET_ALIGN).unwrap_or(256)), 0);
    }
    out
}

/// Chosen: slots that fit without growing.
const FIRST_SLOTS: u64 = 256;

impl FrameUniforms {
    pub(crate) fn new(device: &wgpu::Device, layouts: &Layouts) -> Self {
        let frame = uniform_buffer(device, "frame", size_of::<FrameUniform>() as u64);
        let caster = uniform_buffer(device, "caster", size_of::<ShadowUniform>() as u64);
        let tiles = uniform_buffer(device, "tiles", FIRST_SLOTS * OFFSET_ALIGN);
        let ground = uniform_buffer(device, "ground", FIRST_SLOTS * OFFSET_ALIGN);
        let shadow_map = depth_map(device, 1);
        let comparing = device.create_sampler(&wgpu::SamplerDescriptor {
            label: Some("shadow"),
            mag_filter: wgpu::FilterMode::Linear,
            min_filter: wgpu::FilterMode::Linear,
            compare: Some(wgpu::CompareFunction::LessEqual),
            ..Default::default()
        });
        Self {
            frame_group: frame_group((device, layouts), &frame, (&shadow_map, &comparing)),
            shadow_map,
            comparing,
            shadow_bytes: 0,
            caster_group: bind_group(device, "caster", &layouts.caster, &[caster.as_entire_binding()]),
            tile_groups: Vec::new(),
            made_for: (0, 0),
            ground_group: bind_group(device, "ground", &layouts.ground, &[window::<GroundUniform>(&ground)]),
            frame,
            caster,
            tiles,
            ground,
        }
    }

    /// Makes the shadow map if it is not there yet; whether it is new.
    pub(crate) fn want_shadows(&mut self, device: &wgpu::Device, layouts: &Layouts) -> bool {
        if self.shadow_bytes > 0 {
            return false;
        }
        self.shadow_map = depth_map(device, MAP_PX);
        self.shadow_bytes = u64::from(MAP_PX).pow(2) * 4;
        self.frame_group = frame_group((device, layouts), &self.frame, (&self.shadow_map, &self.comparing));
        true
    }

    pub(crate) fn shadow_map(&self) -> &wgpu::TextureView {
        &self.shadow_map
    }

    /// Writes what tiles' draws need. `styles_moved`: the style table has a new buffer.
    pub(crate) fn write_tiles(
        &mut self,
        queue: &wgpu::Queue,
        groups: &Groups<'_>,
        list: &FrameList,
        styles_moved: bool,
    ) {
        let tiles = spread(list.meshes.iter().map(|m| m.uniform));
        let ground = spread(list.ground.iter().map(|g| g.uniform));
        let grown = tiles.len() as u64 > self.tiles.size();
        if grown {
            self.tiles = uniform_buffer(groups.device, "tiles", (tiles.len() as u64).next_power_of_two());
        }
        let wanted = (groups.styles.window_bytes(), groups.parts.revision);
        if grown || styles_moved || self.made_for != wanted {
            self.tile_groups = tile_groups(groups, &self.tiles);
            self.made_for = wanted;
        }
        if ground.len() as u64 > self.ground.size() {
            self.ground = uniform_buffer(groups.device, "ground", (ground.len() as u64).next_power_of_two());
            let resources = [window::<GroundUniform>(&self.ground)];
            self.ground_group = bind_group(groups.device, "ground", &groups.layouts.ground, &resources);
        }
        queue.write_buffer(&self.tiles, 0, &tiles);
        queue.write_buffer(&self.ground, 0, &ground);
    }

    /// What draws of a tile bind whose parts lie in a page.
    pub(crate) fn tile_group(&self, page: u32) -> Option<&wgpu::BindGroup> {
        self.tile_groups.get(page as usize)?.as_ref()
    }

    pub(crate) fn write_caster(
        &self,
        queue: &wgpu::Queue,
        view: &ShadowView,
        (eye, section): (WorldPoint, Option<Section>),
    ) {
        let (section, n_planes) = section.unwrap_or_default().in_eye(eye.0);
        let uniform = ShadowUniform {
            clip_from_eye: view.clip_from_eye(eye.0).as_mat4(),
            section,
            n_planes,
            unused_a: 0,
            unused_b: 0,
            unused_c: 0,
        };
        queue.write_buffer(&self.caster, 0, bytemuck::bytes_of(&uniform));
    }

    pub(crate) fn write_frame(
        &self,
        queue: &wgpu::Queue,
        input: &FrameInput<'_>,
        window: &Window,
        shadow: Option<&ShadowView>,
    ) {
        queue.write_buffer(&self.frame, 0, bytemuck::bytes_of(&frame_uniform(input, window, shadow)));
    }
}

pub(crate) fn linear(c: Rgba) -> [f32; 3] {
    let [r, g, b, _] = c.0;
    [r, g, b].map(|v| {
        let v = f32::from(v) / 255.0;
        if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
    })
}

/// The frame's uniform.
pub(crate) fn frame_uniform(
    input: &FrameInput<'_>,
    window: &Window,
    shadow: Option<&ShadowView>,
) -> FrameUniform {
    let size = window.picture;
    let pixels = |[x, y]: [u32; 2]| [x as f32, y as f32];
    let ([first_x, first_y], [w, h]) = (pixels(window.corner), pixels(window.extent));
    let view = input.camera.view(size);
    let [right, up, forward] = view.axes();
    let t = view.tan_half();
    let with = |v: DVec3, w: f64| v.extend(w).as_vec4().to_array();
    // Rays of the screen lead among true positions.
    let ray = |v: DVec3, w: f64| with(view.stretch.to_true(v), w);
    let o = &input.options;
    let scale = o.scale.clamp(0.25, 8.0);
    let eye = input.camera.eye.0;
    let sun = input.sun.direction.try_normalize().unwrap_or(DVec3::Z);
    let [r, g, b] = linear(o.outline);
    let light = Daylight::at(input.sun.elevation_deg);
    let background = match o.background {
        Background::Sky => (Vec3::from_array(HORIZON) * light.dome + light.glow).extend(0.0).to_array(),
        Background::Plain(c) => {
            let [r, g, b] = linear(c);
            [r, g, b, 1.0]
        }
    };
    let (section, n_planes) = o.section.unwrap_or_default().in_eye(eye);
    let reach_m = shadow.map_or(1.0, |s| s.reach_m);
    let texel_m = 2.0 * reach_m / f64::from(MAP_PX);
    let day = f64::from(light.day);
    FrameUniform {
        sunlight: light.sun.extend(light.day).to_array(),
        skylight: light.sky.extend(0.0).to_array(),
        dome: light.dome.extend(0.0).to_array(),
        relief: [o.relief.brightness, o.relief.contrast, o.relief.hillshade, o.relief.slope],
        contours: with_swipe(contours(o.relief.contour_m, eye.z), o.swipe, (size[0] as f32, first_x)),
        clip_from_eye: input.camera.clip_from_eye(size).as_mat4(),
        light_from_eye: shadow.map_or(glam::Mat4::IDENTITY, |s| s.map_from_eye(eye).as_mat4()),
        right: ray(right, t.x),
        up: ray(up, t.y),
        forward: ray(forward, NEAR_M),
        sun: with(sun, 0.0),
        view: [size[0] as f32, size[1] as f32, narrow(view.px_per_radian()), narrow(o.haze_m.max(1.0))],
        look: [o.ground_opacity.clamp(0.0, 1.0), if o.edges { 1.0 } else { 0.0 }, scale, n_planes as f32],
        section,
        soft_sun: with(DVec3::new(sun.x * day, sun.y * day, 0.25).try_normalize().unwrap_or(DVec3::Z), 0.0),
        background,
        outline: [r, g, b, OUTLINE_PX * scale],
        shadow: [1.0 / MAP_PX as f32, narrow(texel_m), if o.occlusion { 1.0 } else { 0.0 }, narrow(reach_m)],
        plain: match o.shading {
            Shading::Plain { ambient, diffuse } => [ambient, diffuse, 0.0, 0.0],
            Shading::Full => [1.0, 0.0, 0.0, 0.0],
        },
        window: [first_x, first_y, w, h],
        cell: window.clip_cell().map(narrow),
    }
}

/// Contour lines are drawn that much below their height, meters. Ponds and floors are level at a round height, give or
/// take the steps in which heights are stored: without it they would be strewn with pieces of a line. Chosen: some of these
/// steps, and less than a line is wide.
const BELOW_LEVEL_M: f64 = 0.003;

/// Distance of contour lines, and how high the eye is above one that is strong: a small number, whatever the height.
fn contours(every_m: f32, eye_m: f64) -> [f32; 4] {
    if !(every_m.is_finite() && every_m > 0.0) {
        return [0.0; 4];
    }
    let strong_m = f64::from(every_m) * 5.0;
    [every_m, narrow((eye_m + BELOW_LEVEL_M).rem_euclid(strong_m)), 0.0, 0.0]
}

/// The same with where the line of a swipe is, pixels of the window; without one right of everything.
///
/// * `width`, `first_x`: of the picture, and where the window begins in it, pixels.
fn with_swipe([every, above, ..]: [f32; 4], swipe: Option<f32>, (width, first_x): (f32, f32)) -> [f32; 4] {
    [every, above, swipe.map_or(f32::MAX, |share| share.clamp(0.0, 1.0) * width - first_x), 0.0]
}
