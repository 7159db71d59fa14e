// One triangle over the whole screen.
@vertex
fn vs_main(@builtin(vertex_index) ix: u32) -> @builtin(position) vec4<f32> {
    return vec4<f32>(f32(ix & 1u) * 4.0 - 1.0, f32(ix >> 1u) * 4.0 - 1.0, 0.0, 1.0);
}
