//! Ground tiles on the GPU: heights with normals, and a photo with its smaller copies.

use glam::Vec3;
use lantu_base::{Bounds, WorldPoint};
use lantu_tiles::GroundTile;

use crate::error::RenderError;
use crate::gpu::Gpu;
use crate::layouts::{Layouts, bind_group};
use crate::uniforms::{GroundVertex, narrow};

/// Color of ground without a photo, sRGB: light paper.
const PAPER: [u8; 4] = [226, 226, 220, 255];
/// Heights a side above which a tile is not taken: indices of the grid and its skirt stay below 2³².
const MAX_SIDE: u32 = 8192;

/// One ground tile on the GPU.
#[derive(Debug)]
pub(crate) struct GroundResident {
    pub origin: WorldPoint,
    pub bounds: Bounds,
    pub n: u32,
    pub spacing_m: f64,
    pub vertices: wgpu::Buffer,
    pub photo: wgpu::BindGroup,
    pub bytes: u64,
}

impl GroundResident {
    pub(crate) fn new(
        gpu: &Gpu,
        layouts: &Layouts,
        sampler: &wgpu::Sampler,
        tile: &GroundTile,
    ) -> Result<Self, RenderError> {
        let n = tile.n as usize;
        if !(2..=MAX_SIDE).contains(&tile.n) || tile.heights.len() != n * n || tile.measured.len() != n * n {
            return Err(RenderError::BadTile("its heights do not fill a square of 2 to 8192 a side"));
        }
        let px = tile.texture_px;
        if tile.texture.len() != px as usize * px as usize * 4 {
            return Err(RenderError::BadTile("its photo does not fill a square"));
        }
        let vertices = vertices(tile);
        let bytes: &[u8] = bytemuck::cast_slice(&vertices);
        let made =
            gpu.allocate(|d| make_buffer(d, "ground vertices", wgpu::BufferUsages::VERTEX, &[bytes]))?;
        let Some(buffer) = made else {
            return Err(RenderError::BadTile("it has no heights"));
        };
        let right = tile.texture_right.as_deref();
        if right.is_some_and(|r| r.len() != tile.texture.len()) {
            return Err(RenderError::BadTile("its photos are not of one size"));
        }
        let (texture, texture_bytes) = if px == 0 {
            photo_texture(gpu, 1, &[&PAPER])?
        } else {
            gpu.check_size([px, px])?;
            let layers: Vec<&[u8]> = std::iter::once(tile.texture.as_slice()).chain(right).collect();
            photo_texture(gpu, px, &layers)?
        };
        let view = texture.create_view(&wgpu::TextureViewDescriptor {
            dimension: Some(wgpu::TextureViewDimension::D2Array),
            ..Default::default()
        });
        let resources = [wgpu::BindingResource::TextureView(&view), wgpu::BindingResource::Sampler(sampler)];
        let mut bounds = tile.bounds;
        bounds.min.z -= f64::from(tile.skirt_m.max(0.0));
        Ok(Self {
            origin: tile.origin,
            bounds,
            n: tile.n,
            spacing_m: tile.spacing_m,
            vertices: buffer,
            photo: bind_group(&gpu.device, "ground photo", &layouts.photo, &resources),
            bytes: bytes.len() as u64 + texture_bytes,
        })
    }
}

/// A buffer with contents; `None` without any.
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

/// Bit of a packed normal that says that the height was measured: the lowest one of x, 3·10⁻⁵ of the direction.
const MEASURED: u32 = 1;

/// Packs a direction as octahedral coordinates: two i16 snorm, x in the low half; no direction becomes straight up.
fn pack_normal(n: Vec3) -> u32 {
    let n = n.try_normalize().unwrap_or(Vec3::Z);
    let l1 = n.x.abs() + n.y.abs() + n.z.abs();
    let (mut x, mut y) = (n.x / l1, n.y / l1);
    if n.z < 0.0 {
        (x, y) = ((1.0 - y.abs()).copysign(x), (1.0 - x.abs()).copysign(y));
    }
    #[expect(clippy::cast_possible_truncation, reason = "clamped to ±32767 before the cast")]
    let snorm = |v: f32| u32::from(((v.clamp(-1.0, 1.0) * 32767.0).round() as i16).cast_unsigned());
    snorm(x) | snorm(y) << 16
}

