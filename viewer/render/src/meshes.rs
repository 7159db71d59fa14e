//! Mesh tiles on the GPU.

use glam::{Mat3, Mat4, Vec3};
use lantu_base::{Bounds, StyleFlags, WorldPoint};
use lantu_tiles::TileLayer;

use crate::cull::{Span, span_of};
use crate::error::RenderError;
use crate::gpu::Gpu;
use crate::gpu_cull::{ClusterRow, List, Rows, Unit, rows_of};
use crate::occlude::{Occluders, occluders};
use crate::pages::{Pages, Slot};
use crate::styles::StyleTable;
use lantu_tiles::{Cluster, FLAT_NORMAL, FaceRange, Instance, MeshTile, Part, Point, Segment, Vertex};

/// Style windows start at multiples of this many rows: 256 bytes.
const WINDOW_ALIGN: u32 = 32;
/// Relative size below which a matrix has no inside and outside: its faces are drawn from both sides.
const LEAST_VOLUME: f32 = 1e-6;
/// How far the lengths of a matrix's axes may differ for angles between faces to be kept.
const SAME_SCALE: f32 = 1e-3;

/// Which faces of triangles are left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Cull {
    /// None.
    #[default]
    None,
    /// Those that run clockwise.
    Back,
    /// Those that run counterclockwise: of mirrored shapes.
    Front,
}

/// Where the normals of a cluster's faces come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Faces {
    /// From slopes on the screen.
    #[default]
    Slopes,
    /// From the first vertex of each triangle.
    Flat,
    /// Some from vertices, interpolated.
    Smooth,
}

/// How triangles are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Look {
    pub cull: Cull,
    pub faces: Faces,
}

/// Faces of a cluster that can be left out together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct FaceGroup {
    /// Within the cluster's opaque indices.
    pub first: u32,
    pub n: u32,
    /// Where they look in the tile: a unit vector, and the sine of the largest angle to it.
    pub facing: Option<(Vec3, f32)>,
    /// Box around them in the tile, meters.
    pub min: Vec3,
    /// See `min`.
    pub max: Vec3,
}

/// What draws of one cluster need.
#[derive(Clone, Debug)]
pub(crate) struct ClusterResident {
    pub first_vertex: u32,
    pub first_index: u32,
    pub n_opaque: u32,
    pub n_transparent: u32,
    pub n_edges: u32,
    pub first_instance: u32,
    pub n_instances: u32,
    pub look: Look,
    pub groups: Vec<FaceGroup>,
    /// Box over its instances, relative to the tile's origin, meters.
    pub min: Vec3,
    pub max: Vec3,
    /// The same along x, y and z, in steps.
    pub span: [Span; 3],
}

/// Where the parts of a tile lie.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Slots {
    pub vertices: Slot,
    pub indices: Slot,
    pub instances: Slot,
    pub parts: Slot,
    pub segments: Slot,
    pub points: Slot,
    pub units: Slot,
    pub rows: Slot,
}

/// GPU memory of all mesh tiles.
#[derive(Debug)]
pub(crate) struct MeshPages {
    pub vertices: Pages,
    pub indices: Pages,
    pub instances: Pages,
    pub parts: Pages,
    pub segments: Pages,
    pub points: Pages,
    /// What the graphics card culls by.
    pub units: Pages,
    pub rows: Pages,
    /// The graphics card culls.
    culls: bool,
}

impl MeshPages {
    /// `culls`: tiles have what the graphics card culls by.
    pub(crate) fn new(culls: bool) -> Self {
        use wgpu::BufferUsages as Use;
        Self {
            vertices: Pages::new::<Vertex>("tile vertices", Use::VERTEX),
            indices: Pages::new::<u16>("tile indices", Use::INDEX),
            instances: Pages::new::<Instance>("tile instances", Use::VERTEX),
            parts: Pages::new::<Part>("tile parts", Use::STORAGE),
            segments: Pages::new::<Segment>("tile segments", Use::VERTEX),
            points: Pages::new::<Point>("tile points", Use::VERTEX),
            units: Pages::new::<Unit>("tile units", Use::STORAGE),
            rows: Pages::new::<ClusterRow>("tile clusters", Use::STORAGE),
            culls,
        }
    }

