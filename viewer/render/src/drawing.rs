//! What fills a pass: ranges of triangles, edges, lines and points of tiles.
//!
//! A driver that draws on the processor keeps every triangle of a pass until it has sorted them to parts of the picture,
//! about 100 bytes each. So there a pass with very many of them is drawn in parts: what was recorded is submitted, waited
//! for, and continued by a pass that loads what is there. Who must not wait walks through the frame again for each part,
//! and passes over what earlier parts recorded ([`Walk`]).

use std::ops::Range;

use crate::cull::base_vertex;
use crate::gpu_cull::{DrawRow, Indirect, Kind, List, without_culling};
use crate::input::FrameStats;
use crate::layouts::{GROUP_FRAME, GROUP_TEXTURES, GROUP_TILE, OFFSET_ALIGN};
use crate::list::{FrameList, MeshItem};
use crate::meshes::{Look, MeshResident};
use crate::pages::{Pages, Slot};
use crate::passes::PassSpec;
use crate::pipelines::Key;
use crate::renderer::Renderer;

/// Triangles that wait for the processor at most. Measured on a district of 10⁵ objects at rest: 326 MB of process, 396 MB
/// with four times as many; what the waits cost is lost in the noise of the clock.
pub(crate) const MOST_QUEUED: u64 = 1 << 16;

/// What a pass starts with, and starts with again where it is continued.
pub(crate) struct Setup<'a> {
    pub spec: PassSpec<'a>,
    /// Bound at [`GROUP_FRAME`].
    pub frame: &'a wgpu::BindGroup,
    /// Bound at [`GROUP_TEXTURES`], if the pass reads the same textures all along.
    pub textures: Option<&'a wgpu::BindGroup>,
    /// Left, top, width and height on the target, pixels; all of it without.
    pub viewport: Option<[f32; 4]>,
}

/// How far a walk through a frame has come. It stops before every pass and before every tile in a pass; what lies between
/// two stops is recorded as a whole or not at all.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Walk {
    /// Where it begins to record: stops that earlier parts of the frame have passed.
    pub from: u64,
    /// Stops that it has passed.
    pub n: u64,
    /// Ends where enough is recorded instead of waiting.
    pub in_parts: bool,
    /// Where it ended, if the frame has more.
    pub end: Option<u64>,
}

impl Walk {
    /// Passes a stop; whether what follows it is to be recorded. `full`: enough is recorded.
    pub(crate) fn pass(&mut self, full: bool) -> bool {
        let at = self.n;
        self.n += 1;
        if self.in_parts && full && at > self.from && self.end.is_none() {
            self.end = Some(at);
        }
        at >= self.from && self.end.is_none()
    }
}

/// A pass with the renderer that fills it.
pub(crate) struct Drawing<'a> {
    pub renderer: &'a Renderer,
    /// None while the walk passes over what other parts of the frame record.
    pass: Option<wgpu::RenderPass<'static>>,
    pub stats: &'a mut FrameStats,
    pub list: &'a FrameList,
    encoder: &'a mut wgpu::CommandEncoder,
    setup: Setup<'a>,
    set: Option<Key>,
    /// Pages of vertices, instances and indices that are bound.
    bound: Option<[u32; 3]>,
}

/// Part of a tile's triangles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Opaque,
    Translucent,
    All,
}

