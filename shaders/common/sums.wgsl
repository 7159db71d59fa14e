// Sums over all surfaces that are seen through, from which the last of them is taken again: see blend.wgsl.
//
// Addends are whole numbers, which halves of floats add exactly up to 2048: the order of surfaces does not matter.

struct Sums {
    // Color x opacity x weight; w: opacity x weight.
    @location(0) colors: vec4<f32>,
    // How much light is held back, a logarithm.
    @location(1) held: vec4<f32>,
}

// Units of an opaque surface of full weight. Eight of them are added exactly, or sixteen at half opacity.
const UNITS: f32 = 255.0;
// Units of a surface that lets half of the light through. Sixteen halvings, after which nothing is left, are exact.
const HALVINGS: f32 = 128.0;
// Weight of what lies far behind the nearest surface. Chosen: what lies behind is mixed less, and not lost in rounding.
const LEAST_WEIGHT: f32 = 0.25;
// Share of the distance within which a surface counts as the nearest one.
const NEAREST: f32 = 1.01;

// Opacity in steps of a stored byte, below 1: what is opaque is not seen through.
fn stepped(alpha: f32) -> f32 {
    return clamp(floor(alpha * 255.0 + 0.5), 0.0, 254.0) / 255.0;
}

fn held_back(alpha: f32) -> f32 {
    return floor(-log2(1.0 - alpha) * HALVINGS + 0.5);
}

// `depth` of the surface and of the `nearest` one, both reversed.
fn sums_of(color: vec4<f32>, depth: f32, nearest: f32) -> Sums {
    let behind = min(depth / max(nearest, 1e-12) * NEAREST, 1.0);
    let weight = clamp(behind * behind * behind * behind, LEAST_WEIGHT, 1.0);
    let units = max(floor(color.a * weight * UNITS + 0.5), 1.0);
    return Sums(
        vec4<f32>(floor(color.rgb * units + 0.5), units),
        vec4<f32>(held_back(color.a), 0.0, 0.0, 0.0),
    );
}
