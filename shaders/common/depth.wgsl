// Depth of the scene or, for sums of what is seen through, of its nearest surface; the first sample stands for all.
@group(2) @binding(0) var scene_depth: Depths;

fn depth_at(pixel: vec2<i32>) -> f32 {
    return textureLoad(scene_depth, pixel, 0);
}
