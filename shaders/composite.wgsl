// The last pass: scene × ambient occlusion, then outlines of a second overlay's states and that of the selection, into the
// caller's target.
#include "common/frame.wgsl"
#include "common/color.wgsl"
#include "common/screen.wgsl"
#include "SAMPLES"
#include "common/outline.wgsl"

@group(2) @binding(0) var scene: texture_2d<f32>;
@group(2) @binding(1) var occlusion: texture_2d<f32>;
@group(2) @binding(2) var mask: texture_2d<f32>;
@group(2) @binding(3) var distances: texture_2d<f32>;

// 1 where the target does not convert linear colors to sRGB by itself.
override ENCODE: bool = false;
override OCCLUSION: bool = true;
override OUTLINE: bool = false;

// Occlusion at a full-size pixel: a block of 2 × 2, weighted by likeness of distance.
fn occlusion_at(pixel: vec2<i32>) -> f32 {
    let hi = vec2<i32>(textureDimensions(occlusion)) - 1;
    let base = (pixel - 1) / 2;
    let own = textureLoad(distances, min(pixel / 2, hi), 0).x;
    var sum = 0.0;
    var weights = 1e-5;
    for (var y = 0; y <= 1; y++) {
        for (var x = 0; x <= 1; x++) {
            let q = clamp(base + vec2<i32>(x, y), vec2<i32>(0), hi);
            let d = textureLoad(distances, q, 0).x;
            let w = max(1.0 - abs(d - own) / (0.03 * own + 0.02), 0.001);
            sum += textureLoad(occlusion, q, 0).x * w;
            weights += w;
        }
    }
    return sum / weights;
}

fn mask_near(pixel: vec2<i32>, radius: f32) -> f32 {
    let hi = vec2<i32>(frame.window.zw) - 1;
    var m = 0.0;
    for (var i = 0u; i < 12u; i++) {
        let angle = f32(i) * 0.5235988;
        let q = pixel + vec2<i32>(round(vec2<f32>(cos(angle), sin(angle)) * radius));
        m = max(m, textureLoad(mask, clamp(q, vec2<i32>(0), hi), 0).x);
    }
    return m;
}

fn outlined(color: vec3<f32>, pixel: vec2<i32>) -> vec3<f32> {
    if textureLoad(mask, pixel, 0).x > 0.0 {
        return color;
    }
    let width = frame.outline.w;
    let line = max(mask_near(pixel, width), mask_near(pixel, width * 0.5));
    if line > 0.0 {
        return mix(color, frame.outline.rgb, select(0.45, 0.95, line > 0.75));
    }
    let rim = mask_near(pixel, width + 1.2);
    return mix(color, vec3<f32>(0.01, 0.03, 0.05), select(0.0, select(0.2, 0.6, rim > 0.75), rim > 0.0));
}

@fragment
fn fs_main(@builtin(position) at: vec4<f32>) -> @location(0) vec4<f32> {
    let pixel = vec2<i32>(at.xy);
    var color = textureLoad(scene, pixel, 0).rgb;
    if OCCLUSION {
        let open = mix(1.0, occlusion_at(pixel), frame.shadow.z);
        // Slightly blue, as light from the sky is what is missing.
        color *= mix(vec3<f32>(0.0, 0.02, 0.06), vec3<f32>(1.0), open);
    }
    if MARKS {
        color = with_outlines(color, pixel);
    }
    if OUTLINE {
        color = outlined(color, pixel);
    }
    if ENCODE {
        color = srgb_from_linear(color);
    }
    return vec4<f32>(color, 1.0);
}
