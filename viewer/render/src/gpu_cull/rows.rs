//! What the culling pass reads and writes, byte for byte, and how it is made from a tile's clusters.

use bytemuck::{Pod, Zeroable};
use glam::{DMat4, DVec3, DVec4, Mat4, Vec3};

use crate::camera::Camera;
use crate::cull::{Span, steps_of};
use crate::meshes::{ClusterResident, Cull, Look, Slots};
use crate::parts::Window;

/// No unit: `NONE` in `shaders/common/cull.wgsl`.
pub(crate) const NONE: u32 = u32::MAX;
/// `CULLS_FACES` in `shaders/common/cull.wgsl`.
pub(crate) const CULLS_FACES: u32 = 1;
/// `CULLS_HIDDEN` in `shaders/common/cull.wgsl`.
pub(crate) const CULLS_HIDDEN: u32 = 2;
/// Sines above 1 stand for faces that look everywhere.
const EVERYWHERE: f32 = 2.0;

/// Triangles or edges that are drawn or left out together. Mirrors `Unit` in `shaders/common/cull.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub(crate) struct Unit {
    pub low: [f32; 3],
    pub first_index: u32,
    pub high: [f32; 3],
    pub n_indices: u32,
    pub axis: [f32; 3],
    pub sin_spread: f32,
    pub base_vertex: u32,
    pub first_instance: u32,
    pub n_instances: u32,
    pub seen: u32,
}

/// A cluster. Mirrors `ClusterRow` in `shaders/common/cull.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub(crate) struct ClusterRow {
    pub span: [u32; 3],
    pub first_unit: u32,
    pub n_units: u32,
    pub glass_unit: u32,
    pub edge_unit: u32,
    pub list: u32,
    pub list_first: u32,
    pub glass_list: u32,
    pub glass_first: u32,
    pub edge_list: u32,
    pub edge_first: u32,
    pub unused_a: u32,
    pub unused_b: u32,
    pub unused_c: u32,
}

/// A tile of a frame. Mirrors `Job` in `shaders/common/cull.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
pub(crate) struct Job {
    pub offset: [f32; 3],
    pub first_unit: u32,
    pub eye: [i32; 3],
    pub n_units: u32,
    pub first_cluster: u32,
    pub n_clusters: u32,
    pub first_draw: u32,
    pub first_count: u32,
    pub first_note: u32,
    pub flags: u32,
    pub unused_a: u32,
    pub unused_b: u32,
}

/// From where tiles are seen. Mirrors `CullView` in `shaders/common/cull.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub(crate) struct CullView {
    pub target_from_eye: Mat4,
    pub extent: [u32; 2],
    pub n_levels: u32,
    pub unused_a: u32,
}

/// Arguments of an indexed draw. Mirrors `DrawRow` in `shaders/common/cull.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Pod, Zeroable)]
pub(crate) struct DrawRow {
    pub n_indices: u32,
    pub n_instances: u32,
    pub first_index: u32,
    pub base_vertex: u32,
    pub first_instance: u32,
}

impl CullView {
    /// What a window of a picture shows.
    pub(crate) fn new(camera: &Camera, window: &Window, n_levels: u32) -> Self {
        let clip = camera.clip_from_eye(window.picture);
        let [w, h] = window.picture.map(f64::from);
        let [x, y] = window.corner.map(f64::from);
        let ahead = clip.row(3);
        let across = clip.row(0) * (0.5 * w) + ahead * (0.5 * w - x);
        let down = clip.row(1) * (-0.5 * h) + ahead * (0.5 * h - y);
        let rows: [DVec4; 4] = [across, down, clip.row(2), ahead];
        let m = DMat4::from_cols(rows[0], rows[1], rows[2], rows[3]).transpose();
        Self { target_from_eye: m.as_mat4(), extent: window.extent, n_levels, unused_a: 0 }
    }
}

/// Which draws of a tile a list holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Opaque(Look),
    Translucent(Look),
    Edges,
}

/// Draws that one call makes: a place among a tile's draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct List {
    pub kind: Kind,
    pub first: u32,
    /// Most that it can hold.
    pub n: u32,
}

/// What culls a tile's clusters.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Rows {
    pub units: Vec<Unit>,
    pub clusters: Vec<ClusterRow>,
    pub lists: Vec<List>,
}

