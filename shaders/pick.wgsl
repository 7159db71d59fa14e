// Which object lies under a pixel, and how far: row + 1 (0: ground), and the bits of the depth.
#include "common/frame.wgsl"
#include "common/color.wgsl"
#include "common/vertex.wgsl"
#include "common/segment.wgsl"
#include "common/style.wgsl"

// Lines are hard to hit: they are this wide for the pointer, pixels.
const PICK_WIDTH: f32 = 7.0;
const LINE_PULL: f32 = 0.0008;

struct Out {
    @builtin(position) clip: vec4<f32>,
    @location(0) @interpolate(flat) id: u32,
    @location(1) @interpolate(flat) pull: f32,
}

@vertex
fn vs_mesh(v: Vertex) -> Out {
    var out: Out;
    if painted(v.rgba, style_of(v.object)).a == 0.0 {
        out.clip = nowhere();
        return out;
    }
    out.id = v.object + tile.first_row + 1u;
    out.pull = tile.pull;
    out.clip = pulled(frame.clip_from_eye * vec4<f32>(tile.offset + v.position, 1.0), tile.pull);
    return out;
}

@vertex
fn vs_segment(s: Segment, @builtin(vertex_index) corner: u32) -> Out {
    var out: Out;
    if painted(s.rgba, style_of(s.object)).a == 0.0 {
        out.clip = nowhere();
        return out;
    }
    let a = frame.clip_from_eye * vec4<f32>(tile.offset + s.a, 1.0);
    let b = frame.clip_from_eye * vec4<f32>(tile.offset + s.b, 1.0);
    out.id = s.object + tile.first_row + 1u;
    out.pull = max(tile.pull, LINE_PULL);
    out.clip = pulled(segment_corner(a, b, corner, PICK_WIDTH), out.pull);
    return out;
}

@fragment
fn fs_main(in: Out) -> @location(0) vec2<u32> {
    return vec2<u32>(in.id, bitcast<u32>(in.clip.z / (1.0 + in.pull)));
}
