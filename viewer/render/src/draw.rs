//! The passes that draw the scene.

use lantu_base::Bounds;
use lantu_tiles::TileLayer;

use crate::buffers::linear;
use crate::cull::base_vertex;
use crate::gpu_cull::{DrawRow, Indirect, Kind, List, without_culling};
use crate::input::{Background, FrameInput, FrameStats};
use crate::layouts::{GROUP_FRAME, GROUP_TEXTURES, GROUP_TILE, OFFSET_ALIGN};
use crate::list::{FrameList, MeshItem, stands};
use crate::meshes::{Look, MeshResident};
use crate::pages::{Pages, Slot};
use crate::passes::PassSpec;
use crate::pipelines::{Key, Phase, Stage, Surface, Variant};
use crate::renderer::Renderer;
use crate::shadow::{MAP_PX, ShadowView};
use crate::targets::Targets;
use crate::uniforms::narrow;

/// A pass with the renderer that fills it.
pub(crate) struct Drawing<'a, 'b> {
    pub renderer: &'a Renderer,
    pub pass: &'a mut wgpu::RenderPass<'b>,
    pub stats: &'a mut FrameStats,
    pub list: &'a FrameList,
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

impl<'a, 'b> Drawing<'a, 'b> {
    pub(crate) fn new(
        renderer: &'a Renderer,
        pass: &'a mut wgpu::RenderPass<'b>,
        stats: &'a mut FrameStats,
        list: &'a FrameList,
    ) -> Self {
        if let Some([x, y, w, h]) = list.viewport.map(|v| v.map(narrow)) {
            pass.set_viewport(x, y, w, h, 0.0, 1.0);
        }
        Self { renderer, pass, stats, list, set: None, bound: None }
    }

    /// Over all of the target, whatever part of the picture is drawn.
    fn whole(self, [w, h]: [u32; 2]) -> Self {
        self.pass.set_viewport(0.0, 0.0, w as f32, h as f32, 0.0, 1.0);
        self
    }

    pub(crate) fn pipeline(&mut self, key: Key) {
        if self.set != Some(key) {
            self.pass.set_pipeline(&self.renderer.pipelines.get(&self.renderer.layouts, key));
            self.set = Some(key);
        }
    }

    fn bind_tile(&mut self, slot: u32, m: &MeshItem) -> Option<&'a MeshResident> {
        let mesh = self.renderer.meshes.get(&m.key)?;
        let align = u32::try_from(OFFSET_ALIGN).unwrap_or(256);
        let offsets = [slot * align, m.window_first * 8];
        let group = self.renderer.uniforms.tile_group(mesh.slots.parts.page)?;
        self.pass.set_bind_group(GROUP_TILE, group, &offsets);
        Some(mesh)
    }

