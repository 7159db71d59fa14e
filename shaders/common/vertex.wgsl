// Vertices and instances of mesh tiles. Mirror `Vertex` and `Instance` in engine/tiles/src/vertex.rs.
struct Vertex {
    // Steps of the instance's matrix; w: normal, two snorm bytes, octahedral.
    @location(0) position: vec4<u32>,
    @location(1) part: u32,
}

// Rows of a matrix from steps to meters in the tile.
struct Instance {
    @location(2) x: vec4<f32>,
    @location(3) y: vec4<f32>,
    @location(4) z: vec4<f32>,
    @location(5) first_part: u32,
}

// Marks a flat face: its normal comes from its slope on the screen.
const FLAT_NORMAL: u32 = 0x8080u;

fn position_in_tile(v: Vertex, i: Instance) -> vec3<f32> {
    let p = vec4<f32>(vec3<f32>(v.position.xyz), 1.0);
    return vec3<f32>(dot(i.x, p), dot(i.y, p), dot(i.z, p));
}

// Octahedral coordinates to a direction of any length.
fn octahedral(f: vec2<f32>) -> vec3<f32> {
    let z = 1.0 - abs(f.x) - abs(f.y);
    let t = max(-z, 0.0);
    return vec3<f32>(f - select(vec2<f32>(-t), vec2<f32>(t), f >= vec2<f32>(0.0)), z);
}

// Unit normal in world axes, up to its sign; zero on a flat face.
fn normal_in_tile(v: Vertex, i: Instance) -> vec3<f32> {
    if v.position.w == FLAT_NORMAL {
        return vec3<f32>(0.0);
    }
    let n = octahedral(unpack4x8snorm(v.position.w).xy);
    // Normals turn like planes: by the matrix of cofactors.
    let turned = vec3<f32>(
        dot(cross(i.y.xyz, i.z.xyz), n),
        dot(cross(i.z.xyz, i.x.xyz), n),
        dot(cross(i.x.xyz, i.y.xyz), n),
    );
    return normalize(turned);
}

// Unit normal towards the eye from an interpolated one or, where that is zero, from the surface's slope.
fn facing_normal(normal: vec3<f32>, p_eye: vec3<f32>, slope: vec3<f32>) -> vec3<f32> {
    // Files disagree about which side is out: the side that is seen is lit.
    let own = select(normal, -normal, dot(normal, p_eye) > 0.0);
    return normalize(select(slope, own, dot(normal, normal) > 0.01));
}