impl Rows {
    /// Counts from the beginning of pages instead of the tile's: draws of all tiles in a page then share its buffers.
    pub(crate) fn place(&mut self, s: &Slots) {
        for u in &mut self.units {
            u.first_index += s.indices.first;
            u.base_vertex += s.vertices.first;
            u.first_instance += s.instances.first;
        }
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Rows of a tile's clusters, in their order.
pub(crate) fn rows_of(clusters: &[ClusterResident]) -> Rows {
    let mut kinds: Vec<(Kind, u32)> = Vec::new();
    for c in clusters.iter().filter(|c| c.n_instances > 0) {
        for (kind, n) in wants(c) {
            match kinds.iter_mut().find(|(k, _)| *k == kind) {
                Some((_, sum)) => *sum += n,
                None => kinds.push((kind, n)),
            }
        }
    }
    kinds.sort_unstable();
    let mut rows = Rows::default();
    let mut first = 0;
    for (kind, n) in kinds {
        rows.lists.push(List { kind, first, n });
        first += n;
    }
    for c in clusters {
        add(&mut rows, c);
    }
    rows
}

/// Lists in which a cluster has draws, and how many at most.
fn wants(c: &ClusterResident) -> impl Iterator<Item = (Kind, u32)> {
    let opaque = count(c.groups.iter().filter(|g| g.n > 0).count());
    let all = [
        (Kind::Opaque(c.look), opaque),
        (Kind::Translucent(without_culling(c.look)), u32::from(c.n_transparent > 0)),
        (Kind::Edges, u32::from(c.n_edges > 0)),
    ];
    all.into_iter().filter(|(_, n)| *n > 0)
}

/// What is seen through shows both its sides.
pub(crate) fn without_culling(look: Look) -> Look {
    Look { cull: Cull::None, ..look }
}

fn add(rows: &mut Rows, c: &ClusterResident) {
    let place = |lists: &[List], kind: Kind| {
        let at = lists.iter().position(|l| l.kind == kind);
        at.and_then(|i| lists.get(i).map(|l| (count(i), l.first))).unwrap_or((0, 0))
    };
    let (list, list_first) = place(&rows.lists, Kind::Opaque(c.look));
    let (glass_list, glass_first) = place(&rows.lists, Kind::Translucent(without_culling(c.look)));
    let (edge_list, edge_first) = place(&rows.lists, Kind::Edges);
    let unit = |(low, high): (Vec3, Vec3), first: u32, n: u32| Unit {
        low: low.to_array(),
        first_index: c.first_index + first,
        high: high.to_array(),
        n_indices: n,
        axis: [0.0; 3],
        sin_spread: EVERYWHERE,
        base_vertex: c.first_vertex,
        first_instance: c.first_instance,
        n_instances: c.n_instances,
        seen: 0,
    };
    let first_unit = count(rows.units.len());
    let there = c.n_instances > 0;
    for g in c.groups.iter().filter(|g| there && g.n > 0) {
        let (axis, sin_spread) = g.facing.unwrap_or((Vec3::ZERO, EVERYWHERE));
        let one = unit((g.min, g.max), g.first, g.n);
        rows.units.push(Unit { axis: axis.to_array(), sin_spread, ..one });
    }
    let n_units = count(rows.units.len()) - first_unit;
    let mut whole = |n: u32, first: u32| {
        if n == 0 || !there {
            return NONE;
        }
        rows.units.push(unit((c.min, c.max), first, n));
        count(rows.units.len()) - 1
    };
    let glass_unit = whole(c.n_transparent, c.n_opaque);
    let edge_unit = whole(c.n_edges, c.n_opaque + c.n_transparent);
    rows.clusters.push(ClusterRow {
        span: c.span.map(packed),
        first_unit,
        n_units,
        glass_unit,
        edge_unit,
        list,
        list_first,
        glass_list,
        glass_first,
        edge_list,
        edge_first,
        unused_a: 0,
        unused_b: 0,
        unused_c: 0,
    });
}

fn packed([low, high]: Span) -> u32 {
    u32::from(low.cast_unsigned()) | u32::from(high.cast_unsigned()) << 16
}

/// A job for a tile whose origin lies `offset` from the eye, meters.
pub(crate) fn job(offset: DVec3) -> Job {
    Job { offset: offset.as_vec3().to_array(), eye: steps_of(-offset), ..Job::default() }
}

#[cfg(test)]
mod tests {
    use lantu_shaders::Pass;

    use super::*;
    use crate::layout_tests::same_layout as same;

    #[test]
    fn structs_of_culling_have_the_layout_that_its_shader_reads() {
        same!(
            Unit,
            Pass::Cull,
            "Unit",
            low,
            first_index,
            high,
            n_indices,
            axis,
            sin_spread,
            base_vertex,
            first_instance,
            n_instances,
            seen
        );
        same!(
            ClusterRow,
            Pass::Cull,
            "ClusterRow",
            span,
            first_unit,
            n_units,
            glass_unit,
            edge_unit,
            list,
            list_first,
            glass_list,
            glass_first,
            edge_list,
            edge_first,
            unused_a,
            unused_b,
            unused_c
        );
        same!(
            Job,
            Pass::Cull,
            "Job",
            offset,
            first_unit,
            eye,
            n_units,
            first_cluster,
            n_clusters,
            first_draw,
            first_count,
            first_note,
            flags,
            unused_a,
            unused_b
        );
        same!(CullView, Pass::Cull, "CullView", target_from_eye, extent, n_levels, unused_a);
        same!(
            DrawRow,
            Pass::Cull,
            "DrawRow",
            n_indices,
            n_instances,
            first_index,
            base_vertex,
            first_instance
        );
        assert_eq!(size_of::<DrawRow>(), size_of::<wgpu::util::DrawIndexedIndirectArgs>());
    }
}