    /// Binds what triangles and edges of a tile are made of.
    fn bind_triangles(&mut self, slot: u32, m: &MeshItem) -> Option<&'a MeshResident> {
        let pages = &self.renderer.pages;
        let mesh = self.bind_tile(slot, m)?;
        self.bound = None;
        self.pass.set_vertex_buffer(0, pages.vertices.slice(mesh.slots.vertices)?);
        self.pass.set_vertex_buffer(1, pages.instances.slice(mesh.slots.instances)?);
        self.pass.set_index_buffer(pages.indices.slice(mesh.slots.indices)?, wgpu::IndexFormat::Uint16);
        Some(mesh)
    }

    /// Binds the pages that triangles and edges of a tile lie in, as draws that the graphics card chose count them.
    fn bind_pages(&mut self, slot: u32, m: &MeshItem) -> Option<&'a MeshResident> {
        let pages = &self.renderer.pages;
        let mesh = self.bind_tile(slot, m)?;
        let s = &mesh.slots;
        let bound = [s.vertices.page, s.instances.page, s.indices.page];
        if self.bound != Some(bound) {
            self.pass.set_vertex_buffer(0, pages.vertices.page(s.vertices.page)?.slice(..));
            self.pass.set_vertex_buffer(1, pages.instances.page(s.instances.page)?.slice(..));
            let indices = pages.indices.page(s.indices.page)?.slice(..);
            self.pass.set_index_buffer(indices, wgpu::IndexFormat::Uint16);
            self.bound = Some(bound);
        }
        Some(mesh)
    }

    fn call(&mut self, indices: std::ops::Range<u32>, base: i32, instances: std::ops::Range<u32>) {
        if indices.is_empty() || instances.is_empty() {
            return;
        }
        self.stats.n_triangles += indices.len() as u64 / 3 * instances.len() as u64;
        self.stats.n_draws += 1;
        self.pass.draw_indexed(indices, base, instances);
    }

    /// Draws that the graphics card chose.
    fn indirect(&mut self, mesh: &MeshResident, list: &List, place: Indirect) {
        let Some(culler) = &self.renderer.culler else { return };
        let number = mesh.lists.iter().position(|l| l == list).unwrap_or(0) as u64;
        let draws = u64::from(place.first_draw + list.first) * size_of::<DrawRow>() as u64;
        let counts = (u64::from(place.first_count) + number) * 4;
        if culler.counted {
            let buffers = (&culler.draws, &culler.counts);
            self.pass.multi_draw_indexed_indirect_count(buffers.0, draws, buffers.1, counts, list.n);
        } else {
            self.pass.multi_draw_indexed_indirect(&culler.draws, draws, list.n);
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

    pub(crate) fn edges(&mut self, slot: u32, m: &MeshItem) {
        if let Some(place) = m.indirect {
            let Some(mesh) = self.bind_pages(slot, m) else { return };
            for list in mesh.lists.iter().filter(|l| l.kind == Kind::Edges) {
                self.indirect(mesh, list, place);
            }
            return;
        }
        let Some(mesh) = self.bind_triangles(slot, m) else { return };
        let clusters = self.list.culled.clusters.get(m.survivors.clusters.clone()).unwrap_or_default();
        for c in clusters.iter().filter_map(|&ix| mesh.clusters.get(ix as usize)) {
            if c.n_edges == 0 {
                continue;
            }
            let first = c.first_index + c.n_opaque + c.n_transparent;
            // A line is counted as two triangles.
            self.stats.n_triangles += u64::from(c.n_edges) * u64::from(c.n_instances);
            self.stats.n_draws += 1;
            let instances = c.first_instance..c.first_instance + c.n_instances;
            self.pass.draw_indexed(first..first + c.n_edges, base_vertex(c), instances);
        }
    }

    pub(crate) fn segments(&mut self, slot: u32, m: &MeshItem, key: Key) {
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
        self.pass.set_vertex_buffer(0, slice);
        self.stats.n_triangles += u64::from(of.n) * 2;
        self.stats.n_draws += 1;
        self.pass.draw(0..4, 0..of.n);
    }

    /// Ground; `photo`: with its texture.
    pub(crate) fn ground(&mut self, photo: bool, key: Key) {
        let align = u32::try_from(OFFSET_ALIGN).unwrap_or(256);
        for (slot, g) in (0_u32..).zip(&self.list.ground) {
            let Some(tile) = self.renderer.ground.get(&g.id) else { continue };
            let Some((indices, n_indices)) = self.renderer.grids.get(&tile.n) else { continue };
            self.pipeline(key);
            self.pass.set_bind_group(GROUP_TILE, &self.renderer.uniforms.ground_group, &[slot * align]);
            if photo {
                self.pass.set_bind_group(GROUP_TEXTURES, &tile.photo, &[]);
            }
            self.bound = None;
            self.pass.set_vertex_buffer(0, tile.vertices.slice(..));
            self.pass.set_index_buffer(indices.slice(..), wgpu::IndexFormat::Uint32);
            self.stats.n_triangles += u64::from(*n_indices) / 3;
            self.stats.n_draws += 1;
            self.pass.draw_indexed(0..*n_indices, 0, 0..1);
        }
    }
}

/// What all passes of one frame look at.
#[derive(Clone, Copy)]
pub(crate) struct Shot<'a> {
    pub targets: &'a Targets,
    pub input: &'a FrameInput<'a>,
    pub list: &'a FrameList,
    pub surface: Surface,
    /// The caller's.
    pub target: &'a wgpu::TextureView,
}

