// Terrain with its orthophoto: nearly the photo's own colors, with a soft sun and the buildings' shadows.
#include "common/frame.wgsl"
#include "common/color.wgsl"
#include "common/ground.wgsl"
#include "common/light.wgsl"
#include "common/section.wgsl"

// One picture, or one for each side of the line of a swipe.
@group(2) @binding(0) var photo: texture_2d_array<f32>;
@group(2) @binding(1) var photo_sampler: sampler;

// Whether the ground is shown otherwise than as its picture. A constant, because software rasterizers run every branch.
override RELIEF: bool = false;

// The picture with brightness and contrast, shaded relief and slope, as stored numbers.
fn shown(stored: vec3<f32>, normal: vec3<f32>) -> vec3<f32> {
    var color = clamp((stored - 0.5) * frame.relief.y + 0.5 + frame.relief.x, vec3<f32>(0.0), vec3<f32>(1.0));
    // From the northwest, 45 degrees high: how maps are shaded.
    let shade = clamp(dot(normal, vec3<f32>(-0.5, 0.5, 0.70710678)), 0.0, 1.0);
    color = mix(color, vec3<f32>(0.15 + 0.85 * shade), frame.relief.z);
    // 0 level, 1 at 45 degrees and above.
    let steep = clamp(acos(clamp(normal.z, 0.0, 1.0)) / 0.78539816, 0.0, 1.0);
    let warm = mix(vec3<f32>(0.96, 0.93, 0.80), vec3<f32>(0.93, 0.60, 0.24), smoothstep(0.0, 0.4, steep));
    let ramp = mix(warm, vec3<f32>(0.50, 0.07, 0.10), smoothstep(0.3, 1.0, steep));
    return mix(color, ramp, frame.relief.w);
}

// How far the ground rises from a pixel to one beside it, meters. `beside`: to where the flat triangle is seen there. The
// ground is taken to go on along its smooth normal, so that lines are as wide on one triangle as on the next.
fn rise(p_eye: vec3<f32>, beside: vec3<f32>, normal: vec3<f32>) -> f32 {
    let q = p_eye + beside;
    let along = dot(normal, p_eye) / dot(normal, q);
    // Where the smooth ground would turn away from the eye there is but the triangle.
    return select(q.z, q.z * along, along > 0.5 && along < 2.0) - p_eye.z;
}

// How much of a contour line covers a pixel. `height`: above a strong line, meters; `rises_px`: how far the smooth ground
// and its triangle rise from pixel to pixel, meters. Beside a wall the two differ: lines are no wider than the gentler of
// them makes them, and fade as the steeper one crowds them.
fn contour(height: f32, rises_px: vec2<f32>) -> f32 {
    let every = max(frame.contours.x, 1e-6);
    let steps = height / every;
    // Steps in a pixel; where lines would lie closer than some pixels they fade.
    let per_pixel = max(min(rises_px.x, rises_px.y) / every, 1e-6);
    let crowded = max(rises_px.x, rises_px.y) / every;
    let strong = abs(fract(steps / 5.0 + 0.5) - 0.5) * 5.0 / per_pixel;
    let fine = abs(fract(steps + 0.5) - 0.5) / per_pixel;
    let lines = max(
        (1.0 - smoothstep(0.6, 1.4, fine)) * 0.55 * (1.0 - smoothstep(0.1, 0.3, crowded)),
        (1.0 - smoothstep(0.9, 1.9, strong)) * 0.8 * (1.0 - smoothstep(0.5, 1.5, crowded)),
    );
    return select(0.0, lines, frame.contours.x > 0.0);
}

struct Out {
    @builtin(position) clip: vec4<f32>,
    @location(0) p_eye: vec3<f32>,
    @location(1) normal: vec3<f32>,
    @location(2) uv: vec2<f32>,
    // 1 where all heights around were measured.
    @location(3) measured: f32,
}

@vertex
fn vs_main(v: GroundVertex, @builtin(vertex_index) vertex_ix: u32) -> Out {
    var out: Out;
    out.p_eye = ground_in_eye(vertex_ix, v.height);
    out.clip = placed(frame.clip_from_eye * vec4<f32>(out.p_eye, 1.0));
    out.normal = unpack_ground_normal(v.normal);
    out.measured = f32(v.normal & 1u);
    let t = vec2<f32>(grid_of(vertex_ix)) / f32(max(ground.n, 2u) - 1u);
    out.uv = vec2<f32>(t.x, 1.0 - t.y);
    return out;
}

@fragment
fn fs_main(in: Out) -> @location(0) vec4<f32> {
    let side = min(select(0u, 1u, in.clip.x > frame.contours.z), textureNumLayers(photo) - 1u);
    var stored = textureSample(photo, photo_sampler, in.uv, side).rgb;
    if RELIEF {
        // No contour lines over heights that nobody measured.
        let smooth_normal = normalize(in.normal);
        let right = dpdx(in.p_eye);
        let down = dpdy(in.p_eye);
        let smooth_px = vec2<f32>(rise(in.p_eye, right, smooth_normal), rise(in.p_eye, down, smooth_normal));
        let rises_px = vec2<f32>(length(smooth_px), length(vec2<f32>(right.z, down.z)));
        let line = contour(in.p_eye.z + frame.contours.y, rises_px) * step(0.999, in.measured);
        stored = mix(shown(stored, smooth_normal), vec3<f32>(0.30, 0.17, 0.08), line);
    }
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
