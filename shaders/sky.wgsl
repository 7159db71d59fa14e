// The sky where nothing else was drawn: one triangle at infinite distance.
#include "common/frame.wgsl"
#include "common/color.wgsl"
#include "common/light.wgsl"

@vertex
fn vs_main(@builtin(vertex_index) ix: u32) -> @builtin(position) vec4<f32> {
    return vec4<f32>(f32(ix & 1u) * 4.0 - 1.0, f32(ix >> 1u) * 4.0 - 1.0, 0.0, 1.0);
}

@fragment
fn fs_main(@builtin(position) at: vec4<f32>) -> @location(0) vec4<f32> {
    let c = sky(normalize(ray_through(at.xy)));
    return vec4<f32>(c + dither(at.xy) / 255.0 * select(1.0, 0.0, frame.background.w > 0.5), 1.0);
}
