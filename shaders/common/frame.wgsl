// What every pass of one frame shares. Mirrors `FrameUniform` in viewer/render/src/uniforms.rs.
//
// Spaces: "eye" has the world's axes with the eye as its origin (meters), "clip" is reversed: 1 near, 0 infinitely far.
struct Frame {
    clip_from_eye: mat4x4<f32>,
    // To shadow map coordinates: x, y in 0..1 with y down, z in 0..1 away from the sun.
    light_from_eye: mat4x4<f32>,
    // Unit vectors in world axes; w of right and up: tangents of half the opening angles; w of forward: near distance, meters.
    right: vec4<f32>,
    up: vec4<f32>,
    forward: vec4<f32>,
    // Direction to the sun; w: factor on the opacity of what lies on a translucent ground.
    sun: vec4<f32>,
    // Width, height in pixels; pixels of one meter at one meter; distance in meters at which haze takes over.
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
    // What is cut away: dot(xyz, p_eye) > w.
    section: array<vec4<f32>, 8>,
}

@group(0) @binding(0) var<uniform> frame: Frame;

// Moves a clip position towards the eye by the fraction `pull` of its distance.
fn pulled(clip: vec4<f32>, pull: f32) -> vec4<f32> {
    return vec4<f32>(clip.xy, clip.z * (1.0 + pull), clip.w);
}

// A position that the rasterizer drops.
fn nowhere() -> vec4<f32> {
    return vec4<f32>(0.0, 0.0, -1.0, 1.0);
}

// Direction of the view ray through a pixel, in eye space; its forward component is 1.
fn ray_through(pixel: vec2<f32>) -> vec3<f32> {
    let ndc = vec2<f32>(pixel.x / frame.view.x * 2.0 - 1.0, 1.0 - pixel.y / frame.view.y * 2.0);
    return frame.forward.xyz + frame.right.xyz * (ndc.x * frame.right.w) + frame.up.xyz * (ndc.y * frame.up.w);
}
