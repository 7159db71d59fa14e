// Depth from the sun: what stands on the ground casts a shadow unless it is hidden, ghosted or translucent.
#include "common/color.wgsl"
#include "common/vertex.wgsl"
#include "common/style.wgsl"

// Mirrors `ShadowUniform` in viewer/render/src/uniforms.rs.
struct Caster {
    clip_from_eye: mat4x4<f32>,
}

@group(0) @binding(0) var<uniform> caster: Caster;

@vertex
fn vs_main(v: Vertex, i: Instance) -> @builtin(position) vec4<f32> {
    let part = part_at(v.part + i.first_part);
    let style = style_of(part.object);
    if painted(part.rgba, style).a < 0.6 || (style.flags & GHOSTED) != 0u {
        return vec4<f32>(0.0, 0.0, -1.0, 1.0);
    }
    return caster.clip_from_eye * vec4<f32>(tile.offset + position_in_tile(v, i), 1.0);
}