impl Setup<'_> {
    /// Begins the pass; `again`: on what an earlier part of it left.
    fn begin(
        &self,
        renderer: &Renderer,
        encoder: &mut wgpu::CommandEncoder,
        again: bool,
    ) -> wgpu::RenderPass<'static> {
        // Only where passes are not continued may what they leave be thrown away.
        let store = (renderer.config.most_queued < u64::MAX).then_some(wgpu::StoreOp::Store);
        let color = |c: &wgpu::RenderPassColorAttachment<'_>| wgpu::Operations {
            load: if again { wgpu::LoadOp::Load } else { c.ops.load },
            store: store.unwrap_or(c.ops.store),
        };
        let colors: Vec<_> = self
            .spec
            .colors
            .iter()
            .map(|c| c.as_ref().map(|c| wgpu::RenderPassColorAttachment { ops: color(c), ..c.clone() }))
            .collect();
        let depth = self.spec.depth.as_ref().map(|d| {
            let ops = d.depth_ops.map(|ops| wgpu::Operations {
                load: if again { wgpu::LoadOp::Load } else { ops.load },
                store: store.unwrap_or(ops.store),
            });
            wgpu::RenderPassDepthStencilAttachment { depth_ops: ops, ..d.clone() }
        });
        let spec = PassSpec { name: self.spec.name, colors: &colors, depth };
        let pass = if again { renderer.fill(encoder, &spec) } else { renderer.begin(encoder, &spec) };
        let mut pass = pass.forget_lifetime();
        pass.set_bind_group(GROUP_FRAME, self.frame, &[]);
        if let Some(textures) = self.textures {
            pass.set_bind_group(GROUP_TEXTURES, textures, &[]);
        }
        if let Some([x, y, w, h]) = self.viewport {
            pass.set_viewport(x, y, w, h, 0.0, 1.0);
        }
        pass
    }
}

impl<'a> Drawing<'a> {
    pub(crate) fn begin(
        renderer: &'a Renderer,
        (encoder, stats): (&'a mut wgpu::CommandEncoder, &'a mut FrameStats),
        list: &'a FrameList,
        setup: Setup<'a>,
    ) -> Self {
        let pass = renderer.passes_stop().then(|| setup.begin(renderer, encoder, false));
        Self { renderer, pass, stats, list, encoder, setup, set: None, bound: None }
    }

    /// A stop. Where very many triangles wait for the processor: has them drawn before it goes on, or ends the part.
    fn rest(&mut self) {
        let renderer = self.renderer;
        if !renderer.passes_stop() {
            self.pass = None;
            return;
        }
        if self.pass.is_none() {
            // An earlier part of the frame ended here.
            self.pass = Some(self.setup.begin(renderer, self.encoder, true));
            (self.set, self.bound) = (None, None);
            return;
        }
        if renderer.walk.get().in_parts || !renderer.is_full() {
            return;
        }
        let desc = wgpu::CommandEncoderDescriptor { label: Some(self.setup.spec.name) };
        let mut encoder = renderer.gpu.device.create_command_encoder(&desc);
        // The old pass has to end before its encoder does.
        self.pass = Some(self.setup.begin(renderer, &mut encoder, true));
        renderer.submit(std::mem::replace(self.encoder, encoder));
        renderer.recorded.borrow_mut().any = true;
        (self.set, self.bound) = (None, None);
        self.stats.n_waits += 1;
        // That the device is lost says the check at the end of the frame.
        drop(renderer.gpu.wait());
    }

    /// Counts a call with so many triangles.
    fn count(&mut self, n_triangles: u64) {
        self.stats.n_triangles += n_triangles;
        self.stats.n_draws += 1;
        self.renderer.recorded.borrow_mut().n_triangles += n_triangles;
    }

    pub(crate) fn pipeline(&mut self, key: Key) {
        let Some(pass) = &mut self.pass else { return };
        if self.set != Some(key) {
            pass.set_pipeline(&self.renderer.pipelines.get(&self.renderer.layouts, key));
            self.set = Some(key);
        }
    }

    /// A triangle over the whole screen.
    pub(crate) fn screen(&mut self, key: Key) {
        self.pipeline(key);
        let Some(pass) = &mut self.pass else { return };
        pass.draw(0..3, 0..1);
        self.count(1);
    }

