// Which triangles and edges of a tile are drawn, near clusters first: one workgroup for each tile. Its twin on the processor
// is viewer/render/src/gpu_cull/twin.rs.
#include "common/cull.wgsl"

@group(0) @binding(0) var<uniform> view: CullView;
@group(0) @binding(1) var<storage, read> jobs: array<Job>;
@group(0) @binding(2) var<storage, read_write> units: array<Unit>;
@group(0) @binding(3) var<storage, read> clusters: array<ClusterRow>;
// For each unit whether it is drawn, then for each cluster what of it is.
@group(0) @binding(4) var<storage, read_write> notes: array<u32>;
@group(0) @binding(5) var<storage, read_write> draws: array<DrawRow>;
// Four sums over the frame (tested, drawn, triangles, unused), then the length of each list.
@group(0) @binding(6) var<storage, read_write> counts: array<atomic<u32>>;
// One over the farthest distance in each texel, times the near distance; 0 infinitely far.
@group(0) @binding(7) var pyramid: texture_2d<f32>;

// Whether only what the last frame showed is drawn, into the depth that hides the rest.
override FIRST: bool = false;

const N_THREADS: u32 = 64u;

// By how much boxes grow for rounding: meters, and meters per meter from the eye.
const GROWTH_M: f32 = 0.002;
const GROWTH: f32 = 0.000001;
// Pixels by which rectangles grow for rounding.
const RIM_PX: f32 = 1.0;
// What lies less than this fraction behind is not behind.
const DEPTH_SLACK: f32 = 1.0001;

// Whether every face, wherever in its box, is seen from behind. `low`, `high`: from the eye.
fn looks_away(u: Unit, low: vec3<f32>, high: vec3<f32>) -> bool {
    if u.sin_spread > 1.0 {
        return false;
    }
    let least = dot(select(high, low, u.axis >= vec3<f32>(0.0)), u.axis);
    if u.sin_spread <= 0.0 {
        return least > 0.0;
    }
    return least > length(max(abs(low), abs(high))) * u.sin_spread;
}

fn corner(low: vec3<f32>, high: vec3<f32>, i: u32) -> vec3<f32> {
    return select(low, high, vec3<bool>((i & 1u) != 0u, (i & 2u) != 0u, (i & 4u) != 0u));
}

// Whether a box may be seen. `low`, `high`: from the eye, grown.
fn is_in_sight(low: vec3<f32>, high: vec3<f32>, test_depth: bool) -> bool {
    let extent = vec2<f32>(view.extent);
    // Sides beyond which all corners lie.
    var out = vec4<bool>(true);
    var behind = true;
    var clear = true;
    var nearest = 0.0;
    var first = vec2<f32>(1e30);
    var last = vec2<f32>(-1e30);
    for (var i = 0u; i < 8u; i++) {
        let c = view.target_from_eye * vec4<f32>(corner(low, high, i), 1.0);
        let beyond = vec4<bool>(
            (c.x < -RIM_PX * c.w),
            (c.x > (extent.x + RIM_PX) * c.w),
            (c.y < -RIM_PX * c.w),
            (c.y > (extent.y + RIM_PX) * c.w),
        );
        out = out & beyond;
        behind = behind && c.w <= 0.0;
        // What reaches behind the near plane is on all pixels.
        clear = clear && c.w > c.z;
        if clear {
            nearest = max(nearest, c.z / c.w);
            first = min(first, c.xy / c.w);
            last = max(last, c.xy / c.w);
        }
    }
    if any(out) || behind {
        return false;
    }
    if !test_depth || !clear || view.n_levels == 0u {
        return true;
    }
    let top = vec2<i32>(view.extent) - vec2<i32>(1);
    let a = vec2<u32>(clamp(vec2<i32>(floor(first - RIM_PX)), vec2<i32>(0), top));
    let b = vec2<u32>(clamp(vec2<i32>(floor(last + RIM_PX)), vec2<i32>(0), top));
    // The finest level at which four texels are enough.
    var level = 0u;
    while level + 1u < view.n_levels && any((b >> vec2<u32>(level + 1u)) - (a >> vec2<u32>(level + 1u)) > vec2<u32>(1u)) {
        level++;
    }
    let p = vec2<i32>(a >> vec2<u32>(level + 1u));
    let q = vec2<i32>(b >> vec2<u32>(level + 1u));
    let l = i32(level);
    let upper = min(textureLoad(pyramid, p, l).x, textureLoad(pyramid, vec2<i32>(q.x, p.y), l).x);
    let lower = min(textureLoad(pyramid, vec2<i32>(p.x, q.y), l).x, textureLoad(pyramid, q, l).x);
    return nearest * DEPTH_SLACK >= min(upper, lower);
}

