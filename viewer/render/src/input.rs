//! What one frame is made from, and what it cost.

use glam::DVec3;
use lantu_base::Rgba;
use lantu_tiles::{GroundTileId, MeshTileId};

use crate::camera::Camera;
use crate::gpu_cull::Culling;
use crate::section::Section;

/// Names a resident mesh tile: the same content can be there twice, once for each source that holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileKey {
    /// The caller's number of the source in this session.
    pub source: u32,
    /// The tile's name.
    pub id: MeshTileId,
}

/// What a renderer is built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RenderConfig {
    /// Samples a pixel: 1 or 4; anything else counts as 1.
    pub samples: u32,
    /// Format of the targets that [`crate::Renderer::render`] gets.
    pub color_format: wgpu::TextureFormat,
    /// Corners lie on steps of the whole picture, so that parts of it fit together.
    pub parts: bool,
    /// Who chooses what is drawn.
    pub culling: Culling,
    /// Triangles that wait to be drawn at most, as far as tiles divide them: a pass with more is drawn in parts. Where the
    /// processor draws, which keeps all that wait in memory, they are few whatever this says.
    pub most_queued: u64,
}

impl RenderConfig {
    /// For pictures that are read back; the processor chooses what is drawn.
    pub const fn headless(samples: u32) -> Self {
        let color_format = wgpu::TextureFormat::Rgba8UnormSrgb;
        Self { samples, color_format, parts: false, culling: Culling::Cpu, most_queued: u64::MAX }
    }

    /// For pictures of any size, see [`crate::render_part`].
    pub const fn pictures(samples: u32) -> Self {
        Self { parts: true, ..Self::headless(samples) }
    }
}

/// Lowest that sunlight comes from, degrees. Chosen: shadows are at most nine times as long as what casts them, and walls
/// that look at the sun are still told from those that do not.
const LOWEST_DEG: f64 = 6.0;
/// Below this the sun lights nothing any more, degrees: the end of civil twilight.
const NIGHT_DEG: f64 = -6.0;

/// Where the sun stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sun {
    /// Where light comes from, any length but zero.
    pub direction: DVec3,
    /// Height of the sun above the horizon, degrees; negative below it: how light it is.
    pub elevation_deg: f64,
}

impl Sun {
    /// From azimuth (clockwise from grid north) and elevation, degrees. Around sunrise and sunset light comes from where the
    /// sun is, but not flatter than 6°; at night from above, and casts no shadow.
    pub fn at(azimuth_deg: f64, elevation_deg: f64) -> Self {
        if elevation_deg <= NIGHT_DEG {
            return Self { direction: DVec3::Z, elevation_deg };
        }
        let (a, e) = (azimuth_deg.to_radians(), elevation_deg.max(LOWEST_DEG).to_radians());
        Self { direction: DVec3::new(a.sin() * e.cos(), a.cos() * e.cos(), e.sin()), elevation_deg }
    }

    /// In a direction of any length but zero, at midday: for scenes without a place and a clock.
    pub const fn towards(direction: DVec3) -> Self {
        Self { direction, elevation_deg: 90.0 }
    }
}

impl Default for Sun {
    /// An afternoon: from the southwest, 42° high. Chosen: lights two sides of a building, shadows shorter than it is high.
    fn default() -> Self {
        Self::at(222.0, 42.0)
    }
}

/// What stands behind everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Background {
    /// A sky.
    Sky,
    /// One color, for print.
    Plain(Rgba),
}

/// How surfaces are lit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shading {
    /// Sun, sky, haze, and what [`Options`] adds.
    Full,
    /// Color × (ambient + diffuse × cosine of the angle to the sun), computed with stored numbers as most viewers do:
    /// no shadows, occlusion, edges or haze. What a processor draws fastest.
    Plain {
        /// Light from everywhere.
        ambient: f32,
        /// Light of the sun.
        diffuse: f32,
    },
}

impl Shading {
    /// Plain with usual numbers. Chosen: a face in full sun keeps its color, one in the shade a bit less than half.
    pub const PLAIN: Self = Self::Plain { ambient: 0.45, diffuse: 0.55 };
}

