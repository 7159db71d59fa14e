// Lays what is seen through over the opaque scene, sample by sample: the ground in x-ray, the nearest ghost, and what is
// translucent. Of translucent surfaces the nearest one is exact; those behind it are blended as weighted sums, in no order
// (McGuire and Bavoil, Weighted Blended Order-Independent Transparency, JCGT 2013; exact nearest surface as in Maule et al.,
// Hybrid Transparency, I3D 2013).
#include "common/frame.wgsl"
#include "common/screen.wgsl"
#include "SAMPLES"
#include "common/sums.wgsl"

@group(2) @binding(0) var scene: Colors;
@group(2) @binding(1) var scene_depth: Depths;
// Premultiplied: alpha is how much of the sample the ground covers.
@group(2) @binding(2) var floor_colors: Colors;
@group(2) @binding(3) var floor_depth: Depths;
// Nearest translucent surface, straight alpha.
@group(2) @binding(4) var nearest: Colors;
@group(2) @binding(5) var nearest_depth: Depths;
@group(2) @binding(6) var sums: Colors;
@group(2) @binding(7) var held: Colors;
// Nearest ghost, straight alpha.
@group(2) @binding(8) var ghosts: Colors;
@group(2) @binding(9) var ghost_depth: Depths;

// What there is. Constants, because software rasterizers run every branch.
override FLOOR: bool = false;
override GLASS: bool = false;
override GHOSTS: bool = false;

// Something that covers what is farther. Premultiplied; `behind` lies directly behind `color`.
struct Layer {
    depth: f32,
    color: vec4<f32>,
    behind: vec4<f32>,
}

fn over(top: vec4<f32>, below: vec3<f32>) -> vec3<f32> {
    return top.rgb + below * (1.0 - top.a);
}

fn premultiplied(c: vec4<f32>) -> vec4<f32> {
    return vec4<f32>(c.rgb * c.a, c.a);
}

fn floor_layer(p: vec2<i32>, i: i32) -> Layer {
    return Layer(textureLoad(floor_depth, p, i), textureLoad(floor_colors, p, i) * frame.look.x, vec4<f32>(0.0));
}

fn ghost_layer(p: vec2<i32>, i: i32) -> Layer {
    return Layer(textureLoad(ghost_depth, p, i), premultiplied(textureLoad(ghosts, p, i)), vec4<f32>(0.0));
}

// The nearest translucent surface, and the weighted mean of those behind it.
fn glass_layer(p: vec2<i32>, i: i32) -> Layer {
    let front = textureLoad(nearest, p, i);
    let all = textureLoad(sums, p, i);
    let units = floor(front.a * UNITS + 0.5);
    let rest = max(textureLoad(held, p, i).x - held_back(front.a), 0.0);
    let alpha = 1.0 - exp2(-rest / HALVINGS);
    let color = clamp((all.rgb - front.rgb * units) / max(all.a - units, 1.0), vec3<f32>(0.0), vec3<f32>(1.0));
    return Layer(textureLoad(nearest_depth, p, i), premultiplied(front), premultiplied(vec4<f32>(color, alpha)));
}

fn blended(p: vec2<i32>, i: i32) -> vec3<f32> {
    let opaque = textureLoad(scene_depth, p, i);
    let none = Layer(-1.0, vec4<f32>(0.0), vec4<f32>(0.0));
    var a = none;
    var b = none;
    var c = none;
    if FLOOR {
        a = floor_layer(p, i);
    }
    if GLASS {
        b = glass_layer(p, i);
    }
    if GHOSTS {
        c = ghost_layer(p, i);
    }
    // Farthest first.
    var t = a;
    if a.depth > b.depth {
        a = b;
        b = t;
    }
    t = b;
    if b.depth > c.depth {
        b = c;
        c = t;
    }
    t = a;
    if a.depth > b.depth {
        a = b;
        b = t;
    }
    var color = textureLoad(scene, p, i).rgb;
    // Reversed depth: what is less lies behind the opaque scene.
    if a.depth >= opaque {
        color = over(a.color, over(a.behind, color));
    }
    if b.depth >= opaque {
        color = over(b.color, over(b.behind, color));
    }
    if c.depth >= opaque {
        color = over(c.color, over(c.behind, color));
    }
    return color;
}

@fragment
fn fs_main(@builtin(position) at: vec4<f32>) -> @location(0) vec4<f32> {
    let pixel = vec2<i32>(at.xy);
    var color = vec3<f32>(0.0);
    for (var i = 0; i < N_SAMPLES; i++) {
        color += blended(pixel, i);
    }
    return vec4<f32>(color / f32(N_SAMPLES), 1.0);
}
