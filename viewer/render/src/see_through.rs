//! Passes over what is seen through: the ground in x-ray, glass and faded objects, ghosts.
//!
//! Nothing is sorted. Of translucent surfaces the nearest one is found by depth and drawn exactly; those behind it are
//! summed with weights, in whole numbers, so that their order cannot change a byte while no more than about eight opaque
//! surfaces' worth of them lies over one sample (beyond, sums round by 1/1000). Of ghosts only the nearest surface shows.

use crate::draw::{Shot, depth_attachment, general, with_styles};
use crate::drawing::{Drawing, Part, Setup};
use crate::input::FrameStats;
use crate::layers::{LayerTargets, Sheet};
use crate::list::{MeshItem, stands};
use crate::meshes::Look;
use crate::passes::PassSpec;
use crate::pipelines::{Key, Phase, Stage, Surface, Variant};
use crate::post::{Screen, cleared};
use crate::renderer::Renderer;

impl Renderer {
    /// Lays what the frame has of it over the opaque scene.
    pub(crate) fn draw_layers(
        &self,
        encoder: &mut wgpu::CommandEncoder,
        shot: &Shot<'_>,
        t: &LayerTargets,
        stats: &mut FrameStats,
    ) {
        let layers = shot.list.layers;
        let surface = shot.surface;
        let edges = shot.input.options.edges;
        let depth =
            |phase, look: Look| Key::NearestDepth { phase, section: surface.section, cull: look.cull };
        let out = &mut (encoder, stats);
        if layers.floor {
            self.layer(out, shot, ("ground x-ray", t.floor.empty()), |d| {
                d.ground(true, Key::Ground(surface, d.list.relief));
                d.draped(surface);
            });
        }
        if layers.glass {
            self.layer(out, shot, ("nearest depth", t.nearest.no_depth()), |d| {
                let key = |_: &MeshItem, look| depth(Phase::Translucent, look);
                d.see_through(key, (surface, Stage::Depth, edges));
            });
            self.layer(out, shot, ("nearest", t.nearest.no_color()), |d| {
                let key = |m: &MeshItem, look| general(surface, Phase::Translucent, m)(look);
                d.see_through(key, (surface, Stage::Nearest, edges));
            });
            self.draw_sums(out, (shot, edges), t);
        }
        if layers.ghosts {
            self.layer(out, shot, ("ghost depth", t.ghosts.no_depth()), |d| {
                d.ghosts(|_, look| depth(Phase::Ghost, look));
            });
            self.layer(out, shot, ("ghosts", t.ghosts.no_color()), |d| {
                d.ghosts(|m, look| general(surface, Phase::Ghost, m)(look));
            });
        }
        let (encoder, stats) = out;
        if layers.any() {
            let pipeline = Key::Blend(layers);
            let view = shot.targets.scene();
            let blend = Screen { label: "blend", view, pipeline, textures: &t.blend_group, marks: None };
            self.screen(encoder, &blend, stats);
        }
    }

    /// One pass into a sheet.
    fn layer(
        &self,
        (encoder, stats): &mut (&mut wgpu::CommandEncoder, &mut FrameStats),
        shot: &Shot<'_>,
        (label, (color, depth)): (&'static str, Attachments<'_>),
        draw: impl FnOnce(&mut Drawing<'_>),
    ) {
        let spec = PassSpec { name: label, colors: color.as_slice(), depth: Some(depth) };
        let setup = self.setup(spec, shot.list);
        draw(&mut Drawing::begin(self, (encoder, stats), shot.list, setup));
    }

    fn draw_sums(
        &self,
        (encoder, stats): &mut (&mut wgpu::CommandEncoder, &mut FrameStats),
        (shot, edges): (&Shot<'_>, bool),
        t: &LayerTargets,
    ) {
        let surface = shot.surface;
        let spec = PassSpec {
            name: "sums of what is seen through",
            colors: &[Some(cleared(&t.sums)), Some(cleared(&t.held))],
            depth: Some(kept(&shot.targets.depth)),
        };
        let setup = Setup { textures: Some(&t.nearest_group), ..self.setup(spec, shot.list) };
        let key = |m: &MeshItem, look| {
            let variant = Variant { look, ..with_styles(Phase::Translucent, m) };
            Key::MeshSums { surface, variant }
        };
        let mut d = Drawing::begin(self, (encoder, stats), shot.list, setup);
        d.see_through(key, (surface, Stage::Sums, edges));
    }
}

/// What a pass draws into: a color, or none, and a depth.
type Attachments<'a> =
    (Option<Option<wgpu::RenderPassColorAttachment<'a>>>, wgpu::RenderPassDepthStencilAttachment<'a>);

impl Sheet {
    /// Without color and depth yet.
    fn empty(&self) -> Attachments<'_> {
        (Some(Some(cleared(&self.colors))), depth_attachment(&self.depth, 0.0, true))
    }

    /// Without depth yet, and only that.
    fn no_depth(&self) -> Attachments<'_> {
        (None, depth_attachment(&self.depth, 0.0, true))
    }

    /// With its depth and without color yet.
    fn no_color(&self) -> Attachments<'_> {
        (Some(Some(cleared(&self.colors))), kept(&self.depth))
    }
}

/// A depth that is tested against and stays as it is.
fn kept(view: &wgpu::TextureView) -> wgpu::RenderPassDepthStencilAttachment<'_> {
    let ops = wgpu::Operations { load: wgpu::LoadOp::Load, store: wgpu::StoreOp::Store };
    wgpu::RenderPassDepthStencilAttachment { view, depth_ops: Some(ops), stencil_ops: None }
}

impl Drawing<'_> {
    /// Everything that is seen through and no ghost. `key`: the pipeline of triangles.
    fn see_through(
        &mut self,
        key: impl Fn(&MeshItem, Look) -> Key,
        (surface, stage, edges): (Surface, Stage, bool),
    ) {
        for (slot, m) in self.list.visible(stands).filter(|(_, m)| m.is_seen_through) {
            let part = if m.has_faded { Part::All } else { Part::Translucent };
            self.triangles(slot, m, part, |look| key(m, look));
            if edges && m.has_faded {
                self.edges(slot, m, Key::Edges(surface, stage));
            }
            self.segments(slot, m, Key::Segments(surface, stage));
            self.points(slot, m, Key::Points(surface, stage));
        }
    }

    fn ghosts(&mut self, key: impl Fn(&MeshItem, Look) -> Key) {
        for (slot, m) in self.list.visible(stands).filter(|(_, m)| m.has_ghosts) {
            self.triangles(slot, m, Part::All, |look| key(m, look));
        }
    }
}
