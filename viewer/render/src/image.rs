//! Pictures without a window.

use crate::error::RenderError;
use crate::gpu::Gpu;
use crate::input::{FrameInput, FrameStats};
use crate::parts::{Part, Window};
use crate::renderer::Renderer;

/// A picture that was read back.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// `width × height × 4` bytes, sRGB, row 0 on top, opaque.
    pub rgba: Vec<u8>,
    /// What it cost.
    pub stats: FrameStats,
}

/// Draws one frame and reads it back. The same input and resident tiles give the same bytes on the same adapter.
///
/// # Errors
/// [`RenderError::Size`] above the adapter's texture limit, [`RenderError::Invalid`] if the renderer's color format
/// has not 8 bits for each of four channels, or what the device reports.
pub fn render_image(
    renderer: &mut Renderer,
    size: [u32; 2],
    input: &FrameInput<'_>,
) -> Result<Picture, RenderError> {
    let part = Part { window: Window::whole(size), corner: [0, 0], extent: size };
    render_part(renderer, &part, input)
}

/// Draws a part of a picture, see [`crate::parts()`], and reads back what is kept of it. `input.camera` is that of the whole
/// picture. Parts beside each other are what one piece would be, if the renderer is made for
/// [`crate::RenderConfig::pictures`], all tiles that throw shadows are resident, and [`Options::skip_hidden`] is off.
///
/// # Errors
/// As [`render_image`]; [`RenderError::Invalid`] also for a part of a renderer that is not made for parts.
///
/// [`Options::skip_hidden`]: crate::Options::skip_hidden
pub fn render_part(
    renderer: &mut Renderer,
    part: &Part,
    input: &FrameInput<'_>,
) -> Result<Picture, RenderError> {
    use wgpu::TextureFormat as F;
    let format = renderer.color_format();
    let swap = match format {
        F::Rgba8Unorm | F::Rgba8UnormSrgb => false,
        F::Bgra8Unorm | F::Bgra8UnormSrgb => true,
        other => return Err(RenderError::Invalid(format!("pictures are not read back from {other:?}"))),
    };
    let Part { window, corner, extent } = part;
    if *window != Window::whole(window.picture) && !renderer.config.parts {
        return Err(RenderError::Invalid("this renderer is not made for parts of pictures".to_owned()));
    }
    renderer.gpu.check_size(window.extent)?;
    let texture = renderer.gpu.device.create_texture(&wgpu::TextureDescriptor {
        label: Some("picture"),
        size: wgpu::Extent3d { width: window.extent[0], height: window.extent[1], depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
        view_formats: &[],
    });
    renderer.gpu.check()?;
    let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
    let stats = renderer.render_window(&view, window, input)?;
    let first = [0, 1].map(|k| match (corner.get(k), window.corner.get(k)) {
        (Some(kept), Some(drawn)) => kept.saturating_sub(*drawn),
        _ => 0,
    });
    let mut rgba = read_texture(&renderer.gpu, &texture, (first, *extent), 4)?;
    if swap {
        rgba.as_chunks_mut::<4>().0.iter_mut().for_each(|p| p.swap(0, 2));
    }
    let [width, height] = *extent;
    Ok(Picture { width, height, rgba, stats })
}

/// Bytes of a rectangle (first pixel, extent) of a texture with `COPY_SRC`, rows without padding.
pub(crate) fn read_texture(
    gpu: &Gpu,
    texture: &wgpu::Texture,
    ([x, y], [width, height]): ([u32; 2], [u32; 2]),
    pixel_bytes: u32,
) -> Result<Vec<u8>, RenderError> {
    let row_bytes = width * pixel_bytes;
    let padded = row_bytes.next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT);
    let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("readback"),
        size: u64::from(padded) * u64::from(height),
        usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
        mapped_at_creation: false,
    });
    gpu.check()?;
    let desc = wgpu::CommandEncoderDescriptor { label: Some("readback") };
    let mut encoder = gpu.device.create_command_encoder(&desc);
    let layout = wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(padded), rows_per_image: None };
    encoder.copy_texture_to_buffer(
        wgpu::TexelCopyTextureInfo { origin: wgpu::Origin3d { x, y, z: 0 }, ..texture.as_image_copy() },
        wgpu::TexelCopyBufferInfo { buffer: &buffer, layout },
        wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
    );
    gpu.queue.submit([encoder.finish()]);
    let bytes = gpu.read(&buffer)?;
    let mut out = Vec::with_capacity(row_bytes as usize * height as usize);
    for row in bytes.chunks(padded as usize) {
        out.extend_from_slice(row.get(..row_bytes as usize).unwrap_or_default());
    }
    Ok(out)
}
