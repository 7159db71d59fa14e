// Names of things, glyph by glyph: first the halo that sets text off from any ground, then the text.
#include "common/frame.wgsl"
#include "common/color.wgsl"
#include "SAMPLES"
#include "common/depth.wgsl"

@group(2) @binding(1) var atlas: texture_2d<f32>;
@group(2) @binding(2) var atlas_sampler: sampler;

// 1 where the target does not convert linear colors to sRGB by itself.
override ENCODE: bool = false;

const INK: vec3<f32> = vec3<f32>(0.010, 0.014, 0.022);
const HALO: vec3<f32> = vec3<f32>(0.955, 0.965, 0.975);
// Eight rims lie over each other: together they are nearly opaque.
const HALO_ALPHA: f32 = 0.55;

// Mirrors `GlyphInstance` in viewer/render/src/labels/draw.rs.
struct Glyph {
    // Upper left corner and size in the whole picture, pixels.
    @location(0) rect: vec4<f32>,
    // Upper left and lower right corner in the atlas, texels.
    @location(1) uv: vec4<f32>,
    // Pixel of the place that is named; depth behind which it is hidden; 0 for the halo, 1 for the text.
    @location(2) place: vec4<f32>,
}

struct Out {
    @builtin(position) clip: vec4<f32>,
    @location(0) uv: vec2<f32>,
    @location(1) @interpolate(flat) ink: f32,
}

@vertex
fn vs_main(g: Glyph, @builtin(vertex_index) corner: u32) -> Out {
    let hi = vec2<i32>(frame.window.zw) - 1;
    if depth_at(clamp(vec2<i32>(g.place.xy - frame.window.xy), vec2<i32>(0), hi)) > g.place.z {
        return Out(nowhere(), vec2<f32>(0.0), 0.0);
    }
    let t = vec2<f32>(f32(corner & 1u), f32(corner >> 1u));
    let px = g.rect.xy + g.rect.zw * t - frame.window.xy;
    let ndc = vec2<f32>(px.x / frame.window.z * 2.0 - 1.0, 1.0 - px.y / frame.window.w * 2.0);
    let uv = mix(g.uv.xy, g.uv.zw, t) / vec2<f32>(textureDimensions(atlas));
    return Out(vec4<f32>(ndc, 0.5, 1.0), uv, g.place.w);
}

@fragment
fn fs_main(in: Out) -> @location(0) vec4<f32> {
    let coverage = textureSample(atlas, atlas_sampler, in.uv).x;
    var color = mix(HALO, INK, in.ink);
    if ENCODE {
        color = srgb_from_linear(color);
    }
    return vec4<f32>(color, coverage * mix(HALO_ALPHA, 1.0, in.ink));
}