    fn take(
        &mut self,
        gpu: &Gpu,
        (tile, rows): (&MeshTile, &Rows),
        slots: &mut Slots,
    ) -> Result<(), RenderError> {
        slots.vertices = self.vertices.take(gpu, tile.vertices.len())?;
        slots.indices = self.indices.take(gpu, tile.indices.len())?;
        slots.instances = self.instances.take(gpu, tile.instances.len())?;
        slots.parts = self.parts.take(gpu, tile.parts.len())?;
        slots.segments = self.segments.take(gpu, tile.segments.len())?;
        slots.points = self.points.take(gpu, tile.points.len())?;
        slots.units = self.units.take(gpu, rows.units.len())?;
        slots.rows = self.rows.take(gpu, rows.clusters.len())?;
        Ok(())
    }

    fn write(&self, queue: &wgpu::Queue, (tile, rows): (&MeshTile, &Rows), s: &Slots) {
        self.vertices.write(queue, s.vertices, bytemuck::cast_slice(&tile.vertices));
        self.indices.write(queue, s.indices, bytemuck::cast_slice(&tile.indices));
        self.instances.write(queue, s.instances, bytemuck::cast_slice(&tile.instances));
        self.parts.write(queue, s.parts, bytemuck::cast_slice(&tile.parts));
        self.segments.write(queue, s.segments, bytemuck::cast_slice(&tile.segments));
        self.points.write(queue, s.points, bytemuck::cast_slice(&tile.points));
        self.units.write(queue, s.units, bytemuck::cast_slice(&rows.units));
        self.rows.write(queue, s.rows, bytemuck::cast_slice(&rows.clusters));
    }

    /// Frees a tile's slots.
    pub(crate) fn give_back(&mut self, s: &Slots) {
        self.vertices.give_back(s.vertices);
        self.indices.give_back(s.indices);
        self.instances.give_back(s.instances);
        self.parts.give_back(s.parts);
        self.segments.give_back(s.segments);
        self.points.give_back(s.points);
        self.units.give_back(s.units);
        self.rows.give_back(s.rows);
    }

    /// What a tile holds; not what it is culled by, which counts as what is between tiles.
    fn slots_bytes(&self, s: &Slots) -> u64 {
        self.vertices.slot_bytes(s.vertices)
            + self.indices.slot_bytes(s.indices)
            + self.instances.slot_bytes(s.instances)
            + self.parts.slot_bytes(s.parts)
            + self.segments.slot_bytes(s.segments)
            + self.points.slot_bytes(s.points)
    }

    /// All buffers together, with what is free in them, bytes.
    pub(crate) fn allocated_bytes(&self) -> u64 {
        self.vertices.allocated_bytes()
            + self.indices.allocated_bytes()
            + self.instances.allocated_bytes()
            + self.parts.allocated_bytes()
            + self.segments.allocated_bytes()
            + self.points.allocated_bytes()
            + self.units.allocated_bytes()
            + self.rows.allocated_bytes()
    }
}

/// One mesh tile on the GPU.
#[derive(Debug)]
pub(crate) struct MeshResident {
    pub origin: WorldPoint,
    pub bounds: Bounds,
    pub layer: TileLayer,
    pub clusters: Vec<ClusterResident>,
    pub slots: Slots,
    /// What draws of the graphics card's own choice are sorted into.
    pub lists: Vec<List>,
    pub base_row: u32,
    /// First row of the bound window.
    pub window_first: u32,
    pub bytes: u64,
    /// What is kept of it beside the GPU's buffers, bytes.
    pub kept_bytes: u64,
    /// Triangles that may hide others.
    pub occluders: Occluders,
    pub n_triangles: u64,
    /// Width of the thinnest faint line, meters, if it has no others: where that is wider than a pixel, none is drawn.
    pub faint_m: Option<f64>,
    /// Some material lets light through.
    pub has_glass: bool,
    /// Some material is invisible until a style colors it.
    pub has_tints: bool,
    /// Rows of its objects, ascending.
    rows: Vec<u32>,
    flags: u32,
    flags_revision: u64,
}

fn kept_bytes(clusters: &[ClusterResident], rows: &[u32]) -> u64 {
    let groups: usize = clusters.iter().map(|c| c.groups.capacity()).sum();
    (size_of_val(clusters) + groups * size_of::<FaceGroup>() + size_of_val(rows)) as u64
}

