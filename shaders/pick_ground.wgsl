// Ground under a pixel: id 0 and the bits of the depth.
#include "common/frame.wgsl"
#include "common/ground.wgsl"

@vertex
fn vs_main(v: GroundVertex, @builtin(vertex_index) vertex_ix: u32) -> @builtin(position) vec4<f32> {
    return frame.clip_from_eye * vec4<f32>(ground_in_eye(vertex_ix, v.height), 1.0);
}

@fragment
fn fs_main(@builtin(position) at: vec4<f32>) -> @location(0) vec2<u32> {
    return vec2<u32>(0u, bitcast<u32>(at.z));
}
