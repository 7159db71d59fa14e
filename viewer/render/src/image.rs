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
    let Part { window, extent, .. } = part;
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
    let mut rgba = read_texture(&renderer.gpu, &texture, (first_kept(part), *extent), 4)?;
    if swap {
        rgba.as_chunks_mut::<4>().0.iter_mut().for_each(|p| p.swap(0, 2));
    }
    let [width, height] = *extent;
    Ok(Picture { width, height, rgba, stats })
}

/// Lays what is kept of a part over the whole picture: from `drawn`, which is as large as the part's window and has
/// `COPY_SRC`, onto `picture`, which has `COPY_DST` and the same format.
pub fn lay_part(gpu: &Gpu, part: &Part, drawn: &wgpu::Texture, picture: &wgpu::Texture) {
    let at = |texture, [x, y]: [u32; 2]| wgpu::TexelCopyTextureInfo {
        texture,
        mip_level: 0,
        origin: wgpu::Origin3d { x, y, z: 0 },
        aspect: wgpu::TextureAspect::All,
    };
    let [width, height] = part.extent;
    let desc = wgpu::CommandEncoderDescriptor { label: Some("part of a picture") };
    let mut encoder = gpu.device.create_command_encoder(&desc);
    encoder.copy_texture_to_texture(
        at(drawn, first_kept(part)),
        at(picture, part.corner),
        wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
    );
    gpu.queue.submit([encoder.finish()]);
}

/// Reads a texture of four channels of 8 bits with `COPY_SRC` back, in the order of its channels, rows without padding.
///
/// # Errors
/// What the device reports.
pub fn read_picture(gpu: &Gpu, texture: &wgpu::Texture) -> Result<Vec<u8>, RenderError> {
    read_texture(gpu, texture, ([0, 0], [texture.width(), texture.height()]), 4)
}

/// The first pixel that is kept of what is drawn for a part.
fn first_kept(part: &Part) -> [u32; 2] {
    let ([x, y], [left, top]) = (part.corner, part.window.corner);
    [x.saturating_sub(left), y.saturating_sub(top)]
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
