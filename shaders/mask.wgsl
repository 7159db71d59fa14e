// Silhouettes of selected objects: 1 where seen, 0.5 where something stands before them.
#include "common/frame.wgsl"
#include "common/color.wgsl"
#include "common/vertex.wgsl"
#include "common/segment.wgsl"
#include "common/point.wgsl"
#include "common/style.wgsl"
#include "common/section.wgsl"
#include "SAMPLES"
#include "common/depth.wgsl"

struct Out {
    @invariant @builtin(position) clip: vec4<f32>,
    @location(0) p_eye: vec3<f32>,
}

@vertex
fn vs_mesh(v: Vertex, i: Instance) -> Out {
    let style = style_of(part_at(v.part + i.first_part).object);
    if (style.flags & (SELECTED | HIDDEN)) != SELECTED {
        return Out(nowhere(), vec3<f32>(0.0));
    }
    let p_eye = tile.offset + position_in_tile(v, i);
    return Out(pulled(frame.clip_from_eye * vec4<f32>(p_eye, 1.0), tile.pull), p_eye);
}

@vertex
fn vs_segment(s: Segment, @builtin(vertex_index) corner: u32) -> Out {
    let style = style_of(part_at(part_ix(s)).object);
    if (style.flags & (SELECTED | HIDDEN)) != SELECTED {
        return Out(nowhere(), vec3<f32>(0.0));
    }
    let a = frame.clip_from_eye * vec4<f32>(tile.offset + s.a, 1.0);
    let b = frame.clip_from_eye * vec4<f32>(tile.offset + s.b, 1.0);
    let p_eye = tile.offset + select(s.a, s.b, corner >= 2u);
    if !is_shown(s, a, b) {
        return Out(nowhere(), vec3<f32>(0.0));
    }
    let pull = pull_of(s, tile.pull, select(a.w, b.w, corner >= 2u));
    return Out(pulled(segment_corner(a, b, corner, s.width, 1.0), pull), p_eye);
}

@vertex
fn vs_point(p: Point, @builtin(vertex_index) corner: u32) -> Out {
    let style = style_of(part_at(p.part).object);
    if (style.flags & (SELECTED | HIDDEN)) != SELECTED {
        return Out(nowhere(), vec3<f32>(0.0));
    }
    let clip = frame.clip_from_eye * vec4<f32>(tile.offset + p.at, 1.0);
    return Out(pulled(point_corner(clip, corner, p.size, 0.0), tile.pull), tile.offset + p.at);
}

@fragment
fn fs_main(in: Out) -> @location(0) vec4<f32> {
    if cut_away(in.p_eye) {
        discard;
    }
    let before = depth_at(vec2<i32>(in.clip.xy));
    let seen = in.clip.z * 1.004 >= before;
    return vec4<f32>(select(0.5, 1.0, seen), 0.0, 0.0, 1.0);
}
