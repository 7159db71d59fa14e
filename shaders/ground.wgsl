// Terrain with its orthophoto: nearly the photo's own colors, with a soft sun and the buildings' shadows.
#include "common/frame.wgsl"
#include "common/color.wgsl"
#include "common/ground.wgsl"
#include "common/light.wgsl"
#include "common/section.wgsl"

@group(2) @binding(0) var photo: texture_2d<f32>;
@group(2) @binding(1) var photo_sampler: sampler;

struct Out {
    @builtin(position) clip: vec4<f32>,
    @location(0) p_eye: vec3<f32>,
    @location(1) normal: vec3<f32>,
    @location(2) uv: vec2<f32>,
}

@vertex
fn vs_main(v: GroundVertex, @builtin(vertex_index) vertex_ix: u32) -> Out {
    var out: Out;
    out.p_eye = ground_in_eye(vertex_ix, v.height);
    out.clip = placed(frame.clip_from_eye * vec4<f32>(out.p_eye, 1.0));
    out.normal = unpack_ground_normal(v.normal);
    let t = vec2<f32>(grid_of(vertex_ix)) / f32(max(ground.n, 2u) - 1u);
    out.uv = vec2<f32>(t.x, 1.0 - t.y);
    return out;
}

@fragment
fn fs_main(in: Out) -> @location(0) vec4<f32> {
    let stored = textureSample(photo, photo_sampler, in.uv).rgb;
    if cut_away(in.p_eye) {
        discard;
    }
    if PLAIN {
        return vec4<f32>(finished(stored), 1.0);
    }
    let normal = normalize(in.normal);
    let albedo = linear_from_srgb_fast(stored);
    let facing = max(dot(normal, frame.sun.xyz), 0.0);
    // 1 on level ground in the sun: a photo brings its own light.
    let turned = 0.55 * (facing - max(frame.sun.z, 0.0)) * frame.sunlight.w;
    let slope = clamp(1.0 + turned, 0.6, 1.3);
    let lit = sunlit(in.p_eye, normal);
    let shade = vec3<f32>(0.50, 0.54, 0.61) * frame.skylight.rgb;
    let light = (shade + vec3<f32>(0.50, 0.45, 0.36) * frame.sunlight.rgb * lit) * slope;
    // Slightly lighter than buildings.
    let color = mix(albedo, vec3<f32>(0.80), 0.06) * light * 1.06;
    return vec4<f32>(hazed(tone(color), in.p_eye), 1.0);
}
