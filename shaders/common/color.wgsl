// Colors: light is added and mixed linearly; bytes are sRGB.

// A cubic within 0.002 of the definition: cheap where it runs for every vertex or pixel.
fn linear_from_srgb_fast(c: vec3<f32>) -> vec3<f32> {
    return c * (c * (c * 0.305306 + 0.682171) + 0.012523);
}

fn srgb_from_linear(c: vec3<f32>) -> vec3<f32> {
    let low = c * 12.92;
    let high = 1.055 * pow(max(c, vec3<f32>(0.0)), vec3<f32>(1.0 / 2.4)) - 0.055;
    return select(high, low, c <= vec3<f32>(0.0031308));
}

// Plain shading: stored numbers are mixed and lit as they are, without haze.
override PLAIN: bool = false;
// Whether the target makes stored numbers from linear ones.
override SRGB_TARGET: bool = true;

// Color and straight alpha from packed sRGB, red lowest; linear unless shading is plain.
fn unpack_rgba(rgba: u32) -> vec4<f32> {
    let c = unpack4x8unorm(rgba);
    if PLAIN {
        return c;
    }
    return vec4<f32>(linear_from_srgb_fast(c.rgb), c.a);
}

// What is written to the target.
fn finished(c: vec3<f32>) -> vec3<f32> {
    if PLAIN && SRGB_TARGET {
        return linear_from_srgb_fast(c);
    }
    return c;
}

fn luminance(c: vec3<f32>) -> f32 {
    return dot(c, vec3<f32>(0.2126, 0.7152, 0.0722));
}

// Gentle shoulder: unchanged up to 0.75, then bending towards 1 instead of clipping.
fn tone(c: vec3<f32>) -> vec3<f32> {
    let over = max(c - 0.75, vec3<f32>(0.0));
    return min(c, vec3<f32>(0.75)) + over / (1.0 + 4.0 * over);
}

// A value in -0.5..0.5 that depends on the pixel alone: breaks up bands of 8-bit gradients.
fn dither(pixel: vec2<f32>) -> f32 {
    return fract(52.9829189 * fract(dot(floor(pixel), vec2<f32>(0.06711056, 0.00583715)))) - 0.5;
}
