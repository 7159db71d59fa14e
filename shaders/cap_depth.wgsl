// Gives caps the depth of the cut: what is drawn of a cap lies behind it, on the inside of its shape.
#include "common/frame.wgsl"
#include "common/section.wgsl"

// Alpha 0 marks caps.
@group(2) @binding(0) var scene: texture_2d<f32>;

@vertex
fn vs_main(@builtin(vertex_index) ix: u32) -> @builtin(position) vec4<f32> {
    return vec4<f32>(f32(ix & 1u) * 4.0 - 1.0, f32(ix >> 1u) * 4.0 - 1.0, 0.0, 1.0);
}

@fragment
fn fs_main(@builtin(position) at: vec4<f32>) -> @builtin(frag_depth) f32 {
    let entry = entry_of(ray_through(in_picture(at.xy)));
    if textureLoad(scene, vec2<i32>(at.xy), 0).a > 0.5 || entry.w <= 0.0 {
        discard;
    }
    return clamp(frame.forward.w / entry.w, 0.0, 1.0);
}
