// Which object lies under a pixel, and how far: row + 1 (0: ground), and the bits of the depth.
#include "common/frame.wgsl"
#include "common/color.wgsl"
#include "common/vertex.wgsl"
#include "common/segment.wgsl"
#include "common/point.wgsl"
#include "common/style.wgsl"
#include "common/section.wgsl"

// Lines and points are hard to hit: they are this much wider for the pointer, pixels.
const MORE_PX: f32 = 5.4;

struct Out {
    @builtin(position) clip: vec4<f32>,
    @location(0) @interpolate(flat) id: u32,
    @location(1) @interpolate(flat) pull: f32,
    @location(2) p_eye: vec3<f32>,
}

@vertex
fn vs_mesh(v: Vertex, i: Instance) -> Out {
    var out: Out;
    let part = part_at(v.part + i.first_part);
    if painted(part.rgba, style_of(part.object)).a == 0.0 {
        out.clip = nowhere();
        return out;
    }
    out.id = part.object + tile.first_row + 1u;
    out.pull = tile.pull;
    out.p_eye = tile.offset + position_in_tile(v, i);
    out.clip = pulled(frame.clip_from_eye * vec4<f32>(out.p_eye, 1.0), tile.pull);
    return out;
}

@vertex
fn vs_segment(s: Segment, @builtin(vertex_index) corner: u32) -> Out {
    var out: Out;
    let part = part_at(part_ix(s));
    if painted(part.rgba, style_of(part.object)).a == 0.0 {
        out.clip = nowhere();
        return out;
    }
    let a = frame.clip_from_eye * vec4<f32>(tile.offset + s.a, 1.0);
    let b = frame.clip_from_eye * vec4<f32>(tile.offset + s.b, 1.0);
    out.id = part.object + tile.first_row + 1u;
    out.pull = pull_of(s, tile.pull, select(a.w, b.w, corner >= 2u));
    out.p_eye = tile.offset + select(s.a, s.b, corner >= 2u);
    if !is_shown(s, a, b) {
        out.clip = nowhere();
        return out;
    }
    out.clip = pulled(segment_corner(a, b, corner, s.width, MORE_PX), out.pull);
    return out;
}

@vertex
fn vs_point(p: Point, @builtin(vertex_index) corner: u32) -> Out {
    var out: Out;
    let part = part_at(p.part);
    if painted(part.rgba, style_of(part.object)).a == 0.0 {
        out.clip = nowhere();
        return out;
    }
    let clip = frame.clip_from_eye * vec4<f32>(tile.offset + p.at, 1.0);
    out.id = part.object + tile.first_row + 1u;
    out.pull = tile.pull;
    out.p_eye = tile.offset + p.at;
    out.clip = pulled(point_corner(clip, corner, p.size, MORE_PX), out.pull);
    return out;
}

@fragment
fn fs_main(in: Out, @builtin(front_facing) front: bool) -> @location(0) vec2<u32> {
    var depth = in.clip.z / (1.0 + in.pull);
    if SECTION {
        if cut_away(in.p_eye) {
            discard;
        }
        // A cap lies on the plane that cuts.
        let entry = entry_of(in.p_eye);
        if is_inside(front) && entry.w > 0.0 {
            depth /= entry.w;
        }
    }
    return vec2<u32>(in.id, bitcast<u32>(depth));
}
