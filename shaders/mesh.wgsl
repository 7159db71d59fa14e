// Triangles of mesh tiles: opaque, draped, translucent and ghosted, chosen by PHASE.
#include "common/frame.wgsl"
#include "common/color.wgsl"
#include "common/vertex.wgsl"
#include "common/style.wgsl"
#include "common/light.wgsl"
#include "common/pattern.wgsl"

const OPAQUE: u32 = 0u;
const DRAPED: u32 = 1u;
const TRANSLUCENT: u32 = 2u;
const GHOST: u32 = 3u;
override PHASE: u32 = 0u;

struct Out {
    @invariant @builtin(position) clip: vec4<f32>,
    @location(0) p_eye: vec3<f32>,
    @location(1) normal: vec3<f32>,
    @location(2) @interpolate(flat) color: vec4<f32>,
    @location(3) @interpolate(flat) style_flags: u32,
}

@vertex
fn vs_main(v: Vertex) -> Out {
    var out: Out;
    let style = style_of(v.object);
    out.color = painted(v.rgba, style);
    out.style_flags = style.flags;
    let ghost = (style.flags & GHOSTED) != 0u;
    if out.color.a == 0.0 || ghost != (PHASE == GHOST) {
        out.clip = nowhere();
        return out;
    }
    out.p_eye = tile.offset + v.position;
    out.normal = unpack_normal(v.normal);
    out.clip = pulled(frame.clip_from_eye * vec4<f32>(out.p_eye, 1.0), tile.pull);
    return out;
}

@fragment
fn fs_main(in: Out) -> @location(0) vec4<f32> {
    let distance = length(in.p_eye);
    let to_eye = in.p_eye / -max(distance, 1e-4);
    var normal = normalize(in.normal);
    // Files disagree about which side is out: the side that is seen is lit.
    normal = select(normal, -normal, dot(normal, to_eye) < 0.0);
    var albedo = in.color.rgb;
    let pattern = pattern_of(in.style_flags);
    if pattern != 0u {
        let p = in.p_eye - tile.offset + tile.phase;
        albedo = patterned(albedo, pattern, pattern_mark(pattern, p, normal, distance));
    }
    var lit = 1.0;
    if dot(normal, frame.sun.xyz) > 0.0 {
        lit = sunlit(in.p_eye, normal);
    }
    var light = light_on(normal, lit);
    if (in.style_flags & COLORED) != 0u {
        // A state's color must stay recognizable in the shade.
        light = mix(light, vec3<f32>(0.98), 0.40);
    }
    var color = albedo * light;
    var alpha = in.color.a * tile.opacity;
    let grazing = pow(1.0 - clamp(dot(normal, to_eye), 0.0, 1.0), 4.0);
    if PHASE == TRANSLUCENT && (in.style_flags & COLORED) == 0u {
        // Glass: the sky in it, more at grazing angles.
        let mirrored = sky(normalize(reflect(-to_eye, normal) + vec3<f32>(0.0, 0.0, 0.12)));
        let share = 0.28 + 0.62 * grazing;
        color = mix(color, mirrored * (0.80 + 0.25 * lit), share);
        alpha = mix(alpha, 1.0, 0.25 + 0.6 * grazing);
    }
    if PHASE == GHOST {
        alpha = 0.13 + 0.30 * grazing;
    }
    color = hazed(tone(color), in.p_eye);
    return vec4<f32>(color, alpha);
}

// Depth alone, so that of a ghost only its outer surface shows.
@fragment
fn fs_depth(in: Out) {
}
