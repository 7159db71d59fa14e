// A coarser level of the depth's pyramid: the farthest of two by two texels of the finer one.

@group(0) @binding(0) var finer: texture_2d<f32>;
@group(0) @binding(1) var level: texture_storage_2d<r32float, write>;

@compute @workgroup_size(8, 8)
fn cs_main(@builtin(global_invocation_id) id: vec3<u32>) {
    let at = vec2<i32>(id.xy);
    if any(id.xy >= textureDimensions(level)) {
        return;
    }
    let top = vec2<i32>(textureDimensions(finer)) - vec2<i32>(1);
    var farthest = 1.0;
    for (var i = 0; i < 4; i++) {
        let p = min(at * 2 + vec2<i32>(i & 1, i >> 1u), top);
        farthest = min(farthest, textureLoad(finer, p, 0).x);
    }
    textureStore(level, at, vec4<f32>(farthest, 0.0, 0.0, 0.0));
}