/// A depth attachment that starts infinitely far (reversed) or, for shadows, at the far side. `kept`: read later.
pub(crate) fn depth_attachment(
    view: &wgpu::TextureView,
    clear: f32,
    kept: bool,
) -> wgpu::RenderPassDepthStencilAttachment<'_> {
    let store = if kept { wgpu::StoreOp::Store } else { wgpu::StoreOp::Discard };
    wgpu::RenderPassDepthStencilAttachment {
        view,
        depth_ops: Some(wgpu::Operations { load: wgpu::LoadOp::Clear(clear), store }),
        stencil_ops: None,
    }
}

impl Renderer {
    pub(crate) fn draw_casters(
        &self,
        encoder: &mut wgpu::CommandEncoder,
        view: &ShadowView,
        (list, section): (&FrameList, bool),
        stats: &mut FrameStats,
    ) {
        let mut pass = self.begin(
            encoder,
            &PassSpec {
                name: "shadow",
                colors: &[],
                depth: Some(depth_attachment(self.uniforms.shadow_map(), 1.0, true)),
            },
        );
        pass.set_bind_group(GROUP_FRAME, &self.uniforms.caster_group, &[]);
        let mut d = Drawing::new(self, &mut pass, stats, list).whole([MAP_PX; 2]);
        for (slot, m) in (0_u32..).zip(&list.meshes) {
            if m.casts {
                d.casters((slot, m), view, section);
            }
        }
    }

    /// Lets the graphics card choose what is drawn: by the view, and by the depth of what the last frame showed, with which
    /// the scene then begins.
    pub(crate) fn draw_choice(
        &self,
        encoder: &mut wgpu::CommandEncoder,
        shot: &Shot<'_>,
        stats: &mut FrameStats,
    ) {
        let Shot { targets, list, .. } = *shot;
        let Some(culler) = self.culler.as_ref().filter(|_| !list.plan.is_empty()) else { return };
        if list.is_primed() {
            culler.decide(&mut self.begin_compute(encoder, "cull what was seen", &culler.zeroed()), true);
            let depth = Some(depth_attachment(&targets.depth, 0.0, true));
            {
                let name = "depth of what was seen";
                let mut pass = self.begin(encoder, &PassSpec { name, colors: &[], depth });
                pass.set_bind_group(GROUP_FRAME, &self.uniforms.frame_group, &[]);
                let mut d = Drawing::new(self, &mut pass, stats, list);
                let phase = Phase::Opaque;
                for (slot, m) in list.visible(stands).filter(|(_, m)| m.indirect.is_some()) {
                    d.triangles(slot, m, Part::Opaque, |look| Key::NearestDepth {
                        phase,
                        section: false,
                        cull: look.cull,
                    });
                }
            }
            if let Some(pyramid) = &targets.pyramid {
                culler.build(&mut self.begin_compute(encoder, "depth pyramid", &[]), pyramid);
            }
        }
        culler.decide(&mut self.begin_compute(encoder, "cull", &culler.zeroed()), false);
    }