/// The grid row by row, then the skirt's south, north, west and east rows.
fn vertices(tile: &GroundTile) -> Vec<GroundVertex> {
    let n = tile.n as usize;
    let h = |x: usize, y: usize| tile.heights.get(y * n + x).copied().unwrap_or(0.0);
    let step = narrow(tile.spacing_m);
    let slope = |lo: f32, hi: f32, cells: usize| (hi - lo) / (step * cells.max(1) as f32);
    let mut out = Vec::with_capacity(n * n + 4 * n);
    for y in 0..n {
        for x in 0..n {
            let (x0, x1) = (x.saturating_sub(1), (x + 1).min(n - 1));
            let (y0, y1) = (y.saturating_sub(1), (y + 1).min(n - 1));
            let dx = slope(h(x0, y), h(x1, y), x1 - x0);
            let dy = slope(h(x, y0), h(x, y1), y1 - y0);
            let measured = tile.measured.get(y * n + x).copied().unwrap_or(false);
            let normal = pack_normal(Vec3::new(-dx, -dy, 1.0)) & !MEASURED;
            out.push(GroundVertex { height: h(x, y), normal: normal | u32::from(measured) });
        }
    }
    let last = n - 1;
    for side in 0..4 {
        for t in 0..n {
            let (x, y) = match side {
                0 => (t, 0),
                1 => (t, last),
                2 => (0, t),
                _ => (last, t),
            };
            let top = out.get(y * n + x).copied();
            let top = top.unwrap_or(GroundVertex { height: 0.0, normal: 0 });
            out.push(GroundVertex { height: top.height - tile.skirt_m, ..top });
        }
    }
    out
}

/// Triangles of a grid of `n` heights a side and its skirt.
pub(crate) fn grid_indices(n: u32) -> Vec<u32> {
    let cells = (n - 1) as usize;
    let mut out = Vec::with_capacity(cells * cells * 6 + cells * 24);
    for y in 0..n - 1 {
        for x in 0..n - 1 {
            let a = y * n + x;
            out.extend([a, a + 1, a + n + 1, a, a + n + 1, a + n]);
        }
    }
    for side in 0..4 {
        for t in 0..n - 1 {
            let edge = |t: u32| match side {
                0 => t,
                1 => (n - 1) * n + t,
                2 => t * n,
                _ => t * n + n - 1,
            };
            let (a, b) = (edge(t), edge(t + 1));
            let (c, d) = (n * n + side * n + t, n * n + side * n + t + 1);
            out.extend([a, b, d, a, d, c]);
        }
    }
    out
}

/// A texture with a layer for each picture and all their smaller copies, and its size in bytes.
fn photo_texture(gpu: &Gpu, px: u32, layers: &[&[u8]]) -> Result<(wgpu::Texture, u64), RenderError> {
    let mip_level_count = px.ilog2() + 1;
    let n_layers = if layers.len() > 1 { 2 } else { 1 };
    let size = wgpu::Extent3d { width: px, height: px, depth_or_array_layers: n_layers };
    let desc = wgpu::TextureDescriptor {
        label: Some("ground photo"),
        size,
        mip_level_count,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        // Filtered as bytes and made linear by the shader: a processor would convert each texel.
        format: wgpu::TextureFormat::Rgba8Unorm,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    };
    let texture = gpu.allocate(|device| device.create_texture(&desc))?;
    gpu.check()?;
    let mut bytes = 0;
    for (z, rgba) in (0..n_layers).zip(layers) {
        let mut level = std::borrow::Cow::Borrowed(*rgba);
        let mut edge = px;
        for mip_level in 0..mip_level_count {
            let origin = wgpu::Origin3d { x: 0, y: 0, z };
            let target = wgpu::TexelCopyTextureInfo { mip_level, origin, ..texture.as_image_copy() };
            let layout = wgpu::TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(edge * 4),
                rows_per_image: None,
            };
            let extent = wgpu::Extent3d { width: edge, height: edge, depth_or_array_layers: 1 };
            gpu.queue.write_texture(target, &level, layout, extent);
            bytes += level.len() as u64;
            if edge > 1 {
                level = std::borrow::Cow::Owned(halved(&level, edge as usize));
                edge /= 2;
            }
        }
    }
    Ok((texture, bytes))
}

/// Half the edge, four pixels averaged. Squares stand for linear light: within 2 % of it.
fn halved(rgba: &[u8], edge: usize) -> Vec<u8> {
    let half = edge / 2;
    let mut out = Vec::with_capacity(half * half * 4);
    for y in 0..half {
        for x in 0..half {
            for c in 0..4 {
                let at = |dx: usize, dy: usize| {
                    let v = rgba.get(((2 * y + dy) * edge + 2 * x + dx) * 4 + c).copied().unwrap_or(0);
                    u32::from(v) * u32::from(v)
                };
                let mean = (at(0, 0) + at(1, 0) + at(0, 1) + at(1, 1) + 2) / 4;
                out.push(u8::try_from(mean.isqrt()).unwrap_or(u8::MAX));
            }
        }
    }
    out
}
