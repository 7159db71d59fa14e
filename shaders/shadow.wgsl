// Depth from the sun: what stands on the ground casts a shadow unless it is hidden, ghosted or translucent.
#include "common/color.wgsl"
#include "common/vertex.wgsl"
#include "common/style.wgsl"

// Mirrors `ShadowUniform` in viewer/render/src/uniforms.rs.
struct Caster {
    clip_from_eye: mat4x4<f32>,
    // What is cut away casts no shadow: dot(xyz, p_eye) > w.
    section: array<vec4<f32>, 8>,
    n_planes: u32,
    unused_a: u32,
    unused_b: u32,
    unused_c: u32,
}

@group(0) @binding(0) var<uniform> caster: Caster;

// What lets more light through casts no shadow.
const LEAST_ALPHA: f32 = 0.6;

struct Out {
    @builtin(position) clip: vec4<f32>,
    @location(0) p_eye: vec3<f32>,
}

@vertex
fn vs_main(v: Vertex, i: Instance) -> Out {
    var out: Out;
    let part = part_at(v.part + i.first_part);
    let style = style_of(part.object);
    if painted(part.rgba, style).a < LEAST_ALPHA || (style.flags & GHOSTED) != 0u {
        out.clip = vec4<f32>(0.0, 0.0, -1.0, 1.0);
        return out;
    }
    out.p_eye = tile.offset + position_in_tile(v, i);
    out.clip = caster.clip_from_eye * vec4<f32>(out.p_eye, 1.0);
    return out;
}

// Only with sections.
@fragment
fn fs_section(in: Out) {
    for (var i = 0u; i < caster.n_planes; i++) {
        if dot(caster.section[i].xyz, in.p_eye) > caster.section[i].w {
            discard;
        }
    }
}