    pub(crate) fn draw_scene(
        &self,
        encoder: &mut wgpu::CommandEncoder,
        shot: &Shot<'_>,
        stats: &mut FrameStats,
    ) {
        let Shot { targets, input, list, surface, target } = *shot;
        let layered = list.layers.any();
        let single = match (surface.direct, layered) {
            (true, _) => target,
            (false, true) => targets.opaque(),
            (false, false) => targets.scene(),
        };
        let (view, resolve_target) = match targets.multi(surface.direct) {
            // Every sample is read where something is laid over it; caps look at one for each pixel.
            Some(multi) => (multi, (!layered || surface.section).then_some(single)),
            None => (single, None),
        };
        let store =
            if resolve_target.is_some() && !layered { wgpu::StoreOp::Discard } else { wgpu::StoreOp::Store };
        let load = wgpu::LoadOp::Clear(self.backdrop(input, surface));
        let color = wgpu::RenderPassColorAttachment {
            view,
            depth_slice: None,
            resolve_target,
            ops: wgpu::Operations { load, store },
        };
        // Caps get their depth between what is opaque and what comes over it.
        let halves = surface.section && !surface.direct;
        let kept = if halves { wgpu::StoreOp::Store } else { store };
        let first =
            wgpu::RenderPassColorAttachment { ops: wgpu::Operations { load, store: kept }, ..color.clone() };
        let mut depth = depth_attachment(&targets.depth, 0.0, !surface.direct);
        if list.is_primed() {
            depth.depth_ops = depth.depth_ops.map(|ops| wgpu::Operations { load: wgpu::LoadOp::Load, ..ops });
        }
        {
            let mut pass = self.begin(
                encoder,
                &PassSpec { name: "scene", colors: &[Some(first)], depth: Some(depth.clone()) },
            );
            pass.set_bind_group(GROUP_FRAME, &self.uniforms.frame_group, &[]);
            let mut d = Drawing::new(self, &mut pass, stats, list);
            let sky = input.options.background == Background::Sky;
            d.bottom(surface, input.options.xray(), sky);
            d.standing(surface);
            if !halves {
                d.over(surface, input.options.edges);
                return;
            }
        }
        depth.depth_ops = Some(wgpu::Operations { load: wgpu::LoadOp::Load, store: wgpu::StoreOp::Store });
        self.draw_cap_depth(encoder, targets.cap_group(layered), (depth.clone(), stats));
        let again = wgpu::RenderPassColorAttachment {
            ops: wgpu::Operations { load: wgpu::LoadOp::Load, store },
            ..color
        };
        let mut pass = self.begin(
            encoder,
            &PassSpec { name: "scene over caps", colors: &[Some(again)], depth: Some(depth) },
        );
        pass.set_bind_group(GROUP_FRAME, &self.uniforms.frame_group, &[]);
        Drawing::new(self, &mut pass, stats, list).over(surface, input.options.edges);
    }