/// How the ground's picture is shown, and what is drawn of its heights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Relief {
    /// Added to the picture's colors, −1 to 1.
    pub brightness: f32,
    /// Factor on how far colors lie from middle gray; 1 leaves them.
    pub contrast: f32,
    /// How much the picture gives way to a shaded relief, 0 to 1: light from the northwest, as on maps.
    pub hillshade: f32,
    /// How much the picture gives way to colors of the slope, 0 to 1: level pale, 45° and steeper dark red.
    pub slope: f32,
    /// Height between two contour lines, meters; 0 for none. Every fifth is stronger.
    pub contour_m: f32,
}

impl Default for Relief {
    fn default() -> Self {
        Self { brightness: 0.0, contrast: 1.0, hillshade: 0.0, slope: 0.0, contour_m: 0.0 }
    }
}

impl Relief {
    /// Whether the ground is drawn otherwise than as its picture.
    pub fn changes(&self) -> bool {
        *self != Self::default()
    }
}

/// What to draw and how fine.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches that people turn one by one")]
pub struct Options {
    /// How surfaces are lit.
    pub shading: Shading,
    /// Feature edges.
    pub edges: bool,
    /// Shadows of the sun.
    pub shadows: bool,
    /// Nine instead of one tap a pixel at shadow rims: for pictures and real graphics cards.
    pub soft_shadows: bool,
    /// Ambient occlusion.
    pub occlusion: bool,
    /// What stands behind walls is not drawn: the picture is the same, sooner. The processor looks at walls near the eye and
    /// at half the size of a small window, which pictures need not have; the graphics card looks at all samples.
    pub skip_hidden: bool,
    /// How opaque the ground is with what lies on it, 0 to 1. Below 1 what lies under it shows and is picked first.
    pub ground_opacity: f32,
    /// How the ground's picture is shown.
    pub relief: Relief,
    /// Where a line parts two pictures of the ground, share of the width from the left; see
    /// [`lantu_tiles::PhotoLook::right_only`].
    pub swipe: Option<f32>,
    /// Names of things, as [`crate::Renderer::set_labels`] got them.
    pub labels: bool,
    /// What is cut away.
    pub section: Option<Section>,
    /// Behind everything.
    pub background: Background,
    /// Color of the selection's outline.
    pub outline: Rgba,
    /// Physical pixels per point of the user interface: widens lines and outlines.
    pub scale: f32,
    /// Distance at which haze has taken about two thirds of a color, meters.
    pub haze_m: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            shading: Shading::Full,
            edges: true,
            shadows: true,
            soft_shadows: false,
            occlusion: true,
            skip_hidden: true,
            ground_opacity: 1.0,
            relief: Relief::default(),
            swipe: None,
            labels: false,
            section: None,
            background: Background::Sky,
            outline: Rgba::hex(0x00C2FF),
            scale: 1.0,
            haze_m: 6_000.0,
        }
    }
}

impl Options {
    /// Whether what lies under the ground shows.
    pub fn xray(&self) -> bool {
        self.ground_opacity < 1.0
    }
}

/// Everything that one picture depends on besides what is resident.
#[derive(Clone, Copy, Debug)]
pub struct FrameInput<'a> {
    /// From where.
    pub camera: Camera,
    /// Mesh tiles to draw. What is not resident is left out.
    pub meshes: &'a [TileKey],
    /// Mesh tiles that throw shadows: instead of what is drawn, tiles as coarse as the texels of the shadow map allow
    /// ([`crate::shadow_texel_m`]), also of what stands outside the view. What is not resident is left out.
    pub casters: &'a [TileKey],
    /// Ground tiles to draw, none covering another.
    pub ground: &'a [GroundTileId],
    /// The light.
    pub sun: Sun,
    /// What and how.
    pub options: Options,
}

/// What one frame cost.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FrameStats {
    /// Time to record and submit, without the GPU's own work.
    pub cpu_encode_ms: f64,
    /// Draw calls.
    pub n_draws: u32,
    /// Triangles in them, lines counted as two each; without those that the graphics card chose, see
    /// [`crate::Renderer::cull_counts`].
    pub n_triangles: u64,
    /// Waits in the midst of it, see [`RenderConfig::most_queued`].
    pub n_waits: u32,
    /// Resident buffers and textures, bytes.
    pub gpu_bytes: u64,
    /// Styles written to the GPU for this frame, bytes.
    pub style_bytes: u64,
    /// Geometry and photos written to the GPU since the last frame, bytes.
    pub tile_bytes: u64,
}
