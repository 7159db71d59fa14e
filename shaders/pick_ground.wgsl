// Ground under a pixel: id 0 and the bits of the depth.
#include "common/frame.wgsl"
#include "common/ground.wgsl"
#include "common/section.wgsl"

struct Out {
    @builtin(position) clip: vec4<f32>,
    @location(0) p_eye: vec3<f32>,
}

@vertex
fn vs_main(v: GroundVertex, @builtin(vertex_index) vertex_ix: u32) -> Out {
    let p_eye = ground_in_eye(vertex_ix, v.height);
    return Out(placed(frame.clip_from_eye * vec4<f32>(p_eye, 1.0)), p_eye);
}

@fragment
fn fs_main(in: Out) -> @location(0) vec2<u32> {
    if cut_away(in.p_eye) {
        discard;
    }
    return vec2<u32>(0u, bitcast<u32>(in.clip.z));
}
