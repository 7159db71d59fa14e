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
    let pixel = in_picture(at.xy);
    let c = sky(normalize(ray_through(pixel))) + dither(pixel) / 255.0;
    return vec4<f32>(select(srgb_from_linear(c), c, SRGB_TARGET), 1.0);
}
