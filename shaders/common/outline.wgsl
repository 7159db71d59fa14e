// Outlines of a second overlay's states: a band inside of each object's rim, dashed as the state's second cue says, with a
// dark line between it and the fill. Near, each object has its own; far away, where objects are smaller than a band, those of
// one state have one together, as edges fade there too.

// What `marks.wgsl` wrote, its depth, and that of the scene.
@group(1) @binding(0) var marks: texture_2d<u32>;
@group(1) @binding(1) var mark_depth: texture_depth_2d;
@group(1) @binding(2) var all_depth: Depths;

override MARKS: bool = false;

// Bits of a mark that name the state, not the object. Mirrors `StyleFlags::OUTLINE`.
const STATE_BITS: u32 = 0xFFFFF000u;
// Width of a band, meters; at least and at most, pixels. Chosen: a quarter of a column is left free, and the fill with it.
const BAND_M: f32 = 0.1;
const LEAST_BAND: f32 = 2.0;
const MOST_BAND: f32 = 3.0;
// Pixels of a meter from which objects of one state are told apart, and at which they are in full.
const APART_FROM: f32 = 4.0;
const APART_AT: f32 = 12.0;
// How much nearer something has to be to stand before an object rather than beside it, in widths of a pixel there: what
// stands before an object is no rim of it.
const BEFORE_PX: f32 = 12.0;
// Rings that are looked at: a band and the line inside of it. Mirrors `OUTLINE_RINGS` in viewer/render/src/parts.rs.
const RINGS: i32 = 4;

fn all_depth_at(pixel: vec2<i32>) -> f32 {
    return max(textureLoad(mark_depth, pixel, 0), textureLoad(all_depth, pixel, 0));
}

// How much of a rim lies between a pixel's mark and another pixel: 1 where the state ends, less where only the object does.
fn rim_towards(own: u32, depth: f32, pixel: vec2<i32>, apart: f32, reach: f32) -> f32 {
    let hi = vec2<i32>(frame.window.zw) - 1;
    if any(pixel < vec2<i32>(0)) || any(pixel > hi) {
        return 0.0;
    }
    let other = textureLoad(marks, pixel, 0).x;
    if other == own {
        return 0.0;
    }
    if all_depth_at(pixel) > depth * (1.0 + BEFORE_PX * reach / frame.view.z) {
        return 0.0;
    }
    return select(apart, 1.0, ((other ^ own) & STATE_BITS) != 0u);
}

// Whether a dash covers a place `t` pixels along the outline, for each way of dashing.
fn is_dashed(cue: u32, t: f32) -> bool {
    // Pixels of a period, and of the dash in it.
    var dash = vec2<f32>(1.0, 1.0);
    switch cue {
        case 2u: { dash = vec2<f32>(6.0, 4.0); }
        case 3u: { dash = vec2<f32>(6.0, 2.0); }
        case 4u: { dash = vec2<f32>(12.0, 6.0); }
        case 5u: { dash = vec2<f32>(4.0, 2.0); }
        case 6u: { dash = vec2<f32>(16.0, 12.0); }
        default: {}
    }
    return fract(t / dash.x) * dash.x < dash.y;
}

fn with_outlines(color: vec3<f32>, pixel: vec2<i32>) -> vec3<f32> {
    let own = textureLoad(marks, pixel, 0).x;
    if own == 0u {
        return color;
    }
    // What lies on the ground wrote no depth of its own.
    var depth = textureLoad(mark_depth, pixel, 0);
    depth = select(depth, textureLoad(all_depth, pixel, 0), depth == 0.0);
    let scale = frame.look.z;
    let px_per_m = frame.view.z * depth / frame.forward.w;
    let band = clamp(BAND_M * px_per_m / scale, LEAST_BAND, MOST_BAND);
    let apart = smoothstep(APART_FROM * scale, APART_AT * scale, px_per_m);
    // The nearest ring with a rim, how much of one it is, which directions have one, and where they lead together.
    var nearest = RINGS + 1;
    var most = 0.0;
    var sides = 0u;
    var away = vec2<f32>(0.0);
    for (var i = 0u; i < 8u; i++) {
        let angle = f32(i) * 0.7853982;
        let dir = vec2<f32>(cos(angle), sin(angle));
        for (var ring = 1; ring <= RINGS && f32(ring) <= band + 2.0; ring++) {
            let reach = f32(ring) * scale;
            let rim = rim_towards(own, depth, pixel + vec2<i32>(round(dir * reach)), apart, reach);
            if rim > 0.0 {
                if ring < nearest {
                    nearest = ring;
                    most = rim;
                } else if ring == nearest {
                    most = max(most, rim);
                }
                sides |= 1u << i;
                away += dir / f32(ring);
                break;
            }
        }
    }
    if nearest > RINGS {
        return color;
    }
    let at = frame.window.xy + vec2<f32>(pixel);
    let t = select(at.x, at.y, abs(away.x) > abs(away.y)) / scale;
    // What is too thin for two bands shows its fill in every other dash.
    let thin = (sides & (sides >> 4u)) != 0u;
    let on = is_dashed((own >> 12u) & 7u, t) && (!thin || fract(t / 8.0) < 0.5);
    let ink = linear_from_srgb_fast(vec3<f32>(f32(own >> 26u), f32((own >> 20u) & 63u), f32((own >> 15u) & 31u) * 63.0 / 31.0) / 63.0);
    let covered = clamp(band - f32(nearest - 1), 0.0, 1.0);
    let outlined = mix(color, ink, select(0.0, covered * most, on));
    // The dark line, where there is room for it.
    let line = select(0.0, 0.55 * most, f32(nearest) > band && f32(nearest) <= band + 1.0 && band >= 2.0 && !thin);
    return mix(outlined, vec3<f32>(0.02, 0.025, 0.03), line);
}
