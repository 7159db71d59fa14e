// Triangles of mesh tiles: opaque, draped, translucent and ghosted, chosen by PHASE.
#include "common/frame.wgsl"
#include "common/color.wgsl"
#include "common/vertex.wgsl"
#include "common/style.wgsl"
#include "common/light.wgsl"
#include "common/pattern.wgsl"
#include "common/section.wgsl"
#include "common/sums.wgsl"
#include "SAMPLES"
#include "common/depth.wgsl"

const OPAQUE: u32 = 0u;
const DRAPED: u32 = 1u;
const TRANSLUCENT: u32 = 2u;
const GHOST: u32 = 3u;
override PHASE: u32 = 0u;
// Whether objects may have patterns. A constant, because software rasterizers run every branch.
override PATTERNS: bool = true;
// Whether some vertices have normals of their own.
override SMOOTH: bool = true;

struct Out {
    @invariant @builtin(position) clip: vec4<f32>,
    @location(0) p_eye: vec3<f32>,
    @location(1) normal: vec3<f32>,
    @location(2) @interpolate(flat) color: vec4<f32>,
    // Flags of the style, GLASS, and on top its factor on opacity, a byte.
    @location(3) @interpolate(flat) look: u32,
}

// The material lets light through, and no overlay colors it.
const GLASS: u32 = 0x8000u;

// Whether this phase draws what is this opaque and perhaps a ghost.
fn is_drawn(alpha: f32, ghost: bool) -> bool {
    switch PHASE {
        case OPAQUE: { return alpha >= 1.0 && !ghost; }
        case DRAPED: { return alpha > 0.0; }
        case TRANSLUCENT: { return alpha > 0.0 && alpha < 1.0 && !ghost; }
        default: { return alpha > 0.0 && ghost; }
    }
}

fn look_of(material: u32, style: Style) -> u32 {
    let glass = (material >> 24u) < 255u && (style.flags & COLORED) == 0u;
    let own = style.flags & ((1u << OUTLINE_SHIFT) - 1u);
    return own | select(0u, GLASS, glass) | (u32(fade_of(style) * 255.0 + 0.5) << 16u);
}

fn fade_in(look: u32) -> f32 {
    return f32(look >> 16u) / 255.0;
}

@vertex
fn vs_main(v: Vertex, i: Instance) -> Out {
    var out: Out;
    let part = part_at(v.part + i.first_part);
    let style = style_of(part.object);
    if PHASE == DRAPED {
        out.color = painted_thin(part.rgba, style);
    } else {
        out.color = painted(part.rgba, style);
    }
    out.look = look_of(part.rgba, style);
    if !is_drawn(out.color.a, (style.flags & GHOSTED) != 0u) {
        out.clip = nowhere();
        return out;
    }
    out.p_eye = tile.offset + position_in_tile(v, i);
    if SMOOTH {
        out.normal = normal_in_tile(v, i);
    }
    out.clip = pulled(frame.clip_from_eye * vec4<f32>(out.p_eye, 1.0), tile.pull);
    return out;
}

// Unit normal towards the eye. Rows of pixels run down: this product of slopes looks at the eye.
fn normal_of(in: Out) -> vec3<f32> {
    let slope = cross(dpdy(in.p_eye), dpdx(in.p_eye));
    if SMOOTH {
        return facing_normal(in.normal, in.p_eye, slope);
    }
    return normalize(slope);
}

// 0 head on, 1 along the surface.
fn grazing_at(normal: vec3<f32>, to_eye: vec3<f32>) -> f32 {
    let g = 1.0 - clamp(dot(normal, to_eye), 0.0, 1.0);
    return g * g * g * g;
}

// How a ghost shows: more at its rims.
fn ghost_alpha(in: Out, normal: vec3<f32>) -> f32 {
    return (0.13 + 0.30 * grazing_at(normal, -normalize(in.p_eye))) * fade_in(in.look);
}

