// The finest level of the depth's pyramid: the farthest that each block of two by two pixels is.
#include "SAMPLES"

@group(0) @binding(0) var depth: Depths;
@group(0) @binding(1) var level: texture_storage_2d<r32float, write>;

@compute @workgroup_size(8, 8)
fn cs_main(@builtin(global_invocation_id) id: vec3<u32>) {
    let at = vec2<i32>(id.xy);
    if any(id.xy >= textureDimensions(level)) {
        return;
    }
    let top = vec2<i32>(textureDimensions(depth)) - vec2<i32>(1);
    // Reversed: what is less is farther.
    var farthest = 1.0;
    for (var i = 0; i < 4; i++) {
        let p = min(at * 2 + vec2<i32>(i & 1, i >> 1u), top);
        for (var s = 0; s < N_SAMPLES; s++) {
            farthest = min(farthest, textureLoad(depth, p, s));
        }
    }
    textureStore(level, at, vec4<f32>(farthest, 0.0, 0.0, 0.0));
}
