// Points as discs with a size in pixels or meters: one instance a point, four vertices of a strip.
#include "common/frame.wgsl"
#include "common/color.wgsl"
#include "common/segment.wgsl"
#include "common/point.wgsl"
#include "common/style.wgsl"
#include "common/light.wgsl"
#include "common/section.wgsl"
#include "common/stage.wgsl"
#include "common/sums.wgsl"
#include "SAMPLES"
#include "common/depth.wgsl"

struct Out {
    @invariant @builtin(position) clip: vec4<f32>,
    @location(0) p_eye: vec3<f32>,
    @location(1) @interpolate(flat) color: vec4<f32>,
    @location(2) corner: vec2<f32>,
}

@vertex
fn vs_main(p: Point, @builtin(vertex_index) corner: u32) -> Out {
    var out: Out;
    let part = part_at(p.part);
    let style = style_of(part.object);
    let paint = painted_thin(part.rgba, style);
    if paint.a == 0.0 || !is_kept(paint.a >= 1.0) {
        out.clip = nowhere();
        return out;
    }
    out.p_eye = tile.offset + p.at;
    let clip = frame.clip_from_eye * vec4<f32>(out.p_eye, 1.0);
    out.clip = pulled(point_corner(clip, corner, p.size, 0.0), tile.pull);
    out.corner = corner_of(corner);
    let light = light_on_thin((style.flags & COLORED) != 0u);
    out.color = vec4<f32>(paint.rgb * light, paint.a);
    return out;
}

fn is_gone(in: Out) -> bool {
    return dot(in.corner, in.corner) > 1.0 || cut_away(in.p_eye);
}

fn shaded(in: Out) -> vec4<f32> {
    return vec4<f32>(finished(hazed(in.color.rgb, in.p_eye)), stepped_where_summed(in.color.a));
}

#include "common/thin_ends.wgsl"
