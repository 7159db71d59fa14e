// Light: sky, sun, shadow, haze. Everything linear; a white wall in full sun is about 1.
@group(0) @binding(1) var shadow_map: texture_depth_2d;
@group(0) @binding(2) var shadow_sampler: sampler_comparison;

// 0: no shadows; 1: one tap; 2: nine taps. A constant, because software rasterizers run every branch.
override SHADOWS: u32 = 1u;

const ZENITH: vec3<f32> = vec3<f32>(0.225, 0.445, 0.735);
// Below the horizon, where no ground is loaded: the board that a model stands on.
const BOARD: vec3<f32> = vec3<f32>(0.700, 0.745, 0.775);
const SUN_LIGHT: vec3<f32> = vec3<f32>(0.790, 0.725, 0.620);
const SKY_LIGHT: vec3<f32> = vec3<f32>(0.360, 0.405, 0.475);
const BOUNCE_LIGHT: vec3<f32> = vec3<f32>(0.265, 0.250, 0.230);

// Color of the sky in a direction of unit length.
fn sky(dir: vec3<f32>) -> vec3<f32> {
    if frame.background.w > 0.5 {
        return frame.background.rgb;
    }
    let up = max(dir.z, 0.0);
    let t = 1.0 - exp(-4.6 * up);
    var c = mix(frame.background.rgb, ZENITH * frame.dome.rgb, t);
    c = mix(c, BOARD * frame.dome.rgb, smoothstep(0.0, -0.10, dir.z));
    let toward = max(dot(dir, frame.sun.xyz), 0.0);
    let t2 = toward * toward;
    let t4 = t2 * t2;
    let t8 = t4 * t4;
    let t64 = t8 * t8 * t8 * t8 * t8 * t8 * t8 * t8;
    let glow = 0.10 * t8 + 0.22 * t64 * t64;
    return c + vec3<f32>(1.0, 0.93, 0.80) * frame.sunlight.rgb * glow * smoothstep(-0.05, 0.05, dir.z);
}

// Mixes a color with what the air adds between it and the eye.
fn hazed(color: vec3<f32>, p_eye: vec3<f32>) -> vec3<f32> {
    if PLAIN {
        return color;
    }
    // Half at the haze distance, and next to nothing near.
    let d2 = dot(p_eye, p_eye);
    return mix(color, frame.background.rgb, d2 / (d2 + frame.view.w * frame.view.w));
}

// Share of sunlight that arrives: 1 lit, 0 in shadow.
fn sunlit(p_eye: vec3<f32>, normal: vec3<f32>) -> f32 {
    if SHADOWS == 0u {
        return 1.0;
    }
    let facing = clamp(dot(normal, frame.sun.xyz), 0.0, 1.0);
    // Out along the normal by texels, more at grazing light: against self-shadowing.
    let p = p_eye + normal * (frame.shadow.y * (0.8 + 2.2 * (1.0 - facing)));
    let l = frame.light_from_eye * vec4<f32>(p, 1.0);
    let off = abs(l.xy - 0.5);
    let rim = max(off.x, off.y);
    let inside = 1.0 - smoothstep(0.44, 0.49, rim);
    var lit = 0.0;
    if SHADOWS == 1u {
        lit = textureSampleCompareLevel(shadow_map, shadow_sampler, l.xy, l.z);
    } else {
        let s = frame.shadow.x * 1.25;
        for (var y = -1; y <= 1; y++) {
            for (var x = -1; x <= 1; x++) {
                lit += textureSampleCompareLevel(shadow_map, shadow_sampler, l.xy + vec2<f32>(f32(x), f32(y)) * s, l.z);
            }
        }
        lit /= 9.0;
    }
    return mix(1.0, lit, select(0.0, inside, l.z < 1.0));
}

// Share of its own color that the color of a state keeps, whatever light falls on it: more at night, when it would be lost.
fn kept_color() -> f32 {
    return mix(0.72, 0.40, frame.sunlight.w);
}

// Light on lines and points, which have no side: the sky's, less on the color of a state.
fn light_on_thin(is_colored: bool) -> vec3<f32> {
    if PLAIN {
        return vec3<f32>(1.0);
    }
    let keep = select(0.0, kept_color(), is_colored);
    return mix(frame.skylight.rgb, vec3<f32>(1.0), keep);
}

// Light on a surface of unit normal: sun share `lit`, sky from above, bounce from below.
fn light_on(normal: vec3<f32>, lit: f32) -> vec3<f32> {
    let facing = max(dot(normal, frame.sun.xyz), 0.0);
    // A little wrap keeps walls that turn away from the sun from going flat.
    let wrap = 0.5 + 0.5 * dot(normal, frame.soft_sun.xyz);
    let ambient = mix(BOUNCE_LIGHT, SKY_LIGHT, normal.z * 0.5 + 0.5) * (0.76 + 0.40 * wrap);
    return SUN_LIGHT * frame.sunlight.rgb * (facing * lit) + ambient * frame.skylight.rgb;
}
