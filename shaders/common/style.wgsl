// The style table and what a tile's draw call knows. Mirrors `Style` and `StyleFlags` in engine/base/src/style.rs
// and `TileUniform` in viewer/render/src/uniforms.rs.
struct Style {
    rgba: u32,
    flags: u32,
}

// One color of one object. Mirrors `Part` in engine/tiles/src/vertex.rs.
struct Part {
    object: u32,
    rgba: u32,
}

struct Tile {
    // From the eye to the tile's origin, world axes, meters.
    offset: vec3<f32>,
    // Added to an object's number: index into the bound window of the style table.
    first_style: u32,
    // The tile's origin modulo 64 m, so that patterns continue from tile to tile.
    phase: vec3<f32>,
    // Added to an object's number: its row.
    first_row: u32,
    // Fraction of the distance by which the tile is pulled towards the eye.
    pull: f32,
    // Added to the number of a part: index into the bound page of parts.
    first_part: u32,
    unused_a: u32,
    unused_b: u32,
}

@group(1) @binding(0) var<uniform> tile: Tile;
@group(1) @binding(1) var<storage, read> styles: array<Style>;
@group(1) @binding(2) var<storage, read> parts: array<Part>;

// Whether some object of the tile has a style of its own. A constant: without, nothing is looked up.
override STYLES: bool = true;

const HIDDEN: u32 = 1u;
const SELECTED: u32 = 2u;
const COLORED: u32 = 4u;
const GHOSTED: u32 = 8u;
const MUTED: u32 = 16u;
const HOVERED: u32 = 32u;
const FADED: u32 = 64u;
const PATTERN_SHIFT: u32 = 8u;
const PATTERN_MASK: u32 = 15u;
// From here on: what a second overlay says, drawn as an outline.
const OUTLINE_SHIFT: u32 = 12u;

// Opacity of what is invisible by material and colored by an overlay (management cells).
const TINT_ALPHA: f32 = 0.35;
// Least opacity of a translucent material that an overlay colors: the state must be readable on glass.
const COLORED_ALPHA: f32 = 0.72;

fn part_at(part: u32) -> Part {
    return parts[part + tile.first_part];
}

fn style_of(object: u32) -> Style {
    if !STYLES {
        return Style(0u, 0u);
    }
    return styles[object + tile.first_style];
}

// Factor on the opacity of an object.
fn fade_of(style: Style) -> f32 {
    return select(1.0, f32(style.rgba >> 24u) / 255.0, (style.flags & (COLORED | FADED)) != 0u);
}

// Linear color and alpha of an object, from its material and its style. Alpha 0: not drawn.
fn painted(material: u32, style: Style) -> vec4<f32> {
    var c = unpack_rgba(material);
    if !STYLES {
        return c;
    }
    if (style.flags & HIDDEN) != 0u {
        return vec4<f32>(0.0);
    }
    if (style.flags & COLORED) != 0u {
        let over = unpack_rgba(style.rgba);
        c = vec4<f32>(over.rgb, select(max(c.a, COLORED_ALPHA), TINT_ALPHA, c.a == 0.0));
    } else if (style.flags & MUTED) != 0u {
        let gray = vec3<f32>(luminance(c.rgb));
        c = vec4<f32>(mix(mix(c.rgb, gray, 0.28), vec3<f32>(0.72), 0.07), c.a);
    }
    if (style.flags & GHOSTED) != 0u {
        c = vec4<f32>(mix(c.rgb, vec3<f32>(0.52, 0.56, 0.62), 0.55), c.a);
    }
    if (style.flags & HOVERED) != 0u {
        c = vec4<f32>(mix(c.rgb, vec3<f32>(0.85, 0.97, 1.0), 0.22), c.a);
    }
    return vec4<f32>(c.rgb, c.a * fade_of(style));
}

// The same for lines and points, which have no surface that a ghost could let shine through.
fn painted_thin(material: u32, style: Style) -> vec4<f32> {
    let c = painted(material, style);
    return vec4<f32>(c.rgb, select(c.a, c.a * 0.3, (style.flags & GHOSTED) != 0u));
}

fn pattern_of(style_flags: u32) -> u32 {
    return (style_flags >> PATTERN_SHIFT) & PATTERN_MASK;
}
