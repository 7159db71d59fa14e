//! Mesh tiles on the GPU.

use bytemuck::{Pod, Zeroable};
use glam::{DVec3, Vec3};
use lantu_base::{Bounds, StyleFlags, WorldPoint};
use lantu_tiles::{FLAT_NORMAL, MeshTile, TileLayer, unpack_normal};

use crate::error::RenderError;
use crate::styles::StyleTable;

/// Style windows start at multiples of this many rows: 256 bytes.
const WINDOW_ALIGN: u32 = 32;

/// One vertex as shaders read it, 24 bytes. Mirrors `Vertex` in `shaders/common/vertex.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
pub(crate) struct Vertex {
    pub position: [f32; 3],
    pub normal: u32,
    pub rgba: u32,
    pub object: u32,
}

/// A line as shaders read it, 32 bytes. Mirrors `Segment` in `shaders/common/segment.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
pub(crate) struct Segment {
    pub a: [f32; 3],
    pub b: [f32; 3],
    pub rgba: u32,
    pub object: u32,
}

/// A tile's clusters, written out once for each of their instances.
#[derive(Default)]
struct Expanded {
    vertices: Vec<Vertex>,
    opaque: Vec<u32>,
    transparent: Vec<u32>,
    edges: Vec<u32>,
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to ±32767 before the cast"
)]
pub(crate) fn pack_normal(n: Vec3) -> u32 {
    let n = n.try_normalize().unwrap_or(Vec3::Z);
    let l1 = n.x.abs() + n.y.abs() + n.z.abs();
    let (mut x, mut y) = (n.x / l1, n.y / l1);
    if n.z < 0.0 {
        (x, y) = ((1.0 - y.abs()).copysign(x), (1.0 - x.abs()).copysign(y));
    }
    let snorm = |v: f32| u32::from((v.clamp(-1.0, 1.0) * 32767.0).round() as i16 as u16);
    snorm(x) | snorm(y) << 16
}

// TODO(#4): remove when shaders read the twelve-byte vertices and instances themselves.
fn expand(tile: &MeshTile) -> Result<Expanded, RenderError> {
    const MISFIT: RenderError = RenderError::BadTile("its clusters do not fit its buffers");
    let mut out = Expanded::default();
    for c in &tile.clusters {
        let slice = |first: u32, n: u32| first as usize..first as usize + n as usize;
        let instances = tile.instances.get(slice(c.first_instance, c.n_instances)).ok_or(MISFIT)?;
        let indices = tile.indices.get(c.first_index as usize..).ok_or(MISFIT)?;
        for instance in instances {
            let vertex = |i: u16| tile.vertices.get(c.first_vertex as usize + usize::from(i)).ok_or(MISFIT);
            let place = |i: u16| Ok::<DVec3, RenderError>(instance.place(vertex(i)?.position));
            let turn = glam::Mat3::from_mat4(instance.matrix()).inverse().transpose();
            for (k, t) in
                indices.chunks_exact(3).take((c.n_opaque + c.n_transparent) as usize / 3).enumerate()
            {
                let &[a, b, d] = t else { continue };
                let (pa, pb, pd) = (place(a)?, place(b)?, place(d)?);
                let face = (pb - pa).cross(pd - pa).as_vec3().try_normalize().unwrap_or(Vec3::Z);
                for (i, p) in [(a, pa), (b, pb), (d, pd)] {
                    let v = vertex(i)?;
                    let smooth = || (turn * unpack_normal(v.normal)).try_normalize().unwrap_or(Vec3::Z);
                    let normal = if v.normal == FLAT_NORMAL { face } else { smooth() };
                    let part = tile.parts.get((v.part + instance.first_part) as usize).ok_or(MISFIT)?;
                    let n = count(out.vertices.len())?;
                    let target =
                        if k * 3 < c.n_opaque as usize { &mut out.opaque } else { &mut out.transparent };
                    target.push(n);
                    out.vertices.push(Vertex {
                        position: p.as_vec3().to_array(),
                        normal: pack_normal(normal),
                        rgba: part.rgba,
                        object: part.object,
                    });
                }
            }
            let edges = indices.get((c.n_opaque + c.n_transparent) as usize..).ok_or(MISFIT)?;
            for &i in edges.iter().take(c.n_edges as usize) {
                let v = vertex(i)?;
                let part = tile.parts.get((v.part + instance.first_part) as usize).ok_or(MISFIT)?;
                out.edges.push(count(out.vertices.len())?);
                let position = place(i)?.as_vec3().to_array();
                out.vertices.push(Vertex { position, normal: 0, rgba: part.rgba, object: part.object });
            }
        }
    }
    Ok(out)
}