// Color times light, nothing else.
fn plain(in: Out, albedo: vec3<f32>, normal: vec3<f32>) -> vec4<f32> {
    let light = frame.plain.x + frame.plain.y * max(dot(normal, frame.sun.xyz), 0.0);
    var alpha = in.color.a;
    if PHASE == GHOST {
        alpha = ghost_alpha(in, normal);
    }
    return vec4<f32>(finished(albedo * light), alpha);
}

// A cut through a closed shape: its color, darker and hatched, on the plane that cuts. Alpha 0 marks opaque ones.
fn cap(in: Out, entry: vec4<f32>) -> vec4<f32> {
    let on_cut = in.p_eye * entry.w;
    let mark = pattern_mark(1u, on_cut - tile.offset + tile.phase, entry.xyz, length(on_cut));
    let keep = select(0.62, 0.85, (in.look & COLORED) != 0u);
    let color = in.color.rgb * mix(keep, keep * 0.42, mark);
    let alpha = select(in.color.a, select(0.0, 1.0, PLAIN), PHASE == OPAQUE);
    return vec4<f32>(finished(hazed(color, on_cut)), alpha);
}

fn shaded(in: Out, front: bool) -> vec4<f32> {
    let normal = normal_of(in);
    if SECTION && (PHASE == OPAQUE || PHASE == TRANSLUCENT) && is_inside(front) {
        let entry = entry_of(in.p_eye);
        if entry.w > 0.0 {
            return cap(in, entry);
        }
    }
    var albedo = in.color.rgb;
    if PATTERNS {
        let pattern = pattern_of(in.look);
        let p = in.p_eye - tile.offset + tile.phase;
        let mark = pattern_mark(pattern, p, normal, length(in.p_eye));
        albedo = select(albedo, patterned(albedo, pattern, mark), pattern != 0u);
    }
    if PLAIN {
        return plain(in, albedo, normal);
    }
    let lit = sunlit(in.p_eye, normal);
    // A state's color must stay recognizable in the shade.
    let keep = select(0.0, kept_color(), (in.look & COLORED) != 0u);
    let light = mix(light_on(normal, lit), vec3<f32>(0.98), keep);
    var color = albedo * light;
    var alpha = in.color.a;
    if PHASE == TRANSLUCENT && (in.look & GLASS) != 0u {
        // Glass: the sky in it, more at grazing angles.
        let to_eye = -normalize(in.p_eye);
        let grazing = grazing_at(normal, to_eye);
        let mirrored = sky(normalize(reflect(-to_eye, normal) + vec3<f32>(0.0, 0.0, 0.12)));
        let share = 0.28 + 0.62 * grazing;
        color = mix(color, mirrored * (0.80 + 0.25 * lit), share);
        alpha = mix(alpha, fade_in(in.look), 0.25 + 0.6 * grazing);
    }
    if PHASE == GHOST {
        alpha = ghost_alpha(in, normal);
    }
    return vec4<f32>(hazed(tone(color), in.p_eye), alpha);
}

// Color and, where it is summed, an opacity in whole steps.
fn colored(in: Out, front: bool) -> vec4<f32> {
    let c = shaded(in, front);
    return vec4<f32>(c.rgb, select(c.a, stepped(c.a), PHASE == TRANSLUCENT));
}

@fragment
fn fs_main(in: Out, @builtin(front_facing) front: bool) -> @location(0) vec4<f32> {
    let color = colored(in, front);
    if cut_away(in.p_eye) {
        discard;
    }
    return color;
}

// Depth alone: of what is seen through the nearest surface.
@fragment
fn fs_depth(in: Out) {
    if cut_away(in.p_eye) {
        discard;
    }
}

@fragment
fn fs_sums(in: Out, @builtin(front_facing) front: bool) -> Sums {
    let color = colored(in, front);
    if cut_away(in.p_eye) {
        discard;
    }
    return sums_of(color, in.clip.z, depth_at(vec2<i32>(in.clip.xy)));
}