impl MeshResident {
    pub(crate) fn new(
        gpu: &Gpu,
        styles: &mut StyleTable,
        pages: &mut MeshPages,
        (tile, base_row): (&MeshTile, u32),
    ) -> Result<Self, RenderError> {
        tile.check().map_err(RenderError::BadTile)?;
        let row = |o: u32| {
            base_row.checked_add(o).ok_or(RenderError::BadTile("an object's row lies beyond the last one"))
        };
        let mut rows = tile.parts.iter().map(|p| row(p.object)).collect::<Result<Vec<_>, _>>()?;
        rows.sort_unstable();
        rows.dedup();
        rows.shrink_to_fit();
        let window_first = rows.first().copied().unwrap_or(base_row) / WINDOW_ALIGN * WINDOW_ALIGN;
        let end = u64::from(rows.last().copied().unwrap_or(base_row)) + 1;
        let span = end - u64::from(window_first);
        let limit = gpu.device.limits().max_storage_buffer_binding_size / 8;
        if span.next_power_of_two() > limit {
            return Err(RenderError::TooManyRows { rows: span, limit });
        }
        let clusters: Vec<_> = tile.clusters.iter().map(|c| cluster(c, tile)).collect();
        // Draped tiles lie flat on the ground: nothing hides them, and their order is that of their features.
        let stands = !matches!(tile.layer, TileLayer::Draped { .. });
        let mut rows_of_clusters = if pages.culls && stands { rows_of(&clusters) } else { Rows::default() };
        let mut slots = Slots::default();
        if let Err(e) = pages.take(gpu, (tile, &rows_of_clusters), &mut slots) {
            pages.give_back(&slots);
            return Err(e);
        }
        styles
            .reserve(usize::try_from(span).unwrap_or(usize::MAX), usize::try_from(end).unwrap_or(usize::MAX));
        rows_of_clusters.place(&slots);
        pages.write(&gpu.queue, (tile, &rows_of_clusters), &slots);
        let solid = tile.layer == TileLayer::Solid;
        let occluders = if solid { occluders(tile, base_row) } else { Occluders::default() };
        let lists = rows_of_clusters.lists;
        let kept_bytes = occluders.bytes() + kept_bytes(&clusters, &rows);
        Ok(Self {
            origin: tile.origin,
            bounds: tile.bounds,
            layer: tile.layer,
            clusters,
            slots,
            lists,
            base_row,
            window_first,
            bytes: pages.slots_bytes(&slots),
            kept_bytes,
            occluders,
            n_triangles: tile.n_triangles(),
            faint_m: tile
                .segments
                .iter()
                .all(Segment::is_faint)
                .then(|| tile.segments.iter().map(|s| f64::from(-s.width)).fold(f64::INFINITY, f64::min)),
            has_glass: tile.parts.iter().any(|p| (1..255).contains(&(p.rgba >> 24))),
            has_tints: tile.parts.iter().any(|p| p.rgba >> 24 == 0),
            rows,
            flags: 0,
            flags_revision: 0,
        })
    }

    /// Looks again which flags its objects have, if some may have changed.
    pub(crate) fn refresh_flags(&mut self, styles: &StyleTable) {
        let (Some(&first), Some(&last)) = (self.rows.first(), self.rows.last()) else { return };
        if self.flags_revision == 0 || styles.changed_since(self.flags_revision, first, last) {
            self.flags = styles.flags_among(&self.rows);
            self.flags_revision = styles.revision();
        }
    }

    /// Whether some object does not look as its material says.
    pub(crate) fn has_styles(&self) -> bool {
        self.flags & !StyleFlags::OUTLINE != 0
    }

    /// Whether a second overlay says something of some object.
    pub(crate) fn has_marks(&self) -> bool {
        self.flags & StyleFlags::OUTLINE != 0
    }

    pub(crate) fn has_selected(&self) -> bool {
        self.flags & StyleFlags::SELECTED != 0
    }

    pub(crate) fn has_patterns(&self) -> bool {
        self.flags & StyleFlags::PATTERN != 0
    }

    /// Whether some object is more translucent than its material.
    pub(crate) fn has_faded(&self) -> bool {
        self.flags & StyleFlags::FADED != 0
    }

