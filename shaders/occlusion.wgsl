// Ambient occlusion from distances alone, at half size: how much of the sky nearby surfaces hide.
// The estimator is the one of McGuire et al., The Alchemy Screen-Space Ambient Obscurance Algorithm, HPG 2011.
#include "common/frame.wgsl"
#include "common/screen.wgsl"

@group(2) @binding(0) var distances: texture_2d<f32>;

override N_SAMPLES: u32 = 6u;
const TURNS: f32 = 2.39996323;

// Position with axes right, up, forward, meters.
fn position_at(pixel: vec2<i32>) -> vec3<f32> {
    let d = textureLoad(distances, pixel, 0).x;
    let ndc = in_picture(vec2<f32>(pixel) * 2.0 + 0.5) * 2.0 / frame.view.xy - 1.0;
    return vec3<f32>(ndc.x * frame.right.w, -ndc.y * frame.up.w, 1.0) * d;
}

fn nearer(a: vec3<f32>, b: vec3<f32>) -> vec3<f32> {
    return select(b, a, abs(a.z) < abs(b.z));
}

@fragment
fn fs_main(@builtin(position) at: vec4<f32>) -> @location(0) vec4<f32> {
    let size = vec2<i32>(textureDimensions(distances));
    let pixel = vec2<i32>(at.xy);
    let p = position_at(pixel);
    if p.z <= 0.0 {
        return vec4<f32>(1.0);
    }
    let hi = size - 1;
    let dx = nearer(position_at(min(pixel + vec2<i32>(1, 0), hi)) - p, p - position_at(max(pixel - vec2<i32>(1, 0), vec2<i32>(0))));
    let dy = nearer(position_at(min(pixel + vec2<i32>(0, 1), hi)) - p, p - position_at(max(pixel - vec2<i32>(0, 1), vec2<i32>(0))));
    var normal = normalize(cross(dx, dy));
    normal = select(normal, -normal, dot(normal, p) > 0.0);
    // The same on the screen at every distance, but never wider than a street. Mirrored by `REACH` and `REACH_M` in
    // viewer/render/src/parts.rs.
    let radius = min(0.045, 9.0 / p.z);
    let radius_m = radius * p.z;
    let radius_px = radius * frame.view.z * 0.5;
    // Four turned patterns in a 2 × 2 block; the composite pass averages over the block.
    let turn = f32((pixel.x & 1) + 2 * (pixel.y & 1)) * 1.5707963 + 0.4;
    var sum = 0.0;
    for (var i = 0u; i < N_SAMPLES; i++) {
        let t = (f32(i) + 0.5) / f32(N_SAMPLES);
        let angle = f32(i) * TURNS + turn;
        let q_px = pixel + vec2<i32>(vec2<f32>(cos(angle), sin(angle)) * (radius_px * t));
        let q = position_at(clamp(q_px, vec2<i32>(0), hi));
        let v = q - p;
        let vv = dot(v, v);
        let fade = max(1.0 - vv / (radius_m * radius_m * 2.0), 0.0);
        sum += select(0.0, max(dot(v, normal) - 0.002 * p.z, 0.0) * fade / (vv + 0.02 * radius_m * radius_m), q.z > 0.0);
    }
    let hidden = sum * radius_m * 0.85 / f32(N_SAMPLES);
    return vec4<f32>(clamp(1.0 - hidden, 0.25, 1.0));
}
