//! What lies under the pointer: ids and depths of a few pixels, drawn on demand and read back at once.

use glam::{DMat4, DVec2, DVec3, DVec4};
use lantu_base::{ObjectRow, WorldPoint};
use lantu_tiles::TileLayer;

use crate::buffers::frame_uniform;
use crate::camera::NEAR_M;
use crate::draw::depth_attachment;
use crate::drawing::{Drawing, Part, Walk};
use crate::error::RenderError;
use crate::gpu_cull::Culling;
use crate::image::read_texture;
use crate::input::{FrameInput, FrameStats, Options};
use crate::list::{FrameList, MeshItem};
use crate::parts::Window;
use crate::passes::PassSpec;
use crate::pipelines::{Key, PICK_FORMAT, Shape};
use crate::post::cleared;
use crate::renderer::Renderer;
use crate::targets::{DEPTH_FORMAT, target};

/// What was hit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pick {
    /// The object; `None` on bare ground.
    pub row: Option<ObjectRow>,
    /// Where.
    pub position: WorldPoint,
}

impl Renderer {
    /// What the picture of `input` shows at a pixel; `None` for the sky. Waits for the GPU: a few milliseconds.
    ///
    /// Under a translucent ground what is buried is hit first.
    ///
    /// # Errors
    /// [`RenderError::Size`], or what the device reports.
    pub fn pick(
        &mut self,
        input: &FrameInput<'_>,
        size: [u32; 2],
        pixel: [u32; 2],
    ) -> Result<Option<Pick>, RenderError> {
        let ids = self.pick_ids(input, size, ([pixel[0], pixel[1]], [1, 1]))?;
        let Some(&[id, depth_bits]) = ids.first() else { return Ok(None) };
        let depth = f64::from(f32::from_bits(depth_bits));
        if depth <= 0.0 {
            return Ok(None);
        }
        let center = DVec2::new(f64::from(pixel[0]) + 0.5, f64::from(pixel[1]) + 0.5);
        let position = input.camera.eye.0 + input.camera.through(center, size) * (NEAR_M / depth);
        Ok(Some(Pick { row: id.checked_sub(1).map(ObjectRow), position: WorldPoint(position) }))
    }

    /// Every object that shows in a rectangle of pixels (`corner`, `extent`), ascending.
    ///
    /// # Errors
    /// As [`Renderer::pick`].
    pub fn pick_rect(
        &mut self,
        input: &FrameInput<'_>,
        size: [u32; 2],
        corner: [u32; 2],
        extent: [u32; 2],
    ) -> Result<Vec<ObjectRow>, RenderError> {
        let ids = self.pick_ids(input, size, (corner, extent))?;
        let mut rows: Vec<_> =
            ids.into_iter().filter_map(|[id, _]| id.checked_sub(1).map(ObjectRow)).collect();
        rows.sort_unstable();
        rows.dedup();
        Ok(rows)
    }

