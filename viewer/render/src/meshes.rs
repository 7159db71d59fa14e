//! Mesh tiles on the GPU.

use lantu_base::{Bounds, StyleFlags, WorldPoint};
use lantu_tiles::{MeshTile, TileLayer};

use crate::error::RenderError;
use crate::styles::StyleTable;

/// Style windows start at multiples of this many rows: 256 bytes.
const WINDOW_ALIGN: u32 = 32;

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
        let n_vertices = count(tile.vertices.len())?;
        if tile.indices.iter().chain(&tile.edges).any(|&i| i >= n_vertices) {
            return Err(RenderError::BadTile("an index points past the vertices"));
        }
        let n_indices = count(tile.indices.len() / 3 * 3)?;
        if tile.first_transparent > n_indices || !tile.first_transparent.is_multiple_of(3) {
            return Err(RenderError::BadTile("its translucent part starts inside or past a triangle"));
        }
        let objects = tile.vertices.iter().map(|v| v.object).chain(tile.segments.iter().map(|s| s.object));
        let mut rows: Vec<u32> = objects.map(|o| base_row.saturating_add(o)).collect();
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
        let indices: &[u8] = bytemuck::cast_slice(tile.indices.get(..n_indices as usize).unwrap_or_default());
        let edges: &[u8] = bytemuck::cast_slice(&tile.edges);
        Ok(Self {
            origin: tile.origin,
            bounds: tile.bounds,
            layer: tile.layer,
            vertices: make_buffer(
                device,
                "tile vertices",
                wgpu::BufferUsages::VERTEX,
                &[bytemuck::cast_slice(&tile.vertices)],
            ),
            indices: make_buffer(device, "tile indices", wgpu::BufferUsages::INDEX, &[indices, edges]),
            n_indices,
            first_transparent: tile.first_transparent,
            n_edge_indices: count(tile.edges.len() / 2 * 2)?,
            segments: make_buffer(
                device,
                "tile segments",
                wgpu::BufferUsages::VERTEX,
                &[bytemuck::cast_slice(&tile.segments)],
            ),
            n_segments: count(tile.segments.len())?,
            base_row,
            window_first,
            bytes: tile.bytes(),
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
