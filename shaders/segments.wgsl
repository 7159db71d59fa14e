// Lines with a width in pixels or meters: one instance a segment, four vertices of a strip.
#include "common/frame.wgsl"
#include "common/color.wgsl"
#include "common/segment.wgsl"
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
    @location(2) @interpolate(flat) cover_m: f32,
}

@vertex
fn vs_main(s: Segment, @builtin(vertex_index) corner: u32) -> Out {
    var out: Out;
    let part = part_at(part_ix(s));
    let style = style_of(part.object);
    let paint = painted_thin(part.rgba, style);
    if paint.a == 0.0 || !is_kept(paint.a >= 1.0) {
        out.clip = nowhere();
        return out;
    }
    let a = tile.offset + s.a;
    let b = tile.offset + s.b;
    let a_clip = frame.clip_from_eye * vec4<f32>(a, 1.0);
    let b_clip = frame.clip_from_eye * vec4<f32>(b, 1.0);
    if !is_shown(s, a_clip, b_clip) {
        out.clip = nowhere();
        return out;
    }
    let pull = pull_of(s, tile.pull, select(a_clip.w, b_clip.w, corner >= 2u));
    out.clip = pulled(segment_corner(a_clip, b_clip, corner, s.width, 0.0), pull);
    out.p_eye = select(a, b, corner >= 2u);
    let light = light_on_thin((style.flags & COLORED) != 0u);
    out.color = vec4<f32>(paint.rgb * light, paint.a);
    out.cover_m = cover_m(s);
    return out;
}

fn is_gone(in: Out) -> bool {
    return cut_away(in.p_eye);
}

fn shaded(in: Out) -> vec4<f32> {
    let alpha = in.color.a * cover_of(in.cover_m, in.clip.w);
    return vec4<f32>(finished(hazed(in.color.rgb * 0.95, in.p_eye)), stepped_where_summed(alpha));
}

#include "common/thin_ends.wgsl"
