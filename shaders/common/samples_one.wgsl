// Textures of the scene with one sample a pixel: the number of the sample is that of the smaller copy, 0.
alias Colors = texture_2d<f32>;
alias Depths = texture_depth_2d;
const N_SAMPLES: i32 = 1;
