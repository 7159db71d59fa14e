// Vertex layout. Mirrors `Vertex` in engine/tiles/src/vertex.rs.
struct Vertex {
    @location(0) position: vec3<f32>,
    @location(1) normal: u32,
    @location(2) rgba: u32,
    @location(3) object: u32,
}

// Unit vector from octahedral coordinates, two i16 snorm.
fn unpack_normal(packed: u32) -> vec3<f32> {
    let f = unpack2x16snorm(packed);
    let z = 1.0 - abs(f.x) - abs(f.y);
    let t = max(-z, 0.0);
    let xy = f - select(vec2<f32>(-t), vec2<f32>(t), f >= vec2<f32>(0.0));
    return normalize(vec3<f32>(xy, z));
}
