// What every pass of one frame shares. Mirrors `FrameUniform` in viewer/render/src/uniforms.rs.
//
// Spaces: "eye" has the world's axes with the eye as its origin (meters), "clip" is reversed: 1 near, 0 infinitely far.
struct Frame {
    clip_from_eye: mat4x4<f32>,
    // To shadow map coordinates: x, y in 0..1 with y down, z in 0..1 away from the sun.
    light_from_eye: mat4x4<f32>,
    // Unit vectors of the screen in world axes, the height of each divided by the factor that heights are drawn with; w of
    // right and up: tangents of half the opening angles; w of forward: near distance, meters.
    right: vec4<f32>,
    up: vec4<f32>,
    forward: vec4<f32>,
    // Direction that light comes from; w: not used.
    sun: vec4<f32>,
    // Width, height of the whole picture in pixels; pixels of one meter at one meter; distance in meters at which haze takes over.
    view: vec4<f32>,
    // Opacity of the ground; strength of edges; physical pixels of a line one pixel wide; number of section planes.
    look: vec4<f32>,
    // Direction from which walls get a little more light, unit; w: not used.
    soft_sun: vec4<f32>,
    // What haze mixes in, linear; w: 1 makes it the whole background instead of the sky.
    background: vec4<f32>,
    // Color of the selection outline, linear; w: its width in pixels.
    outline: vec4<f32>,
    // Size of one shadow texel: in the map, in meters; ambient occlusion strength; reach of the shadow map, meters.
    shadow: vec4<f32>,
    // Plain shading: light everywhere, light of the sun; z, w: not used.
    plain: vec4<f32>,
    // What of the picture is drawn: its first pixel; its width, height in pixels.
    window: vec4<f32>,
    // What clip space stands for when a part is drawn: its middle from the picture's, right and up; half its size, pixels.
    cell: vec4<f32>,
    // Factor on the sun's own light; w: 0 at night, 1 by day.
    sunlight: vec4<f32>,
    // Factor on light from the sky and from the ground; w: not used.
    skylight: vec4<f32>,
    // Factor on the colors of the sky; w: not used.
    dome: vec4<f32>,
    // How the ground is shown: brightness, contrast, share of shaded relief, share of slope colors.
    relief: vec4<f32>,
    // Height between two contour lines, 0 for none; height of the eye above a contour line that all count
    // from; where the line of a swipe is, pixels from the left; w: not used.
    contours: vec4<f32>,
    // What is cut away: dot(xyz, p_eye) > w.
    section: array<vec4<f32>, 8>,
}

@group(0) @binding(0) var<uniform> frame: Frame;

// Whether parts of pictures are drawn.
override PARTS: bool = false;

// Steps of a pixel that corners lie on when parts are drawn: as fine as rasterizers are.
const STEPS: f32 = 256.0;

// From clip coordinates of the whole picture to those of what is drawn. Corners of parts lie on steps counted in the
// picture, so that each part covers the same pixels as the whole would.
fn placed(clip: vec4<f32>) -> vec4<f32> {
    if !PARTS {
        return clip;
    }
    let half = frame.view.xy * 0.5;
    if clip.w < frame.forward.w {
        return vec4<f32>((clip.xy * half - frame.cell.xy * clip.w) / frame.cell.zw, clip.zw);
    }
    let px = round(clip.xy / clip.w * half * STEPS) / STEPS;
    return vec4<f32>((px - frame.cell.xy) / frame.cell.zw * clip.w, clip.zw);
}

// Moves a clip position towards the eye by the fraction `pull` of its distance, and places it.
fn pulled(clip: vec4<f32>, pull: f32) -> vec4<f32> {
    return placed(vec4<f32>(clip.xy, clip.z * (1.0 + pull), clip.w));
}

// Where a position on the target lies in the picture, pixels.
fn in_picture(at: vec2<f32>) -> vec2<f32> {
    return at + frame.window.xy;
}

// A position that the rasterizer drops.
fn nowhere() -> vec4<f32> {
    return vec4<f32>(0.0, 0.0, -1.0, 1.0);
}

// Direction of the view ray through a pixel of the picture, in eye space; it is shown to go 1 forward.
fn ray_through(pixel: vec2<f32>) -> vec3<f32> {
    let ndc = vec2<f32>(pixel.x / frame.view.x * 2.0 - 1.0, 1.0 - pixel.y / frame.view.y * 2.0);
    return frame.forward.xyz + frame.right.xyz * (ndc.x * frame.right.w) + frame.up.xyz * (ndc.y * frame.up.w);
}
