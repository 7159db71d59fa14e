// How edges, lines and points end: the pass says what of it `is_gone` and how it is `shaded`.
@fragment
fn fs_main(in: Out) -> @location(0) vec4<f32> {
    if is_gone(in) {
        discard;
    }
    return shaded(in);
}

// Depth alone: of what is seen through the nearest surface.
@fragment
fn fs_depth(in: Out) {
    if is_gone(in) {
        discard;
    }
}

@fragment
fn fs_sums(in: Out) -> Sums {
    if is_gone(in) {
        discard;
    }
    return sums_of(shaded(in), in.clip.z, depth_at(vec2<i32>(in.clip.xy)));
}
