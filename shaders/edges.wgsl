// Feature edges: thin dark lines that make shapes readable without textures.
#include "common/frame.wgsl"
#include "common/color.wgsl"
#include "common/vertex.wgsl"
#include "common/style.wgsl"
#include "common/light.wgsl"
#include "common/section.wgsl"
#include "common/stage.wgsl"
#include "common/sums.wgsl"
#include "SAMPLES"
#include "common/depth.wgsl"

// Fraction of the distance by which edges stand before their surfaces.
const EDGE_PULL: f32 = 0.0006;

// What is fainter is not drawn: half a step of a stored byte.
const LEAST_INK: f32 = 0.002;

struct Out {
    @invariant @builtin(position) clip: vec4<f32>,
    @location(0) color: vec4<f32>,
    @location(1) p_eye: vec3<f32>,
}

@vertex
fn vs_main(v: Vertex, i: Instance) -> Out {
    var out: Out;
    let part = part_at(v.part + i.first_part);
    let style = style_of(part.object);
    let paint = painted(part.rgba, style);
    let fade = fade_of(style);
    if paint.a == 0.0 || !is_kept(fade >= 1.0) {
        out.clip = nowhere();
        return out;
    }
    let p_eye = tile.offset + position_in_tile(v, i);
    out.p_eye = p_eye;
    let distance = max(length(p_eye), 1e-3);
    // Pixels of one meter: where it gets small, edges crowd and would turn buildings black. Coarser tiles have none, so
    // edges have faded where those take over. Below 3 they are not even asked for (`FADED_PX_PER_M` in list.rs).
    let px_per_m = frame.view.z / distance;
    var alpha = frame.look.y * 0.56 * smoothstep(3.0, 16.0, px_per_m);
    if (style.flags & GHOSTED) != 0u {
        alpha *= 0.35;
    } else if unpack_rgba(part.rgba).a < 0.9 {
        alpha *= 0.6;
    }
    alpha *= fade;
    let ink = mix(vec3<f32>(0.055, 0.065, 0.085), paint.rgb * 0.25, 0.5);
    out.color = vec4<f32>(finished(hazed(ink, p_eye)), alpha);
    out.clip = pulled(frame.clip_from_eye * vec4<f32>(p_eye, 1.0), EDGE_PULL);
    return out;
}

fn is_gone(in: Out) -> bool {
    return cut_away(in.p_eye) || in.color.a < LEAST_INK;
}

fn shaded(in: Out) -> vec4<f32> {
    return vec4<f32>(in.color.rgb, stepped_where_summed(in.color.a));
}

#include "common/thin_ends.wgsl"