    fn draw_cap_depth(
        &self,
        encoder: &mut wgpu::CommandEncoder,
        opaque: &wgpu::BindGroup,
        (depth, stats): (wgpu::RenderPassDepthStencilAttachment<'_>, &mut FrameStats),
    ) {
        let mut pass = self.begin(encoder, &PassSpec { name: "cap depth", colors: &[], depth: Some(depth) });
        pass.set_pipeline(&self.pipelines.get(&self.layouts, Key::CapDepth));
        pass.set_bind_group(GROUP_FRAME, &self.uniforms.frame_group, &[]);
        pass.set_bind_group(GROUP_TEXTURES, opaque, &[]);
        pass.draw(0..3, 0..1);
        stats.n_draws += 1;
        stats.n_triangles += 1;
    }

    /// What the picture starts with.
    fn backdrop(&self, input: &FrameInput<'_>, surface: Surface) -> wgpu::Color {
        let Background::Plain(c) = input.options.background else { return wgpu::Color::BLACK };
        let stored = surface.direct && !self.config.color_format.is_srgb();
        let [r, g, b] =
            if stored { [c.0[0], c.0[1], c.0[2]].map(|v| f32::from(v) / 255.0) } else { linear(c) };
        wgpu::Color { r: f64::from(r), g: f64::from(g), b: f64::from(b), a: 1.0 }
    }
}

/// What a phase's triangles may need beyond their look.
pub(crate) fn with_styles(phase: Phase, m: &MeshItem) -> Variant {
    Variant { styles: true, patterns: phase != Phase::Ghost, ..m.variant }
}

/// Everything that a phase's triangles may need.
pub(crate) fn general(surface: Surface, phase: Phase, m: &MeshItem) -> impl Fn(Look) -> Key + use<> {
    let all = with_styles(phase, m);
    move |look| Key::Mesh { surface, phase, variant: Variant { look, ..all } }
}

impl Drawing<'_, '_> {
    /// Ground, sky, what lies on the ground, or in x-ray what lies under it.
    fn bottom(&mut self, surface: Surface, xray: bool, sky: bool) {
        if !xray {
            self.ground(true, Key::Ground(surface));
            self.sky(surface, sky);
            self.draped(surface);
            return;
        }
        for (slot, m) in self.list.visible(|l| l == TileLayer::Underground) {
            self.triangles(slot, m, Part::Opaque, general(surface, Phase::Opaque, m));
        }
        self.sky(surface, sky);
        for (slot, m) in self.list.visible(|l| l == TileLayer::Underground) {
            self.segments(slot, m, Key::Segments(surface, Stage::Solid));
            self.points(slot, m, Key::Points(surface, Stage::Solid));
        }
    }

    /// What lies on the ground, in its order.
    pub(crate) fn draped(&mut self, surface: Surface) {
        for (slot, m) in self.list.draped() {
            self.triangles(slot, m, Part::All, general(surface, Phase::Draped, m));
            self.segments(slot, m, Key::Segments(surface, Stage::All));
            self.points(slot, m, Key::Points(surface, Stage::All));
        }
    }

    fn sky(&mut self, surface: Surface, wanted: bool) {
        if !wanted {
            return;
        }
        self.pipeline(Key::Sky(surface));
        self.pass.draw(0..3, 0..1);
        self.stats.n_draws += 1;
        self.stats.n_triangles += 1;
    }

    /// Opaque solids and points.
    fn standing(&mut self, surface: Surface) {
        for (slot, m) in self.list.near_first() {
            let phase = Phase::Opaque;
            self.triangles(slot, m, Part::Opaque, |look| {
                let variant = Variant { look, ..m.variant };
                Key::Mesh { surface, phase, variant }
            });
        }
        for (slot, m) in self.list.visible(|l| l == TileLayer::Solid) {
            self.points(slot, m, Key::Points(surface, Stage::Solid));
        }
    }

    /// Edges and lines.
    fn over(&mut self, surface: Surface, edges: bool) {
        if edges {
            self.pipeline(Key::Edges(surface, Stage::Solid));
            for (slot, m) in self.list.visible(stands) {
                self.edges(slot, m);
            }
        }
        for (slot, m) in self.list.visible(|l| l == TileLayer::Solid) {
            self.segments(slot, m, Key::Segments(surface, Stage::Solid));
        }
    }

    /// Opaque triangles of clusters that can throw a shadow into the map.
    fn casters(&mut self, (slot, m): (u32, &MeshItem), view: &ShadowView, section: bool) {
        let bounds = self.renderer.meshes.get(&m.key).map_or(Bounds::EMPTY, |m| m.bounds);
        if !view.sees(&bounds) {
            return;
        }
        let Some(mesh) = self.bind_triangles(slot, m) else { return };
        self.pipeline(Key::Caster { styles: m.variant.styles, section });
        let origin = mesh.origin.0;
        for c in &mesh.clusters {
            if view.sees(&Bounds::new(origin + c.min.as_dvec3(), origin + c.max.as_dvec3())) {
                let instances = c.first_instance..c.first_instance + c.n_instances;
                self.call(c.first_index..c.first_index + c.n_opaque, base_vertex(c), instances);
            }
        }
    }
}