    /// Row + 1 and bits of the depth for each pixel of a rectangle, row by row.
    fn pick_ids(
        &mut self,
        input: &FrameInput<'_>,
        size: [u32; 2],
        (corner, extent): ([u32; 2], [u32; 2]),
    ) -> Result<Vec<[u32; 2]>, RenderError> {
        // What its passes read is written over.
        self.unfinished = None;
        self.walk.set(Walk::default());
        self.gpu.check_size(size)?;
        self.gpu.check_size(extent)?;
        let window = Window::whole(size);
        let mut list = self.list(input, &window, Culling::Cpu);
        self.keep_near(&mut list, input, size, (corner, extent));
        self.prepare(&list);
        let mut uniform = frame_uniform(input, &window, None);
        uniform.clip_from_eye = (crop(size, corner, extent) * input.camera.clip_from_eye(size)).as_mat4();
        // Lines are measured in pixels of the target.
        uniform.view[0] = extent[0] as f32;
        uniform.view[1] = extent[1] as f32;
        self.gpu.queue.write_buffer(&self.uniforms.frame, 0, bytemuck::bytes_of(&uniform));
        let device = &self.gpu.device;
        let ids = device.create_texture(&wgpu::TextureDescriptor {
            label: Some("pick ids"),
            size: wgpu::Extent3d { width: extent[0], height: extent[1], depth_or_array_layers: 1 },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: PICK_FORMAT,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
            view_formats: &[],
        });
        let depth = target(device, "pick depth", extent, DEPTH_FORMAT, 1)
            .create_view(&wgpu::TextureViewDescriptor::default());
        let mut encoder =
            device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("pick") });
        let view = ids.create_view(&wgpu::TextureViewDescriptor::default());
        self.draw_ids(&mut encoder, (&view, &depth), &list, &input.options);
        self.submit(encoder);
        let bytes = read_texture(&self.gpu, &ids, ([0, 0], extent), 8)?;
        Ok(bytes.as_chunks::<8>().0.iter().map(|b| bytemuck::cast(*b)).collect())
    }

    /// Leaves out tiles that a small rectangle cannot show: their vertices would be computed for nothing.
    fn keep_near(
        &self,
        list: &mut FrameList,
        input: &FrameInput<'_>,
        size: [u32; 2],
        (corner, extent): ([u32; 2], [u32; 2]),
    ) {
        let middle = DVec2::new(
            f64::from(corner[0]) + f64::from(extent[0]) * 0.5,
            f64::from(corner[1]) + f64::from(extent[1]) * 0.5,
        );
        let ray = input.camera.ray(middle, size);
        // A line is picked a few pixels beside it, and a pulled layer somewhat before it.
        let margin_px = f64::from(extent[0].max(extent[1])) * 0.75 + 8.0;
        let view = input.camera.view(size);
        // What is small on the screen may be large in a scene whose heights are stretched.
        let bent = view.stretch.longest() / view.stretch.shortest();
        let spread = (2.0 * margin_px / view.px_per_radian() + 0.01) * bent;
        let near = |b: &lantu_base::Bounds| {
            let center = b.center();
            let along = (center - ray.origin.0).dot(ray.direction).max(0.0);
            let off = (ray.origin.0 + ray.direction * along).distance(center);
            let radius = b.size().length() * 0.5;
            off <= radius + (along + radius) * spread
        };
        for m in &mut list.meshes {
            m.visible &= self.meshes.get(&m.key).is_some_and(|r| near(&r.bounds));
        }
        list.ground.retain(|g| self.ground.get(&g.id).is_some_and(|r| near(&r.bounds)));
    }

    fn draw_ids(
        &self,
        encoder: &mut wgpu::CommandEncoder,
        (ids, depth): (&wgpu::TextureView, &wgpu::TextureView),
        list: &FrameList,
        options: &Options,
    ) {
        let spec = PassSpec {
            name: "pick",
            colors: &[Some(cleared(ids))],
            depth: Some(depth_attachment(depth, 0.0, false)),
        };
        let mut stats = FrameStats::default();
        let mut d = Drawing::begin(self, (encoder, &mut stats), list, self.setup(spec, list));
        let section = options.section.is_some();
        if options.xray() {
            for (slot, m) in list.visible(|l| l == TileLayer::Underground) {
                d.faces(slot, m, (true, section));
            }
            for (slot, m) in list.visible(|l| l == TileLayer::Underground) {
                d.lines(slot, m, (true, section));
            }
        } else {
            d.ground(false, Key::PickGround { section });
            // In the order in which layers lie on each other.
            for (slot, m) in list.draped() {
                d.faces(slot, m, (false, section));
                d.lines(slot, m, (false, section));
            }
        }
        for (slot, m) in list.near_first() {
            d.faces(slot, m, (true, section));
        }
        // Lines are wider for the pointer than they are: they hide no faces, of whatever tile, and nothing behind shows
        // through them.
        for (slot, m) in list.near_first() {
            d.lines(slot, m, (true, section));
        }
    }
}

impl Drawing<'_> {
    /// Ids of faces and points in a tile; `write`: what comes later may be hidden by it.
    fn faces(&mut self, slot: u32, m: &MeshItem, (write, section): (bool, bool)) {
        self.triangles(slot, m, Part::All, |look| Key::Pick {
            shape: Shape::Triangles(look.cull),
            write,
            section,
        });
        self.points(slot, m, Key::Pick { shape: Shape::Points, write, section });
    }

    /// The same of lines.
    fn lines(&mut self, slot: u32, m: &MeshItem, (write, section): (bool, bool)) {
        self.segments(slot, m, Key::Pick { shape: Shape::Segments, write, section });
    }
}

/// Widens a rectangle of pixels to the whole of clip space.
pub(crate) fn crop(size: [u32; 2], corner: [u32; 2], extent: [u32; 2]) -> DMat4 {
    let [w, h] = size.map(f64::from);
    let [x, y] = corner.map(f64::from);
    let [ew, eh] = extent.map(|e| f64::from(e.max(1)));
    let scale = DVec3::new(w / ew, h / eh, 1.0);
    let middle = DVec2::new((x + ew * 0.5) / w * 2.0 - 1.0, 1.0 - (y + eh * 0.5) / h * 2.0);
    let mut m = DMat4::from_scale(scale);
    // The shift is in units of clip w: it belongs into that component's column.
    m.w_axis = DVec4::new(-middle.x * scale.x, -middle.y * scale.y, 0.0, 1.0);
    m
}
