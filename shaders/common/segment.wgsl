// Lines: layout, and corners on the screen. Mirrors `Segment` in engine/tiles/src/vertex.rs.
struct Segment {
    @location(0) a: vec3<f32>,
    @location(1) b: vec3<f32>,
    @location(2) part: u32,
    // Pixels if positive, meters if negative.
    @location(3) width: f32,
}

// Fraction of the distance by which lines stand before surfaces, at least.
const LINE_PULL: f32 = 0.0008;

// Least width of a line in pixels: one that is thinner would flicker.
const LEAST_PX: f32 = 1.0;

// Width on the screen in pixels of what is `width` wide at distance `w`.
fn width_px(width: f32, w: f32) -> f32 {
    return max(select(width * frame.look.z, -width * frame.view.z / max(w, frame.forward.w), width < 0.0), LEAST_PX);
}

// Corner `corner` (0..3 of a strip) of a segment of `width` (as `Segment.width`), widened by `more` pixels. Both ends
// in clip space.
fn segment_corner(a_clip: vec4<f32>, b_clip: vec4<f32>, corner: u32, width: f32, more: f32) -> vec4<f32> {
    let near = frame.forward.w;
    if a_clip.w < near && b_clip.w < near {
        return nowhere();
    }
    // What lies behind the eye is cut off before the perspective division.
    var a = a_clip;
    var b = b_clip;
    if a.w < near {
        a = mix(a, b, (near - a.w) / (b.w - a.w));
    } else if b.w < near {
        b = mix(b, a, (near - b.w) / (a.w - b.w));
    }
    let half = frame.view.xy * 0.5;
    let along_px = (b.xy / b.w - a.xy / a.w) * half;
    let len = length(along_px);
    let dir = select(vec2<f32>(1.0, 0.0), along_px / max(len, 1e-6), len > 1e-6);
    let side = select(-1.0, 1.0, (corner & 1u) == 1u);
    let end = select(-1.0, 1.0, corner >= 2u);
    var p = a;
    if corner >= 2u {
        p = b;
    }
    // Half a width over the ends, so that consecutive segments join without gaps.
    let off_px = (vec2<f32>(-dir.y, dir.x) * side + dir * end * 0.5) * ((width_px(width, p.w) + more) * 0.5);
    return vec4<f32>(p.xy + off_px / half * p.w, p.zw);
}
