// What a second overlay says of the nearest object that it says something of: the outline's bits of its style, and below
// them the last bits of its row, by which neighbors are told apart. The last pass draws outlines where marks end.
#include "common/frame.wgsl"
#include "common/color.wgsl"
#include "common/vertex.wgsl"
#include "common/segment.wgsl"
#include "common/point.wgsl"
#include "common/style.wgsl"
#include "common/section.wgsl"
#include "SAMPLES"
#include "common/depth.wgsl"

// What lies on the ground: areas that no overlay fills have an outline too.
override DRAPED: bool = false;

// Share of the depth by which a surface may lie behind the scene and still be the one that is seen: rounding. What its slope
// makes of the way from a pixel's middle to the sample that was drawn comes on top.
const SLACK: f32 = 0.0005;

struct Out {
    @invariant @builtin(position) clip: vec4<f32>,
    @location(0) p_eye: vec3<f32>,
    @location(1) @interpolate(flat) mark: u32,
}

// 0: it has none.
fn mark_of(part: Part) -> u32 {
    let style = style_of(part.object);
    let bits = (style.flags >> OUTLINE_SHIFT) << OUTLINE_SHIFT;
    let shown = (style.flags & HIDDEN) == 0u && fade_of(style) > 0.0;
    if bits == 0u || !shown || !(DRAPED || painted(part.rgba, style).a > 0.0) {
        return 0u;
    }
    return bits | ((part.object + tile.first_row) & ((1u << OUTLINE_SHIFT) - 1u));
}

@vertex
fn vs_mesh(v: Vertex, i: Instance) -> Out {
    let mark = mark_of(part_at(v.part + i.first_part));
    if mark == 0u {
        return Out(nowhere(), vec3<f32>(0.0), 0u);
    }
    let p_eye = tile.offset + position_in_tile(v, i);
    return Out(pulled(frame.clip_from_eye * vec4<f32>(p_eye, 1.0), tile.pull), p_eye, mark);
}

@vertex
fn vs_segment(s: Segment, @builtin(vertex_index) corner: u32) -> Out {
    let mark = mark_of(part_at(part_ix(s)));
    if mark == 0u {
        return Out(nowhere(), vec3<f32>(0.0), 0u);
    }
    let a = frame.clip_from_eye * vec4<f32>(tile.offset + s.a, 1.0);
    let b = frame.clip_from_eye * vec4<f32>(tile.offset + s.b, 1.0);
    let p_eye = tile.offset + select(s.a, s.b, corner >= 2u);
    if !is_shown(s, a, b) {
        return Out(nowhere(), vec3<f32>(0.0), 0u);
    }
    let pull = pull_of(s, tile.pull, select(a.w, b.w, corner >= 2u));
    return Out(pulled(segment_corner(a, b, corner, s.width, 0.0), pull), p_eye, mark);
}

@vertex
fn vs_point(p: Point, @builtin(vertex_index) corner: u32) -> Out {
    let mark = mark_of(part_at(p.part));
    if mark == 0u {
        return Out(nowhere(), vec3<f32>(0.0), 0u);
    }
    let p_eye = tile.offset + p.at;
    let clip = frame.clip_from_eye * vec4<f32>(p_eye, 1.0);
    return Out(pulled(point_corner(clip, corner, p.size, 0.0), tile.pull), p_eye, mark);
}

@fragment
fn fs_main(in: Out, @builtin(front_facing) front: bool) -> @location(0) u32 {
    let slope = fwidth(in.clip.z);
    if cut_away(in.p_eye) {
        discard;
    }
    var depth = in.clip.z;
    if SECTION {
        // A cap lies on the plane that cuts.
        let entry = entry_of(in.p_eye);
        if is_inside(front) && entry.w > 0.0 {
            depth /= entry.w;
        }
    }
    if depth * (1.0 + SLACK) + slope < depth_at(vec2<i32>(in.clip.xy)) {
        discard;
    }
    return in.mark;
}