/// One mesh tile on the GPU.
#[derive(Debug)]
pub(crate) struct MeshResident {
    pub origin: WorldPoint,
    pub bounds: Bounds,
    pub layer: TileLayer,
    pub vertices: Option<wgpu::Buffer>,
    /// Triangles, then edges.
    pub indices: Option<wgpu::Buffer>,
    pub n_indices: u32,
    pub first_transparent: u32,
    pub n_edge_indices: u32,
    pub segments: Option<wgpu::Buffer>,
    pub n_segments: u32,
    pub base_row: u32,
    /// First row of the bound window.
    pub window_first: u32,
    pub bytes: u64,
    /// Rows of its objects, ascending.
    rows: Vec<u32>,
    flags: u32,
    flags_revision: u64,
}

pub(crate) fn make_buffer(
    device: &wgpu::Device,
    label: &str,
    usage: wgpu::BufferUsages,
    parts: &[&[u8]],
) -> Option<wgpu::Buffer> {
    let size: usize = parts.iter().map(|p| p.len()).sum();
    if size == 0 {
        return None;
    }
    let desc = wgpu::BufferDescriptor {
        label: Some(label),
        size: (size as u64).next_multiple_of(wgpu::COPY_BUFFER_ALIGNMENT),
        usage,
        mapped_at_creation: true,
    };
    let buffer = device.create_buffer(&desc);
    // An error here is a fault that the device has reported already.
    if let Ok(mut view) = buffer.slice(..).get_mapped_range_mut() {
        let mut at = 0;
        for part in parts {
            view.slice(at..at + part.len()).copy_from_slice(part);
            at += part.len();
        }
    }
    buffer.unmap();
    Some(buffer)
}

fn count(n: usize) -> Result<u32, RenderError> {
    u32::try_from(n).map_err(|_too_large| RenderError::BadTile("it has more than 2³² parts"))
}

impl MeshResident {
    pub(crate) fn new(
        device: &wgpu::Device,
        styles: &mut StyleTable,
        tile: &MeshTile,
        base_row: u32,
    ) -> Result<Self, RenderError> {
        tile.check().map_err(RenderError::BadTile)?;
        let expanded = expand(tile)?;
        let n_indices = count(expanded.opaque.len() + expanded.transparent.len())?;
        let segments: Vec<Segment> = tile
            .segments
            .iter()
            .filter_map(|s| {
                let part = tile.parts.get(s.part as usize)?;
                Some(Segment { a: s.a, b: s.b, rgba: part.rgba, object: part.object })
            })
            .collect();
        let mut rows: Vec<u32> = tile.parts.iter().map(|p| base_row.saturating_add(p.object)).collect();
        rows.sort_unstable();
        rows.dedup();
        rows.shrink_to_fit();
        let window_first = rows.first().copied().unwrap_or(base_row) / WINDOW_ALIGN * WINDOW_ALIGN;
        let end = u64::from(rows.last().copied().unwrap_or(base_row)) + 1;
        let span = end - u64::from(window_first);
        let limit = device.limits().max_storage_buffer_binding_size / 8;
        if span.next_power_of_two() > limit {
            return Err(RenderError::TooManyRows { rows: span, limit });
        }
        styles
            .reserve(usize::try_from(span).unwrap_or(usize::MAX), usize::try_from(end).unwrap_or(usize::MAX));
        let [opaque, transparent, edges]: [&[u8]; 3] =
            [&expanded.opaque, &expanded.transparent, &expanded.edges].map(|v| bytemuck::cast_slice(v));
        Ok(Self {
            origin: tile.origin,
            bounds: tile.bounds,
            layer: tile.layer,
            vertices: make_buffer(
                device,
                "tile vertices",
                wgpu::BufferUsages::VERTEX,
                &[bytemuck::cast_slice(&expanded.vertices)],
            ),
            indices: make_buffer(
                device,
                "tile indices",
                wgpu::BufferUsages::INDEX,
                &[opaque, transparent, edges],
            ),
            n_indices,
            first_transparent: count(expanded.opaque.len())?,
            n_edge_indices: count(expanded.edges.len())?,
            segments: make_buffer(
                device,
                "tile segments",
                wgpu::BufferUsages::VERTEX,
                &[bytemuck::cast_slice(&segments)],
            ),
            n_segments: count(segments.len())?,
            base_row,
            window_first,
            bytes: (size_of_val(expanded.vertices.as_slice())
                + opaque.len()
                + transparent.len()
                + edges.len()
                + size_of_val(segments.as_slice())) as u64,
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

    pub(crate) fn has_selected(&self) -> bool {
        self.flags & StyleFlags::SELECTED != 0
    }

    pub(crate) fn has_patterns(&self) -> bool {
        self.flags >> StyleFlags::PATTERN_SHIFT != 0
    }

    pub(crate) fn has_ghosts(&self) -> bool {
        self.flags & StyleFlags::GHOSTED != 0
    }
}
