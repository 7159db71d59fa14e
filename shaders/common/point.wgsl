// Points: layout, and corners on the screen. Mirrors `Point` in engine/tiles/src/vertex.rs.
struct Point {
    @location(0) at: vec3<f32>,
    @location(1) part: u32,
    // Diameter: pixels if positive, meters if negative.
    @location(2) size: f32,
}

// Corner `corner` (0..3 of a strip) in -1..1 each.
fn corner_of(corner: u32) -> vec2<f32> {
    return vec2<f32>(select(-1.0, 1.0, (corner & 1u) == 1u), select(-1.0, 1.0, corner >= 2u));
}

// Corner of the square around a disc of `size` (as `Point.size`), widened by `more` pixels.
fn point_corner(clip: vec4<f32>, corner: u32, size: f32, more: f32) -> vec4<f32> {
    if clip.w < frame.forward.w {
        return nowhere();
    }
    let off_px = corner_of(corner) * ((width_px(size, clip.w) + more) * 0.5);
    return vec4<f32>(clip.xy + off_px / (frame.view.xy * 0.5) * clip.w, clip.zw);
}
