// Patterns: the second cue of a state. They lie on the object, continue from tile to tile, and keep about the same
// size on screen by doubling with distance.

// Length of one period on the screen, pixels.
const PERIOD_PX: f32 = 14.0;

// 0..1: how much of the pattern's mark covers a point. `p`: position in the tile plus its phase, meters.
fn pattern_mark(pattern: u32, p: vec3<f32>, normal: vec3<f32>, distance: f32) -> f32 {
    let level = clamp(round(log2(PERIOD_PX * distance / frame.view.z)), -6.0, 5.0);
    let period = exp2(level);
    let n = abs(normal);
    var uv = p.xy;
    if n.z < max(n.x, n.y) {
        uv = vec2<f32>(select(p.x, p.y, n.x > n.y), p.z);
    }
    uv /= period;
    // Width of a pixel in periods: softens the marks' rims.
    let soft = clamp(distance / (frame.view.z * period), 0.02, 0.5);
    if pattern == 2u {
        return 1.0 - smoothstep(0.26 - soft, 0.26 + soft, length(fract(uv) - 0.5));
    }
    // Across the stripes, per period; share that is covered.
    var across = vec2<f32>(0.75, 0.75);
    var share = 0.28;
    if pattern == 3u {
        across = vec2<f32>(0.0, 0.5);
        share = 0.5;
    } else if pattern == 4u {
        across = vec2<f32>(0.0, 0.4);
        share = 0.16;
    } else if pattern == 5u {
        across = vec2<f32>(0.4, -0.4);
        share = 0.36;
    }
    return stripe(fract(dot(uv, across)), share, soft * 0.6);
}

fn stripe(t: f32, width: f32, soft: f32) -> f32 {
    let d = abs(t - 0.5);
    return 1.0 - smoothstep(width * 0.5 - soft * 0.5, width * 0.5 + soft * 0.5, d);
}

// The color of a patterned surface.
fn patterned(color: vec3<f32>, pattern: u32, mark: f32) -> vec3<f32> {
    var ink = mix(color, vec3<f32>(0.95), 0.62);
    if pattern == 4u || pattern == 5u {
        ink = color * 0.42;
    }
    return mix(color, ink, mark);
}
