// A cell of ground: heights on a grid. Mirrors `GroundUniform` in viewer/render/src/uniforms.rs.
struct Ground {
    // From the eye to the southwest corner at the origin's height, world axes, meters.
    offset: vec3<f32>,
    // Distance between two heights, meters.
    spacing: f32,
    // Heights a side.
    n: u32,
    unused_a: u32,
    unused_b: u32,
    unused_c: u32,
}

@group(1) @binding(0) var<uniform> ground: Ground;

// Mirrors `GroundVertex` in viewer/render/src/uniforms.rs.
struct GroundVertex {
    @location(0) height: f32,
    // Two snorm halves; the lowest bit says that the height was measured.
    @location(1) normal: u32,
}

// Column and row of a vertex: the grid first, then the skirt's south, north, west and east rows.
fn grid_of(vertex_ix: u32) -> vec2<u32> {
    let n = ground.n;
    if vertex_ix < n * n {
        return vec2<u32>(vertex_ix % n, vertex_ix / n);
    }
    let t = (vertex_ix - n * n) % n;
    switch (vertex_ix - n * n) / n {
        case 0u: { return vec2<u32>(t, 0u); }
        case 1u: { return vec2<u32>(t, n - 1u); }
        case 2u: { return vec2<u32>(0u, t); }
        default: { return vec2<u32>(n - 1u, t); }
    }
}

fn ground_in_eye(vertex_ix: u32, height: f32) -> vec3<f32> {
    return ground.offset + vec3<f32>(vec2<f32>(grid_of(vertex_ix)) * ground.spacing, height);
}

// Unit normal from octahedral coordinates, two snorm halves.
fn unpack_ground_normal(packed: u32) -> vec3<f32> {
    let f = unpack2x16snorm(packed);
    let z = 1.0 - abs(f.x) - abs(f.y);
    let t = max(-z, 0.0);
    return normalize(vec3<f32>(f - select(vec2<f32>(-t), vec2<f32>(t), f >= vec2<f32>(0.0)), z));
}
