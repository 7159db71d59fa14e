// Lines: layout, and corners on the screen. Mirrors `Segment` in engine/tiles/src/vertex.rs.
struct Segment {
    @location(0) a: vec3<f32>,
    @location(1) b: vec3<f32>,
    // Index into the tile's parts, and two bits: see SHAPE.
    @location(2) part: u32,
    // Pixels if positive, meters if negative.
    @location(3) width: f32,
}

// Fraction of the distance by which lines stand before surfaces, at least.
const LINE_PULL: f32 = 0.0008;

// Least width of a line in pixels: one that is thinner would flicker.
const LEAST_PX: f32 = 1.0;

// Bits of a segment's part. The line lies along the middle of a shape that is so wide:
const SHAPE: u32 = 0x40000000u;
// and that is drawn, too: only where its width, meters, is less than a pixel, and where it is long on the screen.
const FAINT: u32 = 0x80000000u;
// Length on the screen in pixels from which a faint line is drawn: what is shorter is a small thing like others.
const FAINT_LONG_PX: f32 = 6.0;

// How far before its shape a line along it stands, pixels: more than rounding takes.
const SHAPE_PULL_PX: f32 = 0.1;

// Least opacity of a line that is thinner than a pixel: a cable stays in sight where it covers a hundredth of one.
const LEAST_COVER: f32 = 0.3;

fn is_shape(s: Segment) -> bool {
    return (s.part & SHAPE) != 0u;
}

fn is_faint(s: Segment) -> bool {
    return (s.part & FAINT) != 0u;
}

fn part_ix(s: Segment) -> u32 {
    return s.part & ~(SHAPE | FAINT);
}

// Width in meters by which a line covers less than its pixel; 0: all of it.
fn cover_m(s: Segment) -> f32 {
    return select(0.0, -s.width, is_shape(s));
}

// Share of its pixel that what is `width` meters wide covers at 1 / `w` meters, see `cover_m`.
fn cover_of(width: f32, w: f32) -> f32 {
    return select(1.0, clamp(width * frame.view.z * w, LEAST_COVER, 1.0), width > 0.0);
}

// Fraction of the distance `w` by which a segment stands before surfaces. A line along a shape begins where that does: what
// hides the shape hides it.
fn pull_of(s: Segment, pull: f32, w: f32) -> f32 {
    let before = SHAPE_PULL_PX / frame.view.z - s.width * 0.5 / max(w, frame.forward.w);
    return max(pull, select(LINE_PULL, before, is_shape(s)));
}

// Whether a segment is drawn. Both ends in clip space.
fn is_shown(s: Segment, a: vec4<f32>, b: vec4<f32>) -> bool {
    if !is_faint(s) {
        return true;
    }
    let near = frame.forward.w;
    if -s.width * frame.view.z >= max(max(a.w, b.w), near) {
        return false;
    }
    let along_px = (b.xy / max(b.w, near) - a.xy / max(a.w, near)) * frame.view.xy * 0.5;
    return min(a.w, b.w) < near || dot(along_px, along_px) >= FAINT_LONG_PX * FAINT_LONG_PX;
}

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
