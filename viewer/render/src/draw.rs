//! The passes that draw the scene.

use lantu_base::Bounds;
use lantu_tiles::TileLayer;

use crate::buffers::linear;
use crate::cull::base_vertex;
use crate::drawing::{Drawing, Part, Setup};
use crate::input::{Background, FrameInput, FrameStats};
use crate::layouts::{GROUP_FRAME, GROUP_TEXTURES};
use crate::list::{FrameList, MeshItem, stands};
use crate::meshes::Look;
use crate::passes::PassSpec;
use crate::pipelines::{Key, Phase, Stage, Surface, Variant};
use crate::renderer::Renderer;
use crate::shadow::ShadowView;
use crate::targets::Targets;
use crate::uniforms::narrow;

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
        (view, again): (&ShadowView, bool),
        (list, section): (&FrameList, bool),
        stats: &mut FrameStats,
    ) {
        let mut depth = depth_attachment(self.uniforms.shadow_map(), 1.0, true);
        if let Some(ops) = depth.depth_ops.as_mut().filter(|_| again) {
            ops.load = wgpu::LoadOp::Load;
        }
        let depth = Some(depth);
        let setup = Setup {
            spec: PassSpec { name: "shadow", colors: &[], depth },
            frame: &self.uniforms.caster_group,
            textures: None,
            viewport: None,
        };
        let mut d = Drawing::begin(self, (encoder, stats), list, setup);
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
            if self.passes_stop() {
                culler.decide(&mut self.begin_compute(encoder, "cull what was seen", &culler.zeroed()), true);
            }
            let depth = Some(depth_attachment(&targets.depth, 0.0, true));
            {
                let name = "depth of what was seen";
                let setup = self.setup(PassSpec { name, colors: &[], depth }, list);
                let mut d = Drawing::begin(self, (encoder, stats), list, setup);
                let phase = Phase::Opaque;
                for (slot, m) in list.visible(stands).filter(|(_, m)| m.indirect.is_some()) {
                    d.triangles(slot, m, Part::Opaque, |look| Key::NearestDepth {
                        phase,
                        section: false,
                        cull: look.cull,
                    });
                }
            }
            if let Some(pyramid) = targets.pyramid.as_ref().filter(|_| self.passes_stop()) {
                culler.build(&mut self.begin_compute(encoder, "depth pyramid", &[]), pyramid);
            }
        }
        if self.passes_stop() {
            culler.decide(&mut self.begin_compute(encoder, "cull", &culler.zeroed()), false);
        }
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
            let spec = PassSpec { name: "scene", colors: &[Some(first)], depth: Some(depth.clone()) };
            let mut d = Drawing::begin(self, (encoder, stats), list, self.setup(spec, list));
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
        let spec = PassSpec { name: "scene over caps", colors: &[Some(again)], depth: Some(depth) };
        let setup = self.setup(spec, list);
        Drawing::begin(self, (encoder, stats), list, setup).over(surface, input.options.edges);
    }

    /// A pass that draws what the frame's camera sees.
    pub(crate) fn setup<'a>(&'a self, spec: PassSpec<'a>, list: &FrameList) -> Setup<'a> {
        let viewport = list.viewport.map(|v| v.map(narrow));
        Setup { spec, frame: &self.uniforms.frame_group, textures: None, viewport }
    }

    fn draw_cap_depth(
        &self,
        encoder: &mut wgpu::CommandEncoder,
        opaque: &wgpu::BindGroup,
        (depth, stats): (wgpu::RenderPassDepthStencilAttachment<'_>, &mut FrameStats),
    ) {
        if !self.passes_stop() {
            return;
        }
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

impl Drawing<'_> {
    /// Ground, sky, what lies on the ground, or in x-ray what lies under it.
    fn bottom(&mut self, surface: Surface, xray: bool, sky: bool) {
        if !xray {
            self.ground(true, Key::Ground(surface, self.list.relief));
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
        self.screen(Key::Sky(surface));
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
            for (slot, m) in self.list.visible(stands) {
                self.edges(slot, m, Key::Edges(surface, Stage::Solid));
            }
        }
        for (slot, m) in self.list.visible(|l| l == TileLayer::Solid) {
            self.segments(slot, m, Key::Segments(surface, Stage::Solid));
        }
    }

    /// Opaque triangles of clusters that can throw a shadow into the map, without those that look away from the sun.
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
                // What looks away from the sun lies behind what looks at it; a cut opens shapes, and then it does not.
                let mut lit = c.first_index..c.first_index;
                for g in c.groups.iter().filter(|g| section || !view.is_averted(g.facing)) {
                    let indices = c.first_index + g.first..c.first_index + g.first + g.n;
                    if indices.start != lit.end {
                        self.call(lit, base_vertex(c), c.first_instance..c.first_instance + c.n_instances);
                        lit = indices.start..indices.start;
                    }
                    lit.end = indices.end;
                }
                self.call(lit, base_vertex(c), c.first_instance..c.first_instance + c.n_instances);
            }
        }
    }
}
