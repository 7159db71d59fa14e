// Depth of the scene, several samples a pixel: the first stands for all.
@group(2) @binding(0) var scene_depth: texture_depth_multisampled_2d;

fn depth_at(pixel: vec2<i32>) -> f32 {
    return textureLoad(scene_depth, pixel, 0);
}