    /// Whether something of it is seen through that is no ghost, if all of it is in sight.
    pub(crate) fn is_seen_through(&self) -> bool {
        let tinted = self.has_tints && self.flags & StyleFlags::COLORED != 0;
        // Lines and points of ghosts are thin paint.
        let thin = self.has_ghosts() && self.slots.segments.n + self.slots.points.n > 0;
        self.has_glass || tinted || thin || self.has_faded()
    }

    pub(crate) fn has_ghosts(&self) -> bool {
        self.flags & StyleFlags::GHOSTED != 0
    }
}

fn linear_part(i: &Instance) -> Mat3 {
    Mat3::from_cols_array_2d(&i.rows.map(|[x, y, z, _]| [x, y, z])).transpose()
}

/// -1, 0 or 1: mirrored, flat, upright.
fn handedness(m: &Mat3) -> i8 {
    let size = m.x_axis.length() * m.y_axis.length() * m.z_axis.length();
    let volume = m.determinant();
    if volume.abs() <= size * LEAST_VOLUME || !volume.is_finite() {
        0
    } else if volume > 0.0 {
        1
    } else {
        -1
    }
}

fn faces(c: &Cluster, tile: &MeshTile) -> Faces {
    let from = c.first_vertex as usize;
    let vertices = tile.vertices.get(from..from + c.n_vertices as usize).unwrap_or_default();
    match () {
        () if c.flat => Faces::Flat,
        () if vertices.iter().all(|v| v.normal == FLAT_NORMAL) => Faces::Slopes,
        () => Faces::Smooth,
    }
}

fn cluster(c: &Cluster, tile: &MeshTile) -> ClusterResident {
    let from = c.first_instance as usize;
    let instances = tile.instances.get(from..from + c.n_instances as usize).unwrap_or_default();
    let hands: Vec<i8> = instances.iter().map(|i| handedness(&linear_part(i))).collect();
    let all_are = |hand: i8| hands.iter().all(|h| *h == hand);
    let cull = match () {
        () if !c.single_sided => Cull::None,
        () if all_are(1) => Cull::Back,
        () if all_are(-1) => Cull::Front,
        () => Cull::None,
    };
    // Several instances look several ways.
    let one = match instances {
        [i] if cull != Cull::None => Some(linear_part(i)),
        _ => None,
    };
    let groups = c
        .ranges
        .iter()
        .map(|r| {
            let (min, max) = match instances {
                [i] => place_box(&i.matrix(), r),
                _ => (Vec3::from_array(c.min), Vec3::from_array(c.max)),
            };
            FaceGroup { first: r.first, n: r.n, facing: one.and_then(|m| facing(r, &m)), min, max }
        })
        .collect();
    ClusterResident {
        first_vertex: c.first_vertex,
        first_index: c.first_index,
        n_opaque: c.n_opaque,
        n_transparent: c.n_transparent,
        n_edges: c.n_edges,
        first_instance: c.first_instance,
        n_instances: c.n_instances,
        look: Look { cull, faces: faces(c, tile) },
        groups: if c.ranges.is_empty() {
            vec![FaceGroup {
                first: 0,
                n: c.n_opaque,
                facing: None,
                min: Vec3::from_array(c.min),
                max: Vec3::from_array(c.max),
            }]
        } else {
            groups
        },
        min: Vec3::from_array(c.min),
        max: Vec3::from_array(c.max),
        span: span_of(Vec3::from_array(c.min), Vec3::from_array(c.max)),
    }
}

/// The box of a range in the tile.
fn place_box(m: &Mat4, r: &FaceRange) -> (Vec3, Vec3) {
    let (lo, hi) = (r.min.map(f32::from), r.max.map(f32::from));
    let mut out = (Vec3::INFINITY, Vec3::NEG_INFINITY);
    for i in 0..8_usize {
        let corner = Vec3::from_array(std::array::from_fn(|k| {
            let from = if i >> k & 1 == 0 { lo } else { hi };
            from.get(k).copied().unwrap_or(0.0)
        }));
        let p = m.transform_point3(corner);
        out = (out.0.min(p), out.1.max(p));
    }
    out
}

