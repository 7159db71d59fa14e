// Textures of the scene with several samples a pixel.
alias Colors = texture_multisampled_2d<f32>;
alias Depths = texture_depth_multisampled_2d;
const N_SAMPLES: i32 = 4;
