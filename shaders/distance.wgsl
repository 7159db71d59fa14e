// Half-size copy of the scene's depth as forward distance in meters; 0 for the sky.
#include "common/frame.wgsl"
#include "common/screen.wgsl"
#include "SAMPLES"
#include "common/depth.wgsl"

@fragment
fn fs_main(@builtin(position) at: vec4<f32>) -> @location(0) vec4<f32> {
    let z = depth_at(min(vec2<i32>(at.xy) * 2, vec2<i32>(frame.window.zw) - 1));
    return vec4<f32>(select(0.0, frame.forward.w / max(z, 1e-12), z > 0.0), 0.0, 0.0, 0.0);
}