/// Where faces look in the tile, and the sine of the largest angle to it.
fn facing(r: &FaceRange, m: &Mat3) -> Option<(Vec3, f32)> {
    let axis = Vec3::from_array(r.facing?.map(f32::from));
    let cos = r.cos_spread.clamp(-1.0, 1.0);
    if cos <= 0.0 || cos.is_nan() {
        return None;
    }
    let sin = (1.0 - cos * cos).max(0.0).sqrt();
    let lengths = [m.x_axis.length(), m.y_axis.length(), m.z_axis.length()];
    let (low, high) =
        (lengths.iter().copied().fold(f32::MAX, f32::min), lengths.iter().copied().fold(0.0, f32::max));
    let skewed =
        m.x_axis.dot(m.y_axis).abs().max(m.x_axis.dot(m.z_axis).abs()).max(m.y_axis.dot(m.z_axis).abs());
    let keeps_angles = high - low <= high * SAME_SCALE && skewed <= high * high * SAME_SCALE;
    if sin > 0.0 && !keeps_angles {
        return None;
    }
    // Outward stays outward in a mirror: the inverse transpose, without its sign lost.
    let axis = (m.inverse().transpose() * axis).try_normalize()?;
    Some((axis, sin))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instance(m: Mat3) -> Instance {
        let r = m.transpose().to_cols_array_2d();
        Instance { rows: r.map(|[x, y, z]| [x, y, z, 0.0]), first_part: 0 }
    }

    fn one(m: Mat3, facing: [i8; 3], cos_spread: f32) -> ClusterResident {
        let range = FaceRange { first: 0, n: 3, facing: Some(facing), cos_spread, min: [0; 3], max: [1; 3] };
        let c = Cluster {
            first_vertex: 0,
            n_vertices: 3,
            first_index: 0,
            n_opaque: 3,
            n_transparent: 0,
            n_edges: 0,
            single_sided: true,
            flat: false,
            ranges: vec![range],
            first_instance: 0,
            n_instances: 1,
            min: [0.0; 3],
            max: [1.0; 3],
        };
        let tile = MeshTile {
            origin: WorldPoint::new(0.0, 0.0, 0.0),
            bounds: Bounds::EMPTY,
            layer: TileLayer::Solid,
            parts: Vec::new(),
            vertices: Vec::new(),
            indices: Vec::new(),
            instances: vec![instance(m)],
            clusters: Vec::new(),
            segments: Vec::new(),
            points: Vec::new(),
        };
        cluster(&c, &tile)
    }

    #[test]
    fn a_mirrored_shape_culls_the_other_side_and_faces_stay_outward() {
        let step = Mat3::from_diagonal(Vec3::splat(1e-3));
        let c = one(step, [127, 0, 0], 1.0);
        assert_eq!(c.look.cull, Cull::Back);
        assert!(c.groups[0].facing.unwrap().0.abs_diff_eq(Vec3::X, 1e-5));
        let mirrored = one(Mat3::from_diagonal(Vec3::new(-1e-3, 1e-3, 1e-3)), [127, 0, 0], 1.0);
        assert_eq!(mirrored.look.cull, Cull::Front);
        assert!(mirrored.groups[0].facing.unwrap().0.abs_diff_eq(-Vec3::X, 1e-5));
        let flat = one(Mat3::from_diagonal(Vec3::new(0.0, 1e-3, 1e-3)), [127, 0, 0], 1.0);
        assert_eq!((flat.look.cull, flat.groups[0].facing), (Cull::None, None));
    }

    #[test]
    fn stretched_faces_turn_like_planes_and_a_spread_is_not_trusted_then() {
        let stretch = Mat3::from_diagonal(Vec3::new(2e-3, 1e-3, 1e-3));
        let n = one(stretch, [90, 90, 0], 1.0).groups[0].facing.unwrap().0;
        assert!(n.abs_diff_eq(Vec3::new(1.0, 2.0, 0.0) / 5.0_f32.sqrt(), 1e-4), "{n}");
        assert_eq!(one(stretch, [90, 90, 0], 0.99).groups[0].facing, None);
        let turned = Mat3::from_rotation_z(0.5) * Mat3::from_diagonal(Vec3::splat(1e-3));
        let (n, sin) = one(turned, [127, 0, 0], 0.8).groups[0].facing.unwrap();
        assert!(n.abs_diff_eq(Mat3::from_rotation_z(0.5) * Vec3::X, 1e-4) && (sin - 0.6).abs() < 1e-6);
    }
}
