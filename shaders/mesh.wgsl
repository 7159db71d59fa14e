// Triangles of mesh tiles: opaque, draped, translucent and ghosted, chosen by PHASE.
#include "common/frame.wgsl"
#include "common/color.wgsl"
#include "common/vertex.wgsl"
#include "common/style.wgsl"
#include "common/light.wgsl"
#include "common/pattern.wgsl"
#include "common/section.wgsl"

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
    @location(3) @interpolate(flat) style_flags: u32,
}

@vertex
fn vs_main(v: Vertex, i: Instance) -> Out {
    var out: Out;
    let part = part_at(v.part + i.first_part);
    let style = style_of(part.object);
    out.color = painted(part.rgba, style);
    out.style_flags = style.flags;
    let ghost = (style.flags & GHOSTED) != 0u;
    if out.color.a == 0.0 || ghost != (PHASE == GHOST) {
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

// Color times light, nothing else.
fn plain(in: Out, albedo: vec3<f32>, normal: vec3<f32>) -> vec4<f32> {
    let light = frame.plain.x + frame.plain.y * max(dot(normal, frame.sun.xyz), 0.0);
    var alpha = in.color.a * tile.opacity;
    if PHASE == GHOST {
        alpha = 0.13 + 0.30 * grazing_at(normal, -normalize(in.p_eye));
    }
    return vec4<f32>(finished(albedo * light), alpha);
}

// A cut through a closed shape: its color, darker and hatched, on the plane that cuts. Alpha 0 marks it.
fn cap(in: Out, entry: vec4<f32>) -> vec4<f32> {
    let on_cut = in.p_eye * entry.w;
    let mark = pattern_mark(1u, on_cut - tile.offset + tile.phase, entry.xyz, length(on_cut));
    let keep = select(0.62, 0.85, (in.style_flags & COLORED) != 0u);
    let color = in.color.rgb * mix(keep, keep * 0.42, mark);
    return vec4<f32>(finished(hazed(color, on_cut)), select(0.0, 1.0, PLAIN));
}

@fragment
fn fs_main(in: Out, @builtin(front_facing) front: bool) -> @location(0) vec4<f32> {
    let normal = normal_of(in);
    if SECTION {
        if cut_away(in.p_eye) {
            discard;
        }
        if PHASE == OPAQUE && is_inside(front) {
            let entry = entry_of(in.p_eye);
            if entry.w > 0.0 {
                return cap(in, entry);
            }
        }
    }
    var albedo = in.color.rgb;
    if PATTERNS {
        let pattern = pattern_of(in.style_flags);
        let p = in.p_eye - tile.offset + tile.phase;
        let mark = pattern_mark(pattern, p, normal, length(in.p_eye));
        albedo = select(albedo, patterned(albedo, pattern, mark), pattern != 0u);
    }
    if PLAIN {
        return plain(in, albedo, normal);
    }
    let lit = sunlit(in.p_eye, normal);
    // A state's color must stay recognizable in the shade.
    let keep = select(0.0, 0.40, (in.style_flags & COLORED) != 0u);
    let light = mix(light_on(normal, lit), vec3<f32>(0.98), keep);
    var color = albedo * light;
    var alpha = in.color.a * tile.opacity;
    if PHASE == TRANSLUCENT && (in.style_flags & COLORED) == 0u {
        // Glass: the sky in it, more at grazing angles.
        let to_eye = -normalize(in.p_eye);
        let grazing = grazing_at(normal, to_eye);
        let mirrored = sky(normalize(reflect(-to_eye, normal) + vec3<f32>(0.0, 0.0, 0.12)));
        let share = 0.28 + 0.62 * grazing;
        color = mix(color, mirrored * (0.80 + 0.25 * lit), share);
        alpha = mix(alpha, 1.0, 0.25 + 0.6 * grazing);
    }
    if PHASE == GHOST {
        alpha = 0.13 + 0.30 * grazing_at(normal, -normalize(in.p_eye));
    }
    color = hazed(tone(color), in.p_eye);
    return vec4<f32>(color, alpha);
}

// Depth alone, so that of a ghost only its outer surface shows.
@fragment
fn fs_depth(in: Out) {
    if cut_away(in.p_eye) {
        discard;
    }
}