fn is_drawn(job: Job, u: Unit) -> bool {
    if u.n_indices == 0u || u.n_instances == 0u || (FIRST && u.seen == 0u) {
        return false;
    }
    let low = job.offset + u.low;
    let high = job.offset + u.high;
    if (job.flags & CULLS_FACES) != 0u && looks_away(u, low, high) {
        return false;
    }
    let farthest = max(abs(low), abs(high));
    let growth = vec3<f32>(GROWTH_M + GROWTH * max(farthest.x, max(farthest.y, farthest.z)));
    return is_in_sight(low - growth, high + growth, !FIRST && (job.flags & CULLS_HIDDEN) != 0u);
}

// How far a cluster's box lies from the eye along each axis, together, in steps: near ones are drawn first.
fn nearness(c: ClusterRow, eye: vec3<i32>) -> u32 {
    let low = vec3<i32>(c.span << vec3<u32>(16u)) >> vec3<u32>(16u);
    let high = vec3<i32>(c.span) >> vec3<u32>(16u);
    let gap = max(vec3<i32>(0), max(low - eye, eye - high));
    return u32(gap.x + gap.y + gap.z);
}

fn is_noted(job: Job, unit: u32) -> bool {
    return unit != NONE && notes[job.first_note + unit] != 0u;
}

// Number of opaque units that are drawn × 4, +2 if its edges are, +1 if its translucent triangles are.
fn tally(job: Job, c: ClusterRow) -> u32 {
    var n = 0u;
    for (var i = 0u; i < c.n_units; i++) {
        n += notes[job.first_note + c.first_unit + i];
    }
    return n * 4u + select(0u, 2u, is_noted(job, c.edge_unit)) + select(0u, 1u, is_noted(job, c.glass_unit));
}

fn write(job: Job, place: u32, unit: u32) {
    let u = units[job.first_unit + unit];
    draws[job.first_draw + place] = DrawRow(u.n_indices, u.n_instances, u.first_index, u.base_vertex, u.first_instance);
    atomicAdd(&counts[1], 1u);
}

// Draws of a cluster, after those of nearer ones in the same lists.
fn write_cluster(job: Job, ix: u32) {
    let own = notes[job.first_note + job.n_units + ix];
    if own == 0u {
        return;
    }
    let c = clusters[job.first_cluster + ix];
    let near = nearness(c, job.eye);
    var n = vec3<u32>(0u);
    for (var j = 0u; j < job.n_clusters; j++) {
        let t = notes[job.first_note + job.n_units + j];
        if t == 0u {
            continue;
        }
        let other = clusters[job.first_cluster + j];
        let other_near = nearness(other, job.eye);
        if (other_near < near) || (other_near == near && j < ix) {
            n.x += select(0u, t >> 2u, other.list == c.list);
            n.y += select(0u, t & 1u, other.glass_list == c.glass_list);
            n.z += (t >> 1u) & 1u;
        }
    }
    var triangles = 0u;
    var place = c.list_first + n.x;
    for (var i = 0u; i < c.n_units; i++) {
        let unit = c.first_unit + i;
        if notes[job.first_note + unit] != 0u {
            write(job, place, unit);
            place++;
            triangles += units[job.first_unit + unit].n_indices / 3u * units[job.first_unit + unit].n_instances;
        }
    }
    atomicAdd(&counts[2], triangles);
    atomicAdd(&counts[job.first_count + c.list], own >> 2u);
    if (own & 1u) != 0u {
        write(job, c.glass_first + n.y, c.glass_unit);
        atomicAdd(&counts[job.first_count + c.glass_list], 1u);
    }
    if (own & 2u) != 0u {
        write(job, c.edge_first + n.z, c.edge_unit);
        atomicAdd(&counts[job.first_count + c.edge_list], 1u);
    }
}

@compute @workgroup_size(64)
fn cs_main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let job = jobs[group.x];
    for (var i = local.x; i < job.n_units; i += N_THREADS) {
        let drawn = is_drawn(job, units[job.first_unit + i]);
        notes[job.first_note + i] = select(0u, 1u, drawn);
        if !FIRST {
            units[job.first_unit + i].seen = select(0u, 1u, drawn);
        }
    }
    if local.x == 0u {
        atomicAdd(&counts[0], job.n_units);
    }
    storageBarrier();
    for (var i = local.x; i < job.n_clusters; i += N_THREADS) {
        notes[job.first_note + job.n_units + i] = tally(job, clusters[job.first_cluster + i]);
    }
    storageBarrier();
    for (var i = local.x; i < job.n_clusters; i += N_THREADS) {
        write_cluster(job, i);
    }
}
