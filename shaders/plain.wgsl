// Flat faces in plain shading: lit where their first vertex is, so that nothing is left to do for a pixel.
#include "common/frame.wgsl"
#include "common/color.wgsl"
#include "common/vertex.wgsl"
#include "common/style.wgsl"

struct Out {
    @invariant @builtin(position) clip: vec4<f32>,
    @location(0) @interpolate(flat) color: vec4<f32>,
}

@vertex
fn vs_main(v: Vertex, i: Instance) -> Out {
    var out: Out;
    let part = part_at(v.part + i.first_part);
    let style = style_of(part.object);
    let color = painted(part.rgba, style);
    if STYLES && (color.a < 1.0 || (style.flags & GHOSTED) != 0u) {
        out.clip = nowhere();
        return out;
    }
    let p_eye = tile.offset + position_in_tile(v, i);
    out.clip = pulled(frame.clip_from_eye * vec4<f32>(p_eye, 1.0), tile.pull);
    let own = normal_in_tile(v, i);
    // A plane is seen from the same side everywhere.
    let normal = select(own, -own, dot(own, p_eye) > 0.0);
    let light = frame.plain.x + frame.plain.y * max(dot(normal, frame.sun.xyz), 0.0);
    out.color = vec4<f32>(finished(color.rgb * light), 1.0);
    return out;
}

@fragment
fn fs_main(in: Out) -> @location(0) vec4<f32> {
    return in.color;
}
