// Depth of the scene, one sample a pixel.
@group(2) @binding(0) var scene_depth: texture_depth_2d;

fn depth_at(pixel: vec2<i32>) -> f32 {
    return textureLoad(scene_depth, pixel, 0);
}
