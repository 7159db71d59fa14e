// What decides which triangles are drawn. Mirrors `Unit`, `ClusterRow`, `Job`, `CullView` and `DrawRow` in
// viewer/render/src/gpu_cull/rows.rs.

// Triangles or edges that are drawn or left out together.
struct Unit {
    // Box in the tile, meters.
    low: vec3<f32>,
    first_index: u32,
    high: vec3<f32>,
    n_indices: u32,
    // Where its faces look, unit; the sine of the largest angle to it, above 1 where they look everywhere.
    axis: vec3<f32>,
    sin_spread: f32,
    base_vertex: u32,
    first_instance: u32,
    n_instances: u32,
    // 1 if the last frame showed it.
    seen: u32,
}

// A cluster: units of its opaque triangles, and one each of its translucent ones and its edges, or NONE.
struct ClusterRow {
    // Box in the tile, along x, y and z: two signed halves in steps of 1/8 m, the lower side in the lower half.
    span: vec3<u32>,
    first_unit: u32,
    n_units: u32,
    glass_unit: u32,
    edge_unit: u32,
    // Lists of the tile to which its draws go.
    list: u32,
    // Where that list begins in the tile's draws.
    list_first: u32,
    glass_list: u32,
    glass_first: u32,
    edge_list: u32,
    edge_first: u32,
    unused_a: u32,
    unused_b: u32,
    unused_c: u32,
}

// A tile of this frame.
struct Job {
    // From the eye to the tile's origin, world axes, meters.
    offset: vec3<f32>,
    first_unit: u32,
    // The eye in the tile, in steps of 1/8 m.
    eye: vec3<i32>,
    n_units: u32,
    first_cluster: u32,
    n_clusters: u32,
    // Into the frame's draws, counts and notes.
    first_draw: u32,
    first_count: u32,
    first_note: u32,
    flags: u32,
    unused_a: u32,
    unused_b: u32,
}

struct CullView {
    // Pixels of the target times the forward distance, near distance, forward distance: from world axes, the eye as origin.
    target_from_eye: mat4x4<f32>,
    // Size of the target, pixels.
    extent: vec2<u32>,
    // Of the depth's pyramid; 0 where there is none.
    n_levels: u32,
    unused_a: u32,
}

// Arguments of an indexed draw, as the graphics interface wants them.
struct DrawRow {
    n_indices: u32,
    n_instances: u32,
    first_index: u32,
    base_vertex: u32,
    first_instance: u32,
}

const NONE: u32 = 0xffffffffu;
// Faces that look away are left out.
const CULLS_FACES: u32 = 1u;
// What is hidden is left out.
const CULLS_HIDDEN: u32 = 2u;