    /// Binds what all shapes of a tile need; `None` where it is not to be recorded.
    fn bind_tile(&mut self, slot: u32, m: &MeshItem) -> Option<&'a MeshResident> {
        self.rest();
        let pass = self.pass.as_mut()?;
        let mesh = self.renderer.meshes.get(&m.key)?;
        let align = u32::try_from(OFFSET_ALIGN).unwrap_or(256);
        let offsets = [slot * align, m.window_first * 8];
        let group = self.renderer.uniforms.tile_group(mesh.slots.parts.page)?;
        pass.set_bind_group(GROUP_TILE, group, &offsets);
        Some(mesh)
    }

    /// Binds what triangles and edges of a tile are made of.
    pub(crate) fn bind_triangles(&mut self, slot: u32, m: &MeshItem) -> Option<&'a MeshResident> {
        let pages = &self.renderer.pages;
        let mesh = self.bind_tile(slot, m)?;
        self.bound = None;
        let pass = self.pass.as_mut()?;
        pass.set_vertex_buffer(0, pages.vertices.slice(mesh.slots.vertices)?);
        pass.set_vertex_buffer(1, pages.instances.slice(mesh.slots.instances)?);
        pass.set_index_buffer(pages.indices.slice(mesh.slots.indices)?, wgpu::IndexFormat::Uint16);
        Some(mesh)
    }

    /// Binds the pages that triangles and edges of a tile lie in, as draws that the graphics card chose count them.
    pub(crate) fn bind_pages(&mut self, slot: u32, m: &MeshItem) -> Option<&'a MeshResident> {
        let pages = &self.renderer.pages;
        let mesh = self.bind_tile(slot, m)?;
        let pass = self.pass.as_mut()?;
        let s = &mesh.slots;
        let bound = [s.vertices.page, s.instances.page, s.indices.page];
        if self.bound != Some(bound) {
            pass.set_vertex_buffer(0, pages.vertices.page(s.vertices.page)?.slice(..));
            pass.set_vertex_buffer(1, pages.instances.page(s.instances.page)?.slice(..));
            let indices = pages.indices.page(s.indices.page)?.slice(..);
            pass.set_index_buffer(indices, wgpu::IndexFormat::Uint16);
            self.bound = Some(bound);
        }
        Some(mesh)
    }

    pub(crate) fn call(&mut self, indices: Range<u32>, base: i32, instances: Range<u32>) {
        let Some(pass) = self.pass.as_mut().filter(|_| !indices.is_empty() && !instances.is_empty()) else {
            return;
        };
        let n_triangles = indices.len() as u64 / 3 * instances.len() as u64;
        pass.draw_indexed(indices, base, instances);
        self.count(n_triangles);
    }

    /// Draws that the graphics card chose.
    pub(crate) fn indirect(&mut self, mesh: &MeshResident, list: &List, place: Indirect) {
        let Some((culler, pass)) = self.renderer.culler.as_ref().zip(self.pass.as_mut()) else { return };
        let number = mesh.lists.iter().position(|l| l == list).unwrap_or(0) as u64;
        let draws = u64::from(place.first_draw + list.first) * size_of::<DrawRow>() as u64;
        let counts = (u64::from(place.first_count) + number) * 4;
        if culler.counted {
            let buffers = (&culler.draws, &culler.counts);
            pass.multi_draw_indexed_indirect_count(buffers.0, draws, buffers.1, counts, list.n);
        } else {
            pass.multi_draw_indexed_indirect(&culler.draws, draws, list.n);
        }
        self.stats.n_draws += 1;
    }

    /// Triangles of a tile inside the view; `key`: the pipeline for each look.
    pub(crate) fn triangles(&mut self, slot: u32, m: &MeshItem, part: Part, key: impl Fn(Look) -> Key) {
        if let Some(place) = m.indirect {
            let Some(mesh) = self.bind_pages(slot, m) else { return };
            for list in &mesh.lists {
                let look = match list.kind {
                    Kind::Opaque(look) if part != Part::Translucent => look,
                    Kind::Translucent(look) if part != Part::Opaque => look,
                    _ => continue,
                };
                self.pipeline(key(look));
                self.indirect(mesh, list, place);
            }
            return;
        }
        let Some(mesh) = self.bind_triangles(slot, m) else { return };
        if part != Part::Translucent {
            let draws = self.list.culled.draws.get(m.survivors.draws.clone()).unwrap_or_default();
            for d in draws {
                self.pipeline(key(d.look));
                self.call(d.indices.clone(), d.base_vertex, d.instances.clone());
            }
        }
        if part == Part::Opaque {
            return;
        }
        let clusters = self.list.culled.clusters.get(m.survivors.clusters.clone()).unwrap_or_default();
        for c in clusters.iter().rev().filter_map(|&ix| mesh.clusters.get(ix as usize)) {
            if c.n_transparent == 0 {
                continue;
            }
            self.pipeline(key(without_culling(c.look)));
            let first = c.first_index + c.n_opaque;
            let instances = c.first_instance..c.first_instance + c.n_instances;
            self.call(first..first + c.n_transparent, base_vertex(c), instances);
        }
    }

    pub(crate) fn edges(&mut self, slot: u32, m: &MeshItem, key: Key) {
        if let Some(place) = m.indirect {
            let Some(mesh) = self.bind_pages(slot, m) else { return };
            self.pipeline(key);
            for list in mesh.lists.iter().filter(|l| l.kind == Kind::Edges) {
                self.indirect(mesh, list, place);
            }
            return;
        }
        let clusters = self.list.culled.clusters.get(m.survivors.edged.clone()).unwrap_or_default();
        if clusters.is_empty() {
            return;
        }
        let Some(mesh) = self.bind_triangles(slot, m) else { return };
        self.pipeline(key);
        for c in clusters.iter().filter_map(|&ix| mesh.clusters.get(ix as usize)) {
            if c.n_edges == 0 {
                continue;
            }
            let Some(pass) = &mut self.pass else { return };
            let first = c.first_index + c.n_opaque + c.n_transparent;
            let instances = c.first_instance..c.first_instance + c.n_instances;
            pass.draw_indexed(first..first + c.n_edges, base_vertex(c), instances);
            // A line is counted as two triangles.
            self.count(u64::from(c.n_edges) * u64::from(c.n_instances));
        }
    }

    pub(crate) fn segments(&mut self, slot: u32, m: &MeshItem, key: Key) {
        if !m.has_lines {
            return;
        }
        let Some(mesh) = self.renderer.meshes.get(&m.key) else { return };
        self.quads(slot, m, key, (&self.renderer.pages.segments, mesh.slots.segments));
    }

    pub(crate) fn points(&mut self, slot: u32, m: &MeshItem, key: Key) {
        let Some(mesh) = self.renderer.meshes.get(&m.key) else { return };
        self.quads(slot, m, key, (&self.renderer.pages.points, mesh.slots.points));
    }

    /// Four corners of a strip for each element.
    fn quads(&mut self, slot: u32, m: &MeshItem, key: Key, (pages, of): (&Pages, Slot)) {
        let Some(slice) = pages.slice(of) else { return };
        if self.bind_tile(slot, m).is_none() {
            return;
        }
        self.pipeline(key);
        self.bound = None;
        let Some(pass) = &mut self.pass else { return };
        pass.set_vertex_buffer(0, slice);
        pass.draw(0..4, 0..of.n);
        self.count(u64::from(of.n) * 2);
    }

    /// Ground; `photo`: with its texture.
    pub(crate) fn ground(&mut self, photo: bool, key: Key) {
        let align = u32::try_from(OFFSET_ALIGN).unwrap_or(256);
        for (slot, g) in (0_u32..).zip(&self.list.ground) {
            let Some(tile) = self.renderer.ground.get(&g.id) else { continue };
            let Some((indices, n_indices)) = self.renderer.grids.get(&tile.n) else { continue };
            self.rest();
            self.pipeline(key);
            let Some(pass) = &mut self.pass else { continue };
            pass.set_bind_group(GROUP_TILE, &self.renderer.uniforms.ground_group, &[slot * align]);
            if photo {
                pass.set_bind_group(GROUP_TEXTURES, &tile.photo, &[]);
            }
            self.bound = None;
            pass.set_vertex_buffer(0, tile.vertices.slice(..));
            pass.set_index_buffer(indices.slice(..), wgpu::IndexFormat::Uint32);
            pass.draw_indexed(0..*n_indices, 0, 0..1);
            self.count(u64::from(*n_indices) / 3);
        }
    }
}
